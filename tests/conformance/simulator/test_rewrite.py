# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rewrite actions, policies and bindings, and what they do with requests and responses.

A back end shows the request that it received at /simulator/request.
"""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator.traffic import rewrite_actions

ECHO = "/simulator/request"
GLOBAL = "rewriteglobal_rewritepolicy_binding"


@pytest.fixture
def rewriting(lab: Any) -> Any:
    """Return a session at the appliance, with rewrite enabled."""
    return enabled(lab)


def enabled(lab: Any) -> Any:
    box = lab.box()
    assert box.post("nsfeature", {"feature": ["REWRITE"]}, "?action=enable").status == 200
    return box


def action(box: Any, kind: str, target: str, text: str | None = None, *, name: str = "a", **more: Any) -> None:
    row = {
        "name": name,
        "type": kind,
        "target": target,
        **({} if text is None else {"stringbuilderexpr": text}),
        **more,
    }
    answer = box.post("rewriteaction", row)
    assert answer.status == 201, answer.body


def policy(
    box: Any, rule: str = "TRUE", *, does: str = "a", name: str = "p", at: str = "REQUEST", vserver: str = "web",
    priority: int = 10, goto: str = "END", **more: Any,
) -> None:  # fmt: skip
    assert box.post("rewritepolicy", {"name": name, "rule": rule, "action": does, **more}).status == 201
    bind(box, name, at=at, vserver=vserver, priority=priority, goto=goto)


def bind(
    box: Any, name: str, *, at: str = "REQUEST", vserver: str = "web", priority: int = 10, goto: str = "END"
) -> None:
    type_, key = {"web": ("lbvserver", "policyname"), "switch": ("csvserver", "policyname")}.get(
        vserver, ("vpnvserver", "policy")
    )
    row = {"name": vserver, key: name, "priority": priority, "gotopriorityexpression": goto, "bindpoint": at}
    answer = box.post(f"{type_}_rewritepolicy_binding", row)
    assert answer.status == 201, answer.body


def received(lab: Any, target: str = ECHO, vserver: str = "web", **headers: str) -> list[str]:
    """Return the lines of the request that the back end received."""
    answer = lab.vserver(vserver).ask("GET", target, **headers)
    assert answer.status == 200, answer.body
    return answer.body.decode("latin-1").split("\r\n")


# Objects


@pytest.mark.fact("rewrite-objects")
def test_an_action_a_policy_and_their_life(rewriting: Any) -> None:
    """add, show, set, unset, rename, rm (command reference, rewrite action and rewrite policy)."""
    action(rewriting, "insert_http_header", "X-Forwarded-Proto", '"https"', comment="c")
    assert rewriting.rows("rewriteaction/a")[0] == {
        "name": "a", "type": "insert_http_header", "target": "X-Forwarded-Proto", "stringbuilderexpr": '"https"',
        "bypasssafetycheck": "NO", "comment": "c", "hits": "0", "undefhits": "0", "referencecount": "0",
    }  # fmt: skip
    assert rewriting.put("rewriteaction", {"name": "a", "stringbuilderexpr": '"http"'}).status == 200
    assert rewriting.post("rewriteaction", {"name": "a", "comment": True}, "?action=unset").status == 200
    assert rewriting.post("rewritepolicy", {"name": "p", "rule": "TRUE", "action": "a"}).status == 201
    assert rewriting.rows("rewriteaction/a")[0]["referencecount"] == "1"
    assert rewriting.delete("rewriteaction/a").code == 832
    assert rewriting.post("rewritepolicy", {"name": "p", "newname": "q"}, "?action=rename").status == 200
    assert rewriting.post("rewritepolicy", {"name": "q", "rule": "TRUE", "action": "a"}).code == 3094
    assert rewriting.post("rewritepolicy", {"name": "q", "rule": True}, "?action=unset").code == 3110
    assert rewriting.delete("rewritepolicy/q").status == rewriting.delete("rewriteaction/a").status == 200
    assert rewriting.get("rewriteaction/a").code == 538
    assert rewriting.get("rewritepolicy/q").code == 2054


@pytest.mark.fact("rewrite-objects")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"type": "insert_http_header", "target": "X"}, 1095),
        ({"type": "insert_http_header", "target": "a b", "stringbuilderexpr": '"x"'}, 1097),
        ({"type": "insert_http_header", "target": "X", "stringbuilderexpr": "TRUE"}, 3098),
        ({"type": "replace", "target": "HTTP.REQ.URL"}, 1095),
        ({"type": "replace", "target": "HTTP.REQ.URL.NOTHING", "stringbuilderexpr": '"x"'}, 3081),
        ({"type": "replace_all", "target": "HTTP.RES.BODY(99)", "stringbuilderexpr": '"x"'}, 1095),
        ({"type": "delete_all", "target": "HTTP.RES.BODY(99)", "pattern": "abc", "search": 'text("abc")'}, 1092),
        ({"type": "delete_all", "target": "HTTP.RES.BODY(99)", "pattern": "ab"}, 1107),
        ({"type": "delete_all", "target": "HTTP.RES.BODY(99)", "search": "text(abc)"}, 3081),
        ({"type": "delete_all", "target": "HTTP.RES.BODY(99)", "search": "regex(re/(/)"}, 1137),
        ({"type": "delete_all", "target": "HTTP.RES.BODY(99)", "search": 'patset("none")'}, 2823),
        ({"type": "replace_everything", "target": "HTTP.REQ.URL"}, 1097),
        ({"target": "HTTP.REQ.URL"}, 1095),
    ],
)
def test_incomplete_actions_are_refused(rewriting: Any, row: dict[str, str], code: int) -> None:
    assert rewriting.post("rewriteaction", {"name": "a", **row}).code == code
    assert rewriting.get("rewriteaction/a").code == 538


@pytest.mark.fact("rewrite-undef-action")
def test_only_built_in_actions_for_undefined_results(rewriting: Any) -> None:
    """NOREWRITE, RESET, DROP (command reference, rewrite policy and rewrite param); an unknown action is 538."""
    row = {"name": "p", "rule": "TRUE", "action": "NOREWRITE"}
    action(rewriting, "noop", "HTTP.REQ.URL")
    assert rewriting.post("rewritepolicy", {**row, "undefaction": "a"}).code == 2818
    assert rewriting.post("rewritepolicy", {**row, "action": "none"}).code == 538
    assert rewriting.post("rewritepolicy", {**row, "undefaction": "reset"}).status == 201
    assert rewriting.rows("rewritepolicy/p")[0]["undefaction"] == "RESET"
    assert rewriting.put("rewriteparam", {"undefaction": "NOOP"}).code == 1097
    assert rewriting.put("rewriteparam", {"undefaction": "DROP", "timeout": 100}).status == 200
    assert rewriting.get("rewriteparam").json["rewriteparam"] == {"undefaction": "DROP", "timeout": "100"}
    assert rewriting.post("rewriteparam", {"undefaction": True}, "?action=unset").status == 200
    assert rewriting.get("rewriteparam").json["rewriteparam"]["undefaction"] == "NOREWRITE"


@pytest.mark.fact("rewrite-built-in-actions")
def test_built_in_actions_stay(rewriting: Any) -> None:
    listed = {row["name"]: row for row in rewriting.rows("rewriteaction")}
    assert set(listed) == {"NOREWRITE", "RESET", "DROP"}
    assert rewriting.delete("rewriteaction/NOREWRITE").code == 537
    assert rewriting.put("rewriteaction", {"name": "DROP", "comment": "x"}).code == 537


@pytest.mark.fact("rewrite-bind-points")
def test_bindings_are_listed_where_they_are(rewriting: Any) -> None:
    """At virtual servers, globally with args=type, and by policy (reference; Go SDK)."""
    for name in ("p", "q"):
        assert rewriting.post("rewritepolicy", {"name": name, "rule": "TRUE", "action": "NOREWRITE"}).status == 201
    bind(rewriting, "p", vserver="gateway", at="RESPONSE")
    bind(rewriting, "p", vserver="switch")
    row = {"policyname": "q", "priority": 5, "gotopriorityexpression": "NEXT", "type": "RES_OVERRIDE"}
    assert rewriting.put(GLOBAL, row).status == 201
    assert rewriting.rows(f"{GLOBAL}?args=type:RES_OVERRIDE")[0]["priority"] == "5"
    assert rewriting.rows(GLOBAL) == []
    used = rewriting.rows("rewritepolicy_binding/p")[0]
    assert used["rewritepolicy_vpnvserver_binding"][0]["boundto"] == "RES VSERVER gateway"
    assert used["rewritepolicy_csvserver_binding"][0]["boundto"] == "REQ VSERVER switch"
    assert rewriting.rows("rewritepolicy_rewriteglobal_binding/q")[0]["boundto"] == "GLOBAL RES_OVERRIDE"
    assert rewriting.delete("rewritepolicy/p").code == 810
    assert rewriting.delete(f"{GLOBAL}?args=policyname:q,type:RES_OVERRIDE,priority:5").status == 200
    assert rewriting.delete("rewritepolicy/q").status == 200


@pytest.mark.fact("rewrite-flow")
@pytest.mark.parametrize(
    ("rule", "does", "at", "code"),
    [
        ("HTTP.RES.STATUS.EQ(404)", "NOREWRITE", "REQUEST", 3910),
        ("HTTP.RES.STATUS.EQ(404)", "NOREWRITE", "RESPONSE", 0),
        ("TRUE", "req", "RESPONSE", 3910),
        ("TRUE", "req", "REQUEST", 0),
        ("TRUE", "res", "REQUEST", 3910),
        ("TRUE", "neutral", "REQUEST", 0),
        ("TRUE", "neutral", "RESPONSE", 0),
    ],
)
def test_the_flow_of_a_policy_fits_its_bind_point(rewriting: Any, rule: str, does: str, at: str, code: int) -> None:
    """An action is about requests, responses or both (command reference: flow types); the error is inferred."""
    action(rewriting, "replace", "HTTP.REQ.URL", '"/x"', name="req")
    action(rewriting, "replace_http_res", '"HTTP/1.1 200 OK\\r\\n\\r\\n"', name="res")
    action(rewriting, "delete_http_header", "X", name="neutral")
    assert rewriting.post("rewritepolicy", {"name": "p", "rule": rule, "action": does}).status == 201
    row = {"name": "web", "policyname": "p", "priority": 1, "bindpoint": at}
    answer = rewriting.post("lbvserver_rewritepolicy_binding", row)
    assert (answer.code if answer.body else 0) == code


@pytest.mark.fact("rewrite-protocols")
@pytest.mark.parametrize(
    ("rule", "does", "code"),
    [
        ("HTTP.REQ.IS_VALID", "NOREWRITE", 3119),
        ("TRUE", "header", 3119),
        ("TRUE", "url", 3119),
        ("CLIENT.IP.SRC.EQ(192.0.2.1)", "NOREWRITE", 0),
    ],
)
def test_policies_about_http_need_http(rewriting: Any, rule: str, does: str, code: int) -> None:
    """HTTP and SSL virtual servers only (product page: binding a rewrite policy; error list 3119)."""
    for type_, port in (("TCP", 81), ("SSL", 82)):
        row = {"name": type_, "servicetype": type_, "ipv46": "192.0.2.1", "port": port}
        assert rewriting.post("lbvserver", row).status == 201
    action(rewriting, "delete_http_header", "X", name="header")
    action(rewriting, "replace", "HTTP.REQ.URL", '"/x"', name="url")
    assert rewriting.post("rewritepolicy", {"name": "p", "rule": rule, "action": does}).status == 201
    bound = {"policyname": "p", "priority": 1, "bindpoint": "REQUEST"}
    answer = rewriting.post("lbvserver_rewritepolicy_binding", {"name": "TCP", **bound})
    assert (answer.code if answer.body else 0) == code
    assert rewriting.post("lbvserver_rewritepolicy_binding", {"name": "SSL", **bound}).status == 201


@pytest.mark.fact("rewrite-licence")
def test_without_a_licence_nothing_is_configured(lab: Any) -> None:
    """356 (error list); with the feature disabled the warning 1067 (guide, error handling)."""
    row = {"name": "a", "type": "delete_http_header", "target": "X"}
    assert lab.box("bare").post("rewriteaction", row).code == 356
    assert lab.box().post("rewriteaction", row, "?warning=yes").status == 209


# Requests


@pytest.mark.fact("rewrite-headers")
def test_headers_of_requests(lab: Any, rewriting: Any) -> None:
    """insert, delete and corrupt, each of all instances; MY_HEADER becomes MHEY_ADER (command reference, rewrite action)."""
    action(rewriting, "insert_http_header", "X-Client", '"from " + CLIENT.IP.SRC + HTTP.REQ.HEADER("None").VALUE(0)')
    action(rewriting, "delete_http_header", "x-secret", name="b")
    action(rewriting, "corrupt_http_header", "MY_HEADER", name="c")
    for number, name in enumerate("abc"):
        policy(rewriting, name=f"p{name}", does=name, priority=number + 1, goto="NEXT")
    lines = received(lab, X_Secret="1", MY_HEADER="2", Connection="keep-alive")
    assert lines[0] == f"GET {ECHO} HTTP/1.1"
    assert "X-Client: from 127.0.0.1" in lines
    assert not [line for line in lines if line.lower().startswith("x-secret")]
    assert [line for line in lines if line.endswith(": 2")] == ["MY-HEADER: 2"]  # the name differs: it is not corrupted
    assert rewriting.put("rewriteaction", {"name": "c", "target": "MY-HEADER"}).status == 200
    assert [line for line in received(lab, MY_HEADER="2") if line.endswith(": 2")] == ["MHEY-ADER: 2"]


@pytest.mark.fact("rewrite-parts")
@pytest.mark.parametrize(
    ("kind", "target", "text", "sent", "arrived"),
    [
        ("replace", "HTTP.REQ.URL.PREFIX(1)", 'HTTP.REQ.URL.PREFIX(1) + "citrix/"', "/a?b", "/citrix/a?b"),
        ("replace", "HTTP.REQ.URL", '"/x"', "/a?b", "/x"),
        ("replace", "HTTP.REQ.URL.PATH", '"/x"', "/a?b", "/x?b"),
        ("replace", 'HTTP.REQ.URL.QUERY.VALUE("n")', '"2"', "/a?m=1&n=1", "/a?m=2&n=1"),
        ("replace", 'HTTP.REQ.URL.AFTER_STR("?")', '"2"', "/a?a", "/a?2"),
        ("replace", "HTTP.REQ.URL.REGEX_SELECT(re~[0-9]+~)", '"n"', "/a/12/3", "/a/n/3"),
        ("insert_before", "HTTP.REQ.URL.PATH.GET(2)", '"x"', "/a/b/c", "/a/xb/c"),
        ("insert_after", "HTTP.REQ.URL.PATH", '"/end"', "/a?b", "/a/end?b"),
        ("delete", "HTTP.REQ.URL.SUFFIX", None, "/a.php?x", "/a.?x"),
        ("delete", 'HTTP.REQ.URL.BEFORE_STR("/b")', None, "/a/b", "/b"),
        ("noop", "HTTP.REQ.URL", None, "/a", "/a"),
    ],
)  # fmt: skip
def test_parts_of_the_url(
    lab: Any, rewriting: Any, kind: str, target: str, text: str | None, sent: str, arrived: str
) -> None:
    """The examples of the command reference (rewrite action), and the other kinds of actions."""
    action(rewriting, kind, target, text, name="a")
    policy(rewriting, 'HTTP.REQ.HEADER("X-Echo").EXISTS.NOT', goto="NEXT")
    action(rewriting, "insert_http_header", "X-Was", "HTTP.REQ.URL", name="was")
    action(rewriting, "replace", "HTTP.REQ.URL", f'"{ECHO}"', name="echo")
    policy(rewriting, name="p2", does="was", priority=20, goto="NEXT")
    policy(rewriting, name="p3", does="echo", priority=30)
    assert f"X-Was: {arrived}" in received(lab, sent)


@pytest.mark.fact("rewrite-parts")
@pytest.mark.parametrize(
    ("kind", "target", "text", "host"),
    [
        ("insert_before", 'HTTP.REQ.HEADER("host").VALUE(0)', '"india"', "indiasupport.netscaler.com"),
        ("insert_after", "HTTP.REQ.HEADER(\"host\").TYPECAST_LIST_T('.').GET(0)", '"-india"', "support-india.netscaler.com"),
        ("delete", 'HTTP.REQ.HEADER("host").VALUE(0)', None, ""),
        ("replace", "HTTP.REQ.HOSTNAME", '"x\\r\\nEvil: 1"', "xEvil: 1"),
        ("delete_http_header", "Host", None, None),
    ],
)  # fmt: skip
def test_parts_of_a_header(
    lab: Any, rewriting: Any, kind: str, target: str, text: str | None, host: str | None
) -> None:
    """The examples of the command reference (rewrite action). A line end never makes another header."""
    action(rewriting, kind, target, text)
    policy(rewriting)
    lines = received(lab, Host="support.netscaler.com")
    assert [line for line in lines if line.startswith("Host:")] == ([] if host is None else [f"Host: {host}"])
    assert "Evil: 1" not in lines


@pytest.mark.fact("rewrite-parts")
@pytest.mark.parametrize(("instance", "changed"), [(0, "b"), (1, "a"), (2, "")])
def test_instances_of_a_header(lab: Any, rewriting: Any, instance: int, changed: str) -> None:
    """VALUE(0) is the last instance; without such an instance the action is undefined (policy guide 9.2, p. 136)."""
    action(rewriting, "replace", f'HTTP.REQ.HEADER("X").VALUE({instance})', '"new"')
    policy(rewriting)
    connection = lab.vserver("web").connection
    connection.putrequest("GET", ECHO)
    for value in "ab":
        connection.putheader("X", value)
    connection.endheaders()
    lines = connection.getresponse().read().decode().split("\r\n")
    expected = ["new" if value == changed else value for value in "ab"]
    assert [line for line in lines if line.startswith("X:")] == [f"X: {value}" for value in expected]


@pytest.mark.fact("rewrite-stored-only")
def test_what_an_action_makes_is_bounded(lab: Any, rewriting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An action that would make a longer text or header than the simulator takes is undefined."""
    monkeypatch.setattr("simulator.traffic.rewrite_actions.LONGEST", 100)
    action(rewriting, "replace_all", "HTTP.REQ.BODY(100)", f'"{"x" * 20}"', pattern="abc")
    action(rewriting, "insert_http_header", "X-Long", "HTTP.REQ.BODY(100000)", name="b")
    policy(rewriting, goto="NEXT")
    policy(rewriting, name="p2", does="b", priority=20)
    assert lab.vserver("web").ask("POST", ECHO, "abc" * 3).body.endswith(b"x" * 60)
    assert lab.vserver("web").ask("POST", ECHO, "abc" * 30).body.endswith(b"abc" * 30)
    answer = lab.vserver("web").ask("POST", ECHO, "z" * 70_000)
    assert b"X-Long" not in answer.body
    hits = lab.simulator.appliance("gw").state()["nodes"][0]["hits"]
    assert (hits["rewriteaction/a"]["undefhits"], hits["rewriteaction/b"]["undefhits"]) == (2, 1)


