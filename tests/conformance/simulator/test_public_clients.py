# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests that public clients send, and that the vendor's own tests say an appliance accepts.

Java SDK = github.com/netscaler/nitro; provider = github.com/citrix/terraform-provider-citrixadc, acceptance tests.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

import pytest

from simulator.nitro import json_text
from simulator.types.errors import NitroError

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

    rows = '{"name":"p,}","rule":"TRUE","action":"NOOP","comment":"a,]"},{"name":"q","rule":"TRUE","action":"NOOP"},'
    switch_off = '{ "params":{"action":"disable",},' + session + '"nsfeature":{"feature":["RESPONDER"]}}'
    assert send(switch_off).status == 200
    assert send(switch_off.replace("disable", "enable")).status == 200
    assert send('{"params":{"onerror":"exit"},' + session + '"responderpolicy":[' + rows + "]}").status == 201
    unset = '{ "params":{"action":"unset",},' + session + '"responderpolicy": [{ "name":"p,}","comment": true,},]}'
    before = box.rows("responderpolicy/" + quote(quote("p,}", safe=""), safe="")) if box.log_in() else []
    assert before[0]["comment"] == "a,]"  # the commas of strings stay
    assert send(unset).status == 200
    assert {row["name"]: row.get("comment") for row in box.rows("responderpolicy")} == {"p,}": None, "q": None}


@pytest.mark.fact("trailing-commas", "not-json")
@pytest.mark.parametrize(
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
        box.post("lbvserver", {"name": "a/b c", "servicetype": "HTTP", "ipv46": "192.0.2.9", "port": 80}).status == 201
    )
    (row,) = box.rows("lbvserver/" + quote_plus(quote_plus("a/b c")))
    assert row["name"] == "a/b c"
    assert box.rows("lbvserver?filter=name:a%2Fb+c")[0]["name"] == "a/b c"
    for pattern in ("x y", "x+y"):
        assert box.post("policypatset_pattern_binding", {"name": "q", "String": pattern}).status == 201
    assert box.delete("policypatset_pattern_binding/q?args=String:x+y").status == 200
    assert [row["String"] for row in box.rows("policypatset_pattern_binding/q")] == ["x+y"]
    assert box.delete("policypatset_pattern_binding/q?args=String:x%2By").status == 200
    assert box.post("server", {"name": "tab", "ipaddress": "192.0.2.10"}).status == 201
    assert box.delete("server/" + quote(quote("t+b", safe=""), safe="")).status == 404  # twice encoded, a plus stays
