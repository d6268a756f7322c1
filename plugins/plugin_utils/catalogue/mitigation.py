# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mitigations of the catalogue: the entries of ``templates/mitigations`` that have a measure, with their traffic.

Verdicts have a date: a rule that mitigated in 2020 may only reduce exposure since the vendor has said how it is bypassed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from ..appliance.nitro.builds import Build, Ineffective
from ..foundation.errors import InvalidInput
from ..foundation.file_stamp import Stamp, stamp
from .bounded_yaml import read_yaml, why_unreadable
from .entry import Entry, MeasureFacts, MeasureForm, Surface
from .entry_file import FILE, entry_ids, load_entry
from .entry_name import named_nearly
from .measure import BuildStatus, Measure, Placement, Weakness
from .measure_traits import RENDERED, Traits
from .priorities import BEFORE_NUMBERS, derived_number
from .traffic import Traffic
from .traffic_file import parse_traffic
from .trains import BuildState, TrainTable

TRAFFIC = "traffic.yml"
FIX_BEHIND = "a fixed version of the software on the servers behind the appliance"
URL_ENTRY = "cve_2026_88774"
"""The entry about rules that look at a URL: they can be bypassed on builds without its fix."""


@dataclass(frozen=True, kw_only=True)
class Mitigation(Measure):
    """A mitigation of the catalogue, with its traffic.

    :ivar trains: affected and fixed builds
    :ivar url_weakness: what the catalogue knows of rules that look at a URL, whatever the entry itself says; None where it has no such entry
    :ivar priority: the number of its bindings where the inventory names none
    :ivar protects_back_ends: the weakness is in the servers behind the appliance, so that no build of the appliance is fixed
    """

    references: tuple[str, ...]
    trains: TrainTable = field(default_factory=TrainTable)
    ineffective: Ineffective = field(default_factory=dict)
    weaknesses: tuple[Weakness, ...] = ()
    url_weakness: Weakness | None = None
    priority: int = BEFORE_NUMBERS
    protects_back_ends: bool = False
    traits: Traits = RENDERED

    def newest_fact(self) -> date | None:
        """Return the date of the newest fact, those that weaken it included."""
        newest = super().newest_fact()
        dates = [weakness.since for weakness in self.weaknesses]
        return max([*dates, newest] if newest else dates, default=None)

    def build_status(self, build: Build, _placements: Sequence[Placement] = ()) -> BuildStatus:
        """Return what a build means. One of which nothing is known is affected."""
        state = BuildState.AFFECTED if self.protects_back_ends else self.trains.state(build)
        if state is BuildState.NOT_AFFECTED:
            return BuildStatus.NOT_AFFECTED
        if state is BuildState.FIXED:
            return BuildStatus.FIXED
        return BuildStatus.INEFFECTIVE if self.ineffective_because(build) else BuildStatus.AFFECTED

    def ineffective_because(self, build: Build, _placements: Sequence[Placement] = ()) -> str:
        ineffective = self.ineffective.get(build.branch)
        return ineffective.reason if ineffective and ineffective.covers(build.number) else ""

    def fix_for(self, build: Build, _placements: Sequence[Placement] = ()) -> str:
        """Return the first build that has its fix, in words."""
        if self.protects_back_ends:
            return FIX_BEHIND
        fixed = self.trains.fixed_build(build)
        if fixed is None:
            return "a release that is still maintained (this one never got a fix)"
        return f"{fixed} or later"

    def fixed_build(self, build: Build) -> Build | None:
        return self.trains.fixed_build(build)

    def upgrade_text(self, builds: Sequence[Build], placements: Sequence[Placement], day: date | None = None) -> str:
        """Return the same of its back ends where the weakness is there."""
        if self.protects_back_ends:
            return self.fix_for(min(builds), placements)
        return super().upgrade_text(builds, placements, day)

    def weakness(self, build: Build, as_of: date) -> Weakness | None:
        return next((weakness for weakness in self.weaknesses if weakness.applies(build, as_of)), None)


class NoSuchEntry(InvalidInput):
    """The catalogue of the run has no entry of this name."""


def load_mitigation(directory: Path) -> Mitigation:
    """Read a mitigation of the catalogue; it is cached until its files change.

    :param directory: holds mitigation.yml and traffic.yml
    :raises InvalidInput: naming the file and the problem
    """
    return _load(directory, stamp(directory / FILE, directory / TRAFFIC))


def measure_of(directory: Path) -> MeasureFacts:
    """Return the facts of the measure of an entry, whatever its form.

    :raises NoSuchEntry: if there is no such entry
    :raises InvalidInput: if it has no measure
    """
    if not (directory / FILE).is_file():
        raise no_such_entry(directory.name, directory.parent)
    entry = load_entry(directory)
    if entry.measure is None:
        raise _without_measure(entry)
    return entry.measure


def no_such_entry(named: str, catalogue: Path, others: Sequence[str] = ()) -> NoSuchEntry:
    """Return the error of a name that no entry has, with the one that may be meant.

    :param others: the measures that are no entries, and may be meant as well
    """
    found = {id_: _readable(catalogue / id_) for id_ in entry_ids(catalogue)}
    known = [id_ for id_, entry in found.items() if entry is None or entry.measure is not None]
    near = named_nearly(named, [*found, *others], {id_: entry.identifiers for id_, entry in found.items() if entry})
    has = f"{'It' if near else 'it'} has: {', '.join(known) or 'none'}"
    return NoSuchEntry(f"there is no mitigation {named!r} in {catalogue}; {f'{near} ' if near else ''}{has}")


