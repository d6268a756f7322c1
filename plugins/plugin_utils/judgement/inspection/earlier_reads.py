# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that the plan of a run read and that the wave of the same run need not read again (docs/decisions/0079).

They hold where the appliance says that nothing was changed since: the same node and build, everything saved, and the same time of the last change, which
is earlier than the plan. That time has seconds only (NITRO reference, nsconfig), so a change within the second of the plan would not show: such a plan is
read again. Its clock must have gone on since the plan: where it was set back, a later change may have the same time. With everything saved, a restart brings
the same configuration back. What is no configuration is always read again: files, counters, states.

That a node of a pair counts what its peer has changed is not documented. So on a pair configuration holds only where the same node has been primary all the
time, by the time that it has been in its state (NITRO reference, hanode, masterstatetime): then all changes were made on it.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection, is_standalone
from ...appliance.nitro.node_start import CLOCK
from ...appliance.nitro.reading import Reading
from ...appliance.objects.resource_types import COMMITS, TYPES, Attributes, ObjectId
from ...change.planning.plan_file import path_of
from ...change.planning.unsaved_changes import is_changed
from ...foundation.errors import InvalidInput
from ...foundation.private_files import read_privately, write_privately

MOST_AGE = 900.0
"""Seconds. A wave that begins later reads everything again."""
LARGEST = 256 * 1024
"""Characters. Larger answers, such as those of large data sets, are read again."""
OF_THE_BUILD = frozenset({"policyevaluation", "nslicense"})
"""What build, licence and the objects of the rule decide."""
_WITH_COUNTERS = frozenset({"responderpolicy", *COMMITS})
CONFIGURATION = frozenset({"nsfeature", "auditsyslogparams"}) | frozenset(
    type_.nitro_type for name, type_ in TYPES.items() if name not in _WITH_COUNTERS and not type_.of
)
"""The types whose rows are configuration and nothing else."""
SAME_MOMENT = timedelta(seconds=2)
"""How far two statements of the same moment may differ: clock and time in the state have whole seconds, and are read one after the other."""
SHORTEST_IN_STATE, LONGEST_IN_STATE = 10, 20 * 366 * 86400
"""Seconds. A node that became primary less than this before the plan could become primary again, and seem to be so since the same moment."""

Reads = Mapping[str, list[dict[str, Any]]]
Objects = Mapping[str, Mapping[str, dict[ObjectId, Attributes]]]
"""By path and type, the objects that the rows of an answer are."""


@dataclass(frozen=True)
class EarlierReads:
    """Answers by the path of their request, and when they hold.

    :ivar unchanged: what the appliance must still say of itself
    :ivar read_at: seconds since 1970 on the control node, before the first one was read
    :ivar objects: what was made of the answers, so that it is not made again
    :ivar primary_since: of a pair, since when the node has been primary, by its own clock; "" where it is not known, or there is no pair
    """

    unchanged: Mapping[str, str]
    read_at: float
    answers: Reads
    primary_since: str = ""
    objects: Objects = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, reads: Reads, read_at: float) -> EarlierReads | None:
        """Return the answers of a plan that may hold later; None where none can.

        :param reads: all answers to reads of the primary, by path
        :param read_at: seconds since 1970, before the first one was read
        """
        unchanged = _unchanged(connection)
        if unchanged is None or connection.primary.unusable_names:
            return None
        since = _primary_since(connection)
        answers = _of_types(reads, is_standalone(connection.config) or since is not None)
        made = {path: found.objects for path, found in answers.items() if isinstance(found, Reading) and found.objects}
        return cls(unchanged, read_at, answers, since.isoformat() if since else "", made) if answers else None

    def still_hold(self, connection: Connection) -> Reads:
        """Return the answers, if the appliance says that nothing was changed since; otherwise none.

        Of a pair, only what the build decides, unless the same node has been primary since before the plan.
        """
        age = time.time() - self.read_at
        if not 0 <= age <= MOST_AGE or _unchanged(connection) != self.unchanged:
            return {}
        changed, now = _clock(connection)
        is_set_back = now - timedelta(seconds=age) <= changed  # then a later change may have the time of the last one
        if is_set_back:
            return {}
        held = _of_types(self.answers, is_standalone(connection.config) or self._is_primary_since(connection))
        return {path: Reading(rows, dict(self.objects.get(path, {}))) for path, rows in held.items()}

    def _is_primary_since(self, connection: Connection) -> bool:
        """Return True if the node says that it has been primary since the same moment as at the plan."""
        now = _primary_since(connection)
        if now is None or not self.primary_since:
            return False
        return abs(now - datetime.fromisoformat(self.primary_since)) <= SAME_MOMENT

    def write(self, directory: Path, host: str) -> None:
        """Write them beside the plans of a rollout, if they are few enough. Where they cannot be written, the wave reads again."""
        texts = (json.dumps(_values(one)) for one in (self, replace(self, objects={})))
        text = next((text for text in texts if len(text) <= LARGEST), "")
        with contextlib.suppress(OSError, InvalidInput):
            if text:
                write_privately(_path(directory, host), text)

    @classmethod
    def read(cls, directory: Path, host: str) -> EarlierReads | None:
        """Return what :meth:`write` wrote; None where there is nothing, or a file that somebody else could have written."""
        try:
            values = json.loads(read_privately(_path(directory, host)))
            return cls(
                dict(values["unchanged"]),
                float(values["read_at"]),
                dict(values["answers"]),
                _moment(values["primary_since"]),
                {path: _objects(made) for path, made in values.get("objects", {}).items()},
            )
        except (OSError, InvalidInput, ValueError, TypeError, KeyError, AttributeError):
            return None


