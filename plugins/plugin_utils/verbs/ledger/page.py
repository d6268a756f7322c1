# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of the exposure ledger: a line for appliances that read alike, and the rows as JSON and CSV. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...foundation.folded_names import folded
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...foundation.next_action import AGAIN, COMMANDS, Command, NextAction, advice, command_values
from ...foundation.protection_change import Phase
from ...judgement.course.hunt_result import HuntOutcome
from ...judgement.exposure.recovery import Grade, recovery_plan
from ...judgement.exposure.reopen_answer import CustomerAnswer, ReopenAnswer
from ...judgement.exposure.sentences import SENTENCES, sentence
from ...judgement.proof.next_action import STATUS_OF_ALL
from ...traces.findings.finding import code_of_playbook, exit_code_words, must_fail
from ..common.option_files import page_options
from ..pages.fleet_page import FleetFiles, FleetPage, FleetReport, FleetRun
from ..pages.protection_lines import Changed, protection_lines
from .ledger_files import write_ledger
from .node_lines import node_lines

SCHEMA = "tourniquet-exposure-ledger/1"
SHOWN_NAMES = 8
SHOWN_LOST = 40
ORDER = tuple(ReopenAnswer)
EXIT_CODES = {
    ReopenAnswer.OPEN: 0,
    ReopenAnswer.PATCH_FIRST: 1,
    ReopenAnswer.UNKNOWN: 2,
    ReopenAnswer.ASSUME_COMPROMISED: 2,
}
"""By answer, the exit code of a run; the worst counts."""
UNDECIDED = 2
"""The exit code at least, where protection was lost, nobody of ours decided it, and it is critical."""
_READ = advice("mend what was not read", check=AGAIN)
_HUNT = advice(
    "let a hunt look how far back nothing is found",
    *(Command("hunt", asks=("tourniquet_report",)), replace(AGAIN, asks=("traces",))),
)
UNREACHABLE = 4
"""The exit code where the worst answers are unknown since their appliances were not reached."""


def answer_values(one: CustomerAnswer, *, whole: bool = False) -> dict[str, Any]:
    """Return the answer for a customer as JSON values: the sentence for the customer by language, the recovery plan, and rows of the ledger.

    :param whole: all rows; otherwise those that decide
    """
    values: dict[str, Any] = json_values(
        {
            "customer": one.customer,
            "answer": one.answer,
            "text": one.text,
            "sentences": {
                language: sentence(one.answer, language, closed=one.is_closed, in_time=one.was_in_time)
                for language in SENTENCES
            },
            "recovery": recovery_plan(one),
            "rows": one.rows if whole else one.decisive,
        }
    )
    return values


def ledger_line(
    appliance: str, answers: Sequence[Mapping[str, Any]], problem: str = "", *, is_unreachable: bool = False
) -> str:
    """Return the line of one appliance: the answer for each customer; the worst first.

    :param answers: by :func:`answer_values`
    """
    ordered = sorted(answers, key=lambda one: ORDER.index(ReopenAnswer(one["answer"])))
    texts = [one["text"] for one in ordered] or ["unknown (nothing was judged)"]
    conflicts = {text for one in answers for row in one["rows"] for text in row["conflicts"]}
    said = f"; conflicts between sources: {len(conflicts)}" if conflicts else ""
    word = "UNREACHABLE" if is_unreachable else "NOT READ"
    return printable(f"{appliance}: {'; '.join(texts)}{said}{f'; {word}: {problem}' if problem else ''}")


