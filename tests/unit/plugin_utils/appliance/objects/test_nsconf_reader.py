# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading ns.conf: the text that we write and an appliance's own file are read alike."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects import nsconf_writer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.nsconf_reader import (
    read_configuration,
    words,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.drift import differences
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together

GLOBAL = "responderglobal_responderpolicy_binding"
OBJECTS: list[tuple[str, dict[str, Any]]] = [
    ("policypatset", {"name": "tq_a", "comment": "tourniquet a v1 CHG 1"}),
    ("policypatset_pattern_binding", {"name": "tq_a", "String": '/vpns/ "x"', "index": 3}),
    ("policyexpression", {"name": "tq_a", "value": 'HTTP.REQ.URL.CONTAINS("a b")'}),
    ("auditmessageaction", {"name": "tq_a", "loglevel": "WARNING", "stringbuilderexpr": '"x " + CLIENT.IP.SRC'}),
    ("responderaction", {"name": "tq_a", "type": "respondwith", "target": '"HTTP/1.1 403\\r\\n\\r\\n"'}),
    ("responderaction", {"name": "tq_b", "type": "respondwithhtmlpage", "htmlpage": "page", "responsestatuscode": 403}),
    (
        "responderpolicy",
        {"name": "tq_a", "rule": "a\tb'\\", "action": "tq_a", "undefaction": "NOOP", "logaction": "tq_a"},
    ),
    (GLOBAL, {"policyname": "tq_a", "priority": 10, "type": "REQ_OVERRIDE"}),
    (GLOBAL, {"policyname": "tq_b", "priority": 11, "type": "REQ_DEFAULT", "gotopriorityexpression": "NEXT"}),
    ("lbvserver_responderpolicy_binding", {"name": "web", "policyname": "tq_a", "priority": 5, "bindpoint": "REQUEST"}),
    (
        "nsacl",
        {"aclname": "tq_a", "aclaction": "DENY", "srcip": True, "srcipop": "=", "srcipval": "192.0.2.1", "priority": 7},
    ),
    (
        "nsacl",
        {
            "aclname": "tq b",
            "aclaction": "ALLOW",
            "priority": 100000,
            "ttl": 300,
            "state": "DISABLED",
            "srcip": True,
            "srcipop": "!=",
            "srcipdataset": "tq_a",
            "logstate": "ENABLED",
            "ratelimit": 5,
            "destip": True,
            "destipop": "=",
            "destipval": "203.0.113.7",
        },
    ),
    (
        "nsacl6",
        {
            "acl6name": "tq_a",
            "acl6action": "DENY",
            "priority": 1,
            "srcipv6": True,
            "srcipop": "!=",
            "srcipv6val": "2001:db8::-2001:db8::ff",
            "destipv6": True,
            "destipop": "=",
            "destipv6val": "2001:db8:1::7",
        },
    ),
    ("vpnvserver_responderpolicy_binding", {"name": "gw", "policy": "tq_a", "priority": 5, "bindpoint": "AAA_REQUEST"}),
]


