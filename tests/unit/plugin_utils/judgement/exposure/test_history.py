# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of the ledger, from change records: each date has its source, and the order is that of the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    URL_ENTRY,
    url_weakness_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    OWN,
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import (
    HuntOutcome,
    HuntResult,
    hunt_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.history import ledger_rows
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import (
    LedgerRow,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    ReopenAnswer,
    answer_of,
)

from tests.architecture.graph import ROOT

ENTRY = load_entry(ROOT / "templates" / "mitigations" / "cve_2019_19781")
BAD, DEAF, GOOD = "13.0 47.22", "12.1 50.28", "13.0 47.24"
NOW = datetime(2020, 1, 26, 8, tzinfo=UTC)
VSERVERS = {"gw": "192.0.2.10:443", "gw-dewit": "192.0.2.11:443"}
PROVEN = {"proven": True}


def box(**values: Any) -> Appliance:
    return Appliance("gw", (Address("10.0.0.1", 443),), "u", "p", **{"customer": "Brouwer", **values})


def record(
    kind: str, time: str, build: str = BAD, *, provenance: Provenance = OWN, off: Sequence[str] = (), **values: Any
) -> ChangeRecord:
    moment = f"{time}:00+00:00"
    given: dict[str, Any] = {
        "format": 1, "host": "gw", "kind": kind, "measure": "cve_2019_19781", "run": "0123456789", "started": moment, "finished": moment,
        "build": build, "outcome": "applied", "saved": True, "steps": [], "proof": None, **values,
    }  # fmt: skip
    if kind in ("lockdown", "reopen"):
        on = kind == "lockdown"
        given |= {
            "measure": "lockdown", "covers": [], "completes": [], "released": [], "decided_by": "J", "reason": "r", "ticket": "t",
            "expires": moment, "proof": {"state": "read back"},
            "vservers": [
                {"type": "vpnvserver", "name": name, "place": place, "enabled": on} for name, place in VSERVERS.items()
            ],
            "steps": [
                {"type": "vpnvserver", "key": [name], "before": {"enabled": on}, "after": {"enabled": not on}, "state": "done"} for name in off
            ],
        }  # fmt: skip
    name = f"{time.replace('-', '').replace(':', '')}00.000000Z-0123456789.json"
    return ChangeRecord(Path(name), RecordContent.from_json(given, where="a record"), provenance)


def rows(
    *records: ChangeRecord,
    build: str | None = GOOD,
    appliance: Appliance | None = None,
    nodes: Sequence[str] = ("10.0.0.1",),
    hunt: HuntResult | None = None,
    as_of: date = date(2020, 1, 26),
    **today: Any,
) -> tuple[LedgerRow, ...]:
    builds = {node: Build.parse(build) if build else None for node in nodes}
    return ledger_rows(appliance or box(), [ENTRY], records, Today(NOW, builds, **today), hunt or HuntResult(), as_of)


def test_each_date_of_the_story_has_its_record() -> None:
    """Mitigated and proven in December, fixed on 25 January: patch and open."""
    (found,) = rows(
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("lockdown", "2020-01-17T20:00", off=["gw", "gw-dewit"]),
        record("reopen", "2020-01-20T09:00", off=["gw", "gw-dewit"]),
        record("verify", "2020-01-25T20:00", GOOD),
    )
    texts = {name: getattr(found, name).text for name in ("exposed_from", "exploit_public", "mitigated", "proven", "closed", "reopened", "fixed")}  # fmt: skip
    assert texts == {
        "exposed_from": "2019-12-17",
        "exploit_public": "2020-01-10",
        "mitigated": "2019-12-20 21:00 UTC",
        "proven": "2019-12-20 21:00 UTC",
        "closed": "2020-01-17 20:00 UTC",
        "reopened": "2020-01-20 09:00 UTC",
        "fixed": "2020-01-25 20:00 UTC",
    }
    assert found.mitigated.source == "record 20191220T210000.000000Z-0123456789"
    assert (found.exposed_from.confidence, found.mitigated.confidence) == (Confidence.ASSUMED, Confidence.RECORDED)
    assert (found.conflicts, answer_of(found).answer) == ((), ReopenAnswer.OPEN)


def test_a_record_from_before_the_bulletin_is_the_earliest_evidence() -> None:
    (found,) = rows(record("apply", "2019-12-01T10:00", measure="other"))
    assert (found.exposed_from.text, found.exposed_from.confidence) == ("2019-12-01 10:00 UTC", Confidence.RECORDED)


def test_probes_that_proved_nothing_are_no_missing_probes() -> None:
    """Both are unproven, and a reader must see which: where probes failed, somebody has to look."""
    failed = {"proven": False, "vips": ["192.0.2.10:443"]}
    texts = {}
    for name, proof in (("probed", failed), ("not probed", {"proven": False}), ("no proof", None)):
        (found,) = rows(record("apply", "2019-12-20T21:00", proof=proof), build=BAD)
        texts[name] = (found.proven.source, answer_of(found).reason.partition(";")[0])
        assert not found.proven.is_known
    source = "record 20191220T210000.000000Z-0123456789 has probes that are no proof"
    mitigated = "mitigated 2019-12-20 21:00 UTC, and never proven"
    assert texts["probed"] == (source, f"{mitigated} ({source})")
    assert texts["not probed"] == texts["no proof"] == ("no record of a proof", f"{mitigated} (no record of a proof)")


def test_a_proof_on_a_build_that_ignores_the_rule_proves_nothing() -> None:
    """12.1 50.28 did not evaluate responder policies on VPN pages: the mitigation was there, and had no effect."""
    (found,) = rows(record("apply", "2019-12-20T21:00", DEAF, proof=PROVEN), build=DEAF)
    assert (found.mitigated.is_known, found.proven.is_known) == (True, False)
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED


def test_a_mitigation_that_was_taken_off_before_the_fix_does_not_count() -> None:
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    off = record("rollback", "2020-01-05T10:00", undoes=[first.name])
    again = record("apply", "2020-01-12T10:00", proof=PROVEN)
    (found,) = rows(first, off, again)
    assert found.mitigated.text == "2020-01-12 10:00 UTC"
    assert "took the mitigation of 2019-12-20 21:00 UTC off before the fix" in found.conflicts[0]
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED


def test_the_ledger_tells_who_took_a_mitigation_off_before_the_fix_and_why() -> None:
    decided = {"decided_by": "J. Jansen", "reason": "it stops a customer"}
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    (found,) = rows(first, record("rollback", "2020-01-05T10:00", undoes=[first.name], **decided))
    assert found.conflicts[0].endswith("off before the fix, decided by J. Jansen (it stops a customer)")
    counting = record("apply", "2020-01-02T21:00", steps=policy("NOOP", "tq_cve_2019_19781"), **decided)
    (found,) = rows(record("apply", "2019-12-20T21:00", proof=PROVEN, steps=policy("tq_cve_2019_19781")), counting)
    assert found.conflicts[0].endswith("only count, decided by J. Jansen (it stops a customer)")


def test_a_newer_version_that_is_undone_leaves_the_older_one_in_force() -> None:
    first, second = record("apply", "2019-12-20T21:00", proof=PROVEN), record("apply", "2020-01-03T10:00")
    (found,) = rows(first, second, record("rollback", "2020-01-05T10:00", undoes=[second.name]))
    assert (found.mitigated.text, found.conflicts) == ("2019-12-20 21:00 UTC", ())


def policy(action: str, before: str = "") -> list[dict[str, Any]]:
    """Return the step of an apply that creates or changes our policy."""
    states = [
        {"name": "tq_cve_2019_19781", "rule": "TRUE", "action": name} if name else None for name in (before, action)
    ]
    step = {"type": "responderpolicy", "key": ["tq_cve_2019_19781"], "before": states[0], "after": states[1], "state": "done"}  # fmt: skip
    return [step]


def test_a_mitigation_that_only_counts_protects_nobody() -> None:
    watching = record("apply", "2019-12-18T21:00", steps=policy("NOOP"))
    more = record("apply", "2019-12-19T21:00")  # another virtual server, in the same mode
    blocking = record("apply", "2019-12-20T21:00", proof=PROVEN, steps=policy("tq_cve_2019_19781", "NOOP"))
    (found,) = rows(watching, more, blocking)
    assert (found.mitigated.text, found.proven.text) == ("2019-12-20 21:00 UTC", "2019-12-20 21:00 UTC")
    assert answer_of(found).answer is not ReopenAnswer.ASSUME_COMPROMISED

    again = record("apply", "2020-01-02T21:00", steps=policy("NOOP", "tq_cve_2019_19781"))
    (found,) = rows(watching, blocking, again)
    assert not found.mitigated.is_known
    assert found.conflicts == (f"record {again.name[:-5]} lets the mitigation of 2019-12-20 21:00 UTC only count",)
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED

    undo = record("rollback", "2020-01-03T10:00", undoes=[again.name])
    (found,) = rows(watching, blocking, again, undo)
    assert (found.mitigated.text, found.proven.text) == ("2020-01-03 10:00 UTC", "2020-01-03 10:00 UTC")
    assert found.proven.source == f"record {undo.name[:-5]}, which put back what record {blocking.name[:-5]} proved"

    passes = record("verify", "2020-01-01T10:00", proof={"contradicted": ["an attack passes at gw"]})
    (found,) = rows(watching, blocking, passes, again, undo, build=BAD)
    assert (found.mitigated.text, found.proven.is_known) == ("2020-01-03 10:00 UTC", False)
    failed = record("rollback", "2020-01-03T10:00", undoes=[again.name], problem="not saved")
    (found,) = rows(watching, blocking, again, failed, build=BAD)
    assert not found.proven.is_known


def test_the_twin_of_a_switch_that_was_removed_again_blocks_nothing() -> None:
    ours, name = policy("tq_cve_2019_19781")[0], "tq_cve_2019_19781__twin"
    twin = [{**ours, "key": [name], "after": {**ours["after"], "name": name}}]
    gone = [{**twin[0], "before": twin[0]["after"], "after": None}]
    first = record("apply", "2019-12-20T21:00", proof=PROVEN, steps=policy("tq_cve_2019_19781"))
    switch = record(
        "apply", "2020-01-02T21:00", proof=PROVEN, steps=[*twin, *gone, *policy("NOOP", "tq_cve_2019_19781")]
    )
    (found,) = rows(first, switch, build=BAD)
    assert (found.mitigated.is_known, found.proven.is_known) == (False, False)
    assert (found.measure.word, found.measure.since.text) == (State.OBSERVING, "2020-01-02 21:00 UTC")
    assert (
        "our measure observes and does not block: it only counts since 2020-01-02 21:00 UTC" in answer_of(found).reason
    )


@pytest.mark.parametrize("observing", ["default", "tenant"])
def test_the_admin_partition_with_the_least_protection_decides(observing: str) -> None:
    both = [
        record("apply", f"2019-12-20T21:0{number}", proof=PROVEN, steps=policy("tq_cve_2019_19781"), partition=name)
        for number, name in enumerate(("default", "tenant"))
    ]
    (found,) = rows(*both, build=BAD)
    assert (found.mitigated.text, found.proven.text) == ("2019-12-20 21:01 UTC", "2019-12-20 21:01 UTC")
    switch = record("apply", "2020-01-02T21:00", steps=policy("NOOP", "tq_cve_2019_19781"), partition=observing)
    (found,) = rows(*both, switch, build=BAD)
    assert (found.measure.word, found.proven.is_known) == (State.OBSERVING, False)
    (found,) = rows(both[0], record("apply", "2019-12-20T21:01", partition="tenant"), build=BAD)
    assert (found.measure.word, found.mitigated.is_known) == (State.UNPROVEN, True)


def test_what_a_run_that_did_not_end_has_switched_on_blocks_nothing() -> None:
    watching = record("apply", "2019-12-18T21:00", steps=policy("NOOP"))
    died = record("apply", "2019-12-20T21:00", steps=policy("tq_cve_2019_19781", "NOOP"), outcome="open")
    (found,) = rows(watching, died, build=BAD)
    assert (found.measure.word, found.mitigated.is_known) == (State.OBSERVING, False)


def test_a_rollback_that_did_not_end_has_taken_off_nobody_knows_what() -> None:
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    (found,) = rows(first, record("rollback", "2020-01-02T21:00", undoes=[first.name], outcome="failed"), build=BAD)
    assert (found.measure.word, found.proven.is_known) == (State.DRIFTED, False)
    assert "which takes it off, did not come to its end" in answer_of(found).reason
    (found,) = rows(first, record("rollback", "2020-01-02T21:00", undoes=[first.name]), build=BAD)
    assert (found.measure.word, found.measure.since.text) == (State.TAKEN_OFF, "2020-01-02 21:00 UTC")


def test_what_a_rollback_found_undone_is_away_and_nobody_knows_since_when() -> None:
    first = record("apply", "2019-12-20T21:00", proof=PROVEN, undone_by="found undone")
    (found,) = rows(first, build=BAD)
    assert (found.measure.word, found.proven.is_known) == (State.DRIFTED, False)
    assert "was found undone, and no record says since when" in found.conflicts[0]
    assert answer_of(found).reason.startswith(f"drifted: record {first.name[:-5]} was found undone, and no record says")
    (found,) = rows(first, record("apply", "2020-01-02T21:00", proof=PROVEN), build=BAD)
    assert (found.measure.word, found.mitigated.text) == (State.MITIGATED, "2020-01-02 21:00 UTC")


def test_a_proof_whose_verdict_does_not_protect_is_none() -> None:
    partly = record("apply", "2019-12-20T21:00", proof={"proven": True, "verdict": "partly", "vips": ["gw"]})
    (found,) = rows(partly, build=BAD)
    assert (found.measure.word, found.proven.is_known) == (State.PARTLY, False)
    assert "could not prove it everywhere" in answer_of(found).reason


def test_a_rule_of_2020_reduces_exposure_since_the_bulletin_of_2026_unless_the_fix_came_before() -> None:
    late, rule = date(2026, 11, 28), {"rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")'}
    steps = [{**policy("tq_cve_2019_19781")[0], "after": {**policy("tq_cve_2019_19781")[0]["after"], **rule}}]
    first = record("apply", "2019-12-20T21:00", proof=PROVEN, steps=steps)
    (found,) = rows(first, build=BAD, as_of=late)
    assert (found.measure.word, found.measure.since.text) == (State.REDUCES, "2026-09-27")
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED
    (found,) = rows(first, record("verify", "2020-01-25T20:00", GOOD), as_of=late)
    assert (found.measure.word, answer_of(found).answer) == (State.MITIGATED, ReopenAnswer.OPEN)


def test_another_entry_says_that_rules_with_a_url_can_be_bypassed() -> None:
    other = replace(ENTRY, measure=replace(ENTRY.measure, weaknesses=()))
    known = url_weakness_of(load_entry(ROOT / "templates" / "mitigations" / URL_ENTRY))
    words = {}
    for rule in ('HTTP.REQ.URL.CONTAINS("/vpns/")', 'HTTP.REQ.HEADER("X").CONTAINS("/vpns/")'):
        step = policy("tq_cve_2019_19781")[0]
        first = record(
            "apply", "2019-12-20T21:00", proof=PROVEN, steps=[{**step, "after": {**step["after"], "rule": rule}}]
        )
        today = Today(NOW, {"10.0.0.1": Build.parse(BAD)})
        (found,) = ledger_rows(box(), [other], [first], today, HuntResult(), date(2026, 11, 28), known)
        words[rule] = found.measure.word
    assert [*words.values()] == [State.REDUCES, State.MITIGATED]


def test_a_later_run_that_did_not_prove_it_is_a_conflict() -> None:
    first, later = (
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-05T10:00", proof={"proven": False}),
    )
    (found,) = rows(first, record("verify", "2020-01-02T10:00", proof=PROVEN), later)
    assert found.conflicts == (f"record {later.name[:-5]} did not prove the mitigation again: look at what it found",)
    (found,) = rows(first, record("verify", "2020-01-05T10:00", proof={"hits": {"tq_x": 2}}))
    assert found.conflicts == (), "a run that only notes the hits of its requests judges nothing"


def test_an_attack_that_passed_ends_the_proof_before_it_until_it_is_proven_again() -> None:
    passes = {"proven": False, "contradicted": ["an attack passes at gw (10.0.0.9:443)", "an attack passes at \x1b[2J"]}
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    found_out = record("verify", "2020-01-16T16:00", proof=passes)
    (found,) = rows(first, found_out, record("verify", "2020-01-16T17:00", proof=passes), build=BAD)
    assert (found.mitigated.text, found.proven.is_known) == ("2019-12-20 21:00 UTC", False)
    assert (found.disproved.text, found.disproved.source) == ("2020-01-16 16:00 UTC", f"record {found_out.name[:-5]}")
    assert found.proven.source.startswith(f"record {found_out.name[:-5]}: an attack passes at gw (10.0.0.9:443)")
    assert found.proven.source.isprintable()
    assert found.conflicts[0].endswith("so what was proven before does not count")
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED
    assert json_values(found)["disproved"]["time"] == "2020-01-16T16:00:00+00:00"

    (again,) = rows(first, found_out, record("verify", "2020-01-17T09:00", proof=PROVEN), build=BAD)
    assert (again.proven.text, again.disproved.is_known) == ("2020-01-17 09:00 UTC", False)
    assert answer_of(again).answer is ReopenAnswer.ASSUME_COMPROMISED, "proven after the exploit was public"


def test_an_attack_that_passed_before_the_mitigation_or_after_its_end_is_no_contradiction() -> None:
    passes = record("verify", "2019-12-19T10:00", proof={"contradicted": ["an attack passes at gw"]})
    first = record("apply", "2019-12-20T21:00", proof=PROVEN)
    undone = record("apply", "2019-12-21T10:00", outcome="reverted", proof={"contradicted": ["an attack passes at gw"]})
    assert not rows(first, undone)[0].disproved.is_known
    (found,) = rows(passes, first)
    assert (found.proven.text, found.disproved.is_known, found.conflicts) == ("2019-12-20 21:00 UTC", False, ())


def test_a_configuration_of_today_does_not_hide_what_was_mitigated_before() -> None:
    """The Gateway was removed in the crisis: today nothing needs a fix, and somebody may have got in before."""
    (found,) = rows(record("apply", "2020-01-20T10:00", proof=PROVEN), not_by_configuration={ENTRY.id: "no Gateway"})
    assert found.exposed_from.text == "2019-12-17"
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED
    assert "its configuration does not have what the weakness needs today (no Gateway)" in found.conflicts[0]


def test_taking_it_off_after_the_fix_takes_nothing_back() -> None:
    first, fixed = record("apply", "2019-12-20T21:00", proof=PROVEN), record("verify", "2020-01-25T20:00", GOOD)
    (found,) = rows(first, fixed, record("rollback", "2020-01-26T07:00", GOOD, undoes=[first.name]))
    assert (found.mitigated.text, answer_of(found).answer) == ("2019-12-20 21:00 UTC", ReopenAnswer.OPEN)


def test_the_order_is_that_of_the_chain_and_a_clock_that_was_set_back_makes_nothing_earlier() -> None:
    """Whoever sets the clock of the control node back to December does not move a mitigation of January there."""
    (found,) = rows(
        record("lockdown", "2020-01-12T08:00", off=["gw", "gw-dewit"]),
        record("apply", "2019-12-20T21:00", proof=PROVEN),
    )
    assert found.mitigated.text == "2020-01-12 08:00 UTC"
    assert "the clock was set back" in found.conflicts[0]


def test_a_record_that_is_not_trusted_is_not_counted_and_is_said() -> None:
    forged = record("apply", "2019-12-20T21:00", proof=PROVEN, provenance=Provenance(ProvenanceKind.UNKNOWN_SIGNER))
    (found,) = rows(forged)
    assert (found.mitigated.is_known, found.conflicts) == (
        False,
        ("1 change record is not trusted and not counted",),
    )


def test_a_build_without_the_fix_after_one_with_it_is_a_conflict() -> None:
    (found,) = rows(record("verify", "2020-01-24T10:00", GOOD), record("verify", "2020-01-25T10:00", BAD), build=BAD)
    assert found.is_fixed is False
    assert "13.0 47.22 without the fix, after a record of a build with it" in found.conflicts[0]
    (today,) = rows(record("verify", "2020-01-24T10:00", GOOD), build=BAD)
    assert "a node runs one without it today" in today.conflicts[0]


@pytest.mark.parametrize(("build", "expected"), [(GOOD, True), (BAD, False), (None, None)])
def test_fixed_is_a_word_about_every_node(build: str | None, expected: bool | None) -> None:
    nodes = {"10.0.0.1": Build.parse(GOOD), "10.0.0.2": Build.parse(build) if build else None}
    (found,) = ledger_rows(
        box(), [ENTRY], [record("verify", "2020-01-24T10:00", GOOD)], Today(NOW, nodes), HuntResult(), NOW.date()
    )
    assert found.is_fixed is expected
    # A record has the build of the primary: since when the secondary has it is not known, so the date is today.
    assert found.fixed.text == ("2020-01-26 08:00 UTC" if expected else "")
    assert ("10.0.0.2" in found.fixed.source) == (expected is None)


def test_an_appliance_that_was_not_read_is_not_fixed() -> None:
    (found,) = ledger_rows(
        box(), [ENTRY], [], Today(NOW, problem="it does not answer"), HuntResult(), NOW.date()
    )  # fmt: skip
    assert (found.is_fixed, found.fixed.source, answer_of(found).answer) == (
        None,
        "it does not answer",
        ReopenAnswer.UNKNOWN,
    )


def test_what_its_configuration_does_not_have_is_no_exposure() -> None:
    (found,) = rows(not_by_configuration={ENTRY.id: "no Gateway"})
    assert (found.exposed_from.text, answer_of(found).answer) == ("", ReopenAnswer.OPEN)
    assert "no Gateway" in answer_of(found).reason


def test_an_entry_that_nobody_knew_yet_has_no_row() -> None:
    assert rows(as_of=date(2019, 12, 16)) == ()
    (found,) = rows(as_of=date(2020, 1, 9))
    assert not found.exploit_public.is_known


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("cve_2019_19781", "the exploit is public since 2020-01-10 (reported by j81blog/ADC-19781)"),
        (
            "cve_2026_88772",
            "exploited since 2026-09-03 (reported by Public teardown of CVE-2026-88771 and CVE-2026-88772, October 2026)",
        ),
        ("cve_2026_8452", "exploited since 2026-08 (reported by martclau/netscaler-ir-collector)"),
    ],
)
def test_an_answer_tells_what_the_first_day_is_the_day_of_and_who_says_it(entry: str, told: str) -> None:
    """The first use of CVE-2026-88772 was told as the day on which the exploit was public, which was 26 days later."""
    found = load_entry(ROOT / "templates" / "mitigations" / entry)
    row = LedgerRow(
        appliance="gw",
        customer="",
        entry=entry,
        exposed_from=Dated.of_day(date(2019, 12, 17), "the bulletin"),
        exploit_public=Dated.of_day(found.exploit.earliest() or date.max, "the catalogue"),
        first_sign=found.first_sign(),
        is_fixed=False,
    )
    assert answer_of(row).reason.startswith(f"never mitigated by a run that is recorded; {told}")
    early = replace(row, is_fixed=True, fixed=Dated.of_day(date(2019, 12, 18), "a record"))
    was = "the exploit was public" if "public" in told else "it was exploited"
    assert answer_of(early).reason == f"fixed 2019-12-18, before {was} ({told.partition('since ')[2]})"
    assert rows()[0].first_sign == ENTRY.first_sign()


