# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task on one appliance, without Ansible: plain data and the code that runs it, so that another process can run it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ...appliance.nitro.appliance import Appliance
from ...appliance.objects.ownership import Owner
from ...catalogue.desired_state import parse_document
from ...catalogue.measure import Measure, Mode
from ...catalogue.opt_out import entries_in_force, read_opt_outs
from ...catalogue.planned_fix import read_planned_fix
from ...catalogue.record_trust import RecordTrust, key_file
from ...catalogue.run_parameters import ApplyParameters
from ...catalogue.upgrade import earlier_day, require_published
from ...change.approvals.approval import sign_command
from ...change.approvals.check import count
from ...change.approvals.request import ApprovalRequest, expiry, sealed
from ...change.planning.plan_file import PlanFile, read_plan
from ...change.records.record_copies import is_stem
from ...change.records.signing_key import signing_key
from ...change.records.untrusted_records import require_person, sign_accepted
from ...fleet.waves.journal import Rollout
from ...foundation.errors import InvalidInput, Refused
from ...foundation.foreign_text import has_nul, nul_problem
from ...foundation.moments import why_no_day
from ...foundation.next_action import Command, advice
from ...judgement.proof.acknowledgements import read_acknowledgements
from ...measures.registry import load_measure
from ...traces.alarm_state.state_file import counted_requests
from ..deployment.deployment import today
from .approval_option import (
    APPROVAL,
    DEMAND,
    LISTED,
    MISSING,
    PLACE,
    RUN_PLANS,
    SEAL,
    approval_facts,
    seal_problem,
    seal_with_demand,
    with_demand,
)
from .job_gate import job_of
from .result import Runs


def name_of_run() -> tuple[str, str]:
    """Return a new id of a run, and the name of its directory, which sorts by time, also within a second."""
    run = uuid.uuid4().hex[:10]
    return run, f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{run}"


# Imported once in the parent process, before the workers fork: one id for the whole run on all appliances.
RUN, RUN_DIRECTORY = name_of_run()


@dataclass(frozen=True)
class Task(Runs):
    """The work of an action on one appliance.

    :ivar options: of the action, checked and converted, as plain values
    :ivar check_mode: nothing may be changed
    :ivar is_preview: check mode without a rollout that follows. The plans before a rollout are made in check mode too, and need all mandatory options
    """

    appliance: Appliance
    options: Mapping[str, Any]
    check_mode: bool
    is_preview: bool

    def prepare_signatures(self, records: Path, trust: RecordTrust) -> None:
        """Make our key where there is none, and sign the records that a person accepts: before a run that changes something sends anything.

        :raises TourniquetError: where it is not possible
        """
        if not self.check_mode:
            signing_key(trust.key)
            sign_accepted(records, self.appliance.name, trust)

    def keep_plan(self, plan: PlanFile) -> str:
        """Write the plan down, or compare it with the plan that it must be equal to.

        :returns: what has changed since that plan was made, as text, or ""
        """
        rollout, demanded = rollout_of(self.options), self.options.get(APPROVAL)
        if demanded:
            plan = with_demand(plan, demanded)
        own = None if rollout is None or self.check_mode else rollout
        source = own.directory if own else Path(self.options["plan"]).expanduser()
        wanted = read_plan(source, plan.host) if own or self.options["plan"] else None
        if wanted is None and (own or self.options["plan"]):
            missing = f"{plan.host}: there is no plan for it in {source}. Make one with plan.yml, or leave it out with --limit."
            return advice(missing, Command("plan", is_of_measure=True))
        if rollout is not None and own is None:
            plan.write(rollout.directory)
        changes = wanted.changes_since(plan) if wanted is not None else []
        if not changes:
            approved = {} if self.check_mode else demanded or {}
            return seal_problem(plan, approved[SEAL]) if SEAL in approved else ""
        shown = "; ".join(changes[:5]) + (f"; and {len(changes) - 5} more" if len(changes) > 5 else "")
        if wanted is not None and wanted.is_of_another_run(plan):
            return f"{plan.host}: the plan in {source} is not that of this run: {shown}. Give what the plan was made for, or plan again. Nothing was changed."
        return f"{plan.host}: it has changed since {source} was made: {shown}. Check the change, and plan again. Nothing was changed."

    def keep_idle_plan(self, plan: PlanFile) -> None:
        """Write the plan of a run that does nothing down, or compare it; see :meth:`keep_plan`.

        :raises Refused: where something was planned: a run that ends well would say that it was done
        """
        problem = self.keep_plan(plan)
        if problem:
            raise Refused(problem)

    def keep_seal(self, verb: str, seal: str) -> str:
        """Write down the seal of a plan that is not rolled out in waves, so that it can be approved, or compare it with the approved one.

        :returns: how it is approved, or, where it is to be carried out, why it is not the approved one; "" where nothing is to be said
        """
        approval, host = self.options.get(APPROVAL) or {}, self.appliance.name
        own = sealed(seal_with_demand(seal, approval), 1)
        if approval.get(MISSING):
            return f"APPROVALS  {count(approval['wanted'])} needed: {approval[MISSING]}"
        if PLACE in approval:
            expires = expiry(datetime.now(UTC))
            by_whom = ((approval[DEMAND],), approval[LISTED])
            request = ApprovalRequest(verb, verb, RUN_DIRECTORY, expires, {host: own}, *by_whom)
            request.write(Path(approval[PLACE]))
            return (
                f"APPROVALS  {count(approval['wanted'])} needed before {expires:%Y-%m-%d %H:%M} UTC: {sign_command(Path(approval[PLACE]))} and the "
                f"same command with -e plan={approval[RUN_PLANS]} carries it out"
            )
        if SEAL not in approval or approval[SEAL] == own:
            return ""
        return f"{host}: it is not what was approved. Plan and approve it again. Nothing was changed."


