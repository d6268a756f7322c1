# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules by property for files: what a file is and where it is, whatever its name. One table, of hunt and watch. Pure.

Each has its source, its level, and what an ordinary appliance has instead: tests/examined_traces.py plants both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...appliance.nitro.directory_listing import ListedFile
from ...catalogue.entry import Level
from ..findings.finding import LEVELS
from .watched_directories import (
    CRON_TABS,
    FOLLOWED,
    Holds,
    Place,
    has_code_name,
    has_php,
    is_code,
    is_expected_hidden,
    is_expected_temporary,
    place_of,
)

_PHP_INDEED = re.compile(
    rb"(?i)(?:include|require)(?:_once)?[\s(]{1,4}@?\$_(?:GET|POST|REQUEST|COOKIE|SERVER)"
    rb"|(?:array_(?:map|filter|walk)|call_user_func(?:_array)?|usort|create_function)\s*\([^;\n]{0,80}\$_(?:GET|POST|REQUEST|COOKIE)"
    rb"|(?:eval|assert|system|passthru|shell_exec|exec|popen)\s*\(\s*(?:@?\w+\s*\(\s*){0,4}@?\$_(?:GET|POST|REQUEST|COOKIE|SERVER)"
    rb"|`[^`\n]{0,200}\$_(?:GET|POST|REQUEST|COOKIE|SERVER)|\$\w+\s*\(\s*@?\$_(?:GET|POST|REQUEST|COOKIE|SERVER)|@eval\s*\("
)
_STAGED = re.compile(rb"\A(?:#NS\d+\.\d+ Build|Salted__)")
_EXECUTABLE = (b"\x7fELF", b"#!")
_NO_SCRIPT = re.compile(
    r"(?is).*\.(?:deb|sig|ico|css|png|jpe?g|gif|svg|txt|html?|xhtml|xml|woff2?|map|dmg|pkg|exe|msi|zip)"
)
_PACKAGE = re.compile(r"(?is).*\.(?:deb|rpm|dmg|pkg|exe|msi|zip|cab|sig)")
_PACKED = re.compile(r"(?is).*\.(?:gz|bz2|tgz|xz|zst|z)")
_CORE = re.compile(r"(?is)NSPPE-.*|nsaaad.*")
_CORES = "/var/core"
_DATA = re.compile(r"(?is).*\.(?:ico|css|png|jpe?g|gif|svg|txt|html?|xhtml|xml|woff2?|map|log|csv|json|conf)")
"""Names of data: of these a burst is not read, as a package that was unpacked has thousands of them."""
_CORE_OF_ELF = (b"\x04\x00", b"\x00\x04")
"""The type of an ELF file that is a core, which nobody can run (elf(5)), in both orders of bytes."""
SETTINGS = (".htaccess", ".user.ini")
"""The files in which Apache and PHP look for settings of a directory (their pages on AllowOverride and on user_ini.filename)."""
_HANDLER = re.compile(
    rb"(?im)^[^\S\n]*(?:(?:Add|Set)Handler|AddType|ForceType|php_(?:admin_)?(?:value|flag)|auto_(?:prepend|append)_file)\b"
)
_RUNS_AS_PHP = re.compile(rb"(?im)^[^\S\n]*Add(?:Handler|Type)[^\S\n]{1,60}\S{0,60}php\S{0,60}[^\S\n]+([^\n]+)")
_RUNS_ALL = re.compile(rb"(?im)^[^\S\n]*(?:SetHandler|ForceType)[^\S\n]{1,60}\S{0,60}php")
MOST_ENDINGS = 50
"""The most endings of one settings file that are told apart: where an appliance has more, each file is read."""
_QUOTED = b"'\"."
_RUN_BY_HANDLERS = re.compile(r"(?is).*\.(?:deb|sig|ico)")
"""Names that handlers ran as PHP (lists of autumn 2026). A firmware has few of them, so each is read, whatever its age is: a time is set by one command."""
_ICON = re.compile(r"(?is).*\.ico")
LARGE = 1024 * 1024
"""The bytes above which a file is large."""
_LIBRARY = re.compile(r"(?is).*\.so(?:\.\d+)*")
_WITH_PHP = ("/netscaler/ns_gui/admin_ui", "/var/netscaler/gui/admin_ui")
"""The management pages of the firmware, which are in PHP."""
_LATER = timedelta(days=1)
"""A file of the firmware is at most so much newer than the kernel: the installer writes both."""


