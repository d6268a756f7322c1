# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests at virtual servers: CVE-2019-19781, responder policies, hits, logs, sessions."""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Callable
from typing import Any

import pytest

CHECK = "/vpn/../vpns/cfg/smb.conf"
VARIANTS = [
    CHECK,
    "/vpn/js/%2e./.%2e/%76pns/cfg/smb.conf",
    "/vpn/../%76%70%6e%73/cfg/smb.conf",
    "/vpn/%2e%2e/vpns/cfg/smb.conf",
]


def policy(
    box: Any, rule: str, action: str, *, name: str = "p", priority: int = 10, point: str = "REQ_OVERRIDE", **more: Any
) -> None:
    assert box.post("responderpolicy", {"name": name, "rule": rule, "action": action, **more}).status == 201
    bound = {"policyname": name, "priority": priority, "type": point, "gotopriorityexpression": "END"}
    assert box.post("responderglobal_responderpolicy_binding", bound).status == 201


def respond(box: Any, name: str, target: str, kind: str = "respondwith", **more: Any) -> None:
    assert box.post("responderaction", {"name": name, "type": kind, "target": target, **more}).status == 201


@pytest.mark.fact("cve-2019-19781-file", "cve-2019-19781-encoded")
@pytest.mark.parametrize("vserver", ["gateway", "aaa"])
@pytest.mark.parametrize("target", VARIANTS)
def test_unmitigated_builds_give_the_harmless_file(lab: Any, vserver: str, target: str) -> None:
    """200 with [global], Apache's headers (public checks for CVE-2019-19781; honeypot notes)."""
    answer = lab.vserver(vserver).ask("GET", target)
    assert (answer.status, answer.reason) == (200, "OK")
    assert answer.body.startswith(b"[global]")
    assert len(answer.body) == 0x53
    assert answer.header("ETag") == '"53-5986dd42b0680"'
    assert answer.header("Last-Modified") == "Thu, 28 Nov 2019 20:19:22 GMT"
    assert answer.header("Server") == "Apache"


@pytest.mark.fact("cve-2019-19781-403")
def test_unmitigated_directory_is_apaches_403(lab: Any) -> None:
    """The body that CISA's check reports as vulnerable."""
    answer = lab.vserver("gateway").ask("GET", "/vpn/../vpns/")
    assert answer.status == 403
    assert b"You don't have permission to access /vpns/" in answer.body


@pytest.mark.fact("cve-2019-19781-rule", "cve-2019-19781-empty-403")
@pytest.mark.parametrize("target", [*VARIANTS, "/vpn/../vpns/"])
def test_the_published_rule_blocks(lab: Any, mitigate: Callable[..., None], target: str) -> None:
    """403 with an empty body and no Server header: the action's text and nothing else (CTX267679)."""
    mitigate(lab.box())
    answer = lab.vserver("gateway").ask("GET", target)
    assert (answer.status, answer.reason, answer.body, answer.headers) == (403, "Forbidden", b"", [])
    assert lab.vserver("gateway").ask("GET", "/vpn/index.html").status == 200


@pytest.mark.fact("cve-2019-19781-fixed")
def test_fixed_builds_answer_404(lab: Any) -> None:
    """13.0-47.24 is fixed (bulletin CTX267027)."""
    lab.simulator.appliance("gw").upgrade("13.0 47.24")
    assert lab.vserver("gateway").ask("GET", CHECK).status == 404


@pytest.mark.fact("cve-2019-19781-121")
@pytest.mark.parametrize(
    ("build", "works"),
    [("12.1 50.28", False), ("12.1 50.31", True), ("12.1 51.14", False), ("12.1 51.16", True), ("12.1 51.18", False),
     ("12.1 51.19", True), ("12.0 62.10", True), ("13.0 47.22", True)],
)  # fmt: skip
def test_builds_on_which_the_rule_does_nothing(
    lab: Any, mitigate: Callable[..., None], build: str, works: bool
) -> None:
    """12.1 before 51.16/51.19 and 50.31 do not evaluate responder policies at VPN vservers; not monotonic (CTX267679)."""
    lab.simulator.appliance("pair").upgrade(build)
    mitigate(lab.box("pair"))
    assert (lab.vserver("gateway", "pair").ask("GET", CHECK).status == 403) is works


