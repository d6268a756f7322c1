# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests that public clients send, and that the vendor's own tests say an appliance accepts.

Java SDK = github.com/netscaler/nitro; provider = github.com/citrix/terraform-provider-citrixadc, acceptance tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

import pytest

from simulator.nitro import json_text
from simulator.types.errors import NitroError
from tests.conformance.simulator.in_process import Nitro
from tests.played_together import played_together

FORM = "application/x-www-form-urlencoded"


def form(payload: str) -> str:
    """Return the body of the vendor's Java SDK: the payload as its serialiser writes it, encoded by URLEncoder."""
    return "object=" + quote_plus(payload)


@pytest.mark.fact("trailing-commas")
def test_the_payloads_of_the_java_sdk_end_with_commas(box: Any) -> None:
    """Java SDK, Json.java: params, each row of a bulk, and the attributes of an unset end with a comma."""
    token = unquote_plus(box.headers.pop("Cookie").partition("=")[2])
    session = f'"sessionid":"{token}",'

    def send(payload: str) -> Any:
        return box.nitro("POST", "", form(payload), Content_Type=FORM)

    rows = '{"name":"p","rule":"TRUE","action":"NOOP","comment":"a,],}"},{"name":"q","rule":"TRUE","action":"NOOP"},'
    switch_off = '{ "params":{"action":"disable",},' + session + '"nsfeature":{"feature":["RESPONDER"]}}'
    assert send(switch_off).status == 200
    assert send(switch_off.replace("disable", "enable")).status == 200
    assert send('{"params":{"onerror":"exit"},' + session + '"responderpolicy":[' + rows + "]}").status == 201
    unset = '{ "params":{"action":"unset",},' + session + '"responderpolicy": [{ "name":"p","comment": true,},]}'
    before = box.rows("responderpolicy/p") if box.log_in() else []
    assert before[0]["comment"] == "a,],}"  # the commas of strings stay
    assert send(unset).status == 200
    assert {row["name"]: row.get("comment") for row in box.rows("responderpolicy")} == {"p": None, "q": None}


@pytest.mark.fact("trailing-commas", "not-json")
@played_together(
    ("text", "read"),
    [
        ('{"a":[1,2, ], "b" : "x,}" ,\n}', {"a": [1, 2], "b": "x,}"}),
        ('{"a":{"b":"\\",]",},}', {"a": {"b": '",]'}}),
        ('{"a":[,]}', None),
        ('{"a":[1,,]}', None),
        ("{,}", None),
        ('{"a":1,,}', None),
        ('{"a":1},', None),
        ('{"a":"' + '\\"' * 200_000, None),  # a string that is not closed, in time proportional to its length
        ('{"a":' + "[" * 200_000, None),
        ('{"a":1 ' + ", " * 200_000, None),
    ],
)
def test_only_a_comma_behind_the_last_member_is_read(text: str, read: Any) -> None:
    if read is not None:
        assert json_text.loads(text.encode()) == read
        return
    with pytest.raises(NitroError) as problem:
        json_text.loads(text.encode())
    assert problem.value.code == 1233


@pytest.mark.fact("names-in-queries")
def test_names_in_queries_match_in_any_case(box: Any) -> None:
    """The key of a pattern is String in answers and string in clients; a filter between slashes is a PCRE, `/x` is not."""
    assert box.post("policypatset", {"name": "q"}).status == 201
    for pattern in ("/x", "/y"):
        assert box.post("policypatset_pattern_binding", {"name": "q", "string": pattern}).status == 201
    path = "policypatset_pattern_binding/q"
    assert [row["String"] for row in box.rows(f"{path}?filter=string:%2Fx")] == ["/x"]
    assert [row["String"] for row in box.rows(f"{path}?filter=STRING:%2F.%2B")] == ["/x", "/y"]
    assert box.rows(f"{path}?attrs=string") == [{"String": "/x"}, {"String": "/y"}]
    assert box.rows(f"{path}?attrs=STRING,Index&filter=string:%2Fx") == [{"String": "/x", "index": "1"}]
    (one,) = box.rows("policypatset/q?attrs=NAME")
    assert one == {"name": "q"}


