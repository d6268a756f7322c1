# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An entry of the catalogue: one weakness, with what is known of it. Pure data; entry_file reads it.

An entry may have a measure, and most have none. What is deployed is a :class:`Mitigation` (module mitigation), made of an entry with a template.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from ..appliance.nitro.builds import Build, Ineffective
from .measure import Version, Weakness
from .predicates import Answer, Attribute, Configuration, Predicate, Truth, holds
from .trains import BuildRange, BuildState, Train, TrainTable, covered
from .upgrade import FixedBuilds, Upgrades, is_published


class SourceKind(StrEnum):
    VENDOR = "vendor"
    SECONDARY = "secondary"
    COMMUNITY = "community"


class Surface(StrEnum):
    """The addresses at which a weakness is reached."""

    GATEWAY = "gateway"
    MANAGEMENT = "management"
    VIRTUAL_SERVERS = "virtual_servers"
    BACK_ENDS = "back_ends"


class Level(StrEnum):
    """What an indicator means where it is found."""

    COMPROMISE = "compromise"
    ATTEMPT = "attempt"
    REVIEW = "review"


class MeasureForm(StrEnum):
    """How a measure is brought in: by a template, by a setting of existing objects, or by a policy that the vendor hands out."""

    TEMPLATE = "template"
    SETTING = "setting"
    SUPPLIED = "supplied"


@dataclass(frozen=True)
class Source:
    """A document.

    :ivar read: the day on which it was read, or the month, as text: 2026-11-28 or 2026-10
    """

    name: str
    kind: SourceKind
    read: str
    url: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Conflict:
    """Sources that disagree.

    :ivar readings: by the key of the source, what it says
    :ivar used: the reading that is used: the safer one
    """

    about: str
    readings: Mapping[str, str] = field(hash=False)
    used: str = ""


@dataclass(frozen=True)
class Exploit:
    """Days on which a weakness became worse; None where it is not known.

    :ivar public: an exploit was public
    :ivar exploited_since: the first known use
    :ivar kev: it was put on CISA's list of known exploited vulnerabilities
    :ivar kev_due: the day until which US authorities had to act
    :ivar by: by the name of one of these days, the source of the entry that says it
    :ivar is_month: of the first known use the source names the month only; its first day counts
    """

    public: date | None = None
    exploited_since: date | None = None
    kev: date | None = None
    kev_due: date | None = None
    by: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_month: bool = False

    def used_since(self) -> str:
        """Return the day or the month of the first known use, as its source says it; "" where none is known."""
        return str(self.exploited_since or "")[: len("2026-10") if self.is_month else None]

    def known_on(self, day: date) -> Exploit:
        """Return the same without what became known after a day."""
        kev = self.kev if self.kev and self.kev <= day else None
        return Exploit(
            public=self.public if self.public and self.public <= day else None,
            exploited_since=self.exploited_since if self.exploited_since and self.exploited_since <= day else None,
            kev=kev,
            kev_due=self.kev_due if kev else None,
            by=self.by,
            is_month=self.is_month,
        )

    def earliest(self) -> date | None:
        """Return the first of the days that are known."""
        return min((day for day in (self.public, self.exploited_since, self.kev) if day), default=None)


@dataclass(frozen=True)
class FirstSign:
    """What the first known day of the exploitation is the day of, in words: an exploit was public, it was used, or CISA listed it.

    :ivar was: as a clause of the past, behind "before"
    :ivar since: the same, in front of the day
    :ivar when: the day, or the month where its source names no day, with who says it; "" where it is not known
    """

    was: str = "the exploit was public"
    since: str = "the exploit is public since"
    when: str = ""


_FIRST_SIGNS = {
    "exploited_since": ("it was exploited", "exploited since"),
    "public": ("the exploit was public", "the exploit is public since"),
    "kev": ("CISA listed it as exploited", "on CISA's list of exploited vulnerabilities since"),
}
"""By the name of the day; of the same day the worse one is told."""


@dataclass(frozen=True)
class Page:
    """Five plain sentences."""

    what: str
    whom: str
    helps: str
    does_not_help: str
    after_the_fix: str


@dataclass(frozen=True)
class Case:
    """A precondition on some builds.

    :ivar builds: the builds for which it counts; empty for all
    """

    when: Predicate
    builds: tuple[BuildRange, ...] = ()


@dataclass(frozen=True)
class Setting:
    """Attributes that are set on each object of a type.

    :ivar where: the conditions of the objects, as a predicate over the type; None for all
    :ivar needed_on_fixed_builds: a build with the fix needs it too
    """

    type: str
    attributes: Mapping[str, str] = field(hash=False)
    where: Predicate | None = None
    per_partition: bool = False
    needed_on_fixed_builds: bool = False


@dataclass(frozen=True)
class Supplied:
    """A policy whose expression the vendor hands out himself.

    :ivar at: the types of virtual servers; it must be bound at each of them
    :ivar recognised_by: texts that its expression has, as published by others
    """

    type: str
    bind_points: tuple[str, ...]
    at: tuple[str, ...]
    recognised_by: tuple[str, ...]


