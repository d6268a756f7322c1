# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plans as files: what a person reviews, that it was not edited, and what has changed since."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import (
    PlanFile,
    clock_notes,
    path_of,
    read_plan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import fingerprint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

BASIS: dict[str, Any] = {
    "features": {"RESPONDER": True},
    "objects": [[["rp_old"], "responderpolicy", {"name": "rp_old", "rule": "true", "action": "NOOP"}]],
    "steps": [{"type": "responderpolicy", "key": ["tq_x"]}],
}


def plan(host: str = "gw-a", basis: dict[str, Any] | None = None, **changes: Any) -> PlanFile:
    own = BASIS if basis is None else basis
    return PlanFile(
        {
            "host": host,
            "customer": "Brouwer",
            "site": "",
            "marker": "",
            "verb": "apply",
            "measure": "cve_x",
            "version": 2,
            "run": "r1",
            "seal": fingerprint(own),
            "basis": own,
            "lines": ["add responder policy tq_x true NOOP"],
            "inverse": ["rm responder policy tq_x"],
            "verdict": "EXPOSED (why)",
            "conflicts": [],
            "neighbours": ["REQ_OVERRIDE 100 rp_old (END)"],
            "nothing_to_do": False,
            "clock_skew": 0,
            **changes,
        }
    )


def test_what_is_written_is_read_again_and_only_by_the_owner(tmp_path: Path) -> None:
    path = plan().write(tmp_path / "run")
    assert read_plan(tmp_path / "run", "gw-a") == plan()
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_review_is_made_of_ns_conf_and_comments(tmp_path: Path) -> None:
    conflict = {"kind": "taken", "message": "priority 10 is taken.\x1b[2J", "fix": "Free it."}
    path = plan(conflicts=[conflict], clock_skew=-7200).write(tmp_path)
    assert path.with_suffix(".conf").read_text(encoding="utf-8").splitlines() == [
        "# gw-a: apply cve_x v2",
        "# EXPOSED (why)",
        f"# seal {fingerprint(BASIS)}",
        "# CONFLICT (taken): priority 10 is taken.\\x1b[2J Free it.",
        "# neighbour: REQ_OVERRIDE 100 rp_old (END)",
        "# note: its clock is 2 h behind the control node's",
        "add responder policy tq_x true NOOP",
        "# to undo it:",
        "#   rm responder policy tq_x",
    ]
    assert "# no changes\n" in plan(lines=[], inverse=[]).text()


def test_a_line_of_an_appliance_never_leaves_its_comment() -> None:
    text = plan(neighbours=["x\nrm responder policy all"], verdict="a\r\nb").text()
    assert [line for line in text.splitlines() if not line.startswith("#")] == ["add responder policy tq_x true NOOP"]


def test_a_missing_plan_is_none_and_a_missing_directory_too(tmp_path: Path) -> None:
    assert read_plan(tmp_path, "gw-a") is None
    assert read_plan(tmp_path / "nowhere", "gw-a") is None


EDITS: dict[str, Any] = {
    "basis": {**BASIS, "features": {"RESPONDER": False}},
    "seal": "0" * 64,
    "lines": ["rm responder policy other"],
    "nothing_to_do": True,
    "conflicts": [{"kind": "x", "message": "y", "fix": "z"}],
    "verdict": "mitigated (all is well)",
    "host": "gw-b",
    "surprise": 1,
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_plan_is_refused_whatever_was_edited(tmp_path: Path, name: str) -> None:
    path = plan().write(tmp_path)
    content = json.loads(path.read_text(encoding="utf-8")) | {name: EDITS[name]}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"gw-a: the plan .* was edited after it was made"):
        read_plan(tmp_path, "gw-a")


def test_the_edited_review_is_refused_too_for_it_would_change_nothing(tmp_path: Path) -> None:
    path = plan().write(tmp_path).with_suffix(".conf")
    path.write_text(path.read_text(encoding="utf-8").replace("NOOP", "DROP"), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"gw-a\.conf was edited .*never executed"):
        read_plan(tmp_path, "gw-a")
    path.unlink()
    assert read_plan(tmp_path, "gw-a") == plan()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "cannot be read"),
        ("[1]", "not a plan of format 1"),
        ('{"format": 2}', "not a plan of format 1"),
        ('{"format": 0}', "not a plan of format 1"),
        ('{"format": null}', "not a plan of format 1"),
        ("{}", "not a plan of format 1"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    path_of(tmp_path, "gw-a").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=problem):
        read_plan(tmp_path, "gw-a")


def test_the_plan_of_another_appliance_is_refused_under_this_name(tmp_path: Path) -> None:
    plan("gw-b").write(tmp_path).rename(path_of(tmp_path, "gw-a"))
    with pytest.raises(InvalidInput, match="is the plan of gw-b"):
        read_plan(tmp_path, "gw-a")


def test_a_plan_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = plan().write(tmp_path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match=r"gw-a: the plan .* cannot be read"):
        read_plan(tmp_path, "gw-a")


def test_a_directory_that_cannot_be_written_to_is_said_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"gw-a: the plan cannot be written .*-e plans="):
        plan().write(tmp_path / "file" / "run")


