# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a closing would hit, as values of a plan and as lines of the page that a person reads before anything else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

from ...appliance.objects.virtual_servers import Vserver
from ...foundation.counted import counted
from ...foundation.foreign_text import printable
from ...traces.log_reading.log_ons import LogOns
from .impact import Impact

SHOWN_SERVICES = 4
SHOWN_CUSTOMERS = 15
"""So many customers are on the screen; the file of the rollout has all."""
NOBODY = "(no customer)"
LOG_ONS = (("day", "last 24 h"), ("week", "last 7 d"))


def impact_values(host: str, impact: Impact, log_ons: LogOns, other_access: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a row for each customer of an appliance.

    :param log_ons: how many users logged on in the last day and week
    :param other_access: by customer, the other way in
    """
    rows = []
    for customer in impact.customers:
        own = [one for one in impact.services if one.customer == customer]
        rows.append(
            {
                "host": host,
                "customer": customer,
                "other_access": other_access.get(customer, ""),
                "vservers": [
                    {
                        "name": printable(str(one.vserver)),
                        "partition": one.partition,
                        "users": one.usage.users,
                        "connections": one.usage.connections,
                        "behind": None if one.behind is None else [printable(name) for name in one.behind],
                        **_log_on_values(log_ons, one.vserver),
                    }
                    for one in own
                ],
                # They are counted for the whole appliance: whose they are is known only where it has one customer.
                "sessions": impact.sessions if len(impact.customers) == 1 else None,
                "sessions_of_all": impact.sessions,
                "reach": "" if log_ons.reach is None else f"{log_ons.reach.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            }
        )
    return rows


def _log_on_values(log_ons: LogOns, vserver: Vserver) -> dict[str, int | None]:
    """Return how many users logged on; None where that is not known. At other servers than Gateways nobody does, so they have no number."""
    if vserver.kind != "vpn":
        return {}
    return {
        name: None if counts is None else counts.get(vserver.address, 0)
        for name, counts in (("day", log_ons.day), ("week", log_ons.week))
    }


def impact_page(rows: Iterable[Mapping[str, Any]], most: int | None = None) -> list[str]:
    """Return a table with a line for each customer, whom it hits most first: how many, the other way in, and what is behind it by name.

    :param rows: of all appliances
    :param most: how many customers are shown; the others are one line. None for all
    """
    by_customer: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_customer.setdefault(row["customer"], []).append(row)
    if not by_customer:
        return []
    ordered = sorted(by_customer.items(), key=lambda item: (-_weight(item[1]), not item[0], item[0]))
    shown = ordered if most is None or len(ordered) <= most else ordered[:most]
    rest = [row for _customer, own in ordered[len(shown) :] for row in own]
    table = [[customer or NOBODY, *_cells(own), _words(own)] for customer, own in shown]
    table += [[f"{counted(len(ordered) - len(shown), 'more customer')}", *_cells(rest), ""]] if rest else []
    everything = [row for _customer, own in ordered for row in own]
    table += [["in all", *_cells(everything, _sessions_of_all(everything)), ""]] if len(ordered) > 1 else []
    lines = _aligned([HEAD, *table])
    reach = max((row["reach"] for row in everything if row["reach"]), default="")
    if any("?" in cell for line in table for cell in line[1:-1]):
        lines.append("? is not known" + (f"; the logs reach back to {reach}" if reach else ""))
    return [printable(line) for line in lines]


HEAD = [
    "whom it hits",
    "virtual servers",
    "users",
    "connections",
    "sessions",
    *(words for _key, words in LOG_ONS),
    "other way in; behind it",
]


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD) - 1)]
    return [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:], strict=True)),
                line[-1],
            ]
        ).rstrip()
        for line in table
    ]


def _sessions_of_all(rows: Iterable[Mapping[str, Any]]) -> list[int | None]:
    """Return the sessions of each appliance, whosever they are."""
    return list({row["host"]: row.get("sessions_of_all", row["sessions"]) for row in rows}.values())


def _cells(rows: Sequence[Mapping[str, Any]], sessions: Sequence[int | None] | None = None) -> list[str]:
    """Return the numbers of some rows: a dash where nothing counts it there, and a question mark where a number is not known."""
    vservers = [vserver for row in rows for vserver in row["vservers"]]
    hosts = len({row["host"] for row in rows})
    sessions = [row["sessions"] for row in rows] if sessions is None else sessions
    counted = [
        _sum([vserver[key] for vserver in vservers if vserver[key] is not None], none="-")
        for key in ("users", "connections")
    ]
    log_ons = [_sum([vserver[key] for vserver in vservers if key in vserver], none="-") for key, _words in LOG_ONS]
    return [f"{len(vservers)} on {hosts}", *counted, _sum(sessions, none="-"), *log_ons]


def _sum(counts: Sequence[int | None], *, none: str) -> str:
    if not counts:
        return none
    return "?" if None in counts else f"{sum(count or 0 for count in counts):,}"


def _words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the other way in, and the names of what is behind the virtual servers."""
    other = next((row["other_access"] for row in rows if row["other_access"]), "")
    names = list(
        dict.fromkeys(name for row in rows for vserver in row["vservers"] for name in (vserver["behind"] or ()))
    )
    more = f" and {len(names) - SHOWN_SERVICES} more" if len(names) > SHOWN_SERVICES else ""
    return f"{other or 'none known'}" + (f"; {', '.join(names[:SHOWN_SERVICES])}{more}" if names else "")


def _weight(rows: Sequence[Mapping[str, Any]]) -> int:
    """Return how many are hit, for the order."""
    return sum((vserver[key] or 0) for row in rows for vserver in row["vservers"] for key in ("users", "connections"))
