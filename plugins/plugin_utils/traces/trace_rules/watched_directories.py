# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directories that are watched, and what a new file in each of them means. Pure.

Paths: public scanners and lists (ioc-scanner-CVE-2019-19781, citrix-ioc-scanner-cve-2023-3519, netscaler-ctx697096-checker, nshunt, citrix-2025),
and the vendor's page on the files of /nsconfig that are used at boot (SUP-327915).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Holds(StrEnum):
    """What a directory has on a clean appliance."""

    PAGES = "pages without code"
    """Code is an alarm; any other change is for review."""
    USER_DATA = "data of users"
    """Code is an alarm; other files come and go."""
    FIRMWARE = "files of the firmware"
    """They change with the build only."""
    START_UP = "files that are used at boot"
    """Only files with a known name, hidden files and scripts are watched."""
    TEMPORARY = "temporary files"
    """Only code and hidden files are for review."""
    OTHER = "anything"
    """A directory that no rule is about."""


@dataclass(frozen=True)
class Place:
    """A directory.

    :ivar levels: how many levels of directories below it are watched too
    """

    directory: str
    holds: Holds
    levels: int = 0

    @property
    def is_of_pages(self) -> bool:
        """Return True where web servers find files, and users put none."""
        return self.holds in (Holds.PAGES, Holds.FIRMWARE)


PLACES = (  # /flash/nsconfig is where the link /nsconfig leads
    *(
        Place(directory, Holds.PAGES, levels)
        for directory, levels in (
            ("/var/vpn", 0),
            ("/var/vpn/theme", 0),
            ("/var/vpn/themes", 1),
            ("/var/netscaler/logon", 0),
            ("/var/netscaler/logon/themes", 1),
            ("/var/netscaler/logon/LogonPoint", 0),
            ("/var/netscaler/logon/LogonPoint/custom", 1),
            ("/var/netscaler/logon/LogonPoint/uiareas", 1),
            ("/var/tmp/netscaler/portal/templates", 0),  # noqa: S108 -- the appliance's
        )
    ),
    Place("/var/vpn/bookmark", Holds.USER_DATA),
    *(
        Place(directory, Holds.START_UP, levels)
        for directory, levels in (
            ("/nsconfig", 0),
            ("/nsconfig/ssh", 0),
            ("/etc", 0),
            ("/root", 0),
            ("/root/.ssh", 0),
            ("/var/cron/tabs", 0),
        )
    ),
    *(
        Place(directory, Holds.FIRMWARE, levels)
        for directory, levels in (
            ("/netscaler/portal/templates", 0),
            ("/netscaler/portal/scripts", 0),
            ("/netscaler/ns_gui", 0),
            ("/netscaler/ns_gui/vpn", 0),
            ("/netscaler/ns_gui/admin_ui", 0),
            ("/netscaler/ns_gui/vpns/theme/default", 0),
            ("/netscaler/ns_gui/epa/scripts", 1),
            ("/var/netscaler/gui/vpn/scripts", 1),
            ("/var/netscaler/gui/vpn/media", 0),
            ("/var/netscaler/gui/vpn/images", 0),
            ("/var/netscaler/gui/vpn/theme", 0),
        )
    ),
    *(
        Place(directory, Holds.TEMPORARY, levels)
        for directory, levels in (
            ("/var/tmp", 0),  # noqa: S108 -- the appliance's
            ("/tmp", 0),  # noqa: S108 -- the appliance's
            ("/var/nstmp", 0),
            ("/var/core", 1),
            ("/", 0),
            ("/var", 0),
            ("/netscaler.local", 0),
        )
    ),
)
TO_THE_END = 100
"""Levels below a directory that is followed to the end."""
_NOT_FOLLOWED = ("/", "/var", "/netscaler/ns_gui")
MANAGEMENT_PAGES = "/netscaler/ns_gui/admin_ui"
"""Thousands of files of the firmware: a watch, which reads each file, looks at the directory alone."""
FOLLOWED = (
    *(
        place
        if place.holds is Holds.START_UP or place.directory in _NOT_FOLLOWED
        else replace(place, levels=TO_THE_END)
        for place in PLACES
    ),
    *(
        Place(directory, holds, TO_THE_END)
        for directory, holds in (
            ("/var/ns_gui", Holds.PAGES),
            ("/var/netscaler/gui/vpn", Holds.FIRMWARE),
            ("/var/netscaler/gui/vpns", Holds.FIRMWARE),
            ("/var/netscaler/gui/epa", Holds.FIRMWARE),
            ("/netscaler/ns_gui/vpns", Holds.FIRMWARE),
            ("/netscaler/ns_gui/epa", Holds.FIRMWARE),
        )
    ),
)
"""The directories that hunt and watch look at; a script of ours on a node looks at :data:`PLACES`, which cost it less."""
CRON_TABS = "/var/cron/tabs"
START_UP_NAMES = frozenset(
    (
        *("authorized_keys", "crontab", "group", "httpd.conf", "inetd.conf", "newsyslog.conf", "nsafter.sh"),
        *("nsbefore.sh", "ntp.conf", "passwd", "pam.conf", "rc.conf", "rc.local", "rc.netscaler"),
        *("resolv.conf", "sshd_config", "sudoers", "sysctl.conf", "syslog.conf", "ttys"),
    )
)
"""New lines of these files are shown, so none that holds passwords or communities is among them."""
_FURTHER_NAMES = ("libmap.conf", "libmap32.conf", "login.conf", "ld-elf.so.conf", "ld.so.preload")
"""What decides about the libraries of programs (libmap.conf(5), login.conf(5)); a script of ours on a node leaves them out."""
_SCRIPT_LOG = r"log-[0-9]{4}-[0-9]{2}-[0-9]{2}\.php"
_EXPECTED = re.compile(rf"{_SCRIPT_LOG}|bounds|minfree")
"""Temporary files that Console's advisory scripts and the kernel's dumps leave (README of netscaler-ctx697096-checker)."""
_NOT_WATCHED = re.compile(_SCRIPT_LOG)
"""The name alone makes it code."""
_CODE_NAME = re.compile(r"(?is).*\.(?:php[0-9]?|phtml|phar|pht|pl|pm|py|pyc|sh|cgi|so|elf|jsp)")
_CODE = (b"\x7fELF", b"#!")
_PHP = re.compile(
    rb"(?i)<\?(?:php\b|=\s*@?(?:[`$(]|[a-z_]\w{1,30}\s*\()|\s+@?(?:\$[a-z_]|[a-z_]\w{1,30}\s*\())|<script\s+language\s*=\s*['\"]?php"
)
"""The tags of PHP, in any case: the long one, that of an expression, the short one and that of PHP before 7. Those of XML are none."""
_CODE_INSIDE = (b"eval($_", b"base64_decode(")
_TEMPLATE_CODE = (b"[%", b"template.new")
"""A bookmark is XML; with these words it is a template that the portal runs (CVE-2019-19781)."""