def _values(reads: EarlierReads) -> dict[str, Any]:
    """Return them as JSON values, in which the id of an object is no key."""
    made = {
        path: {name: [[*id_, own] for id_, own in found.items()] for name, found in of_path.items()}
        for path, of_path in reads.objects.items()
    }
    return {**{one.name: getattr(reads, one.name) for one in fields(reads)}, "objects": made}


def _objects(made: Mapping[str, Any]) -> dict[str, dict[ObjectId, Attributes]]:
    """Return the objects of one answer of their JSON values.

    :raises ValueError, TypeError, AttributeError: where these are none
    """
    found: dict[str, dict[ObjectId, Attributes]] = {}
    for name, objects in made.items():
        found[name] = {(str(type_), tuple(map(str, key))): dict(own) for type_, key, own in objects}
    return found


def _path(directory: Path, host: str) -> Path:
    plan = path_of(directory, host)
    return plan.with_name(plan.name.removesuffix(".json") + ".reads")


def _unchanged(connection: Connection) -> dict[str, str] | None:
    """Return what must be the same for answers to hold; None where the appliance does not say enough, or has unsaved changes."""
    try:
        changed, now = _clock(connection)
    except ValueError:
        return None
    if changed >= now or is_changed(connection.config) is not False:
        return None
    return {"node": str(connection.primary.node), "build": str(connection.build), "changed": connection.changed_at}


def _clock(connection: Connection) -> tuple[datetime, datetime]:
    """Return the time of the last change and the present time, both by the appliance's clock and without a zone.

    :raises ValueError: where the appliance does not say them
    """
    texts = connection.changed_at, str(connection.config.get("currentsytemtime", ""))
    changed, now = (datetime.strptime(text.strip(), CLOCK) for text in texts)  # noqa: DTZ007 -- both come without a zone
    return changed, now


def _primary_since(connection: Connection) -> datetime | None:
    """Return since when the primary of a pair has been in its state, by its clock; None where it does not say, or it is too short to tell."""
    seconds = connection.primary_for
    if is_standalone(connection.config) or seconds is None or not SHORTEST_IN_STATE <= seconds <= LONGEST_IN_STATE:
        return None
    return _clock(connection)[1] - timedelta(seconds=seconds)


def _moment(text: str) -> str:
    """Return a time in ISO form, or "".

    :raises ValueError: where it is neither
    """
    return datetime.fromisoformat(text).isoformat() if text else ""


def _of_types(reads: Reads, with_configuration: bool) -> Reads:
    """Return what may hold of some answers: what the build decides, and the configuration where all changes of it show."""
    usable = OF_THE_BUILD | (CONFIGURATION if with_configuration else frozenset())
    return {path: rows for path, rows in reads.items() if _type_of(path) in usable}


def _type_of(path: str) -> str:
    """Return the NITRO type of the path of a read of configuration; "" of any other."""
    area, _config, rest = path.partition("/nitro/v1/config/")
    return "" if area else rest.partition("?")[0].partition("/")[0]
