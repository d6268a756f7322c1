# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts that need only a line or two: codes of missing and refused objects, and both positions of small switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

# Sessions


@pytest.mark.fact("login-cookie-path")
def test_the_cookie_is_for_nitro_and_an_old_one_is_deleted(lab: Any) -> None:
    """telegraf issue 11478."""
    cookies = [value for name, value in lab.client().log_in().headers if name == "Set-Cookie"]
    assert cookies[0] == "SESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/"
    assert cookies[1].endswith("; path=/nitro/v1")


@pytest.mark.fact("session-kill")
def test_one_session_is_killed_by_its_number(lab: Any) -> None:
    """NITRO reference, systemsession."""
    box, other, third = lab.box(), lab.box(), lab.box()
    number = box.rows("systemsession")[1]["sid"]
    assert box.post("systemsession", {"sid": number}, "?action=kill").status == 200
    assert other.get("nsversion").code == 444
    assert third.get("nsversion").status == 200
    assert box.post("systemsession", {"sid": number}, "?action=kill").code == 258


# Envelope and errors


@pytest.mark.fact("action-done")
def test_actions_answer_done(box: Any) -> None:
    """200 and the 57 bytes for enable, disable, unset, rename and save (NITRO guide)."""
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP", "comment": "c"})
    for type_, row, action in (
        ("lbvserver", {"name": "web"}, "disable"),
        ("lbvserver", {"name": "web"}, "enable"),
        ("responderpolicy", {"name": "p", "comment": True}, "unset"),
        ("responderpolicy", {"name": "p", "newname": "q"}, "rename"),
        ("nsconfig", {}, "save"),
    ):
        answer = box.post(type_, row, f"?action={action}")
        assert (answer.status, len(answer.body)) == (200, 57), action


@pytest.mark.fact("unknown-keys")
def test_newest_builds_add_a_key_to_every_row(box: Any, with_switches: Callable[..., Any]) -> None:
    """_nextgenapiresource (Terraform provider's test notes): a switch."""
    assert all("_nextgenapiresource" not in row for row in box.rows("lbvserver"))
    assert all("_nextgenapiresource" in row for row in with_switches(extra_row_key=True).box().rows("lbvserver"))


@pytest.mark.fact("no-such-resource", "no-such-user", "no-such-set", "missing-404")
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("lbvserver/nope", 258),
        ("systemuser/nope", 2626),
        ("policypatset/nope", 2823),
        ("policydataset/nope", 2823),
        ("policypatset_pattern_binding/nope", 2823),
        ("policydataset_value_binding/nope", 2823),
        ("responderpolicy/nope", 2054),
        ("responderpolicylabel/nope", 3087),
    ],
)
def test_missing_objects(box: Any, path: str, code: int) -> None:
    """404 and the code of the type (collection issues 233, 242, 293 and 378; provider, resources)."""
    answer = box.get(path)
    assert (answer.status, answer.code) == (404, code)
    assert code != 258 or answer.json["message"] == "No such resource [name, nope]"


@pytest.mark.fact("unknown-argument", "unknown-type", "wrong-method", "set-unsupported")
def test_unknown_arguments_types_and_methods(box: Any) -> None:
    """Error list: 1090, 1232, 1237, 1073."""
    assert box.get("lbvserver?args=nonsense:1").code == 1090
    assert box.get("nonsense").code == 1232
    assert box.post("nonsense", {}).code == 1232
    assert (box.nitro("PATCH", "lbvserver").status, box.nitro("PATCH", "lbvserver").code) == (405, 1237)
    assert box.ask("POST", "/nitro/v1/stat/lbvserver", {"lbvserver": {}}).code == 1237
    assert box.put("responderpolicylabel", {"labelname": "l"}).code == 1073


@pytest.mark.fact("args-ipv6")
def test_a_colon_inside_a_value_is_encoded(box: Any) -> None:
    """Terraform provider's notes on intranet addresses."""
    box.post("policydataset", {"name": "six", "type": "ipv6"})
    box.post("policydataset_value_binding", {"name": "six", "value": "2001:db8::1"})
    assert box.delete(f"policydataset_value_binding/six?args=value:{quote('2001:db8::1', safe='')}").status == 200
    assert box.rows("policydataset_value_binding/six") == []


