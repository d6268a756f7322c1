# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of what a bundle of the catalogue changes for a fleet: a paragraph for each effect, the most urgent first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...foundation.next_action import COMMANDS, Command, advice, command_values
from ...judgement.proof.catalogue_change import CatalogueChange, Effect
from ...judgement.proof.verdict_table import Verdict
from ...traces.findings.finding import ExitCode
from ..common.option_files import page_options
from ..pages.fleet_page import FleetPage, FleetReport, FleetRun
from .update_options import catalogue_update

Values = Mapping[str, Any]
SMALL = 20
SHOWN_PARAGRAPHS, SHOWN_OF_SMALL = 10, 5
"""The largest number of paragraphs: two screens for hundreds of appliances, one for at most :data:`SMALL`."""
SHOWN_NAMES = 8
SHOWN_ENTRIES = 3
MUST_ACT, NOT_COMPARED = 1, 3
"""The exit codes: somebody has more to do than before; an appliance could not be compared."""
PROBLEM = "problem"
"""The key of why an appliance was not compared, which begins with one of these; "" where it was."""
FAILED, UNREACHABLE = "failed: ", "unreachable: "
_TAKE = advice("take the bundle", Command("catalogue", (("take", "true"),), is_local=True))
NO_RESULT = "failed: it has no result; its own message says why"


def change_values(found: CatalogueChange, build: str | None) -> dict[str, Any]:
    """Return what a bundle changes for one appliance, as JSON values.

    :param build: the running build; None where it is not known
    """
    values: dict[str, Any] = json_values(
        {
            "effect": found.effect,
            "build": build or "build not known",
            "before": _said(found.before.verdict),
            "after": _said(found.after.verdict),
            "entries": found.entries,
            "not_covered": found.after.verdict.missing,
            PROBLEM: "",
        }
    )
    return values


def _said(verdict: Verdict) -> dict[str, Any]:
    action = verdict.next_action
    return {
        "word": verdict.word,
        "exit_code": verdict.exit_code,
        "next_action": action,
        COMMANDS: command_values(action),
    }


def change_exit_code(appliances: Mapping[str, Values]) -> int:
    """Return the exit code of a comparison: 0 nobody has more to do, 1 somebody has, 3 an appliance could not be compared, or nothing was."""
    effects = {one.get("effect") for one in appliances.values() if not one.get(PROBLEM)}
    if not appliances or Effect.UNKNOWN in effects or any(one.get(PROBLEM) for one in appliances.values()):
        return NOT_COMPARED
    return MUST_ACT if effects & {Effect.MUST_ACT, Effect.MORE} else 0


def only_unreachable(appliances: Mapping[str, Values]) -> bool:
    """Return True if an appliance could not be reached, and nothing else kept one from being compared."""
    problems = [str(one[PROBLEM]) for one in appliances.values() if one.get(PROBLEM)]
    return bool(problems) and all(text.startswith(UNREACHABLE) for text in problems)


def change_page(head: Sequence[str], appliances: Mapping[str, Values]) -> list[str]:
    """Return the lines of a fleet.

    :param head: what the bundle has
    :param appliances: the values of each one, or its problem
    """
    groups: dict[tuple[int, str, str], list[str]] = {}
    for host, one in sorted(appliances.items()):
        if not one.get(PROBLEM) and one["effect"] != Effect.SAME:
            key = list(Effect).index(Effect(one["effect"])), _entries_text(one), one["after"]["next_action"]
            groups.setdefault(key, []).append(host)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]), item[0]))
    lines = [*head]
    most = SHOWN_OF_SMALL if len(appliances) <= SMALL else SHOWN_PARAGRAPHS
    for (_order, text, action), hosts in ordered[:most]:
        lines += _paragraph(text, action, hosts, appliances)
    rest = [host for _key, hosts in ordered[most:] for host in hosts]
    if rest:
        lines.append(
            f"and {len(rest)} more, with less urgent changes: {folded(rest, SHOWN_NAMES)}; the report has them"
        )
    return [*lines, *_same(appliances), *_not_compared(appliances), _total(appliances)]