@pytest.mark.fact("plus-is-a-blank")
def test_a_plus_is_a_blank_where_java_writes_it(box: Any) -> None:
    """Java's URLEncoder writes + for a blank: in args once, in a name of the path twice, so that %2B arrives there."""
    assert box.post("policypatset", {"name": "q"}).status == 201
    assert (
        box.post("lbvserver", {"name": "a#b c", "servicetype": "HTTP", "ipv46": "192.0.2.9", "port": 80}).status == 201
    )
    (row,) = box.rows("lbvserver/" + quote_plus(quote_plus("a#b c")))
    assert row["name"] == "a#b c"
    assert box.rows("lbvserver?filter=name:a%23b+c")[0]["name"] == "a#b c"
    for pattern in ("x y", "x+y"):
        assert box.post("policypatset_pattern_binding", {"name": "q", "String": pattern}).status == 201
    assert box.delete("policypatset_pattern_binding/q?args=String:x+y").status == 200
    assert [row["String"] for row in box.rows("policypatset_pattern_binding/q")] == ["x+y"]
    assert box.delete("policypatset_pattern_binding/q?args=String:x%2By").status == 200
    assert box.post("server", {"name": "tab", "ipaddress": "192.0.2.10"}).status == 201
    assert box.delete("server/" + quote(quote("t+b", safe=""), safe="")).status == 404  # twice encoded, a plus stays


@pytest.mark.fact("action-target-condition", "action-target-text")
def test_respondwith_takes_a_condition(box: Any, lab: Any) -> None:
    """Provider, acceptance test of responderaction; the other types of actions take text only (error list 3098)."""
    target = 'HTTP.REQ.URL.SUFFIX.EQ("goodbye")'
    assert box.post("responderaction", {"name": "r", "type": "redirect", "target": target}).code == 3098
    action = {"name": "a", "type": "respondwith", "target": target, "bypasssafetycheck": "YES"}
    assert box.post("responderaction", action).status == 201
    assert box.put("responderaction", {"name": "a", "target": target.replace("goodbye", "hello")}).status == 200
    assert box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "a"}).status == 201
    bound = {"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE"}
    assert box.post("responderglobal_responderpolicy_binding", bound).status == 201
    for path, text in (("/x.hello", b"TRUE"), ("/x.goodbye", b"FALSE")):
        with lab.raw_vserver("web") as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert connection.recv(100) == text


@pytest.mark.fact("html-page-local")
def test_a_page_from_a_local_file(box: Any) -> None:
    """Provider, acceptance test of responderaction: upload to /var/tmp, import from local://."""
    content = "PGgxPmVycm9yPC9oMT4="
    file = {"filename": "error.html", "filelocation": "/var/tmp", "filecontent": content, "fileencoding": "BASE64"}
    assert box.post("systemfile", file).status == 201
    for number, source in enumerate(("local://error.html", "local:error.html", "local:///var/tmp/error.html")):
        page = {"name": f"page{number}", "src": source}
        assert box.post("responderhtmlpage", page, "?action=Import").status == 200, source
        assert box.rows(f"responderhtmlpage/page{number}")[0]["response"] == "<h1>error</h1>"


@pytest.mark.fact("locationparameter-labels", "location-read-back", "locationfile-built-in")
def test_locations_are_read_back_as_the_provider_expects(box: Any) -> None:
    """Provider, acceptance tests of locationparameter, location and locationfile."""
    assert box.put("locationparameter", {"context": "geographic", "q1label": "asia"}).status == 200
    shown = box.get("locationparameter").json["locationparameter"]
    assert (shown["context"], shown["q1label"], shown["q2label"]) == ("geographic", "asia", "Country")
    assert box.post("locationparameter", {"q1label": True}, "?action=unset").status == 200
    assert box.get("locationparameter").json["locationparameter"]["q1label"] == "Continent"
    rows = {"8.8.8.8": ("datasource_city", "datasource_city.*.*.*.*.*"), "9.9.9.9": ('EU."a.b"', 'EU."a.b".*.*.*.*')}
    for address, (sent, read) in rows.items():
        assert box.post("location", {"ipfrom": address, "ipto": address, "preferredlocation": sent}).status == 201
        assert box.rows(f"location/{address}")[0]["preferredlocation"] == read
    for name, form, version in (("locationfile", "netscaler", 4), ("locationfile6", "netscaler6", 6)):
        path = f"/var/netscaler/inbuilt_db/Citrix_Netscaler_InBuilt_GeoIP_DB_IPv{version}"
        assert box.post(name, {"Locationfile": path, "format": form}).status == 201
        assert box.get(name).json[name] == {"Locationfile": path, "format": form}
        assert box.delete(name).status == 200
    assert box.post("locationfile", {"Locationfile": "/var/netscaler/inbuilt_db/other"}).code == 1879


