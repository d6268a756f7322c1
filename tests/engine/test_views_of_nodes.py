# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the views say of a management address and of one node of a pair, where these stand worse than the virtual servers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.run import TASK as AUDIT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.prometheus import metrics
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.table import table
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import Exposure

from simulator import Simulator
from simulator.nitro.handlers import registry
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.node_local_stage import LINE, NodeLocalStage, Shells
from tests.engine.test_views_agree import FIXED, box_of, proven, version_of
from tests.engine.told import CUSTOMER, ENTRIES, IN_2020
from tests.engine.views import Views, views
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

BOX = control_nodes.BOX
PAIR: dict[str, Any] = {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.12:0"]}
"""Nodes with addresses of their own, so that each has its shell."""


class NodesStage(ClosingStage, NodeLocalStage):
    """An appliance with closings, and nodes that have a shell."""

    def __init__(self, simulator: Simulator, records: Path) -> None:
        Stage.__init__(self, simulator, records)
        self.settings = {}
        self.shells = Shells(simulator)


@pytest.fixture
def stage_of(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> Callable[..., NodesStage]:
    def opened(box: Mapping[str, Any] = BOX) -> NodesStage:
        records = tmp_path / "records"
        records.mkdir()
        return NodesStage(start(fleet_file({"box": {**box}})), records)

    return opened


def one_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.READS, "nsversion", lambda call: version_of(call, FIXED))


ADDRESS = "We manage box through a separate access."
MAY = f"{ADDRESS} The attack may succeed there, for whoever can reach it."
COULD = f"{ADDRESS} The attack could succeed there from"


def management(found: Views) -> list[tuple[FactKind, bool]]:
    """Return the facts of the letter about the management address, each with whether it lasts."""
    kinds = (FactKind.MANAGEMENT_EXPOSED, FactKind.MANAGEMENT_NOT_KNOWN)
    return [(fact.kind, fact.until is None) for fact in found.told.facts.facts if fact.kind in kinds]


def test_a_letter_says_that_a_management_address_stays_exposed(stage_of: Callable[..., NodesStage]) -> None:
    """The rule at the virtual servers is proven, and policies are not evaluated there."""
    stage = stage_of()
    proven(stage)
    found = views(stage)
    assert found.words["letter exposure"] == "ended"
    assert MAY in found.told.letter("en")
    assert (
        "Wij beheren box via een aparte toegang. Daar kan de aanval lukken, voor wie erbij kan."
        in found.told.letter("nl")
    )
    assert "management address open" in found.told.calls
    assert "management address open" in found.told.duties["impact"]


def test_a_letter_says_that_closing_does_not_close_a_management_address(stage_of: Callable[..., NodesStage]) -> None:
    stage = stage_of()
    stage.lockdown()
    letter = views(stage).told.letter("en")
    assert "Access through box has been closed since" in letter
    assert MAY in letter
    assert "Closing your access does not stop that." in letter


def test_what_is_exposed_at_the_virtual_servers_too_is_said_once(stage_of: Callable[..., NodesStage]) -> None:
    found = views(stage_of())
    assert found.words["letter exposure"] == "goes on"
    assert management(found) == []


def test_a_covered_address_was_exposed_until_then(stage_of: Callable[..., NodesStage]) -> None:
    stage = stage_of()
    proven(stage)
    time.sleep(1.1)  # records have whole seconds
    stage.go()
    found = views(stage)
    assert management(found) == [(FactKind.MANAGEMENT_EXPOSED, False)]
    assert COULD in found.told.letter("en")
    assert MAY not in found.told.letter("en")
    assert "management" not in found.told.calls


def test_a_line_that_is_gone_makes_it_unknown(stage_of: Callable[..., NodesStage]) -> None:
    """A restart since the last run may have lost the knob: a proof of before says nothing of now."""
    stage = stage_of()
    proven(stage)
    stage.go()
    before = views(stage)
    assert not any(lasts for _kind, lasts in management(before))
    for node in stage.nodes:
        del node.files["/nsconfig/rc.netscaler"]
    found = views(stage)
    assert found.row["management"][-1]["state"] == "unknown"
    assert (FactKind.MANAGEMENT_EXPOSED, True) in management(found)
    assert "management address open" in found.told.calls


def test_our_own_removal_exposes_it_again(stage_of: Callable[..., NodesStage]) -> None:
    stage = stage_of()
    proven(stage)
    stage.go()
    time.sleep(1.1)
    stage.go(Wanted.ABSENT, reset_knob=True)
    found = views(stage)
    assert management(found)[-1] == (FactKind.MANAGEMENT_EXPOSED, True)
    assert found.row["management"][-1]["reason"].endswith("took it out")


def test_the_fix_ends_it(stage_of: Callable[..., NodesStage]) -> None:
    stage = stage_of()
    proven(stage)
    time.sleep(1.1)
    box_of(stage).upgrade(FIXED)
    found = views(stage)
    assert management(found) == [(FactKind.MANAGEMENT_EXPOSED, False)]
    assert COULD in found.told.letter("en")
    assert "management" not in found.told.calls


def test_a_letter_says_that_one_of_a_pair_has_no_fix(
    stage_of: Callable[..., NodesStage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_of(PAIR)
    proven(stage)
    one_fixed(monkeypatch)
    found = views(stage)
    assert found.row["without_fix"] == [stage.variables["nodes"][0]]
    letter = found.told.letter("en")
    assert "Behind box, devices work in pairs. Of a pair only one has the corrected version of the vendor." in letter
    assert (
        "Achter box werken apparaten in paren. Van een paar heeft maar één de verbeterde versie van de leverancier."
        in found.told.letter("nl")
    )
    assert "one of a pair not fixed" in found.told.duties["impact"]


OPEN_ADDRESS = "MANAGEMENT ADDRESS OPEN  1 management address of box: cve_2019_19781."


def test_the_ledger_and_the_answer_to_a_reopening_say_that_an_address_stays_open(
    stage_of: Callable[..., NodesStage],
) -> None:
    stage = stage_of()
    proven(stage)
    stage.lockdown()
    found = views(stage)
    assert "its management address is exposed, whatever is closed" in found.row["reason"]
    assert OPEN_ADDRESS in found.told.screen
    stage.reopen()
    stage.go()
    found = views(stage)
    assert "management address" not in found.row["reason"]
    assert "MANAGEMENT ADDRESS" not in found.told.screen


def test_the_ledger_and_the_answer_say_that_a_node_without_the_fix_serves_after_a_failover(
    stage_of: Callable[..., NodesStage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after the failover: nothing but the role of the nodes is another one then."""
    stage = stage_of(PAIR)
    one_fixed(monkeypatch)
    for _twice in range(2):
        found = views(stage)
        assert "1 of its nodes lacks the fix, and serves after a failover" in found.row["reason"]
        assert "NODE WITHOUT THE FIX  1 node of box: cve_2019_19781." in found.told.screen
        assert found.row["answer"] == "assume_compromised"
        box_of(stage).failover()


def test_a_node_that_is_not_read_is_not_called_open_or_covered(stage_of: Callable[..., NodesStage]) -> None:
    stage = stage_of(PAIR)
    proven(stage)
    stage.go()
    box_of(stage).fault("refuse", node=1)
    found = views(stage)
    states = [one["management"][-1]["state"] for one in found.row["nodes"]]
    assert states == ["mitigated", "unknown"]
    assert "MANAGEMENT ADDRESS NOT KNOWN  1 management address of box" in found.told.screen


def line_by_hand(stage: NodesStage) -> None:
    """Somebody writes the line, and boots nothing: the knob of now is as it was."""
    for node in stage.nodes:
        node.write_file("/nsconfig/rc.netscaler", f"{LINE}\n".encode())


def no_line(stage: NodesStage) -> None:
    for node in stage.nodes:
        del node.files["/nsconfig/rc.netscaler"]


def covered(stage: NodesStage) -> None:
    proven(stage)
    stage.go()


STORIES: dict[str, tuple[Callable[[NodesStage], object], Mapping[str, Any], set[int]]] = {
    "nothing": (lambda _stage: None, BOX, {0}),
    "proven at the virtual servers": (proven, BOX, {0}),
    "closed": (lambda stage: stage.lockdown(), BOX, {0}),
    "proven, and covered": (covered, BOX, set()),
    "a pair, covered": (covered, PAIR, set()),
    "the line by hand": (lambda stage: (proven(stage), line_by_hand(stage)), BOX, {0}),
    "covered, and the line is gone": (lambda stage: (covered(stage), no_line(stage)), BOX, {0}),
    "covered, and taken out": (lambda stage: (covered(stage), stage.go(Wanted.ABSENT)), BOX, {0}),
    "fixed": (lambda stage: (proven(stage), box_of(stage).upgrade(FIXED)), BOX, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_status_and_ledger_name_the_same_management_addresses(name: str, stage_of: Callable[..., NodesStage]) -> None:
    play, box, is_open = STORIES[name]
    stage = stage_of(box)
    play(stage)
    require_the_same_addresses(views(stage), stage, is_open)


def test_what_let_an_attack_pass_while_our_rule_only_counted_is_not_known(stage_of: Callable[..., NodesStage]) -> None:
    """Seen in a night: exposed by the records, while the address was covered since our rule blocks."""
    stage = stage_of(BOX)
    stage.apply(mode=Mode.OBSERVE)
    stage.go()
    stage.apply()
    found = views(stage)
    require_the_same_addresses(found, stage, {0})
    assert found.row["nodes"][0]["management"][-1]["state"] == "unknown"
    (text,) = [one for one in found.status["verdict"]["missing"] if one.startswith("management address of ")]
    assert text.startswith("management address of 127.0.0.1: unknown since ")
    assert text.endswith(" by the records, although /nsconfig/rc.netscaler has the line")


def require_the_same_addresses(found: Views, stage: NodesStage, is_open: set[int]) -> None:
    """Compare what the course says with the status of the measure, that of the catalogue, and their reports."""
    nodes = stage.variables["nodes"]
    by_course = {one["node"] for one in found.row["nodes"] if not one["management"][-1]["protects"]}
    assert by_course == {nodes[number] for number in is_open}
    hosts = {node.rpartition(":")[0] for node in by_course}
    for result in (found.status, found.catalogue):
        told = [text for text in result["verdict"]["missing"] if text.startswith("management address of ")]
        assert {text.removeprefix("management address of ").partition(":")[0] for text in told} == hosts, told
        (screen,) = ["\n".join(line.text for line in end_page(PageRun({"box": result}, {})))]
        assert ("management address of " in screen) is bool(hosts)
        run = found.report(result)
        assert (
            f'tourniquet_management_addresses_not_covered{{appliance="box",customer="{CUSTOMER}"}} {len(hosts)}'
            in metrics(run)
        )
        for text in (table(run), page(run), json.dumps(vex_documents(run))):
            assert ("management address of " in text) is bool(hosts)


@pytest.mark.parametrize("failed_over", [False, True])
def test_status_names_the_address_of_the_node_without_the_fix(
    failed_over: bool, stage_of: Callable[..., NodesStage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of them is primary: the other one has the fix, and needs no line."""
    stage = stage_of(PAIR)
    proven(stage)
    one_fixed(monkeypatch)
    if failed_over:
        box_of(stage).failover()
    found = views(stage)
    require_the_same_addresses(found, stage, {0})
    host = stage.variables["nodes"][0 if failed_over else 1].rpartition(":")[0]
    own = "13.0 47.22, without the fix: it serves after a failover" if failed_over else "13.0 47.24, with the fix"
    for result in (found.status, found.catalogue):
        assert f"node {host} runs another build, {own}" in result["verdict"]["reason"]
        assert result["verdict"]["exit_code"] == 2
    document = json.dumps(vex_documents(found.report(found.status)))
    assert own in document


def audited(stage: NodesStage, **options: str) -> list[str]:
    """Return the lines of audit.yml."""
    given = {name: option.get("default") for name, option in options_of("audit", "audit").items()}
    given |= {"records": str(stage.records), "record_key": str(stage.trust.key), "catalogue": str(CATALOGUE.parent)}
    given |= options
    found = AUDIT(stage.appliance, given, check_mode=False, is_preview=False).values()
    return [*(found if "report" in found else found["diff"]["details"])["report"]]


def test_an_audit_says_what_no_run_has_covered(stage_of: Callable[..., NodesStage], tmp_path: Path) -> None:
    """A run on the virtual servers is proven, and says nothing of the management address."""
    stage = stage_of()
    assert not [line for line in audited(stage) if "not covered" in line], "no run was about a weakness"
    stage.apply()
    (line,) = [line for line in audited(stage) if "not covered" in line]
    assert line.startswith("  not covered: management address of 127.0.0.1: exposed since 2019-12-17 (assumed): "), (
        "not since this reading"
    )
    assert line.endswith("no run of ours has covered its management address (cve_2019_19781)")
    assert not [line for line in audited(stage, measure="lockdown") if "not covered" in line]
    broken = tmp_path / "broken" / "cve_2019_19781"
    broken.mkdir(parents=True)
    (broken / "mitigation.yml").write_text("[")
    (line,) = [line for line in audited(stage, catalogue=str(broken.parent)) if "not covered" in line]
    assert line.startswith("  not covered: which management addresses are covered is not known: ")
    box_of(stage).unreachable()
    (line,) = [line for line in audited(stage) if "not covered" in line]
    assert ": unknown since " in line


def reopened(stage: NodesStage, *, accept: bool = True) -> str:
    """Return what a reopening says, with the answers of the ledger."""
    reader = LedgerReader(
        stage.appliance, ENTRIES, stage.records, stage.trust, as_of=IN_2020, catalogue=CATALOGUE.parent
    )
    with Connection(stage.appliance) as connection:
        options = {"second": "M. Vis", "accept_exposure": accept}
        run = Reopening(
            connection, stage.switch_parameters("reopen", **options), lambda _connection: Exposure({}), reader.answers
        )
        return "; ".join(run.plan().remarks)


def test_a_reopening_says_which_address_no_step_closes(stage_of: Callable[..., NodesStage]) -> None:
    stage = stage_of()
    proven(stage)
    stage.lockdown()
    said = "NOT CLOSED by any step: the management address of 127.0.0.1: cve_2019_19781"
    assert said in reopened(stage)
    stage.go()
    assert "NOT CLOSED" not in reopened(stage)


def test_a_reopening_says_which_node_serves_without_the_fix(
    stage_of: Callable[..., NodesStage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_of(PAIR)
    stage.lockdown()
    one_fixed(monkeypatch)
    assert "127.0.0.1 lacks the fix of cve_2019_19781, and serves after a failover" in reopened(stage)
