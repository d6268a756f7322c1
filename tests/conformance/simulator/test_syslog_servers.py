# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages at syslog servers: real datagrams to a receiver on loopback."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.network import syslog_sender
from simulator.node import logs


class Receiver:
    """A syslog server."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]

    def messages(self) -> list[str]:
        """Return what has come; datagrams on loopback arrive before the response to the request that caused them."""
        found = []
        while True:
            try:
                found.append(self.socket.recv(65536).decode())
            except BlockingIOError:
                return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.socket.close()


def export(box: Any, port: int, *, rule: str = "true", bound: bool = True, **action: Any) -> None:
    row = {"name": "out", "serverip": "127.0.0.1", "serverport": port, "loglevel": ["ALL"], **action}
    assert box.post("auditsyslogaction", row).status == 201
    assert box.post("auditsyslogpolicy", {"name": "out", "rule": rule, "action": "out"}).status == 201
    if bound:
        row = {"policyname": "out", "priority": 100}
        assert box.post("auditsyslogglobal_auditsyslogpolicy_binding", row).status == 201


@pytest.mark.fact("syslog-server")
@pytest.mark.parametrize(("facility", "priority"), [("LOCAL0", 134), ("LOCAL7", 190)])
def test_a_server_gets_the_messages(box: Any, receiver: Receiver, facility: str, priority: int) -> None:
    """Each message with its number, as ns.log has it, without syslog's own time."""
    export(box, receiver.port, logfacility=facility)
    receiver.messages()
    box.get("nsversion")
    (text,) = receiver.messages()
    shape = (
        rf"<{priority}> 01/15/2020:03:00:\d\d GMT gw1 0-PPE-0 : default API CMD_EXECUTED \d+ 0 :  "
        r'User nsroot - Remote_ip 127\.0\.0\.1 - Command "show ns version" - Status "Success"'
    )
    assert re.fullmatch(shape, text)
    box.delete("auditsyslogglobal_auditsyslogpolicy_binding?args=policyname:out")
    receiver.messages()
    box.get("nsversion")
    assert receiver.messages() == []


@pytest.mark.fact("syslog-server")
@pytest.mark.parametrize(
    "more", [{"bound": False}, {"loglevel": ["DEBUG", "ALERT"]}, {"serverip": "192.0.2.1"}, {"transport": "TCP"}]
)
def test_what_a_server_does_not_get(box: Any, receiver: Receiver, more: dict[str, Any]) -> None:
    """Without a binding, of other levels, over TCP; nothing leaves the loopback."""
    export(box, receiver.port, **more)
    receiver.messages()
    assert box.get("nsversion").status == 200
    assert receiver.messages() == []


@pytest.mark.fact("syslog-server-user-defined")
@pytest.mark.parametrize(("local", "remote"), [("NO", "YES"), ("YES", "NO"), ("YES", "YES")])
def test_log_actions_at_a_server(lab: Any, receiver: Receiver, local: str, remote: str) -> None:
    """userdefinedauditlog of the parameters decides about ns.log, that of the action about its server."""
    box = lab.box()
    box.put("auditsyslogparams", {"userdefinedauditlog": local})
    export(box, receiver.port, userdefinedauditlog=remote)
    box.post("auditmessageaction", {"name": "l", "loglevel": "WARNING", "stringbuilderexpr": '"url " + HTTP.REQ.URL'})
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP", "logaction": "l"})
    row = {"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"}
    box.post("responderglobal_responderpolicy_binding", row)
    receiver.messages()
    lab.vserver("web").ask("GET", "/x")
    text = r'<132> 01/15/2020:03:00:\d\d GMT gw1 0-PPE-0 : default RESPONDER Message \d+ 0 :  "url /x"'
    assert [bool(re.fullmatch(text, line)) for line in receiver.messages()] == [True] * (remote == "YES")
    files = lab.simulator.appliance("gw").state()["nodes"][0]["files"]
    assert ("RESPONDER" in files["/var/log/ns.log"]) is (local == "YES")


@pytest.mark.fact("syslog-server-management", "syslog-server-management-form")
@pytest.mark.parametrize(
    ("categories", "received"),
    [
        (["SHELL"], ["bash"]),
        (["NSMGMT"], ["bash"]),
        (["ACCESS"], ["sshd", "httpd"]),
        (["ALL"], ["bash", "bash", "sshd", "httpd"]),
        (["NONE"], []),
    ],
)
def test_management_logs_at_a_server(lab: Any, receiver: Receiver, categories: list[str], received: list[str]) -> None:
    appliance = lab.simulator.appliance("gw")
    appliance.upgrade("13.1 53.24")
    box = lab.box()
    export(box, receiver.port, loglevel=["NONE"], managementlog=categories)
    receiver.messages()
    node = lab.simulator.fleet.appliances["gw"].primary
    logs.shell_command(node, "root", "/dev/pts/0", "id")
    logs.system_log_on(node, "Accepted password for nsroot from 127.0.0.1 port 50000 ssh2")
    box.get("nsversion")
    found = [re.match(r"<\d+>Jan 15 03:00:\d\d gw1 (\w+)", text) for text in receiver.messages()]
    assert [match and match[1] for match in found] == received


def test_a_message_is_bounded(receiver: Receiver) -> None:
    syslog_sender.send("127.0.0.1", receiver.port, "x" * 100_000)
    syslog_sender.send("192.0.2.1", receiver.port, "x")
    syslog_sender.send("nowhere.example", receiver.port, "x")
    assert [len(text) for text in receiver.messages()] == [syslog_sender.LONGEST]


@pytest.mark.fact("syslog-server", "appfw-cef-line")
@pytest.mark.parametrize("form", ["OFF", "ON"])
def test_violations_of_the_application_firewall_are_sent(lab: Any, receiver: Receiver, form: str) -> None:
    """In the appliance's own form or in CEF, to the servers that want informational messages."""
    box = lab.box()
    box.post("nsfeature", {"feature": ["AppFw"]}, "?action=enable")
    assert box.post("appfwprofile", {"name": "prof", "denyurlaction": ["log"]}).status == 201
    assert box.post("appfwprofile_denyurl_binding", {"name": "prof", "denyurl": "/vpns/"}).status == 201
    assert box.put("appfwsettings", {"defaultprofile": "prof", "ceflogging": form}).status == 200
    export(box, receiver.port)
    receiver.messages()
    assert lab.vserver("web").ask("GET", "/vpns/").status == 404
    (line,) = [line for line in receiver.messages() if "APPFW" in line]
    own = (
        " 0-PPE-0 : default APPFW APPFW_DENYURL "
        if form == "OFF"
        else "<134> CEF:0|Citrix|NetScaler|NS13.0|APPFW|APPFW_DENYURL|6|"
    )
    assert own in line
    assert box.put("auditsyslogaction", {"name": "out", "loglevel": ["ERROR"]}).status == 200
    assert box.put("auditsyslogparams", {"loglevel": ["ERROR"]}).status == 200
    receiver.messages()
    lab.vserver("web").ask("GET", "/vpns/")
    assert not [line for line in receiver.messages() if "APPFW" in line]
    row = box.rows("systemfile/ns.log?args=filelocation:%2Fvar%2Flog")[0]
    assert base64.b64decode(row["filecontent"]).count(b"APPFW_DENYURL") == 1
