# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""status.yml without a mitigation: the whole fleet and the whole catalogue in one run, and on exported files without a connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stage.control_node import OF_THE_CLONE, PLAYBOOK_PROGRAM, ROOT
from tests.stage.fleet import box
from tests.stage.played import TIMEOUT, Laboratory, Run
from tests.stage.processes import ansible_server

CATALOGUE = ROOT / "templates" / "mitigations"
NSCONF = "#NS{}\nset ns config -IPAddress {} -netmask 255.255.255.0\nset ns hostName {}\n"


@pytest.fixture(scope="module")
def run(open_laboratory: Callable[..., Laboratory]) -> Run:
    fleet: dict[str, Any] = {f"gw-{number}": box("13.0 47.22") for number in range(1, 4)}
    laboratory = open_laboratory({**fleet, "modern": box("14.1 99.1", vservers=[])})
    return laboratory.play("status", mitigation=None, as_of=None)


def page(output: str) -> list[str]:
    return output.partition("TOURNIQUET ***")[2].splitlines()[1:]


def test_every_appliance_is_judged_by_every_entry(run: Run) -> None:
    ids = {path.parent.name for path in CATALOGUE.glob("*/mitigation.yml")}
    for host in ("gw-1", "gw-2", "gw-3", "modern"):
        assert {one["id"] for one in run[host]["entries"]} == ids
        assert run.problem(host) == ""
    assert run.verdict("gw-1") == "exposed"
    assert run.rc == 0
    assert run.writes() == []


def test_the_page_has_one_paragraph_for_what_is_the_same_and_the_worst_first(run: Run) -> None:
    lines = page(run.output)
    assert lines[0].startswith("EXPOSED  3 appliances  13.0 47.22")
    assert lines[1].strip() == "gw-[1-3]"
    assert sum(line.startswith("    next: ") for line in lines[:4]) == 1
    assert any(line.startswith("catalogue of 20") for line in lines)
    assert len(lines) <= 24, "one screen"


@pytest.mark.parametrize(("verb", "option"), [("status", "source"), ("plan", "source")])
def test_exported_files_are_judged_without_a_connection(tmp_path: Path, verb: str, option: str) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    gateway = "add vpn vserver gw SSL 198.51.100.10 443\n"
    (folder / "a.conf").write_text(NSCONF.format("13.0 Build 47.22", "192.0.2.1", "adc01") + gateway)
    (folder / "b.conf").write_text("garbage\n")
    report = tmp_path / "report.json"
    output = tmp_path / "output.log"
    code = ansible_server(tuple(sorted(OF_THE_CLONE.items()))).run(
        [PLAYBOOK_PROGRAM, str(ROOT / "playbooks" / f"{verb}.yml"), "-e", f"{option}={folder}"],
        {
            "PATH": str(Path(PLAYBOOK_PROGRAM).parent),
            "HOME": str(tmp_path),
            "TOURNIQUET_REPORT": str(report),
            **OF_THE_CLONE,
        },
        output,
        TIMEOUT,
    )
    results = json.loads(report.read_text())
    assert set(results) == {"adc01", "b"}
    assert results["adc01"]["verdict"]["word"] == "exposed"
    assert any("the running build" in text for text in results["adc01"]["verdict"]["missing"])
    assert results["b"]["problem"].startswith("failed: ")
    assert code == 2, "a file that cannot be read is never OK"
    planned = "  + bind responder global tq_cve_2019_19781 10 END -type REQ_OVERRIDE" in output.read_text(
        encoding="utf-8"
    )
    assert planned is (verb == "plan")