@dataclass(frozen=True)
class FileFacts:
    """A file as a reader sees it.

    :ivar content: b"" where it was not read; of a packed file what it holds, and behind that the file itself
    :ivar installed: when the firmware was installed, by the clock of the node; None where nothing shows it
    :ivar is_usual: its time is that of most files around it, as of firmware or of one burst
    """

    file: ListedFile
    content: bytes = b""
    installed: datetime | None = None
    is_usual: bool = False

    @property
    def place(self) -> Place:
        return place_of(self.file.path, FOLLOWED)

    @property
    def is_newer(self) -> bool:
        """Return True for a file that is newer than the firmware, and not one of a burst."""
        modified = self.file.modified
        return (
            self.installed is not None
            and modified is not None
            and not self.is_usual
            and modified - self.installed > _LATER
        )

    @property
    def has_no_age(self) -> bool:
        """Return True where nothing tells whether a file came with the firmware."""
        return self.installed is None and not self.is_usual

    @property
    def is_page(self) -> bool:
        """Return True where web servers or the portal find it."""
        return self.place.holds in (Holds.PAGES, Holds.USER_DATA, Holds.FIRMWARE)

    @property
    def is_executable(self) -> bool:
        is_core = self.content.startswith(b"\x7fELF") and self.content[16:18] in _CORE_OF_ELF
        return self.content.startswith(_EXECUTABLE) and not is_core

    @property
    def is_packed(self) -> bool:
        """Return True where the content is not that of the file as it is stored."""
        return self.file.size not in (None, len(self.content))

    @property
    def is_code(self) -> bool:
        return is_code(self.place, self.file.name, self.content)


@dataclass(frozen=True)
class FileRule:
    """A rule.

    :ivar what: the trace, as a clause
    :ivar ordinary: what an ordinary appliance has, which it does not find
    """

    level: Level
    what: str
    why: str
    source: str
    ordinary: str
    applies: Callable[[FileFacts], bool]


def _is_php_among_pages(one: FileFacts) -> bool:
    if not one.is_page or not has_php(one.content):
        return False
    if one.file.path.startswith(tuple(f"{directory}/" for directory in _WITH_PHP)):
        return one.is_newer or (not one.is_usual and _PHP_INDEED.search(one.content) is not None)
    return True


def _is_php_of_the_age_of_firmware(one: FileFacts) -> bool:
    return one.is_page and has_php(one.content) and _PHP_INDEED.search(one.content) is not None


def _is_setting(one: FileFacts) -> bool:
    is_page = one.place.holds in (Holds.PAGES, Holds.FIRMWARE)
    return is_page and one.file.name in SETTINGS and _HANDLER.search(one.content) is not None


def _is_disguised(one: FileFacts) -> bool:
    return one.is_page and one.is_executable and _NO_SCRIPT.fullmatch(one.file.name) is not None


def _is_code_of_no_firmware(one: FileFacts) -> bool:
    return one.place.holds is Holds.FIRMWARE and one.is_code and one.is_newer


def _is_code_of_the_first_day(one: FileFacts) -> bool:
    modified = one.file.modified
    later = timedelta(0) if one.installed is None or modified is None else modified - one.installed
    return one.place.holds is Holds.FIRMWARE and one.is_code and timedelta(0) < later <= _LATER and not one.is_usual


def _is_code_without_age(one: FileFacts) -> bool:
    return one.place.holds is Holds.FIRMWARE and one.is_executable and one.has_no_age


def _is_temporary_code(one: FileFacts) -> bool:
    if one.place.holds is not Holds.TEMPORARY:
        return False
    if _is_ordinary_temporary(one.file):
        return one.is_executable and not one.is_packed  # whatever its name is
    return one.is_code


