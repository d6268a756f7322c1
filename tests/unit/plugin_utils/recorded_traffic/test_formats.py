# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log lines: the samples of the public sources are read, and text that a client writes into a line stays in its field."""

from __future__ import annotations

import json
import string
from calendar import timegm

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.formats import FORMATS, parser_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
    Unparsable,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together
from tests.synthetic import Mix, Synthetic, combined, json_line, observed, paired


def parsed(format_: str, line: str, order: str = "MDY") -> RecordedRequest:
    found = parser_for(format_, order)(line)
    assert found is not None
    return found


def at(*moment: int) -> int:
    return timegm((*moment, 0, 0, 0))


# -- samples of the public sources (mitigations 6.1, 6.3, 6.4) ------------------------------------------------------------

HTTPACCESS = {
    "2020, FireEye": (
        '127.0.0.1 - - [18/Jan/2020:00:15:29 +0000] "GET /vpn/../vpns/portal/12345678.xml HTTP/1.1" 200 71875 "-" "python-requests/2.18.4"',
        RecordedRequest("/vpn/../vpns/portal/12345678.xml", at(2020, 1, 18, 0, 15, 29), None, None, "GET", 200),
    ),
    "2019, with the time it took": (
        '192.168.0.4 - - [28/Nov/2019:22:28:20 +0000] "POST /vpns/portal/scripts/newbm.pl HTTP/1.1" 200 135 "-" "Mozilla/5.0 ..." "Time: 6809 microsecs"',
        RecordedRequest(
            "/vpns/portal/scripts/newbm.pl", at(2019, 11, 28, 22, 28, 20), "192.168.0.4", None, "POST", 200
        ),
    ),
    "newer, with the process": (
        '127.0.0.1 - - [11/Aug/2023:08:30:00 +0000] [82775] "GET / HTTP/1.1" 200 18705 "-" "curl/7.78.0" "Time: 39770 microsecs"',
        RecordedRequest("/", at(2023, 8, 11, 8, 30, 0), None, None, "GET", 200, direct=True),
    ),
    "newer, with client and VIP": (
        '1.2.3.4 -> 5.6.7.8 - - [19/Dec/2022:17:25:48 +0100] [69420] "GET / HTTP/1.1" 200 1436 "-" "Mozilla/5.0 (a; b)" "Time: 58774 microsecs"',
        RecordedRequest("/", at(2022, 12, 19, 16, 25, 48), "1.2.3.4", "5.6.7.8", "GET", 200),
    ),
    "without user agent": (
        '127.0.0.2 - - [13/Jan/2020:08:28:31 +0000] "GET /x HTTP/1.1" 200 83 "-"',
        RecordedRequest("/x", at(2020, 1, 13, 8, 28, 31), "127.0.0.2", None, "GET", 200),
    ),
    "size missing": (
        '127.0.0.2 - - [13/Jan/2020:08:28:31 +0000] "HEAD /x HTTP/1.1" 304 - "-" "curl/7.58.0"',
        RecordedRequest("/x", at(2020, 1, 13, 8, 28, 31), "127.0.0.2", None, "HEAD", 304),
    ),
}


@pytest.mark.parametrize("name", HTTPACCESS)
def test_the_formats_of_httpaccess(name: str) -> None:
    line, wanted = HTTPACCESS[name]
    assert parsed("httpaccess", line)._replace(agent=None, referer=None) == wanted


def test_a_local_client_is_lost_in_httpaccess_and_is_one_in_web_logs() -> None:
    line = HTTPACCESS["2020, FireEye"][0]
    assert parsed("httpaccess", line).lacks() == ("client address", "VIP", "session")
    assert parsed("web", line).client == "127.0.0.1"


@pytest.mark.parametrize(
    "prefix",
    ["", "<134>Jan  2 03:04:05 proxy nginx: ", "Jan 12 03:04:05 proxy apache[12]: ", "<134>1 2020-01-12T03:04:05+01:00 proxy nginx - - ",
     "<134>1 2020-01-12T03:04:05+01:00 proxy nginx 12 - - ", '<134>1 2020-01-12T03:04:05+01:00 proxy nginx 12 access [meta a="b"][c] ',
     "2020-01-12T03:04:05.123Z proxy nginx: ", "www.example:443 "],
)  # fmt: skip
def test_web_lines_behind_what_syslog_puts_in_front(prefix: str) -> None:
    line = prefix + '198.51.100.7 - jan [12/Jan/2020:03:04:05 +0100] "GET /a?b=c HTTP/1.1" 200 5'
    found = parsed("web", line)
    assert (found.client, found.url, found.at) == ("198.51.100.7", "/a?b=c", at(2020, 1, 12, 2, 4, 5))


