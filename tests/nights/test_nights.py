# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drawn nights of one to three appliances: is everything that is read after each action true of what a witness saw who knows nothing of ours?

After each action the witness sends the published attack to each service and to each management address, as several clients, and asks as a user. Where an
attack passed and a run of ours looked at our measure meanwhile, nothing may say that it was protected. What somebody changed and took back between two runs
is in no record: there the course names the run on which its word rests. A kind of claim without a check is an error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import RecordKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import ReopenAnswer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord

from tests import catalogue_fleet, sample
from tests.nights.causes import CAUSED_BY
from tests.nights.checks import CHECKS, wrong_claim
from tests.nights.claims import claims_of, decision_kind, time_of
from tests.nights.declared import (
    NOT_IN_A_NIGHT,
    PARTS,
    decision_heads,
    exit_codes,
    line_heads,
    vex_statuses,
)
from tests.nights.entries import wrong_entries
from tests.nights.held import Held
from tests.nights.night import (
    ALL,
    FURTHER,
    OURS,
    RUNS,
    WITH_TWO,
    drawn,
    drawn_of_all,
    drawn_widely,
    drawn_with_two,
    has_two,
    night_of,
)
from tests.nights.outputs import read
from tests.nights.played import played, untrue
from tests.nights.text_claims import line_claims
from tests.nights.verbs import ACTIONS, NOT_PLAYED, READ

HERE = Path(__file__).parent
DECLARED: dict[str, type[StrEnum]] = {
    "verdict": VerdictWord,
    "course": State,
    "letter": FactKind,
    "loss": LossCause,
    "answer": ReopenAnswer,
    "closing": LadderStep,
    "audit": RecordKind,
}
"""By what says them, the words that the product declares."""
NOT_DRAWN = {
    "verdict: not in place": "of a measure that is no mitigation",
    "verdict: observing": "of a whitelist",
    "verdict: late": "of the heartbeat",
    "verdict: on time": "of the heartbeat",
    "verdict: not asked for": "of a measure of the inventory",
    "verdict: mitigated, not managed by us": "no rule of others stops the attack in a night",
    "course: mitigated, not managed by us": "no record says it",
    "course: applied, not saved": "what is proven protects, saved or not",
    "course: ": "of a time of which nothing is known",
    "decision: must": "of the register of consent",
    "decision: acknowledged": "nobody acknowledges anything in a night",
    "letter: users": "of a file of facts",
    "letter: advised": "of a file of facts",
    "letter: agreed": "of the register of consent",
    "letter: refused": "of the register of consent",
    "letter: attack_stopped": "of a file of facts",
    "letter: attack_seen": "of a file of facts",
    "letter: decide_close": "of a file of facts",
    "letter: exploited": "of a weakness whose first use is known: that of those of the nights is not",
}
"""The kinds of claims that no night has yet, with the reason."""


@pytest.mark.parametrize("seed", sample.NIGHTS)
def test_everything_that_is_said_in_a_night_is_true(tmp_path: Path, seed: int) -> None:
    found = played(*drawn(seed), tmp_path)
    assert not found.wrong, f"\n{found}"


@pytest.mark.parametrize("seed", sample.WIDE_NIGHTS)
def test_everything_that_is_said_in_a_wide_night_is_true(tmp_path: Path, seed: int) -> None:
    found = played(*drawn_widely(seed), tmp_path)
    assert not found.wrong, f"\n{found}"


@pytest.mark.parametrize("seed", sample.NIGHTS_OF_TWO)
def test_everything_that_is_said_in_a_night_of_two_weaknesses_is_true(tmp_path: Path, seed: int) -> None:
    found = played(*drawn_with_two(seed), tmp_path)
    assert not found.wrong, f"\n{found}"