@pytest.mark.fact("bulk-put")
@pytest.mark.parametrize(("position", "changed"), [("honoured", ["a", "c"]), ("ignored", ["a"])])
def test_onerror_on_a_put(with_switches: Callable[..., Any], position: str, changed: list[str]) -> None:
    """The guide shows X-NITRO-ONERROR on a POST only: a switch."""
    box = with_switches(put_bulk_onerror=position).box()
    for name in ("a", "c"):
        box.post("responderpolicy", {"name": name, "rule": "TRUE", "action": "NOOP"})
    rows = [{"name": name, "comment": "new"} for name in ("a", "missing", "c")]
    assert box.put("responderpolicy", rows, X_NITRO_ONERROR="continue").status == 207
    assert [row["name"] for row in box.rows("responderpolicy") if row.get("comment") == "new"] == changed


# Responder


def bound_at_the_gateway(box: Any) -> None:
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"})
    row = {"name": "gateway", "policy": "p", "priority": 10, "gotopriorityexpression": "NEXT", "bindpoint": "REQUEST"}
    assert box.post("vpnvserver_responderpolicy_binding", row).status == 201


@pytest.mark.fact("policy-where-used-vpn")
def test_where_a_policy_is_bound_names_gateways_or_not(lab: Any, with_switches: Callable[..., Any]) -> None:
    """The 12.x reference has no such list, newer clients name it: never on 12.x, elsewhere a switch."""
    listed = "responderpolicy_vpnvserver_binding"
    for box, there in (
        (lab.box(), True),
        (with_switches(where_used_lists_vpnvserver=False).box(), False),
        (lab.box("pair"), False),
    ):
        bound_at_the_gateway(box)
        assert (listed in box.rows("responderpolicy_binding/p")[0]) is there


@pytest.mark.fact("gateway-goto-hidden")
def test_a_gateways_binding_hides_its_goto(box: Any, with_switches: Callable[..., Any]) -> None:
    """Terraform provider's notes: hidden, or a switch."""
    other = with_switches(vpn_binding_echoes_goto=True).box()
    for client in (box, other):
        bound_at_the_gateway(client)
    assert "gotopriorityexpression" not in box.rows("vpnvserver_responderpolicy_binding/gateway")[0]
    assert other.rows("vpnvserver_responderpolicy_binding/gateway")[0]["gotopriorityexpression"] == "NEXT"


@pytest.mark.fact("policy-expression-length")
def test_the_length_of_a_rule(box: Any) -> None:
    """8191 characters, then 3919 (error list)."""
    fits = "TRUE || " * 1023 + "FALSE  "
    assert len(fits) == 8191
    assert box.post("responderpolicy", {"name": "p", "rule": fits, "action": "NOOP"}).status == 201
    longer = fits + " "
    assert box.post("responderpolicy", {"name": "q", "rule": longer, "action": "NOOP"}).code == 3919


@pytest.mark.fact("messageaction-in-use")
@pytest.mark.parametrize("code", [1070, 315, 832])
def test_a_log_action_in_use_stays(with_switches: Callable[..., Any], code: int) -> None:
    """Three texts of the error list fit: a switch."""
    box = with_switches(auditmessageaction_in_use_code=code).box()
    box.post("auditmessageaction", {"name": "m", "loglevel": "NOTICE", "stringbuilderexpr": '"x"'})
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP", "logaction": "m"})
    assert box.delete("auditmessageaction/m").code == code
    assert box.delete("responderpolicy/p").status == 200
    assert box.delete("auditmessageaction/m").status == 200


# Sets and expressions


@pytest.mark.fact("patset-built-in", "pattern-duplicate")
def test_refused_patterns(box: Any) -> None:
    """2871 for a built-in set, 2867 for an existing pattern (error list)."""
    built_in = {"name": "ns_videoopt_clients", "String": "a"}
    assert box.post("policypatset_pattern_binding", built_in).code == 2871
    assert box.delete("policypatset/ns_videoopt_clients").code == 2871
    box.post("policypatset", {"name": "s"})
    assert box.post("policypatset_pattern_binding", {"name": "s", "String": "a"}).status == 201
    assert box.post("policypatset_pattern_binding", {"name": "s", "String": "a"}).code == 2867


@pytest.mark.fact("dataset-type")
def test_a_data_sets_type_is_fixed(box: Any) -> None:
    """One of six types, set at creation (NITRO reference, policydataset)."""
    for kind in ("ipv4", "number", "ipv6", "ulong", "double", "mac"):
        assert box.post("policydataset", {"name": f"d_{kind}", "type": kind}).status == 201
    assert box.post("policydataset", {"name": "d", "type": "text"}).code == 1097
    assert box.post("policydataset", {"name": "d"}).code == 1095
    box.put("policydataset", {"name": "d_mac", "type": "ipv4"})
    assert box.rows("policydataset/d_mac")[0]["type"] == "mac"