@pytest.mark.fact("user-maxsession-zero", "empty-unset", "no-arguments", "stringmap-rebind")
@pytest.mark.parametrize(
    ("positions", "user", "server", "value"),
    [
        ({}, 200, 599, "2"),
        ({"empty_unset": "refused", "stringmap_rebind": "refused"}, 599, 599, "1"),
        ({"empty_unset": "accepted"}, 200, 200, "2"),
    ],
)
def test_what_public_clients_repeat(
    with_switches: Callable[..., Any], positions: Any, user: int, server: int, value: str
) -> None:
    """An unset with the key alone; maxsession 0; a key of a string map bound again."""
    box = with_switches(**positions).box()
    assert box.post("systemuser", {"username": "ann", "password": "secret", "maxsession": 0}).status == 201
    assert box.rows("systemuser/ann")[0]["maxsession"] == "0"
    assert box.post("systemuser", {"username": "ann", "maxsession": 41}).code == 1108
    assert box.post("systemuser", {"username": "ann"}, "?action=unset").status == user
    assert box.post("systemuser", {"username": "nobody"}, "?action=unset").code == 2626
    assert box.post("server", {"name": "s", "ipaddress": "192.0.2.1"}).status == 201
    assert box.post("server", {"name": "s"}, "?action=unset").status == server
    assert box.post("policystringmap", {"name": "m"}).status == 201
    for number in ("1", "2"):
        answer = box.put("policystringmap_pattern_binding", {"name": "m", "key": "a", "value": number})
        assert answer.status == 201 or (answer.code, number) == (2867, "2")
    assert box.rows("policystringmap_pattern_binding/m") == [{"name": "m", "key": "a", "value": value}]
    assert box.post("policystringmap_pattern_binding", {"name": "m", "key": "b", "value": "1"}).status == 201


@pytest.mark.fact("language-classic-names")
def test_classic_names_of_old_releases(lab: Any) -> None:
    """ns_true and ns_false are expressions before 13.1; from 13.1 on they are errors."""
    box = lab.box("pair")  # 12.1
    assert box.post("responderpolicy", {"name": "all", "rule": "ns_true", "action": "RESET"}).status == 201
    assert (
        box.post(
            "responderpolicy", {"name": "none", "rule": 'NS_FALSE || HTTP.REQ.URL.EQ("/")', "action": "RESET"}
        ).status
        == 201
    )
    lab.simulator.appliance("pair").upgrade("13.1 53.24")
    again = lab.box("pair")
    refused = again.post("responderpolicy", {"name": "new", "rule": "ns_true", "action": "RESET"})
    assert (refused.code, "13.1 removed" in refused.json["message"]) == (3081, True)


@pytest.mark.fact("file-by-filter")
def test_a_file_by_filter(box: Any) -> None:
    (row,) = box.rows("systemfile/rc.netscaler?filter=filelocation:%2Fnsconfig")
    assert row["filecontent"] == "IyBub3RoaW5nCg=="
    assert box.get("systemfile/none?filter=filelocation:%2Fnsconfig").code == 3441
    assert box.get("systemfile/rc.netscaler?filter=filename:x").code == 1095


@pytest.mark.fact("bind-action")
@pytest.mark.parametrize("position", ["refused", "accepted"])
def test_a_bind_by_its_action(with_switches: Callable[..., Any], position: str) -> None:
    box = with_switches(bind_action=position).box()
    assert box.post("policypatset", {"name": "q"}).status == 201
    answer = box.post("policypatset_pattern_binding", {"name": "q", "String": "x"}, "?action=bind")
    assert (answer.status, answer.code) == ((400, 1240) if position == "refused" else (200, 0))
    assert len(box.rows("policypatset_pattern_binding/q")) == (position == "accepted")


@pytest.mark.fact("documented-attributes")
def test_addresses_of_the_acceptance_tests() -> None:
    """The vendor's provider, acceptance tests of nsip and nsip6."""
    nitro = Nitro()
    four = {"ipaddress": "192.168.1.55", "type": "VIP", "netmask": "255.255.255.0", "icmp": "ENABLED"}
    six = {"ipv6address": "2002:db8:100::ff/64", "type": "VIP", "icmp": "ENABLED"}
    assert nitro.post("nsip", {**four, "mptcpadvertise": "YES"}).status == 201
    assert nitro.post("nsip6", {**six, "mptcpadvertise": "YES"}).status == 201
    assert nitro.rows("nsip/192.168.1.55")[0]["mptcpadvertise"] == "YES"
    assert len(nitro.lines("-mptcpAdvertise YES")) == 2


def test_a_filter_takes_a_bounded_time() -> None:
    """Its regular expression is the client's, and Python could search for years."""
    nitro = Nitro()
    assert nitro.post("policypatset", {"name": "a" * 60 + "_"}).status == 201
    for value in ("/(a%2B)%2Bb/", "(a*)*b", "/a{99999999999}/", "a{99999999999}", "/" + "(" * 5000 + "/"):
        assert nitro.rows(f"policypatset?filter=name:{value}") == []
    assert len(nitro.rows("policypatset?filter=name:/^a%2B_$/")) == 1
    row = {"policyname": "p", "action": "ALLOW", "cmdspec": "a{99999999999}"}
    assert nitro.code("POST", "systemcmdpolicy", row) == 1137