@pytest.mark.fact("rewrite-search")
@pytest.mark.parametrize(
    ("kind", "how", "text", "arrived"),
    [
        ("insert_after_all", {"search": "regex(re/z*/)"}, '"!"', "abc-abc-xyz!-12"),
        ("replace_all", {"pattern": "abc"}, '"X"', "X-X-xyz-12"),
        ("replace_all", {"pattern": "re~[a-z]{3}~"}, '"X"', "X-X-X-12"),
        ("delete_all", {"search": 'text("abc-")'}, None, "xyz-12"),
        ("insert_before_all", {"search": "regex(re/[0-9]/)"}, '"#"', "abc-abc-xyz-#1#2"),
        ("insert_after_all", {"search": 'patset("words")'}, '"!"', "abc!-abc!-xyz!-12"),
        ("replace_all", {"search": 'dataset("numbers")'}, '"N"', "abc-abc-xyz-N"),
    ],
)
def test_searches_in_the_body_of_a_request(
    lab: Any, rewriting: Any, kind: str, how: dict[str, str], text: str | None, arrived: str
) -> None:
    """text, regex, patset, dataset, and the older pattern (command reference, rewrite action); Content-Length follows."""
    rewriting.post("policypatset", {"name": "words"})
    rewriting.post("policypatset_pattern_binding", [{"name": "words", "String": word} for word in ("abc", "xyz")])
    rewriting.post("policydataset", {"name": "numbers", "type": "number"})
    rewriting.post("policydataset_value_binding", {"name": "numbers", "value": "12"})
    action(rewriting, kind, "HTTP.REQ.BODY(100)", text, **how)
    policy(rewriting)
    answer = lab.vserver("web").ask("POST", ECHO, "abc-abc-xyz-12")
    head, _, body = answer.body.decode().partition("\r\n\r\n")
    assert body == arrived
    assert f"Content-Length: {len(arrived)}" in head.split("\r\n")
    if "patset" in how.get("search", ""):
        assert rewriting.delete("policypatset/words").code == 2853


