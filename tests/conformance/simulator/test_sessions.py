# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Login, logout, expiry, credentials in headers, limits."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest


@pytest.mark.fact("login-created", "login-token", "login-cookie")
def test_login_answers_201_with_328_bytes_and_the_session_cookie(lab: Any) -> None:
    """201, JSON with a `##` token, 328 bytes, the encoded token as sessionid (telegraf issue 11478), and as NITRO_AUTH_TOKEN."""
    answer = lab.client().log_in()
    token = answer.json["sessionid"]
    assert (answer.status, answer.reason, len(answer.body)) == (201, "Created", 328)
    assert token.startswith("##")
    cookies = [value for name, value in answer.headers if name == "Set-Cookie"]
    assert cookies[0].startswith("SESSID=deleted;")
    assert cookies[1:] == [
        f"{name}={token.replace('#', '%23')}; path=/nitro/v1" for name in ("sessionid", "NITRO_AUTH_TOKEN")
    ]


@pytest.mark.fact("token-in-cookies", "token-in-set-cookie")
@pytest.mark.parametrize("header", ["Cookie", "Set-Cookie"])
@pytest.mark.parametrize("name", ["NITRO_AUTH_TOKEN", "sessionid"])
@pytest.mark.parametrize("encoded", [False, True])
def test_every_way_to_send_the_token(lab: Any, header: str, name: str, encoded: bool) -> None:
    """Either cookie, raw or encoded, even as a Set-Cookie request header (collection client, exporters, adc-nitro-go)."""
    token = lab.client().log_in().json["sessionid"]
    sent = quote(token, safe="") if encoded else token
    assert lab.client(**{header: f"{name}={sent}"}).get("nsversion").status == 200


@pytest.mark.fact("wrong-credentials")
@pytest.mark.parametrize("user", [("nsroot", "wrong"), ("nobody", "nsroot")])
def test_wrong_credentials(lab: Any, user: tuple[str, str]) -> None:
    """401 with 354 (VenafiPS documentation quoting a NITRO error; error list)."""
    answer = lab.client().log_in(*user)
    assert (answer.status, answer.reason, answer.code) == (401, "Unauthorized", 354)
    assert answer.json["message"] == "Invalid username or password"


@pytest.mark.fact("never-logged-in")
def test_never_logged_in(lab: Any) -> None:
    """401 with 1027 (adc-nitro-go; error list)."""
    answer = lab.client().get("nsversion")
    assert (answer.status, answer.code) == (401, 1027)


@pytest.mark.fact("session-expired")
def test_unknown_token(lab: Any) -> None:
    """401 with 444 (adc-nitro-go; exporters)."""
    client = lab.client(Cookie="NITRO_AUTH_TOKEN=##0011")
    for answer in (client.get("nsversion"), client.post("logout", {})):
        assert (answer.status, answer.code) == (401, 444)


@pytest.mark.fact("logout")
def test_logout_ends_the_session(box: Any) -> None:
    """Logout is answered with 200; the token is invalid afterwards (NITRO guide, basic operations)."""
    assert box.post("logout", {}).status == 200
    assert box.get("nsversion").code == 444


@pytest.mark.fact("session-idle", "login-timeout")
def test_idle_sessions_expire(lab: Any) -> None:
    """1800 s of idle time by default, or the login's timeout (NITRO guide)."""
    patient, hasty = lab.box(), lab.client()
    hasty.log_in(timeout=60)
    lab.simulator.appliance("gw").advance(61)
    assert hasty.get("nsversion").code == 444
    assert patient.get("nsversion").status == 200
    lab.simulator.appliance("gw").advance(1801)
    assert patient.get("nsversion").code == 444


@pytest.mark.fact("new-password-unexpected")
def test_new_password_is_an_invalid_argument(lab: Any) -> None:
    """599 with 278 on a build that does not know it (citrixadc provider issue 1447)."""
    answer = lab.client().log_in(new_password="x")
    assert (answer.status, answer.code) == (599, 278)


@pytest.mark.fact("header-credentials", "header-credentials-session")
def test_credentials_in_headers(lab: Any) -> None:
    """X-NITRO-USER and X-NITRO-PASS for one call (NITRO reference); the session ends with it (elastic integrations 12144)."""
    answer = lab.client(X_NITRO_USER="nsroot", X_NITRO_PASS="nsroot").get("systemsession")
    assert answer.status == 200
    assert lab.simulator.appliance("gw").state()["nodes"][0]["sessions"] == 0
    assert lab.client(X_NITRO_USER="nsroot", X_NITRO_PASS="no").get("nsversion").code == 354


@pytest.mark.fact("basic-authentication")
def test_basic_authentication(lab: Any) -> None:
    """HTTP Basic works too (NITRO guide, use cases)."""
    credentials = base64.b64encode(b"nsroot:nsroot").decode()
    assert lab.client(Authorization=f"Basic {credentials}").get("nsversion").status == 200


@pytest.mark.fact("session-limit", "session-limit-code")
def test_twenty_sessions(lab: Any) -> None:
    """Up to 20 concurrent sessions (product FAQ), then 446 (community topic 250190)."""
    for _ in range(20):
        assert lab.client().log_in().status == 201
    assert lab.client().log_in().code == 446


@pytest.mark.fact("session-list", "session-kill-all")
def test_sessions_are_listed_and_killed(lab: Any) -> None:
    """systemsession lists them; kill all does not end the caller's session (NITRO reference)."""
    box, other = lab.box(), lab.box()
    rows = box.rows("systemsession")
    assert [row["currentconn"] for row in rows] == [True, False]
    assert box.post("systemsession", {"all": True}, "?action=kill").status == 200
    assert other.get("nsversion").code == 444
    assert box.get("nsversion").status == 200


@pytest.mark.fact("login-cookie")
def test_older_login_answers(with_switches: Callable[..., Any]) -> None:
    """Traces of 2022 and 2025: one cookie; a trace of 2017: the other cookie and an empty text/html body."""
    answer = with_switches(login_answer="sessionid").client().log_in()
    assert answer.json["sessionid"].startswith("##")
    assert "NITRO_AUTH_TOKEN" not in str(answer.headers)
    answer = with_switches(login_answer="nitro_auth_token").client().log_in()
    assert (answer.status, answer.body) == (201, b"")
    assert any(value.startswith("NITRO_AUTH_TOKEN=%23%23") for name, value in answer.headers if name == "Set-Cookie")


@pytest.mark.fact("secrets-hidden")
def test_secrets_never_reach_the_log(lab: Any) -> None:
    """The request log and the list of users contain no password and no token."""
    box = lab.box()
    token = box.headers["Cookie"].split("=", 1)[1]
    assert "password" not in box.rows("systemuser")[0]
    text = str(lab.simulator.requests())
    assert token not in text
    assert token.replace("#", "%23") not in text