def _entries_text(one: Values) -> str:
    """Return the entries that change, as a text by which appliances are put together."""
    entries = sorted(one["entries"], key=lambda entry: not entry["opens"])
    shown = [f"{entry['id']}: {entry['after']}, was {entry['before']}" for entry in entries[:SHOWN_ENTRIES]]
    more = [f"and {counted(len(entries) - SHOWN_ENTRIES, 'more entry')}"] if len(entries) > SHOWN_ENTRIES else []
    return "; ".join([*shown, *more])


def _paragraph(text: str, action: str, hosts: Sequence[str], appliances: Mapping[str, Values]) -> Iterator[str]:
    first = appliances[hosts[0]]
    effect = Effect(first["effect"])
    word = effect.upper() if effect in (Effect.MUST_ACT, Effect.MORE, Effect.UNKNOWN) else effect
    name = hosts[0] if len(hosts) == 1 else f"{len(hosts)} appliances"
    builds = [build for build, _number in Counter(appliances[host]["build"] for host in hosts).most_common()]
    rest = len(builds) - SHOWN_ENTRIES
    more = f" and {rest} more build{'s' if rest > 1 else ''}" if rest > 0 else ""
    yield f"{word}  {name}  {', '.join(builds[:SHOWN_ENTRIES])}{more}"
    if len(hosts) > 1:
        yield f"    {folded(hosts, SHOWN_NAMES)}"
    if text:
        yield f"    {text}"
    if action not in ("", "none"):
        yield f"    next: {action}"


def _same(appliances: Mapping[str, Values]) -> Iterator[str]:
    words = Counter(
        one["after"]["word"] for one in appliances.values() if not one.get(PROBLEM) and one["effect"] == Effect.SAME
    )
    if words:
        told = ", ".join(f"{number} {word}" for word, number in words.most_common())
        size = sum(words.values())
        yield f"{Effect.SAME}  {counted(size, 'appliance')}: {told}"


def _not_compared(appliances: Mapping[str, Values]) -> Iterator[str]:
    problems: dict[str, list[str]] = {}
    for host, one in sorted(appliances.items()):
        if one.get(PROBLEM):
            problems.setdefault(str(one[PROBLEM]).removeprefix(FAILED), []).append(host)
    shown = sorted(problems.items(), key=lambda item: -len(item[1]))
    for problem, hosts in shown[:SHOWN_OF_SMALL]:
        word = "UNREACHABLE" if problem.startswith(UNREACHABLE) else "NOT COMPARED"
        yield f"{word}  {folded(hosts, SHOWN_NAMES)}: {printable(problem.removeprefix(UNREACHABLE))}"
    if len(shown) > SHOWN_OF_SMALL:
        yield f"NOT COMPARED  {sum(len(hosts) for _problem, hosts in shown[SHOWN_OF_SMALL:])} more, with other problems"


def _total(appliances: Mapping[str, Values]) -> str:
    effects = Counter("not compared" if one.get(PROBLEM) else str(one["effect"]) for one in appliances.values())
    told = [f"{effects[name]} {name}" for name in (*map(str, Effect), "not compared") if effects[name]]
    return f"{counted(len(appliances), 'appliance')}: {', '.join(told) or 'none was compared'}. Nothing was changed or taken"


def _page(run: FleetRun) -> FleetPage:
    appliances = {host: dict(one) if PROBLEM in one else {PROBLEM: NO_RESULT} for host, one in run.results.items()}
    code = change_exit_code(appliances)
    return FleetPage(
        change_page(run.facts, appliances),
        {host: {**one, COMMANDS: _commands(one)} for host, one in appliances.items()},
        ExitCode.UNREACHABLE if only_unreachable(appliances) else code,
        code >= run.options["fail_at"] or any(one[PROBLEM] for one in appliances.values()),
    )


def _commands(one: Values) -> list[Values]:
    """Return the commands of the next action of an appliance: the bundle is taken first, since the catalogue in use does not know its entries."""
    if one.get(PROBLEM) or one["effect"] == Effect.SAME or not one["after"][COMMANDS]:
        return []
    return [*command_values(_TAKE), *one["after"][COMMANDS]]


def _bundle_lines(options: Values, variables: Values) -> Sequence[str]:
    """Return what the bundle has."""
    return catalogue_update(options, variables, write=False).compare(Path(options["bundle"]).expanduser()).lines


REPORT = FleetReport("catalogue_update_result", page_options("catalogue"), _page, facts=_bundle_lines)
