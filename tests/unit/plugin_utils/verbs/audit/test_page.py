# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of an audit: who decided, and what each kind of run was proven by."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import Audit, AuditedRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import (
    audit_lines,
    broken_glass,
    departures,
    run_values,
)

EXPIRES = "2020-01-18T08:00:00+00:00"
CLOSURE: dict[str, Any] = {"covers": [], "completes": [["vpnvserver", "gw"]], "released": [], "vservers": []}
CLOSURE |= {"decided_by": "J. Jansen", "reason": "advice", "ticket": "CHG1"}
READ_BACK: dict[str, Any] = {"state": "read back", "contradicted": [], "unproven": []}


def run(kind: str, proof: dict[str, Any], **more: Any) -> AuditedRun:
    content = {
        "format": 1,
        "host": "gw",
        "run": "run",
        "started": "2020-01-17T20:00:00+00:00",
        "steps": [],
        "kind": kind,
        "measure": "x",
        "version": 1,
        "who": {"user": "night", "control_node": "desk"},
        "outcome": "applied",
        "saved": True,
        "proof": proof,
        **(CLOSURE if kind in ("lockdown", "reopen") else {}),
        **({"expires": EXPIRES} if kind == "lockdown" else {}),
        **more,
    }
    return AuditedRun("a.json", RecordContent.from_json(content, where="the record"), ["control node"])


@pytest.mark.parametrize(
    ("kind", "proof", "word"),
    [
        ("apply", {"proven": True, "state": "mitigated"}, "proven"),
        ("apply", {"proven": False}, "not proven"),
        ("apply", {"proven": True, "verdict": "mitigated"}, "proven"),
        ("apply", {"proven": True, "verdict": "enforcing"}, "proven"),
        ("verify", {"proven": True, "verdict": "observe, not blocking"}, "observe, not blocking"),
        ("apply", {"proven": True, "verdict": "observing"}, "observing"),
        ("apply", {"proven": True, "verdict": "partly"}, "partly"),
        ("apply", {"proven": True, "verdict": "reduces exposure"}, "reduces exposure"),
        ("apply", {"proven": False, "verdict": "exposed"}, "exposed"),
        ("apply", {"proven": False, "verdict": "applied, unproven"}, "not proven"),
        ("rollback", {"state": "read back"}, "read back"),
        ("lockdown", READ_BACK, "proven"),
        ("lockdown", {**READ_BACK, "contradicted": ["gw answers"]}, "read back"),
        ("lockdown", {**READ_BACK, "unproven": ["gw was silent before"]}, "read back"),
        ("lockdown", {}, "not proven"),
        ("reopen", READ_BACK, "read back"),
    ],
)
def test_each_run_says_what_it_rests_on(kind: str, proof: dict[str, Any], word: str) -> None:
    line = audit_lines("gw", Audit(runs=[run(kind, proof)]))[2]
    outcome = "undone" if kind == "rollback" else "applied"
    assert line.endswith(f"{kind} x v1 by night@desk: {outcome}, saved, {word}")
    assert run_values(run(kind, proof))["proven"] is (word == "proven")


def test_a_new_decision_alone_asks_nothing_so_it_proves_nothing() -> None:
    extension = run("lockdown", READ_BACK, completes=[])
    assert audit_lines("gw", Audit(runs=[extension]))[2].endswith("applied, saved, read back")
    assert run_values(extension)["proven"] is False


def test_the_person_who_decided_is_named() -> None:
    lines = audit_lines("gw", Audit(runs=[run("lockdown", READ_BACK, decided_by="J. Jansen", expires=EXPIRES)]))
    assert "      decided by J. Jansen, due again at 2020-01-18T08:00:00+00:00" in lines
    assert "      decided by J. Jansen" in audit_lines(
        "gw", Audit(runs=[run("reopen", READ_BACK, decided_by="J. Jansen")])
    )


@pytest.mark.parametrize(
    ("kind", "second", "line"),
    [
        ("reopen", "M. Vis", "overruled by M. Vis: De Wit: unknown"),
        ("reopen", "", "accepted answer: De Wit: unknown"),
        ("rollback", "", "accepted answer: De Wit: unknown"),
        ("lockdown", "", "overruled by J. Jansen: De Wit: unknown"),
    ],
    ids=("a second person", "accepted", "accepted by step", "a missing consent"),
)
def test_an_answer_is_overruled_by_a_second_person_and_accepted_by_the_one_who_decided(
    kind: str, second: str, line: str
) -> None:
    """The page of a reopening says so too, and the option is called accept_exposure."""
    opened = run(kind, READ_BACK, decided_by="J. Jansen", overruled=["De Wit: unknown"], second=second)
    assert audit_lines("gw", Audit(runs=[opened]))[-1] == f"      {line}"


