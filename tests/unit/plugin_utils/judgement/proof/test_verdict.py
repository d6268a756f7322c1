# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict table, row by row: the worst finding wins, and "not checked" is never OK."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    Mitigation,
    load_mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import parse_table
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import ClosureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.closure_verdict import (
    ClosureGrounds,
    decide_closure,
    is_overdue,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.expected_hits import (
    PASSED_WHERE_EXPOSED,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Grounds, Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer, Sign, VipProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict import (
    decide_verdict,
    unproven_because,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.let_past import LetPast

from tests.played_together import played_together

ROOT = Path(__file__).parents[5]
CVE = load_mitigation(ROOT / "templates" / "mitigations" / "cve_2019_19781")
IN_CRISIS, TODAY, BEFORE = date(2020, 1, 15), date(2026, 11, 25), date(2019, 12, 20)
ATTACK = TrafficCase("a", True, "GET", "/vpn/../vpns/")
CONTROL = TrafficCase("l", False, "GET", "/")


def probe(sign: Sign, *, served: bool = True, name: str = "gw") -> VipProof:
    vip = Vip(name, Address("192.0.2.10", 443), "vpn")
    return VipProof(vip, ((Answer(ATTACK, 403), sign),), ((Answer(CONTROL, 200), served),))


def decide(
    build: str = "13.0 47.22", *, as_of: date = IN_CRISIS, mitigation: Mitigation = CVE, **grounds: Any
) -> Verdict:
    return decide_verdict(Grounds(Build.parse(build), **grounds), mitigation, as_of)


OURS: dict[str, Any] = {"presence": Presence.CURRENT, "version": 2, "saved": True}
PROVEN: dict[str, Any] = {**OURS, "proofs": (probe(Sign.BLOCKED_BY_US),), "hits_rose": True}
THEIRS: dict[str, Any] = {"covered_by": "ctx267027", "proofs": (probe(Sign.BLOCKED),), "hits_rose": True, "saved": True}
OBSERVES: dict[str, Any] = {"observing": ("tq_cve_2019_19781",), "expected_signs": PASSED_WHERE_EXPOSED}
CALLS = LetPast("rp_calls", "REQ_OVERRIDE 6", "TRUE", invokes=True)
OLD, BUGGY, FIXED, NEVER = "13.0 47.22", "12.1 51.14", "13.0 47.24", "14.1 73.37"


@played_together(
    ("word", "build", "grounds"),
    [
        # nothing there
        ("exposed", OLD, {}),
        ("exposed", OLD, {"proofs": (probe(Sign.VULNERABLE),)}),
        ("exposed", OLD, {"proofs": (probe(Sign.NOT_CONFIRMED),)}),
        ("exposed", OLD, {"proofs": (probe(Sign.NO_ANSWER, served=False),)}),
        ("exposed", OLD, {"saved": False, "proven_before": "yesterday"}),
        # ours
        ("mitigated", OLD, PROVEN),
        ("mitigated", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED),)}),
        ("applied, unproven", OLD, {**PROVEN, "hits_rose": None}),
        ("applied, not saved", OLD, {**PROVEN, "saved": None}),
        (
            "applied, unproven",
            OLD,
            {**PROVEN, "proofs": (probe(Sign.BLOCKED),), "expected_signs": (Sign.BLOCKED_BY_US,)},
        ),
        ("blocked, unexplained", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED),), "explained": False}),
        ("mitigated", OLD, {**OURS, "proven_before": "2020-01-14"}),
        ("applied, unproven", OLD, OURS),
        ("exposed", OLD, {**OURS, "seen_passing": "record x: an attack passes at gw"}),
        ("ineffective on this build", OLD, {**OURS, "found_ineffective": "record x found it"}),
        ("mitigated", OLD, {**PROVEN, "seen_passing": "record x: an attack passes at gw"}),
        ("applied, unproven", OLD, {**PROVEN, "hits_rose": None, "seen_passing": "record x: it passes"}),
        ("observe, not blocking", OLD, {**OURS, **OBSERVES, "seen_passing": "record x: it passes"}),
        ("applied, unproven", OLD, {**PROVEN, "hits_rose": False}),
        ("applied, unproven", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED),), "hits_rose": None}),
        ("applied, unproven", OLD, {**PROVEN, "proofs": (probe(Sign.NOT_CONFIRMED),)}),
        ("applied, unproven", OLD, {**PROVEN, "proofs": (probe(Sign.NO_ANSWER, served=False),)}),
        ("applied, unproven", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED_BY_US, served=False),)}),
        ("applied, unproven", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED_BY_US), probe(Sign.NOT_CONFIRMED))}),
        ("applied, unproven", OLD, {**OURS, "proofs": (probe(Sign.NOT_CONFIRMED),), "proven_before": "2020-01-14"}),
        ("applied, not saved", OLD, {**PROVEN, "saved": False}),
        ("applied, not saved", OLD, {**OURS, "saved": False, "proven_before": "2020-01-14"}),
        ("superseded", OLD, {**PROVEN, "presence": Presence.OLDER, "version": 1}),
        ("superseded", OLD, {**OURS, "presence": Presence.OLDER, "version": 1, "proven_before": "2020-01-14"}),
        ("applied, unproven", OLD, {**OURS, "presence": Presence.OLDER, "version": 1}),
        ("applied, not saved", OLD, {**PROVEN, "presence": Presence.OLDER, "version": 1, "saved": False}),
        ("superseded", OLD, {**OURS, "presence": Presence.OLDER, "is_other_version": False}),
        (
            "exposed",
            OLD,
            {**OURS, "presence": Presence.OLDER, "is_other_version": False, "seen_passing": "record x: it passes"},
        ),
        (
            "applied, unproven",
            OLD,
            {**OURS, "presence": Presence.OLDER, "is_other_version": False, "invoking": (CALLS,)},
        ),
        ("applied, unproven", OLD, {**PROVEN, "presence": Presence.OLDER, "version": 1, "invoking": (CALLS,)}),
        ("applied, unproven", OLD, {**PROVEN, "invoking": (CALLS,)}),
        ("exposed", OLD, {"proofs": (probe(Sign.VULNERABLE),), "presence": Presence.OLDER, "is_other_version": False}),
        ("drifted", OLD, {**PROVEN, "presence": Presence.DRIFTED}),
        ("exposed", OLD, {**PROVEN, "feature_on": False}),
        ("exposed", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED_BY_US), probe(Sign.VULNERABLE))}),
        ("blocked, unexplained", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED_BY_US), probe(Sign.INFECTED))}),
        ("partly", OLD, {**PROVEN, "not_covered": ("node 10.1.0.12 is unreachable",)}),
        ("unknown", OLD, {**PROVEN, "unreadable": ("this is a cluster",)}),
        # ours, and it only counts
        ("observe, not blocking", OLD, {**OURS, **OBSERVES}),
        ("observe, not blocking", OLD, {**PROVEN, **OBSERVES, "proofs": (probe(Sign.VULNERABLE),)}),
        ("observe, not blocking", OLD, {**PROVEN, **OBSERVES, "proofs": (probe(Sign.NOT_CONFIRMED),)}),
        ("observe, not blocking", OLD, {**OURS, **OBSERVES, "proven_before": "2020-01-14"}),
        (
            "observe, not blocking",
            OLD,
            {**OURS, **OBSERVES, "explained": False, "proofs": (probe(Sign.BLOCKED_BY_ANOTHER, served=False),)},
        ),
        ("observe, not blocking", OLD, {**OURS, **OBSERVES, "presence": Presence.OLDER, "is_other_version": False}),
        ("observe, not blocking", OLD, {**OURS, **OBSERVES, "presence": Presence.DRIFTED}),
        ("exposed", OLD, {**OURS, **OBSERVES, "feature_on": False}),
        ("blocked, unexplained", OLD, {**PROVEN, **OBSERVES, "proofs": (probe(Sign.BLOCKED),), "explained": False}),
        ("mitigated, not managed by us", OLD, {**OURS, **OBSERVES, **THEIRS}),
        ("fixed, mitigation left behind", FIXED, {**OURS, **OBSERVES}),
        ("ineffective on this build", BUGGY, {**OURS, **OBSERVES}),
        # somebody else's
        ("mitigated, not managed by us", OLD, THEIRS),
        ("applied, unproven", OLD, {**THEIRS, "hits_rose": False}),
        ("applied, unproven", OLD, {**THEIRS, "hits_rose": None}),
        ("applied, unproven", OLD, {**THEIRS, "proofs": ()}),
        ("applied, not saved", OLD, {**THEIRS, "saved": False}),
        ("blocked, unexplained", OLD, {**THEIRS, "feature_on": False}),
        # an answer that nothing explains
        ("blocked, unexplained", OLD, {"proofs": (probe(Sign.BLOCKED),)}),
        ("blocked, unexplained", OLD, {"proofs": (probe(Sign.INFECTED),)}),
        # the builds on which it does not work
        ("ineffective on this build", BUGGY, {}),
        ("ineffective on this build", BUGGY, PROVEN),
        ("ineffective on this build", "12.1 51.18", PROVEN),
        ("mitigated", "12.1 51.16", PROVEN),
        ("blocked, unexplained", BUGGY, {"proofs": (probe(Sign.BLOCKED),)}),
        # fixed builds, and those that never were affected
        ("fixed", FIXED, {}),
        ("fixed", FIXED, {"proofs": (probe(Sign.NOT_CONFIRMED),), "saved": False}),
        ("fixed, mitigation left behind", FIXED, OURS),
        ("fixed, mitigation left behind", FIXED, {"presence": Presence.OLDER, "version": 1}),
        ("exposed", FIXED, {"proofs": (probe(Sign.VULNERABLE),)}),
        ("partly", FIXED, {"not_covered": ("node 10.1.0.12 runs another build, 13.0 47.22",)}),
        ("partly", NEVER, {"not_covered": ("node 10.1.0.12 is unreachable",)}),
        ("unknown", FIXED, {"unreadable": ("this is a cluster",)}),
        ("not affected", NEVER, {}),
        ("fixed, mitigation left behind", NEVER, OURS),
    ],
)
def test_verdicts(word: str, build: str, grounds: dict[str, Any]) -> None:
    verdict = decide(build, **grounds)
    assert verdict.word == word, verdict.reason
    assert verdict.exit_code == VERDICTS[word].exit_code
    assert verdict.reason


