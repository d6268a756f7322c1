# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Control calls about the operating system of a node: what an intruder leaves there."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from typing import Any

import pytest

from simulator.server.control import ControlError


def node(lab: Any, appliance: str = "gw", number: int = 0) -> Any:
    return lab.simulator.fleet.appliances[appliance].nodes[number]


def test_a_file_with_owner_and_mode(lab: Any) -> None:
    """As somebody else than the appliance would leave it; systemfile shows it like others."""
    appliance = lab.simulator.appliance("gw")
    path = "/var/vpn/themes/x.php"
    appliance.write_file(path, "<?php", owner="nobody", group="nobody", mode="4644", mtime="2020-01-12T00:00:00Z")
    file = node(lab).files[path]
    assert (file.owner, file.group, file.mode, bytes(file.content)) == ("nobody", "nobody", 0o4644, b"<?php")
    (row,) = lab.box().rows("systemfile/x.php?args=filelocation:%2Fvar%2Fvpn%2Fthemes")
    assert row["filemodifiedtime"] == "Sun Jan 12 00:00:00 2020"
    appliance.write_file(path, "more")
    assert (file.owner, bytes(node(lab).files[path].content)) == ("nobody", b"more")
    appliance.write_file("/var/tmp/sh", base64=base64.b64encode(b"\x7fELF\xff").decode(), mode="6555")
    assert bytes(node(lab).files["/var/tmp/sh"].content) == b"\x7fELF\xff"
    appliance.write_file("/var/vpn/link", link="/tmp/x")
    appliance.remove_file(path)
    appliance.remove_file("/var/vpn/link")
    assert path not in node(lab).files
    assert lab.box().get("systemfile/x.php?args=filelocation:%2Fvar%2Fvpn%2Fthemes").status == 404


def test_a_file_on_one_node(lab: Any) -> None:
    appliance = lab.simulator.appliance("pair")
    appliance.write_file("/var/tmp/x", "x", node=1, owner="nobody")
    appliance.log("/var/log/ns.log", "planted", node=1)
    assert ["/var/tmp/x" in node(lab, "pair", number).files for number in (0, 1)] == [False, True]
    files = [entry["files"].get("/var/log/ns.log", "") for entry in appliance.state()["nodes"]]
    assert ["planted" in text for text in files] == [False, True]
    appliance.remove_file("/var/tmp/x")  # from the node that has it
    assert "/var/tmp/x" not in node(lab, "pair", 1).files
    with pytest.raises(ControlError, match="No such file"):
        appliance.remove_file("/var/tmp/x")


def test_a_log_line(lab: Any) -> None:
    """As it is, behind what the appliance has written."""
    appliance, box = lab.simulator.appliance("gw"), lab.box()
    line = "Jan 15 03:00:00 <local0.info> x  pitboss PPE unexpectedly died NSPPE;\udcff\x1b"
    appliance.log("/var/log/ns.log", line)
    (row,) = box.rows("systemfile/ns.log?args=filelocation:%2Fvar%2Flog")
    lines = base64.b64decode(row["filecontent"]).splitlines()
    assert b"login nsroot" in lines[0]
    assert lines[1] == line.encode("utf-8", "surrogateescape")


def test_processes_and_sockets(lab: Any) -> None:
    appliance = lab.simulator.appliance("gw")
    appliance.processes([{"user": "nobody", "pid": 9999, "command": "/tmp/.init/httpd"}])
    appliance.sockets(
        [{"user": "nobody", "command": "httpd", "pid": 9999, "descriptor": 3, "protocol": "udp4", "local": "*:18634"}]
    )
    assert ("nobody", "/tmp/.init/httpd") in [(process.user, process.command) for process in node(lab).processes]
    assert ("udp4", "*:18634") in [(socket.protocol, socket.local) for socket in node(lab).sockets]
    own = len(node(lab).processes)
    appliance.processes([])
    assert len(node(lab).processes) == own - 1
    lab.simulator.reset()
    assert "*:18634" not in [socket.local for socket in node(lab).sockets]


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("files", {"path": "relative", "text": "x"}),
        ("files", {"path": "/x", "text": 3}),
        ("files", {"path": "/x", "mode": "9999"}),
        ("files", {"path": "/x", "colour": "red"}),
        ("files", {"path": "/x", "text": "x", "link": "/y"}),
        ("log", {"path": "/var/log/ns.log"}),
        ("log", {"path": "/var/log/ns.log", "line": "x" * 100_000}),
        ("log", {"line": "x"}),
        ("processes", {"processes": "x"}),
        ("processes", {"processes": [{"user": "nobody", "pid": "1", "command": "x"}]}),
        ("processes", {"processes": [{"user": "nobody", "command": "x"}]}),
        ("processes", {"processes": [{"user": "nobody", "pid": 1, "command": "x", "colour": "red"}]}),
        ("processes", {"processes": [{"user": "nobody", "pid": 1, "command": "x"}] * 1001}),
        ("sockets", {"sockets": [3]}),
        ("sockets", {}),
    ],
)
def test_what_is_refused(lab: Any, verb: str, data: dict[str, Any]) -> None:
    """With 400 at the control endpoint; nothing has changed."""
    before = dict(node(lab).files)
    with pytest.raises(ControlError) as refusal:
        lab.simulator.control("POST", f"/appliances/gw/{verb}", data)
    assert refusal.value.status == 400
    assert dict(node(lab).files) == before


def test_removing_what_is_not_there(lab: Any) -> None:
    request = urllib.request.Request(
        f"{lab.simulator.ready['control']}/appliances/gw/files", b'{"path": "/var/tmp/none"}', method="DELETE"
    )
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=60)
    assert refusal.value.code == 400
    assert b"No such file or directory" in refusal.value.read()