@pytest.mark.fact("dataset-mac-case")
def test_addresses_of_interfaces_compare_by_case(box: Any) -> None:
    """Product documentation on data sets."""
    box.post("policydataset", {"name": "d", "type": "mac"})
    for value in ("aa:bb:cc:dd:ee:ff", "AA:bb:cc:dd:ee:ff"):
        assert box.post("policydataset_value_binding", {"name": "d", "value": value}).status == 201
    assert len(box.rows("policydataset_value_binding/d")) == 2


@pytest.mark.fact("dataset-subnets")
@pytest.mark.parametrize(("position", "codes"), [("accepted", [201, 201]), ("refused", [2873, 2881])])
def test_subnets_in_a_data_set(with_switches: Callable[..., Any], position: str, codes: list[int]) -> None:
    box = with_switches(dataset_subnets=position).box()
    answered = []
    for kind, value in (("ipv4", "198.51.100.0/24"), ("ipv6", "2001:db8::/32")):
        box.post("policydataset", {"name": kind, "type": kind})
        answer = box.post("policydataset_value_binding", {"name": kind, "value": value})
        answered.append(answer.status if answer.status == 201 else answer.code)
    assert answered == codes


@pytest.mark.fact("dataset-index-rule")
@pytest.mark.parametrize(("strict", "status"), [(False, 201), (True, 599)])
def test_indexes_of_a_data_set(with_switches: Callable[..., Any], strict: bool, status: int) -> None:
    """All or none (command reference); the Terraform provider's test mixes them: a switch."""
    box = with_switches(dataset_index_rule=strict).box()
    box.post("policydataset", {"name": "d", "type": "ipv4"})
    box.post("policydataset_value_binding", {"name": "d", "value": "192.0.2.1"})
    answer = box.post("policydataset_value_binding", {"name": "d", "value": "192.0.2.2", "index": 7})
    assert answer.status == status


@pytest.mark.fact("expression-object")
def test_named_expressions(box: Any) -> None:
    """Name, value and comment; no rename (NITRO reference, policyexpression)."""
    assert box.post("policyexpression", {"name": "e", "value": "TRUE", "comment": "c"}).status == 201
    (row,) = box.rows("policyexpression/e")
    assert (row["name"], row["value"], row["comment"]) == ("e", "TRUE", "c")
    assert box.post("policyexpression", {"name": "e", "newname": "f"}, "?action=rename").code == 1240


PACKET = quote("GET /%76pn?x HTTP/1.1\r\nX-A: one\r\nX-A: two\r\n\r\n", safe="")


def evaluated(box: Any, expression: str) -> dict[str, Any]:
    path = f"policyevaluation?args=expression:{quote(expression, safe='')},input:{PACKET},type:HTTP_REQ"
    (row,) = box.rows(path)
    return dict(row)


@pytest.mark.fact("url-text-mode")
def test_url_text_is_decoded_or_not(box: Any, with_switches: Callable[..., Any]) -> None:
    """The guide contradicts itself about the default mode: a switch."""
    expression = 'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpn")'
    explicit = 'HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).DECODE_USING_TEXT_MODE.CONTAINS("/vpn")'
    other = with_switches(language_url_text="bytes").box()
    assert evaluated(box, expression)["pitboolresult"] is True
    assert evaluated(other, expression)["pitboolresult"] is False
    assert evaluated(other, explicit)["pitboolresult"] is True


@pytest.mark.fact("decode-twice")
def test_a_rule_may_decode_twice(box: Any) -> None:
    """As in the vendor's signature 998597."""
    packet = quote("GET /%2576pn HTTP/1.1\r\n\r\n", safe="")
    mode = "HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).DECODE_USING_TEXT_MODE"
    for decoding, found in ((mode, False), (f"{mode}.SET_TEXT_MODE(URLENCODED).DECODE_USING_TEXT_MODE", True)):
        rule = quote(f'{decoding}.CONTAINS("/vpn")', safe="")
        (row,) = box.rows(f"policyevaluation?args=expression:{rule},input:{packet},type:HTTP_REQ")
        assert row["pitboolresult"] is found


@pytest.mark.fact("header-value-crlf")
def test_a_headers_value_with_its_line_end_or_without(box: Any, with_switches: Callable[..., Any]) -> None:
    """The policy guide prints CRLF: a switch."""
    other = with_switches(language_header_value="with_crlf").box()
    assert evaluated(box, 'HTTP.REQ.HEADER("X-A").VALUE(1).LENGTH')["pitnumresult"] == "3"
    assert evaluated(other, 'HTTP.REQ.HEADER("X-A").VALUE(1).LENGTH')["pitnumresult"] == "5"


