# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a closing would hit, as values of a plan and as lines of the page that a person reads before anything else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance_logs.log_ons import LogOns
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.closing.impact import Impact

SHOWN_SERVICES = 6
NOBODY = "without a customer in the inventory"
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


def impact_page(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return two or three lines for each customer: how many are hit, what is behind it, and who has another way in.

    :param rows: of all appliances
    """
    by_customer: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_customer.setdefault(row["customer"], []).append(row)
    lines = []
    for customer, own in sorted(by_customer.items(), key=lambda item: (not item[0], item[0])):
        lines.append(f"{customer or NOBODY}: {_counts(own)}")
        services = dict.fromkeys(
            name for row in own for vserver in row["vservers"] for name in (vserver["behind"] or ())
        )
        if services:
            more = f", and {len(services) - SHOWN_SERVICES} more" if len(services) > SHOWN_SERVICES else ""
            lines.append(f"  behind it: {', '.join(list(services)[:SHOWN_SERVICES])}{more}")
        other = next((row["other_access"] for row in own if row["other_access"]), "")
        lines.append(f"  other way in: {other or 'none is known (other_access in tourniquet_customers)'}")
    if len(by_customer) > 1:
        lines.append(f"in all: {_counts([row for own in by_customer.values() for row in own])}")
    return [printable(line) for line in lines]


def _counts(rows: Sequence[Mapping[str, Any]]) -> str:
    vservers = [vserver for row in rows for vserver in row["vservers"]]
    appliances = len({row["host"] for row in rows})
    parts = [f"{_number(len(vservers), 'virtual server')} on {_number(appliances, 'appliance')}"]
    # A Gateway counts users, and the others count connections.
    for key, words in (("users", "Gateway users now"), ("connections", "connections now")):
        known = [vserver[key] for vserver in vservers if vserver[key] is not None]
        parts += [f"{sum(known)} {words}"] if known else []
    if len(parts) == 1:
        parts.append("users now not known")
    parts.append(_sum([row["sessions"] for row in rows], "AAA sessions now"))
    return ", ".join([*parts, *_log_on_counts(rows, vservers)])


def _log_on_counts(rows: Sequence[Mapping[str, Any]], vservers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how many users logged on at the Gateways, and how far the logs reach where that is less."""
    counts = {key: [vserver[key] for vserver in vservers if key in vserver] for key, _words in LOG_ONS}
    if not any(counts.values()):
        return []
    reach = max((row["reach"] for row in rows if row["reach"]), default="")
    so_far = f" (logs reach back to {reach})" if reach else ""
    parts = [f"{sum(counts[key])} users {words}" for key, words in LOG_ONS if None not in counts[key]]
    missing = [words for key, words in LOG_ONS if None in counts[key]]
    return parts + (
        [f"users {' and '.join(missing).replace(' and last', ' and')} not known{so_far}"] if missing else []
    )


def _sum(counts: Sequence[int | None], words: str) -> str:
    known = [count for count in counts if count is not None]
    if not known:
        return f"{words} not known"
    missing = "" if len(known) == len(counts) else f" (not known for {len(counts) - len(known)} of {len(counts)})"
    return f"{sum(known)} {words}{missing}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