@dataclass(frozen=True)
class VersionPlace:
    """Where a version of a measure acts.

    :ivar bind_points: in words, such as "responder global REQ_OVERRIDE"
    :ivar reboot: what the vendor says about a reboot; "" for nothing
    """

    bind_points: tuple[str, ...] = ()
    reboot: str = ""


@dataclass(frozen=True, kw_only=True)
class MeasureFacts:
    """The measure of an entry.

    :ivar places: by version
    :ivar priority: the number of its bindings, which no other entry has; None if the entry names none
    :ivar ineffective: the builds on which it has no effect
    :ivar weaknesses: later findings by which it can be bypassed
    :ivar start_up_line: its node-local half, a line of /nsconfig/rc.netscaler; "" if it has none
    :ivar stop_gap: the source that published what it stops, where the vendor has no rule; "" for a rule of the vendor
    """

    form: MeasureForm
    current_version: int
    versions: Mapping[int, Version] = field(hash=False)
    places: Mapping[int, VersionPlace] = field(hash=False)
    priority: int | None = None
    setting: Setting | None = None
    supplied: Supplied | None = None
    ineffective: Ineffective = field(default_factory=dict, hash=False)
    weaknesses: tuple[Weakness, ...] = ()
    vulnerable_answers: tuple[str, ...] = ()
    infected_answers: tuple[str, ...] = ()
    start_up_line: str = ""
    features: frozenset[str] = frozenset({"RESPONDER"})
    stop_gap: str = ""


@dataclass(frozen=True)
class Kill:
    """Sessions that are ended once all nodes run the fix.

    :ivar types: NITRO types with ?action=kill
    """

    types: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Clear:
    """Tables that are cleared once all nodes run the fix: NITRO types with ?action=clear."""

    types: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class SetAfterFix:
    setting: Setting
    source: str


@dataclass(frozen=True)
class Do:
    """What a person does."""

    text: str
    source: str


ActionAfterFix = Kill | Clear | SetAfterFix | Do


@dataclass(frozen=True)
class Recommended:
    """The build of a train that is better than the first fixed one."""

    number: tuple[int, int]
    because: str
    source: str


@dataclass(frozen=True)
class VendorList:
    """What the vendor's Global Deny List may stop, which NetScaler Console delivers.

    :ivar builds: on which it may
    :ivar version: the first one that has a rule; 0 where no source says it
    """

    builds: tuple[BuildRange, ...]
    version: int
    source: str

    def concerns(self, builds: Collection[Build]) -> bool:
        """Return True if the list may stop the weakness on each of the builds."""
        return bool(builds) and all(covered(self.builds, build) for build in builds)


@dataclass(frozen=True)
class Breakage:
    """What the upgrade breaks.

    :ivar when: the configuration that it breaks; None for all
    :ivar instead: what to do before the upgrade
    """

    what: str
    instead: str
    source: str
    when: Predicate | None = None


