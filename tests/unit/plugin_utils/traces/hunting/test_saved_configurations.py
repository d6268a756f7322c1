# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changed from one saved configuration to the next, without a value that may be a secret."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting import saved_configurations
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.saved_configurations import (
    LONGEST_LINE,
    LineChange,
    SavedConfiguration,
    changes,
    in_order,
    object_of,
    public_management,
)

THEN = datetime(2026, 9, 20, 12)  # noqa: DTZ001 -- by the clock of the node


def saved(name: str, *lines: str, hours: int = 0) -> SavedConfiguration:
    return SavedConfiguration(name, THEN + timedelta(hours=hours), "\n".join(lines).encode("latin-1"))


def changed(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, str, str]]:
    found, is_whole = changes([saved("ns.conf.0", *before), saved("ns.conf", *after)])
    assert is_whole
    return [(one.kind, one.noun, one.name) for one in found]


def test_the_current_one_is_the_newest_whatever_the_clock_says() -> None:
    files = [saved("ns.conf"), saved("ns.conf.0", hours=2), saved("ns.conf.4", hours=1)]
    assert [one.name for one in in_order(files)] == ["ns.conf.4", "ns.conf.0", "ns.conf"]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((), ("add system user eve",), [("added", "system user", "eve")]),
        (("add system user eve",), (), [("removed", "system user", "eve")]),
        (("ADD System USER eve",), ("add system user eve",), [("removed", "system user", "eve"), ("added", "system user", "eve")]),
        (("add responder policy p true NOOP",), ("add responder policy p false NOOP",), [("changed", "responder policy", "p")]),
        (("add responder policy p true NOOP",), ("  add responder policy p true NOOP  ",), []),
        ((), ("add lb vserver web HTTP 192.0.2.1 80",), []),
        ((), ("set vpn vserver gw -icaOnly ON",), []),
        ((), ('add responder policy "a b" true NOOP',), [("added", "responder policy", "a b")]),
        (("bind system user eve superuser 1",), ("bind system user eve superuser 1", "bind system user eve x 2"), [("added", "system user", "eve")]),
    ],
)  # fmt: skip
def test_what_an_attacker_leaves_is_seen_and_daily_work_is_not(
    before: tuple[str, ...], after: tuple[str, ...], found: list[tuple[str, str, str]]
) -> None:
    assert changed(before, after) == found


def test_no_value_of_a_line_with_a_secret_is_kept() -> None:
    found, _whole = changes(
        [saved("ns.conf.0"), saved("ns.conf", "add system user eve 0f3c -encrypted -hashmethod SHA512")]
    )
    assert [one.line for one in found] == [b"add system user eve"]


def test_a_new_password_of_a_user_is_no_change_that_is_shown() -> None:
    assert changed(("add system user eve aaaa",), ("add system user eve bbbb",)) == [("changed", "system user", "eve")]
    found, _whole = changes(
        [saved("ns.conf.0", "add system user eve aaaa"), saved("ns.conf", "add system user eve bbbb")]
    )
    assert all(b"aaaa" not in one.line and b"bbbb" not in one.line for one in found)


def test_each_change_names_the_saves_between_which_it_came() -> None:
    files = [saved("ns.conf.1"), saved("ns.conf.0", "add system user eve", hours=1), saved("ns.conf", hours=2)]
    found, _whole = changes(files)
    assert [(one.kind, one.after.name, one.by.name) for one in found] == [
        ("added", "ns.conf.1", "ns.conf.0"),
        ("removed", "ns.conf.0", "ns.conf"),
    ]


def test_a_line_that_is_too_long_is_left_out_and_said() -> None:
    hidden = f"add responder policy p {'x' * LONGEST_LINE} NOOP"
    assert changes([saved("ns.conf.0"), saved("ns.conf", hidden)]) == ([], False)


def test_more_lines_or_changes_than_are_looked_at_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f"add system user u{number}" for number in range(5)]
    monkeypatch.setattr(saved_configurations, "MOST_CHANGES", 3)
    found, is_whole = changes([saved("ns.conf.0"), saved("ns.conf", *many)])
    assert (len(found), is_whole) == (3, False)
    monkeypatch.setattr(saved_configurations, "MOST_LINES", 2)
    found, is_whole = changes([saved("ns.conf.0"), saved("ns.conf", *many)])
    assert (len(found), is_whole) == (2, False)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("set ns config -IPAddress 8.8.8.8 -netmask 255.255.255.0", [("8.8.8.8", "NSIP with management access, plain HTTP not switched off")]),
        ("set ns config -IPAddress 10.0.0.1 -netmask 255.255.255.0", []),
        ("add ns ip 8.8.4.4 255.255.255.0 -type SNIP -mgmtAccess ENABLED", [("8.8.4.4", "SNIP with management access, plain HTTP not switched off")]),
        ("add ns ip 8.8.4.4 255.255.255.0 -mgmtAccess ENABLED -gui SECUREONLY", [("8.8.4.4", "SNIP with management access")]),
        ("add ns ip 8.8.4.4 255.255.255.0 -type SNIP", []),
        ("add ns ip 8.8.4.4 255.255.255.0 -mgmtAccess", []),
        ("add ns ip evil -mgmtAccess ENABLED", []),
        ("add ns ip -mgmtAccess ENABLED", []),
        ("set ns config -IPAddress", []),
    ],
)  # fmt: skip
def test_public_management_addresses(line: str, found: list[tuple[str, str]]) -> None:
    assert public_management(line.encode()) == found


@pytest.mark.parametrize(
    ("noun", "name", "line", "object_"),
    [
        ("system user", "eve", b"add system user eve", "systemuser eve"),
        ("responder global", "p", b"bind responder global p 10 END -type REQ_OVERRIDE", "responderglobal_responderpolicy_binding p"),
        ("vpn vserver", "gw", b"bind vpn vserver gw -policy p -priority 1", "vpnvserver_responderpolicy_binding gw p"),
        ("vpn vserver", "gw", b'bind vpn vserver gw -policyName "a b" -priority 1', "vpnvserver_responderpolicy_binding gw a b"),
        ("vpn vserver", "gw", b"bind vpn vserver gw -policy", "vpnvserver_responderpolicy_binding gw "),
    ],
)  # fmt: skip
def test_a_line_has_the_name_that_change_records_give_its_object(
    noun: str, name: str, line: bytes, object_: str
) -> None:
    some = saved("ns.conf")
    assert object_of(LineChange("added", noun, name, line, some, some)) == object_
