# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate before every action that changes an appliance: are there the approvals that the inventory demands?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..catalogue.record_trust import key_file
from ..change.approvals.check import Checked, check_approvals, count, how_to_approve, who_is_missing
from ..change.approvals.demand import VARIABLE, BreakGlass, break_glass_of, wanted_approvals
from ..change.records.record_list import all_records
from ..change.records.records_folder import account_user, current_user, unique_name
from ..change.records.signing_key import existing_key
from ..change.records.sshsig import public_key_blob
from ..change.records.used_approvals import use_in
from ..foundation.errors import InvalidInput, Refused
from ..measures.kind import Template
from ..verbs.approvals import approval_rules
from ..verbs.common.approval_option import DEMAND, FACTS, LISTED, LOUD, MISSING, PLACE, RUN_PLANS, SEAL
from ..verbs.common.role_variables import plans_directory
from ..verbs.common.task import RUN_DIRECTORY
from .approval_authority import authority_of
from .role_arguments import yes_or_no

BREAK_GLASS = "break_glass"
SIGNERS = "allowed_signers"
OF_INVENTORY = {
    SIGNERS: "the list counts in the inventory only: whoever applies would say who may approve",
    "records": "the directory of the records counts in the inventory only: without its records, approvals that were used would count again",
    "record_key": "the key of the records counts in the inventory only: it shows who applies",
    "inventory_dir": "the directory of the inventory is where -i finds it: the list and the records may be named by it",
}
"""Where approvals are demanded, by variable: why ``-e`` may not set it."""
EMERGENCY = "In an emergency: -e break_glass=true -e \"who='your name'\" -e \"reason='why now'\""


def place_of(plans: Path, action: str, host: str) -> Path:
    """Return the directory in which the plan of an action that is not rolled out in waves is approved, one for each appliance."""
    return plans / action / unique_name(host)


def require_of_inventory(extra: Collection[str], *, is_demanded: bool) -> None:
    """Check that nobody overrules on the command line what the inventory demands, or who may approve.

    :param extra: the names that were given with ``-e``
    :param is_demanded: the inventory demands approvals
    :raises InvalidInput: where the demand is among them, or where approvals are demanded, one of :data:`OF_INVENTORY`
    """
    for variable, why in OF_INVENTORY.items() if is_demanded else ():
        given = next((name for name in extra if name == variable or name.endswith(f"_{variable}")), None)
        if given is not None:
            raise InvalidInput(
                f"-e {given}: where {VARIABLE} demands approvals, {why}. Leave it out. Nothing was sent."
            )
    if VARIABLE in extra:
        raise InvalidInput(
            f"-e {VARIABLE}: it counts in the inventory only. Leave it out; in an emergency: -e break_glass=true -e who=... -e reason=... "
            "Nothing was sent."
        )


def approval_of(
    action: str,
    host: str,
    options: Mapping[str, Any],
    variables: Mapping[str, Any],
    render: Template,
    *,
    role: str = "",
    check_mode: bool,
) -> dict[str, Any]:
    """Return the approval of a run, as the value of its option; empty where none is demanded.

    :param action: such as apply
    :param options: checked, of the task
    :param variables: of the host; they say what is demanded, and who goes on without it
    :param role: whose variables the options come from; "" for none
    :raises InvalidInput: where one of these variables is not valid, or the person who applies could say who may approve
    :raises Refused: where approvals are missing, and nobody goes on without them; nothing was sent
    """
    rules, stated = approval_rules(), render(VARIABLE, variables.get(VARIABLE))
    wanted = wanted_approvals(stated, rules, action, str(options.get("mitigation") or ""))
    rule = rules.get(action)
    if not wanted or rule is None or rule.writes_nothing(options):
        return {}
    authority = authority_of(variables, options, role)
    by_whom = {"signers": str(authority.signers), DEMAND: authority.demand, LISTED: authority.listed}
    plan = text_of("plan", options, variables, render)
    if rule.harmless and plan:
        plan = str(place_of(Path(plan).expanduser(), action, host))
    demanded: dict[str, Any] = {"wanted": wanted, "plan": plan, **by_whom}
    recorded = {"wanted": wanted, DEMAND: authority.demand, LISTED: authority.listed}
    who, key = text_of("who", options, variables, render), text_of("record_key", options, {}, render)
    if check_mode and not plan and rule.harmless and rule.sealed:
        own = Path(plans_directory(variables, render)) / RUN_DIRECTORY
        missing = who_is_missing_of(demanded, who, key)
        return {**demanded, PLACE: str(place_of(own, action, host)), RUN_PLANS: str(own), MISSING: missing}
    if check_mode:
        return demanded
    if not rule.sealed:
        checked = Checked(None, (), f"{action} needs {count(wanted)}, and its plan has no seal that could be signed")
    else:
        checked = check_demanded(demanded, action, who, key)
    seal = None if checked.request is None else checked.request.seals.get(host)
    problem = checked.problem
    if not problem and checked.request is not None:
        problem = _used(checked.request.id, host, options) if seal else f"the approved plan does not name {host}"
    if not problem and checked.request is not None:
        by = [{"principal": ",".join(sorted(one.principals)), "key": one.key} for one in checked.approvals]
        facts = {
            **recorded,
            "request": checked.request.id,
            "by": by,
            "checked": _now().isoformat(timespec="seconds"),
        }
        return {**demanded, SEAL: seal, FACTS: facts}
    broken = break_glass(variables, render, options)
    if broken is None:
        raise Refused(
            f"{host}: {problem}. Nothing was sent. {way_on(demanded['plan'] if checked.request and checked.problem else '')}"
        )
    return {**demanded, FACTS: {**recorded, BREAK_GLASS: broken.facts, "missing": problem}, LOUD: broken.text}


