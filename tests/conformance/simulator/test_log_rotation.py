# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rotation of the logs of the appliance by newsyslog."""

from __future__ import annotations

import base64
import bz2
import gzip
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from simulator.node import newsyslog

FULL = "x" * 100 * 1024


def read(box: Any, name: str) -> bytes:
    row = box.rows(f"systemfile/{name}?args=filelocation:%2Fvar%2Flog")[0]
    return base64.b64decode(row["filecontent"])


def listed(box: Any) -> list[str]:
    return [row["filename"] for row in box.rows("systemfile?args=filelocation:%2Fvar%2Flog")]


@pytest.mark.fact("log-rotation")
def test_logs_are_rotated(lab: Any) -> None:
    """Hourly, above the size; five old files are kept; the new log begins with a note."""
    appliance = lab.simulator.appliance("gw")
    box = lab.box()
    for part in range(7):
        appliance.write_file("/var/log/httpaccess.log", f"part {part}\n" + "x" * 100 * 1024)
        appliance.write_file("/var/log/ns.log", "small")
        assert read(box, "httpaccess.log").startswith(f"part {part}".encode()), "not within the hour"
        appliance.advance(1700)
        box.get("nsversion")
        appliance.advance(1700)
        box.get("nsversion")
        appliance.advance(200)
        assert b"newsyslog[" in read(box, "httpaccess.log").splitlines()[0]
    found = listed(box)
    assert [name for name in found if name.endswith(".gz")] == [f"httpaccess.log.{part}.gz" for part in range(5)]
    assert gzip.decompress(read(box, "httpaccess.log.0.gz")).startswith(b"part 6")
    assert gzip.decompress(read(box, "httpaccess.log.4.gz")).startswith(b"part 2")
    note = read(box, "httpaccess.log").splitlines()[0].decode()
    assert re.fullmatch(r"Jan 15 10:\d\d:\d\d gw1 newsyslog\[\d+\]: logfile turned over due to size>100K", note)


def parts(files: Mapping[str, Any], log: str) -> list[str]:
    return sorted(path.removeprefix(f"/var/log/{log}.") for path in files if path.startswith(f"/var/log/{log}."))


@pytest.mark.fact("newsyslog-conf")
@pytest.mark.parametrize(
    ("line", "hours", "kept"),
    [
        ("/var/log/x root:wheel 644 2 100 * Z", 4, ["0.gz", "1.gz"]),
        ("/var/log/x 644 2 100 * J /var/run/x.pid 30", 3, ["0.bz2", "1.bz2"]),
        ("/var/log/x 644 1 100 * -", 3, ["0"]),
        ("/var/log/x 644 0 100 * Z", 2, []),
        ("/var/log/x 644 9 101 * Z", 2, []),
        ("/var/log/x 644 9 * 2 Z # every other hour", 5, ["0.gz", "1.gz", "2.gz"]),
        ("/var/log/x 644 9 * @T05 ZB", 4, ["0.gz"]),
        ("/var/log/x 644 9 * $W3D6 Z", 3, ["0.gz"]),
        ("/var/log/x 644 9 * $W4D6 Z", 4, []),
        ("# /var/log/x 644 9 1 * Z\n<include> /etc/other", 2, []),
    ],
)
def test_what_a_line_of_newsyslog_conf_says(lab: Any, line: str, hours: int, kept: list[str]) -> None:
    """Size, number of parts, interval, moment and flags. The 15th of January 2020 was a Wednesday; the clock starts at 3."""
    appliance = lab.simulator.appliance("gw")
    appliance.write_file("/etc/newsyslog.conf", f"{line}\n")
    for _ in range(hours):
        appliance.write_file("/var/log/x", FULL)
        appliance.advance(3600)
        listed(lab.box())
    files = appliance.state()["nodes"][0]["files"]
    assert parts(files, "x") == kept
    if kept:
        first = files["/var/log/x"].partition("\n")[0]
        assert ("turned over" in first) is ("ZB" not in line)
        assert first.endswith("turned over due to size>100K" if " 100 " in line else "turned over") or "ZB" in line
        node = lab.simulator.fleet.appliances["gw"].primary
        unpack = {"gz": gzip.decompress, "bz2": bz2.decompress}.get(kept[0].partition(".")[2], bytes)
        assert unpack(bytes(node.files[f"/var/log/x.{kept[0]}"].content)).endswith(b"x" * 50)


@pytest.mark.fact("newsyslog-malformed")
@pytest.mark.parametrize(
    "line", ["/var/log/y 644", "/var/log/y 644 x 100 * Z", "/var/log/y 644 3 100 soon Z", "y 644 3 1 * Z"]
)
def test_a_malformed_line_ends_newsyslog(lab: Any, line: str) -> None:
    appliance = lab.simulator.appliance("gw")
    appliance.write_file("/etc/newsyslog.conf", f"/var/log/x 644 2 100 * Z\n{line}\n")
    appliance.write_file("/var/log/x", FULL)
    listed(lab.box())
    appliance.advance(3600)
    assert not parts({f"/var/log/{name}": "" for name in listed(lab.box())}, "x")


