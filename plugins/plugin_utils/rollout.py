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
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.errors import InvalidInput, printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.plan_file import PlanFile, read_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.private_files import (
    append_privately,
    write_privately,
)

FORMAT = 1
MANIFEST, JOURNAL = "rollout.json", "journal.jsonl"
# What the journal says of an appliance. The last three are ends.
NOT_PLANNED, UNREACHABLE_IN_PLAN, STARTED = "not planned", "unreachable in plan", "started"
DONE, FAILED, HELD = "done", "failed", "held"
SHOWN_NAMES = 5


@dataclass(frozen=True)
class Profile:
    """How patient a rollout is.

    :ivar waves: the waves behind the canary, as counts or percentages of the fleet; the last one repeats
    :ivar bake_seconds: how long a wave is watched before the next begins
    """

    waves: tuple[int | str, ...]
    bake_seconds: float


# An emergency waits less; the canary stays.
PROFILES = {"normal": Profile(("10%", "50%", "100%"), 60.0), "emergency": Profile(("25%", "100%"), 10.0)}


@dataclass(frozen=True, kw_only=True)
class RolloutOptions:
    """What an operator says of a rollout.

    :ivar canary: the appliances that go first: how many (int), or their names
    :ivar max_failed: how many may fail, over the whole fleet, before everything stops
    :ivar accept_unreachable: those that may be missing: how many, or their names
    :ivar accept_refused: likewise those whose plan was refused; they are left out
    """

    canary: int | tuple[str, ...] = 1
    waves: tuple[int | str, ...] = PROFILES["normal"].waves
    bake_seconds: float = PROFILES["normal"].bake_seconds
    max_failed: int = 0
    accept_unreachable: int | tuple[str, ...] = 0
    accept_refused: int | tuple[str, ...] = 0

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any]) -> Self:
        """Check the ``rollout_*`` variables, strictly; None means "as the profile says".

        :raises InvalidInput: naming the variable and what it may be
        """
        name = str(variables.get("profile") or "normal")
        if name not in PROFILES:
            raise InvalidInput(f"rollout_profile is {name!r}: choose from {', '.join(PROFILES)}")
        profile = PROFILES[name]
        waves = variables.get("waves")
        bake = variables.get("bake_seconds")
        return cls(
            canary=_number_or_names("rollout_canary", variables.get("canary", 1), least=1),
            waves=profile.waves if waves is None else _waves(waves),
            bake_seconds=profile.bake_seconds if bake is None else _seconds("rollout_bake_seconds", bake),
            max_failed=_number("rollout_max_failed", variables.get("max_failed", 0)),
            accept_unreachable=_number_or_names("accept_unreachable", variables.get("accept_unreachable", 0)),
            accept_refused=_number_or_names("accept_refused", variables.get("accept_refused", 0)),
        )


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