@pytest.mark.fact("feature-disabled-no-effect")
def test_a_disabled_feature_does_nothing(lab: Any, mitigate: Callable[..., None]) -> None:
    """Bound policies of a disabled feature have no effect (product docs)."""
    box = lab.box()
    mitigate(box)
    box.post("nsfeature", {"feature": ["RESPONDER"]}, "?action=disable")
    assert lab.vserver("gateway").ask("GET", CHECK).status == 200
    box.post("nsfeature", {"feature": ["RESPONDER"]}, "?action=enable")
    assert lab.vserver("gateway").ask("GET", CHECK).status == 403


@pytest.mark.fact("cve-2019-19781-session", "gateway-session")
def test_a_user_with_a_session_passes(lab: Any, mitigate: Callable[..., None]) -> None:
    """With a session /vpns/ is accessible, unless there is a /../ (the rule of CTX267679)."""
    mitigate(lab.box())
    cookie = lab.simulator.appliance("gw").session("gateway")
    user = lab.vserver("gateway", Cookie=cookie)
    assert user.ask("GET", "/vpns/portal/homepage.html").status == 200
    assert user.ask("GET", CHECK).status == 403
    assert lab.vserver("gateway").ask("GET", "/vpns/portal/homepage.html").status == 403


@pytest.mark.fact("logon-pages")
def test_legitimate_gateway_pages(lab: Any) -> None:
    """The log-on pages, and the redirect of requests that need a session."""
    client = lab.vserver("gateway")
    answer = client.ask("GET", "/")
    assert (answer.status, answer.header("Location")) == (302, "/vpn/index.html")
    for target in ("/vpn/index.html", "/logon/LogonPoint/index.html", "/vpn/js/rdx/core/lang/rdx_en.json.gz"):
        assert client.ask("GET", target).status == 200
    assert client.ask("GET", "/vpns/portal/homepage.html").status == 302
    assert client.ask("GET", "/vpn/nothing").status == 404


@pytest.mark.fact("lb-forwards")
def test_back_ends(lab: Any) -> None:
    """A load balancing or content switching vserver forwards to its own back end."""
    for name in ("web", "switch"):
        client = lab.vserver(name)
        assert client.ask("GET", "/").status == 200
        answer = client.ask("GET", CHECK)
        assert (answer.status, answer.header("Server")) == (404, "nginx/1.16.1")


@pytest.mark.fact("hits-rise")
def test_hits_are_counted(lab: Any, mitigate: Callable[..., None]) -> None:
    """hits rises with each matching request, for the policy and its action (NITRO reference)."""
    box = lab.box()
    mitigate(box)
    client = lab.vserver("gateway")
    for target in (CHECK, "/", CHECK):
        client.ask("GET", target)
    assert box.rows("responderpolicy/ctx267027")[0]["hits"] == "2"
    assert box.rows("responderaction/respondwith403")[0]["hits"] == "2"
    assert box.ask("GET", "/nitro/v1/stat/responderpolicy/ctx267027").json["responderpolicy"][0]["pipolicyhits"] == "2"


@pytest.mark.fact("statistics-new-object")
def test_a_new_object_has_no_hits(lab: Any, mitigate: Callable[..., None]) -> None:
    """The hits of an earlier object with this name are gone."""
    box = lab.box()
    mitigate(box)
    lab.vserver("gateway").ask("GET", "/vpns/")
    assert box.rows("responderpolicy/ctx267027")[0]["hits"] == "1"
    box.delete("responderglobal_responderpolicy_binding?args=policyname:ctx267027,type:REQ_OVERRIDE")
    for path in ("responderpolicy/ctx267027", "responderaction/respondwith403"):
        assert box.delete(path).status == 200
    mitigate(box)
    assert box.rows("responderpolicy/ctx267027")[0]["hits"] == "0"
    assert box.rows("responderaction/respondwith403")[0]["hits"] == "0"


