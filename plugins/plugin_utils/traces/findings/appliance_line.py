# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person reads of an examination: one line for each appliance first, then each finding. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...catalogue.entry import Level
from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import one_line
from ...foundation.json_values import json_values
from .finding import (
    LEVELS,
    Examination,
    ExitCode,
    Finding,
    LogReach,
    code_of_playbook,
    exit_code,
    exit_code_words,
)
from .shared_findings import Group, shared_findings, shared_lines, without

NAMED = 8
"""The most names of appliances in a line for several."""
SHOWN = 20
"""The most findings of one appliance that people see; all are among the values."""


def appliance_line(examined: Examination, number: int = 1) -> str:
    """Return the one line: the level, how many findings, what was looked at, and the first thing that was not.

    :param number: of the appliances that it is about, each with as many findings
    """
    counts = Counter(finding.level for finding in examined.findings)
    found = ", ".join(f"{counts[level]} {level}" for level in LEVELS if counts[level])
    found = f"{found} each" if found and number > 1 else found or "nothing found"
    looked = ", ".join(f"{count} {what if count != 1 else _singular(what)}" for what, count in examined.looked_at)
    gaps = [one for one in examined.not_seen if one.is_gap]
    more = f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""
    name, reason = one_line(examined.appliance), f"{gaps[0]}{more}" if gaps else "nothing was looked at"
    if examined.is_unreachable and gaps:
        return f"{name}: UNREACHABLE: {one_line(gaps[0].why)}"
    if not examined.findings and not any(count for _what, count in examined.looked_at):
        return f"{name}: INCOMPLETE: {reason}"
    return f"{name}: {found} in {looked}" + (f"; INCOMPLETE: {reason}" if gaps else "")


def _singular(what: str) -> str:
    """Return the name of one of what was looked at: directory, node, new line; "bytes read" stays."""
    return f"{what.removesuffix('ies')}y" if what.endswith("ies") else what.removesuffix("s")


def lines_of(
    examinations: Sequence[Examination], not_told: Sequence[str] = (), fail_at: int | None = None
) -> list[str]:
    """Return all lines for a fleet: those of the appliances, the most urgent first, the findings of each, and the totals.

    Appliances without a finding of their own that lack the same are one line and one part together. What several have is explained once.

    :param not_told: the problems with alerts, as sentences: people could not be told, so the run is incomplete
    :param fail_at: the exit code from which the playbook fails; None where no playbook ends with it
    """
    ordered = sorted(examinations, key=_urgency)
    quiet = [one for one in ordered if one.exit_code is ExitCode.NOTHING_FOUND]
    loud = [one for one in ordered if one.exit_code is not ExitCode.NOTHING_FOUND]
    shared = shared_findings(loud)
    lines = [appliance_line(one, number) for one, number in _alike_as_one(loud, shared)]
    for group in shared:
        lines += ["", *shared_lines(group)]
    for one, _number in _alike_as_one([without(one, shared) for one in loud]):
        lines += _details(one)
    lines += [f"ALERTS: {problem}" for problem in not_told]
    return [*lines, _totals(examinations, quiet, _code_words(code_of_run(examinations, not_told), fail_at))]


def code_of_run(examinations: Iterable[Examination], not_told: Sequence[str]) -> ExitCode:
    """Return the exit code of a run; who could not be told of a finding learns of it by the exit code."""
    every = tuple(examinations)
    code = exit_code(every)
    if not_told:
        return ExitCode.COMPROMISE_OR_INCOMPLETE
    worst = [one for one in every if one.exit_code is ExitCode.COMPROMISE_OR_INCOMPLETE]
    return ExitCode.UNREACHABLE if worst and all(one.is_unreachable for one in worst) else code


def _urgency(examined: Examination) -> tuple[int, str]:
    levels = [LEVELS.index(finding.level) for finding in examined.findings]
    return min(levels, default=len(LEVELS)), examined.appliance


def _alike_as_one(examinations: Iterable[Examination], shared: Sequence[Group] = ()) -> list[tuple[Examination, int]]:
    """Return the examinations, those that lack the same as one with the names of all of them, each with the number of its appliances.

    One with a compromise, or with a finding that is not shared, stays by itself.

    :param shared: the findings of several appliances
    """
    groups: dict[tuple[object, ...], list[Examination]] = {}
    for one in examinations:
        lacks = dict.fromkeys((gap.what, gap.why, gap.is_gap) for gap in one.not_seen)
        was_looked_at = any(count for _what, count in one.looked_at)
        levels = sorted(LEVELS.index(finding.level) for finding in one.findings)
        is_alone = Level.COMPROMISE in {finding.level for finding in one.findings} or without(one, shared).findings
        key: tuple[object, ...] = (one.appliance,) if is_alone else (was_looked_at, one.is_unreachable, *levels, *lacks)
        groups.setdefault(key, []).append(one)
    return [(group[0] if len(group) == 1 else _merged(group), len(group)) for group in groups.values()]


