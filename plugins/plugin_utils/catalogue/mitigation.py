# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of the catalogue, from ``templates/mitigations/<id>/mitigation.yml``.

An entry states affected and fixed builds, builds on which the mitigation does not work, and weaknesses with the date of the
vendor's statement. Verdicts have a date: a rule that mitigated in 2020 may only reduce exposure today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import FEATURES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import (
    BuildStatus,
    Measure,
    Placement,
    Version,
    Weakness,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_file import parse_traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.file_stamp import Stamp, stamp
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.builds import (
    RESPONDER_AT_GATEWAYS,
    Build,
    Ineffective,
    IneffectiveBuilds,
    pair,
)

# libyaml's loader, where PyYAML was built with it, takes a tenth of the time.
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Number = tuple[int, int]


_ADD_LOG_ACTION = ["add", "audit", "messageaction"]


@dataclass(frozen=True, kw_only=True)
class Mitigation(Measure):
    """A mitigation of the catalogue, with its traffic.

    :ivar fixed: by branch the first fixed build
    """

    references: tuple[str, ...]
    fixed: Mapping[Number, Number] = field(default_factory=dict)
    ineffective: Ineffective = field(default_factory=dict)
    weaknesses: tuple[Weakness, ...] = ()

    setting_types: ClassVar[tuple[str, ...]] = ("auditsyslogparams",)

    def depends_on_build(self) -> bool:
        return True

    def newest_fact(self) -> date | None:
        """Return the date of the newest fact, those that weaken it included."""
        newest = super().newest_fact()
        dates = [weakness.since for weakness in self.weaknesses]
        return max([*dates, newest] if newest else dates, default=None)

    def build_status(self, build: Build, _placements: Sequence[Placement] = ()) -> BuildStatus:
        """Return what a build means. A branch older than all fixed ones never got a fix; a newer one was released with it."""
        fixed = self.fixed.get(build.branch)
        if fixed is None:
            newest = max(self.fixed, default=None)
            return BuildStatus.NOT_AFFECTED if newest is None or build.branch > newest else BuildStatus.AFFECTED
        if build.number >= fixed:
            return BuildStatus.FIXED
        return BuildStatus.INEFFECTIVE if self.ineffective_because(build) else BuildStatus.AFFECTED

    def ineffective_because(self, build: Build, _placements: Sequence[Placement] = ()) -> str:
        ineffective = self.ineffective.get(build.branch)
        return ineffective.reason if ineffective and ineffective.covers(build.number) else ""

    def fix_for(self, build: Build, _placements: Sequence[Placement] = ()) -> str:
        """Return the build that an administrator should install, in words."""
        fixed = self.fixed.get(build.branch)
        if fixed is None:
            return "a release that is still maintained (this one never got a fix)"
        return f"{build.branch_text} {fixed[0]}.{fixed[1]} or later"

    def users_of_setting(self, _setting: ObjectId, text: str, owner: Owner) -> str:
        """Return, in words, the log actions of others, which write only as long as user-defined audit logging is on."""
        lines = (line.split() for line in text.splitlines())
        names = [
            words[3].strip('"')
            for words in lines
            if [word.lower() for word in words[:3]] == _ADD_LOG_ACTION and words[3:]
        ]
        others = sorted({name for name in names if not owner.owns_name(name)})
        return f"log actions of others need it ({', '.join(others[:5])})" if others else ""

    def weakness(self, build: Build, as_of: date) -> Weakness | None:
        return next((weakness for weakness in self.weaknesses if weakness.applies(build, as_of)), None)


def load_mitigation(directory: Path) -> Mitigation:
    """Read a mitigation of the catalogue; it is cached until its files change.

    :param directory: holds mitigation.yml and traffic.yml
    :raises InvalidInput: naming the file and the problem
    """
    return _load(directory, stamp(directory / "mitigation.yml", directory / "traffic.yml"))


@lru_cache(maxsize=4)
def _load(directory: Path, _stamp: Stamp) -> Mitigation:
    path = directory / "mitigation.yml"
    if not path.is_file():
        known = entries(directory.parent)
        raise InvalidInput(
            f"there is no mitigation {directory.name!r} in {directory.parent}; it has: {', '.join(known) or 'none'}"
        )
    try:
        facts = _read_yaml(path)
        traffic_path = directory / "traffic.yml"
        traffic = parse_traffic(_read_yaml(traffic_path), str(traffic_path))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidInput(f"{directory}: {error}") from error
    try:
        return _mitigation(directory.name, facts, traffic)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInput(f"{path}: {type(error).__name__}: {error}") from error


def entries(catalogue: Path) -> list[str]:
    """Return the ids of the mitigations in a catalogue."""
    return sorted(entry.parent.name for entry in catalogue.glob("*/mitigation.yml"))


class _Loader(_SAFE_LOADER):  # type: ignore[misc]
    """Refuses a key that is there twice: YAML's loaders keep the last one, and lose a header or a list of attacks silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen = set()
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is there twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader


def _mitigation(id_: str, facts: Mapping[str, Any], traffic: Traffic) -> Mitigation:
    if facts["id"] != id_:
        raise InvalidInput(f"the mitigation in {id_!r} says that its id is {facts['id']!r}")
    builds = facts.get("builds") or {}
    versions = {
        int(number): Version(str(entry["summary"]), _date(entry["advised"]), entry.get("supersedes"))
        for number, entry in facts["versions"].items()
    }
    current = facts["current_version"]
    if current not in versions:
        raise InvalidInput(f"{id_}: current_version is {current!r}, which versions does not have")
    answers = facts.get("answers") or {}
    return Mitigation(
        id=id_,
        title=facts["title"],
        current_version=current,
        versions=versions,
        references=tuple(facts.get("references") or ()),
        traffic=traffic,
        fixed={pair(branch): pair(number) for branch, number in (builds.get("fixed") or {}).items()},
        ineffective=_ineffective(builds.get("ineffective") or {}),
        weaknesses=tuple(
            Weakness(
                since=_date(entry["since"]),
                reference=entry["reference"],
                reason=entry["reason"],
                fixed={pair(branch): pair(number) for branch, number in (entry.get("fixed") or {}).items()},
            )
            for entry in facts.get("weaknesses") or ()
        ),
        exploit_public=_date(facts["exploit_public"]) if facts.get("exploit_public") else None,
        vulnerable_answers=tuple(answers.get("vulnerable") or ()),
        infected_answers=tuple(answers.get("infected") or ()),
        start_up_line=facts.get("start_up_line", ""),
        features=_features(id_, facts.get("features", ["RESPONDER"])),
    )


def _features(id_: str, value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not FEATURES.issuperset(map(str, value)):
        raise InvalidInput(f"{id_}: features is {value!r}: write a list of NITRO's features, such as [RESPONDER]")
    return frozenset(map(str, value))


def _date(value: Any) -> date:
    if type(value) is not date:  # pylint: disable=unidiomatic-typecheck
        raise InvalidInput(f"{value!r} is not a date: write it as 2020-01-10")
    return value


def _ineffective(value: Any) -> Ineffective:
    """:param value: the name of a known defect, or builds by branch"""
    if value == "responder_at_gateways":
        return RESPONDER_AT_GATEWAYS
    return {
        pair(branch): IneffectiveBuilds(
            works_on=frozenset(pair(number) for number in entry.get("works_on", ())),
            works_from=pair(entry["works_from"]),
            reason=entry["reason"],
        )
        for branch, entry in value.items()
    }
