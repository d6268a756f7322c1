# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All mitigations that an appliance needs: which are run, in which order, and what stops the rest. The runs are stand-ins here."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply import recommended
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.recommended import RecommendedRun


def verdict(word: VerdictWord, reason: str = "because") -> Verdict:
    meaning = VERDICTS[word]
    return Verdict(meaning.word, reason, meaning.next_action, meaning.exit_code)


def entry(id_: str, word: VerdictWord, *, measure: Any = "m", opted_out: Any = None, gap: bool = False) -> Any:
    about = SimpleNamespace(id=id_, measure=measure, is_stop_gap=gap)
    return SimpleNamespace(entry=about, opted_out=opted_out, verdict=verdict(word), counts=True)


def result(
    word: VerdictWord = VerdictWord.MITIGATED,
    *,
    failed: str = "",
    changed: bool = True,
    skipped: str = "",
    lines: tuple[str, ...] = (),
    name: str = "default",
) -> Any:
    steps = [SimpleNamespace(lines=lambda: list(lines))]
    part = SimpleNamespace(plan=SimpleNamespace(skipped=skipped, steps=steps))
    return SimpleNamespace(verdict=verdict(word), failed=failed, changed=changed, partitions={name: part})


class Deployments:
    """Stands for :class:`.PartitionedDeployment`: gives the results of a script, and notes what is called.

    :ivar script: by mitigation and verb, the results in order
    """

    def __init__(self) -> None:
        self.script: dict[tuple[str, str], list[Any]] = {}
        self.calls: list[str] = []
        self.is_plain = True

    def __call__(self, _connection: Any, id_: str) -> Any:
        def verb(name: str) -> Any:
            def run(**_options: Any) -> Any:
                self.calls.append(f"{name} {id_}")
                given = self.script.get((id_, name), [])
                answer = given.pop(0) if given else result()
                if isinstance(answer, Exception):
                    raise answer
                return answer

            return run

        return SimpleNamespace(
            plan=verb("plan"),
            apply=verb("apply"),
            status=verb("status"),
            locks=[f"lock of {id_}"],
            choice=SimpleNamespace(is_plain=self.is_plain),
        )


@pytest.fixture
def deployments(monkeypatch: pytest.MonkeyPatch) -> Deployments:
    made = Deployments()
    monkeypatch.setattr(recommended, "PartitionedDeployment", made)
    monkeypatch.setattr(recommended.EarlierReads, "of", lambda _connection, reads, _read_at: reads)
    return made


def run(
    *entries: Any, deployments: Deployments, unusable: tuple[str, ...] = (), earlier: Any = None, gaps: bool = False
) -> RecommendedRun:
    def parameters_of(id_: str) -> Any:
        if id_ in unusable:
            raise InvalidInput("an expression of the vendor is missing")
        return id_

    found = SimpleNamespace(entries=entries, verdict=verdict(VerdictWord.EXPOSED, "of the catalogue"))
    connection: Any = SimpleNamespace(
        nodes=[SimpleNamespace(build=None)],
        refresh=lambda: deployments.calls.append("refresh"),
        cached_reads=lambda earlier: contextlib.nullcontext({"of the plan": earlier}),
    )
    check: Any = SimpleNamespace(find=lambda _connection: found, to_upgrade=None, day=None)
    return RecommendedRun(connection, check, parameters_of, earlier=earlier, stop_gaps=gaps)


A, B, C = (entry(id_, VerdictWord.EXPOSED) for id_ in "abc")


@pytest.mark.parametrize(("asked", "planned"), [(False, ["a"]), (True, ["a", "gap"])])
def test_what_is_not_the_vendors_is_brought_in_where_it_is_asked_for(
    deployments: Deployments, asked: bool, planned: list[str]
) -> None:
    found = run(A, entry("gap", VerdictWord.EXPOSED, gap=True), deployments=deployments, gaps=asked).plan()
    assert list(found.measures) == planned
    assert [one.entry.id for one in found.by_hand] == [] if asked else ["gap"]


def test_what_needs_no_run_gets_none(deployments: Deployments) -> None:
    others = [
        entry("no_measure", VerdictWord.EXPOSED, measure=None),
        entry("opted_out", VerdictWord.EXPOSED, opted_out="a person"),
        *(entry(word.name, word) for word in (VerdictWord.FIXED, VerdictWord.NOT_AFFECTED, VerdictWord.LEFT_BEHIND)),
        entry("no_input", VerdictWord.EXPOSED),
        entry("mitigated", VerdictWord.MITIGATED),
    ]
    deployments.script = {("mitigated", "plan"): [result(skipped="nothing to do")]}
    found = run(A, *others, deployments=deployments, unusable=("no_input",)).plan()
    assert list(found.measures) == ["a"]
    assert deployments.calls == ["plan a", "plan mitigated"]
    left = [one.entry.id for one in found.by_hand]
    assert left == ["no_measure", "opted_out", "LEFT_BEHIND", "no_input"]
    assert found.failed == ""


def test_what_is_unknown_is_left_to_a_person_and_what_is_good_is_not(deployments: Deployments) -> None:
    words = [word for word in VerdictWord if word in VERDICTS]
    found = run(*(entry(str(word), word, measure=None) for word in words), deployments=deployments).status()
    assert {one.verdict.word for one in found.by_hand} == {word for word in words if VERDICTS[word].exit_code != 0}


