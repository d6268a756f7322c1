# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``sliced``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible import context
from ansible.utils.vars import load_extra_vars
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.approval_gate import SIGNERS, approval_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.interruption import interruptible
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.inventory_export import (
    as_exported,
    exported_inventory,
    vault_password_files,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import ROLLOUT, RoleArguments
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.rollout_decision import (
    RolloutDecision,
    person_of_drill,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.sliced_closing import (
    OF_A_JOB,
    measure_of,
    note_customers,
    register_files,
    with_consents,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.stated_scope import (
    SCOPE_VARIABLES,
    require_scope,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust, key_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import LONGEST_DEADLINE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.approval import signature_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.demand import VARIABLE as APPROVALS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.request import FILE as REQUEST
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.allowed_signers import (
    FILE as SIGNERS_FILE,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.revoked_keys import (
    REVOKED,
    revoked_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import read_customers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    read_execution_nodes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.inventory_part import (
    Export,
    members,
    require_no_secret_travels,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.left_jobs import (
    AGAIN,
    refusals,
    settle_left_jobs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.lost_appliances import SHOWN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.moved_appliances import (
    assign_without,
    moved,
    said,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.open_jobs import FOLDER, OpenJobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.pipe import Pipe, require_runner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.records_home import RecordsHome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_files import files_to_send
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.collection_version import (
    PROJECT,
    collection_version,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.counted import counted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.folded_names import folded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import COMMANDS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.state_directory import state_directory
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.default_paths import inventory_sources
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Sliced
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.appliance_lines import AWAITED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import owners
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced.sliced_rollout import (
    SlicedFleet,
    SlicedRollout,
)

CUSTOMERS_OF_PARTS = ("netscaler_partition_customers", "netscaler_vserver_customers")
OF_THE_CONTROLLER = (
    *(
        "verb",
        "target",
        "plan",
        "plans",
        "records",
        "without_nodes",
        "record_key",
        "allowed_signers",
        "tourniquet_report",
    ),
    *("tourniquet_record_key", "tourniquet_allowed_signers", "consents", "drill", "drills"),
)
"""The extra variables that are not sent to the nodes."""


class ActionModule(RolloutDecision):
    """Carry out one verb over the fleet by slices, once for all of them."""

    OPTIONS: ClassVar[Options] = options_of("sliced", "sliced")

    @staticmethod
    def left_jobs(hosts: Sequence[str]) -> dict[str, str]:
        return {}

    def perform(self, rollout: Rollout, options: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        verb = options["verb"]
        closes = declared(verb).needs_scope
        if options["drill"]:
            person_of_drill(options)
        if closes:
            options = {**options, "measure": measure_of(verb, options["step"])}
        sliced, pipe = self._sliced(rollout, options, variables)
        try:
            with interruptible(pipe.watches.interrupt):
                return self._carried_out(sliced, options, variables, self._take_left_jobs(sliced, pipe, options))
        finally:
            pipe.open_jobs.close()

    def _take_left_jobs(self, sliced: SlicedRollout, pipe: Pipe, options: Mapping[str, Any]) -> bool:
        """Settle what earlier runs left, and return True if this run changes appliances. Those on which a job may still begin are refused then.

        A closing goes on all the same: its record on the appliance keeps the job away, and to wait would keep open what is attacked. Where it has nothing to
        do, it leaves no record, and has failed.
        """
        verb = options["verb"]
        carries_out = (
            declared(verb).sliced is not Sliced.READS and not context.CLIARGS.get("check") and not options["drill"]
        )
        waits = carries_out and declared(verb).sliced is not Sliced.CLOSES
        try:
            left = settle_left_jobs(pipe.open_jobs, datetime.now(UTC))
        except InvalidInput as error:
            if waits:
                raise
            sliced.notes.append(str(error))
            return carries_out
        ours = set(sliced.fleet.hosts)
        why = {host: text for host, text in refusals(left).items() if host in ours}
        if waits:
            sliced.waits = why
            return True
        if carries_out:
            sliced.in_doubt = why
        sliced.notes += [f"{folded(hosts, SHOWN)}: {text.removesuffix(AGAIN)}" for text, hosts in _by_text(why).items()]
        return carries_out

    def _carried_out(
        self, sliced: SlicedRollout, options: dict[str, Any], variables: Mapping[str, Any], carries_out: bool
    ) -> dict[str, Any]:
        rollout, verb = sliced.rollout, options["verb"]
        if declared(verb).sliced is Sliced.READS and verb != "plan":
            sliced.read()
            sliced.bring_records_home()
            return self._result(sliced, planned=False)
        reviewed = Path(options["plan"]).expanduser() if options["plan"] else None
        sliced.plan(reviewed, _signed(reviewed), follows=carries_out)
        decided = super().perform(rollout, options, variables)
        if decided.get("failed") or not carries_out:
            sliced.bring_records_home()  # what lost jobs have left, and what a plan has brought
            if decided.get("failed"):
                going = decided.get("held", [host for host in sliced.results if not sliced.problems.get(host)])
                sliced.hold(
                    dict.fromkeys(
                        going, "others are in the way, so nothing was begun" if "held" in decided else decided["msg"]
                    )
                )
            return {**decided, **self._result(sliced, planned=True, decided=decided)}
        for line in ("FLEET", *decided["page"]):
            self._display.display(printable(line))
        source = reviewed or rollout.directory
        goes_on = declared(verb).sliced is Sliced.CLOSES  # all that can be closed, whatever another appliance does
        most = len(sliced.fleet.hosts) if goes_on else int(str(options["max_failed"] or 0))
        sliced.carry_out(source, _signed(source), most)
        sliced.bring_records_home()
        if declared(verb).needs_scope:
            sliced.notes += self._note_customers(sliced, options)
        return {
            **decided,
            **self._result(
                sliced, planned=False, decided=decided, waves=[host for wave in rollout.course().waves for host in wave]
            ),
        }

    def _sliced(
        self, rollout: Rollout, options: Mapping[str, Any], variables: Mapping[str, Any]
    ) -> tuple[SlicedRollout, Pipe]:
        """Return the work on the fleet and the way to its nodes, after all checks: nothing was sent yet."""
        closes = declared(options["verb"]).needs_scope
        extra = load_extra_vars(self._loader)
        if closes:
            of_scope = SCOPE_VARIABLES
            stated = {name: self._templar.template(extra[name]) for name in of_scope if name in extra}
            require_scope(
                options["verb"],
                stated,
                str(context.CLIARGS.get("subset") or ""),
                check_mode=bool(context.CLIARGS.get("check")),
            )
        hosts = [str(host) for host in variables.get("ansible_play_hosts_all", [])]
        every = read_execution_nodes(options["execution_nodes"])
        nodes = read_execution_nodes(options["execution_nodes"], options["without_nodes"])
        require_bounds(options)
        runner = require_runner(options["slice_runner"])
        sources = inventory_sources(variables)
        export = exported_inventory(sources, context.CLIARGS)
        given = as_exported(extra)
        require_no_secret_travels(export, hosts, given)
        signers = Path(options["allowed_signers"]).expanduser()
        files = files_to_send(options["slice_files"], vault_password_files(context.CLIARGS))
        lists = {SIGNERS_FILE: signers, REVOKED: revoked_file(signers)}
        files |= {name: path for name, path in lists.items() if path.is_file()}
        places, shared = self._places(export, hosts, variables), self._shared(export, hosts, variables)
        own_files: dict[str, dict[str, Path]] = {}
        if closes:
            customers = _customers(hosts, places, shared)
            export = with_consents(export, customers, read_customers("tourniquet_customers", options["described"]))
            consents = Path(options["consents"]).expanduser()
            own_files = {host: register_files(consents, names) for host, names in customers.items()}
        groups = members(export)
        assignment = assign_without(hosts, every, options["without_nodes"], groups)
        pipe = Pipe(runner, float(options["slice_timeout"]), OpenJobs(state_directory() / FOLDER))
        sliced = SlicedRollout(
            rollout=rollout,
            verb="apply" if options["verb"] == "plan" else options["verb"],
            fleet=SlicedFleet(
                hosts=hosts,
                export=export,
                assignment=assignment,
                places=places,
                shared=shared,
                demands=self._demands(export, hosts, options, variables),
                variables={
                    **{
                        name: value
                        for name, value in given.items()
                        if name not in OF_THE_CONTROLLER and not name.startswith(("slice_", "rollout_"))
                    },
                    "tourniquet_version": collection_version(PROJECT),
                    **(OF_A_JOB if closes else {}),
                    **(
                        {"drill": True} if options["drill"] else {}
                    ),  # a plan without a decision; the controller files it
                },
                common={f"tourniquet_{SIGNERS}": "{{ inventory_dir }}/" + SIGNERS_FILE}
                if SIGNERS_FILE in files
                else {},
                files=files,
                most=options["slice_size"],
                forks=options["slice_forks"],
                timeout=float(options["slice_timeout"]),
                own_files=own_files,
                nodes=nodes,
            ),
            work_on=pipe.run,
            say=lambda text: self._display.display(printable(text)),
            run=RUN,
            home=RecordsHome(
                Path(options["records"]).expanduser(),
                RecordTrust(key=key_file(options["record_key"]), allowed_signers=signers),
            ),
            notes=said(moved(assignment, every, groups), assignment),
            answers=pipe.answers,
        )
        return sliced, pipe

    @staticmethod
    def _note_customers(sliced: SlicedRollout, options: Mapping[str, Any]) -> list[str]:
        """Note in the register of consent which customers were closed or reopened, and return why that failed, in words."""
        fleet = sliced.fleet
        known = {host: one for host, one in sliced.results.items() if host not in sliced.losses}
        return note_customers(
            ConsentRegister(Path(options["consents"]).expanduser(), sliced.home.trust),
            options["verb"],
            RUN,
            known,
            _customers(fleet.hosts, fleet.places, fleet.shared),
            read_customers("tourniquet_customers", options["described"]),
            (options["who"], options["ticket"]),
            Path(options["records"]).expanduser(),
        )

    def _places(self, export: Export, hosts: Sequence[str], variables: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        names = {"customer": "netscaler_customer", "site": "netscaler_site"}
        used = {key: name for key, name in names.items() if _is_set(export, name)}
        return {
            host: {key: str(variables["hostvars"][host].get(name) or "") for key, name in used.items()}
            for host in (hosts if used else ())
        }

    def _shared(
        self, export: Export, hosts: Sequence[str], variables: Mapping[str, Any]
    ) -> dict[str, list[dict[str, Any]]]:
        """Return by shared appliance its customers with what the inventory says to be theirs."""
        names = [name for name in CUSTOMERS_OF_PARTS if _is_set(export, name)]
        found: dict[str, list[dict[str, Any]]] = {}
        for host in hosts if names else ():
            own = variables["hostvars"][host]
            mappings = [value for name in names if isinstance(value := own.get(name), Mapping)]
            parts = {str(part): str(one) for value in mappings for part, one in value.items()}
            if parts:
                found[host] = owners(str(own.get("netscaler_customer") or ""), parts)
        return found

    def _demands(
        self, export: Export, hosts: Sequence[str], options: Mapping[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Mapping[str, Any]]:
        """Return by appliance the approvals that the inventory demands; those of the nodes are checked there too."""
        if not _is_set(export, APPROVALS) or options["verb"] in ("status", "verify"):
            return {}
        found: dict[str, Mapping[str, Any]] = {}
        for host in hosts:
            own = variables["hostvars"][
                host
            ]  # not as a dict: that would evaluate each variable, the password of the node too
            render = RoleArguments(host, "", {}, self._templar, self.OPTIONS).render
            stated = {**options, "mitigation": options["measure"]}
            verb = "apply" if options["verb"] == "plan" else options["verb"]
            demanded = approval_of(verb, host, stated, own, render, role=ROLLOUT, check_mode=True)
            if demanded:
                found[host] = demanded
        return found

    def _result(
        self,
        sliced: SlicedRollout,
        *,
        planned: bool,
        decided: Mapping[str, Any] | None = None,
        waves: Sequence[str] = (),
    ) -> dict[str, Any]:
        failed = {host: problem for host, problem in sliced.problems.items() if problem}
        went = set(waves)
        message = (
            f"{len(failed)} of {counted(len(sliced.fleet.hosts), 'appliance')} failed"
            if failed
            else (decided or {}).get("msg", "all appliances answered")
        )
        why = _next_action(decided or {})
        is_bad = bool(failed) or bool((decided or {}).get("failed"))
        # As where one control node works: an appliance that was not reached decides about the exit code of ansible-playbook.
        away = any(problem.startswith("unreachable: ") for problem in failed.values())
        missing = sliced.home.missing()
        awaited = {host: {AWAITED: missing[host]} for host in sliced.fleet.hosts if host in missing}
        return {
            "failed": is_bad and not away,
            **({"unreachable": True} if is_bad and away else {}),
            "changed": any(result.get("changed") for result in sliced.results.values()) and not planned,
            "results": {host: {**sliced.results.get(host, {}), **awaited.get(host, {})} for host in sliced.fleet.hosts},
            "problems": failed,
            "planned": [host for host in sliced.fleet.hosts if planned or (decided is not None and host not in went)],
            "lost": sliced.lost,
            "notes": sliced.notes,
            "next_action": sliced.next_action() or why,
            COMMANDS: sliced.next_commands() or _next_commands(decided or {}),
            "msg": str((decided or {})["msg"]) if (decided or {}).get("failed") else message,
        }


def require_bounds(options: Mapping[str, Any]) -> None:
    """Check the numbers of a run by slices.

    :raises InvalidInput: naming the variable and the fix
    """
    for name in ("slice_size", "slice_forks", "slice_timeout"):
        if options[name] < 1:
            raise InvalidInput(f"{name} is {options[name]}: write a whole number from 1 on")
    if options["slice_timeout"] > LONGEST_DEADLINE:
        raise InvalidInput(
            f"slice_timeout is {options['slice_timeout']}: write at most {LONGEST_DEADLINE}. So long a job that was lost may begin to write. Nothing was sent."
        )


def _customers(
    hosts: Sequence[str],
    places: Mapping[str, Mapping[str, str]],
    shared: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, set[str]]:
    """Return by appliance its customers, as the inventory of the controller has them."""
    found = {
        host: {places.get(host, {}).get("customer", ""), *(one["customer"] for one in shared.get(host, ()))}
        for host in hosts
    }
    return {host: names - {""} for host, names in found.items()}


def _by_text(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return by text the appliances that have it."""
    found: dict[str, list[str]] = {}
    for host, text in texts.items():
        found.setdefault(text, []).append(host)
    return found


def _next_action(decided: Mapping[str, Any]) -> str:
    """Return what to do where no wave may start, as the page of a run shows it; "" where they may."""
    if not decided.get("failed"):
        return ""
    return str(whole_result(decided).get("next_action") or decided["msg"])


def _next_commands(decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return the commands of that, by appliance."""
    return dict(whole_result(decided).get(COMMANDS) or {})


def _is_set(export: Export, name: str) -> bool:
    """Return True if a variable stands anywhere in the inventory."""
    hosts = export.get("_meta", {}).get("hostvars", {}).values()
    groups = (group.get("vars", {}) for key, group in export.items() if key != "_meta")
    return any(name in one for one in (*hosts, *groups))


def _signed(directory: Path | None) -> list[str]:
    """Return the names of the files that approvals consist of, in a directory of plans."""
    if directory is None:
        return []
    return [REQUEST, *(path.name for path in signature_files(directory))]
