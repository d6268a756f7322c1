# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses, locations, sessions and time (NetScaler policy guide 9.2 p. 84, p. 110-115, p. 164-168)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    UNDETERMINED,
    ExpressionError,
    Names,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import likelier, value


@played_together(
    ("text", "ip", "expected"),
    [
        ("CLIENT.IP.SRC", "198.51.100.7", "198.51.100.7"),
        ("CLIENT.IP.SRC.GET1", "10.100.200.1", 10),
        ("CLIENT.IP.SRC.GET4", "10.100.200.1", 1),
        ("CLIENT.IP.SRC.SUBNET(24)", "192.168.1.77", "192.168.1.0"),
        ("CLIENT.IP.SRC.SUBNET(24).EQ(192.168.1.0)", "192.168.1.77", True),
        ("CLIENT.IP.SRC.IN_SUBNET(1.1.1.1/24)", "1.1.1.200", True),  # host bits are accepted
        ("!CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/24)", "10.0.1.0", True),  # CTX207018
        ("!CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/24)", "10.0.0.200", False),
        ("CLIENT.IP.SRC.NE(10.0.0.1)", "10.0.0.2", True),
        ("CLIENT.IP.SRC == 10.0.0.1", "10.0.0.1", True),
        ("CLIENT.IP.SRC != 10.0.0.1", "10.0.0.1", False),
        ("CLIENT.IP.SRC == CLIENT.IP.DST", "203.0.113.10", True),
        ("CLIENT.IP.SRC.SUBNET(24).NE(CLIENT.IP.DST.SUBNET(24))", "203.0.113.200", False),
        ("CLIENT.IP.SRC.IS_IPV6", "10.0.0.2", False),
        ("CLIENT.IPV6.SRC.IN_SUBNET(2001:db8::/32)", "2001:db8::1", True),
        ("CLIENT.IPV6.SRC.SUBNET(32)", "2001:db8:1::1", "2001:db8::"),
        ("CLIENT.IP.SRC.IN_SUBNET(10.0.0.0/8)", "2001:db8::1", UNDETERMINED),  # the other family: not stated
        ("CLIENT.IP.SRC.GET1", "2001:db8::1", UNDETERMINED),
        ("CLIENT.IP.DST.EQ(203.0.113.10)", "10.0.0.1", True),
        ("CLIENT.TCP.DSTPORT.BETWEEN(443, 500)", "10.0.0.1", True),
        ("CLIENT.TCP.DSTPORT.BETWEEN(80, 90).NOT", "10.0.0.1", True),
        ("CLIENT.SSL.IS_SSL", "10.0.0.1", True),
    ],
)
def test_addresses(text: str, ip: str, expected: object) -> None:
    assert value(text, client_ip=ip) == expected


LONDON = "Europe.GB.17.London.*.*"


@pytest.mark.parametrize(
    ("pattern", "location", "expected"),
    [
        (LONDON, LONDON, True),
        ("*.GB.*.*.*.*", LONDON, True),
        ("*.US.*.*.*.*", LONDON, False),
        ("Europe.*", LONDON, True),  # a trailing * covers the rest
        ("*.RU.*.*.*.*", None, False),  # not in the database
        ("*.gb.*.*.*.*", LONDON, UNDETERMINED),  # case of qualifiers: not stated
        ("*.GB.17.London.BT.*", LONDON, UNDETERMINED),  # the row is less specific: not stated
    ],
)
def test_location(pattern: str, location: str | None, expected: object) -> None:
    assert value(f'CLIENT.IP.SRC.MATCHES_LOCATION("{pattern}")', location=location) is expected


def test_not_two_countries_is_and() -> None:
    names = 'CLIENT.IP.SRC.MATCHES_LOCATION("*.GB.*.*.*.*").NOT {} CLIENT.IP.SRC.MATCHES_LOCATION("*.US.*.*.*.*").NOT'
    assert value(names.format("&&"), location=LONDON) is False
    assert value(names.format("||"), location=LONDON) is True