def test_a_closing_of_one_customer_is_no_closing_of_the_other() -> None:
    shared = box(vserver_customers=(("gw-dewit", "De Wit"),))
    found = {
        one.customer: one for one in rows(record("lockdown", "2019-12-20T20:00", off=["gw-dewit"]), appliance=shared)
    }
    assert [(name, one.closed.text, one.whole_closed) for name, one in found.items()] == [
        ("Brouwer", "", False),
        ("De Wit", "2019-12-20 20:00 UTC", False),
    ]


def test_a_closing_protects_nobody_once_the_virtual_server_of_another_customer_is_open_again() -> None:
    """Who gets in at one of them is in the appliance: the answer for the customer that stays closed was `open`, once patched."""
    both = ["gw", "gw-dewit"]
    found = rows(
        record("lockdown", "2019-12-20T20:00", off=both),
        record("reopen", "2020-01-05T09:00", off=["gw"]),
        appliance=box(vserver_customers=(("gw-dewit", "De Wit"),)),
    )
    assert [(one.customer, answer_of(one).answer) for one in found] == [
        ("Brouwer", ReopenAnswer.ASSUME_COMPROMISED),
        ("De Wit", ReopenAnswer.ASSUME_COMPROMISED),
    ]


def test_what_was_closed_until_it_was_proven_was_protected_without_a_gap() -> None:
    both = ["gw", "gw-dewit"]
    mitigated = record("apply", "2020-01-15T21:00", proof=PROVEN)
    (found,) = rows(
        record("lockdown", "2019-12-20T20:00", off=both), mitigated, record("reopen", "2020-01-16T09:00", off=both)
    )
    assert answer_of(found).answer is ReopenAnswer.OPEN
    assert answer_of(found).reason.startswith(
        "protected without a gap since 2019-12-20 20:00 UTC (closed, mitigated, fixed)"
    )
    (gap,) = rows(
        record("lockdown", "2019-12-20T20:00", off=both), record("reopen", "2020-01-12T09:00", off=both), mitigated
    )
    assert answer_of(gap).answer is ReopenAnswer.ASSUME_COMPROMISED


