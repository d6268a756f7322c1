# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change records of two execution nodes that take turns, merged on the controller by their chain; and what is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import chain_breaks, digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import add_own_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import ProvenanceKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import folder_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import sent_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_records import (
    Kept,
    keep_sent_records,
    known_records,
    records_to_send,
)

from tests.unit.plugin_utils.change.records.test_record_content import RECORD

FIRST, SECOND = "20200117T200000.000000Z-aaaaaaaaaa", "20200117T210000.000000Z-bbbbbbbbbb"


class Machine:
    """A control node with a key and records of its own."""

    def __init__(self, directory: Path, name: str, signers: Path) -> None:
        self.name = name
        self.records = directory / name / "records"
        self.trust = RecordTrust(key=directory / name / "key", allowed_signers=signers)

    def publish(self) -> None:
        """Put the public key into the list of known control nodes."""
        assert self.trust.allowed_signers is not None
        add_own_line(self.trust.key, self.trust.allowed_signers, self.name)

    def write(self, stem: str, host: str = "gw-a", **changes: Any) -> ChangeRecord:
        values = {**RECORD, "host": host, "finished": "2020-01-17T20:10:00+00:00", **changes}
        content = RecordContent.from_json(values, where="the record")
        record = ChangeRecord(folder_of(self.records, host) / f"{stem}.json", content, trust=self.trust)
        record.write()
        return record


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[str], Machine]:
    return lambda name: Machine(tmp_path, name, tmp_path / "allowed_signers")


def sent(node: Machine, controller: Machine, hosts: list[str]) -> bytes:
    known = known_records(controller.records, hosts, controller.trust)
    return records_to_send(node.records, known, node.trust).encode()


def kept(node: Machine, controller: Machine, hosts: list[str]) -> Kept:
    content = sent(node, controller, hosts)
    return keep_sent_records(content, node.name, hosts, controller.records, controller.trust)


@pytest.fixture
def turns(machine: Callable[[str], Machine]) -> tuple[Machine, Machine, Machine]:
    """Two nodes of which the second continued after the first, and a controller."""
    amsterdam, utrecht, controller = machine("amsterdam"), machine("utrecht"), machine("controller")
    amsterdam.publish()
    utrecht.publish()
    first = amsterdam.write(FIRST)
    utrecht.write(SECOND, previous=[{"name": first.name, "sha256": digest(first.content.values)}])
    return amsterdam, utrecht, controller


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_records_of_two_nodes_are_one_chain(
    turns: tuple[Machine, Machine, Machine], order: tuple[int, int]
) -> None:
    controller = turns[2]
    for number in order:
        assert kept(turns[number], controller, ["gw-a"]) == Kept(1, ())
    found = all_records(controller.records, "gw-a", controller.trust)
    assert [record.path.stem for record in found] == [FIRST, SECOND]
    assert [record.provenance.kind for record in found] == [ProvenanceKind.SIGNED] * 2
    assert [(record.origin.node, record.is_fetched) for record in found if record.origin] == [
        ("amsterdam", True),
        ("utrecht", True),
    ]
    assert chain_breaks({record.name: record.content.values for record in found}) == []


def test_only_what_is_new_is_sent(turns: tuple[Machine, Machine, Machine]) -> None:
    amsterdam, _utrecht, controller = turns
    kept(amsterdam, controller, ["gw-a"])
    assert sent(amsterdam, controller, ["gw-a"]) == b"{}"
    amsterdam.write(FIRST, reason="another end")
    assert sent(amsterdam, controller, ["gw-a"]) != b"{}"
    assert kept(amsterdam, controller, ["gw-a"]).number == 0  # what came to its end is not replaced


def test_the_end_of_a_run_replaces_its_beginning(machine: Callable[[str], Machine]) -> None:
    node, controller = machine("amsterdam"), machine("controller")
    node.publish()
    node.write(FIRST, outcome="open", finished=None)
    assert kept(node, controller, ["gw-a"]).number == 1
    node.write(FIRST, outcome="applied")
    assert kept(node, controller, ["gw-a"]).number == 1
    assert [str(record.outcome) for record in all_records(controller.records, "gw-a", controller.trust)] == ["applied"]


def test_a_node_that_nobody_listed_is_named_once(machine: Callable[[str], Machine]) -> None:
    node, controller = machine("amsterdam"), machine("controller")
    controller.publish()
    node.write(FIRST)
    node.write(SECOND)
    found = kept(node, controller, ["gw-a"])
    assert found.number == 0
    assert [
        text.startswith("amsterdam: change records were left alone: it is signed by the key") for text in found.problems
    ] == [True]
    assert found.problems[0].endswith(
        f"which is not in {controller.trust.allowed_signers}. If amsterdam is yours, run signer.yml there as the user of its jobs, and put the line that it "
        "shows into that list"
    )
    assert all_records(controller.records, "gw-a", controller.trust) == []


