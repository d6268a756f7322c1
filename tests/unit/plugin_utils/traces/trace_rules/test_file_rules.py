# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each rule by property for files: what it finds, what an ordinary appliance has, and the names behind which code was hidden."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import ListedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import (
    LARGE,
    MOST_ENDINGS,
    FileFacts,
    deserves_reading,
    endings_run_as_php,
    is_run_as_php,
    rule_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.watched_directories import (
    FOLLOWED,
    place_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ELF, SH = b"\x7fELF\x02\x01", b"#!/bin/sh\ntrue\n"

TEMPORARY_CODE = "a script or executable among temporary files"


def facts(path: str, content: bytes, size: int | None = None) -> FileFacts:
    directory, _slash, name = path.rpartition("/")
    return FileFacts(ListedFile(directory, name, len(content) if size is None else size, NOON), content)


def what(one: FileFacts) -> str:
    rule = rule_of(one)
    return "" if rule is None else rule.what


def is_read(path: str, size: int, *, is_usual: bool = False) -> bool:
    return deserves_reading(facts(path, b"", size).file, place_of(path, FOLLOWED), is_usual=is_usual)


@pytest.mark.parametrize("content", [ELF, SH])
@pytest.mark.parametrize(
    "path", ["/var/tmp/a.gz", "/var/tmp/NSPPE-00-1", "/tmp/nsaaad", "/var/tmp/bounds", "/tmp/log-2026-01-01.php"]
)
def test_code_among_temporary_files_has_any_name(path: str, content: bytes) -> None:
    """Seen: an executable with the name of a core, a dump or a packed file was neither read nor found."""
    assert is_read(path, len(content))
    assert what(facts(path, content)) == TEMPORARY_CODE


@pytest.mark.parametrize("path", ["/var/tmp/nsaaad.sh", "/var/tmp/NSPPE-x.pl"])
def test_the_name_of_a_core_is_no_excuse_outside_of_the_cores(path: str) -> None:
    assert is_read(path, 9)
    assert what(facts(path, b"x\n")) == TEMPORARY_CODE


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/var/tmp/log-2026-01-01.php", b"<?php $result = 1;\n"),
        ("/var/core/bounds", b"1\n"),
        ("/var/tmp/a.gz", b"\x1f\x8b\x08"),
        ("/tmp/session.txt", b"x\n"),
    ],
)
def test_what_console_and_the_kernel_leave_is_ordinary(path: str, content: bytes) -> None:
    assert not what(facts(path, content))


def test_a_core_is_an_executable_once_it_is_unpacked() -> None:
    """The content is that of the packed file behind what it holds, so it is longer than the file is."""
    assert not what(facts("/var/core/1/NSPPE-00-1.gz", ELF + b"\n\x1f\x8b\x08", 3))


def test_large_cores_are_not_read() -> None:
    assert not is_read("/var/core/1/NSPPE-00-1.gz", 2 * LARGE)
    assert not is_read("/var/core/1/NSPPE-00-1", 2 * LARGE)
    assert is_read("/var/tmp/NSPPE-00-1", 2 * LARGE)


@pytest.mark.parametrize(
    ("name", "is_one"), [("payload", True), ("x.bin", True), ("x.sh", True), ("x.txt", False), ("x.html", False)]
)
def test_a_burst_among_temporary_files_hides_no_program(name: str, is_one: bool) -> None:
    """Seen: what was unpacked beside twenty files of one time was not read, unless it had a name of code."""
    assert is_read(f"/var/tmp/x/{name}", 9, is_usual=True) is is_one


@pytest.mark.parametrize("name", ["x.deb", "x.ICO", "x.sig"])
def test_a_file_that_handlers_run_is_read_whatever_its_age(name: str) -> None:
    """Seen: a web shell with the time of twenty files of the firmware was not read."""
    assert is_read(f"/var/netscaler/gui/vpn/images/{name}", 9, is_usual=True)


def test_an_icon_is_not_large() -> None:
    assert is_read("/var/netscaler/gui/vpn/images/x.ico", 2 * LARGE, is_usual=True)
    assert not is_read("/var/netscaler/gui/vpn/scripts/linux/nsgclient64.deb", 2 * LARGE, is_usual=True)
    assert not is_read("/var/netscaler/gui/vpn/images/x.css", 9, is_usual=True)


@pytest.mark.parametrize(
    "text",
    [
        b"<?PHP @eval($_POST[1]);",
        b"<?=system($_GET[1])?>",
        b"<?= @$_GET[1]($_GET[2]) ?>",
        b"<? system('id'); ?>",
        b"<?\n@eval($_POST[1]);",
        b"<script language='php'>system('id');</script>",
    ],
)
def test_each_tag_of_php_is_one(text: bytes) -> None:
    assert what(facts("/var/netscaler/gui/vpn/images/x.ico", text)) == "PHP among pages"
    assert what(facts("/tmp/x.txt", text)) == TEMPORARY_CODE


@pytest.mark.parametrize(
    "text",
    [
        b"<?xml version='1.0'?>",
        b"<?xml-stylesheet href='x'?>",
        b"a <?= b",
        b"<script language='javascript'>",
        b"<? x",
        b"\x89PNG<?=\x00\x17",
    ],
)
def test_other_text_is_no_php(text: bytes) -> None:
    assert not what(facts("/var/netscaler/gui/vpn/images/x.ico", text))
    assert not what(facts("/tmp/x.txt", text))


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        (".htaccess", b"AddHandler php5-script .ico\n", True),
        (".htaccess", b"  SetHandler application/x-httpd-php\n", True),
        (".user.ini", b"auto_prepend_file=/var/tmp/x\n", True),
        (".htaccess", b"Require all denied\n", False),
        ("settings.txt", b"AddHandler php5-script .ico\n", False),
    ],
)
def test_settings_of_the_web_server_among_pages(name: str, text: bytes, is_one: bool) -> None:
    """Seen: a handler in .htaccess was a hidden file, for review."""
    found = rule_of(facts(f"/var/netscaler/logon/LogonPoint/custom/{name}", text))
    assert (found is not None and found.what == "settings of the web server among pages") is is_one


