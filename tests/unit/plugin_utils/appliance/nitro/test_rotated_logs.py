# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.rotated_logs import log_name, rotated

PRESENT = ["ns.log.10.gz", "ns.log.0.gz", "ns.log.2", "ns.log", "ns.log.1.bz2", "ns.log.9999.xz", "ns.log.3.Z"]


def test_the_log_itself_comes_first_and_then_the_newest() -> None:
    ordered = ["ns.log", "ns.log.0.gz", "ns.log.1.bz2", "ns.log.2", "ns.log.3.Z", "ns.log.10.gz", "ns.log.9999.xz"]
    assert rotated("ns.log", PRESENT) == ordered
    assert {log_name(name) for name in PRESENT} == {"ns.log"}


@pytest.mark.parametrize(
    "name",
    [
        "ns.log.old",
        "ns.log.12345.gz",
        "ns.log.1.gz.x",
        "ns.logs",
        "nsvpn.log",
        "xns.log",
        "ns.log.gz",
        "ns.log.",
        "ns.log7",
        "ns.log.7.zip",
    ],
)
def test_other_files_are_left_out(name: str) -> None:
    assert rotated("ns.log", [name]) == []


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("ns.log", "ns.log"),
        ("ns.log.12.gz", "ns.log"),
        ("messages.0", "messages"),
        ("cron", "cron"),
        ("a.log.0.bz2", "a.log"),
        ("a.gz", "a"),
        ("", ""),
    ],
)
def test_the_log_of_a_file(name: str, log: str) -> None:
    assert log_name(name) == log
