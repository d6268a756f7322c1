# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closing and opening by a measure on a simulated appliance: who gets what, by whose decision, and nothing of another customer changes."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.action import close, reopen
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.step_action import StepAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import (
    STOPS_EVERYBODY,
    LadderStep,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, Save
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import SlicedJob
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import change_transaction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import read_plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.summary import summary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    NitroError,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    are_commands,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    RowAnswer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.still_closed import (
    open_all_the_same,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VerdictWord,
    worst_verdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.foresight import Effect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import consent_notes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import scope as scope_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.close_off import CloseOff
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.closing_task import require_possible
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.run import CloseByMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN_DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.proven_run import ApplyProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import partition_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.closed_report import closed_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import commands_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.reopen_off import ReopenAccess
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.run import OpenByMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RollbackReason
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import (
    DesiredVersion,
    Exposure,
    ExposureCheck,
)

from simulator import Simulator
from tests.engine.closing_stage import WHY, ClosingStage
from tests.engine.control_nodes import DiedError, dying, put_lock
from tests.engine.control_nodes import before as right_before
from tests.stage.client import connection_to
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, MITIGATION

BOX: dict[str, Any] = {
    "build": "14.1 43.50",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.1.1:0", "protocol": "SSL"},
        {"type": "lb", "name": "shop", "address": "127.0.1.1:0", "protocol": "SSL"},
    ],
    "configuration": {
        "lbvserver": [{"name": "mail", "servicetype": "TCP", "ipv46": "192.0.2.9", "port": 25}],
    },
}
OLD: dict[str, Any] = {
    **BOX,
    "build": "13.0 47.22",
    "nodes": ["127.0.0.2:0"],
    "vservers": [{**one, "address": "127.0.1.2:0"} for one in BOX["vservers"]],
}
"""An appliance that is affected by CVE-2019-19781."""
BOTH = ClosureScope(vips=("gw", "shop"))
BROUWER, DE_WIT = ClosureScope(customers=("Brouwer",)), ClosureScope(customers=("De Wit",))
OWNERS = {"shop": "De Wit", "mail": "De Wit"}
CUSTOMERS = {"Brouwer": Customer("Brouwer", "nl"), "De Wit": Customer("De Wit", "en")}
PARTNERS = (ip_network("198.51.100.0/24"),)


FLEET = fleet_file({"box": BOX, "old": OLD})


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> ClosingStage:
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path)
    stage.variables |= {"customer": "Brouwer", "vserver_customers": OWNERS}
    return stage


def page(stage: ClosingStage, vserver: str, client: str = "127.0.0.1") -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of the answer of a virtual server to any request."""
    vip = next(vip for vip in stage.variables["vips"] if vip["name"] == vserver)
    connection = connection_to(vip, client)
    connection.request("POST", "/any/<b>path?x=<i>", body="text", headers={"User-Agent": "<script>"})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read().decode("ascii")
    connection.close()
    return found


def test_notice_is_the_page_of_each_customer_and_is_taken_back_exactly(stage: ClosingStage) -> None:
    before = stage.configuration()
    plan, result = stage.close(LadderStep.NOTICE, BOTH, customers=CUSTOMERS, texts={"nl": "Bel ons."})
    assert result is not None
    assert (result.failed, result.verdict.word) == ("", "enforcing")
    words = "\n".join(partition_lines(result.partitions["default"]))
    assert "requests to be stopped match" in words
    assert "variants of requests to be stopped match" in words
    assert "attacks match" not in words, "a page for everybody is no rule against attacks"
    assert [vserver.name for _partition, vserver in plan.closed_vservers()] == ["gw", "shop"]
    status, headers, body = page(stage, "gw")
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "3600", "no-store")
    assert "<p>Bel ons.</p>" in body
    assert len(body) == int(headers["Content-Length"])
    assert 'lang="en"' not in body
    _status, _headers, english = page(stage, "shop")
    assert "Access is closed for now" in english
    assert 'lang="nl"' not in english
    assert not any(part in body + english for part in ("path", "script", "<b>", "<i>")), "nothing of the request"
    assert {one.text(datetime.now(UTC)).partition(" since ")[0] for one in stage.closed()} == {
        "gw closed (notice)",
        "shop closed (notice)",
    }
    assert {(one.decided_by, one.reason, one.ticket) for one in stage.closed()} == {("J. Jansen", WHY, "CHG0044")}
    stage.open(LadderStep.NOTICE)
    assert stage.configuration() == before
    assert stage.closed() == []


def test_customers_are_closed_and_opened_one_by_one(stage: ClosingStage) -> None:
    before = stage.configuration()
    stage.close(LadderStep.NOTICE, BROUWER, customers=CUSTOMERS)
    only_brouwer = stage.configuration()
    assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (503, 404)
    stage.close(LadderStep.NOTICE, DE_WIT, customers=CUSTOMERS)
    assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (503, 503)
    plan, result = stage.open(LadderStep.NOTICE, DE_WIT, customers=CUSTOMERS)
    assert result is not None
    assert [one.object_id[1][0] for one in plan.stays] == ["gw"]
    assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (503, 404)
    assert stage.configuration() == only_brouwer
    stage.open(LadderStep.NOTICE, BROUWER)
    assert stage.configuration() == before
    # What the exposure ledger makes of these records.
    entry = load_entry(CATALOGUE)
    ledger = LedgerReader(stage.appliance, (entry,), stage.records, stage.trust, catalogue=CATALOGUE.parent).unread(
        "not read"
    )
    found = {row.customer: [(one.vserver, one.step, one.reopened.is_known) for one in row.closings] for row in ledger}
    assert found == {"Brouwer": [("gw", "notice", True)], "De Wit": [("shop", "notice", True)]}


def test_what_no_policy_answers_stays_open_and_is_named(stage: ClosingStage) -> None:
    plan, result = stage.close(LadderStep.NOTICE)
    assert result is not None
    assert plan.stays_open == ("mail (lb 192.0.2.9:25) STAYS OPEN: no policy answers TCP. Choose -e step=off",)
    nothing, none = stage.close(LadderStep.NOTICE, ClosureScope(vips=("mail",)))
    assert (nothing.stays_open, none) == (plan.stays_open, None)


def test_closing_that_the_build_does_not_evaluate_is_recorded_nowhere(tmp_path: Path) -> None:
    """Status, the register of consent and letters rest on the records: an appliance that stays open would be told as closed."""
    box = {**BOX, "build": "12.1 51.14"}
    with Simulator(fleet_file({"box": box})) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.variables["customer"] = "Brouwer"
        options = task_options(stage, close.ActionModule, expires="8")
        for more in ({}, {"extend": True}):
            shown = CloseByMeasure(stage.appliance, {**options, **more}, True, False).values()
            assert shown["msg"].startswith("not closed (notice): 12.1 51.14")
            failed = CloseByMeasure(stage.appliance, {**options, **more}, False, False).values()
            assert "STAYS OPEN" in failed["msg"]
            assert (stage.closed(), consents(stage)) == ([], [])
        plan, _result = stage.close(LadderStep.NOTICE, ClosureScope(vips=("gw",)), only_plan=True)
        assert (plan.has_effect, plan.without_effect) == (False, True)


def test_whom_it_hits_has_what_is_open_although_the_records_call_it_closed(stage: ClosingStage) -> None:
    """An appliance that lost what was not saved, or a person who removed it, has opened it."""
    stage.close(LadderStep.NOTICE, BOTH)
    plan, _result = stage.close(LadderStep.NOTICE, BOTH, only_plan=True)
    assert list(plan.hit_vservers()) == []
    stage.simulator.reset()
    plan, _result = stage.close(LadderStep.NOTICE, BOTH, only_plan=True)
    assert list(plan.closed_vservers()) == []
    assert sorted(vserver.name for _partition, vserver in plan.hit_vservers()) == ["gw", "shop"]


def test_what_somebody_took_off_is_said_to_be_closed_again(stage: ClosingStage) -> None:
    """Seen: "closed (notice) before", of a virtual server that was open."""
    options = task_options(stage, close.ActionModule, step="notice", expires="8", vips=["gw"])
    CloseByMeasure(stage.appliance, options, False, False).values()
    with Connection(stage.appliance) as connection:
        for row in connection.primary.read("vpnvserver_responderpolicy_binding", "gw"):
            place = f"policy:{row['policy']},bindpoint:{row['bindpoint']}"
            connection.primary.write("DELETE", f"vpnvserver_responderpolicy_binding/gw?args={place}")
        connection.primary.save()
    planned = CloseByMeasure(stage.appliance, options, True, False).values()["msg"]
    assert planned.startswith("would be closed again (notice), it is open: gw (vpn ")
    done = CloseByMeasure(stage.appliance, options, False, False).values()["msg"]
    assert done.startswith("closed again (notice), it was open: gw (vpn ")


def test_what_no_request_can_name_stays_open_and_the_run_says_so(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: "closed (notice): gw", exit code 0 of the step, and nothing of a second virtual server in scope."""
    monkeypatch.setattr(Vserver, "has_usable_name", property(lambda one: one.name != "shop"))
    options = task_options(stage, close.ActionModule, step="notice", expires="8", vips=["gw", "shop"])
    values = CloseByMeasure(stage.appliance, options, False, False).values()
    assert (values["failed"], whole_result(values)["is_closed"]) == (True, False)
    told = r"shop \(.*\) STAYS OPEN: NITRO allows no such name, so nothing can be sent for it\. Switch it off on the appliance itself"
    assert re.search(told, values["msg"])


