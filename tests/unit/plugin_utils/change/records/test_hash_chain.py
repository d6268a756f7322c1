# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chain of records: a record that is changed or removed later is detected by the record that follows."""

from __future__ import annotations

import copy
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import hash_chain, new_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.control_node_lock import (
    ControlNodeLock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import (
    FOUND_UNDONE,
    chain_breaks,
    chain_order,
    clock_remarks,
    digest,
    links_to,
    looked,
    not_here,
    planned_digest,
    time_order,
    unordered,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State, meaning_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord

FACTS = {"measure": "demo", "version": 2, "kind": "apply", "run": "abc", "ticket": "CHG1"}


def contents(directory: Path) -> dict[str, dict[str, Any]]:
    return {record.name: dict(record.content.values) for record in all_records(directory, "gw")}


@pytest.fixture
def three(tmp_path: Path) -> Path:
    for reason in ("one", "two", "three"):
        start_record(tmp_path, "gw", [], {**FACTS, "reason": reason}).finish(Outcome.APPLIED)
    return tmp_path


def test_each_record_follows_the_one_before(three: Path) -> None:
    records = contents(three)
    names = list(records)
    assert [[link["name"] for link in content["previous"]] for content in records.values()] == [
        [],
        names[:1],
        names[1:2],
    ]
    assert chain_breaks(records) == []


def test_a_changed_record_is_named(three: Path) -> None:
    records = contents(three)
    first, second, third = records
    records[second]["reason"] = "another"
    assert chain_breaks(records) == [f"{second} was changed after {third} had been written"]
    records = contents(three)
    records[first]["who"] = {**records[first]["who"], "user": "nobody"}
    assert chain_breaks(records) == [f"{first} was changed after {second} had been written"]


def test_a_removed_record_is_named(three: Path) -> None:
    records = contents(three)
    first, second, third = records
    del records[second]
    assert chain_breaks(records) == [f"{third} follows {second}, which is missing"]
    assert first in records


def test_what_is_noted_later_on_breaks_nothing(three: Path) -> None:
    records = contents(three)
    first, second, _third = records
    records[first].update(undone_by=second, copies=["a"])
    records[second].update(undoes=[first])
    assert digest(records[first]) == digest(contents(three)[first])
    records[second].pop("undoes")
    assert chain_breaks(records) == [f"{first} says that {second} undid it, which no such record confirms"]
    records[first]["undone_by"] = FOUND_UNDONE
    assert chain_breaks(records) == []


def test_runs_that_overlap_are_all_followed(tmp_path: Path) -> None:
    """A status proves something while an apply is at work: neither waits for the other, and no link is lost."""
    start_record(tmp_path, "gw", [], FACTS).finish(Outcome.APPLIED)
    apply = start_record(tmp_path, "gw", [], FACTS)
    with ControlNodeLock(tmp_path, "gw"):
        start_record(tmp_path, "gw", [], {**FACTS, "kind": "verify"}, ending={"outcome": Outcome.APPLIED})
    apply.finish(Outcome.APPLIED)
    last = start_record(tmp_path, "gw", [], FACTS)
    names = [record.path.name for record in all_records(tmp_path, "gw")]
    assert [link["name"] for link in last.content.values["previous"]] == names[1:3]
    assert chain_breaks(contents(tmp_path)) == []


def test_a_run_that_died_is_followed_as_it_is(tmp_path: Path) -> None:
    dead = start_record(tmp_path, "gw", [], FACTS)
    start_record(tmp_path, "gw", [], FACTS).finish(Outcome.APPLIED)
    assert chain_breaks(contents(tmp_path)) == []
    dead.finish(Outcome.APPLIED)
    assert len(chain_breaks(contents(tmp_path))) == 1


def test_records_from_before_the_chain_are_followed_as_well(three: Path) -> None:
    records = contents(three)
    for content in records.values():
        del content["previous"]
    assert [link["name"] for link in links_to(records)] == list(records)
    assert chain_breaks(records) == []


def test_what_was_fetched_follows_records_that_are_elsewhere(three: Path) -> None:
    records = contents(three)
    first, second, _third = records
    del records[first]
    records[second]["origin"] = {"node": "n"}
    assert chain_breaks(records) == []


def test_the_digest_does_not_depend_on_order_and_depends_on_everything_else(three: Path) -> None:
    content = next(iter(contents(three).values()))
    assert digest(dict(reversed(content.items()))) == digest(content)
    for key in set(content) - {"previous", "signature"}:
        assert digest({**content, key: "something else"}) != digest(content), key
    assert digest({**content, "signature": None}) == digest(content), "an older record may be signed later"


def test_the_planned_part_stays_what_it_was(tmp_path: Path) -> None:
    record = start_record(tmp_path, "gw", [], FACTS)
    before = planned_digest(record.content.values)
    record.finish(Outcome.APPLIED, saved=True, proof={"proven": True})
    assert planned_digest(record.content.values) == before
    other = copy.deepcopy(dict(record.content.values))
    other["reason"] = "another"
    assert planned_digest(other) != before


ENDING = {"outcome": "applied", "saved": True, "proof": None}


def links_of_a_verify(directory: Path) -> list[str]:
    """Return what the record of a run that is over follows."""
    record = start_record(directory, "gw", [], {**FACTS, "kind": "verify"}, ending=ENDING)
    return [link["name"] for link in record.content.values["previous"]]


def test_a_verify_follows_a_run_that_died(tmp_path: Path) -> None:
    """Seen: the order of both was that of a digest, and an undo that died came after the proof."""
    died = start_record(tmp_path, "gw", [], FACTS)
    assert links_of_a_verify(tmp_path) == [died.name]
    assert chain_breaks(contents(tmp_path)) == []


def test_a_verify_follows_no_run_that_is_at_work(tmp_path: Path) -> None:
    """Its record will be another one at its end."""
    before = start_record(tmp_path, "gw", [], FACTS)
    before.finish(Outcome.APPLIED)
    with ControlNodeLock(tmp_path, "gw"):
        at_work = start_record(tmp_path, "gw", [], FACTS)
        assert links_of_a_verify(tmp_path) == [before.name]
        at_work.finish(Outcome.APPLIED)
    assert chain_breaks(contents(tmp_path)) == []


def test_a_verify_follows_no_open_run_of_another_control_node(tmp_path: Path) -> None:
    fetched = start_record(tmp_path, "gw", [], FACTS)
    fetched.content = fetched.content.with_values(origin={"node": "192.0.2.1", "state": "begun", "sha256": "0" * 64})
    fetched.write()
    assert links_of_a_verify(tmp_path) == []


# -- the order of the runs ---------------------------------------------------------------------------------------------


def chain(**follows: str) -> dict[str, dict[str, Any]]:
    """Records by name; each value names the records that one follows, divided by blanks."""
    return {
        name: {
            "started": f"2020-01-17T20:00:{number:02}+00:00",
            "previous": [{"name": before, "sha256": "0"} for before in text.split()],
        }
        for number, (name, text) in enumerate(follows.items())
    }


def test_the_chain_is_the_order_and_no_name_and_no_time() -> None:
    records = chain(c="", a="c", b="a")
    for names in itertools.permutations(records):
        assert chain_order({name: records[name] for name in names}) == ["c", "a", "b"]


def test_what_is_told_of_the_same_second_is_in_the_order_in_which_the_runs_began() -> None:
    names = [f"20200117T200000.{number:06}Z-run" for number in range(9)]
    records = {name: {"started": "2020-01-17T20:00:00+00:00", "previous": []} for name in names}
    assert time_order(records) == names != chain_order(records)


def test_a_rollback_comes_after_what_it_undoes() -> None:
    for undone, rollback in (("a", "z"), ("z", "a")):
        records = chain(**{undone: "", rollback: ""})
        records[rollback]["undoes"] = [undone]
        assert chain_order(records) == [undone, rollback]


def test_branches_come_in_an_order_that_does_not_depend_on_how_they_are_given() -> None:
    records = chain(root="", one="root", two="root", end="one two")
    orders = {tuple(chain_order({name: records[name] for name in names})) for names in itertools.permutations(records)}
    (order,) = orders
    assert (order[0], order[-1]) == ("root", "end")
    assert unordered(order, records) == [order[1:3]]
    assert unordered(["root", "end"], records) == []


def test_a_record_whose_predecessor_is_missing_comes_before_what_follows_it_and_after_complete_branches() -> None:
    records = chain(late="gone", later="late", first="", second="first")
    assert chain_order(records) == ["first", "second", "late", "later"]
    assert unordered(chain_order(records), records) == [("second", "late")]


def test_records_from_before_the_chain_come_first_in_the_order_of_their_names() -> None:
    records: dict[str, dict[str, Any]] = {**chain(new="a b"), "b": {}, "a": {}}
    assert chain_order(records) == ["a", "b", "new"]
    assert unordered(["a", "b", "new"], records) == []


def test_records_that_follow_each_other_are_each_there_once() -> None:
    assert sorted(chain_order(chain(a="b", b="a", c="b"))) == ["a", "b", "c"]


@pytest.mark.parametrize("shape", ["roots", "circles"])
def test_the_rank_of_each_record_is_computed_once(monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    """With each step for each record, 10,000 records without a predecessor kept a run busy for minutes."""
    ranked: list[str] = []
    rank = hash_chain._rank
    monkeypatch.setattr(hash_chain, "_rank", lambda name, *more: ranked.append(name) or rank(name, *more))
    names = [f"r{number}.json" for number in range(1000)]
    links = {name: [names[number ^ 1]] if shape == "circles" else [] for number, name in enumerate(names)}
    records = {name: {"previous": [{"name": one, "sha256": "0"} for one in links[name]]} for name in names}
    assert sorted(chain_order(records)) == sorted(names)
    assert sorted(ranked) == sorted(names)


def test_a_record_that_says_it_is_older_than_its_predecessor_is_told() -> None:
    records = chain(one="two", two="", three="one")
    (text,) = clock_remarks(records)
    assert text.startswith("one follows two and says that it is older: a clock was set back, or")


@pytest.mark.parametrize("back", [timedelta(days=400), timedelta(0)])
def test_a_clock_that_is_set_back_changes_no_order_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: timedelta
) -> None:
    moments = iter([datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC) - back])

    class Clock(datetime):
        @classmethod
        def now(cls, _zone: Any = None) -> datetime:  # type: ignore[override]
            return next(moments)

    monkeypatch.setattr(new_record, "datetime", Clock)
    for reason in ("one", "two"):
        start_record(tmp_path, "gw", [], {**FACTS, "reason": reason}).finish(Outcome.APPLIED)
    assert [record.reason for record in all_records(tmp_path, "gw")] == ["one", "two"]
    assert len(clock_remarks(contents(tmp_path))) == (1 if back else 0)


LOOK = {"kind": "verify", "outcome": "applied", "steps": [], "proof": {"proven": True, "verdict": "mitigated"}}
MORE: list[dict[str, Any]] = [
    {"outcome": "failed"},
    {"kind": "apply"},
    {"steps": [{}]},
    {"found_beside": {"one": "x"}},
    {"closing": {"step": "off", "closes": [], "opens": []}},
    {"proof": {"proven": False, "verdict": "applied, unproven"}},
    {"proof": {"proven": True, "verdict": "mitigated", "contradicted": ["it passed"]}},
    {"proof": None},
    {"proof": {"proven": True}},
    *(
        {"proof": {"proven": True, "verdict": word}}
        for word in ("observing", "partly", "drifted", "not asked for", "of a later version")
    ),
]


def test_a_record_says_which_runs_before_it_only_looked_and_what_came_before_them() -> None:
    records = chain(apply="", other="", one="apply", two="one other", three="other")
    for name in ("one", "two", "three"):
        records[name] |= LOOK
    assert looked(records, ["two", "three"]) == {"two": ["apply", "other"], "three": ["other"]}


@pytest.mark.parametrize("more", MORE, ids=str)
def test_a_run_that_did_more_than_to_look_or_proved_nothing_is_not_passed_over(more: dict[str, Any]) -> None:
    records = chain(apply="", one="apply")
    records["one"] |= {**LOOK, **more}
    assert looked(records, ["one"]) == {}


def test_what_follows_a_run_that_only_looked_follows_what_came_before_it() -> None:
    """Seen: which of two runs was the last one was not known, as between them another control node had only verified."""
    records = chain(apply="", later="look")
    records["later"]["looked"] = {"look": ["apply"]}
    assert unordered(["apply", "later"], records) == []
    assert not_here(records["later"], records) == []
    assert not_here(records["later"], {"later"}) == ["apply"]
    assert not_here({**records["later"], "looked": {}}, records) == ["look"]


def test_a_new_record_says_what_it_follows_that_only_looked(tmp_path: Path) -> None:
    first = start_record(tmp_path, "gw", [], FACTS)
    first.finish(Outcome.APPLIED)
    start_record(tmp_path, "gw", [], {**FACTS, "kind": "verify"}, ending=LOOK | {"outcome": Outcome.APPLIED.value})
    (look,) = (record.path.name for record in all_records(tmp_path, "gw") if record.path != first.path)
    assert start_record(tmp_path, "gw", [], FACTS).content.values["looked"] == {look: [first.path.name]}
    assert "looked" not in first.content.values


@pytest.mark.parametrize("word", VerdictWord, ids=str)
def test_of_a_run_that_found_what_protects_no_longer_nobody_says_that_it_only_looked(word: VerdictWord) -> None:
    records = chain(apply="", one="apply")
    records["one"] |= {**LOOK, "proof": {"proven": True, "verdict": word.value}}
    is_harmless = (
        meaning_of(word).state in (State.MITIGATED, State.REDUCES, State.STOP_GAP, State.FIXED)
        or word is VerdictWord.ON_TIME
    )
    assert bool(looked(records, ["one"])) is is_harmless


def test_no_record_says_of_one_that_is_not_trusted_that_it_only_looked(tmp_path: Path) -> None:
    """An appliance can put a verify in the place of a rollback of another control node: no record of ours may vouch for it."""
    first = start_record(tmp_path, "gw", [], FACTS)
    first.finish(Outcome.APPLIED)
    look = start_record(
        tmp_path, "gw", [], {**FACTS, "kind": "verify"}, ending=LOOK | {"outcome": Outcome.APPLIED.value}
    )
    origin = {"node": "10.0.0.1", "state": "ended", "sha256": "0" * 64}
    forged = {**look.content.values, "origin": origin}
    del forged["signature"]
    look.path.write_text(json.dumps(forged))
    assert not {one.name: one for one in all_records(tmp_path, "gw")}[look.name].provenance.is_trusted
    assert "looked" not in start_record(tmp_path, "gw", [], FACTS).content.values
