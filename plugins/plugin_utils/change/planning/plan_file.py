# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of one appliance as a file for review, and its comparison with a later plan.

A plan file is not executed: an apply plans again, and the two plans must be the same. ``<host>.conf`` beside ``<host>.json`` is the same
plan as lines of ns.conf. A file that was edited is refused, because it is not the plan that was made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.next_action import Command, advice
from ...foundation.private_files import read_privately, write_privately
from ...foundation.protection_change import Phase, ProtectionChange
from ..records.records_folder import unique_name
from .planner import fingerprint

FORMAT = 1
# File names in the directory of a rollout that no appliance may have.
RESERVED_NAMES = ("rollout",)
# Seconds. Beyond this, times in logs and records of different appliances cannot be compared (the limit of Kerberos, too).
MOST_CLOCK_SKEW = 300.0
APPROVALS = "approvals"
"""The value that says which approvals the inventory demands; in the basis, the digests of the demand and of the list of allowed signers."""
UNDOES = "undoes"
"""The value of an undo: the ids of the runs that it undoes."""
CLOCK, COPIES = "clock", "copies"
"""The values of a plan in a job of an execution node: the time that the appliance showed (seconds since 1970), when ``clock_skew`` was found, and the
names of the copies of records that were there; None where that is not known."""
SEEN = (CLOCK, COPIES)
# The values that must be equal before the configuration is compared.
IDENTITY = ("host", "verb", "measure", "version")
_PLAN = Command("plan", is_of_measure=True)