@pytest.mark.fact("rewrite-order")
def test_policies_of_all_bind_points_add_their_actions(lab: Any, rewriting: Any) -> None:
    """Global override, the virtual server, global default; rules see the message as received (product page: how rewrite works)."""
    for number, point in enumerate(("REQ_DEFAULT", "web", "REQ_OVERRIDE")):
        name = f"p{number}"
        action(rewriting, "insert_http_header", "X-Point", f'"{point}"', name=name)
        row = {"name": name, "rule": 'HTTP.REQ.HEADER("X-Point").EXISTS.NOT', "action": name}
        assert rewriting.post("rewritepolicy", row).status == 201
        if point == "web":
            bind(rewriting, name, goto="NEXT")
        else:
            bound = {"policyname": name, "priority": 1, "gotopriorityexpression": "NEXT", "type": point}
            assert rewriting.post(GLOBAL, bound).status == 201
    lines = [line for line in received(lab) if line.startswith("X-Point")]
    assert lines == ["X-Point: REQ_OVERRIDE", "X-Point: web", "X-Point: REQ_DEFAULT"]


@pytest.mark.fact("rewrite-order")
def test_goto_and_labels(lab: Any, rewriting: Any) -> None:
    """END ends a bank, NEXT and numbers go on, a label adds its own policies (command reference, bind rewrite global)."""
    for name in "abcd":
        action(rewriting, "insert_http_header", "X", f'"{name}"', name=name)
        assert rewriting.post("rewritepolicy", {"name": name, "rule": "TRUE", "action": name}).status == 201
    assert rewriting.post("rewritepolicylabel", {"labelname": "l", "transform": "http_req"}).status == 201
    bound = {"labelname": "l", "policyname": "d", "priority": 1, "gotopriorityexpression": "END"}
    assert rewriting.post("rewritepolicylabel_rewritepolicy_binding", bound).status == 201
    assert rewriting.rows("rewritepolicylabel/l")[0]["numpol"] == 1
    row = {"name": "web", "policyname": "a", "priority": 10, "gotopriorityexpression": "30", "bindpoint": "REQUEST",
           "invoke": True, "labeltype": "policylabel", "labelname": "l"}  # fmt: skip
    assert rewriting.post("lbvserver_rewritepolicy_binding", {**row, "labelname": "none"}).code == 3087
    assert rewriting.post("lbvserver_rewritepolicy_binding", row).status == 201
    bind(rewriting, "b", priority=20, goto="NEXT")
    bind(rewriting, "c", priority=30)
    assert [line for line in received(lab) if line.startswith("X:")] == ["X: a", "X: d", "X: c"]
    assert rewriting.delete("rewritepolicylabel/l").code == 1070
    hits = lab.simulator.appliance("gw").state()["nodes"][0]["hits"]
    assert {name: hits[f"rewritepolicy/{name}"]["hits"] for name in "acd"} == dict.fromkeys("acd", 1)
    assert "rewritepolicy/b" not in hits


