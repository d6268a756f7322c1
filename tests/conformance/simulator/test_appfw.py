# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The application firewall: profiles with deny URLs that log, count or block, and policies that choose a profile."""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator.configuration import nsconf_reader
from tests.unit.simulator.rows import appliance

GLOBAL = "appfwglobal_appfwpolicy_binding"
DENY = "appfwprofile_denyurl_binding"
CHECK = "/vpn/../vpns/cfg/smb.conf"


@pytest.fixture
def guarding(lab: Any) -> Any:
    """Return a session at the appliance, with the application firewall enabled."""
    return enabled(lab)


def enabled(lab: Any) -> Any:
    box = lab.box()
    assert box.post("nsfeature", {"feature": ["AppFw"]}, "?action=enable").status == 200
    return box


def deny(
    box: Any, pattern: str = "/vpns/", *, actions: list[str] | None = None, name: str = "prof", **more: Any
) -> None:
    """Make a profile with a deny URL."""
    row = {"name": name, **({} if actions is None else {"denyurlaction": actions}), **more}
    answer = box.post("appfwprofile", row)
    assert answer.status == 201, answer.body
    answer = box.put(DENY, {"name": name, "denyurl": pattern})
    assert answer.status == 201, answer.body


def policy(
    box: Any, rule: str = "TRUE", *, profile: str = "prof", name: str = "p", priority: int = 1, **more: Any
) -> None:
    assert box.post("appfwpolicy", {"name": name, "rule": rule, "profilename": profile, **more}).status == 201
    bound = {"policyname": name, "priority": priority, "type": "REQ_OVERRIDE"}
    assert box.post(GLOBAL, bound).status == 201


def log(box: Any) -> list[str]:
    """Return the lines of the application firewall in ns.log."""
    rows = box.rows("systemfile?args=filelocation:%2Fvar%2Flog")
    if not any(row["filename"] == "ns.log" for row in rows):
        return []
    row = box.rows("systemfile/ns.log?args=filelocation:%2Fvar%2Flog")[0]
    return [line for line in base64.b64decode(row["filecontent"]).decode().splitlines() if "APPFW" in line]


def hits(lab: Any) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = lab.simulator.appliance("gw").state()["nodes"][0]["hits"]
    return found


# Objects


@pytest.mark.fact("appfw-objects", "appfw-errors")
def test_a_profile_and_its_life(guarding: Any) -> None:
    """add, show with defaults, set, unset, rm; a profile cannot be renamed (command reference, appfw profile)."""
    assert (
        guarding.post("appfwprofile", {"name": "prof", "denyurlaction": ["log", "stats"], "type": ["HTML"]}).status
        == 201
    )
    row = guarding.rows("appfwprofile/prof")[0]
    assert row["denyurlaction"] == ["log", "stats"]
    assert (row["errorurl"], row["cookieconsistencyaction"], row["percentdecoderecursively"]) == ("/", ["none"], "ON")
    assert guarding.put("appfwprofile", {"name": "prof", "denyurlaction": "NONE", "errorurl": "/e"}).status == 200
    assert guarding.rows("appfwprofile/prof")[0]["denyurlaction"] == ["none"]
    assert guarding.post("appfwprofile", {"name": "prof", "errorurl": True}, "?action=unset").status == 200
    assert guarding.rows("appfwprofile/prof")[0]["errorurl"] == "/"
    assert guarding.post("appfwprofile", {"name": "prof"}).code == 273
    assert guarding.post("appfwprofile", {"name": "prof", "newname": "q"}, "?action=rename").code == 1240
    for wrong in (["none", "log"], ["loud"], []):
        assert guarding.put("appfwprofile", {"name": "prof", "denyurlaction": wrong}).code == 1097
    assert guarding.put("appfwprofile", {"name": "prof", "htmlerrorobject": "page"}).code == 3187
    assert guarding.delete("appfwprofile/prof").status == 200
    assert guarding.get("appfwprofile/prof").code == 3190


