# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script for an appliance, run by two shells against a prepared folder. ``logger`` is replaced, so that what it would send can be read."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import (
    PATH,
    STATE,
    ScriptSettings,
    checked_tag,
    script_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.watched_directories import (
    PLACES,
    Holds,
    Place,
)

SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"]}
_LOGGER = """#!/bin/sh
while getopts t:p:f: letter; do
    case $letter in t) tag=$OPTARG;; p) level=$OPTARG;; f) file=$OPTARG;; esac
done
shift $((OPTIND - 1))
if [ -n "${file:-}" ]; then sed "s/^/$tag $level /" "$file"; else echo "$tag $level $*"; fi >> "$LOG"
"""


@dataclass
class Box:
    """A prepared folder with the directories of an appliance."""

    folder: Path
    shell: list[str]
    settings: ScriptSettings

    @property
    def pages(self) -> Path:
        return self.folder / "pages"

    @property
    def state(self) -> Path:
        return Path(self.settings.state)

    def run(self, **changes: object) -> list[str]:
        """Run the script once, and return what it sent to syslog."""
        log = self.folder / "log"
        log.write_text("")
        done = self.start(**changes)
        assert done.communicate(timeout=30) == (b"", b"")
        return log.read_text().splitlines()

    def start(self, **changes: object) -> subprocess.Popen[bytes]:
        script, new = self.folder / "watch.sh", self.folder / "watch.new"
        new.write_bytes(script_of(replace(self.settings, **changes)))  # type: ignore[arg-type]
        new.replace(script)  # a shell that runs reads on in the file that it has opened
        return subprocess.Popen(
            [*self.shell, str(script)],
            env={"LOG": str(self.folder / "log")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


@pytest.fixture(params=SHELLS)
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Box:
    shell = SHELLS[request.param]
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    for name in ("pages", "pages/deep", "etc", "tmp", "bin"):
        (tmp_path / name).mkdir()
    logger = tmp_path / "bin" / "logger"
    logger.write_text(_LOGGER)
    logger.chmod(0o755)
    places = (
        Place(str(tmp_path / "pages"), Holds.PAGES, 1),
        Place(str(tmp_path / "etc"), Holds.START_UP),
        Place(str(tmp_path / "tmp"), Holds.TEMPORARY),
        Place(str(tmp_path / "missing"), Holds.FIRMWARE),
    )
    settings = ScriptSettings(state=str(tmp_path / "state"), path=f"{tmp_path}/bin:/usr/bin:/bin", places=places)
    (tmp_path / "pages" / "index.html").write_text("page")
    return Box(tmp_path, shell, settings)


def warnings(lines: list[str]) -> list[str]:
    start = "tourniquet_on_box user.warning "
    return [line.removeprefix(start) for line in lines if line.startswith(start)]


def test_the_first_run_takes_a_list_and_the_next_has_nothing_to_report(box: Box) -> None:
    assert box.run() == ["tourniquet_on_box user.notice began with 1 files"]
    assert box.run() == ["tourniquet_on_box user.notice checked 1 files: 0 new, 0 changed, 0 gone"]
    assert sorted(path.name for path in box.state.iterdir()) == ["last", "list"]
    assert (box.state / "last").read_text().split(" ", 1)[1] == "checked 1 files: 0 new, 0 changed, 0 gone\n"
    assert box.state.stat().st_mode & 0o777 == 0o700


def test_new_changed_and_gone_files_are_reported_once(box: Box) -> None:
    (box.pages / "deep" / "old.js").write_text("x")
    box.run()
    moment = (box.pages / "index.html").stat()
    (box.pages / "index.html").write_text("Page")  # of the same size and time
    os.utime(box.pages / "index.html", ns=(moment.st_atime_ns, moment.st_mtime_ns))
    (box.pages / "deep" / "old.js").unlink()
    (box.pages / "deep" / "x.php").write_text("<?php")
    (box.folder / "etc" / "rc.netscaler").write_text("x")
    found = warnings(box.run())
    assert sorted(found) == [
        f"changed {box.pages}/index.html",
        f"gone {box.pages}/deep/old.js",
        f"new {box.folder}/etc/rc.netscaler",
        f"new {box.pages}/deep/x.php",
    ]
    assert warnings(box.run()) == []


def test_what_is_not_watched_is_not_reported(box: Box) -> None:
    box.run()
    (box.folder / "tmp" / "x.php").write_text("temporary")
    (box.folder / "etc" / "ns.conf").write_text("changes with each save")
    (box.pages / "deep" / "deeper").mkdir()
    (box.pages / "deep" / "deeper" / "x.php").write_text("below the watched levels")
    (box.pages / "link").symlink_to("/etc/passwd")
    assert warnings(box.run()) == []


HOSTILE = {
    b"$(id)": "%24%28id%29",
    b"`id`;id": "%60id%60%3Bid",
    b"-rf": "-rf",
    b"a b'\"\\": "a%20b%27%22%5C",
    b"\x1b[2J\r": "%1B%5B2J%0D",
    b"\xff\xfe": "%FF%FE",
    b"{{ x }}%n": "%7B%7B%20x%20%7D%7D%25n",
    b"pitboss PPE unexpectedly died": "pitboss%20PPE%20unexpectedly%20died",
    b"n" * 255: "n" * 255,
}


def test_hostile_names_are_encoded(box: Box) -> None:
    box.run()
    for name in HOSTILE:
        Path(os.fsdecode(os.fsencode(box.pages) + b"/" + name)).write_bytes(b"x")
    longest = 300
    expected = []
    for encoded in HOSTILE.values():
        text = f"{box.pages}/{encoded}"
        expected.append(text if len(text) <= longest else f"{text[:longest]}...")
    assert sorted(warnings(box.run())) == sorted(f"new {text}" for text in expected)
    assert warnings(box.run()) == []


def test_a_line_feed_in_a_name_hides_nothing_and_forges_nothing(box: Box) -> None:
    (box.pages / "x\n4038471504 4 ").mkdir()
    box.run()
    forged = Path(f"{box.pages}/x\n4038471504 4 {box.pages}/evil.php")
    forged.parent.mkdir(parents=True)
    forged.write_text("x")
    (box.pages / "a\nb").write_text("x")
    found = warnings(box.run())
    assert f"new {box.pages}/a%3Fb" in found
    assert not any("evil" in line for line in found), "it is below the watched levels"
    (box.pages / "evil.php").write_text("x")
    assert warnings(box.run()) == [f"new {box.pages}/evil.php"]


def test_named_pipes_are_not_opened(box: Box) -> None:
    os.mkfifo(box.pages / "pipe.php")
    os.mkfifo(box.folder / "etc" / "crontab")
    assert box.run() == ["tourniquet_on_box user.notice began with 1 files"]


def test_a_run_that_lasts_too_long_ends_itself(box: Box) -> None:
    """A file that becomes a pipe between its listing and its reading."""
    slow = box.folder / "bin" / "sha256"
    slow.write_text(f"#!/bin/sh\nexec cat {box.folder}/pipe\n")
    slow.chmod(0o755)
    os.mkfifo(box.folder / "pipe")
    assert warnings(box.run(seconds=1)) == ["incomplete: stopped after 1 seconds"]
    assert list(box.state.iterdir()) == []
    slow.unlink()
    assert box.run() == ["tourniquet_on_box user.notice began with 1 files"]


def test_a_command_that_is_ended_says_nothing(box: Box) -> None:
    """Bash names a command that a signal has ended, which cron would send by mail."""
    (box.folder / "bin" / "xargs").write_text(f"#!/bin/sh\nread line < {box.folder}/pipe\n")
    (box.folder / "bin" / "xargs").chmod(0o755)
    os.mkfifo(box.folder / "pipe")
    assert warnings(box.run(seconds=1)) == ["incomplete: stopped after 1 seconds"]


def test_the_report_of_a_run_that_lasts_too_long_is_sent_by_a_busy_appliance(box: Box) -> None:
    (box.folder / "bin" / "sha256").write_text(f"#!/bin/sh\nexec cat {box.folder}/pipe\n")
    (box.folder / "bin" / "sha256").chmod(0o755)
    os.mkfifo(box.folder / "pipe")
    (box.folder / "bin" / "logger").write_text(_LOGGER.replace("#!/bin/sh\n", "#!/bin/sh\nsleep 2\n"))
    assert warnings(box.run(seconds=1)) == ["incomplete: stopped after 1 seconds"]


@pytest.mark.only_in_all
def test_a_run_that_lasts_too_long_ends_where_syslog_hangs(box: Box) -> None:
    os.mkfifo(box.folder / "pipe")
    (box.folder / "bin" / "logger").write_text(f"#!/bin/sh\nread line < {box.folder}/pipe\n")
    done = box.start(seconds=1)
    assert done.communicate(timeout=60) == (b"", b"")
    assert done.returncode == 1
    assert not (box.state / "running").exists()


def test_the_hash_of_freebsd_is_used_where_it_is(box: Box) -> None:
    program = box.folder / "bin" / "sha256"
    program.write_text('#!/bin/sh\n[ "$1" = -r ] && shift\nsha256sum "$@" | sed "s/  / /"\n')
    program.chmod(0o755)
    box.run()
    assert len((box.state / "list").read_text().split(" ")[0]) == 64
    (box.pages / "index.html").write_text("other")
    assert warnings(box.run()) == [f"changed {box.pages}/index.html"]


def test_files_and_reports_are_bounded(box: Box) -> None:
    box.run()
    for number in range(200):
        (box.pages / f"{number}.php").write_text("x")
    lines = box.run(most_reports=5)
    assert len(warnings(lines)) == 5
    assert (
        lines[-1]
        == "tourniquet_on_box user.notice checked 201 files: 200 new, 0 changed, 0 gone, 195 of them not shown"
    )
    for number in range(200, 300):
        (box.pages / f"{number}.php").write_text("x")
    lines = box.run(most_files=100, most_reports=5)
    assert lines[-1].startswith("tourniquet_on_box user.notice incomplete: checked only 100 files: ")
    assert " 0 gone" in lines[-1], "what was not looked at is not gone"
    assert len((box.state / "list").read_text().splitlines()) == 100


def test_large_files_count_by_inode_and_size(box: Box) -> None:
    large = box.pages / "large"
    large.write_bytes(b"x" * 2**20)
    box.run()
    with large.open("ab") as file:
        file.write(b"x" * 2**20)
    assert warnings(box.run()) == [f"changed {large}"]


def test_a_second_start_ends_at_once(box: Box) -> None:
    (box.state / "running").mkdir(parents=True)
    assert box.run() == []
    assert (box.state / "running").is_dir()
    old = (box.state / "running").stat().st_mtime - 16 * 60
    os.utime(box.state / "running", (old, old))
    assert len(box.run()) == 1, "the mark of a run that was killed does not count for ever"


def test_two_at_once_report_once(box: Box) -> None:
    box.run()
    (box.pages / "x.php").write_text("x")
    (box.folder / "log").write_text("")
    for started in [box.start() for _number in range(2)]:
        started.communicate(timeout=30)
    assert warnings((box.folder / "log").read_text().splitlines()) == [f"new {box.pages}/x.php"]


def test_what_could_not_be_sent_is_sent_by_the_next_run(box: Box) -> None:
    box.run()
    (box.pages / "x.php").write_text("x")
    logger = box.folder / "bin" / "logger"
    logger.write_text("#!/bin/sh\nexit 1\n")
    assert box.run() == []
    logger.write_text(_LOGGER)
    assert warnings(box.run()) == [f"new {box.pages}/x.php"]


def test_a_link_in_place_of_its_directory_is_not_followed(box: Box) -> None:
    (box.folder / "elsewhere").mkdir()
    box.state.symlink_to(box.folder / "elsewhere")
    assert box.run() == []
    assert list((box.folder / "elsewhere").iterdir()) == []


def test_the_script_of_an_appliance_has_each_directory_that_is_watched() -> None:
    script = script_of(ScriptSettings()).decode()
    words = script.split()
    watched = [place for place in PLACES if place.holds is not Holds.TEMPORARY]
    assert [place.directory for place in watched if place.directory not in words] == []
    assert f"state={STATE}\n" in script
    assert len(script) < 16_000
    assert PATH.endswith(".sh"), "so the watch of the control node sees it"


@pytest.mark.parametrize("word", ["/tmp/$(id)", "/tmp/a b", "-x", "", "/tmp\n"])
def test_no_other_word_becomes_part_of_the_script(word: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be part of the script"):
        script_of(ScriptSettings(state=word))


@pytest.mark.parametrize("tag", ["", "A", "1a", "a b", "a" * 32, "a\n", "$(id)"])
def test_a_tag_is_a_plain_word(tag: str) -> None:
    with pytest.raises(InvalidInput, match="box: on_box_tag is"):
        checked_tag("box", tag)
    assert checked_tag("box", "tq_files") == "tq_files"
