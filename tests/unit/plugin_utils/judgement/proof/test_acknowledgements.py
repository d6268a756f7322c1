# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An acknowledgement makes exactly one warning green until a day: never a critical or unknown verdict, and never silently."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.acknowledgements import (
    ACKNOWLEDGEABLE,
    acknowledged,
    read_acknowledgements,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Grounds, Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict import decide_verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    VerdictWord,
    worst_verdict,
)

from tests.played_together import played_together

TODAY, CVE = date(2026, 11, 25), "cve_2019_19781"
ENTRY = {"verdict": "reduces exposure", "why": "the upgrade is planned", "who": "J. Jansen", "until": "2026-12-31"}
GIVEN = Acknowledgement("J. Jansen", "the upgrade is planned", date(2026, 12, 31), "reduces exposure")
MITIGATION = load_mitigation(Path(__file__).parents[5] / "templates" / "mitigations" / CVE)


def test_an_entry_is_read() -> None:
    assert read_acknowledgements("gw-a", [ENTRY]) == (GIVEN,)
    (of_measure,) = read_acknowledgements("gw-a", [{**ENTRY, "verdict": None, "mitigation": CVE}])
    assert (of_measure.verdict, of_measure.measure) == ("", CVE)
    (of_finding,) = read_acknowledgements("gw-a", [{**ENTRY, "verdict": None, "finding": "0123456789abcdef"}])
    assert of_finding.finding == "0123456789abcdef"
    assert not any(of_finding.is_about(word, CVE) for word in VERDICTS), "it is about no verdict"
    (of_policy,) = read_acknowledgements("gw-a", [{**ENTRY, "verdict": None, "policy": "rp_allow"}])
    assert of_policy.policy == "rp_allow"
    assert not any(of_policy.is_about(word, CVE) for word in VERDICTS), "it is about no verdict"
    assert read_acknowledgements("gw-a", None) == read_acknowledgements("gw-a", []) == ()


