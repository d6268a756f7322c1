# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Command policies: the first one that matches decides, what cannot be evaluated is not known, and every search ends."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_policies import (
    CommandPolicy,
    Rights,
)

SHOW = CommandPolicy("show", True, r"(^show\s+(?!system).*)|(^stat.*)", 20)
NO_SAVE = CommandPolicy("no_save", False, "^save ns config", 10)
ALL = CommandPolicy("all", True, ".*", 30)
BACK_REFERENCE = CommandPolicy("odd", True, r"(a)\1", 5)
SLOW = CommandPolicy("slow", True, "(a+)+$", 5)


@pytest.mark.parametrize(
    ("policies", "command", "allowed"),
    [
        ((SHOW,), "show responder policy", True),
        ((SHOW,), "SHOW ns config", True),
        ((SHOW,), "show system user", False),
        ((SHOW,), "add responder policy tq_x", False),
        ((NO_SAVE, SHOW, ALL), "save ns config", False),
        ((NO_SAVE, SHOW, ALL), "add responder policy tq_x", True),
        ((), "show version", False),
        ((BACK_REFERENCE, ALL), "show version", None),
        ((SLOW, ALL), "add " + "a" * 64 + "b", None),
        ((CommandPolicy("wrong", False, "(", 1), ALL), "show version", None),
    ],
)
def test_the_first_match_decides(policies: tuple[CommandPolicy, ...], command: str, allowed: bool | None) -> None:
    assert Rights("ann", policies).allow(command) is allowed


def test_only_what_is_known_to_be_missing_is_missing() -> None:
    commands = ["save ns config", "show version", "save ns config"]
    assert Rights("ann", (NO_SAVE, ALL)).missing(commands) == ["save ns config"]
    assert Rights("ann", (BACK_REFERENCE,)).missing(commands) == []
    assert Rights("ann", unknown="no answer").missing(commands) == []
