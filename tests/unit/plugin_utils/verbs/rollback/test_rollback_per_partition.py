# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback in several partitions as one plan: tests/engine/test_partitions.py has it on an appliance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import RecordKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_per_partition import (
    PartitionedRollback,
    PartitionedRollbackPlan,
    _last_run,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RollbackPlan

STEP = Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True})


def record(
    partition: str = "default",
    run: str = "r",
    kind: RecordKind = RecordKind.APPLY,
    *,
    touched: bool = True,
    undone: str = "",
    continues: tuple[str, ...] = (),
) -> Any:
    own = {"partition": partition, "run": run, "name": f"{run} in {partition}", "continues": continues}
    return SimpleNamespace(**own, kind=kind, touched=[STEP] if touched else [], undone_by=undone)


@pytest.mark.parametrize(
    ("names", "remarks", "plain"),
    [(("default",), (), True), (("default",), ("x",), False), (("default", "t"), (), False), (("t",), (), False)],
)
def test_plain_is_the_default_partition_alone(names: tuple[str, ...], remarks: tuple[str, ...], plain: bool) -> None:
    assert PartitionedRollbackPlan(dict.fromkeys(names, RollbackPlan()), remarks).is_plain is plain


@pytest.mark.parametrize(
    ("steps", "records", "has_steps", "leaves"),
    [
        ((), (), False, False),
        ((), (record(),), False, True),
        ((), (record(undone="x"),), False, False),
        ((), (record(undone="x"), record()), False, True),
        ((), (record(touched=False),), False, False),
        ((STEP,), (record(),), True, False),
    ],
)
def test_an_undo_without_steps_may_leave_earlier_runs(
    steps: tuple[Step, ...], records: tuple[Any, ...], has_steps: bool, leaves: bool
) -> None:
    plans = {"default": RollbackPlan(), "t": RollbackPlan(steps=steps, records=records)}
    plan = PartitionedRollbackPlan(plans)
    assert (plan.has_steps, plan.leaves_earlier_runs) == (has_steps, leaves)


def test_a_feature_that_stays_on_is_named_once() -> None:
    plans = {name: RollbackPlan(features_left=left) for name, left in (("a", ("x", "y")), ("b", ("y", "z")))}
    assert PartitionedRollbackPlan(plans).features_left == ("x", "y", "z")


@pytest.mark.parametrize(
    ("records", "partitions"),
    [
        ([], ["default"]),
        ([record("t", touched=False)], ["default"]),
        ([record("t", kind=RecordKind.VERIFY)], ["default"]),
        ([record("gone")], ["default"]),
        ([record("u"), record("t")], ["t", "u"]),
        ([record("u", "earlier"), record("t")], ["t"]),
        ([record("t"), record("u", "later", RecordKind.ROLLBACK)], ["t"]),
        # the last run continues one that died
        ([record("t", "died"), record("t", touched=False, continues=("died in t",)), record("u")], ["t", "u"]),
        ([record("t", "died"), record("u", "died"), record("u", continues=("died in u",))], ["t", "u"]),
        ([record("t", "died"), record("t", touched=False, continues=("died in t",))], ["t"]),
        # another run came between them in one partition
        ([*(record(name, "died") for name in "tu"), record("t", "b"), record("u", continues=("died in u",))], ["u"]),
    ],
)
def test_the_partitions_of_the_last_run(records: list[Any], partitions: list[str]) -> None:
    assert _last_run(records, ["default", "t", "u"]) == partitions


@pytest.mark.parametrize(
    ("names", "error", "text"),
    [
        (["default"], TourniquetError("gw: no answer."), "gw: no answer."),
        (
            ["default", "t"],
            TourniquetError("gw: no answer. It has been undone."),
            "partition default: gw: no answer. It has been undone. Not started because of this failure: partition t.",
        ),
        (["t"], Refused("gw: not like this"), "partition t: gw: not like this."),
    ],
)
def test_a_rollback_stops_at_a_failure_and_is_refused_where_nothing_was_written(
    names: list[str], error: TourniquetError, text: str
) -> None:
    connection = Mock(has_written=False)
    rollback = PartitionedRollback(connection, Mock())
    for name in names:
        rollback.runs[name] = Mock()
    rollback.runs[names[0]].carry_out.side_effect = error  # type: ignore[attr-defined]
    with pytest.raises(type(error)) as raised:
        rollback.carry_out(PartitionedRollbackPlan(dict.fromkeys(names, RollbackPlan())))
    assert str(raised.value) == text
