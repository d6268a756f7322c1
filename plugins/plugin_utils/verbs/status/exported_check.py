# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge an exported configuration by every entry of the catalogue, without a connection. Pure.

A file does not tell whether a measure works, so one that is in it is never more than "applied, unproven".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ...appliance.nitro.builds import Build
from ...appliance.objects.nsconf_rows import ROW_TYPES
from ...appliance.objects.nsconf_writer import quote, signed
from ...appliance.objects.ownership import Owner
from ...catalogue.desired_state import parse_document
from ...catalogue.entry import Entry, MeasureForm, Setting, known_on, upgrades_by
from ...catalogue.measure import BuildStatus
from ...catalogue.mitigation import Mitigation, load_mitigation
from ...catalogue.predicates import Leaf, Unknown
from ...catalogue.upgrade import earlier_day
from ...change.planning.planner import State, Target, plan_steps
from ...fleet_sources.exported_configurations import NOT_TOLD, ExportedAppliance
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from ...judgement.proof.catalogue_verdict import (
    GOOD_STATES,
    OPEN_WORDS,
    ApplianceVerdict,
    EntryFacts,
    appliance_verdict,
    entry_verdict,
    state_of,
)
from ...judgement.proof.verdict_table import Verdict, VerdictWord, worst_verdict
from ..deployment.deployment import today
from .exposure import DesiredVersion

RESPONDER = "RESPONDER"
MARKER = "<marker>"
"""What stands in planned lines for the marker, which each host of an inventory has of its own."""
LEFT_TO_THE_APPLIANCE = (
    "what else is bound there, priorities, policies of others and the proof are looked at on the appliance by plan.yml"
)
MISSING = f"a file does not tell: {'; '.join(NOT_TOLD)}"


def check_exported(
    exported: ExportedAppliance, entries: Sequence[Entry], catalogue: Path, as_of: date
) -> ApplianceVerdict:
    """Return the verdicts on a file that could be read.

    :param entries: of the whole catalogue; those of later days than the date of the verdicts do not count
    :param catalogue: the directory of the entries
    """
    builds, now = builds_of(exported), today()
    entries = known_on(entries, earlier_day(as_of, now))
    upgrades = upgrades_by(entries)
    facts = ((entry, replace(_facts(exported, entry, builds, catalogue), upgrades=upgrades)) for entry in entries)
    verdicts = [entry_verdict(entry, found, as_of, today=now) for entry, found in facts]
    return appliance_verdict(verdicts, builds, list(_missing(exported)), upgrades, earlier_day(as_of, now))


def builds_of(exported: ExportedAppliance) -> tuple[Build, ...]:
    """Return the build of the release that saved the file; none where the file does not name it."""
    return (Build.parse(exported.node.build),) if exported.node.build else ()


def _missing(exported: ExportedAppliance) -> Iterator[str]:
    yield MISSING
    yield from exported.gaps
    yield from (f"partition {name}: {why}" for name, why in exported.unread.items())


def _facts(exported: ExportedAppliance, entry: Entry, builds: tuple[Build, ...], catalogue: Path) -> EntryFacts:
    if entry.measure is not None and entry.measure.setting is not None:
        return EntryFacts(builds, exported, can_apply=bool(builds))
    if entry.measure is None or entry.measure.form is not MeasureForm.TEMPLATE:
        return EntryFacts(builds, exported)
    if entry.is_stop_gap and not any(_policies(exported, entry)):
        return EntryFacts(builds, exported)  # what is not the vendor's is advised nowhere
    try:
        mitigation = load_mitigation(catalogue / entry.id)
    except InvalidInput as error:
        return EntryFacts(builds, exported, measure=_verdict(VerdictWord.UNKNOWN, str(error)))
    found = any(_policies(exported, entry))
    return EntryFacts(
        builds,
        exported,
        measure=_of_measure(exported, entry, mitigation, builds),
        in_place=found,
        can_apply=bool(builds) and not entry.is_stop_gap and mitigation.build_status(builds[0]) is BuildStatus.AFFECTED,
    )


def _verdict(word: VerdictWord, reason: str) -> Verdict:
    return worst_verdict([(word, reason)], (), ())


