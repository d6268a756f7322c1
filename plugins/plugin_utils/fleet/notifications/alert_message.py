# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The message about findings: all appliances of a run in one message, with counts first. Pure.

Texts of findings are escaped, cut and defanged where they are made (:func:`foundation.foreign_text.one_line`); names of appliances are so here.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...foundation.counted import counted
from ...foundation.foreign_text import one_line
from ...foundation.json_values import json_values
from ...traces.findings.appliance_line import finding_lines, lines_of
from ...traces.findings.finding import LEVELS, Examination, Finding, NotSeen
from .message import Message, Severity, chat_text, clean
from .receivers import Event

SCHEMA = "tourniquet-alert/1"
MOST_APPLIANCES, MOST_FINDINGS = 50, 3
"""How many appliances a message names, and how many findings of each; it counts all."""
MOST_OF_AN_APPLIANCE = 500
"""How many findings of one appliance are told apart; further ones are in the report."""
_NUMBER = re.compile(r"\d+")
"""Counts and times in a reason change from run to run, and the reason stays the same."""
_SEVERITY = {
    Event.COMPROMISE: Severity.CRITICAL,
    Event.ATTEMPT: Severity.WARNING,
    Event.REVIEW: Severity.WARNING,
    Event.INCOMPLETE: Severity.ERROR,
}


@dataclass(frozen=True)
class Alert:
    """One thing that people are told of an appliance.

    :ivar id: of the finding, or made of what could not be looked at
    """

    appliance: str
    id: str
    event: Event
    about: Finding | NotSeen


def alerts_of(examined: Examination) -> Iterator[Alert]:
    """Yield what people are told of an appliance: each finding that nobody has acknowledged, and its gaps as one."""
    open_ones = [finding for finding in examined.findings if not finding.acknowledged]
    for finding in sorted(open_ones, key=lambda one: LEVELS.index(one.level))[:MOST_OF_AN_APPLIANCE]:
        yield Alert(examined.appliance, finding.id, Event(finding.level), finding)
    if examined.is_incomplete:
        gaps = [one for one in examined.not_seen if one.is_gap]
        named = "\0".join(sorted(f"{one.node}\0{one.what}\0{_NUMBER.sub('', one.why)}" for one in gaps))
        text = f"{examined.appliance}\0incomplete\0{named}".encode("utf-8", "surrogatepass")
        first = gaps[0] if gaps else NotSeen("the appliance", "nothing was looked at")
        yield Alert(examined.appliance, hashlib.sha256(text).hexdigest()[:16], Event.INCOMPLETE, first)


def alert_message(playbook: str, finished: datetime, alerts: Sequence[Alert]) -> Message:
    """Return one message about all alerts.

    :param alerts: at least one
    """
    of_appliances: dict[str, list[Alert]] = {}
    for alert in alerts:
        of_appliances.setdefault(alert.appliance, []).append(alert)
    ordered = sorted(of_appliances.items(), key=lambda item: min(map(_rank, item[1])))
    number = len(of_appliances)
    subject = f"Tourniquet {playbook}: {_counts(alerts)} on {number} appliance{'' if number == 1 else 's'}"
    lines = [subject, f"{finished:%Y-%m-%d %H:%M} UTC", ""]
    for name, own in ordered[:MOST_APPLIANCES]:
        lines += [f"{one_line(name)}: {_counts(own)}", *_lines(own)]
    lines += [f"and {counted(number - MOST_APPLIANCES, 'more appliance')}: see the report of the run"] * (
        number > MOST_APPLIANCES
    )
    text = "\n".join(map(clean, lines)) + "\n"
    values: dict[str, Any] = {
        "schema": SCHEMA,
        "text": chat_text(text),
        "playbook": playbook,
        "finished": finished.isoformat(timespec="seconds"),
        "appliances": number,
        "counts": dict(Counter(str(alert.event) for alert in alerts)),
        "alerts": [
            {"host": one_line(name), "counts": dict(Counter(str(one.event) for one in own)), **_values(own)}
            for name, own in ordered[:MOST_APPLIANCES]
        ],
    }
    return Message(clean(subject), text, values, min(_SEVERITY[alert.event] for alert in alerts))


def heartbeat(playbook: str, finished: datetime, examined: Sequence[Examination]) -> Message:
    """Return the message that says that a run took place: where it stays away, nobody is watching."""
    total = lines_of(examined)[-1]
    subject = f"Tourniquet {playbook}: it runs"
    lines = [subject, f"{finished:%Y-%m-%d %H:%M} UTC", total]
    values = {
        "schema": SCHEMA,
        "text": chat_text("\n".join(lines) + "\n"),
        "playbook": playbook,
        "finished": finished.isoformat(timespec="seconds"),
        "appliances": len(examined),
        "counts": {},
        "alerts": [],
        "heartbeat": True,
    }
    return Message(subject, "\n".join(map(clean, lines)) + "\n", values, Severity.INFORMATIONAL)


def _rank(alert: Alert) -> int:
    return list(_SEVERITY).index(alert.event)


def _counts(alerts: Collection[Alert]) -> str:
    found = Counter(alert.event for alert in alerts)
    return ", ".join(f"{found[event]} {event}" for event in _SEVERITY if found[event])


def _lines(own: Sequence[Alert]) -> Iterator[str]:
    for alert in own[:MOST_FINDINGS]:
        if isinstance(alert.about, Finding):
            yield from finding_lines(alert.about)
        else:
            yield f"  INCOMPLETE  {alert.about}"
    if len(own) > MOST_FINDINGS:
        yield f"  and {len(own) - MOST_FINDINGS} more"


def _values(own: Sequence[Alert]) -> dict[str, Any]:
    shown = own[:MOST_FINDINGS]
    return {
        "findings": [json_values(one.about) for one in shown if isinstance(one.about, Finding)],
        "incomplete": [str(one.about) for one in shown if isinstance(one.about, NotSeen)],
    }
