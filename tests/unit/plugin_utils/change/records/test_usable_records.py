# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The records that a run may act upon, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Reach
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import usable_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.ended_sessions import ended_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    OWN,
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.untrusted_records import (
    fix_of,
    require_person,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.usable_records import (
    LeftOut,
    UsableRecords,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.unit.plugin_utils.change.records.stored import FOREIGN, MEASURE, NAME, POLICY, record

REACH = Reach(MEASURE, frozenset({"RESPONDER"}))
ORIGIN = {"node": "10.1.0.12:443", "state": "ended", "sha256": "0", "host": "gw"}
UNSIGNED = Provenance(ProvenanceKind.UNSIGNED, problem="it has no signature")


def usable(own: list[ChangeRecord], fetched: list[ChangeRecord] | None = None) -> UsableRecords:
    return usable_records._usable(own, fetched or [], REACH)


def test_only_trusted_records_of_the_measure_on_objects_of_ours_are_used() -> None:
    mine, other = record(1, POLICY), record(2, measure="geoblock")
    forged, unsigned = record(3, FOREIGN), record(4, POLICY, provenance=UNSIGNED)
    copied = record(5, FOREIGN, origin=ORIGIN)
    found = usable([mine, other, forged, unsigned], [copied])
    assert found.records == (mine,)
    assert [one.record for one in found.left_out] == [forged, unsigned, copied]
    assert set(found.chain) == {NAME.format(number, number) for number in (1, 2, 3, 4, 5)}
    assert found.fetched == (), "a copy that is left out is not written down"
    assert usable([], [record(6, POLICY, origin=ORIGIN)]).fetched != ()
    first, second, third = (one.text("gw") for one in found.left_out)
    assert first.startswith(f"gw: the record gw/{forged.name} is left alone: ")
    assert first.endswith(
        "(the record is our own). Change that object yourself, if it has to be changed. "
        "Restore the file from a backup, or move it out of the directory of records."
    )
    assert " more) (the record" not in first
    assert second == f"gw: the record gw/{unsigned.name} is left alone: it has no signature. {fix_of(unsigned)}"
    assert third.startswith(f"gw: the copy on 10.1.0.12:443 of the record {copied.name} is left alone: ")
    assert third.endswith(", and do not accept that record.")


def test_the_number_of_further_objections_is_said() -> None:
    (left,) = usable([record(1, FOREIGN, FOREIGN, POLICY)]).left_out
    assert "(and 1 more) (the record is our own)" in left.text("gw")


def test_which_left_out_records_say_that_something_is_in_place() -> None:
    closed = Step("lbvserver", ("web",), {"enabled": True}, {"enabled": False})
    lists = {name: [] for name in ("covers", "completes", "released", "vservers")}
    closing: dict[str, Any] = {"decided_by": "J", "reason": "r", "ticket": "T", "expires": "2020-01-18T20:00:00+00:00"}
    table = [
        (record(1, POLICY), True),
        (record(2, closed, kind="lockdown", **lists, **closing), True),
        (record(3, POLICY, kind="rollback"), False),
        (record(4, POLICY, kind="verify"), False),
        (record(5, POLICY, state="undone"), False),
        (record(6, POLICY, state="sent"), True),
        (record(7), False),
        (record(8, POLICY, undone_by="x.json"), False),
    ]
    for one, expected in table:
        assert LeftOut(one, "why", "fix").is_in_force is expected, one.name
    left = tuple(LeftOut(one, "why", "fix") for one, _expected in table)
    assert [one.record.name for one in UsableRecords(left_out=left).in_force_left_out] == [
        one.name for one, expected in table if expected
    ]


def test_the_records_of_a_partition() -> None:
    own, tenant = record(1, POLICY), record(2, POLICY, partition="tenant")
    left = tuple(LeftOut(one, "why", "fix") for one in (own, tenant))
    everything = UsableRecords((own, tenant), left, (own,), ("p",), {own.name: {}})
    inside = everything.inside("tenant")
    assert (inside.records, [one.record for one in inside.left_out]) == ((tenant,), [tenant])
    assert (inside.fetched, inside.problems, inside.chain) == ((own,), ("p",), {own.name: {}})
    assert everything.remarks("gw")[:3] == ["p", left[0].text("gw"), left[1].text("gw")]


@pytest.mark.parametrize(
    ("apply", "rollback", "marked"),
    [
        ({"origin": ORIGIN}, {}, True),
        ({}, {"origin": ORIGIN}, True),
        ({}, {}, False),  # one control node marks its own
        ({"origin": ORIGIN}, {"problem": "it was not saved"}, False),
        ({"origin": ORIGIN}, {"outcome": "failed"}, False),
        ({"origin": ORIGIN}, {"partition": "tenant"}, False),
        ({"origin": ORIGIN}, {"undoes": ["another.json"]}, False),
    ],
)
def test_a_run_that_another_control_node_undid_is_marked(
    apply: dict[str, Any], rollback: dict[str, Any], marked: bool
) -> None:
    done = record(1, POLICY, **apply)
    undo = record(2, POLICY.inverse, **{"kind": "rollback", "undoes": [done.name], **rollback})
    usable_records.mark_undone([done, undo])
    assert done.undone_by == (undo.name if marked else "")


def test_a_mark_that_is_there_stays() -> None:
    done = record(1, POLICY, origin=ORIGIN, undone_by="first.json")
    usable_records.mark_undone([done, record(2, kind="rollback", undoes=[done.name])])
    assert done.undone_by == "first.json"


# -- sessions that were ended after a fix ------------------------------------------------------------------------------

PROVEN = {"proven": True, "seal": "7f", "vips": [], "offline": {}, "on_appliance": {}, "probes": {}, "unproven": []}


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"ended": ["aaasession", "vpnicaconnection", "icaconnection"]}, True),
        ({"ended": ["aaasession"]}, False),
        ({"ended": []}, False),
        ({"kind": "apply"}, False),
        ({"outcome": "failed"}, False),
        ({"entries": ["another"]}, False),
        ({"accepted_exposure": ["node b has no fix"]}, False),
    ],
)
def test_sessions_count_as_ended_where_all_were_ended_with_the_fix_everywhere(
    changes: dict[str, Any], counts: bool
) -> None:
    values = {"kind": "end_sessions", "entries": ["cve"], "ended": ["aaasession", "vpnicaconnection"], **changes}
    one = _session_record(values)
    assert (ended_for([one], "cve", ["aaasession", "vpnicaconnection"]) is one) is counts


