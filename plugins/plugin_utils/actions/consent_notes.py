# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of consent, as a closing heeds it and as closing and opening add to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.closures import closures_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import RUN, Task, record_trust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import (
    ConsentRegister,
    lacking_consent,
    note_switch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import MOST_TEXT, read_customers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.decision import (
    ClosureScope,
    Decision,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.switch_plan import now


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

    A customer of whom any step keeps something of this appliance closed is not reopened: the consent to the closing stays in force.

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
    closed: set[str] = set()
    if state is ConsentState.REOPENED:
        closed = {row["customer"] for row in closures_of(task, record_trust(task.options)) if not row["until"]}
    named = tuple(name for name in customers if name and name not in closed)
    problems = note_switch(consent_register(task), named, entry, notes)
    return [f"{task.appliance.name}: {problem}" for problem in problems]