class Rollout:
    """The directory of one rollout."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    # -- the plans and the decision -----------------------------------------------------------------------------------

    def plan_of(self, host: str) -> PlanFile | None:
        return read_plan(self.directory, host)

    def settle(self, hosts: Sequence[str], options: RolloutOptions, earlier: Rollout | None = None) -> Settlement:
        """Decide who goes in which wave.

        :param hosts: all appliances of the run, reachable or not, in the inventory's order
        :param earlier: a rollout of the same measure that stopped; what stopped it goes first
        :raises InvalidInput: where an option names an appliance that is not in the run
        """
        settlement, work, absent = Settlement(), [], []
        told = {h: word for h, word in self._last_words().items() if word[0] in (NOT_PLANNED, UNREACHABLE_IN_PLAN)}
        for host in hosts:
            plan = self.plan_of(host)
            if host in told or plan is None:
                event, text = told.get(host, (NOT_PLANNED, "its worker gave no answer"))
                absent.append(Absence(host, event == UNREACHABLE_IN_PLAN, text))
            elif plan.nothing_to_do:
                settlement.nothing_to_do.append(host)
            else:
                work.append(host)
        for unreachable, accepted, name in (
            (True, options.accept_unreachable, "accept_unreachable"),
            (False, options.accept_refused, "accept_refused"),
        ):
            missing = [absence for absence in absent if absence.unreachable is unreachable]
            _require_known(name, accepted, hosts)
            if isinstance(accepted, int):
                fits = len(missing) <= accepted
                (settlement.left_out if fits else settlement.in_the_way).extend(missing)
            else:
                settlement.left_out += [absence for absence in missing if absence.host in accepted]
                settlement.in_the_way += [absence for absence in missing if absence.host not in accepted]
        if earlier is not None:
            settlement.continues = earlier.directory.name
            first = set(earlier.failed())
            work.sort(key=lambda host: host not in first)
        _require_known("rollout_canary", options.canary, hosts)
        settlement.waves = waves_of(work, options)
        return settlement

    def begin(self, settlement: Settlement, options: RolloutOptions, facts: Mapping[str, Any]) -> None:
        """Write down who goes when.

        :param facts: JSON values: verb, measure, run, who, ticket, reason
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
        write_privately(self.directory / MANIFEST, json.dumps(content, indent=1) + "\n")

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
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        # Short enough to be one write of the operating system.
        line = {"time": now, "host": host, "event": event, "text": printable(text)[:2000]}
        append_privately(self.directory / JOURNAL, json.dumps(line))

    def journal(self) -> list[dict[str, str]]:
        """What became of the appliances since the decision, oldest first: time, host, event, text."""
        manifest = self.manifest
        lines = self._lines()[int(manifest["journal_from"]) if manifest else 0 :]
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def _lines(self) -> list[str]:
        try:
            return (self.directory / JOURNAL).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _last_words(self) -> dict[str, tuple[str, str]]:
        return {line["host"]: (line["event"], line["text"]) for line in self.journal()}

    def failed(self) -> dict[str, str]:
        """The appliances that failed, with the reason; once failed, failed."""
        return {line["host"]: line["text"] for line in self.journal() if line["event"] == FAILED}

    def reason_to_hold(self, host: str) -> str:
        """Why an appliance may not go now, or "".

        :raises InvalidInput: where the rollout was not decided, or the appliance is not part of it
        """
        manifest = self.manifest
        number = wave_number(manifest, host)
        if manifest is None or number is None:
            raise InvalidInput(
                f"{host}: it is in no wave of the rollout {self.directory}, so it is not touched. Run the whole playbook again."
            )
        ends = {line["host"] for line in self.journal() if line["event"] in (DONE, FAILED, HELD)}
        lost = [name for wave in manifest["waves"][:number] for name in wave if name not in ends]
        failed = self.failed()
        most = int(manifest["options"]["max_failed"])
        if len(failed) + len(lost) <= most:
            return ""
        reasons = [f"{name}: {text}" for name, text in failed.items()]
        reasons += [f"{name}: it began and never ended" for name in lost]
        count = f"{len(reasons)} failed" + (f", {most} may (rollout_max_failed)" if most else "")
        return f"{count}: {'; '.join(reasons[:3])}"

    def bake_until(self, wave: int) -> datetime | None:
        """When the wave behind this one may begin; None where there is none, or where this one changed nothing.

        :param wave: its number, from 0
        """
        manifest = self.manifest
        if manifest is None or wave + 1 >= len(manifest["waves"]):
            return None
        names = set(manifest["waves"][wave])
        times = [
            line["time"]
            for line in self.journal()
            if line["host"] in names and line["event"] in (DONE, FAILED) and line["text"]
        ]
        if not times:
            return None
        last = datetime.fromisoformat(max(times)).timestamp() + float(manifest["options"]["bake_seconds"])
        return datetime.fromtimestamp(last, UTC)

    def unfinished(self) -> list[str]:
        """The appliances of the waves that did not come to a good end, in their order."""
        manifest = self.manifest
        done = {line["host"] for line in self.journal() if line["event"] == DONE} - self.failed().keys()
        return [host for wave in (manifest or {}).get("waves", []) for host in wave if host not in done]

    def not_begun(self) -> dict[str, str]:
        """The appliances that never had their turn, with the reason."""
        told = self._last_words()
        waiting = [host for host in self.unfinished() if told.get(host, ("", ""))[0] not in (STARTED, FAILED, DONE)]
        return {host: told[host][1] if host in told else self.reason_to_hold(host) or "not begun" for host in waiting}


