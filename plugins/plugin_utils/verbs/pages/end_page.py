# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page at the end of a run: appliances with the same result in one paragraph, failures last, then one line of totals. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...foundation.folded_names import folded
from ...foundation.protection_change import Phase
from ...judgement.proof.verdict_table import without_next_action
from ..registry import closes_access, shows_message_first
from .appliance_lines import (
    BUNDLE,
    Result,
    changes_text,
    commands_of_last_runs,
    customers_text,
    debt_text,
    drift_text,
    hits_text,
    last_runs_text,
    lost_text,
    next_text,
    overdue_text,
    plan_text,
    sessions_text,
    today_text,
    unmatched_text,
)
from .catalogue_page import catalogue_page, is_whole_catalogue
from .closed_report import closed_text, commands_of_closings, not_read, open_all_the_same, overdue_decisions
from .next_lines import RunForm, how_checked, lines_of, next_lines

COLOURS = {0: "green", 1: "yellow", 2: "red", 3: "red"}
PROBLEMS = ("interrupted", "failed", "refused", "unreachable", "held")
"""The kinds of problems, the worst first."""
ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?![\w.]*\d)")
RECORDED = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
OWN_FIX = re.compile(r"(?<=alone is fixed in )[\w./-]+ \d[\d.]*\d")
"""The first build with the fix of one entry, which differs by release, while all upgrade to the same build."""
OF_ITS_RELEASE = "a build of its own release"
FAILURES = re.compile(r"(?P<number>\d+) failed(?:, \d+ may \(\w+\))?(?=: )")
LOUD = (
    "neighbour:",
    "treated differently:",
    "variant not stopped:",
    "unsaved changes of ",
    "note:",
    "by hand:",
    "EXPOSED ONCE",
)
"""How the lines of a plan begin that are shown after it was carried out too."""
SHOWN_NAMES = 8
SHOWN_FAILED = 40
SHOWN_LINES = 10
SHOWN_WHOLE = 50  # a fleet up to this size is shown whole; of a larger one, so many groups of each kind
SHOWN_OF_A_KIND = 5


@dataclass(frozen=True)
class PageLine:
    """A line, and its colour on a terminal."""

    text: str
    colour: str | None = None


@dataclass(frozen=True)
class PageRun:
    """What a page shows.

    :ivar results: of each appliance, its result
    :ivar problems: of an appliance that failed, was refused, was not reached or was held, the kind and the reason: ``failed: it broke``
    :ivar planned: nothing was to be changed, and the page of the fleet has shown the plans with the names
    :ivar verbose: nothing is left out
    :ivar form: how it was started; None writes no command lines
    """

    results: Mapping[str, Result]
    problems: Mapping[str, str]
    planned: bool = False
    verbose: bool = False
    form: RunForm | None = None


def end_page(run: PageRun) -> list[PageLine]:
    """Return the whole page but the line of totals."""
    well = [host for host in sorted(run.results) if host not in run.problems]
    by_catalogue = {host: run.results[host] for host in well if is_whole_catalogue(run.results[host])}
    groups = _group(run, [host for host in well if host not in by_catalogue])
    repeated = _repeated(run, groups)
    lines = _paragraphs(run, [groups], repeated)
    lines += [PageLine(text) for text in _said_once(run, groups, repeated)]
    if by_catalogue:
        page = catalogue_page(by_catalogue, verbose=run.verbose, form=run.form)
        lines += [PageLine(text, COLOURS.get(code)) for text, code in page]
        notes = {host: [f"note: {note}" for note in result.get("notes", ())] for host, result in by_catalogue.items()}
        lines += [PageLine(text) for text in collapsed(notes, len(notes), None if run.verbose else SHOWN_LINES)]
    lines += [PageLine(text) for text in _not_covered(run)]
    results = run.results.values()
    bundles = sorted({str(result[BUNDLE]) for result in results if BUNDLE in result})
    lines += [PageLine(f"catalogue in use: {bundle}") for bundle in bundles]
    for phase, colour in ((Phase.LOST, "red"), (Phase.REDUCED, "yellow")):
        changed = shortened(lost_text(run.results, phase), None if run.verbose else SHOWN_FAILED)
        lines += [PageLine(text, colour) for text in changed]
    lines += [
        PageLine(text, "red") for text in shortened(overdue_text(run.results), None if run.verbose else SHOWN_LINES)
    ]
    lines += [
        PageLine(text, "red")
        for text in (*open_all_the_same(run.results), *not_read(run.results), *overdue_decisions(run.results))
    ]
    lines += [PageLine(text) for text in lines_of(run.form, commands_of_closings(run.results))]
    lines += [
        PageLine(text, "yellow")
        for text in (
            *_closed(run),
            *sorted({str(result["last_drill"]) for result in results if "last_drill" in result}),
            *sessions_text(results),
            *unmatched_text(results),
            *debt_text(run.results),
            *last_runs_text(run.results),
        )
    ]
    lines += [PageLine(text) for text in lines_of(run.form, commands_of_last_runs(run.results))]
    kinds = [_group(run, [host for host in sorted(run.problems) if _kind(run, host) == kind]) for kind in PROBLEMS]
    return lines + _paragraphs(run, kinds)


