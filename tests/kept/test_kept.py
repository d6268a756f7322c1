# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is printed, asked and called is what was kept; and no kept file changes without a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kept.files import Acceptance, accept, acceptances, differences, digest, kept, without_a_reason
from tests.kept.hot_ways import settled
from tests.kept.normal_text import normalised
from tests.kept.parts import PARTS, belongs_to, now
from tests.kept.stories import NOT_KEPT, STORIES
from tests.played_together import played_together
from tests.sample import KEPT_PARTS
from tests.stage.control_node import ROOT


@pytest.mark.parametrize("part", [part for part in PARTS if not KEPT_PARTS or part in KEPT_PARTS])
def test_what_is_there_now_is_what_was_kept(part: str, tmp_path: Path) -> None:
    before = {name: text for name, text in kept().items() if belongs_to(name) == part}
    assert before
    found = differences(before, now([part], tmp_path, before))
    assert not found, f'{"".join(found.values())}\nAs it should be? python -m tests.kept {part} --accept "WHY"'


def test_each_change_of_a_kept_file_has_a_reason() -> None:
    assert without_a_reason(kept(), acceptances()) == []
    assert all(one.reason.strip() for one in acceptances())


def test_every_playbook_is_kept_or_says_why_not() -> None:
    played = {play.verb for story in STORIES.values() for play in story.plays}
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert played | NOT_KEPT.keys() == playbooks
    assert not played & NOT_KEPT.keys()


def test_the_names_of_the_plays_of_a_story_are_its_own() -> None:
    for story in STORIES.values():
        names = [play.name for play in story.plays]
        assert len(names) == len(set(names))


def test_a_file_that_is_changed_added_or_gone_lacks_a_reason() -> None:
    accepted = [
        Acceptance("first", {"a": digest("1"), "b": digest("2"), "c": digest("3")}),
        Acceptance("c is not written any more", {"c": "gone"}),
    ]
    assert without_a_reason({"a": "1", "b": "2"}, accepted) == []
    assert without_a_reason({"a": "1", "b": "other"}, accepted) == ["b"]
    assert without_a_reason({"a": "1", "b": "2", "new": ""}, accepted) == ["new"]
    assert without_a_reason({"a": "1"}, accepted) == ["b"]
    assert without_a_reason({"a": "1", "b": "2", "c": "3"}, accepted) == ["c"]


def test_what_is_accepted_is_kept_with_its_reason(tmp_path: Path) -> None:
    folder, path = tmp_path / "outputs", tmp_path / "differences.yml"
    accept("first", ["a/1.txt", "b.txt"], {"a/1.txt": "one\n", "b.txt": "two\n"}, folder, path)
    found = differences(kept(folder), {"a/1.txt": "one\n", "c.txt": "three\n"})
    assert found.keys() == {"b.txt", "c.txt"}
    assert "-two" in found["b.txt"]
    assert "+three" in found["c.txt"]
    accept("b became c", found, {"a/1.txt": "one\n", "c.txt": "three\n"}, folder, path)
    assert kept(folder) == {"a/1.txt": "one\n", "c.txt": "three\n"}
    assert [one.reason for one in acceptances(path)] == ["first", "b became c"]
    assert without_a_reason(kept(folder), acceptances(path)) == []


@played_together(
    ("text", "placeholder"),
    [
        ("gw (127.41.0.3:40123) answers", "gw (<address>) answers"),
        ("changed 0, 12 s, exit code 4", "changed 0, <duration>, exit code 4"),
        ("closed since 2026-12-01 08:15 UTC: gw", "closed since <time>: gw"),
        ("tourniquet_20261201T081908.229225Z-01da4489b5_begun.txt", "tourniquet_<run>_begun.txt"),
        ("its clock is 2512 days behind the control node's", "its clock is <count> days behind the control node's"),
        ("seal 7f3a91, 2 changes", "seal <digest>, 2 changes"),
        ("exploit public since 2020-01-10", "exploit public since 2020-01-10"),
        ("13.0 47.22 has 31 of 31 attacks, priority 100, 2026-09-27", "13.0 47.22 has 31 of 31 attacks, priority 100, 2026-09-27"),
    ],
)  # fmt: skip
def test_only_what_differs_from_run_to_run_is_replaced(text: str, placeholder: str) -> None:
    assert normalised(text, {}) == f"{placeholder}\n"


def test_a_count_within_the_tolerance_is_no_difference() -> None:
    assert settled("plan 1000\nstatus 1000\n", "plan 1019\nstatus 979\nnew 5\n") == "plan 1000\nstatus 979\nnew 5\n"
