# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift: changes of others are reported attribute by attribute, running and saved, on each node, and corrected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from simulator.types import TYPES
from tests.stage.memory import MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"
GLOBAL = "responderglobal_responderpolicy_binding"
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
        {"type": "lb", "name": "site", "address": "127.0.0.1:0", "protocol": "SSL"},
    ],
}
PAIR = {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]}


def colleague(stage: Stage, method: str, path: str, body: dict[str, Any] | None = None, node: int = 0) -> None:
    """Somebody changes something, and saves it."""
    with Session(stage.appliance, stage.appliance.nodes[node]) as session:
        session.write(method, path, body)
        session.save()


def policy(**changes: Any) -> tuple[str, str, dict[str, Any]]:
    return "PUT", "responderpolicy", {"responderpolicy": {"name": NAME, **changes}}


def unbind(priority: int = 10) -> tuple[str, str]:
    return "DELETE", f"{GLOBAL}?args=policyname:{NAME},type:REQ_OVERRIDE,priority:{priority}"


def bind(**changes: Any) -> tuple[str, str, dict[str, Any]]:
    row = {"policyname": NAME, "priority": 10, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE", **changes}
    return "POST", GLOBAL, {GLOBAL: row}


def dies_at(path: str, write: Callable[..., Any]) -> Callable[..., Any]:
    """Return a write of a session that ends the run before the first request to a path."""

    def dying(session: Session, method: str, target: str, *rest: Any, **more: Any) -> Any:
        if target.startswith(path):
            raise KeyboardInterrupt
        return write(session, method, target, *rest, **more)

    return dying


def edit_the_file(stage: Stage, node: int, **changes: Any) -> None:
    """Somebody edits ns.conf itself, so the appliance does not know of it."""
    appliance = stage.simulator.fleet.appliances["box"]
    saved = appliance.nodes[node].saved.copy()
    saved.update(TYPES["responderpolicy"], {"name": NAME, **changes}, appliance)
    appliance.nodes[node].saved = saved


ANOTHER = {"name": f"{NAME}__x", "type": "noop", "comment": f"tourniquet {MITIGATION.id} v1"}
LB_BINDING = {"name": "site", "policyname": NAME, "priority": 5, "gotopriorityexpression": "END"}
CASES: dict[str, tuple[list[tuple[Any, ...]], str, list[str]]] = {
    "rule": ([policy(rule='HTTP.REQ.URL.CONTAINS("/VPNS/")')], "drifted", [f"responderpolicy {NAME} rule: expected "]),
    "two attributes": (
        [policy(action="DROP", rule="FALSE")],
        "drifted",
        [f"responderpolicy {NAME} action: expected {NAME}, found DROP", f"responderpolicy {NAME} rule: expected "],
    ),
    "unbound": ([unbind()], "drifted", [f"{GLOBAL} {NAME} REQ_OVERRIDE: expected {{policyname: {NAME}, priority: 10"]),
    "priority": (
        [unbind(), bind(priority=77)],
        "drifted",
        [f"{GLOBAL} {NAME} REQ_OVERRIDE priority: expected 10, found 77"],
    ),
    "bound elsewhere": (
        [("POST", "lbvserver_responderpolicy_binding", {"lbvserver_responderpolicy_binding": LB_BINDING})],
        "drifted",
        [f"lbvserver_responderpolicy_binding site {NAME} REQUEST: it should not be there, found {{"],
    ),
    "bound at the default bank": (
        [bind(type="REQ_DEFAULT")],
        "drifted",
        [f"{GLOBAL} {NAME} REQ_DEFAULT: it should not be there, found {{"],
    ),
    "feature": (
        [("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})],
        "exposed",
        ["feature RESPONDER: expected on, found off"],
    ),
    "deleted": (
        [
            unbind(),
            ("DELETE", f"responderpolicy/{NAME}"),
            ("DELETE", f"responderaction/{NAME}"),
            ("DELETE", f"auditmessageaction/{NAME}"),
        ],
        "exposed",
        [f"auditmessageaction {NAME}: expected {{name: {NAME}"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_changed_and_saved_is_told_twice_and_corrected(open_stage: Callable[..., Stage], case: str) -> None:
    changes, word, texts = CASES[case]
    stage = open_stage()
    stage.apply()
    good = (stage.configuration(), stage.configuration("saved"))
    for change in changes:
        colleague(stage, *change)
    status = stage.status(probes="none")
    assert status.verdict.word == word
    for text in texts:
        assert any(found.startswith(text) for found in status.drift), status.drift
        if case != "deleted":
            assert any(found.startswith(f"saved: {text}") for found in status.drift), status.drift
    if word == "drifted":
        assert status.drift[0] in status.verdict.reason
    assert status.corrected == ()
    result = stage.apply(accept_sleeping_policies=("*",))
    assert result.corrected == status.drift
    assert result.verdict.word == "mitigated"
    assert (stage.configuration(), stage.configuration("saved")) == good
    assert stage.status(probes="none").drift == ()
    assert not stage.apply().changed


def test_what_differs_in_the_saved_configuration_alone_is_not_saved(open_stage: Callable[..., Stage]) -> None:
    """The appliance says that nothing is unsaved: somebody has changed the file."""
    stage = open_stage()
    stage.apply()
    edit_the_file(stage, 0, action="NOOP")
    status = stage.status(probes="none")
    assert status.drift == (f"saved: responderpolicy {NAME} action: expected {NAME}, found NOOP",)
    assert status.verdict.word == "applied, not saved"
    result = stage.apply()
    assert (result.saved_now, result.verdict.word) == (True, "mitigated")
    assert stage.configuration() == stage.configuration("saved")
    assert stage.status(probes="none").drift == ()


def test_a_save_that_leaves_the_file_as_it_was_is_a_failure(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The appliance may find that there is nothing to save."""
    stage = open_stage()
    stage.apply()
    edit_the_file(stage, 0, rule="FALSE")
    monkeypatch.setattr(Session, "save", lambda _session, _before_again: None)
    with pytest.raises(TourniquetError, match="the saved configuration still differs: saved: responderpolicy"):
        stage.apply()
    assert stage.status(probes="none").verdict.word == "applied, not saved"


def test_a_policy_of_others_in_front_is_told_and_not_corrected(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    theirs = {"name": "let_all_in", "rule": "TRUE", "action": "NOOP"}
    colleague(stage, "POST", "responderpolicy", {"responderpolicy": theirs})
    colleague(stage, *bind(policyname="let_all_in", priority=1))
    status = stage.status(probes="none")
    assert status.verdict.word == "drifted"
    assert "let_all_in is evaluated before ours" in status.verdict.reason
    assert any("let_all_in" in text for text in status.drift)


def test_an_older_version_is_superseded_and_has_not_drifted(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(version=1)
    status = stage.status(probes="none")
    assert (status.verdict.word, status.drift) == ("superseded", ())


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ([unbind()], f"{GLOBAL} {NAME} REQ_OVERRIDE: expected "),
        ([policy(rule="FALSE")], f"responderpolicy {NAME} rule: expected "),
        ([("POST", "responderaction", {"responderaction": ANOTHER})], f"{NAME}__x: it should not be there"),
    ],
    ids=["unbound", "another rule", "an object more"],
)
def test_an_older_version_that_a_colleague_changed_has_drifted(
    open_stage: Callable[..., Stage], changes: list[tuple[Any, ...]], difference: str
) -> None:
    """It blocks nothing any more, so it is not `superseded`, which is a warning only."""
    stage = open_stage()
    stage.apply(version=1)
    for change in changes:
        colleague(stage, *change)
    status = stage.status(probes="none")
    assert (status.verdict.word, status.verdict.exit_code) == ("drifted", 2)
    assert f"is not what {MITIGATION.id} v1 says" in status.verdict.reason
    assert any(difference in text for text in status.drift), status.drift
    assert stage.apply().verdict.word == "mitigated"


def test_an_older_version_that_nothing_proved_is_unproven(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(version=1, probes="none", save="always")
    verdict = stage.status(probes="none").verdict
    assert (verdict.word, verdict.exit_code) == ("applied, unproven", 1)
    assert verdict.reason == "v1 is in place, v2 is current, and no proof holds for it as it is now"


def test_an_older_version_that_an_undo_brought_back_is_superseded(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(version=1)
    stage.apply()
    stage.rollback()
    status = stage.status(probes="none")
    assert (status.verdict.word, status.drift) == ("superseded", ())


def test_an_older_version_of_a_run_that_died_before_it_bound_anything_has_drifted(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", dies_at(GLOBAL, Session.write))
        with pytest.raises(KeyboardInterrupt):
            stage.apply(version=1)
    status = stage.status(probes="none")
    assert status.verdict.word == "drifted"
    assert any(f"{GLOBAL} {NAME} REQ_OVERRIDE: expected " in text for text in status.drift)


def test_an_older_version_without_a_record_is_not_called_whole(
    open_stage: Callable[..., Stage], tmp_path: Path
) -> None:
    stage = open_stage()
    stage.apply(version=1)
    for node in stage.simulator.fleet.appliances["box"].nodes:
        for path in [path for path in node.files if "tourniquet" in path]:
            del node.files[path]
    stage.records = tmp_path / "elsewhere"
    verdict = stage.status(probes="none").verdict
    assert verdict.word == "drifted"
    assert "no record here says what v1 left" in verdict.reason


def test_before_the_first_apply_and_after_a_rollback_nothing_has_drifted(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    assert stage.status(probes="none").drift == ()
    stage.apply()
    stage.rollback()
    assert stage.status(probes="none").drift == ()


def test_a_configuration_that_is_not_shown_is_said(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    stage.simulator.appliance("box").fault("nitro_error", type="nssavedconfig", method="GET", code=2138, times=0)
    status = stage.status(probes="none")
    assert any("show ns savedConfig" in text for text in status.verdict.missing)


# -- the other node --------------------------------------------------------------------------------------------------


def test_drift_on_the_secondary_is_told_by_node_and_attribute(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR)
    stage.apply()
    colleague(stage, *policy(rule="FALSE"), node=1)
    status = stage.status(probes="none")
    assert status.verdict.word == "partly"
    assert f"node 127.0.0.1: responderpolicy {NAME} rule: expected " in status.drift[0]
    assert any(f"node 127.0.0.1, saved: responderpolicy {NAME} rule" in text for text in status.drift)


def test_a_secondary_that_has_not_saved_is_told_and_saved(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR)
    stage.apply()
    edit_the_file(stage, 1, rule="FALSE")
    status = stage.status(probes="none")
    assert status.verdict.word == "applied, not saved"
    assert "the secondary 127.0.0.1 has not saved it" in status.verdict.reason
    assert stage.apply().verdict.word == "mitigated"
    assert stage.configuration("saved", node=1) == stage.configuration("saved", node=0)


def test_a_look_between_plan_and_apply_is_not_repeated_for_nothing(open_stage: Callable[..., Stage]) -> None:
    """An apply corrects what the plan showed."""
    stage = open_stage()
    stage.apply()
    colleague(stage, *policy(rule="FALSE"))
    seen: list[list[str] | None] = []

    def before(deployment: Deployment) -> None:
        seen.append(deployment.plan().drift)

    assert stage.apply(before).corrected == seen[0]