@pytest.mark.parametrize(
    ("rose", "why"),
    [
        (None, "the hit counters were not read"),
        (False, "the hit counters did not rise by each probe that a policy stopped or counted"),
    ],
)
def test_counters_that_rose_by_too_few_are_not_said_not_to_have_risen(rose: bool | None, why: str) -> None:
    """Seen: "the hit counters did not rise" beside "rose by 2"."""
    proofs = (probe(Sign.BLOCKED_BY_US),)
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, saved=True, proofs=proofs, hits_rose=rose)
    assert unproven_because(grounds) == why


def test_a_proof_is_told_with_its_numbers() -> None:
    vip = Vip("gw", Address("192.0.2.10", 443), "vpn")
    cut = VipProof(
        vip,
        ((Answer(ATTACK, 403), Sign.BLOCKED_BY_US), (Answer(ATTACK, None), Sign.NO_ANSWER)),
        ((Answer(CONTROL, 200), True), (Answer(CONTROL, 200), True)),
    )
    told = "2 of 2 attacks blocked, 2 of 2 legitimate requests answered at gw (192.0.2.10:443)"
    assert cut.counts == told
    assert decide(**{**PROVEN, "proofs": (cut,)}).reason == told
    failed = VipProof(vip, ((Answer(ATTACK, 200), Sign.VULNERABLE),), ((Answer(CONTROL, None), False),))
    assert failed.counts.startswith(
        "0 of 1 attack blocked, 0 of 1 legitimate request answered (a request got no answer) at gw "
    )
    assert failed.outline()["text"] == failed.counts


