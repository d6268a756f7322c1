# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What bootstrap.yml refuses, what it then has written, and that the same command continues."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import CLUSTER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap import bootstrap
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.bootstrap import Bootstrap

from simulator import Simulator
from tests.engine.control_nodes import before
from tests.engine.test_bootstrap import BOX, PAIR, Control
from tests.stage.fleet import fleet_file

FLEET = fleet_file({"box": BOX, "cluster": {**BOX, "cluster": True}, "pair": PAIR}, save_reaches_secondary=False)
PATSET = {"policypatset": {"name": "theirs"}}
DONE = "Done so far, and not saved: add system cmdPolicy tourniquet "
CONTINUES = r"\. The same command continues: playbooks/bootstrap\.yml$"


@pytest.fixture
def control(
    request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Control:
    simulator.reset()
    for name in ("SYNC_PATIENCE", "SAVE_PATIENCE", "PAUSE"):
        monkeypatch.setattr(bootstrap, name, 0.02)
    return Control(simulator, tmp_path, getattr(request, "param", "box"))


def on(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("control", [name], indirect=True)


def refused_without_a_write(control: Control, told: str, *, times: int = 0, **fault: Any) -> None:
    before = control.everything()
    if fault:
        control.fleet.appliance(control.name).fault(times=times, **fault)
    with pytest.raises(Refused, match=told):
        control.make()
    assert control.everything() == before


def failed_halfway(control: Control, told: str, between: Callable[[], Any] = lambda: None, **changes: Any) -> None:
    """Assert that a run fails with a message that has what is done, and that the same command continues.

    :param between: is called between the plan and the first write
    """

    def work(run: Bootstrap) -> None:
        plan = run.plan()
        between()
        run.carry_out(plan)

    with pytest.raises(TourniquetError, match=told) as failed:
        control._run(work, changes)
    assert re.search(CONTINUES, str(failed.value))


@on("cluster")
def test_a_cluster_is_refused(control: Control) -> None:
    refused_without_a_write(control, rf"^cluster: {re.escape(CLUSTER)}\. Nothing was changed\.$")


def test_it_is_refused_where_the_partitions_cannot_be_read(control: Control) -> None:
    told = r"^box: whether there are admin partitions cannot be read \(allow: show ns partition\)\.$"
    refused_without_a_write(control, told, kind="nitro_error", type="nspartition", method="GET", code=2138)


def test_it_is_refused_where_unsaved_changes_cannot_be_read(control: Control) -> None:
    control.by_hand("POST", "policypatset", PATSET, save=False)
    told = r"^box: the appliance does not show what is not saved\. Nothing was changed\.$"
    refused_without_a_write(control, told, kind="nitro_error", type="nssavedconfig", method="GET", code=2138)


@pytest.mark.parametrize("count", [3, 4])
def test_of_many_unsaved_changes_the_first_are_named(control: Control, count: int) -> None:
    for number in range(count):
        control.by_hand("POST", "policypatset", {"policypatset": {"name": f"theirs{number}"}}, save=False)
    more = r" and 1 more" if count == 4 else ""
    lines = "; ".join(rf"\+ add policy patset theirs{number}" for number in range(3))
    refused_without_a_write(control, rf"a save would save too: {lines}{more}\. Have them saved or undone")


def test_an_account_that_others_change_after_the_plan_is_refused(control: Control) -> None:
    def work(run: Bootstrap) -> None:
        plan = run.plan()
        control.by_hand("POST", "systemuser", {"systemuser": {"username": "tourniquet", "password": "th3irs-now"}})
        run.carry_out(plan)

    told = r"^box: the account was changed between the plan and the lock\. Run the same playbook again\. Nothing was changed\.$"
    with pytest.raises(Refused, match=told):
        control._run(work, {})
    assert not any(row["policyname"] == "tourniquet" for row in control.rows("systemcmdpolicy"))
    assert not any(row["username"] == "tourniquet" for row in control.rows("systemuser_systemcmdpolicy_binding"))


def test_if_the_work_of_others_cannot_be_saved_first_nothing_of_ours_is_changed(control: Control) -> None:
    control.by_hand("POST", "policypatset", PATSET, save=False)
    before = control.everything()
    control.fleet.appliance("box").fault("nitro_error", type="nsconfig", action="save", code=284, times=0)
    told = r"No space left.*\. Nothing of ours was changed \(unsaved: save_first\)\.$"
    with pytest.raises(TourniquetError, match=told):
        control.make(unsaved="save_first")
    assert control.everything() == before
    assert control.rows("policypatset", "saved") == []


def test_a_step_without_effect_is_found_and_nothing_is_saved(control: Control) -> None:
    control.fleet.appliance("box").fault("no_effect", type="systemuser_systemcmdpolicy_binding", method="PUT")
    failed_halfway(
        control,
        r"^box: it does not read back as done: bind system user tourniquet tourniquet 100 is missing"
        rf"\. {DONE}",
    )
    assert not any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved"))
    assert [step.line for step in control.make().done] == ["bind system user tourniquet tourniquet 100"]
    control.log_on()


def test_a_removal_without_effect_is_found_and_nothing_is_saved(control: Control) -> None:
    control.make()
    control.fleet.appliance("box").fault("no_effect", type="systemcmdpolicy", method="DELETE")
    told = r"it does not read back as done: rm system cmdPolicy tourniquet is missing\. Done so far, and not saved: unbind "
    failed_halfway(control, told, remove=True)
    assert any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved"))


def test_an_account_that_cannot_log_on_is_not_saved(control: Control) -> None:
    told = rf"^box: the user tourniquet cannot log on: .*354.*\. {DONE}"
    failed_halfway(control, told, lambda: control.fleet.appliance("box").fault("wrong_credentials", times=0))
    assert not any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved"))


def test_a_change_of_others_during_the_run_is_not_saved_with_ours(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change() -> None:
        control.by_hand("POST", "policypatset", PATSET, save=False)

    before(monkeypatch, bootstrap, "logs_on", change)
    told = rf"^box: somebody else changed the configuration in the meantime: \+ add policy patset theirs\. {DONE}"
    failed_halfway(control, told)
    assert control.rows("policypatset", "saved") == []
    assert not any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved"))


def test_a_save_that_fails_is_said(control: Control) -> None:
    control.fleet.appliance("box").fault("nitro_error", type="nsconfig", action="save", code=284, times=0)
    failed_halfway(control, rf"No space left.*\. {DONE}")
    control.fleet.appliance("box").clear_faults()
    result = control.make()
    assert (result.done, result.saved) == ([], True)


@on("pair")
def test_a_save_that_stays_on_the_primary_is_done_on_the_secondary(control: Control) -> None:
    assert control.make().saved is True
    assert any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved", 1))


@on("pair")
def test_a_save_that_fails_on_the_secondary_is_said(control: Control) -> None:
    control.fleet.appliance("pair").fault("nitro_error", node=1, type="nsconfig", action="save", code=284, times=0)
    failed_halfway(control, r"No space left.*\. Done so far, and saved: add system cmdPolicy tourniquet ")
    assert any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved", 0))
    assert not any(row["username"] == "tourniquet" for row in control.rows("systemuser", "saved", 1))


@on("pair")
def test_the_secondary_is_not_saved_with_changes_of_others(control: Control) -> None:
    control.by_hand("POST", "policypatset", PATSET)
    failed_halfway(
        control,
        r"^pair \(node 127\.0\.0\.1:\d+\): the secondary has unsaved changes of others, so nothing was saved there: "
        r"\+ add policy patset theirs\. Done so far, and saved: add system cmdPolicy tourniquet ",
    )
    assert control.rows("policypatset", "saved", 1) == []
