# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one run left, by its record alone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.run import (
    NOT_SAID,
    disproves,
    is_proven_by,
    leaves_out,
    left_by,
    proves_closing,
    unproven_beside,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State

from tests.unit.plugin_utils.judgement.exposure.test_history import policy, record

NAME = "tq_cve_2019_19781"


@pytest.mark.parametrize(
    ("proof", "state", "proven"),
    [
        (None, State.UNPROVEN, False),
        ({"proven": True}, State.MITIGATED, True),
        ({"proven": False, "verdict": "mitigated"}, State.MITIGATED, True),
        ({"proven": True, "verdict": "applied, not saved"}, State.MITIGATED, True),
        ({"proven": False, "verdict": "applied, not saved"}, State.NOT_SAVED, False),
        ({"proven": True, "verdict": "superseded"}, State.MITIGATED, True),
        ({"proven": True, "verdict": "reduces exposure"}, State.REDUCES, False),
        ({"proven": True, "verdict": "reduces exposure, not by the vendor"}, State.STOP_GAP, False),
        ({"proven": True, "verdict": "partly"}, State.PARTLY, False),
        ({"proven": True, "verdict": "fixed, mitigation left behind"}, State.FIXED, True),
        ({"proven": True, "verdict": "on time"}, State.NONE, True),
        ({"proven": True, "verdict": "heartbeat"}, State.NONE, True),  # of an earlier version
        ({"proven": True, "verdict": "a word of a later version"}, State.UNKNOWN, False),
    ],
)
def test_what_a_run_left(proof: dict[str, Any] | None, state: State, proven: bool) -> None:
    content = record("apply", "2019-12-20T21:00", proof=proof, steps=policy(NAME)).content
    assert (left_by(content), is_proven_by(content)) == (state, proven)


@pytest.mark.parametrize(
    ("proof", "outcome", "is_found", "is_part"),
    [
        (None, "applied", False, False),
        ({"counters": {}}, "applied", False, False),
        ({"proven": True, "verdict": "mitigated"}, "applied", False, False),
        ({"proven": False, "verdict": "applied, unproven"}, "applied", False, False),
        ({"proven": False, "verdict": "unknown"}, "applied", False, False),
        ({"proven": False, "verdict": "mitigated", "contradicted": ["an attack passes"]}, "applied", True, False),
        ({"proven": True, "verdict": "partly"}, "applied", True, True),
        ({"proven": False, "verdict": "drifted"}, "applied", True, False),
        ({"proven": False, "verdict": "exposed"}, "applied", True, False),
        ({"proven": False, "verdict": "ineffective on this build"}, "applied", True, False),
        ({"proven": False, "verdict": "partly"}, "reverted", False, False),
    ],
)
def test_what_a_run_found_that_ends_a_proof_before_it(
    proof: dict[str, Any] | None, outcome: str, is_found: bool, is_part: bool
) -> None:
    content = record("verify", "2019-12-20T21:00", proof=proof, outcome=outcome).content
    assert (disproves(content), leaves_out(content)) == (is_found, is_part)


def test_what_only_counts_is_proven_to_count_and_not_to_stop() -> None:
    content = record("apply", "2019-12-20T21:00", proof={"proven": True}, steps=policy("NOOP")).content
    assert (left_by(content), is_proven_by(content)) == (State.OBSERVING, False)


def test_a_closing_is_proven_where_something_was_switched_off_and_nothing_answers() -> None:
    assert proves_closing(record("lockdown", "2020-01-17T20:00", off=["gw"]).content)
    assert not proves_closing(record("lockdown", "2020-01-17T20:00").content), "a new decision asks nothing"
    assert not proves_closing(record("reopen", "2020-01-17T20:00", off=["gw"]).content)


@pytest.mark.parametrize(
    ("proof", "outcome", "places"),
    [
        (None, "applied", ""),
        ({"verdict": "applied, unproven", "proven": False, "places": "a1"}, "applied", "a1"),
        ({"verdict": "applied, unproven", "proven": False, "places": "a1"}, "reverted", ""),
        ({"verdict": "applied, unproven", "proven": True, "places": "a1"}, "applied", ""),
        ({"verdict": "applied, unproven", "proven": False}, "applied", ""),
        ({"verdict": "mitigated", "places": "a1"}, "applied", ""),
        ({"verdict": "reduces exposure", "places": "a1"}, "applied", ""),
        ({"verdict": "reduces exposure, not by the vendor", "places": "a1", "proven": True}, "applied", ""),
        ({"verdict": "reduces exposure, not by the vendor", "places": "a1", "proven": False}, "applied", "a1"),
        ({"counters": {}, "places": "a1"}, "applied", ""),
    ],
)
def test_what_was_bound_beside_it_when_a_run_proved_nothing(
    proof: dict[str, Any] | None, outcome: str, places: str
) -> None:
    found = record("verify", "2019-12-20T21:00", proof=proof, outcome=outcome)
    assert unproven_beside(found.content) == places


@pytest.mark.parametrize(("said", "places"), [({"places": "a1"}, "a1"), ({}, NOT_SAID)])
def test_an_undo_says_what_it_left_beside_ours_and_proves_nothing(said: dict[str, str], places: str) -> None:
    back = {"undoes": ["a_run.json"], "proof": {"state": "read back", **said}}
    found = record("rollback", "2019-12-20T21:00", steps=policy("tq_cve_2019_19781", "NOOP"), **back)
    assert unproven_beside(found.content) == places
    assert not unproven_beside(record("rollback", "2019-12-20T21:00", **back).content), "it changed nothing"
    logs = {
        "type": "auditsyslogparams",
        "key": [],
        "before": {"userdefinedauditlog": "YES"},
        "after": {},
        "state": "done",
    }
    only = record("rollback", "2019-12-20T21:00", steps=[logs], **back)
    assert not unproven_beside(only.content), "it changed what is logged, and nothing that answers a request"