@played_together(("type_name", "attributes"), OBJECTS)
def test_what_we_print_is_read_back(type_name: str, attributes: dict[str, Any]) -> None:
    type_ = TYPES[type_name]
    canonical = type_.canonical(attributes)
    object_id = (type_name, type_.key_of(canonical))
    found = read_configuration("\n".join(nsconf_writer.lines(type_, None, canonical)), "tq_")
    assert differences(object_id, canonical, found.objects.get(object_id)) == []
    assert found.unreadable == []


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("-srcIP = 192.0.2.1-192.0.2.9", {"srcip": True, "srcipop": "=", "srcipval": "192.0.2.1-192.0.2.9"}),
        ("-srcIP 192.0.2.1", {"srcip": True, "srcipop": "=", "srcipval": "192.0.2.1"}),
        ("-srcIP NEQ 192.0.2.1 -TTL", {"srcip": True, "srcipop": "NEQ", "srcipval": "192.0.2.1"}),
        ("-srcIP != -srcIPDataset tq_s", {"srcip": True, "srcipop": "!=", "srcipdataset": "tq_s"}),
        ("-kind x -srcIP = 192.0.2.1", {"srcip": True, "srcipop": "=", "srcipval": "192.0.2.1"}),
        ("-srcIP = -state DISABLED", {"srcip": True, "srcipop": "=", "state": "DISABLED"}),
        ("-srcIP", {}),
        ("-srcIP -destIP = 192.0.2.1", {"destip": True, "destipop": "=", "destipval": "192.0.2.1"}),
    ],
)
def test_an_acl_of_each_form_is_read(line: str, more: dict[str, Any]) -> None:
    found = read_configuration(f"add ns acl tq_a DENY {line} -priority 7", "tq_")
    wanted = TYPES["nsacl"].canonical({"aclname": "tq_a", "aclaction": "DENY", "priority": 7, **more})
    assert found.objects == {("nsacl", ("tq_a",)): wanted}


@given(st.text(st.characters(codec="ascii", exclude_characters="\0\x1b"), min_size=1))
def test_any_rule_is_read_back(rule: str) -> None:
    if not rule.isprintable() and any(not c.isprintable() and c not in "\r\n\t" for c in rule):
        return  # our previews show such a byte as an escape, which is not the way back
    policy = {"name": "tq_a", "rule": rule, "action": "NOOP"}
    line = nsconf_writer.lines(TYPES["responderpolicy"], None, dict(policy))[0]
    assert read_configuration(line, "tq_").objects["responderpolicy", ("tq_a",)]["rule"] == rule


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('add responder policy tq_a "a b" NOOP', ["a b"]),
        ("add responder policy tq_a 'a b' NOOP", ["a b"]),
        ('add responder policy tq_a q{HTTP.REQ.URL.EQ("a")} NOOP', ['HTTP.REQ.URL.EQ("a")']),
        ('add responder policy tq_a q~a "b"~ NOOP', ['a "b"']),
        ("add responder policy tq_a true NOOP -comment x -newOption y", ["true"]),
        ("ADD Responder Policy tq_a true NOOP", ["true"]),
    ],
)
def test_the_ways_to_quote(line: str, expected: list[str]) -> None:
    assert [row["rule"] for row in read_configuration(line, "tq_").objects.values()] == expected


def test_the_order_of_options_does_not_matter() -> None:
    one = "add responder policy tq_a true NOOP -comment c -logAction l"
    other = "add responder policy tq_a true NOOP -LOGACTION l -comment c"
    assert read_configuration(one, "tq_").objects == read_configuration(other, "tq_").objects


def test_other_lines_are_not_ours() -> None:
    text = """#NS13.0 Build 47.22
enable ns feature LB RESPONDER
bind lb vserver web service_of_tq_a
bind lb vserver tq_a -policyName theirs -priority 5
add lb vserver tq_a HTTP 192.0.2.1 80

bind
"""
    found = read_configuration(text, "tq_")
    assert found.features == {"LB", "RESPONDER"}
    assert set(found.objects) == {("lbvserver_responderpolicy_binding", ("tq_a", "theirs", "REQUEST"))}


def test_a_line_that_lacks_its_name_is_not_understood() -> None:
    assert read_configuration("add responder policy -comment tq_a", "tq_").unreadable


def test_a_quoted_word_is_never_an_option() -> None:
    assert [word.option for word in words('-a "-b" c')] == ["-a", "", ""]


def test_a_line_with_thousands_of_quotations_that_do_not_end_is_not_read() -> None:
    """Each was looked for up to the end of the line: one of 6 MB took hours."""
    line = "add responder policy tq_a " + "q{ " * 200_000
    found = read_configuration(f"{line}\nadd policy expression tq_b q{{true}}", "tq_")
    assert found.unreadable == [line[:200]]
    assert list(found.objects) == [("policyexpression", ("tq_b",))]
