# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What closing and reopening by slices needs besides: the measure of the rollout, and the register of consent, which is the controller's.

The nodes get a copy of the register with each job, and what they write into it goes with the job. The controller notes what was closed and reopened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.closing.ladder import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import (
    ConsentEntry,
    ConsentState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import (
    ConsentRegister,
    lacking_consent,
    note_switch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import MOST_TEXT, Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.slices.inventory_part import META, Export

LOCKDOWN, CLOSE, REOPEN = "lockdown", "close", "reopen"
VERBS = (LOCKDOWN, CLOSE, REOPEN)
FOLDER = "consent"
"""The register in the directory of a job, beside its part of the inventory."""
DESCRIBED = ("lockdown_described", "close_described")
"""The variables of the roles that say who must agree."""
OF_A_JOB = {"tourniquet_in_slice": True, "consents": f"../inventory/{FOLDER}"}
"""The extra variables of the jobs: the customers were checked for the whole fleet, and where the register is."""


def measure_of(verb: str, step: str) -> str:
    """Return the measure of a rollout of one of these verbs, as the playbook of the verb names it.

    :param step: of the ladder; "" for none
    :raises InvalidInput: where a closing has no step, or one that there is not
    """
    if verb == LOCKDOWN:
        return LOCKDOWN
    if step and step not in [*LadderStep]:
        raise InvalidInput(f"step is {step!r}: write one of {', '.join(LadderStep)}. Nothing was sent.")
    if verb == CLOSE and not step:
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
            variables.setdefault(host, {}).update(dict.fromkeys(DESCRIBED, agreeing))
    return {**export, META: {**meta, "hostvars": variables}}


def note_customers(
    register: ConsentRegister,
    verb: str,
    run: str,
    results: Mapping[str, Mapping[str, Any]],
    customers: Mapping[str, Collection[str]],
    described: Mapping[str, Customer],
    decision: tuple[str, str],
) -> list[str]:
    """Note in the register which customers were closed or reopened, and return why that failed, in words.

    :param run: the id of the run
    :param results: by appliance that was changed, its result, as its node sent it
    :param customers: by appliance, its customers as the inventory of the controller has them: no node can name another one
    :param decision: who decided, and the ticket
    """
    rows = [
        (str(row["customer"]), not row.get("until"))
        for host, result in results.items()
        for row in result.get("closures") or ()
        if isinstance(row, Mapping) and str(row.get("customer")) in customers.get(host, ())
    ]
    closed, opened = _names(rows, closed=True), _names(rows, closed=False)
    reopens = verb == REOPEN
    # A customer of whom something stays closed is not reopened: the consent to the closing stays in force.
    named = [name for name in opened if name not in closed] if reopens else closed
    who, ticket = decision
    if not named:
        return []
    entry = ConsentEntry(
        customer=named[0],
        state=ConsentState.REOPENED if reopens else ConsentState.CLOSED,
        who=who[:MOST_TEXT],
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        how=f"sliced.yml with verb={verb}, run {run}",
        ticket=ticket[:MOST_TEXT],
    )
    lacking = {} if reopens else lacking_consent(named, described, register)
    notes = {name: f"without consent: {why}"[:MOST_TEXT] for name, why in lacking.items()}
    return note_switch(register, named, entry, notes)


def _names(rows: Iterable[tuple[str, bool]], *, closed: bool) -> Sequence[str]:
    return [*dict.fromkeys(name for name, is_closed in rows if is_closed is closed)]