def ledger_lines(appliances: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the lines of the screen, the worst first: appliances whose line reads alike share one, with their names in front.

    :param appliances: by :func:`ledger_page`
    """
    groups: dict[tuple[int, str], list[str]] = {}
    for name, values in appliances.items():
        text = values["msg"].removeprefix(f"{printable(name)}: ")
        groups.setdefault((ORDER.index(worst(values["answers"])), text), []).append(printable(name))
    ordered = sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1])))
    return [f"{folded(names, SHOWN_NAMES)}: {text}" for (_place, text), names in ordered]


def ledger_page(run: FleetRun) -> FleetPage:
    """Return the answers of all appliances, their lines with the worst first, the totals as last line, and the exit code."""
    appliances: dict[str, dict[str, Any]] = {}
    for name, result in run.results.items():
        answers = list(result.get("answers") or ())
        problem = str(result.get("problem") or ("" if "answers" in result else result.get("msg") or "no result"))
        away = bool(result.get("not_reached") or result.get("unreachable"))
        appliances[name] = {
            "customers": list(result.get("customers") or ()),
            "answers": answers,
            "as_of": str(result.get("as_of") or ""),
            "read_at": str(result.get("read_at") or ""),
            "msg": ledger_line(name, answers, problem, is_unreachable=away),
            "problem": f"{'unreachable' if away else 'failed: not read'}: {problem}" if problem else "",
        }
    count = Counter(worst(one["answers"]) for one in appliances.values())
    is_lost = any(one["is_critical"] for *_where, one in _lasting(appliances))
    code = max((EXIT_CODES[word] for word in count), default=2)
    code = max(code, UNDECIDED) if is_lost else code
    unknown = [one for one in appliances.values() if EXIT_CODES[worst(one["answers"])] == code]
    if (
        not is_lost
        and code == EXIT_CODES[ReopenAnswer.UNKNOWN]
        and unknown
        and all(_only_unreachable(one) for one in unknown)
    ):
        code = UNREACHABLE
    totals = ", ".join(f"{count[word]} {word.words}" for word in ORDER if count[word]) or "nothing was looked at"
    words = exit_code_words(code, code_of_playbook(code, run.options["fail_at"]))
    lines = [
        *ledger_lines(appliances),
        *lost_lines(appliances),
        *node_lines(appliances),
        *recovery_lines(appliances),
        *as_of_lines(appliances),
        f"{len(appliances)} appliance{'' if len(appliances) == 1 else 's'}: {totals}; {words}",
    ]
    for one in appliances.values():
        one[COMMANDS] = _commands(one["answers"])
    return FleetPage(lines, appliances, code, must_fail(code, run.options["fail_at"]), {"schema": SCHEMA})


def _commands(answers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the commands of the next action of an appliance, by its worst answer: those of its recovery, or what says which build it needs."""
    word = worst(answers)
    if word is ReopenAnswer.UNKNOWN:
        return _of_unknown(answers)
    grades = [one["recovery"] for one in answers if one.get("recovery")]
    plan: Mapping[str, Any] = min(grades, key=lambda one: [*Grade].index(Grade(one["grade"])), default={})
    if plan and Grade(plan["grade"]) is not Grade.WATCH:
        return list(plan[COMMANDS])
    return command_values(NextAction(STATUS_OF_ALL)) if word is ReopenAnswer.PATCH_FIRST else []


def _of_unknown(answers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the commands where the answer is unknown: of what was not read, to read it; of what is fixed, nobody knows since when, a hunt. One that has looked
    at all that it can, and does not reach back far enough, leaves nothing to do."""
    rows = [row for answer in answers for row in answer["rows"] if row["answer"] == ReopenAnswer.UNKNOWN]
    if not rows or any(row["is_fixed"] is not True for row in rows):
        return command_values(_READ)
    may_tell = {row["hunt_outcome"] for row in rows} & {HuntOutcome.NONE, HuntOutcome.INCOMPLETE}
    return command_values(_HUNT) if may_tell else []


def _only_unreachable(appliance: Mapping[str, Any]) -> bool:
    """Return True if the answer is unknown since the appliance was not reached; that it is to be assumed compromised is known without it."""
    is_known = worst(appliance["answers"]) is ReopenAnswer.ASSUME_COMPROMISED
    return str(appliance["problem"]).startswith("unreachable: ") and not is_known


def _lasting(appliances: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield appliance, entry and values of each loss of protection that lasts; those of several customers several times."""
    for name, values in appliances.items():
        for row in (row for answer in values["answers"] for row in answer["rows"]):
            yield from ((name, row["entry"], one) for one in row["losses"] if one["until"] is None)


def lost_lines(appliances: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line for each event by which something was lost, or is protected only in part now; what nobody of ours decided comes first.

    :param appliances: by :func:`ledger_page`
    """
    found = sorted(_lasting(appliances), key=lambda lost: not lost[2]["is_critical"])
    return [line for phase in (Phase.LOST, Phase.IN_DOUBT, Phase.REDUCED) for line in _bounded(phase, found)]


def _bounded(phase: Phase, found: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[str]:
    own = (Changed(name, entry, one["text"]) for name, entry, one in found if one["phase"] == phase)
    lines = protection_lines(phase, own)
    more = [f"{phase}  and {len(lines) - SHOWN_LOST} more: ledger.json has all"] if len(lines) > SHOWN_LOST else []
    return [*lines[:SHOWN_LOST], *more]


def recovery_lines(appliances: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return which appliances need which grade of recovery, as one line; nothing where none needs more than to be watched.

    :param appliances: by :func:`ledger_page`
    """
    graded: dict[Grade, list[str]] = {}
    for name, values in appliances.items():
        own = [Grade(one["recovery"]["grade"]) for one in values["answers"] if one.get("recovery")]
        if own:
            graded.setdefault(min(own, key=[*Grade].index), []).append(printable(name))
    graded.pop(Grade.WATCH, None)
    parts = [f"{grade}: {folded(graded[grade], SHOWN_NAMES)}" for grade in Grade if grade in graded]
    return [f"RECOVERY  {'; '.join(parts)}. docs/how-to/recovery.md has the steps of each grade"] if parts else []


def as_of_lines(appliances: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return for each earlier day, as of which something was judged, what counts all the same: later days of builds and runs stand beside it.

    :param appliances: by :func:`ledger_page`
    """
    days: dict[tuple[str, str], list[str]] = {}
    for name, one in appliances.items():
        if (as_of := one["as_of"]) and as_of < (read := one["read_at"][: len(as_of)]):
            days.setdefault((as_of, read), []).append(printable(name))
    return [
        f"AS OF {as_of}{'' if len(names) == len(appliances) else f' ({folded(names, SHOWN_NAMES)})'}: what was published later does not count. "
        f"Builds, and what our runs did, are those known on {read}"
        for (as_of, read), names in sorted(days.items())
    ]


def worst(answers: Sequence[Mapping[str, Any]]) -> ReopenAnswer:
    """Return the worst answer for the customers of an appliance; unknown without one."""
    return min((ReopenAnswer(one["answer"]) for one in answers), key=ORDER.index, default=ReopenAnswer.UNKNOWN)


REPORT = FleetReport(
    "ledger_result",
    page_options("ledger"),
    ledger_page,
    files=FleetFiles("ledgers", "files", lambda directory, page, _options: write_ledger(directory, page)),
)
