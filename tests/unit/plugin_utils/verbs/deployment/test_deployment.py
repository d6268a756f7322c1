# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an apply asks of the transaction, when it is pending, and what it says of its end: tests/engine plays the runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.counted_requests import (
    CountedRequests,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Save, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import RecordKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import sent_probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.host_setting import host_setting
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.plan import Plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import Conflict, ConflictCode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import (
    read_counted,
    read_ourselves,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment import deployment as apply
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from tests.played_together import played_together
from tests.traits import traits

AT = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
START = "Sat Oct 24 03:00:00 2026"
STEP = Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True})
OLD, NEW, KEPT = "/x/old", "/x/new", "/x/kept"
LOAD = Step("locationfile", (), {"Locationfile": OLD}, {"Locationfile": NEW})
CONFLICT = Conflict(ConflictCode.LOCKED, "it is locked.", "Wait.")


NOTHING = Plan()


def deployment(plan: Plan = NOTHING, **changes: Any) -> Deployment:
    """A deployment with this plan, of which nothing was read: it is mitigated, proven and saved."""
    one = SimpleNamespace(
        unsaved=Unsaved.REFUSE,
        save=Save.PROVEN,
        saved=True,
        objects={"a": 1},
        is_rendered=True,
        is_read_back=False,
        is_saved=True,
        needs_save=False,
        is_good=True,
        can_probe=True,
        asked=True,
        files=(),
        there={},
        drift=(),
    )
    vars(one).update(changes)
    made: Any = Deployment.__new__(Deployment)
    made.where, made.planned, made.planned_at = "gw", plan, "then"
    made.connection, made._drift = SimpleNamespace(), one.drift
    measure = SimpleNamespace(
        traits=traits(
            is_rendered=one.is_rendered, is_read_back=one.is_read_back, is_saved=one.is_saved, file_directory="/x"
        ),
    )
    resolved = SimpleNamespace(is_asked_for=lambda: one.asked, checks=lambda _connection: {"checks": 1})
    document = SimpleNamespace(objects=one.objects, files=one.files)
    made.parameters = SimpleNamespace(
        counted=(),
        playbook=lambda own: own,
        measure=measure,
        document=document,
        unsaved=one.unsaved,
        save=one.save,
        resolved=resolved,
        setting=partial(host_setting, "gw"),
    )
    made.facts = SimpleNamespace(records=SimpleNamespace(known=(), fetched=("fetched",)))
    made.proof = SimpleNamespace(
        state=SimpleNamespace(saved=one.saved, configuration=SimpleNamespace(objects=one.there)),
        secondary=SimpleNamespace(needs_save=one.needs_save),
        is_good_enough=one.is_good,
        prover=SimpleNamespace(can_probe=one.can_probe),
    )
    found: Deployment = made
    return found


PROVEN = Plan(proven_before="2026-11-28")


@played_together(
    ("plan", "changes", "pending"),
    [
        (PROVEN, {}, False),
        (Plan(), {}, True),
        (Plan(), {"is_read_back": True}, False),
        (Plan(), {"objects": {}, "is_rendered": False}, False),
        (Plan(), {"objects": {}}, True),
        (Plan(), {"is_rendered": False}, True),
        (PROVEN, {"saved": False}, True),
        (PROVEN, {"saved": None}, False),
        (PROVEN, {"saved": False, "needs_save": True, "is_saved": False}, False),
        (Plan(steps=(STEP,)), {"is_saved": False}, True),
        (PROVEN, {"needs_save": True}, True),
        (Plan(steps=(STEP,), proven_before="x"), {}, True),
        (Plan(conflicts=(CONFLICT,), proven_before="x"), {}, True),
        (Plan(skipped="x"), {"saved": False, "needs_save": True}, False),
        (Plan(skipped="x", conflicts=(CONFLICT,)), {}, True),
    ],
)
def test_a_run_is_pending_until_it_is_in_place_saved_and_proven(
    plan: Plan, changes: dict[str, Any], pending: bool
) -> None:
    assert deployment(plan, **changes)._is_pending is pending


@pytest.mark.parametrize(
    ("is_pending", "partition", "is_cluster", "with_rights", "foreseen", "reads"),
    [
        (False, "default", False, True, (), 0),
        (True, "default", False, True, ("rights",), 1),
        (True, "default", False, False, ("none",), 0),
        (True, "t", False, True, ("none",), 0),
        (True, "default", True, True, ("none",), 0),
    ],
)
def test_only_what_is_pending_is_foreseen_and_rights_are_read_where_they_can_be(
    monkeypatch: pytest.MonkeyPatch,
    is_pending: bool,
    partition: str,
    is_cluster: bool,
    with_rights: bool,
    foreseen: tuple[str, ...],
    reads: int,
) -> None:
    read: list[Any] = []
    planned: Any = deployment(Plan())
    planned.connection = SimpleNamespace(partition=partition, is_cluster=is_cluster, primary="primary")
    monkeypatch.setattr(Deployment, "_is_pending", is_pending)
    monkeypatch.setattr(Deployment, "_compare_secondary", lambda _self: None)
    monkeypatch.setattr(Deployment, "_result", lambda _self, **_options: Shown())
    monkeypatch.setattr(apply, "read_rights", lambda session: read.append(session) or "rights")  # type: ignore[func-returns-value]
    monkeypatch.setattr(apply, "Rights", lambda: "none")
    monkeypatch.setattr(apply, "foresee", lambda _facts, _plan, rights: (rights,))
    assert planned.plan(with_rights=with_rights).foreseen == foreseen
    assert read == ["primary"] * reads