@pytest.mark.fact("hits-lag")
def test_hits_lag(with_switches: Callable[..., Any], mitigate: Callable[..., None]) -> None:
    """Hits are shown with a delay: a switch."""
    lab = with_switches(counters_lag_seconds=5.0)
    box = lab.box()
    mitigate(box)
    lab.vserver("gateway").ask("GET", CHECK)
    assert box.rows("responderpolicy/ctx267027")[0]["hits"] == "0"
    lab.simulator.appliance("gw").advance(6)
    assert box.rows("responderpolicy/ctx267027")[0]["hits"] == "1"


@pytest.mark.fact("log-line", "messageaction")
def test_log_actions_write_ns_log(lab: Any) -> None:
    """A log action writes a message line into ns.log if user-defined logging is on."""
    box = lab.box()
    text = {
        "name": "l",
        "loglevel": "WARNING",
        "stringbuilderexpr": '"blocked " + HTTP.REQ.URL + " from " + CLIENT.IP.SRC',
    }
    assert box.post("auditmessageaction", text).status == 201
    policy(box, 'HTTP.REQ.URL.CONTAINS("/x")', "NOOP", logaction="l")
    assert lab.vserver("web").ask("GET", "/x").status == 404
    row = box.rows("systemfile/ns.log?args=filelocation:%2Fvar%2Flog")[0]
    (line,) = re.findall(".*RESPONDER.*", base64.b64decode(row["filecontent"]).decode())
    message = r'01/15/2020:03:00:00 GMT gw1 0-PPE-0 : default RESPONDER Message \d+ 0 :  "blocked /x from 127\.0\.0\.1"'
    assert re.fullmatch(rf"Jan 15 03:00:00 <local0\.warn> 127\.21\.0\.11  {message}", line)
    assert box.rows("auditmessageaction/l")[0]["hits"] == "1"
    box.put("auditsyslogparams", {"userdefinedauditlog": "NO"})
    lab.vserver("web").ask("GET", "/x")
    text = box.rows("systemfile/ns.log?args=filelocation:%2Fvar%2Flog")[0]["filecontent"]
    assert re.findall(".*RESPONDER.*", base64.b64decode(text).decode()) == [line]


@pytest.mark.fact("redirect-302")
def test_redirect(lab: Any) -> None:
    """302 by default; status and reason can be set (command reference, responder action)."""
    box = lab.box()
    respond(box, "r", '"https://" + HTTP.REQ.HOSTNAME + HTTP.REQ.URL', "redirect")
    policy(box, 'HTTP.REQ.URL.STARTSWITH("/old")', "r")
    answer = lab.vserver("web").ask("GET", "/old?x=1", Host="example.com")
    assert (answer.status, answer.header("Location")) == (302, "https://example.com/old?x=1")
    box.put("responderaction", {"name": "r", "responsestatuscode": 301, "reasonphrase": '"Gone over there"'})
    answer = lab.vserver("web").ask("GET", "/old")
    assert (answer.status, answer.reason) == (301, "Gone over there")


@pytest.mark.fact("respondwith-raw")
def test_respondwith_is_sent_to_the_byte(lab: Any) -> None:
    """The target's text is the raw response, with its own headers and body."""
    box = lab.box()
    respond(box, "r", '"HTTP/1.1 200 Fine\\r\\nX-Marker: abc\\r\\nContent-Length: 5\\r\\n\\r\\nhello"')
    policy(box, "TRUE", "r")
    client = lab.vserver("web")
    for _ in range(2):  # with Content-Length the connection stays open
        answer = client.ask("GET", "/anything")
        assert (answer.reason, answer.headers, answer.body) == (
            "Fine",
            [("X-Marker", "abc"), ("Content-Length", "5")],
            b"hello",
        )