@played_together(
    ("values", "problem"),
    [
        (ENTRY, "must be a list"),
        ("reduces exposure", "must be a list"),
        (["reduces exposure"], "entry 1 must be a mapping"),
        ([ENTRY, {**ENTRY, "untill": "2026-12-31"}], "entry 2 has an unknown key 'untill'"),
        ([{**ENTRY, "until": None}], "entry 1 has no until"),
        ([{**ENTRY, "until": ""}], "entry 1 has no until"),
        ([{**ENTRY, "until": "never"}], "until is 'never', which is no day"),
        ([{**ENTRY, "until": 2027}], "entry 1: until must be text"),
        ([{**ENTRY, "who": "  "}], "entry 1 has no who"),
        ([{**ENTRY, "why": None}], "entry 1 has no why"),
        ([{**ENTRY, "who": ["J. Jansen"]}], "entry 1: who must be text"),
        ([{**ENTRY, "verdict": None}], "entry 1 names neither a verdict nor a mitigation"),
        ([{**ENTRY, "policy": "rp_allow"}], "entry 1: policy stands alone or with mitigation"),
        (
            [{**ENTRY, "verdict": None, "policy": "rp_allow", "finding": "0123456789abcdef"}],
            "entry 1: policy stands alone",
        ),
        ([{**ENTRY, "finding": "0123456789abcdef"}], "entry 1: finding must be the 16 digits in brackets"),
        ([{**ENTRY, "verdict": None, "finding": "*"}], "entry 1: finding must be the 16 digits in brackets"),
        ([{**ENTRY, "verdict": "all"}], "names the verdict 'all'; only a warning can be acknowledged: closed, applied"),
        *(
            ([{**ENTRY, "verdict": str(word)}], f"names the verdict '{word}'; only a warning can be acknowledged")
            for word, meaning in VERDICTS.items()
            if meaning.exit_code != 1
        ),
    ],
)
def test_what_is_no_entry_is_refused_with_an_example(values: Any, problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_acknowledgements("gw-a", values)
    assert str(refused.value).startswith("gw-a: tourniquet_acknowledgements: ")
    assert problem in str(refused.value)
    assert "Write an entry as {verdict: reduces exposure, mitigation: cve_2019_19781, why: " in str(refused.value)


@played_together("word", VerdictWord)
def test_only_a_warning_becomes_green_and_stays_what_it_is(word: VerdictWord) -> None:
    """Also with entries that no inventory can have."""
    found = [
        Acknowledgement("J. Jansen", "why", TODAY, str(word)),
        Acknowledgement("J. Jansen", "why", TODAY, "", CVE),
    ]
    before = worst_verdict([(word, "the reason")], (), ())
    after = acknowledged(before, found, CVE, TODAY)
    assert (after.word, after.next_action) == (before.word, before.next_action)
    if before.exit_code != 1:
        assert after == before
        return
    assert str(word) in ACKNOWLEDGEABLE
    assert (after.exit_code, after.acknowledged) == (0, found[0])
    assert after.reason == "the reason (acknowledged by J. Jansen until 2026-11-25: why)"


@pytest.mark.parametrize(
    ("given", "measure", "today", "code", "said"),
    [
        (GIVEN, CVE, date(2026, 12, 31), 0, "acknowledged by J. Jansen until 2026-12-31: the upgrade is planned"),
        (GIVEN, CVE, date(2027, 1, 1), 1, "the acknowledgement by J. Jansen expired on 2026-12-31"),
        (Acknowledgement("J.", "w", TODAY, "applied, unproven"), CVE, TODAY, 1, ""),
        (Acknowledgement("J.", "w", TODAY, "", "url_whitelist"), CVE, TODAY, 1, ""),
        (Acknowledgement("J.", "w", TODAY, "reduces exposure", "url_whitelist"), CVE, TODAY, 1, ""),
        (Acknowledgement("J.", "w", TODAY, "reduces exposure", CVE), CVE, TODAY, 0, "until 2026-11-25: w"),
    ],
)
def test_it_is_about_one_verdict_of_one_measure_until_a_day(
    given: Acknowledgement, measure: str, today: date, code: int, said: str
) -> None:
    after = acknowledged(worst_verdict([(VerdictWord.REDUCES_EXPOSURE, "r")], (), ()), [given], measure, today)
    assert after.exit_code == code
    assert after.reason == (f"r ({said})" if said and not said.startswith("until") else after.reason)
    assert said in after.reason


OURS: dict[str, Any] = {"presence": Presence.CURRENT, "version": 2, "proven_before": "2026-11-24"}


def decide(today: date = TODAY, **grounds: Any) -> Any:
    found = Grounds(Build.parse("13.0 47.22"), **OURS, **grounds)
    return decide_verdict(found, MITIGATION, TODAY, [GIVEN], today)


def test_an_acknowledged_warning_hides_no_other_one() -> None:
    green = decide(saved=True)
    assert (green.word, green.exit_code, green.acknowledged) == ("reduces exposure", 0, GIVEN)
    unsaved = decide(saved=False)
    assert (unsaved.word, unsaved.exit_code) == ("applied, not saved", 1)
    both = Acknowledgement("J.", "w", TODAY + timedelta(days=1), "applied, not saved")
    grounds = Grounds(Build.parse("13.0 47.22"), **OURS, saved=False)
    rest = decide_verdict(grounds, MITIGATION, TODAY, [both], TODAY)
    assert (rest.word, rest.exit_code) == ("reduces exposure", 1), "the other warning is shown instead"
    assert decide_verdict(grounds, MITIGATION, TODAY, [both, GIVEN], TODAY).exit_code == 0
    unproven = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, version=2, saved=False)
    given = [Acknowledgement("J.", "w", TODAY, "applied, unproven")]
    lost = decide_verdict(unproven, MITIGATION, TODAY, given, TODAY)
    assert (lost.word, lost.exit_code) == ("applied, not saved", 1)
    assert decide_verdict(unproven, MITIGATION, TODAY).word == "applied, unproven"
    partly = decide(saved=True, not_covered=("node 10.1.0.12 is unreachable",))
    assert (partly.word, partly.exit_code) == ("partly", 2)


def test_the_day_of_the_check_counts_and_not_that_of_the_verdict() -> None:
    assert decide(today=date(2027, 1, 1), saved=True).exit_code == 1