@pytest.mark.parametrize("sign", [Sign.VULNERABLE, Sign.NOT_CONFIRMED])
def test_the_page_on_own_entries_says_what_a_verify_says_after_a_rollback(sign: Sign) -> None:
    """An entry without texts of a vulnerable answer has no other sign than "not confirmed"."""
    quiet = dataclasses.replace(CVE, exploit_public=None, exploited_since=None)
    verdict = decide(mitigation=quiet, proofs=(probe(sign),))
    page = Path(__file__).parents[5].joinpath("docs", "how-to", "new-entry.md").read_text(encoding="utf-8")
    assert f"   {verdict.word}: {verdict.reason}\n" in page
    assert verdict.exit_code == 2


@pytest.mark.parametrize(
    ("as_of", "word"),
    [
        (BEFORE, "mitigated"),
        (IN_CRISIS, "mitigated"),
        (date(2026, 9, 26), "mitigated"),
        (date(2026, 9, 27), "reduces exposure"),
        (TODAY, "reduces exposure"),
    ],
)
def test_a_verdict_is_given_as_of_a_date(as_of: date, word: str) -> None:
    verdict = decide(as_of=as_of, **PROVEN)
    assert verdict.word == word
    if word == "reduces exposure":
        assert "since 2026-09-27" in verdict.reason
        assert "CTX697096" in verdict.reason


