# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The indicators of the catalogue for other programs: a bundle of STIX 2.1, and rules of Sigma. Pure.

STIX has words for files, processes and ports, Sigma for lines of logs. Neither has them for permissions, text in files and configuration: those are left
out, and counted.
Identifiers are made of the content (UUID version 5), so that an unchanged indicator stays the same object (STIX 2.1, 2.9; Sigma specification, rules).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from ...catalogue.entry import Entry, Indicator, Level

_NAMESPACE = uuid.UUID("6f1d3c1e-5f0b-5b43-9f0a-0d6f1b1d7a52")
_CREATED = "2026-11-28T00:00:00.000Z"
"""For the objects that have no source with a day: ours, and the weaknesses."""
STIX_KINDS = ("files", "processes", "ports")
SIGMA_KINDS = ("log", "cron")
_TYPES = {Level.COMPROMISE: "compromised", Level.ATTEMPT: "malicious-activity", Level.REVIEW: "anomalous-activity"}
_CONFIDENCE = {Level.COMPROMISE: 85, Level.ATTEMPT: 50, Level.REVIEW: 15}
_SIGMA_LEVELS = {Level.COMPROMISE: "high", Level.ATTEMPT: "medium", Level.REVIEW: "low"}
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_SIMPLE = re.compile(r"[^\[\]%_]*")
"""A pattern of a path that LIKE can say: its own wildcards are not in it, and no set of characters."""


@dataclass(frozen=True)
class Exported:
    """The indicators as other programs read them.

    :ivar bundle: of STIX, as JSON values
    :ivar rules: of Sigma, by file name, as YAML values
    :ivar left_out: the number of indicators of each kind that neither has words for
    """

    bundle: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, Any]]
    left_out: Mapping[str, int]


def exported(entries: Sequence[Entry]) -> Exported:
    """Return the indicators of entries."""
    objects: list[Mapping[str, Any]] = [_identity()]
    rules: dict[str, Mapping[str, Any]] = {}
    left_out: dict[str, int] = {}
    for entry in entries:
        weaknesses = [_weakness(name) for name in entry.identifiers if _CVE.fullmatch(name)]
        with_stix = [one for one in entry.indicators if one.kind in STIX_KINDS]
        if with_stix:
            objects += weaknesses
        for one in with_stix:
            indicator = _stix(entry, one)
            objects.append(indicator)
            objects += [_relation(indicator["id"], weakness["id"], indicator["created"]) for weakness in weaknesses]
        for number, one in enumerate((one for one in entry.indicators if one.kind in SIGMA_KINDS), start=1):
            rules[f"{entry.id}_{number}.yml"] = _sigma(entry, one)
        for one in entry.indicators:
            if one.kind not in (*STIX_KINDS, *SIGMA_KINDS):
                left_out[one.kind] = left_out.get(one.kind, 0) + 1
    unique = {str(one["id"]): one for one in objects}
    bundle = {"type": "bundle", "id": _id("bundle", *sorted(unique)), "objects": list(unique.values())}
    return Exported(bundle, rules, left_out)


# -- STIX -------------------------------------------------------------------------------------------------------------


def _id(kind: str, *parts: str) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, chr(0).join((kind, *parts)))}"


def _object(kind: str, identifier: str, created: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": identifier,
        "created": created,
        "modified": created,
        **more,
    }


def _identity() -> dict[str, Any]:
    return _object("identity", _id("identity", "tourniquet"), _CREATED, name="Tourniquet", identity_class="system")


def _weakness(name: str) -> dict[str, Any]:
    reference = {"source_name": "cve", "external_id": name}
    return _object("vulnerability", _id("vulnerability", name), _CREATED, name=name, external_references=[reference])


def _relation(source: str, target: str, created: str) -> dict[str, Any]:
    identifier = _id("relationship", source, target)
    return _object(
        "relationship", identifier, created, relationship_type="related-to", source_ref=source, target_ref=target
    )


def _stix(entry: Entry, indicator: Indicator) -> dict[str, Any]:
    pattern = " OR ".join(f"[{one}]" for one in _patterns(indicator))
    read = _day(entry, indicator)
    return _object(
        "indicator",
        _id("indicator", entry.id, str(indicator.level), pattern),
        read,
        created_by_ref=_id("identity", "tourniquet"),
        name=f"{entry.id}: {indicator.kind}",
        description=_description(entry, indicator),
        indicator_types=[_TYPES[indicator.level]],
        pattern=pattern,
        pattern_type="stix",
        valid_from=read,
        confidence=_CONFIDENCE[indicator.level],
        external_references=[_reference(entry, indicator)],
    )