def check_demanded(demanded: Mapping[str, Any], verb: str, who: str, record_key: str) -> Checked:
    """Check the approvals that a plan or a task demands.

    :param demanded: see :data:`approval_option.DEMANDED`
    :param who: who applies, as far as an option says it
    :param record_key: the file of the key that signs the records; "" for that of this control node
    :raises InvalidInput: where that key cannot be read
    """
    directory = Path(demanded["plan"]).expanduser() if demanded["plan"] else None
    signers = Path(demanded["signers"]).expanduser()
    appliers, own_key = _applying(who, record_key)
    by_whom = (demanded[DEMAND], demanded[LISTED])
    return check_approvals(directory, verb, signers, demanded["wanted"], appliers, _now(), by_whom, own_key)


def who_is_missing_of(demanded: Mapping[str, Any], who: str, record_key: str) -> str:
    """Return why a plan that demands approvals could get none that count, and the fix, or ""; the parameters are those of :func:`check_demanded`."""
    appliers, own_key = _applying(who, record_key)
    return who_is_missing(Path(demanded["signers"]).expanduser(), demanded["wanted"], appliers, _now(), own_key)


def _applying(who: str, record_key: str) -> tuple[tuple[str, ...], bytes]:
    """Return the names of the person who applies, and the public key that signs the record of the run, in the wire form of SSH.

    :raises InvalidInput: where that key cannot be read
    """
    own = existing_key(key_file(record_key or None))
    appliers = (current_user(), account_user(), who.strip())  # LOGNAME and USER name the first one
    return appliers, public_key_blob(own.public_key()) if own else b""


def break_glass(variables: Mapping[str, Any], render: Template, options: Mapping[str, Any]) -> BreakGlass | None:
    """Return the person who goes on without approvals; None where nobody does.

    :raises InvalidInput: where the person or the reason is missing
    """
    wanted = yes_or_no(BREAK_GLASS, render(BREAK_GLASS, variables.get(BREAK_GLASS)) or False)
    who, reason = (text_of(name, options, variables, render) for name in ("who", "reason"))
    return break_glass_of(wanted=wanted, who=who, reason=reason)


def text_of(name: str, options: Mapping[str, Any], variables: Mapping[str, Any], render: Template) -> str:
    """Return the value of an option, or of the variable of that name; "" where neither is set."""
    return str(options.get(name) or render(name, variables.get(name)) or "")


def way_on(plan: str) -> str:
    """Return what to do where approvals are missing.

    :param plan: the directory of a plan that can be approved; "" where there is none
    """
    steps = (
        how_to_approve(Path(plan).expanduser())
        if plan
        else "Plan it, have the plan approved, and name it: -e plan=DIRECTORY"
    )
    return f"{steps}. {EMERGENCY}"


def _used(request: str, host: str, options: Mapping[str, Any]) -> str:
    """Return which record shows that an approval was used on the appliance, or ""."""
    return use_in(all_records(Path(options["records"]).expanduser(), host), request)


def _now() -> datetime:
    return datetime.now(UTC)
