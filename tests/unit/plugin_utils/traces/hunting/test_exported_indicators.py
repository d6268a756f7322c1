# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an indicator of each kind and level becomes for other programs; tests/engine/test_exported_indicators.py has those of the catalogue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import (
    Indicator,
    Level,
    Source,
    SourceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.exported_indicators import exported

SOURCES = {
    "day": Source("The day", SourceKind.VENDOR, "2026-10-28", "https://example.com/day", "CC0"),
    "month": Source("The month", SourceKind.VENDOR, "2026-09"),
    "year": Source("The year", SourceKind.VENDOR, "2026"),
}
NO_DAY = "2026-11-28T00:00:00.000Z"


def indicator(kind: str = "files", *values: str, level: Level = Level.COMPROMISE, **more: Any) -> Indicator:
    return Indicator(kind, values or ("/var/tmp/x",), level, ("nitro",), more.pop("source", "day"), **more)


def entry(*indicators: Indicator, id_: str = "cve_x", identifiers: tuple[str, ...] = ("CVE-2026-0001", "CTX1")) -> Any:
    return SimpleNamespace(id=id_, title="A title", identifiers=identifiers, sources=SOURCES, indicators=indicators)


def objects(*entries: Any) -> list[Any]:
    found: list[Any] = exported(entries).bundle["objects"]
    return found


def stix(one: Indicator) -> Any:
    (found,) = (each for each in objects(entry(one)) if each["type"] == "indicator")
    return found


def sigma(one: Indicator, **more: Any) -> Any:
    (found,) = exported([entry(one, **more)]).rules.values()
    return found


def test_weaknesses_are_named_only_beside_an_indicator_that_stix_has_words_for() -> None:
    assert [one["type"] for one in objects(entry(indicator()))] == [
        *("identity", "vulnerability", "indicator", "relationship")
    ]
    assert [one["type"] for one in objects(entry(indicator("log")), entry(indicator("content")))] == ["identity"]
    assert [one["type"] for one in objects(entry(indicator(), identifiers=("CTX1", "XCVE-2026-0001")))] == [
        *("identity", "indicator")
    ]
    two = entry(indicator(), indicator("ports", "tcp/1"), identifiers=("CVE-2026-0001", "CVE-2026-00012"))
    kinds = [one["type"] for one in objects(two)]
    assert [kinds.count(kind) for kind in ("vulnerability", "indicator", "relationship")] == [2, 2, 4]
    assert objects(two, two) == objects(two), "what is in two entries is one object"
    links = {(one["source_ref"], one["target_ref"]) for one in objects(two) if one["type"] == "relationship"}
    assert len(links) == 4
    assert {one["relationship_type"] for one in objects(two) if one["type"] == "relationship"} == {"related-to"}