@pytest.mark.parametrize(
    ("shape", "actions"),
    [
        # Seen: proven without a gap, although the second apply had to put it back.
        ("alone", "apply, colleague_unbinds, apply"),
        # Seen: it only counts, of a rule that a boot had removed, or that somebody had unbound.
        ("alone", "notice_of_one, observe, reboot"),
        ("alone", "apply, observe, colleague_unbinds"),
        # Seen: an audit, which reads no configuration, called the rule in front of an address applied, and the ledger drifted, or passed by.
        ("partition", "apply, cover one other, edited, off, apply, allow_in_front"),
        # Seen: "NOT covered until the next reboot" of what somebody's policy lets pass.
        ("shared", "apply, undefined_in_front, label_in_front, cover one other, leave one, apply"),
        ("pair", "apply, verify, colleague_changes, wait, edited"),
        ("partition", "apply, colleague_unbinds, apply one other, wait"),
        ("alone", "apply, colleague_changes, observe one other, undo"),
        # Seen: proven until the apply that found somebody's policy in front, as it changed a text of ours too.
        ("alone", "apply, edited, allow_in_front, apply, verify"),
        # Seen: proven by an undo that put our rule back, behind a policy that somebody had put in front meanwhile.
        ("alone", "apply, observe, allow_in_front, undo, wait, not_in_front"),
        # Seen: proven, as the undo had put back the rule that the colleague had broken.
        ("alone", "apply, colleague_changes, apply, undo, wait"),
        # Seen: proven until the reading, as the clock of the last run was ahead of it.
        ("alone", "apply_unsaved, edited, edited, clock_ahead, allow_in_front"),
        # Seen: "lets the attack pass", as the record of the other control node is lost.
        ("alone", "apply, observe, apply one other, copies_lost, apply, verify"),
        # Seen: proven until the undo, which had found the binding gone and so had no step for it.
        ("alone", "apply, colleague_unbinds, undo"),
        ("tenant", "apply, colleague_unbinds, undo"),
        # Seen: known_affected in VEX on a build with the fix, as what is closed was the only word.
        ("alone", "apply, off, upgrade"),
        ("shared", "off, upgrade"),
        # Seen: drifted for good beside a proven rule, as an undo had left the feature on that the rule uses.
        ("alone", "apply, colleague_disables, apply, undo, verify"),
        # Seen: closed by a notice in ledger, letter and decisions, on a build that does not evaluate it.
        ("alone", "apply, ineffective, notice"),
        # Two that differ in their names only: the screen says once of both what they are.
        ("alone, alone", "verify one"),
        # A break-in that a hunt finds, and our own requests beside it.
        ("alone", "attack, hunt, apply, verify, alarm, upgrade, hunt other"),
        ("pair", "apply, verify, alarm, observe, alarm, undo, apply, failover, hunt, alarm"),
        # Seen: proven until the undo, which had found the feature off and so had no step for it.
        ("alone", "apply, colleague_disables, undo"),
        # Seen: partly on two nodes with the fix, as an apply had found one of them without it.
        ("pair", "upgrade_second, edited, upgrade"),
        # Seen: closed, also in the letter, once the inventory had let the same geoblock or lists only count again.
        ("alone", "countries, geoblock_counts"),
        ("tenant", "paths, apply, whitelist_counts"),
        # Seen: proven until the closing, on a build where the rule has no effect, although the appliance showed that somebody had changed it.
        ("alone", "apply, colleague_changes, off, ineffective"),
        ("alone", "apply, allow_in_front, notice, ineffective"),
        # Seen: closed since the reading, "121 minutes between 21:00 and 21:00", as a run before it had a clock that was ahead.
        ("shared", "apply, colleague_changes, wait, clock_ahead one other, notice_of_one"),
        # Seen, also in the letter: back on an older build, where a run with a clock that was ahead had taken the measure off.
        ("tenant", "apply, verify, clock_ahead"),
        # Seen: proven without a gap, although an apply had found a label in front that lets requests past, and proved nothing.
        ("alone", "apply, label_in_front, apply, front_cleared"),
        # Seen: the same of a verify, which wrote no record of it, and "we changed the emergency measure" in the letter of an apply that changed nothing.
        ("alone", "apply, label_in_front, verify, front_cleared"),
        # Seen: closed to the countries, also in the letter, at an address of IPv6 by a list that has no address of IPv6.
        ("six", "apply, countries"),
        # Seen: "closed, decision overdue" of a closing for some countries, while an attack passed in front of our rule.
        ("log_on", "countries, undefined_in_front, apply_unsaved"),
        # Seen in letters: "that lasted until" the reading, or the run, that found a build with the fix, or what somebody had opened.
        ("alone", "apply, observe, upgrade, wait, verify, wait"),
        ("alone", "off, colleague_opens, wait, verify"),
        # Seen: "next" in a circle of verify.yml, where one of two services was open again, and nothing of ours protected it.
        ("six", "notice one other, off one other, allow_in_front, colleague_opens one other"),
        # Seen in an audit: ineffective since the reading, of a management address that nothing had protected before either.
        ("alone", "edited, cover, ineffective"),
        # Seen: covered, also in ledger and letter, while somebody's policy in front of ours let an attack pass at the management address.
        ("alone", "apply, allow_in_front, cover, not_in_front"),
        ("alone", "apply, label_in_front, cover, front_cleared"),
        # Seen: proven without a gap, of virtual servers too, past a policy that a run on their management address alone had read.
        ("alone", "apply, cover, jump_in_front, cover, front_cleared"),
        # Seen: the same past a label, of which such a run had said that it is not read.
        ("alone", "apply, cover, label_in_front, cover, front_cleared"),
        # Seen: proven until it was taken off or only counted, past a policy that the run which did so had read, once nothing of ours showed it any more.
        ("alone", "apply, undefined_in_front, off, upgrade, after_fix"),
        ("alone", "apply, allow_in_front, observe, not_in_front"),
        ("alone", "apply, label_in_front, undo"),
        ("tenant", "apply, jump_in_front, leave"),
        ("alone", "apply, cast_in_front, upgrade, retire, front_cleared"),
        # Seen: proven until a closing, lists or a geoblock, past a policy that was there then and is gone now.
        ("alone", "apply, allow_in_front, off, reopen, not_in_front"),
        ("alone", "apply, cast_in_front, partners, front_cleared"),
        ("alone", "apply, allow_in_front, whitelist, not_in_front"),
        ("alone", "apply, colleague_changes, notice, colleague_restores, verify"),
        ("tenant", "apply, jump_in_front, notice_of_one, front_cleared"),
        # Seen: the same past what an apply had been refused by, which left no record.
        ("alone", "apply, cast_in_front, apply, front_cleared"),
        # Seen in next: to find out which policy lets the attack go on, once it was gone, and in that of a catalogue no upgrade.
        ("alone", "apply, undefined_in_front, verify, front_cleared"),
        # Seen: superseded, "as our last run left it", behind a label that somebody had put in front since, while an attack passed.
        ("alone", "apply, edited, label_in_front"),
        # Seen: the same once a run had seen an attack pass. What the checks did not know: a verify proves what is superseded, where nothing passes.
        ("alone", "apply, edited, undefined_in_front, verify, front_cleared"),
        ("alone", "apply, edited, cast_in_front, verify, front_cleared, verify"),
        # Seen in the duties: the threat known since the second closing, or since the reading, as closings that ended or were by another step did not count.
        ("alone", "off, reopen, wait, off"),
        ("tenant", "notice_of_one, off, open_step"),
        # Seen there too: known since each reading anew, as nothing that a run put in place works on the build.
        ("alone", "ineffective, apply, verify"),
        # The clock of a node is wrong: its logs have other times, and nothing of the witness.
        ("alone", "node_clock, hunt"),
        # Seen in an audit: exposed, of a management address that a run of the other control node had covered, by its copy.
        ("alone", "apply other, cover, wait, wait other"),
        ("alone", "apply other, upgrade, off, oldest other"),
        # Seen: the ledger counted the minutes from the first closing, and a colleague had opened it between both.
        ("alone", "off, colleague_opens, off"),
        # Seen: fixed, and open again, as the one node that had answered for the cluster had the fix.
        ("cluster", "apply, upgrade"),
        # Seen: proven, past a policy whose action has no text for some clients, and past one whose rule has no result for them.
        ("alone", "answer_in_front, apply, wait"),
        ("alone", "apply, answer_in_front, verify, front_cleared, wait"),
        ("alone", "apply, half_cast_in_front, verify"),
        # Seen: nothing lost, once a verify had seen an attack pass behind a policy whose rule has no result.
        ("alone", "apply, undefined_in_front, verify, apply"),
        # Seen in a circle: a lower number in front of number one.
        ("alone", "apply, cast_in_front, verify"),
        ("shared", "apply, vserver_in_front, verify, apply, number_in_front"),
        # Seen: no loss, in no view, as our rule for what is behind the appliance was taken off.
        ("alone", "apply_2, undo_2"),
        # Seen: fixed, also in VEX, of servers behind an appliance that is switched off.
        ("alone", "apply_2, off"),
        # Seen: "a build that has the fix" in VEX, of a weakness in servers behind the appliance.
        ("alone", "apply, apply_2, undo"),
        # Seen: proven, on a build on which no run has proved it and the look-up passes.
        ("alone", "apply_2, ineffective"),
        # Seen: no exposure in the letter that the other control node made after our undo, as the record of a verify is on ours alone.
        ("alone", "apply_2, verify_2, undo_2, wait other"),
        ("pair_tenant", "apply_2, ineffective, apply_2"),
        # Seen: proven until the undo, or until it only counted, on a build on which no run had proved it and the look-up passed.
        ("alone", "apply_2, ineffective, undo_2"),
        ("alone", "apply_2, upgrade, undo_2, apply_2"),
        ("alone", "apply_2, ineffective, observe_2, wait"),
        # What the checks did not know: a rule for what is behind is needed on each build, and next of a catalogue is that of its worst entry; a verify that
        # proves nothing has no record, and no node a copy of that of a verify; that what somebody opened was closed until nobody knows when.
        ("shared_pair", "upgrade one other, apply_2"),
        ("shared_pair", "edited, upgrade, apply_2, colleague_disables other"),
        ("alone", "apply, observe, verify"),
        ("pair", "apply, off, colleague_opens, off, colleague_opens"),
        # Likewise: a counter stays where its policy is gone, and a test of the alarm tells the requests of others at each policy of ours.
        ("tenant", "apply, undo, verify"),
        ("alone", "observe other, apply_2, attack_2, alarm"),
        # The minutes ran on where others had switched the feature off, and by whose decision it was closed again was not recorded.
        ("alone", "notice, colleague_disables, notice"),
        ("tenant", "countries, colleague_disables, countries other"),
        ("shared", "partners, colleague_takes, partners, open_step"),
        ("alone", "apply, paths, colleague_takes, paths"),
        # Seen: applied, unproven in a status, right after our verify had found that the build does not evaluate it.
        ("shared", "ineffective, apply_2, verify_2"),
        # Seen: not saved, where an apply had put back what only counted, as it is saved, and the appliance had counted the changes.
        ("linde", "apply, notice_of_one, observe other, apply"),
        # What the checks did not know: the line of a test of the alarm has the first gap of all weaknesses, and a verify that proves nothing has no record.
        ("shared", "observe_2, observe other, colleague_unbinds_2, alarm"),
        ("alone", "observe, verify other"),
        # Seen: 4 hits of others, as the notes of a verify of two partitions that began at one moment were one.
        ("pair_tenant", "apply, geoblock_counts other, paths, verify"),
        # What the checks did not know: a verify that rests on an earlier proof has no record, and a note.
        ("alone", "apply_unsaved_2, notice_of_one, verify_2"),
        # Likewise: a policy in front whose rule is undefined for the request of a test of the alarm serves it, as that says.
        ("shared", "apply one, undefined_in_front one, alarm one other"),
        # Likewise: a hunt asks to look at lines of ours from before the clock of the node was set.
        ("alone", "verify, node_clock, hunt"),
        # Likewise: what an apply left unsaved is a difference once an upgrade has lost it, whatever a verify has seen since.
        ("shared", "notice_of_one, apply, upgrade, verify, affected_again, verify"),
        # Seen: mitigated until it was switched off, once the build had changed: before that it was not known.
        ("alone", "apply, cast_in_front, off, other_edition other"),
        ("alone", "apply, undefined_in_front, off, upgrade"),
        # Seen: observing in the letter, of a rule that a run that lost its lease had let block.
        (
            "shared",
            "apply, whitelist, apply_unsaved other, allow_in_front, observe, copies_lost, allow_in_front, lease_lost",
        ),
        # What the checks did not know: a run that puts ours back in one partition proves nothing of the others, whose proof stays.
        ("pair_tenant", "apply, colleague_disables, apply"),
        # Likewise: of an entry that is unproven nobody knows what is lost, whatever the word of the whole catalogue is.
        ("alone", "apply_2, label_in_front"),
        # Likewise: a rule in front that is undefined for some requests lets these past what is closed.
        ("linde", "undefined_in_front one other, notice one"),
        ("shared", "undefined_in_front one, label_in_front one, notice_of_one one other"),
        # Seen: an upgrade as the fix of a weakness that is behind the appliance.
        ("oord", "apply_2, ineffective, verify_2"),
        # Seen: 8 hits of others, as a run with a clock that was ahead counted after those that followed it.
        ("alone", "observe, clock_ahead, verify"),
        # Seen: the alarm works since a time, where nothing but a closing is bound, which has no alarm.
        ("pair", "notice_of_one, alarm"),
        # Seen: four attacks after a restart were taken for the four probes of the run before it, and the alarm told none.
        ("alone", "apply, reboot, attack, attack, alarm"),
        # Seen: likewise where somebody cleared the counters, as soon as they were as high again, whatever had seen them low.
        ("alone", "apply, counters_cleared, attack, attack, alarm"),
        ("pair", "apply, counters_cleared, apply, attack, attack"),
        # Seen: the probes of a verify after a restart were an attack to the next test of the alarm.
        ("alone", "apply, alarm, reboot, verify, alarm"),
        # What the checks did not know: a verify proves nothing in a partition where a closing answers its legitimate request; the proof before stays.
        ("pair_tenant", "apply, notice, verify"),
        # Likewise: what was proven beside a rule that is gone, or another, is in doubt since then, also where a run takes it off later.
        ("alone", "apply, apply_2, undo, undo_2"),
        ("alone", "apply, apply_2, colleague_changes, observe_2"),
        ("alone", "apply, apply_2, undefined_in_front, undo_2, front_cleared"),
        # Likewise: the test of a rule on paths has its mark in the path.
        ("alone", "whitelist_counts, alarm"),
        # Seen: the request of a rule that only counts went on to a list, and was one of others at the next test.
        ("alone", "log_is_on, whitelist_counts, observe, alarm, attack, alarm"),
        # Seen: taken off since "the builds of all nodes", which is said where these have the fix, of a build that also lets a rule have no effect.
        ("alone", "apply, never_affected, after_fix, ineffective"),
        # Seen: "HTTP 404 without an errorcode", and not that a policy may answer so: that of an entry that somebody has edited does, also to a hunt.
        ("shared", "apply, cover, edited, hunt"),
        # Seen: nothing lost, once a build ran that does not evaluate what the only run had proved; or taken off by us, of what that build had ended before.
        ("alone", "apply, ineffective, undo"),
        # Seen: drifted, as a run of the other control node that wrote its decision alone did not know what ours had changed since.
        ("shared", "apply, whitelist other, edited, paths other"),
    ],
)
def test_a_night_in_which_something_untrue_was_said(tmp_path: Path, shape: str, actions: str) -> None:
    found = played(shape.split(", "), actions.split(", "), tmp_path)
    assert not found.wrong, f"\n{found}"