@pytest.mark.fact("rewrite-after-responder")
def test_responder_comes_first(lab: Any, rewriting: Any) -> None:
    """A request that responder answers is not rewritten; responder sees the request as received (product page: rewrite and responder)."""
    action(rewriting, "replace", "HTTP.REQ.URL", '"/forbidden"')
    policy(rewriting, 'HTTP.REQ.URL.EQ("/a")')
    rewriting.post("responderaction", {"name": "no", "type": "respondwith", "target": '"HTTP/1.1 403 No\\r\\n\\r\\n"'})
    rule = 'HTTP.REQ.URL.EQ("/forbidden") || HTTP.REQ.URL.EQ("/b")'
    rewriting.post("responderpolicy", {"name": "r", "rule": rule, "action": "no"})
    rewriting.post(
        "responderglobal_responderpolicy_binding", {"policyname": "r", "priority": 1, "type": "REQ_OVERRIDE"}
    )
    assert lab.vserver("web").ask("GET", "/a").status == 404
    assert lab.vserver("web").ask("GET", "/b").status == 403
    hits = lab.simulator.appliance("gw").state()["nodes"][0]["hits"]
    assert hits["rewritepolicy/p"] == {"hits": 1}


@pytest.mark.fact("rewrite-built-in-actions", "rewrite-undef-action")
@pytest.mark.parametrize("undefined", [False, True], ids=["action", "undefaction"])
def test_norewrite_and_reset(lab: Any, rewriting: Any, undefined: bool) -> None:
    """The built-in actions, as the action of a policy or for its undefined result (command reference)."""
    rule = 'HTTP.REQ.HEADER("X").B64DECODE.EQ("x")' if undefined else "TRUE"
    more = {"undefaction": "RESET"} if undefined else {}
    assert rewriting.post("rewritepolicy", {"name": "p", "rule": rule, "action": "NOREWRITE" if undefined else "RESET", **more}).status == 201  # fmt: skip
    bind(rewriting, "p")
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        lab.vserver("web").ask("GET", "/", X="!")
    change = {"undefaction": "NOREWRITE"} if undefined else {"action": "NOREWRITE"}
    assert rewriting.put("rewritepolicy", {"name": "p", **change}).status == 200
    assert lab.vserver("web").ask("GET", "/", X="!").status == 200
    field = "undefhits" if undefined else "hits"
    assert rewriting.rows("rewritepolicy/p")[0][field] == "2"
    assert rewriting.ask("GET", "/nitro/v1/stat/rewritepolicy/p").json["rewritepolicy"][0][f"pipolicy{field}"] == "2"