@pytest.mark.parametrize(("build", "word"), [("13.0 47.22", "reduces exposure"), ("13.1 64.22", "mitigated")])
def test_what_the_expressions_look_at_weakens_an_entry_that_says_nothing_of_it(build: str, word: str) -> None:
    """Of an entry of one's own, about servers behind the appliance: no build of the appliance is fixed for it."""
    own = dataclasses.replace(CVE, weaknesses=(), protects_back_ends=True)
    assert CVE.url_weakness is not None
    fixed = parse_table({"13.0": "no_fix", "13.1": {"fixed": "64.22"}})
    known = dataclasses.replace(CVE.url_weakness, fixed=fixed)
    assert decide(build, as_of=TODAY, mitigation=own, **PROVEN).word == "mitigated"
    assert decide(build, as_of=TODAY, mitigation=own, weaknesses=(known,), **PROVEN).word == word
    assert decide(build, as_of=BEFORE, mitigation=own, weaknesses=(known,), **PROVEN).word == "mitigated"


def test_a_policy_of_others_only_reduces_the_exposure_today_too() -> None:
    assert decide(as_of=TODAY, **THEIRS).word == "reduces exposure"


@pytest.mark.parametrize(
    ("as_of", "words"), [(BEFORE, "no exploit is known"), (date(2020, 1, 10), "exploit public since 2020-01-10")]
)
def test_whether_an_exploit_is_public_depends_on_the_date(as_of: date, words: str) -> None:
    assert words in decide(as_of=as_of).reason


def test_a_drift_of_no_known_version_names_none() -> None:
    verdict = decide(OLD, **{**OURS, "presence": Presence.DRIFTED, "version": None})
    assert verdict.reason.startswith("what is in place is not what cve_2019_19781 says")


def test_the_next_action_names_the_build_to_go_to() -> None:
    assert decide(**PROVEN).next_action == "upgrade to 13.0 47.24 or later"
    assert "12.1 55.18" in decide(BUGGY).next_action
    assert "never got a fix" in decide("11.0 70.1", **PROVEN).next_action


def test_what_is_missing_is_told_and_does_not_change_the_word() -> None:
    verdict = decide(**PROVEN, remarks=("the log is off",), rests_on=("configuration",))
    assert (verdict.word, verdict.missing, verdict.rests_on) == ("mitigated", ("the log is off",), ("configuration",))


GAP = dataclasses.replace(CVE, stop_gap="a blog of 2020-01-12 (which request leaks, and where the code has it)")
REDUCES = "reduces exposure, not by the vendor"


@played_together(
    ("word", "build", "grounds"),
    [
        (REDUCES, OLD, PROVEN),
        (REDUCES, OLD, {**OURS, "proven_before": "2020-01-14"}),
        (REDUCES, OLD, {**PROVEN, "saved": False}),
        (REDUCES, OLD, THEIRS),
        ("exposed", OLD, {}),
        ("exposed", OLD, OURS),
        ("exposed", OLD, {**OURS, "saved": False}),
        ("exposed", OLD, {**PROVEN, "hits_rose": None}),
        ("exposed", OLD, {**PROVEN, "presence": Presence.OLDER, "version": 1}),
        ("exposed", OLD, {**PROVEN, "proofs": (probe(Sign.BLOCKED_BY_US), probe(Sign.VULNERABLE))}),
        ("observe, not blocking", OLD, {**OURS, **OBSERVES}),
        ("drifted", OLD, {**PROVEN, "presence": Presence.DRIFTED}),
        ("partly", OLD, {**PROVEN, "not_covered": ("node 10.1.0.12 is unreachable",)}),
        ("ineffective on this build", BUGGY, PROVEN),
        ("fixed, mitigation left behind", FIXED, OURS),
        ("fixed", FIXED, {}),
        ("not affected", NEVER, {}),
    ],
)
def test_a_stop_gap_protects_nobody_and_each_of_its_words_is_critical(
    word: str, build: str, grounds: dict[str, Any]
) -> None:
    verdict = decide(build, mitigation=GAP, **grounds)
    assert verdict.word == word, verdict.reason
    assert verdict.exit_code in (2, VERDICTS[word].exit_code)
    assert build != OLD or verdict.exit_code == 2