@pytest.mark.fact("reset-and-drop", "drop-held")
def test_reset_and_drop(with_switches: Callable[..., Any]) -> None:
    """RESET closes with a TCP reset, DROP sends nothing (command reference)."""
    lab = with_switches(drop_seconds=0.1)
    box = lab.box()
    policy(box, 'HTTP.REQ.URL.EQ("/reset")', "RESET")
    policy(box, 'HTTP.REQ.URL.EQ("/drop")', "DROP", name="q", priority=20)
    with pytest.raises(ConnectionResetError):
        lab.vserver("web").ask("GET", "/reset")
    with pytest.raises(http.client.RemoteDisconnected):
        lab.vserver("web").ask("GET", "/drop")
    assert lab.vserver("web").ask("GET", "/").status == 200


@pytest.mark.fact("order-of-points")
def test_order_of_bind_points(lab: Any) -> None:
    """Global override, then the vserver's own, then global default (policy guide 9.2)."""
    box = lab.box()
    for name in ("one", "two", "three"):
        respond(box, name, f'"HTTP/1.1 200 {name}\\r\\n\\r\\n"')
    policy(box, "TRUE", "three", name="p3", point="REQ_DEFAULT")
    assert lab.vserver("web").ask("GET", "/").reason == "three"
    box.post("responderpolicy", {"name": "p2", "rule": "TRUE", "action": "two"})
    box.post("lbvserver_responderpolicy_binding", {"name": "web", "policyname": "p2", "priority": 1})
    assert lab.vserver("web").ask("GET", "/").reason == "two"
    policy(box, "TRUE", "one", name="p1")
    assert lab.vserver("web").ask("GET", "/").reason == "one"
    assert lab.vserver("switch").ask("GET", "/").reason == "one"


@pytest.mark.fact("end-and-later-points")
@pytest.mark.parametrize("skips", [False, True])
def test_end_and_later_banks(with_switches: Callable[..., Any], skips: bool) -> None:
    """END may end later bind points too: the policy guide contradicts itself."""
    lab = with_switches(end_skips_later_banks=skips)
    box = lab.box()
    respond(box, "r", '"HTTP/1.1 200 later\\r\\n\\r\\n"')
    policy(box, "TRUE", "NOOP", name="first")
    policy(box, "TRUE", "r", name="later", point="REQ_DEFAULT")
    assert (lab.vserver("web").ask("GET", "/").reason == "later") is not skips


@pytest.mark.fact("gateway-points")
@pytest.mark.parametrize(
    ("position", "point", "blocked"),
    [("split", "AAA_REQUEST", True), ("split", "REQUEST", False), ("request", "REQUEST", True),
     ("request", "AAA_REQUEST", False), ("both", "REQUEST", True), ("both", "AAA_REQUEST", True)],
)  # fmt: skip
def test_bind_points_of_a_gateway(with_switches: Callable[..., Any], position: str, point: str, blocked: bool) -> None:
    """The bind point for unauthenticated requests is open (CTX693187 and CTX477121 disagree)."""
    lab = with_switches(gateway_bind_points=position)
    box = lab.box()
    respond(box, "r", '"HTTP/1.1 403 no\\r\\n\\r\\n"')
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "r"})
    row = {"name": "gateway", "policy": "p", "priority": 1, "bindpoint": point}
    assert box.post("vpnvserver_responderpolicy_binding", row).status == 201
    assert (lab.vserver("gateway").ask("GET", "/vpn/index.html").status == 403) is blocked


@pytest.mark.fact("language-goto")
@pytest.mark.parametrize(
    ("goto", "second", "undefined"),
    [("NEXT", "1", "0"), ("END", "0", "0"), ("20", "1", "0"), ("99", "0", "0"), ("15", "0", "1")],
)
def test_goto(lab: Any, goto: str, second: str, undefined: str) -> None:
    """NEXT, END, a priority; a larger one than all ends, one between two is undefined (command reference, responder global; guide p. 35)."""
    box = lab.box()
    for name, priority, where in (("first", 10, goto), ("second", 20, "END")):
        assert box.post("responderpolicy", {"name": name, "rule": "TRUE", "action": "NOOP"}).status == 201
        bound = {"policyname": name, "priority": priority, "type": "REQ_OVERRIDE", "gotopriorityexpression": where}
        assert box.post("responderglobal_responderpolicy_binding", bound).status == 201
    assert lab.vserver("web").ask("GET", "/").status == 200
    assert box.rows("responderpolicy/first")[0]["undefhits"] == undefined
    assert box.rows("responderpolicy/second")[0]["hits"] == second


