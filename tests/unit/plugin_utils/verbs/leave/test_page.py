# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of what is left: how much, of which measure and partition, on which node, and that not all was read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.leftovers import Leftovers, NodeFiles
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.page import (
    MOST_SHOWN,
    file_texts,
    leave_lines,
    summary,
)

NAMES = tuple(f"policy {number}" for number in range(1, MOST_SHOWN + 2))


@pytest.mark.parametrize(
    ("files", "texts"),
    [
        (NodeFiles(), []),
        (NodeFiles(copies=1), [f"1 change record with a copy in {DIRECTORY}"]),
        (NodeFiles(copies=2, locks=1), [f"2 change records with a copy in {DIRECTORY}", f"1 lock file in {DIRECTORY}"]),
        (NodeFiles(locks=2, data=("/var/a", "/var/b")), [f"2 lock files in {DIRECTORY}", "/var/a", "/var/b"]),
    ],
)
def test_the_files_of_a_node_are_counted(files: NodeFiles, texts: list[str]) -> None:
    assert file_texts(files) == texts


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Leftovers(), "nothing of ours was found"),
        (Leftovers(not_read=("n2",)), "nothing of ours was found, and NOT ALL WAS READ"),
        (Leftovers(objects={"a": {"default": ("x",)}}), "left: 1 measure, 1 object"),
        (
            Leftovers(objects={"a": {"default": ("x",), "t1": ("y", "z")}, "b": {"t1": ("w",)}}),
            "left: 2 measures, 4 objects",
        ),
        (Leftovers(closed=("gw",)), "left: 1 closed virtual server"),
        (Leftovers(closed=("gw", "web")), "left: 2 closed virtual servers"),
        (Leftovers(files={"n1": NodeFiles(locks=1)}), "left: 1 file"),
        (
            Leftovers(files={"n1": NodeFiles(2, 1, ("/var/a", "/var/b")), "n2": NodeFiles(copies=1)}),
            "left: 6 files",
        ),
        (Leftovers(script={"n1": ("cron",)}), "left: 1 node with the script of on_box.yml"),
        (
            Leftovers(script={"n1": ("cron",), "n2": ("cron",)}, not_read=("n3",)),
            "left: 2 nodes with the script of on_box.yml, and NOT ALL WAS READ",
        ),
    ],
)
def test_how_much_is_left_is_told_by_kind(found: Leftovers, text: str) -> None:
    assert summary(found) == text


def step(*lines: str) -> Any:
    return SimpleNamespace(lines=lambda: lines)


def test_each_thing_that_is_left_has_a_line_with_its_place() -> None:
    found = Leftovers(
        objects={"a": {"default": ("x",), "t1": NAMES}, "b": {"default": NAMES[:-1]}},
        settings={"a": ("set ns param",)},
        foreign=("tq_theirs",),
        closed=("gw CHG1",),
        files={"n1": NodeFiles(copies=1)},
        start_up_lines={"n1": ("nsapimgr",)},
        script={"n2": ("cron", "file")},
        not_read=("n3 is away",),
    )
    partitions = {
        "default": SimpleNamespace(steps=[step("rm x", "rm y")]),
        "t1": SimpleNamespace(steps=[step("rm z"), step()]),
    }
    plans: Any = {"a": SimpleNamespace(partitions=partitions)}
    eight = ", ".join(NAMES[:MOST_SHOWN])
    assert leave_lines("gw", found, plans) == [
        "gw",
        f"  {summary(found)}",
        "  a: 1 object: x",
        f"  a in partition t1: 9 objects: {eight}, and 1 more",
        "  a, set by our runs: set ns param",
        *("    - rm x", "    - rm y", "    - rm z (partition t1)"),
        f"  b: 8 objects: {eight}",
        "  closed by us: gw CHG1",
        f"  n1: 1 change record with a copy in {DIRECTORY}",
        "  n1: /nsconfig/rc.netscaler has the line, which stays: nsapimgr",
        "  n2: the script of on_box.yml: cron, file",
        "  not ours, in spite of its name, and left alone: tq_theirs",
        "  NOT READ: n3 is away",
    ]
    assert leave_lines("gw", Leftovers(), {}) == []
    assert leave_lines("gw", Leftovers(not_read=("a\nb",)), {})[-1] == "  NOT READ: a\\x0ab"