@pytest.mark.parametrize(
    ("plans", "planned", "failed"),
    [
        ([result(), result()], ["a", "b"], ""),
        ([result(skipped="x"), result()], ["b"], ""),
        ([result(skipped="x", failed="it is locked"), result()], ["a", "b"], "a: it is locked"),
        ([result(failed="x."), result(failed="y.")], ["a", "b"], "a: x. b: y."),
    ],
)
def test_the_plans_of_all_that_are_needed(
    deployments: Deployments, plans: list[Any], planned: list[str], failed: str
) -> None:
    deployments.script = {("a", "plan"): [plans[0]], ("b", "plan"): [plans[1]]}
    one = run(A, B, deployments=deployments)
    found = one.plan()
    assert (list(found.measures), found.failed) == (planned, failed)
    assert one.locks == [f"lock of {id_}" for id_ in planned]


@pytest.mark.parametrize(
    ("is_plain", "earlier", "reads"),
    [
        (True, None, {"of the plan": None}),
        (
            True,
            SimpleNamespace(still_hold=lambda connection: connection.nodes),
            {"of the plan": [SimpleNamespace(build=None)]},
        ),
        (False, None, None),  # the answers of one partition are not those of another
    ],
)
def test_what_the_plan_has_read_is_used_and_kept(
    deployments: Deployments, is_plain: bool, earlier: Any, reads: Any
) -> None:
    deployments.is_plain = is_plain
    one = run(A, B, deployments=deployments, earlier=earlier)
    one.plan()
    assert one.reads == reads
    assert one.parameters == {"a": "a", "b": "b"}


def test_each_is_applied_after_a_new_plan_and_all_but_the_last_are_proven_again(deployments: Deployments) -> None:
    one = run(A, B, C, deployments=deployments)
    one.plan()
    deployments.calls.clear()
    found = one.apply()
    assert deployments.calls == [
        *("apply a", "refresh", "plan b", "apply b", "refresh", "plan c", "apply c"),
        *("status a", "status b"),
    ]
    assert (found.failed, found.changed) == ("", True)


def test_if_nothing_was_changed_nothing_is_proven_again(deployments: Deployments) -> None:
    deployments.script = {("a", "apply"): [result(changed=False)], ("b", "apply"): [result(changed=False)]}
    one = run(A, B, deployments=deployments)
    one.plan()
    deployments.calls.clear()
    assert one.apply().changed is False
    assert deployments.calls == ["apply a", "refresh", "plan b", "apply b"]


@pytest.mark.parametrize(
    ("script", "failed"),
    [
        ({("a", "apply"): [Refused("it is locked.")]}, "a: it is locked. Not started because of this failure: b, c."),
        ({("a", "apply"): [result(failed="no proof.")]}, "a: no proof. Not started because of this failure: b, c."),
        (
            {("b", "plan"): [result(), result(failed="a conflict.")]},
            "b: a conflict. Not started because of this failure: c.",
        ),
        (
            {("b", "plan"): [result(lines=("one",)), result(lines=("one", "two", "three"))]},
            (
                "b: it needs more than was planned (default: two): run apply.yml again. Nothing of it was changed. Not started because of "
                "this failure: c."
            ),
        ),
        (
            {("b", "plan"): [result(lines=("one",)), result(lines=("one",), name="t")]},
            (
                "b: it needs more than was planned (t: one): run apply.yml again. Nothing of it was changed. Not started because of "
                "this failure: c."
            ),
        ),
        ({("c", "apply"): [result(failed="no proof.")]}, "c: no proof."),
        (
            {("a", "status"): [Refused("no answer")]},
            "a: it was applied, and could not be proven again: no answer",
        ),
    ],
)
def test_a_failure_stops_those_after_it(deployments: Deployments, script: dict[Any, Any], failed: str) -> None:
    deployments.script = script
    one = run(A, B, C, deployments=deployments)
    one.plan()
    assert one.apply().failed == failed


def test_a_later_plan_may_need_less(deployments: Deployments) -> None:
    deployments.script = {("b", "plan"): [result(lines=("one", "two")), result(lines=("two",))]}
    one = run(A, B, deployments=deployments)
    one.plan()
    assert one.apply().failed == ""


def test_the_verdict_is_the_worst_of_the_runs_and_of_what_is_left(deployments: Deployments) -> None:
    deployments.script = {
        ("a", "status"): [result(VerdictWord.MITIGATED)],
        ("b", "status"): [result(VerdictWord.PARTLY)],
    }
    found = run(A, B, deployments=deployments).status()
    assert (found.verdict.word, found.verdict_of_runs and found.verdict_of_runs.word) == (
        VerdictWord.PARTLY,
        VerdictWord.PARTLY,
    )
    nothing = run(deployments=deployments).status()
    assert (nothing.verdict.reason, nothing.verdict_of_runs) == ("of the catalogue", None)


def test_a_verdict_that_is_not_good_comes_before_a_worse_word_that_is_acknowledged() -> None:
    known = Verdict(VerdictWord.EXPOSED, "acknowledged", "", 0)
    worst = recommended._worst([known, verdict(VerdictWord.NOT_SAVED)])
    assert worst is not None
    assert worst.word == VerdictWord.NOT_SAVED
    assert recommended._worst([]) is None
