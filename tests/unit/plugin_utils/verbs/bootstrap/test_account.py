# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account that is wanted, what is read of it, and when it is ours: tests/engine/test_bootstrap.py has the runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import MARK
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.account import (
    LONGEST_PASSWORD,
    FoundAccount,
    WantedAccount,
    problem_with,
    read_account,
)

from tests.accepted import accepted
from tests.played_together import played_together

PASSWORD = "n1ght-Shift-7Q"
WANTED = WantedAccount("tourniquet", PASSWORD, ("first", "second"))
OURS, THEIRS = f"(^{MARK}$)|(^show)", "^show"
ADMINISTRATOR = Appliance.from_variables("gw", {"nodes": ["192.0.2.1"], "user": "nsroot", "password": "r00t"})
USER = {"username": "tourniquet"}


class FakeSession:
    """Answers from a table by type."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table

    def read(self, type_: str, name: str | None = None, *, query: Mapping[str, str] | None = None) -> list[Any]:
        answer = self.table.get(type_, [])
        if isinstance(answer, Exception):
            raise answer
        assert (query == {"bulkbindings": "yes"}) == type_.endswith("_binding")
        return [row for row in answer if name is None or row["username"].lower() == name.lower()]


def test_command_policies_have_the_name_of_the_user_and_a_number_from_the_second_on() -> None:
    assert WANTED.policies == {"tourniquet": "first", "tourniquet_2": "second"}
    assert list(WantedAccount("a.b", "x", ("p",)).policies) == ["a.b"]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("tourniquet", True),
        ("TOURNIQUET", True),
        ("tourniquet_2", True),
        ("tourniquet_9", True),
        ("tourniquet_1", False),
        ("tourniquet_10", False),
        ("tourniquet2", False),
        ("tourniquets", False),
        ("xtourniquet", False),
    ],
)
def test_which_names_a_command_policy_of_the_account_may_have(name: str, is_one: bool) -> None:
    assert WANTED.is_policy_name(name) is is_one


def test_a_dot_in_a_name_stands_for_itself() -> None:
    assert not WantedAccount("a.b", "x").is_policy_name("axb")


@pytest.mark.parametrize("name", ["a", "A_1.b-c", "_x", "0x", "x" * 29])
def test_a_name_that_can_be_used(name: str) -> None:
    for password in ("x", "x" * LONGEST_PASSWORD):
        with accepted():
            WantedAccount(name, password).require_usable("gw", ADMINISTRATOR)


@played_together(
    ("name", "told"),
    [
        ("NsRoot", "gw: netscaler_user is 'NsRoot', the administrator that makes the user: name"),
        ("x" * 30, f"gw: netscaler_user is '{'x' * 30}': write up to 29 letters"),
        (".x", "gw: netscaler_user is '.x': write up to 29 letters"),
        ("a b", "gw: netscaler_user is 'a b': write up to 29 letters"),
        ("", "gw: netscaler_user is '': write up to 29 letters"),
        *((name, f"gw: netscaler_user is '{name}': write up") for name in ("Read-Only", "operator", "network")),
        *((name, f"gw: netscaler_user is '{name}': write up") for name in ("sysadmin", "partition-x")),
    ],
)
def test_a_name_that_cannot_be_used(name: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        WantedAccount(name, "x").require_usable("gw", ADMINISTRATOR)
    assert str(refused.value).startswith(told)
    assert str(refused.value).endswith("Nothing was sent.")


@pytest.mark.parametrize("password", ["", "x" * (LONGEST_PASSWORD + 1), "a\tb", "r00t"])
def test_a_password_that_cannot_be_used(password: str) -> None:
    with pytest.raises(InvalidInput, match=r"^gw: netscaler_password .* Nothing was sent\.$"):
        WantedAccount("x", password).require_usable("gw", ADMINISTRATOR)


def test_the_default_administrator_is_refused_for_another_administrator_too() -> None:
    other = Appliance.from_variables("gw", {"nodes": ["192.0.2.1"], "user": "root2", "password": "r00t"})
    for name in ("nsroot", "ROOT2"):
        with pytest.raises(InvalidInput, match="the administrator that makes the user"):
            WantedAccount(name, "x").require_usable("gw", other)


def test_what_is_read_of_an_account() -> None:
    member, bound = "systemgroup_systemuser_binding", "systemuser_systemcmdpolicy_binding"
    session: Any = FakeSession(
        {
            "systemcmdpolicy": [
                {"policyname": "tourniquet", "cmdspec": OURS},
                {"policyname": "tourniquet_2"},
                {"policyname": "tourniquet_10", "cmdspec": "x"},
                {"cmdspec": "x"},
            ],
            "systemuser": [{"username": "Tourniquet"}, {"username": "colleague"}],
            "systemuser_binding": [
                {bound: [{"username": "TOURNIQUET", "policyname": "tourniquet", "priority": 100}, "no row"]},
                {bound: [{"username": "colleague", "policyname": "tourniquet_2", "priority": 5}]},
                {bound: [{"username": "colleague", "policyname": "superuser", "priority": 5}]},
                {bound: "no list"},
                {"username": "without policies"},
            ],
            "systemgroup_binding": [
                {"systemgroup_systemcmdpolicy_binding": [{"groupname": "staff", "policyname": "tourniquet_2"}]},
                {"systemgroup_systemcmdpolicy_binding": [{"groupname": "staff", "policyname": "operator"}]},
                {member: [{"groupname": "night", "username": "TourniQuet"}, {"groupname": "day", "username": "x"}]},
            ],
        }
    )
    assert read_account(session, WANTED) == FoundAccount(
        user={"username": "Tourniquet"},
        policies={"tourniquet": OURS, "tourniquet_2": ""},
        bound={"tourniquet": "100"},
        groups=("night",),
        others={"tourniquet_2": ["the user colleague", "the group staff"]},
    )


@pytest.mark.parametrize("answer", [[], NotFound("gw", "GET", 404, 258, "No such resource")])
def test_a_user_that_is_not_there(answer: Any) -> None:
    session: Any = FakeSession({"systemuser": answer})
    assert read_account(session, WANTED) == FoundAccount()


@played_together(
    ("policies", "bound", "logs_on", "ours"),
    [
        ({"tourniquet": OURS}, {"tourniquet": "100"}, None, True),
        ({"tourniquet": OURS, "tourniquet_2": THEIRS}, {"tourniquet": "1", "tourniquet_2": "2"}, False, True),
        ({"tourniquet": OURS}, {"tourniquet_2": "100"}, True, False),
        ({"tourniquet": THEIRS}, {"tourniquet": "100"}, True, False),
        ({}, {"superuser": "1"}, True, False),
        ({}, {}, True, True),
        ({"tourniquet": OURS}, {}, True, True),
        ({}, {}, False, False),
        ({}, {}, None, False),
        ({"tourniquet": OURS}, {}, False, False),
    ],
)
def test_a_user_is_ours_by_a_marked_policy_or_without_rights_by_the_password(
    policies: dict[str, str], bound: dict[str, str], logs_on: bool | None, ours: bool
) -> None:
    assert FoundAccount(USER, policies, bound, logs_on=logs_on).is_ours is ours


MADE = FoundAccount(USER, {"tourniquet": OURS}, {"tourniquet": "100"}, logs_on=True)
TAKE = "choose another name in netscaler_user, or take it over: -e bootstrap_adopt=true"


@played_together(
    ("found", "adopt", "told"),
    [
        (FoundAccount(), False, ""),
        (MADE, False, ""),
        (FoundAccount(policies={"tourniquet": OURS}), False, ""),
        (
            FoundAccount(policies={"tourniquet": OURS}, others={"tourniquet": ["the user a", "the group b"]}),
            True,
            (
                "others have the command policy too: tourniquet (the user a, the group b). A change of it would change their rights: unbind it "
                "there, or choose another name in netscaler_user"
            ),
        ),
        (
            FoundAccount(USER, {"tourniquet": OURS}, {"tourniquet": "1", "superuser": "2", "network": "3"}),
            True,
            "the user tourniquet has other command policies (network, superuser): unbind them, or choose another name in netscaler_user",
        ),
        (
            FoundAccount(USER, {"tourniquet": OURS}, {"tourniquet": "1"}, ("night", "staff")),
            True,
            "the user tourniquet is a member of night, staff, which gives it other rights: unbind it, or choose another name in netscaler_user",
        ),
        (
            FoundAccount(policies={"tourniquet_2": THEIRS, "tourniquet": THEIRS, "tourniquet_3": OURS}),
            False,
            f"the command policy tourniquet, tourniquet_2 exists, and bootstrap.yml did not make it: {TAKE}",
        ),
        (FoundAccount(policies={"tourniquet": THEIRS}), True, ""),
        (
            FoundAccount(USER, logs_on=False),
            False,
            f"the user tourniquet exists, and bootstrap.yml did not make it: {TAKE}",
        ),
        (FoundAccount(USER, logs_on=False), True, ""),
        (FoundAccount(USER, logs_on=True), False, ""),
    ],
)
def test_why_an_account_cannot_be_changed(found: FoundAccount, adopt: bool, told: str) -> None:
    assert problem_with(found, WANTED, adopt=adopt) == told