def test_a_mitigation_of_which_a_clock_does_not_say_when_it_came_was_not_in_time() -> None:
    """It is dated by the run before it, at the earliest, and may have come weeks later."""
    before = record("verify", "2020-01-02T10:00", measure="other")
    (found,) = rows(
        before, record("apply", "2019-12-20T21:00", proof=PROVEN), record("verify", "2020-01-20T10:00", proof=PROVEN)
    )
    assert found.proven.text == "2020-01-02 10:00 UTC"
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED
    assert "unknown since " in answer_of(found).reason
    assert "a clock was wrong" in answer_of(found).reason


@pytest.mark.parametrize(
    ("place", "named", "vips"),
    [
        ("[2001:db8::12]:443", "2001:db8::12", ()),
        ("10.0.0.12:443", "portal.example.com", (Vip("portal.example.com", Address("192.0.2.12", 443), "vpn", vserver="gw-dewit"),)),
    ],
    ids=["IPv6", "behind NAT"],
)  # fmt: skip
def test_a_closing_is_of_the_customer_by_each_name_that_the_inventory_has(
    place: str, named: str, vips: tuple[Vip, ...]
) -> None:
    """Else the letter of the other customer said that it was closed."""
    closing = record("lockdown", "2019-12-20T20:00", off=["gw-dewit"])
    vserver = {"type": "vpnvserver", "name": "gw-dewit", "place": place, "enabled": True}
    closing.content = closing.content.with_values(vservers=[vserver])
    found = rows(closing, appliance=box(vserver_customers=((named, "De Wit"),), vips=vips))
    assert [one.customer for one in found if one.closed.is_known] == ["De Wit"]