_EXPECTED_HIDDEN = frozenset(
    (
        *(".", "..", ".snap", ".sujournal", ".X11-unix", ".ICE-unix", ".XIM-unix", ".font-unix", ".zfs"),
        *(".cshrc", ".login", ".login_conf", ".logout", ".profile", ".shrc", ".bashrc", ".bash_profile", ".k5login"),
        *(".history", ".sh_history", ".bash_history", ".rnd", ".lesshst", ".viminfo", ".ssh", ".rhosts", ".mailrc"),
    )
)
"""Hidden names of FreeBSD and its shells (hier(7), the skeleton of /root)."""


def place_of(path: str, places: Iterable[Place] = PLACES) -> Place:
    """Return the place that a path belongs to: the one with the longest directory."""
    directory = path.rpartition("/")[0] or "/"
    fitting = [
        place
        for place in places
        if directory == place.directory or (place.levels and directory.startswith(place.directory + "/"))
    ]
    return max(fitting, key=lambda place: len(place.directory), default=Place(directory, Holds.OTHER))


def is_expected_hidden(place: Place, name: str) -> bool:
    """Return True for a hidden name that FreeBSD has; none is in a directory of pages."""
    return name in _EXPECTED_HIDDEN and place.holds not in (Holds.PAGES, Holds.USER_DATA, Holds.FIRMWARE)


def is_expected_temporary(name: str) -> bool:
    """Return True for a temporary file that Console's advisory scripts and the kernel's dumps leave."""
    return _EXPECTED.fullmatch(name) is not None


def is_watched(place: Place, name: str) -> bool:
    """Return True if a file of this name is watched there."""
    if place.holds is Holds.TEMPORARY:
        return _NOT_WATCHED.fullmatch(name) is None
    if place.holds is not Holds.START_UP or place.directory == CRON_TABS:
        return True
    return name in START_UP_NAMES or name in _FURTHER_NAMES or _is_hidden(name) or has_code_name(name)


def is_start_up_file(place: Place, name: str) -> bool:
    """Return True if the content is read in every run, since a change must be seen where size and time are forged too."""
    return place.holds is Holds.START_UP and (name in START_UP_NAMES or place.directory == CRON_TABS)


def is_suspicious_name(name: str) -> bool:
    """Return True if a name alone is a reason to look at a temporary file."""
    return _is_hidden(name) or has_code_name(name)


def has_code_name(name: str) -> bool:
    """Return True if a web server or a shell may run a file of this name."""
    return _CODE_NAME.fullmatch(name) is not None


def is_code(place: Place, name: str, content: bytes) -> bool:
    """Return True if a file can be run on the appliance, by its name or its content."""
    words = (*_CODE_INSIDE, *_TEMPLATE_CODE) if place.holds is Holds.USER_DATA else _CODE_INSIDE
    return (
        has_code_name(name) or content.startswith(_CODE) or has_php(content) or any(word in content for word in words)
    )


def has_php(content: bytes) -> bool:
    """Return True if a web server that runs a file as PHP finds a tag of it, whatever is in front."""
    return _PHP.search(content) is not None


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name not in (".", "..")