@pytest.mark.parametrize("as_of", [IN_CRISIS, TODAY])
def test_a_stop_gap_says_whose_it_is_and_what_is_next_all_the_same(as_of: date) -> None:
    verdict = decide(as_of=as_of, mitigation=GAP, **PROVEN)
    assert verdict.reason.endswith(
        "; a stop-gap by a blog of 2020-01-12, not the vendor: what else reaches the weakness is not known"
    )
    assert as_of == TODAY or len(verdict.reason) <= 200  # it says what the vendor says of such rules, too
    assert verdict.next_action == "close external access (lockdown.yml), then upgrade to 13.0 47.24 or later"
    assert decide(mitigation=GAP).next_action == verdict.next_action, "of what is not there"
    drifted = decide(as_of=as_of, mitigation=GAP, **{**PROVEN, "presence": Presence.DRIFTED})
    assert (drifted.word, drifted.next_action) == ("drifted", verdict.next_action), "of what somebody has changed"
    unsaved = decide(mitigation=GAP, **{**PROVEN, "saved": False})
    assert "it is not saved, and would be lost in a reboot" in unsaved.reason


def test_each_apply_of_a_stop_gap_says_so() -> None:
    found = decide(mitigation=GAP, **OURS, **OBSERVES).next_action
    (command,) = (one for one in found.commands if one.verb == "apply")
    assert ("stop_gap", "true") in command.options


def test_nobody_acknowledges_a_stop_gap() -> None:
    for word in ("", "applied, unproven", "reduces exposure"):
        given = Acknowledgement("J", "known", date(2030, 1, 1), word, "cve_2019_19781")
        for grounds in (PROVEN, OURS):
            found = decide_verdict(Grounds(Build.parse(OLD), **grounds), GAP, IN_CRISIS, (given,))
            assert (found.exit_code, found.acknowledged) == (2, None)


def test_a_stop_gap_behind_a_closing_is_closed_and_beside_one_it_is_not() -> None:
    assert decide(mitigation=GAP, closures=ALL, **{**OURS, "proven_before": "2020-01-14"}).word == "closed"
    part = decide(mitigation=GAP, closures=SOME, **{**OURS, "proven_before": "2020-01-14"})
    assert (part.word, part.exit_code) == ("partly", 2)
    assert "still open: proven 2020-01-14" in part.reason
    assert part.next_action.startswith("close external access (")


def test_the_order_of_the_probes_does_not_matter() -> None:
    proofs = (probe(Sign.VULNERABLE, name="a"), probe(Sign.BLOCKED_BY_US, name="b"))
    for order in (proofs, proofs[::-1]):
        verdict = decide(**{**PROVEN, "proofs": order})
        assert verdict.word == "exposed"
        assert verdict.reason.startswith("a (192.0.2.10:443) answers the attack")


# -- the table ---------------------------------------------------------------------------------------------------------


def test_precedence_is_the_worst_first() -> None:
    assert list(VERDICTS) == [
        "blocked, unexplained",
        "ineffective on this build",
        "exposed",
        "observe, not blocking",
        "not in place",
        "unknown",
        "drifted",
        "partly",
        "reduces exposure, not by the vendor",
        "closed, decision overdue",
        "closed",
        "applied, unproven",
        "applied, not saved",
        "superseded",
        "late",
        "observing",
        "reduces exposure",
        "mitigated, not managed by us",
        "mitigated",
        "enforcing",
        "on time",
        "fixed, mitigation left behind",
        "fixed",
        "not asked for",
        "not affected",
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, {"mitigated", "enforcing", "on time", "fixed", "not affected", "not asked for"}),
        (
            1,
            {
                "applied, unproven",
                "applied, not saved",
                "superseded",
                "late",
                "observing",
                "reduces exposure",
                "mitigated, not managed by us",
                "fixed, mitigation left behind",
                "closed",
            },
        ),
        (
            2,
            {
                "blocked, unexplained",
                "ineffective on this build",
                "exposed",
                "observe, not blocking",
                "not in place",
                "drifted",
                "partly",
                "reduces exposure, not by the vendor",
                "closed, decision overdue",
            },
        ),
        (3, {"unknown"}),
    ],
)
def test_exit_codes(code: int, words: set[str]) -> None:
    assert {word for word, meaning in VERDICTS.items() if meaning.exit_code == code} == words