def _is_ordinary_temporary(file: ListedFile) -> bool:
    is_core = f"{file.directory}/".startswith(f"{_CORES}/") and _CORE.fullmatch(file.name) is not None
    return is_core or _PACKED.fullmatch(file.name) is not None or is_expected_temporary(file.name)


def _is_hidden(one: FileFacts) -> bool:
    below = one.file.path[len(one.place.directory.rstrip("/")) :].split("/")
    return any(part.startswith(".") and not is_expected_hidden(one.place, part) for part in below if part)


def _is_newer_page(one: FileFacts) -> bool:
    is_page = one.place.holds in (Holds.PAGES, Holds.FIRMWARE) and not one.file.is_directory
    return is_page and one.is_newer and not is_package(one.file)


def _is_library(one: FileFacts) -> bool:
    is_library = _LIBRARY.fullmatch(one.file.name) is not None or one.content.startswith(b"\x7fELF")
    return one.place.holds is Holds.START_UP and is_library


FILE_RULES = (
    FileRule(
        Level.COMPROMISE,
        "a crontab of nobody",
        "he runs the web server, and the firmware has no jobs of his",
        "FireEye 2020",
        "the crontab of root",
        lambda one: one.file.path == f"{CRON_TABS}/nobody",
    ),
    FileRule(
        Level.COMPROMISE,
        "PHP among pages",
        "web servers deliver this directory, and code in it is a web shell",
        "scanners of CVE-2023-3519 and CTX697096, NCSC-NL 2025",
        "the management pages of the firmware, of its age",
        _is_php_among_pages,
    ),
    FileRule(
        Level.COMPROMISE,
        "settings of the web server among pages",
        "they let it run files with any ending as PHP",
        "NCSC-NL 2025, page of Apache on AllowOverride",
        "settings without a handler or a type, such as Require",
        _is_setting,
    ),
    FileRule(
        Level.COMPROMISE,
        "code among pages",
        "web servers deliver this directory, and code in it is a web shell",
        "scanners of CVE-2023-3519 and CTX697096",
        "scripts of pages (.js), pictures, style sheets",
        lambda one: one.place.holds in (Holds.PAGES, Holds.USER_DATA) and one.is_code,
    ),
    FileRule(
        Level.COMPROMISE,
        "a script or executable with the name of something else",
        "handlers of the web server run files with such endings as PHP (.deb, .sig, .ico)",
        "lists of autumn 2026",
        "packages of clients, which begin with !<arch> or MZ",
        _is_disguised,
    ),
    FileRule(
        Level.COMPROMISE,
        "code that is newer than the firmware, where firmware alone has code",
        "this directory changes with the build only",
        "netscaler-ctx697096-checker",
        "scripts of the firmware, of its age",
        _is_code_of_no_firmware,
    ),
    FileRule(
        Level.COMPROMISE,
        "a configuration, or what openssl has encrypted, among pages",
        "the configuration was staged there to be fetched",
        "CISA AA23-201A, scanner of CVE-2023-3519",
        "scripts of pages",
        lambda one: one.is_page and _STAGED.match(one.content) is not None,
    ),
    FileRule(
        Level.REVIEW,
        "PHP that runs what a request brings, of the age of the firmware",
        "one command gives a file the time of another",
        "NCSC-NL 2025, MITRE ATT&CK T1070.006",
        "management pages that show what a request brings",
        _is_php_of_the_age_of_firmware,
    ),
    FileRule(
        Level.REVIEW,
        "code of the day of the installation, where firmware alone has code",
        "the installer writes there on that day, twenty files and more at a time, and so may an intruder",
        "netscaler-ctx697096-checker",
        "files of the firmware that have one time",
        _is_code_of_the_first_day,
    ),
    FileRule(
        Level.REVIEW,
        "a script or executable among files of the firmware",
        "nothing shows when the firmware was installed, so its age does not tell whose it is",
        "netscaler-ctx697096-checker",
        "files of the firmware that have one time",
        _is_code_without_age,
    ),
    FileRule(
        Level.REVIEW,
        "a script or executable among temporary files",
        "payloads of earlier waves were in this directory",
        "FireEye 2020, lists of autumn 2026",
        "core files, packed files, texts, and the scripts of Console",
        _is_temporary_code,
    ),
    FileRule(
        Level.REVIEW,
        "a library among files that are used at boot",
        "a library that is preloaded survives a reboot there",
        "lists of autumn 2026 (passwd_hook)",
        "texts",
        _is_library,
    ),
    FileRule(
        Level.REVIEW,
        "a hidden file or directory",
        "what attackers left in temporary, web and configuration directories was hidden",
        "lists of autumn 2026",
        "the files of shells in /root, and directories of FreeBSD such as .snap",
        _is_hidden,
    ),
    FileRule(
        Level.REVIEW,
        "a page that is newer than the firmware",
        "web shells and changed pages are newer than the installation",
        "netscaler-ctx697096-checker, lists of autumn 2026",
        "twenty and more files of one time, as an edited theme has; packages of clients",
        _is_newer_page,
    ),
    FileRule(
        Level.REVIEW,
        "a crontab of another user than root",
        "the firmware has jobs of root only",
        "FireEye 2020",
        "the crontab of root",
        lambda one: one.file.directory == CRON_TABS and one.file.name not in ("root", "nsroot"),
    ),
)
"""The most urgent first: the first one that applies counts."""