def test_wildcards_without_match_wildcard_to_any() -> None:
    """Metadata of locationparameter: with NO, a wildcard doesn't match a qualifier that has a value."""
    rule = 'CLIENT.IP.SRC.MATCHES_LOCATION("*.GB.*.*.*.*")'
    assert value(rule, Names(match_wildcard_to_any="NO"), location=LONDON) is UNDETERMINED
    assert likelier(rule, Names(match_wildcard_to_any="NO"), location=LONDON) is False
    assert value(rule, Names(match_wildcard_to_any="NO"), location="*.GB.*.*.*.*") is True


def test_session_and_user() -> None:
    assert value("!CLIENT.SSLVPN.IS_SSLVPN") is True
    user = {"user": "alice@Domain.com", "groups": ("staff", "vpn")}
    assert value('AAA.USER.NAME.SET_TEXT_MODE(IGNORECASE).AFTER_STR("@").EQ("domain.com")', **user) is True
    assert value('HTTP.REQ.USER.IS_MEMBER_OF("vpn")', **user) is True
    assert value("AAA.USER.GROUPS", **user) == "staff,vpn"
    assert value("AAA.USER.NAME") is UNDETERMINED
    assert likelier("AAA.USER.NAME") is UNDEF


SUNDAY = datetime(2005, 5, 1, 10, 15, 30, tzinfo=UTC)
TUESDAY = datetime(2005, 5, 10, 10, 15, 30, tzinfo=UTC)


@played_together(
    ("text", "now", "expected"),
    [
        ("EQ(GMT 2005)", SUNDAY, True),
        ("EQ(GMT 10h 30s)", SUNDAY, True),
        ("EQ(GMT Sun)", SUNDAY, True),
        ("EQ(GMT May Sun_1)", SUNDAY, True),
        ("GE(GMT 2004)", SUNDAY, True),
        ("GE(GMT 30m)", SUNDAY, False),
        ("GT(GMT May 10h)", SUNDAY, False),
        ("GT(GMT May 10h 0m)", SUNDAY, True),
        ("GT(GMT Sun)", SUNDAY, False),
        ("WITHIN(GMT Feb, GMT)", TUESDAY, True),
        ("WITHIN(GMT Sun_1, GMT Sun_3)", TUESDAY, True),
        ("WITHIN(GMT 08h, GMT 17h)", datetime(2026, 3, 10, 17, 59, 59, tzinfo=UTC), True),
        ("WITHIN(GMT 08h, GMT 17h)", datetime(2026, 3, 10, 18, 0, 0, tzinfo=UTC), False),
        ("BETWEEN(GMT 2005 May Sun_1, GMT 2005 May Sun_3)", TUESDAY, True),
        ("BETWEEN(GMT 2005 May Sun_1, GMT 2005 May Sun_3)", SUNDAY, False),
        ("EQ(GMT Sun_5)", datetime(2005, 2, 1, tzinfo=UTC), UNDETERMINED),  # a month without one
        ("EQ(LOCAL 12h)", SUNDAY.astimezone(timezone(timedelta(hours=2))), True),
        ("EQ(GMT 2005)", None, UNDETERMINED),
        ("WEEKDAY", SUNDAY, 0),
        ("HOURS", SUNDAY, 10),
        ("YEAR", SUNDAY, 2005),
    ],
)
def test_time(text: str, now: datetime | None, expected: object) -> None:
    """Only the elements that are given are compared."""
    assert value(f"SYS.TIME.{text}", now=now) == expected


def test_a_wrong_argument_of_a_subnet_is_told_once() -> None:
    with pytest.raises(ExpressionError, match=r"^IN_SUBNET: takes a literal address at column 25"):
        value('CLIENT.IP.SRC.IN_SUBNET("10.0.0.0/8")')
