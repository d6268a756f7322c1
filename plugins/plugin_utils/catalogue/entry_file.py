# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reader of ``mitigation.yml``: bounded YAML, checked by the schema, and what no schema can say checked here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ..appliance.nitro.builds import RESPONDER_AT_GATEWAYS, Ineffective, IneffectiveBuilds, pair
from ..foundation.errors import InvalidInput
from ..foundation.file_stamp import Stamp, stamp
from ..foundation.linear_pattern import LinearPattern
from . import entry_schema
from .bounded_yaml import read_yaml, why_unreadable
from .entry import (
    ActionAfterFix,
    Breakage,
    Case,
    Clear,
    Conflict,
    Do,
    Entry,
    Exploit,
    Indicator,
    Kill,
    Level,
    MeasureFacts,
    MeasureForm,
    Page,
    Recommended,
    SetAfterFix,
    Setting,
    Source,
    SourceKind,
    Supplied,
    Surface,
    VendorList,
    VersionPlace,
)
from .measure import Version, Weakness
from .predicates import Predicate, parse_predicate
from .shapes import to_date
from .trains import Train, number_in, parse_ranges, parse_table, parse_trains

FILE = "mitigation.yml"
TEMPLATE = re.compile(r"v([0-9]{1,3})\.yml\.j2")


def entry_ids(catalogue: Path) -> list[str]:
    """Return the ids of all entries of a catalogue, also of those without a measure."""
    return sorted(path.parent.name for path in catalogue.glob(f"*/{FILE}"))


def load_entry(directory: Path) -> Entry:
    """Read an entry of the catalogue; it is cached until its file changes.

    :raises InvalidInput: naming the file, the field and what is expected
    """
    return _load(directory, stamp(directory / FILE))


def load_catalogue(directory: Path) -> tuple[Entry, ...]:
    """Return all entries of a catalogue.

    :raises InvalidInput: where one of them is wrong, or there is none
    """
    entries = tuple(load_entry(directory / id_) for id_ in entry_ids(directory))
    if not entries:
        raise InvalidInput(f"the catalogue {directory} has no entry: name another one in catalogue_directory")
    return entries


def readable_entries(directory: Path) -> Iterator[Entry]:
    """Yield the entries of a catalogue that can be read: one that cannot is refused by the run that judges by it, and keeps no other run from its own."""
    for id_ in entry_ids(directory):
        with suppress(InvalidInput):
            yield load_entry(directory / id_)


@lru_cache(maxsize=256)
def _load(directory: Path, _stamp: Stamp) -> Entry:
    path = directory / FILE
    try:
        content = read_yaml(path)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: {why_unreadable(error)}") from error
    try:
        return parse_entry(directory.name, content)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error


def parse_entry(id_: str, content: Any) -> Entry:
    """Return the entry of the content of its file.

    :param id_: the name of its directory
    :raises InvalidInput: naming the field and what is expected
    """
    entry_schema.ENTRY.check(content, "the entry")
    if content["id"] != id_:
        raise InvalidInput(f"the entry in {id_!r} says that its id is {content['id']!r}")
    _check_sources(content)
    severity, bulletin, measure = content["severity"], content["bulletin"], content.get("measure")
    return Entry(
        id=id_,
        revision=content["revision"],
        title=content["title"],
        identifiers=tuple(content["identifiers"]),
        severity=severity["level"],
        cvss=severity.get("cvss"),
        bulletin=bulletin["id"],
        published=bulletin["published"],
        surface=Surface(content["surface"]),
        sources={key: _source(given) for key, given in content["sources"].items()},
        conflicts=tuple(Conflict(**given) for given in content.get("conflicts", ())),
        unknown=tuple(content.get("unknown", ())),
        trains=parse_table(content.get("trains", {})),
        preconditions=tuple(
            Case(parse_predicate(case["when"]), parse_ranges(case.get("builds", {})))
            for case in content["preconditions"]
        ),
        exploit=_exploit(content.get("exploit", {})),
        page=Page(**content["page"]),
        measure=_measure(id_, measure) if measure else None,
        after_the_fix=tuple(map(_action, content.get("after_the_fix", ()))),
        recommended=dict(_recommended(content.get("recommended", {}))),
        vendor_list=_vendor_list(content["vendor_list"]) if "vendor_list" in content else None,
        upgrade_breaks=tuple(
            Breakage(given["what"], given["instead"], given["source"], _predicate(given.get("when")))
            for given in content.get("upgrade_breaks", ())
        ),
        indicators=tuple(map(_indicator, content.get("indicators", ()))),
        retire=tuple(content.get("retire", ())),
    )


def _check_sources(content: Mapping[str, Any]) -> None:
    """Check that each source that a field names is there."""
    named = [
        *(
            given["source"]
            for name in ("after_the_fix", "upgrade_breaks", "indicators")
            for given in content.get(name, ())
        ),
        *(given["source"] for given in content.get("recommended", {}).values()),
        *(content[name]["source"] for name in ("vendor_list",) if name in content),
        *(key for given in content.get("conflicts", ()) for key in given["readings"]),
        *content.get("exploit", {}).get("by", {}).values(),
        *content.get("measure", {}).get("stop_gap", {}).values(),
    ]
    for key in named:
        if key not in content["sources"]:
            known = ", ".join(content["sources"])
            raise InvalidInput(f"{content['id']}: the source {key!r} is not in sources; these are: {known}")


def _source(given: Mapping[str, Any]) -> Source:
    return Source(
        given["name"], SourceKind(given["kind"]), given["read"], given.get("url", ""), given.get("licence", "")
    )


