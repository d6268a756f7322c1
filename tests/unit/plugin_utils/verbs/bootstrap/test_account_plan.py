# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps to an account and away from it: what differs is changed, rights come last, and no command has the password."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import MARK
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.account import (
    FoundAccount,
    WantedAccount,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.account_plan import (
    AccountStep,
    steps_away,
    steps_to,
)

PASSWORD = "n1ght-Shift-7Q"
WANTED = WantedAccount("tq", PASSWORD, (f"{MARK}1", f"{MARK}2"))
WHOLE = FoundAccount(
    {"username": "tq", "externalauth": "DISABLED", "allowedmanagementinterface": ["API"]},
    {"tq": f"{MARK}1", "tq_2": f"{MARK}2"},
    {"tq": "100", "tq_2": "110"},
    logs_on=True,
)
BINDING = "systemuser_systemcmdpolicy_binding"


def to(found: FoundAccount, wanted: WantedAccount = WANTED, *, knows: bool = True, rotate: bool = False) -> list[Any]:
    steps = steps_to(found, wanted, knows_interfaces=knows, rotate=rotate)
    assert PASSWORD not in f"{steps!r}"
    return [(step.line, step.undo, step.method, step.path, step.body) for step in steps]


def changed(**user: Any) -> FoundAccount:
    return FoundAccount({**(WHOLE.user or {}), **user}, WHOLE.policies, WHOLE.bound, logs_on=WHOLE.logs_on)


def test_an_account_from_nothing() -> None:
    user = {"username": "tq", "password": PASSWORD, "externalauth": "DISABLED", "allowedmanagementinterface": ["API"]}
    assert to(FoundAccount()) == [
        (
            f"add system cmdPolicy tq ALLOW {MARK}1",
            "rm system cmdPolicy tq",
            "POST",
            "systemcmdpolicy",
            {"systemcmdpolicy": {"policyname": "tq", "action": "ALLOW", "cmdspec": f"{MARK}1"}},
        ),
        (
            f"add system cmdPolicy tq_2 ALLOW {MARK}2",
            "rm system cmdPolicy tq_2",
            "POST",
            "systemcmdpolicy",
            {"systemcmdpolicy": {"policyname": "tq_2", "action": "ALLOW", "cmdspec": f"{MARK}2"}},
        ),
        (
            "add system user tq ******** -externalAuth DISABLED -allowedManagementInterface API",
            "rm system user tq",
            "POST",
            "systemuser",
            {"systemuser": user},
        ),
        (
            "bind system user tq tq 100",
            "unbind system user tq tq",
            "PUT",
            BINDING,
            {BINDING: {"username": "tq", "policyname": "tq", "priority": "100"}},
        ),
        (
            "bind system user tq tq_2 110",
            "unbind system user tq tq_2",
            "PUT",
            BINDING,
            {BINDING: {"username": "tq", "policyname": "tq_2", "priority": "110"}},
        ),
    ]


@pytest.mark.parametrize(("api_only", "knows"), [(False, True), (True, False), (False, False)])
def test_the_interface_is_named_only_where_it_is_wanted_and_known(api_only: bool, knows: bool) -> None:
    wanted = WantedAccount("tq", PASSWORD, (), api_only)
    assert to(FoundAccount(), wanted, knows=knows) == [
        (
            "add system user tq ******** -externalAuth DISABLED",
            "rm system user tq",
            "POST",
            "systemuser",
            {"systemuser": {"username": "tq", "password": PASSWORD, "externalauth": "DISABLED"}},
        )
    ]
    assert to(changed(allowedmanagementinterface=["CLI"]), wanted, knows=knows) == [
        (
            f"unbind system user tq {name}",
            f"bind system user tq {name} {priority}",
            "DELETE",
            f"{BINDING}/tq?args=policyname:{name}",
            None,
        )
        if kind == "unbind"
        else (
            f"rm system cmdPolicy {name}",
            f"add system cmdPolicy {name} ALLOW {WHOLE.policies[name]}",
            "DELETE",
            f"systemcmdpolicy/{name}",
            None,
        )
        for name, priority in (("tq", 100), ("tq_2", 110))
        for kind in ("unbind", "rm")
    ]


def test_an_account_that_is_whole_needs_no_step() -> None:
    assert to(WHOLE) == []
    assert to(WHOLE, rotate=True) == []


@pytest.mark.parametrize("interfaces", [["API"], ("api",), "API", " api "])
def test_nitro_has_interfaces_as_a_list_or_as_a_text(interfaces: Any) -> None:
    assert to(changed(allowedmanagementinterface=interfaces)) == []


@pytest.mark.parametrize("interfaces", [["CLI", "API"], ["CLI"], "CLI API", "", [], None, 7, {"API": 1}])
def test_any_other_interfaces_are_changed(interfaces: Any) -> None:
    assert to(changed(allowedmanagementinterface=interfaces)) == [
        (
            "set system user tq -allowedManagementInterface API",
            "unset system user tq -allowedManagementInterface",
            "PUT",
            "systemuser",
            {"systemuser": {"username": "tq", "allowedmanagementinterface": ["API"]}},
        )
    ]


@pytest.mark.parametrize(("before", "undo"), [({"externalauth": "enabled"}, "ENABLED"), ({"externalauth": ""}, '""')])
def test_external_authentication_is_switched_off(before: dict[str, str], undo: str) -> None:
    assert to(changed(**before)) == [
        (
            "set system user tq -externalAuth DISABLED",
            f"set system user tq -externalAuth {undo}",
            "PUT",
            "systemuser",
            {"systemuser": {"username": "tq", "externalauth": "DISABLED"}},
        )
    ]


def test_external_authentication_that_is_not_shown_is_on() -> None:
    user = {name: value for name, value in (WHOLE.user or {}).items() if name != "externalauth"}
    found = FoundAccount(user, WHOLE.policies, WHOLE.bound, logs_on=True)
    assert [step[1] for step in to(found)] == ["set system user tq -externalAuth ENABLED"]
    assert to(changed(externalauth="disabled")) == []


@pytest.mark.parametrize(
    ("logs_on", "rotate", "is_set"),
    [(False, True, True), (False, False, False), (True, True, False), (None, True, False)],
)
def test_the_password_is_set_only_where_it_is_another_one_and_a_person_wants_it(
    logs_on: bool | None, rotate: bool, is_set: bool
) -> None:
    found = FoundAccount(WHOLE.user, WHOLE.policies, WHOLE.bound, logs_on=logs_on)
    body = {"systemuser": {"username": "tq", "password": PASSWORD}}
    step = ("set system user tq ********", "", "PUT", "systemuser", body)
    assert to(found, rotate=rotate) == ([step] if is_set else [])


def test_a_command_policy_that_differs_is_set_and_another_priority_is_bound_again() -> None:
    found = FoundAccount(WHOLE.user, {**WHOLE.policies, "tq_2": "old one"}, {"tq": "50", "tq_2": "110"}, logs_on=True)
    assert [step[:4] for step in to(found)] == [
        (
            f"set system cmdPolicy tq_2 ALLOW {MARK}2",
            'set system cmdPolicy tq_2 ALLOW "old one"',
            "PUT",
            "systemcmdpolicy",
        ),
        ("unbind system user tq tq", "bind system user tq tq 50", "DELETE", f"{BINDING}/tq?args=policyname:tq"),
        ("bind system user tq tq 100", "unbind system user tq tq", "PUT", BINDING),
    ]


def test_command_policies_of_ours_that_are_no_longer_needed_go_those_of_others_stay() -> None:
    policies = {**WHOLE.policies, "tq_4": f"{MARK}4", "tq_3": f"{MARK}3", "tq_5": "theirs"}
    found = FoundAccount(WHOLE.user, policies, {**WHOLE.bound, "tq_4": "130"}, logs_on=True)
    assert [step[0] for step in to(found)] == [
        "rm system cmdPolicy tq_3",
        "unbind system user tq tq_4",
        "rm system cmdPolicy tq_4",
    ]


def test_an_account_goes_bindings_first() -> None:
    steps = [(step.line, step.undo, step.method, step.path, step.body) for step in steps_away(WHOLE, WANTED)]
    assert steps == [
        ("unbind system user tq tq", "bind system user tq tq 100", "DELETE", f"{BINDING}/tq?args=policyname:tq", None),
        ("unbind system user tq tq_2", "bind system user tq tq_2 110", "DELETE", f"{BINDING}/tq?args=policyname:tq_2", None),
        ("rm system user tq", "add system user tq ******** -externalAuth DISABLED", "DELETE", "systemuser/tq", None),
        ("rm system cmdPolicy tq", f"add system cmdPolicy tq ALLOW {MARK}1", "DELETE", "systemcmdpolicy/tq", None),
        ("rm system cmdPolicy tq_2", f"add system cmdPolicy tq_2 ALLOW {MARK}2", "DELETE", "systemcmdpolicy/tq_2", None),
    ]  # fmt: skip
    assert steps_away(FoundAccount(), WANTED) == []


def test_a_policy_that_only_has_such_a_name_stays_when_the_account_goes() -> None:
    by_hand = FoundAccount(WHOLE.user, {"tq": "^show.*", "tq_2": f"{MARK}2", "tq_9": "^stat.*"}, {"tq": "100"})
    assert [step.line for step in steps_away(by_hand, WANTED)] == [
        "unbind system user tq tq",
        "rm system user tq",
        "rm system cmdPolicy tq",
        "rm system cmdPolicy tq_2",
    ]


@pytest.mark.parametrize(
    ("user", "plain", "sets"),
    [
        ({"username": "tq", "password": "x", "allowedmanagementinterface": ["API"]}, {"username": "tq", "password": "x"}, True),
        ({"username": "tq", "allowedmanagementinterface": ["API"]}, {"username": "tq"}, False),
    ],
)  # fmt: skip
def test_for_a_release_without_interfaces_a_step_goes_without_them(
    user: dict[str, Any], plain: dict[str, Any], sets: bool
) -> None:
    step = AccountStep(
        "set system user tq -allowedManagementInterface API", "", "PUT", "systemuser", {"systemuser": user}
    )
    without = step.without_interface
    assert without is not None
    assert (without.line, without.body, without.sets_something) == ("set system user tq", {"systemuser": plain}, sets)


@pytest.mark.parametrize("body", [None, {"systemuser": {"username": "tq"}}, {"systemcmdpolicy": {"policyname": "tq"}}])
def test_a_step_without_interfaces_has_no_other_form(body: dict[str, Any] | None) -> None:
    step = AccountStep("a line", "", "PUT", "systemuser", body)
    assert step.without_interface is None
    assert step.sets_something is False
