# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rights of our user, read from answers that an appliance may get wrong: what is not known is never "allowed"."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.rights import (
    GROUP_BINDING,
    MEMBER_BINDING,
    MOST_POLICIES,
    USER_BINDING,
    read_rights,
)

POLICY = {"policyname": "p", "action": "ALLOW", "cmdspec": "^show"}
BINDING = {"username": "ann", "policyname": "p", "priority": "100"}


def session(user: str = "ann", **rows: Any) -> Session:
    """A session whose answers are given by type; a type that is not given is refused."""

    def read(type_: str, name: str | None = None, **_options: Any) -> Any:
        if type_ not in rows:
            raise TourniquetError(f"box: {type_} is refused")
        return rows[type_]

    return cast("Session", SimpleNamespace(appliance=SimpleNamespace(user=user), where="box", read=read))


def answers(**changes: Any) -> dict[str, Any]:
    return {USER_BINDING: [BINDING], "systemgroup_binding": [], "systemcmdpolicy": [POLICY], **changes}


def test_the_policies_of_the_user_and_of_its_groups_count_by_priority() -> None:
    deny = {"policyname": "d", "action": "DENY", "cmdspec": "^show ns"}
    group = {
        "groupname": "g",
        MEMBER_BINDING: [{"username": "ann"}],
        GROUP_BINDING: [{"policyname": "d", "priority": 10}],
    }
    other = {
        "groupname": "o",
        MEMBER_BINDING: [{"username": "eve"}],
        GROUP_BINDING: [{"policyname": "p", "priority": 1}],
    }
    rights = read_rights(session(**answers(systemcmdpolicy=[POLICY, deny], systemgroup_binding=[other, group])))
    assert [policy.name for policy in rights.policies] == ["d", "p"]
    assert (rights.allow("show ns ip"), rights.allow("show version")) == (False, True)


def test_nsroot_may_send_everything_and_nothing_is_read() -> None:
    assert read_rights(session("nsroot")).allow("shell") is True


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({}, "systemuser_systemcmdpolicy_binding is refused"),
        ({USER_BINDING: [BINDING]}, "systemgroup_binding is refused"),
        (answers(**{USER_BINDING: []}), "no command policy is bound to it on the appliance"),
        (answers(systemcmdpolicy=[]), "the appliance does not show the command policy p"),
        (answers(systemcmdpolicy=[{**POLICY, "cmdspec": 7}]), "does not show the command policy p"),
        (answers(systemcmdpolicy=[{**POLICY, "action": "MAYBE"}]), "does not show the command policy p"),
        (answers(**{USER_BINDING: [{**BINDING, "priority": "first"}]}), "does not show the command policy p"),
        (answers(**{USER_BINDING: [BINDING] * (MOST_POLICIES + 1)}), "more than 64 command policies"),
    ],
)
def test_what_is_not_shown_is_not_known(rows: dict[str, Any], reason: str) -> None:
    rights = read_rights(session(**rows))
    assert reason in rights.unknown
    assert rights.allow("show version") is None


@pytest.mark.parametrize("odd", ["text", {"username": "ann"}, ["ann"], None])
def test_groups_of_another_form_are_none(odd: Any) -> None:
    rights = read_rights(
        session(**answers(systemgroup_binding=[{"groupname": "g", MEMBER_BINDING: odd, GROUP_BINDING: odd}]))
    )
    assert [policy.name for policy in rights.policies] == ["p"]
