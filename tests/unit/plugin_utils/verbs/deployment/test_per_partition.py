# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on an appliance by those on its partitions: a proven hole is never told as a part that is missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.partitions import PartitionChoice
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change import partition_runner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import ClosureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.ownership_state import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment import per_partition
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
    PartitionedResult,
    by_partition,
)

from tests.traits import traits


def verdict(word: VerdictWord, reason: str = "because") -> Verdict:
    meaning = VERDICTS[word]
    return Verdict(meaning.word, reason, meaning.next_action, meaning.exit_code)


def partition(word: VerdictWord, presence: Presence, *signs: Sign, reason: str = "because") -> Any:
    proofs = tuple(SimpleNamespace(sign=sign) for sign in signs)
    return SimpleNamespace(
        verdict=verdict(word, reason),
        state=SimpleNamespace(presence=presence),
        proof=SimpleNamespace(after=proofs),
        plan=SimpleNamespace(conflicts=()),
        facts=SimpleNamespace(access=SimpleNamespace(closures=ClosureState())),
    )


def merged(problems: dict[str, str] | None = None, **partitions: Any) -> Verdict:
    return PartitionedResult(partitions, problems or {}).verdict


MITIGATED = partition(VerdictWord.MITIGATED, Presence.CURRENT, Sign.BLOCKED)


@pytest.mark.parametrize("signs", [(Sign.VULNERABLE,), (Sign.BLOCKED, Sign.VULNERABLE)])
def test_a_partition_that_is_proven_vulnerable_is_exposed(signs: tuple[Sign, ...]) -> None:
    hole = partition(VerdictWord.EXPOSED, Presence.ABSENT, *signs, reason="an attack passes")
    found = merged(default=MITIGATED, tenant=hole)
    assert (found.word, found.reason, found.exit_code) == (
        VerdictWord.EXPOSED,
        "partition tenant: an attack passes",
        VERDICTS[VerdictWord.EXPOSED].exit_code,
    )


@pytest.mark.parametrize("signs", [(), (Sign.BLOCKED,)])
def test_a_partition_that_lacks_what_others_have_is_a_part(signs: tuple[Sign, ...]) -> None:
    lacking = partition(VerdictWord.EXPOSED, Presence.ABSENT, *signs, reason="nothing is bound")
    found = merged(default=MITIGATED, tenant=lacking)
    assert (found.word, found.reason) == (VerdictWord.PARTLY, "partition tenant does not have it: nothing is bound")
    assert found.next_action == "apply.yml"


def test_where_no_partition_has_it_the_appliance_is_exposed() -> None:
    lacking = partition(VerdictWord.EXPOSED, Presence.ABSENT)
    assert merged(default=lacking, tenant=lacking).word == VerdictWord.EXPOSED


def test_a_partition_that_cannot_be_read_is_never_mitigated() -> None:
    found = merged({"tenant": "Not authorized"}, default=MITIGATED)
    assert (found.word, found.reason) == (VerdictWord.PARTLY, "partition tenant could not be read: Not authorized")
    assert found.missing == ("partition tenant could not be read: Not authorized",)


def test_a_problem_does_not_hide_something_worse() -> None:
    hole = partition(VerdictWord.EXPOSED, Presence.ABSENT, reason="nothing is bound")
    found = merged({"t": "no right"}, default=hole)
    assert (found.word, found.reason) == (VerdictWord.EXPOSED, "nothing is bound")
    assert found.missing == ("partition t could not be read: no right",)


def test_the_worst_partition_wins_and_an_acknowledged_warning_hides_no_other() -> None:
    open_ = partition(VerdictWord.UNPROVEN, Presence.CURRENT, reason="no probe")
    known = partition(VerdictWord.NOT_SAVED, Presence.CURRENT, reason="acknowledged")
    known.verdict = Verdict(VerdictWord.NOT_SAVED, "acknowledged", "", 0)
    found = merged(a=known, b=open_)
    assert (found.word, found.reason) == (VerdictWord.UNPROVEN, "partition b: no probe")
    assert merged(a=MITIGATED, b=known).word == VerdictWord.NOT_SAVED


def test_a_reason_that_all_partitions_have_is_told_once() -> None:
    assert merged(default=MITIGATED, tenant=MITIGATED).reason == "because"


