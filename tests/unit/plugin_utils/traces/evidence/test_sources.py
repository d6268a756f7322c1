# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole list of what is read: one that is dropped is lost with the next reboot, and nobody notices."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import (
    FIRST,
    FOLLOWED,
    FOLLOWED_LAST,
    FOOTPRINTS,
    LAST,
    QUERIES,
    SCRIPTS,
    Further,
    Part,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules import watched_directories

VOLATILE = {
    # by file: area of NITRO, type, arguments, and the attribute that is kept (NITRO reference of each type)
    "nitro/nsconnectiontable.json": ("config", "nsconnectiontable", {}, ""),
    "nitro/systemsession.json": ("config", "systemsession", {}, ""),
    "nitro/aaasession.json": ("config", "aaasession", {}, ""),
    "nitro/vpnicaconnection.json": ("config", "vpnicaconnection", {}, ""),
    "nitro/arp.json": ("config", "arp", {}, ""),
    "nitro/auditmessages.json": ("config", "auditmessages", {"loglevel": "ALL", "numofmesgs": "256"}, ""),
    "nitro/stat_ns.json": ("stat", "ns", {}, ""),
    "nitro/hanode.json": ("config", "hanode", {}, ""),
    "nitro/nsversion.json": ("config", "nsversion", {}, ""),
    "shell/ns_running_config.conf": ("config", "nsrunningconfig", {}, "response"),
}
SHELL = {
    "shell/ps_auxww.txt": "ps auxww",
    "shell/netstat_an.txt": "netstat -an",
    "shell/sockstat.txt": "sockstat",
    "shell/w.txt": "w",
    "shell/last.txt": "last",
    "shell/uptime.txt": "uptime",
    "shell/mount.txt": "mount",
    "shell/df_k.txt": "df -k",
    "shell/ls_tmp.txt": "ls -la /tmp /var/tmp /var/nstmp",
    "shell/ls_bin_sh.txt": "ls -lL /bin/sh",
    "shell/find_setuid.txt": "set -f; find -x / /var /flash -type f -perm -4000",
}
READ_FIRST = {
    *("/var/log", "/nsconfig", "/var/cron/tabs", "/nsconfig/ssh", "/root/.ssh", "/var/tmp", "/tmp"),
    *("/netscaler/portal/templates", "/netscaler/portal/scripts"),
    *("/var/tmp/netscaler/portal/templates", "/var/vpn", "/var/vpn/bookmark"),
    *("/var/vpn/theme", "/var/vpn/themes"),
}
TO_THE_END = {
    # temporary directories, those of web pages, and those of the configuration
    *("/tmp", "/var/tmp", "/var/nstmp", "/netscaler.local"),
    *("/var/vpn", "/var/netscaler", "/netscaler/portal", "/netscaler/ns_gui", "/var/ns_gui"),
    *("/nsconfig", "/etc", "/root", "/var/cron"),
}
READ_LAST = {
    *("/", "/var", "/netscaler", "/flash", "/flash/boot", "/flash/nsconfig"),
    *("/var/crash", "/var/nslog", "/var/nsinstall", "/var/ns_sys_backup"),
}


def test_what_a_reboot_loses_is_read_whole_and_as_asked() -> None:
    assert {one.file: (one.area, one.type, dict(one.args), one.member) for one in QUERIES} == VOLATILE
    assert len(QUERIES) == len(VOLATILE), "each once"


def test_the_scripts_are_these_constants() -> None:
    assert dict(SCRIPTS) == SHELL


def test_the_directories_are_these() -> None:
    for directories, expected in ((FIRST, READ_FIRST), (FOLLOWED, TO_THE_END), (LAST, READ_LAST)):
        assert set(directories) == expected
        assert len(directories) == len(expected), "each once"
    assert FIRST[0] == FOLLOWED[0] == "/tmp", "a reboot erases it"


def test_what_a_hunt_looks_at_is_taken() -> None:
    """Otherwise a bundle is called whole without what the hunt has found."""
    to_the_end = (*FOLLOWED, *FOLLOWED_LAST)
    for place in watched_directories.FOLLOWED:
        is_below = any(f"{place.directory}/".startswith(f"{root}/") for root in to_the_end)
        assert is_below or (place.levels == 0 and place.directory in (*FIRST, *LAST)), place


def test_what_may_be_taken_of_the_directories_that_are_followed() -> None:
    assert Further() == Further(directories=2000, files=400, bytes=128 * 2**20, seconds=600.0)


def test_each_part_says_what_it_leaves() -> None:
    assert FOOTPRINTS.keys() == set(Part)
