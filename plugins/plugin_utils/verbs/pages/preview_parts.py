# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines that the previews of several verbs have. Pure.

Text from appliances is data: control characters are shown as escapes, and never sent to a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...appliance.nitro.connection import Connection
from ...appliance.objects.nsconf_writer import abridged, signed
from ...appliance.objects.steps import Step
from ...change.execution.read_back import first_states, last_states
from ...change.planning.request_batches import batches, gather_members
from ...foundation.counted import counted
from ...foundation.protection_change import HOW, NOBODY, Phase, ProtectionChange, decided_text

SHOWN_SEAL = 8
MANY_REQUESTS = 20


def headline(connection: Connection) -> str:
    """Return name, customer, build and nodes of an appliance in one line."""
    appliance = connection.appliance
    if len(connection.nodes) == 1:
        nodes = connection.nodes[0].role
        nodes = (
            "standalone" if nodes == "standalone" else f"{nodes}, the other node of the pair is not in the inventory"
        )
    else:
        nodes = "HA: " + ", ".join(f"{node.address.host} {node.role}" for node in connection.nodes)
    names = appliance.customers
    customer = f"   customer{'s' if len(names) > 1 else ''} {', '.join(names)}" if names else ""
    site = f"   site {appliance.site}" if appliance.site else ""
    return f"{appliance.name}{customer}{site}   NS{connection.build}   {nodes}"


def taken_away_lines(services: Sequence[str]) -> list[str]:
    """Return the line of a preview that names the services that lose their protection."""
    return [f"  {ProtectionChange.of_services(Phase.PLANNED, services, reason=HOW)}"] if services else []


def taken_away_text(services: Sequence[str], who: str, reason: str, *, planned: bool, failed: bool = False) -> str:
    """Return from which services protection is taken away, by whose decision and why, as the end of a sentence; "" where from none.

    :param failed: the run did not come to its end, and left something of what it did
    """
    if not services:
        return ""
    phase = Phase.PLANNED if planned else Phase.IN_DOUBT if failed else Phase.LOST
    return f"; {ProtectionChange.of_services(phase, services, decided_text(who, reason) or f'{NOBODY} yet')}"


def cost_line(steps: Sequence[Step], what: str) -> list[str]:
    """Return the number of requests of some steps if they are many: in bulk, and if the appliance removes nothing in bulk."""
    sent = [request for batch in batches(gather_members(steps)) for request in batch.requests()]
    singly = sum(len(request.otherwise) or 1 for request in sent)
    if singly < MANY_REQUESTS:
        return []
    either = "" if singly == len(sent) else f", or {singly:,} where this appliance removes nothing in bulk"
    return [f"    {what}: {counted(len(sent), 'request')}{either}"]


def step_lines(measure: str, steps: Sequence[Step], seal: str) -> list[str]:
    """Return the steps as ns.conf commands, and the commands that undo them."""
    if not steps:
        return [f"  {measure}: no changes"]
    number = "1 change" if len(steps) == 1 else f"{len(steps)} changes"
    lines = [f"  {measure}: {number}, seal {seal[:SHOWN_SEAL]}"]
    lines += [f"  {signed(line)}" for line in abridged(line for step in steps for line in step.lines())]
    lines.append("    undo:")
    lines += [f"      {line}" for line in abridged(line for step in reversed(steps) for line in step.inverse.lines())]
    lines += cost_line(steps, "this takes")
    lines += cost_line(_net_inverse(steps), "removing it takes")
    return lines


def _net_inverse(steps: Sequence[Step]) -> list[Step]:
    """Return the steps of a rollback: each object from its last state to its first."""
    first, last = first_states(steps, range(len(steps))), last_states(steps)
    objects = dict.fromkeys(step.object_id for step in reversed(steps))
    return [Step(*id_, last[id_], first[id_]) for id_ in objects if last[id_] != first[id_]]
