# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rule that is not the vendor's stops what was published, and ends no exposure: whatever a view is asked, the weakness stays open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure

from simulator import Simulator
from tests.engine.told import read
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

REDUCES = "reduces exposure, not by the vendor"
TODAY = date(2025, 7, 20)
BOX: dict[str, Any] = {
    "build": "13.1 48.47",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"}],
}
SHOP = {**BOX, "vservers": [{"type": "lb", "name": "shop", "address": "127.0.0.2:0", "protocol": "SSL"}]}
OpenStage = Callable[..., Stage]
ENTRIES = ("cve_2023_3519", "cve_2023_4966", "cve_2025_5777")


def using(stage: Stage, id_: str) -> Stage:
    stage.entry = CATALOGUE.parent / id_
    stage.mitigation = load_entry_measure(stage.entry)
    return stage


@pytest.mark.parametrize("id_", ENTRIES)
def test_what_was_published_is_stopped_and_the_weakness_stays_open(open_stage: OpenStage, id_: str) -> None:
    stage = using(open_stage(BOX), id_)
    before = stage.status(version=1, as_of=TODAY)
    assert (before.verdict.word, before.plan.skipped != "") == ("exposed", True)
    applied = stage.apply(version=1, as_of=TODAY, stop_gap=True)
    assert (applied.failed, applied.saved_now) == ("", True)
    assert (applied.verdict.word, applied.verdict.exit_code) == (REDUCES, 2)
    assert applied.verdict.next_action.startswith("close external access (lockdown.yml), then upgrade to ")
    again = stage.status(version=1, as_of=TODAY, probes="all")
    assert (again.verdict.word, again.verdict.exit_code) == (REDUCES, 2), again.verdict
    (never,) = {case.never_sent for case in stage.mitigation.traffic.cases if case.never_sent}
    assert any(never in one for one in again.verdict.missing), again.verdict.missing
    read = stage.status(version=1, as_of=TODAY, probes="none")
    assert (read.verdict.word, read.verdict.reason[:7]) == (REDUCES, "proven ")
    stage.rollback()
    assert stage.status(version=1, as_of=TODAY).verdict.word == "exposed"


@pytest.mark.parametrize("id_", ENTRIES)
def test_where_policies_do_not_see_the_path_it_is_no_stop_gap(
    start: Callable[[dict[str, Any]], Simulator], tmp_path: Path, id_: str
) -> None:
    """Whether they are evaluated before the code with the weakness is an open fact: the probe decides."""
    stage = using(Stage(start(fleet_file({"box": BOX}, gateway_paths_see_policies=False)), tmp_path), id_)
    applied = stage.apply(version=1, as_of=TODAY, stop_gap=True)
    assert (applied.verdict.word, applied.verdict.exit_code, applied.saved_now) == ("exposed", 2, False)


@pytest.mark.parametrize("id_", ENTRIES)
def test_what_would_do_harm_reaches_no_appliance(open_stage: OpenStage, id_: str) -> None:
    stage = using(open_stage(BOX), id_)
    for probes in ("few", "all"):
        stage.status(version=1, as_of=TODAY, probes=probes)
    stage.apply(version=1, as_of=TODAY, stop_gap=True, probes="all")
    sent = {(one["method"], one["target"]) for one in stage.simulator.requests() if one["side"] != "nitro"}
    assert sent, "the others are sent"
    harmful = [case for case in stage.mitigation.traffic.cases if case.never_sent]
    paths = {(case.method, case.url) for case in harmful if not case.headers and not case.body}
    assert not paths & sent