@pytest.mark.fact("appfw-objects", "appfw-errors")
def test_a_policy_and_its_life(guarding: Any) -> None:
    assert guarding.post("appfwpolicy", {"name": "p", "rule": "TRUE", "profilename": "prof"}).code == 3190
    deny(guarding)
    policy(guarding, comment="c")
    row = guarding.rows("appfwpolicy/p")[0]
    assert (row["profilename"], row["policytype"], row["hits"]) == ("prof", "Advanced Policy", "0")
    assert guarding.delete("appfwprofile/prof").code == 3207
    assert guarding.delete("appfwpolicy/p").code == 810
    assert guarding.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"}).code == 3094
    assert guarding.post("appfwpolicy", {"name": "q", "rule": "HTTP.REQ.URL", "profilename": "prof"}).code == 3092
    assert guarding.put("appfwpolicy", {"name": "p", "profilename": "APPFW_BYPASS"}).status == 200
    assert guarding.post("appfwpolicy", {"name": "p", "newname": "q"}, "?action=rename").status == 200
    assert guarding.delete(f"{GLOBAL}?args=policyname:q,type:REQ_OVERRIDE").status == 200
    assert guarding.delete("appfwpolicy/q").status == guarding.delete("appfwprofile/prof").status == 200


@pytest.mark.fact("appfw-errors")
def test_deny_urls(guarding: Any) -> None:
    """Bound by either method, listed, removed by their encoded text; a regular expression that is none is refused."""
    pattern = r"^https?://[^/]+/vpn/\.\./vpns/|[.]pl$"
    deny(guarding, pattern)
    assert guarding.post(DENY, {"name": "prof", "denyurl": pattern}).code == 3123
    assert guarding.post(DENY, {"name": "prof", "denyurl": "a("}).code == 1137
    assert guarding.post(DENY, {"name": "none", "denyurl": "a"}).code == 3190
    assert guarding.post(DENY, {"name": "APPFW_BLOCK", "denyurl": "a"}).code == 3239
    rows = guarding.rows(f"{DENY}/prof")
    assert rows == [{"name": "prof", "denyurl": pattern, "state": "ENABLED", "alertonly": "OFF"}]
    assert guarding.rows("appfwprofile_binding/prof")[0][DENY] == rows
    encoded = "".join(f"%{byte:02X}" for byte in pattern.encode())
    assert guarding.delete(f"{DENY}/prof?args=denyurl:{encoded}").status == 200
    assert guarding.delete(f"{DENY}/prof?args=denyurl:{encoded}").code == 3122


@pytest.mark.fact("appfw-built-in-profiles", "appfw-errors")
def test_built_in_profiles_are_listed_and_stay(guarding: Any) -> None:
    assert [row["name"] for row in guarding.rows("appfwprofile")] == [
        "APPFW_BYPASS",
        "APPFW_RESET",
        "APPFW_DROP",
        "APPFW_BLOCK",
    ]
    assert guarding.delete("appfwprofile/APPFW_DROP").code == 3239
    assert guarding.put("appfwprofile", {"name": "APPFW_DROP", "comment": "x"}).code == 3239
    assert guarding.post("appfwprofile", {"name": "APPFW_DROP"}).code == 273


@pytest.mark.fact("appfw-objects")
def test_without_a_licence_nothing_is_configured(lab: Any) -> None:
    """356 (error list); with the feature disabled the warning 1067 (guide, error handling)."""
    assert lab.box("bare").post("appfwprofile", {"name": "prof"}).code == 356
    assert lab.box("bare").post("nsfeature", {"feature": ["AppFw"]}, "?action=enable").code == 356
    assert lab.box().post("appfwprofile", {"name": "prof"}, "?warning=yes").status == 209


# Traffic


