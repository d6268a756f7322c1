# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hunt tells which logs were turned over while it read them, how far back each goes and what it has read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import NOBODY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.fix_date import FixDate
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.node_hunt import NodeHunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import Limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.node_reader import NodeReader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    clues_of,
    general_clues,
)

from tests.hunt_fleet import ENTRIES
from tests.unit.plugin_utils.traces.node_reading.disk import Disk

NOW = datetime(2026, 11, 28, 5)  # noqa: DTZ001 -- a clock of a node has no zone
LINE = b"Nov 28 04:%02d:00 <local0.info> ns nothing\n"


class Turning(NodeReader):
    """A node on which some files have changed when a directory is listed again."""

    changed: tuple[str, ...] = ()

    def changed_since_listed(self, directory: str) -> list[str]:
        return [*self.changed] if directory == "/var/log" else []


def hunted(files: dict[str, bytes], *changed: str) -> tuple[NodeHunt, set[str]]:
    """Return the hunt after its end, and which logs it says to have turned over."""
    disk: Any = Disk(files)
    view = Turning(disk, Limits())
    view.changed = changed
    hunt = NodeHunt("gw", view, (*clues_of(ENTRIES), *general_clues()), NOBODY, FixDate(None), NOW)
    assert [*hunt.findings()] == []
    return hunt, {what for what, why in view.not_seen if "rotated while it was read" in why}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ((), set()),
        (("messages",), set()),  # it has grown, as logs do
        (("messages", "messages.0.gz"), {"/var/log/messages"}),
        (("messages.0.gz", "messages.1.gz"), {"/var/log/messages"}),
        (("elsewhere.log.0.gz",), set()),  # of which no line was looked for
    ],
)
def test_a_log_that_was_rotated_while_it_was_read_is_a_gap(changed: tuple[str, ...], told: set[str]) -> None:
    assert hunted({"/var/log/messages": LINE % 30}, *changed)[1] == told


def test_each_log_goes_as_far_back_as_the_oldest_of_its_files() -> None:
    hunt, _told = hunted({"/var/log/messages": LINE % 30 + LINE % 40, "/var/log/messages.0": LINE % 10})
    assert hunt.oldest["messages"] == NOW.replace(hour=4, minute=10)


def test_without_a_time_in_its_first_lines_a_log_is_not_dated() -> None:
    hunt, _told = hunted({"/var/log/messages": b"x\n" * 3 + LINE % 30})
    assert hunt.oldest["messages"] is None
    hunt, _told = hunted({"/var/log/messages": b"x\n" * 2 + LINE % 30})
    assert hunt.oldest["messages"] == NOW.replace(hour=4, minute=30)
