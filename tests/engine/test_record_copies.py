# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The copies of records on the nodes: one always exists, and another control node continues or undoes the run from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import fetched_records, record_copies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from tests.engine.control_nodes import BOX, DiedError, control_node, dying, files, simulated
from tests.engine.records import records_of
from tests.stage.memory import MITIGATION, Stage

# The lock, the first copy, five steps, the save, the final copy, the first one deleted, the lock deleted.
WRITES = 11


def theirs(stage: Stage) -> Stage:
    return Stage(stage.simulator, stage.records.parent / "theirs")


def copies(stage: Stage, node: int = 0) -> dict[str, dict[str, Any]]:
    return {
        name: json.loads(data) for name, data in files(stage, node).items() if name.endswith(("begun.txt", "ended.txt"))
    }


def expire_lock(stage: Stage) -> None:
    stage.simulator.appliance("box").advance(4000)


# -- what lies on the nodes --------------------------------------------------------------------------------------------


def test_each_node_has_one_copy_which_says_what_the_record_says(pair_ours: Stage) -> None:
    pair_ours.apply(reason="an emergency")
    (record,) = records_of(pair_ours.records, "box", MITIGATION.id)
    for node in (0, 1):
        ((name, copy),) = copies(pair_ours, node).items()
        assert name == f"tourniquet_{record.path.stem}_ended.txt"
        assert len(name) <= 63
        assert copy["sha256"] == digest(copy["record"]) == digest(record.content.values)
        assert copy["record"]["proof"]["proven"] is True
        assert copy["record"]["outcome"] == "applied"
    assert len(record.copies) == 2


def test_the_next_run_names_a_node_that_dropped_the_copy_of_the_last_one(pair_ours: Stage) -> None:
    """A node can accept the last copy, keep nothing and let the first one be deleted: audit.yml alone said so."""
    pair_ours.apply(version=1)
    second = pair_ours.simulator.fleet.appliances["box"].nodes[1]
    (name,) = copies(pair_ours, 1)
    del second.files[f"{DIRECTORY}/{name}"]
    played = pair_ours.played("apply", pair_ours.parameters(version=2))
    said = [text for text in played.values["verdict"]["missing"] if "copy" in text]
    stem = name.removeprefix("tourniquet_").removesuffix("_ended.txt")
    (node,) = (str(one) for one in pair_ours.appliance.nodes[1:])
    (text,) = said
    begins = f"box: node {node} does not have the copy of the record {stem} any more, which was written there: "
    assert text.startswith(f"{begins}other control nodes do not see that run. audit.yml compares all copies; ")
    assert not [text for text in pair_ours.rollback(why="undo").remarks if "copy" in text], "the last one is there"


def test_at_every_moment_one_of_the_two_is_there(ours: Stage, monkeypatch: Any) -> None:
    seen: list[list[str]] = []
    write = Session.write

    def writing(session: Session, *arguments: Any, **options: Any) -> Any:
        reply = write(session, *arguments, **options)
        seen.append([name.rpartition("_")[2] for name in copies(ours)])
        return reply

    monkeypatch.setattr(Session, "write", writing)
    ours.apply()
    assert len(seen) == WRITES - 1  # a save is none of the writes
    assert seen[0] == []  # only the lock
    assert seen[1:-3] == [["begun.txt"]] * (WRITES - 5)
    assert seen[-3:] == [["begun.txt", "ended.txt"], ["ended.txt"], ["ended.txt"]]


def test_a_failed_run_has_its_outcome_in_the_copy(ours: Stage) -> None:
    ours.simulator.appliance("box").fault(kind="nitro_error", method="POST", type="responderpolicy")
    with pytest.raises(TourniquetError):
        ours.apply()
    ((name, copy),) = copies(ours).items()
    assert name.endswith("_ended.txt")
    assert copy["record"]["outcome"] == "reverted"


def test_where_nothing_is_written_there_is_no_copy(ours: Stage) -> None:
    ours.apply()
    before = files(ours)
    ours.apply()
    ours.status(probes="few")
    assert files(ours) == before


@pytest.mark.parametrize("code", [2138, 3441])
def test_a_node_that_cannot_take_it_is_told_and_no_failure(pair_ours: Stage, code: int) -> None:
    # The second request of that kind on the node: the first one is the lock.
    fault = {"kind": "nitro_error", "method": "POST", "type": "systemfile", "node": 1, "nth": 2, "times": 0}
    pair_ours.simulator.appliance("box").fault(**fault, code=code)
    with Connection(pair_ours.appliance) as connection:
        deployment = Deployment(connection, pair_ours.parameters())
        assert deployment.apply().verdict.word == "mitigated"
        assert deployment.lock is not None
        host = pair_ours.appliance.nodes[1].host
        assert [f"missing on node {host}" in note for note in deployment.lock.notes] == [True]
    assert copies(pair_ours, 1) == {}
    assert len(copies(pair_ours, 0)) == 1


