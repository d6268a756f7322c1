# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A letter names what is closed of an access, where the inventory names no services and only a part of the virtual servers of a customer is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import CLOSINGS, FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.impact import IMPACT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.test_closing import apply_as_the_inventory_says
from tests.engine.test_views_agree import ON, box_of, hand
from tests.engine.told import CUSTOMER, ENTRIES, IN_2020, Told
from tests.engine.views import views
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE

TWO: dict[str, Any] = {
    **control_nodes.BOX,
    "features": [*control_nodes.BOX["features"], "RESPONDER"],
    "vservers": [
        *control_nodes.BOX["vservers"],
        {"type": "vpn", "name": "gw_two", "address": "127.0.0.3:0", "protocol": "SSL"},
    ],
}
ONE, BOTH = ClosureScope(vips=("gw",)), ClosureScope(vips=("gw", "gw_two"))
STEPS: Mapping[LadderStep, FactKind] = {
    LadderStep.OFF: FactKind.CLOSED,
    LadderStep.NOTICE: FactKind.CLOSED_NOTICE,
    LadderStep.PARTNERS: FactKind.CLOSED_PARTNERS,
    LadderStep.PATHS: FactKind.CLOSED_PATHS,
}
LISTS = [{"vserver": name, "kind": "vpn", "mode": "observe", "base": ["gateway"]} for name in BOTH.vips]
OPENED: dict[str, Any] = {"accept_exposure": True, "accept_unread": True, "second": "M. Vis"}


@pytest.fixture
def stage(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> ClosingStage:
    records = tmp_path / "records"
    records.mkdir()
    found = ClosingStage(start(fleet_file({"box": TWO})), records)
    found.settings = {LadderStep.PATHS: LISTS}
    return found


def close(stage: ClosingStage, step: LadderStep, wanted: ClosureScope) -> None:
    if step is LadderStep.OFF:
        stage.lockdown(wanted=wanted)
        return
    if step is LadderStep.PATHS:
        apply_as_the_inventory_says(stage, step)
    networks = (ip_network("198.51.100.0/24"),) if step is LadderStep.PARTNERS else ()
    _plan, result = stage.close(step, wanted, networks=networks)
    assert result is not None
    assert not result.failed


def reopen(stage: ClosingStage, step: LadderStep, wanted: ClosureScope) -> None:
    if step is LadderStep.OFF:
        stage.reopen(wanted=wanted)
    else:
        stage.open(step, wanted, **OPENED)


def told(stage: ClosingStage) -> Told:
    return views(stage).told


def parts(found: Told) -> list[tuple[FactKind, str, bool]]:
    """Return the closings of the letter, with what they are a part of, and whether they last."""
    return [(one.kind, one.part, one.until is None) for one in found.facts.facts if one.kind in CLOSINGS]


@pytest.mark.parametrize("step", STEPS)
def test_a_letter_says_which_part_of_an_access_is_closed(step: LadderStep, stage: ClosingStage) -> None:
    close(stage, step, ONE)
    found = told(stage)
    assert parts(found) == [(STEPS[step], "gw", True)]
    english, dutch = found.letter("en"), found.letter("nl")
    assert "part of box" in english
    assert "That part is: gw." in english
    assert "een deel van box" in dutch
    assert "Dat deel is: gw." in dutch
    assert "through box has been closed" not in english
    assert "via box is dicht" not in dutch
    assert "The attack may succeed on box." in english, "a part that is closed ends no exposure"
    assert f"{IMPACT[STEPS[step]]}, in part" in found.duties["impact"]
    assert f"{IMPACT[STEPS[step]]}, in part" in found.duties["impact"]


@pytest.mark.parametrize("step", STEPS)
def test_a_letter_says_it_as_before_where_all_is_closed(step: LadderStep, stage: ClosingStage) -> None:
    close(stage, step, BOTH)
    found = told(stage)
    assert parts(found) == [(STEPS[step], "", True)]
    assert "That part is" not in found.letters()
    assert ", in part" not in str(found.duties["impact"])


@pytest.mark.parametrize("step", [LadderStep.OFF, LadderStep.NOTICE])
def test_what_was_opened_again_leaves_a_part_and_corrects_nothing(step: LadderStep, stage: ClosingStage) -> None:
    close(stage, step, BOTH)
    before = told(stage)
    reopen(stage, step, ClosureScope(vips=("gw_two",)))
    found = told(stage)
    assert (STEPS[step], "gw", True) in parts(found)
    assert (STEPS[step], "", True) not in parts(found)
    assert "know to be wrong" not in found.letter("en", before.previous), "it was closed when the letter said so"


def test_a_harder_step_at_one_hides_no_softer_step_at_another(stage: ClosingStage) -> None:
    close(stage, LadderStep.PARTNERS, ClosureScope(vips=("gw_two",)))
    close(stage, LadderStep.OFF, ONE)
    letter = told(stage).letter("en")
    assert "Access through part of box has been closed since" in letter
    assert "That part is: gw." in letter
    assert "people can use part of box only from agreed places." in letter
    assert "That part is: gw_two." in letter


def test_one_that_somebody_switched_on_is_no_part_of_what_is_closed(stage: ClosingStage) -> None:
    close(stage, LadderStep.OFF, BOTH)
    hand(ON)(stage)
    assert (FactKind.CLOSED, "gw_two", True) in parts(told(stage))


@pytest.mark.parametrize("step", [LadderStep.OFF, LadderStep.NOTICE])
def test_an_appliance_that_is_not_read_is_not_called_closed(step: LadderStep, stage: ClosingStage) -> None:
    close(stage, step, ONE)
    box_of(stage).unreachable()
    assert parts(told(stage)) == [(STEPS[step], "gw", True)]


def test_one_of_another_customer_is_no_part(stage: ClosingStage) -> None:
    stage.variables["vserver_customers"] = {"gw_two": "De Wit"}
    close(stage, LadderStep.OFF, ONE)
    (row,) = (row for row in rows(stage) if row.customer == CUSTOMER)
    assert [(one.vserver, one.beside) for one in row.switched_off] == [("gw", ())]


def rows(stage: ClosingStage) -> Iterator[LedgerRow]:
    stage.variables["customer"] = CUSTOMER
    reader = LedgerReader(
        stage.appliance, ENTRIES, stage.records, stage.trust, as_of=IN_2020, catalogue=CATALOGUE.parent
    )
    with Connection(stage.appliance) as connection:
        yield from (row for row in reader.read(connection) if row.entry == CATALOGUE.name)