def test_an_unchanged_indicator_stays_the_same_object_and_another_one_is_another() -> None:
    ids = [
        stix(one)["id"]
        for one in (
            indicator(),
            indicator(about="more"),
            indicator(level=Level.REVIEW),
            indicator("files", "/var/tmp/y"),
            indicator("processes", "/var/tmp/x"),
        )
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    bundles = [exported(ones).bundle["id"] for ones in ([entry(indicator())], [entry(indicator("files", "/y"))])]
    assert len({*bundles}) == 2
    rules = [sigma(indicator("log", value, level=level))["id"] for value in "ab" for level in Level]
    assert len({*rules}) == len(rules)


def test_rules_are_numbered_in_their_entry_and_the_rest_is_counted() -> None:
    ones = [indicator("log", "a"), indicator(), indicator("cron", "b"), indicator("content"), indicator("content")]
    made = exported([entry(*ones, indicator("permissions")), entry(indicator("log", "c"), id_="cve_y")])
    assert [*made.rules] == ["cve_x_1.yml", "cve_x_2.yml", "cve_y_1.yml"]
    assert [rule["detection"]["keywords"] for rule in made.rules.values()] == [["a"], ["b"], ["c"]]
    assert made.left_out == {"content": 2, "permissions": 1}


@pytest.mark.parametrize(
    ("level", "type_", "confidence", "sigma_level", "false_positives"),
    [
        (Level.COMPROMISE, "compromised", 85, "high", "unknown"),
        (Level.ATTEMPT, "malicious-activity", 50, "medium", "unknown"),
        (Level.REVIEW, "anomalous-activity", 15, "low", "administrators, scanners and upgrades"),
    ],
)
def test_a_level_is_said_in_the_words_of_each_program(
    level: Level, type_: str, confidence: int, sigma_level: str, false_positives: str
) -> None:
    made, rule = stix(indicator(level=level)), sigma(indicator("log", "a", level=level))
    assert (made["indicator_types"], made["confidence"]) == ([type_], confidence)
    assert (rule["level"], rule["falsepositives"]) == (sigma_level, [false_positives])
    assert rule["title"] == f"NetScaler cve_x: log, {level}"


@pytest.mark.parametrize(
    ("kind", "values", "is_regex", "pattern"),
    [
        (
            "files",
            ("/x", "/a/b"),
            False,
            (
                "[file:name = 'x' AND file:parent_directory_ref.path = '/'] OR "
                "[file:name = 'b' AND file:parent_directory_ref.path = '/a']"
            ),
        ),
        (
            "files",
            ("/**/a**?",),
            False,
            "[file:name LIKE 'a%_' AND file:parent_directory_ref.path LIKE '/%']",
        ),
        (
            "files",
            ("/v/a%*",),
            False,
            r"[file:name MATCHES '(?s:a%.*)\\Z' AND file:parent_directory_ref.path = '/v']",
        ),
        (
            "files",
            ("/v/[ab]",),
            False,
            r"[file:name MATCHES '(?s:[ab])\\Z' AND file:parent_directory_ref.path = '/v']",
        ),
        ("files", ("/v/a_b",), False, "[file:name = 'a_b' AND file:parent_directory_ref.path = '/v']"),
        ("ports", ("tcp/80",), False, "[network-traffic:dst_port = 80 AND network-traffic:protocols[*] = 'tcp']"),
        (
            "ports",
            ("udp/80-90",),
            False,
            "[network-traffic:dst_port >= 80 AND network-traffic:dst_port <= 90 AND network-traffic:protocols[*] = 'udp']",
        ),
        ("processes", ("a.b",), False, r"[process:command_line MATCHES 'a\\.b']"),
        ("processes", ("a.b",), True, "[process:command_line MATCHES 'a.b']"),
    ],
)
def test_a_pattern_of_each_kind(kind: str, values: tuple[str, ...], is_regex: bool, pattern: str) -> None:
    assert stix(indicator(kind, *values, is_regex=is_regex))["pattern"] == pattern


@pytest.mark.parametrize(
    ("source", "day", "reference"),
    [
        (
            "day",
            "2026-10-28T00:00:00.000Z",
            {
                "source_name": "The day",
                "description": "read 2026-10-28; licence: CC0",
                "url": "https://example.com/day",
            },
        ),
        ("month", "2026-09-01T00:00:00.000Z", {"source_name": "The month", "description": "read 2026-09"}),
        ("year", NO_DAY, {"source_name": "The year", "description": "read 2026"}),
        ("gone", NO_DAY, {"source_name": "gone", "description": "the catalogue does not describe it"}),
    ],
)
def test_an_indicator_is_as_old_as_the_reading_of_its_source(source: str, day: str, reference: dict[str, str]) -> None:
    made, rule = stix(indicator(source=source)), sigma(indicator("log", "a", source=source))
    assert (made["created"], made["valid_from"], made["external_references"]) == (day, day, [reference])
    assert (rule["date"], rule["references"]) == (day[:10], [reference.get("url", reference["source_name"])])


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "A title. Level: review."),
        ({"about": "A shell"}, "A title. A shell. Level: review."),
        ({"places": ("/a", "/b")}, "A title. In /a, /b. Level: review."),
        ({"about": "A shell", "places": ("/a",)}, "A title. A shell. In /a. Level: review."),
    ],
)
def test_a_description_says_what_is_known(more: dict[str, Any], text: str) -> None:
    assert stix(indicator(level=Level.REVIEW, **more))["description"] == text


@pytest.mark.parametrize(
    ("kind", "places", "source"),
    [
        ("log", ("/var/log/httpaccess.log*", "/var/log/httperror.log"), {"category": "webserver"}),
        ("log", ("/var/log/httpaccess.log", "/var/log/ns.log"), {"service": "httpaccess"}),
        ("log", ("/var/log/ns.log*",), {"service": "ns"}),
        ("log", (), {"service": "syslog"}),
        ("cron", ("/var/log/httpaccess.log",), {"service": "cron"}),
    ],
)
def test_the_lines_of_a_rule_are_those_of_its_logs(kind: str, places: tuple[str, ...], source: dict[str, str]) -> None:
    found = sigma(indicator(kind, "a", places=places))["logsource"]
    named = ", ".join(places) if kind == "log" else "/var/log/cron"
    assert found == {
        "product": "netscaler",
        **source,
        "definition": f"lines of {named or 'the logs'} of a NetScaler",
    }


def test_a_rule_has_its_expressions_its_weaknesses_and_a_title_that_fits() -> None:
    assert sigma(indicator("log", "a.b", is_regex=True))["detection"] == {
        "keywords": {"|re": ["a.b"]},
        "condition": "keywords",
    }
    assert sigma(indicator("log", "a"))["tags"] == ["cve.2026-0001"]
    assert len(sigma(indicator("log", "a"), id_="x" * 300)["title"]) == 256
