# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mitigation that blocks, observes, or does both in turn: ledger, letters, call list, audit and reopen say what the appliance does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import change_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.awaited_records import (
    Awaited,
    AwaitedRecords,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.run import ReadLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.control_nodes import DiedError, control_node, dying
from tests.engine.told import CUSTOMER, IN_2020, Told, read, told_of
from tests.engine.views import views
from tests.stage.memory import CATALOGUE, Stage

BOX, PAIR = control_nodes.BOX, control_nodes.PAIR
OBSERVE: dict[str, Any] = {"mode": Mode.OBSERVE, "who": "J. Jansen", "reason": "it stops a customer"}
WORKS = ("is bewezen:", "it was proven:")
ENDED = ("Dat duurde tot", "That lasted until")
LASTS = ("Wij hebben geen bewijs dat dit voorbij is.", "We have no proof that this is over.")


def attack_passes(stage: Stage) -> bool:
    """Return True if the simulator's own policies let the attack through: nothing of what our programs think."""
    lines = [line for line in stage.configuration() if '"responderpolicy"' in line and "tq_cve_2019_19781" in line]
    return not lines or any('"action": "NOOP"' in line for line in lines)


def require_no_protection(found: Told) -> None:
    row, text = found.row(), found.letters()
    assert not row["proven"]["time"]
    assert not row["mitigated"]["time"]
    assert not [words for words in WORKS if words in text]
    assert all(words in text for words in LASTS)


def require_protection(found: Told) -> None:
    row, text = found.row(), found.letters()
    assert row["mitigated"]["time"]
    assert row["proven"]["time"]
    assert row["measure"]["word"] == "mitigated"
    assert all(words in text for words in (*WORKS, *ENDED))
    assert not [words for words in LASTS if words in text]


@pytest.mark.parametrize("box", [BOX, PAIR], ids=["standalone", "pair"])
def test_a_switch_to_observe_ends_what_ledger_letters_and_audit_call_proven(
    open_stage: Callable[..., Stage], box: dict[str, object]
) -> None:
    stage = open_stage(box)
    stage.apply()
    enforced = read(stage)
    require_protection(enforced)
    assert "applied, saved, proven" in enforced.last_run

    stage.apply(**OBSERVE)
    assert attack_passes(stage)
    found = read(stage)
    require_no_protection(found)
    assert found.row()["measure"]["word"] == "observe, not blocking"
    assert "it only counts" in found.screen
    assert "applied, saved, observe, not blocking" in found.last_run
    assert "kijkt de noodmaatregel alleen mee. Hij houdt de aanval op box niet tegen." in found.letter("nl")
    assert "the emergency measure only watches. It does not stop the attack on box." in found.letter("en")
    assert "measure only watches" in found.calls
    assert found.duties["impact"][0] == "measure only watches"
    assert "schreven wij" not in found.letter("nl", enforced.previous), "it was so when it was written"


def test_each_switch_and_undo_in_turn(open_stage: Callable[..., Stage]) -> None:
    """What people read changes with what the appliance does, at each step."""
    stage = open_stage()
    for number, (step, protects) in enumerate(
        [
            (lambda: stage.apply(**OBSERVE), False),
            (stage.apply, True),
            (lambda: stage.apply(**OBSERVE), False),
            (lambda: stage.rollback(why="undo"), True),  # it blocks again, exactly as it was proven
            (stage.status, True),
            (lambda: stage.apply(**OBSERVE), False),
            (lambda: stage.rollback(why="after_fix"), None),
            (stage.apply, True),
        ]
    ):
        step()
        found = read(stage)
        passes = attack_passes(stage)
        word = found.row()["measure"]["word"]
        if protects:
            assert not passes
            require_protection(found)
        else:
            assert not found.row()["proven"]["time"], number
            assert passes is (word in ("observe, not blocking", "taken off")), (number, word)
            assert not [words for words in WORKS if words in found.letters()], number
            assert all(words in found.letters() for words in LASTS), number