@pytest.mark.fact("undefined-in-logic")
def test_an_undefined_operand(box: Any, with_switches: Callable[..., Any]) -> None:
    """Policy guide; its effect in && is a switch."""
    expression = "HTTP.REQ.URL.TYPECAST_NUM_T(DECIMAL).GT(0) && FALSE"
    three = with_switches(language_undef_in_logic="three_valued").box()
    assert evaluated(box, expression)["pitboolerrorresult"] == "UNDEF"
    assert evaluated(three, expression)["pitboolresult"] is False


# The appliance


@pytest.mark.fact("vserver-immutable")
def test_what_a_vserver_was_made_with_stays(box: Any) -> None:
    """servicetype, port, range and td (collection's resource map)."""
    (before,) = box.rows("lbvserver/web")
    for change in ({"servicetype": "SSL"}, {"port": 1}, {"range": 2}, {"td": 3}):
        box.put("lbvserver", {"name": "web", **change})
    assert box.rows("lbvserver/web") == [before]


@pytest.mark.fact("mode-list")
def test_modes_work_as_features_do(box: Any) -> None:
    """NITRO reference, nsmode."""
    assert "MBF" not in box.get("nsmode").json["nsmode"]["mode"]
    assert box.post("nsmode", {"mode": ["mbf"]}, "?action=enable").status == 200
    shown = box.get("nsmode").json["nsmode"]
    assert ("MBF" in shown["mode"], shown["mbf"]) == (True, True)
    assert box.post("nsmode", {"mode": ["nonsense"]}, "?action=enable").code == 1097
    assert box.post("nsmode", {"mode": ["MBF"]}, "?action=disable").status == 200
    assert box.get("nsmode").json["nsmode"]["mbf"] is False


@pytest.mark.fact("file-nsconfig-link")
def test_nsconfig_is_a_link(box: Any) -> None:
    """/nsconfig and /flash/nsconfig are the same directory (product documentation)."""
    here, there = (
        box.rows(f"systemfile?args=filename:rc.netscaler,filelocation:{quote(place, safe='')}")
        for place in ("/nsconfig", "/flash/nsconfig")
    )
    assert here[0]["filecontent"] == there[0]["filecontent"]


@pytest.mark.fact("ha-sync-when")
def test_a_secondary_may_synchronise_by_itself(with_switches: Callable[..., Any]) -> None:
    """No source for the interval: by default no periodic sync, else one in this number of seconds."""
    for seconds, kept in ((0.0, True), (60.0, False)):
        lab = with_switches(ha_sync_seconds=seconds)
        secondary = lab.box("pair", 1)
        secondary.post("policypatset", {"name": "lost"})
        lab.simulator.appliance("pair").advance(120)
        assert (secondary.get("policypatset/lost").status == 200) is kept


@pytest.mark.fact("gateway-own-paths")
@pytest.mark.parametrize("sees", [True, False])
def test_policies_at_the_paths_that_a_gateway_answers_from_its_own_code(
    with_switches: Callable[..., Any], sees: bool
) -> None:
    """No source says whether policies are evaluated before the code of 2023-3519, 2023-4966 and 2025-5777: a switch. Other paths are not concerned."""
    lab = with_switches(gateway_paths_see_policies=sees)
    box, gateway = lab.box(), lab.vserver("gateway")
    box.post("nsfeature", {"feature": ["RESPONDER"]}, "?action=enable")
    box.post("responderpolicy", {"name": "all", "rule": "TRUE", "action": "RESET"})
    row = {"policyname": "all", "priority": 10, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    box.put("responderglobal_responderpolicy_binding", row)
    paths = ("/oauth/idp/.well-known/openid-configuration", "/p/u/doAuthentication.do", "/gwtest/formssso?event=stop")
    for path in paths:
        assert is_reset(gateway, path) is sees, path
    assert is_reset(gateway, "/vpn/index.html")


def is_reset(vserver: Any, path: str) -> bool:
    try:
        vserver.ask("GET", path)
    except ConnectionError:
        return True
    return False


@pytest.mark.fact("gateway-global")
@pytest.mark.parametrize(("sees", "status"), [(True, 403), (False, 200)])
def test_global_policies_at_a_gateway(
    with_switches: Callable[..., Any], mitigate: Callable[..., None], sees: bool, status: int
) -> None:
    """CTX267679 says that they are evaluated on its requests, a report of 13.0-85 that they are not: a switch."""
    lab = with_switches(global_policies_see_gateway=sees)
    mitigate(lab.box())
    assert lab.vserver("gateway").ask("GET", "/vpn/../vpns/cfg/smb.conf").status == status