def rollout_of(options: Mapping[str, Any]) -> Rollout | None:
    """Return the rollout of this run; None where the task is not part of one.

    :raises InvalidInput: where the directory of the plans can be none
    """
    if has_nul(options.get("plans")):
        raise InvalidInput(nul_problem("plans"))
    return Rollout(Path(str(options["plans"])).expanduser() / RUN_DIRECTORY) if options.get("plans") else None


def record_trust(options: Mapping[str, Any]) -> RecordTrust:
    """Return which change records the run trusts, and the key that signs its own.

    :raises InvalidInput: where a name is not that of a record, or no person is named who answers for the records
    """
    resign, accepted_by = bool(options.get("resign")), options["accepted_by"].strip()
    require_person(resign, accepted_by)
    wrong = next((name for name in options["accept_record"] if not is_stem(name)), None)
    if wrong is not None:
        raise InvalidInput(
            f"accept_record names {wrong!r}: write the name of a record without its suffix, such as 20200115T020000.000000Z-0123456789. "
            "Nothing was sent."
        )
    return RecordTrust(
        key=key_file(options["record_key"]),
        allowed_signers=Path(options["allowed_signers"]).expanduser() if options["allowed_signers"] else None,
        accepted=frozenset(options["accept_record"]),
        accepted_by=accepted_by,
        resigned_by=accepted_by if resign else "",
    )


def settings_by_entry(measures: Any) -> Mapping[str, Any]:
    """Return what the inventory says of the measure of each entry, by its id.

    :raises InvalidInput: where it is no mapping
    """
    if measures is not None and not isinstance(measures, Mapping):
        raise InvalidInput("catalogue_measures must be a mapping: the id of each measure, and its settings")
    return measures or {}


def run_parameters(appliance: Appliance, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that apply and rollback share; see :class:`RunParameters`."""
    catalogue = Path(options["catalogue"])
    measure = load_measure(options["mitigation"], catalogue, options["settings"], appliance.name, today())
    opted_out = entries_in_force(read_opt_outs(appliance.name, options.get("opt_outs")), today())
    measure = replace(measure, upgrades=measure.upgrades.without(opted_out))
    return {"measure": measure, **parameters_of_owner(appliance, options, _owner(options, measure))}


def parameters_of_owner(appliance: Appliance, options: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
    """Return the parameters that every run has; see :class:`RunParameters`."""
    return {
        "appliance": appliance,
        "owner": owner,
        "records": Path(options["records"]),
        "trust": record_trust(options),
        "run": RUN,
        "reason": options["reason"],
        "lock": options.get("lock", True),
        "break_lock": options.get("break_lock", ""),
        "approval": approval_facts(options),
        "job": job_of(options),
    }


def apply_parameters(appliance: Appliance, options: Mapping[str, Any], **more: Any) -> ApplyParameters:
    """Return the parameters of a run with a desired state."""
    common, as_of = run_parameters(appliance, options), date_option(options["as_of"])
    measure: Measure = common["measure"]
    require_published(measure.upgrades.of(measure.id), earlier_day(as_of, today()))
    rendered = None
    if common["measure"].traits.writing.is_rendered:
        rendered = parse_document(options["document"], common["owner"], where=appliance.name)
    return ApplyParameters(
        **common,
        rendered=rendered,
        as_of=as_of,
        mode=Mode(options["mode"]),
        audit_log=options["audit_log"],
        acknowledgements=read_acknowledgements(appliance.name, options.get("acknowledgements")),
        planned_fix=read_planned_fix(appliance.name, options.get("planned_fix"), common["measure"].id),
        counted=counted_requests(options.get("alarms"), appliance.name),
        **more,
    )


def _owner(options: Mapping[str, Any], measure: Measure) -> Owner:
    version = options.get("version", measure.current_version)
    if not version and not measure.traits.course.depends_on_build:
        version = (
            measure.current_version
        )  # a role takes the number from the catalogue, which does not have this measure
    if version not in measure.versions:
        known = ", ".join(str(number) for number in measure.versions)
        raise InvalidInput(f"{measure.id} has no version {version}; choose mitigation_version from {known}")
    return Owner(measure.id, version, options["ticket"])


def date_option(text: str) -> date:
    """Return the date of the option as_of; today where it is empty.

    :raises InvalidInput: where it is no date
    """
    try:
        return date.fromisoformat(text) if text else today()
    except ValueError as error:
        raise InvalidInput(f"as_of is {text!r}: {why_no_day(text, '2020-01-15')}") from error