INSTALLED = NOON - timedelta(hours=2)


@pytest.mark.parametrize(
    ("installed", "is_usual", "found"),
    [
        (INSTALLED, False, "code of the day of the installation, where firmware alone has code"),
        (INSTALLED, True, ""),
        (NOON, False, ""),
        (NOON + timedelta(days=9), False, ""),
        (NOON - timedelta(days=2), False, "code that is newer than the firmware, where firmware alone has code"),
    ],
)
def test_code_within_a_day_after_the_installation(installed: datetime, is_usual: bool, found: str) -> None:
    """Seen: nothing was said of a program that an intruder wrote within a day after an upgrade."""
    one = facts("/netscaler/ns_gui/epa/scripts/mac/x", ELF)
    assert what(replace(one, installed=installed, is_usual=is_usual)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"<?php system($_REQUEST['x']);", "PHP that runs what a request brings, of the age of the firmware"),
        (b"<?php include $_GET['x'];", "PHP that runs what a request brings, of the age of the firmware"),
        (b"<?php array_map('assert', $_POST);", "PHP that runs what a request brings, of the age of the firmware"),
        (b"<?php include 'x.php'; echo $_GET['x'];", ""),
    ],
)
def test_a_web_shell_with_the_age_of_the_management_pages(text: bytes, found: str) -> None:
    """Seen: touch -r hid a web shell among the management pages."""
    one = replace(facts("/netscaler/ns_gui/admin_ui/x.php", text), is_usual=True)
    assert what(one) == found


LAST = datetime.max.replace(tzinfo=UTC, microsecond=0)


@pytest.mark.parametrize("installed", [LAST, datetime.min.replace(tzinfo=UTC)], ids=["last", "first"])
def test_a_file_of_the_firmware_that_says_the_last_day_of_all_years_ends_no_hunt(installed: datetime) -> None:
    one = replace(facts("/netscaler/ns_gui/a.php", b"<?php"), installed=installed)
    assert one.is_newer is (installed < NOON)
    assert rule_of(one) is not None
    assert rule_of(replace(facts("/usr/sbin/a", ELF), installed=installed)) is None or installed < NOON


@pytest.mark.parametrize(("end", "is_found"), [(b"\t AddHandler php .ico\n", True), (b"Require all denied\n", False)])
def test_settings_with_many_empty_lines_keep_no_hunt_waiting(end: bytes, is_found: bool) -> None:
    """Seen: an expression that began at each line ran to the end of all empty ones; 20,000 of them took longer than two seconds, a file whole hours."""
    one = facts("/netscaler/ns_gui/.htaccess", b" \n" * 400_000 + end)
    assert (what(one) == "settings of the web server among pages") is is_found


@pytest.mark.parametrize(
    ("line", "endings", "of_directory"),
    [
        (b"AddType application/x-httpd-php .css .PNG", {".css", ".png"}, {".css", ".png"}),
        (b"  addhandler php5-script ico", {".ico"}, {".ico"}),
        (b'AddHandler "application/x-httpd-php" ".deb"', {".deb"}, {".deb"}),
        (b"AddType application/x-httpd-php .php", set(), set()),
        (b"# AddType application/x-httpd-php .css", set(), set()),
        (b"AddType text/css .css", set(), set()),
        (b"SetHandler php5-script", set(), {""}),
        (b"ForceType application/x-httpd-php", set(), {""}),
        (b"SetHandler server-status", set(), set()),
        (b"", set(), set()),
    ],
)
def test_the_endings_that_the_web_server_runs_as_php(line: bytes, endings: set[str], of_directory: set[str]) -> None:
    """SetHandler of the whole server is in a section of its own, of which nothing is known."""
    settings = b"ServerRoot /\n" + line + b"\r\n"
    assert endings_run_as_php(settings) == endings
    assert endings_run_as_php(settings, of_directory=True) == of_directory


@pytest.mark.parametrize(
    ("name", "is_run"),
    [
        ("a.deb", True),
        ("a.DEB.css", True),
        ("a.deb.tar.gz", True),
        ("a.php.css", True),
        ("a.css", False),
        ("adeb", False),
        ("deb.css", False),
        ("a.debs.css", False),
        ("a.php", False),
    ],
)
def test_each_ending_of_a_name_has_its_handler(name: str, is_run: bool) -> None:
    assert is_run_as_php(name, {".deb"}) is is_run
    assert is_run_as_php(name, {""})


@pytest.mark.parametrize(("number", "all_of_them"), [(0, False), (1, True)])
def test_more_endings_than_are_told_apart_are_any_name(number: int, all_of_them: bool) -> None:
    """An appliance that names a million endings must not keep a hunt waiting, and hides nothing by it."""
    words = b" ".join(b".x%d" % one for one in range(MOST_ENDINGS + number))
    found = endings_run_as_php(b"AddType application/x-httpd-php " + words)
    assert (found == {""}) is all_of_them
    assert len(found) == (1 if all_of_them else MOST_ENDINGS)


@pytest.mark.parametrize("line", [b"AddType " + b"php" * 300_000, b" " * 900_000 + b"x", b"AddType" + b" " * 900_000])
def test_settings_that_are_made_to_be_slow_are_searched_at_once(line: bytes) -> None:
    began = time.process_time()
    assert endings_run_as_php(line, of_directory=True) == set()
    assert time.process_time() - began < 1.0
