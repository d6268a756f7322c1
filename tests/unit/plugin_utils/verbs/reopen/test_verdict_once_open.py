# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict after a reopening: the worst over the whole catalogue, with the names of the entries that it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import command_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.build_track import WITHOUT_SETTING
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.measure_state import MeasureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import Dated
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    customer_answers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VerdictWord,
    worst_verdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.verdict_once_open import (
    next_once_open,
    verdict_once_open,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import Exposure

DAY = Dated(datetime(2020, 1, 10, tzinfo=UTC), "a source")


def mitigations(**words: VerdictWord) -> Exposure:
    return Exposure({name: worst_verdict([(word, "the reason")], (), ()) for name, word in words.items()})


def row(entry: str, **values: Any) -> LedgerRow:
    return LedgerRow(appliance="gw", customer="Brouwer", entry=entry, **values)


def told(found: Exposure, *rows: LedgerRow, counted: tuple[str, ...] | None = None) -> tuple[str, str]:
    verdict = verdict_once_open(found, customer_answers("gw", ("Brouwer",), rows, counted))
    return str(verdict.word), verdict.reason


NOTHING = "the build is affected, and nothing is known to stop the attack"


def by(state: State) -> dict[str, Any]:
    return {"measure": MeasureState(state, reason="somebody unbound it")}


EXPOSED = {"exposed_from": DAY, "is_fixed": False}
GOOD = mitigations(a=VerdictWord.NOT_AFFECTED)


@pytest.mark.parametrize(
    ("values", "word", "reason"),
    [
        ({}, "fixed", "a: the reason"),
        (EXPOSED, "exposed", "b: the build is affected, and nothing is known to stop the attack"),
        # Seen: "the build is affected" of a build with the fix, which needs a setting too.
        (
            {**EXPOSED, "fixed": Dated(source=f"{WITHOUT_SETTING}: it is off")},
            "exposed",
            f"b: {WITHOUT_SETTING}: it is off",
        ),
        ({**EXPOSED, "is_fixed": None}, "unknown", "b: it is not known whether every node has the fix ()"),
        ({**EXPOSED, "is_fixed": True, "fixed": DAY}, "fixed", "a, b"),
        ({**EXPOSED, "mitigated": DAY, **by(State.UNPROVEN)}, "applied, unproven", "b: mitigated 2020-01-10 00:00 UTC"),
        (
            {**EXPOSED, "mitigated": DAY, "proven": DAY, **by(State.MITIGATED)},
            "mitigated",
            "b: mitigated 2020-01-10 00:00 UTC",
        ),
        ({**EXPOSED, "mitigated": DAY, "disproved": DAY, **by(State.EXPOSED)}, "exposed", f"b: {NOTHING}"),
        ({**EXPOSED, **by(State.TAKEN_OFF)}, "exposed", f"b: {NOTHING}"),
        # Seen: applied, unproven, a warning, for each of these, which status calls critical or an upgrade.
        ({**EXPOSED, "mitigated": DAY, **by(State.DRIFTED)}, "drifted", "b: somebody unbound it"),
        ({**EXPOSED, "mitigated": DAY, **by(State.PARTLY)}, "partly", "b: somebody unbound it"),
        ({**EXPOSED, "mitigated": DAY, **by(State.INEFFECTIVE)}, "ineffective on this build", "b: somebody unbound it"),
        ({**EXPOSED, "mitigated": DAY, **by(State.UNKNOWN)}, "unknown", "b: somebody unbound it"),
        ({**EXPOSED, "mitigated": DAY, **by(State.REDUCES)}, "reduces exposure", "b: somebody unbound it"),
        # Of a stop-gap, which never mitigates: a warning and "mitigated" without a time were told.
        ({**EXPOSED, **by(State.UNPROVEN)}, "exposed", f"b: {NOTHING}"),
        ({**EXPOSED, **by(State.OBSERVING)}, "observe, not blocking", "b: somebody unbound it"),
    ],
)
def test_an_entry_that_no_mitigation_was_judged_for_counts_by_the_ledger(
    values: dict[str, Any], word: str, reason: str
) -> None:
    assert told(mitigations(a=VerdictWord.FIXED), row("b", **values)) == (word, reason)


def test_a_mitigation_that_was_judged_counts_by_its_verdict_and_not_by_the_ledger() -> None:
    found = mitigations(a=VerdictWord.MITIGATED)
    assert told(found, row("a", **EXPOSED)) == ("mitigated", "a: the reason")
    parts = Exposure({"a in partition x": worst_verdict([(VerdictWord.MITIGATED, "the reason")], (), ())})
    assert told(parts, row("a", **EXPOSED)) == ("mitigated", "a in partition x: the reason")


def test_many_entries_are_named_in_part_and_those_behind_the_management_too() -> None:
    """They do not keep an appliance closed, and it is exposed all the same."""
    rows = [row(f"cve_{number}", **EXPOSED) for number in range(12)]
    word, reason = told(GOOD, *rows, counted=())
    assert (word, reason.count(", "), reason.endswith(" and 9 more entries of the catalogue")) == ("exposed", 2, True)


def test_a_verdict_on_nothing_but_the_appliance_has_its_own_reason() -> None:
    found = Exposure({"": worst_verdict([(VerdictWord.UNKNOWN, "the catalogue has no mitigation")], (), ())})
    assert told(found) == ("unknown", "the catalogue has no mitigation")


@pytest.mark.parametrize("name", ["a", "a in partition x"])
def test_the_next_action_names_its_mitigation(name: str) -> None:
    """Seen: the line of an opening was an apply without a mitigation, which is refused, or with the one of the run."""
    found = Exposure({name: worst_verdict([(VerdictWord.EXPOSED, "the reason")], (), ())})
    assert [one["options"] for one in command_values(next_once_open(found, ()))] == [{"mitigation": "a"}]


def test_nothing_is_next_where_nothing_is_judged() -> None:
    """Seen in a night: no step could be opened behind another one that keeps all of it closed."""
    assert next_once_open(Exposure({}), ()) == ""
    found = Exposure({"": worst_verdict([(VerdictWord.UNKNOWN, "the catalogue has no mitigation")], (), ())})
    assert next_once_open(found, ()) == verdict_once_open(found, ()).next_action