def test_only_what_was_looked_at_can_be_ok() -> None:
    """Grounds with every field at its default must not give exit code 0 on an affected build."""
    empty = Grounds(Build.parse(OLD))
    assert empty.serves_nobody is False, "a measure must say itself that it needs no legitimate request"
    assert all(
        getattr(empty, f.name) in ("absent", None, "", (), {}, True, ClosureState(), (Sign.BLOCKED_BY_US, Sign.BLOCKED))
        for f in dataclasses.fields(empty)[1:]
        if f.name != "serves_nobody"
    )
    assert decide_verdict(empty, CVE, IN_CRISIS).exit_code > 0
    assert decide_verdict(dataclasses.replace(empty, presence=Presence.CURRENT), CVE, IN_CRISIS).exit_code > 0


def verdict_rows() -> list[str]:
    """Return the table of verdicts as Markdown."""
    exits = ("0 ok", "1 warning", "2 critical", "3 unknown")
    rows = ["| verdict | means | exit code | what `apply` does there | next action |", "|---|---|---|---|---|"]
    return rows + [
        f"| `{one.word}` | {one.meaning} | {exits[one.exit_code]} | {one.apply_does} | {one.next_action.format(fix='the fixed build')} |"
        for one in VERDICTS.values()
    ]


def test_the_documentation_has_this_very_table() -> None:
    page = (ROOT / "docs" / "reference" / "verdicts.md").read_text(encoding="utf-8")
    assert "\n".join(verdict_rows()) + "\n" in page


# -- closed access -----------------------------------------------------------------------------------------------------

ALL = ClosureState(("gw (192.0.2.10:443)",), (), "closed since then by J. Jansen")
SOME = ClosureState(("gw (192.0.2.10:443)",), ("shop (192.0.2.11:443)",), "closed since then by J. Jansen")
OVERDUE = dataclasses.replace(ALL, overdue=True)
SHOWN = dataclasses.replace(ALL, text="switched off by somebody else", by_others=True, unproven="the appliance says so")
LATE = dataclasses.replace(OVERDUE, unproven="no run has proved it since")
SILENT = VipProof(probe(Sign.BLOCKED).vip, ((Answer(ATTACK, None), Sign.NO_ANSWER),), ((Answer(CONTROL, None), False),))
ANSWERS = probe(Sign.NO_ANSWER, served=False)


@played_together(
    ("word", "build", "grounds"),
    [
        ("closed", OLD, {"closures": ALL}),
        ("closed", OLD, {"closures": ALL, "proofs": (SILENT,)}),
        ("closed", BUGGY, {"closures": ALL}),
        ("closed", OLD, {"closures": ALL, **OURS}),
        ("closed", OLD, {"closures": ALL, **OURS, "proven_before": "2020-01-14"}),
        ("closed", FIXED, {"closures": ALL}),
        # what only the appliance says is a closing that nothing proves, and stands beside what protects
        ("applied, unproven", OLD, {"closures": SHOWN}),
        ("applied, unproven", OLD, {"closures": SHOWN, "proofs": (SILENT,)}),
        ("applied, unproven", OLD, {"closures": ALL, "proofs": (ANSWERS,)}),
        ("applied, unproven", BUGGY, {"closures": SHOWN}),
        ("applied, unproven", OLD, {"closures": SHOWN, **OURS}),
        ("mitigated", OLD, {"closures": SHOWN, **OURS, "proven_before": "2020-01-14"}),
        ("mitigated", OLD, {"closures": SHOWN, **OURS, "proven_before": "2020-01-14", "proofs": (SILENT,)}),
        ("fixed", FIXED, {"closures": SHOWN}),
        ("drifted", OLD, {"closures": SHOWN, "presence": Presence.DRIFTED, "version": 2}),
        ("applied, unproven", OLD, {"closures": LATE}),
        ("applied, unproven", OLD, {"closures": OVERDUE, "proofs": (ANSWERS,)}),
        ("closed, decision overdue", OLD, {"closures": LATE, **OURS, "proven_before": "2020-01-14"}),
        ("closed, decision overdue", OLD, {"closures": OVERDUE}),
        ("closed, decision overdue", FIXED, {"closures": OVERDUE}),
        ("partly", OLD, {"closures": SOME}),
        ("mitigated", OLD, {"closures": SOME, **PROVEN}),
        ("ineffective on this build", BUGGY, {"closures": SOME}),
        # what a probe has just shown, what is not covered, what is not known and what is not explained stay worse
        ("exposed", OLD, {"closures": ALL, "proofs": (probe(Sign.VULNERABLE),)}),
        ("partly", OLD, {"closures": ALL, "not_covered": ("node 10.1.0.12 is unreachable",)}),
        ("unknown", OLD, {"closures": ALL, "unreadable": ("this is a cluster",)}),
        ("blocked, unexplained", OLD, {"closures": ALL, "proofs": (probe(Sign.INFECTED),)}),
        ("drifted", OLD, {"closures": ALL, "presence": Presence.DRIFTED, "version": 2}),
    ],
)
def test_closed_access_takes_the_place_of_exposed(word: str, build: str, grounds: dict[str, Any]) -> None:
    verdict = decide(build, **grounds)
    assert verdict.word == word
    if word.startswith("closed"):
        assert "closed since then by J. Jansen" in verdict.reason


