# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a run as one JSON value. ``docs/reference/reports.md`` describes it, and ``docs/reference/report-schema.yml`` is its schema. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...foundation.json_values import json_values
from ...judgement.proof.verdict_table import OK, PRECEDENCE, UNKNOWN, WARNING, VerdictWord
from ..pages.closed_report import OF_THE_MEASURE
from ..pages.next_lines import RunForm, commands_of, lines_of
from ..registry import judges_nothing
from .proof_text import not_seen, proof_lines

SCHEMA = "tourniquet-run-report/1"
STATES = ("failed", "refused", "unreachable", "held", "ok")
NEXT_LINES = "next_lines"
"""The key of an appliance with the commands of its next action as lines to paste; those of the provider, and in no view of a customer."""
NO_VERDICT, NOT_JUDGED = "no verdict", "not judged"
SEVERITY = (2, 3, 1, 0)
"""The exit codes, the worst first."""
_COPIED = ("measure", "version", "deployed_version", "as_of", "seal", "inverse", "saved", "record", "cost")
_LISTS = ("conflicts", "neighbours", "drift", "corrected", "remarks", "notes", "runs", "unproven", "exposure")

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """The results of a playbook.

    :ivar playbook: its name without a suffix, such as "plan"
    :ivar results: by host, the result of its last task
    :ivar problems: by host, "failed: ...", "refused: ...", "held: ..." or "unreachable: ..."
    :ivar planned: the hosts of which the result is only a plan
    :ivar customers: by host, the customer that the inventory names; of an appliance that was not reached its result has none
    :ivar shared: by host with a shared appliance that was not reached, the customers of its virtual servers and partitions by their names
    :ivar crisis: what is known besides the results: the register of consent and the exposure ledger; see :func:`crisis.crisis_of`
    :ivar rollout: the lines of the page of the fleet; empty where no rollout was planned
    :ivar version: of the collection, and so of its catalogue
    :ivar form: how it was started; None writes no command lines
    """

    playbook: str
    started: datetime
    finished: datetime
    results: Mapping[str, Mapping[str, Any]]
    problems: Mapping[str, str]
    planned: frozenset[str] = frozenset()
    customers: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    crisis: Mapping[str, Any] = field(default_factory=dict)
    rollout: tuple[str, ...] = ()
    version: str = ""
    form: RunForm | None = None


def report_values(run: Run) -> dict[str, Any]:
    """Return the report, the worst appliances first."""
    appliances = [
        appliance_values(
            host,
            result,
            run.problems.get(host, ""),
            planned=host in run.planned,
            customer=run.customers.get(host, ""),
            shared=run.shared.get(host),
            lines=[]
            if run.problems.get(host, "").startswith("held")
            else lines_of(run.form, {host: commands_of(result)}),
        )
        for host, result in run.results.items()
    ]
    appliances.sort(key=_rank)
    values: dict[str, Any] = json_values(
        {
            "schema": SCHEMA,
            "playbook": run.playbook,
            "started": run.started.isoformat(timespec="seconds"),
            "finished": run.finished.isoformat(timespec="seconds"),
            "seconds": round((run.finished - run.started).total_seconds(), 1),
            "catalogue": {
                "version": run.version,
                "newest_fact": max(
                    (one["catalogue_date"] for one in appliances if one["catalogue_date"]), default=None
                ),
            },
            "exit_code": worst_code([one["exit_code"] for one in appliances]),
            "totals": totals(appliances),
            "rollout": list(run.rollout),
            "appliances": appliances,
            "crisis": {"consents": [], "answers": [], "drills": _drills(run.results), **run.crisis},
        }
    )
    return values


