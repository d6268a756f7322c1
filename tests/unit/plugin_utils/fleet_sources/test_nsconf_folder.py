# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A folder of exported ns.conf files: names, pairs, partitions and virtual servers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources import nsconf_folder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.nsconf_folder import read_nsconf
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from simulator.appliance.appliance import Appliance
from simulator.fleet_file.loader import load
from simulator.node.current_files import refresh
from simulator.node.state import Listener

NSIP = "set ns config -IPAddress {} -netmask 255.255.255.0\n"


def text(address: str, *lines: str, build: str = "13.0 Build 47.22") -> str:
    return f"#NS{build}\n# Last modified by `save config`\n{NSIP.format(address)}" + "".join(
        f"{line}\n" for line in lines
    )


def written(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_what_a_pair_of_the_simulator_saves(tmp_path: Path) -> None:
    """In the layout of a collector, with the files of both nodes and of an admin partition."""
    entry = {
        "build": "13.0 47.22",
        "nodes": ["127.0.0.1:0", "127.0.0.2:0"],
        "vservers": [{"type": "vpn", "name": "my gw", "address": "127.0.0.9:4433", "protocol": "SSL"}],
        "partitions": {
            "tenant_a": {"vservers": [{"type": "lb", "name": "shop", "address": "127.0.0.10:8080", "protocol": "HTTP"}]}
        },
    }
    listeners = {"my gw": Listener("127.0.0.9", 4433), "tenant_a/shop": Listener("127.0.0.10", 8080)}
    nodes = [Listener(f"127.0.0.{number}", 1) for number in (1, 2)]
    appliance = Appliance(load({"appliances": {"gw": entry}}).appliances["gw"], None, nodes, listeners)
    for node in appliance.nodes:
        refresh(node)
        name = f"gw-a{node.index}"
        for path, file in node.files.items():
            if path.endswith("ns.conf"):
                own = (
                    NSIP.format(f"127.0.0.{node.index + 1}") + f"set ns hostName {name}\n"
                    if "partitions" not in path
                    else ""
                )
                written(tmp_path, {f"{name}{path}": bytes(file.content) + own.encode()})
    (found,) = read_nsconf(tmp_path, [])
    assert (found.name, found.nodes, found.build, found.partitions) == (
        "gw-a0",
        ("127.0.0.1", "127.0.0.2"),
        "13.0 47.22",
        ("tenant_a",),
    )
    assert found.found_vips == (
        {"name": "my gw", "address": "127.0.0.9", "port": 4433, "kind": "vpn", "tls": True},
        {"name": "shop", "address": "127.0.0.10", "port": 8080, "kind": "lb", "tls": False, "partition": "tenant_a"},
    )
    assert found.vips is None, "what an ns.conf names is no consent to send requests"


def test_names_folders_and_what_is_no_nsconf(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Brouwer/Amsterdam/gw-a.conf": text("10.1.0.11"),
        "Brouwer/Amsterdam/gw-b.ns.conf": text("10.1.0.21"),
        "De Wit/gw-c/nsconfig/ns.conf": text("10.2.0.11", build="12.1: Build 51.14.nc"),
        "De Wit/gw-c/nsconfig/ntp.conf": "server 192.0.2.1\n",
        "De Wit/gw-c/nsconfig/ns.conf.0": text("10.2.0.99"),
        ".git/ns.conf": "x",
        "README.md": "x",
    }
    found = {entry.name: entry for entry in read_nsconf(written(tmp_path, files), ["customer"])}
    assert {name: (entry.nodes, entry.customer, entry.build) for name, entry in found.items()} == {
        "gw-a": (("10.1.0.11",), "Brouwer", "13.0 47.22"),
        "gw-b": (("10.1.0.21",), "Brouwer", "13.0 47.22"),
        "gw-c": (("10.2.0.11",), "De Wit", "12.1 51.14"),
    }
    assert {entry.site for entry in read_nsconf(tmp_path / "Brouwer", ["site"])} == {"Amsterdam"}


def test_only_virtual_servers_that_can_be_asked_are_listed(tmp_path: Path) -> None:
    lines = (
        'add cs vserver "a web" HTTP 198.51.100.1 80 -cltTimeout 180',
        "ADD LB VSERVER up ssl 198.51.100.2 443",
        "add lb vserver dns UDP 198.51.100.3 53",
        "add lb vserver none SSL 0.0.0.0 0",
        "add lb vserver any HTTP 198.51.100.4 *",
        "add lb vserver cut",
        "add vpn vserver " + "q{" * 400,
        "add vpn vserver " + " q{" * 300,
        "# add vpn vserver no SSL 198.51.100.5 443",
    )
    (found,) = read_nsconf(written(tmp_path, {"ns.conf": text("10.1.0.11", *lines)}), [])
    assert [(vip["name"], vip["kind"], vip["tls"]) for vip in found.found_vips] == [
        ("a web", "cs", False),
        ("up", "lb", True),
    ]


def test_a_name_in_another_encoding_is_no_error(tmp_path: Path) -> None:
    (found,) = read_nsconf(
        written(tmp_path, {"gw.conf": text("10.1.0.11").encode() + b"set ns hostName M\xfcller\n"}), []
    )
    assert found.name == "M\ufffdller"


@pytest.mark.parametrize(
    ("files", "levels", "problem"),
    [
        ({}, [], "there is no ns.conf in it"),
        ({"gw.conf": "#NS13.0 Build 47.22\n"}, [], "gw.conf: it has no line `set ns config -IPAddress ...`"),
        (
            {"a/nsconfig/partitions/p/ns.conf": "add lb vserver x HTTP 198.51.100.1 80\n"},
            [],
            "a/nsconfig/ns.conf, which is not there",
        ),
        ({"gw.conf": text("10.1.0.11")}, ["owner"], "write customer and site only"),
        (
            {
                "a.conf": text("10.1.0.1", "add HA node 1 10.1.0.2"),
                "b.conf": text("10.1.0.2", "add HA node 1 10.1.0.3"),
            },
            [],
            "its entries name more than two nodes: 10.1.0.1, 10.1.0.2, 10.1.0.3",
        ),
        (
            {
                "x/a.conf": text("10.1.0.1", "add HA node 1 10.1.0.2"),
                "y/b.conf": text("10.1.0.2", "add HA node 1 10.1.0.1"),
            },
            ["customer"],
            "its entries name more than one customer: x, y",
        ),
    ],
)
def test_mistakes_name_the_file(tmp_path: Path, files: dict[str, str | bytes], levels: list[str], problem: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_nsconf(written(tmp_path, files), levels)
    assert problem in str(raised.value)


def test_many_large_files_of_an_archive_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, {f"gw-{number}.conf": text(f"10.0.0.{number}") for number in (1, 2)})
    for path in tmp_path.iterdir():
        os.truncate(path, 1024**3)  # a file with holes takes no room in an archive
    with pytest.raises(InvalidInput, match="is larger than"):
        read_nsconf(tmp_path, [])
    monkeypatch.setattr(nsconf_folder, "read_file", lambda *_arguments, **_named: pytest.fail("a file was read"))
    os.truncate(tmp_path / "gw-1.conf", 4 * 1024**3)
    with pytest.raises(InvalidInput, match="have more than 4,294,967,296 bytes"):
        read_nsconf(tmp_path, [])


def test_links_of_an_archive_are_not_followed(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", {"ns.conf": text("10.9.0.1")})
    folder = written(tmp_path / "folder", {"gw.conf": text("10.1.0.11")})
    (folder / "ns.conf").symlink_to(outside / "ns.conf")
    (folder / "all").symlink_to(outside)
    os.mkfifo(folder / "pipe.conf")
    assert [entry.nodes for entry in read_nsconf(folder, [])] == [("10.1.0.11",)]