@pytest.mark.fact("rewrite-undef-action")
def test_an_undefined_action_is_not_carried_out(lab: Any, rewriting: Any) -> None:
    """The others are (vendor's blog on UNDEF, 2010); the action counts an undefined hit, the policy a hit."""
    action(rewriting, "insert_http_header", "X-Decoded", 'HTTP.REQ.HEADER("X").B64DECODE')
    action(rewriting, "replace", 'HTTP.REQ.HEADER("Missing")', '"x"', name="b")
    action(rewriting, "insert_http_header", "X-Last", '"1"', name="c")
    for number, name in enumerate("abc"):
        policy(rewriting, name=f"p{name}", does=name, priority=number + 1, goto="NEXT")
    lines = received(lab, X="!")
    assert "X-Last: 1" in lines
    assert not [line for line in lines if line.startswith(("X-Decoded", "Missing"))]
    hits = lab.simulator.appliance("gw").state()["nodes"][0]["hits"]
    assert hits["rewriteaction/a"] == hits["rewriteaction/b"] == {"undefhits": 1}
    assert hits["rewriteaction/c"] == hits["rewritepolicy/pa"] == {"hits": 1}


@pytest.mark.fact("rewrite-see-each-other", "rewrite-undef-keeps-actions")
@pytest.mark.parametrize("see", ["rewritten", "original"])
@pytest.mark.parametrize("keeps", [False, True])
def test_open_points_of_lists_of_actions(with_switches: Callable[..., Any], see: str, keeps: bool) -> None:
    lab = with_switches(rewrite_actions_see=see, rewrite_undef_keeps_actions=keeps)
    box = enabled(lab)
    action(box, "replace", 'HTTP.REQ.HEADER("X")', '"1"')  # fmt: skip
    action(box, "replace", 'HTTP.REQ.HEADER("X")', 'HTTP.REQ.HEADER("X") + "2"', name="b")  # fmt: skip
    policy(box, name="pa", does="a", priority=1, goto="NEXT")
    policy(box, name="pb", does="b", priority=2, goto="NEXT")
    assert f"X: {'12' if see == 'rewritten' else '1'}" in received(lab, X="0")
    policy(box, 'HTTP.REQ.HEADER("Y").B64DECODE.EQ("x")', name="pc", does="NOREWRITE", priority=3)
    assert ("X: 0" in received(lab, X="0", Y="!")) is not keeps