def test_a_rollback_before_the_fix_is_told(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    before = read(stage)
    stage.rollback(why="undo")
    assert attack_passes(stage)
    found = read(stage)
    require_no_protection(found)
    assert found.row()["measure"]["word"] == "taken off"
    assert "no measure of ours is in place: it was taken off" in found.screen
    assert "hebben wij de noodmaatregel weggehaald van box." in found.letter("nl")
    assert "we took the emergency measure off box." in found.letter("en")
    assert "measure taken off" in found.calls
    assert "schreven wij" not in found.letter("nl", before.previous)


def test_a_newer_version_in_observe_mode_still_only_counts(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(version=1, **OBSERVE)
    stage.apply(version=2, **OBSERVE)
    assert attack_passes(stage)
    found = read(stage)
    require_no_protection(found)
    assert found.row()["measure"]["word"] == "observe, not blocking"
    assert not found.row()["conflicts"]
    stage.apply(version=2)
    require_protection(read(stage))


TENANT = {
    "features": ["LB"],
    "vservers": [{"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "HTTP"}],
}


def test_all_admin_partitions_switch_to_observe(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(partitions={"tenant": TENANT})
    del stage.variables["vips"]  # they are read, in each partition
    stage.variables["probe_networks"] = ["127.0.0.0/24"]
    stage.apply_all()
    require_protection(read(stage))
    stage.apply_all(**OBSERVE)
    assert attack_passes(stage)
    found = read(stage)
    require_no_protection(found)
    assert found.row()["measure"]["word"] == "observe, not blocking"
    stage.apply_all()
    require_protection(read(stage))


def using(stage: Stage, entry: Path) -> Stage:
    stage.entry, stage.mitigation = entry, load_mitigation(entry)
    return stage


def test_a_second_mitigation_beside_it_has_a_mode_of_its_own(open_stage: Callable[..., Stage]) -> None:
    log4shell, later = CATALOGUE.parent / "cve_2021_44228", date(2022, 1, 1)
    stage = open_stage()
    stage.apply()
    using(stage, log4shell).apply(version=1, **OBSERVE)
    require_protection(read(stage))
    assert read(stage, as_of=later).row(log4shell.name)["measure"]["word"] == "observe, not blocking"

    using(stage, CATALOGUE).apply(**OBSERVE)
    using(stage, log4shell).apply(version=1)
    assert attack_passes(stage)
    require_no_protection(read(stage))
    found = read(stage, "cve_2019_19781", log4shell.name, as_of=later)
    words = [found.row(name)["measure"]["word"] for name in ("cve_2019_19781", log4shell.name)]
    assert words == ["observe, not blocking", "mitigated"]
    row = found.row(log4shell.name)
    assert (row["is_fixed"], row["exposed_from"]["time"]) == (None, ""), "no build of the appliance fixes its back ends"
    assert "verbeterde versie" not in found.letter("nl")
    assert (
        "kijkt de noodmaatregel alleen mee. Hij houdt de aanval op box niet tegen. Dit gaat over CVE-2019-19781."
        in (found.letter("nl"))
    )
    using(stage, log4shell).rollback()
    require_no_protection(read(stage))


def test_a_switch_to_observe_by_another_control_node_counts_before_its_record_is_here(
    box: Simulator, tmp_path: Path
) -> None:
    box.reset()
    ours, theirs = control_node(box, tmp_path, "ours"), control_node(box, tmp_path, "theirs")
    ours.apply()
    require_protection(read(ours))
    theirs.apply(**OBSERVE)
    assert attack_passes(ours)
    files = sorted((ours.records / "box").glob("*.json"))
    found = read(ours)
    require_no_protection(found)
    assert found.row()["measure"]["word"] == "observe, not blocking"
    assert sorted((ours.records / "box").glob("*.json")) == files, "the ledger only reads"
    theirs.apply()
    require_protection(read(ours))


def test_a_switch_that_died_half_way_is_no_protection_any_more(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the last write was: while the appliance lets the attack pass, nobody reads that it is stopped."""
    let_pass = 0
    for number in (7, 8, 10, 13):
        stage = open_stage()
        stage.records = stage.records / str(number)
        stage.apply()
        time.sleep(1.1)
        try:
            with dying(monkeypatch, number, sends_the_last=True):
                stage.apply(**OBSERVE)
        except DiedError:
            pass
        found = read(stage)
        assert "Wij hebben dat niet gedaan" not in found.letter("nl"), number
        if attack_passes(stage):
            let_pass += 1
            require_no_protection(found)
        else:
            words = found.row()["measure"]["word"], str(stage.status(probes="none").verdict.word)
            assert words == ("applied, unproven", "drifted"), "no run has proved what is bound now"
    assert let_pass == 3, "the last step but the record lets it pass"


def test_probes_that_cannot_be_sent_leave_it_applied_and_unproven(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.variables["probe"] = False
    stage.apply(save="always")
    found = read(stage)
    assert found.row()["measure"]["word"] == "applied, unproven"
    assert found.row()["mitigated"]["time"]
    assert not found.row()["proven"]["time"]
    text = found.letters()
    assert "Wij hebben nog geen bewijs dat de noodmaatregel werkt op box." in text
    assert not [words for words in (*WORKS, *ENDED) if words in text]
    assert "applied, saved, not proven" in found.last_run
    assert "measure not proven" in found.duties["impact"]


def later_partition(stage: Stage, address: str = "") -> None:
    """Let a colleague make an admin partition.

    :param address: of its virtual server; "" for none
    """
    server = {"name": "shop", "servicetype": "HTTP", "ipv46": address, "port": 8080}
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "nspartition", {"nspartition": {"partitionname": "later"}})
        if address:
            with connection.inside("later"):
                connection.primary.write("POST", "lbvserver", {"lbvserver": server})
        connection.primary.save()


@pytest.mark.parametrize("address", ["", "0.0.0.0"], ids=["empty", "without an address"])
def test_an_admin_partition_that_nobody_can_reach_takes_no_protection_away(
    open_stage: Callable[..., Stage], address: str
) -> None:
    """Seen: the letters of all customers of the appliance said that their protection had ended, though each virtual server of it answered with 403."""
    stage = open_stage(partitions={"tenant": TENANT})
    del stage.variables["vips"]
    stage.variables["probe_networks"] = ["127.0.0.0/24"]
    stage.apply_all()
    later_partition(stage, address)
    found = views(stage)
    assert found.status["verdict"]["word"] == "partly", "it has no rule yet"
    assert found.live == "mitigated"
    assert "lost" not in found.status
    require_protection(found.told)
    assert found.told.facts.of(FactKind.PROTECTION_ENDED) == ()


def test_an_admin_partition_that_came_later_has_no_rule_and_the_appliance_is_not_called_protected(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage(partitions={"tenant": TENANT})
    del stage.variables["vips"]
    stage.variables["probe_networks"] = ["127.0.0.0/24"]
    ended = count(1)  # seen: no letter said it where the records of both partitions ended in different seconds
    with monkeypatch.context() as clock:
        later = SimpleNamespace(now=lambda zone: datetime.now(zone) + timedelta(seconds=next(ended)))
        clock.setattr(change_record, "datetime", later)
        stage.apply_all()
    end = datetime.now(UTC) + timedelta(seconds=next(ended))
    while datetime.now(UTC) < end:  # what held for less than one second was not lost
        time.sleep(0.1)
    require_protection(read(stage))
    later_partition(stage, "127.0.0.4")
    seen = views(stage)
    assert seen.status["verdict"]["word"] == "partly"
    assert seen.live == "partly", "seen: changed by somebody else, on the page of a status"
    found = seen.told
    assert found.row()["measure"]["word"] == "partly"
    assert "partition later: no run of ours has brought it in there" in found.row()["measure"]["reason"]
    assert not [words for words in WORKS if words in found.letters()]
    (lost,) = found.facts.of(FactKind.PROTECTION_ENDED)
    assert (lost.cause, lost.until) == ("partly", None), (
        "what was proven held until the partition came, nobody knows when"
    )
    for words in ("geldt niet meer voor alles op het apparaat.", "does not hold for everything on the device."):
        assert words in found.letters(), "their own service still stops the attack"


def test_nothing_is_called_proven_of_an_appliance_that_was_not_read_while_records_of_a_lost_node_are_missing(
    open_stage: Callable[..., Stage],
) -> None:
    """The rollback of a node whose answer was lost has taken the rule off; the controller has the record of the apply alone."""
    stage = open_stage(BOX)
    stage.apply()
    require_protection(ledger_without_reading(stage))
    AwaitedRecords(stage.records).expect(
        Awaited("r0-3", "utrecht", (stage.name,), datetime(2026, 12, 1, 3, tzinfo=UTC))
    )
    found = ledger_without_reading(stage)
    row, text = found.row(), found.letters()
    assert (row["proven"]["time"], row["measure"]["word"]) == ("", "unknown")
    assert "of the job r0-3 at utrecht have not come: what was left here is not known" in str(row["conflicts"])
    assert "of the job r0-3 at utrecht have not come: what was left here is not known" in found.screen
    assert not [words for words in (*WORKS, *ENDED) if words in text]


def ledger_without_reading(stage: Stage) -> Told:
    """Return what ledger.yml and letters.yml say of an appliance that does not answer."""
    away = replace(stage.appliance, customer=CUSTOMER, nodes=(Address("127.0.0.1", 1),))
    options = {
        "record_key": str(stage.trust.key), "allowed_signers": None, "catalogue": str(CATALOGUE.parent), "records": str(stage.records),
        "traces": None, "as_of": IN_2020.isoformat(), "acknowledgements": [],
    }  # fmt: skip
    result = ReadLedger(away, options, False, False).values()
    assert result["not_reached"]
    return told_of(ledger_page(FleetRun({stage.name: result}, {"fail_at": 2})).values(), [], "cve_2019_19781")
