# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The envelope, its bytes, statuses and headers."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest


@pytest.mark.fact("done-57-bytes", "empty-collection")
def test_done_has_57_bytes(box: Any) -> None:
    """An empty collection answers the 57-byte Done (ansible-collection-netscaleradc issues 323 and 378)."""
    answer = box.get("responderpolicylabel")
    assert answer.status == 200
    assert answer.body == b'{ "errorcode": 0, "message": "Done", "severity": "NONE" }'
    assert answer.header("Content-Length") == "57"


@pytest.mark.fact("nested-spacing", "version-text", "version-mode", "objects")
def test_version_has_201_bytes(box: Any, lab: Any) -> None:
    """nsversion of 13.0-90.12 has 201 bytes and is an object (ansible-collection-netscaleradc issues 378 and 453)."""
    lab.simulator.appliance("gw").upgrade("13.0 90.12")
    answer = lab.box().get("nsversion")
    assert len(answer.body) == 201
    assert answer.json["nsversion"]["version"].startswith(
        "NetScaler NS13.0: Build 90.12.nc, Date: May 15 2023, 03:58:09"
    )
    assert answer.json["nsversion"]["mode"] == "1"


@pytest.mark.fact("bracketed-message", "duplicate-resource")
def test_bracketed_message_has_100_bytes(box: Any) -> None:
    """A duplicate answers 409/273 with the argument in brackets; 100 bytes for this one (collection issue 492)."""
    row = {"name": "10.32.158.11", "servicetype": "HTTP", "ipv46": "192.0.2.1", "port": 80}
    assert box.post("lbvserver", row).status == 201
    answer = box.post("lbvserver", row)
    assert (answer.status, answer.reason, answer.code) == (409, "Conflict", 273)
    assert len(answer.body) == 100


@pytest.mark.fact("slash-escaped")
def test_slash_is_escaped(box: Any) -> None:
    """`/` inside strings is written `\\/` (citrixadc provider issue 1136)."""
    answer = box.get("systemfile?args=filelocation:%2Fnsconfig")
    assert rb'"filelocation": "\/nsconfig"' in answer.body


@pytest.mark.fact("create-empty")
def test_create_answers_201_with_an_empty_html_body(box: Any) -> None:
    """POST create: 201, Content-Length 0, text/html (ansible-collection-netscaleradc issue 378)."""
    answer = box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"})
    assert (answer.status, answer.reason, answer.body) == (201, "Created", b"")
    assert answer.header("Content-Length") == "0"
    assert answer.header("Content-Type") == "text/html; charset=UTF-8"


@pytest.mark.fact("update-done")
def test_update_answers_done(box: Any) -> None:
    """PUT update: 200 with the 57-byte Done (ansible-collection-netscaleradc issue 323)."""
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"})
    answer = box.put("responderpolicy", {"name": "p", "comment": "x"})
    assert (answer.status, len(answer.body)) == (200, 57)


@pytest.mark.fact("headers-apache", "vary-on-get")
def test_headers_of_a_real_appliance(box: Any) -> None:
    """Apache's and PHP's headers (telegraf issue 11478, ansible-collection-netscaleradc issues 378 and 453)."""
    answer = box.get("nsversion")
    assert answer.header("Server") == "Apache"
    assert answer.header("X-Frame-Options") == "SAMEORIGIN"
    assert answer.header("Expires") == "Thu, 19 Nov 1981 08:52:00 GMT"
    assert answer.header("Content-Type") == "application/json; charset=utf-8"
    assert answer.header("Vary") == "Accept-Encoding"
    assert box.post("logout", {}).header("Vary") is None


@pytest.mark.fact("gzip")
def test_gzip_for_clients_that_accept_it(box: Any) -> None:
    """A GET is compressed when the client offers gzip (telegraf issue 11478)."""
    answer = box.get("nsfeature", Accept_Encoding="gzip")
    assert answer.header("Content-Encoding") == "gzip"
    assert json.loads(gzip.decompress(answer.body))["errorcode"] == 0


@pytest.mark.fact("reason-phrases")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason", "code"),
    [
        ("GET", "nosuchtype", None, 400, "Bad Request", 1232),
        ("GET", "responderpolicy/nope", None, 404, "Not Found", 2054),
        ("GET", "lbvserver/nope", None, 404, "Not Found", 258),
        ("GET", "policypatset/nope", None, 404, "Not Found", 2823),
        ("GET", "responderpolicylabel/nope", None, 404, "Not Found", 3087),
        ("GET", "systemuser/nope", None, 404, "Not Found", 2626),
        ("POST", "responderpolicy", b"{not json", 400, "Bad Request", 1233),
        ("POST", "responderpolicy", b'{"responderpolicy": 5}', 400, "Bad Request", 1234),
        ("POST", "responderpolicy", b'{"responderaction": {}}', 400, "Bad Request", 1232),
        (
            "POST",
            "responderpolicy",
            b'{"responderpolicy": {"rule": "TRUE", "action": "NOOP"}}',
            400,
            "Bad Request",
            1095,
        ),
        ("POST", "responderpolicy?action=Enable", b'{"responderpolicy": {}}', 400, "Bad Request", 1240),
        ("PATCH", "responderpolicy", b"{}", 405, "Method Not Allowed", 1237),
    ],
)
def test_pairs_of_status_and_errorcode(
    box: Any, method: str, path: str, body: bytes | None, status: int, reason: str, code: int
) -> None:
    """Statuses, exact reason phrases and codes (adc-nitro-go; collection issues 242 and 378; provider issues; error list)."""
    answer = box.nitro(method, path, body)
    assert (answer.status, answer.reason, answer.code) == (status, reason, code)
    assert answer.json["severity"] == "ERROR"


@pytest.mark.fact("specific-599")
def test_specific_errors_have_status_599(box: Any) -> None:
    """Codes without a general HTTP status: 599 with this reason (adc-nitro-go; provider issue 1091)."""
    answer = box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "nosuchaction"})
    assert (answer.status, answer.reason, answer.code) == (599, "Netscaler specific error", 2824)


@pytest.mark.fact("no-statistics")
def test_unknown_types_have_no_statistics(box: Any) -> None:
    """stat of a type without statistics: 1232 (check_netscaler PR 5)."""
    answer = box.ask("GET", "/nitro/v1/stat/policypatset")
    assert answer.code == 1232
