# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person reads of the result of one appliance: its changes, its drift, the hits of its policies, and the next action. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...appliance.nitro.names import ADMIN_PARTITION
from ...catalogue.closing_steps import SWITCHED_OFF
from ...foundation.counted import counted
from ...foundation.debt_state import Left
from ...foundation.folded_names import folded
from ...foundation.next_action import NextAction, command_values
from ...foundation.protection_change import CHANGES, Phase
from ...judgement.proof.next_action import APPLY, UNDO
from ...measures.registry import recurring_kinds
from .counter_text import IN_DOUBT, counter_text
from .protection_lines import Changed, protection_lines

Result = Mapping[str, Any]
BUNDLE = "catalogue_bundle"
"""The key of a result that names the bundle in use, from which the catalogue of the run has entries."""
MOST_DRIFT = 8
MOST_NAMES = 8
SAID_ELSEWHERE = (
    *("+ ", "- ", "~ ", "undo:", "switch ns partition "),
    *(
        "not covered:",
        "note: its clock",
        "drift:",
        "CONFLICT ",
        "foreseen:",
        "debt:",
        Phase.LOST,
        Phase.REDUCED,
        "found:",
        "differential: 0 of ",
    ),
)
"""How the lines of a preview begin that a page has elsewhere (commands and their undo, and what is stated once for the fleet) or that only -v shows."""
COUNT = re.compile(r": (?:no changes|\d+ changes?, seal \w+)$")

ONLY_RUNNING = re.compile(r"saved: (.+?): expected .*, found nothing", re.DOTALL)
"""The drift of one object or binding that is in the running configuration and was not saved."""
MISSING = re.compile(r"(.+?): expected \{.*\}, found nothing", re.DOTALL)
"""The drift of one object or binding that is not there."""


def changes_text(result: Result) -> str:
    """Return how many changes were or would be made; for a status, how many are needed: of a recurring measure, which comes and goes, none is."""
    if "steps" not in result or (result.get("action") == "status" and result.get("measure") in recurring_kinds()):
        return ""
    number = len(result["steps"])
    text = "no changes" if not number else f"{number} change{'s' if number > 1 else ''}"
    return f"needs {text}" if result.get("action") == "status" and number else text


def drift_text(result: Result) -> list[str]:
    """Return the lines on drift, and on its correction. A plan, which writes no record, corrected nothing."""
    corrected = result.get("corrected", []) if result.get("record") else []
    drift = [text for text in result.get("drift", []) if text not in corrected]
    lines = [f"corrected: {text}" for text in _short(corrected)] + [f"drift: {text}" for text in _short(drift)]
    word = lines[-1].partition(":")[0] if lines else ""
    return lines[:MOST_DRIFT] + ([f"{word}: and {len(lines) - MOST_DRIFT} more"] if len(lines) > MOST_DRIFT else [])


def _short(drift: Sequence[str]) -> Iterator[str]:
    """Yield the sentences on drift: what is missing as a whole by its names, since its attributes are in the plan and in the report."""
    left = list(drift)
    for pattern, text in ((ONLY_RUNNING, "not in the saved configuration"), (MISSING, "missing")):
        names = [found[1] for one in left if (found := pattern.fullmatch(one))]
        left = [one for one in left if not pattern.fullmatch(one)]
        if names:
            yield f"{text}: {', '.join(names)}"
    yield from left


AWAITED = "awaited"
"""The value of a result that says which change records and notes of probes of ours have not come, as half a sentence."""


def plan_text(result: Result) -> list[str]:
    """Return what a plan says besides its commands: its proof, its neighbours, whom it affects, and its remarks."""
    verdict = str((result.get("verdict") or {}).get("word", ""))
    lines: list[str] = []
    in_undo = False
    for line in ((result.get("diff") or {}).get("prepared") or "").splitlines()[1:]:
        text = line.strip()
        in_undo = text == "undo:" or (in_undo and line.startswith(" " * 6))
        known = text.startswith(SAID_ELSEWHERE) or (verdict and text.lower().startswith(f"{verdict} ("))
        if not in_undo and not known and not COUNT.search(text):
            lines.append(text)
    return list(dict.fromkeys(lines)) if result.get("steps") or result.get("measure") == SWITCHED_OFF else []


