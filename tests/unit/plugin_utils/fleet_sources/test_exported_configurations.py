# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exported ns.conf files as configurations: one appliance each, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import (
    Truth,
    Unknown,
    holds,
    parse_predicate,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources import source_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.exported_configurations import (
    ExportedAppliance,
    read_exported,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

GATEWAY = "add vpn vserver gw SSL 198.51.100.10 443\n"
HAS_GATEWAY = parse_predicate({"type": "vpnvserver"})


def text(address: str, lines: str = "", name: str = "") -> str:
    host = f"set ns hostName {name}\n" if name else ""
    return f"#NS13.1 Build 49.13\nset ns config -IPAddress {address} -netmask 255.255.255.0\n{host}{lines}"


def read(folder: Path, files: dict[str, str]) -> list[ExportedAppliance]:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return list(read_exported(folder))


def test_a_file_is_an_appliance(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"a.conf": text("192.0.2.1", GATEWAY, "adc01")})
    assert (found.name, found.file, found.node.build) == ("adc01", "a.conf", "13.1 49.13")
    assert holds(HAS_GATEWAY, found).truth is Truth.TRUE


def test_the_files_of_partitions_belong_to_their_node(tmp_path: Path) -> None:
    lines = "add ns partition tenant_a\nadd ns partition tenant_b\n"
    files = {"a/ns.conf": text("192.0.2.1", lines), "a/partitions/tenant_a/ns.conf": "add lb vserver lb HTTP 198.51.100.9 80\n"}  # fmt: skip
    (found,) = read(tmp_path, files)
    assert found.partitions() == ("default", "tenant_a", "tenant_b")
    assert found.rows("lbvserver", "tenant_a") == (
        {"name": "lb", "servicetype": "HTTP", "ipv46": "198.51.100.9", "port": "80"},
    )
    assert isinstance(found.rows("lbvserver", "tenant_b"), Unknown)
    assert holds(HAS_GATEWAY, found).truth is Truth.UNKNOWN, "tenant_b may have one"


def test_two_nodes_with_one_name_stay_two(tmp_path: Path) -> None:
    files = {f"{folder}/ns.conf": text("192.0.2.1", name="adc") for folder in ("a", "b", "c")}
    names = [found.name for found in read(tmp_path, files)]
    assert len({*names}) == 3
    assert names[0] == "adc"


def test_a_name_from_a_file_is_data(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"a.conf": text("192.0.2.1", name='"../{{ lookup(1) }}\\n;rm"')})
    assert found.name == "lookup-1-rm"


@pytest.mark.parametrize("content", ["", "no configuration\n", f"> {GATEWAY}"])
def test_what_has_no_command_is_a_problem_of_its_own(tmp_path: Path, content: str) -> None:
    broken, fine = read(tmp_path, {"a.conf": content, "b.conf": text("192.0.2.1")})
    assert "no line of it is a command, so it is no ns.conf" in broken.problem
    assert not fine.problem


def test_a_file_without_the_address_of_its_node_is_judged_and_named_by_its_file(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"brouwer.conf": f"#NS13.1 Build 49.13\n{GATEWAY}"})
    assert (found.name, found.problem, found.gaps) == ("brouwer", "", ())
    assert holds(HAS_GATEWAY, found).truth is Truth.TRUE
    managed = parse_predicate({"type": "nsip", "where": {"mgmtaccess": "ENABLED"}})
    assert holds(managed, found).truth is Truth.UNKNOWN, "each node has such an address, and the file does not show it"


@pytest.mark.parametrize("before", ["> ", "\x00", "\ufeff", "+"])
def test_what_may_stand_in_a_line_that_is_no_command_is_unknown(tmp_path: Path, before: str) -> None:
    (found,) = read(
        tmp_path, {"a.conf": text("192.0.2.1", f"add lb vserver lb HTTP 198.51.100.9 80\n{before}{GATEWAY}")}
    )
    answer = holds(HAS_GATEWAY, found)
    assert answer.truth is Truth.UNKNOWN
    assert answer.reasons == ("vpnvserver could not be read: 1 line is no command (the first is line 4)",)
    assert holds(parse_predicate({"type": "lbvserver"}), found).truth is Truth.TRUE, "what is there is there"
    secure = parse_predicate({"type": "lbvserver", "where": {"dtls": {"not": "OFF"}}})
    assert holds(secure, found).truth is Truth.UNKNOWN, "an attribute that is not there may be in the lost line"
    assert found.gaps == ("1 line is no command (the first is line 4)",)


def test_a_file_that_is_too_large_is_a_problem_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_files, "LARGEST_FILE", 1000)
    broken, fine = read(tmp_path, {"a.conf": text("192.0.2.1", GATEWAY * 100), "b.conf": text("192.0.2.2")})
    assert "larger than 1,000 bytes" in broken.problem
    assert not fine.problem


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere"
    secret.write_text(text("192.0.2.9"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.conf").symlink_to(secret)
    assert [found.file for found in read(tmp_path / "folder", {"a.conf": text("192.0.2.1")})] == ["a.conf"]


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InvalidInput, match=r"no ns\.conf"):
        list(read_exported(tmp_path))
