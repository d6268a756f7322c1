# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SSH half of the hunt: what only a shell shows is found, a clean node has nothing, and what the shell prints is not believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.account import SshAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.framed_script import (
    RunCommand,
    shell_command,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.openssh import Output
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import lines_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.shell_half import (
    PERMISSIONS,
    PORTS,
    PROCESSES,
)

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests.engine.node_local_stage import ACCOUNT, Shells
from tests.hunt_fleet import ENTRIES, MARKERS
from tests.marker_fleet import UNSEEABLE, Marker
from tests.stage.memory import Stage

FLEET = {"appliances": {"box": {"build": "14.1 73.46", "nodes": ["127.0.1.1:0"]}}}


@pytest.fixture
def box(simulator: Simulator) -> ApplianceHandle:
    simulator.reset()
    return simulator.appliance("box")


def hunt(simulator: Simulator, directory: Path, run: RunCommand | None = None) -> Examination:
    ours = read_ourselves(directory, "box", RecordTrust())
    with Connection(Stage(simulator, directory).appliance) as connection:
        return Hunt("box", ENTRIES, ours, ACCOUNT, run or Shells(simulator)).look(connection).examined


def test_a_clean_node_has_nothing(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    shells = Shells(simulator)
    examined = hunt(simulator, tmp_path, shells)
    assert examined.findings == ()
    assert examined.exit_code == 0
    assert len(shells.commands) == len(set(shells.commands)) == 7


@pytest.mark.parametrize("marker", [one for one in MARKERS if one.level == UNSEEABLE], ids=lambda marker: marker.name)
def test_what_only_a_shell_shows(simulator: Simulator, box: ApplianceHandle, tmp_path: Path, marker: Marker) -> None:
    marker.plant(box)
    found = hunt(simulator, tmp_path).findings
    assert "compromise" in {str(one.level) for one in found}
    assert {one.seen_by for one in found} == {"ssh"}


def test_a_setuid_program_is_certain_only_where_no_firmware_is(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    box.write_file("/usr/bin/vendor", "x", mode="4555", owner="root", group="wheel")
    assert {str(one.level) for one in hunt(simulator, tmp_path).findings} == {"review"}
    box.write_file("/var/tmp/sh", "x", mode="6555", owner="root", group="wheel")
    assert "compromise" in {str(one.level) for one in hunt(simulator, tmp_path).findings if "/var/tmp/sh" in one.where}


def test_a_name_with_a_line_feed_stays_one_name(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    box.write_file("/var/vpn/a\n/bin/sh", "x", mode="4755", owner="root", group="wheel")
    examined = hunt(simulator, tmp_path)
    assert any("/var/vpn/a\\x0a/bin/sh" in one.where for one in examined.findings)
    assert all(one.isprintable() for one in lines_of([examined]))


@pytest.mark.parametrize("data", [b"", b"Done\n", b"\xff" * 1000])
def test_a_shell_that_says_something_else_makes_it_incomplete(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, data: bytes
) -> None:
    def lies(_account: SshAccount, _host: str, _command: str, _given: bytes) -> Output:
        return Output(data, 0, True, "")

    examined = hunt(simulator, tmp_path, lies)
    assert examined.exit_code == 2
    assert any("shell" in str(gap) for gap in examined.not_seen if gap.is_gap)


@pytest.mark.parametrize("script", [PROCESSES, PORTS])
@pytest.mark.parametrize("printed", [b"", b"\n\n", b"USER COMMAND PID\n"])
def test_a_table_without_a_line_is_not_clean(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path, script: str, printed: bytes
) -> None:
    """A ps or sockstat that an attacker has replaced prints nothing, and ends with 0."""
    shells = Shells(simulator)

    def empties(account: SshAccount, host: str, command: str, given: bytes) -> Output:
        output = shells(account, host, command, given)
        if script not in command + given.decode():
            return output
        begin, sep, rest = output.data.partition(b" begin\n")
        return replace(output, data=b"".join((begin, sep, printed, *rest.rpartition(b"\nstatus=")[1:])))

    examined = hunt(simulator, tmp_path, empties)
    (gap,) = (one for one in examined.not_seen if one.is_gap)
    assert (gap.what, gap.why) == (f"the shell ({script})", "it printed no line besides a heading")
    assert examined.exit_code == 2


def test_each_indicator_of_permissions_is_looked_for_and_each_script_is_a_constant() -> None:
    words = {
        value for entry in ENTRIES for one in entry.indicators if one.kind == "permissions" for value in one.values
    }
    assert words == set(PERMISSIONS)
    for check in PERMISSIONS.values():
        assert shell_command(check.script)