def _merged(group: Sequence[Examination]) -> Examination:
    """Return what appliances that lack the same have in common: what was looked at in all, and the log of all that reaches back least.

    The findings are those of the first, since each has as many.
    """
    looked_at: Counter[str] = Counter()
    for what, count in (row for one in group for row in one.looked_at):
        is_plural = any(word.endswith("s") for word in what.split())  # "bytes read", too
        looked_at[what if is_plural else f"{what}s"] += count  # one appliance may have a single one
    return Examination(
        folded((one.appliance for one in group), NAMED),
        group[0].findings,
        not_seen=tuple(dict.fromkeys(replace(gap, node="") for gap in group[0].not_seen)),
        reach=_shortest([reach for one in group for reach in one.reach]),
        looked_at=tuple(looked_at.items()),
        is_unreachable=group[0].is_unreachable,
    )


def _shortest(every: Sequence[LogReach]) -> tuple[LogReach, ...]:
    known = [(reach.oldest.replace(tzinfo=None), number) for number, reach in enumerate(every) if reach.oldest]
    if not known:
        return tuple(every[:1])
    return (replace(every[max(known)[1]], log=f"{every[max(known)[1]].log} (the shortest of {len(every)} logs)"),)


def _details(examined: Examination) -> Iterator[str]:
    """Yield the part of an appliance; nothing where its line, or what it shares with others, has said all of it."""
    said = len(examined.not_seen) == 1 and examined.not_seen[0].is_gap
    if not examined.findings and not examined.reach and (said or not examined.not_seen):
        return
    yield ""
    yield f"{one_line(examined.appliance)}:"
    found = sorted(examined.findings, key=lambda finding: LEVELS.index(finding.level))
    for finding in found[:SHOWN]:
        yield from finding_lines(finding)
    if len(found) > SHOWN:
        yield f"  and {counted(len(found) - SHOWN, 'more finding')}"
    for one in examined.not_seen:
        yield f"  not looked at: {one}"
    for reach in examined.reach:
        yield f"  reaches back to: {reach}"


def finding_lines(finding: Finding) -> Iterator[str]:
    """Yield the lines of one finding: level, node and trace; then the evidence, what it can't mean, and the next step."""
    values = json_values(finding)
    time = f", {values['time']}" if values["time"] else ""
    yield (
        f"  {str(finding.level).upper():<10}  {values['node']}  {values['where']}: {values['what']}"
        f" ({values['before_or_after_fix']}{time}, seen by {values['seen_by']}) [{values['id']}]"
    )
    titles = (
        ("why", "why"),
        ("seen", "evidence"),
        ("not", "cannot_mean"),
        ("next", "next_step"),
        ("known", "acknowledged"),
    )
    for title, name in titles:
        if values[name]:
            yield f"              {title + ':':<6}{values[name]}"


def _code_words(code: ExitCode, fail_at: int | None) -> str:
    return exit_code_words(code, int(code) if fail_at is None else code_of_playbook(code, fail_at))


def _totals(examinations: Iterable[Examination], quiet: Sequence[Examination], code: str) -> str:
    every = list(examinations)
    acknowledged = sum(bool(one.findings) for one in quiet)
    count = f"{len(every)} appliance{'' if len(every) == 1 else 's'}"
    unreachable = sum(one.is_unreachable for one in every)
    incomplete = sum(one.is_incomplete for one in every) - unreachable
    found = ([LEVELS.index(finding.level) for finding in one.findings if finding.decides] for one in every)
    levels = Counter(min(own, default=None) for own in found)
    parts = [f"{levels[number]} with {level}" for number, level in enumerate(LEVELS) if levels[number]]
    parts += [f"{incomplete} incomplete"] if incomplete else []
    parts += [f"{unreachable} unreachable"] if unreachable else []
    parts += [f"{acknowledged} with acknowledged findings only"] if acknowledged else []
    nothing = len(quiet) - acknowledged
    parts += [f"{nothing} with nothing found in what was looked at"] if nothing else []
    return f"{count}: {', '.join(parts) or 'nothing was looked at'}; {code}"