@pytest.mark.fact("appfw-deny-url-actions", "appfw-error-url", "appfw-log-line", "appfw-statistics")
@pytest.mark.parametrize(
    ("actions", "blocks", "logs", "counts"),
    [
        (["log", "stats"], False, True, True),
        (["log"], False, True, False),
        (["block", "log", "stats"], True, True, True),
        (["block"], True, False, False),
        (["stats"], False, False, True),
        (["none"], False, False, False),
    ],
)
def test_what_a_deny_url_does(
    lab: Any, guarding: Any, actions: list[str], blocks: bool, logs: bool, counts: bool
) -> None:
    deny(guarding, actions=actions)
    policy(guarding)
    client = lab.vserver("gateway", Host="portal.example")
    answer = client.ask("GET", CHECK)
    assert (answer.status, answer.header("Location")) == ((302, "/") if blocks else (200, None))
    assert lab.vserver("gateway").ask("GET", "/vpn/index.html").status == 200
    profile = hits(lab)["appfwprofile/prof"]
    assert profile == {"requests": 2, **({"denyurl": 1} if counts else {}), **({"redirects": 1} if blocks else {})}
    shown = guarding.ask("GET", "/nitro/v1/stat/appfwprofile/prof").json["appfwprofile"][0]
    assert shown["appfirewallvioldenyurlperprofile"] == str(int(counts))
    assert guarding.rows("appfwpolicy/p")[0]["hits"] == "2"
    assert guarding.ask("GET", "/nitro/v1/stat/appfwpolicy/p").json["appfwpolicy"][0]["pipolicyhits"] == "2"
    lines = log(guarding)
    assert len(lines) == int(logs)
    if logs:
        done = "blocked" if blocks else "not blocked"
        assert re.search(
            r"<local0\.info> 127\.21\.0\.11  01/15/2020:03:00:\d\d GMT gw1 0-PPE-0 : default APPFW APPFW_DENYURL \d+ 0 :  "
            r"127\.0\.0\.1 \d+-PPE0 - prof Disallow Deny URL: https://portal\.example/vpn/\.\./vpns/cfg/smb\.conf "
            rf"for rule pattern=/vpns/ <{done}>$",
            lines[0],
        )


@pytest.mark.fact("appfw-log-line")
def test_the_client_behind_a_proxy(lab: Any, guarding: Any) -> None:
    """clientIPLoggingHeader names the header with the address of the client (command reference, appfw settings)."""
    deny(guarding, "/a", actions=["log"])
    policy(guarding)
    assert guarding.put("appfwsettings", {"clientiploggingheader": "X-Forwarded-For"}).status == 200
    client = lab.vserver("web")
    client.ask("GET", "/a", X_Forwarded_For="203.0.113.7")
    client.ask("GET", "/a")
    assert [line.partition(" 0 :  ")[2].split(" ")[0] for line in log(guarding)] == ["203.0.113.7", "127.0.0.1"]


@pytest.mark.fact("appfw-cef-line")
def test_the_line_in_cef(lab: Any, guarding: Any) -> None:
    deny(guarding, "[?]x=", actions=["log"])
    policy(guarding)
    assert guarding.put("appfwsettings", {"ceflogging": "ON"}).status == 200
    assert guarding.get("appfwsettings").json["appfwsettings"]["ceflogging"] == "ON"
    lab.vserver("web", Host="h").ask("GET", "/a?x=1")
    line = log(guarding)[0]
    assert re.match(
        r"Jan 15 03:00:\d\d <local0\.info> 127\.21\.0\.11 CEF:0\|Citrix\|NetScaler\|NS13\.0\|APPFW\|APPFW_DENYURL\|6\|src=",
        line,
    )
    assert re.search(r"src=127\.0\.0\.1 spt=\d+ method=GET request=http://h/a\?x\\=1 msg=Disallow Deny URL: ", line)
    assert line.endswith(" cs1=prof cs2=PPE0 cs4=ALERT cs5=2020 act=not blocked")