@pytest.mark.fact("rewrite-drop")
def test_drop_gives_no_answer(with_switches: Callable[..., Any]) -> None:
    lab = with_switches(drop_seconds=0.05)
    box = enabled(lab)
    policy(box, does="DROP")
    with pytest.raises(http.client.RemoteDisconnected):
        lab.vserver("web").ask("GET", "/")
    policy(box, does="DROP", name="q", at="RESPONSE", vserver="switch")
    with pytest.raises(http.client.RemoteDisconnected):
        lab.vserver("switch").ask("GET", "/")


# Responses


@pytest.mark.fact("rewrite-responses")
def test_headers_of_responses(lab: Any, rewriting: Any) -> None:
    """The well-known uses: a header for the browser, and no Server header."""
    action(rewriting, "insert_http_header", "Strict-Transport-Security", '"max-age=" + HTTP.RES.STATUS')
    action(rewriting, "delete_http_header", "Server", name="b")
    policy(rewriting, "HTTP.RES.IS_VALID", at="RESPONSE", goto="NEXT")
    policy(rewriting, 'HTTP.RES.HEADER("Server").CONTAINS("nginx")', name="p2", does="b", at="RESPONSE", priority=20)
    answer = lab.vserver("web").ask("GET", "/nothing")
    assert answer.header("Strict-Transport-Security") == "max-age=404"
    assert answer.header("Server") is None
    assert int(answer.header("Content-Length")) == len(answer.body) > 0