def test_a_removal_after_the_fix_is_no_loss_where_an_older_build_comes_back(tmp_path: Path) -> None:
    """Seen, also in the letter: the protection ended with our removal, a day before an attack could pass."""
    with night_of(["alone"], tmp_path) as night:
        for action in ("apply", "upgrade", "after_fix", "wait", "affected_again"):
            night.play(action)
        found = read(night.nodes[OURS], OURS, night.clock)
        assert [bool(one.passed("one")) for one in night.world.sights] == [False, False, False, False, True]
        row = found.ledger["appliances"]["one"]["answers"][0]["rows"][0]
        (loss,) = row["losses"]
        assert (loss["cause"], loss["by"], loss["is_ours"], loss["is_critical"]) == ("older_build", "", False, True)
        assert "shows a build without the fix after one with it: since when is not known" in loss["reason"]
        assert not [text for text in row["conflicts"] if "before the fix" in text]
        assert "We took the emergency measure off. Since then" not in found.letters["Brouwer"]


def test_the_secondary_of_a_pair_answers_at_its_management_address_as_its_own_build_does(tmp_path: Path) -> None:
    """Seen: the letter says that it is exposed, and the witness had asked the node without the fix as if it had it."""
    with night_of(["shared_pair"], tmp_path) as night:
        for action in ("apply", "upgrade_second", "failover"):
            night.play(action)
        assert [one.managed["one"] for one in night.world.sights] == [(0, 1), (0,), (0,)]
        assert [*untrue(Held(night, read(night.nodes[OURS], OURS, night.clock)))] == []


