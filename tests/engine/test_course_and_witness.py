# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random stories of one appliance: is what status, ledger, letter and the answer to reopen say true of what a witness saw who knows nothing of ours?

After each step the witness sends the published attack as a client. Where it passed and a run of ours looked at our measure meanwhile, no interval of the
course may say that it was protected. What somebody changed and took back between two runs is in no record: there the course names the run on which its
word rests. Where the attack was stopped by what was proven, and nothing else happened, the course says that it was protected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import sample
from tests.engine.witnessed_story import SHAPES, Story, story_of

PROTECTS = ("mitigated", "fixed", "fixed, mitigation left behind", "not affected", "closed")
LETS_PASS = ("exposed", "observe, not blocking", "partly", "drifted", "unknown", "ineffective on this build")
"""The words of status.yml that say that an attack passes, or that nobody knows."""
QUIET = ("apply", "verify", "failover", "wait", "off", "reopen", "notice", "partners", "open_step")
"""The steps after which what was proven holds."""
NOT_BLOCKING = ("undone", "removed", "retired", "observe, not blocking")
"""What runs say that let an attack pass."""
A_DAY = 3
"""The steps of a day, by which a clock is wrong."""
UNSURE = ("clock_ahead", "clock_behind", "copies_lost", "other_applies", "other_undoes", "other_observes")
Interval = Mapping[str, Any]


def drawn(seed: int) -> tuple[str, list[str]]:
    """Return the shape of an appliance and the names of the steps of a story."""
    random = Random(seed)
    shape = random.choice([*SHAPES])
    first = ["apply"] if random.random() < 0.8 else []
    return shape, [*first, *random.choices(Story.ACTIONS, k=random.randint(6, 15) - len(first))]


def moment(dated: Mapping[str, str]) -> datetime:
    found = datetime.fromisoformat(dated["time"])
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def interval_at(course: Sequence[Interval], when: datetime) -> Interval:
    """Return what ledger.json says of a moment."""
    held = (one for one in course if moment(one["since"]) <= when)
    return next(one for one in held if one["until"] is None or when < moment(one["until"]))


def known_by(story: Story, number: int, last: int) -> str:
    """Return by what it can be known, up to a step, that the attack passed after an earlier one; "" where no record of ours can show it."""
    first = number
    while first and story.seen[first - 1].passed:
        first -= 1
    if number < last and any(
        step.name.startswith("clock_") for step in story.steps[max(0, number - A_DAY) : number + A_DAY + 1]
    ):
        return ""  # a wrong time that no other record contradicts is not noticed
    is_lasting = all(one.passed for one in story.seen[number : last + 1])
    if is_lasting and all(one.said not in NOT_BLOCKING for one in story.steps[number + 1 :]):
        return "the appliance shows it"
    if story.steps[first].ours:
        return f"step {first} of ours let it pass"
    for later in range(number + 1, last + 1):
        if not story.seen[later - 1].passed:
            break
        if not story.steps[later].ours:
            continue
        if _looks_at_it(story, first, later):
            return f"step {later} of ours looked at it"
        if story.steps[later].said in NOT_BLOCKING:
            break  # what let it pass before that is gone, or no longer what does
    return ""


def _looks_at_it(story: Story, first: int, later: int) -> bool:
    """Return False for a run whose record has nothing of what others put in front."""
    return not (story.steps[later].said in NOT_BLOCKING and story.steps[first].name == "allow_in_front")


def untrue(story: Story) -> Iterator[str]:
    """Yield what is untrue of what is said after the last step."""
    course, last = story.told[-1].row()["course"], len(story.steps) - 1
    yield from _said_too_much(story, course, last)
    yield from _said_too_little(story, course, last)
    yield from _said_now(story, course[-1], last)


def _said_too_much(story: Story, course: Sequence[Interval], last: int) -> Iterator[str]:
    for number, seen in enumerate(story.seen):
        one = interval_at(course, seen.at)
        if not seen.passed or not one["protects"]:
            continue
        known = known_by(story, number, last)
        if known:
            yield f"it passed after step {number} at {seen.passed[0]} ({known}), and the course has {_told(one)}"
        elif not any(source.startswith("record ") for source in one["rests_on"]):
            yield f"it passed after step {number}, which nobody knows, and the course names no run on which it rests: {_told(one)}"


def _said_too_little(story: Story, course: Sequence[Interval], last: int) -> Iterator[str]:
    quiet = last
    while quiet >= 0 and story.steps[quiet].name in QUIET:
        quiet -= 1
    proven = (
        n for n in range(quiet + 1, last + 1) if story.steps[n].name == "apply" and story.steps[n].said == "mitigated"
    )
    begins = next(proven, last + 1)
    if any(step.name in UNSURE for step in story.steps):
        return  # when a run was, which was first, or what it left, need not be known then
    for number in range(begins, last + 1):
        one = interval_at(course, story.seen[number].at)
        if not story.seen[number].passed and not one["protects"]:
            yield f"it was stopped after step {number} by what was proven at {begins}, and the course has {_told(one)}"


