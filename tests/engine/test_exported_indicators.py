# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The exported indicators have the structure of STIX 2.1 and of Sigma, and none is lost without being counted."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Indicator, Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.exported_indicators import (
    SIGMA_KINDS,
    STIX_KINDS,
    _patterns,
    exported,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.hunt.indicator_files import write_indicators

from tests.hunt_fleet import ENTRIES
from tests.stage.memory import CATALOGUE

MADE = exported(ENTRIES)
OBJECTS: list[Any] = MADE.bundle["objects"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# STIX 2.1: the common properties (3.2), then those that each type must have (4.7, 4.5, 4.14, 5.1).
COMMON = {"type", "spec_version", "id", "created", "modified"}
REQUIRED = {
    "identity": {"name"},
    "indicator": {"pattern", "pattern_type", "valid_from"},
    "vulnerability": {"name"},
    "relationship": {"relationship_type", "source_ref", "target_ref"},
}
INDICATOR_TYPES = {"compromised", "malicious-activity", "anomalous-activity"}
COMPARISON = (
    r"(file:name|file:parent_directory_ref\.path|process:command_line|network-traffic:(dst_port|protocols\[\*\])) "
    r"(=|LIKE|MATCHES|>=|<=) ('(?:\\\\|\\'|[^'\\])*'|\d+)"
)
PATTERN = re.compile(rf"\[{COMPARISON}( AND {COMPARISON})*\]( OR \[{COMPARISON}( AND {COMPARISON})*\])*")


def test_the_bundle_is_one_of_stix() -> None:
    assert MADE.bundle.keys() == {"type", "id", "objects"}
    assert MADE.bundle["type"] == "bundle"
    identifiers = [one["id"] for one in OBJECTS]
    assert len(identifiers) == len(set(identifiers))
    for one in OBJECTS:
        assert COMMON | REQUIRED[one["type"]] <= one.keys(), one["id"]
        kind, _dashes, number = one["id"].partition("--")
        assert (kind, one["spec_version"]) == (one["type"], "2.1")
        assert uuid.UUID(number).version == 5
        assert all(TIME.fullmatch(one[name]) for name in ("created", "modified"))
        assert one["modified"] >= one["created"]
        for name in ("created_by_ref", "source_ref", "target_ref"):
            assert one.get(name, identifiers[0]) in identifiers


def test_each_indicator_has_a_pattern_a_source_and_a_level() -> None:
    indicators = [one for one in OBJECTS if one["type"] == "indicator"]
    assert len(indicators) > 10
    for one in indicators:
        assert PATTERN.fullmatch(one["pattern"]), one["pattern"]
        assert one["pattern_type"] == "stix"
        assert set(one["indicator_types"]) <= INDICATOR_TYPES
        assert 0 < one["confidence"] <= 100
        (reference,) = one["external_references"]
        assert reference["source_name"]
        assert len(reference) > 1
    related = {one["source_ref"] for one in OBJECTS if one["type"] == "relationship"}
    assert related == {one["id"] for one in indicators}


def test_each_rule_is_one_of_sigma() -> None:
    assert MADE.rules
    assert len({rule["id"] for rule in MADE.rules.values()}) == len(MADE.rules)
    for rule in MADE.rules.values():
        assert uuid.UUID(rule["id"])
        assert 0 < len(rule["title"]) <= 256
        assert rule["status"] == "experimental"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", rule["date"])
        assert rule["level"] in ("low", "medium", "high")
        assert all(re.fullmatch(r"cve\.\d{4}-\d{4,}", tag) for tag in rule["tags"])
        assert rule["logsource"]["product"] == "netscaler"
        assert rule["detection"]["condition"] == "keywords"
        keywords = rule["detection"]["keywords"]
        values = keywords["|re"] if isinstance(keywords, dict) else keywords
        assert values
        assert all(isinstance(value, str) for value in values)
        if isinstance(keywords, dict):
            assert all(re.compile(value) for value in values)
        assert rule["falsepositives"]


def test_no_indicator_is_lost_without_being_counted() -> None:
    kinds = Counter(one.kind for entry in ENTRIES for one in entry.indicators)
    patterns = [one["pattern"] for one in OBJECTS if one["type"] == "indicator"]
    values = [value for entry in ENTRIES for one in entry.indicators if one.kind in STIX_KINDS for value in one.values]
    assert sum(
        pattern.count("[file:") + pattern.count("[process:") + pattern.count("[network") for pattern in patterns
    ) == len(values)
    assert len(MADE.rules) == sum(kinds[kind] for kind in SIGMA_KINDS)
    others = {kind: count for kind, count in kinds.items() if kind not in (*STIX_KINDS, *SIGMA_KINDS)}
    assert MADE.left_out == others


@pytest.mark.parametrize(
    ("kind", "value", "pattern"),
    [
        ("files", "/var/tmp/x", "file:name = 'x' AND file:parent_directory_ref.path = '/var/tmp'"),
        ("files", "/var/vpn/*/a?.php", "file:name LIKE 'a_.php' AND file:parent_directory_ref.path LIKE '/var/vpn/%'"),
        ("files", "/x/it's", "file:name = 'it\\'s' AND file:parent_directory_ref.path = '/x'"),
        ("files", "/var/a_*", r"file:name MATCHES '(?s:a_.*)\\Z' AND file:parent_directory_ref.path = '/var'"),
        ("processes", "/var/tmp/", "process:command_line MATCHES '/var/tmp/'"),
        ("ports", "udp/18634", "network-traffic:dst_port = 18634 AND network-traffic:protocols[*] = 'udp'"),
        (
            "ports",
            "tcp/1-9",
            "network-traffic:dst_port >= 1 AND network-traffic:dst_port <= 9 AND network-traffic:protocols[*] = 'tcp'",
        ),
    ],
)
def test_a_pattern_says_what_the_indicator_says(kind: str, value: str, pattern: str) -> None:
    indicator = Indicator(kind, (value,), Level.REVIEW, ("ssh",), "x")
    (found,) = _patterns(indicator)
    assert found.replace(r"\\z", r"\\Z") == pattern  # Python 3.14 writes the end of the text as \z


def test_the_files_are_written_and_the_same_each_time(tmp_path: Path) -> None:
    first = write_indicators(CATALOGUE.parent, tmp_path / "a")
    again = write_indicators(CATALOGUE.parent, tmp_path / "b")
    assert [Path(path).read_bytes() for path in first] == [Path(path).read_bytes() for path in again]
    assert json.loads(Path(first[0]).read_text(encoding="utf-8")) == MADE.bundle
    rules = {
        path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (tmp_path / "a" / "sigma").iterdir()
    }
    assert rules == MADE.rules
    with pytest.raises(Refused, match="Name another directory"):
        write_indicators(CATALOGUE.parent, Path(first[0]) / "x")
