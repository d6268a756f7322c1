# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table, the metrics and the files of a run."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import defanged
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.files import (
    is_directory,
    write_report,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.prometheus import METRICS, metrics
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.table import COLUMNS, table

from tests.run_reports import HOSTILE, fleet, report, result, verdict

ROOT = Path(__file__).parents[5]
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+]+)')


def test_the_table_has_a_line_for_each_appliance_and_no_formula() -> None:
    rows = list(
        csv.DictReader(
            io.StringIO(table(report({"=cmd|' /C calc'!A0": result(customer="@SUM(1)"), "b": result("fixed")})))
        )
    )
    assert list(rows[0]) == list(COLUMNS)
    assert [row["host"] for row in rows] == ["'=cmd|' /C calc'!A0", "b"]
    assert rows[0]["customer"] == "'@SUM(1)"
    assert (rows[1]["verdict"], rows[1]["exit_code"], rows[1]["changes"]) == ("fixed", "0", "2")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("seen;=cmd|' /C calc'!A0", "seen;'=cmd|' /C calc'!A0"),
        ("seen; @SUM(1)", "seen; '@SUM(1)"),
        (" =1+1", " '=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a; b-c", "a; b-c"),
    ],
)
def test_no_cell_is_a_formula_where_a_semicolon_separates(text: str, cell: str) -> None:
    rows = list(csv.DictReader(io.StringIO(table(report({"a": result(customer=text)})))))
    assert rows[0]["customer"] == cell


@pytest.mark.parametrize("problem", ["failed: not saved", "unreachable: no route"])
@pytest.mark.parametrize("values", [result("mitigated"), result("reduces exposure", acknowledged={"who": "J. Jansen"})])
def test_a_failure_is_not_ok_whatever_the_verdict_is(values: dict[str, Any], problem: str) -> None:
    made = report({"a": values}, {"a": problem})
    assert (made["exit_code"], made["appliances"][0]["exit_code"]) == (3, 3)
    assert 'result="failed"} 3' in metrics(made) or 'result="unreachable"} 3' in metrics(made)


def test_hostile_text_stays_in_its_cell_and_is_defanged() -> None:
    text = table(report({"a": result(verdict=verdict("exposed", reason=f'{HOSTILE}\n"=1+1",'))}))
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2
    assert "hxxp://evil[.]example/x" in text
    assert "http://" not in text


def test_the_metrics_are_samples_of_the_text_format_and_names_are_escaped() -> None:
    text = metrics(report({'a"b\\c\n': result(customer=HOSTILE), "b": result("fixed")}, {"b": "held: later"}))
    samples = [SAMPLE.fullmatch(line) for line in text.splitlines() if not line.startswith("#")]
    assert all(samples)
    assert {one[1] for one in samples if one} == set(METRICS)
    assert text.count("# TYPE") == len(METRICS)
    assert r'appliance="a\"b\\c\\x0a"' in text
    assert 'tourniquet_appliances{verdict="exposed"} 1\n' in text
    assert 'tourniquet_appliances{verdict="mitigated"} 0\n' in text
    assert 'tourniquet_appliances_by_result{result="held"} 1\n' in text
    assert 'tourniquet_run_timestamp_seconds{playbook="plan"} 1579053612\n' in text


def test_no_series_is_there_twice() -> None:
    lines = [line.rpartition(" ")[0] for line in metrics(report(fleet(50))).splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines))


def test_the_files_are_private_and_those_of_another_playbook_stay(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "night"
    write_report(directory, report({"a": result()}))
    written = write_report(directory, report({"a": result("mitigated")}, playbook="apply"))
    names = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
    assert names == {f"{name}.{kind}" for name in ("plan", "apply") for kind in ("json", "csv", "html")} | {
        "report.prom",
        "vex/Brouwer.json",
        "customers/Brouwer/plan.html",
        "customers/Brouwer/apply.html",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert (
        json.loads((directory / "plan.json").read_text(encoding="utf-8"))["appliances"][0]["verdict"]["word"]
        == "exposed"
    )


def test_an_audit_does_not_replace_the_metrics(tmp_path: Path) -> None:
    audit = {"action": "audit", "changed": False, "runs": [], "msg": "agree"}
    written = write_report(tmp_path / "r", report({"a": audit}, playbook="audit"))
    assert [path.name for path in written] == ["audit.json", "audit.csv", "audit.html"]


def test_a_name_from_outside_cannot_leave_the_directory(tmp_path: Path) -> None:
    written = write_report(tmp_path / "r", report({"a": result(customer="../../x")}, playbook="../up"))
    assert all(path.resolve().is_relative_to(tmp_path / "r") for path in written)


def test_a_directory_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(InvalidInput, match="others may write"):
        write_report(tmp_path, report({"a": result()}))
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_ends_in_json_or_an_existing_file_is_the_file_of_the_results(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("{}", encoding="utf-8")
    (tmp_path / "dir.json").mkdir()
    assert [is_directory(tmp_path / name) for name in ("x.json", "old", "dir.json", "new")] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see http://a.b.example/x.html and more", "see hxxp://a[.]b[.]example/x.html and more"),
        ("HTTPS://user@A.example:8443", "HXXPS://user@A[.]example:8443"),
        ("ftp://a.b/c", "ftp[:]//a[.]b/c"),
        ("www.evil.example", "www[.]evil.example"),
        ("hxxp://a[.]b/", "hxxp://a[.]b/"),
        ("13.0 47.22 apply.yml 192.0.2.1:443", "13.0 47.22 apply.yml 192.0.2.1:443"),
    ],
)
def test_an_address_is_no_link(text: str, shown: str) -> None:
    assert defanged(text) == shown
    assert defanged(shown) == shown
