# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell people of the findings of a run: what is new to each receiver, once, and again as long as it stays; and that the run took place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ...catalogue.acknowledgement import Acknowledgement
from ...traces.findings.finding import Examination
from .alert_history import AlertHistory, read_history, write_history
from .alert_message import Alert, alert_message, alerts_of, heartbeat
from .message import Message
from .receivers import AnyReceiver, Event
from .send import receivers_of_hosts, send_all


@dataclass(frozen=True)
class FindingsRun:
    """A run that looked for traces.

    :ivar finished: in UTC
    """

    playbook: str
    finished: datetime
    examined: Sequence[Examination]


def with_acknowledgements(examined: Examination, acknowledged: Iterable[Acknowledgement], today: date) -> Examination:
    """Return an examination in which the findings that a person has acknowledged say so, as long as it counts."""
    counting = {one.finding: one for one in acknowledged if one.finding and one.until >= today}
    findings = tuple(
        replace(finding, acknowledged=str(counting[finding.id])) if finding.id in counting else finding
        for finding in examined.findings
    )
    return replace(examined, findings=findings)


def tell(run: FindingsRun, settings: Mapping[str, Any], directory: Path) -> list[str]:
    """Tell the receivers of each appliance, and return a sentence for each problem. It takes no longer than the longest time-out.

    :param settings: by appliance, the value of the variable; a receiver gets one message on all appliances that name it, and on no other
    :param directory: of the files that say who was told of what
    """
    if not any(settings.values()):
        return []
    path = directory / f"{run.playbook}.json"
    history, unusable = read_history(path)
    problems: dict[str, None] = {unusable: None} if unusable else {}
    by_name = {one.appliance: one for one in run.examined}
    of_receivers: dict[AnyReceiver, dict[str, Examination]] = {}
    for receivers, names in receivers_of_hosts(settings, problems):
        for receiver in receivers:  # the same receiver in several lists gets one message
            of_receivers.setdefault(receiver, {}).update({name: by_name[name] for name in names if name in by_name})
    deliveries = [
        delivery
        for receiver, own in of_receivers.items()
        for delivery in _deliveries(run, history, receiver, list(own.values()))
    ]
    outcomes = send_all([(receiver, message) for receiver, message, _alerts in deliveries])
    for (receiver, _message, alerts), problem in zip(deliveries, outcomes, strict=True):
        if problem:
            problems[problem] = None
        elif alerts:
            history.note(receiver, alerts, run.finished)
        else:
            history.note_heartbeat(receiver, run.finished)
    history.forget({one.appliance: {alert.id for alert in alerts_of(one)} for one in run.examined}, run.finished)
    unwritten = write_history(path, history)
    return [*problems, *([unwritten] if unwritten else [])]


def _deliveries(
    run: FindingsRun, history: AlertHistory, receiver: AnyReceiver, own: Sequence[Examination]
) -> list[tuple[AnyReceiver, Message, Sequence[Alert]]]:
    """Return what a receiver is to be told; without alerts it is a heartbeat."""
    found: list[tuple[AnyReceiver, Message, Sequence[Alert]]] = []
    due = [
        alert
        for one in own
        for alert in alerts_of(one)
        if alert.event in receiver.on and history.is_due(receiver, alert, run.finished)
    ]
    if due:
        found.append((receiver, alert_message(run.playbook, run.finished, due), due))
    if Event.HEARTBEAT in receiver.on and own and history.is_heartbeat_due(receiver, run.finished):
        found.append((receiver, heartbeat(run.playbook, run.finished, own), ()))
    return found