def test_no_view_says_that_the_exposure_is_over(open_stage: OpenStage) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # a ledger as of an earlier day knows nothing of this run
    stage = using(open_stage(BOX), "cve_2023_4966")
    stage.apply(version=1, as_of=tomorrow, stop_gap=True)
    told = read(stage, "cve_2023_4966", as_of=tomorrow)
    row = told.row("cve_2023_4966")
    assert [*dict.fromkeys(one["state"] for one in row["course"])] == ["exposed", REDUCES]
    assert (row["measure"]["word"], row["mitigated"]["time"], row["proven"]["time"]) == (REDUCES, "", "")
    (exposed,) = (fact for fact in told.facts.facts if fact.kind is FactKind.EXPOSED)
    assert exposed.until is None
    assert FactKind.STOP_GAP in told.kinds
    assert not {FactKind.PROVEN, FactKind.NOT_PROVEN} & told.kinds
    assert "is our own, not the vendor's. It stops the attack that we know. Another attack may succeed." in told.letter(
        "en"
    )
    assert "is van onszelf, niet van de leverancier." in told.letter("nl")
    assert told.last_run.endswith(f"saved, {REDUCES}")
    (answer,) = told.ledger["appliances"]["box"]["answers"]
    assert answer["answer"] == "assume_compromised"
    stage.rollback()
    gone = read(stage, "cve_2023_4966", as_of=tomorrow)
    assert gone.row("cve_2023_4966")["measure"]["word"] == "taken off"


def test_a_closing_keeps_what_was_proven_and_nothing_is_called_mitigated(open_stage: OpenStage) -> None:
    """While all is closed no probe is answered, which disproves nothing; and a rule of others never mitigates."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    stage = using(open_stage(BOX), "cve_2023_4966")
    stage.apply(version=1, as_of=tomorrow, stop_gap=True)
    stage.lockdown()
    assert stage.status(version=1, as_of=tomorrow).verdict.word == "closed"
    told = read(stage, "cve_2023_4966", as_of=tomorrow)
    row = told.row("cve_2023_4966")
    assert (row["measure"]["word"], row["mitigated"]["time"]) == (REDUCES, "")
    assert FactKind.STOP_GAP in told.kinds
    assert FactKind.NOT_PROVEN not in told.kinds
    assert "lockdown" in told.last_run, "a look that was not answered is no news"


def test_on_a_build_with_the_fix_nothing_of_it_is_called_proven(open_stage: OpenStage) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    stage = using(open_stage(BOX), "cve_2023_4966")
    stage.apply(version=1, as_of=tomorrow, stop_gap=True)
    stage.simulator.appliance("box").upgrade("13.1 49.15")
    assert stage.status(version=1, as_of=tomorrow).verdict.word == "fixed, mitigation left behind"
    told = read(stage, "cve_2023_4966", as_of=tomorrow)
    assert told.last_run.endswith("saved, fixed, mitigation left behind")
    assert FactKind.PROVEN not in told.kinds
    stage.simulator.appliance("box").upgrade(BOX["build"])
    assert stage.status(version=1, as_of=tomorrow, probes="none").verdict.word == REDUCES


def test_what_is_not_proven_any_more_was_never_mitigated(open_stage: OpenStage) -> None:
    """Something resets each request at the Gateway, the legitimate ones too."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    stage = using(open_stage(BOX), "cve_2023_4966")
    stage.apply(version=1, as_of=tomorrow, stop_gap=True)
    stage.simulator.appliance("box").fault("reset", vserver="gw", times=1000)
    assert stage.status(version=1, as_of=tomorrow).verdict.word == "exposed"
    row = read(stage, "cve_2023_4966", as_of=tomorrow).row("cve_2023_4966")
    assert (row["measure"]["word"], row["mitigated"]["time"]) == ("applied, unproven", "")


def test_where_the_configuration_lacks_what_the_weakness_needs_nothing_is_brought_in(open_stage: OpenStage) -> None:
    stage = using(open_stage(SHOP), "cve_2023_4966")
    applied = stage.apply(version=1, as_of=TODAY, stop_gap=True)
    assert (applied.changed, applied.verdict.word) == (False, "not affected")
    assert "vpnvserver" in applied.plan.skipped
