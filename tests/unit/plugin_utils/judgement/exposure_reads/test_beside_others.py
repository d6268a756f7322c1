# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the record of a run on something else keeps of a mitigation: what is bound beside it, or that it is not as our runs left it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.proof_seal import (
    places_of,
    proof_seal,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import Scope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import beside_others
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.beside_others import (
    WasRead,
    found_beside_others,
    news_beside,
)

from tests.unit.plugin_utils.judgement.exposure.test_history import ENTRY, PROVEN, record

NAME = f"tq_{ENTRY.id}"
GLOBAL = "responderglobal_responderpolicy_binding"
PLACE: ObjectId = (GLOBAL, (NAME, "REQ_OVERRIDE"))
POLICY: ObjectId = ("responderpolicy", (NAME,))
LEFT: Mapping[ObjectId, Attributes] = {
    POLICY: {"name": NAME, "rule": "TRUE", "action": "RESET", "comment": Owner(ENTRY.id, 1).comment},
    PLACE: {"policyname": NAME, "type": "REQ_OVERRIDE", "priority": 10, "gotopriorityexpression": "END"},
}
IN_FRONT: Mapping[ObjectId, Attributes] = {
    ("responderpolicy", ("rp",)): {"name": "rp", "rule": "TRUE", "action": "NOOP"},
    (GLOBAL, ("rp", "REQ_OVERRIDE")): {
        "policyname": "rp",
        "type": "REQ_OVERRIDE",
        "priority": 5,
        "gotopriorityexpression": "END",
    },
}
ON = {"RESPONDER": True}


def seal(objects: Mapping[ObjectId, Attributes]) -> str:
    owner = Owner(ENTRY.id, 1)
    return proof_seal(State(objects, ON), places_of(objects, owner), owner)


def applied(places: str, **values: Any) -> ChangeRecord:
    steps = [
        {"type": type_, "key": list(key), "before": None, "after": dict(after), "state": "done"}
        for (type_, key), after in LEFT.items()
    ]
    return record("apply", "2019-12-20T21:00", proof={**PROVEN, "places": places}, steps=steps, **values)


def found(
    monkeypatch: pytest.MonkeyPatch, there: State | NitroError, *records: ChangeRecord, read: WasRead | None = None
) -> tuple[dict[str, str], int]:
    """Return what is found, and how often the appliance was read."""
    reads: list[Scope] = []

    def observe(_session: Any, scope: Scope) -> Any:
        reads.append(scope)
        if isinstance(there, NitroError):
            raise there
        return SimpleNamespace(state=there)

    parameters: Any = SimpleNamespace(run="this run")
    session: Any = SimpleNamespace(briefly=contextlib.nullcontext)
    monkeypatch.setattr(beside_others, "observe", observe)
    monkeypatch.setattr(beside_others, "runs_of_other_measures", lambda _parameters: records)
    return found_beside_others(session, parameters, read), len(reads)


@pytest.mark.parametrize(
    ("there", "beside"),
    [
        (State(LEFT, ON), seal(LEFT)),
        (State({**LEFT, **IN_FRONT}, ON), seal({**LEFT, **IN_FRONT})),
        (State(LEFT, {}), "not as left"),
        (State({POLICY: LEFT[POLICY]}, ON), "not as left"),
        (State({**LEFT, POLICY: {**LEFT[POLICY], "rule": "FALSE"}}, ON), "not as left"),
        (NitroError("gw", "GET", 503, 0, "busy"), "not said"),
    ],
    ids=["as it was proven", "another in front", "the feature is off", "unbound", "changed", "not read"],
)
def test_a_run_on_something_else_keeps_what_is_bound_beside_a_mitigation(
    monkeypatch: pytest.MonkeyPatch, there: State | NitroError, beside: str
) -> None:
    """Seen: proven until a closing, past a policy that somebody put in front before, and took away after."""
    assert found(monkeypatch, there, applied(seal(LEFT))) == ({ENTRY.id: beside}, 1)


def test_nothing_is_read_where_nothing_was_proven_or_all_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    there = State({**LEFT, **IN_FRONT}, ON)
    removed = record(
        "rollback",
        "2020-01-01T21:00",
        steps=[
            {"type": type_, "key": list(key), "before": dict(before), "after": None, "state": "done"}
            for (type_, key), before in LEFT.items()
        ],
    )
    proven = applied(seal(LEFT))
    for records in (
        (),
        (applied(""),),
        (proven, removed),
        (applied(seal(LEFT), measure="url_whitelist"),),
        (applied(seal(LEFT), run="this run"),),
    ):
        assert found(monkeypatch, there, *records) == ({}, 0)
    one = {ENTRY.id: seal({**LEFT, **IN_FRONT})}
    scope = Scope.of(LEFT)
    assert found(monkeypatch, State(), proven, read=WasRead(there, scope)) == (one, 0)
    for less in (Scope(scope.types, frozenset()), Scope(scope.types - {"responderaction"}, scope.places)):
        assert found(monkeypatch, there, proven, read=WasRead(State(), less)) == (one, 1)


def test_a_refused_run_keeps_what_no_run_before_it_has_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: an apply refused twelve times would leave twelve records of the same, and one that was refused once left none."""
    monkeypatch.setattr(beside_others, "observe", lambda *_given: SimpleNamespace(state=State()))
    session: Any = SimpleNamespace(briefly=contextlib.nullcontext)
    there = State({**LEFT, **IN_FRONT}, ON)
    now = seal({**LEFT, **IN_FRONT})

    def news(state: State, *records: ChangeRecord) -> dict[str, str]:
        return news_beside(session, records, "this run", ENTRY.id, WasRead(state, Scope.of(LEFT)))

    def looked(beside: str, **values: Any) -> ChangeRecord:
        return record("verify", "2020-01-02T10:00", found_beside={ENTRY.id: beside}, **values)

    proven = applied(seal(LEFT))
    assert news(there, proven) == {ENTRY.id: now}
    assert news(State(LEFT, ON), proven) == {}
    for values in ({}, {"measure": "url_whitelist"}):
        assert news(there, proven, looked(now, **values)) == {}
        assert news(there, proven, looked("another", **values)) == {ENTRY.id: now}
        assert news(State(LEFT, ON), proven, looked(now, **values)) == {ENTRY.id: seal(LEFT)}
    assert news(there, looked(now), proven) == {ENTRY.id: now}, "a proof since then says what was there"
    unjudged = record("verify", "2020-01-02T10:00", proof={**PROVEN, "places": now})
    assert news(there, proven, unjudged) == {}
    assert news(there, looked("another")) == {}, "nothing was proven"