@pytest.mark.parametrize(
    ("closes", "by"), [([["vpnvserver", "gw"]], "overruled by J. Jansen"), ([], "accepted answer")]
)
def test_a_missing_consent_to_a_closing_by_a_measure_is_overruled_by_who_decided(closes: list[Any], by: str) -> None:
    closing = {"step": "notice", "closes": closes, "opens": [] if closes else [["vpnvserver", "gw"]]}
    closed = run(
        "apply",
        {"proven": True},
        decided_by="J. Jansen",
        overruled=["De Wit: not agreed"],
        closing=closing,
        expires=EXPIRES,
    )
    assert f"      {by}: De Wit: not agreed" in audit_lines("gw", Audit(runs=[closed]))


def test_a_rollback_names_what_it_undid_with_the_ticket() -> None:
    lines = audit_lines(
        "gw",
        Audit(
            runs=[
                run("apply", {"proven": True}, ticket="CHG0042"),
                replace(run("rollback", {"state": "read back"}, undoes=["gone.json", "a.json"]), name="b.json"),
            ]
        ),
    )
    assert lines[-1] == "      undid: gone.json, apply x of 2020-01-17T20:00:00+00:00 (CHG0042)"
    assert not any(line.startswith("      undid") for line in lines[:-1])
    failed = audit_lines("gw", Audit(runs=[run("rollback", {}, outcome="failed")]))
    assert "failed, saved" in failed[2], "what did not come to its end is not undone"


def test_a_record_of_an_earlier_version_that_left_a_rule_counting_is_not_called_proven() -> None:
    def step(name: str, before: str, after: str) -> dict[str, Any]:
        states = [{"name": name, "rule": "TRUE", "action": action} if action else None for action in (before, after)]
        return {"type": "responderpolicy", "key": [name], "before": states[0], "after": states[1], "state": "done"}

    switch = [step("tq_x__twin", "", "tq_x"), step("tq_x__twin", "tq_x", ""), step("tq_x", "tq_x", "NOOP")]
    assert audit_lines("gw", Audit(runs=[run("apply", {"proven": True}, steps=switch)]))[2].endswith(
        "applied, saved, observe, not blocking"
    )
    back = [step("tq_x", "NOOP", "tq_x")]
    assert audit_lines("gw", Audit(runs=[run("apply", {"proven": True}, steps=back)]))[2].endswith("saved, proven")


def test_who_approved_a_change_and_who_went_on_without_is_said() -> None:
    """The record had it, and the page an auditor reads did not."""
    law = {"wanted": 1, "demand": "d" * 64, "list": "l" * 64}
    alice = {"by": [{"principal": "alice@example.com", "key": "SHA256:x"}], "checked": EXPIRES, "request": "r" * 64}
    glass = {"break_glass": {"who": "Bob\x1b[2J", "reason": "it blocks"}, "missing": "rollback needs 1 approval"}
    audited = Audit(
        [
            run("apply", {}, approval={**law, **alice}),
            run("rollback", {}, why="undo", approval={**law, **glass}),
            run("apply", {}),
        ]
    )
    lines = audit_lines("gw", audited)
    assert [line for line in lines if "approv" in line] == [
        "      approved by alice@example.com",
        r"      BREAK GLASS: Bob\x1b[2J went on without the approvals: it blocks (rollback needs 1 approval)",
    ]
    assert broken_glass(audited) == "1 change was made without the approvals (see BREAK GLASS)"
    assert broken_glass(Audit([run("apply", {})])) == ""


@pytest.mark.parametrize(
    "approval", [5, "x", {"by": 5, "break_glass": "x"}, {"by": [3]}, {"break_glass": [1]}], ids=str
)
def test_an_approval_of_another_form_in_a_record_of_somebody_else_ends_no_audit(approval: Any) -> None:
    audited = Audit([run("apply", {}, approval=approval)])
    assert not [line for line in audit_lines("gw", audited) if "BREAK GLASS" in line]
    assert broken_glass(audited) == ""


@pytest.mark.parametrize(
    ("departed", "text"),
    [
        (0, ""),
        (1, "1 change was made under other approvals than today's (see APPROVALS)"),
        (2, "2 changes were made under other approvals than today's (see APPROVALS)"),
    ],
)
def test_changes_under_other_approvals_are_counted(departed: int, text: str) -> None:
    runs = [SimpleNamespace(departure="x" if number < departed else "") for number in range(3)]
    audit: Any = SimpleNamespace(runs=runs)
    assert departures(audit) == text


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ("5d0a", "beside x: other policies than its control node had recorded before"),
        ("not as left", "x otherwise than our runs left it"),
        ("not said", "no answer on what is bound beside x"),
    ],
)
def test_a_record_of_a_refused_run_says_what_it_found(beside: str, said: str) -> None:
    """The ledger gives it as why a proof ended, and the audit said no more of it than "not proven"."""
    kept = run("verify", {}, found_beside={"x": beside})
    assert f"      found {said}" in audit_lines("gw", Audit(runs=[kept]))
    assert run_values(kept)["found"] == [said]
    for other in (
        run("apply", {}, found_beside={"x": beside}),
        run("verify", {}, found_beside={"x": beside}, **CLOSURE),
    ):
        assert run_values(other)["found"] == [], "it keeps what it found whether it is new or not"