def rule_of(facts: FileFacts) -> FileRule | None:
    """Return the rule that says what a file is; None where none does."""
    return next((rule for rule in FILE_RULES if rule.applies(facts)), None)


def most_urgent(levels: Iterable[Level | None]) -> Level | None:
    """Return the most urgent of some levels; None where there is none."""
    found = {*levels}
    return next((level for level in LEVELS if level in found), None)


def endings_run_as_php(settings: bytes, *, of_directory: bool = False) -> frozenset[str]:
    """Return the endings of names, in lower case, of the files that the web server runs as PHP by these settings; "" is any name.

    :param of_directory: they are those of one directory, where SetHandler and ForceType are for each file in it
    """
    words = (word for line in _RUNS_AS_PHP.findall(settings) for word in line.lower().split())
    endings = {f".{word.strip(_QUOTED).decode('latin-1')}" for word in words} - {".", ".php"}
    if len(endings) > MOST_ENDINGS or (of_directory and _RUNS_ALL.search(settings)):
        return frozenset({""})
    return frozenset(endings)


def is_run_as_php(name: str, endings: Collection[str]) -> bool:
    """Return True if the web server runs a file of this name as PHP by its settings, and its last ending does not say so.

    A handler counts for each ending of a name, wherever it is: a.php.css is run (Apache HTTP Server 2.4, mod_mime, files with multiple extensions).

    :param endings: those of :func:`endings_run_as_php`
    """
    own = [f".{one}" for one in name.lower().split(".")[1:]]
    return "" in endings or ".php" in own[:-1] or not set(own).isdisjoint(endings)


def deserves_reading(file: ListedFile, place: Place, *, is_usual: bool) -> bool:
    """Return True if the content of a file may say what it is: what has a name of code or another age than most around it, and is no large package.

    Other files may be large: programs of 2020 among temporary files had several MiB, and a page can be made larger. Among temporary files the firmware
    has no program, so one of a burst is read as well.
    """
    if file.is_directory:
        return False
    if place.holds is Holds.TEMPORARY:
        return not (is_large(file) and _is_ordinary_temporary(file)) and not (is_usual and _DATA.fullmatch(file.name))
    if is_large(file):
        return _ICON.fullmatch(file.name) is not None or (not is_usual and not is_package(file))
    return (
        not is_usual
        or has_code_name(file.name)
        or _RUN_BY_HANDLERS.fullmatch(file.name) is not None
        or file.name in SETTINGS
    )


def is_large(file: ListedFile) -> bool:
    """Return True for a file that is read only where something speaks for it: firmware is not read as a whole."""
    return file.size is not None and file.size > LARGE


def is_package(file: ListedFile) -> bool:
    """Return True for a file with the name of a package of clients, of which an appliance has large ones."""
    return _PACKAGE.fullmatch(file.name) is not None
