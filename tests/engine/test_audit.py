# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit: it reports who did what with which proof, from all places, and names what was changed or removed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import audit as audit_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import HERE, Audit, audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.setting.measure import SettingMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import (
    audit_lines,
    audit_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.run import TASK as AUDIT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.leftovers import read_leftovers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.page import leave_lines

from simulator import Simulator
from tests.engine.control_nodes import DiedError, control_node, dying, files, put_lock
from tests.engine.settings_stage import Settings
from tests.stage.memory import CATALOGUE, MITIGATION, Stage


@pytest.fixture
def ours(pair: Simulator, tmp_path: Path) -> Stage:
    """An apply of version 1 and one of version 2 on a pair."""
    pair.reset()
    stage = control_node(pair, tmp_path, "ours")
    stage.apply(version=1, reason="exploit public")
    stage.apply(version=2, reason="advice changed")
    return stage


def look(stage: Stage, *, offline: bool = False, measure: str = "") -> Audit:
    if offline:
        return audit(None, stage.records, "box", measure)
    with Connection(stage.appliance) as connection:
        found = audit(connection, stage.records, "box", measure)
        writes = [exchange for exchange in connection.exchanges if exchange.method != "GET"]
    assert {exchange.path.rpartition("/")[2] for exchange in writes} <= {"login", "logout"}
    return found


def records(stage: Stage) -> list[Path]:
    return sorted((stage.records / "box").glob("*.json"))