def _patterns(indicator: Indicator) -> Iterator[str]:
    for value in indicator.values:
        if indicator.kind == "files":
            directory, _slash, name = value.rpartition("/")
            yield f"{_compared('file:name', name)} AND {_compared('file:parent_directory_ref.path', directory or '/')}"
        elif indicator.kind == "ports":
            yield _port(value)
        elif indicator.is_regex:
            yield f"process:command_line MATCHES {_quoted(value)}"
        else:
            yield f"process:command_line MATCHES {_quoted(re.escape(value))}"


def _compared(attribute: str, pattern: str) -> str:
    """Return a comparison with a pattern of a shell: equal, LIKE, or an expression where LIKE would mean something else."""
    if not any(character in pattern for character in "*?["):
        return f"{attribute} = {_quoted(pattern)}"
    if _SIMPLE.fullmatch(pattern):
        return f"{attribute} LIKE {_quoted(re.sub(r'[*]+', '%', pattern).replace('?', '_'))}"
    return f"{attribute} MATCHES {_quoted(translate(pattern))}"


def _port(value: str) -> str:
    protocol, _slash, numbers = value.partition("/")
    first, _dash, last = numbers.partition("-")
    port = "network-traffic:dst_port"
    range_ = f"{port} >= {int(first)} AND {port} <= {int(last)}" if last else f"{port} = {int(first)}"
    return f"{range_} AND network-traffic:protocols[*] = {_quoted(protocol)}"


def _quoted(text: str) -> str:
    """Return a string of the pattern language (STIX 2.1, 9.2)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _day(entry: Entry, indicator: Indicator) -> str:
    """Return when the source was read, as a time of STIX; a month is its first day."""
    source = entry.sources.get(indicator.source)
    read = source.read if source else ""
    day = read if re.fullmatch(r"\d{4}-\d\d-\d\d", read) else f"{read}-01" if re.fullmatch(r"\d{4}-\d\d", read) else ""
    return f"{day}T00:00:00.000Z" if day else _CREATED


def _description(entry: Entry, indicator: Indicator) -> str:
    about = f" {indicator.about}." if indicator.about else ""
    where = f" In {', '.join(indicator.places)}." if indicator.places else ""
    return f"{entry.title}.{about}{where} Level: {indicator.level}."


def _reference(entry: Entry, indicator: Indicator) -> dict[str, str]:
    """Return the source. Besides its name a reference needs a description or an address (STIX 2.1, 2.5)."""
    source = entry.sources.get(indicator.source)
    if source is None:
        return {"source_name": indicator.source, "description": "the catalogue does not describe it"}
    about = f"read {source.read}" + (f"; licence: {source.licence}" if source.licence else "")
    return {"source_name": source.name, "description": about, **({"url": source.url} if source.url else {})}


# -- Sigma ------------------------------------------------------------------------------------------------------------


def _sigma(entry: Entry, indicator: Indicator) -> dict[str, Any]:
    values = list(indicator.values)
    keywords: Any = {"|re": values} if indicator.is_regex else values
    reference = _reference(entry, indicator)
    return {
        "title": f"NetScaler {entry.id}: {indicator.kind}, {indicator.level}"[:256],
        "id": str(uuid.uuid5(_NAMESPACE, chr(0).join(("sigma", entry.id, str(indicator.level), *values)))),
        "status": "experimental",
        "description": _description(entry, indicator),
        "references": [reference.get("url") or reference["source_name"]],
        "author": "Tourniquet",
        "date": _day(entry, indicator)[:10],
        "tags": [f"cve.{name.removeprefix('CVE-').lower()}" for name in entry.identifiers if _CVE.fullmatch(name)],
        "logsource": _logsource(indicator.places if indicator.kind == "log" else ("/var/log/cron",)),
        "detection": {"keywords": keywords, "condition": "keywords"},
        "falsepositives": ["administrators, scanners and upgrades" if indicator.level is Level.REVIEW else "unknown"],
        "level": _SIGMA_LEVELS[indicator.level],
    }


def _logsource(places: Iterable[str]) -> dict[str, str]:
    names = [place.rpartition("/")[2] for place in places]
    of_web = bool(names) and all(name.startswith("http") for name in names)
    kind = (
        {"category": "webserver"}
        if of_web
        else {"service": names[0].strip("*").removesuffix(".log") if names else "syslog"}
    )
    return {"product": "netscaler", **kind, "definition": f"lines of {', '.join(places) or 'the logs'} of a NetScaler"}
