# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scheduled check without a fleet: acknowledgements, performance data, and text of others in its lines."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.run_reports import result, verdict

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "tourniquet_check.py"
GIVEN = {"who": "J. Jansen", "why": "CHG-7", "until": "2026-12-31"}


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tourniquet_check", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, results: dict[str, dict[str, Any]]
) -> int:
    """Run it with an ansible-playbook that only writes these results."""
    (tmp_path / "results").write_text(json.dumps(results), encoding="utf-8")
    playbook = tmp_path / "ansible-playbook"
    playbook.write_text(f'#!/bin/sh\ncp "{tmp_path}/results" "$TOURNIQUET_REPORT"\n', encoding="utf-8")
    playbook.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    code: int = program.main([])
    return code


@pytest.mark.parametrize("acknowledged", [{}, {"acknowledged": GIVEN}])
def test_a_failed_appliance_is_never_ok(
    program: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    acknowledged: dict[str, Any],
) -> None:
    word = "reduces exposure" if acknowledged else "mitigated"
    values = result(word, problem="failed: it could not be saved", **acknowledged)
    assert run(program, monkeypatch, tmp_path, {"gw": values}) == 3
    assert "UNKNOWN gw: failed: it could not be saved; " in capsys.readouterr().out


def test_an_acknowledged_warning_is_ok_and_is_shown(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(program, monkeypatch, tmp_path, {"gw": result("reduces exposure", acknowledged=GIVEN)})
    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert lines[0].startswith("OK: 1 appliance: 1 ok, 0 warning, 0 critical, 0 unknown, 1 acknowledged | ok=1 ")
    assert "acknowledged (who: J. Jansen, why: CHG-7, until: 2026-12-31)" in lines[1]


def test_an_open_management_address_is_said_also_where_all_is_ok(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict is on the virtual servers: its code is 0, and nobody shall read that the other way is closed."""
    pair = [f"management address of 192.0.2.{number}: the line is missing" for number in (1, 2)]
    results = {
        "gw-1": result("mitigated", verdict=verdict("mitigated", missing=[*pair, "the secondary"])),
        "gw-2": result("mitigated", verdict=verdict("mitigated", missing=["management address of 192.0.2.3: unknown"])),
        "gw-3": result("mitigated"),
    }
    assert run(program, monkeypatch, tmp_path, results) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(
        "OK: 3 appliances: 3 ok, 0 warning, 0 critical, 0 unknown, 3 management addresses not covered | ok=3 "
    )
    assert " management_not_covered=3 " in line
    run(program, monkeypatch, tmp_path, {"gw-3": result("mitigated")})
    line = capsys.readouterr().out
    assert "management addresses" not in line
    assert " management_not_covered=0 " in line


@pytest.mark.parametrize(("word", "code"), [("exposed", 2), ("ineffective on this build", 2), ("unknown", 3)])
def test_what_is_critical_or_unknown_stays_so_whatever_was_acknowledged(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str, code: int
) -> None:
    assert run(program, monkeypatch, tmp_path, {"gw": result(word, acknowledged=GIVEN)}) == code


def test_text_of_others_makes_no_line_and_no_performance_data(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = result("exposed", verdict=verdict("exposed", reason="x\nOK: all is well | critical=0"))
    assert run(program, monkeypatch, tmp_path, {"gw|ok=9\n": evil}) == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "|" not in lines[1]


def test_the_ages_are_those_of_the_oldest_proof_and_the_newest_fact(program: ModuleType) -> None:
    old, new = (
        result(proof={"proven_before": moment}, catalogue={"newest_fact": day})
        for moment, day in (("2020-01-15T02:00:00+00:00", "2019-12-18"), ("2026-11-01T00:00:00+00:00", "2026-09-27"))
    )
    found = program.ages([old, new])
    assert found == {name: program.ages([one])[name] for name, one in (("oldest_proof", old), ("newest_fact", new))}
    assert re.fullmatch(r"\d+s", found["oldest_proof"])
    assert program.ages([{"msg": "away"}]) == {}