@dataclass(frozen=True)
class Indicator:
    """A trace to look for.

    :ivar kind: files, content, permissions, cron, processes, ports, log or configuration
    :ivar values: paths (files), patterns (content, cron, processes, log), ports, or one line (permissions)
    :ivar is_regex: the values are regular expressions over the bytes of a line, in the subset of :mod:`linear_pattern`; otherwise texts
    :ivar places: the paths in which to look; * and ** as in a shell
    :ivar excepts: paths in them that a clean appliance has
    :ivar seen_by: nitro, ssh, outside
    """

    kind: str
    values: tuple[str, ...]
    level: Level
    seen_by: tuple[str, ...]
    source: str
    places: tuple[str, ...] = ()
    configuration: Predicate | None = None
    is_regex: bool = False
    about: str = ""
    excepts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of the catalogue.

    :ivar revision: of what is known; a published revision is never edited
    :ivar sources: by the key that other fields name
    :ivar unknown: what no source says, in words
    :ivar trains: affected and fixed builds
    :ivar preconditions: in order; the first one whose builds cover a build counts
    :ivar retire: what must hold before a measure may go
    """

    id: str
    revision: int
    title: str
    identifiers: tuple[str, ...]
    severity: str
    cvss: float | None
    bulletin: str
    published: str
    surface: Surface
    sources: Mapping[str, Source]
    conflicts: tuple[Conflict, ...] = ()
    unknown: tuple[str, ...] = ()
    trains: TrainTable = field(default_factory=TrainTable)
    preconditions: tuple[Case, ...]
    exploit: Exploit = field(default_factory=Exploit)
    page: Page
    measure: MeasureFacts | None = None
    after_the_fix: tuple[ActionAfterFix, ...] = ()
    recommended: Mapping[Train, Recommended] = field(default_factory=dict)
    vendor_list: VendorList | None = None
    upgrade_breaks: tuple[Breakage, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    retire: tuple[str, ...] = ()

    def build_state(self, build: Build) -> BuildState:
        """Return what a build means; see :meth:`TrainTable.state`."""
        return self.trains.state(build)

    def precondition_holds(self, build: Build, configuration: Configuration) -> Answer:
        """Return whether the configuration has what the weakness needs on a build."""
        for case in self.preconditions:
            if not case.builds or covered(case.builds, build):
                return holds(case.when, configuration)
        return Answer(Truth.UNKNOWN, (f"no source says which configurations are affected on {build}",))

    @property
    def is_stop_gap(self) -> bool:
        """Return True if what can be brought in is no rule of the vendor, so that it ends no exposure, and only who asks for it gets it."""
        return self.measure is not None and bool(self.measure.stop_gap)

    def settings_on_fixed_builds(self) -> tuple[Setting, ...]:
        """Return the settings that a build with the fix needs too: without them its precondition counts there as well."""
        actions = [action.setting for action in self.after_the_fix if isinstance(action, SetAfterFix)]
        return tuple(setting for setting in actions if setting.needed_on_fixed_builds)

    def known_on(self, day: date) -> Entry:
        """Return the same without its exploitation and the findings after a day."""
        measure = self.measure
        if measure is not None:
            measure = replace(measure, weaknesses=tuple(one for one in measure.weaknesses if one.since <= day))
        return replace(self, exploit=self.exploit.known_on(day), measure=measure)

    def said_by(self, day: date, *names: str) -> str:
        """Return who says a day of the exploitation, to be put behind it: the vendor, or somebody who reported it; "" where the entry does not say.

        :param names: what the day is told as; a source of another day of the same date said something else. Nothing for any of them
        """
        for sign in names or ("exploited_since", "public", "kev"):
            source = self.sources.get(self.exploit.by.get(sign, ""))
            if getattr(self.exploit, sign) == day and source is not None:
                name = source.name.partition(" (")[0]  # what it says beside that stands in the list of sources
                return " (by the vendor)" if source.kind is SourceKind.VENDOR else f" (reported by {name})"
        return ""

    def first_sign(self) -> FirstSign:
        """Return what the first known day of its exploitation is the day of, and who says it."""
        exploit = self.exploit
        day = exploit.earliest()
        name = next((name for name in _FIRST_SIGNS if day is not None and getattr(exploit, name) == day), None)
        if day is None or name is None:
            return FirstSign()
        shown = exploit.used_since() if name == "exploited_since" else str(day)
        return FirstSign(*_FIRST_SIGNS[name], shown + self.said_by(day, name))

    def public_text(self) -> str:
        """Return since when an exploit is public, as a clause with who says it; "" where none is known."""
        public = self.exploit.public
        return f"exploit public since {public}{self.said_by(public, 'public')}" if public is not None else ""

    def used_text(self) -> str:
        """Return since when it is used, as a clause with who says it: the first known use, else CISA's list; "" where neither is known."""
        used, kev = self.exploit.exploited_since, self.exploit.kev
        if used is not None:
            return f"exploited since {self.exploit.used_since()}{self.said_by(used, 'exploited_since')}"
        return f"on CISA's list of exploited vulnerabilities since {kev}" if kev is not None else ""

    def newest_fact(self) -> date | None:
        """Return the day of the newest fact; None where no fact has a day."""
        days = [self.exploit.public, self.exploit.exploited_since, self.exploit.kev]
        if self.measure is not None and not self.is_stop_gap:  # a rule of others is nothing new of the weakness
            days += [version.advised for version in self.measure.versions.values()]
            days += [weakness.since for weakness in self.measure.weaknesses]
        if len(self.published) == len("2026-10-09"):
            days.append(date.fromisoformat(self.published))
        return max((day for day in days if day), default=None)

    def fixed_builds(self) -> FixedBuilds:
        """Return what it says of builds to upgrade to."""
        recommended = {train: better.number for train, better in self.recommended.items()}
        exploited = min((day for day in (self.exploit.exploited_since, self.exploit.kev) if day), default=None)
        return FixedBuilds(self.id, self.published, self.trains, recommended, exploited)

    def types(self) -> frozenset[str]:
        """Return the NITRO types that must be read for its preconditions."""
        return frozenset[str]().union(*(case.when.types() for case in self.preconditions))

    def can_be_closed(self) -> bool:
        """Return True if switching off all VIPs can end it: of one at any virtual server, only where its entry says what of a configuration is attacked."""
        if self.surface is Surface.VIRTUAL_SERVERS:
            return bool(self.types())
        return self.surface is not Surface.MANAGEMENT

    def attributes(self) -> frozenset[Attribute]:
        """Return the attributes on which its preconditions set conditions."""
        return frozenset[Attribute]().union(*(case.when.attributes() for case in self.preconditions))


def known_on(entries: Iterable[Entry], day: date | None) -> tuple[Entry, ...]:
    """Return the entries that were published by a day, as they were known then; all of them where there is none."""
    if day is None:
        return tuple(entries)
    return tuple(entry.known_on(day) for entry in entries if is_published(entry.published, day))


def upgrades_by(entries: Iterable[Entry]) -> Upgrades:
    """Return what decides which build to upgrade to, by these entries."""
    return Upgrades(tuple(entry.fixed_builds() for entry in entries))
