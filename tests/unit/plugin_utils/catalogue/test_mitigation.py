# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue: what a build means for a mitigation, and since when."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    BuildStatus,
    Mitigation,
    load_mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests import catalogue_entries

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
TRAFFIC = "attacks: [{id: a, url: /x, probe: true}]\nlegitimate: [{id: l, url: /, probe: true}]\n"
VERSIONS = {
    1: {"summary": "one", "advised": date(2020, 1, 1)},
    2: {"summary": "two", "advised": date(2020, 1, 2), "supersedes": 1},
}
MEASURE: dict[str, Any] = {"form": "template", "current_version": 2, "versions": VERSIONS}
FACTS: dict[str, Any] = {"id": "demo", **catalogue_entries.FACTS, "measure": MEASURE}


@pytest.fixture(scope="module")
def cve() -> Mitigation:
    return load_mitigation(CATALOGUE / "cve_2019_19781")


@pytest.mark.parametrize(
    ("build", "status"),
    [
        # Affected and fixed, per branch (bulletin CTX267027; Nessus plugin 132397).
        ("10.1 135.8", "AFFECTED"),
        ("10.5 70.11", "AFFECTED"),
        ("10.5 70.12", "FIXED"),
        ("11.1 63.9", "AFFECTED"),
        ("11.1 63.15", "FIXED"),
        ("12.0 63.12", "AFFECTED"),
        ("12.0 63.13", "FIXED"),
        ("13.0 9.10", "AFFECTED"),
        ("13.0 47.22", "AFFECTED"),
        ("13.0 41.28", "AFFECTED"),
        ("13.0 47.23", "AFFECTED"),
        ("13.0 47.24", "FIXED"),
        ("13.0 58.32", "FIXED"),
        ("13.0 100.1", "FIXED"),
        # The branch 12.1, whose list is not monotonic (corrections, B).
        ("12.1 48.13", "INEFFECTIVE"),
        ("12.1 50.28", "INEFFECTIVE"),
        ("12.1 50.30", "INEFFECTIVE"),
        ("12.1 50.31", "AFFECTED"),
        ("12.1 50.32", "INEFFECTIVE"),
        ("12.1 51.14", "INEFFECTIVE"),
        ("12.1 51.15", "INEFFECTIVE"),
        ("12.1 51.16", "AFFECTED"),
        ("12.1 51.17", "INEFFECTIVE"),
        ("12.1 51.18", "INEFFECTIVE"),
        ("12.1 51.19", "AFFECTED"),
        ("12.1 52.15", "AFFECTED"),
        ("12.1 55.13", "AFFECTED"),
        ("12.1 55.17", "AFFECTED"),
        ("12.1 55.18", "FIXED"),
        ("12.1 55.180", "FIXED"),
        # Branches without a fix of their own, and later ones.
        ("9.3 80.1", "AFFECTED"),
        ("11.0 72.1", "AFFECTED"),
        ("13.1 4.43", "NOT_AFFECTED"),
        ("14.1 4.42", "NOT_AFFECTED"),
        ("14.1 8.50", "NOT_AFFECTED"),
    ],
)
def test_what_a_build_means_for_cve_2019_19781(cve: Mitigation, build: str, status: str) -> None:
    assert cve.build_status(Build.parse(build)) is BuildStatus[status]


def test_the_build_to_upgrade_to(cve: Mitigation) -> None:
    assert cve.fix_for(Build.parse("12.1 51.14")) == "12.1 55.18 or later"
    assert "never got a fix" in cve.fix_for(Build.parse("11.0 72.1"))


@pytest.mark.parametrize(
    ("build", "as_of", "weak"),
    [
        ("13.0 47.22", date(2020, 1, 15), False),
        ("13.0 47.22", date(2026, 9, 26), False),
        ("13.0 47.22", date(2026, 9, 27), True),
        ("14.1 73.36", date(2026, 9, 27), True),
        ("14.1 73.37", date(2026, 9, 27), False),
        ("13.1 64.22", date(2026, 12, 1), True),
        ("13.1 64.23", date(2026, 12, 1), False),
    ],
)
def test_what_was_learnt_later_counts_from_its_date_on(cve: Mitigation, build: str, as_of: date, weak: bool) -> None:
    assert (cve.weakness(Build.parse(build), as_of) is not None) is weak


def test_the_rest_of_the_entry(cve: Mitigation) -> None:
    assert cve.id == "cve_2019_19781"
    assert cve.current_version in cve.versions
    assert cve.exploit_public == date(2020, 1, 10)
    assert "You don't have permission to access /vpns/" in cve.vulnerable_answers
    assert cve.start_up_line == "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0"


@pytest.mark.parametrize(
    "directory", sorted(path.parent for path in CATALOGUE.glob("*/traffic.yml")), ids=lambda p: p.name
)
def test_every_version_has_a_template(directory: Path) -> None:
    mitigation = load_mitigation(directory)
    assert {f"v{number}.yml.j2" for number in mitigation.versions} == {p.name for p in directory.glob("v*.yml.j2")}


# -- the door of the catalogue -----------------------------------------------------------------------------------------


def write(directory: Path, facts: Any, traffic: str | bytes = TRAFFIC) -> Path:
    folder = directory / "demo"
    folder.mkdir()
    text = facts if isinstance(facts, str) else yaml.safe_dump(facts)
    (folder / "mitigation.yml").write_text(text, encoding="utf-8")
    content = traffic if isinstance(traffic, bytes) else traffic.encode()
    (folder / "traffic.yml").write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("given", "features"),
    [
        ({}, {"RESPONDER"}),
        ({"features": ["RESPONDER", "REWRITE"]}, {"RESPONDER", "REWRITE"}),
        ({"features": []}, set()),
    ],
)
def test_the_features_that_it_may_enable(tmp_path: Path, given: dict[str, Any], features: set[str]) -> None:
    assert load_mitigation(write(tmp_path, {**FACTS, "measure": {**MEASURE, **given}})).features == features