def test_the_proof_of_each_partition_is_told() -> None:
    """Seen: 33 of 33 attacks blocked at the gateway of one partition, and nothing of the other one."""
    own = partition(VerdictWord.MITIGATED, Presence.CURRENT, reason="2 of 2 attacks blocked at gw")
    other = partition(VerdictWord.MITIGATED, Presence.CURRENT, reason="3 of 3 attacks blocked at shop")
    assert merged(default=own, tenant=other).reason == (
        "partition default: 2 of 2 attacks blocked at gw; partition tenant: 3 of 3 attacks blocked at shop"
    )
    many = {f"p{n}": partition(VerdictWord.MITIGATED, Presence.CURRENT, reason=str(n)) for n in range(10)}
    assert merged(**many).reason.endswith("partition p7: 7; and 2 partitions more")
    worse = partition(VerdictWord.UNPROVEN, Presence.CURRENT, reason="no probe")
    assert merged(default=own, tenant=worse).reason == "partition tenant: no probe"


def test_what_is_left_out_is_missing() -> None:
    found = PartitionedResult(
        {"default": MITIGATED}, left_out=("other", "(a name that NITRO does not allow: 1)")
    ).verdict
    assert found.missing[0] == "partition other is not among netscaler_partitions"
    assert found.word == VerdictWord.MITIGATED


@pytest.mark.parametrize(
    ("problems", "left_out", "partitions", "plain"),
    [
        ({}, (), ("default",), True),
        ({"t": "x"}, (), ("default",), False),
        ({}, ("t",), ("default",), False),
        ({}, (), ("default", "t"), False),
        ({}, (), ("t",), False),
    ],
)
def test_plain_is_the_default_partition_alone(
    problems: dict[str, str], left_out: tuple[str, ...], partitions: tuple[str, ...], plain: bool
) -> None:
    one: Any = SimpleNamespace(verdict=verdict(VerdictWord.MITIGATED), plan=SimpleNamespace(seal="own"), changed=False)
    result = PartitionedResult(dict.fromkeys(partitions, one), problems, left_out)
    assert result.is_plain is plain
    assert (result.seal == "own") is plain
    assert len(result.seal) == (3 if plain else 64)


@pytest.mark.parametrize(("changes", "changed"), [((False, False), False), ((False, True), True), ((True, True), True)])
def test_one_partition_that_is_changed_is_a_change(changes: tuple[bool, ...], changed: bool) -> None:
    parts: Any = {str(place): SimpleNamespace(changed=one) for place, one in enumerate(changes)}
    assert PartitionedResult(parts).changed is changed


@pytest.mark.parametrize(
    ("texts", "merged_texts"),
    [
        ({}, []),
        ({"a": ("x", "y")}, ["x", "y"]),
        ({"a": ("x", "y"), "b": ("y",)}, ["y", "partition a: x"]),
        ({"a": ("x",), "b": ("y",)}, ["partition a: x", "partition b: y"]),
        ({"a": (), "b": ("y",)}, ["partition b: y"]),
    ],
)
def test_a_text_of_all_partitions_is_told_once(texts: dict[str, tuple[str, ...]], merged_texts: list[str]) -> None:
    assert by_partition(texts) == merged_texts


@pytest.mark.parametrize(
    ("asked", "unreadable", "told"),
    [
        (None, "no right", "no right"),
        (("default",), "no right", ""),
        (("default", "t"), "no right", "no right"),
        (None, "", ""),
    ],
)
def test_partitions_that_cannot_be_read_matter_unless_only_the_default_one_is_asked_for(
    asked: tuple[str, ...] | None, unreadable: str, told: str
) -> None:
    deployment = PartitionedDeployment.__new__(PartitionedDeployment)
    deployment.choice = PartitionChoice(unreadable=unreadable)
    parameters: Any = SimpleNamespace(appliance=SimpleNamespace(partitions=asked))
    deployment.parameters = parameters
    assert deployment._unreadable == told
    assert deployment._in_partition("t", "it failed") == "it failed"


