# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base class of the action plugins that work on one appliance.

The work is done over one kept-alive connection, by a process of :mod:`worker_pool` or in the worker of Ansible itself: a module process for each
object would cost a hundred times more (docs/decisions/0002, 0021).
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible import context
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars

from ..appliance.nitro.appliance import Appliance
from ..catalogue.bundle_name import bundle_of
from ..catalogue.entry import Entry
from ..catalogue.entry_file import entry_ids, load_entry
from ..catalogue.entry_name import entry_name
from ..change.approvals.demand import VARIABLE as APPROVALS
from ..fleet.slices.awaited_records import AwaitedRecords
from ..fleet.slices.worker_environment import require_no_secret_in
from ..fleet.waves.rollout_course import Event
from ..foundation.errors import CannotConnect, InvalidInput, TourniquetError
from ..foundation.file_problem import file_problem
from ..foundation.foreign_text import has_nul, nul_problem, printable
from ..verbs.common.approval_option import APPROVAL, LOUD
from ..verbs.common.default_paths import DIRECTORIES, require_outside_collections
from ..verbs.common.failed_result import DETAILS, verdict_suffix, whole_result
from ..verbs.common.job_gate import JobGate, pass_gate
from ..verbs.common.options import Options
from ..verbs.common.role_variables import require_no_stray_words, with_variable_names
from ..verbs.common.task import RUN, Task, rollout_of
from ..verbs.common.verb import Verb
from ..verbs.pages.appliance_lines import AWAITED, BUNDLE
from . import worker_pool
from .approval_gate import SIGNERS, approval_of, require_of_inventory
from .failures import action_failure
from .journal_entry import JournalEntry
from .names_of_ansible import require_no_names_of_ansible
from .placeholders import require_no_placeholders
from .play_strategy import require_linear, strategy_of
from .removed_names import removed_names, require_no_removed_names
from .result_queue import protect_result_queue
from .role_arguments import RoleArguments, require_waves
from .stated_scope import DRILL, require_no_drill, require_scope_of_command
from .typo_check import OF_ONE_VERB, names_of_roles, require_no_near_misses
from .waiting_appliances import require_no_wait, wait_notes

# The options of a lockdown or a closing that narrow what a run changes.
SCOPE = ("vips", "kinds", "customers", "partitions")
NAMES_OF_ROLES = names_of_roles()
removed_names()  # before the fork: each worker would work them out
GOES_ON = " A run that had begun to write to the appliance goes on from its change record."
# A garbage collection in a worker would touch everything that it inherited: 50 ms and a copy of each page, in a process that soon ends.
os.register_at_fork(after_in_child=gc.freeze)