def test_nothing_changes_in_a_plan_and_in_a_second_run(stage: ClosingStage) -> None:
    before = stage.configuration()
    stage.close(LadderStep.NOTICE, BOTH, only_plan=True)
    assert stage.configuration() == before
    assert stage.closed() == []
    stage.close(LadderStep.NOTICE, BOTH)
    closed = stage.closed()
    plan, _result = stage.close(LadderStep.NOTICE, BOTH)
    assert (plan.steps, plan.has_effect) == ([], False)
    assert stage.closed() == closed, "the first decision is in force"


def test_what_was_closed_or_opened_since_the_plan_ends_no_run_well(stage: ClosingStage, tmp_path: Path) -> None:
    """Another run or a person did it: what the plan has shown was not done, and the decision is not recorded."""
    given = {"vips": ["gw"], "plans": str(tmp_path / "plans")}
    closing = task_options(stage, close.ActionModule, expires="8", **given)
    opening = task_options(stage, reopen.ActionModule, accept_exposure=True, second="S. Bakker", **given)
    CloseByMeasure(stage.appliance, closing, True, False).values()
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "vpnvserver?action=disable", {"vpnvserver": {"name": "gw"}})
        with pytest.raises(Refused, match=r"it has changed since .* was made: .*Nothing was changed\.$"):
            CloseByMeasure(stage.appliance, closing, False, False).values()
        connection.primary.write("POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
    assert stage.closed() == []
    stage.close(LadderStep.NOTICE, ClosureScope(vips=("gw",)))
    OpenByMeasure(stage.appliance, opening, True, False).values()
    stage.open(LadderStep.NOTICE)
    with pytest.raises(Refused, match=r"it has changed since .* was made: .*Nothing was changed\.$"):
        OpenByMeasure(stage.appliance, opening, False, False).values()


def test_new_decision_is_recorded_though_nothing_is_written(stage: ClosingStage) -> None:
    stage.close(LadderStep.NOTICE, BOTH, hours=8)
    before, since = stage.configuration(), [one.since for one in stage.closed()]
    first = [one.expires for one in stage.closed()]
    stage.close(LadderStep.NOTICE, BOTH, hours=48, extend=True)
    assert stage.configuration() == before
    assert [one.since for one in stage.closed()] == since
    assert all(new > old for new, old in zip([one.expires for one in stage.closed()], first, strict=True))


def test_partners_only_is_proven_from_outside(stage: ClosingStage) -> None:
    before = stage.configuration()
    _plan, result = stage.close(LadderStep.PARTNERS, BOTH, networks=PARTNERS)
    assert result is not None
    assert (result.failed, result.verdict.word) == ("", "enforcing")
    assert page(stage, "shop")[0] == 403
    stage.close(LadderStep.NOTICE, BROUWER)
    assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (503, 403), "the page comes first"
    stage.open(LadderStep.NOTICE)
    stage.open(LadderStep.PARTNERS)
    assert stage.configuration() == before


def test_control_node_in_a_partner_network_is_served(stage: ClosingStage) -> None:
    _plan, result = stage.close(LadderStep.PARTNERS, BOTH, networks=(ip_network("127.0.0.0/8"),))
    assert result is not None
    assert result.failed == ""
    assert page(stage, "shop")[0] == 404
    assert result.partitions["default"].state.saved is True


@pytest.mark.parametrize(
    ("step", "vips", "networks", "foreseen"),
    [
        (LadderStep.NOTICE, ("gw",), (), "gw"),
        (LadderStep.NOTICE, ("shop",), (), "shop"),
        (LadderStep.PARTNERS, ("gw", "shop"), PARTNERS, "gw shop"),
        (LadderStep.PARTNERS, ("gw", "shop"), (ip_network("127.0.0.0/8"),), ""),
    ],
)
def test_a_plan_foresees_that_nothing_is_proven_behind_a_closing(
    simulator: Simulator,
    tmp_path: Path,
    step: LadderStep,
    vips: tuple[str, ...],
    networks: tuple[Any, ...],
    foreseen: str,
) -> None:
    """A policy of the closing answers our requests, so apply would fail at its canary; a control node among the partners gets through."""
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path, "old")
    stage.close(step, ClosureScope(vips=vips), networks=networks)
    found = stage.plan_all().partitions["default"].foreseen
    named = [one for one in found if f"closed ({step})" in one.reason]
    assert [(one.effect, one.holds) for one in named] == [(Effect.UNPROVEN, True)] * bool(foreseen)
    for one in named:
        places, _, _rest = one.reason.partition(f": closed ({step}), so no request gets past that")
        assert places.split(", ") == foreseen.split()
        assert "apply it once it is open; in host_vars of old: `save: always`" in one.setting
    records = list(stage.records.rglob("*.json"))
    for path in records:  # a record that is not trusted says nothing
        path.write_text(path.read_text().replace("J. Jansen", "N. Obody"))
    assert not [one for one in stage.plan_all().partitions["default"].foreseen if "closed (" in one.reason]


@pytest.mark.parametrize("vips", [("gw",), ("gw", "shop")])
@pytest.mark.parametrize("step", [LadderStep.NOTICE, LadderStep.PARTNERS])
def test_a_rule_behind_our_closing_keeps_the_word_of_its_proof(
    simulator: Simulator, tmp_path: Path, step: LadderStep, vips: tuple[str, ...]
) -> None:
    """What our closing stops is no failure of our other rule, and no reason to open."""
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path, "old")
    assert str(stage.apply().verdict.word) == "mitigated"
    stage.close(step, ClosureScope(vips=vips), networks=PARTNERS if step is LadderStep.PARTNERS else ())
    before = len(list(stage.records.rglob("*.json")))
    read = stage.status(probes="none").verdict
    for probes in ("few", "all"):
        result = stage.status(probes=probes)
        verdict = result.verdict
        assert result.proof.after, "requests were sent, or named as not judged"
        assert str(verdict.word) == str(read.word) == "mitigated"
        assert verdict.next_action == read.next_action
        assert verdict.reason.startswith(f"{read.reason}; at gw (")
        assert f" not judged here, stopped by our closing_{step} (tq_closing_{step}__" in verdict.reason
        assert "reopen" not in verdict.next_action
    assert len(list(stage.records.rglob("*.json"))) == before, "nothing was proven by it"


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_rule_behind_our_closing_that_was_never_proven_is_not_proven_by_it(
    simulator: Simulator, tmp_path: Path, is_saved: bool
) -> None:
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path, "old")
    stage.close(LadderStep.NOTICE, BOTH)
    stage.apply(save=Save.ALWAYS if is_saved else Save.PROVEN)
    verdict = stage.status(probes="few").verdict
    assert str(verdict.word) == "applied, unproven"
    assert "stopped by our closing_notice" in verdict.reason
    assert "reopen" not in verdict.next_action
    assert verdict.next_action.startswith("apply it once it is open")


def test_a_rule_that_was_changed_behind_our_closing_loses_its_word(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path, "old")
    stage.apply()
    stage.close(LadderStep.NOTICE, BOTH)
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        session.write("PUT", "responderpolicy", {"responderpolicy": {"name": "tq_cve_2019_19781", "rule": "false"}})
    assert str(stage.status(probes="few").verdict.word) not in ("mitigated", "reduces exposure")


def test_partners_without_networks_are_refused(stage: ClosingStage) -> None:
    with pytest.raises(InvalidInput, match="the step partners needs the networks"):
        stage.close(LadderStep.PARTNERS, BOTH)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (LadderStep.COUNTRIES, "it has none. Set geoblock_policy"),
        (LadderStep.PATHS, "it has none. Set netscaler_whitelists"),
    ],
)
def test_step_of_a_measure_that_the_inventory_lacks_is_refused(
    stage: ClosingStage, step: LadderStep, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        stage.close(step, BOTH)


LISTS = [
    {"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway"]},
    {"vserver": "shop", "kind": "lb", "mode": "observe", "allow": [{"prefix": "/shop/"}]},
]
SHOP = ClosureScope(vips=("shop",))


def apply_as_the_inventory_says(stage: ClosingStage, step: LadderStep) -> None:
    """Bring in what only counts, as apply.yml does before a closing."""
    parameters = stage.close_parameters(stage.inputs(step), who="J. Jansen")
    with Connection(stage.appliance) as connection:
        assert PartitionedDeployment(connection, parameters).apply().failed == ""


