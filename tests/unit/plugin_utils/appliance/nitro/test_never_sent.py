# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No session sends `clear ns config`, in any spelling, and nothing that is shipped contains it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.never_sent import (
    CONFIG,
    is_never_sent,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from tests.parsed import parsed
from tests.unit.plugin_utils.scripted_server import DONE, Certificates, Reply, Server

ROOT = Path(__file__).parents[5]
SHIPPED = ("plugins", "roles", "playbooks", "templates", "meta")
CLEARED = {"nsconfig": {"level": "full", "force": True}}
DISGUISED: list[tuple[str, str, Any]] = [
    ("POST", "nsconfig?action=clear", CLEARED),
    ("POST", "nsconfig?action=clear", None),
    ("POST", "nsconfig", {"params": {"action": "clear"}, **CLEARED}),
    ("POST", "NSConfig?action=clear", CLEARED),
    ("POST", "ns%63onfig?action=clear", CLEARED),
    ("POST", "ns%2563onfig?action=clear", CLEARED),
    ("POST", "/nsconfig?action=clear", CLEARED),
    ("POST", "nsconfig/?warning=yes&action=clear", CLEARED),
    ("POST", "x/../nsconfig?action=clear", CLEARED),
    ("POST", "x/%2e%2e/nsconfig?action=clear", CLEARED),
    ("POST", "../stat/nsconfig?action=clear", {}),
    ("POST", "", {"params": {"action": "clear"}, **CLEARED}),
    ("POST", "macroapi?action=clear", {"server": [{}], **CLEARED}),
    ("POST", "macroapi?action=clear", {"NSCONFIG": [CLEARED["nsconfig"]]}),
    ("POST", "batchapi", {"batchapi": [{"action": "CLEAR", "type": "nsconfig"}]}),
    ("PUT", "nsconfig", {"nsconfig": {"ipaddress": "192.0.2.1", "netmask": "255.255.255.0"}}),
    ("POST", "nsconfig?action=save&action=clear", {"nsconfig": {}}),
    ("POST", "nsconfig?action=save", CLEARED),
    ("DELETE", "nsconfig", None),
]


@pytest.mark.parametrize(("method", "path", "body"), DISGUISED)
def test_a_session_refuses_it_before_it_is_sent(
    https: Server, certificates: Certificates, method: str, path: str, body: Any
) -> None:
    https.script("POST", CONFIG + "login", Reply(201, {**DONE, "sessionid": "token", "username": "nsroot"}))
    node = Address("127.0.0.1", https.port)
    appliance = Appliance("gw-a", (node,), "nsroot", "secret", ca_file=certificates.ca_file)
    with Session(appliance, node, sleep=lambda _seconds: None) as session:
        with pytest.raises(
            Refused, match=r"was not sent: a session saves the configuration, and never clears, sets or replaces it$"
        ):
            session.write(method, path, body)
        assert not any(exchange.path.endswith(path) for exchange in session.exchanges if path)
    assert [request.target.rpartition("/")[2] for request in https.received] == ["login", "logout"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "nsconfig?action=save", {"nsconfig": {}}),
        ("POST", "responderpolicy", {"responderpolicy": {"name": "nsconfig", "comment": "nsconfig?action=clear"}}),
        ("DELETE", "responderpolicy/nsconfig", None),
        ("DELETE", "systemfile/a%252Fnsconfig?args=filelocation:%2Fnsconfig", None),
        ("POST", "nsacls?action=apply", {"nsacls": {}}),
        ("POST", "macroapi", {"server": [{"name": "nsconfig"}]}),
        ("GET", "nsconfig", None),
    ],
)
def test_other_requests_are_sent(method: str, path: str, body: Any) -> None:
    assert not is_never_sent(method, CONFIG + path, body)


QUESTIONS = ("self.ours.request", "self._known.own.request")
"""These ask whose a request was (traces/findings/ourselves), and send none."""


def test_one_module_makes_requests_of_nitro() -> None:
    """`Session._exchange` is the only caller of what sends a request of NITRO: probes send the traffic of users, without a session, and
    messages to people go to no path of NITRO (fleet/notifications/receivers.py), and NetScaler Console is only read, with GET."""
    senders = set()
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(parsed(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if not isinstance(called, ast.Attribute) or ast.unparse(called) in QUESTIONS:
                continue
            if called.attr in ("request", "putrequest", "urlopen"):
                senders.add(path.name)
    assert senders == {"session.py", "probes.py", "send.py", "console_api.py"}
    console = (ROOT / "plugins/plugin_utils/fleet_sources/console_api.py").read_text(encoding="utf-8")
    assert re.findall(r"\.(?:putrequest|request|urlopen)\((.{5})", console) == ['"GET"']
    text = (ROOT / "plugins/plugin_utils/appliance/nitro/session.py").read_text(encoding="utf-8")
    callers = [
        function.name
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "_send" and function.name != "_send"
    ]
    assert callers == ["_exchange"]


def test_nothing_shipped_contains_it() -> None:
    spelled = re.compile(
        r"clear\s+(?:ns\s+)?config|nsconfig\W+action\W+(?!save)\w|action\W+clear\b[^\n]*nsconfig", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in SHIPPED
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and path.suffix != ".pyc" and path.name != "never_sent.py"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if spelled.search(line)
    ]
    assert found == []
    assert spelled.search('"nsconfig?action=clear"')
    assert spelled.search("clear ns config full")
