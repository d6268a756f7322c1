# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of a fleet that was judged by the whole catalogue: a paragraph for each word and next action, the worst first. Pure.

It fits one screen for a dozen appliances and two for hundreds: there are as many paragraphs as different things to do, and no more are shown than
:data:`SHOWN_PARAGRAPHS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...judgement.course.hunt_result import HuntOutcome
from ...judgement.proof.verdict_table import GOOD_WORDS, OK, PRECEDENCE, SHOWN_ENTRIES, VerdictWord
from .appliance_lines import Result
from .next_lines import RunForm, how_checked, next_lines

EDITED = "edited"
"""The key of the catalogue in a result that has the built-in entries which are not what was published."""
ENTRIES = "entries"
"""The key of a result that has the verdicts on all entries."""
HUNT = "hunt"
"""The key of a result that has the word of the last hunt."""
_OUTCOMES = (
    HuntOutcome.COMPROMISE,
    HuntOutcome.INCOMPLETE,
    HuntOutcome.ATTEMPT,
    HuntOutcome.NONE,
    HuntOutcome.NOTHING_FOUND,
)
OPTED_OUT = "opted_out"
"""The key of an entry that a person has opted out of."""
SHOWN_PARAGRAPHS = 20
SHOWN_OPT_OUTS = 6
SHOWN_NAMES = 8
SHOWN_BUILDS = 3
SHOWN_REASONS = 3
Line = tuple[str, int]
"""A line, with the exit code of its verdict for the colour; -1 for none."""


def is_whole_catalogue(result: Result) -> bool:
    """Return True for the result of a run that judged by every entry of the catalogue."""
    return isinstance(result.get(ENTRIES), list) and bool(result.get("verdict"))


def catalogue_page(results: Mapping[str, Result], *, verbose: bool, form: RunForm | None = None) -> list[Line]:
    """Return the lines of the appliances that were judged by the whole catalogue.

    :param form: how the run was started; None writes no command lines
    :param verbose: nothing is left out, and each appliance has a line for each entry that somebody has to look at
    """
    groups: dict[tuple[str, str, int], list[str]] = {}
    for host, result in sorted(results.items()):
        verdict = result["verdict"]
        groups.setdefault((verdict["word"], verdict["next_action"], verdict["exit_code"]), []).append(host)
    ordered = sorted(groups.items(), key=lambda item: (item[0][2] == OK, PRECEDENCE[VerdictWord(item[0][0])], -len(item[1]), item[1]))  # fmt: skip
    shown = ordered if verbose else ordered[:SHOWN_PARAGRAPHS]
    lines = [line for key, hosts in shown for line in _paragraph(key, hosts, results, form, verbose=verbose)]
    rest = [host for _key, hosts in ordered[len(shown) :] for host in hosts]
    if rest:
        lines.append((f"and {len(rest)} more, with less urgent things to do: {folded(rest, SHOWN_NAMES)}; -v shows them", -1))  # fmt: skip
    lines += _opt_outs(results, verbose=verbose)
    lines += _hunts(results, verbose=verbose)
    lines += [(text, -1) for text in dict.fromkeys(_edited(results))]
    dates = sorted({str((result.get("catalogue") or {}).get("newest_fact")) for result in results.values()})
    number = max((len(result[ENTRIES]) for result in results.values()), default=0)
    silent = sum(HUNT not in result for result in results.values())
    of_whom = "" if silent == len(results) else f" at {silent} of them"
    told = f"; traces of an intrusion were not looked for{of_whom}" if silent else ""
    named = {str(entry["id"]) for result in results.values() for entry in result[ENTRIES]} if number == 1 else set()
    what = f"facts of {', '.join(dates)}: the entry {named.pop()} alone" if len(named) == 1 else ""
    what = what or f"catalogue of {', '.join(dates)}: {counted(number, 'entry')}"
    return [*lines, (f"{what}{told}", -1)]


def _edited(results: Mapping[str, Result]) -> Iterator[str]:
    """Yield each built-in entry that is not what was published: every verdict here may rest on it."""
    return (str(text) for result in results.values() for text in (result.get("catalogue") or {}).get(EDITED) or ())


def _paragraph(
    key: tuple[str, str, int],
    hosts: Sequence[str],
    results: Mapping[str, Result],
    form: RunForm | None,
    *,
    verbose: bool,
) -> list[Line]:
    word, action, code = key
    name = hosts[0] if len(hosts) == 1 else f"{len(hosts)} appliances"
    loud = word.upper() if code >= 2 else word
    lines: list[Line] = [(f"{loud}  {name}  {_builds(results[host] for host in hosts)}", code)]
    if len(hosts) > 1:
        lines.append((f"    {folded(hosts, None if verbose else SHOWN_NAMES)}", -1))
    lines += [(f"    {text}", -1) for text in _reasons(word, {host: results[host] for host in hosts})]
    if action not in ("", "none"):
        lines.append((f"    next: {action}{how_checked(form, results[hosts[0]])}", -1))
        lines += [(text, -1) for text in next_lines(form, {host: results[host] for host in hosts})]
    if verbose:
        lines += [(text, -1) for host in hosts for text in _entries(host, results[host])]
    return lines


def _opt_outs(results: Mapping[str, Result], *, verbose: bool) -> Iterator[Line]:
    """Yield a line for each opt-out, with the appliances on which it counts: what nobody looks at is never hidden."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for host, result in sorted(results.items()):
        for entry in result[ENTRIES]:
            if OPTED_OUT in entry:
                given = entry[OPTED_OUT]
                found.setdefault((given["until"], entry["id"], given["who"], given["why"]), []).append(host)
    ordered = sorted(found.items())
    shown = ordered if verbose else ordered[:SHOWN_OPT_OUTS]
    for (until, id_, who, why), hosts in shown:
        yield f"opted out of {id_} by {who} until {until}: {why}; {folded(hosts, SHOWN_NAMES)}", -1
    if len(ordered) > len(shown):
        yield f"and {len(ordered) - len(shown)} more opt-outs, which end later; -v shows them", -1


def _hunts(results: Mapping[str, Result], *, verbose: bool) -> Iterator[Line]:
    """Yield a line for each word of a hunt, the most urgent first; where appliances differ in the details, that of the first one."""
    found: dict[str, list[str]] = {}
    for host, result in sorted(results.items()):
        if HUNT in result:
            found.setdefault(str(result[HUNT]["outcome"]), []).append(host)
    for outcome in sorted(found, key=_OUTCOMES.index):
        hosts = found[outcome]
        texts = {str(results[host][HUNT]["text"]) for host in hosts}
        name = hosts[0] if len(hosts) == 1 else f"{len(hosts)} appliances"
        if len(texts) == 1:
            yield f"hunt: {name}: {texts.pop()}", -1
        else:
            yield f"hunt: {name}: {outcome}; {hosts[0]}: {results[hosts[0]][HUNT]['text']}", -1
        if len(hosts) > 1:
            yield f"    {folded(hosts, None if verbose else SHOWN_NAMES)}", -1


def _builds(results: Iterable[Result]) -> str:
    builds = Counter(str((result.get("appliance") or {}).get("build") or "build not known") for result in results)
    names = [build for build, _number in builds.most_common()]
    rest = len(names) - SHOWN_BUILDS
    more = f" and {rest} more build{'s' if rest > 1 else ''}" if rest > 0 else ""
    return ", ".join(names[:SHOWN_BUILDS]) + more


def _reasons(word: str, results: Mapping[str, Result]) -> list[str]:
    """Return the reason that all have. Where they differ: of one entry, each with its appliances; of several, what they have in common."""
    reasons: dict[str, list[str]] = {}
    for host, result in results.items():
        reasons.setdefault(str(result["verdict"]["reason"]), []).append(host)
    if len(reasons) == 1:
        return [*reasons]
    if any(len(result[ENTRIES]) != 1 for result in results.values()):
        return [_in_common(word, [*results.values()])]
    shown = [f"{folded(hosts, SHOWN_NAMES)}: {reason}" for reason, hosts in [*reasons.items()][:SHOWN_REASONS]]
    rest = len(reasons) - SHOWN_REASONS
    return [*shown, f"and {counted(rest, 'other reason')}; -v shows them"] if rest > 0 else shown


def _in_common(word: str, results: Sequence[Result]) -> str:
    """Return how many entries each has with the word, and those that most of them have."""
    same = [
        [entry for entry in result[ENTRIES] if entry["word"] == word and OPTED_OUT not in entry] for result in results
    ]
    if word in GOOD_WORDS:
        return "all entries, by the build or by the configuration"
    fewest, most = min(map(len, same)), max(map(len, same))
    span = f"{most}" if fewest == most else f"{fewest} to {most}"
    exploited = {sum(bool(entry["exploited"]) for entry in own) for own in same}
    up_to = "up to " if len(exploited) > 1 else ""
    known = f", {up_to}{max(exploited)} of them known to be exploited" if max(exploited) else ""
    counts = Counter(entry["id"] for own in same for entry in own[:SHOWN_ENTRIES])
    names = [id_ for id_, _number in counts.most_common(SHOWN_ENTRIES)]
    return f"{span} of {counted(len(results[0][ENTRIES]), 'entry')}{known}; first: {', '.join(names)}"


def _entries(host: str, result: Result) -> Iterable[str]:
    for entry in result[ENTRIES]:
        if entry["word"] not in GOOD_WORDS:
            yield f"    {host}  {entry['id']}: {entry['word']} ({entry['reason']})"