def test_paths_block_where_they_counted_and_count_again_afterwards(stage: ClosingStage) -> None:
    stage.settings[LadderStep.PATHS] = LISTS
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    counting = stage.configuration()
    _plan, result = stage.close(LadderStep.PATHS, SHOP)
    assert result is not None
    assert result.failed == ""
    assert page(stage, "shop")[0] == 403
    assert page(stage, "gw")[0] != 403, "of another customer, who is out of scope"
    assert [one.text(datetime.now(UTC)).partition(" since ")[0] for one in stage.closed()] == ["shop closed (paths)"]
    stage.open(LadderStep.PATHS)
    assert stage.configuration() == counting
    assert stage.closed() == []
    stage.close(LadderStep.PATHS, BOTH)
    with pytest.raises(Refused, match=r"gw was closed by the same geoblock or lists, and is out of scope"):
        stage.open(LadderStep.PATHS, SHOP)
    stage.open(LadderStep.PATHS, BOTH)
    assert stage.configuration() == counting


def test_a_rollback_of_the_lists_of_a_closing_takes_protection_away(stage: ClosingStage) -> None:
    """A mitigation beside it stops each attack of the catalogue, and the closing was against what nobody knows: it ended with exit code 0."""
    stage.apply()
    stage.settings[LadderStep.PATHS] = LISTS
    stage.close(LadderStep.PATHS, BOTH)
    lists, before = stage.inputs(LadderStep.PATHS).asked, stage.configuration()
    with pytest.raises(Refused, match=r"TAKES PROTECTION AWAY from lb vserver shop, vpn vserver gw: a rule of ours"):
        stage.taken_off(lists, RollbackReason.AFTER_FIX, others=(MITIGATION,))
    assert stage.configuration() == before
    decided = {"who": "J. Jansen", "reason": "the fix runs"}
    played = stage.taken_off(lists, RollbackReason.AFTER_FIX, others=(MITIGATION,), **decided)
    assert played.values["takes_away"] == ["lb vserver shop", "vpn vserver gw"]
    assert stage.closed() == []


@pytest.mark.parametrize("step", [LadderStep.PATHS, LadderStep.COUNTRIES])
def test_what_only_counted_does_so_again_after_a_failure(stage: ClosingStage, tmp_path: Path, step: LadderStep) -> None:
    """The read of a Gateway's binding shows no goto (the open fact vpn_binding_echoes_goto): the records know it."""
    stage.settings |= {LadderStep.PATHS: LISTS, LadderStep.COUNTRIES: geoblock(tmp_path)}
    apply_as_the_inventory_says(stage, step)
    counting = stage.configuration()
    appliance = stage.simulator.appliance("box")
    appliance.fault("nitro_error", code=1, type="responderpolicy", method="DELETE", nth=1)
    _plan, result = stage.close(step, BOTH)
    assert result is not None
    assert "has been undone" in result.failed
    appliance.clear_faults()
    assert stage.configuration() == counting


def test_the_undo_in_a_preview_has_the_goto_that_no_read_shows(stage: ClosingStage) -> None:
    """What only counts is bound with NEXT; an undo that bound it with END would hide the policies behind it."""
    stage.settings[LadderStep.PATHS] = LISTS
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    plan, _result = stage.close(LadderStep.PATHS, BOTH, only_plan=True)
    removed = [step for step in plan.steps if step.type.startswith("vpnvserver_") and step.after is None]
    assert removed, "the binding that counts is removed"
    for step in removed:
        assert [line for line in step.inverse.lines() if "-gotoPriorityExpression NEXT" in line], step.inverse.lines()
    stage.close(LadderStep.PATHS, BOTH)
    opening, _result = stage.open(LadderStep.PATHS, BOTH)
    again = [line for step in opening.steps if step.type.startswith("vpnvserver_") for line in step.lines()]
    assert [line for line in again if "-gotoPriorityExpression NEXT" in line], again
    taken = [step for step in opening.steps if step.type.startswith("vpnvserver_") and step.after is None]
    assert all("-gotoPriorityExpression END" in step.inverse.lines()[-1] for step in taken)


def test_what_two_runs_have_closed_is_opened_at_once_or_one_by_one(stage: ClosingStage) -> None:
    stage.settings[LadderStep.PATHS] = LISTS
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    counting = stage.configuration()
    gateway = ClosureScope(vips=("gw",))
    for number, order in enumerate(((BOTH,), (SHOP, gateway), (gateway, SHOP))):
        for part, scope in (("one", SHOP), ("two", gateway)):
            stage.run = f"{part}{number}"
            stage.close(LadderStep.PATHS, scope)
        assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (403, 403)
        for step, scope in enumerate(order):
            stage.run = f"open{number}{step}"
            stage.open(LadderStep.PATHS, scope)
            opened = {name for one in order[: step + 1] for name in one.vips}
            assert {name for name in ("gw", "shop") if page(stage, name)[0] != 403} == opened
            assert {one.object_id[1][0] for one in stage.closed()} == {"gw", "shop"} - opened
        assert {*stage.configuration()} == {*counting}


def test_what_apply_has_changed_since_is_not_undone_in_place_of_the_closing(stage: ClosingStage) -> None:
    stage.settings[LadderStep.PATHS] = LISTS
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    stage.run = "closing"
    stage.close(LadderStep.PATHS, BOTH)
    stage.run = "apply"
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    counting = stage.configuration()
    stage.run = "opening"
    stage.open(LadderStep.PATHS, BOTH)
    assert (stage.configuration(), stage.closed()) == (counting, [])


def test_closing_by_lists_that_block_already_changes_nothing_and_its_opening_neither(stage: ClosingStage) -> None:
    """The decision is recorded. The lists were there before, so the opening leaves them, and does not undo the run that brought them in."""
    stage.settings[LadderStep.PATHS] = [{**one, "mode": "enforce"} for one in LISTS]
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    blocking = stage.configuration()
    given = {"step": "paths", "vips": ["gw", "shop"], "settings": stage.settings[LadderStep.PATHS]}
    options = task_options(stage, close.ActionModule, expires="8", **given)
    closed = CloseByMeasure(stage.appliance, options, False, False).values()
    assert (closed["changed"], stage.configuration()) == (False, blocking)
    assert closed["msg"].startswith(
        "in place before (paths), so nothing changes, and the decision is recorded: gw (vpn "
    )
    assert [(one.object_id[1][0], one.decided_by) for one in stage.closed()] == [
        ("gw", "J. Jansen"),
        ("shop", "J. Jansen"),
    ]
    assert [row["minutes"] for row in closed["closures"] if row["step"] in STOPS_EVERYBODY] == []
    options = task_options(stage, reopen.ActionModule, accept_exposure=True, second="S. Bakker", **given)
    opened = OpenByMeasure(stage.appliance, options, False, False).values()
    assert (opened.get("failed", False), opened["changed"], stage.configuration()) == (False, False, blocking)
    assert opened["msg"].startswith("is not closed by decision any more (paths): gw, shop; ")
    assert stage.closed() == []


def test_list_that_is_not_in_place_is_not_brought_in_for_another_customer(stage: ClosingStage) -> None:
    stage.settings[LadderStep.PATHS] = LISTS
    before = stage.configuration()
    with pytest.raises(Refused, match=r"this would also change what is bound at vpn vserver gw, which is out of scope"):
        stage.close(LadderStep.PATHS, SHOP)
    assert stage.configuration() == before
    stage.settings[LadderStep.PATHS] = LISTS[:1]
    with pytest.raises(Refused, match="netscaler_whitelists has no list for shop"):
        stage.close(LadderStep.PATHS, SHOP)


def geoblock(tmp_path: Path, **more: Any) -> dict[str, Any]:
    data = tmp_path / "data.csv"
    data.write_text("198.51.100.0,198.51.100.255,RU\n", encoding="utf-8")
    source = {"name": "test", "licence": "none", "files": [{"path": str(data)}], "max_age_days": 9000}
    lab = {"policy": "block", "countries": ["RU"], "networks": {"lab": ["127.66.0.0/16"]}, "families": ["ipv4"]}
    settings = {**lab, "accept": ["private"], "source": source, "cache": str(tmp_path / "cache")}
    return {**settings, "vservers": ["gw", "shop"], "mode": "observe", "answer": "forbidden", "way": "datasets", **more}


def test_countries_block_where_they_counted_and_count_again_afterwards(stage: ClosingStage, tmp_path: Path) -> None:
    stage.settings[LadderStep.COUNTRIES] = geoblock(tmp_path)
    apply_as_the_inventory_says(stage, LadderStep.COUNTRIES)
    counting = stage.configuration()
    with pytest.raises(Refused, match=r"this would also change what is bound at vpn vserver gw, which is out of scope"):
        stage.close(LadderStep.COUNTRIES, SHOP)
    _plan, result = stage.close(LadderStep.COUNTRIES, BOTH)
    assert result is not None
    assert result.failed == ""
    assert page(stage, "shop", client="127.66.0.9")[0] == 403
    assert page(stage, "shop")[0] == 404
    stage.open(LadderStep.COUNTRIES)
    assert stage.configuration() == counting
    assert page(stage, "shop", client="127.66.0.9")[0] == 404