def _closed(run: PageRun) -> list[str]:
    """Return what is closed by customer, and the appliances whose closings are not among that."""
    lines = shortened(closed_text(run.results), None if run.verbose else SHOWN_LINES)
    skipped = {host for host, result in run.results.items() if "skipped_because" in result}
    unread = [host for host in sorted({*run.problems} | skipped) if "closures" not in run.results.get(host, {})]
    if not (lines and unread):
        return lines
    return [*lines, f"not looked at: whether something is closed at {folded(unread, SHOWN_NAMES)}"]


def shortened(lines: Sequence[str], most: int | None) -> list[str]:
    """Return the first lines, and how many more there are; all of them where ``most`` is None."""
    if most is None or len(lines) <= most:
        return list(lines)
    return [*lines[:most], f"and {len(lines) - most} more; -v shows them"]


def likeness(text: str, host: str) -> str:
    """Return a text of an appliance without what only that appliance has: its name, its addresses, the time of the day of its records, and its release."""
    text = OWN_FIX.sub(OF_ITS_RELEASE, RECORDED.sub(r"\1", text))
    return ADDRESS.sub("<address>", re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", "<appliance>", text))


def _kind(run: PageRun, host: str) -> str:
    return run.problems.get(host, "").partition(":")[0]


def _words(run: PageRun, host: str) -> str:
    """Return what the first line of an appliance says: its verdict, or what the task reported."""
    result = run.results.get(host, {})
    verdict = result.get("verdict")
    if verdict and not shows_message_first(str(result.get("action"))):
        return f"{verdict['word']}: {verdict['reason']}"
    text = str(result.get("msg", ""))
    return "" if host in run.problems else without_next_action(text, str((verdict or {}).get("next_action", "")))


def _reason(run: PageRun, host: str) -> str:
    """Return the reason of a problem, unless the verdict says the same."""
    text = run.problems.get(host, "").partition(": ")[2].removeprefix(f"{host}: ")
    if _kind(run, host) != "held":  # whose next action has no line
        verdict = run.results.get(host, {}).get("verdict") or {}
        text = without_next_action(text, str(verdict.get("next_action", "")))
    if _kind(run, host) == "held" and (count := FAILURES.match(text)):
        named = [name for name in sorted(run.problems) if f" {name}: " in text]  # their own reasons are on this page
        more = int(count["number"]) - len(named)
        rest = f" and {more} more" if more > 0 else ""
        return f"{count[0]}: {folded(named, SHOWN_NAMES)}{rest}" if named else text
    return "" if _words(run, host) and text.startswith(_words(run, host)) else text


def _changes(run: PageRun, host: str) -> str:
    return "" if host in run.problems else changes_text(run.results[host])


def _severity(run: PageRun, host: str) -> int:
    return int((run.results.get(host, {}).get("verdict") or {}).get("exit_code", 0))


def _group(run: PageRun, hosts: Iterable[str]) -> list[list[str]]:
    """Return the appliances in groups that read alike, the worst verdict first, then the largest."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for host in hosts:
        key = (likeness(_words(run, host), host), likeness(_reason(run, host), host), _changes(run, host))
        groups.setdefault(key, []).append(host)
    return sorted(groups.values(), key=lambda group: (-_severity(run, group[0]), -len(group), group[0]))


def _repeated(run: PageRun, groups: Sequence[list[str]]) -> frozenset[str]:
    """Return what several paragraphs of a planned closing would say: its plans differ by virtual server, and say much alike."""
    if not run.planned or not all(closes_access(str(result.get("action"))) for result in run.results.values()):
        return frozenset()
    counted = Counter(
        text for group in groups for text in {likeness(text, host) for host in group for text in _details(run, host)}
    )
    return frozenset(text for text, number in counted.items() if number > 1)


def _said_once(run: PageRun, groups: Sequence[list[str]], repeated: frozenset[str]) -> list[str]:
    """Return a line for each text that several paragraphs have, with the appliances unless all that change have it."""
    said = {
        host: [text for text in _details(run, host) if likeness(text, host) in repeated]
        for group in groups
        for host in group
    }
    return collapsed(said, sum(map(bool, said.values())), None if run.verbose else SHOWN_LINES)


def _paragraphs(
    run: PageRun, sections: Sequence[Sequence[list[str]]], elsewhere: frozenset[str] = frozenset()
) -> list[PageLine]:
    """Return a paragraph for each group; of a large fleet, the first groups of each kind, and the names of the others.

    :param elsewhere: what the page has outside the paragraphs, in the form of :func:`likeness`
    """
    width = max((len(_name(group)) for groups in sections for group in groups), default=0)
    lines: list[PageLine] = []
    for groups in sections:
        alike: dict[tuple[str, ...], list[list[str]]] = {}
        for group in groups:
            word = (run.results.get(group[0], {}).get("verdict") or {}).get("word", "")
            alike.setdefault((_kind(run, group[0]), word, _changes(run, group[0])), []).append(group)
        for kind in alike.values():
            whole = run.verbose or len(run.results) <= SHOWN_WHOLE
            shown = kind if whole else kind[:SHOWN_OF_A_KIND]
            for group in shown:
                lines += _paragraph(run, group, width, elsewhere)
            rest = [host for group in kind[len(shown) :] for host in group]
            if rest:
                lines.append(PageLine(f"  and {len(rest)} more like these: {folded(rest, SHOWN_FAILED)}"))
    return lines


def _name(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 else f"{len(group)} appliances"


def _paragraph(run: PageRun, group: list[str], width: int, elsewhere: frozenset[str]) -> list[PageLine]:
    first, problem = group[0], group[0] in run.problems
    results = [run.results.get(host, {}) for host in group]
    builds = {str(result.get("appliance", {}).get("build", "")) for result in results}
    build = builds.pop() if len(builds) == 1 else f"{len(builds)} builds"
    words = _same([_words(run, host) for host in group], likeness(_words(run, first), first))
    columns = [_name(group).ljust(width), *([_kind(run, first).upper()] if problem else [])]
    columns += [build.ljust(11), *([] if problem else [_changes(run, first).ljust(16)]), words]
    colour = "red" if problem else COLOURS.get(_severity(run, first), "red") if results[0].get("verdict") else "green"
    lines = [PageLine("  ".join(columns).rstrip(), colour)]
    if len(group) > 1 and not (run.planned and not problem):
        most = None if run.verbose else SHOWN_FAILED if problem else SHOWN_NAMES
        lines.append(PageLine(f"    {folded(group, most)}"))
    reason = _same([_reason(run, host) for host in group], likeness(_reason(run, first), first))
    lines += [PageLine(f"    {reason}", "red")] if reason else []
    details = {host: [text for text in _details(run, host) if likeness(text, host) not in elsewhere] for host in group}
    texts = collapsed(details, len(group), None if run.verbose else SHOWN_LINES)
    texts += hits_text(results) if all(result.get("verdict") for result in results) else []
    held = _kind(run, first) == "held"
    actions = {host: [] if held else _next(run, host) for host in group}
    lines += [PageLine(f"    {text}") for text in dict.fromkeys([*texts, *collapsed(actions, len(group), None)])]
    to_do = {} if held else {host: run.results.get(host, {}) for host in group}
    return lines + [PageLine(text) for text in next_lines(run.form, to_do)]


def _next(run: PageRun, host: str) -> list[str]:
    result = run.results.get(host, {})
    return [f"{text}{how_checked(run.form, result)}" for text in next_text(result)]


def _details(run: PageRun, host: str) -> list[str]:
    result = run.results.get(host, {})
    lines = [*drift_text(result), *today_text(result)] if result.get("verdict") else []
    lines += [f"found: {one['text']}" for one in result.get("hand_made") or ()]
    lines += [text for text in plan_text(result) if run.planned or text.startswith(LOUD)]
    lines = [*customers_text(result), *lines]
    return list(dict.fromkeys([*lines, *(f"note: {note}" for note in result.get("notes", []))]))


def _not_covered(run: PageRun) -> list[str]:
    """Return what the verdicts do not cover, each text once for the fleet."""
    missing = {
        host: [f"not covered: {text}" for text in (result.get("verdict") or {}).get("missing", ())]
        for host, result in sorted(run.results.items())
    }
    return collapsed(missing, len(run.results), None if run.verbose else SHOWN_LINES)


def collapsed(texts: Mapping[str, Sequence[str]], size: int, most: int | None) -> list[str]:
    """Return each text once, with the appliances that have it unless all of them do.

    :param texts: by appliance
    :param size: the number of all appliances
    :param most: how many lines of more than one appliance are shown at most; the number of the others is stated
    """
    found: dict[str, dict[str, list[str]]] = {}
    for host, own in texts.items():
        for text in own:
            found.setdefault(likeness(text, host), {}).setdefault(host, []).append(text)
    lines = []
    for alike, by_host in found.items():
        originals = [text for own in by_host.values() for text in own]
        if size == 1:
            lines += originals
            continue
        label, colon, text = _same(originals, alike).partition(": ")
        names = folded(by_host, SHOWN_NAMES if most is not None else None)
        where = (
            ""
            if len(by_host) == size
            else f" at {names}"
            if len(by_host) <= SHOWN_NAMES
            else f" at {len(by_host)} of {size}"
        )
        lines.append(f"{label}{where}{colon}{text}")
    return shortened(lines, most if size > 1 else None)


def _same(texts: Sequence[str], alike: str) -> str:
    """Return the text of all appliances where it is the same, and otherwise what is alike in them."""
    if len(set(texts)) == 1:
        return texts[0]
    fixes = {fix for text in texts for fix in OWN_FIX.findall(text)}
    return alike.replace(OF_ITS_RELEASE, *fixes) if len(fixes) == 1 else alike


@dataclass(frozen=True)
class Totals:
    """The numbers of a run that the results do not have.

    :ivar seconds: how long it took
    :ivar exit_code: of ansible-playbook; None where it is not known
    :ivar checked: everything ran in check mode
    """

    seconds: float
    exit_code: int | None = None
    checked: bool = False


def totals(run: PageRun, numbers: Totals) -> PageLine:
    """Return the line of totals."""
    verdicts: Counter[tuple[int, str]] = Counter()
    for result in run.results.values():
        if result.get("verdict"):
            verdicts[(-int(result["verdict"]["exit_code"]), str(result["verdict"]["word"]))] += 1
    counted = ", ".join(f"{number} {word}" for (_code, word), number in sorted(verdicts.items()))
    changed = sum(bool(result.get("changed")) for result in run.results.values())
    kinds = Counter(_kind(run, host) for host in run.problems)
    parts = [f"{'to change' if numbers.checked else 'changed'} {changed}"]
    parts += [f"{kind} {kinds[kind]}" for kind in ("interrupted", "refused") if kinds[kind]]
    parts += [f"{kind} {kinds[kind]}" for kind in ("failed", "held", "unreachable")]
    parts += [duration(numbers.seconds)] + ([] if numbers.exit_code is None else [f"exit code {numbers.exit_code}"])
    # A task of the control node, such as the decision about the waves, fails on localhost, which is no appliance.
    size = sum(host != "localhost" or bool(result.get("verdict")) for host, result in run.results.items())
    text = f"TOTAL  {size} appliance{'' if size == 1 else 's'}{': ' if counted else ''}{counted}; {', '.join(parts)}"
    worst = max((_severity(run, host) for host in run.results), default=0)
    return PageLine(text, "red" if run.problems else COLOURS.get(worst, "red"))


def duration(seconds: float) -> str:
    """Return a time as a person reads it."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02} min"
