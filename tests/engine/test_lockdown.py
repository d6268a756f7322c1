# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lockdown and reopening on one simulated appliance, in process: exact, reported truthfully, and never left half done."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.action.lockdown import ActionModule as LockdownModule
from ansible_collections.tourniquet.netscaler.plugins.action.reopen import ActionModule as ReopenModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Reply, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import ProofFindings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import MEASURE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    RowAnswer,
    answer_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VerdictWord,
    worst_verdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import audit_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import reachability, switch_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.close_off import CloseOff
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import (
    ClosureScope,
    Decision,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitchPlan,
    PartitionedSwitchResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_plan import (
    SwitchParameters,
    SwitchResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_proof import SwitchProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_report import costs_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_run import SwitchRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_task import SwitchTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.reopen_off import ReopenAccess
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import (
    AnswerFinder,
    ExposureFinder,
    Reopening,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import (
    DesiredVersion,
    Exposure,
    ExposureCheck,
)

from simulator import Simulator
from simulator.configuration import nsconf_writer
from simulator.types import TYPES
from tests.stage.memory import Stage

CATALOGUE = Path(__file__).parents[2] / "templates" / "mitigations"
NOW = datetime(2020, 1, 17, 20, 0, tzinfo=UTC)
DECISION = Decision("the NCSC advises to switch off", "CHG0044", "J. Jansen", datetime.now(UTC) + timedelta(hours=8))
BACK = Decision("the fixed firmware runs", "CHG0045", "P. de Vries")
VPN = ClosureScope(kinds=("vpn",))
CLOSE_OPTIONS, REOPEN_OPTIONS = LockdownModule.OPTIONS, ReopenModule.OPTIONS


def fleet(nodes: int) -> dict[str, Any]:
    return {
        "appliances": {
            "box": {
                "build": "13.0 47.22",
                "nodes": ["127.0.0.1:0"] * nodes,
                "features": ["LB", "SSL", "SSLVPN", "AAA"],
                "vservers": [
                    {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
                    {"type": "authentication", "name": "logon", "address": "127.0.0.1:0", "protocol": "SSL"},
                    {"type": "lb", "name": "my shop", "address": "127.0.0.1:0", "protocol": "HTTP"},
                ],
                "configuration": {
                    "lbvserver": [
                        {"name": "old", "servicetype": "HTTP", "ipv46": "192.0.2.77", "port": 80, "state": "DISABLED"},
                        {"name": "inner", "servicetype": "HTTP"},
                    ]
                },
            }
        }
    }


@pytest.fixture(scope="module")
def alone() -> Iterator[Simulator]:
    with Simulator(fleet(1)) as running:
        yield running


@pytest.fixture(scope="module")
def paired() -> Iterator[Simulator]:
    with Simulator(fleet(2)) as running:
        yield running


class Box:
    """The appliance, its records, and the two verbs."""

    def __init__(self, simulator: Simulator, records: Path) -> None:
        simulator.reset()
        ready = simulator.ready["appliances"]["box"]
        self.simulator = simulator
        self.records = records
        # All of it listens at one address, where it could not be told from the management.
        self.appliance = Appliance(
            "box",
            tuple(Address("localhost", node["port"]) for node in ready["nodes"]),
            "nsroot",
            "nsroot",
            validate_certs=False,
            probe_networks=("127.0.0.0/8", "192.0.2.0/24"),
        )

    def parameters(self, decision: Decision | None, **options: Any) -> SwitchParameters:
        return SwitchParameters(
            appliance=options.pop("appliance", self.appliance),
            owner=Owner(MEASURE, 1, "CHG0044"),
            records=self.records,
            run="run",
            reason=decision.reason if decision else "",
            decision=decision,
            **options,
        )

    def run(
        self,
        verb: type[SwitchRun],
        *,
        check: bool = False,
        session: type[Session] = Session,
        decision: Decision | None = None,
        find_exposure: ExposureFinder | None = None,
        find_answers: AnswerFinder | None = None,
        **options: Any,
    ) -> SwitchResult:
        finders = {"find_exposure": find_exposure, "find_answers": find_answers}
        more: dict[str, Any] = {name: finder for name, finder in finders.items() if finder is not None}
        chosen = decision or (DECISION if verb is Lockdown else BACK)
        if verb is Reopening:
            options = {"accept_exposure": True, "accept_unread": True, **options}
        parameters = self.parameters(chosen, **options)
        with Connection(parameters.appliance, session) as connection:
            run = verb(connection, parameters, **more)
            plan = run.plan()
            if not check:
                run.carry_out(plan)
            return run.result(plan)

    def text(self, *, saved: bool = False, node: int | None = None) -> str:
        appliance = self.simulator.fleet.appliances["box"]
        of_node = appliance.primary if node is None else appliance.nodes[node]
        return nsconf_writer.text(appliance.build, of_node.saved if saved else of_node.running)

    def off(self, *, node: int | None = None) -> set[str]:
        return {
            line.split(" vserver ")[1].split(" HTTP")[0].split(" SSL")[0].strip('"')
            for line in self.text(node=node).splitlines()
            if "-state DISABLED" in line
        }

    def writes(self) -> list[str]:
        return [
            request["target"].removeprefix("/nitro/v1/config/")
            for request in self.simulator.requests()
            if request["side"] == "nitro"
            and request["method"] != "GET"
            and not request["target"].endswith(("/login", "/logout"))
        ]

    def record(self, position: int = -1) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(sorted((self.records / "box").glob("*.json"))[position].read_text())
        return content


@pytest.fixture
def box(alone: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setattr(reachability, "PAUSE", 0.01)
    monkeypatch.setattr(switch_proof, "LOGIN_PAUSE", 0.01)
    return Box(alone, tmp_path)


@pytest.fixture
def pair(paired: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setattr(reachability, "PAUSE", 0.01)
    monkeypatch.setattr(switch_proof, "LOGIN_PAUSE", 0.01)
    return Box(paired, tmp_path)


EVERYTHING = {"gw", "logon", "my shop", "old"}


def word(result: SwitchResult) -> str:
    return result.verdict.word if result.verdict else ""


# -- both ways, exactly ------------------------------------------------------------------------------------------------


def test_everything_external_is_closed_proven_saved_and_reopened_exactly(box: Box) -> None:
    before = box.text()
    result = box.run(Lockdown)
    assert word(result) == "closed"
    assert result.unproven == ()
    assert result.contradicted == ()
    assert box.off() == EVERYTHING
    assert box.text(saved=True) == box.text()
    record = box.record()
    assert (record["reason"], record["ticket"], record["decided_by"]) == (
        "the NCSC advises to switch off",
        "CHG0044",
        "J. Jansen",
    )
    assert set(record["who"]) == {"user", "control_node", "records"}
    assert record["outcome"] == "applied"
    assert record["saved"] is True
    assert [step["inverse"] for step in record["steps"]] == [
        ["enable vpn vserver gw"],
        ["enable authentication vserver logon"],
        ['enable lb vserver "my shop"'],
    ]
    answered = {row["name"]: row["answered"] for row in record["vservers"]}
    assert answered == {"gw": True, "logon": True, "my shop": True, "old": None, "inner": None}

    again = box.run(Reopening)
    assert again.unproven == ()
    assert box.text() == before
    assert box.text(saved=True) == before
    assert box.record()["decided_by"] == "P. de Vries"


def test_second_runs_write_nothing_neither_there_nor_here(box: Box) -> None:
    for verb in (Lockdown, Reopening):
        box.run(verb)
        files, number = len(list((box.records / "box").iterdir())), len(box.writes())
        result = box.run(verb)
        assert not result.changed
        assert len(box.writes()) == number
        assert len(list((box.records / "box").iterdir())) == files


def test_an_ssl_vserver_without_a_certificate_is_closed_without_a_proof_and_reopened(box: Box) -> None:
    """It is DOWN, which is not switched off: a certificate that is bound later would open it. It never answered, so silence proves nothing."""
    configuration = box.simulator.fleet.appliances["box"].primary.running
    bare = {"name": "bare", "servicetype": "SSL", "ipv46": "192.0.2.78", "port": 443}
    configuration.create(TYPES["csvserver"], bare, box.simulator.fleet.appliances["box"])
    box.simulator.fleet.appliances["box"].primary.saved = configuration.copy()
    before = box.text()
    result = box.run(Lockdown)
    assert word(result) == "applied, unproven"
    assert "bare" in box.off()
    assert {row["name"]: row["answered"] for row in box.record()["vservers"]}["bare"] is False
    box.run(Reopening)
    assert box.text() == before


def test_what_was_off_before_is_told_and_stays_off(box: Box) -> None:
    result = box.run(Lockdown)
    assert any("old" in remark and "was switched off before" in remark for remark in result.plan.remarks)
    box.run(Reopening)
    assert box.off() == {"old"}


def test_what_one_answer_leaves_out_is_opened_by_a_later_reopening(box: Box) -> None:
    before = box.text()

    class Hiding(Session):
        """The answers of an appliance that does not show its virtual server gw."""

        def read(self, type_: str, *args: Any, **options: Any) -> list[dict[str, Any]]:
            rows = super().read(type_, *args, **options)
            return [row for row in rows if (type_, row.get("name")) != ("vpnvserver", "gw")]

    box.run(Lockdown)
    hidden = box.run(Reopening, session=Hiding)
    expected = "gw (vpnvserver), which we closed, does not exist now; it stays recorded as closed"
    assert expected in hidden.plan.remarks
    assert box.off() == {"gw", "old"}
    box.run(Reopening)
    assert box.text() == before
    assert box.text(saved=True) == before


def test_preview_reads_only_and_needs_no_decision(box: Box) -> None:
    box.simulator.appliance("box").session("gw")
    parameters = box.parameters(None)
    with Connection(box.appliance) as connection:
        plan = Lockdown(connection, parameters).plan()
    assert [step.key[0] for step in plan.steps] == ["gw", "logon", "my shop"]
    assert plan.usage["vpnvserver", ("gw",)].users == 1
    assert plan.usage["lbvserver", ("my shop",)].connections == 0
    assert plan.usage["authenticationvserver", ("logon",)].users is None, "not counted is not nobody"
    assert plan.sessions == 1
    assert plan.verdict is None
    assert box.writes() == []
    assert not (box.records / "box").exists()


def test_on_a_shared_appliance_only_what_a_customer_has_is_closed(box: Box) -> None:
    shared = replace(box.appliance, customer="Brouwer", vserver_customers=(("my shop", "De Wit"), ("gww", "De Wit")))
    wanted = ClosureScope(customers=("De Wit",))
    result = box.run(Lockdown, appliance=shared, wanted=wanted)
    assert box.off() == {"my shop", "old"}
    assert "netscaler_vserver_customers names gww (De Wit), which is not on this appliance" in result.plan.remarks
    assert [(cost["customer"], cost["vservers"], cost["sessions"]) for cost in costs_of(result.plan, shared)] == [
        ("De Wit", 1, result.plan.sessions)
    ]
    task = CloseOff(
        shared, {"vips": [], "kinds": list(wanted.kinds), "customers": ["De Wit"], "partitions": []}, False, False
    )
    whole = PartitionedSwitchResult(PartitionedSwitchPlan({"default": result.plan}), {"default": result})
    assert task.problem(whole).startswith("box: gww of De Wit may STAY OPEN: ")
    box.run(Reopening, appliance=shared, wanted=ClosureScope(customers=("Brouwer",)))
    assert box.off() == {"my shop", "old"}, "what another customer has stays closed"
    box.run(Reopening, appliance=shared, wanted=wanted)
    assert box.off() == {"old"}


class Desk:
    """The actions of lockdown and reopening on the appliance of two customers, with their register of consent."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.appliance = replace(box.appliance, customer="Brouwer", vserver_customers=(("my shop", "De Wit"),))
        self.register = ConsentRegister(box.records / "consent", RecordTrust(box.records / "key"))

    def agree(self, customer: str, state: str = "agreed") -> None:
        when = "2020-01-17T13:00:00+00:00"
        self.register.add(
            ConsentEntry(customer=customer, state=ConsentState(state), who="A. Brouwer", when=when, how="by telephone")
        )

    def states(self, customer: str) -> list[str]:
        return [f"{one.state} by {one.who}" for one in self.register.entries(customer)]

    def play(self, task: type[SwitchTask], options: Options, *, check: bool = False, **given: Any) -> dict[str, Any]:
        values = {name: option.get("default") for name, option in options.items()}
        values |= {"records": str(self.box.records / "records"), "consents": str(self.register.directory)}
        values |= {
            "record_key": str(self.register.trust.key),
            "reason": "advised",
            "ticket": "CHG1",
            "who": "J. Jansen",
            "log_ons": False,
        }
        return task(self.appliance, values | given, check, check).values()

    def close(self, **given: Any) -> dict[str, Any]:
        described = {"Brouwer": {"consent": True}, "De Wit": {}}
        return self.play(CloseOff, CLOSE_OPTIONS, **{"expires": "8", "described": described, **given})

    def open(self, **given: Any) -> dict[str, Any]:
        more = {"accept_exposure": True, "accept_unread": True, "second": "M. Vis", "catalogue": str(CATALOGUE)}
        return self.play(ReopenAccess, REOPEN_OPTIONS, **{**more, **given})


@pytest.fixture
def desk(box: Box) -> Desk:
    return Desk(box)


def test_what_nothing_can_be_sent_for_is_named_in_each_run_and_in_the_preview_of_the_last(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rollout carries nothing out where its preview has nothing to do: the second run ended with 0, and the Gateway was open."""
    monkeypatch.setattr(Vserver, "has_usable_name", property(lambda one: one.name != "my shop"))
    told = "my shop .* STAYS OPEN: NITRO allows no such name, so nothing can be sent for it. Switch it off on the appliance itself"
    given: dict[str, Any] = {"without_consent": True}
    assert not desk.close(check=True, **given).get("failed"), "the others can be closed"
    for check in (False, True, False):
        found = desk.close(check=check, **given)
        assert found["failed"], check
        assert re.search(told, found["msg"])
    assert "my shop" not in desk.box.off()


def test_what_a_customer_has_not_agreed_to_stays_open_and_is_named_first(desk: Desk) -> None:
    desk.agree("Brouwer", "advised")
    preview = desk.close(check=True)
    result = desk.close()
    assert desk.box.off() == {"my shop", "old"}, "the other customer is closed"
    why = "Brouwer has not agreed: advised 2020-01-17 13:00 UTC by A. Brouwer, by telephone"
    names = ", ".join(f"{v['name']} ({v['type'][:-7]} {v['address']})" for v in preview["vservers"][:2])
    assert result["failed"]
    assert result["msg"].startswith(f"NOT AGREED: {names} STAY OPEN: {why}. consent.yml -e customer=... ")
    assert preview["msg"].startswith(f"NOT AGREED: {names} STAY OPEN: {why}; would be closed: my shop")
    verdict = whole_result(result)["verdict"]
    assert verdict["word"] == "partly", "one that was asked for is open"
    assert verdict["next_action"].startswith("consent.yml -e customer=... -e state=agreed"), (
        "to lock down again leaves it open"
    )
    assert [one["playbook"] for one in verdict["next_commands"]] == ["consent.yml", ""]
    assert whole_result(result)["not_agreed"] == preview["not_agreed"] == [f"NOT AGREED: {names} STAY OPEN: {why}"]
    assert preview["diff"]["prepared"].splitlines()[1] == f"  {preview['not_agreed'][0]}"
    assert desk.states("De Wit") == ["closed by J. Jansen"]
    assert desk.states("Brouwer") == ["advised by A. Brouwer"]
    assert desk.close()["failed"], "a second run has nothing to do, and says so again"


def test_a_closing_without_consent_is_not_extended_without_it_in_silence(desk: Desk) -> None:
    """Seen: 'nothing here is in scope' and exit code 0, a day later 'decision overdue', whose next action is to extend it."""
    assert not desk.close(without_consent=True).get("failed")
    result = desk.close(extend=True, expires="40")
    assert result["failed"]
    assert result["msg"].startswith("NOT AGREED: the decision about gw (vpn ")
    assert "IS NOT EXTENDED: Brouwer has not agreed" in result["msg"]
    assert whole_result(result)["verdict"]["word"] != "partly", "all of it is closed"
    assert not desk.close(extend=True, expires="40", without_consent=True).get("failed")


def test_a_customer_who_has_agreed_is_closed_and_the_next_closing_needs_a_new_agreement(desk: Desk) -> None:
    desk.agree("Brouwer")
    assert not desk.close(customers=["Brouwer"]).get("failed")
    assert desk.box.off() == {"gw", "logon", "old"}
    assert not desk.close().get("failed"), "a run that stopped half-way can go on"
    assert not desk.open().get("failed")
    assert desk.box.off() == {"old"}
    assert desk.states("Brouwer") == ["agreed by A. Brouwer", "closed by J. Jansen", "reopened by J. Jansen"]
    assert desk.states("De Wit") == ["closed by J. Jansen", "reopened by J. Jansen"]
    assert desk.close(customers=["Brouwer"])["failed"]
    assert desk.box.off() == {"old"}


def test_a_person_closes_without_consent_in_the_record_and_in_the_register(desk: Desk) -> None:
    desk.agree("Brouwer", "refused")
    result = desk.close(without_consent=True)
    assert not result.get("failed")
    assert desk.box.off() == {"gw", "logon", "my shop", "old"}
    why = "Brouwer has not agreed: refused 2020-01-17 13:00 UTC by A. Brouwer, by telephone"
    assert result["msg"].startswith(f"CLOSED WITHOUT CONSENT: {why}; closed: ")
    record = json.loads(Path(result["record"]).read_text())
    assert (record["overruled"], record["decided_by"]) == ([why], "J. Jansen")
    assert desk.states("Brouwer") == ["refused by A. Brouwer", "closed by J. Jansen"]
    assert desk.register.entries("Brouwer")[-1].note == f"without consent: {why}"
    assert desk.register.entries("De Wit")[-1].note == ""


def test_a_register_that_was_changed_is_no_consent_and_what_cannot_be_written_down_is_a_failure(desk: Desk) -> None:
    for customer in ("Brouwer", "De Wit"):
        desk.agree(customer)
        path = desk.register.directory / unique_name(customer) / "1.json"
        path.write_text(path.read_text().replace("telephone", "e-mail"))
    result = desk.close()
    assert desk.box.off() == {"my shop", "old"}
    assert result["failed"]
    assert "Brouwer has not agreed: the register is refused: " in result["msg"]
    assert "the register of consent does not say that De Wit is closed: " in result["msg"]
    assert result["msg"].count("its content is not what was signed") == 2


def test_the_users_of_a_shared_appliance_are_counted_by_customer(box: Box) -> None:
    shared = replace(box.appliance, customer="Brouwer", vserver_customers=(("my shop", "De Wit"),))
    plan = box.run(Lockdown, appliance=shared, check=True).plan
    assert [(cost["customer"], cost["vservers"], cost["sessions"]) for cost in costs_of(plan, shared)] == [
        ("Brouwer", 2, None),
        ("De Wit", 1, None),
    ]


def test_only_what_is_asked_for_is_closed_and_the_rest_answers(box: Box) -> None:
    result = box.run(Lockdown, wanted=ClosureScope(vips=("gw", "elsewhere")))
    assert box.off() == {"gw", "old"}
    assert result.plan.unmatched == ("elsewhere",)
    others = {row["vip"].split(" (")[0]: row["status"] for row in box.record()["proof"]["after"]}
    assert others["gw"] is None
    assert others["my shop"] is not None
    assert others["logon"] is not None


def test_what_the_inventory_protects_is_never_closed(box: Box) -> None:
    result = box.run(Lockdown, appliance=replace(box.appliance, never_close=("my shop",)))
    assert box.off() == {"gw", "logon", "old"}
    reasons = {choice.vserver.name: choice.reason for choice in result.plan.chosen.choices}
    assert reasons["my shop"] == "netscaler_never_close protects it"
    assert "no address of its own" in reasons["inner"]


def test_address_of_the_management_is_never_closed(box: Box) -> None:
    nodes = tuple(Address("127.0.0.1", node.port) for node in box.appliance.nodes)
    result = box.run(Lockdown, appliance=replace(box.appliance, nodes=nodes))
    assert result.plan.steps == () or all(step.key == ("old",) for step in result.plan.steps)
    assert box.off() == {"old"}


def test_part_can_be_reopened_and_the_rest_stays_ours(box: Box) -> None:
    before = box.text()
    box.run(Lockdown)
    box.run(Reopening, wanted=VPN)
    assert box.off() == EVERYTHING - {"gw"}
    box.run(Reopening)
    assert box.text() == before


def test_several_lockdowns_the_first_state_counts(box: Box) -> None:
    before = box.text()
    box.run(Lockdown, wanted=VPN)
    box.run(Lockdown)
    assert len(box.record()["steps"]) == 2
    box.run(Reopening)
    assert box.text() == before


def test_what_somebody_opened_by_hand_is_told_and_left(box: Box) -> None:
    box.run(Lockdown)
    with Session(box.appliance, box.appliance.nodes[0]) as colleague:
        colleague.write("POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
        colleague.save()
    assert word(box.run(Lockdown, check=True)) == "partly"
    result = box.run(Reopening)
    assert any("gw" in remark and "opened by somebody else" in remark for remark in result.plan.remarks)
    assert "vpnvserver" not in [step.type for step in result.plan.steps]
    assert box.off() == {"old"}
    with Session(box.appliance, box.appliance.nodes[0]) as colleague:
        colleague.write("POST", "vpnvserver?action=disable", {"vpnvserver": {"name": "gw"}})
        colleague.save()
    assert box.run(Reopening).plan.steps == (), "what a colleague closed after that is not ours"


def test_restart_that_takes_a_reopening_away_does_not_make_us_forget_what_we_closed(box: Box) -> None:
    before = box.text()
    box.run(Lockdown)
    box.run(Reopening, save="never")
    assert box.run(Reopening, save="never").plan.steps == (), "it is open, and not saved"
    box.simulator.appliance("box").reboot(seconds=0)
    assert box.off() == EVERYTHING
    assert box.run(Reopening).saved
    assert box.text() == box.text(saved=True) == before
    assert box.run(Reopening).plan.steps == ()


# -- a reopening of an appliance that would be exposed ---------------------------------------------------------------


EXPOSED = "cve_2019_19781: exposed (the feature RESPONDER is off; exploit public since 2020-01-10 (reported by j81blog/ADC-19781))"


def check(box: Box, catalogue: Path = CATALOGUE, *, version: int = 2, rendered: bool = True) -> ExposureCheck:
    """The check as reopen.yml makes it: every mitigation of a catalogue, with its rendered template."""
    text = jinja2.Environment(trim_blocks=True).from_string(
        (CATALOGUE / "cve_2019_19781" / f"v{version}.yml.j2").read_text()
    )
    names = {"name": "tq_cve_2019_19781", "priority": 10, "log": True, "marker": box.appliance.marker}
    desired = {"cve_2019_19781": DesiredVersion(version, text.render(names))} if rendered else {}
    return ExposureCheck(box.appliance, catalogue, box.records, "run", desired)


def broken_catalogue(box: Box) -> ExposureCheck:
    entry = box.records / "catalogue" / "cve_2019_19781"
    entry.mkdir(parents=True, exist_ok=True)
    (entry / "mitigation.yml").write_text("id: [")
    return check(box, entry.parent)


def mitigate(box: Box) -> None:
    check_, measure = check(box), load_mitigation(CATALOGUE / "cve_2019_19781")
    parameters = replace(check_._parameters(measure), save="always")
    with Connection(box.appliance) as connection:
        Deployment(connection, parameters).apply()


NOT_READ = "it was not read whole, so it may be exposed"


@pytest.mark.parametrize(
    ("prepare", "why", "said", "option"),
    [
        (check, "it is exposed once it is open", EXPOSED, "accept_exposure"),
        (
            lambda box: check(box, rendered=False),
            NOT_READ,
            "cve_2019_19781: unknown (its desired state was not rendered)",
            "accept_unread",
        ),
        (
            lambda box: check(box, box.records / "nothing"),
            NOT_READ,
            "nothing has no mitigation to judge it by",
            "accept_unread",
        ),
        (broken_catalogue, NOT_READ, "cve_2019_19781: unknown (", "accept_unread"),
    ],
    ids=["no mitigation", "not rendered", "an empty catalogue", "an entry that cannot be read"],
)
def test_a_reopening_is_refused_where_it_is_exposed_or_unknown(
    box: Box, prepare: Callable[[Box], ExposureCheck], why: str, said: str, option: str
) -> None:
    """There is a public exploit, and no mitigation. Who accepts the one has not accepted the other."""
    box.run(Lockdown)
    closed, writes = box.text(), box.writes()
    accepted = {"accept_exposure": option != "accept_exposure", "accept_unread": option != "accept_unread"}
    for preview in (True, False):
        with pytest.raises(Refused, match=f"it stays closed, because {why}") as refused:
            box.run(Reopening, find_exposure=prepare(box).find, check=preview, **accepted)
        assert said in str(refused.value)
        assert f"-e {option}=true -e \"who='the name of the person'\"" in str(refused.value)
        # Seen: the status alone, of what one apply brings in.
        first = [("apply", {"mitigation": "cve_2019_19781"})] if option == "accept_exposure" else []
        said_next = cast(NextAction, refused.value.args[0]).commands
        assert [(one.verb, one.values) for one in said_next] == [*first, ("status", {})]
    assert (box.text(), box.writes()) == (closed, writes)


def test_what_was_not_read_is_opened_by_its_own_word_and_recorded(box: Box) -> None:
    box.run(Lockdown)
    refused: dict[str, Any] = {"find_exposure": check(box, rendered=False).find, "accept_exposure": True}
    with pytest.raises(Refused, match=NOT_READ):
        box.run(Reopening, accept_unread=False, **refused)
    result = box.run(Reopening, accept_unread=True, **refused)
    assert result.changed
    record = box.record()
    assert record["accepted_unread"] == ["cve_2019_19781: unknown (its desired state was not rendered)"]
    assert "accepted_exposure" not in record


def test_a_node_whose_build_was_not_read_is_not_accepted_with_the_exposure(box: Box) -> None:
    """The answer of the ledger is unknown, and not because no record shows it."""
    box.run(Lockdown)
    row = LedgerRow(appliance="box", customer="", entry="cve_2019_19781", is_read=False)
    answer = RowAnswer(row, ReopenAnswer.UNKNOWN, "the build of 192.0.2.12 is not known")
    given: dict[str, Any] = {
        "find_exposure": not_exposed,
        "find_answers": lambda _connection, _customers: (CustomerAnswer("box", "", (answer,)),),
    }
    for second in ("", "M. Vis"):
        with pytest.raises(Refused, match=rf"{NOT_READ}: cve_2019_19781: the build of 192\.0\.2\.12 is not known\."):
            box.run(Reopening, accept_unread=False, second=second, **given)
    box.run(Reopening, **given)
    assert box.record()["accepted_unread"] == ["cve_2019_19781: the build of 192.0.2.12 is not known"]


def test_what_is_exposed_and_what_was_not_read_are_refused_in_one_message(box: Box) -> None:
    box.run(Lockdown)
    both = Exposure(
        {
            "cve": worst_verdict([(VerdictWord.EXPOSED, "no rule")], (), ()),
            "partition tenant_a": worst_verdict(
                [(VerdictWord.UNKNOWN, "it is not among netscaler_partitions")], (), ()
            ),
        }
    )
    with pytest.raises(Refused) as refused:
        box.run(Reopening, find_exposure=lambda _connection: both, accept_exposure=False, accept_unread=False)
    text = str(refused.value)
    assert "it is exposed once it is open: cve: exposed (no rule); and it was not read whole" in text
    assert "partition tenant_a: unknown (it is not among netscaler_partitions)" in text
    assert '-e accept_exposure=true -e accept_unread=true -e "who=' in text


def test_an_exposure_that_a_person_accepts_is_opened_and_recorded(box: Box) -> None:
    before = box.text()
    box.run(Lockdown)
    result = box.run(Reopening, find_exposure=check(box).find, accept_exposure=True)
    assert result.plan.exposure == (EXPOSED,)
    assert result.verdict is not None
    assert (result.verdict.word, result.verdict.exit_code) == ("exposed", 2)
    assert box.text() == before
    assert box.record()["accepted_exposure"] == list(result.plan.exposure)
    assert box.record()["decided_by"] == BACK.who


def test_a_mitigation_that_was_applied_while_it_was_closed_is_enough_to_reopen(box: Box) -> None:
    """Nothing can be proven while it is closed, so an unproven mitigation does not keep it closed."""
    box.run(Lockdown)
    mitigate(box)
    result = box.run(Reopening, find_exposure=check(box).find, find_answers=answered("open"), accept_exposure=False)
    assert (result.changed, result.plan.exposure) == (True, ())
    assert result.verdict is not None
    assert (result.verdict.word, result.verdict.next_action) == (
        "applied, unproven",
        "verify.yml -e mitigation=cve_2019_19781",
    )
    assert "accepted_exposure" not in box.record()


def test_a_mitigation_that_is_undone_between_the_plan_and_the_lock_keeps_it_closed(box: Box) -> None:
    box.run(Lockdown)
    reason = EXPOSED.removeprefix("cve_2019_19781: exposed (").removesuffix(")")
    answers = iter(
        Exposure({"cve_2019_19781": worst_verdict([candidate], (), ())})
        for candidate in ((VerdictWord.MITIGATED, "blocked"), (VerdictWord.EXPOSED, reason))
    )
    with Connection(box.appliance) as connection:
        run = Reopening(connection, box.parameters(BACK), lambda _connection: next(answers), answered("open"))
        plan = replace(run.plan(), planned_at="somebody changed something since")
        with pytest.raises(Refused, match=re.escape(EXPOSED)):
            run.carry_out(plan)
    assert box.off() == EVERYTHING


def test_nothing_is_judged_where_nothing_is_to_be_opened(box: Box) -> None:
    assert box.run(Reopening, accept_exposure=False).plan.steps == ()


# -- the answer of the exposure ledger -------------------------------------------------------------------------------


def answered(word: str) -> AnswerFinder:
    """Return what finds this answer for each customer."""

    def find(_connection: Connection, customers: tuple[str, ...]) -> tuple[CustomerAnswer, ...]:
        row = LedgerRow(appliance="box", customer="", entry="cve_2019_19781")
        answer = RowAnswer(row, ReopenAnswer(word), "the reason")
        return tuple(CustomerAnswer("box", customer, (answer,)) for customer in customers)

    return find


def not_exposed(_connection: Connection) -> Exposure:
    return Exposure({"cve_2019_19781": worst_verdict([(VerdictWord.MITIGATED, "blocked")], (), ())})


@pytest.mark.parametrize(
    ("word", "options", "opens"),
    [
        ("open", {}, True),
        ("patch_first", {}, False),
        ("unknown", {}, False),
        ("assume_compromised", {}, False),
        ("patch_first", {"accept_exposure": True}, True),
        ("unknown", {"accept_exposure": True}, True),
        ("assume_compromised", {"accept_exposure": True}, False),
        ("assume_compromised", {"second": "M. Vis"}, True),
        ("unknown", {"second": "M. Vis"}, True),
    ],
)
def test_only_the_answer_open_opens_or_a_person_who_overrules_it(
    box: Box, word: str, options: dict[str, Any], opens: bool
) -> None:
    before = box.text()
    box.run(Lockdown)
    closed = (box.text(), box.writes())
    given = {"find_exposure": not_exposed, "find_answers": answered(word), "accept_exposure": False, **options}
    if not opens:
        for preview in (True, False):
            with pytest.raises(
                Refused, match="the records do not show that it may be opened: no customer: "
            ) as refused:
                box.run(Reopening, check=preview, **given)
            assert "(cve_2019_19781: the reason)" in str(refused.value)
            by_two = word == "assume_compromised"
            asked = "-e \"second='the name of another person'\"" if by_two else '-e accept_exposure=true -e "who='
            assert asked in str(refused.value)
        assert (box.text(), box.writes()) == closed
        return
    result = box.run(Reopening, **given)
    assert box.text() == before
    record = box.record()
    if word == "open":
        assert result.plan.overruled == ()
        assert "overruled" not in record
    else:
        assert record["overruled"] == list(result.plan.overruled)
        assert (record["second"], record["decided_by"]) == (options.get("second", ""), BACK.who)


def test_an_answer_is_asked_for_the_customers_of_what_is_opened_only(box: Box) -> None:
    """The other customer of a shared appliance stays closed, and is not in the answer."""
    shared = replace(box.appliance, customer="Brouwer", vserver_customers=(("gw", "De Wit"),))
    asked: list[tuple[str, ...]] = []

    def find(connection: Connection, customers: tuple[str, ...]) -> tuple[CustomerAnswer, ...]:
        asked.append(customers)
        return answered("open")(connection, customers)

    box.run(Lockdown, appliance=shared)
    box.run(Reopening, appliance=shared, wanted=ClosureScope(customers=("De Wit",)), find_answers=find)
    assert asked
    assert set(asked) == {("De Wit",)}


def test_the_answer_of_an_appliance_that_was_never_mitigated_is_to_assume_a_compromise(box: Box) -> None:
    """The box runs 13.0 47.22, whose exploit is public since January 2020; its configuration is read for the preconditions."""
    box.run(Lockdown)
    reader = LedgerReader(box.appliance, load_catalogue(CATALOGUE), box.records, catalogue=CATALOGUE)
    with pytest.raises(Refused, match=r"assume compromised: recovery plan \(cve_"):
        box.run(Reopening, find_exposure=not_exposed, find_answers=reader.answers, accept_exposure=True)
    with Connection(box.appliance) as connection:
        rows = {row.entry: row for row in reader.read(connection)}
    assert answer_of(rows["cve_2019_19781"]).reason.startswith("never mitigated by a run that is recorded")
    assert rows["cve_2019_19781"].closed.is_known
    excluded = [row for row in rows.values() if "its configuration does not have" in row.exposed_from.source]
    assert excluded, "what the configuration does not have is no exposure"


def test_other_address_under_an_old_name_is_refused(box: Box) -> None:
    box.run(Lockdown)
    with Session(box.appliance, box.appliance.nodes[0]) as colleague:
        colleague.write("PUT", "vpnvserver", {"vpnvserver": {"name": "gw", "ipv46": "192.0.2.99"}})
        colleague.save()
    with pytest.raises(Refused, match="somebody else changed it"):
        box.run(Reopening)
    box.run(Reopening, force=True, appliance=replace(box.appliance, probe=False))
    assert box.off() == {"old"}


# -- the decision and its expiry ---------------------------------------------------------------------------------------


def test_due_decision_is_critical_and_opens_nothing(box: Box) -> None:
    box.run(Lockdown, decision=replace(DECISION, due=datetime.now(UTC) - timedelta(seconds=1)))
    result = box.run(Lockdown)
    assert word(result) == "closed, decision overdue"
    assert result.verdict is not None
    assert result.verdict.exit_code == 2
    assert "extend" in result.verdict.next_action
    assert box.off() == EVERYTHING


def test_extension_is_a_new_decision_and_writes_to_the_record_alone(box: Box) -> None:
    box.run(Lockdown, decision=replace(DECISION, due=datetime.now(UTC) - timedelta(seconds=1)))
    number = len(box.writes())
    new = replace(DECISION, reason="the hunt is not done", who="P. de Vries")
    assert word(box.run(Lockdown, decision=new)) == "closed, decision overdue", "without extend nothing is renewed"
    result = box.run(Lockdown, decision=new, extend=True)
    assert word(result) == "closed"
    assert result.verdict is not None
    assert "P. de Vries for the hunt is not done" in result.verdict.reason
    assert len(box.writes()) == number
    files = len(list((box.records / "box").iterdir()))
    box.run(Lockdown, decision=new, extend=True)
    assert len(list((box.records / "box").iterdir())) == files, "the very same decision is no new one"
    box.run(Reopening)
    assert box.off() == {"old"}


# -- proof -------------------------------------------------------------------------------------------------------------


class _DeafSession(Session):
    """Refuses every login as soon as a virtual server was disabled."""

    switched = False

    def __enter__(self) -> Session:
        if type(self).switched:
            raise CannotConnect("box: cannot be reached")
        return super().__enter__()

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Reply:
        type(self).switched = True
        return super().write(method, path, body, bulk=bulk)


def test_lost_management_is_undone_at_once(box: Box) -> None:
    before = box.text()
    _DeafSession.switched = False
    with pytest.raises(StepFailed, match=r"management could no longer be reached.*undone at once"):
        box.run(Lockdown, session=_DeafSession)
    assert box.text() == before
    assert box.record()["outcome"] == "reverted"
    assert box.text(saved=True) == before


def test_harm_to_others_is_undone_at_once(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    before = box.text()
    real = SwitchProof.after

    def after(*arguments: Any) -> ProofFindings:
        box.simulator.appliance("box").fault("reset", vserver="my shop", times=0)
        return real(*arguments)

    monkeypatch.setattr(SwitchProof, "after", after)
    with pytest.raises(StepFailed, match=r"my shop.* is not to be switched; it answered before"):
        box.run(Lockdown, wanted=VPN)
    assert box.text() == before
    assert box.record()["outcome"] == "reverted"


def test_answer_of_something_else_is_no_proof_and_is_not_saved(box: Box) -> None:
    """Another device answers at the inventory's address of the Gateway: here, the shop."""
    shop = box.simulator.ready["appliances"]["box"]["vservers"][2]
    other_device = reachability.Vip("gw", Address(shop["address"], shop["port"]), "vpn", tls=False)
    result = box.run(Lockdown, wanted=VPN, appliance=replace(box.appliance, vips=(other_device,)))
    assert word(result) == "partly"
    assert "still answers" in result.failed
    assert box.off() == {"gw", "old"}, "it stays off"
    assert "DISABLED" not in next(line for line in box.text(saved=True).splitlines() if "vpn vserver gw" in line)


@pytest.mark.parametrize("how", ["forbidden", "silent before"])
def test_silence_alone_proves_nothing(box: Box, how: str) -> None:
    appliance = box.appliance
    if how == "forbidden":
        appliance = replace(appliance, probe=False)
    else:
        nobody = reachability.Vip("gw", Address("127.0.0.1", 1), "vpn")
        appliance = replace(appliance, vips=(nobody,))
    result = box.run(Lockdown, wanted=VPN, appliance=appliance)
    assert word(result) == "applied, unproven"
    assert result.failed == ""
    assert box.text(saved=True) == box.text(), "a reboot must not open it"
    assert word(box.run(Lockdown, wanted=VPN, appliance=appliance)) == "applied, unproven", "and a second look neither"
    new = replace(DECISION, reason="the hunt is not done")
    extended = box.run(Lockdown, wanted=VPN, appliance=appliance, decision=new, extend=True)
    assert word(extended) == "applied, unproven", "nor does a new decision"
    assert extended.verdict is not None
    assert "the hunt is not done" in extended.verdict.reason
    with Connection(appliance) as connection:
        told = [line for line in audit_lines("box", audit(connection, box.records, "box")) if "  lockdown " in line]
    assert [line.rpartition(": ")[2] for line in told] == ["applied, saved, read back"] * 2


# -- the work of others ------------------------------------------------------------------------------------------------


def test_unsaved_work_of_others_stops_it_or_is_left_or_saved_first(box: Box) -> None:
    with Session(box.appliance, box.appliance.nodes[0]) as colleague:
        colleague.write("PUT", "lbvserver", {"lbvserver": {"name": "my shop", "comment": "half done"}})
    with pytest.raises(Refused, match="half done"):
        box.run(Lockdown)
    assert box.off() == {"old"}
    result = box.run(Lockdown, unsaved="apply_without_save")
    assert word(result) == "applied, not saved"
    assert box.off() == EVERYTHING
    assert "half done" not in box.text(saved=True)
    number = len(box.writes())
    assert not box.run(Lockdown, unsaved="apply_without_save").changed
    assert len(box.writes()) == number
    box.run(Reopening, unsaved="save_first")
    assert box.text() == box.text(saved=True)
    assert "half done" in box.text(saved=True)


def test_our_own_unsaved_closing_is_not_the_work_of_others(box: Box) -> None:
    box.run(Lockdown, save="never")
    assert box.text() != box.text(saved=True)
    box.run(Lockdown)
    assert box.text() == box.text(saved=True)


def test_what_a_measure_of_ours_has_not_saved_is_not_named_as_that_of_others(desk: Desk) -> None:
    """The preview of a lockdown names what somebody else has not saved, and a mitigation that nothing proved is saved with the lockdown."""
    stage = Stage(desk.box.simulator, desk.box.records / "records")
    stage.trust = desk.register.trust
    stage.apply(probes=Probes.NONE)
    desk.agree("Brouwer")
    assert "unsaved changes" not in desk.close(check=True)["diff"]["prepared"]
    with Session(desk.appliance, desk.appliance.nodes[0]) as colleague:
        colleague.write("PUT", "lbvserver", {"lbvserver": {"name": "my shop", "comment": "half done"}})
    (line,) = [
        line
        for line in desk.close(check=True, unsaved="apply_without_save")["diff"]["prepared"].splitlines()
        if "unsaved changes" in line
    ]
    assert line.startswith("  unsaved changes of others: ")
    assert "half done" in line
    assert "tq_" not in line


# -- pairs -------------------------------------------------------------------------------------------------------------


def test_both_nodes_of_a_pair_are_closed(pair: Box) -> None:
    result = pair.run(Lockdown)
    assert word(result) == "closed"
    assert pair.off(node=0) == pair.off(node=1) == EVERYTHING
    pair.simulator.appliance("box").failover()
    assert word(pair.run(Lockdown)) == "closed"
    pair.run(Reopening)
    assert pair.off(node=0) == pair.off(node=1) == {"old"}


@pytest.mark.parametrize("fails_over", [False, True])
def test_a_save_that_the_secondary_missed_is_done_by_the_next_run(pair: Box, fails_over: bool) -> None:
    """It is the primary by then, and need not report that it has anything to save."""
    appliance = pair.simulator.appliance("box")
    pair.run(Lockdown)
    missed = 1 - appliance.state()["primary"]
    appliance.fault("secondary_writes_lost", node=missed)
    pair.run(Reopening)
    appliance.clear_faults()
    appliance.synchronise()
    if fails_over:
        appliance.failover()
    assert pair.text(saved=True, node=missed) != pair.text(saved=True, node=1 - missed)
    assert pair.run(Reopening).saved
    assert pair.text(saved=True, node=missed) == pair.text(saved=True, node=1 - missed)
    pair.simulator.clear_requests()
    pair.run(Reopening)
    assert pair.writes() == []


def test_secondary_that_did_not_follow_makes_it_partly(pair: Box) -> None:
    pair.run(Lockdown)
    appliance = pair.simulator.fleet.appliances["box"]
    secondary = next(node for node in appliance.nodes if not node.primary)
    for row in secondary.running.table("vpnvserver").values():
        row["state"] = "ENABLED"
    result = pair.run(Lockdown, check=True)
    assert word(result) == "partly"
    assert any("gw" in text and "a failover would reverse it" in text for text in result.not_covered)


# -- dying anywhere ----------------------------------------------------------------------------------------------------


class _DiedError(BaseException):
    """The control node has died: no code catches this error."""


class _FailingSession(Session):
    """At the n-th write: dies before it is sent, dies before its answer is read, or loses the answer."""

    left = 10**9
    how = ""

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Reply:
        self._happens(lambda: super(_FailingSession, self).write(method, path, body, bulk=bulk))
        return super().write(method, path, body, bulk=bulk)

    def save(self, before_again: Callable[[], None] = lambda: None) -> None:
        self._happens(super().save)
        super().save(before_again)

    def _happens(self, send: Any) -> None:
        type(self).left -= 1
        if type(self).left != 0:
            return
        if self.how == "before":
            raise _DiedError
        send()
        if self.how == "after":
            raise _DiedError
        raise OutcomeUnknown("box: no answer; it may have been carried out")


@pytest.mark.sampled(5)
@pytest.mark.parametrize("verb", [Lockdown, Reopening])
@pytest.mark.parametrize("how", ["before", "after", "lost"])
@pytest.mark.parametrize("next_verb", [Lockdown, Reopening])
def test_whatever_happens_at_any_write_the_next_run_ends_old_or_new(
    box: Box, verb: type[SwitchRun], how: str, next_verb: type[SwitchRun]
) -> None:
    original = box.text()
    for index in itertools.count(1):
        box.simulator.reset()
        box.records = box.records.parent / f"{box.records.name}-{index}"
        if verb is Reopening:
            box.run(Lockdown)
        _FailingSession.left, _FailingSession.how = index, how
        died = True
        try:
            box.run(verb, session=_FailingSession)
            died = False
        except (_DiedError, TourniquetError):
            pass
        reached = _FailingSession.left <= 0
        _FailingSession.left = 10**9
        if how == "lost" or not died:
            assert box.off() == (EVERYTHING if verb is Lockdown else {"old"}), "a lost answer is read, and it goes on"
        result = box.run(next_verb)
        if next_verb is Lockdown:
            assert box.off() == EVERYTHING
            assert word(result) == "closed"
        else:
            assert box.text() == original
        assert box.text(saved=True) == box.text(), f"write {index} {how}"
        if not reached:
            break
        assert index < 20
    assert index > 4, "three switches and a save"


class _OnceSession(Session):
    """Accepts one login only."""

    logged_in = False

    def __enter__(self) -> Session:
        if type(self).logged_in:
            raise CannotConnect("box: cannot be reached")
        type(self).logged_in = True
        return super().__enter__()


def test_a_run_that_only_completes_another_does_not_claim_a_login_that_failed(box: Box) -> None:
    _FailingSession.left, _FailingSession.how = 6, "after"
    with pytest.raises(_DiedError):
        box.run(Lockdown, session=_FailingSession)
    _FailingSession.left = 10**9
    assert (box.off(), box.text(saved=True)) == (EVERYTHING, box.text()), "it died at its save"
    _OnceSession.logged_in = False
    result = box.run(Lockdown, session=_OnceSession)
    assert result.plan.switches.completes
    assert box.record()["proof"]["management"] == ""
    assert "the management could not be reached by a new login: box: cannot be reached" in result.unproven


@pytest.mark.parametrize("position", range(3))
def test_refused_switch_undoes_the_others(box: Box, position: int) -> None:
    before = box.text()
    type_ = ("vpnvserver", "authenticationvserver", "lbvserver")[position]
    box.simulator.appliance("box").fault("nitro_error", method="POST", type=type_, action="disable", code=2138)
    with Connection(box.parameters(DECISION).appliance) as connection:
        run = Lockdown(connection, box.parameters(DECISION))
        plan = run.plan()
        with pytest.raises(StepFailed, match="has been undone"):
            run.carry_out(plan)
    assert box.text() == before
    assert run.result(plan).saved is None, "nobody looked again"


def test_record_that_cannot_be_written_means_that_nothing_is_sent(box: Box) -> None:
    box.records.mkdir(exist_ok=True)
    (box.records / "box").write_text("a file where the directory should be")
    with pytest.raises(TourniquetError, match=r"records in .* cannot be read \(Not a directory\)"):
        box.run(Lockdown)
    assert box.writes() == []
    Path(box.records / "box").unlink()