@pytest.mark.parametrize(
    ("off", "proof", "expected"),
    [
        (["gw", "gw-dewit"], {"state": "read back"}, ReopenAnswer.OPEN),
        (["gw"], {"state": "read back"}, ReopenAnswer.ASSUME_COMPROMISED),
        (["gw", "gw-dewit"], {"contradicted": ["it still answers"]}, ReopenAnswer.ASSUME_COMPROMISED),
        (["gw", "gw-dewit"], {"unproven": ["it was not probed"]}, ReopenAnswer.ASSUME_COMPROMISED),
        (["gw", "gw-dewit"], None, ReopenAnswer.ASSUME_COMPROMISED),
    ],
    ids=["all, proven", "one stays open", "it still answers", "not probed", "no proof"],
)
def test_only_a_proven_closing_of_all_virtual_servers_protects(
    off: list[str], proof: dict[str, Any] | None, expected: ReopenAnswer
) -> None:
    closing = record("lockdown", "2019-12-20T20:00", off=off)
    closing.content = closing.content.with_values(proof=proof)
    (found,) = rows(closing)
    assert answer_of(found).answer is expected


def test_each_closing_by_off_is_in_the_row_and_not_the_last_one_alone() -> None:
    """The dates of the row are those of the last one, by which it is judged."""
    names = ["gw", "gw-dewit"]
    shared = box(vserver_customers=(("192.0.2.11:443", "De Wit"),))
    found = {
        one.customer: one
        for one in rows(
            record("lockdown", "2019-12-20T20:00", off=names),
            record("reopen", "2019-12-20T20:30", off=names),
            record("lockdown", "2020-01-20T09:00", off=names),
            record("reopen", "2020-01-20T10:00", off=["gw-dewit"]),
            appliance=shared,
        )
    }
    assert {
        name: [
            (one.vserver, str(one.step), one.closed.text, one.reopened.text, one.minutes) for one in row.switched_off
        ]
        for name, row in found.items()
    } == {
        "Brouwer": [
            ("gw", "off", "2019-12-20 20:00 UTC", "2019-12-20 20:30 UTC", 30),
            ("gw", "off", "2020-01-20 09:00 UTC", "", 8580),
        ],
        "De Wit": [
            ("gw-dewit", "off", "2019-12-20 20:00 UTC", "2019-12-20 20:30 UTC", 30),
            ("gw-dewit", "off", "2020-01-20 09:00 UTC", "2020-01-20 10:00 UTC", 60),
        ],
    }, "the customer of an address, too"
    assert (found["Brouwer"].closed.text, found["Brouwer"].closings) == ("2020-01-20 09:00 UTC", ())
    first, last = json_values(found["Brouwer"])["switched_off"]
    assert (first["minutes"], last["reopened"]["time"]) == (30, "")
    assert (
        "gw is closed by off since 2020-01-20 09:00 UTC (record 20200120T090000.000000Z-0123456789, step off), 8,580 minutes: "
        in last["text"]
    )