def test_the_last_run_that_ended_sessions_counts() -> None:
    values = {"kind": "end_sessions", "entries": ["cve"], "ended": ["aaasession"]}
    first, last = _session_record(values), _session_record(values)
    assert ended_for([first, last], "cve", ["aaasession"]) is last
    assert ended_for([first, _session_record({**values, "outcome": "failed"})], "cve", ["aaasession"]) is first
    assert ended_for([], "cve", []) is None


def _session_record(values: dict[str, Any]) -> Any:
    """Return what is read of a record of ended sessions."""
    return RecordContent({"outcome": "applied", **values})


# -- words -------------------------------------------------------------------------------------------------------------


def test_the_provenance_in_words() -> None:
    for provenance, text, trusted in (
        (OWN, "our own", True),
        (Provenance(ProvenanceKind.SIGNED, "desk"), "signed by desk", True),
        (Provenance(ProvenanceKind.ACCEPTED, accepted_by="J"), "accepted by J", True),
        (Provenance(ProvenanceKind.ACCEPTED, "desk", "J"), "accepted by J, signed by desk", True),
        (UNSIGNED, "not trusted: it has no signature", False),
        (Provenance(ProvenanceKind.UNKNOWN_SIGNER, problem="p"), "not trusted: p", False),
        (Provenance(ProvenanceKind.INVALID, problem="p"), "not trusted: p", False),
    ):
        assert (provenance.text, provenance.is_trusted) == (text, trusted)


def test_the_fix_of_a_record_that_is_not_trusted() -> None:
    fixes = {
        ProvenanceKind.INVALID: f"-e accept_record={NAME.format(1, 1).removesuffix('.json')} ",
        ProvenanceKind.UNKNOWN_SIGNER: "If it is the key of a control node of yours, put its line into that list",
        ProvenanceKind.UNSIGNED: "If it is of a run of yours, from before records were signed, sign it: ",
    }
    for kind, text in fixes.items():
        fix = fix_of(record(1, provenance=Provenance(kind, problem="p")))
        assert [words in fix for words in fixes.values()] == [words == text for words in fixes.values()], kind


def test_a_person_answers_for_records_that_nobody_signed() -> None:
    for resign, who in ((False, ""), (False, "J"), (True, "J")):
        require_person(resign, who)
    for resign, who, why in (
        (True, "", "needs the person who answers for them"),
        (True, "  ", "needs the person who answers for them"),
        (False, "<first and last name>", "write the name of the person there"),
    ):
        with pytest.raises(InvalidInput, match=why):
            require_person(resign, who)