@dataclass(frozen=True)
class PlanFile:
    """The content of a plan file.

    :ivar values: host, verb, measure, version, seal, basis (see :func:`planner.basis_of`), lines, inverse, verdict, conflicts,
        nothing_to_do, neighbours, foreseen and takes_away (of an apply), unmatched and not_agreed (of a lockdown or a reopening), stays_open (of a closing),
        clock_skew (seconds or None), ticket, customer, site, approvals (those that the inventory demands), undoes (of an undo, the ids of the runs),
        impact (of a closing: whom it hits, by customer) ...; JSON values without secrets
    """

    values: Mapping[str, Any]

    @property
    def host(self) -> str:
        return str(self.values["host"])

    @property
    def conflicts(self) -> list[dict[str, str]]:
        return list(self.values["conflicts"])

    @property
    def foreseen(self) -> list[str]:
        """List what the run would end with besides a proven and saved measure, as sentences."""
        return list(self.values.get("foreseen", ()))

    @property
    def takes_away(self) -> list[str]:
        """List the services from which the run takes protection away."""
        return list(self.values.get("takes_away", ()))

    @property
    def nothing_to_do(self) -> bool:
        return bool(self.values["nothing_to_do"])

    @property
    def unmatched(self) -> list[str] | None:
        """The requested VIPs and admin partitions that the appliance does not have; None where none can be requested, or it was not read."""
        names = self.values.get("unmatched")
        return None if names is None else list(names)

    @property
    def not_agreed(self) -> list[str]:
        """List what stays open because its customer has not agreed to a closing, as sentences."""
        return list(self.values.get("not_agreed", ()))

    @property
    def stays_open(self) -> list[str]:
        """List what is in scope of a closing and its step cannot close, as sentences: names, "STAYS OPEN:" and the reason."""
        return list(self.values.get("stays_open", ()))

    @property
    def impact(self) -> list[dict[str, Any]]:
        """Whom a closing hits, a row for each customer; empty for other verbs."""
        return list(self.values.get("impact", ()))

    @property
    def lines(self) -> list[str]:
        return list(self.values["lines"])

    @property
    def clock_skew(self) -> float | None:
        """By how many seconds the appliance's clock is ahead of the control node's; None where it is not known."""
        skew = self.values.get("clock_skew")
        return None if skew is None else float(skew)

    def write(self, directory: Path) -> Path:
        """Write both files of the plan.

        :raises InvalidInput: where the directory cannot be written to
        """
        path = path_of(directory, self.host)
        content = {"format": FORMAT, **self.values, "checksum": fingerprint(self.values)}
        try:
            write_privately(conf_of(path), self.text())
            write_privately(path, json.dumps(content) + "\n")
        except OSError as error:
            raise InvalidInput(
                f"{self.host}: the plan cannot be written to {directory} ({error.strerror}). Make room there or make it writable, or "
                "name another one: -e plans=..."
            ) from error
        return path

    def text(self) -> str:
        """Return the plan as lines of ns.conf; everything else is a comment."""
        values = self.values
        head = [
            f"{self.host}: {values['verb']} {values['measure']} v{values['version']}",
            f"{values['verdict']}" if values["verdict"] else "",
            f"seal {values['seal']}",
            *(f"CONFLICT ({conflict['kind']}): {conflict['message']} {conflict['fix']}" for conflict in self.conflicts),
            *self.not_agreed,
            *self.stays_open,
            *([str(ProtectionChange.of_services(Phase.PLANNED, self.takes_away))] if self.takes_away else []),
            *(f"foreseen: {text}" for text in self.foreseen),
            *(f"neighbour: {neighbour}" for neighbour in values["neighbours"]),
            *(f"note: {note}" for note in clock_notes(self.clock_skew)),
        ]
        body = [f"# {printable(line)}" for line in head if line]
        body += [printable(line) for line in values["lines"]] or ["# no changes"]
        body += ["# to undo it:"] if values["inverse"] else []
        body += [f"#   {printable(line)}" for line in values["inverse"]]
        return "".join(line + "\n" for line in body)

    def changes_since(self, now: PlanFile) -> list[str]:
        """Return the differences of a plan that was made later, as sentences; none where it is the same plan."""
        for name in IDENTITY:
            if self.values[name] != now.values[name]:
                return [f"the plan is for {name} {self.values[name]}, this run for {now.values[name]}"]
        if self.values["seal"] == now.values["seal"]:
            return []
        old, new = self._under_the_ticket_of(now).values["basis"], now.values["basis"]
        found = self._ticket_of_another_run(now)
        found += _of_approvals(old.get(APPROVALS) or {}, new.get(APPROVALS) or {})
        found += _of_features(old["features"], new["features"])
        found += _of_objects(_by_id(old["objects"]), _by_id(new["objects"]))
        if old["steps"] != new["steps"]:
            found += _of_lines(self._under_the_ticket_of(now).lines, now.lines)
        return found or ["the two plans differ in their basis"]

    def is_of_another_run(self, now: PlanFile) -> bool:
        """Return True if a later plan differs in what it is asked for alone, such as its ticket: nothing has changed on the appliance."""
        if any(self.values[name] != now.values[name] for name in IDENTITY):
            return True
        other_ticket = bool(self._ticket_of_another_run(now))
        return other_ticket and self._under_the_ticket_of(now).values["basis"] == now.values["basis"]

    def _ticket_of_another_run(self, now: PlanFile) -> list[str]:
        old, new = (str(one.values.get("ticket", "")) for one in (self, now))
        return [f"the plan is for {_ticket(old)}, this run for {_ticket(new)}"] if old != new else []

    def _under_the_ticket_of(self, now: PlanFile) -> PlanFile:
        """Return the plan as its steps would be under the ticket of another run: the comments of our objects name it."""
        old, new = (_comment(one.values) for one in (self, now))
        steps = json.loads(json.dumps(self.values["basis"]["steps"]).replace(json.dumps(old), json.dumps(new)))
        lines = [line.replace(f'"{old}"', f'"{new}"') for line in self.lines]
        return PlanFile({**self.values, "basis": {**self.values["basis"], "steps": steps}, "lines": lines})


def clock_notes(skew: float | None) -> list[str]:
    """Return a note on an appliance's clock; none where it is about right or not known.

    :param skew: by how many seconds it is ahead of the control node's
    """
    if skew is None or abs(skew) <= MOST_CLOCK_SKEW:
        return []
    minutes = round(abs(skew) / 60)
    amount = (
        f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
    )
    return [f"its clock is {amount} {'ahead of' if skew > 0 else 'behind'} the control node's"]


