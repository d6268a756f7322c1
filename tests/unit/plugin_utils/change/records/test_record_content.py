# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of a record: an invalid record is an error that names the file and the key, and never an internal error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_checks import (
    DEEPEST,
    LONGEST_TEXT,
    LONGEST_VALUE,
    MOST_ITEMS,
    MOST_KEYS,
    MOST_STEPS,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import (
    Operator,
    Origin,
    RecordContent,
    RecordedProof,
    RecordedVserver,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    CopyState,
    Outcome,
    RecordKind,
    StepState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

STEP: dict[str, Any] = {
    "type": "nsfeature",
    "key": ["RESPONDER"],
    "before": {"enabled": False},
    "after": {"enabled": True},
    "lines": ["enable ns feature RESPONDER"],
    "inverse": ["disable ns feature RESPONDER"],
    "state": "done",
}
RECORD: dict[str, Any] = {
    "format": 1,
    "host": "gw",
    "kind": "apply",
    "measure": "demo",
    "version": 2,
    "run": "abc",
    "partition": "tenant",
    "build": "13.0 47.22",
    "who": {"user": "night", "control_node": "desk", "records": "a1"},
    "started": "2020-01-17T20:00:00+00:00",
    "finished": None,
    "outcome": "applied",
    "saved": True,
    "steps": [STEP],
    "proof": {"proven": True, "seal": "7f", "vips": ["gw"], "offline": {"attacks": 31}},
    "previous": [],
    "whitelists": [{"name": "gw", "entries": []}],
}
CLOSURE: dict[str, Any] = {
    "kind": "lockdown",
    "covers": [["vpnvserver", "gw"]],
    "completes": [],
    "released": [],
    "vservers": [{"type": "vpnvserver", "name": "gw", "enabled": True, "place": "192.0.2.1:443", "answered": None}],
    "decided_by": "J. Jansen",
    "reason": "advice",
    "ticket": "CHG1",
    "expires": "2020-01-18T08:00:00+00:00",
}


def nested(levels: int) -> Any:
    value: Any = []
    for _level in range(levels - 1):
        value = [value]
    return value


def content(**changes: Any) -> RecordContent:
    return RecordContent.from_json({**RECORD, **changes}, where="the record x")


def test_typed_properties() -> None:
    record = content(origin={"node": "n", "state": "ended", "sha256": "0", "host": "gw"}, undone_by="b.json")
    assert (record.kind, record.outcome, record.saved) == (RecordKind.APPLY, Outcome.APPLIED, True)
    assert (record.partition, record.build, record.finished) == ("tenant", "13.0 47.22", None)
    assert record.operator == Operator("night", "desk", "a1")
    assert record.proof == RecordedProof(proven=True, is_judged=True, seal="7f", vips=("gw",))
    assert (record.origin, record.is_fetched) == (Origin("n", CopyState.ENDED, "0"), True)
    assert (record.undone_by, record.undoes, record.problem) == ("b.json", (), "")
    assert record.states == (StepState.DONE,)
    assert [step.object_id for step in record.touched] == [("nsfeature", ("RESPONDER",))]


def test_typed_properties_of_a_lockdown() -> None:
    record = content(**CLOSURE)
    gateway = ("vpnvserver", ("gw",))
    assert (record.covers, record.completes, record.released) == ((gateway,), (), ())
    assert record.vservers == (RecordedVserver(gateway, "192.0.2.1:443", True, None),)
    assert (record.decided_by, record.expires) == ("J. Jansen", "2020-01-18T08:00:00+00:00")


def test_json_is_kept_with_every_key_in_its_place() -> None:
    record = content()
    assert json.dumps(record.to_json()) == json.dumps(RECORD)
    sent = record.with_states([0], StepState.SENT)
    assert json.dumps(sent.to_json()) == json.dumps({**RECORD, "steps": [{**STEP, "state": "sent"}]})
    assert digest(sent.with_states([0], StepState.DONE).to_json()) == digest(RECORD)
    assert record.states == (StepState.DONE,), "the content itself does not change"


@played_together(
    ("key", "value"),
    [
        ("host", 7),
        ("kind", "reboot"),
        ("kind", ["apply"]),
        ("measure", None),
        ("version", True),
        ("version", "2"),
        ("run", {}),
        ("reason", "x" * (LONGEST_TEXT + 1)),
        ("partition", None),
        ("build", 13.0),
        ("who", "night"),
        ("who", {"user": []}),
        ("started", "yesterday"),
        ("started", "2020-01-17T20:00:00"),
        ("started", "0001-01-01T00:00:00+10:00"),
        ("finished", "9999-12-31T23:59:59-10:00"),
        ("finished", 7),
        ("outcome", "excellent"),
        ("saved", "yes"),
        ("saved", 1),
        ("steps", None),
        ("steps", {}),
        ("proof", []),
        ("proof", {"proven": "yes"}),
        ("proof", {"vips": "gw"}),
        ("previous", {"a.json": "0"}),
        ("looked", ["a.json"]),
        ("looked", {"a.json": ["../b.json"]}),
        ("previous", [{"name": "a.json"}]),
        ("undoes", "a.json"),
        ("undone_by", ["a.json"]),
        ("copies", [7]),
        ("origin", []),
        ("origin", {"state": 7}),
        ("origin", {"node": "n", "state": "perhaps", "sha256": "0"}),
        ("whitelists", nested(DEEPEST + 1)),
        ("whitelists", [float("nan")]),
        ("whitelists", 2**64),
        ("whitelists", ["x" * (LONGEST_VALUE + 1)]),
        ("version", 10**30),
        ("measure", "Demo"),
        ("run", ""),
        ("run", "x" * 128),
        ("vips", {"x" * (LONGEST_TEXT + 1): 1}),
        ("previous", [{"name": "../a.json", "sha256": "0"}]),
        ("previous", [{"name": "a.json", "sha256": "x"}]),
        ("previous", [{"name": "a.json", "sha256": "0"}] * (MOST_ITEMS + 1)),
        ("undone_by", "../../b.json"),
        ("undoes", ["b.json"]),
        ("steps", [STEP] * (MOST_STEPS + 1)),
    ],
)
def test_value_of_another_type_names_the_file_and_the_key(key: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=rf"^the record x .*\b{key}\b"):
        content(**{key: value})


def test_more_keys_than_any_record_has_are_an_error() -> None:
    with pytest.raises(InvalidInput, match="has more than 100 keys"):
        content(**{f"key_{number}": number for number in range(MOST_KEYS)})


@pytest.mark.parametrize("key", ["format", "host", "kind", "measure", "run", "started", "outcome", "saved", "steps"])
def test_missing_key_is_an_error(key: str) -> None:
    with pytest.raises(InvalidInput, match=f"has no {key}|of format 1"):
        RecordContent.from_json({name: value for name, value in RECORD.items() if name != key}, where="the record x")


@pytest.mark.parametrize("key", sorted(set(CLOSURE) - {"kind"}))
def test_missing_key_of_a_lockdown_is_an_error(key: str) -> None:
    with pytest.raises(InvalidInput, match=f"has no {key}"):
        content(**{name: value for name, value in CLOSURE.items() if name != key})


@played_together(
    ("key", "value"),
    [
        ("covers", [["vpnvserver"]]),
        ("covers", [["vpnvserver", 7]]),
        ("released", "gw"),
        ("vservers", [{"type": "vpnvserver", "name": "gw"}]),
        ("vservers", [{"type": "vpnvserver", "name": "gw", "enabled": "yes"}]),
        ("vservers", ["gw"]),
        ("vservers", [{"type": "server", "name": "gw", "enabled": True}]),
        ("vservers", [{"type": "vpnvserver", "name": "x" * 128, "enabled": True}]),
        ("vservers", CLOSURE["vservers"] * 2),
        ("covers", [["nsfeature", "RESPONDER"]]),
        ("covers", [["vpnvserver", ""]]),
        ("expires", "2020-01-18T08:00:00"),
        ("decided_by", None),
    ],
)
def test_wrong_value_of_a_lockdown_is_an_error(key: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"another {key} than"):
        content(**{**CLOSURE, key: value})


@played_together(
    ("step", "problem"),
    [
        ("enable", "not an object"),
        ({**STEP, "more": 1}, "unknown key"),
        ({**STEP, "state": "perhaps"}, "another state than one of planned, sent, done, undone"),
        ({**STEP, "state": None}, "another state"),
        ({**STEP, "key": "RESPONDER"}, "another key than a list of texts"),
        ({**STEP, "key": [7]}, "another key"),
        ({**STEP, "before": 7}, "another before than an object or null"),
        ({**STEP, "lines": "reboot"}, "another lines"),
        ({**STEP, "after": {"enabled": nested(DEEPEST)}}, "nested deeper"),
        ({key: value for key, value in STEP.items() if key != "after"}, "has no after"),
    ],
)
def test_wrong_step_is_named_by_its_position(step: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=rf"a step that is not valid \(steps\[1\]\).*{problem}"):
        content(steps=[STEP, step])


@pytest.mark.parametrize("key", ["", "Reason", "a b", "a" * 65, "\x1b[2J", "größe"])
def test_key_that_is_not_a_name_is_an_error_and_is_escaped(key: str) -> None:
    with pytest.raises(InvalidInput, match="key that is not a name") as raised:
        content(**{key: 1})
    assert str(raised.value).isprintable()


def test_a_step_of_an_unknown_type_is_an_error_where_it_is_needed() -> None:
    record = content(steps=[{**STEP, "type": "systemuser"}])
    assert record.states == (StepState.DONE,)
    with pytest.raises(InvalidInput, match="systemuser"):
        _ = record.touched


VSERVER_STEP = {**STEP, "type": "lbvserver", "key": ["shop"]}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"steps": [VSERVER_STEP]}, "the type lbvserver, which no record of the kind apply has"),
        ({**CLOSURE, "steps": [VSERVER_STEP, STEP]}, "the type nsfeature, which no record of the kind lockdown has"),
        ({"steps": [{**STEP, "key": []}]}, "its key has 0 parts"),
    ],
)
def test_a_step_that_no_run_of_this_kind_has_is_an_error_that_names_the_file(
    changes: dict[str, Any], problem: str
) -> None:
    record = ChangeRecord(Path("records/gw/x.json"), content(**changes))
    for steps in (lambda: record.steps, lambda: record.touched):
        with pytest.raises(InvalidInput, match=rf"^records/gw/x\.json: .*{problem}.*Restore the file from a backup"):
            steps()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": 1, "a": ' + "[" * 3000 + "]" * 3000 + "}"])
def test_a_file_that_is_nested_without_end_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"x\.json .*Restore the file from a backup"):
        ChangeRecord.read(path)
