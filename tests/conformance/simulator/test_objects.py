# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects: creation, update, unset, rename, deletion, typing, references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ACTION = {"name": "a", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
POLICY = {"name": "p", "rule": "TRUE", "action": "a"}


@pytest.fixture
def pair(box: Any) -> Any:
    assert box.post("responderaction", ACTION).status == 201
    assert box.post("responderpolicy", POLICY).status == 201
    return box


@pytest.mark.fact("doubles-are-strings", "integers-are-numbers", "policy-shape", "action-referencecount", "lists")
def test_types_of_values(pair: Any) -> None:
    """Counters are strings, Integer attributes numbers, booleans booleans (collection issues 377 and 553)."""
    assert pair.rows("responderpolicy/p") == [
        {"name": "p", "rule": "TRUE", "action": "a", "hits": "0", "undefhits": "0"}
    ]
    action = pair.rows("responderaction/a")[0]
    assert action["referencecount"] == "1"
    assert action["bypasssafetycheck"] == "NO"
    vserver = pair.rows("lbvserver/web")[0]
    assert (type(vserver["port"]), vserver["td"], vserver["range"]) == (int, "0", "1")


@pytest.mark.fact("empty-comment")
def test_an_empty_comment_is_not_shown(pair: Any) -> None:
    """`comment` is omitted when empty (collection constants)."""
    pair.put("responderpolicy", {"name": "p", "comment": "why"})
    assert pair.rows("responderpolicy/p")[0]["comment"] == "why"
    assert pair.post("responderpolicy", {"name": "p", "comment": True}, "?action=unset").status == 200
    assert "comment" not in pair.rows("responderpolicy/p")[0]


@pytest.mark.fact("duplicate-policy")
def test_duplicate_policy(pair: Any) -> None:
    """409 with 3094 and the kind in brackets (collection issues 57 and 58)."""
    answer = pair.post("responderpolicy", POLICY)
    assert (answer.status, answer.code) == (409, 3094)
    assert answer.json["message"] == "Policy name already in use [by a responder policy]"


@pytest.mark.fact("duplicate-action")
def test_duplicate_action(pair: Any, with_switches: Callable[..., Any]) -> None:
    """409 is real (trace of 2018), the code is open: a switch."""
    assert (pair.post("responderaction", ACTION).status, pair.post("responderaction", ACTION).code) == (409, 273)
    other = with_switches(duplicate_responderaction_code=528).box()
    other.post("responderaction", ACTION)
    assert other.post("responderaction", ACTION).code == 528


@pytest.mark.fact("update-partial", "no-arguments", "no-such-policy", "update-with-name")
def test_updates_are_partial(pair: Any) -> None:
    """Omitted attributes keep their value; no attribute at all: 431 (NITRO guide; error list)."""
    assert pair.put("responderpolicy", {"name": "p", "rule": "FALSE"}).status == 200
    assert pair.rows("responderpolicy/p")[0]["action"] == "a"
    assert pair.put("responderpolicy", {"name": "p"}).code == 431
    assert pair.put("responderpolicy", {"name": "q", "rule": "FALSE"}).code == 2054
    assert pair.nitro("PUT", "responderpolicy/p", {"responderpolicy": {"name": "p", "comment": "c"}}).status == 200


@pytest.mark.fact("immutable", "action-immutable-type")
def test_create_only_attributes_stay(pair: Any, with_switches: Callable[..., Any]) -> None:
    """A PUT of an immutable attribute is refused, or may appear to succeed (NITRO guide, updating): a switch."""
    assert pair.put("responderaction", {"name": "a", "type": "noop"}).code == 278
    assert pair.rows("responderaction/a")[0]["type"] == "respondwith"
    other = with_switches(immutable_update="ignored").box()
    other.post("responderaction", ACTION)
    assert other.put("responderaction", {"name": "a", "type": "noop"}).status == 200
    assert other.rows("responderaction/a")[0]["type"] == "respondwith"