@pytest.mark.fact("invoke")
def test_labels_are_invoked(lab: Any) -> None:
    """A policy label is evaluated at its invocation (command reference, responder global)."""
    box = lab.box()
    respond(box, "r", '"HTTP/1.1 403 label\\r\\n\\r\\n"')
    box.post("responderpolicylabel", {"labelname": "l"})
    box.post("responderpolicy", {"name": "inner", "rule": "TRUE", "action": "r"})
    box.post("responderpolicylabel_responderpolicy_binding", {"labelname": "l", "policyname": "inner", "priority": 1})
    box.post("responderpolicy", {"name": "outer", "rule": 'HTTP.REQ.URL.CONTAINS("x")', "action": "NOOP"})
    bound = {
        "policyname": "outer",
        "priority": 1,
        "type": "REQ_OVERRIDE",
        "invoke": True,
        "labeltype": "policylabel",
        "labelname": "l",
    }
    assert box.post("responderglobal_responderpolicy_binding", bound).status == 201
    assert lab.vserver("web").ask("GET", "/x").reason == "label"
    assert lab.vserver("web").ask("GET", "/").status == 200


@pytest.mark.fact("undefined-result")
def test_undefined_results(lab: Any) -> None:
    """A policy with an undefined result: its undefaction, else that of responderparam (blog on UNDEF; command reference)."""
    box = lab.box()
    policy(box, 'HTTP.REQ.HEADER("X-N").TYPECAST_NUM_T(DECIMAL).EQ(1)', "NOOP", undefaction="RESET")
    with pytest.raises(ConnectionResetError):
        lab.vserver("web").ask("GET", "/", X_N="abc")
    assert box.rows("responderpolicy/p")[0]["undefhits"] == "1"
    box.post("responderpolicy", {"name": "p", "undefaction": True}, "?action=unset")
    assert lab.vserver("web").ask("GET", "/", X_N="abc").status == 200


@pytest.mark.fact("rules-see-sets")
def test_pattern_sets_in_rules(lab: Any) -> None:
    """A rule uses the current entries of the set; patterns are case-sensitive (policy guide)."""
    box = lab.box()
    box.post("policypatset", {"name": "bad"})
    box.post("policypatset_pattern_binding", {"name": "bad", "String": "/evil"})
    policy(box, 'HTTP.REQ.URL.CONTAINS_ANY("bad")', "RESET")
    assert lab.vserver("web").ask("GET", "/EVIL").status == 404
    with pytest.raises(ConnectionResetError):
        lab.vserver("web").ask("GET", "/evil")
    box.delete("policypatset_pattern_binding/bad?args=String:%2Fevil")
    assert lab.vserver("web").ask("GET", "/evil").status == 404


@pytest.mark.fact("vserver-rename")
def test_a_renamed_vserver_still_answers(lab: Any) -> None:
    """Clients reach a virtual server by its address; a rename changes nothing for them."""
    box = lab.box()
    policy(box, "TRUE", "NOOP")
    assert box.post("lbvserver", {"name": "web", "newname": "shop"}, "?action=rename").status == 200
    assert lab.vserver("web").ask("GET", "/").status == 200
    assert box.ask("GET", "/nitro/v1/stat/lbvserver/shop").json["lbvserver"][0]["totalrequests"] == "1"


@pytest.mark.fact("raw-target")
def test_raw_targets_reach_the_policies(lab: Any) -> None:
    """Byte-exact: the request is not normalised or decoded before the rule."""
    box = lab.box()
    respond(box, "echo", '"HTTP/1.1 200 OK\\r\\n\\r\\n" + HTTP.REQ.URL')
    policy(box, "TRUE", "echo")
    for target in ("/vpn/../vpns/", "/vpn/js/%2e./.%2e/%76pns/cfg/smb.conf", "//a//./b?x=%zz&y=<>", "/%252576"):
        assert lab.vserver("web").ask("GET", target).body.decode() == target


