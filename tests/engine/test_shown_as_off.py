# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual servers that somebody else has switched off: only the appliance says so, and every view is as careful as the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import NOT_PROVEN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import measure_in_place
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_per_partition import (
    PartitionedSwitch,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page

from simulator import Simulator
from simulator.nitro import computed_attributes
from tests.engine.closing_stage import ClosingStage
from tests.engine.test_partitions import colleague
from tests.engine.test_views_agree import (
    ATTACK,
    BOX,
    FIXED,
    OFF,
    ON,
    STORIES,
    Story,
    box_of,
    hand,
    proven,
    require_agreement,
)
from tests.engine.views import views
from tests.stage.client import ask
from tests.stage.fleet import fleet_file
from tests.stage.memory import carried_out

TENANT = {
    "features": ["SSLVPN", "SSL"],
    "vservers": [{"type": "vpn", "name": "gw_t", "address": "127.0.0.3:0", "protocol": "SSL"}],
}
TENANTS: dict[str, Any] = {**BOX, "partitions": {"tenant": TENANT}}
THEIRS: tuple[str, str, Any] = ("POST", "vpnvserver?action=disable", {"vpnvserver": {"name": "gw_t"}})
SHOWN = STORIES["off by hand"]
LookAt = Callable[..., ClosingStage]


@pytest.fixture
def look_at(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> LookAt:
    def opened(box: dict[str, Any] = BOX) -> ClosingStage:
        (tmp_path / "records").mkdir()
        return ClosingStage(start(fleet_file({"box": box})), tmp_path / "records")

    return opened


SAID = {
    "en": "Access through box seems to be switched off. We do not know by whom, or since when. We have no proof that nobody gets in.",
    "nl": "De toegang via box lijkt uit te staan. Wij weten niet door wie, of sinds wanneer. Wij hebben geen bewijs dat niemand binnenkomt.",
}


def lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the appliance say that each virtual server is switched off."""
    monkeypatch.setattr(computed_attributes, "vserver_state", lambda *_row: "OUT OF SERVICE")


def test_the_screen_says_who_says_so_and_what_to_do(look_at: LookAt) -> None:
    stage = look_at()
    hand(OFF)(stage)
    found = views(stage)
    for result in (found.status, found.catalogue):
        lines = "\n".join(line.text for line in end_page(PageRun({"box": result}, {})))
        assert NOT_PROVEN in lines
        assert "switched off by somebody else, without a decision in our records" in lines
        assert "next: look from outside whether it answers, and switch it on on the appliance, once a" in lines
    assert NOT_PROVEN in found.row["course"][-1]["reason"]


def test_what_is_off_over_a_proven_rule_is_told_beside_it(look_at: LookAt) -> None:
    stage = look_at()
    proven(stage)
    hand(OFF)(stage)
    found = views(stage)
    assert found.words["status"] == "mitigated"
    for result in (found.status, found.catalogue):
        lines = "\n".join(line.text for line in end_page(PageRun({"box": result}, {})))
        assert "switched off by somebody else, without a decision in our records" in lines


def test_what_says_that_it_is_off_and_serves_is_closed_in_no_view(
    look_at: LookAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The appliance is what got attacked: its word alone ends no exposure."""
    stage = look_at()
    lie(monkeypatch)
    require_agreement(views(stage), SHOWN)
    assert ask(stage.variables["vips"][0], ATTACK).passes
    assert stage.status(probes="few").verdict.word == "exposed"


def test_what_is_off_by_us_and_answers_is_not_closed(look_at: LookAt, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our run proved it; since then it answers, and shows itself as off."""
    stage = look_at()
    proven(stage)
    stage.lockdown()
    lie(monkeypatch)
    assert stage.status(probes="few").verdict.word == "closed"
    hand(ON)(stage)
    verdict = stage.status(probes="few").verdict
    assert verdict.word == "mitigated"
    assert any("gw (" in text and "answers all the same" in text for text in verdict.missing)


@pytest.mark.parametrize(
    ("here", "there", "story"),
    [
        (True, True, SHOWN),
        (True, False, Story("exposed")),
        (False, True, Story("exposed")),
    ],
)
def test_an_appliance_is_off_where_each_admin_partition_is(
    look_at: LookAt, here: bool, there: bool, story: Story
) -> None:
    stage = look_at(TENANTS)
    _own, other = stage.variables["vips"]
    other |= {"partition": "tenant"}
    if here:
        hand(OFF)(stage)
    if there:
        colleague(stage, *THEIRS, partition="tenant")
    found = views(stage)
    words = {found.words[view] for view in ("status", "catalogue", "ledger")}
    assert words == ({"applied, unproven"} if here and there else {"exposed"})


def test_one_off_by_us_and_the_other_partition_by_hand_is_not_closed(look_at: LookAt) -> None:
    stage = look_at(TENANTS)
    stage.variables["vips"][1] |= {"partition": "tenant"}
    parameters = stage.switch_parameters("lockdown", wanted=ClosureScope(partitions=("default",)))
    with Connection(stage.appliance) as connection:
        carried_out(PartitionedSwitch(connection, parameters, Lockdown, Lockdown.on_failure))
    colleague(stage, *THEIRS, partition="tenant")
    found = views(stage)
    assert {found.words[view] for view in ("status", "catalogue", "ledger")} == {"applied, unproven"}


def test_what_cannot_be_read_is_not_shown_as_off(look_at: LookAt, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(session: Session, *_types: object) -> None:
        raise NitroError(session.where, "GET lbvserver", 403, 2138, "Not authorized")

    stage = look_at()
    hand(OFF)(stage)
    monkeypatch.setattr(measure_in_place, "read_vservers", refused)
    assert views(stage).words["ledger"] == "exposed"


def test_no_letter_is_corrected_because_it_is_read_again(look_at: LookAt) -> None:
    stage = look_at()
    hand(OFF)(stage)
    first, second = views(stage).told, views(stage).told
    assert {FactKind.EXPOSED, FactKind.SHOWN_AS_OFF} <= first.kinds
    assert SAID["en"] in first.letter("en")
    assert SAID["nl"] in first.letter("nl")
    assert "We do not know whether access" not in first.letter("en")
    assert "attack may succeed" in first.calls
    assert "shown as off, not proven" in first.duties["impact"]
    for language in ("en", "nl"):
        assert first.letter(language).partition("1. ")[2] == second.letter(language).partition("1. ")[2]
    assert "We do not write" not in second.letter("en", first.previous)


def test_what_we_closed_without_a_proof_is_told_as_our_closing(look_at: LookAt) -> None:
    stage = look_at()
    stage.variables["probe"] = False
    stage.lockdown()
    told = views(stage).told
    assert FactKind.CLOSED in told.kinds
    assert FactKind.SHOWN_AS_OFF not in told.kinds


def test_what_we_opened_and_somebody_switched_off_is_not_open(look_at: LookAt) -> None:
    stage = look_at()
    proven(stage)
    for act in (stage.lockdown, stage.reopen):
        act()
    assert FactKind.OPEN in views(stage).told.kinds
    hand(OFF)(stage)
    told = views(stage).told
    assert FactKind.SHOWN_AS_OFF in told.kinds
    assert FactKind.OPEN not in told.kinds


def test_the_fix_ends_it_all_the_same(look_at: LookAt) -> None:
    stage = look_at()
    hand(OFF)(stage)
    box_of(stage).upgrade(FIXED)
    require_agreement(views(stage), Story("fixed"))