# -- the steps that leave a virtual server on ---------------------------------------------------------------------------


def closing(time: str, step: str, *names: str, opens: Sequence[str] = (), **values: Any) -> ChangeRecord:
    """Return the record of a run of close.yml, or of reopen.yml where it names what it opens."""
    about = {"step": step, **{key: [["vpnvserver", name] for name in own] for key, own in (("closes", names), ("opens", opens))}}  # fmt: skip
    decision = {"decided_by": "J", "reason": "r", "ticket": "t", "expires": "2020-02-01T08:00:00+00:00"}
    return record("apply", time, measure="closing_notice", closing=about, **decision, **values)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("notice", "nobody gets the service"),
        ("partners", "the exposure goes on for them"),
        ("countries", "the exposure goes on for them"),
        ("paths", "the exposure goes on there"),
    ],
)
def test_a_closing_by_another_step_is_in_the_row_and_ends_no_exposure(step: str, words: str) -> None:
    (found,) = rows(
        closing("2019-12-20T20:00", step, "gw", "gw-dewit"),
        closing("2020-01-20T09:00", step, opens=["gw"]),
        build=BAD,
    )
    dewit, gw = sorted(found.closings, key=lambda one: one.reopened.text)
    assert (gw.vserver, gw.closed.text, gw.reopened.text) == ("gw", "2019-12-20 20:00 UTC", "2020-01-20 09:00 UTC")
    assert (dewit.vserver, dewit.closed.text, dewit.reopened.text) == ("gw-dewit", "2019-12-20 20:00 UTC", "")
    assert gw.closed.source == f"record 20191220T200000.000000Z-0123456789, step {step}"
    assert gw.reopened.source == f"record 20200120T090000.000000Z-0123456789, step {step}"
    assert gw.text.startswith(f"gw was closed by {step} since 2019-12-20 20:00 UTC (record ")
    assert dewit.text.startswith(f"gw-dewit is closed by {step} since ")
    assert words in gw.text
    assert words in dewit.text
    assert (found.closed.is_known, found.whole_closed) == (False, False)
    assert answer_of(found).answer is ReopenAnswer.ASSUME_COMPROMISED