@pytest.mark.parametrize("limit", ["ours", "theirs"])
def test_a_record_that_is_too_large_leaves_its_digest(tmp_path: Path, monkeypatch: Any, limit: str) -> None:
    switches = {}
    if limit == "ours":
        monkeypatch.setattr(record_copies, "LARGEST", 1000)
    else:
        switches["systemfile_limit"] = 1000
    with simulated(BOX, **switches) as simulator:
        stage = control_node(simulator, tmp_path, "ours")
        with Connection(stage.appliance) as connection:
            deployment = Deployment(connection, stage.parameters())
            deployment.apply()
            assert deployment.lock is not None
            assert any("too large" in note for note in deployment.lock.notes)
        (record,) = records_of(stage.records, "box", MITIGATION.id)
        (copy,) = copies(stage).values()
        assert (copy["record"], copy["sha256"]) == (None, digest(record.content.values))
        remarks = theirs(stage).rollback(why="undo").remarks
        assert any("has only the digest" in remark for remark in remarks)


@pytest.mark.parametrize("year", ["1970", "2099"])
def test_only_the_newest_copies_are_kept_and_nothing_of_others(
    ours: Stage, monkeypatch: pytest.MonkeyPatch, year: str
) -> None:
    """Files with the names of copies are not counted as copies, so nobody can have ours deleted, or name others to delete."""
    monkeypatch.setattr(fetched_records, "KEPT", 3)
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    forged = {f"tourniquet_{year}0101T0000{n:02}.000000Z-abc_ended.txt" for n in range(30)}
    others = {"tourniquet_notes.txt", "a_ended.txt", f"tourniquet_{year}0101T000000.000000Z-abc_ended.txt.bak"}
    for name in forged | others:
        node.write_file(f"{DIRECTORY}/{name}", b"{}")
    for version in (1, 2, 1, 2, 1):
        ours.apply(version=version, force=True)
    left = set(files(ours))
    assert forged | others <= left
    names = [f"tourniquet_{record.path.stem}_ended.txt" for record in all_records(ours.records, "box")]
    assert len(names) == 5
    assert left - forged - others == set(names[-3:])


# -- another control node ----------------------------------------------------------------------------------------------


def died(stage: Stage, monkeypatch: pytest.MonkeyPatch, after: int, *, sends_the_last: bool) -> None:
    with dying(monkeypatch, after, sends_the_last=sends_the_last), pytest.raises(DiedError):
        stage.apply()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("sends_the_last", [False, True])
@pytest.mark.parametrize("after", range(WRITES - 1))
def test_wherever_the_first_one_dies_the_other_goes_back_exactly(
    ours: Stage, monkeypatch: pytest.MonkeyPatch, after: int, sends_the_last: bool
) -> None:
    before = ours.configuration()
    died(ours, monkeypatch, after, sends_the_last=sends_the_last)
    expire_lock(ours)
    other = theirs(ours)
    other.rollback(why="undo")
    assert ours.configuration() == before
    # And where the first one comes back, it knows that its run was taken back.
    ours.rollback(why="undo")
    assert ours.configuration() == before


@pytest.mark.sampled(3)
@pytest.mark.parametrize("sends_the_last", [False, True])
@pytest.mark.parametrize("after", range(WRITES - 1))
def test_wherever_the_first_one_dies_the_other_goes_on(
    ours: Stage, monkeypatch: pytest.MonkeyPatch, after: int, sends_the_last: bool
) -> None:
    before = ours.configuration()
    died(ours, monkeypatch, after, sends_the_last=sends_the_last)
    expire_lock(ours)
    other = theirs(ours)
    assert other.apply().verdict.word == "mitigated"
    other.rollback(why="after_fix")
    assert ours.configuration() == before
    assert ours.configuration("saved") == before


def test_of_a_finished_run_the_other_takes_back_exactly_that(ours: Stage) -> None:
    ours.apply(version=1)
    before = ours.configuration()
    ours.apply(version=2)
    other = theirs(ours)
    rollback = other.rollback(why="undo")
    assert ours.configuration() == before
    assert [record.origin and record.origin.state for record in rollback.plan.undoes] == ["ended"]
    assert len(all_records(other.records, "box")) == 3, "both runs of the first one, and the rollback"
    # The first one knows then that its last run was taken back.
    assert ours.rollback(why="undo").plan.undoes == ()
    assert ours.configuration() == before


