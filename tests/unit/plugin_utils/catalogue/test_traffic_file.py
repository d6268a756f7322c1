# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of traffic files: headers, body and client of a case, and the errors for what they must not hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_file import (
    MAX_BODY,
    MAX_HEADER_NAME,
    MAX_HEADER_VALUE,
    MAX_HEADERS,
    parse_case,
    parse_traffic,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_variants import variants
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.dataclass_json import from_plain, to_plain
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import request_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDETERMINED,
    compile_expression,
)

from tests.played_together import played_together


def case_of(text: str, **fields: Any) -> TrafficCase:
    """The case of one entry, written as in a traffic file."""
    return parse_case({"id": "a", "url": "/", **yaml.safe_load(text), **fields}, True, "traffic.yml: attacks, entry 1")


def error_of(text: str, **fields: Any) -> str:
    with pytest.raises(InvalidInput) as raised:
        case_of(text, **fields)
    return str(raised.value)


def test_headers_keep_their_order_and_a_list_makes_one_line_for_each_value() -> None:
    case = case_of("headers: {X-B: one, Host: site.example, x-a: [two, three]}")
    assert case.headers == (("X-B", "one"), ("Host", "site.example"), ("x-a", "two"), ("x-a", "three"))
    assert case.header_values("X-A") == ("two", "three")
    assert case.all_headers() == case.headers, "no second Host"


def test_a_request_without_host_gets_one() -> None:
    assert case_of("headers: {Accept: text/html}").all_headers("h.example") == (
        ("Host", "h.example"),
        ("Accept", "text/html"),
    )


def test_a_body_is_text_or_bytes_and_its_length_follows() -> None:
    text = case_of("{method: POST, body: 'a=é'}")
    assert text.body == "a=\xc3\xa9"
    assert text.framing() == (("Content-Length", "4"),)
    raw = case_of("{method: POST, body: {base64: '/wD+'}, chunked: true}")
    assert raw.body == "\xff\x00\xfe"
    assert raw.framing() == (("Transfer-Encoding", "chunked"),)
    assert case_of("{}").framing() == ()


def test_a_client_is_an_address_in_its_short_form() -> None:
    assert case_of("client: '2001:DB8:0::1'").client == "2001:db8::1"


def test_what_does_harm_is_never_sent_and_its_variants_are_not_either() -> None:
    case = case_of("{url: /harm, never_sent: it stops the appliance}")
    assert case.never_sent == "it stops the appliance"
    made = variants(Traffic((case,)))
    assert {one.case.never_sent for one in made} == {"it stops the appliance"}


def test_what_is_very_long_is_cut_where_it_is_shown() -> None:
    case = case_of(f"{{url: /{'b' * 200}, headers: {{Host: {'a' * 300}}}}}")
    assert str(case) == f"GET /{'b' * 79}... (201 bytes) with Host: {'a' * 80}... (300 bytes)"


def test_the_engine_sees_headers_body_and_client() -> None:
    case = case_of("{method: POST, headers: {X-A: [b, c]}, body: xyz, client: 192.0.2.7}")
    request = request_of(case, session=True, client="198.51.100.1")
    assert request.header_values("x-a") == ("b", "c")
    assert request.header_values("content-length") == ("3",)
    assert (request.body, request.client_ip, request.is_sslvpn) == ("xyz", "192.0.2.7", True)
    assert request_of(case_of("{}"), session=False, client="198.51.100.1").client_ip == "198.51.100.1"


def test_the_location_of_a_named_client_is_not_known_offline() -> None:
    rule = compile_expression('CLIENT.IP.SRC.MATCHES_LOCATION("*.NL.*.*.*.*")')
    assert rule.evaluate(request_of(case_of("client: 192.0.2.7"), session=False)) is UNDETERMINED
    assert rule.evaluate(request_of(case_of("{}"), session=False)) is False
    name = compile_expression("CLIENT.IP.SRC.LOCATION")
    assert name.evaluate(request_of(case_of("client: 192.0.2.7"), session=False)) is UNDETERMINED


def test_a_case_is_the_same_after_it_was_kept_in_the_result_cache() -> None:
    case = case_of("{method: POST, headers: {X-A: [b, c]}, body: {base64: '/wA='}, chunked: true, client: 192.0.2.7}")
    assert from_plain(TrafficCase, json.loads(json.dumps(to_plain(case)))) == case


def test_a_case_in_words_tells_its_trigger_and_hides_nothing_in_control_characters() -> None:
    assert str(case_of("{}")) == "GET /"
    case = case_of("{method: POST, headers: {Host: a.example, X: 'é'}, body: xy, chunked: true, client: 192.0.2.7}")
    assert str(case) == "POST / with Host: a.example and X: \\xc3\\xa9 and a body of 2 bytes in chunks from 192.0.2.7"
    assert str(case_of("{method: POST, body: x}")) == "POST / with a body of 1 byte"