def test_countries_at_a_part_of_what_the_inventory_names(stage: ClosingStage, tmp_path: Path) -> None:
    stage.settings[LadderStep.COUNTRIES] = geoblock(tmp_path, vservers=["gw"])
    with pytest.raises(Refused, match="geoblock_vservers names none of shop"):
        stage.close(LadderStep.COUNTRIES, SHOP)
    before = stage.configuration()
    plan, _result = stage.close(LadderStep.COUNTRIES, BOTH)
    assert [text.partition(". ")[0].partition(" STAYS")[2] for text in plan.stays_open] == [
        " OPEN: geoblock_vservers does not name it"
    ]
    assert [one.object_id[1][0] for one in stage.closed()] == ["gw"], "shop is not among geoblock_vservers"
    stage.open(LadderStep.COUNTRIES)
    assert stage.configuration() == before


def test_nothing_is_opened_without_an_answer(stage: ClosingStage) -> None:
    stage.close(LadderStep.NOTICE, BOTH)
    closed = stage.configuration()
    exposed = Exposure({"cve": worst_verdict([(VerdictWord.EXPOSED, "a test")], (), ())})
    with pytest.raises(Refused, match=r"it stays closed, because it is exposed.*accept_exposure=true"):
        stage.open(LadderStep.NOTICE, exposure=exposed)
    unknown = (CustomerAnswer("box", "Brouwer", ()),)
    row = RowAnswer(LedgerRow(appliance="box", customer="Brouwer", entry="cve"), ReopenAnswer.ASSUME_COMPROMISED, "why")
    for answers, option, asks in (
        (unknown, "accept_exposure=true -e .who=", ["who"]),
        ((CustomerAnswer("box", "Brouwer", (row,)),), "second=", ["second"]),
    ):
        with pytest.raises(Refused, match=f"the records do not show that it may be opened.*{option}") as refused:
            stage.open(LadderStep.NOTICE, answers=answers)
        _ledger, again = command_values(refused.value.args[0])
        assert (again.get("again"), again["asks"]) == (True, asks), "the line of the run, with the person"
        assert are_commands([again])
    assert stage.configuration() == closed
    stage.open(LadderStep.NOTICE, exposure=exposed, answers=unknown, accept_exposure=True, second="M. Vis")
    assert stage.closed() == []


def test_lost_records_do_not_open_what_another_run_closed(stage: ClosingStage, tmp_path: Path) -> None:
    stage.close(LadderStep.NOTICE, BROUWER)
    closed = stage.configuration()
    stage.records = tmp_path / "other"
    plan, _result = stage.close(LadderStep.NOTICE, BROUWER, only_plan=True)
    assert plan.steps == [], "the copies on the appliance are known"
    assert stage.configuration() == closed


def test_a_partition_of_another_appliance_leaves_nothing_in_scope(stage: ClosingStage) -> None:
    """As a VIP of another appliance: the run refuses one that no appliance has."""
    before = stage.configuration()
    options = task_options(stage, close.ActionModule, expires="8", vips=[], partitions=["tenant_a"])
    closed = CloseByMeasure(stage.appliance, options, False, False).values()
    assert closed["msg"] == "nothing here is in scope: there is no admin partition tenant_a"
    assert (closed["unmatched"], stage.configuration()) == (["admin partition tenant_a"], before)


def test_cluster_and_unknown_partitions_are_refused(stage: ClosingStage, monkeypatch: pytest.MonkeyPatch) -> None:
    with Connection(stage.appliance) as connection:
        monkeypatch.setattr(scope_module, "read_partitions", lambda *_arguments: None)
        with pytest.raises(Refused, match="whether there are admin partitions cannot be read"):
            scope_module.read_scope(connection, BOTH)
        monkeypatch.setattr(type(connection), "is_cluster", True)
        with pytest.raises(Refused, match="this is a cluster, whose virtual servers Tourniquet cannot close yet"):
            scope_module.read_scope(connection, BOTH)


