# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An entry of the user's own, beside the inventory: checked by new_entry.yml, and planned like a built-in one; a wrong one stops the run before it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.catalogue_entries import entry_text, measure
from tests.stage.fleet import box
from tests.stage.played import Laboratory
from tests.unit.plugin_utils.policies.test_entry_check import RULE, TEMPLATE, TRAFFIC

ID = "own_entry"


def write_entry(own: Path) -> Path:
    directory = own / ID
    directory.mkdir(parents=True)
    (directory / "mitigation.yml").write_text(entry_text(ID, trains={"13.0": {"fixed": "99.1"}}, measure=measure()))
    (directory / "traffic.yml").write_text(TRAFFIC)
    (directory / "v1.yml.j2").write_text(TEMPLATE.replace("RULE", RULE))
    return directory


def test_an_own_entry_from_the_check_to_the_plan(open_laboratory: Callable[..., Laboratory]) -> None:
    laboratory = open_laboratory({"gw": box()})
    entry = write_entry(laboratory.inventory.parent / "catalogue")
    checked = laboratory.play("new_entry", entry=ID, publish=True)
    assert checked.rc == 0, checked.output
    assert f"{ID}: right, revision 1" in checked.output.splitlines()
    assert "TASK [" not in checked.output
    assert "PLAY RECAP" not in checked.output
    assert checked.requests == []
    planned = laboratory.play("plan", mitigation=ID)
    assert planned.rc == 0, planned.output
    assert f"add responder policy tq_{ID}" in planned.output
    (entry / "v1.yml.j2").write_text(TEMPLATE.replace("RULE", "TRUE"))
    refused = laboratory.play("status", mitigation="cve_2019_19781")
    assert refused.rc == 2
    flat = " ".join(refused.output.split())
    assert f"your entry {entry}: version 1: " in flat
    assert "-e tourniquet_own_entries=none. Nothing was sent." in flat
    assert refused.requests == []
    assert laboratory.play("status", mitigation="cve_2019_19781", tourniquet_own_entries="none").requests
