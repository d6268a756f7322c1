# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict for the whole catalogue on simulated appliances: what is read of each, and what is found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import (
    load_catalogue,
    load_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import still_closed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.protection_change import NOBODY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.acknowledgements import (
    read_acknowledgements,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    ApplianceVerdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.setting.measure import SettingMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination, Finding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.decisions import open_decisions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import CatalogueCheck
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus

from simulator import Simulator
from simulator.node.node import Node
from tests.catalogue_entries import entry_text
from tests.engine.closing_stage import ClosingStage
from tests.engine.settings_stage import Settings
from tests.run_reports import report
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, MARKER, Stage

MODERN, OLD = "14.1 73.57", "13.0 47.22"
OWN, GATEWAYS, FEATURE = CATALOGUE.name, "cve_2023_4966", "cve_2026_88773"
GATEWAY = {"any": [{"type": "vpnvserver"}, {"type": "authenticationvserver"}]}
HTTP = {"type": ["lbvserver", "vpnvserver"], "where": {"servicetype": ["HTTP", "SSL"]}}
ENTRIES: dict[str, dict[str, Any]] = {
    GATEWAYS: {
        "trains": {"14.1": {"fixed": "8.50"}, "13.1": {"fixed": "49.15"}, "13.0": {"fixed": "92.19"}},
        "preconditions": [{"when": GATEWAY}],
    },
    FEATURE: {
        "trains": {"14.1": {"fixed": "73.37"}, "13.1": {"fixed": "64.23"}},
        "preconditions": [{"when": HTTP}],
    },
}


def box(build: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "build": build,
        "nodes": [f"127.0.{number}.1:0"],
        "features": ["LB", "SSL", "SSLVPN"],
        "vservers": [vserver(number)],
        **more,
    }


def vserver(number: int) -> dict[str, Any]:
    return {"type": "vpn", "name": "gw", "address": f"127.0.{number}.9:0", "protocol": "SSL"}


FLEET = fleet_file(
    {
        "old": box(OLD, 1),
        "modern": box(MODERN, 2),
        "bare": box(OLD, 3, vservers=[]),
        "pair": box("13.1 64.30", 4, nodes=["127.0.4.1:0", "127.0.4.2:0"]),
        "tenants": box("13.0 92.19", 5, vservers=[], partitions={"t": {"vservers": [vserver(5)]}}),
        "covered": box(OLD, 6),
        "closed": box(OLD, 7),
        "idp": box("14.1 73.41", 8, configuration={"authenticationsamlidpprofile": [{"name": "idp"}]}),
    }
)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The entry of 2019 with its measure, one for Gateways, and one that a train at its end of life never gets fixed."""
    directory = tmp_path_factory.mktemp("catalogue")
    (directory / OWN).symlink_to(CATALOGUE)
    for id_, facts in ENTRIES.items():
        (directory / id_).mkdir()
        (directory / id_ / "mitigation.yml").write_text(entry_text(id_, **facts))
    return directory


def judged(
    stage: Stage, catalogue: Path, desired: dict[str, DesiredVersion] | None = None
) -> tuple[ApplianceVerdict, list[str]]:
    """Return the verdicts on an appliance, and its NITRO requests."""
    template = plain_template(CATALOGUE / "v2.yml.j2")
    assert template is not None
    names = {"name": f"tq_{OWN}", "priority": 10, "log": True, "marker": marked_for(MARKER, OWN)}
    check = CatalogueCheck(
        appliance=stage.appliance,
        entries=load_catalogue(catalogue),
        directory=catalogue,
        records=stage.records,
        run="run",
        desired={OWN: DesiredVersion(2, template.render(names))} if desired is None else desired,
        trust=stage.trust,
    )
    stage.simulator.clear_requests()
    with Connection(stage.appliance) as connection:
        found = check.find(connection)
    return found, [f"{one['method']} {one['target'].removeprefix('/nitro/v1/')}" for one in stage.simulator.requests()]


def words(found: ApplianceVerdict) -> dict[str, VerdictWord]:
    return {one.entry.id: one.verdict.word for one in found.entries}


@pytest.mark.parametrize(
    ("name", "expected", "word"),
    [
        ("modern", {OWN: VerdictWord.NOT_AFFECTED, GATEWAYS: VerdictWord.FIXED, FEATURE: VerdictWord.FIXED}, VerdictWord.FIXED),
        ("pair", {OWN: VerdictWord.NOT_AFFECTED, GATEWAYS: VerdictWord.FIXED, FEATURE: VerdictWord.FIXED}, VerdictWord.FIXED),
        ("old", {OWN: VerdictWord.EXPOSED, GATEWAYS: VerdictWord.EXPOSED, FEATURE: VerdictWord.EXPOSED}, VerdictWord.EXPOSED),
        # Not a Gateway; the entry of 2019 concerns every configuration.
        ("bare", {OWN: VerdictWord.EXPOSED, GATEWAYS: VerdictWord.NOT_AFFECTED, FEATURE: VerdictWord.NOT_AFFECTED}, VerdictWord.EXPOSED),
        # The Gateway is in a partition, and 13.0 gets no fix for the later entry.
        ("tenants", {OWN: VerdictWord.FIXED, GATEWAYS: VerdictWord.FIXED, FEATURE: VerdictWord.EXPOSED}, VerdictWord.EXPOSED),
    ],
)  # fmt: skip
def test_each_entry_and_the_worst(
    simulator: Simulator, tmp_path: Path, catalogue: Path, name: str, expected: dict[str, VerdictWord], word: VerdictWord
) -> None:  # fmt: skip
    found, requests = judged(Stage(simulator, tmp_path, name), catalogue)
    assert words(found) == expected
    assert found.verdict.word == word
    writes = [one for one in requests if not one.startswith("GET ")]
    assert {one.partition("?")[0] for one in writes} <= {
        "POST config/login",
        "POST config/logout",
        "POST config/nspartition",
    }


@pytest.mark.parametrize(("name", "number"), [("modern", 7), ("pair", 14), ("bare", 17), ("old", 17)])
def test_nothing_is_read_twice_and_only_what_the_build_leaves_open(
    simulator: Simulator, tmp_path: Path, catalogue: Path, name: str, number: int
) -> None:
    _found, requests = judged(Stage(simulator, tmp_path, name), catalogue)
    reads = Counter(one for one in requests if one.startswith("GET config/"))
    nodes = 2 if name == "pair" else 1
    assert max(reads.values()) <= nodes, reads
    assert len(requests) == number, "\n".join(requests)


def test_a_measure_in_place_is_judged_as_alone(simulator: Simulator, tmp_path: Path, catalogue: Path) -> None:
    stage = Stage(simulator, tmp_path, "covered")
    stage.apply(probes="few")
    alone = stage.status(probes="none")
    found, _requests = judged(stage, catalogue)
    one = next(one for one in found.entries if one.entry.id == OWN)
    assert one.verdict.word == alone.verdict_today.word == VerdictWord.REDUCES_EXPOSURE
    assert one.verdict.reason == alone.verdict_today.reason
    assert found.verdict.word == VerdictWord.EXPOSED, "to the other entries"
    assert found.verdict.next_action == "upgrade to 14.1 73.37 or later, since its release gets no fix"


def test_what_the_user_may_not_read_is_unknown(
    simulator: Simulator, tmp_path: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not "not affected": the appliance has a Gateway."""
    stage = Stage(simulator, tmp_path, "tenants")
    monkeypatch.setitem(stage.variables, "partitions", ["default"])
    found, _requests = judged(stage, catalogue)
    assert words(found)[FEATURE] == VerdictWord.UNKNOWN
    assert "partition t: it is not among netscaler_partitions" in found.verdict.missing


def test_a_setting_is_judged_by_its_own_measure(simulator: Simulator, tmp_path: Path) -> None:
    """With the whole catalogue: DTLS is on at the Gateway of the old build, and TCP has predictable numbers on both builds."""
    whole = CATALOGUE.parent
    found, _requests = judged(Stage(simulator, tmp_path, "old"), whole)
    by_id = {one.entry.id: one for one in found.entries}
    assert by_id["cve_2026_88772"].can_apply
    assert by_id["cve_2026_88772"].verdict.next_action == "apply.yml -e mitigation=cve_2026_88772"
    found, requests = judged(Stage(simulator, tmp_path, "modern"), whole)
    open_entries = [one for one in found.entries if one.verdict.exit_code]
    assert [one.entry.id for one in open_entries] == ["cve_2026_88778"], "a build with the fix needs the setting too"
    assert found.verdict.next_action == "apply.yml -e mitigation=cve_2026_88778"
    reads = Counter(one for one in requests if one.startswith("GET config/"))
    assert max(reads.values()) == 1, reads


def test_what_a_lockdown_closed_is_closed_for_each_entry_at_a_gateway(
    simulator: Simulator, tmp_path: Path, catalogue: Path
) -> None:
    stage = Stage(simulator, tmp_path, "closed")
    stage.lockdown()
    found, _requests = judged(stage, catalogue)
    assert words(found)[GATEWAYS] == VerdictWord.CLOSED
    assert "J. Jansen" in next(one.verdict.reason for one in found.entries if one.entry.id == GATEWAYS)


ISN = "cve_2026_88778"
MAIL = {"lbvserver": [{"name": "mail", "servicetype": "TCP", "ipv46": "192.0.2.9", "port": 25}]}


@pytest.mark.parametrize("build", [MODERN, "14.1 43.50"])
@pytest.mark.parametrize(
    ("more", "scope", "word"),
    [
        ({}, ClosureScope(), VerdictWord.CLOSED),
        # No run can ask whether what speaks no HTTP has stopped to answer.
        ({"configuration": MAIL}, ClosureScope(), VerdictWord.UNPROVEN),
        # The lockdown of a VIP leaves a server that speaks no HTTP as it is.
        ({"configuration": MAIL}, ClosureScope(vips=("gw",)), VerdictWord.PARTLY),
    ],
)
def test_a_setting_of_the_whole_appliance_is_closed_where_each_virtual_server_is(
    tmp_path: Path, build: str, more: dict[str, Any], scope: ClosureScope, word: VerdictWord
) -> None:
    """On a build with the fix and on one without, alone and among the whole catalogue."""
    fleet = fleet_file({"box": box(build, 9, **more)})
    with Simulator(fleet) as simulator:
        stage = Stage(simulator, tmp_path)
        stage.lockdown(wanted=scope)
        found, _requests = judged(stage, CATALOGUE.parent)
        measure = load_entry_measure(CATALOGUE.parent / ISN)
        assert isinstance(measure, SettingMeasure)
        alone = Settings(simulator, tmp_path, measure).status().verdict
    one = next(one for one in found.entries if one.entry.id == ISN)
    assert (one.verdict.word, one.verdict.reason) == (word, alone.reason)
    assert alone.word == word
    assert ("mail (lb 192.0.2.9:25) still open" in alone.reason) is (word is VerdictWord.PARTLY)


def test_a_precondition_is_read_from_the_appliance(simulator: Simulator, tmp_path: Path) -> None:
    """14.1 73.41 is affected by the bulletin of October 2026 as an identity provider only."""
    found, _requests = judged(Stage(simulator, tmp_path, "idp"), CATALOGUE.parent)
    one = next(one for one in found.entries if one.entry.id == "cve_2026_107406")
    assert one.verdict.word == VerdictWord.EXPOSED
    assert "authenticationsamlidpprofile idp" in one.verdict.reason
    assert found.verdict.next_action == "apply.yml -e mitigation=cve_2026_88778, then upgrade to 14.1 73.57 or later"


def test_a_template_that_was_not_rendered_is_unknown(simulator: Simulator, tmp_path: Path, catalogue: Path) -> None:
    found, _requests = judged(Stage(simulator, tmp_path, "old"), catalogue, desired={})
    one = next(one for one in found.entries if one.entry.id == OWN)
    assert (one.verdict.word, one.verdict.reason) == (VerdictWord.UNKNOWN, "its desired state was not rendered")


CLOSED_ROW = {
    **dict.fromkeys(("partition", "decision", "until"), ""),
    "vserver": "gw",
    "step": "off",
    "minutes": 3,
    "overdue": False,
    "since": "2026-11-28T03:00:00+00:00",
    "expires": "2026-11-29T03:00:00+00:00",
}


def status_options(records: Path) -> dict[str, Any]:
    return {
        **dict.fromkeys(("desired", "acknowledgements", "opt_outs", "measures", "planned_fix", "traces")),
        **dict.fromkeys(("accepted_by", "allowed_signers", "as_of"), ""),
        "mitigation": "cve_2023_4966",
        "catalogue": str(CATALOGUE.parent),
        "records": str(records),
        "record_key": str(records / "key"),
        "accept_record": [],
        "probes": "none",
        "fail_at": 4,
    }


def test_what_another_control_node_has_opened_is_not_called_closed(tmp_path: Path) -> None:
    """Seen: "closed at Brouwer", while anybody could log on."""
    with Simulator({"appliances": {"box": box("13.1 49.15", 9)}}) as simulator:
        ours, theirs = Stage(simulator, tmp_path / "ours"), Stage(simulator, tmp_path / "theirs")
        ours.trust = theirs.trust = RecordTrust(key=tmp_path / "key")
        ours.lockdown()
        theirs.reopen()
        options = {**status_options(tmp_path / "ours"), "record_key": str(tmp_path / "key")}
        values = CatalogueStatus(ours.appliance, options, check_mode=False, is_preview=False).values()
        page = [line.text for line in end_page(PageRun({"box": values}, {}))]
        assert [line for line in page if line.startswith("closed")] == []
        assert all(row["until"] for row in values["closures"])
        ours.reopen()
    assert not still_closed(all_records(tmp_path / "ours", "box", ours.trust)), (
        "the record is kept, and has nothing to do"
    )


CLOSING_POLICY = "tq_closing_notice__vpn_gw_971653"
WHY_OPEN = {
    "unbound": "is not bound",
    "partly": "is not bound",
    "feature": "the feature RESPONDER is off",
    "rule": f"responder policy {CLOSING_POLICY} is not as our last run left it",
    "action": f"responder policy {CLOSING_POLICY} is not as our last run left it",
    "in front": f"rp lets requests go on in front of {CLOSING_POLICY} at vpn vserver gw REQUEST",
    "chosen": "rp (vpn vserver gw REQUEST 1, goto not shown, taken as END) lets requests go on before ours where HTTP.REQ.METHOD.EQ(POST); so would a "
    "request that it is to stop, POST /. close.yml",
    "build": "12.1 50.28 runs, and the vendor lists it among the builds that do not evaluate responder policies on VPN pages",
}


def _undone_by_hand(colleague: Session, how: str) -> None:
    """Somebody undoes a closing by notice, in one of many ways."""
    if how == "feature":
        colleague.write("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})
    bound = colleague.read("vpnvserver_responderpolicy_binding", "gw") if how in ("unbound", "partly") else []
    for row in bound[: 1 if how == "partly" else None]:
        place = f"policy:{row['policy']},bindpoint:{row['bindpoint']}"
        colleague.write("DELETE", f"vpnvserver_responderpolicy_binding/gw?args={place}")
    if how in ("rule", "action"):
        changed = {"rule": {"rule": "false"}, "action": {"action": "NOOP"}}[how]
        for name in (CLOSING_POLICY, f"{CLOSING_POLICY}__aaa"):
            colleague.write("PUT", "responderpolicy", {"responderpolicy": {"name": name, **changed}})
    rules = {"in front": "true", "chosen": "HTTP.REQ.METHOD.EQ(POST)", "open": "HTTP.REQ.URL.REGEX_MATCH(re/x/)"}
    if how in rules:
        row = {"name": "rp", "rule": rules[how], "action": "NOOP"}
        colleague.write("POST", "responderpolicy", {"responderpolicy": row})
        own = {"name": "gw", "policy": "rp", "priority": 1, "gotopriorityexpression": "END"}
        for point in ("REQUEST", "AAA_REQUEST"):
            row = {"vpnvserver_responderpolicy_binding": {**own, "bindpoint": point}}
            colleague.write("PUT", "vpnvserver_responderpolicy_binding", row)


@pytest.mark.parametrize("how", ["unbound", "partly", "feature", "rule", "action", "in front", "chosen", "build"])
def test_a_notice_that_somebody_took_off_is_not_called_closed(tmp_path: Path, how: str) -> None:
    """Seen: "closed at Brouwer", while anybody could log on."""
    with Simulator({"appliances": {"box": box("14.1 43.50", 9)}}) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.variables["customer"] = "Brouwer"
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.close(LadderStep.NOTICE)
        said = status_options(tmp_path)
        before = CatalogueStatus(stage.appliance, said, check_mode=False, is_preview=False).values()
        assert any(line.text.startswith("closed at Brouwer: ") for line in end_page(PageRun({"box": before}, {})))
        with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
            _undone_by_hand(colleague, how)
        if how == "build":
            simulator.appliance("box").upgrade("12.1 50.28")
            simulator.appliance("box").reboot(seconds=0)
        values = CatalogueStatus(stage.appliance, said, check_mode=False, is_preview=False).values()
    page = [line.text for line in end_page(PageRun({"box": values}, {}))]
    assert [line for line in page if line.startswith("closed")] == []
    (told,) = [line for line in page if line.startswith("NOT CLOSED at Brouwer: gw on 1 appliance: closed (notice) ")]
    assert told.endswith(". close.yml -e step=notice closes it, reopen.yml -e step=notice notes it")
    if how != "build":  # one that is affected has its own next action
        assert_not_closed(values, "notice")
    assert WHY_OPEN[how] in told


def test_a_step_that_is_not_in_force_beside_one_that_closes_it_to_everybody(tmp_path: Path) -> None:
    """Seen: "NOT CLOSED ... and OPEN on the appliance", while the notice answered everybody (nights, seed 76)."""
    with Simulator({"appliances": {"box": box("14.1 43.50", 9)}}) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.variables["customer"] = "Brouwer"
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.close(LadderStep.PARTNERS, networks=(ip_network("198.51.100.0/24"),))
        stage.close(LadderStep.NOTICE)
        with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
            for row in colleague.read("vpnvserver_responderpolicy_binding", "gw"):
                if "partners" in str(row["policy"]):
                    place = f"policy:{row['policy']},bindpoint:{row['bindpoint']}"
                    colleague.write("DELETE", f"vpnvserver_responderpolicy_binding/gw?args={place}")
            colleague.write("POST", "nsconfig?action=save", {"nsconfig": {}})
        said = status_options(tmp_path)
        values = CatalogueStatus(stage.appliance, said, check_mode=False, is_preview=False).values()
        screen = [line.text for line in end_page(PageRun({"box": values}, {}))]
        assert not [line for line in screen if line.startswith("NOT CLOSED")]
        (told,) = [line for line in screen if line.startswith("STEP NOT IN FORCE at Brouwer: gw on 1 appliance: ")]
        assert "and not in force on the appliance, by no run of ours: tq_closing_partners__vpn_gw_" in told
        assert told.endswith(
            "is not bound. It stays closed to everybody (notice). "
            "close.yml -e step=partners closes it, reopen.yml -e step=partners notes it"
        )
        assert any(line.startswith("closed at Brouwer: gw on 1 appliance (notice) since ") for line in screen)
        assert (values["verdict"]["word"], values["verdict"]["exit_code"]) == ("drifted", 2)
        assert values["verdict"]["reason"].startswith(
            "gw: closed (partners) by our records, and not in force on the appliance, where notice closes it; "
        )
        run = report({"box": values})
        standing = {one["what"].partition(": ")[2] for one in open_decisions(run) if one["closing"]}
        assert standing == {"gw", "gw; NOT IN FORCE, notice closes it"}
        assert "OPEN on the appliance" not in page(run)
        assert "not in force, notice closes it" in page(run)
        stage.open(LadderStep.NOTICE, accept_exposure=True, accept_unread=True, second="M. Vis")
        opened = CatalogueStatus(stage.appliance, said, check_mode=False, is_preview=False).values()
    assert any(line.text.startswith("NOT CLOSED at Brouwer: gw ") for line in end_page(PageRun({"box": opened}, {})))
    assert_not_closed(opened, "partners")


def test_a_step_that_the_secondary_lacks_beside_one_that_closes_it_there(tmp_path: Path) -> None:
    """Seen: "a failover opens gw", while the notice answers everybody at the secondary too."""
    with Simulator({"appliances": {"box": box("14.1 43.50", 9, nodes=["127.0.9.1:0", "127.0.9.2:0"])}}) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.variables["customer"] = "Brouwer"
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.close(LadderStep.PARTNERS, networks=(ip_network("198.51.100.0/24"),))
        stage.close(LadderStep.NOTICE)
        secondary = next(node for node in simulator.fleet.appliances["box"].nodes if not node.primary)
        _unbound(secondary, "partners")
        said = status_options(tmp_path)
        values = CatalogueStatus(stage.appliance, said, check_mode=False, is_preview=False).values()
        _unbound(secondary, "notice")
        opened = CatalogueStatus(stage.appliance, said, check_mode=False, is_preview=False).values()
    screen = [line.text for line in end_page(PageRun({"box": values}, {}))]
    why = "on the secondary 127.0.9.2 partners is not in force at gw, where notice closes it: tq_closing_partners__vpn_gw_"
    assert [line for line in screen if line.startswith(f"STEP NOT IN FORCE EVERYWHERE gw on 1 appliance: {why}")]
    assert not [line for line in screen if "failover opens" in line or "NOT CLOSED EVERYWHERE" in line]
    assert (values["verdict"]["word"], values["verdict"]["exit_code"]) == ("partly", 2)
    assert values["verdict"]["reason"].startswith(why)
    assert values["verdict"]["next_action"] == "force HA sync on the appliance, then status.yml"
    assert opened["verdict"]["reason"].startswith("a failover opens gw: on the secondary 127.0.9.2 ")


def _unbound(node: Node, step: str) -> None:
    """Let a node lack the bindings of a step, as one that missed a sync."""
    for name, rows in node.running.rows.items():
        if name.endswith("responderpolicy_binding"):
            for key in [key for key, row in rows.items() if step in str(row)]:
                del rows[key]


KNOWN = {"policy": "rp", "who": "J. Jansen", "why": "our own monitoring", "until": "2099-12-31"}


@pytest.mark.parametrize(
    ("how", "given", "word", "line"),
    [
        ("open", [], ("unknown", 3), "NOT READ of gw on 1 appliance: rp (vpn vserver gw REQUEST 1, "),
        (
            "chosen",
            [KNOWN],
            ("fixed", 0),
            "LET IN as acknowledged at gw on 1 appliance: rp (vpn vserver gw REQUEST 1, ",
        ),
    ],
)
def test_whoever_may_get_past_a_notice_is_told_beside_what_is_closed(
    tmp_path: Path, how: str, given: list[dict[str, str]], word: tuple[str, int], line: str
) -> None:
    with Simulator({"appliances": {"box": box("14.1 43.50", 9)}}) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.variables["customer"] = "Brouwer"
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.close(LadderStep.NOTICE)
        with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
            _undone_by_hand(colleague, how)
        said = {**status_options(tmp_path), "acknowledgements": given}
        values = CatalogueStatus(stage.appliance, said, check_mode=False, is_preview=False).values()
        acknowledged = read_acknowledgements("box", given)
        reader = LedgerReader(
            stage.appliance,
            (load_entry(CATALOGUE.parent / "cve_2023_4966"),),
            tmp_path,
            stage.trust,
            catalogue=CATALOGUE.parent,
            acknowledgements=acknowledged,
        )
        with Connection(stage.appliance) as connection:
            (row,) = reader.read(connection)
    (closing,) = row.closings
    assert closing.doubt.startswith("rp (vpn vserver gw REQUEST 1, ") is not bool(given)
    assert any("rp (vpn vserver gw REQUEST 1, " in text for text in row.conflicts)
    page = [line.text for line in end_page(PageRun({"box": values}, {}))]
    (told,) = [one for one in page if one.startswith(line)]
    (closed,) = [one for one in page if one.startswith("closed at Brouwer: ")]
    assert (values["verdict"]["word"], values["verdict"]["exit_code"]) == word
    assert (", by our records: it is not known whether it still is, decision due" in closed) is not given
    assert told.endswith("(acknowledged by J. Jansen until 2099-12-31: our own monitoring)") is bool(given)


@pytest.mark.parametrize("end_skips", [False, True])
def test_what_may_lead_past_a_notice_by_one_of_two_readings_is_not_known(tmp_path: Path, end_skips: bool) -> None:
    """The guide says both, that END ends the evaluation of later bind points too, and that it does not."""
    fleet = {"appliances": {"box": {**box("14.1 43.50", 9), "switches": {"end_skips_later_banks": end_skips}}}}
    with Simulator(fleet) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.close(LadderStep.NOTICE)
        with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
            row = {"name": "rp", "rule": "true", "action": "NOOP"}
            colleague.write("POST", "responderpolicy", {"responderpolicy": row})
            place = {"policyname": "rp", "priority": 1, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
            type_ = "responderglobal_responderpolicy_binding"
            colleague.write("PUT", type_, {type_: place})
        options = status_options(tmp_path)
        values = CatalogueStatus(stage.appliance, options, check_mode=False, is_preview=False).values()
    assert (values["verdict"]["word"], values["verdict"]["exit_code"]) == ("unknown", 3)
    assert values["verdict"]["reason"].endswith(
        "; the guide says both, that END ends later bind points too and that it does not"
    )


def test_what_another_control_node_closed_is_told(tmp_path: Path) -> None:
    """Seen: the ledger and the letter said that it is closed, and status and its reports nothing."""
    with Simulator({"appliances": {"box": box("14.1 43.50", 9)}}) as simulator:
        other = ClosingStage(simulator, tmp_path / "other")
        other.records.mkdir()
        other.variables["customer"] = "Brouwer"
        other.trust = RecordTrust(key=tmp_path / "key")
        other.close(LadderStep.NOTICE, hours=-1)
        values = CatalogueStatus(other.appliance, status_options(tmp_path), check_mode=False, is_preview=False).values()
    page = [line.text for line in end_page(PageRun({"box": values}, {}))]
    assert any(line.startswith("closed at Brouwer: gw on 1 appliance (notice) since ") for line in page)
    assert any(line.startswith("DECISION OVERDUE at Brouwer: gw on 1 appliance (notice), due at ") for line in page)


def test_a_closing_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Seen: "closed at Brouwer", and exit code 0."""
    with Simulator({"appliances": {"box": box("14.1 43.50", 9)}}) as simulator:
        stage = ClosingStage(simulator, tmp_path)
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.close(LadderStep.NOTICE)
        simulator.appliance("box").fault(
            "nitro_error", type="vpnvserver_responderpolicy_binding", method="GET", code=2138, times=0
        )
        values = CatalogueStatus(stage.appliance, status_options(tmp_path), check_mode=False, is_preview=False).values()
    page = [line.text for line in end_page(PageRun({"box": values}, {}))]
    (told,) = [line for line in page if line.startswith("NOT READ of gw on 1 appliance: ")]
    assert "whether what was closed (notice) still is was not read: " in told
    assert (values["verdict"]["word"], values["verdict"]["exit_code"]) == ("unknown", 3)


def test_what_somebody_switched_on_again_is_not_called_closed(tmp_path: Path) -> None:
    """Seen: "closed at Brouwer", while anybody could log on."""
    with Simulator({"appliances": {"box": box("13.1 49.15", 9)}}) as simulator:
        stage = Stage(simulator, tmp_path)
        stage.variables["customer"] = "Brouwer"
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.lockdown()
        with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
            colleague.write("POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
        values = CatalogueStatus(stage.appliance, status_options(tmp_path), check_mode=False, is_preview=False).values()
    page = [line.text for line in end_page(PageRun({"box": values}, {}))]
    assert [line for line in page if line.startswith("closed")] == []
    assert any(
        line.startswith("NOT CLOSED at Brouwer: gw on 1 appliance: closed (off) by our records since ") for line in page
    )
    assert_not_closed(values, "off")


def _renamed(colleague: Session) -> None:
    colleague.write("POST", "vpnvserver?action=rename", {"vpnvserver": {"name": "gw", "newname": "gw_new"}})
    colleague.write("POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw_new"}})


def _made_again(colleague: Session) -> None:
    (row,) = colleague.read("vpnvserver", "gw")
    colleague.write("DELETE", "vpnvserver/gw")
    place = {"servicetype": "SSL", "ipv46": row["ipv46"], "port": row["port"]}
    colleague.write("POST", "vpnvserver", {"vpnvserver": {"name": "gw_new", **place}})


@pytest.mark.parametrize("by_hand", [_renamed, _made_again])
def test_what_answers_at_the_address_of_what_is_closed_under_another_name_is_not_closed(
    tmp_path: Path, by_hand: Callable[[Session], None]
) -> None:
    """Seen: "closed at Brouwer" and exit code 0, while anybody could log on at the same address."""
    with Simulator({"appliances": {"box": box("13.1 49.15", 9)}}) as simulator:
        stage = Stage(simulator, tmp_path)
        stage.variables["customer"] = "Brouwer"
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.lockdown()
        with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
            by_hand(colleague)
        values = CatalogueStatus(stage.appliance, status_options(tmp_path), check_mode=False, is_preview=False).values()
    page = [line.text for line in end_page(PageRun({"box": values}, {}))]
    assert [line for line in page if line.startswith("closed")] == []
    (told,) = [line for line in page if line.startswith("NOT CLOSED at Brouwer: gw on 1 appliance: closed (off) ")]
    assert "by no run of ours: gw_new is switched on at its address, 127.0.9.9:" in told
    assert_not_closed(values, "off")


def assert_not_closed(values: dict[str, Any], step: str) -> None:
    """Seen: NOT CLOSED in red, and exit code 0, since the build has the fix."""
    verdict, of_the_measure = values["verdict"], values["verdict_of_the_measure"]
    assert (of_the_measure["word"], of_the_measure["exit_code"]) == ("fixed", 0)
    assert (verdict["word"], verdict["exit_code"]) == ("drifted", 2)
    assert verdict["reason"].startswith(f"gw: closed ({step}) by our records, and open on the appliance; ")
    assert verdict["next_action"].startswith(f"close.yml -e step={step} with its scope; where it shall be open, ")


@pytest.mark.parametrize(("name", "word"), [("open", "exposed"), ("fixed", "fixed")])
def test_an_entry_without_a_measure_has_its_own_verdict(tmp_path: Path, name: str, word: str) -> None:
    build = {"open": "13.1 48.47", "fixed": "13.1 49.15"}[name]
    with Simulator({"appliances": {"box": box(build, 9)}}) as simulator:
        stage = Stage(simulator, tmp_path)
        options = status_options(tmp_path)
        values = CatalogueStatus(stage.appliance, options, check_mode=False, is_preview=False).values()
        with pytest.raises(InvalidInput, match="cve_2023_4966 has no measure that they could prove"):
            CatalogueStatus(stage.appliance, {**options, "probes": "few"}, check_mode=False, is_preview=False).values()
        assert "hunt" not in values
        hunted = write_hunt(tmp_path, "box")
        values_with_hunt = CatalogueStatus(
            stage.appliance, {**options, "traces": hunted}, check_mode=False, is_preview=False
        ).values()
    assert [one["id"] for one in values["entries"]] == ["cve_2023_4966"]
    assert values["closures"] == [], "the records were read, and have none"
    other = {"closures": [{**CLOSED_ROW, "customer": "Brouwer"}], "verdict": values["verdict"]}
    page = [line.text for line in end_page(PageRun({"box": values, "gw": other}, {"box": f"failed: {values['msg']}"}))]
    assert any(line.startswith("closed at Brouwer: gw on 1 appliance") for line in page)
    assert not [line for line in page if "something is closed" in line or "what is closed" in line]
    assert values["verdict"]["word"] == values_with_hunt["verdict"]["word"] == word
    assert (values["verdict"]["exit_code"], values_with_hunt["verdict"]["exit_code"]) == (
        {"open": 2, "fixed": 0}[name],
        2,
    )
    assert values_with_hunt["hunt"]["outcome"] == "compromise"
    assert values_with_hunt["verdict"]["next_action"].startswith("take evidence (evidence.yml)")
    assert "  hunt: hunt.yml found a compromise on 2026-11-28 09:00 UTC" in values_with_hunt["diff"]["prepared"]


def write_hunt(directory: Path, host: str) -> str:
    """Write a report of hunt.yml with a compromise, and return its path."""
    finding = Finding(
        appliance=host, node="n", level=Level.COMPROMISE, what="a file", where="/var/vpn/x.php", why="it is code"
    )
    values = json_values(Examination(host, (finding,), looked_at=(("files", 1),)))
    report = {host: {**values, "hunt_ended": "2026-11-28T09:00:00+00:00"}}
    path = directory / "hunt.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("seconds", [0, 3600])
def test_what_somebody_made_beside_what_is_closed_is_no_opening_of_ours(tmp_path: Path, seconds: int) -> None:
    """Seen: 'by a run of ours: the appliance: it is switched on, and no run of ours has closed it'."""
    with Simulator({"appliances": {"box": box("13.1 48.47", 9)}}) as simulator:
        stage = Stage(simulator, tmp_path)
        stage.trust = RecordTrust(key=tmp_path / "key")
        stage.lockdown()
        for record in all_records(tmp_path, "box", stage.trust):
            times = {name: _earlier(record.content.values[name], seconds) for name in ("started", "finished")}
            record.content = record.content.with_values(**times)
            record.write()
        with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
            other = {"name": "new", "servicetype": "HTTP", "ipv46": "127.0.9.77", "port": 80}
            colleague.write("POST", "lbvserver", {"lbvserver": other})
        values = CatalogueStatus(stage.appliance, status_options(tmp_path), check_mode=False, is_preview=False).values()
    page = [line.text for line in end_page(PageRun({"box": values}, {}))]
    (lost,) = [line for line in page if line.startswith("PROTECTION LOST  box: cve_2023_4966 ")]
    assert "by a run of ours" not in lost
    assert NOBODY in lost


def _earlier(time: str, seconds: int) -> str:
    return (datetime.fromisoformat(time) - timedelta(seconds=seconds)).isoformat()


def test_sessions_from_before_the_fix_are_told_where_a_run_of_ours_found_the_weakness(tmp_path: Path) -> None:
    """Seen: "none", where the entry that comes first asks for no end of sessions; an appliance that we found fixed has none to end."""
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    for entry in ("cve_2023_4966", "cve_2023_6548"):
        (catalogue / entry).symlink_to(CATALOGUE.parent / entry)
    with Simulator({"appliances": {"box": box("13.0 92.31", 9)}}) as simulator:
        stage = Stage(simulator, tmp_path / "records")
        stage.records.mkdir()
        stage.trust = RecordTrust(key=tmp_path / "key")
        options = {**status_options(stage.records), "mitigation": "", "catalogue": str(catalogue)}
        options["record_key"] = str(stage.trust.key)

        def action() -> str:
            values = CatalogueStatus(stage.appliance, options, check_mode=False, is_preview=False).values()
            assert values["verdict"]["exit_code"] == 0, values["verdict"]
            return str(values["verdict"]["next_action"])

        assert action() == "none"
        simulator.appliance("box").upgrade("13.0 47.22")
        simulator.appliance("box").reboot(seconds=0)
        stage.apply(force=True)
        stage.rollback()
        simulator.appliance("box").upgrade("13.0 92.31")
        simulator.appliance("box").reboot(seconds=0)
        assert action() == "end_sessions.yml -e mitigation=cve_2023_4966"


LISTED = "cve_2026_88779"
SHOWN = {"deny_list_binding": "shown", "appfw_signatures_answer": "rows"}
OFF = "application firewall version 175, automatic updates OFF"
OF_A_PAIR = {"nodes": ["127.0.0.9:0", "127.0.0.10:0"]}
OF_ONE = "on the node that was asked, its age is not known"
NO_VERSION = "Global Deny List version 26, bound; automatic updates of those of the application firewall OFF"


@pytest.mark.parametrize(
    ("build", "more", "said", "shown"),
    [
        ("14.1 73.37", {**OF_A_PAIR, "deny_list_version": 26}, f"may block this: version 26 is {OF_ONE}", f"Global Deny List version 26; {OFF}"),
        ("14.1 73.37", {}, "may block this, but no version of it is shown here", OFF),
        ("14.1 73.37", {"deny_list_version": 20}, "blocks this from version 24 on, and version 20 is here", f"Global Deny List version 20; {OFF}"),
        ("13.1 64.23", {"deny_list_version": 26, "switches": SHOWN}, "may block this: version 26 is here, its age is not known", NO_VERSION),
        ("14.1 73.32", {"deny_list_version": 26}, "", ""),
    ],
)  # fmt: skip
def test_the_vendors_list_is_told_beside_what_it_may_block(
    tmp_path: Path, build: str, more: dict[str, Any], said: str, shown: str
) -> None:
    """Read in the default partition alone, and only on the builds of which a source says that the list has a rule for them."""
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / LISTED).symlink_to(CATALOGUE.parent / LISTED)
    idp = {"authenticationsamlidpprofile": [{"name": "idp"}]}
    with Simulator({"appliances": {"box": box(build, 9, configuration=idp, partitions=["t"], **more)}}) as simulator:
        found, requests = judged(Stage(simulator, tmp_path), tmp_path / "catalogue", {})
    verdict = found.entries[0].verdict
    assert verdict.word == "exposed"
    assert verdict.reason.partition("; the vendor's Global Deny List ")[2] == said
    assert [text for text in verdict.rests_on if "signatures" in text] == (
        [f"the vendor's signatures: {shown}"] if said else []
    )
    signatures = ("appfwsettings", "appfwsignatures", "denylistglobal_binding")
    assert [one for one in requests if one.endswith(signatures)] == [
        f"GET config/{name}" for name in signatures if said
    ]