@pytest.mark.fact("appfw-deny-url")
@pytest.mark.parametrize(
    ("pattern", "target", "denied"),
    [
        ("^https?://[^/]+/a", "/a/b", True),
        ("^https?://[^/]+/b", "/a/b", False),
        ("[.](pl|php)$", "/x.php", True),
        ("[.](pl|php)$", "/x.php?y", False),
        ("/VPNS/", "/vpns/", False),
        ("(?i)/VPNS/", "/vpns/", True),
        ("host[.]example/", "/", True),
        ("/a$", "http://other/a", True),
    ],
)
def test_the_url_that_a_deny_url_sees(lab: Any, guarding: Any, pattern: str, target: str, denied: bool) -> None:
    deny(guarding, pattern, actions=["block"], errorurl="/blocked\r\nX: 1")
    policy(guarding)
    answer = lab.vserver("web", Host="host.example").ask("GET", target)
    assert (answer.header("Location") == "/blockedX: 1") is denied


@pytest.mark.fact("appfw-deny-url")
def test_disabled_deny_urls_and_other_policies(lab: Any, guarding: Any) -> None:
    """The first policy that matches chooses the profile; a disabled deny URL has no effect."""
    deny(guarding, "/a", actions=["block"])
    deny(guarding, "/b", actions=["block"], name="other")
    assert guarding.post(DENY, {"name": "prof", "denyurl": "/c", "state": "DISABLED"}).status == 201
    policy(guarding, 'HTTP.REQ.HEADER("X").EXISTS', profile="other")
    policy(guarding, name="q", priority=2)
    client = lab.vserver("web")
    assert [client.ask("GET", target).status for target in ("/a", "/b", "/c")] == [302, 404, 404]
    assert [client.ask("GET", target, X="1").status for target in ("/a", "/b")] == [404, 302]


@pytest.mark.fact("appfw-bind-points")
def test_bind_points(lab: Any, guarding: Any) -> None:
    """At lb and cs vservers on every release, at Gateways from 14.1 on; labels are invoked."""
    deny(guarding, "/a", actions=["block"])
    assert guarding.post("appfwpolicy", {"name": "p", "rule": "TRUE", "profilename": "prof"}).status == 201
    assert guarding.post("appfwpolicylabel", {"labelname": "l", "policylabeltype": "http_req"}).status == 201
    label = {"labelname": "l", "policyname": "p", "priority": 1}
    assert guarding.post("appfwpolicylabel_appfwpolicy_binding", label).status == 201
    assert guarding.rows("appfwpolicylabel/l")[0]["numpol"] == 1
    row = {"name": "web", "policyname": "p", "priority": 1, "bindpoint": "REQUEST"}
    assert guarding.post("lbvserver_appfwpolicy_binding", row).status == 201
    invoked = {
        "name": "switch",
        "policyname": "NOPOLICY",
        "priority": 1,
        "invoke": True,
        "labeltype": "policylabel",
        "labelname": "l",
    }
    assert guarding.post("csvserver_appfwpolicy_binding", invoked).status == 201
    at_gateway = {"name": "gateway", "policy": "p", "priority": 1, "bindpoint": "AAA_REQUEST"}
    assert guarding.post("vpnvserver_appfwpolicy_binding", at_gateway).code == 278
    assert [lab.vserver(name).ask("GET", "/a").status for name in ("web", "switch", "gateway")] == [302, 302, 302]
    assert [lab.vserver(name).ask("GET", "/a").header("Location") for name in ("switch", "gateway")] == [
        "/",
        "/vpn/index.html",
    ]
    used = guarding.rows("appfwpolicy_binding/p")[0]
    assert used["appfwpolicy_lbvserver_binding"][0]["boundto"] == "REQ VSERVER web"
    assert used["appfwpolicy_appfwpolicylabel_binding"][0]["boundto"] == "REQ POLICYLABEL l"
    lab.simulator.appliance("gw").upgrade("14.1 17.38")
    box = enabled(lab)
    deny(box, "/a", actions=["block"])
    assert box.post("appfwpolicy", {"name": "p", "rule": "TRUE", "profilename": "prof"}).status == 201
    assert box.post("vpnvserver_appfwpolicy_binding", at_gateway).status == 201
    assert box.post(DENY, {"name": "prof", "denyurl": "/other", "ruletype": "ALLOW"}).status == 201
    assert lab.vserver("gateway").ask("GET", "/other").header("Location") == "/vpn/index.html"
    assert lab.vserver("gateway").ask("GET", "/a").header("Location") == "/"


