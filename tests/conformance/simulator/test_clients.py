# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests of NITRO clients: habits of HTTP libraries, and the request sequences of the vendor's own tools.

Sequences: github.com/netscaler/adc-nitro-go (service/netscaler_resource.go), github.com/citrix/terraform-provider-citrixadc,
github.com/netscaler/ansible-collection-netscaleradc (plugins/module_utils), and Python SDKs of 2012 to 2015, the vendor's among them
(nitro-python, nssrc: base_resource.py).
"""

from __future__ import annotations

import base64
import gzip
import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest

ACTION = {"name": "a", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
POLICY = {"name": "p", "rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")', "action": "a"}
FORM = "application/x-www-form-urlencoded"
TRUSTED = {"X_NITRO_USER": "nsroot", "X_NITRO_PASS": "nsroot"}
# Status lines that adc-nitro-go compares word by word.
SUCCESS, DELETED = {"200 OK", "201 Created"}, {"200 OK", "404 Not Found"}


def line(answer: Any) -> str:
    return f"{answer.status} {answer.reason}"


# HTTP


@pytest.mark.fact("header-names-any-case", "vendor-media-type")
def test_names_of_headers_and_media_types_in_any_case(lab: Any) -> None:
    client = lab.client(**{"x-nitro-user": "nsroot", "X-Nitro-Pass": "nsroot"})
    kinds = (
        "application/json; charset=UTF-8",
        "Application/JSON",
        "application/vnd.com.citrix.netscaler.server+json",
        "text/plain",
    )
    for number, kind in enumerate(kinds):  # fmt: skip
        row = {"name": f"s{number}", "ipaddress": f"192.0.2.{number}"}
        assert client.post("server", row, **{"content-type": kind}).status == 201
    body = "object=" + quote(json.dumps({"server": {"name": "form", "ipaddress": "192.0.2.9"}}))
    assert client.nitro("POST", "server", body, Content_Type=FORM.upper()).status == 201
    assert len(client.rows("server")) == len(kinds) + 1


@pytest.mark.fact("gzip")
def test_an_encoding_that_is_refused_is_not_used(box: Any) -> None:
    """RFC 9110, section 12.5.3."""
    plain = box.get("nsversion", Accept_Encoding="identity")
    for offer, used in (("gzip, deflate", True), ("GZIP;q=1.0", True), ("gzip;q=0", False), ("br, gzip; q=0.0", False)):
        answer = box.get("nsversion", Accept_Encoding=offer)
        assert (answer.header("Content-Encoding") == "gzip") is used, offer
        assert (gzip.decompress(answer.body) if used else answer.body) == plain.body


@pytest.mark.parametrize(
    "target",
    [
        "http://gw.example.com/nitro/v1/config/lbvserver/web",  # RFC 9112, section 3.2.2
        "/nitro/v1/config//lbvserver/web",  # as adc-nitro-go unbinds
        "/nitro/v1/config/lbvserver/web/",
    ],
)
def test_forms_of_a_request_target(box: Any, target: str) -> None:
    (row,) = box.ask("GET", target).json["lbvserver"]
    assert row["name"] == "web"


def test_versions_of_http_and_expect_100_continue(lab: Any) -> None:
    """HTTP/1.0 closes; `Expect: 100-continue` is answered before the body."""
    with lab.raw() as connection:
        connection.sendall(
            b"GET /nitro/v1/config/nsversion HTTP/1.0\r\nX-NITRO-USER: nsroot\r\nX-NITRO-PASS: nsroot\r\n\r\n"
        )
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    body = json.dumps({"server": {"name": "s", "ipaddress": "192.0.2.1"}}).encode()
    with lab.raw() as connection:
        head = "POST /nitro/v1/config/server HTTP/1.1\r\nHost: x\r\nX-NITRO-USER: nsroot\r\nX-NITRO-PASS: nsroot\r\n"
        connection.sendall(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 201 Created\r\n")


@pytest.mark.fact("wrong-method")
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH"])
def test_other_methods(box: Any, method: str) -> None:
    answer = box.nitro(method, "nsversion")
    assert line(answer) == "405 Method Not Allowed"
    assert (not answer.body) if method == "HEAD" else (answer.code == 1237)


@pytest.mark.fact("token-in-cookies")
def test_a_cookie_of_the_gui_is_not_a_token(box: Any) -> None:
    """SESSID is the GUI's cookie; it may stand beside NITRO's."""
    token = box.headers.pop("Cookie").partition("=")[2]
    assert box.get("nsversion", Cookie=f"SESSID={token}").code == 1027
    assert box.get("nsversion", Cookie=f"SESSID=x; NITRO_AUTH_TOKEN={quote(token)}; other=y").status == 200


@pytest.mark.fact("count", "view", "filter", "empty-filter")
def test_combined_queries(box: Any) -> None:
    """Filters together, in any order; a pattern between slashes is a PCRE, which matches anywhere in the text."""
    for name in ("alpha", "beta"):
        assert box.post("server", {"name": name, "ipaddress": f"192.0.2.{len(name)}"}).status == 201
    assert box.rows("server?view=summary&count=yes") == [{"__count": 2}]
    assert box.rows("server?attrs=name&filter=name:/^al/") == [{"name": "alpha"}]
    assert len(box.rows("server?filter=name:/a/&view=detail")) == 2
    assert "server" not in box.get("server?filter=name:al").json
    assert box.get("nsversion?unheard=of&callback=x").status == 200


# SDKs of 2012 to 2015: all calls are forms, types in the payload


@pytest.mark.fact("form-of-sdks", "login-created", "older-answers-json")
def test_calls_by_forms(lab: Any) -> None:
    """Log-on, add, save, removal and log-off without a type in the path (Java SDK; nsnitro of PyPI)."""
    client = lab.client(Content_Type=FORM)

    def post(content: dict[str, Any]) -> Any:
        return client.nitro("POST", "", urlencode({"object": json.dumps(content)}))

    answer = post({"login": {"username": "nsroot", "password": "nsroot"}})
    assert answer.status == 201
    assert post({"server": {"name": "s", "ipaddress": "192.0.2.1"}}).code == 1027
    client.headers["Cookie"] = f"sessionid={answer.json['sessionid']}"
    answer = post({"responderaction": ACTION})
    assert (answer.status, answer.code) == (201, 0)
    assert post({"responderpolicy": POLICY}).status == 201
    bound = {"name": "web", "policyname": "p", "priority": 10, "bindpoint": "REQUEST"}
    assert (
        post({"params": {"warning": "yes", "onerror": "exit"}, "lbvserver_responderpolicy_binding": bound}).status
        == 201
    )
    assert post({"params": {"action": "save"}, "nsconfig": {}}).status == 200
    unbound = {key: bound[key] for key in ("name", "policyname", "bindpoint")}
    answer = post({"params": {"action": "unbind"}, "lbvserver_responderpolicy_binding": unbound})
    assert (answer.status, len(answer.body)) == (200, 57)
    assert post({"params": {"action": "rm"}, "responderpolicy": {"name": "p"}}).status == 200
    assert post({"params": {"action": "rm"}, "responderpolicy": {"name": "p"}}).code == 2054
    assert post({"params": {"action": "rm"}, "responderaction": [{"name": "a"}]}).status == 200
    assert client.get("responderaction/a").status == 404
    assert post({"logout": {}}).status == 200
    assert client.get("nsversion").code == 444
    assert post({"login": {"username": "nsroot", "password": "wrong"}}).code == 354


@pytest.mark.fact("form-single-quotes")
def test_a_form_in_single_quotes(lab: Any) -> None:
    """Strings as Python prints them (netscaler-tool of PyPI)."""
    client = lab.client(Content_Type=FORM)

    def post(content: str) -> Any:
        return client.nitro("POST", "", urlencode({"object": content}))

    answer = post("{'login': {'username': u'nsroot', 'password': 'nsroot'}}")
    client.headers["Cookie"] = f"sessionid={answer.json['sessionid']}"
    row = {"name": "it's", "ipaddress": "192.0.2.1", "comment": 'a "word" and a \\ and it\'s'}
    assert post(str({"server": row})).status == 400, "a name has no quotes"
    assert post(str({"server": {**row, "name": "s"}})).status == 201
    assert client.rows("server/s")[0]["comment"] == row["comment"]
    assert post("{'params': {'action': 'disable'}, 'server': {'name': 's'}}").status == 200
    assert post("{'params': {'action': 'save'}, 'nsconfig': {}}").status == 200
    assert post("{'server': {'name': 't}}").code == 1233
    assert lab.box().nitro("POST", "server", "{'server': {'name': 't'}}").code == 1233, "in a form only"
    assert post("{'logout': {}}").status == 200


@pytest.mark.fact("login-cookie", "token-in-set-cookie", "removal-in-query", "unbind-names-parent", "ha-force-case")
def test_python_sdk(lab: Any) -> None:
    """The vendor's, of 2015: media types with the type's name, the token from a cookie and back in Set-Cookie, keys in the path
    and among the args, removals of many by `?action=rm` and `?action=unbind`, onerror in the query."""

    def media(type_: str, many: str = "") -> dict[str, str]:
        return {"Content_Type": f"application/vnd.com.citrix.netscaler.{type_}{many}+json"}

    def many(type_: str, rows: list[dict[str, Any]], query: str = "") -> Any:
        return client.post(type_, rows, query, **media(type_, "_list"))

    client = lab.client(Connection="keep-alive")
    answer = client.post("login", {"username": "nsroot", "password": "nsroot", "timeout": 900}, **media("login"))
    cookies = SimpleCookie("; ".join(value for name, value in answer.headers if name == "Set-Cookie"))
    client.headers["Set-Cookie"] = f"NITRO_AUTH_TOKEN={unquote(cookies['NITRO_AUTH_TOKEN'].value)}"
    assert client.post("responderaction", ACTION, "?warning=yes", **media("responderaction")).status == 201
    assert many("responderpolicy", [POLICY, {**POLICY, "name": "q"}], "?onerror=EXIT").status == 201
    row = {"name": "p", "comment": "c"}
    answer = client.nitro("PUT", "responderpolicy/p?warning=yes", {"responderpolicy": row}, **media("responderpolicy"))
    assert answer.status == 200
    assert client.post("responderpolicy", {"name": "p", "comment": True}, "?action=unset").status == 200
    bound = [{"name": "web", "policyname": name, "priority": number} for number, name in enumerate("pq", 1)]
    assert many("lbvserver_responderpolicy_binding", bound).status == 201
    (row,) = client.rows("lbvserver_responderpolicy_binding/web?filter=policyname:q")
    assert row["priority"] == "2"
    assert client.delete("lbvserver_responderpolicy_binding/web?args=name:web,policyname:q").status == 200
    one = [{"name": "web", "policyname": "p"}]
    assert many("lbvserver_responderpolicy_binding", one, "?action=unbind&onerror=ROLLBACK").code == 1242
    assert many("lbvserver_responderpolicy_binding", one, "?action=unbind").status == 200
    assert client.delete("responderpolicy/q?args=name:q&warning=yes").status == 200
    answer = many("responderpolicy", [{"name": "p"}, {"name": "q"}], "?action=rm&onerror=CONTINUE")
    assert (answer.status, [part["errorcode"] for part in answer.json["response"]]) == (207, [0, 2054])
    assert client.delete("responderaction/a?args=name:a").status == 200
    assert client.get("nsfeature").json["nsfeature"]["feature"]
    assert client.ask("GET", "/nitro/v1/stat/lbvserver/web").json["lbvserver"][0]["name"] == "web"
    assert client.post("hasync", {"force": "true", "save": "YES"}, "?action=force").code == 363, "stand-alone"
    assert client.post("logout", {}, **media("logout")).status in (200, 201)
    pair = lab.box("pair")
    assert pair.post("hasync", {"force": True, "save": "YES"}, "?action=force").status == 200
    assert pair.post("hafailover", {"force": True}, "?action=force").status == 200
    assert pair.rows("hanode/0")[0]["state"] == "Secondary"


@pytest.mark.fact("put-without-type")
def test_an_update_without_a_type_in_the_path(lab: Any) -> None:
    """The token may be in the payload only (Java SDK)."""
    token = lab.client().log_in().json["sessionid"]
    client = lab.client()
    assert client.nitro("PUT", "", {"sessionid": token, "lbvserver": {"name": "web", "comment": "x"}}).status == 200
    assert client.nitro("PUT", "", {"sessionid": "##00", "lbvserver": {"name": "web", "comment": "y"}}).code == 444
    assert client.nitro("PUT", "", {"lbvserver": {"name": "web", "comment": "y"}}).code == 1027
    assert lab.box().rows("lbvserver/web")[0]["comment"] == "x"


@pytest.mark.fact("unbind-names-parent")
def test_an_unbinding_may_say_the_parent_twice(box: Any) -> None:
    """As nsnitro sends it; a different key is an invalid argument."""
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"})
    box.post("lbvserver_responderpolicy_binding", {"name": "web", "policyname": "p", "priority": 10})
    path = "lbvserver_responderpolicy_binding/web?args=policyname:p,priority:10,bindpoint:REQUEST,name"
    assert box.delete(f"{path}:other").code == 278
    assert box.delete(f"{path}:web").status == 200


@pytest.mark.fact("unbind-parent-in-args")
def test_an_unbinding_may_say_the_parent_among_the_args(box: Any) -> None:
    box.post("policypatset", {"name": "ps"})
    for pattern in ("a", "b"):
        box.post("policypatset_pattern_binding", {"name": "ps", "String": pattern})
    assert box.delete("policypatset_pattern_binding?args=String:a").code == 1095
    assert box.delete("policypatset_pattern_binding?args=name:other,String:a").code == 2823
    assert box.delete("policypatset_pattern_binding?args=name:ps,String:a").status == 200
    assert [row["String"] for row in box.rows("policypatset_pattern_binding/ps")] == ["b"]


@pytest.mark.fact("macroapi-remove", "acl-deleted-twice")
def test_removals_in_a_payload_are_removals(box: Any) -> None:
    """The remove action does what a DELETE of the type does: ACLs in two phases, files with their location, ranges with both ends."""
    assert (
        box.post("nsacl", {"aclname": "x", "aclaction": "DENY", "srcip": True, "srcipval": "192.0.2.1"}).status == 201
    )
    box.post("nsacls", {}, "?action=apply")
    box.post("systemfile", {"filename": "f", "filelocation": "/var/tmp", "filecontent": ""})
    box.post("location", {"ipfrom": "192.0.2.1", "ipto": "192.0.2.9", "preferredlocation": "EU.NL"})
    removal = {
        "nsacl": [{"aclname": "x"}],
        "systemfile": [{"filename": "f", "filelocation": "/var/tmp"}],
        "location": [{"ipfrom": "192.0.2.1", "ipto": "192.0.2.9"}],
    }
    assert box.nitro("POST", "macroapi?action=remove", removal).status == 200
    assert box.delete("nsacl/x").code == 870
    assert box.get("systemfile/f?args=filelocation:%2Fvar%2Ftmp").code == 3441
    assert box.rows("location") == []


@pytest.mark.fact("macroapi-onerror")
@pytest.mark.parametrize(("onerror", "left"), [("exit", 1), ("continue", 2), ("rollback", 0)])
def test_macroapi_at_an_error(box: Any, onerror: str, left: int) -> None:
    body = {
        "server": [{"name": "s", "ipaddress": "192.0.2.1"}],
        "responderpolicy": [{"name": "p", "rule": "TRUE", "action": "nope"}],
        "policypatset": [{"name": "ps"}],
    }
    answer = box.nitro("POST", "macroapi", body, X_NITRO_ONERROR=onerror)
    assert (answer.status, answer.code) == (207, 1243)
    assert [entry["errorcode"] for entry in answer.json["response"]] == [0, 2824, 0][
        : 3 if onerror == "continue" else 2
    ]
    assert len(box.rows("server")) + len([row for row in box.rows("policypatset") if row["name"] == "ps"]) == left


@pytest.mark.fact("bulk-action", "bulk-onerror-default")
def test_actions_on_many(box: Any) -> None:
    """An array with ?action=; without a header the first error ends it (NITRO guide, bulk operations)."""
    box.post("server", [{"name": name, "ipaddress": f"192.0.2.{number}"} for number, name in enumerate("ab")])
    assert box.post("server", [{"name": "a"}, {"name": "b"}], "?action=disable").status == 200
    assert {row["state"] for row in box.rows("server")} == {"DISABLED"}
    answer = box.post("server", [{"name": "nope"}, {"name": "a"}], "?action=enable")
    assert [entry["errorcode"] for entry in answer.json["response"]] == [258]
    assert {row["state"] for row in box.rows("server")} == {"DISABLED"}


# The vendor's Go client and its Terraform provider


def test_adc_nitro_go(lab: Any) -> None:
    """Token in a request header Set-Cookie, idempotent creates, bindings by a PUT without a name, unbinds with a double slash."""
    client = lab.client(Accept="application/json", Content_Type="application/json")
    token = client.post("login", {"username": "nsroot", "password": "nsroot", "timeout": 900}).json["sessionid"]
    client.headers["Set-Cookie"] = f"NITRO_AUTH_TOKEN={token}"
    assert line(client.nitro("GET", "responderaction/a", b"")) == "404 Not Found"
    assert line(client.post("responderaction", ACTION, "?idempotent=yes")) in SUCCESS
    assert line(client.post("responderpolicy", POLICY, "?idempotent=yes")) in SUCCESS
    assert line(client.put("responderpolicy/p", {**POLICY, "comment": "c"})) in SUCCESS | {"400 Bad Request"}
    assert line(client.nitro("PUT", "responderpolicy/p", {"responderpolicy": {"name": "p", "comment": "c"}})) in SUCCESS
    bound = {"name": "web", "policyname": "p", "priority": 100, "bindpoint": "REQUEST", "gotopriorityexpression": "END"}
    assert line(client.put("lbvserver_responderpolicy_binding", bound)) in SUCCESS
    (row,) = client.rows("lbvserver_responderpolicy_binding/web?filter=policyname:p")
    assert row["priority"] == "100"
    assert line(client.delete("/lbvserver_responderpolicy_binding/web?args=policyname:p")) == "200 OK"
    assert "lbvserver_responderpolicy_binding" not in client.get("lbvserver_responderpolicy_binding/web").json
    assert [line(client.nitro("DELETE", "responderpolicy/p", b"")) for _ in range(2)] == ["200 OK", "404 Not Found"]
    assert line(client.post("nsfeature", {"feature": ["RESPONDER"]}, "?action=enable")) in SUCCESS
    assert line(client.nitro("GET", "nsfeature", b"")) == "200 OK"
    assert line(client.ask("GET", "/nitro/v1/stat/lbvserver/web", b"")) == "200 OK"
    assert line(client.post("nsconfig", {}, "?action=save")) in SUCCESS
    assert line(client.post("logout", {})) in SUCCESS
    assert client.get("nsversion").code == 444


def test_terraform_provider(lab: Any) -> None:
    """Create, read and delete the resources of a geoblock and of a mitigation."""
    client = lab.client(Content_Type="application/json", **TRUSTED)
    for type_, row in (
        ("responderaction", ACTION),
        ("responderpolicy", POLICY),
        ("policydataset", {"name": "ds", "type": "ipv4"}),
        ("policypatset", {"name": "ps"}),
        ("nsacl", {"aclname": "a1", "aclaction": "DENY", "srcip": True, "srcipval": "192.0.2.1-192.0.2.9", "priority": 1000}),
        ("systemfile", {"filename": "f", "filelocation": "/var/tmp", "filecontent": base64.b64encode(b"x").decode()}),
    ):  # fmt: skip
        assert line(client.post(type_, row, "?idempotent=yes")) in SUCCESS, type_
    assert line(client.post("nsacls", {}, "?action=apply")) in SUCCESS
    bindings = {
        "policydataset_value_binding": {"name": "ds", "value": "192.0.2.1", "endrange": "192.0.2.9", "index": 111},
        "policypatset_pattern_binding": {"name": "ps", "String": "a b/c"},
        "responderglobal_responderpolicy_binding": {"policyname": "p", "priority": 100, "type": "REQ_OVERRIDE"},
    }
    for type_, row in bindings.items():
        assert line(client.put(type_, row)) in SUCCESS, type_
    (row,) = client.rows("responderglobal_responderpolicy_binding?args=type:REQ_OVERRIDE")
    assert (row["policyname"], row["gotopriorityexpression"], row["priority"]) == ("p", "END", "100")
    assert client.rows("policydataset_value_binding/ds")[0]["endrange"] == "192.0.2.9"
    assert client.rows("nsacl/a1")[0]["kernelstate"] == "APPLIED"
    assert client.rows("systemfile?args=filename:f,filelocation:%2Fvar%2Ftmp")[0]["filecontent"] == "eA=="
    for path in (
        "responderglobal_responderpolicy_binding?args=policyname:p,type:REQ_OVERRIDE,priority:100",
        "policydataset_value_binding/ds?args=value:192.0.2.1,endrange:192.0.2.9",
        "policypatset_pattern_binding/ps?args=String:a%20b%2Fc",
        "policydataset/ds",
        "policypatset/ps",
        "responderpolicy/p",
        "responderaction/a",
        "nsacl/a1",
        "systemfile/f?args=filelocation:%2Fvar%2Ftmp",
    ):
        assert line(client.nitro("DELETE", path, b"")) == "200 OK", path
    assert line(client.get("policydataset_value_binding/ds")) == "404 Not Found"


# The vendor's Ansible collection


def test_ansible_collection(lab: Any) -> None:
    """Reads before writes; filters for bindings, args=type for global ones; a 404 or a missing key means absence."""
    client = lab.client(Content_Type="application/json", User_Agent="ansible-ctxadc", **TRUSTED)

    def present(path: str) -> bool:
        answer = client.get(path)
        return answer.status != 404 and path.partition("/")[0].partition("?")[0] in answer.json

    def twice(name: str) -> str:
        return quote(quote(name, safe=""), safe="")

    assert client.get("nsversion").json["nsversion"]["version"].startswith("NetScaler NS13.0: Build 47.22.nc")
    name = "10.0.0.1:80#a b"
    for type_, row in (
        ("server", {"name": name, "ipaddress": "10.0.0.1"}),
        ("responderaction", ACTION),
        ("responderpolicy", POLICY),
    ):
        identifier = twice(row["name"])
        assert not present(f"{type_}/{identifier}")
        assert client.post(type_, row).status == 201
        assert present(f"{type_}/{identifier}")
    where = "responderglobal_responderpolicy_binding?args=type:REQ_OVERRIDE"
    bound = {"policyname": "p", "priority": 10, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"}
    assert not present(f"{where}&filter=policyname:p")
    assert client.post("responderglobal_responderpolicy_binding", bound).status == 201
    assert present(f"{where}&filter=policyname:p")
    assert not present(f"{where}&filter=policyname:other")
    assert (
        client.delete("responderglobal_responderpolicy_binding?args=policyname:p,type:REQ_OVERRIDE,priority:10").status
        == 200
    )
    assert client.put("responderpolicy", {"name": "p", "comment": "c"}).status == 200
    assert client.post("responderpolicy", {"name": "p", "newname": "q"}, "?action=rename").status == 200
    assert client.post("responderpolicy", {"name": "q", "comment": True}, "?action=unset").status == 200
    for path in ("responderpolicy/q", "responderaction/a", f"server/{twice(name)}"):
        assert client.delete(path).status == 200
        assert not present(path)
    assert client.post("nsconfig", {"all": True}, "?action=save").status == 200
