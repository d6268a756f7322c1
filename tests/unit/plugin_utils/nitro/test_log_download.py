# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order in which a log and its rotated files are fetched, and what else is in the directory."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.log_download import _number, _rotated


def test_the_log_itself_comes_first_and_then_the_newest() -> None:
    present = ["ns.log.10.gz", "ns.log.0.gz", "ns.log.2", "ns.log", "ns.log.1.gz"]
    assert _rotated("ns.log", present) == ["ns.log", "ns.log.0.gz", "ns.log.1.gz", "ns.log.2", "ns.log.10.gz"]


def test_other_files_are_left_out() -> None:
    present = [
        "ns.log.old",
        "ns.log.12345.gz",
        "ns.log.1.gz.x",
        "ns.logs",
        "nsvpn.log",
        "xns.log",
        "ns.log.gz",
        "ns.log.",
    ]
    assert _rotated("ns.log", present) == []


def test_the_number_is_that_of_the_suffix() -> None:
    assert [_number(rest) for rest in ("", ".0", ".7.gz", ".9999")] == [-1, 0, 7, 9999]
    assert [_number(rest) for rest in (".gz", ".x", "7", ".10000", ".7.zip")] == [None] * 5
