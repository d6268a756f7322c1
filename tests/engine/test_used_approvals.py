# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An approval is for one run on an appliance: each way to use it again is refused before anything but the lock is written.

The gate of the actions compares the records beside the inventory (``tests/unit/action/test_approvals.py``). Here they are deleted, replaced or
elsewhere, and the copies on the nodes show the use.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import record_copies, used_approvals
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from tests.engine.control_nodes import files
from tests.engine.records import records_of
from tests.engine.test_partitions import BOX, UNPROVEN
from tests.stage.memory import MITIGATION, Stage

REQUEST = "5c" * 32
APPROVED = {"wanted": 1, "request": REQUEST, "by": [{"principal": "alice@example.com", "key": "SHA256:x"}]}
OTHER = {**APPROVED, "request": "6d" * 32}
USED = "box: the approvals were used already, by the run of the"
COPY = rf"{USED} record \S*\.json \(its copy is on node 127\.0\.0\.1\); an approval is for one run\. Plan again"


def again(stage: Stage, **options: Any) -> None:
    """Run once more with the approval, as another run."""
    stage.run = "again"
    stage.apply(**{"approval": APPROVED, **options})


@pytest.fixture
def used(ours: Stage) -> Stage:
    """An approval was used, and its change was taken back: the appliance is as it was when it was planned."""
    ours.apply(approval=APPROVED)
    ours.rollback()
    ours.simulator.clear_requests()
    return ours


def written(stage: Stage) -> list[str]:
    """The configuration, and our files on the nodes."""
    return [*stage.configuration(), *stage.configuration("saved"), *files(stage)]


def same_records(_stage: Stage) -> str:
    return f"{USED} record "


def deleted_records(stage: Stage) -> str:
    shutil.rmtree(stage.records)
    return COPY


def another_control_node(stage: Stage) -> str:
    stage.records = stage.records.parent / "theirs"
    stage.trust = RecordTrust(key=stage.records.parent / "their_key")
    return COPY


def a_record_that_was_signed_again_without_it(stage: Stage) -> str:
    record = next(one for one in records_of(stage.records, "box", MITIGATION.id) if one.approved_request)
    values = {name: value for name, value in record.content.values.items() if name != "approval"}
    record.content = type(record.content)(values).unsigned()
    record.write()
    assert ChangeRecord.read(record.path).provenance.is_trusted
    return COPY


def a_copy_of_a_run_that_died(stage: Stage) -> str:
    """Only its first copy is there, and it is cut off: it counts with its signature gone, too."""
    node = stage.simulator.fleet.appliances["box"].nodes[0]
    (name,) = [name for name, content in files(stage).items() if REQUEST.encode() in content]
    content = files(stage)[name]
    del node.files[f"{DIRECTORY}/{name}"]
    node.write_file(f"{DIRECTORY}/{name.replace('_ended', '_begun')}", content[:-40])
    shutil.rmtree(stage.records)
    return COPY


@pytest.mark.parametrize(
    "way",
    [
        same_records,
        deleted_records,
        another_control_node,
        a_record_that_was_signed_again_without_it,
        a_copy_of_a_run_that_died,
    ],
)
def test_it_is_not_used_again(used: Stage, way: Callable[[Stage], str]) -> None:
    message = way(used)
    before = written(used)
    with pytest.raises(Refused, match=message):
        again(used)
    assert written(used) == before
    again(used, approval=OTHER)
    assert used.status().verdict.word == "mitigated"


def test_without_a_lock_it_is_not_used_again_either(used: Stage) -> None:
    shutil.rmtree(used.records)
    with pytest.raises(Refused, match=COPY):
        again(used, lock=False)


def test_the_copy_of_a_record_that_is_too_large_shows_it(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_copies, "LARGEST", 500)
    ours.apply(approval=APPROVED)
    ours.rollback()
    assert all(b'"record": null' in content for content in files(ours).values())
    shutil.rmtree(ours.records)
    with pytest.raises(Refused, match=COPY):
        again(ours)


def test_the_run_itself_goes_on_in_each_partition_with_the_same_approval(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(BOX)
    result = stage.apply_all(approval=APPROVED, **UNPROVEN)
    assert result.failed == ""
    assert len(result.partitions) == 3
    stage.rollback_all()
    stage.run = "again"
    shutil.rmtree(stage.records)
    assert "the approvals were used already" in stage.apply_all(approval=APPROVED, **UNPROVEN).failed


def test_nothing_is_changed_where_the_copy_that_shows_it_cannot_be_written(ours: Stage) -> None:
    """The lock is the first file, the copy the second one."""
    before = ours.configuration()
    ours.simulator.appliance("box").fault("nitro_error", code=284, type="systemfile", method="POST", nth=2, times=1)
    with pytest.raises(
        Refused, match=r"^box: the copy of the record, which shows that the approvals are used, cannot be"
    ):
        ours.apply(approval=APPROVED)
    assert ours.configuration() == before
    (record,) = records_of(ours.records, "box", MITIGATION.id)
    assert record.outcome == "failed"
    ours.simulator.appliance("box").clear_faults()
    assert ours.apply().verdict.word == "mitigated"


def test_a_node_that_does_not_show_its_copies_is_refused(used: Stage) -> None:
    used.simulator.appliance("box").fault("nitro_error", code=4001, type="systemfile", method="GET", times=0)
    shutil.rmtree(used.records)
    with pytest.raises(Refused, match=r"box: it cannot be seen whether the approvals were used \(.*\)\. Plan again"):
        again(used, lock=False)


def test_more_copies_than_are_read_are_refused(used: Stage) -> None:
    with mock.patch.object(used_approvals, "MOST_COPIES", 1):
        with pytest.raises(
            Refused, match=r"2 files in /var/tmp have names of copies .*, and only 1 are read, so it cannot be"
        ):
            again(used, approval=OTHER)
        again(used, approval={})
    assert used.status().verdict.word == "mitigated"


def test_one_node_of_a_pair_that_has_the_copy_is_enough(pair_ours: Stage) -> None:
    pair_ours.apply(approval=APPROVED)
    pair_ours.rollback()
    shutil.rmtree(pair_ours.records)
    for name in [name for name in files(pair_ours) if name.startswith("tourniquet_")]:
        del pair_ours.simulator.fleet.appliances["box"].nodes[0].files[f"{DIRECTORY}/{name}"]
    with pytest.raises(Refused, match=USED):
        again(pair_ours)


def test_a_run_without_approvals_reads_no_copy_for_it(used: Stage) -> None:
    used.apply()
    requests = [(entry["method"], entry["target"]) for entry in used.simulator.requests()]
    assert [target for method, target in requests if method == "GET" and "_ended.txt" in target] == []