def _said_now(story: Story, now: Interval, last: int) -> Iterator[str]:
    status, told, passed = story.verdicts[-1], story.told[-1], story.seen[-1].passed
    if passed and status in PROTECTS:
        yield f"it passes at {passed[0]}, and status says {status}"
    if passed and told.row()["answer"] == "open":
        yield f"it passes at {passed[0]}, and reopen says {told.row()['reason']}"
    facts = told.facts.facts
    if passed and not any(one.kind in ("exposed", "protection_ended") and one.until is None for one in facts):
        yield f"it passes at {passed[0]}, and the letter has no exposure that lasts"
    if now["protects"] and status in LETS_PASS and now["state"] != "closed":
        yield f"status says {status}, and the ledger {_told(now)}"
    if not now["protects"] and status in PROTECTS and now["state"] != "unknown":
        yield f"status says {status}, and the ledger {_told(now)}"


def _told(one: Interval) -> str:
    return f"{one['state']} ({one['reason']})"


def wrong_in(shape: str, names: Sequence[str], directory: Path) -> list[str]:
    """Play a story, and return what was untrue after any of its steps."""
    found: list[str] = []
    with story_of(shape, directory) as story:
        for name in names:
            story.play(name)
            found += [f"after step {len(story.steps) - 1}: {text}" for text in untrue(story)]
        steps = [f"{number}: {one.name} {one.said[:120]}" for number, one in enumerate(story.steps)]
    return [shape, *steps, *found] if found else []


@pytest.mark.parametrize("seed", sample.WITNESSED_STORIES)
def test_what_is_said_is_true_of_what_a_witness_saw(tmp_path: Path, seed: int) -> None:
    wrong = wrong_in(*drawn(seed), tmp_path)
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        # Seen: proven without a gap, although the second apply had to put it back.
        ("alone", ("apply", "colleague_unbinds", "apply")),
        ("pair", ("apply", "verify", "colleague_changes", "wait", "edited")),
        ("partition", ("apply", "colleague_unbinds", "other_applies", "wait")),
        ("alone", ("apply", "colleague_changes", "other_observes", "undo")),
        # Seen: proven until the apply that found somebody's policy in front, as it changed a text of ours too.
        ("alone", ("apply", "edited", "allow_in_front", "apply", "verify")),
        # Seen: proven, as the undo had put back the rule that the colleague had broken.
        ("alone", ("apply", "colleague_changes", "apply", "undo", "wait")),
        # Seen: proven until the reading, as the clock of the last run was ahead of it.
        ("alone", ("apply_unsaved", "edited", "edited", "clock_ahead", "allow_in_front")),
        # Seen: "lets the attack pass", as the record of the other control node is lost.
        ("alone", ("apply", "observe", "other_applies", "copies_lost", "apply", "verify")),
    ],
)
def test_a_story_in_which_something_untrue_was_said(tmp_path: Path, shape: str, names: tuple[str, ...]) -> None:
    wrong = wrong_in(shape, names, tmp_path)
    assert not wrong, "\n".join(["", *wrong])


def test_a_removal_after_the_fix_is_no_loss_where_an_older_build_comes_back(tmp_path: Path) -> None:
    """Seen, also in the letter: the protection ended with our removal, a day before an attack could pass."""
    with story_of("alone", tmp_path) as story:
        story.play("apply", "upgrade", "after_fix", "wait", "affected_again")
        assert [bool(one.passed) for one in story.seen] == [False, False, False, False, True]
        found = story.told[-1]
        (loss,) = found.row()["losses"]
        assert (loss["cause"], loss["by"], loss["is_ours"], loss["is_critical"]) == ("older_build", "", False, True)
        assert "shows a build without the fix after one with it: since when is not known" in loss["reason"]
        assert not [text for text in found.row()["conflicts"] if "before the fix" in text]
        assert "We took the emergency measure off. Since then" not in found.letter("en")


def test_what_nobody_could_know_rests_on_the_run_that_is_named(tmp_path: Path) -> None:
    """Somebody unbinds our rule and binds it again between two runs: no record shows it, and the ledger says by which run it was proven."""
    with story_of("alone", tmp_path) as story:
        story.play("apply", "colleague_unbinds", "colleague_restores", "verify")
        assert [bool(one.passed) for one in story.seen] == [False, True, False, False]
        one = interval_at(story.told[-1].row()["course"], story.seen[1].at)
        assert (one["state"], one["since"]["confidence"]) == ("mitigated", "recorded")
        assert one["rests_on"][0].endswith("-run00")
        assert list(untrue(story)) == []