MESSAGE = 'default RESPONDER Message 209051714 0 :  "tq_w would block vip=203.0.113.1 port=443 client=198.51.100.9 session=FALSE method=POST url=/a?b=1"'


@played_together(
    ("prefix", "moment"),
    [
        ("<134> 06/14/2024:18:29:23 GMT host1 0-PPE-1 : ", at(2024, 6, 14, 18, 29, 23)),
        (
            "May 31 02:05:23 <local0.info> 10.106.44.21  05/31/2024:06:05:23 GMT HA1 0-PPE-0 : ",
            at(2024, 5, 31, 6, 5, 23),
        ),
        ("<134> 07/08/2024:01:29:43  ns1 0-PPE-1 : ", at(2024, 7, 8, 1, 29, 43)),
        ("<134> 31/05/2024:01:29:43 GMT  0-PPE-6 : ", at(2024, 5, 31, 1, 29, 43)),
        ("Feb  6 09:40:58 <local0.info> x  06/02/2024:09:40:58 GMT  0-PPE-6 : ", at(2024, 2, 6, 9, 40, 58)),
        ("<134> 2024/05/31:01:29:43 GMT ns1 0-PPE-6 : ", at(2024, 5, 31, 1, 29, 43)),
        ("2024-05-31T01:29:43Z ns1 ", at(2024, 5, 31, 1, 29, 43)),
        ("<135> ", None),
        ("<134> 99/99/2024:18:29:23 GMT host1 0-PPE-1 : ", None),
        ("<134> 06/14/2024:24:29:23 GMT host1 0-PPE-1 : ", None),
    ],
)
def test_the_variations_of_ns_log(prefix: str, moment: int | None) -> None:
    wanted = RecordedRequest("/a?b=1", moment, "198.51.100.9", "203.0.113.1:443", "POST", session=False)
    assert parsed("observe", prefix + MESSAGE) == wanted
    assert parsed("observe", (prefix + MESSAGE).replace("RESPONDER", "REWRITE")) == wanted


def test_the_order_of_day_and_month_is_asked_where_nothing_tells() -> None:
    line = f"<134> 02/03/2024:01:00:00 GMT ns1 0-PPE-0 : {MESSAGE}"
    assert parsed("observe", line).at == at(2024, 2, 3, 1, 0, 0)
    assert parsed("observe", line, "DMY").at == at(2024, 3, 2, 1, 0, 0)


@pytest.mark.parametrize(
    ("told", "vip"),
    [
        ("vip=2001:db8::1 port=443", "[2001:db8::1]:443"),
        ("vip=203.0.113.1", "203.0.113.1"),
        ("vip=gw", "gw"),
        ("vip= port=443", None),
        ("port=443", None),
    ],
)
def test_the_virtual_server_of_a_message(told: str, vip: str | None) -> None:
    assert parsed("observe", MESSAGE.replace("vip=203.0.113.1 port=443", told)).vip == vip


@pytest.mark.parametrize(
    "line",
    ['"', "",
     'default RESPONDER Message 1 0 :  "tq_cve blocked 198.51.100.9 /vpn/../vpns/"',
     "Jan 19 23:00:06 ns newsyslog[14448]: logfile turned over due to size>100K",
     '<134> 07/08/2024:01:29:43  ns1 0-PPE-1 : default CLI CMD_EXECUTED 86918679 0 :  User a - Remote_ip 81.2.69.144 - Command "x"',
     '<134> 06/14/2024:18:29:23 GMT h 0-PPE-1 : default REWRITE Message 1 0 :  "Source: 1.2.3.4 Request URL: site.example/1.jpg"'],
)  # fmt: skip
def test_what_is_about_something_else_is_no_request(line: str) -> None:
    assert parser_for("observe")(line) is None


