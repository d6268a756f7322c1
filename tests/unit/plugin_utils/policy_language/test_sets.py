# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pattern sets and data sets (NetScaler policy guide 9.2 p. 174; vendor CLI reference 12.0; metadata of policydataset)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    LIKELIEST,
    UNDETERMINED,
    Ambiguity,
    Dataset,
    ExpressionError,
    Names,
    Request,
    compile_expression,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import header, value

NAMES = Names(
    patsets={
        "Paths": {1: "/owa", 2: "/ews", 5: "/five"},
        "hosts": {1: "portal.example.com", 2: "m\u00fcnchen.example"},
        "ips": {1: "198.51.100.7/32", 2: "203.0.113.0/24"},
        "ends": {1: ".php", 2: "p"},
    },
    datasets={
        "allow_hr": Dataset.of("ipv4", ["198.51.100.7", ("203.0.113.16", "203.0.113.31"), "10.0.0.0/8"]),
        "six": Dataset.of("ipv6", ["2001:db8::1"]),
        "numbers": Dataset.of("number", ["1"]),
    },
)


@played_together(
    ("text", "url", "expected"),
    [
        ('PATH.EQUALS_ANY("paths")', "/owa?x", True),  # set names are case-insensitive
        ('PATH.STARTSWITH_ANY("PATHS")', "/OWA/auth", False),  # patterns are case-sensitive
        ('PATH.SET_TEXT_MODE(IGNORECASE).STARTSWITH_ANY("paths")', "/OWA/auth", True),
        ('CONTAINS_ANY("paths")', "/x/ews/y", True),
        ('ENDSWITH_ANY("ends")', "/x.php", True),
        ('EQUALS_INDEX("paths")', "/five", 5),
        ('EQUALS_INDEX("paths")', "/zzz", UNDETERMINED),  # 0 or UNDEF: not stated
        ('ENDSWITH_INDEX("ends")', "/x.php", UNDETERMINED),  # which one when several match: not stated
        ('ENDSWITH_INDEX("ends")', "/xp", 2),
        ('PATH.EQUALS_ANY("pa" + "ths")', "/owa", True),
        ('PATH.EQUALS_ANY("no" + HTTP.REQ.METHOD)', "/owa", UNDETERMINED),
    ],
)
def test_pattern_sets_on_urls(text: str, url: str, expected: object) -> None:
    assert value(f"HTTP.REQ.URL.{text}", NAMES, url=url) == expected


def test_patterns_are_utf8_bytes() -> None:
    host = header("m\u00c3\u00bcnchen.example", name="Host")
    assert value('HTTP.REQ.HOSTNAME.EQUALS_ANY("hosts")', NAMES, **host) is True


def test_every_instance_of_a_header_is_searched() -> None:
    assert value('HTTP.REQ.HEADER("X").CONTAINS_ANY("paths")', NAMES, **header("/ews", "other")) is True


@pytest.mark.parametrize("function", ["EQUALS_ANY", "CONTAINS_INDEX"])
def test_unknown_set_is_a_configuration_error(function: str) -> None:
    with pytest.raises(ExpressionError, match="no pattern set"):
        compile_expression(f'HTTP.REQ.URL.{function}("no_such_set")', NAMES)


def test_addresses_as_text() -> None:
    """The form of public black and white lists."""
    rule = '((CLIENT.IP.SRC + "/32").EQUALS_ANY("ips") || (CLIENT.IP.SRC.SUBNET(24) + "/24").EQUALS_ANY("ips")).NOT'
    assert value(rule, NAMES, client_ip="198.51.100.7") is False
    assert value(rule, NAMES, client_ip="203.0.113.9") is False
    assert value(rule, NAMES, client_ip="192.0.2.1") is True


@pytest.mark.parametrize(
    ("ip", "typed", "as_text"),
    [
        ("198.51.100.7", True, True),
        ("192.0.2.1", False, False),
        ("203.0.113.20", UNDETERMINED, UNDETERMINED),  # in the middle of a range
        ("10.1.2.3", UNDETERMINED, UNDETERMINED),
        ("203.0.113.32", False, False),
    ],
)
def test_data_sets_of_addresses(ip: str, typed: object, as_text: object) -> None:
    assert value('CLIENT.IP.SRC.EQUALS_ANY("allow_hr")', NAMES, client_ip=ip) is typed
    assert value('CLIENT.IP.SRC.TYPECAST_TEXT_T.EQUALS_ANY("allow_hr")', NAMES, client_ip=ip) is as_text


def test_range_matching_is_a_switch() -> None:
    request = Request(client_ip="203.0.113.20")
    typed = 'CLIENT.IP.SRC.EQUALS_ANY("allow_hr")'
    assert compile_expression(typed, NAMES, readings=LIKELIEST).evaluate(request) is True
    settled = {Ambiguity.DATASET_RANGE: "no_match"}
    assert compile_expression(typed, NAMES, readings=settled).evaluate(request) is False


def test_dynamic_data_set_name() -> None:
    """NITRO metadata: policydataset, dynamic."""
    rule = 'CLIENT.IP.SRC.EQUALS_ANY("allow_" + HTTP.REQ.URL.PATH.GET(1))'
    assert value(rule, NAMES, url="/hr/x", client_ip="198.51.100.7") is True
    assert value(rule, NAMES, url="/it/x", client_ip="198.51.100.7") is UNDETERMINED


def test_types_of_sets_are_checked() -> None:
    assert value('CLIENT.IPV6.SRC.EQUALS_ANY("six")', NAMES, client_ip="2001:db8::1") is True
    for text in ('CLIENT.IP.SRC.EQUALS_ANY("numbers")', 'CLIENT.IP.SRC.EQUALS_ANY("paths")'):
        with pytest.raises(ExpressionError):
            compile_expression(text, NAMES)


@pytest.mark.parametrize(("port", "expected"), [(443, True), (444, False), (8005, UNDETERMINED)])
def test_numbers_are_compared_with_a_data_set(port: int, expected: object) -> None:
    names = Names(datasets={"ports": Dataset.of("number", ["443", ("8000", "8010")])})
    assert value('CLIENT.TCP.DSTPORT.EQUALS_ANY("ports")', names, dst_port=port) is expected


@pytest.mark.parametrize("dataset", [Dataset.of("ipv4", ["10.0.0.1"]), Dataset.of("number", ["ten"])])
def test_a_data_set_without_whole_numbers_is_a_configuration_error(dataset: Dataset) -> None:
    with pytest.raises(ExpressionError, match="data set"):
        value('CLIENT.TCP.DSTPORT.EQUALS_ANY("d")', Names(datasets={"d": dataset}))
