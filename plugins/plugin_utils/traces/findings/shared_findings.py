# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same finding on several appliances: what it means once, and a line for each node. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...foundation.foreign_text import one_line
from ...foundation.json_values import json_values
from .finding import LEVELS, Examination, Finding

SHARED_AT = 3
"""From how many appliances on people read a finding once."""
SHOWN = 20
"""The most nodes with the same finding that people see; all are among the values."""

Group = tuple[Finding, ...]
Meaning = tuple[object, ...]


def shared_findings(examinations: Iterable[Examination]) -> list[Group]:
    """Return the findings that mean the same at the same place on several appliances, the most urgent first."""
    groups: dict[Meaning, list[Finding]] = {}
    for finding in (finding for one in examinations for finding in one.findings):
        groups.setdefault(_meaning(finding), []).append(finding)
    shared = [tuple(group) for group in groups.values() if len({one.appliance for one in group}) >= SHARED_AT]
    return sorted(shared, key=lambda group: LEVELS.index(group[0].level))


def without(examined: Examination, groups: Sequence[Group]) -> Examination:
    """Return an examination without the findings that are in these groups."""
    meanings = {_meaning(group[0]) for group in groups}
    return replace(examined, findings=tuple(one for one in examined.findings if _meaning(one) not in meanings))


def shared_lines(group: Group) -> Iterator[str]:
    """Yield the lines of one group: level, place and trace, what it means, and each node with what only it has."""
    every = [json_values(finding) for finding in group]
    first, number = every[0], len({finding.appliance for finding in group})
    common = [name for name in ("what", "before_or_after_fix") if len({values[name] for values in every}) == 1]
    what = f": {first['what']}" if "what" in common else ""
    about = ", ".join([*(first[name] for name in common if name != "what"), f"seen by {first['seen_by']}"])
    yield f"  {str(group[0].level).upper():<10}  {number} appliances  {first['where']}{what} ({about})"
    for title, name in (("why", "why"), ("not", "cannot_mean"), ("next", "next_step"), ("known", "acknowledged")):
        if first[name]:
            yield f"              {title + ':':<6}{first[name]}"
    for values in every[:SHOWN]:
        own = (values[name] for name in ("what", "before_or_after_fix") if name not in common)
        seen = ", ".join(filter(None, [*own, values["time"], values["evidence"]]))
        yield f"              {one_line(str(values['appliance']))}  {values['node']}{f': {seen}' if seen else ''} [{values['id']}]"
    if len(every) > SHOWN:
        yield f"              and {len(every) - SHOWN} more"


def _meaning(finding: Finding) -> Meaning:
    """Return what the same finding has on each appliance."""
    return (
        finding.level,
        finding.where,
        finding.why,
        finding.cannot_mean,
        finding.next_step,
        finding.seen_by,
        finding.acknowledged,
    )