@pytest.mark.fact("policyevaluation", "policyevaluation-no-connection")
def test_policyevaluation(lab: Any, with_switches: Callable[..., Any]) -> None:
    """Evaluates a given request, changes nothing (NITRO reference); the lack of a connection is a switch."""
    box = lab.box()
    packet = "input:GET%20%2Fvpn%2F..%2Fvpns%2F%20HTTP%2F1.1%0D%0A%0D%0A,type:HTTP_REQ"
    path = f"policyevaluation?args=expression:HTTP.REQ.URL.CONTAINS(%22%2Fvpns%2F%22),{packet}"
    assert box.rows(path)[0]["pitboolresult"] is True
    assert box.rows(f"policyevaluation?args=expression:HTTP.REQ.URL.LENGTH,{packet}")[0]["pitnumresult"] == "13"
    assert box.rows(f"policyevaluation?args=expression:HTTP.REQ.URL,{packet}")[0]["pitrefresult"] == "/vpn/../vpns/"
    session = f"policyevaluation?args=expression:CLIENT.SSLVPN.IS_SSLVPN,{packet}"
    assert box.rows(session)[0]["pitboolerrorresult"] == "UNDEF"
    assert with_switches(evaluation_without_connection="error").box().get(session).code == 1239
    assert box.get(f"policyevaluation?args=expression:HTTP.REQ.(,{packet}").code == 3081
    assert box.get("policyevaluation?args=expression:TRUE").code == 1095
    assert box.rows("responderpolicy") == []


@pytest.mark.fact("cve-2019-19781-management", "rc-netscaler")
def test_policies_on_the_management_address(lab: Any, mitigate: Callable[..., None]) -> None:
    """Global policies are evaluated on management traffic only with skip_systemaccess_policyeval at 0, set by rc.netscaler at boot."""
    box = lab.box()
    mitigate(box)
    assert lab.client().ask("GET", CHECK).body.startswith(b"[global]")
    assert lab.client().ask("GET", "/vpns/cfg/smb.conf").status == 200
    box.post("nsconfig", {}, "?action=save")
    appliance = lab.simulator.appliance("gw")
    appliance.write_file("/nsconfig/rc.netscaler", "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0\n")
    assert lab.client().ask("GET", CHECK).status == 200, "the running value changes at boot only"
    appliance.reboot()
    assert lab.client().ask("GET", CHECK).status == 403
    assert lab.client().ask("GET", "/vpns/cfg/smb.conf").body == b""
    assert lab.box().get("nsversion").status == 200


def test_a_global_block_can_lock_out_nitro(lab: Any) -> None:
    """With skip_systemaccess_policyeval at 0 they are evaluated on NITRO's requests too."""
    appliance = lab.simulator.appliance("gw")
    box = lab.box()
    policy(box, "TRUE", "RESET")
    box.post("nsconfig", {}, "?action=save")
    appliance.write_file("/nsconfig/rc.netscaler", "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0\n")
    appliance.reboot()
    with pytest.raises(ConnectionResetError):
        lab.client().get("nsversion")


@pytest.mark.fact("not-in-access-log")
def test_responses_of_policies_are_not_in_the_access_log(lab: Any, mitigate: Callable[..., None]) -> None:
    """Blocked requests do not reach httpd (mitigation notes of 2020); the others are logged with both addresses."""
    box = lab.box()
    lab.vserver("gateway", User_Agent="probe/1").ask("GET", CHECK)
    mitigate(box)
    lab.vserver("gateway", User_Agent="probe/2").ask("GET", CHECK)
    row = box.rows("systemfile/httpaccess.log?args=filelocation:%2Fvar%2Flog")[0]
    text = base64.b64decode(row["filecontent"]).decode()
    assert f'"GET {CHECK} HTTP/1.1" 200 83 "-" "probe/1"' in text
    assert "probe/2" not in text
