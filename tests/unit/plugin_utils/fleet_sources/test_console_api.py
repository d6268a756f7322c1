# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of NetScaler Console is fetched with one request, over verified TLS, within bounds."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources import console_api
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.console_api import TARGET, Console
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import CannotConnect, InvalidInput

from tests.unit.plugin_utils.scripted_server import Certificates, Raw, Reply, Server, Silence, error

PASSWORD = "n1ght-Shift-é"


@pytest.fixture
def console(https: Server, certificates: Certificates) -> Console:
    return Console(f"https://127.0.0.1:{https.port}", "reader", PASSWORD, ca_file=certificates.ca_file, seconds=5)


def test_one_request_without_a_session(console: Console, https: Server) -> None:
    https.script("GET", TARGET, Reply(200, {"ns": []}))
    assert console.fetch() == b'{"ns": []}'
    (request,) = https.received
    assert (request.headers["x-nitro-user"], request.headers["x-nitro-pass"].encode("latin-1").decode()) == (
        "reader",
        PASSWORD,
    )
    assert "cookie" not in request.headers


def test_a_certificate_that_is_not_trusted(console: Console, https: Server) -> None:
    with pytest.raises(CannotConnect, match="Name its CA in ca_file"):
        replace(console, ca_file=None).fetch()
    assert https.received == []


def test_a_pin(console: Console, https: Server, certificates: Certificates) -> None:
    https.script("GET", TARGET, Reply(200, {"ns": []}))
    pinned = replace(console, ca_file=None, certificate_pin=certificates.pins["good"].upper())
    assert pinned.fetch() == b'{"ns": []}'
    https.received.clear()
    with pytest.raises(CannotConnect, match=f"its certificate has the SHA-256 {certificates.pins['good']}"):
        replace(pinned, certificate_pin="00" * 32).fetch()
    assert https.received == [], "the password must not be sent"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (error(401, 354, "Invalid username\x1b[31m"), r"HTTP 401: Invalid username\\x1b\[31m"),
        (Reply(302, b"<html>", (("Location", "http://127.0.0.1/"),)), "HTTP 302"),
        (Silence(), "Remote end closed"),
        (Raw(b"nonsense\r\n\r\n"), "nonsense"),
        (Raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000), "headers"),
    ],
)
def test_answers_that_say_no(console: Console, https: Server, answer: object, problem: str) -> None:
    https.script("GET", TARGET, answer)  # type: ignore[arg-type]
    with pytest.raises(CannotConnect, match=problem) as raised:
        console.fetch()
    assert str(raised.value).startswith(f"https://127.0.0.1:{https.port}{TARGET}: ")
    assert PASSWORD not in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_an_answer_without_end(console: Console, https: Server) -> None:
    https.script("GET", TARGET, Reply(200, b"x" * 5000))
    with (
        mock.patch.object(console_api, "LARGEST_ANSWER", 1000),
        pytest.raises(CannotConnect, match="larger than 1,000 bytes"),
    ):
        console.fetch()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": "http://console.example.net"}, "url: write the address"),
        ({"url": "https://a:b@console.example.net"}, "url: write the address"),
        ({"url": "https://console.example.net/nitro"}, "url: write the address"),
        ({"url": "https://console.example.net:99999"}, "url: write the address"),
        ({"url": "https://[::1"}, "url: write the address"),
        ({"user": ""}, "user: it is empty"),
        ({"password": "a\r\nX-Evil: 1"}, "password: it is empty, or has characters"),
        ({"ca_file": "/nowhere.pem"}, "^ca_file /nowhere.pem"),
    ],
)
def test_settings_that_are_wrong(console: Console, https: Server, changes: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as raised:
        replace(console, **changes).fetch()  # type: ignore[arg-type]
    assert "X-Evil" not in str(raised.value)
    assert https.accepted == 0