def spoil(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def spoil_copy(stage: Stage, node: int, position: int, change: Callable[[dict[str, Any]], Any]) -> None:
    of_node = stage.simulator.fleet.appliances["box"].nodes[node]
    name = sorted(name for name in files(stage, node) if name.endswith("_ended.txt"))[position]
    copy = json.loads(files(stage, node)[name])
    change(copy)
    of_node.write_file(f"{DIRECTORY}/{name}", json.dumps(copy).encode())


def remove_copies(stage: Stage, node: int) -> None:
    of_node = stage.simulator.fleet.appliances["box"].nodes[node]
    for path in [path for path in of_node.files if path.startswith(f"{DIRECTORY}/tourniquet_")]:
        del of_node.files[path]


def test_every_run_with_its_places(ours: Stage) -> None:
    found = look(ours)
    assert (found.differences, found.missing, found.lock) == ([], [], "")
    assert [run.content and run.content.values["version"] for run in found.runs] == [1, 2]
    assert all(run.places[0] == HERE and len(run.places) == 3 for run in found.runs)
    values = audit_values(found)["runs"][1]
    assert (values["kind"], values["measure"], values["reason"]) == ("apply", MITIGATION.id, "advice changed")
    assert (values["outcome"], values["saved"], values["proven"]) == ("applied", True, True)
    assert values["user"]
    assert values["finished"]
    assert any(line.startswith("set responder policy") for line in values["changes"])
    assert values["provenance"] == "our own"
    text = "\n".join(audit_lines("box", found))
    assert "2 runs; records, copies and chain agree" in text
    assert "all records are our own, by their signatures" in text
    assert "advice changed" in text
    assert "applied, saved, proven" in text


def test_a_changed_record_is_found_by_the_chain_and_by_its_copies(ours: Stage) -> None:
    spoil(records(ours)[0], reason="it was not me")
    found = look(ours)
    assert len(found.differences) == 4
    assert "was changed after" in found.differences[0]
    assert found.differences[1].endswith("is not to be trusted: its content is not what was signed")
    assert all(text.endswith(" differ in reason") for text in found.differences[2:])


def test_the_newest_record_has_its_signature_and_its_copies_against_it(ours: Stage) -> None:
    spoil(records(ours)[1], proof={"proven": False})
    (text,) = look(ours, offline=True).differences
    assert text.endswith("is not to be trusted: its content is not what was signed")
    assert [text.rpartition(" ")[2] for text in look(ours).differences] == ["signed", "proof", "proof"]


def test_a_removed_record_is_found(ours: Stage) -> None:
    first, second = records(ours)
    kept = second.read_text()
    second.unlink()
    assert any(f"the record {second.name} is gone" in text for text in look(ours).differences)
    second.write_text(kept)
    first.unlink()
    by_the_chain, by_its_copy = look(ours).differences
    assert by_the_chain == f"{second.name} follows {first.name}, which is missing"
    assert f"the record {first.name} is gone" in by_its_copy


@pytest.mark.parametrize("position", [0, 1])
def test_a_changed_copy_is_found(ours: Stage, position: int) -> None:
    spoil_copy(ours, 1, position, lambda copy: copy["record"].update(reason="it was not me"))
    (text,) = look(ours).differences
    assert "does not match its own digest" in text


def test_a_forged_copy_is_found(ours: Stage) -> None:
    def forge(copy: dict[str, Any]) -> None:
        copy["record"].update(ticket="CHG9")
        copy["sha256"] = digest(copy["record"])

    spoil_copy(ours, 1, 1, forge)
    (text,) = look(ours).differences
    assert text.endswith("differ in ticket")
    # Another control node has nothing but the copies, and sees that they differ.
    other = Stage(ours.simulator, ours.records.parent / "theirs")
    (text,) = look(other).differences
    assert "the copies of" in text
    assert text.endswith("differ in ticket")


def test_what_may_be_innocent_is_told_and_no_difference(ours: Stage) -> None:
    remove_copies(ours, 1)
    found = look(ours)
    assert found.differences == []
    assert [text.endswith("is gone") for text in found.missing] == [True, True]


def test_another_control_node_sees_it_all_and_its_own_runs_fit_in(ours: Stage) -> None:
    other = Stage(ours.simulator, ours.records.parent / "theirs")
    assert [run.places[0] != HERE for run in look(other).runs] == [True, True]
    other.rollback(why="undo")
    found = look(other)
    assert found.differences == []
    assert [run.content and run.content.kind for run in found.runs] == ["apply", "apply", "rollback"]
    found = look(ours)
    assert found.differences == []
    assert len(found.runs) == 3


def test_a_record_of_ours_that_is_of_another_directory_is_only_missing(ours: Stage) -> None:
    shutil.rmtree(ours.records)
    found = look(ours)
    assert found.differences == []
    assert all("whose record is not in this directory" in text for text in found.missing)


def test_a_run_that_died_and_one_that_is_at_work(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    # A fresh start: the lock of both nodes, both copies, and one step.
    ours.rollback(why="after_fix")
    with dying(monkeypatch, 5), pytest.raises(DiedError):
        ours.apply(reason="the battery is low")
    found = look(ours)
    assert found.differences == []
    assert "holds the lock" in found.lock
    assert "never ended" in "\n".join(audit_lines("box", found))
    spoil(records(ours)[-1], reason="another")
    signature, *copies = look(ours).differences
    assert "is not to be trusted" in signature
    assert len(copies) == 2, "both nodes have what stood there before the first write"


def test_the_rule_of_retention_is_no_loss(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_module, "KEPT", 1)
    oldest = min(name for name in files(ours) if name.endswith("_ended.txt"))
    for node in (0, 1):
        del ours.simulator.fleet.appliances["box"].nodes[node].files[f"{DIRECTORY}/{oldest}"]
    assert look(ours).missing == []


def test_only_one_measure_is_listed_where_it_is_asked_for(ours: Stage) -> None:
    assert look(ours, measure="another").runs == []
    assert len(look(ours, measure=MITIGATION.id).runs) == 2


def test_text_of_others_cannot_steer_a_terminal(ours: Stage) -> None:
    put_lock(ours, owner="\x1b[2Jmallory")

    def forge(copy: dict[str, Any]) -> None:
        copy["record"].update(reason="\x1b[2J\nMITIGATED", who={"user": "\x07", "control_node": "x"})
        copy["sha256"] = digest(copy["record"])

    for node in (0, 1):
        spoil_copy(ours, node, 1, forge)
    other = Stage(ours.simulator, ours.records.parent / "theirs")
    found = look(other)
    text = json.dumps(audit_values(found), ensure_ascii=False) + "".join(audit_lines("box", found))
    assert "mallory" in text
    assert "MITIGATED" in text
    assert text.isprintable()


def test_a_node_that_cannot_be_read_is_said(ours: Stage) -> None:
    appliance = ours.simulator.appliance("box")
    appliance.fault(kind="nitro_error", method="GET", type="systemfile", code=2138, node=1, nth=2, times=0)
    assert any("cannot be read" in text for text in look(ours).missing)
    assert look(ours).state == "what was read agrees, and NOT ALL COPIES WERE READ"
    appliance.clear_faults()
    appliance.fault(kind="refuse", node=1)
    assert any("unreachable" in text for text in look(ours).missing)


@pytest.mark.parametrize("away", ["its list is refused", "it is not reached"])
def test_an_audit_that_did_not_read_a_node_is_no_audit_that_found_nothing(ours: Stage, away: str) -> None:
    """An attacker who has forged a copy on one node only has to let that node answer with an error."""
    appliance = ours.simulator.appliance("box")
    if away == "it is not reached":
        appliance.fault(kind="refuse", node=1)
    else:
        appliance.fault(kind="nitro_error", method="GET", type="systemfile", code=2138, node=1, times=0)
    given = {name: option.get("default") for name, option in options_of("audit", "audit").items()}
    given |= {"records": str(ours.records)}
    result = AUDIT(ours.appliance, given, False, False).values()
    assert result["failed"]
    assert result["msg"].startswith("not all was read, so it is not known whether all agree: ")
    accepted = AUDIT(ours.appliance, given | {"accept_differences": True}, False, False).values()
    assert "failed" not in accepted
    assert "NOT ALL COPIES WERE READ" in accepted["msg"]


BOX: dict[str, Any] = {
    "build": "14.1 73.46",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL"],
    "vservers": [{"type": "lb", "name": "shop", "address": "127.0.0.1:0", "protocol": "SSL"}],
    "partitions": {"tenant": {}},
}


def test_the_runs_of_two_partitions_are_told_apart(open_stage: Callable[..., Stage], tmp_path: Path) -> None:
    """In the audit and in what leave.yml lists: a setting of each partition gives the same line in both."""
    measure = load_entry_measure(CATALOGUE.parent / "cve_2026_88778")
    assert isinstance(measure, SettingMeasure)
    stage = Settings(open_stage().simulator, tmp_path, measure)
    stage.apply_all()
    with Connection(stage.appliance) as connection:
        found = audit(connection, stage.records, "box")
        left = read_leftovers(connection, stage.records, stage.trust, lambda _id: measure)
    lines = audit_lines("box", found)
    heads = [line for line in lines if " apply cve_2026_88778" in line]
    assert [" apply cve_2026_88778 v1 in partition tenant by " in line for line in heads] == [True, False]
    assert len(set(heads)) == len(heads) == 2
    assert [run["partition"] for run in audit_values(found)["runs"]] == ["tenant", "default"]
    line = "cve_2026_88778, set by our runs: set ns tcpParam -enhancedISNgeneration ENABLED"
    listed = [one.strip() for one in leave_lines("box", left, {})]
    assert [one for one in listed if one.startswith(line)] == [f"{line} in partition tenant", line]
