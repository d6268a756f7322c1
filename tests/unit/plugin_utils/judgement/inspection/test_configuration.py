# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The target: what is wanted, what of ours goes, which settings stay or return, and what is read for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import AUDIT_LOG
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import configuration

from tests.traits import traits

OWNER = Owner("demo", 1)
POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
ACTION: ObjectId = ("responderaction", ("tq_demo",))
THEIRS: ObjectId = ("responderpolicy", ("theirs",))
SET: ObjectId = ("policydataset", ("tq_demo__eu",))
TCP: ObjectId = ("nstcpparam", ())
OURS: Attributes = {"name": "tq_demo", "comment": OWNER.comment}
OURS_TOO: Attributes = {"name": "tq_demo__eu", "comment": OWNER.comment}


def parameters(*wanted: ObjectId, depends: bool = True, features: tuple[str, ...] = (), user: str = "") -> Any:
    objects = {id_: {"name": id_[1][0] if id_[1] else ""} for id_ in wanted}
    document = SimpleNamespace(objects=objects, types={id_[0] for id_ in wanted}, features=features)
    measure = SimpleNamespace(
        traits=traits(depends_on_build=depends, set_types=("policydataset",)),
        users_of_setting=lambda _id, _text, owner: user if owner == OWNER else "another owner",
    )
    return SimpleNamespace(document=document, measure=measure, owner=OWNER)


LOGS: ObjectId = ("auditmessageaction", ("tq_demo",))


@pytest.mark.parametrize(
    ("of", "setting", "kept"),
    [
        (parameters(), TCP, True),
        (parameters(), AUDIT_LOG, True),
        (parameters(depends=False), TCP, False),
        (parameters(depends=False), AUDIT_LOG, False),
        (parameters(LOGS, depends=False), TCP, False),
        (parameters(LOGS, depends=False), AUDIT_LOG, True),
        (parameters(LOGS, depends=False), ("another", ()), False),
        (parameters(POLICY, depends=False), AUDIT_LOG, False),
    ],
)
def test_which_settings_a_later_run_keeps(of: Any, setting: ObjectId, kept: bool) -> None:
    assert configuration._is_kept(of, setting) is kept


@pytest.mark.parametrize(("changed", "text"), [("false", "saved"), ("true", "running"), ("", "running")])
def test_the_saved_configuration_is_read_only_where_nothing_is_unsaved(changed: str, text: str) -> None:
    texts: Any = SimpleNamespace(saved="saved", running="running")
    assert configuration.CurrentText({"configchanged": changed}, texts).read() == text


def test_only_the_members_of_sets_of_ours_that_are_no_longer_wanted_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(configuration, "read_members", lambda _session, sets: asked.append(sets) or {POLICY: OURS})
    theirs: ObjectId = ("policydataset", ("theirs",))
    objects: dict[ObjectId, Attributes] = {SET: OURS_TOO, theirs: {"name": "theirs"}, POLICY: OURS}
    session: Any = None
    assert configuration._members_of_unwanted_sets(session, objects, parameters()) == {POLICY: OURS}
    assert configuration._members_of_unwanted_sets(session, objects, parameters(SET)) == {}
    assert asked == [[SET]]


@pytest.mark.parametrize(
    ("objects", "text", "found"),
    [
        ({THEIRS: {"name": "theirs"}}, "a text", ({}, [])),
        ({}, "a text", ({}, [])),
        ({THEIRS: {"name": "theirs"}, POLICY: OURS}, "a text", ({"a": "binding"}, ["a place"])),
        (
            {POLICY: OURS},
            None,
            (
                {},
                [
                    (
                        "whether ours is bound elsewhere too cannot be read (allow the user: show ns savedConfig, ns "
                        "runningConfig)"
                    )
                ],
            ),
        ),
    ],
)
def test_bindings_elsewhere_are_looked_for_where_something_of_ours_is(
    monkeypatch: pytest.MonkeyPatch, objects: dict[ObjectId, Attributes], text: str | None, found: Any
) -> None:
    monkeypatch.setattr(configuration, "read_stray_bindings", lambda *_: {"a": "binding"})
    monkeypatch.setattr(configuration, "unusable_places", lambda *_: ["a place"])
    session: Any = None
    source: Any = SimpleNamespace(read=lambda: text)
    assert configuration._stray_bindings(session, objects, parameters(), source) == found


def test_the_target_has_what_is_wanted_and_removes_the_rest_of_ours() -> None:
    state = State({POLICY: OURS, SET: OURS_TOO, THEIRS: {"name": "theirs"}, ACTION: {"name": "tq_demo"}}, {})
    target = configuration._target(parameters(POLICY, features=("responder",)), state, [])
    assert target.objects == {POLICY: {"name": "tq_demo"}, SET: None}, "without our comment an action is not ours"
    assert target.features == {"RESPONDER": True}


def test_edits_that_were_not_applied_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    commit: ObjectId = ("nsacls", ())
    monkeypatch.setattr(configuration, "unapplied", lambda _records: [commit])
    assert configuration._target(parameters(), State(), []).objects == {commit: {"applied": True}}


@pytest.mark.parametrize(
    ("id_", "there", "changed_by_us", "by_others"),
    [
        (TCP, {"enhancedisngeneration": "ENABLED"}, (), True),
        (TCP, {"enhancedisngeneration": "DISABLED"}, (), False),
        (TCP, {"enhancedisngeneration": "ENABLED"}, (TCP,), False),
        (TCP, None, (), False),
        (("auditsyslogparams", ()), {"enhancedisngeneration": "ENABLED"}, (), False),
        (POLICY, {"enhancedisngeneration": "ENABLED"}, (), False),
    ],
)
def test_a_setting_that_others_have_set_already_is_nothing_of_ours(
    id_: ObjectId, there: Attributes | None, changed_by_us: tuple[ObjectId, ...], by_others: bool
) -> None:
    state = State({} if there is None else {id_: there}, {})
    wanted = {"enhancedisngeneration": "ENABLED"}
    assert configuration._is_set_by_others(id_, wanted, state, changed_by_us) is by_others


@pytest.mark.parametrize(
    ("text", "user", "kept"),
    [
        ("a text", "", []),
        ("a text", "others use it", ["nstcpparam stays as we set it, although ours no longer needs it: others use it"]),
        (
            None,
            "",
            ["nstcpparam stays as we set it, although ours no longer needs it: the configuration cannot be read"],
        ),
    ],
)
def test_a_setting_returns_to_its_former_value_unless_others_rely_on_it(
    monkeypatch: pytest.MonkeyPatch, text: str | None, user: str, kept: list[str]
) -> None:
    before: dict[ObjectId, Attributes] = {TCP: {"enhancedisngeneration": "DISABLED"}}
    monkeypatch.setattr(configuration, "settings_to_restore", lambda *_: dict(before))
    source: Any = SimpleNamespace(read=lambda: text)
    found = configuration._restored_settings({}, parameters(user=user), State(), source)
    assert found == ({} if kept else before, kept)