def close_task(stage: ClosingStage, **options: Any) -> CloseByMeasure:
    scope = {"vips": [], "kinds": ["vpn"], "customers": [], "partitions": [], "drill": False, "end_sessions": False}
    return CloseByMeasure(stage.appliance, {**scope, **options}, False, False)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"drill": True}, "a drill writes nothing"),
        ({"end_sessions": True, "customers": ["Brouwer"]}, "end_sessions ends all sessions of the appliance"),
        ({"end_sessions": True, "vips": ["gw"]}, "end_sessions ends all sessions of the appliance"),
        ({"end_sessions": True, "partitions": ["tenant_a"]}, "end_sessions ends all sessions of the appliance"),
    ],
)
def test_what_a_closing_cannot_do_is_refused_before_anything_is_sent(
    stage: ClosingStage, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        require_possible(close_task(stage, **options))
    require_possible(close_task(stage, end_sessions=True))


def test_a_closing_without_who_why_and_until_when_is_refused(stage: ClosingStage, simulator: Simulator) -> None:
    stage.simulator.clear_requests()
    with pytest.raises(
        InvalidInput, match=r"reason and ticket and who and expires must be given for the record: .* Nothing was sent\."
    ):
        close_task(stage, reason="", ticket=" ", who="", expires="", step="notice").values()
    assert simulator.requests() == []


TENANTS: dict[str, Any] = {
    **BOX,
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "partitions": {
        "tenant_a": {
            "features": ["LB", "RESPONDER"],
            "configuration": {
                "lbvserver": [{"name": "shop", "servicetype": "HTTP", "ipv46": "192.0.2.50", "port": 80}]
            },
        }
    },
}


def test_one_partition_is_closed_and_opened_and_the_others_are_left_alone(tmp_path: Path) -> None:
    with Simulator(fleet_file({"box": TENANTS})) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.variables |= {"partition_customers": {"tenant_a": "De Wit"}, "customer": "Brouwer"}
        default, tenant = stage.configuration(), stage.configuration(partition="tenant_a")
        _plan, result = stage.close(LadderStep.NOTICE, DE_WIT, customers=CUSTOMERS, save="always")
        assert result is not None
        assert result.failed == ""
        assert stage.configuration() == default
        closed = stage.configuration(partition="tenant_a")
        assert any("tq_closing_notice__en" in line for line in closed), "the page of the customer of the partition"
        assert [(one.partition, one.object_id[1][0]) for one in stage.closed()] == [("tenant_a", "shop")]
        stage.open(LadderStep.NOTICE, ClosureScope(partitions=("tenant_a",)))
        assert stage.configuration(partition="tenant_a") == tenant
        assert stage.configuration() == default


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[ClosingStage]:
    """An appliance of Brouwer with an admin partition of De Wit and one of Smit."""
    partitions = {"tenant_a": TENANTS["partitions"]["tenant_a"], "tenant_b": TENANTS["partitions"]["tenant_a"]}
    box = {**TENANTS, "partitions": partitions}
    with Simulator(fleet_file({"box": box})) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.variables |= {
            "customer": "Brouwer",
            "vserver_customers": {},
            "partition_customers": {"tenant_a": "De Wit", "tenant_b": "Smit"},
        }
        yield stage


def fails_in_tenant_a(stage: ClosingStage, **what: Any) -> None:
    stage.simulator.appliance("box").fault("nitro_error", type="responderpolicy", nth=2, code=278, **what)


def closed_in(stage: ClosingStage) -> list[str]:
    """Return the admin partitions in which something is closed."""
    return [*dict.fromkeys(one.partition for one in stage.closed())]


def test_closing_by_a_measure_goes_on_behind_a_partition_that_fails(tenants: ClosingStage) -> None:
    """Access has to be closed wherever that is possible, whatever the step."""
    fails_in_tenant_a(tenants, method="POST")
    options = task_options(tenants, close.ActionModule, expires="8", save="always", vips=["gw", "shop"])
    result = CloseByMeasure(tenants.appliance, options, False, False).values()
    assert result["failed"] is True
    assert result["msg"].startswith("partition tenant_a: box (partition tenant_a): ")
    assert "Not started" not in result["msg"]
    assert closed_in(tenants) == ["default", "tenant_b"]
    assert consents(tenants, "De Wit") == []
    assert [consents(tenants, name) for name in ("Brouwer", "Smit")] == [["closed"], ["closed"]]


def test_opening_by_a_measure_stops_at_the_partition_that_fails(tenants: ClosingStage) -> None:
    given: dict[str, Any] = {"vips": ["shop"], "save": "always"}
    options = task_options(tenants, close.ActionModule, expires="8", **given)
    assert not CloseByMeasure(tenants.appliance, options, False, False).values().get("failed")
    assert closed_in(tenants) == ["default", "tenant_a", "tenant_b"]
    fails_in_tenant_a(tenants, method="DELETE")
    accepted = {"accept_exposure": True, "accept_unread": True, "second": "S. Bakker"}
    options = task_options(tenants, reopen.ActionModule, **given, **accepted)
    opened = OpenByMeasure(tenants.appliance, options, False, False).values()
    assert opened["failed"] is True
    assert opened["msg"].startswith("partition tenant_a: ")
    assert "Not started because of this failure: partition tenant_b; PROTECTION MAY BE LOST at " in opened["msg"]
    assert closed_in(tenants) == ["tenant_a", "tenant_b"]


def exposure_of(stage: ClosingStage) -> Exposure:
    """Return what reopen.yml finds, by one entry of the catalogue."""
    text = jinja2.Environment(trim_blocks=True).from_string((CATALOGUE / "v2.yml.j2").read_text())
    names = {"name": "tq_cve_2019_19781", "priority": 10, "log": True, "marker": stage.appliance.marker}
    desired = {CATALOGUE.name: DesiredVersion(2, text.render(names))}
    catalogue = stage.records.parent / "catalogue_of_closing"
    if not catalogue.exists():
        shutil.copytree(CATALOGUE, catalogue / CATALOGUE.name)
    with Connection(stage.appliance) as connection:
        found = ExposureCheck(stage.appliance, catalogue, stage.records, "run", desired, stage.trust).find(connection)
        assert connection.partition == "default"
        return found


def test_each_partition_is_judged_before_one_is_opened_and_one_that_is_left_out_is_not_read(tmp_path: Path) -> None:
    """The mitigation is in the default partition alone: the other one is judged, and has none."""
    with Simulator(fleet_file({"box": {**TENANTS, "build": "13.0 47.22"}})) as simulator:
        stage = ClosingStage(simulator, tmp_path / "records")
        stage.variables |= {"partition_customers": {"tenant_a": "De Wit"}, "customer": "Brouwer"}
        alike = exposure_of(stage)
        assert [text.partition(":")[0] for text in alike.texts] == [CATALOGUE.name], "exposed in both"
        assert alike.unread == ()
        stage.apply_all(save="always")
        stage.variables["partitions"] = ["default"]
        left_out = exposure_of(stage)
        assert left_out.texts == ()
        assert left_out.unread == ("partition tenant_a: unknown (it is not among netscaler_partitions)",)
        stage.variables["partitions"] = None
        stage.rollback_all(why="undo")
        stage.apply(partition="default", save="always")
        one = exposure_of(stage)
        assert [text.partition(":")[0] for text in one.texts] == [f"{CATALOGUE.name} in partition tenant_a"]
        assert one.unread == ()
        stage.close(LadderStep.NOTICE, DE_WIT, customers=CUSTOMERS, save="always")
        with pytest.raises(Refused, match=r"partition tenant_a: unknown \(it is not among netscaler_partitions\)"):
            stage.open(LadderStep.NOTICE, exposure=left_out, accept_exposure=True)
        stage.open(LadderStep.NOTICE, exposure=left_out, accept_unread=True)
        record = json.loads(max((stage.records / "box").glob("*.json")).read_text())
        assert record["accepted_unread"] == list(left_out.unread)


# -- a control node that dies -------------------------------------------------------------------------------------------


@pytest.mark.sampled(3)
@pytest.mark.parametrize("number", range(1, 15))
def test_opening_that_died_is_completed_by_the_same_command(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = stage.configuration()
    stage.close(LadderStep.NOTICE, BOTH, customers=CUSTOMERS)
    stage.run = "died"
    with dying(monkeypatch, number), contextlib.suppress(DiedError):
        stage.open(LadderStep.NOTICE)
    stage.run = "next"
    stage.open(LadderStep.NOTICE)
    assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (302, 404)
    assert stage.configuration() == before
    assert stage.configuration("saved") == before
    assert stage.closed() == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize("number", range(1, 15))
def test_opening_of_one_customer_that_died_is_completed_by_the_same_command(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    stage.close(LadderStep.NOTICE, BOTH, customers=CUSTOMERS)
    stage.run = "died"
    with dying(monkeypatch, number), contextlib.suppress(DiedError):
        stage.open(LadderStep.NOTICE, DE_WIT, customers=CUSTOMERS)
    stage.run = "next"
    stage.open(LadderStep.NOTICE, DE_WIT, customers=CUSTOMERS)
    assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (503, 404)
    assert stage.configuration() == stage.configuration("saved")
    assert [one.object_id[1][0] for one in stage.closed()] == ["gw"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("number", range(1, 15))
def test_closing_that_died_is_completed_by_the_same_command(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = stage.configuration()
    stage.run = "died"
    with dying(monkeypatch, number), contextlib.suppress(DiedError):
        stage.close(LadderStep.NOTICE, BOTH, customers=CUSTOMERS)
    stage.run = "next"
    stage.close(LadderStep.NOTICE, BOTH, customers=CUSTOMERS)
    assert (page(stage, "gw")[0], page(stage, "shop")[0]) == (503, 503)
    assert stage.configuration() == stage.configuration("saved")
    assert {one.object_id[1][0]: one.half_closed_by for one in stage.closed()} == {"gw": "", "shop": ""}
    stage.open(LadderStep.NOTICE)
    assert stage.configuration() == before
    assert stage.closed() == []


def test_opening_that_died_when_all_was_done_is_recorded_by_the_same_command(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left to write then, and access must not count as closed for ever."""
    stage.close(LadderStep.NOTICE, BOTH, customers=CUSTOMERS)
    stage.run = "died"

    def die(*_arguments: Any, **_values: Any) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(ChangeRecord, "finish", die)
        with pytest.raises(DiedError):
            stage.open(LadderStep.NOTICE)
    assert [one.object_id[1][0] for one in stage.closed()] == ["gw", "shop"]
    stage.run = "next"
    stage.open(LadderStep.NOTICE)
    assert stage.closed() == []


@pytest.mark.parametrize("colleague", [False, True])
def test_unsaved_work_of_another_run_of_ours_does_not_stop_a_closing(tmp_path: Path, *, colleague: bool) -> None:
    box = {**BOX, "build": "13.0 41.20"}
    with Simulator(fleet_file({"box": box})) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.apply(save=Save.NEVER)
        assert stage.configuration("running") != stage.configuration("saved")
        stage.run = "next"
        if colleague:
            with Session(stage.appliance, stage.appliance.nodes[0]) as session:
                session.write("PUT", "lbvserver", {"lbvserver": {"name": "shop", "comment": "half"}})
        _plan, result = stage.close(LadderStep.NOTICE, BOTH)
        assert result is not None
        if colleague:
            assert "half" in result.failed
            assert "tq_cve_2019_19781" not in result.failed
            assert stage.closed() == []
        else:
            assert result.failed == ""
            assert len(stage.closed()) == 2
            assert stage.configuration("running") == stage.configuration("saved")


def test_unsaved_closing_does_not_stop_the_next_step(stage: ClosingStage) -> None:
    stage.close(LadderStep.NOTICE, ClosureScope(vips=("gw",)), save="never")
    stage.run = "next"
    with pytest.raises(Refused, match="tq_closing_notice"):
        stage.lockdown()
    assert stage.lockdown(knows_other_runs=True).failed == ""
    assert stage.configuration("running") == stage.configuration("saved")


# -- the register of consent --------------------------------------------------------------------------------------------


def task_options(stage: ClosingStage, action: type[StepAction], **given: Any) -> dict[str, Any]:
    """Return the options of a task as its role gives them."""
    return {
        **{name: option.get("default") for name, option in action.OPTIONS.items()},
        "records": str(stage.records),
        "consents": str(stage.records / "consent"),
        "record_key": str(stage.trust.key),
        "step": "notice",
        "vips": ["gw"],
        "who": "J. Jansen",
        "reason": WHY,
        "ticket": "CHG0044",
        "log_ons": False,
        "described": {"Brouwer": {"language": "nl"}},
        "settings": None,
        **given,
    }


def consents(stage: ClosingStage, customer: str = "Brouwer") -> list[str]:
    """Return what the register says of a customer."""
    return [str(one.state) for one in ConsentRegister(stage.records / "consent", stage.trust).entries(customer)]


def test_register_has_what_was_closed_and_opened_and_nothing_that_failed(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_options = task_options(stage, close.ActionModule, expires="8")
    open_options = task_options(stage, reopen.ActionModule, accept_exposure=True, second="S. Bakker")

    def refused(*_arguments: Any, **_options: Any) -> None:
        raise StepFailed("box: this user may not write", undone=True)

    with monkeypatch.context() as patch:
        patch.setattr(change_transaction, "execute_steps", refused)
        failed = CloseByMeasure(stage.appliance, close_options, False, False).values()
    assert (failed["failed"], consents(stage)) == (True, [])
    assert not CloseByMeasure(stage.appliance, close_options, False, False).values().get("failed")
    assert consents(stage) == ["closed"]
    with monkeypatch.context() as patch:
        patch.setattr(change_transaction, "execute_steps", refused)
        failed = OpenByMeasure(stage.appliance, open_options, False, False).values()
    assert (failed["failed"], consents(stage)) == (True, ["closed"])
    assert not OpenByMeasure(stage.appliance, open_options, False, False).values().get("failed")
    assert consents(stage) == ["closed", "reopened"]


def test_register_has_what_a_run_has_done_that_died_before_it_was_noted(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_options = task_options(stage, close.ActionModule, expires="8")
    open_options = task_options(stage, reopen.ActionModule, accept_exposure=True, second="S. Bakker")

    def die(*_arguments: Any) -> None:
        raise DiedError

    for task, options, before in ((CloseByMeasure, close_options, []), (OpenByMeasure, open_options, ["closed"])):
        with monkeypatch.context() as patch, contextlib.suppress(DiedError):
            patch.setattr(consent_notes, "note_switch", die)
            task(stage.appliance, options, False, False).values()
        assert consents(stage) == before
        for _time in range(2):
            assert not task(stage.appliance, options, False, False).values().get("failed")
            assert consents(stage) == [*before, "reopened" if before else "closed"]


@pytest.mark.parametrize("step", ["notice", "off"])
def test_an_appliance_whose_entry_is_missing_goes_in_a_wave(stage: ClosingStage, tmp_path: Path, step: str) -> None:
    """A run that died before its entry is noted by the same command, also where nothing else is to be done."""
    given = {"step": step, "expires": "8", "plans": str(tmp_path / "plans")}
    closing = task_options(stage, close.ActionModule, **given)
    opening = task_options(stage, reopen.ActionModule, accept_exposure=True, second="S. Bakker", **given)
    tasks = (CloseOff, ReopenAccess) if step == "off" else (CloseByMeasure, OpenByMeasure)
    for task, options, noted in zip(tasks, (closing, opening), (["closed"], ["closed", "reopened"]), strict=True):
        for number, is_idle in enumerate((False, False, True)):
            task(stage.appliance, options, True, False).values()
            plan = read_plan(tmp_path / "plans" / RUN_DIRECTORY, "box")
            assert plan is not None
            assert plan.nothing_to_do is is_idle
            assert not task(stage.appliance, options, False, False).values().get("failed")
            assert consents(stage) == noted
            if number == 0:  # the next run finds it done, and not noted
                (last,) = (stage.records / "consent").rglob(f"{len(noted)}.json")
                last.unlink()


@pytest.mark.parametrize("step", ["notice", "off"])
def test_a_late_job_neither_closes_nor_opens(stage: ClosingStage, step: str) -> None:
    """Each task of these verbs gives its run the job, also where an opening removes what a closing has brought."""
    late = SlicedJob("r1-7", "r1", "close", datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1))
    closing = task_options(stage, close.ActionModule, step=step, expires="8")
    opening = task_options(stage, reopen.ActionModule, step=step, accept_exposure=True, second="S. Bakker")
    tasks = (CloseOff, ReopenAccess) if step == "off" else (CloseByMeasure, OpenByMeasure)
    for task, options, noted in zip(tasks, (closing, opening), (["closed"], ["closed", "reopened"]), strict=True):
        before = [stage.configuration(kind) for kind in ("running", "saved")]
        result = whole_result(task(stage.appliance, {**options, "job": late.as_variable()}, False, False).values())
        assert "begins nothing any more: its deadline" in result["msg"]
        assert (result["failed"], result["refused"], result["changed"]) == (True, True, False)
        assert [stage.configuration(kind) for kind in ("running", "saved")] == before
        assert consents(stage) == noted[:-1]
        assert not task(stage.appliance, options, False, False).values().get("failed")
        assert consents(stage) == noted


def test_nothing_to_reopen_and_a_register_that_is_refused_is_said(stage: ClosingStage) -> None:
    closing = task_options(stage, close.ActionModule, expires="8")
    opening = task_options(stage, reopen.ActionModule, accept_exposure=True, second="S. Bakker")
    assert not CloseByMeasure(stage.appliance, closing, False, False).values().get("failed")
    assert not OpenByMeasure(stage.appliance, opening, False, False).values().get("failed")
    for path in (stage.records / "consent").rglob("1.json"):
        path.chmod(0o666)
    with pytest.raises(
        Refused, match=r"^box: the register of consent does not say that Brouwer is reopened: .*others may write to it"
    ):
        OpenByMeasure(stage.appliance, opening, False, False).values()


def test_nothing_but_customers_who_have_not_agreed_fails_and_what_is_closed_is_not_called_open(
    stage: ClosingStage,
) -> None:
    """A run that ends with 0 would say that access is closed."""
    options = task_options(
        stage, close.ActionModule, expires="8", described={"Brouwer": {"consent": True}}, vips=["gw", "mail"]
    )
    for check_mode in (True, False):
        with pytest.raises(Refused, match=r"box: NOT AGREED: gw \(vpn .*mail .* STAYS OPEN: no policy answers TCP"):
            CloseByMeasure(stage.appliance, options, check_mode, False).values()
    agreed = {**options, "without_consent": True, "vips": ["gw"]}
    closed = CloseByMeasure(stage.appliance, agreed, False, False).values()
    assert not closed.get("failed")
    assert overruled_last(stage) == (["Brouwer has not agreed: nothing is on record"], "J. Jansen")
    already = r"nothing to close by this step: gw \(vpn [\d.:]+\) is closed already, and stays so: Brouwer has not agreed: closed "
    for check_mode in (True, False):
        result = CloseByMeasure(stage.appliance, {**options, "vips": ["gw"]}, check_mode, False).values()
        assert result.get("failed") is None
        assert re.match(already, result["msg"]), result["msg"]
    longer = {**options, "vips": ["gw"], "extend": True, "expires": "20"}
    for check_mode in (True, False):
        told = CloseByMeasure(stage.appliance, longer, check_mode, False).values()
        assert (told["failed"], told["refused"]) == (True, True)
        assert re.match(r"box: NOT AGREED: the decision about gw \(vpn .*\) IS NOT EXTENDED: Brouwer has", told["msg"])
    extended = CloseByMeasure(stage.appliance, {**longer, "without_consent": True}, False, False).values()
    assert not extended.get("failed")
    assert overruled_last(stage)[0][0].startswith("Brouwer has not agreed: closed ")


def overruled_last(stage: ClosingStage) -> tuple[list[str], str]:
    """Return the missing consents that the last record names, and who overruled them."""
    last = all_records(stage.records, "box", stage.trust)[-1].content
    return [*last.overruled], last.decided_by


@pytest.mark.parametrize("step", ["notice", "off"])
def test_what_is_switched_off_is_told_of_a_customer_who_has_not_agreed(stage: ClosingStage, step: str) -> None:
    """Seen: "nothing here is in scope", of a virtual server that the command names and that a lockdown has closed."""
    given: dict[str, Any] = {"expires": "8", "described": {"Brouwer": {"consent": True}}}
    closing = task_options(stage, close.ActionModule, step="off", without_consent=True, **given)
    assert not CloseOff(stage.appliance, closing, False, False).values().get("failed")
    task = CloseOff if step == "off" else CloseByMeasure
    for check_mode in (True, False):
        result = task(
            stage.appliance, task_options(stage, close.ActionModule, step=step, **given), check_mode, False
        ).values()
        assert result.get("failed") is None, "all of it is closed"
        assert "in scope" not in result["msg"]
        assert re.match(
            r"nothing to close.*: gw \(vpn [\d.:]+\) is closed already, and stays so: Brouwer has", result["msg"]
        )


@pytest.mark.parametrize("step", ["notice", "off"])
def test_a_closing_that_cannot_be_noted_is_closed_and_one_that_failed_is_not(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Seen: "MAY STAY OPEN: ... the register of consent does not say that Brouwer is closed", beside the word closed."""
    task = CloseOff if step == "off" else CloseByMeasure
    options = task_options(stage, close.ActionModule, step=step, expires="8")

    def refused(*_arguments: Any, **_options: Any) -> None:
        raise StepFailed("box: this user may not write", undone=True)

    with monkeypatch.context() as patch:
        patch.setattr(change_transaction, "execute_steps", refused)
        failed = whole_result(task(stage.appliance, options, False, False).values())
    assert (failed["failed"], failed["is_closed"]) == (True, False)
    register = stage.records / "consent" / unique_name("Brouwer")
    register.parent.mkdir(exist_ok=True)
    register.write_text("", encoding="ascii")  # a file in place of the directory
    closed = whole_result(task(stage.appliance, options, False, False).values())
    assert closed["failed"]
    assert "Brouwer" in closed["msg"]
    assert closed["is_closed"]
    register.unlink()
    again = task(stage.appliance, options, False, False).values()
    assert (again.get("failed"), again["is_closed"]) == (None, True)


@pytest.mark.parametrize("step", ["notice", "off"])
def test_a_closing_that_could_not_be_saved_has_the_word_for_that(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Seen: "not in place (the feature RESPONDER is off)", with the page in front of each client."""
    task = CloseOff if step == "off" else CloseByMeasure
    options = task_options(stage, close.ActionModule, step=step, expires="8")

    def full(session: Session, *_arguments: Any, **_options: Any) -> None:
        raise NitroError(session.where, "POST nsconfig?action=save", 400, 1, "the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Session, "save", full)
        told = whole_result(task(stage.appliance, options, False, False).values())
    assert (told["failed"], told["changed"], told["is_closed"]) == (True, True, False)
    assert "is not saved, and would be lost in a reboot" in told["msg"]
    assert told["verdict"]["word"] == "applied, not saved"
    assert "NOT IN PLACE" not in told["diff"]["prepared"]


@pytest.mark.parametrize("verb", ["verify", "apply"])
def test_an_opening_that_a_restart_loses_is_not_taken_for_saved_by_a_run_that_saves_nothing(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Seen: a verify and an apply without steps wrote "saved" into their records, and nobody asked any more whether the opening was lost."""
    simulator.reset()
    stage = ClosingStage(simulator, tmp_path, "old")
    stage.variables |= {"customer": "Brouwer", "vserver_customers": OWNERS}
    proves = verb == "verify"
    assert stage.apply(probes=Probes.FEW if proves else Probes.NONE, save=Save.ALWAYS).state.saved
    stage.close(LadderStep.NOTICE, BOTH)
    with monkeypatch.context() as patch:
        patch.setattr(Session, "save", lambda *_arguments: None)
        with pytest.raises(TourniquetError, match="would be lost in a reboot"):
            stage.open(LadderStep.NOTICE, BOTH)
    result = stage.status() if proves else stage.apply(knows_other_runs=True)
    assert (result.verdict.word, result.state.saved, bool(result.record)) == ("mitigated", True, True)
    stage.simulator.appliance("old").reboot(0)
    with Connection(stage.appliance) as connection:
        again = open_all_the_same(connection, [*all_records(stage.records, "old", stage.trust)]).again
    assert sorted(id_[1][0] for _step, _partition, id_ in again) == ["gw", "shop"]


@pytest.mark.parametrize("step", ["notice", "off"])
def test_what_is_closed_and_not_extended_is_not_called_open(stage: ClosingStage, step: str) -> None:
    task = CloseOff if step == "off" else CloseByMeasure
    given: dict[str, Any] = {"step": step, "described": {"Brouwer": {"consent": True}}, "vips": ["gw"]}
    closing = task_options(stage, close.ActionModule, expires="8", without_consent=True, **given)
    assert not task(stage.appliance, closing, False, False).values().get("failed")
    longer = task_options(stage, close.ActionModule, expires="20", extend=True, **given)
    told = whole_result(task(stage.appliance, longer, False, False).values())
    assert (told["failed"], told["is_closed"]) == (True, True)
    assert "IS NOT EXTENDED" in told["msg"]


def test_failed_closing_still_says_what_is_closed(stage: ClosingStage, monkeypatch: pytest.MonkeyPatch) -> None:
    options = task_options(stage, close.ActionModule, expires="8")
    assert not CloseByMeasure(stage.appliance, options, False, False).values().get("failed")
    monkeypatch.setattr(CloseByMeasure, "_left_open", lambda *_arguments: "box: mail STAYS OPEN")
    failed = CloseByMeasure(stage.appliance, options, False, False).values()
    assert failed["failed"] is True
    assert closed_text({"box": whole_result(failed)})[0].startswith("closed at Brouwer: gw on 1 appliance (notice)")


def test_consent_ends_once_nothing_of_the_customer_stays_closed(stage: ClosingStage) -> None:
    stage.variables["vserver_customers"] = {}
    steps = {
        "notice": {"step": "notice", "vips": ["gw"]},
        "partners": {"step": "partners", "vips": ["shop"], "partners": ["198.51.100.0/24"]},
    }
    for given in steps.values():
        options = task_options(stage, close.ActionModule, expires="8", **given)
        assert not CloseByMeasure(stage.appliance, options, False, False).values().get("failed")
    assert consents(stage) == ["closed"]
    for step, after in (("partners", ["closed"]), ("notice", ["closed", "reopened"])):
        options = task_options(stage, reopen.ActionModule, accept_exposure=True, second="S. Bakker", **steps[step])
        assert not OpenByMeasure(stage.appliance, options, False, False).values().get("failed")
        assert consents(stage) == after


@pytest.mark.sampled(3)
@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("dies", ["closing", "opening"])
def test_closing_and_opening_of_lists_that_died_are_completed_by_the_same_command(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch, dies: str, number: int
) -> None:
    stage.settings[LadderStep.PATHS] = LISTS
    apply_as_the_inventory_says(stage, LadderStep.PATHS)
    counting = stage.configuration()
    for run, act in (("closing", stage.close), ("opening", stage.open)):
        if run == dies:
            stage.run = f"died-{run}"
            with dying(monkeypatch, number), contextlib.suppress(DiedError):
                act(LadderStep.PATHS, BOTH)
        stage.run = run
        act(LadderStep.PATHS, BOTH)
        assert {page(stage, name)[0] == 403 for name in ("gw", "shop")} == {run == "closing"}
    assert (stage.configuration(), stage.closed()) == (counting, [])


# -- what stays open ----------------------------------------------------------------------------------------------------


def test_what_stays_open_is_told_before_a_write_and_what_was_written_is_counted(stage: ClosingStage) -> None:
    """A mail server in scope cannot be closed by a page: the plan says so, the rest is closed, and the run counts what it did."""
    before = stage.configuration()
    options = task_options(stage, close.ActionModule, expires="8", vips=["gw", "mail"])
    shown = CloseByMeasure(
        stage.appliance, options | {"plans": str(stage.records.parent / "plans")}, True, False
    ).values()
    left = "mail (lb 192.0.2.9:25) STAYS OPEN: no policy answers TCP. Choose -e step=off"
    assert stage.configuration() == before
    assert left in shown["notes"]
    fleet = [read_plan(stage.records.parent / "plans" / RUN_DIRECTORY, "box")]
    told = summary({"verb": "close", "measure": "notice"}, fleet, Settlement(waves=[["box"]]), 0.0)
    assert "  STAYS OPEN  box: mail (lb 192.0.2.9:25): no policy answers TCP. Choose -e step=off" in told
    closed = CloseByMeasure(stage.appliance, options, False, False).values()
    assert (closed["failed"], closed["changed"]) == (True, True)
    assert closed["msg"].startswith(f"box: {left}. The rest of the scope: closed (notice): gw (vpn ")
    assert page(stage, "gw")[0] == 503
    assert [one.object_id[1][0] for one in stage.closed()] == ["gw"]
    again = CloseByMeasure(stage.appliance, options, False, False).values()
    assert (again["failed"], again["changed"]) == (True, False), (
        "a run that ends well would say that all of it is closed"
    )


def test_a_closing_that_is_undone_has_changed_nothing(stage: ClosingStage) -> None:
    before = stage.configuration()
    appliance = stage.simulator.appliance("box")
    appliance.fault("nitro_error", code=1, type="responderpolicy", method="POST", nth=1)
    failed = CloseByMeasure(
        stage.appliance, task_options(stage, close.ActionModule, expires="8", vips=["gw"]), False, False
    ).values()
    appliance.clear_faults()
    assert (failed["failed"], failed["changed"], stage.configuration()) == (True, False, before)


# -- rules of others that name sets ---------------------------------------------------------------------------------------

AGENTS: dict[str, list[dict[str, Any]]] = {
    "policypatset": [{"name": "ps_bad_useragents"}, {"name": "ps_other"}],
    "policypatset_pattern_binding": [{"name": "ps_bad_useragents", "String": "sqlmap"}],
    "policydataset": [{"name": "ds_office", "type": "ipv4"}],
    "policydataset_value_binding": [{"name": "ds_office", "value": "198.51.100.7"}],
    "policyexpression": [
        {"name": "is_bad", "value": 'HTTP.REQ.HEADER("User-Agent").CONTAINS_ANY("ps_bad_useragents")'}
    ],
    "responderpolicy": [
        {"name": "rp_bad", "rule": "is_bad", "action": "DROP"},
        {"name": "rp_office", "rule": 'CLIENT.IP.SRC.TYPECAST_TEXT_T.EQUALS_ANY("DS_office")', "action": "DROP"},
    ],
    "lbvserver_responderpolicy_binding": [
        {
            "name": "shop",
            "policyname": name,
            "priority": number,
            "gotopriorityexpression": "END",
            "bindpoint": "REQUEST",
        }
        for name, number in (("rp_bad", "150"), ("rp_office", "160"))
    ],
}


def set_reads(simulator: Simulator) -> list[str]:
    return [
        request["target"].removeprefix("/nitro/v1/config/")
        for request in simulator.requests()
        if "/policy" in request["target"] and request["side"] == "nitro" and request["method"] == "GET"
    ]


@pytest.fixture
def beside_sets(tmp_path: Path) -> Iterator[ClosingStage]:
    box = {**BOX, "features": [*BOX["features"], "RESPONDER"], "configuration": AGENTS}
    with Simulator(fleet_file({"box": box})) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.settings[LadderStep.PATHS] = [{"vserver": "shop", "kind": "lb", "allow": [{"prefix": "/shop/"}]}]
        apply_as_the_inventory_says(stage, LadderStep.PATHS)
        yield stage


def not_evaluated(stage: ClosingStage) -> list[str]:
    """Return what a closing of the shop says of the rules beside its own."""
    _plan, result = stage.close(LadderStep.NOTICE, SHOP, only_plan=True)
    assert result is None
    plan = _plan.measure
    assert plan is not None
    return [text for text in plan.partitions["default"].plan.remarks if "cannot be evaluated" in text]


def test_rules_that_name_sets_are_evaluated_with_these_sets(beside_sets: ClosingStage) -> None:
    """A rule of others, and that of our own whitelist: the run said that there is no such set, of one that exists."""
    beside_sets.simulator.clear_requests()
    assert not_evaluated(beside_sets) == []
    reads = set_reads(beside_sets.simulator)
    assert any(target.startswith("policypatset_pattern_binding/ps_bad_useragents") for target in reads)
    assert not any("ps_other" in target for target in reads), "no rule names it"


def test_a_rule_whose_set_is_not_read_is_named_and_not_called_wrong(beside_sets: ClosingStage) -> None:
    appliance = beside_sets.simulator.appliance("box")
    appliance.fault("nitro_error", code=2138, type="policypatset", method="GET", times=0)
    found = not_evaluated(beside_sets)
    appliance.clear_faults()
    assert len(found) == 2
    assert any("rp_bad, a neighbour at lb vserver shop REQUEST" in text for text in found)
    assert all(
        text.endswith("was not read (allow: show policy patset, policy dataset, policy expression)") for text in found
    )


# -- two steps at once ----------------------------------------------------------------------------------------------------


def test_a_step_behind_a_harder_one_is_told_as_that_and_holds_nobody(stage: ClosingStage) -> None:
    """The page for everybody answers our requests, so nothing proves that strangers are kept out, and no waiting helps."""
    stage.close(LadderStep.NOTICE, SHOP)
    plan, _none = stage.close(LadderStep.PARTNERS, SHOP, networks=PARTNERS, only_plan=True)
    assert plan.measure is not None
    told = [str(one) for one in plan.measure.partitions["default"].foreseen if one.effect is Effect.UNPROVEN]
    assert told
    assert all(
        one.startswith("would end unproven: shop: each attack is not judged here, stopped by our closing_notice ")
        for one in told
    )
    _plan, result = stage.close(LadderStep.PARTNERS, SHOP, networks=PARTNERS)
    assert result is not None
    assert str(result.verdict.word) == "applied, unproven"
    action = result.verdict.next_action
    assert action.startswith("each request at shop (")
    assert "stopped by our closing_notice" in action
    assert action.endswith(
        ": close.yml -e step=partners with its scope, reason, ticket, who and expires once that lets one through"
    )


@pytest.mark.parametrize("verb", ["close", "reopen", "lockdown"])
def test_a_run_for_another_customer_counts_what_is_closed_here(stage: ClosingStage, verb: str) -> None:
    """The page of the run has what is closed by customer, of all appliances; nobody connects to this one."""
    stage.close(LadderStep.NOTICE, BROUWER)
    stage.simulator.clear_requests()
    given = {"customers": ["Jansen"], "vips": [], "plans": ""}
    module, task = {
        "close": (close.ActionModule, CloseByMeasure),
        "reopen": (reopen.ActionModule, OpenByMeasure),
        "lockdown": (close.ActionModule, CloseOff),
    }[verb]
    options = task_options(stage, module, **({} if verb == "reopen" else {"expires": "8"}), **given)
    skipped = task(stage.appliance, options, False, False).values()
    assert skipped["skipped_because"].startswith("not changed: customer Brouwer, De Wit is not among")
    assert [(row["vserver"], row["customer"], row["until"]) for row in skipped["closures"]] == [("gw", "Brouwer", "")]
    # Seen: "closed at Bos", of what a colleague had opened, by a run that did not look.
    assert (
        ", by our records: this run has not looked whether it still is, decision due "
        in closed_text({"box": skipped})[0]
    )
    assert stage.simulator.requests() == []


def test_a_failure_of_a_closing_and_of_an_opening_names_their_own_playbooks(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """apply.yml and rollback.yml refuse the measures of the steps."""
    monkeypatch.setattr(Session, "save", lambda *_arguments: None)  # the appliance says that it has saved
    _plan, result = stage.close(LadderStep.NOTICE, BOTH)
    assert result is not None
    assert "The change is not saved, and would be lost in a reboot: run close.yml again." in result.failed
    monkeypatch.undo()
    stage.close(LadderStep.NOTICE, BOTH, extend=True)
    monkeypatch.setattr(Session, "save", lambda *_arguments: None)
    with pytest.raises(TourniquetError, match=r"would be lost in a reboot: run reopen\.yml again\."):
        stage.open(LadderStep.NOTICE, BOTH)


def test_a_closing_that_lost_the_lock_names_the_playbooks_of_closings(
    stage: ClosingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    right_before(monkeypatch, ApplyProof, "after", lambda: put_lock(stage))
    _plan, result = stage.close(LadderStep.NOTICE, BOTH)
    assert result is not None
    again = "then run close.yml again, which continues this run, or reopen.yml -e step=notice with the same scope, which takes it back."
    assert again in result.failed


@pytest.mark.parametrize("step", ["notice", "off"])
@pytest.mark.parametrize("accepted", ["accept_exposure", "accept_unread"])
def test_an_opening_that_a_person_accepts_takes_protection_away(
    simulator: Simulator, tmp_path: Path, step: str, accepted: str
) -> None:
    """Seen: it opened with the words EXPOSED, accepted by ..., and ended with 0."""
    simulator.reset()
    (tmp_path / "records").mkdir()
    stage = ClosingStage(simulator, tmp_path / "records", "old")
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / CATALOGUE.name).symlink_to(CATALOGUE)
    template = plain_template(CATALOGUE / "v2.yml.j2")
    assert template is not None
    text = template.render({"name": "tq_cve_2019_19781", "priority": 10, "log": True, "marker": stage.answer_marker})
    tasks = (CloseOff, ReopenAccess) if step == "off" else (CloseByMeasure, OpenByMeasure)
    opening = task_options(
        stage,
        reopen.ActionModule,
        step=step,
        second="S. Bakker",
        reason="they need it",
        catalogue=str(tmp_path / "catalogue"),
        plans=str(tmp_path / "plans"),
        # An entry that was not rendered is not judged.
        desired={CATALOGUE.name: {"version": 2, "text": text}} if accepted == "accept_exposure" else {},
        **{accepted: True},
    )
    closing = task_options(stage, close.ActionModule, step=step, expires="8")
    closed = tasks[0](stage.appliance, closing, False, False).values()
    assert (closed.get("failed"), closed.get("takes_away", [])) == (None, [])
    for check_mode, phase in ((True, "TAKES PROTECTION AWAY from"), (False, "PROTECTION LOST at")):
        result = tasks[1](stage.appliance, opening, check_mode, False).values()
        plan = read_plan(tmp_path / "plans" / RUN_DIRECTORY, "old")
        assert plan is not None
        assert plan.takes_away == result["takes_away"] == ["vpn vserver gw"]
        assert f"; {phase} vpn vserver gw, {result['decided']}" in result["msg"]
        assert result["decided"] == "decided by J. Jansen (they need it)"
        # Seen: of an opening by a step, "PROTECTION LOST" and not a word of what to do.
        assert bool(commands_of(result)) is not check_mode


@pytest.mark.parametrize("step", ["notice", "off"])
def test_an_opening_of_what_is_protected_takes_nothing_away(stage: ClosingStage, tmp_path: Path, step: str) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / CATALOGUE.name).symlink_to(CATALOGUE)
    tasks = (CloseOff, ReopenAccess) if step == "off" else (CloseByMeasure, OpenByMeasure)
    closing = task_options(stage, close.ActionModule, step=step, expires="8")
    given = {"step": step, "second": "S. Bakker", "catalogue": str(tmp_path / "catalogue")}
    opening = task_options(stage, reopen.ActionModule, **given)
    assert not tasks[0](stage.appliance, closing, False, False).values().get("failed")
    result = tasks[1](stage.appliance, opening, False, False).values()
    assert (result.get("failed"), result["takes_away"], result["decided"]) == (None, [], "")


def test_an_opening_that_removes_the_page_is_saved_or_refused(stage: ClosingStage) -> None:
    """Seen: with save=never it was saved without a word."""
    stage.close(LadderStep.NOTICE, ClosureScope(vips=("gw",)))
    before = stage.configuration("saved")
    with pytest.raises(
        Refused, match=r"^box: save is never, and an opening that removes all of closing_notice is saved"
    ):
        stage.open(LadderStep.NOTICE, save=Save.NEVER)
    assert stage.configuration("saved") == before == stage.configuration()
    stage.open(LadderStep.NOTICE)
    assert stage.closed() == []


@pytest.mark.parametrize(("closed_by", "asked"), [("off", "notice"), ("notice", "off")])
def test_an_opening_by_the_wrong_step_names_the_step_that_closes(
    stage: ClosingStage, closed_by: str, asked: str
) -> None:
    """Seen: "nothing to reopen", of what another step keeps closed."""
    closing = task_options(stage, close.ActionModule, step=closed_by, expires="8")
    closer = CloseOff if closed_by == "off" else CloseByMeasure
    assert not closer(stage.appliance, closing, False, False).values().get("failed")
    opener = ReopenAccess if asked == "off" else OpenByMeasure
    opening = task_options(stage, reopen.ActionModule, step=asked, second="S. Bakker")
    for check_mode in (True, False):
        result = opener(stage.appliance, opening, check_mode, False).values()
        assert result.get("failed") is None
        assert result["msg"].startswith("nothing to reopen")
        assert result["msg"].endswith(f"; gw stays closed by another step: reopen.yml -e step={closed_by}")