class RoleTask(ActionBase):  # type: ignore[misc,unused-ignore]
    """An action plugin that takes its arguments from the variables of a role, where the task names one in ``variables_of``."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    OPTIONS: ClassVar[Options] = {}

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        protect_result_queue()

    def declared_options(self) -> Options:
        """Return the options that this task takes."""
        return self.OPTIONS

    def role_arguments(self, host: str, variables: dict[str, Any]) -> RoleArguments | None:
        """Return the variables as arguments; None where the task names no role.

        :raises InvalidInput: where a variable is misspelt or no longer ours, or the strategy of the play is not linear
        """
        try:
            require_linear(strategy_of(self._task, self._templar))
            extra = load_extra_vars(self._loader)
            require_no_names_of_ansible(extra)
            require_no_placeholders(extra)
            require_no_stray_words(variables)
            require_of_inventory(extra, is_demanded=bool(variables.get(APPROVALS)))
            known = NAMES_OF_ROLES | (OF_ONE_VERB & self.declared_options().keys())
            inventory = self.names_to_check(variables)
            role = str(self._task.args.get("variables_of") or "")
            set_ones = [name for name in inventory if variables.get(name) is not None]
            require_no_removed_names(extra, set_ones, self.declared_options(), role)
            require_no_near_misses(extra, inventory, known)
            require_waves(variables, self._templar)
        except InvalidInput as error:
            raise InvalidInput(f"{host}: {error}") from None
        return RoleArguments(host, role, variables, self._templar, self.declared_options()) if role else None

    def names_to_check(self, variables: Mapping[str, Any]) -> Iterable[str]:
        """Return the names of the inventory that may not be misspelt."""
        return variables

    def named_measure(self, variables: Mapping[str, Any]) -> str:
        """Return the measure that the task or a variable names; "" where none is named. What it says is checked later."""
        stated = self._task.args.get("mitigation") or self._unchecked(variables).values(["mitigation"]).get(
            "mitigation"
        )
        return str(entry_name(stated) or "")

    def named_entry(self, variables: Mapping[str, Any]) -> Entry | None:
        """Return the entry of the catalogue that the task or a variable names; None where it names none, or none that can be read: that is told later."""
        id_ = self.named_measure(variables)
        try:
            directory = self._unchecked(variables).catalogue(self._task.args)
            return load_entry(directory / id_) if id_ in entry_ids(directory) else None
        except InvalidInput:
            return None

    def _unchecked(self, variables: Mapping[str, Any]) -> RoleArguments:
        role = str(self._task.args.get("variables_of") or "")
        return RoleArguments("", role, dict(variables), self._templar, self.OPTIONS)

    def hide_origin(self) -> None:
        """Let Ansible report an error without file and line of the task, where the task is one of our roles: nobody can mend it there."""
        if self._task.args.get("variables_of") is not None:
            self._task._ds = None  # noqa: SLF001 -- a worker of Ansible has a copy of the task, and ansible-core has no public name for it

    def take_arguments(self, given: Mapping[str, Any]) -> None:
        """Use other arguments than those of the task, as plain values: Ansible's are tagged since ansible-core 2.19."""
        self._task.args = json.loads(json.dumps(dict(given), default=str))

    def checked_options(self, host: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments, converted as the types of the options say.

        :raises InvalidInput: naming host, option and the variable from which its value came
        """
        options: dict[str, Any]
        try:
            _validation, options = self.validate_argument_spec(self.declared_options())
        except AnsibleActionFail as error:
            role = str(self._task.args.get("variables_of") or "")
            problem = with_variable_names(str(error), self.declared_options(), role, variables) if role else str(error)
            raise InvalidInput(f"{host}: {problem}") from error
        if broken := next((name for name, value in options.items() if has_nul(value)), ""):
            raise InvalidInput(f"{host}: {nul_problem(broken)}")
        return options


def _name_customers(result: dict[str, Any], appliance: Appliance) -> None:
    """Add the customers of the appliance with their virtual servers to a result; to the details of a failed one, of which Ansible prints the rest."""
    details = (result.get("diff") or {}).get(DETAILS) if result.get("failed") else None
    customers = [{"customer": name, "vservers": list(appliance.vservers_of(name))} for name in appliance.customers]
    if customers:
        (result if details is None else details)["customers"] = customers


class TourniquetAction(RoleTask):
    """An action on one appliance: checks the options, runs the task, and turns errors of the engine into those of Ansible."""

    TASK: ClassVar[type[Task]]
    VERB: ClassVar[Verb]
    _only_plans = False
    _follows = False  # a later job of a sliced rollout carries out the plans of this one

    def perform(self, appliance: Appliance, options: Mapping[str, Any]) -> dict[str, Any]:
        """Run the task.

        :param options: checked and converted, plain values
        :returns: the result, as JSON values
        """
        return worker_pool.run(self.TASK(appliance, options, bool(self._task.check_mode), self.is_preview))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        written = self._task.args
        self._only_plans = variables.get("tourniquet_only_plans") is True
        self.hide_origin()
        try:
            return self._run(host, variables, result)
        finally:
            # Callbacks and a rescue (ansible_failed_task) see the task as it was written, without a password.
            self._task.args = written

    def _run(self, host: str, variables: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
        entry = JournalEntry(None, host, bool(self._task.check_mode))
        try:
            # The directory of the plans comes first, so that a problem with another option is written there.
            plans = self._plans(host, variables)
            entry = JournalEntry(rollout_of({"plans": plans}), host, entry.check_mode)
            nothing_follows = bool(context.CLIARGS.get("check")) or not self.VERB.changes
            gate = pass_gate(variables, host, RUN, reads_only=nothing_follows, plans=entry.check_mode)
            self._follows = gate.job is not None and gate.job.follows
            appliance, options = self._of_job(gate, *self._prepared(host, variables, plans))
            approval = self._approval(host, variables, options)
            if approval:
                options |= {APPROVAL: approval, SIGNERS: approval.get("signers", options.get(SIGNERS))}
            hold_reason = entry.start(reads_only=not self.VERB.changes, late=gate.late)
            if hold_reason:
                # A failure to Ansible, so that a run which leaves it as it was never ends with exit code 0.
                return {**result, "failed": True, "held": hold_reason, "msg": f"held: {hold_reason}"}
            result.update(self.perform(appliance, options))
            self._name_lost_jobs(result, host, options, gate)
            _name_customers(result, appliance)
            if approval.get(LOUD):
                result["notes"] = [approval[LOUD], *whole_result(result).get("notes", ())]
                result["msg"] = f"{approval[LOUD]}; {result.get('msg', '')}"
            if options.get("catalogue") and (bundle := bundle_of(Path(str(options["catalogue"])))):
                result[BUNDLE] = bundle
            result["msg"] = printable(result.get("msg", ""))
        except InvalidInput as error:
            text = printable(str(error))
            raise action_failure(error, entry.fail(text if text.startswith(host) else f"{host}: {text}")) from None
        except CannotConnect as error:
            # Nothing was written yet: Ansible calls such a host unreachable.
            raise AnsibleConnectionFailure(entry.fail(printable(str(error)), Event.UNREACHABLE_IN_PLAN)) from None
        except TourniquetError as error:
            raise action_failure(error, entry.fail(printable(str(error)))) from None
        except OSError as error:
            if not error.filename:
                entry.fail(f"an error in Tourniquet: {type(error).__name__}")
                raise
            text = printable(f"{host}: {file_problem(error)}{GOES_ON if self.VERB.changes else ''}")
            raise action_failure(TourniquetError(text), entry.fail(text)) from None
        except Exception as error:
            # Wrong options, or a defect: written at once, so that the other appliances do not wait for this one.
            entry.fail(
                str(error) if isinstance(error, AnsibleError) else f"an error in Tourniquet: {type(error).__name__}"
            )
            raise
        result = entry.end(result)
        if result.get("failed"):  # without our callbacks Ansible shows the message only
            result["msg"] += verdict_suffix(result)
        return result

    def _prepared(self, host: str, variables: dict[str, Any], plans: str) -> tuple[Appliance, dict[str, Any]]:
        """Return the appliance and the options of the task, both checked."""
        arguments = self.role_arguments(host, variables)
        if arguments is not None:
            self._require_command(host, variables)
        if arguments is None:
            arguments = RoleArguments(host, "", variables, self._templar, self.OPTIONS)
        self.take_arguments(arguments.arguments(dict(self._task.args), plans))
        appliance = self._appliance(host)
        if not appliance.validate_certs and not appliance.certificate_pins:
            self._display.warning(
                f"{host}: netscaler_validate_certs is false, so anyone on the network path can read the password. "
                "Name a CA in netscaler_ca_file, or the certificate's SHA-256 in netscaler_certificate_pin."
            )
        options = self.checked_options(host, variables)
        if options.get("records") == "":
            raise InvalidInput(f"{host}: records is empty: name the directory of the change records, -e records=...")
        for name in (name for name in (*DIRECTORIES, "plans") if options.get(name)):
            require_outside_collections(name, str(options[name]))
        return appliance, options

    def _require_command(self, host: str, variables: Mapping[str, Any]) -> None:
        """Refuse what would make of the command another one than it says.

        :raises InvalidInput: with the variable and the fix
        """
        extra = load_extra_vars(self._loader)
        require_scope_is_used(extra, self.OPTIONS)
        is_preview = bool(context.CLIARGS.get("check")) or self._only_plans
        if variables.get(DRILL) is not None:
            require_no_drill(self.VERB.name, self._templar.template(variables[DRILL]), is_preview=is_preview)
        if self.VERB.needs_scope:
            # Those of a play or of its tasks are the command of a playbook of one's own.
            require_scope_of_command(self.VERB.name, variables["hostvars"][host], extra)

    def _of_job(self, gate: JobGate, appliance: Appliance, options: dict[str, Any]) -> tuple[Appliance, dict[str, Any]]:
        """Return the appliance and the options with those of the job, where the task is one of a job.

        :raises InvalidInput: where the environment of its worker has a secret
        :raises Refused: where it is none, and a lost one may still begin on the appliance
        """
        if gate.job is None and self.waits_for_jobs(options):
            require_no_wait(appliance.name)
        if gate.job is not None:
            hidden = [name for name, option in self.OPTIONS.items() if option.get("no_log")]
            secrets = {
                "netscaler_password": appliance.password,
                **{name: str(options.get(name) or "") for name in hidden},
            }
            require_no_secret_in(os.environ, secrets)
        return appliance, options | gate.options

    def _name_lost_jobs(self, result: dict[str, Any], host: str, options: Mapping[str, Any], gate: JobGate) -> None:
        """Say beside what was found which lost job may still change it, and that its probes are not known."""
        if gate.job is not None:
            return
        missing = AwaitedRecords(Path(options["records"])).missing_of(host) if options.get("records") else ""
        if missing:
            result[AWAITED] = missing
        said = [*wait_notes(host), *filter(None, [missing])] if self.VERB.names_lost_jobs else []
        if said:
            result["notes"] = [*said, *whole_result(result).get("notes", ())]

    def waits_for_jobs(self, options: Mapping[str, Any]) -> bool:
        """Return True if the task, or one that follows its plan, changes the appliance, and no decision of a rollout has looked at the jobs."""
        nothing_follows = bool(context.CLIARGS.get("check")) or self._only_plans
        return self.VERB.waits_for_jobs and not (options.get("plans") or nothing_follows)

    def _approval(self, host: str, variables: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the approval of the run; see :func:`approval_gate.approval_of`."""
        if not self.VERB.changes:
            return {}
        role = str(self._task.args.get("variables_of") or "")
        render = RoleArguments(host, role, variables, self._templar, self.OPTIONS).render
        action = str(self._task.action).rpartition(".")[2]
        return approval_of(action, host, options, variables, render, role=role, check_mode=bool(self._task.check_mode))

    def _plans(self, host: str, variables: dict[str, Any]) -> str:
        """Return the directory of the plans; "" where the task is not part of a rollout."""
        given, role = str(self._task.args.get("plans") or ""), self._task.args.get("variables_of")
        if role is None or "plans" not in self.OPTIONS:
            return given
        return RoleArguments(host, str(role), variables, self._templar, self.OPTIONS).plans(given)

    @property
    def is_preview(self) -> bool:
        """See :class:`Task`. The play of plan.yml says itself that nothing follows its plans."""
        nothing_follows = not self._task.args.get("plans") or context.CLIARGS.get("check") or self._only_plans
        return bool(self._task.check_mode) and bool(nothing_follows) and not self._follows

    def _appliance(self, host: str) -> Appliance:
        variables = self._task.args.get("appliance")
        if not isinstance(variables, dict):
            raise InvalidInput(
                f"{host}: the option appliance must be a mapping; use the role tourniquet.netscaler.appliance"
            )
        return Appliance.from_variables(host, variables)


def require_scope_is_used(extra: Collection[str], options: Collection[str]) -> None:
    """Refuse a choice given with ``-e`` that an action does not know: it would change more than the command names.

    :param options: those of the action
    :raises InvalidInput: with the name
    """
    for option in SCOPE:
        if option in extra and option not in options:
            raise InvalidInput(
                f"-e {option} has no effect here, so more would be done than it names: lockdown, close and reopen take it. Choose the appliances with "
                "--limit or -e target=..., and leave it out. Nothing was sent."
            )
