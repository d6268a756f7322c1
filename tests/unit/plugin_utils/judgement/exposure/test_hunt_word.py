# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The word of a hunt beside a verdict: what is older than the exposure does not count, a compromise always does, and nothing is ever called clean."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import BuildState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import (
    HuntResult,
    hunt_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.hunt_word import (
    hunt_word,
    with_hunt,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    ApplianceVerdict,
    EntryVerdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    Verdict,
    VerdictWord,
)

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
ENTRY = load_entry(CATALOGUE / "cve_2019_19781")  # public on 10 January 2020
AS_OF = date(2020, 3, 1)
FINDING: dict[str, Any] = {
    **dict.fromkeys(
        ("node", "what", "where", "why", "evidence", "time", "cannot_mean", "next_step", "acknowledged"), ""
    ),
    "before_or_after_fix": "after the fix",
    "seen_by": "nitro",
    "entries": [],
    "id": "0123456789abcdef",
}


def entry(state: BuildState = BuildState.AFFECTED, reason: str = "exploit public") -> EntryVerdict:
    return EntryVerdict(ENTRY, state, Verdict(VerdictWord.FIXED, reason, NextAction("none"), 0))


def verdict(word: VerdictWord = VerdictWord.FIXED, action: str = "none", code: int = 0) -> ApplianceVerdict:
    return ApplianceVerdict(Verdict(word, "a reason", NextAction(action), code), (entry(),))


def hunted(ended: str = "2020-02-01T09:00:00+00:00", logs: str = "2020-01-01T00:00:00", **result: Any) -> HuntResult:
    values = {
        "findings": [],
        "not_seen": [],
        "looked_at": {"files": 3},
        "reach": [{"node": "n", "log": "ns.log", "oldest": logs}],
        **result,
    }
    return hunt_result({"gw": {**values, "hunt_ended": ended}}, "gw")


def told(found: HuntResult, *entries: EntryVerdict) -> tuple[str, str]:
    word = hunt_word(found, entries or [entry()], AS_OF)
    return word.text, word.next_action


def test_nothing_found_is_said_with_its_time_and_with_how_far_back_the_logs_reach() -> None:
    text = "nothing found until 2020-02-01 09:00 UTC in what was looked at; its logs reach back to 2020-01-01 00:00 UTC"
    assert told(hunted()) == (text, "")
    short = told(hunted(logs="2020-01-20T00:00:00"))[0]
    assert short.endswith("reach back to 2020-01-20 00:00 UTC, cve_2019_19781 was known to be exploited on 2020-01-10")
    assert told(hunted(logs=""))[0].endswith("is not known (a log has no line with a time)")
    assert told(hunted(reach=[]))[0].endswith("is not known (no log was read)")


def test_a_hunt_before_the_exposure_does_not_count() -> None:
    early = hunted("2020-01-09T23:00:00+00:00")
    text, action = told(early)
    assert text == (
        "not hunted since cve_2019_19781, known to be exploited since 2020-01-10; hunt.yml ended on 2020-01-09 23:00 UTC, which does not count"
    )
    assert action == "hunt.yml"
    for harmless in (
        entry(BuildState.NOT_AFFECTED),
        entry(reason="not by its configuration: it has no vpnvserver"),
    ):
        assert told(early, harmless)[0].startswith("nothing found until 2020-01-09 23:00 UTC")
    assert told(early, entry(BuildState.FIXED))[1] == "hunt.yml", "it was exposed before the fix"
    assert hunt_word(early, [entry()], date(2020, 1, 9)).next_action == "", "nobody knew it on that day"


def test_of_several_exposures_the_newest_makes_a_hunt_old_and_the_oldest_is_compared_with_the_logs() -> None:
    other = load_entry(CATALOGUE / "cve_2023_3519")  # exploited in June 2023
    several = [EntryVerdict(other, BuildState.AFFECTED, entry().verdict), entry(), entry()]
    old = hunt_word(hunted(), several, date(2024, 1, 1))
    assert old.text.startswith("not hunted since cve_2023_3519, known to be exploited since 2023-06-")
    new = hunt_word(hunted("2023-09-01T00:00:00+00:00", "2023-08-01T00:00:00"), several, date(2024, 1, 1))
    assert new.text.endswith("cve_2019_19781 was known to be exploited on 2020-01-10")


def test_a_compromise_counts_however_old_it_is() -> None:
    found = hunted("2020-01-02T00:00:00+00:00", findings=[{**FINDING, "level": "compromise"}])
    word = hunt_word(found, [entry()], AS_OF)
    assert word.text == "hunt.yml found a compromise on 2020-01-02 00:00 UTC"
    decided = with_hunt(verdict(), word).verdict
    assert (decided.word, decided.exit_code) == ("fixed", 2)
    assert decided.reason == "hunt.yml found a compromise on 2020-01-02 00:00 UTC; a reason"
    assert decided.next_action.startswith("take evidence (evidence.yml) before anything is changed")
    assert with_hunt(verdict(VerdictWord.UNKNOWN, "x", 3), word).verdict.exit_code == 3


@pytest.mark.parametrize(
    ("result", "text", "action"),
    [
        (
            {"not_seen": [{"what": "the logs", "why": "no\x1bright", "node": "", "is_gap": True}]},
            "the hunt of 2020-02-01 09:00 UTC is incomplete: the logs: no",
            "mend what hunt.yml could not look at, then hunt.yml",
        ),
        (
            {"looked_at": {}},
            "is incomplete: nothing was looked at",
            "mend what hunt.yml could not look at, then hunt.yml",
        ),
        (
            {"findings": [{**FINDING, "level": "attempt"}]},
            "hunt.yml found attempts, or something to review, on 2020-02-01 09:00 UTC",
            "look at the findings of hunt.yml",
        ),
        (
            {"findings": [{**FINDING, "level": "review", "acknowledged": "by J. Jansen"}]},
            "nothing found until 2020-02-01 09:00 UTC",
            "",
        ),
    ],
)
def test_what_is_left_to_do_follows_the_action_of_the_verdict(result: dict[str, Any], text: str, action: str) -> None:
    word = hunt_word(hunted(**result), [entry()], AS_OF)
    assert text in word.text
    assert "\x1b" not in word.text
    assert word.next_action == action
    exposed = with_hunt(verdict(VerdictWord.EXPOSED, "upgrade to 13.0 92.21", 2), word).verdict
    assert exposed.next_action == "upgrade to 13.0 92.21" + (f", then {action}" if action else "")
    fixed = with_hunt(verdict(), word).verdict
    assert (fixed.next_action, fixed.exit_code) == (action or "none", 0)
    assert json_values(word)["outcome"] == str(word.outcome)


def test_an_appliance_without_a_hunt_is_not_hunted() -> None:
    assert told(HuntResult()) == ("not hunted: no result of hunt.yml was given", "hunt.yml")
    other = hunt_result({"another": {"hunt_ended": "2020-02-01T09:00:00+00:00"}}, "gw")
    assert told(other) == ("not hunted: it is not in the report of hunt.yml", "hunt.yml")
