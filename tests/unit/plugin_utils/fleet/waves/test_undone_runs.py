# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which appliances keep an undo: those to which the undone run has written, or may have, and no others."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.undone_runs import untouched_hosts

from tests.unit.plugin_utils.change.records.stored import MEASURE, NAME, POLICY, values_of

UNDO = [PlanFile({"host": "gw-a", "undoes": ["r5"]}), PlanFile({"host": "gw-b", "undoes": ["r5"]}), PlanFile({})]


def put(records: Path, host: str, number: int, state: str = "done", **values: object) -> None:
    folder = records / host
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME.format(number, number)
    path.write_text(json.dumps(values_of(POLICY, state=state, host=host, **values)), encoding="utf-8")
    path.chmod(0o600)


def untouched(records: Path, *hosts: str, plans: list[PlanFile] = UNDO) -> list[str]:
    return untouched_hosts(dict.fromkeys(hosts, records), plans, MEASURE)


def test_only_what_the_undone_run_has_written_to_keeps_it(tmp_path: Path) -> None:
    put(tmp_path, "written", 5, run="r5")
    put(tmp_path, "died", 5, run="r5", state="sent", outcome="open")
    put(tmp_path, "earlier", 4, run="r4")
    put(tmp_path, "planned", 5, run="r5", state="planned", outcome="failed")
    put(tmp_path, "undone", 5, run="r5", undone_by="found undone")
    put(tmp_path, "other", 5, run="r5", measure="cve_2023_3519")
    put(tmp_path, "broken", 5, run="r5")
    next((tmp_path / "broken").glob("*.json")).write_text("{", encoding="utf-8")
    hosts = ("written", "died", "earlier", "planned", "undone", "other", "broken", "left out")
    assert untouched(tmp_path, *hosts) == ["earlier", "planned", "undone", "other", "left out"]


def test_what_another_machine_has_written_to_counts_as_well(tmp_path: Path) -> None:
    """Each slice of a rollout over several machines is a run of its own."""
    origin = {"node": "utrecht", "state": "ended", "sha256": "0" * 64}
    put(tmp_path, "sliced", 5, run="r9", origin=origin)
    put(tmp_path, "undone", 5, run="r9", origin=origin, undone_by="found undone")
    assert untouched(tmp_path, "sliced", "undone") == ["undone"]


def test_where_nothing_is_undone_all_count(tmp_path: Path) -> None:
    """Nobody can say which run is meant."""
    assert untouched(tmp_path, "left out", plans=[PlanFile({"undoes": []}), PlanFile({})]) == []
