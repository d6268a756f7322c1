# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a rollout on the control node: its decision, its plans and its journal.

Ansible's own limits have gaps: an unreachable host slips past ``any_errors_fatal`` (ansible/ansible#82834), percentages count per batch, and
``rescue`` does not run for an unreachable host. So the limit is here: every appliance asks the rollout before its first request. The journal
decides: an appliance that began and has no end in it is lost, and a lost appliance has failed.

A rollout is a directory ``<plans>/<time>-<run>/``: the plans of the appliances, ``rollout.json`` (the waves), and ``journal.jsonl`` (what became of
each appliance).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...change.planning.plan_file import PlanFile, read_plan
from ...foundation.errors import InvalidInput
from ...foundation.file_stamp import Stamp, stamp
from ...foundation.foreign_text import printable
from ...foundation.private_files import append_privately, read_privately, write_privately
from .followed_journal import FollowedJournal
from .options import RolloutOptions
from .rollout_course import Event, RolloutCourse
from .settlement import Settlement, settle

FORMAT = 1
MANIFEST, JOURNAL = "rollout.json", "journal.jsonl"
PLAN = "plan"
"""The verb of a decision that is only shown."""
MOST_TEXT = 2000
FIX = "Make room there or make it writable, or name another one: -e plans=..."


@dataclass
class _Followed:
    decided: Stamp
    journal: FollowedJournal
    course: RolloutCourse


_FOLLOWED: dict[Path, _Followed] = {}
_LOCK = threading.Lock()


class Rollout:
    """The directory of one rollout."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    # -- the plans and the decision -----------------------------------------------------------------------------------

    def plan_of(self, host: str) -> PlanFile | None:
        """Return the plan of an appliance; None where there is none."""
        return read_plan(self.directory, host)

    def settle(
        self,
        hosts: Sequence[str],
        options: RolloutOptions,
        earlier: Rollout | None = None,
        inventory: Iterable[str] = (),
        *,
        goes_on: bool = False,
        untouched: Collection[str] | None = (),
    ) -> Settlement:
        """Decide which appliances go in which wave; see :func:`settlement.settle`.

        :param hosts: all appliances of the run, reachable or not, in the inventory's order
        :param earlier: a rollout of the same measure that stopped
        :param goes_on: an appliance that cannot go does not keep the others
        :param untouched: see :func:`settlement.settle`
        :raises InvalidInput: where an option names an appliance that the inventory does not have
        """
        plans = {host: self.plan_of(host) for host in hosts}
        before = None if earlier is None else (earlier.directory.name, earlier.course())
        return settle(plans, self.course().last, options, before, inventory, goes_on=goes_on, untouched=untouched)

    def begin(self, settlement: Settlement, options: RolloutOptions, facts: Mapping[str, Any]) -> None:
        """Write the decision down.

        :param facts: JSON values: verb, measure, run, who, ticket, reason
        :raises InvalidInput: where the directory cannot be written
        """
        content = {
            "format": FORMAT,
            **facts,
            "decided": datetime.now(UTC).isoformat(timespec="seconds"),
            # One run of ansible-playbook may hold several rollouts: the lines before this one belong to another.
            "journal_from": len(self._lines()),
            "options": asdict(options),
            "waves": [] if settlement.in_the_way else settlement.waves,
            "nothing_to_do": settlement.nothing_to_do,
            "left_out": [asdict(absence) for absence in settlement.left_out],
            "left_open": [asdict(absence) for absence in settlement.left_open],
            "stays": [asdict(absence) for absence in settlement.stays],
            "in_the_way": [asdict(absence) for absence in settlement.in_the_way],
            "continues": settlement.continues,
        }
        self.write(MANIFEST, json.dumps(content, indent=1) + "\n")

    def write(self, name: str, text: str) -> None:
        """Write a file of the rollout.

        :raises InvalidInput: where the directory cannot be written
        """
        try:
            write_privately(self.directory / name, text)
        except OSError as error:
            raise InvalidInput(f"{self.directory / name} cannot be written ({error.strerror}). {FIX}") from error

    @property
    def manifest(self) -> dict[str, Any] | None:
        """The decision; None before there is one.

        :raises InvalidInput: where the file is not what :meth:`begin` writes
        """
        path = self.directory / MANIFEST
        try:
            content = json.loads(read_privately(path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise InvalidInput(f"the rollout {path} cannot be read ({error})") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise InvalidInput(f"{path} is not a rollout of format {FORMAT}")
        return content

    # -- the journal --------------------------------------------------------------------------------------------------

    def note(self, host: str, event: Event, text: str = "") -> None:
        """Append one line on an appliance to the journal; a crash leaves the whole line or none.

        :param text: the reason of a failure; "changed" where the appliance was changed
        :raises InvalidInput: where the journal cannot be written
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "host": host, "event": event, "text": printable(text)[:MOST_TEXT]}
        try:
            append_privately(self.directory / JOURNAL, json.dumps(line))
        except OSError as error:
            raise InvalidInput(
                f"{host}: the journal {self.directory / JOURNAL} cannot be written ({error.strerror}). {FIX}"
            ) from error

    def course(self) -> RolloutCourse:
        """Return how the rollout has gone so far.

        :raises InvalidInput: where the decision or the journal cannot be read
        """
        return RolloutCourse(self.manifest, self._lines())

    def followed(self) -> RolloutCourse:
        """Return how the rollout has gone so far, as :meth:`course`, for who asks before each appliance or slice.

        A process reads each line of the journal once. What is returned goes on with the next call, so it is not kept.

        :raises InvalidInput: where the decision or the journal cannot be read
        """
        with _LOCK:
            known = _FOLLOWED.get(self.directory)
            decided = stamp(self.directory / MANIFEST)
            if known is None or known.decided != decided or known.journal.was_replaced():
                _FOLLOWED.clear()  # a process works on one rollout at a time
                known = _Followed(decided, FollowedJournal(self.directory / JOURNAL), RolloutCourse(self.manifest, []))
            with self._reading():
                known.course.take(known.journal.new_lines())
            _FOLLOWED[self.directory] = known
            return known.course

    def _lines(self) -> list[str]:
        with self._reading():
            return FollowedJournal(self.directory / JOURNAL).new_lines()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InvalidInput(f"the journal {self.directory / JOURNAL} cannot be read ({error.strerror})") from error

    def reason_to_hold(self, host: str, *, reads_only: bool = False) -> str:
        """Return why an appliance may not go now, or "".

        :param reads_only: nothing will be written, so an appliance that is done may be read again although others have failed since
        :raises InvalidInput: where the waves do not name the appliance
        """
        course = self.followed()
        wave = course.wave_of(host)
        if wave is None:
            raise InvalidInput(
                f"{host}: it is in no wave of the rollout {self.directory}, so it is not touched. Run the whole playbook again."
            )
        return "" if reads_only and host in course.done else course.reason_to_hold(wave)