def test_what_nobody_could_know_rests_on_the_run_that_is_named(tmp_path: Path) -> None:
    """Somebody unbinds our rule and binds it again between two runs: no record shows it, and the ledger says by which run it was proven."""
    with night_of(["alone"], tmp_path) as night:
        for action in ("apply", "colleague_unbinds", "colleague_restores", "verify"):
            night.play(action)
        held = Held(night, read(night.nodes[OURS], OURS, night.clock))
        sights = night.world.sights
        assert [bool(one.passed("one")) for one in sights] == [False, True, False, False]
        (answer,) = held.found.ledger["appliances"]["one"]["answers"]
        begun = [one for one in answer["rows"][0]["course"] if (time_of(one["since"]) or sights[1].at) < sights[1].at]
        assert (begun[-1]["state"], begun[-1]["since"]["confidence"]) == ("mitigated", "recorded")
        assert begun[-1]["rests_on"][0].endswith("-run00")
        assert [why for claim in claims_of(held.found) if (why := wrong_claim(held, claim))] == []


def test_each_third_night_of_make_nights_is_of_two_weaknesses() -> None:
    nights = [drawn_of_all(seed) for seed in range(60)]
    assert [seed for seed, (_shapes, actions) in enumerate(nights) if has_two(actions)] == [*range(0, 60, 3)]
    assert any(len(shapes) > 3 and has_two(actions) for shapes, actions in nights), "wide ones too"