@pytest.mark.fact("rewrite-responses")
def test_the_body_and_the_whole_response(lab: Any, rewriting: Any) -> None:
    """replace_all in the body, replace, and replace_http_res (command reference, rewrite action)."""
    action(rewriting, "replace_all", "HTTP.RES.BODY(1000)", '"NetScaler"', search='text("load balancer")')
    policy(rewriting, "HTTP.RES.STATUS.EQ(200)", at="RESPONSE")
    answer = lab.vserver("web").ask("GET", "/")
    assert b"behind the NetScaler" in answer.body
    assert int(answer.header("Content-Length")) == len(answer.body)
    text = '"HTTP/1.1 503 Closed\\r\\nX-For: " + HTTP.REQ.URL + "\\r\\n\\r\\nlater"'
    action(rewriting, "replace_http_res", text, name="b")
    policy(rewriting, "HTTP.RES.STATUS.EQ(404)", name="p2", does="b", at="RESPONSE", priority=20)
    answer = lab.vserver("web").ask("GET", "/nothing")
    assert (answer.status, answer.reason, answer.body, answer.header("X-For")) == (503, "Closed", b"later", "/nothing")


@pytest.mark.fact("rewrite-responses")
def test_pages_of_a_gateway(lab: Any, rewriting: Any) -> None:
    """A script that is injected into the log-on page, which a hunt looks for; the access log has the rewritten request."""
    action(rewriting, "insert_after", 'HTTP.RES.BODY(500).SUBSTR("<head>")', '"<script src=//x></script>"')
    action(rewriting, "replace", "HTTP.REQ.URL", '"/vpn/index.html"', name="b")
    policy(rewriting, at="AAA_RESPONSE", vserver="gateway")
    policy(rewriting, 'HTTP.REQ.URL.EQ("/portal")', name="p2", does="b", at="AAA_REQUEST", vserver="gateway")
    answer = lab.vserver("gateway").ask("GET", "/portal")
    assert answer.status == 200
    assert b"<html><head><script src=//x></script><title>" in answer.body
    row = rewriting.rows("systemfile/httpaccess.log?args=filelocation:%2Fvar%2Flog")[0]
    assert b'"GET /vpn/index.html HTTP/1.1" 200' in base64.b64decode(row["filecontent"])


@pytest.mark.fact("gateway-answers-rewritten")
@pytest.mark.parametrize("position", [True, False])
def test_answers_that_a_gateway_makes_itself(with_switches: Callable[..., Any], position: bool) -> None:
    lab = with_switches(gateway_answers_rewritten=position)
    box = enabled(lab)
    action(box, "insert_http_header", "X-Added", '"1"')
    policy(box, at="AAA_RESPONSE", vserver="gateway")
    answer = lab.vserver("gateway").ask("GET", "/")
    assert answer.status == 302
    assert answer.header("X-Added") == ("1" if position else None)
    assert lab.vserver("gateway").ask("GET", "/vpn/index.html").header("X-Added") == "1"


@pytest.mark.fact("feature-disabled-no-effect")
def test_a_disabled_feature_rewrites_nothing(lab: Any, rewriting: Any) -> None:
    action(rewriting, "insert_http_header", "X-Added", '"1"')
    policy(rewriting, at="RESPONSE")
    assert lab.vserver("web").ask("GET", "/").header("X-Added") == "1"
    rewriting.post("nsfeature", {"feature": ["REWRITE"]}, "?action=disable")
    assert lab.vserver("web").ask("GET", "/").header("X-Added") is None