@dataclass(frozen=True)
class Shown:
    """A result, as far as a plan changes it."""

    foreseen: tuple[Any, ...] = ()


@pytest.mark.parametrize(
    ("plan", "needs_save", "writes"),
    [
        (Plan(), False, False),
        (Plan(), True, True),
        (Plan(steps=(STEP,)), False, True),
        (Plan(saves=True), False, True),
        (Plan(skipped="x", steps=(STEP,)), False, False),
    ],
)
def test_what_is_asked_of_the_transaction(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, needs_save: bool, writes: bool
) -> None:
    monkeypatch.setattr(apply, "unfinished_runs", lambda _known: ("an earlier run",))
    for saved in (True, False, None):
        change = deployment(plan, needs_save=needs_save, saved=saved)._change()
        assert (change.kind, change.writes, change.steps) == (RecordKind.APPLY, writes, plan.steps)
        assert change.continues == (("an earlier run",) if writes else ())
        assert change.checks == ({"checks": 1} if plan.steps else {})
        assert (change.must_save, change.saved) == (saved is False, saved)
        assert (change.stages_expire, change.undo_if_different, change.fetched) == (True, True, ("fetched",))


def test_of_what_is_never_saved_no_save_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "unfinished_runs", lambda _known: ())
    change = deployment(Plan(), needs_save=True, saved=False, is_saved=False)._change()
    assert (change.writes, change.must_save) == (False, False)


@pytest.mark.parametrize("unsaved", list(Unsaved))
@pytest.mark.parametrize("first", [False, True])
def test_the_changes_of_others_are_saved_first_only_on_request(unsaved: Unsaved, first: bool) -> None:
    change = deployment(Plan(save_first=first), unsaved=unsaved)._change()
    assert (change.save_first, change.saves_others) == (first, unsaved is Unsaved.SAVE_FIRST)


@pytest.mark.parametrize(
    ("steps", "asked", "directory", "keep", "keep_if_undone"),
    [
        ((LOAD,), True, "/x", {OLD, NEW, KEPT}, {OLD}),
        ((LOAD,), False, "/x", {OLD, NEW}, {OLD}),
        ((), True, "", {OLD, KEPT}, {OLD}),
        ((), False, "", {OLD}, {OLD}),
    ],
)
def test_the_files_of_the_former_state_stay(
    steps: tuple[Step, ...], asked: bool, directory: str, keep: set[str], keep_if_undone: set[str]
) -> None:
    there = {("locationfile", ()): {"Locationfile": OLD}}
    one = deployment(Plan(steps=steps), asked=asked, there=there, files=(SimpleNamespace(path=KEPT),))
    files = one._file_changes()
    assert (files.directory, files.keep, files.keep_if_undone) == (directory, keep, keep_if_undone)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"is_good": False, "save": Save.ALWAYS}, ""),
        ({"is_good": False}, "gw: the rule is in place, but the probes do not prove it; it stays"),
        (
            {"is_good": False, "can_probe": False},
            "gw: the rule is in place, but no probe may be sent, so nothing proves it; it stays",
        ),
        (
            {"is_good": False, "saved": False},
            (
                "gw: the rule is in place, but the probes do not prove it; it stays, and it is not saved (in host_vars of gw: "
                "`save: always` saves it anyway)"
            ),
        ),
    ],
)
def test_why_a_change_that_stays_is_a_failure(changes: dict[str, Any], text: str) -> None:
    assert deployment(**changes)._unproven_text() == text


def test_a_plan_with_conflicts_is_refused() -> None:
    one = deployment(Plan(conflicts=(CONFLICT,)))
    with pytest.raises(Refused, match=r"^gw: it is locked\. Wait\. Nothing was changed\.$"):
        one.apply()


