# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Steps that are carried out on a table of objects: refusals, lost answers, a lost lease, and the undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.batch_sender import send_batch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.read_back import (
    differences,
    first_states,
    read_back,
    still_readable,
    visible_steps,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import (
    StepFailed,
    execute_steps,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_undo import undo_steps
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.write_permission import (
    WritePermission,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.request_batches import Batch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lease_files import LeaseLost
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import (
    RecordContent,
    recorded_step,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import StepState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)

from tests.unit.plugin_utils.change.records.stored import values_of

ON, OFF = {"enabled": True}, {"enabled": False}
LOST = OutcomeUnknown("no answer")
NO = NitroError("gw", "POST", 400, 1, "refused")


class Store:
    """A node with policies, actions and features.

    :ivar writes: what was carried out, as method and path
    :ivar script: before each write, what happens: an error that refuses it, or "lost" (carried out, no answer), or "gone" (neither)
    """

    where = "gw"

    def __init__(self, *script: Any, **policies: str) -> None:
        self.policies = dict(policies)
        self.features: set[str] = set()
        self.script = list(script)
        self.writes: list[str] = []
        self.logins = 1
        self.unreadable = False
        self.appliance = SimpleNamespace(bulk_limit=10)
        self.budget = SimpleNamespace(open_reserve=lambda: None)

    def read(self, type_: str, *_arguments: Any, **_options: Any) -> list[dict[str, Any]]:
        if self.unreadable:
            raise NO
        if type_ == "nsfeature":
            return [{"feature": sorted(self.features)}]
        return [{"name": name, "rule": rule, "action": "NOOP"} for name, rule in self.policies.items()]

    def write(self, method: str, path: str, body: Any = None, *, bulk: bool = False) -> None:
        what = self.script.pop(0) if self.script else None
        if isinstance(what, Exception):
            raise what
        if what != "gone":
            self._carry_out(method, path, body, bulk=bulk)
        if what in ("lost", "gone"):
            raise LOST

    def _carry_out(self, method: str, path: str, body: Any, *, bulk: bool) -> None:
        self.writes.append(f"{method} {path}")
        if path.startswith("nsfeature"):
            names = body["nsfeature"]["feature"]
            self.features = self.features | {*names} if path.endswith("enable") else self.features - {*names}
            return
        if method == "DELETE":
            del self.policies[path.partition("/")[2]]
            return
        for row in body["responderpolicy"] if bulk else [body["responderpolicy"]]:
            self.policies[row["name"]] = row.get("rule", self.policies.get(row["name"], ""))


def attributes(name: str, rule: str) -> dict[str, Any]:
    return {"name": name, "rule": rule, "action": "NOOP"}


def policy(name: str, before: str | None, after: str | None) -> Step:
    states = [None if rule is None else attributes(name, rule) for rule in (before, after)]
    return Step("responderpolicy", (name,), states[0], states[1])


ENABLE, DISABLE = Step(FEATURE, ("RESPONDER",), OFF, ON), Step(FEATURE, ("RESPONDER",), ON, OFF)
CHANGE, NEW_B, NEW_C, GO = policy("a", "1", "2"), policy("b", None, "1"), policy("c", None, "1"), policy("a", "1", None)


@pytest.fixture
def record_of(tmp_path: Path) -> Callable[..., ChangeRecord]:
    tmp_path.chmod(0o700)

    def make(*steps: Step) -> ChangeRecord:
        content = values_of(outcome="open", saved=False) | {"steps": [recorded_step(step) for step in steps]}
        return ChangeRecord(
            tmp_path / "r.json",
            RecordContent.from_json(content, where="r"),
            trust=RecordTrust(key=tmp_path / "key"),
        )

    return make


def states(record: ChangeRecord) -> str:
    """Return the first letter of the state of each step: planned, sent, done, undone."""
    return "".join(state.value[0] for state in record.states)


def run(store: Any, record: ChangeRecord, *steps: Step, **options: Any) -> str:
    """Carry out steps, and return why they failed, or ""."""
    try:
        execute_steps(store, steps, record, **options)
    except StepFailed as error:
        return f"{error} ({'undone' if error.undone else 'NOT undone'})"
    return ""


def test_steps_are_carried_out_in_order_and_new_objects_together(record_of: Callable[..., ChangeRecord]) -> None:
    steps = (ENABLE, CHANGE, NEW_B, NEW_C)
    store, record = Store(a="1"), record_of(*steps)
    assert run(store, record, *steps) == ""
    assert store.writes == ["POST nsfeature?action=enable", "PUT responderpolicy", "POST responderpolicy"]
    assert (store.policies, store.features) == ({"a": "2", "b": "1", "c": "1"}, {"RESPONDER"})
    assert states(record) == "dddd"
    assert read_back(store, steps) == []  # type: ignore[arg-type]
    later = Store(a="1")
    assert run(later, record_of(*steps), *steps, first=2) == ""
    assert later.policies == {"a": "1", "b": "1", "c": "1"}


@pytest.mark.parametrize(
    ("script", "problem", "policies", "expected"),
    [
        ([None, NO], "refused [at: set responder policy a ", {"a": "1"}, "up"),
        ([None, "gone"], "no answer [at: set responder policy a ", {"a": "1"}, "uu"),
        ([None, "lost"], "", {"a": "2"}, "dd"),
        (["lost", None], "", {"a": "2"}, "dd"),
        ([NO], "refused [at: enable ns feature RESPONDER]", {"a": "1"}, "pp"),
    ],
)
def test_what_an_answer_does_not_say_is_read(
    record_of: Callable[..., ChangeRecord], script: list[Any], problem: str, policies: dict[str, str], expected: str
) -> None:
    store, record = Store(*script, a="1"), record_of(ENABLE, CHANGE)
    said = run(store, record, ENABLE, CHANGE)
    assert (problem in said, bool(said)) == (True, bool(problem))
    assert said.endswith("What was done before it has been undone. (undone)") is bool(problem)
    assert (store.policies, store.features) == (policies, set() if problem else {"RESPONDER"})
    assert states(record) == expected


def test_a_bulk_request_that_is_refused_and_carried_out_in_part(record_of: Callable[..., ChangeRecord]) -> None:
    class Half(Store):
        def _carry_out(self, method: str, path: str, body: Any, *, bulk: bool) -> None:
            super()._carry_out(method, path, body, bulk=bulk)
            if bulk:
                del self.policies["c"]
                raise NO

    store, record = Half(), record_of(NEW_B, NEW_C)
    assert "refused [at: add responder policy c " in run(store, record, NEW_B, NEW_C)
    assert store.policies == {}
    assert states(record) == "up"


def test_where_the_result_cannot_be_read_nothing_is_undone(record_of: Callable[..., ChangeRecord]) -> None:
    class Dark(Store):
        def write(self, method: str, path: str, body: Any = None, *, bulk: bool = False) -> None:
            self.unreadable = True
            super().write(method, path, body, bulk=bulk)

    store, record = Dark("gone", a="1"), record_of(CHANGE)
    said = run(store, record, CHANGE)
    assert said.startswith("no answer. Its result cannot be read: ")
    assert "0 of 1 step is in place, 1 in doubt; the record is" in said
    assert said.endswith("(NOT undone)")
    assert states(record) == "s"


def test_an_undo_that_fails_says_so(record_of: Callable[..., ChangeRecord]) -> None:
    store, record = Store(None, NO, NO), record_of(ENABLE, NEW_B)
    said = run(store, record, ENABLE, NEW_B)
    assert "Undoing what was done failed as well: " in said
    assert said.endswith("(NOT undone)")
    assert store.features == {"RESPONDER"}


def test_a_check_that_finds_a_problem_undoes_the_step(record_of: Callable[..., ChangeRecord]) -> None:
    asked: list[Any] = []

    def check(session: Any) -> str:
        asked.append(session)
        return "it has no effect" if len(asked) > 1 else ""

    checks = {NEW_B.object_id: check, NEW_C.object_id: check}
    store, record = Store(a="1"), record_of(CHANGE, NEW_B, NEW_C)
    said = run(store, record, CHANGE, NEW_B, NEW_C, checks=checks)
    assert said.startswith("it has no effect [at: add responder policy b ")
    assert (store.policies, states(record)) == ({"a": "1"}, "uuu")
    gone = Store(a="1")
    assert run(gone, record_of(GO), GO, checks={GO.object_id: check}) == "", "a removed object has no effect to check"


class Lease:
    """A lease that is lost, or cannot be read, at one of its checks."""

    def __init__(self, at: int, error: Exception) -> None:
        self.left, self.error = at, error

    def __call__(self, _session: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


def test_without_the_lease_nothing_is_written_not_even_an_undo(record_of: Callable[..., ChangeRecord]) -> None:
    for at, done in ((1, "pp"), (2, "dp")):
        store, record = Store(a="1"), record_of(CHANGE, ENABLE)
        with pytest.raises(LeaseLost):
            execute_steps(
                store,  # type: ignore[arg-type]
                (CHANGE, ENABLE),
                record,
                permission=WritePermission(Lease(at, LeaseLost("x"))),
            )
        assert (states(record), len(store.writes)) == (done, at - 1)
    store, record = Store(a="1"), record_of(CHANGE, ENABLE)
    unread = WritePermission(Lease(2, TourniquetError("no answer")))
    assert run(store, record, CHANGE, ENABLE, permission=unread).startswith(
        "no answer [at: enable ns feature RESPONDER]"
    )
    assert (store.policies, states(record)) == ({"a": "1"}, "up")


def test_what_was_done_before_a_feature_is_disabled_is_read_back_first(record_of: Callable[..., ChangeRecord]) -> None:
    store, record = Store(a="1"), record_of(GO, DISABLE)
    store.features = {"RESPONDER"}
    assert run(store, record, GO, DISABLE) == ""
    assert (store.policies, store.features) == ({}, set())

    class Deaf(Store):
        def _carry_out(self, method: str, path: str, body: Any, *, bulk: bool) -> None:
            if method != "DELETE":
                super()._carry_out(method, path, body, bulk=bulk)

    deaf, record = Deaf(a="1"), record_of(GO, DISABLE)
    deaf.features = {"RESPONDER"}
    said = run(deaf, record, GO, DISABLE)
    assert said.startswith("it does not read back as done: responderpolicy a: expected None, found {")
    assert deaf.features == {"RESPONDER"}

    class Restarted(Store):
        def _carry_out(self, method: str, path: str, body: Any, *, bulk: bool) -> None:
            self.logins += path.endswith("disable")
            super()._carry_out(method, path, body, bulk=bulk)

    again, record = Restarted(a="1"), record_of(GO, DISABLE)
    again.features = {"RESPONDER"}
    assert run(again, record, GO, DISABLE).startswith("the session ended while the feature was disabled: ")
    assert (again.policies, again.features) == ({"a": "1"}, {"RESPONDER"})


# -- the undo ----------------------------------------------------------------------------------------------------------


def done_record(record_of: Callable[..., ChangeRecord], *steps: Step) -> ChangeRecord:
    record = record_of(*steps)
    record.set_states(range(len(steps)), StepState.DONE)
    return record


def undo(store: Any, record: ChangeRecord, *steps: Step, **options: Any) -> str:
    try:
        undo_steps(store, steps, record, **options)
    except TourniquetError as error:
        return str(error)
    return ""


def test_what_somebody_else_changed_is_left_and_the_rest_undone(record_of: Callable[..., ChangeRecord]) -> None:
    store, record = Store(a="9", b="1"), done_record(record_of, CHANGE, NEW_B)
    said = undo(store, record, CHANGE, NEW_B)
    assert said == "gw: somebody else has changed responderpolicy a, which was left as it is"
    assert (store.policies, states(record)) == ({"a": "9"}, "du")


def test_what_is_as_before_already_sends_nothing(record_of: Callable[..., ChangeRecord]) -> None:
    store, record = Store(a="1"), done_record(record_of, CHANGE, NEW_B)
    assert undo(store, record, CHANGE, NEW_B) == ""
    assert (store.writes, states(record)) == ([], "uu")


def test_an_undo_is_read_back_and_needs_the_primary(record_of: Callable[..., ChangeRecord]) -> None:
    class Deaf(Store):
        def _carry_out(self, method: str, path: str, body: Any, *, bulk: bool) -> None:
            self.writes.append(f"{method} {path}")

    said = undo(Deaf(a="2"), done_record(record_of, CHANGE), CHANGE)
    assert said == "gw: responderpolicy a is not what it was before"

    def failed_over(calls: Sequence[int]) -> Callable[[], None]:
        left = iter(calls)

        def primary() -> None:
            if next(left):
                raise Refused("it is secondary now")

        return primary

    store, record = Store(a="2"), done_record(record_of, CHANGE)
    assert undo(store, record, CHANGE, permission=WritePermission(primary=failed_over([1]))) == "it is secondary now"
    assert (store.writes, states(record)) == ([], "d")
    assert undo(store, record, CHANGE, permission=WritePermission(primary=failed_over([0, 1]))) == "it is secondary now"
    assert (store.policies, states(record)) == ({"a": "1"}, "s"), "the undo may be on the wrong node"
    refused = Store(NO, a="2")
    assert "refused" in undo(refused, done_record(record_of, CHANGE), CHANGE)


# -- requests and differences ------------------------------------------------------------------------------------------


def test_a_lost_answer_is_only_repeated_for_an_apply_command() -> None:
    sent: list[str] = []

    class Node(Store):
        def write(self, method: str, path: str, body: Any = None, *, bulk: bool = False) -> None:
            sent.append(path)
            raise LOST

    def confirm(_session: Any) -> None:
        sent.append("lease")

    apply = Step("nsacls", (), {"applied": False}, {"applied": True})
    for step, expected in ((CHANGE, ["lease", "responderpolicy"]), (apply, ["lease", "nsacls?action=apply"] * 2)):
        sent.clear()
        with pytest.raises(OutcomeUnknown):
            send_batch(Node(), Batch(0, (step,)), confirm)  # type: ignore[arg-type]
        assert sent == expected


def test_which_differences_are_read() -> None:
    steps = [policy("a", None, "1"), policy("a", "1", "2"), DISABLE, policy("b", "1", None)]
    assert first_states(steps, [0, 1, 3]) == {
        ("responderpolicy", ("a",)): None,
        steps[3].object_id: attributes("b", "1"),
    }
    assert list(still_readable(steps)) == steps[2:]
    assert list(still_readable(steps[:2])) == steps[:2]
    assert visible_steps(steps) == [DISABLE], "the appliance shows no policies while the feature is off"
    assert visible_steps(steps[:2]) == steps[:2]
    assert differences({}, steps) == [
        "responderpolicy a: expected {'name': 'a', 'rule': '2', 'action': 'NOOP'}, found None"
    ]
    assert differences({("responderpolicy", ("a",)): attributes("a", "2")}, steps) == []
    assert differences({}, [ENABLE]) == ["nsfeature RESPONDER: expected {'enabled': True}, found {'enabled': False}"]
