# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The preview of a geoblock in words and numbers, and the consent to a large change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ....foundation.counted import counted
from ....foundation.errors import Refused
from .address_ranges import Spans, count, subtract
from .compiled import Compiled

CONSENT_ABOVE = 0.10  # of the addresses


@dataclass(frozen=True)
class RangeChange:
    """The difference of the sets of one family, in addresses and in ranges.

    :ivar added: addresses in no old range; likewise removed
    :ivar ranges_added: ranges that were not bound as they are now; likewise ranges_removed
    """

    version: int
    before: Spans
    after: Spans

    @property
    def added(self) -> Spans:
        return subtract(self.after, self.before)

    @property
    def removed(self) -> Spans:
        return subtract(self.before, self.after)

    @property
    def ranges_added(self) -> Spans:
        return tuple(sorted(set(self.after) - set(self.before)))

    @property
    def ranges_removed(self) -> Spans:
        return tuple(sorted(set(self.before) - set(self.after)))

    @property
    def share(self) -> float:
        """Return the addresses that were added or removed as a share of those before, 0.0 to any number; without any before it is 1.0, or 0.0 for none."""
        moved = count(self.added) + count(self.removed)
        before = count(self.before)
        return moved / before if before else float(bool(moved))


def changes(before: Mapping[int, Spans], compiled: Compiled) -> tuple[RangeChange, ...]:
    """Return the change of each family of the policy.

    :param before: the spans of the last set, from its file in the cache or read back from the appliance
    """
    return tuple(
        RangeChange(version, before.get(version, ()), compiled.spans[version]) for version in compiled.policy.families
    )


def refuse_large_change(found: Iterable[RangeChange], *, where: str, accept: frozenset[str]) -> None:
    """:raises Refused: if a family that was there changes by more than a tenth of its addresses, without consent"""
    large = [change for change in found if change.before and change.share > CONSENT_ABOVE]
    if large and "changed" not in accept:
        shares = ", ".join(f"IPv{change.version} by {change.share:.0%}" for change in large)
        raise Refused(
            f"{where}: the geoblock changes {shares} of its addresses, more than {CONSENT_ABOVE:.0%}: the data may be wrong, or the "
            "policy is another one. If this is intended, add changed to geoblock_accept. Nothing was changed."
        )


def preview(compiled: Compiled, before: Mapping[int, Spans] | None = None, *, observes: bool = False) -> list[str]:
    """Return the lines of the preview.

    :param before: the last set; None if there was none
    :param observes: it counts, and blocks nobody
    """
    policy, provenance = compiled.policy, compiled.provenance
    data = f"data: {provenance.name} of {provenance.date}, {provenance.licence}   set {compiled.digest[:12]}"
    lines = [f"geoblock {_what_it_does(compiled, observes=observes)}   {data}"]
    for version in policy.families:
        spans = compiled.spans[version]
        lines.append(f"  IPv{version}: {counted(len(spans), 'range')}, {_addresses(version, count(spans))}")
        for label in policy.labels:
            own = [(first, last) for first, last, found in compiled.rows[version] if found == label]
            if len(policy.labels) > 1:
                lines.append(f"    {label}: {counted(len(own), 'range')}, {_addresses(version, count(own))}")
    if before is None:
        lines.append("  no set before this one is known: nothing to compare it with")
    else:
        lines += [_change_line(change) for change in changes(before, compiled)]
    left_out = [version for version in (4, 6) if version not in policy.families]
    lines += [f"  NOT COVERED: IPv{version} (geoblock_families)" for version in left_out]
    return [*lines, *(f"  {remark}" for remark in compiled.remarks)]


def _what_it_does(compiled: Compiled, *, observes: bool) -> str:
    who = ", ".join(compiled.policy.labels)
    if observes:
        return f"would {'allow only' if compiled.allows else 'block'} {who}, and only counts (mode observe)"
    return f"{'allows only' if compiled.allows else 'blocks'} {who}"


def _change_line(change: RangeChange) -> str:
    if change.before == change.after:
        return f"  IPv{change.version} since the last data: no change"
    return (
        f"  IPv{change.version} since the last data: {counted(len(change.ranges_added), 'range')} added, "
        f"{len(change.ranges_removed):,} removed; {_addresses(change.version, count(change.added))} added, "
        f"{_addresses(change.version, count(change.removed))} removed ({change.share:.1%})"
    )


def _addresses(version: int, number: int) -> str:
    """Return the number of addresses in words. IPv6 is counted in networks of a site (/48), since its addresses are too many."""
    if version == 4:
        return "1 address" if number == 1 else f"{number:,} addresses"
    if not number >> 80:
        return "less than one /48 network" if number else "nothing"
    return counted(number >> 80, "/48 network")