@pytest.mark.parametrize(
    ("features", "problem"),
    [
        ("RESPONDER", "measure: features is 'RESPONDER': a list"),
        (["responder"], "measure: features, entry 1 is 'responder': it must be one of"),
        (["SSLVPN", 7], "measure: features, entry 2 is 7: it must be one of"),
        (None, "measure: features is None: a list"),
    ],
)
def test_features_that_are_none_of_nitro_are_refused(tmp_path: Path, features: Any, problem: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        load_mitigation(write(tmp_path, {**FACTS, "measure": {**MEASURE, "features": features}}))
    assert problem in str(raised.value)
    assert "demo/mitigation.yml" in str(raised.value)


def test_the_least_entry(tmp_path: Path) -> None:
    mitigation = load_mitigation(write(tmp_path, FACTS))
    assert (mitigation.id, mitigation.current_version) == ("demo", 2)
    assert [version.supersedes for version in mitigation.versions.values()] == [None, 1]
    assert mitigation.exploit_public is None
    assert mitigation.weakness(Build.parse("13.0 1.1"), date(2030, 1, 1)) is None
    assert mitigation.build_status(Build.parse("13.0 1.1")) is BuildStatus.NOT_AFFECTED


SUPPLIED = {
    "type": "responderpolicy",
    "bind_points": ["AAA_REQUEST"],
    "at": ["vpnvserver"],
    "recognised_by": ["/cgi/samlauth"],
}


@pytest.mark.parametrize(
    ("change", "of_measure", "problem"),
    [
        ({"id": "other"}, {}, "says that its id is 'other'"),
        ({}, {"current_version": 3}, "current_version is 3"),
        ({}, {"current_version": "2"}, "current_version is '2'"),
        ({"title": ...}, {}, "title"),
        ({}, {"versions": ...}, "versions"),
        ({}, {"versions": [1]}, "mitigation.yml"),
        ({"trains": {"13.0": {"fixed": 47.24}}}, {}, "quotes"),
        ({"trains": {13.0: {"fixed": "47.24"}}}, {}, "quotes"),
        ({}, {"ineffective": {"12.1": {"reason": "x"}}}, "works_from"),
        ({"exploit": {"public": "soon"}}, {}, "is 'soon': it is not a date"),
        (
            {},
            {"form": "supplied", "supplied": SUPPLIED, "stop_gap": {"source": "test"}},
            "measure: a stop-gap is a rule of the form template",
        ),
        ({}, {"weaknesses": [{"since": 2026, "reference": "r", "reason": "x"}]}, "is 2026: it is not a date"),
        ({}, {"weaknesses": [{"since": date(2026, 1, 1), "reason": "x"}]}, "reference"),
    ],
)
def test_a_wrong_entry_is_refused(
    tmp_path: Path, change: dict[str, Any], of_measure: dict[str, Any], problem: str
) -> None:
    measure = {key: value for key, value in {**MEASURE, **of_measure}.items() if value is not ...}
    facts = {key: value for key, value in {**FACTS, "measure": measure, **change}.items() if value is not ...}
    folder = write(tmp_path, facts)
    with pytest.raises(InvalidInput) as raised:
        load_mitigation(folder)
    assert problem in str(raised.value)


@pytest.mark.parametrize("facts", ["", "a: [", "- x", "text", "id: 2020-13-45"])
def test_a_file_that_is_no_entry_is_refused_by_name(tmp_path: Path, facts: str) -> None:
    with pytest.raises(InvalidInput, match="demo"):
        load_mitigation(write(tmp_path, facts))


@pytest.mark.parametrize("traffic", ["", "a: [", "attacks: []", b"\xff\xfe"])
def test_wrong_traffic_is_refused_by_name(tmp_path: Path, traffic: str | bytes) -> None:
    with pytest.raises(InvalidInput, match="demo"):
        load_mitigation(write(tmp_path, FACTS, traffic))


@pytest.mark.parametrize(
    ("traffic", "key"),
    [
        (f"attacks: []\n{TRAFFIC}", "attacks"),
        (TRAFFIC.replace("url: /x,", "url: /x, headers: {Host: a, Host: b},"), "Host"),
        (TRAFFIC.replace("url: /x,", "url: /x, url: /y,"), "url"),
        ("attacks: " + "[" * 9000, ""),
    ],
)
def test_a_key_that_is_there_twice_is_refused_and_not_silently_the_last_one(
    tmp_path: Path, traffic: str, key: str
) -> None:
    with pytest.raises(InvalidInput, match=rf"demo/traffic\.yml: .*{key and f'the key .{key}. is there twice'}"):
        load_mitigation(write(tmp_path, FACTS, traffic))


def test_without_traffic_there_is_no_entry(tmp_path: Path) -> None:
    folder = write(tmp_path, FACTS)
    (folder / "traffic.yml").unlink()
    with pytest.raises(InvalidInput, match=r"traffic\.yml"):
        load_mitigation(folder)


def test_an_unknown_mitigation_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    write(tmp_path, FACTS)
    with pytest.raises(InvalidInput, match=r"no mitigation 'cve_x' .*; it has: demo"):
        load_mitigation(tmp_path / "cve_x")
    with pytest.raises(InvalidInput, match="it has: none"):
        load_mitigation(tmp_path / "empty" / "cve_x")
