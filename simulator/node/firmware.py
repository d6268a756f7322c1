# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that every appliance has from its firmware, once for all appliances.

Paths: directories that the public scanners for CVE-2019-19781, CVE-2023-3519 and CVE-2026-88771 read
(github.com/mandiant/ioc-scanner-CVE-2019-19781, github.com/mandiant/citrix-ioc-scanner-cve-2023-3519,
github.com/fox-it/citrix-netscaler-triage), NITRO guide and CTX114020. Owners and modes are those of FreeBSD's hier(7); no
source has those of the vendor's own directories. The content of programs is not simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from simulator.node import newsyslog
from simulator.node.disk import (
    BLOCK_DEVICE,
    CHARACTER_DEVICE,
    DIRECTORY,
    DIRECTORY_MODE,
    FILE_MODE,
    LINK,
    LINK_MODE,
    REGULAR,
    File,
    children_of,
)

HTML_PAGES = (
    "/var/download/responder"  # the directory of imported pages (public scripts replace pages there with systemfile)
)
_DIRECTORIES = f"""
/ /bin /dev /etc /etc/mail /flash /flash/boot /lib /libexec /mnt /netscaler /netscaler/monitors /netscaler/ns_gui
/netscaler/ns_gui/admin_ui /netscaler/ns_gui/epa /netscaler/ns_gui/epa/scripts /netscaler/ns_gui/vpn /netscaler/ns_gui/vpns
/netscaler/ns_gui/vpns/theme /netscaler/ns_gui/vpns/theme/default /netscaler/portal /netscaler/portal/admin
/netscaler/portal/admin/scripts /netscaler/portal/scripts /netscaler/portal/supporting_files /netscaler/portal/templates
/nsconfig /nsconfig/license /nsconfig/monitors /nsconfig/partitions /nsconfig/ssh /nsconfig/ssl /proc /root /sbin /tmp /usr
/usr/bin /usr/lib /usr/libexec /usr/sbin /var /var/core /var/crash /var/cron /var/cron/tabs /var/db /var/download {HTML_PAGES}
/var/log /var/netscaler /var/netscaler/gui /var/netscaler/gui/vpn /var/netscaler/gui/vpn/images /var/netscaler/gui/vpn/media
/var/netscaler/gui/vpn/scripts /var/netscaler/gui/vpn/scripts/linux /var/netscaler/gui/vpn/scripts/mac
/var/netscaler/gui/vpn/scripts/vista /var/netscaler/gui/vpn/theme /var/netscaler/locdb /var/netscaler/logon
/var/netscaler/logon/LogonPoint /var/netscaler/logon/LogonPoint/custom /var/netscaler/logon/LogonPoint/uiareas
/var/netscaler/logon/themes /var/ns_sys_backup /var/nsinstall /var/nslog /var/nstmp /var/perl5 /var/pubkey /var/python /var/run
/var/tmp /var/tmp/support /var/vpn /var/vpn/bookmark /var/vpn/theme /var/vpn/themes
"""
_MODES = {"/tmp": 0o1777, "/var/tmp": 0o1777, "/root": 0o750, "/var/cron/tabs": 0o700, "/proc": 0o555, "/dev": 0o555}  # noqa: S108 -- the appliance's
_PROGRAMS = """
/bin/[ /bin/bash /bin/cat /bin/chmod /bin/cp /bin/date /bin/df /bin/echo /bin/hostname /bin/httpd /bin/ls /bin/mkdir /bin/mv
/bin/ps /bin/pwd /bin/rm /bin/rmdir /bin/sh /bin/sleep /bin/test /sbin/md5 /sbin/mount /sbin/sha256 /sbin/sysctl /usr/bin/basename
/usr/bin/cut /usr/bin/dirname /usr/bin/find /usr/bin/grep /usr/bin/gzip /usr/bin/head /usr/bin/id /usr/bin/last /usr/bin/netstat
/usr/bin/sed /usr/bin/sockstat /usr/bin/sort /usr/bin/stat /usr/bin/tail /usr/bin/tee /usr/bin/touch /usr/bin/uname
/usr/bin/uniq /usr/bin/uptime /usr/bin/w /usr/bin/wc /usr/bin/whoami /usr/bin/xargs /usr/bin/zcat /usr/bin/zgrep
/usr/sbin/chown /usr/sbin/cron /usr/sbin/newsyslog /usr/sbin/sshd /netscaler/nsapimgr_wr.sh /netscaler/nsconmsg /netscaler/nscli
"""
_SETUID = "/sbin/ping /usr/bin/crontab /usr/bin/login /usr/bin/passwd /usr/bin/su"
_PROGRAM = b"\x7fELF\x02\x01\x01\x09"
_TEXTS = {
    "/etc/passwd": (
        "root:*:0:0:Charlie &:/root:/usr/bin/bash\nnsroot:*:0:0:Netscaler Root:/root:/netscaler/nscli\n"
        "daemon:*:1:1::/root:/usr/sbin/nologin\nnobody:*:65534:65534:Unprivileged user:/nonexistent:/usr/sbin/nologin\n"
    ),
    "/etc/group": "wheel:*:0:root,nsroot\ndaemon:*:1:\nnobody:*:65534:\n",
    # The jobs of a clean appliance of January 2020 (github.com/j81blog/ADC-19781).
    "/etc/crontab": (
        "SHELL=/bin/sh\nPATH=/netscaler:/etc:/bin:/sbin:/usr/bin:/usr/sbin\nHOME=/var/log\n"
        "0 * * * * root    newsyslog\n0 0 * * * root    purge_tickets.sh\n1,31 0-5 * * * root    adjkerntz -a\n"
        "* * * * * root    nsfsyncd -p\n49 0-23 * * * root    nslog.sh dozip\n"
    ),
    "/etc/newsyslog.conf": newsyslog.DEFAULT,
    "/etc/httpd.conf": "ServerRoot /\nUser nobody\nGroup nobody\nphp_flag engine off\n",
    "/etc/sshd_config": "Port 22\nPermitRootLogin yes\nAuthorizedKeysFile /nsconfig/ssh/authorized_keys\n",
}
_DEVICES = {
    "/dev/null": (CHARACTER_DEVICE, 0o666),
    "/dev/zero": (CHARACTER_DEVICE, 0o666),
    "/dev/tty": (CHARACTER_DEVICE, 0o666),
    "/dev/md0": (BLOCK_DEVICE, 0o640),
    "/dev/da0": (BLOCK_DEVICE, 0o640),
}
_LINKS = {"/etc/resolv.conf": "/nsconfig/resolv.conf", "/usr/bin/bash": "/bin/bash"}


def _made() -> dict[str, File]:
    files: dict[str, File] = {}
    for path in _DIRECTORIES.split():
        files[path] = _file(DIRECTORY, _MODES.get(path, DIRECTORY_MODE))
    for path in _PROGRAMS.split():
        files[path] = _file(REGULAR, 0o555, _PROGRAM)
    for path in _SETUID.split():
        files[path] = _file(REGULAR, 0o4555, _PROGRAM)
    for path, text in _TEXTS.items():
        files[path] = _file(REGULAR, FILE_MODE, text.encode())
    for path, (kind, mode) in _DEVICES.items():
        files[path] = _file(kind, mode)
    for path, target in _LINKS.items():
        files[path] = _file(LINK, LINK_MODE)
        files[path].link = target
    return files


def _file(kind: str, mode: int, content: bytes = b"") -> File:
    return File(bytearray(content), 0, 0, mode=mode, kind=kind)


FIRMWARE: Mapping[str, File] = MappingProxyType(_made())
CHILDREN: Mapping[str, set[str]] = MappingProxyType(children_of((*FIRMWARE, "/flash/nsconfig")))