def test_a_closing_by_a_step_is_of_the_customer_of_the_virtual_server() -> None:
    """By the name of the inventory, by the address of its list, and by the partition."""
    shared = box(
        vips=(Vip("portal", Address("192.0.2.11", 443), "vpn", vserver="gw-dewit"),),
        vserver_customers=(("192.0.2.11", "De Wit"),),
        partition_customers=(("tenant_b", "Smit"),),
    )
    found = rows(
        closing("2019-12-20T20:00", "notice", "gw-dewit"),
        closing("2019-12-21T20:00", "partners", "gw"),
        closing("2019-12-22T20:00", "paths", "gw", partition="tenant_b"),
        appliance=shared,
    )
    assert {one.customer: [(own.step, own.vserver, own.service) for own in one.closings] for one in found} == {
        "Brouwer": [("partners", "gw", "")],
        "De Wit": [("notice", "gw-dewit", "portal")],
        "Smit": [("paths", "gw", "tenant_b")],
    }


def test_a_closing_that_is_not_trusted_and_one_by_off_are_none_of_these() -> None:
    forged = closing("2019-12-20T20:00", "notice", "gw", provenance=Provenance(ProvenanceKind.UNKNOWN_SIGNER))
    (found,) = rows(forged, record("lockdown", "2020-01-17T20:00", off=["gw", "gw-dewit"]))
    assert found.closings == ()
    assert found.closed.is_known


