# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether what is ours is saved: what the appliance says is compared where something depends on it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.unsaved_changes import UnsavedChanges
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import saved_state
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.saved_state import (
    SavedFacts,
    read_saved_state,
)


@pytest.mark.parametrize(
    ("changed", "verify", "text", "differs", "unsaved", "found"),
    [
        ("", True, "a text", False, None, SavedFacts(None, (), ("the appliance does not report whether the configuration is saved",))),
        ("false", False, "a text", True, None, SavedFacts(True)),
        ("false", True, "a text", True, None, SavedFacts(False)),
        ("false", True, "a text", False, None, SavedFacts(True)),
        ("false", True, None, True, None, SavedFacts(True)),
        ("true", True, "a text", False, UnsavedChanges(True, ["+ x"]), SavedFacts(False, ("+ x",))),
        ("true", False, "a text", True, UnsavedChanges(False, ["+ x"]), SavedFacts(True, ("+ x",))),
        # No line differs: what runs of ours was put back as it is saved, and the appliance counts the changes.
        ("true", False, "a text", False, UnsavedChanges(True, [], is_hidden=True), SavedFacts(True)),
        ("true", False, "a text", True, UnsavedChanges(True, [], is_hidden=True), SavedFacts(False)),
        ("true", False, None, False, UnsavedChanges(True, [], is_hidden=True), SavedFacts(False)),
    ],
)  # fmt: skip
def test_what_is_saved(
    monkeypatch: pytest.MonkeyPatch,
    changed: str,
    verify: bool,
    text: str | None,
    differs: bool,
    unsaved: Any,
    found: Any,
) -> None:
    monkeypatch.setattr(saved_state, "saved_drift", lambda *_: ["a difference"] * differs)
    monkeypatch.setattr(saved_state, "unsaved_lines", lambda *_, other_runs: unsaved or pytest.fail("it is read"))
    monkeypatch.setattr(saved_state, "runs_of_other_measures", lambda _: ())
    connection: Any = SimpleNamespace(config={"configchanged": changed}, primary=None)
    parameters: Any = SimpleNamespace(owner=None, knows_other_runs=False)
    texts: Any = SimpleNamespace(saved=text)
    assert read_saved_state(connection, parameters, Target(), [], texts, verify=verify) == found


def test_what_another_measure_of_ours_has_not_saved_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays among the changes of others, by which conflicts and seals are decided."""
    asked: list[Any] = []

    def unsaved_lines(*_: Any, other_runs: Any) -> UnsavedChanges:
        asked.append(other_runs)
        return UnsavedChanges(ours=False, foreign=["+ of nobody"] if other_runs else ["+ ours", "+ of nobody"])

    monkeypatch.setattr(saved_state, "unsaved_lines", unsaved_lines)
    monkeypatch.setattr(saved_state, "runs_of_other_measures", lambda _: ("a record",))
    connection: Any = SimpleNamespace(config={"configchanged": "true"}, primary=None)
    parameters: Any = SimpleNamespace(owner=None, knows_other_runs=False)
    texts: Any = SimpleNamespace(saved="")
    found = read_saved_state(connection, parameters, Target(), [], texts, verify=False)
    assert (found.foreign_lines, found.own_lines) == (("+ ours", "+ of nobody"), ("+ ours",))
    assert asked == [(), ("a record",)]
