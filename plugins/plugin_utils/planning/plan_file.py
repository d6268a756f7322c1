# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of one appliance as a file that a person reviews, and what has changed since.

A plan file is never executed: who applies it plans again, and the two plans must be the same. Beside ``<host>.json`` stands
``<host>.conf``, the same in the words of ns.conf. Both are refused where they were edited: what was reviewed is what is held to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import write_privately
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import fingerprint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import safe_name

FORMAT = 1
# File names in the directory of a rollout that are not those of an appliance.
RESERVED_NAMES = ("rollout",)
# Beyond this, times in logs and records of different appliances no longer fit together (Kerberos draws the same line).
MOST_CLOCK_SKEW = 300.0
# What must be the same before configuration is even compared.
IDENTITY = ("host", "verb", "measure", "version")


@dataclass(frozen=True)
class PlanFile:
    """What a plan file holds.

    :ivar values: host, verb, measure, version, seal, basis (see :func:`plan.basis_of`), lines, inverse, verdict, conflicts,
        nothing_to_do, neighbours, clock_skew (seconds or None), customer, site ...; JSON values without secrets
    """

    values: Mapping[str, Any]

    @property
    def host(self) -> str:
        return str(self.values["host"])

    @property
    def conflicts(self) -> list[dict[str, str]]:
        return list(self.values["conflicts"])

    @property
    def nothing_to_do(self) -> bool:
        return bool(self.values["nothing_to_do"])

    @property
    def lines(self) -> list[str]:
        return list(self.values["lines"])

    @property
    def clock_skew(self) -> float | None:
        """How many seconds the appliance's clock is ahead of the control node's; None where it is not known."""
        skew = self.values.get("clock_skew")
        return None if skew is None else float(skew)

    def write(self, directory: Path) -> Path:
        """:raises InvalidInput: where the directory cannot be written to"""
        path = path_of(directory, self.host)
        content = {"format": FORMAT, **self.values, "checksum": fingerprint(self.values)}
        try:
            write_privately(conf_of(path), self.text())
            write_privately(path, json.dumps(content) + "\n")
        except OSError as error:
            raise InvalidInput(
                f"{self.host}: the plan cannot be written to {directory} ({error.strerror}). Make the directory writable, or "
                "name another one: -e plans=..."
            ) from error
        return path

    def text(self) -> str:
        """The plan in the words of ns.conf; what is not a command is a comment."""
        values = self.values
        head = [
            f"{self.host}: {values['verb']} {values['measure']} v{values['version']}",
            f"{values['verdict']}" if values["verdict"] else "",
            f"seal {values['seal']}",
            *(f"CONFLICT ({conflict['kind']}): {conflict['message']} {conflict['fix']}" for conflict in self.conflicts),
            *(f"neighbour: {neighbour}" for neighbour in values["neighbours"]),
            *(f"note: {note}" for note in clock_notes(self.clock_skew)),
        ]
        body = [f"# {printable(line)}" for line in head if line]
        body += [printable(line) for line in values["lines"]] or ["# no changes"]
        body += ["# to undo it:"] if values["inverse"] else []
        body += [f"#   {printable(line)}" for line in values["inverse"]]
        return "".join(line + "\n" for line in body)

    def changes_since(self, now: PlanFile) -> list[str]:
        """What is different in a plan that was made later, in words; empty where it is the same plan."""
        for name in IDENTITY:
            if self.values[name] != now.values[name]:
                return [f"the plan is for {name} {self.values[name]}, this run for {now.values[name]}"]
        if self.values["seal"] == now.values["seal"]:
            return []
        old, new = self.values["basis"], now.values["basis"]
        found = _of_features(old["features"], new["features"])
        found += _of_objects(_by_id(old["objects"]), _by_id(new["objects"]))
        if old["steps"] != new["steps"]:
            found += _of_lines(self.lines, now.lines)
        return found or ["the two plans differ in their basis"]


def clock_notes(skew: float | None) -> list[str]:
    """What a person should know of an appliance's clock; nothing where it is about right, or does not tell.

    :param skew: how many seconds it is ahead of the control node's
    """
    if skew is None or abs(skew) <= MOST_CLOCK_SKEW:
        return []
    minutes = round(abs(skew) / 60)
    amount = (
        f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
    )
    return [f"its clock is {amount} {'ahead of' if skew > 0 else 'behind'} the control node's"]


def path_of(directory: Path, host: str) -> Path:
    """The file of an appliance's plan; two appliances never share one, whatever their names are."""
    name = safe_name(host)
    if name != host or name in RESERVED_NAMES:
        name += "-" + hashlib.sha256(host.encode()).hexdigest()[:8]
    return directory / f"{name}.json"


def conf_of(path: Path) -> Path:
    """The file with the same plan in the words of ns.conf. Names may have dots, so no suffix is replaced."""
    return path.with_name(path.name.removesuffix(".json") + ".conf")


def read_plan(directory: Path, host: str) -> PlanFile | None:
    """The plan of an appliance; None where there is none.

    :raises InvalidInput: where the file is no plan of this format, or was edited after it was made
    """
    path = path_of(directory.expanduser(), host)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{host}: the plan {path} cannot be read ({error})") from error
    if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
        raise InvalidInput(f"{host}: {path} is not a plan of format {FORMAT}: make a new one with plan.yml")
    checksum = values.pop("checksum", None)
    if checksum != fingerprint(values) or values["seal"] != fingerprint(values["basis"]):
        raise InvalidInput(f"{host}: the plan {path} was edited after it was made: make a new one with plan.yml")
    if values["host"] != host:
        raise InvalidInput(f"{host}: {path} is the plan of {printable(values['host'])}: make a new one with plan.yml")
    plan = PlanFile(values)
    try:
        reviewed = conf_of(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        reviewed = plan.text()  # the JSON alone is a whole plan
    if reviewed != plan.text():
        raise InvalidInput(
            f"{host}: {conf_of(path)} was edited after it was made. A plan is never executed, so this would change nothing: "
            "make a new one with plan.yml"
        )
    return plan


def _by_id(rows: Sequence[Sequence[Any]]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    return {(type_, *key): attributes for key, type_, attributes in rows}


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