@pytest.mark.fact("newsyslog-conf")
@pytest.mark.parametrize(
    ("when", "moment", "due"),
    [
        ("$M1D0", "2020-02-01 00", True),
        ("$MLD0", "2020-02-29 00", True),
        ("$MLD0", "2020-02-28 00", False),
        ("$D23", "2020-02-28 23", True),
        ("$D23", "2020-02-28 22", False),
        ("@01T00", "2020-02-01 00", True),
        ("12@T00", "2020-02-01 00", True),
        ("168", "2020-02-01 07", True),
    ],
)
def test_moments_of_newsyslog_conf(when: str, moment: str, due: bool) -> None:
    """As the manual page newsyslog.conf(5) writes them; the log has no part yet."""
    (entry,) = newsyslog.entries(f"/var/log/x 644 9 * {when} Z".encode())
    assert (entry.reason(1, datetime.fromisoformat(f"{moment}:00"), None) == "") is due
    assert entry.reason(1, datetime.fromisoformat(f"{moment}:00"), 1.0) == (
        "" if due and "@T" not in when and when != "168" else None
    )


@pytest.mark.fact("newsyslog-survives")
def test_where_newsyslog_conf_survives(lab: Any) -> None:
    """A change in /etc is lost at a boot; a file in /nsconfig counts from the next boot on, later changes of it at once."""
    appliance, box = lab.simulator.appliance("gw"), lab.box()
    (row,) = box.rows("systemfile/newsyslog.conf?args=filelocation:%2Fetc")
    assert "/var/log/ns.log\t600\t25\t100\t*\tZ" in base64.b64decode(row["filecontent"]).decode()

    def kept() -> list[str]:
        appliance.write_file("/var/log/x", FULL)
        appliance.advance(3600)
        found = parts({f"/var/log/{name}": "" for name in listed(lab.box())}, "x")
        appliance.write_file("/etc/newsyslog.conf", "")
        return found

    listed(box)
    assert kept() == []
    appliance.write_file("/etc/newsyslog.conf", "/var/log/x 600 1 100 * Z\n")
    assert kept() == ["0.gz"]
    appliance.reboot()
    assert kept() == ["0.gz"], "not rotated again"
    appliance.reboot()
    appliance.write_file("/nsconfig/newsyslog.conf", "/var/log/x 600 3 100 * Z\n")
    listed(lab.box())
    appliance.write_file("/var/log/x", FULL)
    appliance.advance(3600)
    assert parts({f"/var/log/{name}": "" for name in listed(lab.box())}, "x") == ["0.gz"], "not before a boot"
    appliance.reboot()
    listed(lab.box())
    for number, text in enumerate(("/var/log/x 600 3 100 * Z\n", "/var/log/x 600 3 200 * Z\n")):
        appliance.write_file("/nsconfig/newsyslog.conf", text)
        appliance.write_file("/var/log/x", FULL)
        appliance.advance(3600)
        assert parts({f"/var/log/{name}": "" for name in listed(lab.box())}, "x") == ["0.gz", "1.gz"], number


@pytest.mark.fact("newsyslog-conf")
def test_owner_and_mode_of_a_log(lab: Any) -> None:
    """Those of the line; syslogd makes a log with 0600."""
    appliance, node = lab.simulator.appliance("gw"), lab.simulator.fleet.appliances["gw"].primary
    lab.box()
    assert node.files["/var/log/ns.log"].mode == 0o600
    appliance.write_file("/etc/newsyslog.conf", "/var/log/x nobody:daemon 640 2 100 * Z\n")
    appliance.write_file("/var/log/x", FULL)
    listed(lab.box())
    appliance.advance(3600)
    listed(lab.box())
    for path in ("/var/log/x", "/var/log/x.0.gz"):
        file = node.files[path]
        assert (file.owner, file.group, file.mode) == ("nobody", "daemon", 0o640)


def test_every_log_is_bounded(lab: Any) -> None:
    """Within an hour a log of more than 1 MB is rotated early; one that newsyslog.conf does not name loses its older half."""
    appliance, node = lab.simulator.appliance("gw"), lab.simulator.fleet.appliances["gw"].primary
    for number in range(3):
        appliance.write_file("/var/log/ns.log", f"{number}\n" + "x" * 1024 * 1024)
        lab.box().get("nsversion")
    files = appliance.state()["nodes"][0]["files"]
    assert parts(files, "ns.log") == ["0.gz", "1.gz", "2.gz"]
    appliance.write_file("/etc/newsyslog.conf", "")
    appliance.write_file("/var/log/ns.log", ("x" * 99 + "\n") * 11_000)
    lab.box().get("nsversion")
    assert 500_000 < len(node.files["/var/log/ns.log"].content) < 600_000
    assert node.files["/var/log/ns.log"].content.startswith(b"x" * 99 + b"\n")


def test_what_newsyslog_conf_asks_for_is_bounded() -> None:
    """Parts, the bits of a mode, and how much of the file is read."""
    (entry,) = newsyslog.entries(b"/var/log/x 1777777644 999999999 100 * Z\n")
    assert (entry.count, entry.mode) == (1000, 0o7644)
    assert newsyslog.entries(b"#" * 70_000 + b"\n/var/log/x 644 1 100 * Z\n") == ()
