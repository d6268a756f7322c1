# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The copies of records on nodes: what a run writes, what it reads of other control nodes, and what an audit says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import fetched_records, record_copies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import Audit, audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.fetched_records import (
    fetch_records,
    follow_other_runs,
    outdated_copies,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import LeaseLost
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import add_own_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import ProvenanceKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_copies import (
    Copy,
    RecordCopies,
    file_name,
    is_stem,
    read_copy,
    stems,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    CopyState,
    Outcome,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import make_folder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

from tests.unit.plugin_utils.change.records.stored import BUSY, NAME, POLICY, FakeNode, connection_to, values_of

BEGUN, ENDED = CopyState.BEGUN, CopyState.ENDED


class ControlNode:
    """A control node with a key and a directory of records of its own."""

    def __init__(self, root: Path, known: ControlNode | None = None) -> None:
        self.directory = root / "records"
        self.directory.mkdir(parents=True, mode=0o700)
        signers = None if known is None else root / "allowed_signers"
        self.trust = RecordTrust(key=root / "key", allowed_signers=signers)
        if known is not None and signers is not None:
            signers.touch(mode=0o600)
            add_own_line(known.trust.key, signers, "other")

    def record(self, number: int, **values: Any) -> ChangeRecord:
        """Write a record of a run of this control node."""
        content = RecordContent.from_json(values_of(POLICY, **values), where="the record")
        one = ChangeRecord(make_folder(self.directory, "gw") / NAME.format(number, number), content, trust=self.trust)
        one.write()
        return one

    def fetch(self, *nodes: FakeNode) -> tuple[list[str], list[str]]:
        """Return the names of the records that only the nodes have, and the problems."""
        found, problems = fetch_records(connection_to(*nodes), self.directory, "gw", self.trust)
        return [one.name for one in found], problems


def copies_of(*records: ChangeRecord, state: CopyState = ENDED) -> dict[str, bytes]:
    return {file_name(one.name, state): Copy.of(one).to_bytes() for one in records}


def stem_of(one: ChangeRecord) -> str:
    return one.path.stem


@pytest.fixture
def other(tmp_path: Path) -> ControlNode:
    return ControlNode(tmp_path / "other")


@pytest.fixture
def desk(tmp_path: Path, other: ControlNode) -> ControlNode:
    return ControlNode(tmp_path / "desk", other)


# -- names -------------------------------------------------------------------------------------------------------------


def test_the_names_of_copies() -> None:
    stem = NAME.format(1, 1).removesuffix(".json")
    assert file_name(f"{stem}.json", BEGUN) == file_name(stem, BEGUN) == f"tourniquet_{stem}_begun.txt"
    names = [file_name(stem, BEGUN), file_name(stem, ENDED), "tourniquet_x_ended.txt", f"{stem}_ended.txt"]
    assert stems(names) == {stem: {BEGUN, ENDED}}
    assert [is_stem(text) for text in (stem, f"{stem}/..", "", stem + "x" * 20)] == [True, False, False, False]


def test_the_copies_that_a_run_deletes() -> None:
    """The newest 20 stay, the one of this run included; what is not ours is neither counted nor deleted."""
    ordered = [f"s{number:02}" for number in range(25)]
    present = {stem: {ENDED} for stem in ordered} | {"foreign": {ENDED}}
    assert outdated_copies(present, ordered) == [file_name(stem, ENDED) for stem in ordered[:6]]
    assert outdated_copies({stem: {ENDED} for stem in ordered[:19]}, ordered) == []
    assert outdated_copies({stem: {ENDED} for stem in ordered[:20]}, ordered) == [file_name("s00", ENDED)]
    both = {**present, "s00": {ENDED, BEGUN}}
    assert outdated_copies(both, ordered)[:2] == [file_name("s00", BEGUN), file_name("s00", ENDED)]


def test_a_copy_of_the_end_is_read_before_the_one_of_the_beginning(other: ControlNode) -> None:
    one = other.record(1)
    node: Any = FakeNode(files=copies_of(one))
    copy, state = read_copy(node, stem_of(one), (BEGUN, ENDED))
    assert (copy, state) == (Copy.of(one), ENDED)
    assert read_copy(node, stem_of(one), (BEGUN,)) == (None, BEGUN)


# -- written -----------------------------------------------------------------------------------------------------------


def confirmed(_session: Any) -> None:
    """The lease is ours."""


def run(
    *nodes: FakeNode, of: ChangeRecord, lease: Callable[[Any], None] = confirmed, during: str = "", **more: Any
) -> list[str]:
    """Write the copies of a run, and return the notes."""
    notes: list[str] = []
    copies = RecordCopies(connection_to(*nodes), of, notes, lease, more.pop("outdated", {}), more.pop("continued", ()))
    with copies:
        begun = file_name(of.name, BEGUN)
        assert all(begun in node.files or "POST" in node.refusals for node in nodes)
        for node in nodes:
            if during:
                node.refusals[during] = BUSY
    return notes


def test_a_run_leaves_a_copy_of_its_end_on_each_node(other: ControlNode) -> None:
    one, old = other.record(1), FakeNode(files={"old.txt": b"", "kept.txt": b""})
    nodes = [old, FakeNode("10.1.0.12")]
    assert run(*nodes, of=one, outdated={"10.1.0.11:443": ["old.txt"]}) == []
    assert old.files.keys() == {"kept.txt", file_name(one.name, ENDED)}
    assert nodes[1].files.keys() == {file_name(one.name, ENDED)}
    assert one.copies == ("10.1.0.11:443", "10.1.0.12:443")


@pytest.mark.parametrize(
    ("refused", "during", "note", "copies"),
    [
        ("POST", "", "the copy of the record is missing on node 10.1.0.11: ", ()),
        ("", "POST", "the copy of the record is missing on node 10.1.0.11: ", ()),
        ("", "DELETE", "old copies of records could not be removed: ", ("10.1.0.11:443",)),
    ],
)
def test_a_copy_that_cannot_be_written_or_removed_is_a_note(
    other: ControlNode, refused: str, during: str, note: str, copies: tuple[str, ...]
) -> None:
    node = FakeNode()
    if refused:
        node.refusals[refused] = BUSY
    one = other.record(1)
    notes = run(node, of=one, during=during, outdated={"10.1.0.11:443": ["old.txt"]})
    assert [text[: len(note)] for text in notes] == [note]
    assert one.copies == copies
    if refused or during == "POST":
        assert not any(method == "DELETE" for method, _name in node.log), (
            "the first copy stays where the last is missing"
        )


def test_a_record_that_is_too_large_leaves_its_digest(other: ControlNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_copies, "LARGEST", 10)
    one, node = other.record(1), FakeNode()
    too_large = (
        "the record is too large for node 10.1.0.11, which has its digest only: no other control node can resume "
    )
    assert run(node, of=one) == [f"{too_large}or undo this run"]
    session: Any = node
    copy, _state = read_copy(session, stem_of(one), (ENDED,))
    assert copy == Copy(one.name, Copy.of(one).sha256, None)


def test_the_same_copy_may_be_there_and_no_other(other: ControlNode) -> None:
    one, another = other.record(1), other.record(2, ticket="CHG2")
    name = file_name(one.name, ENDED)
    assert run(FakeNode(files=copies_of(one)), of=one) == []
    changed = Copy(one.name, Copy.of(another).sha256, None).to_bytes()
    for content in (changed, b"{"):
        (note,) = run(FakeNode(files={name: content}), of=one)
        assert note.startswith("the copy of the record is missing on node 10.1.0.11: ")


def test_without_the_lease_nothing_is_written(other: ControlNode) -> None:
    one, node = other.record(1), FakeNode()

    def lost(_session: Any) -> None:
        raise LeaseLost("it is of somebody else")

    with pytest.raises(LeaseLost):
        run(node, of=one, lease=lost)
    assert node.log == []


def test_a_lease_that_cannot_be_confirmed_keeps_the_copies_away(other: ControlNode) -> None:
    one, node = other.record(1), FakeNode()

    def silent(_session: Any) -> None:
        raise TourniquetError("no answer")

    notes: list[str] = []
    with RecordCopies(connection_to(node), one, notes, silent, {}):
        assert node.log == []
    assert notes == ["the copies of the record could not be finished: no answer"]
    assert (node.log, one.copies) == ([], ())


def test_a_node_that_is_silent_keeps_the_copy_of_no_other_one_away(other: ControlNode) -> None:
    """The first node does not answer at the beginning; the second one has the copy that shows that a run has begun."""
    one, nodes = other.record(1), [FakeNode(), FakeNode("10.1.0.12")]
    asked: list[str] = []

    def silent_at_first(session: Any) -> None:
        asked.append(str(session.node))
        if asked == ["10.1.0.11:443"]:
            raise TourniquetError("no answer")

    with RecordCopies(connection_to(*nodes), one, [], silent_at_first, {}):
        assert nodes[0].files == {}
        assert nodes[1].files.keys() == {file_name(one.name, BEGUN)}
    assert asked[:2] == ["10.1.0.11:443", "10.1.0.12:443"]


def test_a_run_that_dies_leaves_the_first_copy_and_one_that_fails_ends_it(other: ControlNode) -> None:
    for error, state in ((KeyboardInterrupt, BEGUN), (ValueError, BEGUN), (TourniquetError, ENDED)):
        node, one = FakeNode(), other.record(1)
        with pytest.raises(error), RecordCopies(connection_to(node), one, [], confirmed, {}):
            raise error("x")
        assert node.files.keys() == {file_name(one.name, state)}, error


def test_the_copies_of_a_run_that_this_one_continues_end_with_it(other: ControlNode) -> None:
    """One that has its copies already is left as it is."""
    died, done, one = other.record(1), other.record(2, copies=["10.1.0.11:443"]), other.record(3)
    node = FakeNode(files=copies_of(died, state=BEGUN))
    assert run(node, of=one, continued=[died, done], outdated={"10.1.0.11:443": ["old.txt"]}) == []
    assert node.files.keys() == {file_name(died.name, ENDED), file_name(one.name, ENDED)}
    assert died.copies == ("10.1.0.11:443",)
    assert node.log.count(("DELETE", "old.txt")) == 1


# -- read of other control nodes ---------------------------------------------------------------------------------------


def test_a_signed_record_of_another_control_node_is_fetched_once(desk: ControlNode, other: ControlNode) -> None:
    one, two = other.record(1), other.record(2)
    nodes = [FakeNode(files=copies_of(one, two)), FakeNode("10.1.0.12", files=copies_of(one, two))]
    found, problems = fetch_records(connection_to(*nodes), desk.directory, "gw", desk.trust)
    assert (sorted(record.name for record in found), problems) == ([one.name, two.name], [])
    assert {record.provenance.kind for record in found} == {ProvenanceKind.SIGNED}
    assert {record.origin.node for record in found if record.origin} == {"10.1.0.11:443"}
    assert [method for method, _name in nodes[1].log] == ["LIST"], "what is known is not read again"
    assert all_records(desk.directory, "gw", desk.trust) == [], "nothing is written"
    follow_other_runs(connection_to(*nodes), desk.directory, "gw", desk.trust)
    assert [record.name for record in all_records(desk.directory, "gw", desk.trust)] == [one.name, two.name]


def test_a_copy_of_the_end_takes_the_place_of_one_of_the_beginning(desk: ControlNode, other: ControlNode) -> None:
    """A record of a run of this control node is never replaced."""
    one = other.record(1, outcome="open", finished=None)
    follow_other_runs(connection_to(FakeNode(files=copies_of(one, state=BEGUN))), desk.directory, "gw", desk.trust)
    begun = copies_of(one, state=BEGUN)
    one.finish(Outcome.APPLIED, saved=True)
    for files, expected in ((begun, []), ({**begun, **copies_of(one)}, [one.name])):
        assert desk.fetch(FakeNode(files=files)) == (expected, [])
    assert other.fetch(FakeNode(files=copies_of(one))) == ([], [])


def test_a_copy_of_the_end_that_is_broken_hides_none_of_the_beginning(desk: ControlNode, other: ControlNode) -> None:
    one = other.record(1)
    node = FakeNode(files={**copies_of(one, state=BEGUN), file_name(one.name, ENDED): b"{"})
    found, problems = desk.fetch(node)
    assert found == [one.name]
    place = f"gw: the copy of a record /var/tmp/{file_name(one.name, ENDED)} on node 10.1.0.11"
    assert [text.startswith(f"{place} is left alone: the copy of {one.name} is not JSON") for text in problems] == [
        True
    ]


def test_a_copy_without_a_signature_that_counts_is_named(desk: ControlNode, other: ControlNode, tmp_path: Path) -> None:
    stranger = ControlNode(tmp_path / "stranger")
    unknown, one = stranger.record(1), other.record(2)
    changed = Copy(one.name, "", RecordContent({**Copy.of(one).content.values, "ticket": "CHG2"}))  # type: ignore[union-attr]
    forged = Copy(one.name, record_copies.digest(changed.content.values), changed.content)  # type: ignore[union-attr]
    node = FakeNode(files={**copies_of(unknown), file_name(one.name, ENDED): forged.to_bytes()})
    connection = connection_to(node)
    found, problems = fetch_records(connection, desk.directory, "gw", desk.trust)
    assert found == []
    assert sorted(problems) == sorted(connection.copies_left_alone)
    by_stem = {stem: next(text for text in problems if stem in text) for stem in (stem_of(unknown), stem_of(one))}
    assert "run playbooks/signer.yml there" in by_stem[stem_of(unknown)]
    assert "its content is not what was signed. If you know that run" in by_stem[stem_of(one)]


def test_a_copy_of_another_appliance_is_not_valid_here(desk: ControlNode, other: ControlNode) -> None:
    """It may have another name in another inventory: then a node is the same."""
    for values, expected in (
        ({"host": "gw2"}, True),
        ({"nodes": ["10.9.9.9:443"]}, True),
        ({"host": "gw2", "nodes": ["10.9.9.9:443"]}, False),
        ({"host": "gw2", "nodes": []}, False),
    ):
        one = other.record(1, **values)
        found, problems = desk.fetch(FakeNode(files=copies_of(one)))
        assert (found == [one.name], bool(problems)) == (expected, not expected), values
        if not expected:
            assert (
                f"it is of the appliance gw2 ({'10.9.9.9:443' if values['nodes'] else 'without nodes'})" in problems[0]
            )


def test_a_person_accepts_a_copy_by_name_and_nothing_else(desk: ControlNode, tmp_path: Path) -> None:
    stranger = ControlNode(tmp_path / "stranger")
    one, two = stranger.record(1), stranger.record(2)
    trust = RecordTrust(desk.trust.key, None, frozenset({stem_of(one)}), "J", resigned_by="K")
    found, problems = fetch_records(connection_to(FakeNode(files=copies_of(one, two))), desk.directory, "gw", trust)
    assert [(record.name, record.provenance.accepted_by, record.content.is_signed) for record in found] == [
        (one.name, "J", False)
    ]
    assert len(problems) == 1, "signing all again is for the records of this control node"


def test_what_cannot_be_read_is_told(desk: ControlNode, other: ControlNode, monkeypatch: pytest.MonkeyPatch) -> None:
    one = other.record(1)
    for refused, text in (
        ("LIST", "the copies of records cannot be read: "),
        ("GET", f"gw: the copy of a record /var/tmp/{file_name(one.name, ENDED)} on node 10.1.0.11 is left alone: "),
    ):
        node = FakeNode(files=copies_of(one))
        node.refusals[refused] = BUSY
        found, problems = desk.fetch(node)
        assert (found, [problem.startswith(text) for problem in problems]) == ([], [True])
    digest_only = {file_name(one.name, ENDED): Copy.of(one).to_bytes(whole=False)}
    assert desk.fetch(FakeNode(files=digest_only))[1][0].endswith(
        "has only the digest, because the record was too large"
    )
    size = len(Copy.of(one).to_bytes())
    for limit, read in ((size, True), (size - 1, False)):
        monkeypatch.setattr(fetched_records, "LARGEST", limit)
        node = FakeNode(files=copies_of(one))
        found, problems = desk.fetch(node)
        assert (found == [one.name], ("GET", file_name(one.name, ENDED)) in node.log) == (read, read)
    assert problems[0].endswith(f"is left alone: it has {size:,} bytes, and no run writes more than {size - 1:,}")


def test_of_many_unknown_names_those_that_our_records_follow_are_read_first(
    desk: ControlNode, other: ControlNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetched_records, "MOST_READ", 2)
    copies = [other.record(number) for number in range(1, 6)]
    assert len(desk.fetch(FakeNode(files=copies_of(*copies[:2])))[0]) == 2
    for followed in copies:
        desk.record(9, kind="rollback", undoes=[followed.name])
        found, problems = desk.fetch(FakeNode(files=copies_of(*copies)))
        assert found[0] == followed.name
        assert len(found) == 2
        assert problems[0].startswith("gw: 5 files in /var/tmp on node 10.1.0.11 have names of copies of records")


# -- audited -----------------------------------------------------------------------------------------------------------


def audited(of: ControlNode, *nodes: FakeNode, missing: tuple[str, ...] = (), measure: str = "") -> Audit:
    return audit(connection_to(*nodes, missing=missing) if nodes else None, of.directory, "gw", measure, of.trust)


def test_an_audit_of_records_and_copies_that_agree(desk: ControlNode, other: ControlNode) -> None:
    foreign, own = other.record(1, measure="geoblock"), desk.record(2)
    nodes = [FakeNode(files=copies_of(foreign, own)), FakeNode("10.1.0.12", files=copies_of(own))]
    found = audited(desk, *nodes)
    assert (found.differences, found.not_read, found.state) == ([], [], "records, copies and chain agree")
    assert [(run.name, run.places) for run in found.runs] == [
        (foreign.name, ["10.1.0.11:443"]),
        (own.name, ["control node", "10.1.0.11:443", "10.1.0.12:443"]),
    ]
    assert [run.name for run in audited(desk, *nodes, measure="geoblock").runs] == [foreign.name]
    assert [run.places for run in audited(desk).runs] == [["control node"]]


def test_an_audit_of_nodes_that_cannot_be_read(desk: ControlNode) -> None:
    """Nobody can say that all agrees."""
    node = FakeNode()
    node.refusals["LIST"] = BUSY
    found = audited(desk, node, missing=("node 10.1.0.12 is unreachable",))
    assert found.state == "what was read agrees, and NOT ALL COPIES WERE READ"
    assert found.not_read[0] == "node 10.1.0.12 is unreachable, so its copies were not read"
    assert found.not_read[1].startswith("the copies on 10.1.0.11:443 cannot be read: ")
    assert set(found.not_read) <= set(found.missing)
    found.differences.append("x")
    assert found.state == "RECORDS, COPIES OR CHAIN DO NOT AGREE"


def test_an_audit_names_a_copy_that_nobody_known_signed(desk: ControlNode, tmp_path: Path) -> None:
    one = ControlNode(tmp_path / "stranger").record(1)
    found = audited(desk, FakeNode(files=copies_of(one)), FakeNode("10.1.0.12", files=copies_of(one)))
    (text,) = found.differences
    assert text.startswith(
        f"/var/tmp/{file_name(one.name, ENDED)} on 10.1.0.11:443 is not the copy of a run that we know"
    )
    assert text.endswith(f"-e accept_record={stem_of(one)}")
    assert found.runs[0].places == ["10.1.0.11:443", "10.1.0.12:443"]


def test_an_audit_names_copies_of_one_run_that_differ(desk: ControlNode, other: ControlNode) -> None:
    one = other.record(1)
    first = copies_of(one)
    again = other.record(1, ticket="CHG2")
    found = audited(desk, FakeNode(files=first), FakeNode("10.1.0.12", files=copies_of(again)))
    assert found.differences == [
        f"the copies of {one.name} on 10.1.0.11:443 and 10.1.0.12:443 differ in ticket",
    ]
    broken = audited(desk, FakeNode(files={file_name(one.name, ENDED): b"{"}))
    assert broken.differences[0].startswith(f"/var/tmp/{file_name(one.name, ENDED)} on 10.1.0.11:443: the copy of")


def test_an_audit_misses_a_copy_that_a_record_names(desk: ControlNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the last runs only: the older ones are deleted by the runs after them."""
    records = [desk.record(number, copies=["10.1.0.11:443"]) for number in range(1, 4)]
    node = FakeNode(files=copies_of(records[1]))
    gone = [f"the copy of {records[number].name} on 10.1.0.11:443 is gone" for number in (2, 0)]
    assert audited(desk, node).missing == gone
    monkeypatch.setattr("ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit.KEPT", 2)
    assert audited(desk, node).missing == gone[:1]
    assert audited(desk, FakeNode("10.1.0.12")).missing == []


def test_an_audit_reads_so_many_unknown_names(
    desk: ControlNode, other: ControlNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = copies_of(*(other.record(number) for number in range(1, 4)))
    for most, differences in ((3, 0), (2, 1)):
        monkeypatch.setattr(
            "ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit.MOST_READ", most
        )
        found = audited(desk, FakeNode(files=copies))
        assert (len(found.runs), len(found.differences)) == (most, differences)
    assert found.differences[0].startswith("3 files in /var/tmp on 10.1.0.11:443 have names of copies of records")


def test_an_audit_tells_a_record_without_a_signature_that_counts(desk: ControlNode) -> None:
    one = desk.record(1)
    text = one.path.read_text(encoding="utf-8")
    sign_it = "If it is of a run of yours, sign it: playbooks/status.yml with "
    one.path.write_text(text.replace('"saved": true', '"saved": false'), encoding="utf-8")
    (changed,) = audited(desk).differences
    assert changed == f"the record {one.name} is not to be trusted: its content is not what was signed"
    one.content = one.content.unsigned()
    one.path.write_text(json.dumps(one.content.to_json()), encoding="utf-8")
    (unsigned,) = audited(desk).differences
    assert unsigned.startswith(f"the record {one.name} is not to be trusted: it has no signature. {sign_it}")