@pytest.mark.fact(
    "unknown-attribute",
    "policy-mandatory",
    "required-missing",
    "bad-length",
    "dangling-action",
    "expression-type",
    "policy-of-a-request",
    "wrong-json-type",
    "argument-errors-400",
)
@pytest.mark.parametrize(
    ("row", "status", "code"),
    [
        ({"name": "x", "rule": "TRUE", "action": "NOOP", "nonsense": "1"}, 599, 278),
        ({"name": "x", "rule": "TRUE", "action": "NOOP", "hits": "1"}, 599, 278),
        ({"name": "x", "rule": "TRUE"}, 400, 1095),
        ({"name": "x", "rule": "TRUE || http.res.status.EQ(200)", "action": "NOOP"}, 599, 2825),
        ({"name": "x", "rule": 'HTTP.REQ.URL.EQ("HTTP.RES") &&', "action": "NOOP"}, 599, 3081),
        ({"name": "x" * 128, "rule": "TRUE", "action": "NOOP"}, 400, 1106),
        ({"name": "", "rule": "TRUE", "action": "NOOP"}, 400, 1107),
        ({"name": "x", "rule": "TRUE", "action": "NOOP", "logaction": "nope"}, 599, 2818),
        ({"name": "x", "rule": "TRUE", "action": "NOOP", "undefaction": "nope"}, 599, 2818),
        ({"name": "x", "rule": "HTTP.REQ.URL.CONTAINS(", "action": "NOOP"}, 599, 3081),
        ({"name": "x", "rule": "HTTP.REQ.URL", "action": "NOOP"}, 599, 3092),
        ({"name": "x", "rule": 'HTTP.REQ.URL.EQUALS_ANY("noset")', "action": "NOOP"}, 599, 3081),
        ({"name": {"a": 1}, "rule": "TRUE", "action": "NOOP"}, 400, 1234),
    ],
)
def test_refused_policies(box: Any, row: dict[str, Any], status: int, code: int) -> None:
    """Unknown and missing arguments, dangling references, bad expressions (error list, nitro and responder sections)."""
    answer = box.post("responderpolicy", row)
    assert (answer.status, answer.code) == (status, code)
    assert box.rows("responderpolicy") == []


@pytest.mark.fact(
    "action-needs-target", "action-status-range", "action-status-kinds", "action-redirect-status", "bad-range"
)
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"name": "x", "type": "nonsense"}, 1097),
        ({"name": "x", "type": "respondwith"}, 1095),
        ({"name": "x", "type": "redirect", "target": '"/"', "responsestatuscode": 42}, 1109),
        ({"name": "x", "type": "redirect", "target": '"/"', "responsestatuscode": "abc"}, 1074),
        ({"name": "x", "type": "respondwith", "target": '"a"', "responsestatuscode": 302}, 2904),
        ({"name": "x", "type": "redirect", "target": '"/"', "responsestatuscode": 200}, 2905),
        ({"name": "x", "type": "redirect", "target": '"/"', "responsestatuscode": 400}, 2905),
    ],
)
def test_refused_actions(box: Any, row: dict[str, Any], code: int) -> None:
    """Enumerations, ranges and what belongs together (NITRO reference; error list)."""
    assert box.post("responderaction", row).code == code


@pytest.mark.fact("expression-error")
@pytest.mark.parametrize("status", [400, 599])
def test_status_of_an_expression_error_is_open(with_switches: Callable[..., Any], status: int) -> None:
    """No source for the HTTP status of 3081: a switch."""
    answer = (
        with_switches(expression_error_status=status)
        .box()
        .post("responderpolicy", {**POLICY, "rule": "(", "action": "NOOP"})
    )
    assert (answer.status, answer.code) == (status, 3081)


@pytest.mark.fact("enumeration-case")
def test_enumerations_take_any_case(box: Any) -> None:
    """Accepted in another case, shown in the appliance's own (collection, comparison of strings)."""
    box.post("responderaction", {**ACTION, "type": "RESPONDWITH"})
    assert box.rows("responderaction/a")[0]["type"] == "respondwith"


@pytest.mark.fact("references", "policy-bound-stays", "no-such-action")
def test_a_used_object_cannot_be_deleted(pair: Any) -> None:
    """832 for an action, 810 for a bound policy (error list)."""
    assert pair.delete("responderaction/a").code == 832
    bound = {"policyname": "p", "priority": 10, "type": "REQ_OVERRIDE"}
    pair.post("responderglobal_responderpolicy_binding", bound)
    assert pair.delete("responderpolicy/p").code == 810
    pair.delete("responderglobal_responderpolicy_binding?args=policyname:p,type:REQ_OVERRIDE")
    assert pair.delete("responderpolicy/p").status == 200
    assert pair.delete("responderaction/a").status == 200
    assert pair.delete("responderaction/a").status == 404


@pytest.mark.fact("set-in-use")
def test_sets_in_expressions_stay(box: Any) -> None:
    """A set that an expression names cannot be removed: 2853 (command reference, policy patset; error list)."""
    box.post("policypatset", {"name": "bad"})
    box.post("policypatset_pattern_binding", {"name": "bad", "String": "/x"})
    assert (
        box.post("responderpolicy", {"name": "p", "rule": 'HTTP.REQ.URL.CONTAINS_ANY("bad")', "action": "NOOP"}).status
        == 201
    )
    assert box.delete("policypatset/bad").code == 2853
    box.delete("responderpolicy/p")
    assert box.delete("policypatset/BAD").status == 200


