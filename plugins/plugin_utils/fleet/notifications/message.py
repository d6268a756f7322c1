# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The messages about a run: which appliances have which event, and the text. Pure.

Text of appliances is escaped and defanged: mail and chat programs make links of addresses. In the text for chat programs nothing calls people or hides
an address behind other words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ...change.approvals.demand import LOUD
from ...foundation.counted import counted
from ...foundation.foreign_text import defanged, printable
from ...judgement.proof.verdict_table import VerdictWord
from .receivers import Event

SCHEMA = "tourniquet-notification/1"
MOST_LINES = 50
MOST_TEXT = 400
_CALL = re.compile(r"@(?=(all|channel|here|everyone)\b)", re.IGNORECASE)
_CHAT_SIGNS = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")"})
_PLACEHOLDER_SIGNS = str.maketrans({"\u2039": "<", "\u203a": ">"})
IN_THE_REPORT = "(the page and the report of the run have this line)"
_DEFANGED_DOT = "[.]"
_HEADINGS = {
    Event.FAILED: "Failed, refused or unreachable",
    Event.HELD: "Held",
    Event.APPLIED: "Changed",
    Event.MAY_GO: "May go, since a fixed build runs",
}


class Severity(IntEnum):
    """How urgent a message is, as syslog numbers it (RFC 5424 6.2.1)."""

    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6


@dataclass(frozen=True)
class Message:
    """A message about some appliances.

    :ivar text: many lines; the first one is the subject
    :ivar values: what a webhook gets, as JSON values
    """

    subject: str
    text: str
    values: Mapping[str, Any]
    severity: Severity = Severity.NOTICE


def events_of(one: Mapping[str, Any]) -> frozenset[Event]:
    """Return the events of an appliance, from its part of the report."""
    events = {
        Event.FAILED: one["state"] in ("failed", "refused", "unreachable"),
        Event.HELD: one["state"] == "held",
        Event.APPLIED: one["changed"],
        Event.MAY_GO: (one["verdict"] or {}).get("word") == VerdictWord.LEFT_BEHIND,
    }
    return frozenset(event for event, happened in events.items() if happened)


def message(
    report: Mapping[str, Any], appliances: Sequence[Mapping[str, Any]], on: Collection[Event]
) -> Message | None:
    """Return the message for a receiver; None where nothing happened that it is told. That a person went on without approvals is told to all.

    :param appliances: those that the receiver is told of
    """
    found = {event: [one for one in appliances if event in events_of(one)] for event in _HEADINGS if event in on}
    found = {event: own for event, own in found.items() if own}
    loud = sorted({note for one in appliances for note in one["notes"] if note.startswith(LOUD)})
    if not found and not loud:
        return None
    counts = ", ".join(f"{len(own)} {event.replace('_', ' ')}" for event, own in found.items())
    subject = f"Tourniquet {report['playbook']}: {'; '.join([*loud, counts])}"[:MOST_TEXT]
    lines = [subject, f"{report['finished']}, {counted(len(appliances), 'appliance')}", ""]
    for event, own in found.items():
        lines += [
            f"{_HEADINGS[event]}:",
            *(line for one in own[:MOST_LINES] for line in (f"  {_line(one)}", *_to_paste(one))),
        ]
        lines += [f"  and {len(own) - MOST_LINES} more"] * (len(own) > MOST_LINES) + [""]
    newest = report["catalogue"]["newest_fact"] or "not known"
    lines.append(f"Catalogue {report['catalogue']['version'] or 'of an unknown version'}, newest fact of {newest}.")
    text = "\n".join(map(clean, lines)) + "\n"
    values = {
        "schema": SCHEMA,
        "text": chat_text(text),
        "playbook": report["playbook"],
        "finished": report["finished"],
        "catalogue": report["catalogue"],
        **({"break_glass": [clean(text)[:MOST_TEXT] for text in loud]} if loud else {}),
        "events": {str(event): [_values(one) for one in own] for event, own in found.items()},
    }
    is_problem = {Event.FAILED, Event.HELD} & found.keys()
    return Message(clean(subject), text, values, Severity.ERROR if is_problem else Severity.NOTICE)


def _line(one: Mapping[str, Any]) -> str:
    verdict = one["verdict"]
    customer = f" ({one['customer']})" if one["customer"] else ""
    words = one["problem"] or (f"{verdict['word']}: {verdict['reason']}" if verdict else one["message"])
    after = f". Next: {verdict['next_action']}" if verdict and verdict["next_action"] not in ("", "none") else ""
    return f"{one['host']}{customer}: {words[:MOST_TEXT]}{after}"


def _to_paste(one: Mapping[str, Any]) -> list[str]:
    """Return the lines of the next action of an appliance; of one with signs that a mail or chat program would change, that the report has it."""
    return [f"      {line if _stays(line) else IN_THE_REPORT}" for line in one["next_lines"]]


def _stays(line: str) -> bool:
    """Return True for a line that can be pasted as it arrives: a placeholder between other brackets is refused too."""
    return clean(line) == line and chat_text(line).translate(_PLACEHOLDER_SIGNS) == line


def _values(one: Mapping[str, Any]) -> dict[str, Any]:
    verdict = one["verdict"] or {}
    return {
        "host": clean(one["host"]),
        "customer": clean(one["customer"]),
        "verdict": verdict.get("word"),
        "reason": clean(verdict.get("reason", ""))[:MOST_TEXT],
        "problem": clean(one["problem"])[:MOST_TEXT],
        "next_action": clean(verdict.get("next_action", "")),
        "next_lines": [line for line in one["next_lines"] if _stays(line)],
        "exit_code": one["exit_code"],
    }


def clean(text: str) -> str:
    """Return a text in one line in which nothing becomes a link."""
    return defanged(printable(text))


def chat_text(text: str) -> str:
    """Return a text in which no sign begins a mention (``<!channel>``, ``@here``) or a link (``<...|words>``, ``[words](...)``)."""
    parts = (part.translate(_CHAT_SIGNS) for part in text.split(_DEFANGED_DOT))
    return _CALL.sub("@ ", _DEFANGED_DOT.join(parts))
