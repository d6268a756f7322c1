# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts that the results of several verbs have. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.node_start import START
from ...appliance.nitro.session import SWITCH
from ...change.records.appliance_lock import ApplianceLock

# The requests of a session for itself. The switch changes the partition of the session, and nothing on the appliance.
SESSION_PATHS = ("config/login", "config/logout", f"config/{SWITCH}")


def locks_of(locks: Sequence[ApplianceLock], connection: Connection) -> dict[str, Any]:
    """Return the nodes and the replaced locks of a run, and its notes for the operator."""
    facts: dict[str, list[str]] = {"nodes": []}
    for lock in locks:
        for name, texts in lock.facts().items():
            facts[name] = list(dict.fromkeys([*facts.get(name, ()), *texts]))
    notes = [*(note for lock in locks for note in lock.notes), *connection.lock_notes, *connection.copies_left_alone]
    return {"lock": facts, "notes": list(dict.fromkeys(notes))}


def appliance_of(connection: Connection) -> dict[str, Any]:
    """Return the appliance and its nodes."""
    appliance = connection.appliance
    return {
        "build": connection.build,
        "customer": appliance.customer,
        "site": appliance.site,
        "marker": appliance.marker,
        "nodes": connection.nodes,
    }


def requests_of(connection: Connection, probes: int) -> dict[str, int]:
    """Return the number of requests of a task by kind, and of its TLS connections; requests for proof are counted apart."""
    kinds = Counter[str]()
    for exchange in connection.exchanges:
        path = exchange.path.removeprefix("/nitro/v1/")
        if path.startswith(("config/policyevaluation", "stat/")) and path != START:
            kinds["proof"] += 1
        elif path in SESSION_PATHS:
            kinds["session"] += 1
        else:
            kinds["read" if exchange.method == "GET" else "write"] += 1
    total = sum(kinds.values())
    return {
        "total": total,
        "without_proof": total - kinds["proof"],
        **kinds,
        "probes": probes,
        "connections": connection.connections,
    }