@pytest.mark.fact("expression-named")
def test_named_expressions_stay(box: Any) -> None:
    """The same for a named expression (error list 2853)."""
    assert box.post("policyexpression", {"name": "is_vpn", "value": 'HTTP.REQ.URL.CONTAINS("/vpns/")'}).status == 201
    assert box.post("responderpolicy", {"name": "p", "rule": "is_vpn && TRUE", "action": "NOOP"}).status == 201
    assert box.delete("policyexpression/is_vpn").code == 2853


@pytest.mark.fact("one-namespace", "patset-name", "bad-name")
def test_one_namespace(box: Any) -> None:
    """Sets and named expressions share their names (command reference, policy patset): 2854."""
    box.post("policypatset", {"name": "shared"})
    assert box.post("policydataset", {"name": "Shared", "type": "ipv4"}).code == 2854
    assert box.post("policyexpression", {"name": "shared", "value": "TRUE"}).code == 2854
    assert box.post("policypatset", {"name": "1bad"}).code == 1075


@pytest.mark.fact("action-built-in")
def test_built_in_actions_stay(box: Any) -> None:
    """NOOP, RESET and DROP can be used, but not made or removed (NITRO reference; error list 537)."""
    assert box.delete("responderaction/DROP").code == 537
    assert box.post("responderaction", {**ACTION, "name": "DROP"}).status == 409
    assert box.rows("responderaction/DROP")[0]["builtin"] == ["IMMUTABLE"]


@pytest.mark.fact("rename", "rename-taken", "policy-rename")
def test_rename_carries_references(pair: Any) -> None:
    """rename is answered with 200, references follow; an existing name: 409 (NITRO reference; collection PR 532)."""
    bound = {"policyname": "p", "priority": 10, "type": "REQ_OVERRIDE"}
    pair.post("responderglobal_responderpolicy_binding", bound)
    assert pair.post("responderaction", {"name": "a", "newname": "b"}, "?action=rename").status == 200
    assert pair.post("responderpolicy", {"name": "p", "newname": "q"}, "?action=rename").status == 200
    assert pair.rows("responderpolicy/q")[0]["action"] == "b"
    assert pair.rows("responderglobal_responderpolicy_binding?args=type:REQ_OVERRIDE")[0]["policyname"] == "q"
    pair.post("responderpolicy", {**POLICY, "action": "b"})
    assert pair.post("responderpolicy", {"name": "q", "newname": "p"}, "?action=rename").status == 409


@pytest.mark.fact("unset-mandatory")
def test_unset(pair: Any) -> None:
    """Only some attributes: rule and action never (3110), unknown ones 1090, none 431 (error list)."""
    assert pair.post("responderpolicy", {"name": "p", "rule": True}, "?action=unset").code == 3110
    assert pair.post("responderpolicy", {"name": "p", "hits": True}, "?action=unset").code == 1090
    assert pair.post("responderpolicy", {"name": "p"}, "?action=unset").code == 431
    assert pair.post("responderpolicy", {"name": "p", "comment": True}, "?action=Unset").code == 1240


@pytest.mark.fact("enable-disable", "entity-in-state", "vserver-enable")
def test_enable_and_disable(box: Any) -> None:
    """The second time: 451 (error list)."""
    assert box.post("lbvserver", {"name": "web"}, "?action=enable").code == 451
    assert box.post("lbvserver", {"name": "web"}, "?action=disable").status == 200
    assert box.rows("lbvserver/web")[0]["curstate"] == "OUT OF SERVICE"


@pytest.mark.fact("names-twice-encoded", "names-once-encoded")
def test_names_are_decoded_twice(box: Any) -> None:
    """A name with a slash is double-encoded in the path (collection client); a single encoding is accepted too."""
    box.post("lbvserver", {"name": "a#b c", "servicetype": "HTTP", "ipv46": "192.0.2.1", "port": 80})
    assert box.rows("lbvserver/a%2523b%2520c")[0]["name"] == "a#b c"
    assert box.rows("lbvserver/a%23b%20c")[0]["name"] == "a#b c"
    box.post("nsip6", {"ipv6address": "2001:db8::1/64"})
    assert box.rows("nsip6/2001%253Adb8%253A%253A1%252F64")[0]["ipv6address"] == "2001:db8::1/64"
    assert box.rows("nsip6/2001%3Adb8%3A%3A1%2F64")[0]["ipv6address"] == "2001:db8::1/64"