def _readable(directory: Path) -> Entry | None:
    """Return an entry; None where it cannot be read."""
    try:
        return load_entry(directory)
    except InvalidInput:
        return None


def priority_of(directory: Path) -> int:
    """Return the number at which an entry is bound where the inventory names none. The checks that follow say what is wrong with an entry."""
    try:
        measure = load_entry(directory).measure
    except InvalidInput:
        measure = None
    return (measure and measure.priority) or derived_number(directory.name)


def _without_measure(entry: Entry) -> InvalidInput:
    return InvalidInput(
        f"{entry.id} has no measure that can be brought in, and status.yml judges it. What helps: {entry.page.helps}"
    )


@lru_cache(maxsize=64)
def _load(directory: Path, _stamp: Stamp) -> Mitigation:
    measure, entry = measure_of(directory), load_entry(directory)
    if measure.form is not MeasureForm.TEMPLATE:
        raise _without_measure(entry)
    path = directory / TRAFFIC
    try:
        traffic = parse_traffic(read_yaml(path), str(path))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: {why_unreadable(error)}") from error
    return replace(mitigation_of(entry, measure, traffic), url_weakness=url_weakness(directory.parent))


def url_weakness(catalogue: Path) -> Weakness | None:
    """Return what a catalogue knows of rules that look at a URL; None where it has no entry about them.

    :raises InvalidInput: if that entry cannot be read
    """
    if not (catalogue / URL_ENTRY / FILE).is_file():
        return None
    return url_weakness_of(load_entry(catalogue / URL_ENTRY))


def url_weakness_of(entry: Entry) -> Weakness:
    """Return what the entry about rules that look at a URL says of such rules."""
    reference = f"{entry.bulletin} ({', '.join(entry.identifiers)})"
    reason = "the vendor says that policies with URL expressions can be bypassed on builds without its fix"
    return Weakness(date.fromisoformat(entry.published), reference, reason, entry.trains)


def entries(catalogue: Path, only: str = "") -> list[str]:
    """Return the ids of the entries of a catalogue that have a measure with a template. One that cannot be read is among them.

    :param only: the id of the one entry to look at; where there is no such entry, all of them are
    """
    ids = entry_ids(catalogue)
    return [id_ for id_ in ([only] if only in ids else ids) if _has_template(catalogue / id_)]


def with_measure(catalogue: Path) -> list[str]:
    """Return the ids of the entries of a catalogue that have a measure of any form, for messages. One that cannot be read is among them."""
    return [id_ for id_ in entry_ids(catalogue) if _has_measure(catalogue / id_)]


def _has_measure(directory: Path) -> bool:
    try:
        return load_entry(directory).measure is not None
    except InvalidInput:
        return True


def entries_of_the_appliance(catalogue: Path) -> list[str]:
    """Return the ids of :func:`entries` but those that protect back ends: who needs these is not known from an appliance."""
    return [id_ for id_ in entries(catalogue) if not _protects_back_ends(catalogue / id_)]


def entries_by_the_vendor(catalogue: Path) -> list[str]:
    """Return the ids of :func:`entries` but those with a stop-gap: nobody needs one who has not asked for it."""
    return [id_ for id_ in entries(catalogue) if not _is_stop_gap(catalogue / id_)]


def stop_gaps(catalogue: Path) -> list[str]:
    """Return the ids of :func:`entries` whose rule is not the vendor's."""
    return [id_ for id_ in entries(catalogue) if _is_stop_gap(catalogue / id_)]


def entries_needed_by_the_appliance(catalogue: Path) -> list[str]:
    """Return the ids that are in :func:`entries_of_the_appliance` and in :func:`entries_by_the_vendor`."""
    by_the_vendor = entries_by_the_vendor(catalogue)
    return [id_ for id_ in entries_of_the_appliance(catalogue) if id_ in by_the_vendor]


def _is_stop_gap(directory: Path) -> bool:
    try:
        return load_entry(directory).is_stop_gap
    except InvalidInput:
        return False  # who uses it says why it cannot be read


def _protects_back_ends(directory: Path) -> bool:
    try:
        return load_entry(directory).surface is Surface.BACK_ENDS
    except InvalidInput:
        return False  # who uses it says why it cannot be read


def _has_template(directory: Path) -> bool:
    if (directory / TRAFFIC).is_file():
        return True
    try:
        measure = load_entry(directory).measure
    except InvalidInput:
        return True
    return measure is not None and measure.form is MeasureForm.TEMPLATE


def mitigation_of(entry: Entry, measure: MeasureFacts, traffic: Traffic) -> Mitigation:
    """Return what is deployed of an entry."""
    return Mitigation(
        id=entry.id,
        title=entry.title,
        current_version=measure.current_version,
        versions=measure.versions,
        references=tuple(source.name for source in entry.sources.values()),
        traffic=traffic,
        trains=entry.trains,
        ineffective=measure.ineffective,
        weaknesses=measure.weaknesses,
        priority=measure.priority or derived_number(entry.id),
        protects_back_ends=entry.surface is Surface.BACK_ENDS,
        exploit_public=entry.exploit.public,
        exploited_since=entry.exploit.exploited_since or entry.exploit.kev,
        exploited_text=entry.used_text(),
        public_text=entry.public_text(),
        vulnerable_answers=measure.vulnerable_answers,
        infected_answers=measure.infected_answers,
        start_up_line=measure.start_up_line,
        features=measure.features,
        stop_gap=entry.sources[measure.stop_gap].name if measure.stop_gap else "",
    )