def test_each_verb_is_an_action_of_nights_or_has_a_reason() -> None:
    verbs = {path.stem for path in (HERE.parents[1] / "playbooks").glob("*.yml")}
    assert verbs == ACTIONS.keys() | {*READ} | NOT_PLAYED.keys()
    assert not ACTIONS.keys() & NOT_PLAYED.keys()
    played_by = {name for names in ACTIONS.values() for name in names}
    assert {*RUNS} == played_by
    assert played_by <= {*ALL, *FURTHER, *WITH_TWO}, "drawn_widely or drawn_with_two draws each"


@pytest.mark.parametrize("what", DECLARED)
def test_each_word_that_the_product_declares_has_a_check(what: str) -> None:
    kinds = {f"{what}: {word}" for word in DECLARED[what]}
    assert kinds - CHECKS.keys() - NOT_DRAWN.keys() == set()
    assert CHECKS.keys() & NOT_DRAWN.keys() == set()


def test_each_line_of_a_page_and_each_decision_that_is_written_has_a_kind_with_a_check() -> None:
    heads = line_heads()
    left_out = {*PARTS, *NOT_IN_A_NIGHT}
    assert left_out <= heads, "what is not written any more needs no reason"
    lines = {head: {one.kind for one in line_claims("screen", f"{head}x")} for head in heads - left_out}
    assert {head: kinds for head, kinds in lines.items() if not kinds <= CHECKS.keys()} == {}
    decisions = {head: f"decision: {decision_kind(head)}" for head in decision_heads()}
    assert {head: kind for head, kind in decisions.items() if kind not in {*CHECKS, *NOT_DRAWN}} == {}