@played_together(
    ("entry", "problem"),
    [
        ("headers: [Host]", "headers is ['Host'], which is not of the right type"),
        ("headers: {5: a}", "headers: 5 is no header name"),
        ("headers: {'A B': a}", "headers: 'A B' is no header name"),
        ("headers: {'A:': a}", "is no header name"),
        ('headers: {"A\\r\\nB": a}', "is no header name"),
        ("headers: {'': a}", "is no header name"),
        ("headers: {Content-Length: '5'}", "headers: Content-Length follows from the body: remove it"),
        ("headers: {transfer-encoding: chunked}", "headers: transfer-encoding follows from the body"),
        ("headers: {X: 5}", "headers: X is 5, which is no text: put it in quotes"),
        ("headers: {X: yes}", "headers: X is True, which is no text: put it in quotes"),
        ("headers: {X: [a, {}]}", "headers: X is {}, which is no text"),
        ("headers: {X: []}", "headers: X is an empty list"),
        ('headers: {X: "a\\r\\nY: b"}', "headers: X holds a control character"),
        ('headers: {X: "a\\nb"}', "a header value is one line without CR, LF and NUL"),
        ('headers: {X: "a\\0b"}', "headers: X holds a control character"),
        ("headers: {X: ' a'}", "headers: X begins or ends with a blank"),
        (
            "headers: {X: a, x: b}",
            "headers: x is there twice, and names ignore case: write one name with a list of values",
        ),
        ("body: 5", "body is 5, which is not of the right type"),
        ("body: {base64: '?'}", "body: base64 cannot be decoded"),
        ("body: {base64: 'é'}", "body: base64 cannot be decoded"),
        ("body: {hex: '00'}", "body must be a text, or {base64: <text>} for bytes"),
        ("body: {}", "body must be a text, or {base64: <text>} for bytes"),
        ("chunked: true", "chunked needs a body"),
        ("{chunked: 'yes', body: a}", "chunked is 'yes', which is not of the right type"),
        ("client: somebody", "client is 'somebody', which is no IP address: write one address"),
        ("client: 192.0.2.0/24", "which is no IP address"),
        ("client: ''", "which is no IP address"),
        ("client: 'fe80::1%eth0'", "which is no IP address"),
        ('client: "fe80::1%\\r\\nX: a"', "which is no IP address"),
        ("client: 5", "client is 5, which is not of the right type"),
        ("never_sent: ' '", "never_sent must say in printable ASCII what harm the request would do"),
        ("never_sent: é", "never_sent must say in printable ASCII what harm the request would do"),
        ("never_sent: true", "never_sent is True, which is not of the right type"),
        ("{probe: true, never_sent: it does harm}", "probe and never_sent exclude each other"),
    ],
)
def test_each_error_names_file_entry_field_and_fix(entry: str, problem: str) -> None:
    error = error_of(entry)
    assert error.startswith("traffic.yml: attacks, entry 1: ")
    assert problem in error


def test_sizes_are_bounded() -> None:
    fits = {f"X-{number}": "a" for number in range(MAX_HEADERS)}
    assert len(case_of("{}", headers=fits).headers) == MAX_HEADERS
    assert "lines are too many" in error_of("{}", headers={**fits, "More": "a"})
    assert "is no header name" in error_of("{}", headers={"X" * (MAX_HEADER_NAME + 1): "a"})
    assert case_of("{}", headers={"X" * MAX_HEADER_NAME: "a" * MAX_HEADER_VALUE}).headers
    assert "at most 4096" in error_of("{}", headers={"X": "a" * (MAX_HEADER_VALUE + 1)})
    full = ["a" * MAX_HEADER_VALUE, "a" * (8192 - MAX_HEADER_VALUE - 10)]
    assert len(case_of("{}", headers={"X": full}).headers) == 2
    assert "8193 bytes are too many" in error_of("{}", headers={"X": [full[0], f"{full[1]}a"]})
    assert "8202 bytes are too many: at most 8192 in all" in error_of("{}", headers={"X": ["a" * MAX_HEADER_VALUE] * 2})
    assert case_of("{}", body="a" * MAX_BODY).body
    assert "body has 16385 bytes: at most 16384" in error_of("{}", body="a" * (MAX_BODY + 1))


def test_a_legitimate_probe_must_come_from_anywhere() -> None:
    """Without one no probe shows that the control path is served."""
    entry = {"id": "l", "url": "/", "probe": True, "client": "192.0.2.1"}
    value = {"attacks": [{"id": "a", "url": "/", "probe": True, "client": "192.0.2.1"}], "legitimate": [entry]}
    with pytest.raises(InvalidInput, match="at least one entry of legitimate must have probe: true, and no client"):
        parse_traffic(value, "traffic.yml")
    value["legitimate"] = [{**entry, "client": "192.0.2.2"}, {"id": "m", "url": "/", "probe": True}]
    assert isinstance(parse_traffic(value, "traffic.yml"), Traffic)