def hits_text(results: Iterable[Result]) -> list[str]:
    """Return the hits of our policies on all these appliances; for a measure with placements, by placement and mode, with its remarks."""
    lines: list[str] = []
    hits: dict[str, list[tuple[int, int, int]]] = {}
    doubtful: set[str] = set()
    for result in results:
        if result.get("parts"):
            # The line of a closing says what is closed already; what is not as wanted is said.
            shown = (part for part in result["parts"] if not result.get("step") or part["mode"] != part["in_force"])
            lines += [part["text"] for part in shown]
            lines += [f"note: {remark}" for remark in result["remarks"]]
            continue
        undefined, probes = result.get("undefined_hits", {}), result.get("probe_hits", {})
        for policy, count in result.get("hits", {}).items():
            doubtful |= {policy} if result.get(AWAITED) or policy in result.get(IN_DOUBT, {}) else set()
            hits.setdefault(policy, []).append((count, probes.get(policy, 0), undefined.get(policy, 0)))
    for policy, counts in hits.items():
        count, of_probes, undefined = (sum(numbers) for numbers in zip(*counts, strict=True))
        where = f" on {len(counts)} appliances" if len(counts) > 1 else ""
        text = counter_text(count, of_probes, all_known=policy not in doubtful)
        lines.append(f"{policy}: {text}" + (f", {undefined} undefined" if undefined else "") + where)
    return list(dict.fromkeys(lines))


def today_text(result: Result) -> list[str]:
    """Return today's verdict where it differs from that of the date of the run."""
    verdict = result.get("verdict")
    today = result.get("verdict_today") or verdict
    if not verdict or not today or today["word"] == verdict["word"]:
        return []
    return [f"today: {today['word']}: {today['reason']}"]


def lost_text(results: Mapping[str, Result], phase: Phase) -> list[str]:
    """Return a line for each event by which something has less protection now, by the course of time.

    :param phase: what was lost, or what is left in part
    """
    key = CHANGES[phase]
    found = [Changed.of_text(host, text) for host, one in sorted(results.items()) for text in one.get(key) or ()]
    return protection_lines(phase, found)


def overdue_text(results: Mapping[str, Result]) -> list[str]:
    """Return a line for each mitigation that is still there although the planned day of the fix is over, the longest first.

    :param results: by appliance
    """
    overdue = [(debt, host) for debt, host in _debts(results) if debt["overdue_days"]]
    overdue.sort(key=lambda one: (-one[0]["overdue_days"], one[1]))
    return [f"{host}: {debt['text']}" for debt, host in overdue]


def debt_text(results: Mapping[str, Result]) -> list[str]:
    """Return a line for each mitigation that is still there: on how many appliances, since when, and for how many a fix is planned.

    :param results: by appliance
    """
    lines = []
    by_measure: dict[str, list[tuple[Mapping[str, Any], str]]] = {}
    for debt, host in _debts(results):
        by_measure.setdefault(debt["measure"], []).append((debt, host))
    for measure, debts in sorted(by_measure.items()):
        hosts = {host for _debt, host in debts}
        since = min(((debt["since"][:10], host) for debt, host in debts if debt["since"]), default=None)
        unplanned = {host for debt, host in debts if not debt["planned_fix"] and debt.get("needed", True)}
        days = [debt["planned_fix"] for debt, _host in debts if debt["planned_fix"]]
        parts = [f"{measure} is {_where_left(debts)}"]
        parts += [f"the oldest since {since[0]} ({since[1]})"] if since else []
        parts += [f"fixes planned until {max(days)}"] if days else []
        where = f" for {folded(sorted(unplanned), MOST_NAMES)}" if unplanned != hosts else ""
        parts += [f"no fix planned{where} (tourniquet_planned_fix)"] if unplanned else []
        lines.append(f"debt: {', '.join(parts)}")
    return lines


def _where_left(debts: Sequence[tuple[Mapping[str, Any], str]]) -> str:
    """Return how much of a mitigation is there, on how many appliances. What an older node answers does not say how much."""
    texts = {
        Left.IN_PLACE: "still in place",
        Left.CHANGED: "left in part or changed",
        Left.OF_OTHERS: "covered by policies of others",
    }
    hosts: dict[Left, set[str]] = {state: set() for state in texts}
    for debt, host in debts:
        said = debt.get("state")
        hosts[Left(said) if said in tuple(Left) else Left.IN_PLACE].add(host)
    return ", ".join(f"{texts[state]} on {counted(len(own), 'appliance')}" for state, own in hosts.items() if own)