@pytest.mark.parametrize(
    ("next_action", "grounds"),
    [
        ("apply.yml", {}),
        ("look at what it would block, then apply.yml without mitigation_mode: observe", {**OURS, **OBSERVES}),
        ("ask the vendor", {"next_actions": {VerdictWord.EXPOSED: NextAction("ask the vendor")}}),
        ("add what is missing, then verify.yml", {"not_covered": ("node 10.1.0.12 is unreachable",)}),
    ],
)
def test_what_is_next_where_only_some_is_closed_is_next_of_what_is_open(
    next_action: str, grounds: dict[str, Any]
) -> None:
    """Seen: a circle of verify.yml, which proves again that what is open is exposed."""
    verdict = decide(OLD, **{**grounds, "closures": SOME})
    assert (verdict.word, verdict.next_action) == ("partly", next_action)


@pytest.mark.parametrize(
    ("word", "grounds"),
    [
        ("applied, unproven", {"closures": LATE}),
        ("applied, not saved", {"closures": LATE, **PROVEN, "saved": False}),
        ("closed, decision overdue", {"closures": LATE, **PROVEN}),
        ("closed, decision overdue", {"closures": OVERDUE}),
    ],
)
def test_an_overdue_decision_is_critical_beside_each_word(word: str, grounds: dict[str, Any]) -> None:
    """Seen: "closed, decision overdue" of what no run has proved to be closed, and VEX called that a workaround."""
    given = Acknowledgement("J. Jansen", "known", date(2099, 12, 31), "", CVE.id)
    for verdict in (
        decide(OLD, **grounds),
        decide_verdict(Grounds(Build.parse(OLD), **grounds), CVE, IN_CRISIS, [given]),
    ):
        assert (verdict.word, verdict.exit_code) == (word, 2)
        assert "closed since then by J. Jansen" in verdict.reason
        assert verdict.next_action.startswith("decide: extend it with lockdown.yml -e extend=true")


def test_what_is_shown_as_off_says_who_says_so() -> None:
    text = "gw (192.0.2.10:443): switched off by somebody else; the appliance says so"
    assert decide(OLD, closures=SHOWN).reason == text
    told = decide(OLD, closures=SHOWN, **OURS, proven_before="2020-01-14")
    assert text in told.missing
    answers = decide(OLD, closures=SHOWN, proofs=(ANSWERS,))
    assert (
        answers.reason == "gw (192.0.2.10:443): switched off by somebody else; gw (192.0.2.10:443) answers all the same"
    )