@pytest.mark.fact("appfw-errors")
@pytest.mark.parametrize(("protocol", "code"), [("TCP", 3137), ("SSL", 0)])
def test_policies_need_http(guarding: Any, protocol: str, code: int) -> None:
    """HTTP and SSL virtual servers only (error list 3137)."""
    row = {"name": "v", "servicetype": protocol, "ipv46": "192.0.2.1", "port": 81}
    assert guarding.post("lbvserver", row).status == 201
    assert guarding.post("appfwpolicy", {"name": "p", "rule": "TRUE", "profilename": "APPFW_DROP"}).status == 201
    answer = guarding.post("lbvserver_appfwpolicy_binding", {"name": "v", "policyname": "p", "priority": 1})
    assert (answer.code if answer.body else 0) == code


@pytest.mark.fact("appfw-built-in-profiles", "appfw-settings-profiles")
def test_profiles_of_the_settings(lab: Any, guarding: Any) -> None:
    """defaultprofile without a matching policy, undefaction for an undefined one (command reference, appfw settings)."""
    assert guarding.get("appfwsettings").json["appfwsettings"]["undefaction"] == "APPFW_BLOCK"
    assert guarding.put("appfwsettings", {"defaultprofile": "none"}).code == 3190
    client = lab.vserver("web")
    assert client.ask("GET", "/").status == 200
    policy(guarding, 'HTTP.REQ.HEADER("X").B64DECODE.EQ("x")', profile="APPFW_BYPASS")
    answer = client.ask("GET", "/", X="!")
    assert (answer.status, answer.reason, answer.header("Location")) == (302, "Object Moved", "/")
    assert guarding.rows("appfwpolicy/p")[0]["undefhits"] == "1"
    assert guarding.put("appfwsettings", {"undefaction": "APPFW_RESET", "defaultprofile": "APPFW_BLOCK"}).status == 200
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        lab.vserver("web").ask("GET", "/", X="!")
    assert lab.vserver("web").ask("GET", "/").status == 302


@pytest.mark.fact("appfw-built-in-profiles")
def test_drop_gives_no_answer(with_switches: Callable[..., Any]) -> None:
    lab = with_switches(drop_seconds=0.05)
    policy(enabled(lab), profile="APPFW_DROP")
    with pytest.raises(http.client.RemoteDisconnected):
        lab.vserver("web").ask("GET", "/")


@pytest.mark.fact("appfw-order", "appfw-default-actions", "appfw-deny-url-sees")
@pytest.mark.parametrize(
    ("order", "actions", "sees"),
    [
        ("before_responder", "block log stats", "decoded"),
        ("after_responder", "log stats", "raw"),
        ("after_responder", "none", "raw"),
    ],
)
def test_open_points(with_switches: Callable[..., Any], order: str, actions: str, sees: str) -> None:
    lab = with_switches(appfw_order=order, appfw_default_actions=actions, appfw_deny_url_sees=sees)
    box = enabled(lab)
    deny(box, "/vpns/")
    policy(box)
    client = lab.vserver("web")
    answers = [client.ask("GET", target).status for target in ("/vpns/", "/%76pns/", "/%2576pns/")]
    blocks = "block" in actions
    assert answers == [302 if blocks else 404, *([302 if blocks and sees == "decoded" else 404] * 2)]
    seen = {"none": 0}.get(actions, 3 if sees == "decoded" else 1)
    assert len(log(box)) == seen
    assert (
        box.put("appfwprofile", {"name": "prof", "denyurlaction": ["block"], "percentdecoderecursively": "OFF"}).status
        == 200
    )
    assert client.ask("GET", "/%2576pns/").status == 404
    box.post("responderaction", {"name": "no", "type": "respondwith", "target": '"HTTP/1.1 403 No\\r\\n\\r\\n"'})
    box.post("responderpolicy", {"name": "r", "rule": 'HTTP.REQ.URL.CONTAINS("vpns")', "action": "no"})
    box.post("responderglobal_responderpolicy_binding", {"policyname": "r", "priority": 1, "type": "REQ_OVERRIDE"})
    assert client.ask("GET", "/vpns/").status == (302 if order == "before_responder" else 403)


