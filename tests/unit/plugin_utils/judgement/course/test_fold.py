# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs that say the same are folded, and no boundary is lost: the states are the same at all times."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course import record_events
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.record_events import History
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State

from tests import sample
from tests.unit.plugin_utils.judgement.course.stories import NOW, course, follow
from tests.unit.plugin_utils.judgement.exposure.test_history import BAD, DEAF, ENTRY, GOOD, policy, record

OURS = "tq_cve_2019_19781"
PROOFS: list[dict[str, Any] | None] = [
    *[{"proven": True, "verdict": "mitigated", "vips": ["gw"]}] * 6,
    {"proven": True, "verdict": "mitigated", "vips": ["gw"], "places": "a"},
    {"proven": False, "verdict": "applied, unproven", "vips": ["gw"]},
    {"proven": False, "contradicted": ["an attack passes at gw"]},
    {"proven": True, "verdict": "partly", "vips": ["gw"]},
    {"hits": {OURS: 2}},
    {"management_addresses": [{"node": "10.0.0.1", "state": "partly covered"}]},
    {"management_addresses": [{"node": "10.0.0.1", "state": "partly covered", "reason": "x", "lets_past": True}]},
    {"management_addresses": [{"node": "10.0.0.1", "state": "partly covered", "reason": "x", "may_let_past": True}]},
    None,
]


def history(rng: random.Random) -> list[ChangeRecord]:
    """Return a random history with many runs that only look."""
    found: list[ChangeRecord] = []
    applied: list[str] = []
    at, build = datetime(2019, 12, 1, 8, tzinfo=UTC), BAD
    for _number in range(rng.randint(5, 40)):
        at += timedelta(hours=rng.randint(1, 30))
        build = rng.choice([BAD, GOOD, DEAF]) if rng.random() < 0.05 else build
        about = {"partition": rng.choice(["default"] * 9 + ["tenant"])}
        kind = rng.choice(["verify"] * 8 + ["apply", "rollback", "other"])
        text = (at - timedelta(days=9) if rng.random() < 0.02 else at).strftime("%Y-%m-%dT%H:%M")
        if kind == "apply":
            one = record(
                "apply", text, build, proof=rng.choice(PROOFS), steps=policy(rng.choice([OURS, OURS, "NOOP"])), **about
            )
            applied.append(one.name)
        elif kind == "rollback" and applied:
            one = record("rollback", text, build, undoes=[applied.pop()], **about)
        else:
            measure = ENTRY.id if kind == "verify" else "other"
            beside = {"found_beside": {ENTRY.id: rng.choice("ab")}} if rng.random() < 0.2 else {}
            one = record("verify", text, build, proof=rng.choice(PROOFS), measure=measure, **about, **beside)
        if one.name not in {other.name for other in found}:
            found.append(
                follow(one, found[-1].name if rng.random() < 0.95 else "20191201T000000.000000Z-gone.json")
                if found
                else one
            )
    return found


@pytest.mark.parametrize("seed", [*range(sample.examples(60)), 1168])
def test_folded_and_unfolded_are_the_same_at_all_times(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    records, build = history(rng), rng.choice([BAD, GOOD])
    drift = {ENTRY.id: (State.DRIFTED, "it is unbound")} if rng.random() < 0.2 else {}
    short = course(*records, build=build, drift=drift)
    monkeypatch.setattr(record_events, "folded", tuple)
    whole = course(*records, build=build, drift=drift)
    assert short.line == whole.line
    assert (short.measure.state, short.measure.mitigated, short.measure.proven, short.measure.disproved) == (
        whole.measure.state, whole.measure.mitigated, whole.measure.proven, whole.measure.disproved,
    )  # fmt: skip


def test_of_a_thousand_runs_that_say_the_same_two_are_left() -> None:
    proof = PROOFS[0]
    records = [record("apply", "2019-12-20T21:00", proof=proof, steps=policy(OURS))]
    begin = datetime(2019, 12, 21, tzinfo=UTC)
    for number in range(1000):
        text = (begin + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M")
        records.append(follow(record("verify", text, proof=proof), records[-1].name))
    events = History.of(records, NOW).by_measure[ENTRY.id]
    assert [one.record.name for one in events] == [records[0].name, records[1].name, records[-1].name]
