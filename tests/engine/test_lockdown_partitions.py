# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lockdown and reopening of an appliance with admin partitions, in process: each has its own record, and none is taken for another."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.action.lockdown import ActionModule as LockdownModule
from ansible_collections.tourniquet.netscaler.plugins.action.reopen import ActionModule as ReopenModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Reply, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import (
    load_catalogue,
    load_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.history import ledger_rows
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    ApplianceVerdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import consent_notes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.close_off import CloseOff
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope, Decision
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_task import SwitchTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.reopen_off import ReopenAccess
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import CatalogueCheck
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion

from simulator import Simulator
from tests.engine.control_nodes import DiedError
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage, carried_out

NAMES = ("default", "tenant_a", "tenant_b")
OPTIONS = {CloseOff: LockdownModule.OPTIONS, ReopenAccess: ReopenModule.OPTIONS}


def tenant(address: str) -> dict[str, Any]:
    """Both have a virtual server of the same name, and one that was off before."""
    return {
        "features": ["LB"],
        "vservers": [{"type": "lb", "name": "shop", "address": f"{address}:0", "protocol": "HTTP"}],
        "configuration": {
            "lbvserver": [
                {"name": "old", "servicetype": "HTTP", "ipv46": "192.0.2.77", "port": 80, "state": "DISABLED"}
            ]
        },
    }


def box(nodes: int) -> dict[str, Any]:
    return {
        "build": "14.1 43.50",
        "nodes": ["127.0.0.1:0", "127.0.0.5:0"][:nodes],
        "features": ["LB", "SSL", "SSLVPN"],
        "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"}],
        "partitions": {"tenant_a": tenant("127.0.0.3"), "tenant_b": tenant("127.0.0.4")},
    }


FLEET = fleet_file({"alone": box(1), "pair": box(2), "old": {**box(1), "build": "13.0 47.22"}})


class Tenants(Stage):
    """The appliance of Brouwer, with an admin partition of De Wit and one of Smit."""

    def __init__(self, simulator: Simulator, records: Path, name: str) -> None:
        super().__init__(simulator, records, name)
        ready = simulator.ready["appliances"][name]["vservers"]
        for vip, there in zip(self.variables["vips"], ready, strict=True):
            vip |= {"partition": there.get("partition", "default"), "tls": there["type"] == "vpn"}
        self.variables |= {"customer": "Brouwer", "partition_customers": {"tenant_a": "De Wit", "tenant_b": "Smit"}}

    def play(self, task: type[SwitchTask], *, check: bool = False, **given: Any) -> dict[str, Any]:
        options: Options = OPTIONS[task]
        values = {name: option.get("default") for name, option in options.items()}
        values |= {"records": str(self.records), "consents": str(self.records.parent / "consent"), "described": {}}
        values |= {"reason": "advised", "ticket": "CHG1", "who": "J. Jansen"}
        values |= {"drill": False, "end_sessions": False, "log_ons": False, "record_key": str(self.trust.key)}
        accepted = {"accept_exposure": True, "accept_unread": True, "second": "M. Vis"}
        given = {**(accepted if task is ReopenAccess else {"expires": "8"}), **given}
        return task(self.appliance, values | given, check, check).values()

    def close(self, **given: Any) -> dict[str, Any]:
        return self.play(CloseOff, **given)

    def open(self, **given: Any) -> dict[str, Any]:
        return self.play(ReopenAccess, **given)

    def states(self, customer: str) -> list[str]:
        """Return the entries of the register of consent, oldest first."""
        register = ConsentRegister(self.records.parent / "consent", RecordTrust(key=self.trust.key))
        return [str(one.state) for one in register.entries(customer)]

    def texts(self) -> dict[tuple[str, int], list[str]]:
        """Return running and saved configuration of each partition of each node."""
        nodes = range(len(self.variables["nodes"]))
        return {
            (f"{kind} {name}", node): self.configuration(kind, node, name)
            for kind in ("running", "saved")
            for name in NAMES
            for node in nodes
        }

    def off(self) -> dict[str, list[str]]:
        """Return the names of the virtual servers that are switched off, by partition."""
        found = {}
        for name in NAMES:
            rows = [json.loads(line) for line in self.configuration(partition=name)]
            found[name] = sorted(
                row["name"] for type_, row in rows if "vserver" in type_ and row.get("state") == "DISABLED"
            )
        return found

    def written(self) -> list[dict[str, Any]]:
        """Return the records, oldest first."""
        return [json.loads(path.read_text()) for path in sorted((self.records / self.name).glob("*.json"))]


