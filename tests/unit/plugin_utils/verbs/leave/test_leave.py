# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands against a removal of everything, and what the records say of copies that are gone: tests/engine/test_leave.py plays it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave import leave
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.leave import (
    LeaveParameters,
    plan_removal,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.leftovers import Leftovers

CLOSED = (
    "gw: closed by us: gw CHG1; web CHG2. Open these virtual servers first: reopen.yml, with the step that closed them."
)


@pytest.mark.parametrize(
    ("found", "refused", "told"),
    [
        (Leftovers(), (), ""),
        (Leftovers(settings={"a": ("x",), "b": ("y",)}), (), ""),
        (Leftovers(not_read=("n2 was not read.",)), (), "gw: n2 was not read."),
        (Leftovers(closed=("gw CHG1", "web CHG2")), (), CLOSED),
        (Leftovers(settings={"a": ("x",), "b": ("y",)}), ("a",), "gw: a is needed."),
        (
            Leftovers(settings={"a": ("x",), "b": ("y",)}, closed=("gw CHG1", "web CHG2"), not_read=("n2", "n2")),
            ("a", "b"),
            f"gw: n2. {CLOSED} gw: a is needed. gw: b is needed.",
        ),
    ],
)
def test_every_reason_against_a_removal_is_named_once(
    monkeypatch: pytest.MonkeyPatch, found: Leftovers, refused: tuple[str, ...], told: str
) -> None:
    def rollback(_connection: Any, id_: str) -> Any:
        def plan() -> str:
            if id_ in refused:
                raise Refused(f"gw: {id_} is needed.")
            return f"plan of {id_}"

        return SimpleNamespace(plan=plan)

    monkeypatch.setattr(leave, "PartitionedRollback", rollback)
    run: Any = SimpleNamespace(appliance=SimpleNamespace(name="gw"))
    parameters = LeaveParameters(run=run, rollback=lambda id_: id_)  # type: ignore[arg-type,return-value]
    connection: Any = None
    if told:
        with pytest.raises(Refused) as caught:
            plan_removal(connection, parameters, found)
        assert str(caught.value) == told
    else:
        plans = plan_removal(connection, parameters, found)
        assert plans == {id_: f"plan of {id_}" for id_ in found.measures}


def test_records_lose_the_copies_that_were_deleted() -> None:
    noted: list[Any] = []

    def record(*copies: str) -> Any:
        return SimpleNamespace(copies=copies, note=lambda **facts: noted.append(facts))

    leave._note_deleted([record("n1", "n2"), record("n3"), record("n1"), record()], ["n1"])
    assert noted == [{"copies": ["n2"]}, {"copies": []}]
