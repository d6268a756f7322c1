# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a run on an appliance with admin partitions: the results of all partitions as one. Pure.

If there is only the default partition, it is the report of that partition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.nsconf_writer import quote
from ...change.planning.plan_file import clock_notes
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ..deployment.per_partition import PartitionedResult
from .apply_report import partition_lines, partition_result, verdict_text
from .change_result import ChangeResult
from .counter_text import IN_DOUBT
from .preview_parts import headline
from .result_parts import requests_of

LISTS = (
    "steps",
    "provenance",
    "conflicts",
    "neighbours",
    "drift",
    "corrected",
    "parts",
    "remarks",
    "foreseen",
    "takes_away",
    "runs",
    "debt",
    "protection_lost",
    "hand_made",
)

KEPT = ("verdict", "deployed_version", "saved", "saved_now", "hits", "record", "seal")
"""What a result has of each partition."""


def measure_result(result: PartitionedResult, connection: Connection) -> ChangeResult:
    """Return the result of plan, apply and status in all admin partitions."""
    results = {name: partition_result(part, connection) for name, part in result.partitions.items()}
    if result.is_plain:
        return results[DEFAULT]
    parts = {name: json_values(part) for name, part in results.items()}
    versions = [part["deployed_version"] for part in parts.values()]
    skipped = [part["skipped_because"] for part in parts.values()]
    own = {
        "deployed_version": None if None in versions else min(versions),
        "verdict": result.verdict,
        "verdict_today": result.verdict_today,
        "acknowledged": result.verdict.acknowledged,
        "seal": result.seal,
        "skipped_because": skipped[0] if all(skipped) else "",
        **{name: _sums(part[name] for part in parts.values()) for name in ("hits", "probe_hits", "undefined_hits")},
        **({IN_DOUBT: in_doubt} if (in_doubt := _sums(part.get(IN_DOUBT, {}) for part in parts.values())) else {}),
        "proof": _proof([part["proof"] for part in parts.values()]),
        "saved_now": any(part["saved_now"] for part in parts.values()),
        "record": result.records[0] if result.records else "",
        "requests": requests_of(connection, sum(part.probes_sent for part in result.partitions.values())),
    }
    return of_partitions(results, LISTS, KEPT, own, _preview(result, connection))


def of_partitions(
    results: Mapping[str, ChangeResult],
    lists: Iterable[str],
    kept: Sequence[str],
    own: Mapping[str, Any],
    preview: Sequence[str],
    once: Iterable[str] = (),
) -> ChangeResult:
    """Return the results of all partitions as one.

    :param results: by partition, the result there
    :param lists: the lists of which the result has all entries
    :param kept: what it has of each partition
    :param own: the values of the appliance that are not simply those of its partitions
    :param once: the lists of the appliance as a whole, of which it has each entry once
    """
    parts: dict[str, dict[str, Any]] = {name: json_values(result) for name, result in results.items()}
    first = next(iter(parts))
    of_appliance = {name: value for name, value in parts[first].items() if name not in ("changed", "msg")}
    values = {**of_appliance, **{name: joined(parts, name) for name in lists}}
    for name in once:
        every = [one for part in parts.values() for one in part.get(name, ())]
        values[name] = [one for at, one in enumerate(every) if one not in every[:at]]
    values |= {
        "inverse": joined_inverse(parts),
        "saved": all_of([part["saved"] for part in parts.values()]),
        "record": next((part["record"] for part in parts.values() if part["record"]), ""),
        "partitions": {name: {key: part.get(key) for key in kept} for name, part in parts.items()},
    }
    return ChangeResult(
        connection=results[first].connection,
        changed=any(result.changed for result in results.values()),
        own={**values, **json_values(own)},
        record="",
        preview=preview,
    )


def joined(
    parts: Mapping[str, Mapping[str, Any]], key: str, label: str = "partition", word: str = "partition "
) -> list[Any]:
    """Return the entries of all partitions, or of other parts, each with the name of its own.

    :param label: the name in an entry; word: what is before it in a text
    """
    return [
        {**entry, label: name} if isinstance(entry, dict) else f"{word}{name}: {entry}"
        for name, part in parts.items()
        for entry in part.get(key, ())
    ]


def joined_inverse(parts: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return the inverse of all steps, the last partition first."""
    lines = []
    for name in reversed(list(parts)):
        if parts[name]["inverse"]:
            lines += [switch_line(name), *parts[name]["inverse"]]
    return lines


def switch_line(partition: str) -> str:
    """Return the command that switches a session to a partition."""
    return printable(f"switch ns partition {quote(partition)}")


def partition_heading(partition: str) -> str:
    """Return the line above what one partition has."""
    return f"  {switch_line(partition)}"


def _sums(counters: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for counter in counters:
        total.update(counter)
    return dict(total)


def all_of(values: list[bool | None]) -> bool | None:
    """Return True if all are True, False if one is False, else None."""
    return False if False in values else None if None in values else True


def _proof(proofs: list[dict[str, Any]]) -> dict[str, Any]:
    times = [proof["nanoseconds"] for proof in proofs if proof["nanoseconds"] is not None]
    return {
        "offline": next((proof["offline"] for proof in proofs if proof["offline"]), ""),
        "appliance_checked": sum(proof["appliance_checked"] for proof in proofs),
        "appliance_asked": sum(proof["appliance_asked"] for proof in proofs),
        "nanoseconds": max(times, default=None),
        "probes_before": [probe for proof in proofs for probe in proof["probes_before"]],
        "probes": [probe for proof in proofs for probe in proof["probes"]],
        "hits_rose_by": _sums(proof["hits_rose_by"] for proof in proofs),
        # Proven only if it was proven in every partition; the oldest proof counts.
        "proven_before": "" if not all(p["proven_before"] for p in proofs) else min(p["proven_before"] for p in proofs),
    }


def _preview(result: PartitionedResult, connection: Connection) -> list[str]:
    lines = [headline(connection), f"  {verdict_text(result.verdict)}"]
    for name, part in result.partitions.items():
        lines += [partition_heading(name), f"  {verdict_text(part.verdict)}", *partition_lines(part)]
    lines += [f"  not covered: {text}" for text in result.verdict.missing]
    return lines + [f"  note: {text}" for text in clock_notes(connection.clock_skew)]