@pytest.fixture(params=["alone", "pair"])
def stage(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> Tenants:
    simulator.reset()
    return Tenants(simulator, tmp_path / "records", request.param)


@pytest.fixture
def alone(simulator: Simulator, tmp_path: Path) -> Tenants:
    simulator.reset()
    return Tenants(simulator, tmp_path / "records", "alone")


def test_each_partition_is_closed_proven_recorded_and_opened_exactly(stage: Tenants) -> None:
    before = stage.texts()
    preview = stage.close(check=True)
    assert stage.texts() == before
    assert [(cost["customer"], cost["vservers"]) for cost in preview["costs"]] == [
        ("Brouwer", 1),
        ("De Wit", 1),
        ("Smit", 1),
    ]
    assert "switch ns partition tenant_b" in preview["diff"]["prepared"]
    assert [line for line in preview["diff"]["prepared"].splitlines() if "closing hits now" in line] == [
        "  closing hits now: 3 virtual servers, 0 Gateway users, 0 client connections, 0 AAA sessions"
    ]
    closed = stage.close()
    assert not closed.get("failed"), closed["msg"]
    assert whole_result(closed)["verdict"]["word"] == "closed"
    assert stage.off() == {"default": ["gw"], "tenant_a": ["old", "shop"], "tenant_b": ["old", "shop"]}
    records = stage.written()
    assert [one["partition"] for one in records] == [*NAMES]
    assert len({one["run"] for one in records}) == 1
    assert {(one["customer"], one["partition"], one["vserver"]) for one in closed["closures"]} == {
        ("Brouwer", "default", "gw"),
        ("De Wit", "tenant_a", "shop"),
        ("Smit", "tenant_b", "shop"),
    }
    again = stage.close()
    assert (again["changed"], len(stage.written())) == (False, 3), "a second run changes and writes nothing"
    with pytest.raises(
        Refused,
        match=rf"^{stage.name}: it stays closed, because .*in partition tenant_a|^{stage.name}: it stays closed, ",
    ):
        stage.open(second="", accept_unread=False, accept_exposure=False)
    opened = stage.open()
    assert not opened.get("failed"), opened["msg"]
    running = {place: rows for place, rows in stage.texts().items() if place[0].startswith("running")}
    assert stage.texts() == before, [place for place in running if running[place] != before[place]]
    assert all(row["until"] and row["minutes"] >= 0 for row in opened["closures"])
    assert stage.open()["msg"].startswith("nothing to reopen")


def test_only_the_customer_of_one_partition_is_closed_and_opened(alone: Tenants) -> None:
    """De Wit and Smit have a virtual server of the same name."""
    before = alone.texts()
    alone.close(customers=["De Wit"])
    assert alone.off() == {"default": [], "tenant_a": ["old", "shop"], "tenant_b": ["old"]}
    assert [word.verdict.word for word in alone.status_all().partitions.values()][1] == "closed"
    alone.close(customers=["Smit"])
    alone.open(customers=["De Wit"])
    assert alone.off() == {"default": [], "tenant_a": ["old"], "tenant_b": ["old", "shop"]}
    alone.open(partitions=["tenant_b"])
    assert alone.texts() == before


def test_an_appliance_of_which_one_partition_is_closed_is_not_closed(simulator: Simulator, tmp_path: Path) -> None:
    """Seen: 'closed', and 'upgrade' without 'close external access', while an attack got through at the Gateway of another customer."""
    simulator.reset()
    stage = Tenants(simulator, tmp_path / "records", "old")
    assert str(stage.status_all().verdict.word) == "exposed"
    before = catalogue_status(stage).verdict
    assert before.next_action.startswith("close external access (lockdown.yml), then upgrade to ")
    stage.apply_all()
    assert str(stage.status_all().verdict.word) == "mitigated"
    stage.close(customers=["Smit"])
    beside = stage.status_all().verdict
    assert str(beside.word) == "mitigated"
    assert any(one.startswith("partition tenant_b is closed, so nothing was proven there: ") for one in beside.missing)
    assert catalogue_status(stage).verdict.next_action == before.next_action
    stage.close(customers=["De Wit", "Brouwer"])
    assert str(stage.status_all().verdict.word) == "closed"
    assert catalogue_status(stage).verdict.next_action.startswith("upgrade to ")


def test_an_overdue_decision_on_one_partition_calls_no_other_one_closed(simulator: Simulator, tmp_path: Path) -> None:
    """Seen: "closed, decision overdue" of an appliance at whose Gateway nothing was proven."""
    simulator.reset()
    stage = Tenants(simulator, tmp_path / "records", "old")
    with Connection(stage.appliance) as connection:
        parameters = stage.switch_parameters("lockdown", wanted=ClosureScope(partitions=("tenant_b",)))
        decision = Decision("advised", "CHG1", "J. Jansen", datetime.now(UTC) - timedelta(seconds=1))
        run = PartitionedSwitch(connection, replace(parameters, decision=decision), Lockdown)
        assert carried_out(run).verdict.exit_code == 2
    stage.apply_all(probes="none", save="always")
    unproven = stage.status_all(probes="none").verdict
    assert (str(unproven.word), unproven.exit_code) == ("applied, unproven", 2)
    assert "partition tenant_b: shop" in unproven.reason
    assert unproven.next_action.startswith("decide: extend it")
    stage.apply_all()
    proven = stage.status_all().verdict
    assert (str(proven.word), proven.exit_code) == ("closed, decision overdue", 2)


def catalogue_status(stage: Tenants) -> ApplianceVerdict:
    """Return the verdict on the whole catalogue, with the rule of the stage as what the inventory asks for."""
    template = plain_template(CATALOGUE / "v2.yml.j2")
    assert template is not None
    names = {"name": f"tq_{CATALOGUE.name}", "priority": 10, "log": True, "marker": stage.answer_marker}
    check = CatalogueCheck(
        appliance=stage.appliance,
        entries=load_catalogue(CATALOGUE.parent),
        directory=CATALOGUE.parent,
        records=stage.records,
        run="run",
        desired={CATALOGUE.name: DesiredVersion(2, template.render(names))},
        trust=stage.trust,
    )
    with Connection(stage.appliance) as connection:
        return check.find(connection)


def test_the_screen_before_closing_names_the_customers_of_the_partitions(alone: Tenants) -> None:
    kept: list[dict[str, Any]] = []

    class Kept(CloseOff):
        def keep_plan(self, plan: Any) -> str:
            kept.append(plan.values)
            return ""

    OPTIONS[Kept] = LockdownModule.OPTIONS
    alone.simulator.clear_requests()
    alone.play(Kept, check=True)
    asked = [one["target"].partition("?")[0] for one in alone.simulator.requests()]
    counts = [asked.count(f"/nitro/v1/{one}") for one in ("config/csvserver", "stat/lbvserver", "stat/aaa")]
    assert counts == [6, 2, 3], "the plan has counted them, so the page of whom it hits reads none of these again"
    (plan,) = kept
    assert {
        (row["customer"], *((one["partition"], one["name"].split(" ")[0]) for one in row["vservers"]))
        for row in plan["impact"]
    } == {
        ("Brouwer", ("default", "gw")),
        ("De Wit", ("tenant_a", "shop")),
        ("Smit", ("tenant_b", "shop")),
    }
    assert [line for line in plan["lines"] if "switch" in line] == [f"switch ns partition {name}" for name in NAMES]


def refuse_in(monkeypatch: pytest.MonkeyPatch, partition: str, what: str) -> None:
    """Make the appliance refuse in one admin partition."""
    write = Session.write

    def refuse(self: Session, method: str, path: str, body: Any = None, *, bulk: bool = False) -> Reply:
        if self.partition == partition and what in path:
            raise NitroError(self.where, f"{method} {path}", 400, 2138, "Not authorized to execute this command")
        return write(self, method, path, body, bulk=bulk)

    monkeypatch.setattr(Session, "write", refuse)


def test_a_partition_that_refuses_does_not_keep_the_others_open(
    alone: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_in(monkeypatch, "tenant_a", "action=disable")
    closed = alone.close()
    assert closed["failed"]
    assert closed["msg"].startswith("alone: partition tenant_a: ")
    assert alone.off() == {"default": ["gw"], "tenant_a": ["old"], "tenant_b": ["old", "shop"]}
    assert not is_whole(alone)
    verdict = whole_result(closed)["verdict"]
    assert (verdict["word"], verdict["next_action"]) == ("partly", "close what is still open, then lockdown.yml")
    assert re.fullmatch(r"partition tenant_a: shop \(lb .*\) may still be open", verdict["reason"])
    assert [alone.states(name) for name in ("Brouwer", "De Wit", "Smit")] == [["closed"], [], ["closed"]]
    monkeypatch.undo()
    planned = alone.close(check=True)["verdict"]
    assert (planned["word"], planned["reason"].endswith(") still open")) == ("partly", True)
    assert not alone.close().get("failed")
    assert alone.off()["tenant_a"] == ["old", "shop"]
    assert [alone.states(name) for name in ("Brouwer", "De Wit", "Smit")] == [["closed"]] * 3


def test_a_partition_that_does_not_save_is_closed_and_not_saved(alone: Tenants) -> None:
    """Seen: "closed", though a restart would have opened one of the partitions."""
    save = {"method": "POST", "type": "nsconfig", "action": "save"}
    alone.simulator.appliance("alone").fault("nitro_error", **save, nth=2, code=257)
    closed = alone.close()
    assert closed["failed"]
    assert alone.off() == {"default": ["gw"], "tenant_a": ["old", "shop"], "tenant_b": ["old", "shop"]}
    verdict = whole_result(closed)["verdict"]
    assert (verdict["word"], verdict["reason"].startswith("partition tenant_a: shop ")) == ("applied, not saved", True)
    assert "would be lost in a reboot: run close.yml -e step=off again." in closed["msg"]
    alone.simulator.appliance("alone").fault("nitro_error", **save, nth=1, code=257)
    assert "run lockdown.yml again." in alone.close(called="lockdown", extend=True, reason="new")["msg"]


def test_a_partition_whose_closing_is_not_proven_is_not_called_closed(alone: Tenants) -> None:
    """Seen: "closed", because another partition is."""
    for vip in alone.variables["vips"][1:]:
        vip["probe"] = False
    closed = alone.close()
    words = {name: part["verdict"]["word"] for name, part in closed["partitions"].items()}
    assert words == {"default": "closed", "tenant_a": "applied, unproven", "tenant_b": "applied, unproven"}
    assert closed["verdict"]["word"] == "applied, unproven"


def test_a_partition_whose_customer_has_not_agreed_is_not_called_closed(alone: Tenants) -> None:
    """Seen: "closed", and reopen.yml as the next action, beside "NOT AGREED: shop STAYS OPEN"."""
    described = {"De Wit": {"consent": True}}
    closed = alone.close(described=described)
    assert alone.off() == {"default": ["gw"], "tenant_a": ["old"], "tenant_b": ["old", "shop"]}
    verdict = whole_result(closed)["verdict"]
    assert (verdict["word"], verdict["reason"].startswith("partition tenant_a: NOT AGREED: shop ")) == ("partly", True)


def test_a_partition_that_the_inventory_leaves_out_is_named_and_nothing_counts_as_whole(alone: Tenants) -> None:
    alone.variables["partitions"] = ["default", "tenant_a"]
    closed = alone.close()
    assert alone.off() == {"default": ["gw"], "tenant_a": ["old", "shop"], "tenant_b": ["old"]}
    left = "partition tenant_b is not among netscaler_partitions: its virtual servers may STAY OPEN"
    assert (closed["verdict"]["word"], closed["verdict"]["reason"]) == ("partly", left)
    assert alone.written()[0]["partitions"] == {
        "default": "switched",
        "tenant_a": "switched",
        "tenant_b": "left open",
    }
    assert not is_whole(alone)


def is_whole(stage: Tenants) -> bool:
    """Return whether the ledger counts the closing as one of the whole appliance."""
    records = all_records(stage.records, stage.name, stage.trust)
    rows = ledger_rows(
        stage.appliance, [load_entry(CATALOGUE)], records, Today(datetime.now(UTC)), HuntResult(), date(2020, 2, 1)
    )
    off = stage.off()
    expected = {
        "Brouwer": "gw" in off["default"],
        "De Wit": "shop" in off["tenant_a"],
        "Smit": "shop" in off["tenant_b"],
    }
    assert {row.customer: row.closed.is_known for row in rows} == expected
    return all(row.whole_closed for row in rows)


def test_the_ledger_counts_a_closing_of_all_partitions(alone: Tenants) -> None:
    alone.close()
    assert is_whole(alone)


def test_unsaved_changes_of_others_in_one_partition_are_named_with_it(alone: Tenants) -> None:
    with Session(alone.appliance, alone.appliance.nodes[0]) as colleague:
        colleague.enter("tenant_a")
        colleague.write("POST", "lbvserver", {"lbvserver": {"name": "test", "servicetype": "HTTP"}})
    with pytest.raises(Refused, match=r"^alone: partition tenant_a: .*add lb vserver test HTTP"):
        alone.close()
    assert alone.off()["tenant_b"] == ["old"]
    assert not alone.close(partitions=["default", "tenant_b"]).get("failed")
    assert alone.off() == {"default": ["gw"], "tenant_a": ["old"], "tenant_b": ["old", "shop"]}


def test_an_opening_stops_at_the_partition_that_refuses_and_the_same_command_goes_on(
    alone: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = alone.texts()
    alone.close()
    refuse_in(monkeypatch, "tenant_a", "action=enable")
    opened = alone.open()
    assert opened["failed"]
    assert opened["msg"].startswith("alone: partition tenant_a: ")
    assert "Not started because of this failure: partition tenant_b; PROTECTION MAY BE LOST at " in opened["msg"]
    assert alone.off() == {"default": [], "tenant_a": ["old", "shop"], "tenant_b": ["old", "shop"]}
    assert [alone.states(name)[-1] for name in ("Brouwer", "De Wit", "Smit")] == ["reopened", "closed", "closed"]
    monkeypatch.undo()
    assert not alone.open().get("failed")
    assert alone.texts() == before


@pytest.mark.parametrize("verb", ["close", "open"])
def test_a_run_that_each_partition_refuses_is_refused_and_one_that_has_written_failed(
    alone: Tenants, verb: str
) -> None:
    if verb == "open":
        alone.close()
    before = alone.off()
    with Connection(alone.appliance) as connection, ApplianceLock(connection, alone.parameters()):
        result = getattr(alone, verb)()
    assert (result["failed"], result.get("refused"), result["changed"]) == (True, True, False)
    assert alone.off() == before


def test_partitions_that_cannot_be_read_or_are_not_there_are_refused(alone: Tenants) -> None:
    assert alone.close(partitions=["tenant_c"])["unmatched"] == ["admin partition tenant_c"]
    alone.variables["partitions"] = ["default", "tenant_a"]
    said = r"partitions names tenant_b, which netscaler_partitions leaves out: this run reads default, tenant_a\. .* Nothing was changed\."
    for task in (CloseOff, ReopenAccess):
        with pytest.raises(Refused, match=said):
            alone.play(task, partitions=["tenant_b"])
    assert alone.off() == {"default": [], "tenant_a": ["old"], "tenant_b": ["old"]}


# -- the register of consent --------------------------------------------------------------------------------------------


def test_a_customer_is_reopened_once_nothing_is_closed_on_any_appliance(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    first, second = (Tenants(simulator, tmp_path / "records", name) for name in ("alone", "pair"))
    first.close()
    second.close()
    assert first.states("De Wit") == ["closed"], "once for each customer"
    first.open(customers=["De Wit"])
    assert first.states("De Wit") == ["closed"], "it is closed on the other appliance"
    second.open(customers=["Smit"])
    second.open(customers=["De Wit"])
    assert second.states("De Wit") == ["closed", "reopened"]
    assert second.states("Smit") == second.states("Brouwer") == ["closed"]
    first.open()
    second.open()
    assert [second.states(name) for name in ("Brouwer", "Smit")] == [["closed", "reopened"]] * 2


def test_a_customer_of_whom_another_appliance_has_lost_its_records_is_not_reopened(
    simulator: Simulator, tmp_path: Path
) -> None:
    """What nobody can read is not open."""
    simulator.reset()
    first, second = (Tenants(simulator, tmp_path / "records", name) for name in ("alone", "pair"))
    first.close()
    second.close()
    (first.records / "pair").rename(tmp_path / "lost")
    first.open()
    assert first.states("De Wit") == ["closed"]
    (place,) = (tmp_path / "consent" / "Brouwer").glob("*/pair.json")
    place.write_text("[]")
    first.close()
    opened = first.open()
    assert "the register of consent does not say that Brouwer is reopened: " in opened["msg"]
    assert "does not say what is closed" in opened["msg"]


@pytest.mark.parametrize("verb", ["close", "open"])
def test_a_run_that_dies_before_the_register_has_it_is_finished_by_the_same_command(
    alone: Tenants, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    if verb == "open":
        alone.close()
    before = alone.states("De Wit")

    def die(*_arguments: Any) -> None:
        raise DiedError

    monkeypatch.setattr(consent_notes, "note_switch", die)
    with pytest.raises(DiedError):
        getattr(alone, verb)()
    monkeypatch.undo()
    assert alone.states("De Wit") == before
    again = getattr(alone, verb)()
    assert (again["changed"], again.get("failed", False)) == (False, False)
    assert alone.states("De Wit") == [*before, "closed" if verb == "close" else "reopened"]
    getattr(alone, verb)()
    assert len(alone.states("De Wit")) == len(before) + 1, "once"


def test_a_reopening_names_what_it_is_exposed_to_by_the_whole_catalogue(alone: Tenants) -> None:
    """The catalogue has entries without a rule; the verdict on the others alone would call the appliance not affected."""
    alone.close()
    opened = alone.open()
    verdict = opened["verdict"]
    assert (verdict["word"], verdict["exit_code"]) == ("exposed", 2)
    assert verdict["reason"].endswith(" more entries of the catalogue")
    assert "cve_2026_19490" in verdict["reason"]
    assert "was never affected" not in opened["msg"]
    assert "verdict: exposed (" in opened["msg"]
    assert verdict["next_action"].startswith("status.yml")


def test_the_preview_counts_the_sessions_of_the_appliance_once(alone: Tenants, simulator: Simulator) -> None:
    """NITRO counts them for the appliance, and says the same in each partition. Whose they are is known only where one customer is closed."""
    for user in ("user1", "user2"):
        simulator.appliance(alone.name).session("gw", user)
    preview = alone.close(check=True)
    assert (
        "  closing hits now: 3 virtual servers, 2 Gateway users, 0 client connections, 2 AAA sessions\n"
        in (preview["diff"]["prepared"])
    )
    assert preview["cost"]["sessions"] == 2
    assert {cost["customer"]: cost["sessions"] for cost in preview["costs"]} == dict.fromkeys(
        ("Brouwer", "De Wit", "Smit")
    )
    alone.variables |= {"partition_customers": {"tenant_a": "Brouwer", "tenant_b": "Brouwer"}}
    assert [(cost["customer"], cost["sessions"]) for cost in alone.close(check=True)["costs"]] == [("Brouwer", 2)]
