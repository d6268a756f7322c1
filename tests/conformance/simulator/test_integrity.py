# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of executables without a valid signature."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.userland.run import run


def reported(lab: Any, *scripts: str) -> list[tuple[str, str]]:
    """Return what messages says of executables after these scripts."""
    node = lab.simulator.fleet.appliances["gw"].primary
    for script in scripts:
        run(node, script)
    text = bytes(node.files["/var/log/messages"].content).decode()
    line = r"Jan 15 03:00:\d\d <kern\.err> gw1 kernel: MAC/veriexec: (.*) \(file=(.*) fsid=\d+ fileid=\d+ gen=\d+ uid=0 pid=\d+ ppid=\d+ gppid=\d+\)"
    return re.findall(line, text)


@pytest.mark.fact("unsigned-executables")
def test_what_is_not_the_firmware_s_is_reported(lab: Any) -> None:
    """With its path; what the firmware has is not, nor what only is there, nor what a shell reads. It runs all the same."""
    appliance = lab.simulator.appliance("gw")
    appliance.upgrade("13.1 53.24")
    appliance.write_file("/var/tmp/x.sh", "#!/bin/sh\necho ran > /tmp/ran\n", mode="0755")
    appliance.write_file("/var/tmp/plain", "echo\n", mode="0644")
    appliance.write_file("/var/tmp/link", link="/var/tmp/x.sh")
    assert reported(lab, "/bin/ls /var/tmp", "ls", "sh /var/tmp/x.sh", "/var/tmp/plain", "/var/tmp/none") == []
    found = reported(
        lab,
        "cp /bin/sh /var/tmp/sh; chmod 6555 /var/tmp/sh; /var/tmp/sh -c true",
        "cd /var/tmp; ./x.sh",
        "/var/tmp/link",
    )
    assert found == [("no fingerprint", path) for path in ("/var/tmp/sh", "/var/tmp/x.sh", "/var/tmp/x.sh")]
    assert "/tmp/ran" in lab.simulator.fleet.appliances["gw"].primary.files
    changed = reported(lab, "touch /bin/ls; /bin/ls", "cp /var/tmp/x.sh /bin/df; chmod 755 /bin/df; /bin/df")[3:]
    assert changed == [("fingerprint does not match loaded value", "/bin/df")]


@pytest.mark.fact("unsigned-executables")
def test_older_releases_report_nothing(lab: Any) -> None:
    lab.simulator.appliance("gw").write_file("/var/tmp/x.sh", "true\n", mode="0755")
    assert reported(lab, "/var/tmp/x.sh") == []


@pytest.mark.fact("unsigned-executables-off")
def test_the_report_is_switched_off_by_a_reboot(lab: Any) -> None:
    appliance = lab.simulator.appliance("gw")
    appliance.upgrade("13.1 53.24")
    appliance.write_file("/var/tmp/x.sh", "true\n", mode="0755")
    box = lab.box()
    assert box.post("systemsignedexereport", {}, "?action=disable").status == 200
    assert len(reported(lab, "/var/tmp/x.sh")) == 1
    assert box.post("nsconfig", {}, "?action=save").status == 200
    appliance.reboot()
    assert len(reported(lab, "/var/tmp/x.sh")) == 1
