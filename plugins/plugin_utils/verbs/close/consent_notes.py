# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of consent, as a closing heeds it and as closing and opening add to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ...change.planning.plan_file import PlanFile
from ...customers.closed_places import ClosedPlaces
from ...customers.consent import ConsentEntry, ConsentState
from ...customers.consent_register import ConsentRegister, lacking_consent, note_switch
from ...customers.customer import MOST_TEXT, read_customers
from ...foundation.errors import InvalidInput
from ..common.closures import closures_of
from ..common.task import RUN, Task, record_trust
from .decision import ClosureScope, Decision
from .switch_plan import now


def consent_register(task: Task) -> ConsentRegister:
    """Return the register of consent."""
    return ConsentRegister(Path(task.options["consents"]).expanduser(), record_trust(task.options))


def heeding_consent(task: Task, wanted: ClosureScope) -> ClosureScope:
    """Return the scope with those customers who must agree to a closing and have not."""
    described = read_customers(task.appliance.name, task.options["described"])
    lacking = lacking_consent(task.appliance.customers, described, consent_register(task))
    return replace(wanted, lacking_consent=lacking, without_consent=task.options["without_consent"])


def note_consent(
    task: Task,
    state: ConsentState,
    playbook: str,
    customers: Iterable[str],
    without: Mapping[str, str],
    decision: Decision | None,
) -> list[str]:
    """Add to the register what was closed or opened, and return why that failed, in words.

    What an earlier run has closed or opened, and died before it was noted, is noted too. A customer of whom any step keeps something closed, here or on
    another appliance, is not reopened: the consent to the closing stays in force.

    :param customers: whose virtual servers they are
    :param without: by customer whose consent is missing, why
    :param decision: None where nobody has decided, so that nothing was done
    """
    if decision is None:
        return []
    entry = ConsentEntry(
        customer=task.appliance.name,
        state=state,
        who=decision.who[:MOST_TEXT],
        when=now().isoformat(timespec="seconds"),
        how=f"{playbook}, run {RUN}",
        ticket=decision.ticket[:MOST_TEXT],
    )
    notes = {customer: f"without consent: {why}"[:MOST_TEXT] for customer, why in without.items()}
    register, rows = consent_register(task), _rows(task)
    problems = ClosedPlaces(register.directory).note_rows(task.appliance.name, rows)
    named, unusable = _to_be_noted(task, state, register, rows, {name for name in customers if name})
    problems += [*unusable, *note_switch(register, named, entry, notes)]
    return [f"{task.appliance.name}: {problem}" for problem in problems]


def with_missing_entry(task: Task, state: ConsentState, plan: PlanFile) -> PlanFile:
    """Return the plan of an appliance, for check mode. One with nothing to do goes in a wave where an earlier run died before it noted what it had done.

    :raises InvalidInput: where a change record cannot be read
    """
    if not (task.check_mode and plan.nothing_to_do and (rows := _rows(task))):
        return plan
    named, _unusable = _to_be_noted(task, state, consent_register(task), rows)
    return PlanFile({**plan.values, "nothing_to_do": False}) if named else plan


def _rows(task: Task) -> list[dict[str, Any]]:
    """Return the times for which something of a customer was or is closed, by the change records of the appliance."""
    return [row for row in closures_of(task, record_trust(task.options)) if row["customer"]]


def _to_be_noted(
    task: Task,
    state: ConsentState,
    register: ConsentRegister,
    rows: Sequence[Mapping[str, Any]],
    acted: Collection[str] = (),
) -> tuple[list[str], list[str]]:
    """Return the customers whose entry is to be added, and why that is not known of others, in words.

    :param acted: whose virtual servers this run has closed or opened
    """
    closed = {row["customer"] for row in rows if not row["until"]}
    places, here = ClosedPlaces(register.directory), (task.appliance.name,)
    records = Path(task.options["records"]).expanduser()
    named, problems = [], []
    for name in dict.fromkeys([*acted, *(row["customer"] for row in rows)]):
        own = [row for row in rows if row["customer"] == name]
        if state is ConsentState.REOPENED and name in closed:
            continue
        try:
            if name not in acted and not _lacks(register.entries(name), state, own):
                continue
            if state is ConsentState.REOPENED and places.are_elsewhere(name, here, records, register.trust):
                continue
        except (InvalidInput, OSError) as error:
            problems.append(f"the register of consent does not say that {name} is {state}: {error}")
            continue
        named.append(name)
    return named, problems


def _lacks(entries: Sequence[ConsentEntry], state: ConsentState, rows: Iterable[Mapping[str, Any]]) -> bool:
    """Return True if the change records show a closing or an opening of a customer that has no entry.

    :param entries: of the customer, the oldest first
    :param rows: the times for which something of the customer was closed
    """
    if state is ConsentState.CLOSED:
        noted = [datetime.fromisoformat(one.when) for one in entries if one.state is state]
        since = [datetime.fromisoformat(row["since"]) for row in rows if not row["until"]]
        return any(not any(at >= begin for at in noted) for begin in since)
    switches = [one for one in entries if one.state in (ConsentState.CLOSED, ConsentState.REOPENED)]
    if not switches or switches[-1].state is ConsentState.REOPENED:
        return False
    until = [datetime.fromisoformat(row["until"]) for row in rows if row["until"]]
    return any(end >= datetime.fromisoformat(switches[-1].when) for end in until)