@pytest.mark.parametrize(
    ("changed", "failed", "corrected"), [(True, "", ("x",)), (True, "no proof", ()), (False, "", ()), (False, "x", ())]
)
def test_what_a_run_has_corrected(
    monkeypatch: pytest.MonkeyPatch, changed: bool, failed: str, corrected: tuple[str, ...]
) -> None:
    for name in ("decide_verdict", "debts"):
        monkeypatch.setattr(apply, name, lambda *arguments, name=name: (name, arguments[-1]))
    made: Any = deployment(PROVEN, drift=("x",))
    made.today, made.transaction = lambda: "today", None
    made._ours = Ourselves("gw-a")
    values = {"acknowledgements": (), "as_of": "then", "planned_fix": None, "scope": "default"}
    vars(made.parameters).update(values)
    made.facts.configuration = SimpleNamespace(observation=SimpleNamespace(hits={}))
    made.connection = SimpleNamespace(primary=SimpleNamespace(node="n1"), build="13.0 47.22")
    monkeypatch.setattr(apply, "observed", lambda _facts, verdict, let_past: (verdict, let_past))
    monkeypatch.setattr(apply, "lost_protection", lambda _facts, found: found)
    vars(made.proof).update(grounds=lambda: SimpleNamespace(let_past="in front"), proof="proof")
    made.proof.prover.prober = SimpleNamespace(sent=3)
    found = made._result(changed=changed, failed=failed)
    assert (found.drift, found.corrected) == (("x",), corrected)
    assert found.observed == found.lost == (found.verdict, "in front")
    assert (found.changed, found.failed, found.pending, found.record, found.probes_sent) == (
        changed,
        failed,
        False,
        "",
        3,
    )


@pytest.mark.parametrize(
    ("counted", "started", "hits", "in_doubt", "reads"),
    [
        ({"hits": {"p": 4}, "node_started": START}, AT - timedelta(days=9), {"p": 4}, {}, 1),
        ({"hits": {"p": 4}}, AT - timedelta(days=9), {}, {"p": 4}, 1),  # of an earlier version
        ({"hits": {"p": 4}, "node_started": "Sat Nov 28 01:00:00 2026"}, AT - timedelta(days=9), {}, {"p": 4}, 1),
        ({"hits": {"p": 4}}, AT + timedelta(days=9), {}, {}, 1),  # four attacks after a restart
        ({"hits": {"p": 4}}, None, {}, {"p": 4}, 1),
        ({"rises": {"p": 4}, "in_doubt": {"p": 4}}, AT + timedelta(days=9), {}, {}, 1),
        ({"hits": {"p": 9}}, None, {}, {}, 0),  # the counter is lower: nothing of ours is in it
    ],
)
def test_what_a_node_counted_before_it_was_started_is_not_ours(
    counted: Any, started: datetime | None, hits: dict[str, int], in_doubt: dict[str, int], reads: int
) -> None:
    """Seen: status, verify and apply told four attacks after a restart as our own four probes."""
    asked: list[object] = []

    class Node:
        start = START

        @property
        def started_at(self) -> datetime | None:
            asked.append(self)
            return started

    made: Any = deployment(PROVEN)
    counters = {"p": max(one["p"] for one in counted.values() if isinstance(one, dict))}
    made._ours = Ourselves("gw", counted=(CountedRequests(AT, "n1", counters, **counted),))
    made.parameters.scope = "default"
    made.connection = SimpleNamespace(primary="session", member=lambda session: Node())
    ours = made._ours_of("n1", {"p": 4})
    assert (ours.hits("n1", {"p": 4}), ours.hits_in_doubt("n1", {"p": 4}), len(asked)) == (hits, in_doubt, reads)


@pytest.mark.parametrize(("there", "kept"), [(4, []), (3, [{"tq_p": 3}]), (0, [{"tq_p": 0}])])
def test_a_counter_that_is_lower_than_a_run_left_it_is_noted_once(
    tmp_path: Path, there: int, kept: list[dict[str, int]]
) -> None:
    """Its note sends nothing, so it makes no request of its time one of ours, and the status after it has nothing to note."""
    run = CountedRequests(datetime(2020, 1, 15, tzinfo=UTC), "n1", {"tq_p": 4}, {"tq_p": 4})
    made: Any = deployment(PROVEN)
    made.facts.configuration = SimpleNamespace(observation=SimpleNamespace(hits={"tq_x": 1, "tq_p": there}))
    made.connection = SimpleNamespace(primary=SimpleNamespace(node="n1"))
    vars(made.parameters).update(records=tmp_path, scope="default", run="a" * 10)
    for _status in range(2):
        made._ours = read_counted(tmp_path, "gw", RecordTrust(), [run])
        made._note_lower_counters()
    notes = sent_probes(tmp_path, "gw")
    assert [(dict(one.counted.counters), one.is_reading, one.ended is not None) for one in notes if one.counted] == [
        (counters, True, True) for counters in kept
    ]
    assert read_ourselves(tmp_path, "gw", RecordTrust()).probes == ()
    assert made._ours.hits("n1", {"tq_p": 4}) == ({} if kept else {"tq_p": 4})


def test_a_reading_that_cannot_be_noted_ends_no_status(tmp_path: Path) -> None:
    made: Any = deployment(PROVEN)
    made._ours = Ourselves("gw", counted=(CountedRequests(AT, "n1", {"tq_p": 4}, {"tq_p": 4}),))
    made.facts.configuration = SimpleNamespace(observation=SimpleNamespace(hits={"tq_p": 1}))
    made.connection = SimpleNamespace(primary=SimpleNamespace(node="n1"))
    (tmp_path / "file").write_text("", encoding="utf-8")
    vars(made.parameters).update(records=tmp_path / "file", scope="default", run="a" * 10)
    made._note_lower_counters()
    assert [*tmp_path.iterdir()] == [tmp_path / "file"]
