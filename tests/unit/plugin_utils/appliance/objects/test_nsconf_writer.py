# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes as lines of ns.conf, character by character (command reference 12.0)."""

from __future__ import annotations

import shlex

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.nsconf_writer import (
    MOST_MEMBERS,
    SHOWN_MEMBERS,
    abridged,
    lines,
    quote,
    switch_line,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    Value,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.played_together import played_together

ACTION: Attributes = {"name": "tq_demo", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
POLICY: Attributes = {"name": "tq_demo", "rule": 'HTTP.REQ.URL.CONTAINS("/x/")', "action": "tq_demo"}
GLOBAL: Attributes = {"policyname": "tq_demo", "priority": 10, "type": "REQ_OVERRIDE"}
VPN: Attributes = {"name": "gw", "policy": "tq_demo", "priority": 10, "bindpoint": "REQUEST"}
LB: Attributes = {"name": "lb web", "policyname": "tq_demo", "priority": 10, "bindpoint": "REQUEST"}
PATTERN: Attributes = {"name": "tq_demo", "String": "/vpns/", "index": 1}
SHOWN_RULE = '"HTTP.REQ.URL.CONTAINS(\\"/x/\\")"'


@played_together(
    ("value", "token"),
    [
        ("tq_demo", "tq_demo"),
        (10, "10"),
        ("NS13.0:x/*", "NS13.0:x/*"),
        ("", '""'),
        ("a b", '"a b"'),
        ('say "x"', '"say \\"x\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("a\r\n\tb", '"a\\r\\n\\tb"'),
        ("\x1b[31m", '"\\x1b[31m"'),
        ("-type", '"-type"'),
        ("a-b", "a-b"),
        ("$x", '"$x"'),
        ("é", '"é"'),
        ("\u200b", '"\\xe2\\x80\\x8b"'),
    ],
)
def test_values_are_bare_or_quoted(value: Value, token: str) -> None:
    assert quote(value) == token


@given(st.text(max_size=30))
@settings(deadline=None)
def test_a_quoted_value_is_one_token_on_one_line_and_hides_nothing(text: str) -> None:
    token = quote(text)
    assert token.isprintable()
    if token.startswith('"'):
        assert token.endswith('"')
        inner = token[1:-1].replace("\\\\", "")
        assert '"' not in inner.replace('\\"', "")
    else:
        assert token == text
        assert shlex.split(token) == [text]
        assert not token.startswith("-")


@given(st.text(max_size=12), st.text(max_size=12))
@settings(deadline=None)
def test_two_values_never_look_the_same(one: str, other: str) -> None:
    assert (quote(one) == quote(other)) is (one == other)


@played_together(
    ("type_", "before", "after", "expected"),
    [
        (
            "responderaction",
            None,
            {**ACTION, "comment": "tourniquet demo v2"},
            [
                (
                    'add responder action tq_demo respondwith "\\"HTTP/1.1 403 Forbidden\\\\r\\\\n\\\\r\\\\n\\""'
                    ' -comment "tourniquet demo v2"'
                )
            ],
        ),
        ("responderaction", ACTION, None, ["rm responder action tq_demo"]),
        (
            "responderaction",
            ACTION,
            {**ACTION, "target": '"x"', "responsestatuscode": 403},
            ['set responder action tq_demo -target "\\"x\\"" -responseStatusCode 403'],
        ),
        (
            "responderaction",
            {**ACTION, "bypasssafetycheck": "YES", "comment": "x"},
            ACTION,
            [
                "set responder action tq_demo -bypassSafetyCheck NO",
                "unset responder action tq_demo -comment",
            ],
        ),
        ("responderpolicy", None, POLICY, [f"add responder policy tq_demo {SHOWN_RULE} tq_demo"]),
        (
            "responderpolicy",
            None,
            {**POLICY, "undefaction": "DROP", "comment": "c", "logaction": "tq_demo"},
            [f"add responder policy tq_demo {SHOWN_RULE} tq_demo DROP -comment c -logAction tq_demo"],
        ),
        ("responderpolicy", POLICY, {**POLICY, "rule": "true"}, ["set responder policy tq_demo -rule true"]),
        (
            "responderpolicy",
            {**POLICY, "logaction": "tq_demo"},
            {**POLICY, "action": "NOOP"},
            ["set responder policy tq_demo -action NOOP", "unset responder policy tq_demo -logAction"],
        ),
        ("responderpolicy", POLICY, None, ["rm responder policy tq_demo"]),
        ("responderpolicy", POLICY, dict(POLICY), []),
        (
            "auditmessageaction",
            None,
            {"name": "tq_demo", "loglevel": "WARNING", "stringbuilderexpr": '"x"', "logtonewnslog": "YES"},
            ['add audit messageaction tq_demo WARNING "\\"x\\"" -logtoNewnslog YES'],
        ),
        (
            "responderglobal_responderpolicy_binding",
            None,
            GLOBAL,
            ["bind responder global tq_demo 10 END -type REQ_OVERRIDE"],
        ),
        (
            "responderglobal_responderpolicy_binding",
            None,
            {**GLOBAL, "gotopriorityexpression": "NEXT", "invoke": True, "labeltype": "policylabel", "labelname": "l"},
            ["bind responder global tq_demo 10 NEXT -type REQ_OVERRIDE -invoke policylabel l"],
        ),
        (
            "responderglobal_responderpolicy_binding",
            GLOBAL,
            None,
            ["unbind responder global tq_demo -type REQ_OVERRIDE -priority 10"],
        ),
        (
            "responderglobal_responderpolicy_binding",
            GLOBAL,
            {**GLOBAL, "priority": 20},
            [
                "unbind responder global tq_demo -type REQ_OVERRIDE -priority 10",
                "bind responder global tq_demo 20 END -type REQ_OVERRIDE",
            ],
        ),
        (
            "vpnvserver_responderpolicy_binding",
            None,
            VPN,
            ["bind vpn vserver gw -policy tq_demo -priority 10 -gotoPriorityExpression END -type REQUEST"],
        ),
        (
            "vpnvserver_responderpolicy_binding",
            VPN,
            None,
            ["unbind vpn vserver gw -policy tq_demo -type REQUEST -priority 10"],
        ),
        (
            "lbvserver_responderpolicy_binding",
            None,
            LB,
            ['bind lb vserver "lb web" -policyName tq_demo -priority 10 -gotoPriorityExpression END -type REQUEST'],
        ),
        (
            "lbvserver_responderpolicy_binding",
            LB,
            None,
            ['unbind lb vserver "lb web" -policyName tq_demo -type REQUEST -priority 10'],
        ),
        ("policypatset", None, {"name": "tq_demo", "comment": "c"}, ["add policy patset tq_demo -comment c"]),
        ("policypatset_pattern_binding", None, PATTERN, ["bind policy patset tq_demo /vpns/ -index 1"]),
        ("policypatset_pattern_binding", PATTERN, None, ["unbind policy patset tq_demo /vpns/"]),
        ("policyexpression", None, {"name": "tq_demo", "value": "a b"}, ['add policy expression tq_demo "a b"']),
    ],
)
def test_lines(type_: str, before: Attributes | None, after: Attributes | None, expected: list[str]) -> None:
    assert lines(TYPES[type_], before, after) == expected


def test_features() -> None:
    assert switch_line("ns feature", "RESPONDER", True) == "enable ns feature RESPONDER"
    assert switch_line("ns feature", "RESPONDER", False) == "disable ns feature RESPONDER"


def test_of_many_entries_of_a_data_set_only_the_first_are_shown() -> None:
    type_ = TYPES["policydataset_value_binding"]
    few: Attributes = {"name": "tq a", "values": "192.0.2.1-192.0.2.9 192.0.2.20 192.0.2.30"}
    many: Attributes = {"name": "tq a", "values": " ".join(f"198.51.100.{n}" for n in range(1, 6))}
    bound = ["192.0.2.1 -endRange 192.0.2.9", "192.0.2.20", "192.0.2.30"]
    assert lines(type_, None, few) == [f'bind policy dataset "tq a" {entry}' for entry in bound]
    assert lines(type_, few, many) == [
        *(f'unbind policy dataset "tq a" {entry}' for entry in bound),
        *(f'bind policy dataset "tq a" 198.51.100.{n}' for n in (1, 2, 3)),
        '# bind policy dataset "tq a": 2 more',
    ]
    assert lines(type_, few, None) == []


def test_an_acl_has_an_operator_and_a_value_or_a_data_set() -> None:
    acl: Attributes = {"aclname": "tq a", "aclaction": "DENY", "priority": 7, "ttl": 300, "state": "ENABLED"}
    acl |= {"srcip": True, "srcipop": "=", "srcipval": "192.0.2.1-192.0.2.9"}
    acl |= {"destip": True, "destipop": "!=", "destipdataset": "tq_set"}
    assert lines(TYPES["nsacl"], None, acl) == [
        'add ns acl "tq a" DENY -srcIP = 192.0.2.1-192.0.2.9 -destIP "!=" -destIPDataset tq_set -TTL 300 -priority 7 -state ENABLED'
    ]
    acl6: Attributes = {"acl6name": "tq", "acl6action": "ALLOW", "srcipv6": True, "srcipv6val": "2001:db8::1"}
    assert lines(TYPES["nsacl6"], None, {**acl6, "destipv6": False, "priority": 7}) == [
        "add ns acl6 tq ALLOW -srcIPv6 = 2001:db8::1 -priority 7"
    ]


def test_of_many_members_of_a_set_a_person_sees_the_first_and_how_many_there_are() -> None:
    def members(number: int) -> list[str]:
        return [f"bind policy patset tq_a /{n} -index {n}" for n in range(1, number + 1)]

    assert abridged(members(MOST_MEMBERS)) == members(MOST_MEMBERS)
    many = members(MOST_MEMBERS + 1)
    assert abridged(["add policy patset tq_a", *many, "add x"]) == [
        "add policy patset tq_a",
        *many[:SHOWN_MEMBERS],
        f"bind policy patset tq_a ... and {MOST_MEMBERS + 1 - SHOWN_MEMBERS} more",
        "add x",
    ]