def last_runs_text(results: Mapping[str, Result]) -> list[str]:
    """Return by recurring measure a line about the appliances where it is late, and one about those where it is on time; nothing where none ever had one.

    :param results: by appliance
    """
    return [line for id_, recurring in recurring_kinds().items() for line in _last_runs(results, id_, recurring.noun)]


def _last_runs(results: Mapping[str, Result], id_: str, noun: str) -> Iterator[str]:
    found = {host: one for host, result in results.items() if (one := result.get(id_))}
    late = _late(results, id_)
    well = sorted((host for host in found if host not in late), key=lambda host: (found[host]["at"], host))
    if late:
        others = f"; late too: {folded(late[1:], MOST_NAMES)}" if late[1:] else ""
        yield f"{late[0]}: {found[late[0]]['text']}{others}. Next: {_again(id_)}"
    if well:
        number = f"{len(well)} appliance{'' if len(well) == 1 else 's'}"
        yield f"{noun} on time on {number}; the oldest: {well[0]}, {found[well[0]]['text']}"


def commands_of_last_runs(results: Mapping[str, Result]) -> dict[str, list[Mapping[str, Any]]]:
    """Return by appliance the commands for what recurs and is late."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for id_ in recurring_kinds():
        for host in _late(results, id_):
            found.setdefault(host, []).extend(command_values(_again(id_)))
    return found


def _late(results: Mapping[str, Result], id_: str) -> list[str]:
    late = {host: one["at"] for host, result in results.items() if (one := result.get(id_)) and one["late"]}
    return sorted(late, key=lambda host: (late[host], host))


def _again(id_: str) -> NextAction:
    return NextAction(APPLY.with_first("mitigation", id_), ", then ", UNDO.with_first("mitigation", id_))


def _debts(results: Mapping[str, Result]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield what is still there on each appliance whose status was asked for."""
    for host, result in results.items():
        if result.get("action") == "status":
            yield from ((debt, host) for debt in result.get("debt") or ())


def customers_text(result: Result) -> list[str]:
    """Return the customers of a shared appliance with their virtual servers; nothing of another appliance."""
    customers = result.get("customers") or ()
    names = [
        " ".join([one["customer"], *([f"({', '.join(one['vservers'])})"] if one["vservers"] else [])])
        for one in customers
    ]
    return [f"customers: {', '.join(names)}"] if len(names) > 1 else []


def next_text(result: Result) -> list[str]:
    """Return the next action of an appliance."""
    action = (result.get("verdict") or {}).get("next_action", "")
    return [f"next: {action}"] if action not in ("none", "") else []


def sessions_text(results: Iterable[Result]) -> list[str]:
    """Return how many sessions of users end_sessions ended or would end on all appliances, by NITRO type."""
    rows = [row for result in results if result.get("action") == "end_sessions" for row in result.get("sessions", ())]
    known = Counter[str]()
    for row in rows:
        known[row["type"]] += row["before"] or 0
    unknown = {row["type"] for row in rows if row["before"] is None}
    parts = [
        f"{known[type_]} {type_}{' (not all are known)' if type_ in unknown else ''}"
        for type_ in known
        if known[type_] or type_ in unknown
    ]
    return [f"sessions in all: {', '.join(parts) or 'none'}"] if len(rows) > 1 else []


def unmatched_text(results: Iterable[Result]) -> list[str]:
    """Return lines for requested VIPs and admin partitions that no appliance of the run has: a misspelt one would stay open without a message."""
    lists = [set(result["unmatched"]) for result in results if "unmatched" in result]
    nowhere = sorted(set.intersection(*lists)) if lists else []
    partitions = [name for name in nowhere if name.startswith(ADMIN_PARTITION)]
    vips = [name for name in nowhere if name not in partitions]
    lines = [f"no appliance has the virtual server {', '.join(vips)}"] if vips else []
    return [*lines, *(f"no appliance has the {name}" for name in partitions)]