def earlier_rollout(
    plans: Path, current: Path, verb: str, measure: str, hosts: Sequence[str]
) -> tuple[Rollout | None, list[str]]:
    """Return the last rollout of the same measure by the same verb on any of these appliances, unless all of them are done.

    It only decides the order: each appliance is planned anew. So a directory that cannot be read, such as another operator's in a
    shared directory, stops nothing.

    :returns: the rollout, and the names of the directories that cannot be read
    :raises InvalidInput: where the directory of the plans cannot be listed
    """
    unreadable: list[str] = []
    ours = set(hosts)
    for directory in reversed(_directories(plans, current)):
        rollout = Rollout(directory)
        try:
            manifest = rollout.manifest or {}
            if (manifest.get("verb"), manifest.get("measure")) != (verb, measure):
                continue
            course = rollout.course()
        except InvalidInput:
            unreadable.append(directory.name)
            continue
        if not ours.isdisjoint(host for wave in course.waves for host in wave):
            return (None if ours.isdisjoint(course.unfinished()) else rollout), unreadable
    return None, unreadable


def _directories(plans: Path, current: Path) -> list[Path]:
    try:
        return sorted(path for path in plans.iterdir() if path.is_dir() and path != current)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InvalidInput(f"the plans in {plans} cannot be listed ({error.strerror}). {FIX}") from error


def begun_rollout(decision: Mapping[str, Any]) -> Rollout | None:
    """Return the rollout whose waves begin; None where it was only planned.

    :param decision: the result of the task that has decided
    """
    return None if decision.get("verb") == PLAN else Rollout(Path(decision["directory"]))
