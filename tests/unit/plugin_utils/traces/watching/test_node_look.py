# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import gzip
from collections.abc import Mapping

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.node_reader import NodeReader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import LARGE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.judged_files import USUAL
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.comparison import Comparison
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.node_look import (
    LIMITS,
    NodeLook,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import (
    NodeState,
    SeenFile,
)

from tests.unit.plugin_utils.traces.node_reading.disk import Disk

SALTED = b"Salted__" + b"x" * 40


def look(disk: Disk, known: Mapping[str, SeenFile] | None = None) -> tuple[Mapping[str, SeenFile], list[str]]:
    """Return what a watch sees of each file, and its gaps."""
    one = NodeLook(NodeReader(disk, LIMITS), known or {})  # type: ignore[arg-type]
    files = one.state("14.1 47.48").files
    return files, [f"{gap.what}: {gap.why}" for gap in one.reader.not_seen.values() if gap.is_gap]


@pytest.mark.parametrize("path", ["/nsconfig/rc.netscaler", "/var/vpn/themes/a.css", "/var/vpn/bookmark/a.xml"])
def test_a_file_that_is_listed_as_before_and_not_handed_out_is_a_gap(path: str) -> None:
    """An appliance that lists a start-up file with the size and time of the accepted one, and hides its content, has not shown that nothing changed."""
    disk = Disk({path: b"nothing"})
    before, told = look(disk)
    assert told == []
    disk.files[path] = None
    known = before if path.startswith("/nsconfig") else {}
    assert look(disk, known)[1] == [
        f"{path}: it was listed and is gone: rotated or removed in between, so run it again"
    ]


@pytest.mark.parametrize(
    ("path", "content", "level"),
    [
        ("/var/tmp/worker", b"\x7fELF" + b"x" * LARGE, Level.REVIEW),
        ("/var/vpn/themes/a.css.gz", gzip.compress(b"<?php eval($_POST['x']);", mtime=0), Level.COMPROMISE),
        ("/var/vpn/themes/a.inc", b"<?php eval($_POST['x']);" + b"#" * LARGE, Level.COMPROMISE),
        ("/var/vpn/themes/a.css", b"a {}\n" * LARGE, None),
        ("/var/tmp/notes", b"note\n" * LARGE, None),
    ],
    ids=["program", "packed page", "large page", "large style sheet", "large text"],
)
def test_a_file_has_the_level_that_a_hunt_gives_it(path: str, content: bytes, level: Level | None) -> None:
    files, told = look(Disk({path: content}))
    assert (files[path].level, told) == (level, [])


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("/var/vpn/themes/a.css", SALTED, "the configuration was staged there to be fetched (CISA AA23-201A, scanner of CVE-2023-3519)"),
        ("/var/tmp/worker", b"\x7fELF", "payloads of earlier waves were in this directory (FireEye 2020, lists of autumn 2026)"),
        ("/var/vpn/themes/.b", b"", "what attackers left in temporary, web and configuration directories was hidden (lists of autumn 2026)"),
    ],
    ids=["what is staged", "a program", "what is hidden"],
)  # fmt: skip
def test_a_watch_says_why_a_file_has_its_level_and_not_what_its_directory_is_for(
    path: str, content: bytes, why: str
) -> None:
    """Seen: "code in it is a web shell" of an encrypted configuration that was staged among pages."""
    files, _told = look(Disk({path: content}))
    seen = NodeState("14.1 47.48", {path: files[path]})  # beside the directories of the disk
    found = Comparison("gw", "10.0.0.1", NodeState("14.1 47.48"), seen).findings()
    assert [one.why for one in found] == [why]


def test_a_change_that_no_rule_names_has_the_reason_of_its_directory() -> None:
    path = "/var/vpn/themes/a.css"
    files, _told = look(Disk({path: b"a {}"}))
    seen = NodeState("14.1 47.48", {path: files[path]})
    (found,) = Comparison("gw", "10.0.0.1", NodeState("14.1 47.48"), seen).findings()
    assert found.why.startswith("web servers deliver this directory, and code in it is a web shell")


def test_a_start_up_file_is_read_however_large_it_is() -> None:
    path = "/nsconfig/rc.netscaler"
    first, second = (look(Disk({path: b"#" * LARGE + end}))[0][path] for end in (b"a", b"b"))
    assert first.sha256 != second.sha256
    assert first.lines == second.lines == ()


def test_lines_are_of_the_content_that_was_judged() -> None:
    path = "/nsconfig/rc.netscaler"
    disk = Disk({path: b"one\ntwo\n"})
    one = NodeLook(NodeReader(disk, LIMITS), {})  # type: ignore[arg-type]
    lines = one.state("").files[path].lines
    disk.files[path] = b"three\n"
    assert one.added_lines(path, lines[:1]) == [b"two"]


def test_a_temporary_file_that_nitro_cannot_be_asked_for_is_a_gap_unless_it_is_one_of_a_burst_of_data() -> None:
    """Seen: a program in /var/tmp with a blank in its name was found by no watch, without a word."""
    burst: dict[str, bytes | Exception | None] = {f"/tmp/x/report {number}.txt": b"x" for number in range(USUAL)}
    disk = Disk({**burst, "/var/tmp/a program": b"\x7fELF"})
    disk.times["/var/tmp/a program"] = "Wed Jan 15 13:00:00 2020"
    assert [gap.partition(":")[0] for gap in look(disk)[1]] == ["/var/tmp/a program"]