@pytest.mark.fact("rewrite-log-line")
def test_log_actions(lab: Any, rewriting: Any) -> None:
    """The line of a public sample: default REWRITE Message."""
    rewriting.post(
        "auditmessageaction", {"name": "m", "loglevel": "ALERT", "stringbuilderexpr": '"seen " + HTTP.REQ.URL'}
    )
    policy(rewriting, does="NOREWRITE", logaction="m")
    lab.vserver("web").ask("GET", "/")
    row = rewriting.rows("systemfile/ns.log?args=filelocation:%2Fvar%2Flog")[0]
    assert re.search(rb' : default REWRITE Message \d+ 0 :  "seen /"\n', base64.b64decode(row["filecontent"]))


# What is only stored


@pytest.mark.fact("rewrite-stored-only")
def test_what_is_not_evaluated_is_named(lab: Any, rewriting: Any) -> None:
    """It is accepted, stored, without effect on traffic, and listed in the state of the appliance."""
    action(rewriting, "insert_http_header", "X", "SYS.HTTP_CALLOUT(c)")
    action(rewriting, "replace", "HTTP.REQ.FULL_HEADER", '"x"', name="b")
    action(rewriting, "delete_all", "HTTP.RES.BODY(9)", name="c", search="xpath(xp%/a/b%)")
    action(rewriting, "replace_all", "HTTP.RES.BODY(9)", 'TARGET.BEFORE_STR(",")', name="d", search='text("abc")')
    action(rewriting, "insert_sip_header", "X", '"x"', name="e")
    action(rewriting, "insert_http_header", "X-Last", '"1"', name="f")
    for number, name in enumerate("abf"):
        policy(rewriting, name=f"p{name}", does=name, priority=number + 1, goto="NEXT")
    policy(rewriting, "CLIENT.UDP.DNS.IS_A", name="q", does="f", priority=50)
    lines = received(lab)
    assert lines[0] == f"GET {ECHO} HTTP/1.1"
    assert [line for line in lines if line.startswith("X")] == ["X-Last: 1"]
    named = lab.simulator.appliance("gw").state()["nodes"][0]["not_evaluated"]
    assert [line.partition(":")[0] for line in named] == [
        "rewritepolicy/q",
        *(f"rewriteaction/{name}" for name in "abcde"),
    ]
    assert "SYS.HTTP_CALLOUT" in named[1]


@pytest.mark.fact("rewrite-stored-only")
def test_a_rule_without_a_definite_result_is_an_error(lab: Any, rewriting: Any) -> None:
    policy(rewriting, "SYS.RANDOM.LT(0.5)", does="NOREWRITE")
    answer = lab.vserver("web").ask("GET", "/")
    assert answer.status == 500
    assert b"no definite result" in answer.body


@pytest.mark.fact("rewrite-ns-conf")
def test_the_lines_of_ns_conf(rewriting: Any) -> None:
    """The commands of the command reference, which the simulator reads again (see the property of random writes)."""
    action(rewriting, "insert_http_header", "X-Forwarded-Proto", '"https"')
    action(rewriting, "replace_all", "HTTP.RES.BODY(9)", '"x"', name="b", search='text("a b")')
    policy(rewriting, at="REQUEST")
    text = rewriting.rows("nsrunningconfig")["response"]  # type: ignore[call-overload]
    for line in (
        'add rewrite action a insert_http_header X-Forwarded-Proto "\\"https\\""',
        'add rewrite action b replace_all "HTTP.RES.BODY(9)" "\\"x\\"" -search "text(\\"a b\\")"',
        "add rewrite policy p TRUE a",
        "bind lb vserver web -policyName p -priority 10 -gotoPriorityExpression END -type REQUEST",
    ):
        assert f"\n{line}\n" in text


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("abcabc", ["bc", "ab", "abc"], ["abc", "abc"]),
        ("aaaaa", ["aa", "a", ""], ["aa", "aa", "a"]),
        ("xbay", ["ay", "ba"], ["ba"]),
        ("x", ["y"], []),
    ],
)
def test_the_words_of_a_set_in_a_text(text: str, words: list[str], found: list[str]) -> None:
    """The first one, at one place the longest one, without overlaps."""
    assert [text[low:high] for low, high in rewrite_actions.words_in(text, words)] == found


def test_a_word_is_looked_for_again_only_behind_a_match() -> None:
    """Not at each match of another word: a large set would need the square of its time."""
    looked = []

    class Text(str):
        __slots__ = ()

        def find(self, word: str, *place: int) -> int:  # type: ignore[override]
            looked.append(word)
            return super().find(word, *place)

    words = ["a", *(f"missing {number}" for number in range(100))]
    assert len(rewrite_actions.words_in(Text("a" * 1000), words)) == 1000
    assert len(looked) <= 1200