def path_of(directory: Path, host: str) -> Path:
    """Return the file of an appliance's plan; each name has a file of its own."""
    name = unique_name(host)
    if name in RESERVED_NAMES:
        name += "-" + hashlib.sha256(host.encode()).hexdigest()[:8]
    return directory / f"{name}.json"


def conf_of(path: Path) -> Path:
    """Return the file with the same plan as lines of ns.conf. Names may have dots, so no suffix is replaced."""
    return path.with_name(path.name.removesuffix(".json") + ".conf")


def read_plan(directory: Path, host: str) -> PlanFile | None:
    """Return the plan of an appliance; None where there is none.

    :raises InvalidInput: where the file is not a plan of this format, was edited after it was made, or could be written by somebody else
    """
    path = path_of(directory.expanduser(), host)
    try:
        text = read_privately(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{host}: the plan {path} cannot be read ({error})") from error
    plan = parse_plan(text, host, str(path))
    try:
        reviewed = read_privately(conf_of(path), errors="replace")
    except OSError:
        reviewed = plan.text()  # the JSON alone is a whole plan
    if reviewed != plan.text():
        raise InvalidInput(
            advice(
                f"{host}: {conf_of(path)} was edited after it was made. A plan is never executed, so this would change nothing: "
                "make a new one with plan.yml",
                _PLAN,
            )
        )
    return plan


def parse_plan(text: str, host: str, where: str) -> PlanFile:
    """Return the plan of an appliance from the content of its file.

    :param where: the name of the file, for messages
    :raises InvalidInput: where it is not a plan of this format and this appliance, or was edited after it was made
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{host}: the plan {where} cannot be read ({error})") from error
    if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
        raise InvalidInput(
            advice(f"{host}: {where} is not a plan of format {FORMAT}: make a new one with plan.yml", _PLAN)
        )
    checksum = values.pop("checksum", None)
    if checksum != fingerprint(values) or values["seal"] != fingerprint(values["basis"]):
        raise InvalidInput(
            advice(f"{host}: the plan {where} was edited after it was made: make a new one with plan.yml", _PLAN)
        )
    if values["host"] != host:
        raise InvalidInput(
            advice(f"{host}: {where} is the plan of {printable(values['host'])}: make a new one with plan.yml", _PLAN)
        )
    return PlanFile(values)


def _ticket(text: str) -> str:
    return f"the ticket {text}" if text else "no ticket"


def _comment(values: Mapping[str, Any]) -> str:
    """Return how the comments of our objects begin in a plan; see :class:`.Owner`."""
    ticket = str(values.get("ticket", ""))
    return f"tourniquet {values['measure']} v{values['version']}" + (f" {ticket}" if ticket else "")


def _by_id(rows: Sequence[Sequence[Any]]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    return {(type_, *key): attributes for key, type_, attributes in rows}


def _of_approvals(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    words = {"demand": "the demand for approvals", "list": "the list of allowed signers"}
    return [f"{words[name]} is another one now" for name in words if old.get(name) != new.get(name)]


def _of_features(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    # The basis has the features that are on; one that is not named is off.
    words = {True: "on", False: "off"}
    return [
        f"the feature {name} was {words[bool(old.get(name))]} and is {words[bool(new.get(name))]}"
        for name in sorted({*old, *new})
        if bool(old.get(name)) != bool(new.get(name))
    ]


def _of_objects(
    old: Mapping[tuple[str, ...], Mapping[str, Any]], new: Mapping[tuple[str, ...], Mapping[str, Any]]
) -> list[str]:
    found = []
    for object_id in sorted({*old, *new}):
        name, before, after = " ".join(object_id), old.get(object_id), new.get(object_id)
        if before is None:
            found.append(f"{name} is there now")
        elif after is None:
            found.append(f"{name} is gone")
        else:
            found += [
                f"{name}: {attribute} was {before.get(attribute)!r} and is {after.get(attribute)!r}"
                for attribute in sorted({*before, *after})
                if before.get(attribute) != after.get(attribute)
            ]
    return [printable(text) for text in found]


def _of_lines(old: Sequence[str], new: Sequence[str]) -> list[str]:
    gone = [f"no longer needed: {line}" for line in old if line not in new]
    return gone + [f"needed as well: {line}" for line in new if line not in old]