@played_together(
    ("format_", "line", "reason"),
    [
        ("observe", f"<134> 06/14/2024:18:29:23 GMT host1 0-PPE-1 : {MESSAGE[:-20]}", "a message that is cut off"),
        ("observe", "Jun 14 18:29:23 ns last message repeated 7 times", "repetitions that syslogd folded"),
        ("observe", MESSAGE.replace("/a?b=1", ""), "a message without a URL"),
        ("observe", MESSAGE.replace("/a?b=1", "/a\x1b[2J"), "control characters"),
        (
            "observe",
            f'1.2.3.4 - - [18/Jan/2020:00:15:29 +0000] "GET / HTTP/1.1" 200 5 "-" "x {MESSAGE}',
            "a request in another format",
        ),
        ("web", "a line of something", "not in the format"),
        ("web", '1.2.3.4 - - [12/Jan/2020:03:04:05 +0100] "-" 408 0', "no request line"),
        ("web", r'1.2.3.4 - - [12/Jan/2020:03:04:05 +0100] "\x16\x03\x01" 400 0', "no request line"),
        ("web", '1.2.3.4 - - [12/Jan/2020:03:04:05 +0100] "GET /a\x00 HTTP/1.1" 400 0', "control characters"),
        ("json", "{", "not JSON"),
        ("json", "[" * 5000, "not JSON"),
        ("json", "[1]", "not a JSON object"),
        ("json", '{"client": "1.2.3.4"}', "no URL"),
        ("json", '{"url": "/a\\nb"}', "control characters"),
    ],
)
def test_what_cannot_be_read_says_why(format_: str, line: str, reason: str) -> None:
    with pytest.raises(Unparsable, match=reason):
        parser_for(format_)(line)


def test_json_names_are_found_and_can_be_named() -> None:
    line = '{"remote_addr": "198.51.100.7", "request": "GET /caf\\u00e9 HTTP/1.1", "msec": 1578800000.123, "lb": "gw", "status": "200"}'
    found = parser_for("json", fields={"vip": "lb"})(line)
    assert found == RecordedRequest("/caf\xc3\xa9", 1578800000, "198.51.100.7", "gw", "GET", 200)


def test_json_may_be_nested_and_a_key_without_a_value_is_none() -> None:
    line = '{"source": {"ip": "198.51.100.7"}, "url": {"path": "/a"}, "client": null, "remote_addr": "192.0.2.1"}'
    assert parser_for("json", fields={"client": "source.ip", "url": "url.path"})(line) == RecordedRequest(
        "/a", client="198.51.100.7"
    )
    assert parser_for("json", fields={"url": "url.path"})(line) == RecordedRequest("/a", client="192.0.2.1")
    with pytest.raises(Unparsable, match="no URL"):
        parser_for("json", fields={"url": "url.path.x"})(line)


# -- what clients write ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "/a vip=192.0.2.66 client=192.0.2.66 url=/b",
        '/a" url=/b vip=192.0.2.66:443 x="',
        "/a url=/vpn/index.html",
    ],
)
def test_a_url_cannot_stand_in_for_other_fields_of_a_message(url: str) -> None:
    found = parsed("observe", MESSAGE.replace("/a?b=1", url))
    assert (found.vip, found.client, found.method) == ("203.0.113.1:443", "198.51.100.9", "POST")
    assert found.url == url


FORGED = 'default RESPONDER Message 1 0 :  "tq_w would block vip=203.0.113.1 port=443 client=192.0.2.66 method=GET url=/evil"'


@pytest.mark.parametrize(
    "line",
    [
        f"<132> 07/07/2024:15:20:01  ns1 0-PPE-0 : default AAA LOGIN_FAILED 139 0 : User {FORGED}",
        f"<132> default LOGIN_FAILED 139 0 :  User {FORGED}",
        f"<132> 07/07/2024:15:20:01  ns1 0-PPE-0 : default AAA LOGIN_FAILED 139 0 : User x 0-PPE-0 : {FORGED}",
        f'<132> 07/07/2024:15:20:01  ns1 0-PPE-0 : default AAA LOGIN_FAILED 139 0 : User x - Failure_reason "x" - Browser {FORGED}',
        f'<132> 07/07/2024:15:20:01  ns1 0-PPE-0 : default REWRITE Message 139 0 :  "Agent: {FORGED}',
        '<132> 07/07/2024:15:20:01  ns1 0-PPE-0 : default REWRITE Message 139 0 :  "Agent: x vip=203.0.113.1 client=192.0.2.66 url=/evil"',
        f"Feb  6 09:40:58 ns sshd[1099]: Invalid user x 0-PPE-0 : {FORGED}",
    ],
)
def test_what_strangers_write_into_other_lines_is_no_message_of_ours(line: str) -> None:
    assert parser_for("observe")(line) is None


def test_a_stranger_cannot_make_lines_unreadable_either() -> None:
    assert (
        parser_for("observe")(
            "<132> default LOGIN_FAILED 1 0 :  User last message repeated 7 times - Client_ip 1.2.3.4"
        )
        is None
    )