# -- the hunt ---------------------------------------------------------------------------------------------------------


def report(
    *findings: dict[str, Any], gap: bool = False, oldest: Sequence[str] = ("2019-12-01T00:00:00",)
) -> dict[str, Any]:
    base = dict.fromkeys(("node", "what", "where", "why", "evidence", "seen_by", "cannot_mean", "next_step", "acknowledged", "time", "id"), "")  # fmt: skip
    unknown = "not known whether before or after the fix"
    result = {
        "findings": [{**base, "before_or_after_fix": unknown, "entries": [], **one} for one in findings],
        "not_seen": [{"what": "a log", "why": "403", "node": "", "is_gap": True}] if gap else [],
        "reach": [{"node": "10.0.0.1", "log": "ns.log", "oldest": text} for text in oldest],
        "looked_at": {"files": 3},
    }
    return {"gw": {**result, "hunt_ended": "2020-01-26T08:00:00+01:00"}}


def with_gw(**values: Any) -> dict[str, Any]:
    return {"gw": {**report()["gw"], **values}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (report(), HuntOutcome.NOTHING_FOUND),
        (report(gap=True), HuntOutcome.INCOMPLETE),
        (report({"level": "attempt", "entries": ["cve_2019_19781"]}), HuntOutcome.ATTEMPT),
        (report({"level": "attempt", "entries": ["cve_2023_3519"]}), HuntOutcome.NOTHING_FOUND),
        (report({"level": "compromise", "entries": ["cve_2023_3519"]}), HuntOutcome.COMPROMISE),
        (report({"level": "compromise", "acknowledged": "by somebody"}, gap=True), HuntOutcome.COMPROMISE),
        ({"other": report()["gw"]}, HuntOutcome.NONE),
    ],
    ids=["nothing", "a gap", "attempt", "attempt at another", "compromise by another", "acknowledged", "not in it"],
)
def test_what_a_hunt_says_of_an_entry(given: dict[str, Any], expected: HuntOutcome) -> None:
    assert hunt_result(given, "gw").outcome("cve_2019_19781") is expected


