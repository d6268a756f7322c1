# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A save counts if it was allowed, was carried out, and reached the node that is primary after it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import saving
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.saving import (
    lost_in_restart,
    save_and_confirm,
    save_on_primary,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    OutcomeUnknown,
    Refused,
)

FULL = NitroError("gw-a", "POST nsconfig", 599, 284, "No space left on device")
FAILED_OVER = Refused("gw-a: the pair has failed over")


class Appliance:
    """A primary whose save, answer of nsconfig and role after the save are given; what is done is noted."""

    where = "gw-a"
    logins = 1

    def __init__(self, save: Any = None, changed: Any = False, roles: tuple[Any, ...] = (None, None)) -> None:
        self.answer, self.changed, self.roles = save, changed, list(roles)
        self.done: list[str] = []
        self.budget = SimpleNamespace(open_reserve=lambda: None)
        self.primary = self

    def save(self, _again: Any) -> None:
        self.done.append("save")
        if self.answer is not None:
            raise self.answer

    def read(self, _type: str) -> list[dict[str, Any]]:
        return [] if self.changed == "no answer" else [{"configchanged": self.changed}]

    def confirm_primary(self) -> None:
        self.done.append("role")
        role = self.roles.pop(0)
        if role is not None:
            raise role


def save(appliance: Any, lease: Any = None) -> str:
    def confirm(_session: Any) -> None:
        appliance.done.append("lease")
        if lease is not None:
            raise lease

    return save_on_primary(appliance, confirm)


def test_a_save_is_framed_by_the_role_and_allowed_by_the_lease() -> None:
    appliance = Appliance()
    assert save(appliance) == ""
    assert appliance.done == ["role", "lease", "save", "role"]


def test_a_pair_that_fails_over_during_the_save_has_not_saved_it() -> None:
    appliance = Appliance(roles=(None, FAILED_OVER))
    assert save(appliance) == "gw-a: the pair has failed over"


def test_a_node_that_is_no_longer_primary_is_not_saved() -> None:
    appliance = Appliance(roles=(FAILED_OVER,))
    assert save(appliance) == "gw-a: the pair has failed over"
    assert appliance.done == ["role"]


@pytest.mark.parametrize("lease", [FULL, Refused("gw-a: this run has lost the lock")])
def test_without_the_lease_nothing_is_saved(lease: Exception) -> None:
    appliance = Appliance()
    assert save(appliance, lease) == str(lease)
    assert appliance.done == ["role", "lease"]


def test_a_save_that_failed_is_reported_as_it_failed() -> None:
    appliance = Appliance(save=FULL, changed=True)
    assert save(appliance) == str(FULL)
    assert appliance.done == ["role", "lease", "save"]


@pytest.mark.parametrize(
    ("error", "changed", "told"),
    [
        (None, False, ""),
        (None, "false", ""),
        (OutcomeUnknown("gw-a: no answer"), False, ""),
        (None, True, "gw-a: the appliance says that its configuration is still not saved"),
        (OutcomeUnknown("gw-a: no answer"), True, "gw-a: no answer"),
        (None, None, "gw-a: the appliance does not report whether its configuration is saved"),
        (None, "perhaps", "gw-a: the appliance does not report whether its configuration is saved"),
        (None, "no answer", "gw-a: the appliance does not report whether its configuration is saved"),
        (FULL, None, str(FULL)),
    ],
)
def test_what_is_read_decides_and_not_the_answer_to_the_save(error: Any, changed: Any, told: str) -> None:
    session: Any = Appliance(save=error, changed=changed)
    assert save_and_confirm(session, lambda _session: None) == told


@pytest.mark.parametrize("logins", [0, 1])
def test_without_a_second_login_nothing_was_lost(logins: int) -> None:
    session: Any = SimpleNamespace(logins=logins, where="gw-a")
    assert lost_in_restart(session, []) == ""


def test_after_a_restart_without_steps_it_is_not_known_what_was_saved() -> None:
    session: Any = SimpleNamespace(logins=2, where="gw-a")
    assert lost_in_restart(session, []) == (
        "gw-a: the appliance was restarted meanwhile, and has lost what was not saved: the session had to be renewed, so what was saved is "
        "not known"
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], ""),
        (
            ["a is gone", "b is gone", "c is gone", "d is gone"],
            "gw-a: the appliance was restarted meanwhile, and has lost what was not saved: a is gone; b is gone; c is gone",
        ),
    ],
)
def test_after_a_restart_the_steps_are_read_again(wrong: list[str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session: Any = SimpleNamespace(logins=2, where="gw-a")
    steps: Any = ["a step"]
    monkeypatch.setattr(saving, "read_back", lambda node, read: wrong if (node, read) == (session, steps) else ["?"])
    assert lost_in_restart(session, steps) == told