@given(
    st.lists(st.text(min_size=1, max_size=40).filter(lambda name: name.isprintable()), min_size=2, unique=True),
)
def test_each_appliance_has_a_file_of_its_own_that_stays_in_the_directory(names: list[str]) -> None:
    directory = Path("/plans/run")
    paths = {path_of(directory, name) for name in names}
    assert len(paths) == len(names)
    assert {path.parent for path in paths} == {directory}
    assert not paths & {directory / "rollout.json"}


@pytest.mark.parametrize("host", ["rollout", "../../etc/gw", "gw/a", "gw a", "gw-münchen", "gw.conf", ".", "10.1.0.11"])
def test_odd_names_are_kept_apart_and_read_again(tmp_path: Path, host: str) -> None:
    directory = tmp_path / "run"
    plan("gw_a").write(directory)
    path = plan(host).write(directory)
    assert path.parent == directory
    assert path.name not in ("rollout.json", "gw_a.json")
    assert read_plan(directory, host) == plan(host)


# -- what has changed since --------------------------------------------------------------------------------------------


def changed(**basis: Any) -> PlanFile:
    return plan(basis={**BASIS, **basis}, run="r2")


def test_the_same_plan_of_another_run_is_the_same() -> None:
    assert plan().changes_since(plan(run="r2", verdict="something else", clock_skew=99)) == []


@pytest.mark.parametrize(
    ("name", "value"), [("host", "gw-b"), ("verb", "rollback"), ("measure", "cve_y"), ("version", 1)]
)
def test_the_plan_of_something_else_is_told_as_such(name: str, value: Any) -> None:
    now = plan(**{name: value})
    assert plan().changes_since(now) == [f"the plan is for {name} {plan().values[name]}, this run for {value}"]


@pytest.mark.parametrize("off", [{"RESPONDER": False}, {"RESPONDER": None}, {}])
def test_a_feature_that_was_switched_is_named(off: dict[str, Any]) -> None:
    assert plan().changes_since(changed(features=off)) == ["the feature RESPONDER was on and is off"]
    assert changed(features=off).changes_since(plan()) == ["the feature RESPONDER was off and is on"]


def test_objects_that_came_went_or_changed_are_named() -> None:
    old = BASIS["objects"][0]
    new = [["rp_new"], "responderpolicy", {"name": "rp_new"}]
    edited = [old[0], old[1], {**old[2], "rule": "false", "comment": "\x1b[2J"}]
    assert plan().changes_since(changed(objects=[])) == ["responderpolicy rp_old is gone"]
    assert plan().changes_since(changed(objects=[old, new])) == ["responderpolicy rp_new is there now"]
    assert plan().changes_since(changed(objects=[edited])) == [
        "responderpolicy rp_old: comment was None and is '\\x1b[2J'",
        "responderpolicy rp_old: rule was 'true' and is 'false'",
    ]


def test_other_steps_are_named_by_their_lines() -> None:
    now = plan(basis={**BASIS, "steps": []}, lines=["set responder policy tq_x -rule false"])
    assert plan().changes_since(now) == [
        "no longer needed: add responder policy tq_x true NOOP",
        "needed as well: set responder policy tq_x -rule false",
    ]


def under(ticket: str, **changes: Any) -> PlanFile:
    comment = f"tourniquet cve_x v2 {ticket}".strip()
    basis = {**BASIS, "steps": [{"after": {"comment": comment, "rule": "true"}}], **changes}
    return plan(basis=basis, ticket=ticket, lines=[f'add responder policy tq_x true NOOP -comment "{comment}"'])


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("CHG1", "CHG2", "the plan is for the ticket CHG1, this run for the ticket CHG2"),
        ("", "CHG2", "the plan is for no ticket, this run for the ticket CHG2"),
        ("CHG1", "", "the plan is for the ticket CHG1, this run for no ticket"),
    ],
)
def test_another_ticket_is_no_change_of_the_appliance(old: str, new: str, text: str) -> None:
    """It was "it has changed since", with the comments of our own objects as what had changed."""
    assert under(old).changes_since(under(new)) == [text]
    assert under(old).is_of_another_run(under(new))
    without = under(new, features={})
    assert under(old).changes_since(without) == [text, "the feature RESPONDER was on and is off"]
    assert not under(old).is_of_another_run(without)
    assert not under(new).is_of_another_run(without)
    assert under(new).is_of_another_run(plan(verb="rollback"))


def test_a_difference_without_words_is_one_all_the_same() -> None:
    assert plan().changes_since(changed(steps=[{"type": "x"}])) == ["the two plans differ in their basis"]


# -- clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (None, None),
        (0, None),
        (300, None),
        (-300.0, None),
        (301, "5 min ahead of"),
        (-3600, "60 min behind"),
        (7200, "2 h ahead of"),
        (-(200 * 86400), "200 days behind"),
    ],
)
def test_a_clock_is_told_from_five_minutes_on(skew: float | None, words: str | None) -> None:
    assert clock_notes(skew) == ([] if words is None else [f"its clock is {words} the control node's"])