@pytest.mark.fact("feature-disabled-no-effect")
def test_a_disabled_feature_denies_nothing(lab: Any, guarding: Any) -> None:
    deny(guarding, actions=["block"])
    policy(guarding)
    assert lab.vserver("web").ask("GET", "/vpns/").status == 302
    guarding.post("nsfeature", {"feature": ["AppFw"]}, "?action=disable")
    assert lab.vserver("web").ask("GET", "/vpns/").status == 404


@pytest.mark.fact("appfw-stored-only")
def test_what_is_not_evaluated_is_named(lab: Any, guarding: Any) -> None:
    """The other checks of a profile, and a rule or a pattern that the simulator cannot evaluate."""
    switched_off = {
        name: ["none"]
        for name in ("starturlaction", "crosssitescriptingaction", "sqlinjectionaction", "fieldformataction", "bufferoverflowaction",
                     "contenttypeaction", "xmlformataction", "multipleheaderaction", "fileuploadtypesaction")
    }  # fmt: skip
    deny(guarding, r"\Kx", actions=["block"], **switched_off)
    deny(guarding, "/x", actions=["block"], name="busy", **{**switched_off, "starturlaction": ["block"]})
    policy(guarding, "CLIENT.UDP.DNS.IS_A")
    assert lab.vserver("web").ask("GET", "/x").status == 404
    named = lab.simulator.appliance("gw").state()["nodes"][0]["not_evaluated"]
    assert [line.partition(":")[0] for line in named] == ["appfwpolicy/p", "appfwprofile/busy", "appfwprofile/prof"]
    assert named[1].endswith("only the deny URL check is evaluated, not starturlaction")
    assert r"the deny URL \Kx is not evaluated" in named[2]


@pytest.mark.fact("appfw-ns-conf")
def test_the_lines_of_ns_conf(guarding: Any) -> None:
    deny(guarding, r"^[^?]*/a b[.]pl$", actions=["log", "stats"])
    policy(guarding)
    text = guarding.rows("nsrunningconfig")["response"]  # type: ignore[call-overload]
    for line in (
        "add appfw profile prof -denyURLAction log stats",
        'bind appfw profile prof -denyURL "^[^?]*/a b[.]pl$"',
        "add appfw policy p TRUE prof",
        "bind appfw global p 1 END -type REQ_OVERRIDE",
    ):
        assert f"\n{line}\n" in text


@pytest.mark.fact("appfw-ns-conf")
def test_a_published_profile_is_loaded_whole() -> None:
    """The lines of the vendor's guide on protecting a Gateway (tech zone, POC guide: protect a Gateway with WAF, bot management and AAA)."""
    text = (
        "add appfw profile demo_appfw_profile -startURLAction none -denyURLAction none -fieldFormatAction none -bufferOverflowAction log stats "
        '-responseContentType "application/octet-stream" -logEveryPolicyHit ON -fileUploadTypesAction none\n'
        'add appfw policy demo_appfw_policy "HTTP.REQ.HEADER(\\"GW_VPN-WAF_Callout\\").EXISTS" demo_appfw_profile\n'
        "add lb vserver dummy HTTP 192.0.2.1 80\n"
        "bind lb vserver dummy -policyName demo_appfw_policy -priority 100 -gotoPriorityExpression END -type REQUEST\n"
    )
    loaded = nsconf_reader.load(text, appliance())
    assert loaded.unknown == []
    profile = loaded.configuration.table("appfwprofile")[("demo_appfw_profile",)]
    assert (profile["bufferoverflowaction"], profile["fileuploadtypesaction"]) == (["log", "stats"], ["none"])
    assert loaded.configuration.table("lbvserver_appfwpolicy_binding")