@pytest.mark.parametrize(
    ("word", "grounds"),
    [
        ("closed", {"closures": ALL, "saved": True}),
        ("closed", {"closures": ALL, "saved": None}),
        ("applied, not saved", {"closures": ALL, "saved": False}),
        ("applied, unproven", {"closures": ALL, "saved": True, "unproven": ("gw is not probed",)}),
        ("applied, unproven", {"closures": OVERDUE, "saved": False, "unproven": ("gw is not probed",)}),
        ("applied, unproven", {"closures": LATE, "saved": True}),
        ("applied, not saved", {"closures": OVERDUE, "saved": False}),
        ("closed, decision overdue", {"closures": OVERDUE, "saved": True}),
        ("partly", {"closures": SOME, "saved": True}),
        ("partly", {"closures": ALL, "saved": True, "answering": ("gw still answers",)}),
        ("partly", {"closures": OVERDUE, "saved": True, "not_covered": ("node 10.1.0.12 is unreachable",)}),
    ],
)
def test_verdict_on_a_lockdown(word: str, grounds: dict[str, Any]) -> None:
    verdict = decide_closure(ClosureGrounds(**grounds))
    assert verdict is not None
    assert verdict.word == word
    is_due = grounds["closures"].overdue
    assert verdict.exit_code == (2 if is_due else VERDICTS[word].exit_code)
    assert is_overdue(verdict) is (is_due and word != "partly")


def test_where_nothing_is_closed_there_is_no_verdict_on_it() -> None:
    assert decide_closure(ClosureGrounds(ClosureState((), ("gw",)))) is None


@pytest.mark.parametrize("by_others", [False, True])
def test_what_ends_a_closing_comes_on_a_build_where_no_rule_works(by_others: bool) -> None:
    """Seen: "when it is proven", for which an appliance waits for ever where the rule has no effect."""
    verdict = decide_closure(ClosureGrounds(ClosureState(("gw",), by_others=by_others), saved=True))
    assert verdict is not None
    assert "once a mitigation works here or the build has the fix" in verdict.next_action


def test_what_only_counts_and_is_not_saved_says_so() -> None:
    says = "tq_cve_2019_19781 only counts and logs what it would block"
    assert decide(**{**OURS, **OBSERVES}).reason.startswith(f"{says}; ")
    assert decide(**{**OURS, **OBSERVES, "saved": False}).reason.startswith(f"{says}, and is not saved; ")


WHY = "not judged here, stopped by our closing_notice"


def kept(sign: Sign | None, name: str = "gw") -> VipProof:
    """Return the probes of a VIP whose legitimate requests our closing stops; of its attacks too where there is no sign."""
    stopped = [(CONTROL, WHY), *([] if sign else [(ATTACK, WHY)])]
    signs = ((Answer(ATTACK, 403), sign),) if sign else ()
    return VipProof(Vip(name, Address("192.0.2.10", 443), "vpn"), signs, (), not_judged=tuple(stopped))


KEPT: dict[str, Any] = {
    **OURS,
    "proofs": (kept(Sign.BLOCKED_BY_US),),
    "hits_rose": True,
    "proven_before": "2020-01-14",
    "closed_to_us": (kept(None).vip,),
}


@played_together(
    ("word", "grounds"),
    [
        ("mitigated", KEPT),
        ("mitigated", {**KEPT, "proofs": (kept(None),), "hits_rose": None}),
        ("mitigated", {**KEPT, "proofs": (kept(None), probe(Sign.BLOCKED_BY_US, name="web"))}),
        ("applied, not saved", {**KEPT, "saved": False}),
        ("drifted", {**KEPT, "presence": Presence.DRIFTED, "proven_before": ""}),
        ("applied, unproven", {**KEPT, "proven_before": ""}),
        ("applied, unproven", {**KEPT, "closed_to_us": ()}),
        ("applied, unproven", {**KEPT, "hits_rose": False}),
        ("applied, unproven", {**KEPT, "hits_rose": None}),
        ("applied, unproven", {**KEPT, "proofs": (kept(Sign.NOT_CONFIRMED),)}),
        ("applied, unproven", {**KEPT, "proofs": (kept(Sign.NO_ANSWER),)}),
        ("applied, unproven", {**KEPT, "proofs": (kept(None), probe(Sign.NOT_CONFIRMED, name="web"))}),
        ("applied, unproven", {**KEPT, "proofs": (kept(None), probe(Sign.BLOCKED_BY_US, served=False, name="web"))}),
        ("applied, unproven", {**KEPT, "proofs": (probe(Sign.BLOCKED_BY_US, served=False),)}),
        ("exposed", {**KEPT, "proofs": (kept(Sign.VULNERABLE),)}),
    ],
)
def test_what_our_closing_stops_ends_no_earlier_proof(word: str, grounds: dict[str, Any]) -> None:
    assert decide(**grounds).word == word
