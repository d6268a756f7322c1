# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who was told of what, and when: a private file on the control node for each playbook. It has no secret and no text of an appliance.

A file that cannot be used silences nobody: everything is then told again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ...foundation.errors import InvalidInput
from ...foundation.private_files import read_privately, write_privately
from .alert_message import Alert
from .receivers import MOST_HOURS, AnyReceiver, Mail, Syslog, Webhook

SCHEMA = 1
FORGOTTEN_AFTER = timedelta(hours=1)
"""What is not found any more is forgotten after this time, so that what comes and goes is not told in each run."""
_OLDEST = timedelta(hours=MOST_HOURS + 24)
"""What is older is of an appliance that is not looked at any more."""
_EARLY = 0.9
"""The part of the time between two heartbeats after which the next one is sent: runs do not take equally long."""


@dataclass
class AlertHistory:
    """What the receivers were told of.

    :ivar told: by receiver and appliance, the time of each alert by its id
    :ivar heartbeats: by receiver, the time of the last one
    """

    told: dict[str, dict[str, dict[str, datetime]]] = field(default_factory=dict)
    heartbeats: dict[str, datetime] = field(default_factory=dict)

    def is_due(self, receiver: AnyReceiver, alert: Alert, now: datetime) -> bool:
        """Return True if a receiver has not been told of an alert for the time that it wants. A time that is still to come counts for nothing."""
        last = self.told.get(receiver_id(receiver), {}).get(alert.appliance, {}).get(alert.id)
        return last is None or not timedelta(0) <= now - last < timedelta(hours=receiver.repeat_hours)

    def is_heartbeat_due(self, receiver: AnyReceiver, now: datetime) -> bool:
        last = self.heartbeats.get(receiver_id(receiver))
        wait = timedelta(minutes=receiver.heartbeat_minutes) * _EARLY
        return last is None or not timedelta(0) <= now - last < wait

    def note(self, receiver: AnyReceiver, alerts: Iterable[Alert], now: datetime) -> None:
        """Note that a receiver was told."""
        own = self.told.setdefault(receiver_id(receiver), {})
        for alert in alerts:
            own.setdefault(alert.appliance, {})[alert.id] = now

    def note_heartbeat(self, receiver: AnyReceiver, now: datetime) -> None:
        self.heartbeats[receiver_id(receiver)] = now

    def forget(self, present: dict[str, set[str]], now: datetime) -> None:
        """Forget what is not found any more on the appliances of a run, and what is of appliances that nobody looks at any more.

        :param present: by appliance, the ids of its alerts
        """
        for receiver, appliances in self.told.items():
            kept = {
                name: {key: time for key, time in ids.items() if now - time < _limit(key, present.get(name))}
                for name, ids in appliances.items()
            }
            self.told[receiver] = {name: ids for name, ids in kept.items() if ids}

    def to_json(self) -> str:
        """Return it as JSON."""
        told = {
            receiver: {
                name: {key: time.isoformat() for key, time in ids.items()} for name, ids in sorted(appliances.items())
            }
            for receiver, appliances in self.told.items()
        }
        heartbeats = {receiver: time.isoformat() for receiver, time in self.heartbeats.items()}
        return json.dumps({"schema": SCHEMA, "told": told, "heartbeats": heartbeats}, indent=1) + "\n"

    @classmethod
    def of_json(cls, text: str) -> AlertHistory:
        """Return the history of its JSON.

        :raises InvalidInput: where it is none
        """
        try:
            values = json.loads(text)
            if values["schema"] != SCHEMA:
                raise InvalidInput(f"its schema is {values['schema']!r}, not {SCHEMA}")
            told = {
                str(receiver): {
                    str(name): {str(key): _time(time) for key, time in ids.items()} for name, ids in appliances.items()
                }
                for receiver, appliances in values["told"].items()
            }
            return cls(told, {str(receiver): _time(time) for receiver, time in values["heartbeats"].items()})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidInput(f"it is no history of alerts ({type(error).__name__})") from error


def read_history(path: Path) -> tuple[AlertHistory, str]:
    """Return the history of a file, and why it could not be used; "" where it could, or where there is none yet."""
    try:
        return AlertHistory.of_json(read_privately(path)), ""
    except FileNotFoundError:
        return AlertHistory(), ""
    except (OSError, InvalidInput, UnicodeDecodeError) as error:
        return AlertHistory(), f"{path} cannot be used ({error}), so everything is told again. Move it away"


def write_history(path: Path, history: AlertHistory) -> str:
    """Replace the file, and return why it could not be written; "" where it was."""
    try:
        write_privately(path, history.to_json())
    except (OSError, InvalidInput) as error:
        return f"{path} cannot be written ({error}), so the next run tells everything again. Name another directory with -e alerts=DIRECTORY"
    return ""


def receiver_id(receiver: AnyReceiver) -> str:
    """Return what tells receivers apart in the file: a digest, since a URL can hold a secret."""
    match receiver:
        case Webhook():
            target = receiver.url.geturl()
        case Mail():
            target = " ".join((receiver.server, str(receiver.port), *receiver.to))
        case Syslog():
            target = f"{receiver.protocol} {receiver.server} {receiver.port}"
    return hashlib.sha256(f"{type(receiver).__name__} {target}".encode()).hexdigest()[:16]


def _limit(key: str, present: set[str] | None) -> timedelta:
    return _OLDEST if present is None or key in present else FORGOTTEN_AFTER


def _time(text: object) -> datetime:
    time = datetime.fromisoformat(str(text))
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time