def test_logs_reach_back_as_far_as_the_shortest_of_them() -> None:
    reach = hunt_result(report(oldest=["2019-12-01T00:00:00", "2020-01-20T10:00:00"]), "gw").logs_from
    assert reach.text == "2020-01-20 10:00 UTC"
    assert hunt_result(report(), "gw").ended.text == "2020-01-26 07:00 UTC"
    assert not hunt_result(report(oldest=["2019-12-01T00:00:00", ""]), "gw").logs_from.is_known
    assert not hunt_result(report(oldest=[]), "gw").logs_from.is_known


@pytest.mark.parametrize(
    "wrong",
    [[], {}, {"gw": 7}, {"gw": {"findings": []}}, with_gw(hunt_ended="yesterday"), with_gw(hunt_ended=7), with_gw(findings=[7])],
    ids=["a list", "nothing in it", "a number", "of another playbook", "no time", "a number as time", "no finding"],
)  # fmt: skip
def test_a_file_that_is_no_report_of_a_hunt_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidInput, match=r"hunt\.json that hunt\.yml -e tourniquet_report=DIRECTORY has written"):
        hunt_result(wrong, "gw")


PAIR = ("10.0.0.1", "10.0.0.2")


def test_the_fix_of_a_pair_has_the_date_of_the_first_record_that_shows_it_of_both_nodes() -> None:
    """What is removed after that took nothing off before the fix."""
    applied = record("apply", "2019-12-20T21:00", proof=PROVEN)
    (found,) = rows(
        applied,
        record("verify", "2020-01-23T20:00", GOOD, builds={PAIR[0]: GOOD, PAIR[1]: BAD}),
        record("verify", "2020-01-24T20:00", GOOD, builds=dict.fromkeys(PAIR, GOOD)),
        record("rollback", "2020-01-25T20:00", GOOD, builds=dict.fromkeys(PAIR, GOOD), undoes=[applied.name]),
        nodes=PAIR,
    )
    assert (found.fixed.text, found.fixed.confidence) == ("2020-01-24 20:00 UTC", Confidence.RECORDED)
    assert found.proven.text == "2019-12-20 21:00 UTC"
    assert (found.conflicts, answer_of(found).answer) == ((), ReopenAnswer.OPEN)


def test_a_node_whose_build_no_record_has_is_dated_by_the_reading() -> None:
    (found,) = rows(
        record("apply", "2019-12-20T21:00", proof=PROVEN),
        record("verify", "2020-01-24T20:00", GOOD, builds={PAIR[0]: GOOD, PAIR[1]: ""}),
        nodes=PAIR,
    )
    assert (found.fixed.time, found.fixed.confidence) == (NOW, Confidence.READ)


def test_what_a_record_proved_is_not_known_where_a_later_one_has_not_come_and_nothing_was_read() -> None:
    """An apply is proven; the job of a rollback was lost with its node, and has taken it off."""
    awaited = "the change records of the job r0-3 at utrecht have not come, so what it left here is not known"
    applied = record("apply", "2019-12-20T21:00", proof=PROVEN)
    (found,) = rows(applied, build=None, problem="no route", awaited=awaited)
    assert (found.measure.word, found.measure.reason) == (State.UNKNOWN, awaited)
    assert not found.proven.is_known
    assert awaited in found.conflicts
    (all_here,) = rows(applied, build=None, problem="no route")
    assert all_here.measure.word is State.MITIGATED