def _exploit(given: Mapping[str, Any]) -> Exploit:
    days = {name: to_date(day, month=True) for name, day in given.items() if name != "by"}
    return Exploit(
        **days, by=given.get("by", {}), is_month=len(str(given.get("exploited_since", ""))) == len("2026-10")
    )


def _predicate(given: Any) -> Predicate | None:
    return parse_predicate(given) if given else None


def _recommended(given: Mapping[str, Any]) -> Iterator[tuple[Train, Recommended]]:
    for text, one in given.items():
        for train in parse_trains(text):
            yield train, Recommended(number_in(train, one["build"]), one["because"], one["source"])


def _vendor_list(given: Mapping[str, Any]) -> VendorList:
    return VendorList(parse_ranges(given["builds"]), given.get("version", 0), given["source"])


# -- the measure -------------------------------------------------------------------------------------------------------


def _measure(id_: str, given: Mapping[str, Any]) -> MeasureFacts:
    versions = {
        number: Version(one["summary"], to_date(one["advised"]), one.get("supersedes"))
        for number, one in given["versions"].items()
    }
    current, form = given["current_version"], MeasureForm(given["form"])
    if current not in versions:
        raise InvalidInput(f"{id_}: measure: current_version is {current!r}, which versions does not have")
    for own in (MeasureForm.SETTING, MeasureForm.SUPPLIED):
        if (own.value in given) is not (form is own):
            raise InvalidInput(f"{id_}: measure: a measure of the form {own} has {own}, and no other has it")
    if "stop_gap" in given and form is not MeasureForm.TEMPLATE:
        raise InvalidInput(
            f"{id_}: measure: a stop-gap is a rule of the form template, whose traffic shows what it stops"
        )
    answers = given.get("answers", {})
    return MeasureFacts(
        form=form,
        current_version=current,
        versions=versions,
        places={
            number: VersionPlace(tuple(one.get("bind_points", ())), one.get("reboot", ""))
            for number, one in given["versions"].items()
        },
        priority=given.get("priority"),
        setting=_setting(given["setting"]) if "setting" in given else None,
        supplied=_supplied(given["supplied"]) if "supplied" in given else None,
        ineffective=_ineffective(given.get("ineffective", {})),
        weaknesses=tuple(map(_weakness, given.get("weaknesses", ()))),
        vulnerable_answers=tuple(answers.get("vulnerable", ())),
        infected_answers=tuple(answers.get("infected", ())),
        start_up_line=given.get("start_up_line", ""),
        features=frozenset(given.get("features", ["RESPONDER"])),
        stop_gap=given.get("stop_gap", {}).get("source", ""),
    )


def _setting(given: Mapping[str, Any]) -> Setting:
    type_, attributes = given["type"], given["attributes"]
    for name in attributes:
        if name not in entry_schema.SETTABLE[type_]:
            known = ", ".join(sorted(entry_schema.SETTABLE[type_]))
            raise InvalidInput(f"an entry may not set {name} of {type_}; it may set {known}")
    where = parse_predicate({"type": type_, "where": given["where"]}) if "where" in given else None
    return Setting(
        type_, attributes, where, given.get("per_partition", False), given.get("needed_on_fixed_builds", False)
    )


def _supplied(given: Mapping[str, Any]) -> Supplied:
    return Supplied(given["type"], tuple(given["bind_points"]), tuple(given["at"]), tuple(given["recognised_by"]))


def _weakness(given: Mapping[str, Any]) -> Weakness:
    fixed = parse_table({text: {"fixed": number} for text, number in given.get("fixed", {}).items()})
    return Weakness(to_date(given["since"]), given["reference"], given["reason"], fixed)


def _ineffective(given: Any) -> Ineffective:
    """:param given: the name of a known defect, or builds by branch"""
    if given == "responder_at_gateways":
        return RESPONDER_AT_GATEWAYS
    return {
        pair(branch): IneffectiveBuilds(
            works_on=frozenset(pair(number) for number in one.get("works_on", ())),
            works_from=pair(one["works_from"]),
            reason=one["reason"],
        )
        for branch, one in given.items()
    }


# -- after the fix, and the hunt ---------------------------------------------------------------------------------------


def _action(given: Mapping[str, Any]) -> ActionAfterFix:
    source = given["source"]
    if "kill" in given:
        return Kill(tuple(given["kill"]), source)
    if "clear" in given:
        return Clear(tuple(given["clear"]), source)
    if "set" in given:
        return SetAfterFix(_setting(given["set"]), source)
    return Do(given["do"], source)


def _indicator(given: Mapping[str, Any]) -> Indicator:
    kind = next(name for name in entry_schema.INDICATORS if name in given)
    value = given[kind]
    is_predicate = kind == "configuration"
    if given.get("match") == "regex":
        for pattern in value:
            _check_regex(pattern)
    return Indicator(
        kind=kind,
        values=() if is_predicate else tuple(value) if isinstance(value, list) else (value,),
        level=Level(given["level"]),
        seen_by=tuple(given["seen_by"]),
        source=given["source"],
        places=tuple(given.get("in", ())),
        configuration=parse_predicate(value) if is_predicate else None,
        is_regex=given.get("match") == "regex",
        about=given.get("about", ""),
        excepts=tuple(given.get("except", ())),
    )


def _check_regex(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidInput(f"indicators: {pattern!r} is no regular expression of Python: {error}") from error
    LinearPattern(pattern.strip())
