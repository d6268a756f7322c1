# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the operating system of a node does at a boot."""

from __future__ import annotations

from simulator.node.disk import LINK, LINK_MODE, Disk, File

# Files of the administrator in /nsconfig that are linked to /etc at boot (CTX327915; public collectors of evidence).
_LINKED = (
    "crontab",
    "httpd.conf",
    "inetd.conf",
    "newsyslog.conf",
    "resolv.conf",
    "snmpd.conf",
    "sshd_config",
    "syslog.conf",
)


def link_configuration(disk: Disk, now: float) -> None:
    """Replace files of /etc by links to those of the administrator in /nsconfig."""
    for name in _LINKED:
        if f"/nsconfig/{name}" in disk:
            link = File(bytearray(), now, now, mode=LINK_MODE, kind=LINK, link=f"/nsconfig/{name}")
            disk.put(f"/etc/{name}", link)