def _drills(results: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the last drill of a closing, which each status has; none where no status knows one."""
    return [
        {"text": text} for text in sorted({str(one["last_drill"]) for one in results.values() if one.get("last_drill")})
    ]


def crisis_values(
    crisis: Mapping[str, Any], customer: str, labels: Mapping[str, str], without: Callable[[Any], Any]
) -> dict[str, Any]:
    """Return what one customer may see of what is known besides the results.

    :param labels: by appliance of the run, how this customer may call it; another one is not named
    :param without: leaves out each text that names another customer
    """
    consents = [one for one in crisis["consents"] if one["customer"] == customer]
    answers = [
        {**one, "host": labels.get(one["host"], "another appliance")}
        for one in crisis["answers"]
        if one["customer"] == customer
    ]
    return {"consents": without(consents), "answers": without(answers), "drills": []}


def appliance_values(
    host: str,
    result: Mapping[str, Any],
    problem: str,
    *,
    planned: bool,
    customer: str = "",
    shared: Mapping[str, str] | None = None,
    lines: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what the report says of one appliance; see :class:`Run`.

    :param lines: the commands of its next action, as lines to paste
    """
    verdict = result.get("verdict") or {}
    appliance = result.get("appliance") or {}
    kind = problem.partition(":")[0]
    acknowledged = acknowledgement_of(result)
    without = OK if judges_nothing(result.get("action")) and not problem else UNKNOWN
    code = OK if acknowledged else verdict.get("exit_code", without)
    return {
        "host": host,
        "customer": appliance.get("customer") or customer,
        "customers": list(result.get("customers") or owners(appliance.get("customer") or customer, shared or {})),
        "site": appliance.get("site") or "",
        "build": appliance.get("build") or "",
        "nodes": [
            {key: node.get(key) for key in ("address", "role", "build", "problem")}
            for node in appliance.get("nodes", ())
        ],
        "marker": appliance.get("marker") or "",
        "action": result.get("action") or "",
        "planned": planned,
        "state": kind if kind in STATES else "ok",
        "problem": problem,
        "message": str(result.get("msg") or ""),
        "verdict": _shown(verdict),
        NEXT_LINES: [line.strip() for line in lines],
        OF_THE_MEASURE: _shown(result.get(OF_THE_MEASURE)),
        "verdict_today": _word_of(result.get("verdict_today")),
        "rests_on": list(verdict.get("rests_on", ())),
        "not_covered": list(verdict.get("missing", ())),
        "not_seen": not_seen(result),
        "acknowledged": acknowledged,
        # A verdict from before a failure, or an acknowledgement, does not make the failure good.
        "exit_code": UNKNOWN if code == OK and kind in ("failed", "refused", "unreachable") else code,
        "catalogue_date": (result.get("catalogue") or {}).get("newest_fact"),
        "changed": bool(result.get("changed")) and not planned,
        "changes": len(result["steps"]) if "steps" in result else None,
        "steps": [
            {"line": line, "inverse": list(step.get("inverse", ())) if not number else []}
            for step in result.get("steps", ())
            for number, line in enumerate(step["lines"])
        ],
        "foreseen": [str(one["text"]) for one in result.get("foreseen") or ()],
        "proof": proof_lines(result),
        **{key: result.get(key) for key in _COPIED},
        **{key: list(result.get(key) or ()) for key in _LISTS},
        "result": {key: value for key, value in result.items() if key != "diff" and not key.startswith("_ansible")},
    }


def owners(customer: str, shared: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the customers of an appliance, that of the appliance itself first, each with the virtual servers and partitions that are said to be its own."""
    names = dict.fromkeys(name for name in (customer, *shared.values()) if name)
    return [
        {"customer": name, "vservers": [vserver for vserver, owner in shared.items() if owner == name]}
        for name in names
    ]


def acknowledgement_of(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the acknowledgement of a verdict; None where there is none. Only a warning can be acknowledged."""
    acknowledged = result.get("acknowledged")
    warned = (result.get("verdict") or {}).get("exit_code") in (OK, WARNING)
    return acknowledged if isinstance(acknowledged, Mapping) and acknowledged and warned else None


def totals(appliances: Sequence[Report]) -> dict[str, Any]:
    """Return the counts of the fleet: by verdict, the worst first, and by what the run did."""
    words = Counter(word_of(one) for one in appliances)
    states = Counter(one["state"] for one in appliances)
    return {
        "appliances": len(appliances),
        "verdicts": {word: words[word] for word in in_order(words)},
        "changed": sum(one["changed"] for one in appliances),
        "to_change": sum(bool(one["planned"] and one["changes"]) for one in appliances),
        **{state: states[state] for state in STATES},
        "acknowledged": sum(bool(one["acknowledged"]) for one in appliances),
    }


def word_of(appliance: Report) -> str:
    """Return the word of the verdict of an appliance, or that it has none."""
    if appliance["verdict"]:
        return str(appliance["verdict"]["word"])
    return NO_VERDICT if appliance["exit_code"] else NOT_JUDGED


def in_order(words: Iterable[str]) -> list[str]:
    """Return verdicts, each once: the worst first, and those of one precedence by their names, whatever appliance came first."""
    return sorted({*words}, key=lambda word: (precedence(word), word))


def precedence(word: str) -> int:
    """Return the place of a verdict, the worst first; having none is as bad as "unknown", and not being judged the last."""
    if word == NOT_JUDGED:
        return len(PRECEDENCE)
    return PRECEDENCE.get(VerdictWord(word) if word in PRECEDENCE else VerdictWord.UNKNOWN, 0)


def worst_code(codes: Sequence[int]) -> int:
    """Return the worst exit code in the sense of Nagios; nothing looked at is unknown."""
    return min(codes, key=SEVERITY.index, default=UNKNOWN)


def _rank(one: Report) -> tuple[Any, ...]:
    return (
        SEVERITY.index(one["exit_code"]),
        STATES.index(one["state"]),
        precedence(word_of(one)),
        one["customer"],
        one["host"],
    )


def _shown(verdict: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {key: verdict[key] for key in ("word", "reason", "next_action", "exit_code")} if verdict else None


def _word_of(verdict: Mapping[str, Any] | None) -> str | None:
    return str(verdict["word"]) if verdict else None
