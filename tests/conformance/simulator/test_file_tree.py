# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One file tree for the shell and for systemfile: what each shows of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from simulator.fleet_file.loader import load
from simulator.fleet_file.specification import FileSpec, FleetError


def names(box: Any, directory: str) -> list[str]:
    return [row["filename"] for row in box.rows(f"systemfile?args=filelocation:{directory.replace('/', '%2F')}")]


def files(content: Any) -> Any:
    fleet = {"appliances": {"a": {"build": "13.0 47.22", "nodes": ["127.0.0.1:0"], "files": content}}}
    return load(fleet).appliances["a"].files


def test_files_of_the_fleet_file() -> None:
    assert files(
        {
            "/a": "text",
            "/b": {
                "content": "x",
                "owner": "nobody",
                "group": "nobody",
                "mode": "0644",
                "mtime": "2020-01-11T02:00:00Z",
            },
            "/c": {"base64": "AP8="},
            "/d": {"link": "/a"},
            "/e": {"directory": True},
        }
    ) == {
        "/a": FileSpec(b"text"),
        "/b": FileSpec(b"x", "nobody", "nobody", 0o644, 1578708000.0),
        "/c": FileSpec(b"\0\xff"),
        "/d": FileSpec(link="/a"),
        "/e": FileSpec(directory=True),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": "x", "link": "/a"},
        {"base64": "?"},
        {"mode": 0o644},
        {"mode": "0999"},
        {"mtime": "yesterday"},
        {"colour": "red"},
        {"directory": "yes"},
    ],
)
def test_mistakes_in_files_name_their_place(wrong: dict[str, Any]) -> None:
    with pytest.raises(FleetError, match="a: files: /x: "):
        files({"/x": wrong})


@pytest.mark.fact("file-owner-unseen")
def test_systemfile_shows_neither_owner_nor_mode(lab: Any, box: Any) -> None:
    node = lab.simulator.fleet.appliances["gw"].nodes[0]
    node.put_file("/var/vpn/theme/x.php", FileSpec(b"<?php", "nobody", "nobody", 0o644, 1578708000.0))
    (row,) = box.rows("systemfile?args=filelocation:%2Fvar%2Fvpn%2Ftheme")
    assert row == {
        "filename": "x.php",
        "filelocation": "/var/vpn/theme",
        "fileaccesstime": "Sat Jan 11 02:00:00 2020",
        "filemodifiedtime": "Sat Jan 11 02:00:00 2020",
        "filesize": "5",
    }
    node.tree().own("/var/vpn/theme/x.php").mode = 0o4755
    assert box.rows("systemfile?args=filelocation:%2Fvar%2Fvpn%2Ftheme") == [row]


@pytest.mark.fact("file-memory-disk")
def test_a_reboot_restores_the_root(lab: Any, box: Any) -> None:
    content = {"filecontent": base64.b64encode(b"x").decode(), "fileencoding": "BASE64"}
    for place in ("/tmp", "/netscaler/portal/scripts", "/var/tmp", "/nsconfig"):
        assert box.post("systemfile", {"filename": "x.pl", "filelocation": place, **content}).status == 201
    lab.simulator.appliance("gw").reboot(seconds=0)
    again = lab.box()
    kept = [
        place
        for place in ("/tmp", "/netscaler/portal/scripts", "/var/tmp", "/nsconfig")
        if "x.pl" in names(again, place)
    ]
    assert kept == ["/var/tmp", "/nsconfig"]


@pytest.mark.fact("file-links")
@pytest.mark.parametrize("follows", [True, False])
def test_links_at_systemfile(with_switches: Callable[..., Any], follows: bool) -> None:
    lab = with_switches(systemfile_follows_links=follows)
    lab.simulator.fleet.appliances["gw"].nodes[0].put_file("/var/tmp/there", FileSpec(link="/nsconfig/rc.netscaler"))
    box = lab.box()
    assert ("there" in names(box, "/var/tmp")) is follows
    answer = box.get("systemfile/there?args=filelocation:%2Fvar%2Ftmp")
    assert answer.status == (200 if follows else 404)
    if follows:
        assert base64.b64decode(answer.json["systemfile"][0]["filecontent"]) == b"# nothing\n"


@pytest.mark.fact("file-nsconfig-is-link")
@pytest.mark.parametrize("is_link", [True, False])
def test_nsconfig_for_the_shell(with_switches: Callable[..., Any], is_link: bool) -> None:
    node = with_switches(nsconfig_is_link=is_link).simulator.fleet.appliances["gw"].nodes[0]
    found = [path for path, _ in node.tree().walk("/nsconfig")]
    assert ("/nsconfig/rc.netscaler" in found) is not is_link
    assert (
        node.tree().read("/nsconfig/rc.netscaler") == node.tree().read("/flash/nsconfig/rc.netscaler") == b"# nothing\n"
    )


def test_files_of_the_firmware_are_read_and_can_be_removed(box: Any) -> None:
    assert "crontab" in names(box, "/etc")
    text = base64.b64decode(box.rows("systemfile/crontab?args=filelocation:%2Fetc")[0]["filecontent"])
    assert b"root    newsyslog" in text
    assert box.delete("systemfile/crontab?args=filelocation:%2Fetc").status == 200
    assert box.get("systemfile/crontab?args=filelocation:%2Fetc").status == 404
    assert box.delete("systemfile/tmp?args=filelocation:%2Fvar").status == 404, "a directory"