@pytest.mark.fact("idempotent", "idempotent-no-set", "idempotent-keeps")
def test_idempotent(box: Any) -> None:
    """Creates or updates, 200 (NITRO guide, use cases); 400/1074 without a set command (provider issue 155)."""
    row = {"name": "p", "rule": "TRUE", "action": "NOOP"}
    assert box.post("responderpolicy", row, "?idempotent=yes").status == 200
    assert box.post("responderpolicy", {**row, "comment": "c"}, "?idempotent=yes").status == 200
    assert box.post("responderpolicy", row, "?idempotent=yes").status == 200
    assert box.rows("responderpolicy/p")[0]["comment"] == "c"
    box.post("policypatset", {"name": "s"})
    answer = box.post("policypatset", {"name": "s"}, "?idempotent=yes")
    assert (answer.status, answer.json["message"]) == (400, "Invalid value [set command not present for this resource]")


@pytest.mark.fact("param-defaults", "syslogparams", "unset")
def test_singletons(box: Any) -> None:
    """responderparam is an object with defaults; unset restores them (NITRO reference; policy guide: NOOP)."""
    assert box.get("responderparam").json["responderparam"]["undefaction"] == "NOOP"
    assert box.put("responderparam", {"undefaction": "RESET"}).status == 200
    assert box.get("responderparam").json["responderparam"]["undefaction"] == "RESET"
    assert box.post("responderparam", {"undefaction": True}, "?action=unset").status == 200
    assert box.get("responderparam").json["responderparam"]["undefaction"] == "NOOP"
    assert box.get("auditsyslogparams").json["auditsyslogparams"]["userdefinedauditlog"] == "YES"


@pytest.mark.fact("addresses")
def test_addresses_of_both_families(box: Any) -> None:
    """nsip is IPv4, nsip6 has the prefix in the address; each has its own services (NITRO reference, nsip and nsip6)."""
    assert box.post("nsip", {"ipaddress": "2001:db8::1", "netmask": "255.255.255.0"}).code == 1110
    assert box.post("nsip", {"ipaddress": "192.0.2.1", "netmask": "24"}).code == 1111
    assert box.post("nsip", {"ipaddress": "192.0.2.1", "netmask": "255.255.255.0", "ssh": "DISABLED"}).status == 201
    assert box.rows("nsip/192.0.2.1")[0]["ssh"] == "DISABLED"
    assert box.post("nsip6", {"ipv6address": "192.0.2.1"}).code == 1110
    assert box.post("nsip6", {"ipv6address": "fe80::1/64"}).code == 278
    row = {"ipv6address": "2001:db8::1/64", "type": "VIP", "gui": "SECUREONLY"}
    assert box.post("nsip6", row).status == 201
    assert box.post("nsip6", {"ipv6address": "fe80::1/64", "scope": "link-local", "vlan": 1}).status == 201
    found = box.rows("nsip6/2001%3Adb8%3A%3A1%252F64")[0]
    assert {name: found[name] for name in (*row, "scope", "telnet", "mgmtaccess", "vlan")} == {
        **row, "scope": "global", "telnet": "ENABLED", "mgmtaccess": "DISABLED", "vlan": "0",
    }  # fmt: skip
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "add ns ip6 fe80::1/64 -scope link-local -vlan 1\n" in text
    assert box.put("nsip6", {"ipv6address": "2001:db8::1/64", "mgmtaccess": "ENABLED"}).status == 200
    assert box.post("nsip6", {"ipv6address": "2001:db8::1/64", "gui": True}, "?action=unset").status == 200
    assert box.delete("nsip6/2001%3Adb8%3A%3A1%252F64").status == 200
    assert [row["ipv6address"] for row in box.rows("nsip6")] == ["fe80::1/64"]


@pytest.mark.fact("vserver-entity-in-expression")
def test_vservers_in_expressions_stay(box: Any) -> None:
    """2853 for a removal, 2852 for another name (error list)."""
    assert box.post("lbvserver", {"name": "backup", "servicetype": "HTTP"}).status == 201
    rule = 'SYS.VSERVER("backup").ACTIVESERVICES.LE(2)'
    assert box.post("responderpolicy", {"name": "p", "rule": rule, "action": "NOOP"}).status == 201
    assert box.delete("lbvserver/backup").code == 2853
    assert box.post("lbvserver", {"name": "backup", "newname": "other"}, "?action=rename").code == 2852
    assert box.delete("responderpolicy/p").status == 200
    assert box.delete("lbvserver/backup").status == 200