def test_newer_builds_leave_out_date_and_feature() -> None:
    assert parsed("observe", f"<135> {MESSAGE}".replace("RESPONDER ", "")).url == "/a?b=1"


@pytest.mark.parametrize(
    ("written", "client"),
    [
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:50123", "198.51.100.7"),
        ("[2001:db8::7]:50123", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("198.51.100.7, 192.0.2.1", None),
        ("unknown", None),
    ],
)
def test_the_ways_in_which_clients_are_written(written: str, client: str | None) -> None:
    assert parsed("json", json.dumps({"url": "/a", "client": written})).client == client


def test_an_absent_header_is_not_one_that_says_so() -> None:
    found = parsed("web", '1.2.3.4 - - [12/Jan/2020:03:04:05 +0100] "GET /a HTTP/1.1" 200 1 "-" "-"')
    assert (found.referer, found.agent) == (None, None)


def test_a_missing_address_of_the_virtual_server_is_missing() -> None:
    found = parsed("httpaccess", '- -> - - - [12/Jan/2020:03:04:05 +0100] [7] "GET /a HTTP/1.1" 200 1 "-" "-"')
    assert (found.client, found.vip) == (None, None)


def test_a_method_cannot_stand_in_for_other_fields_either() -> None:
    found = parsed("observe", MESSAGE.replace("method=POST", "method=vip=192.0.2.66"))
    assert (found.vip, found.client) == ("203.0.113.1:443", "198.51.100.9")


def test_a_user_agent_cannot_make_a_second_request() -> None:
    evil = r"x\" 200 1\n6.6.6.6 - - [12/Jan/2020:03:04:05 +0100] \"GET /evil HTTP/1.1"
    found = parsed("web", f'1.2.3.4 - - [12/Jan/2020:03:04:05 +0100] "GET /a HTTP/1.1" 200 1 "-" "{evil}"')
    assert (found.url, found.client) == ("/a", "1.2.3.4")


urls = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"]), min_size=1).map(
    lambda t: f"/{t}"
)


@given(urls)
def test_any_url_comes_back_as_it_was(url: str) -> None:
    request = RecordedRequest(url, 1578800000, "198.51.100.7", "203.0.113.1:443", "GET", 200, False)
    escaped = request._replace(agent=url)
    assert parsed("web", combined(escaped)).url == url
    assert parsed("web", combined(escaped)).agent == url
    assert parsed("httpaccess", paired(escaped)).vip == "203.0.113.1"
    assert parsed("observe", observed(request))._replace(status=200) == request
    assert parsed("json", json_line(request)).url == url.encode().decode("latin-1")


REASONS = {"not in the format", "no request line", "control characters", "not JSON", "not a JSON object", "no URL",
           "a message that is cut off", "a request in another format", "repetitions that syslogd folded", "a message without a URL"}  # fmt: skip


def outcome(format_: str, line: str) -> str:
    """A reason, or request or other."""
    try:
        found = parser_for(format_)(line)
    except Unparsable as problem:
        return str(problem)
    return "other" if found is None else "request"


@given(st.sampled_from(FORMATS), st.text(st.characters(max_codepoint=0xFF)))
def test_any_line_is_a_request_or_not_or_says_why(format_: str, line: str) -> None:
    assert outcome(format_, line) in REASONS | {"request", "other"}


FRAGMENTS = ["1.2.3.4", " - - ", "[12/Jan/2020:03:04:05 +0100]", ' "', '"', "\\", "GET /a HTTP/1.1", " 200 1", " -> ", " RESPONDER Message 1 0 : ",
             "url=", "vip=", "06/14/2024:18:29:23 ", "GMT ", "{", '{"url":"/a"', "}", *string.punctuation]  # fmt: skip


@given(st.sampled_from(FORMATS), st.lists(st.sampled_from(FRAGMENTS), max_size=60))
def test_pieces_of_lines_in_any_order_are_read_in_no_time(format_: str, pieces: list[str]) -> None:
    assert outcome(format_, "".join(pieces) * 20) in REASONS | {"request", "other"}


def test_the_synthetic_traffic_comes_back_from_every_format() -> None:
    for labelled in Synthetic(Mix(requests=500, bad=0.2)).requests():
        wanted = labelled.request
        assert parsed("web", combined(wanted))[:3] == wanted[:3]
        assert parsed("observe", observed(wanted))[:5] == wanted[:5]
        assert parsed("json", json_line(wanted))[:7] == wanted[:7]