def test_a_copy_that_ended_meanwhile_replaces_its_beginning(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with dying(monkeypatch, 4), pytest.raises(DiedError):
        ours.apply()
    expire_lock(ours)
    other = theirs(ours)
    other.apply(version=1)
    (first, *_own) = all_records(other.records, "box")
    assert set(first.states) == {"sent"}, "each may have been carried out"
    assert first.origin is not None
    assert first.origin.state == "begun"


def test_a_status_elsewhere_explains_what_it_finds(ours: Stage) -> None:
    """The proof in the copy is that of a control node that is known: it has signed it, and no appliance can."""
    ours.apply()
    other = theirs(ours)
    with Connection(other.appliance) as connection:
        result = Deployment(connection, other.parameters(probes="none")).status()
        targets = [exchange.path for exchange in connection.exchanges if "systemfile" in exchange.path]
    assert len(result.facts.records.known) == 1
    assert result.verdict.word == "mitigated"
    assert not other.records.joinpath("box").exists()
    assert len(targets) == 3, "rc.netscaler, the directory (for the lock and the copies), one copy"
    with Connection(ours.appliance) as connection:
        Deployment(connection, ours.parameters()).status()
        targets = [exchange.path for exchange in connection.exchanges if "systemfile" in exchange.path]
    assert len(targets) == 2, "what our own records explain costs nothing"


def test_a_pair_has_it_on_the_other_node_too(pair_ours: Stage) -> None:
    before = pair_ours.configuration()
    pair_ours.apply()
    first = pair_ours.simulator.fleet.appliances["box"].nodes[0]
    for name in copies(pair_ours):
        del first.files[f"{DIRECTORY}/{name}"]
    theirs(pair_ours).rollback(why="undo")
    assert pair_ours.configuration() == before


def spoil(stage: Stage, change: Any) -> None:
    node = stage.simulator.fleet.appliances["box"].nodes[0]
    for name, copy in copies(stage).items():
        change(copy)
        node.write_file(f"{DIRECTORY}/{name}", json.dumps(copy).encode())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda copy: copy["record"].update(reason="another"), "does not match its own digest"),
        (lambda copy: copy.update(record={"steps": []}), "does not hold a record"),
        (lambda copy: copy.update(name="../../x.json"), "is not one of format"),
        (lambda copy: copy.update(format=2), "is not one of format"),
        (
            lambda copy: (
                copy["record"]["steps"][0].update(before=7),
                copy.update(sha256=digest(copy["record"])),
            ),
            "has a step that is not valid (steps[0])",
        ),
        (
            lambda copy: (
                copy["record"]["steps"][0].update(type="systemuser"),
                copy.update(sha256=digest(copy["record"])),
            ),
            "does not know",
        ),
    ],
)
def test_a_copy_that_is_not_whole_is_told_and_not_used(ours: Stage, change: Any, problem: str) -> None:
    ours.apply()
    state = ours.configuration()
    spoil(ours, change)
    remarks = theirs(ours).rollback(why="undo").remarks
    assert any(problem in remark for remark in remarks)
    assert ours.configuration() == state


def test_a_copy_is_not_followed_where_somebody_changed_the_objects(ours: Stage) -> None:
    ours.apply()
    appliance = ours.appliance
    with Session(appliance, appliance.nodes[0]) as session:
        policy = {"name": f"tq_{MITIGATION.id}", "rule": "FALSE"}
        session.write("PUT", "responderpolicy", {"responderpolicy": policy})
    with pytest.raises(Refused, match="changed since by somebody else"):
        theirs(ours).rollback(why="undo")


def test_the_same_appliance_may_have_another_name_elsewhere(ours: Stage) -> None:
    before = ours.configuration()
    other = theirs(ours)
    ours.name = "gateway-1"
    ours.apply()
    ours.name = "box"
    (copy,) = copies(ours).values()
    assert copy["record"]["host"] == "gateway-1"
    other.rollback(why="undo")
    assert ours.configuration() == before
    assert {record.host for record in all_records(other.records, "box")} == {"box"}


def test_a_last_copy_that_a_node_has_accepted_and_dropped_is_told_by_the_audit(
    pair_ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To read it before the first one is deleted would cost a request of each node and run (docs/decisions/0029-a-lease.md)."""
    write = Session.write

    def dropping(session: Session, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        (body,) = arguments[:1] or ({},)
        name = str((body or {}).get("systemfile", {}).get("filename", ""))
        if name.endswith("_ended.txt") and session.node == pair_ours.appliance.nodes[1]:
            body = {"systemfile": {**body["systemfile"], "filename": "other.txt"}}
            return write(session, method, path, body, *arguments[1:], **options)
        return write(session, method, path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", dropping)
        assert pair_ours.apply().verdict.word == "mitigated"
    assert (len(copies(pair_ours, 0)), copies(pair_ours, 1)) == (1, {})
    (record,) = records_of(pair_ours.records, "box", MITIGATION.id)
    with Connection(pair_ours.appliance) as connection:
        found = audit(connection, pair_ours.records, "box", trust=pair_ours.trust)
    assert found.missing == [f"the copy of {record.name} on {pair_ours.appliance.nodes[1]} is gone"]