@pytest.mark.parametrize(
    ("wanted", "names", "problems", "told"),
    [
        ({"t"}, ("default", "t"), {}, []),
        ({"t"}, ("default",), {"t": "no right"}, []),
        ({"x", "a"}, ("default",), {}, ["a", "x"]),
        ({"x"}, (), {}, []),
    ],
)
def test_a_measure_that_names_another_partition_is_told(
    wanted: set[str], names: tuple[str, ...], problems: dict[str, str], told: list[str]
) -> None:
    deployment = PartitionedDeployment.__new__(PartitionedDeployment)
    deployment.choice, deployment.problems = PartitionChoice(names), problems
    parameters: Any = SimpleNamespace(measure=SimpleNamespace(id="wl", partitions=wanted))
    deployment.parameters = parameters
    assert deployment._unknown_partitions() == [
        f"wl is requested in the partition {name}, which is not on the appliance or not among netscaler_partitions. Correct its name."
        for name in told
    ]
    if not deployment.choice.is_plain:
        assert deployment._in_partition("t", "it failed") == "partition t: it failed."


@pytest.mark.parametrize(
    ("last", "found", "names"),
    [
        (False, ["a", "z"], ("default", "a", "z")),
        (True, ["a", "z"], ("a", "z", "default")),
        (True, [], ("default",)),
        (True, None, ("default",)),
    ],
)
def test_a_measure_may_want_the_default_partition_last(
    monkeypatch: pytest.MonkeyPatch, last: bool, found: list[str] | None, names: tuple[str, ...]
) -> None:
    monkeypatch.setattr(partition_runner, "read_partitions", lambda _session: found)
    deployment = PartitionedDeployment.__new__(PartitionedDeployment)
    connection: Any = SimpleNamespace(is_cluster=False, primary=None)
    parameters: Any = SimpleNamespace(
        appliance=SimpleNamespace(name="gw", partitions=None),
        measure=SimpleNamespace(traits=traits(default_partition_last=last)),
    )
    deployment.connection, deployment.parameters = connection, parameters
    assert deployment._choose().names == names
    connection.is_cluster = True
    assert deployment._choose() == PartitionChoice()


class Parts:
    """Stands for the connection: notes which partitions are entered, and when something was changed."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.changed_at = "then"

    def enter(self, name: str) -> None:
        self.entered.append(name)
        if name == "odd":
            raise Refused("it cannot be entered")


def inspected(monkeypatch: pytest.MonkeyPatch, *names: str) -> Any:
    monkeypatch.setattr(per_partition, "Deployment", lambda _connection, parameters, today, earlier: parameters)
    monkeypatch.setattr(per_partition, "replace", lambda parameters, partitions_unreadable: parameters)
    deployment: Any = PartitionedDeployment.__new__(PartitionedDeployment)
    deployment.connection, deployment.choice, deployment.today = Parts(), PartitionChoice(names), None
    deployment.parameters = SimpleNamespace(
        appliance=SimpleNamespace(partitions=None), inside=lambda name: f"in {name}"
    )
    deployment.runs, deployment.problems, deployment._changed_at = {}, {}, {}
    deployment.earlier = None
    return deployment


def test_a_partition_that_cannot_be_read_is_a_problem_and_the_first_one_stands_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = inspected(monkeypatch, "default", "odd")
    for name in one.choice.names:
        one._inspect(name)
    assert (one.runs, one.problems) == ({"default": "in default"}, {"odd": "it cannot be entered"})
    assert one._changed_at == {"default": "then", "odd": "then"}
    with pytest.raises(Refused, match="it cannot be entered"):
        inspected(monkeypatch, "odd", "default")._inspect("odd")


@pytest.mark.parametrize(
    ("changed_at", "failed", "again"), [("then", "x", False), ("a later time", "", True), ("an earlier time", "", True)]
)
def test_a_partition_is_planned_again_where_something_was_changed_since(
    monkeypatch: pytest.MonkeyPatch, changed_at: str, failed: str, again: bool
) -> None:
    one = inspected(monkeypatch, "default")
    one.runs["default"], one._changed_at["default"] = "before", "then"
    one.connection.changed_at = changed_at
    plan = SimpleNamespace(failed=failed)
    monkeypatch.setattr(per_partition, "Deployment", lambda *_a, **_b: SimpleNamespace(plan=lambda: plan))
    one._inspect_again_if_changed("default")
    assert (one.runs["default"] != "before") is again
    plan.failed, one.connection.changed_at = "it is locked", "another time"
    with pytest.raises(Refused, match=r"^it was changed meanwhile: it is locked$"):
        one._inspect_again_if_changed("default")