def wave_number(manifest: Mapping[str, Any] | None, host: str) -> int | None:
    """In which wave an appliance goes, from 0."""
    waves = (manifest or {}).get("waves", [])
    return next((number for number, wave in enumerate(waves) if host in wave), None)


def earlier_rollout(plans: Path, current: Path, verb: str, measure: str) -> Rollout | None:
    """The last rollout of the same measure by the same verb, if it did not come to its end."""
    directories = (
        sorted(path for path in plans.iterdir() if path.is_dir() and path != current) if plans.is_dir() else []
    )
    for directory in reversed(directories):
        rollout = Rollout(directory)
        manifest = rollout.manifest
        if manifest and (manifest.get("verb"), manifest.get("measure")) == (verb, measure) and manifest["waves"]:
            return rollout if rollout.unfinished() else None
    return None


def waves_of(hosts: Sequence[str], options: RolloutOptions) -> list[list[str]]:
    """The canary, then parts of the fleet as the options say; the last size repeats until all have gone."""
    if not hosts:
        return []
    count, names = (options.canary, ()) if isinstance(options.canary, int) else (1, options.canary)
    canary = [host for host in names if host in hosts] or list(hosts[:count])
    waves, rest = [canary], [host for host in hosts if host not in canary]
    sizes = [_size(size, len(hosts)) for size in options.waves]
    while rest:
        size = sizes[min(len(waves) - 1, len(sizes) - 1)]
        waves.append(rest[:size])
        rest = rest[size:]
    return waves


def _size(size: int | str, fleet: int) -> int:
    return size if isinstance(size, int) else max(1, math.ceil(fleet * float(size.rstrip("%")) / 100))


def names_text(names: Sequence[str]) -> str:
    """A few names in full, many shortened."""
    shown = ", ".join(names[:SHOWN_NAMES])
    return shown if len(names) <= SHOWN_NAMES else f"{shown} and {len(names) - SHOWN_NAMES} more"


def _require_known(variable: str, names: int | tuple[str, ...], hosts: Iterable[str]) -> None:
    unknown = [] if isinstance(names, int) else [name for name in names if name not in set(hosts)]
    if unknown:
        raise InvalidInput(f"{variable} names {', '.join(unknown)}, which this run does not have; see --limit")


def _number(variable: str, value: Any, least: int = 0) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or int(text) < least:
        raise InvalidInput(f"{variable} is {value!r}: write a whole number from {least} on")
    return int(text)


def _seconds(variable: str, value: Any) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds <= 7 * 86400:
        raise InvalidInput(f"{variable} is {value!r}: write seconds, from 0 to {7 * 86400}")
    return seconds


def _number_or_names(variable: str, value: Any, least: int = 0) -> int | tuple[str, ...]:
    """-e gives text: "2", or "gw-a,gw-b"."""
    if isinstance(value, str) and not value.strip().isdecimal():
        value = [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, list):
        if not all(isinstance(name, str) and name for name in value):
            raise InvalidInput(f"{variable} is {value!r}: write a whole number, or a list of names of appliances")
        return tuple(value) if value else least
    return _number(variable, value, least)


def _waves(value: Any) -> tuple[int | str, ...]:
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    waves: list[int | str] = []
    for item in items:
        text = str(item).strip()
        percent = text.removesuffix("%")
        valid = percent.isdecimal() and not isinstance(item, bool) and int(percent) > 0
        if not valid or (text.endswith("%") and int(percent) > 100):
            raise InvalidInput(f"rollout_waves has {item!r}: write counts or percentages such as [1, '10%', '100%']")
        waves.append(text if text.endswith("%") else int(text))
    if not waves:
        raise InvalidInput("rollout_waves is empty: write counts or percentages such as [1, '10%', '100%']")
    return tuple(waves)
