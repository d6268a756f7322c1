# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the inventory demands: strict, and no action that writes is forgotten."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.demand import (
    break_glass_of,
    wanted_approvals,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.request import (
    ApprovalRequest,
    expiry,
    parse_request,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules

ACTIONS = Path(__file__).parents[5] / "plugins" / "action"
PACKAGE = "ansible_collections.tourniquet.netscaler.plugins.action"


def writing_actions() -> dict[str, Any]:
    """The actions that take the lease of an appliance: only with it is anything written there."""
    modules = {path.stem: importlib.import_module(f"{PACKAGE}.{path.stem}") for path in sorted(ACTIONS.glob("*.py"))}
    return {
        name: module.ActionModule
        for name, module in modules.items()
        if "break_lock" in getattr(module.ActionModule, "OPTIONS", {})
    }


def test_approvals_can_be_demanded_for_each_action_that_writes() -> None:
    found = writing_actions()
    assert sorted(found) == sorted(approval_rules())
    assert all(action.VERB.changes for action in found.values())


@pytest.mark.parametrize("name", [name for name, rule in approval_rules().items() if not rule.harmless])
def test_each_action_with_a_plan_compares_its_seal_before_it_writes(name: str) -> None:
    assert {"plan", "plans"} <= writing_actions()[name].OPTIONS.keys()


@pytest.mark.parametrize(
    ("value", "action", "measure", "wanted"),
    [
        (None, "apply", "", 0),
        ({}, "apply", "", 0),
        ({"apply": 1}, "apply", "cve_2019_19781", 1),
        ({"apply": 1}, "status", "", 0),
        ({"apply": 1, "recommended": 2}, "apply", "recommended", 2),
        ({"recommended": 2}, "apply", "cve_2019_19781", 0),
        ({"close": 2, "lockdown": 1}, "lockdown", "", 2),
        ({"close": 2}, "reopen", "", 0),
    ],
)
def test_the_demand_of_a_verb(value: Any, action: str, measure: str, wanted: int) -> None:
    assert wanted_approvals(value, approval_rules(), action, measure) == wanted


@pytest.mark.parametrize("value", ["2", [1], {"aply": 1}, {"apply": 3}, {"apply": -1}, {"apply": True}, {"apply": "1"}])
def test_a_demand_that_is_no_demand_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"tourniquet_approvals .*|tourniquet_approvals: .*"):
        wanted_approvals(value, approval_rules(), "status")


@pytest.mark.parametrize(("who", "reason"), [("", "x"), ("x", " "), ("\u200b", "x"), ("x", "-")])
def test_breaking_the_glass_needs_a_person_and_a_reason(who: str, reason: str) -> None:
    assert break_glass_of(wanted=False, who=who, reason=reason) is None
    with pytest.raises(InvalidInput, match="needs a person and a reason"):
        break_glass_of(wanted=True, who=who, reason=reason)


def request(**changes: Any) -> ApprovalRequest:
    values = {
        "verb": "apply",
        "measure": "m",
        "plan": "p",
        "seals": {"gw a": f"{'0' * 64} v2", "gw-b": f"{'1' * 64} v2"},
        "demands": ("d" * 64,),
        "signers": "e" * 64,
    }
    return ApprovalRequest(**{**values, "expires": expiry(datetime(2026, 1, 1, tzinfo=UTC)), **changes})


def test_a_text_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert parse_request(request().text) == request()
    assert request().text.startswith(
        "tourniquet-approval 2\nverb: apply\nmeasure: m\nplan: p\nexpires: 2026-01-02T00:00:00+00:00\n"
    )
    request().write(tmp_path / "plans")


@pytest.mark.parametrize("name", ["gw\nverb: x", "gw\x1b", "gw\u2028x", ""])
def test_a_name_that_would_be_another_line_is_not_signed(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be signed"):
        request(seals={name: f"{'0' * 64} v1"}).write(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("apply", "reopen\n"),
        ("v2", "v3"),
        ("+00:00", "+01:00x"),
        ("2026-01-02", "2026-13-02"),
        ("gw-b\n", "gw-b"),
        ("gw a", "gw z"),
        ("demand: d", "demand: "),
        ("signers: e", "signers: E"),
    ],
)
def test_an_edited_text_is_no_request(old: str, new: str) -> None:
    assert parse_request(request().text.replace(old, new, 1)) is None


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"file/approval\.txt cannot be written"):
        request().write(tmp_path / "file")