def test_each_word_of_a_program_has_a_check() -> None:
    assert {f"vex: {one}" for one in vex_statuses()} <= CHECKS.keys()
    assert {f"prometheus: {one}" for one in exit_codes()} <= CHECKS.keys()


def test_the_entries_whose_attacks_no_witness_sends_are_judged_by_the_bulletins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a difference is noticed: the table says that 13.0 has the fix of CVE-2023-4966 from the build of the night on."""
    with night_of(["alone", "fips", "never", "web", "log_on", "switching"], tmp_path) as night:
        assert [*wrong_entries(night, OURS)] == []
        monkeypatch.setattr(catalogue_fleet, "FIXED", catalogue_fleet.FIXED.replace("92.19", "47.22"))
        assert [one.split(" ")[:5] for one in wrong_entries(night, OURS)] == [
            ["cve_2023_4966", "is", "closed", "at", name] for name in ("one", "five", "six")
        ]


def test_no_code_of_the_product_is_in_the_world() -> None:
    for path in (HERE / "world.py", HERE / "shapes.py", *HERE.glob("rules/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert [one for one in _imported(tree) if one.startswith("ansible_collections")] == []


def _imported(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def test_each_cause_of_a_loss_has_what_people_can_have_done() -> None:
    assert {*CAUSED_BY} == {*map(str, LossCause)}
