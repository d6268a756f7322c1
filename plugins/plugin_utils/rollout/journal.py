# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollout: which appliances go, in which wave, and whether the next one may go. Pure, but for the files it keeps.

Ansible's own brakes have gaps: an unreachable host slips past ``any_errors_fatal`` (ansible/ansible#82834), percentages count per
batch, ``rescue`` does not run for an unreachable host. So the brake is here: every appliance asks before its first request,
and what counts is the journal, in which an appliance that began and never ended is lost, and a lost one has failed.

A rollout is a directory ``<plans>/<time>-<run>/``: the plans of the appliances, ``rollout.json`` (who goes in which wave),
and ``journal.jsonl`` (what became of each).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import (
    append_privately,
    write_privately,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.plan_file import PlanFile, read_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.options import (
    RolloutOptions,
    require_known,
    waves_of,
)

FORMAT = 1
MANIFEST, JOURNAL = "rollout.json", "journal.jsonl"
# What the journal says of an appliance. The last three are ends.
PLANNED, NOT_PLANNED, UNREACHABLE_IN_PLAN, STARTED = "planned", "not planned", "unreachable in plan", "started"
DONE, FAILED, HELD = "done", "failed", "held"
ENDS = (DONE, FAILED, HELD)
MOST_TEXT = 2000
FIX = "Make the directory writable, or name another one: -e plans=..."

Line = dict[str, str]


@dataclass(frozen=True)
class Absence:
    """Why an appliance cannot go."""

    host: str
    unreachable: bool
    problem: str


@dataclass
class Settlement:
    """What was decided before the first wave.

    :ivar waves: the appliances of each wave
    :ivar nothing_to_do: those that are as they shall be already
    :ivar left_out: those that are missing or were refused, which was accepted
    :ivar in_the_way: likewise, and it was not accepted: nothing may start
    :ivar continues: the earlier rollout that did not come to its end, or ""
    """

    waves: list[list[str]] = field(default_factory=list)
    nothing_to_do: list[str] = field(default_factory=list)
    left_out: list[Absence] = field(default_factory=list)
    in_the_way: list[Absence] = field(default_factory=list)
    continues: str = ""

    @property
    def hosts(self) -> list[str]:
        return [host for wave in self.waves for host in wave]


class RolloutCourse:
    """How a rollout has gone since it was decided: its journal, read once.

    :param manifest: what was decided; None where nothing was yet
    :param lines: the whole journal, oldest first
    """

    def __init__(self, manifest: Mapping[str, Any] | None, lines: Sequence[str]) -> None:
        self.waves: list[list[str]] = list(manifest["waves"]) if manifest else []
        self.max_failed = int(manifest["options"]["max_failed"]) if manifest else 0
        self.bake_seconds = float(manifest["options"]["bake_seconds"]) if manifest else 0.0
        begin = int(manifest["journal_from"]) if manifest else 0
        self.journal = [line for text in lines[begin:] if (line := _parsed(text)) is not None]
        self.last = {line["host"]: line for line in self.journal}
        self.failed: dict[str, str] = {}
        for line in self.journal:
            if line["event"] == FAILED:
                self.failed.setdefault(line["host"], line["text"])  # once failed, failed; the first reason counts
        self.began = {line["host"] for line in self.journal if line["event"] == STARTED}
        self.done = {line["host"] for line in self.journal if line["event"] == DONE} - self.failed.keys()
        self.ended = {line["host"] for line in self.journal if line["event"] in ENDS}

    def wave_of(self, host: str) -> int | None:
        """In which wave an appliance goes, from 0."""
        return next((number for number, wave in enumerate(self.waves) if host in wave), None)

    def lost(self, before: int | None = None) -> dict[str, str]:
        """The appliances that had their turn and came to no end, with the reason.

        :param before: those of the waves before this one, which all had their turn; None: all that are known to have begun
        """
        hosts = [
            host
            for wave in self.waves[:before]
            for host in wave
            if host not in self.ended and (before is not None or host in self.began)
        ]
        return {
            host: "it began and never ended" if host in self.began else "it failed before it was asked anything"
            for host in hosts
        }

    def reason_to_hold(self, wave: int) -> str:
        """Why no appliance of a wave may go now, or ""."""
        reasons = {**self.failed, **self.lost(wave)}
        return self._in_words(reasons) if len(reasons) > self.max_failed else ""

    def _in_words(self, reasons: Mapping[str, str]) -> str:
        count = f"{len(reasons)} failed" + (f", {self.max_failed} may (rollout_max_failed)" if self.max_failed else "")
        return f"{count}: {'; '.join(f'{host}: {text}' for host, text in list(reasons.items())[:3])}"

    def unfinished(self) -> list[str]:
        """The appliances of the waves that did not come to a good end, in their order."""
        return [host for wave in self.waves for host in wave if host not in self.done]

    def not_begun(self) -> dict[str, str]:
        """The appliances that never had their turn, with the reason."""
        # Those behind had no turn, so only who is known to have begun can be the reason.
        reasons = {**self.failed, **self.lost()}
        reason = self._in_words(reasons) if reasons else "not begun"
        return {
            host: self.last[host]["text"] if host in self.last else reason
            for host in self.unfinished()
            if host not in self.began and host not in self.failed
        }

    def bake_until(self, wave: int) -> datetime | None:
        """When the next wave may begin; None where none will, or where this one changed nothing.

        :param wave: the number of the wave that has gone, from 0
        """
        if wave + 1 >= len(self.waves) or self.reason_to_hold(wave + 1):
            return None
        names = set(self.waves[wave])
        changes = (x for x in self.journal if x["host"] in names and x["event"] in (DONE, FAILED) and x["text"])
        last = max((line["time"] for line in changes), default=None)
        if last is None:
            return None
        return datetime.fromtimestamp(datetime.fromisoformat(last).timestamp() + self.bake_seconds, UTC)


class Rollout:
    """The directory of one rollout."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    # -- the plans and the decision -----------------------------------------------------------------------------------

    def plan_of(self, host: str) -> PlanFile | None:
        return read_plan(self.directory, host)

    def settle(
        self,
        hosts: Sequence[str],
        options: RolloutOptions,
        earlier: Rollout | None = None,
        inventory: Iterable[str] = (),
    ) -> Settlement:
        """Decide who goes in which wave.

        :param hosts: all appliances of the run, reachable or not, in the inventory's order
        :param earlier: a rollout of the same measure that stopped; what stopped it goes first
        :param inventory: the appliances that options may name besides, since the inventory has them and this run does not
        :raises InvalidInput: where an option names an appliance that is nowhere
        """
        settlement = Settlement()
        work: list[str] = []
        absent: list[Absence] = []
        told = self.course().last
        nameable = {*hosts, *inventory}
        for host in hosts:
            line = told.get(host, {"event": "", "text": ""})
            # A plan alone says nothing: it may be of an earlier rollout in the same run of ansible-playbook.
            plan = self.plan_of(host) if line["event"] == PLANNED else None
            if plan is None:
                known = line["event"] in (NOT_PLANNED, UNREACHABLE_IN_PLAN)
                text = line["text"] if known else "its worker gave no answer, or another task failed before its plan"
                absent.append(Absence(host, line["event"] == UNREACHABLE_IN_PLAN, text))
            elif plan.nothing_to_do:
                settlement.nothing_to_do.append(host)
            else:
                work.append(host)
        for unreachable, accepted, name in (
            (True, options.accept_unreachable, "accept_unreachable"),
            (False, options.accept_refused, "accept_refused"),
        ):
            missing = [absence for absence in absent if absence.unreachable is unreachable]
            require_known(name, accepted, nameable)
            if isinstance(accepted, int):
                fits = len(missing) <= accepted
                (settlement.left_out if fits else settlement.in_the_way).extend(missing)
            else:
                settlement.left_out += [absence for absence in missing if absence.host in accepted]
                settlement.in_the_way += [absence for absence in missing if absence.host not in accepted]
        if earlier is not None:
            course = earlier.course()
            settlement.continues = earlier.directory.name
            first = {*course.failed, *course.lost()}
            work.sort(key=lambda host: host not in first)
        require_known("rollout_canary", options.canary, nameable)
        settlement.waves = waves_of(work, options)
        return settlement

    def begin(self, settlement: Settlement, options: RolloutOptions, facts: Mapping[str, Any]) -> None:
        """Write down who goes when.

        :param facts: JSON values: verb, measure, run, who, ticket, reason
        :raises InvalidInput: where the directory cannot be written to
        """
        content = {
            "format": FORMAT,
            **facts,
            "decided": datetime.now(UTC).isoformat(timespec="seconds"),
            # One run of ansible-playbook may play several rollouts: what the journal said before belongs to another.
            "journal_from": len(self._lines()),
            "options": asdict(options),
            "waves": [] if settlement.in_the_way else settlement.waves,
            "nothing_to_do": settlement.nothing_to_do,
            "left_out": [asdict(absence) for absence in settlement.left_out],
            "in_the_way": [asdict(absence) for absence in settlement.in_the_way],
            "continues": settlement.continues,
        }
        self.write(MANIFEST, json.dumps(content, indent=1) + "\n")

    def write(self, name: str, text: str) -> None:
        """:raises InvalidInput: where the directory cannot be written to"""
        try:
            write_privately(self.directory / name, text)
        except OSError as error:
            raise InvalidInput(f"{self.directory / name} cannot be written ({error.strerror}). {FIX}") from error

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What was decided; None where nothing was yet.

        :raises InvalidInput: where the file is not what :meth:`begin` writes
        """
        path = self.directory / MANIFEST
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise InvalidInput(f"the rollout {path} cannot be read ({error})") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise InvalidInput(f"{path} is not a rollout of format {FORMAT}")
        return content

    # -- the journal --------------------------------------------------------------------------------------------------

    def note(self, host: str, event: str, text: str = "") -> None:
        """Write down what became of an appliance; one line, whole or not there.

        :param text: the reason of a failure; that something was changed, where it was
        :raises InvalidInput: where it cannot be written
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
        """How it has gone so far.

        :raises InvalidInput: where what was decided cannot be read
        """
        return RolloutCourse(self.manifest, self._lines())

    def _lines(self) -> list[str]:
        try:
            return (self.directory / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InvalidInput(f"the journal {self.directory / JOURNAL} cannot be read ({error.strerror})") from error

    def reason_to_hold(self, host: str, *, only_looks: bool = False) -> str:
        """Why an appliance may not go now, or "".

        :param only_looks: nothing will be written, so who has gone may be looked at again although others failed meanwhile
        :raises InvalidInput: where the rollout was not decided, or the appliance is not part of it
        """
        course = self.course()
        wave = course.wave_of(host)
        if wave is None:
            raise InvalidInput(
                f"{host}: it is in no wave of the rollout {self.directory}, so it is not touched. Run the whole playbook again."
            )
        return "" if only_looks and host in course.done else course.reason_to_hold(wave)


def _parsed(text: str) -> Line | None:
    """A line of the journal; None where a crash tore it: its appliance then has no end, which counts as lost."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    whole = isinstance(line, dict) and all(
        isinstance(line.get(name), str) for name in ("time", "host", "event", "text")
    )
    return line if whole else None


def earlier_rollout(
    plans: Path, current: Path, verb: str, measure: str, hosts: Sequence[str]
) -> tuple[Rollout | None, list[str]]:
    """The last rollout of the same measure by the same verb on any of these appliances, if they did not all come to a good end.

    It decides the order only: each appliance is planned anew. So one that cannot be read (another operator's, in a shared
    directory) stops nothing.

    :returns: it, and the names of those that cannot be read
    :raises InvalidInput: where the directory cannot be listed
    """
    try:
        directories = sorted(path for path in plans.iterdir() if path.is_dir() and path != current)
    except FileNotFoundError:
        directories = []
    except OSError as error:
        raise InvalidInput(f"the plans in {plans} cannot be listed ({error.strerror}). {FIX}") from error
    unreadable: list[str] = []
    ours = set(hosts)
    for directory in reversed(directories):
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