def test_a_record_of_the_controller_is_never_replaced(machine: Callable[[str], Machine]) -> None:
    node, controller = machine("amsterdam"), machine("controller")
    node.publish()
    own = controller.write(FIRST, outcome="open", finished=None)
    node.write(FIRST)
    assert kept(node, controller, ["gw-a"]).number == 0
    assert json.loads(own.path.read_text(encoding="utf-8"))["outcome"] == "open"


def forged(values: Any, name: str = f"{FIRST}.json", host: str = "gw-a") -> bytes:
    return json.dumps({host: {name: values}}).encode()


def test_what_a_node_makes_up_is_left_alone(
    turns: tuple[Machine, Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    amsterdam, _utrecht, controller = turns
    genuine = json.loads(sent(amsterdam, controller, ["gw-a"]))["gw-a"][f"{FIRST}.json"]
    cases = {
        forged({**genuine, "reason": "changed"}): "not what was signed",
        forged(genuine, name=f"{SECOND}.json"): "its signature is of the record",
        forged(genuine, name="../../up.json"): "has a name that no record has",
        forged(genuine, name="up"): "has a name that no record has",
        forged([]): "is not",
        forged({**genuine, "steps": 1}): "steps",
        b"\xff": "cannot be read",
        b"[]": "cannot be read",
        b"[" * 100_000: "cannot be read",
    }
    for content, problem in cases.items():
        found = keep_sent_records(content, "amsterdam", ["gw-a"], controller.records, controller.trust)
        assert found.number == 0, problem
        assert problem in found.problems[0]
    assert all_records(controller.records, "gw-a", controller.trust) == []
    other = keep_sent_records(forged(genuine, host="gw-b"), "amsterdam", ["gw-a"], controller.records, controller.trust)
    assert other == Kept(0, ("amsterdam: it sent change records of 1 appliance not its own; they were left alone",))
    moved = keep_sent_records(forged(genuine, host="gw-b"), "amsterdam", ["gw-b"], controller.records, controller.trust)
    assert (moved.number, "it is of the appliance gw-a" in moved.problems[0]) == (0, True)
    monkeypatch.setattr(sent_records, "MOST_OF_A_HOST", 0)
    many = keep_sent_records(forged(genuine), "amsterdam", ["gw-a"], controller.records, controller.trust)
    assert (many.number, "and the first 0 were read" in many.problems[0]) == (0, True)


def test_a_claimed_origin_does_not_come_with_it(turns: tuple[Machine, Machine, Machine]) -> None:
    amsterdam, _utrecht, controller = turns
    genuine = json.loads(sent(amsterdam, controller, ["gw-a"]))["gw-a"][f"{FIRST}.json"]
    origin = {"node": "10.0.0.1", "state": "begun", "sha256": "0", "appliance": "gw-z"}
    content = forged({**genuine, "origin": origin, "undone_by": "found undone", "copies": ["x"]})
    assert keep_sent_records(content, "amsterdam", ["gw-a"], controller.records, controller.trust).number == 1
    (record,) = all_records(controller.records, "gw-a", controller.trust)
    assert (record.origin.node if record.origin else "", record.host, record.undone_by, record.copies) == (
        "amsterdam",
        "gw-a",
        "",
        (),
    )


def test_a_node_cannot_fill_the_page_with_records_that_are_left_alone(machine: Callable[[str], Machine]) -> None:
    """Each has another name, so that no two sentences are the same; the results of the other nodes stand below them."""
    controller = machine("controller")
    names = [f"20200117T200000.{number:06}Z-aaaaaaaaaa.json" for number in range(1000)]
    content = json.dumps({host: dict.fromkeys(names) for host in ("gw-a", "gw-b")}).encode()
    found = keep_sent_records(content, "amsterdam", ["gw-a", "gw-b"], controller.records, controller.trust)
    assert len(found.problems) == 6
    assert found.problems[0].startswith(f"amsterdam: the change record {names[0]} of gw-a is not a change record")
    assert found.problems[-1] == "amsterdam: 1,995 more change records were left alone, each for a reason like these"


def test_a_node_that_counts_without_end_is_cut_short(machine: Callable[[str], Machine]) -> None:
    controller = machine("controller")
    content = json.dumps({"": 10**4000}).encode()
    assert keep_sent_records(content, "amsterdam", ["gw-a"], controller.records, controller.trust).left == 1_000_000
