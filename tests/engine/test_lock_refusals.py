# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lock that cannot be had: the run never goes on as if it had it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import step_executor
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import (
    Change,
    Proof,
    ProofFindings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import (
    RENEW_AFTER,
    ApplianceLock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import LeaseLost
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError

from tests.engine import test_change_transaction
from tests.engine.control_nodes import files, lock_on, put_lock
from tests.engine.test_change_transaction import NotedProof, carry_out
from tests.stage.memory import Stage


def test_a_lock_that_others_take_each_time_is_not_ours(ours: Stage) -> None:
    """The appliance refuses to create the file, and shows none: each time somebody was faster, and has gone."""
    state = ours.configuration(), ours.configuration("saved")
    exists = {"type": "systemfile", "method": "POST", "code": 1642, "times": 0}
    ours.simulator.appliance("box").fault("nitro_error", **exists)
    with pytest.raises(
        Refused, match=r"^box: other runs take the lock again and again\. Try again later\. Nothing was changed\.$"
    ):
        ours.apply()
    assert (ours.configuration(), ours.configuration("saved")) == state
    assert files(ours) == {}
    assert list(ours.records.glob("box/*.json")) == [], "no run has begun"
    ours.simulator.appliance("box").clear_faults()
    assert ours.apply().verdict.word == "mitigated"


def test_on_a_pair_the_lock_of_the_other_node_is_given_back(pair_ours: Stage) -> None:
    exists = {"type": "systemfile", "method": "POST", "code": 1642, "times": 0}
    pair_ours.simulator.appliance("box").fault("nitro_error", node=1, **exists)
    state = [pair_ours.configuration(node=node) for node in (0, 1)]
    with pytest.raises(
        Refused, match=r"other runs take the lock again and again\. Try again later\. Nothing was changed\.$"
    ):
        pair_ours.apply()
    assert (lock_on(pair_ours, 0), lock_on(pair_ours, 1)) == (None, None)
    assert [pair_ours.configuration(node=node) for node in (0, 1)] == state


# -- a lease that is lost in the middle --------------------------------------------------------------------------------


def test_a_batch_of_which_the_lease_was_lost_is_neither_undone_nor_gone_on_with(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loses_it(session: Any, _batch: Any, confirm: Any) -> str:
        confirm(session)  # before the first request it was there
        put_lock(ours)
        confirm(session)
        return pytest.fail("the second request was sent")

    monkeypatch.setattr(step_executor, "send_batch", loses_it)
    state = ours.configuration(), ours.configuration("saved")
    with pytest.raises(
        LeaseLost, match=r"this run has lost the lock .* it writes nothing any more, not even an undo\."
    ):
        ours.apply()
    assert (ours.configuration(), ours.configuration("saved")) == state
    assert (lock_on(ours) or {})["token"] == "their-token"


def test_a_step_for_a_name_that_nitro_does_not_allow_is_not_sent(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = "(unusable name 0123456789ab)"
    step = Step("responderpolicy", (stand_in,), None, {"name": stand_in, "rule": "TRUE", "action": "NOOP"})
    monkeypatch.setattr(test_change_transaction, "STEPS", (step,))
    state = ours.configuration(), ours.configuration("saved")
    with pytest.raises(TourniquetError, match=r"nothing is sent for an object whose name NITRO does not allow"):
        carry_out(ours, NotedProof(ours, ProofFindings(facts={})))
    assert (ours.configuration(), ours.configuration("saved")) == state


def test_a_run_that_had_nothing_to_write_has_no_lock_to_write_with(ours: Stage) -> None:
    with Connection(ours.appliance) as connection:
        change = Change(kind="apply", noun="the change", playbook="apply.yml", seal="seal", planned_at="", writes=False)
        transaction = ChangeTransaction(connection, ours.parameters(), change, Proof(), lambda: True)
        with pytest.raises(
            Refused, match=r"^box: the run had nothing to write, and has no lock: run apply\.yml again$"
        ):
            transaction._confirm_lease(connection.primary)


def test_a_lease_that_somebody_else_has_at_the_renewal_is_lost(ours: Stage) -> None:
    seconds = [1000.0]
    with Connection(ours.appliance) as connection:
        lock = ApplianceLock(connection, ours.parameters(), clock=lambda: seconds[0])
        with lock:
            put_lock(ours)
            seconds[0] += RENEW_AFTER + 1
            with pytest.raises(LeaseLost, match=r"this run has lost the lock"):
                lock.confirm(connection.primary)


# -- a refusal, and a failure behind a write ---------------------------------------------------------------------------


def test_a_run_that_is_refused_before_its_first_write_is_a_refusal(ours: Stage) -> None:
    exists = {"type": "systemfile", "method": "POST", "code": 1642, "times": 0}
    ours.simulator.appliance("box").fault("nitro_error", **exists)
    with pytest.raises(Refused) as raised:
        ours.apply()
    assert (raised.value.has_written, raised.value.is_refusal) == (False, True)


def test_a_run_that_has_written_is_no_refusal_any_more(ours: Stage) -> None:
    """The screen says REFUSED where nothing was begun; here something was."""

    def fails_over_behind_a_write() -> None:
        with Connection(ours.appliance) as connection:
            assert not connection.has_written, "it has read only"
            connection.primary.write("PUT", "nshostname", {"nshostname": {"hostname": "gw"}})
            raise Refused("it is taken")

    with pytest.raises(Refused, match="it is taken") as raised:
        fails_over_behind_a_write()
    assert (raised.value.has_written, raised.value.is_refusal) == (True, False)


def test_a_lost_lease_is_a_failure() -> None:
    assert not LeaseLost("another run has it").is_refusal