def _of_measure(
    exported: ExportedAppliance, entry: Entry, mitigation: Mitigation, builds: tuple[Build, ...]
) -> Verdict | None:
    """Return what the file shows of the measure of an entry; None where it shows nothing of it."""
    if builds and mitigation.build_status(builds[0]) is BuildStatus.INEFFECTIVE:
        return _verdict(VerdictWord.INEFFECTIVE, f"{builds[0]}: {mitigation.ineffective_because(builds[0])}")
    if not any(_policies(exported, entry)):
        return None
    if state_of(entry, builds) in GOOD_STATES:
        return _verdict(
            VerdictWord.LEFT_BEHIND, f"{exported.node.build} has the fix, and {entry.id} is still in the file"
        )
    idle = _idle(exported, entry)
    if idle:
        partition, reason = next(iter(idle.items()))
        partial = len(idle) < len(exported.configurations)
        where = f"partition {partition}: " if len(exported.configurations) > 1 else ""
        lost = next((file.incomplete for name in idle if (file := exported.configurations[name]).incomplete), "")
        if lost:
            return _verdict(VerdictWord.UNKNOWN, f"{where}{reason} that was read, and {lost}")
        return _verdict(VerdictWord.PARTLY if partial else VerdictWord.EXPOSED, where + reason)
    if entry.is_stop_gap:
        return _verdict(VerdictWord.EXPOSED, "a stop-gap is in the file, which cannot tell whether it works")
    return _verdict(VerdictWord.UNPROVEN, "it is in the file, which cannot tell whether it works")


def _policies(exported: ExportedAppliance, entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the policies of the measure of an entry, each with its partition."""
    owner = Owner(entry.id, 1)
    for partition, file in exported.configurations.items():
        for row in file.rows.get("responderpolicy", ()):
            if owner.owns_name(row["name"]):
                yield partition, row["name"]


def _idle(exported: ExportedAppliance, entry: Entry) -> dict[str, str]:
    """Return by partition why the measure of an entry does nothing there."""
    bound = dict.fromkeys(exported.configurations, False)
    for partition, name in _policies(exported, entry):
        bound[partition] |= name in exported.configurations[partition].bound
    idle = {}
    for partition, is_bound in bound.items():
        if not is_bound:
            idle[partition] = "no policy of the measure is bound"
        elif RESPONDER not in exported.configurations[partition].rows["nsfeature"][0]["feature"].split():
            idle[partition] = f"the feature {RESPONDER} is off"
    return idle


def planned_lines(
    exported: ExportedAppliance, found: ApplianceVerdict, desired: Mapping[str, DesiredVersion]
) -> list[str]:
    """Return the lines that ``apply.yml`` would bring in for each entry that it can stop, with those that undo them.

    :param desired: by entry, the rendered template
    """
    lines: list[str] = []
    for one in found.entries:
        if not one.can_apply or one.verdict.word not in OPEN_WORDS or one.entry.measure is None:
            continue
        if one.entry.measure.setting is not None:
            lines += _lines_of_setting(exported, one.entry.id, one.entry.measure.setting)
        elif one.entry.id in desired:
            lines += _lines_of(exported, one.entry, desired[one.entry.id])
    return [*lines, f"  note: {LEFT_TO_THE_APPLIANCE}"] if lines else ["  apply.yml has nothing to bring in"]


def _lines_of(exported: ExportedAppliance, entry: Entry, desired: DesiredVersion) -> list[str]:
    if any(_policies(exported, entry)):
        return [f"  {entry.id}: something of it is in the file; only the appliance shows what is missing"]
    if desired.problem or not desired.text:
        return [f"  {entry.id}: {desired.problem or 'its desired state was not rendered'}"]
    owner = Owner(entry.id, desired.version or 1)
    document = parse_document(desired.text, owner, where=exported.name)
    features = dict.fromkeys(exported.node.rows["nsfeature"][0]["feature"].split(), True)
    target = Target(document.objects, dict.fromkeys(document.features, True))
    steps = plan_steps(State({}, features), target)
    where = f", in each of the partitions {', '.join(exported.partitions())}" if len(exported.partitions()) > 1 else ""
    return [
        f"  {entry.id} v{owner.version}: {counted(len(steps), 'change')}{where}",
        *(f"  {signed(line)}" for step in steps for line in step.lines()),
        "    undo:",
        *(f"      {line}" for step in reversed(steps) for line in step.inverse.lines()),
    ]


def _lines_of_setting(exported: ExportedAppliance, id_: str, setting: Setting) -> Iterator[str]:
    """Yield the lines that set the attributes of each object which lacks them, partition by partition."""
    type_ = ROW_TYPES[setting.type]
    conditions = setting.where.where if isinstance(setting.where, Leaf) else ()
    yield f"  {id_}: set {', '.join(f'{name} {value}' for name, value in setting.attributes.items())}"
    for partition in exported.configurations:
        rows = exported.rows(setting.type, partition)
        for row in rows.rows if isinstance(rows, Unknown) else rows:
            name = f" {quote(row[type_.places[0]])}" if type_.places else ""
            if not all(condition.holds(row.get(attribute)) for attribute, condition in conditions):
                continue
            for attribute, value in setting.attributes.items():
                before = row.get(attribute, "")
                if before.casefold() != value.casefold():
                    where = f"   (partition {partition})" if len(exported.configurations) > 1 else ""
                    back = (
                        f"set {type_.noun}{name} -{attribute} {quote(before)}"
                        if before
                        else f"unset {type_.noun}{name} -{attribute}"
                    )
                    yield f"  ~ set {type_.noun}{name} -{attribute} {quote(value)}{where}"
                    yield f"    undo: {back}"
