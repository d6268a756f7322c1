# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What closing and reopening by slices needs besides: the measure of the rollout, and the register of consent, which is the controller's.

The nodes get a copy of the register with each job, and what they write into it goes with the job. The controller notes what was closed and reopened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..catalogue.closing_steps import LadderStep, step_word
from ..change.records.records_folder import unique_name
from ..customers.closed_places import ClosedPlaces
from ..customers.consent import ConsentEntry, ConsentState
from ..customers.consent_register import ConsentRegister, lacking_consent, note_switch
from ..customers.customer import MOST_TEXT, Customer
from ..fleet.slices.inventory_part import META, Export
from ..foundation.errors import InvalidInput
from ..verbs.common.job_gate import IN_SLICE
from ..verbs.common.verb import Sliced
from ..verbs.registry import declared

LOCKDOWN = "lockdown"
"""The verb without a step, and the measure of its records."""
FOLDER = "consent"
"""The register in the directory of a job, beside its part of the inventory."""
_USED = ("customer", "step", "partition", "type", "vserver", "until")
_LONGEST = 256
AGREEING = "tourniquet_agreeing_customers"
"""The variable of a node that says who must agree: a controller keeps the customers with their contacts."""
OF_A_JOB = {IN_SLICE: True, "consents": f"../inventory/{FOLDER}"}
"""The extra variables of the jobs: the customers were checked for the whole fleet, and where the register is."""


def measure_of(verb: str, step: str) -> str:
    """Return the measure of a rollout of one of these verbs, as the playbook of the verb names it.

    :param step: of the ladder; "" for none
    :raises InvalidInput: where a closing has no step, or one that there is not
    """
    if verb == LOCKDOWN:
        return LOCKDOWN
    step = step_word(step)
    if step and step not in [*LadderStep]:
        raise InvalidInput(f"step is {step!r}: write one of {', '.join(LadderStep)}. Nothing was sent.")
    if declared(verb).sliced is Sliced.CLOSES and not step:
        raise InvalidInput(f"step is not set: name what is closed, -e step={'|'.join(LadderStep)}. Nothing was sent.")
    return step or LOCKDOWN


def register_files(directory: Path, customers: Iterable[str]) -> dict[str, Path]:
    """Return the files of the register of consent that are of some customers, by their names beside the inventory of a job."""
    names = sorted(map(unique_name, customers))
    paths = [path for name in names for path in sorted((directory / name).glob("*")) if path.is_file()]
    return {f"{FOLDER}/{path.relative_to(directory)}": path for path in paths}


def with_consents(
    export: Export, customers: Mapping[str, Collection[str]], described: Mapping[str, Customer]
) -> dict[str, Any]:
    """Return an exported inventory in which each appliance has who of its customers must agree, and no contact of theirs.

    :param customers: by appliance
    """
    meta = dict(export.get(META, {}))
    variables = {host: dict(values) for host, values in meta.get("hostvars", {}).items()}
    for host, names in customers.items():
        agreeing = {
            name: {"consent": True} for name in sorted(names) if name in described and described[name].must_agree
        }
        if agreeing:
            variables.setdefault(host, {})[AGREEING] = agreeing
    return {**export, META: {**meta, "hostvars": variables}}


def note_customers(
    register: ConsentRegister,
    verb: str,
    run: str,
    results: Mapping[str, Mapping[str, Any]],
    customers: Mapping[str, Collection[str]],
    described: Mapping[str, Customer],
    decision: tuple[str, str],
    records: Path,
) -> list[str]:
    """Note in the register which customers were closed or reopened, and return why that failed, in words.

    A customer of whom something stays closed, here or on another appliance, is not reopened: the consent to the closing stays in force.

    :param run: the id of the run
    :param results: by appliance, its result, as its node sent it: one that a run which was cut off has closed is not changed by this one
    :param customers: by appliance, its customers as the inventory of the controller has them: no node can name another one
    :param decision: who decided, and the ticket
    :param records: the directory of the change records of the controller, to which those of the nodes have come
    """
    rows = {host: _rows(result, customers.get(host, ())) for host, result in results.items()}
    places = ClosedPlaces(register.directory)
    problems = [problem for host, own in rows.items() for problem in places.note_rows(host, own)]
    every = [row for own in rows.values() for row in own]
    closed = dict.fromkeys(row["customer"] for row in every if not row["until"])
    acted = {row["customer"] for host, own in rows.items() if results[host].get("changed") for row in own}
    reopens = declared(verb).sliced is Sliced.OPENS
    state = ConsentState.REOPENED if reopens else ConsentState.CLOSED

    named = []
    for name in dict.fromkeys(row["customer"] for row in every if (row["customer"] in closed) is not reopens):
        here = [host for host, own in rows.items() if any(row["customer"] == name for row in own)]
        try:
            if _is_new(register.entries(name), state, acted=name in acted) and not (
                reopens and places.are_elsewhere(name, here, records, register.trust)
            ):
                named.append(name)
        except (InvalidInput, OSError) as error:
            problems.append(f"the register of consent does not say that {name} is {state}: {error}")
    if not named:
        return problems
    who, ticket = decision
    entry = ConsentEntry(
        customer=named[0],
        state=state,
        who=who[:MOST_TEXT],
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        how=f"sliced.yml with verb={verb}, run {run}",
        ticket=ticket[:MOST_TEXT],
    )
    lacking = {} if reopens else lacking_consent(named, described, register)
    notes = {name: f"without consent: {why}"[:MOST_TEXT] for name, why in lacking.items()}
    return problems + note_switch(register, named, entry, notes)


def _is_new(entries: Sequence[ConsentEntry], state: ConsentState, *, acted: bool) -> bool:
    """Return True if the register does not say yet that a customer is closed or reopened.

    :param entries: of the customer
    :param acted: the run has changed an appliance of the customer. A closing that is over may be one of long ago, and counts only where the register
        has it in force, or has no entry at all
    """
    switches = [one.state for one in entries if one.state in (ConsentState.CLOSED, ConsentState.REOPENED)]
    is_closed = switches[-1:] == [ConsentState.CLOSED]
    if state is ConsentState.CLOSED:
        return acted or not is_closed
    return is_closed or (acted and not entries)


def _rows(result: Mapping[str, Any], customers: Collection[str]) -> list[dict[str, str]]:
    """Return for each time for which something of these customers was closed, by the result of a node, the values that are used here, as bounded texts."""
    return [
        {name: str(row.get(name) or "")[:_LONGEST] for name in _USED}
        for row in result.get("closures") or ()
        if isinstance(row, Mapping) and str(row.get("customer")) in customers
    ]
