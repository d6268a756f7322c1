# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shell and the programs of a node's operating system: what they print and their status."""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.appliance.appliance import Appliance
from simulator.fleet_file.loader import load
from simulator.node.node import Node
from simulator.node.processes import Process, ShellSession, Socket
from simulator.node.state import Listener
from simulator.userland import limits
from simulator.userland.commands import COMMANDS
from simulator.userland.limits import MOST_OUTPUT
from simulator.userland.run import run
from tests.played_together import played_together

SOURCES = Path(__file__).parents[3] / "simulator" / "userland"
FILES: dict[str, Any] = {
    "/var/vpn/theme/x.php": {
        "content": "<?php @eval($_POST['x']);\n",
        "owner": "nobody",
        "group": "nobody",
        "mode": "0644",
        "mtime": "2020-01-11T02:00:00Z",
        "ctime": "2020-01-14T02:00:00Z",
    },
    "/var/vpn/theme/a b.css": "body\n",
    "/var/log/a.log": {"content": "alpha\nbeta\nGamma 12\n", "mtime": "2020-01-14T12:00:00Z"},
    "/var/log/a.log.0.gz": {"base64": base64.b64encode(gzip.compress(b"delta\n", mtime=0)).decode()},
    "/var/tmp/sh": {"content": "\x7fELF", "mode": "4755", "mtime": "2020-01-12T00:00:00Z"},
    "/var/tmp/npc": {"content": "\x7fELF", "mode": "0755", "mtime": "2020-01-01T00:00:00Z"},
    "/var/tmp/link": {"link": "/var/log/a.log"},
    "/var/tmp/n": {"content": "1 x\n10 y\n9 z\n", "mtime": "2020-01-12T00:00:00Z"},
    "/nsconfig/rc.netscaler": "# first\nnsapimgr_wr.sh -ys skip_systemaccess_policyeval=0\n",
}


def node_of(build: str, files: dict[str, Any], **switches: Any) -> Node:
    """Return the node of an appliance that does not listen, at three o'clock on 15 January 2020."""
    fleet = {"appliances": {"a": {"build": build, "nodes": ["127.0.0.1:0"], "files": files, "switches": switches}}}
    moment = datetime(2020, 1, 15, 3, tzinfo=UTC)
    return Appliance(load(fleet).appliances["a"], moment, [Listener("127.0.0.1", 1)], {}).nodes[0]


@pytest.fixture
def node() -> Node:
    return node_of("13.0 47.22", FILES)


SCRIPTS: list[tuple[str, str]] = [
    # The language
    ("echo a  b 'c  d' \"e  f\" g\\ h", "a b c  d e  f g h\n"),
    ("x=1; echo $x ${x} ${y:-none} ${#x} '$x' \\$x \"$x\"", "1 1 none 1 $x $x 1\n"),
    ("false; echo $?; true; echo $?", "1\n0\n"),
    ("false && echo no || echo yes", "yes\n"),
    ("true && { echo a; echo b; } | cat", "a\nb\n"),
    ("! true; echo $?", "1\n"),
    ('for f in /var/vpn/theme/*; do echo "[$f]"; done', "[/var/vpn/theme/a b.css]\n[/var/vpn/theme/x.php]\n"),
    ("for f in /no/*.php; do echo $f; done", "/no/*.php\n"),
    ("if [ -f /etc/passwd ]; then echo yes; elif true; then echo x; else echo no; fi", "yes\n"),
    ("if test -d /missing; then echo yes; else echo no; fi", "no\n"),
    ('n=; while [ "$n" != 111 ]; do n=1$n; done; echo $n', "111\n"),
    ("printf 'a b\\nc\\n' | while read x y; do echo \"$y-$x\"; done", "b-a\n-c\n"),
    ("echo $(echo a; echo 'b  c') `echo d`", "a b c d\n"),
    ("echo \"$(printf 'a\\nb')\"", "a\nb\n"),
    ("(cd /var; pwd); pwd", "/var\n/root\n"),
    ("x=1; (x=2); echo $x; x=3 true; echo $x", "1\n1\n"),
    ("echo a > /tmp/f; echo b >> /tmp/f; cat < /tmp/f; wc -l < /tmp/f", "a\nb\n       2\n"),
    ("ls /missing 2>/dev/null; echo $?", "1\n"),
    ("mkdir /tmp/d; touch /tmp/d/.h; ls -fr /tmp/d; ls /tmp/d", ".\n..\n.h\n"),
    ("ls /missing > /tmp/e 2>&1; cat /tmp/e", "ls: /missing: No such file or directory\n"),
    ("echo a # comment\n# another\n\necho b", "a\nb\n"),
    ("sh -c 'echo $0 $1' x y; echo 'echo in' | sh", "x y\nin\n"),
    ("printf '#!/bin/sh\\necho ran $1\\n' > /tmp/s; chmod +x /tmp/s; /tmp/s now", "ran now\n"),
    ("exit 3; echo never", ""),
    ("/bin/echo a; /usr/bin/wc -c < /var/log/a.log", "a\n      20\n"),
    # Texts
    ("cat /var/log/a.log | head -1; tail -n 1 /var/log/a.log; head -c 3 /var/log/a.log", "alpha\nGamma 12\nalp"),
    ("tail -n +2 /var/log/a.log; tail -r /var/log/a.log | head -1", "beta\nGamma 12\nGamma 12\n"),
    ("grep -c a /var/log/a.log; grep -v ^b /var/log/a.log; grep -il GAMMA /var/log/*.log", "3\nalpha\nGamma 12\n/var/log/a.log\n"),
    ("grep -rn eval /var/vpn; echo $?", "/var/vpn/theme/x.php:1:<?php @eval($_POST['x']);\n0\n"),
    ("grep -E '[^\\s]+ [0-9]{2}$' /var/log/a.log; grep -o '[0-9]*' /var/log/a.log", "Gamma 12\n12\n"),
    ("grep -F '.' /var/log/a.log; echo $?", "1\n"),
    ("grep -w 1 /var/tmp/n; grep -e x -e z /var/tmp/n; grep -q y /var/tmp/n && echo found", "1 x\n1 x\n9 z\nfound\n"),
    ("zcat /var/log/a.log.0.gz; gzip -dc /var/log/a.log.0.gz; zgrep -c d /var/log/a.log.0.gz", "delta\ndelta\n1\n"),
    ("sort -n /var/tmp/n; sort -rn /var/tmp/n | cut -d ' ' -f 2", "1 x\n9 z\n10 y\ny\nz\nx\n"),
    ("printf 'b\\na\\nb\\nb\\n' | sort | uniq -c", "   1 a\n   3 b\n"),
    ("printf 'a:b:c\\nx\\n' | cut -d: -f1,3; echo abcdef | cut -c 2-3,5,3", "a:c\nx\nbce\n"),
    ("printf 'a\\rb\\nc' | head -1 | wc -c; printf 'a\\nb' | tail -1; echo; seq 1", "       4\nb\n"),
    ("chmod 6555 /bin/sh; ls -lL /bin/sh | cut -c 1-10; find /bin -perm -6000", "-r-sr-sr-x\n/bin/sh\n"),
    ("wc /var/log/a.log; wc -l /var/log/a.log", "       3       4      20 /var/log/a.log\n       3 /var/log/a.log\n"),
    ("echo aXbX | sed 's/X/-/'; echo aXbX | sed 's/X/[&]/g'; sed -n 2p /var/log/a.log", "a-bX\na[X]b[X]\nbeta\n"),
    ("sed '/^b/d;$d' /var/log/a.log; sed -n '/alpha/,/beta/p' /var/log/a.log", "alpha\nalpha\nbeta\n"),
    ("echo Hello | tr a-z A-Z; echo abc | tr -d b", "HELLO\nac\n"),
    ("echo a | tee /tmp/t; cat /tmp/t; echo b | tee -a /tmp/t > /dev/null; cat /tmp/t", "a\na\na\nb\n"),
    ("printf '%s=%d|' a 1 b 2; printf '%5s|%-3s|%x\\n' x y 255", "a=1|b=2|    x|y  |ff\n"),
    ("printf 'a\\0b\\0' | xargs -0 -n 1 echo; echo 'x y' | xargs echo z", "a\nb\nz x y\n"),
    # Files
    ("ls /var/vpn/theme; ls -d /var/tmp; ls -a /nsconfig/ssh", "a b.css\nx.php\n/var/tmp\n.\n..\n"),
    ("ls -l /var/vpn/theme/x.php", "-rw-r--r--  1 nobody  nobody  26 Jan 11 02:00 /var/vpn/theme/x.php\n"),
    ("ls -lc /var/vpn/theme/x.php", "-rw-r--r--  1 nobody  nobody  26 Jan 14 02:00 /var/vpn/theme/x.php\n"),
    ("ls -n /var/vpn/theme/x.php", "-rw-r--r--  1 65534  65534  26 Jan 11 02:00 /var/vpn/theme/x.php\n"),
    ("ls -lT /var/tmp/sh", "-rwsr-xr-x  1 root  wheel  4 Jan 12 00:00:00 2020 /var/tmp/sh\n"),
    ("ls -t /var/tmp/sh /var/log/a.log; ls -1r /var/vpn", "/var/log/a.log\n/var/tmp/sh\nthemes\ntheme\nbookmark\n"),
    ("ls -ld /nsconfig | cut -c 1-10; ls -R /nsconfig/ | head -3", "lrwxr-xr-x\nlicense\nmonitors\npartitions\n"),
    ("stat -f '%N %Su:%Sg %Sp %OLp %z %m %c' /var/vpn/theme/x.php", "/var/vpn/theme/x.php nobody:nobody -rw-r--r-- 644 26 1578708000 1578967200\n"),
    ("stat -f %Lp /bin/sh; stat -L -f %z /var/tmp/link; stat -f '%Y %HT' /var/tmp/link", "555\n20\n/var/log/a.log Symbolic Link\n"),
    ("find /var/vpn -type f", "/var/vpn/theme/a b.css\n/var/vpn/theme/x.php\n"),
    ("find /var/vpn -name '*.php' -newermt 2020-01-10; find /var/vpn -name '*.php' -newermt 2020-01-12", "/var/vpn/theme/x.php\n"),
    ("find /var -user nobody -type f -newerct 2020-01-13; find /var -perm -4000 -user root", "/var/vpn/theme/x.php\n/var/tmp/sh\n"),
    ("find /var/tmp -mtime -5 -type f; find /var/vpn -size -2 -name '*.css' -print0 | tr '\\0' '|'", "/var/tmp/n\n/var/tmp/sh\n/var/vpn/theme/a b.css|"),
    ("find /var/vpn -maxdepth 1 ! -name 'b*'", "/var/vpn\n/var/vpn/theme\n/var/vpn/themes\n"),
    ("find /var/vpn/theme -type f -exec grep -l eval {} \\;", "/var/vpn/theme/x.php\n"),
    ("find /var/vpn \\( -name '*.php' -o -name '*.css' \\) -exec echo {} +", "/var/vpn/theme/a b.css /var/vpn/theme/x.php\n"),
    ("find /nsconfig -name rc.netscaler; find /nsconfig/ -name rc.netscaler", "/nsconfig/rc.netscaler\n"),
    ("cd /tmp; touch e; ln -s e l; cp -a l m; cp l n; readlink m n; find . -empty | sort", "e\n./e\n./n\n"),
    ("cp -p /var/vpn/theme/x.php /tmp/y; ls -l /tmp/y; cp /var/log/a.log /tmp; ls /tmp", "-rw-r--r--  1 nobody  nobody  26 Jan 11 02:00 /tmp/y\na.log\ny\n"),
    ("mkdir -p /tmp/a/b; touch /tmp/a/b/c; mv /tmp/a /tmp/d; find /tmp -type f; rm -r /tmp/d; ls /tmp", "/tmp/d/b/c\n"),
    ("touch -t 202001110203 /tmp/x; ls -l /tmp/x", "-rw-r--r--  1 root  wheel  0 Jan 11 02:03 /tmp/x\n"),
    ("touch /tmp/x; chmod 4711 /tmp/x; ls -l /tmp/x | cut -c 1-10", "-rws--x--x\n"),
    ("chmod u+s,o-r /var/log/a.log; chown nobody:nobody /var/log/a.log; ls -l /var/log/a.log | cut -c 1-28", "-rwSr-----  1 nobody  nobody\n"),
    ("ln -s /etc/passwd /tmp/p; readlink /tmp/p; readlink -f /nsconfig/rc.netscaler", "/etc/passwd\n/flash/nsconfig/rc.netscaler\n"),
    ("basename /a/b.php .php; dirname /a/b.php", "b\n/a\n"),
    # The machine
    ("id; whoami; id -un nobody", "uid=0(root) gid=0(wheel) groups=0(wheel)\nroot\nnobody\n"),
    ("date; date +%Y-%m-%d; date -r 0", "Wed Jan 15 03:00:00 UTC 2020\n2020-01-15\nThu Jan  1 00:00:00 UTC 1970\n"),
    ("hostname; uname -sr", "ns\nFreeBSD 11.4-NETSCALER\n"),
    ("ps auxww | grep '^nobody' | grep -v /bin/httpd; ps aux | grep -c nsppe", "1\n"),
    ("sockstat -4 -l | grep -c ':443 '; netstat -an | grep -c '[.]443 '", "1\n1\n"),
    ("mount | head -1; df -k | grep -c /var; sysctl -n kern.bootfile", "/dev/md0 on / (ufs, local)\n1\n/ns-13.0-47.22\n"),
    ("sysctl kern.boottime", "kern.boottime: { sec = 1576465200, usec = 0 } Mon Dec 16 03:00:00 2019\n"),
    ("crontab -l -u nobody; echo $?; echo '* * * * * id' > /var/cron/tabs/nobody; crontab -l -u nobody", "1\n* * * * * id\n"),
    ("which ls; command -v find", "/bin/ls\n/usr/bin/find\n"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "expected"), SCRIPTS, ids=[script[:60] for script, _ in SCRIPTS])
def test_what_a_script_prints(script: str, expected: str, node: Node) -> None:
    result = run(node, script)
    assert result.out.decode() == expected, result.err


def test_digests_have_the_form_of_freebsd(node: Node) -> None:
    digest = hashlib.md5(b"alpha\nbeta\nGamma 12\n").hexdigest()
    out = run(node, "cd /var/log; md5 a.log; md5 -q a.log; md5 -r a.log; md5 < a.log; sha256 a.log").out.decode()
    assert out.splitlines()[:4] == [f"MD5 (a.log) = {digest}", digest, f"{digest} a.log", digest]
    assert re.fullmatch(r"SHA256 \(a\.log\) = [0-9a-f]{64}", out.splitlines()[4])


def test_find_without_parentheses_searches_what_the_published_scanner_searches(node: Node) -> None:
    """-exec belongs to the right-hand side of -or only (scanner for CVE-2019-19781)."""
    script = "find -L /var/vpn -type f -not -name '*.xml' -or -newermt 2019-12-15 -exec echo {} \\;"
    assert b"x.php" not in run(node, script).out
    assert b"x.php" in run(node, script.replace("-type", "\\( -type").replace(" -exec", " \\) -exec")).out


def test_the_long_form_of_find(node: Node) -> None:
    line = run(node, "find /var/vpn/theme -name x.php -ls").out.decode()
    assert re.fullmatch(r" *\d+ +4 -rw-r--r--   1 nobody +nobody +26 Jan 11 02:00 /var/vpn/theme/x\.php\n", line)


def test_sessions_and_processes_that_were_added(node: Node) -> None:
    node.shell_sessions.append(ShellSession("nsroot", "192.0.2.9", "pts/0", node.clock()))
    node.added_processes.append(Process("nobody", 6001, "/tmp/.init/httpd -d", started=node.clock()))
    node.added_sockets.append(Socket("nobody", "httpd", 1351, 3, "udp4", "*:18634"))
    out = run(
        node, "uptime; w | tail -1; ps auxww | grep '^nobody' | grep -v /bin/httpd; sockstat -4 -l | grep 18634"
    ).out.decode()
    first, session, process, socket = out.splitlines()
    assert first == "03:00  up 30 days, 0:00, 1 user, load averages: 0.00, 0.00, 0.00"
    assert session.split()[:3] == ["nsroot", "pts/0", "192.0.2.9"]
    assert process.endswith(" 0:01.00 /tmp/.init/httpd -d")
    assert socket.split() == ["nobody", "httpd", "1351", "3", "udp4", "*:18634", "*:*"]


INFECTED: dict[str, Any] = {
    "/netscaler/portal/templates/pwnpzi1337.xml": {
        "content": "[% template.new('BLOCK' = 'print `id`') %]",
        "owner": "nobody",
    },
    "/netscaler/portal/scripts/PersonalBookmak.pl": {"content": "#!/usr/bin/perl\n", "mode": "0755"},
    "/var/nstmp/.nscache/httpd": {"content": "\x7fELF", "owner": "nobody", "mode": "0755"},
    "/var/cron/tabs/nobody": "*/1 * * * * /var/nstmp/.nscache/httpd\n",
    "/var/tmp/sh": {"content": "\x7fELF", "mode": "4755"},
    "/var/log/httpaccess.log.0.gz": {
        "base64": base64.b64encode(
            gzip.compress(
                b'192.0.2.1 - - [11/Jan/2020:02:00:00 +0000] "GET /vpns/portal/x.xml HTTP/1.1" 200 9 "-" "-"\n'
            )
        ).decode()
    },
    "/var/log/bash.log": 'Jan 11 02:00:01 <local7.notice> ns bash[1]: nobody on (null) shell_command="uname -a"\n',
}
# What the published scanners for CVE-2019-19781, CVE-2023-3519 and CVE-2026-88771 run on an appliance.
CHECKS = [
    ("grep -lR 'template.new' /netscaler/portal/templates/", "/netscaler/portal/templates/pwnpzi1337.xml\n"),
    ("find /netscaler/portal/templates/ -perm 644", "/netscaler/portal/templates/pwnpzi1337.xml\n"),
    (
        "find /netscaler/portal/templates/ -type f -newerct '2020-01-01' -print",
        "/netscaler/portal/templates/pwnpzi1337.xml\n",
    ),
    ("if [ -f /var/nstmp/.nscache/httpd ]; then echo NOTROBIN; fi", "NOTROBIN\n"),
    ("[ -f /var/cron/tabs/nobody ] && echo crontab", "crontab\n"),
    ("find /var -type f -user root -perm -4000", "/var/tmp/sh\n"),
    (
        "find /var /netscaler -type f -user nobody -group wheel",
        "/var/nstmp/.nscache/httpd\n/netscaler/portal/templates/pwnpzi1337.xml\n",
    ),
    (
        r"zgrep -ciE '\]\s\"[A-Z]{3,7}\s[^ ]*/(v|%76)(p|%70)(n|%6[Ee])(s|%73)/[^ ]*\.xml' /var/log/httpaccess.log.0.gz",
        "1\n",
    ),
    ("zgrep -F 'nobody on' /var/log/bash.log* | wc -l", "       1\n"),
    ("ps aux | grep ^nobody | grep -v /bin/httpd | grep -v grep | wc -l", "       1\n"),
    ("sockstat -4 -l | grep -c ':18634'", "1\n"),
    ("ls -lL /bin/sh | cut -c 1-10", "-r-sr-sr-x\n"),
]


@pytest.mark.fact("shell-scanners")
@played_together(("check", "found"), CHECKS, ids=[check[:50] for check, _ in CHECKS])
def test_published_checks_find_what_is_there_and_nothing_else(check: str, found: str) -> None:
    clean, infected = node_of("13.0 47.22", {}), node_of("13.0 47.22", INFECTED)
    infected.tree().own("/bin/sh").mode = 0o6555
    infected.added_processes.append(Process("nobody", 6001, "/var/nstmp/.nscache/httpd"))
    infected.added_sockets.append(Socket("nobody", "httpd", 6001, 3, "udp4", "*:18634"))
    assert run(infected, check).out.decode() == found
    assert run(clean, check).out.decode().strip() in ("", "0", "-r-xr-xr-x")


REFUSED = [
    ("nosuch -x", 127, "nosuch: not found\n"),
    ("/var/log/a.log", 126, "/var/log/a.log: Permission denied\n"),
    ("/bin/nosuch", 127, "/bin/nosuch: not found\n"),
    ("/var/tmp/npc", 126, "/var/tmp/npc: Exec format error\n"),
    ("perl -e 1", 127, "perl: not found\n"),
    ("ls -Z", 1, "ls: illegal option -- Z\nusage: ls "),
    ("grep -P x /etc/passwd", 2, "grep: The -P option is not supported\n"),
    ("grep --colour x", 2, "grep: illegal option -- -\nusage: grep "),
    ("grep '[' /etc/passwd", 2, "grep: brackets ([ ]) not balanced\n"),
    ("grep -E '(a' /etc/passwd", 2, "grep: parentheses not balanced\n"),
    ("grep x /missing", 2, "grep: /missing: No such file or directory\n"),
    ("find / -printf x", 1, "find: -printf: unknown primary or operator\n"),
    ("find", 1, "usage: find "),
    ("find / -newermt yesterday", 1, "find: Can't parse date/time: yesterday\n"),
    ("stat -c %a /etc/passwd", 1, "stat: illegal option -- c\nusage: stat "),
    ("sed 'y/a/b/' /etc/passwd", 1, 'sed: 1: "y/a/b/": invalid command code y\n'),
    ("sed 's/\\(a\\)/\\1/' /etc/passwd", 1, "sed: back references are not simulated\n"),
    ("tail -f /var/log/a.log", 1, "tail: illegal option -- f\nusage: tail "),
    ("cat /etc", 1, "cat: /etc: Is a directory\n"),
    ("cat /missing", 1, "cat: /missing: No such file or directory\n"),
    ("rm /var/vpn", 1, "rm: /var/vpn: is a directory\n"),
    ("rmdir /var/vpn", 1, "rmdir: /var/vpn: Directory not empty\n"),
    ("mkdir /var/a/b", 1, "mkdir: /var/a/b: No such file or directory\n"),
    ("cp /var/vpn /tmp", 1, "cp: /var/vpn: is a directory (not copied)\n"),
    ("mv /var /var/tmp/x", 1, "mv: /var: Invalid argument\n"),
    ("chmod rwx /etc/passwd", 1, "chmod: invalid file mode: rwx\n"),
    ("chown stranger /etc/passwd", 1, "chown: stranger: illegal user name\n"),
    ("grep -b x /etc/passwd", 2, "grep: illegal option -- b\nusage: grep "),
    ("mv -n /tmp/a /tmp/b", 64, "mv: illegal option -- n\nusage: mv "),
    ("rm -i /tmp/a", 1, "rm: illegal option -- i\nusage: rm "),
    ("mkdir -v /tmp/d", 1, "mkdir: illegal option -- v\nusage: mkdir "),
    ("xargs -t echo", 1, "xargs: illegal option -- t\nusage: xargs "),
    ("sockstat -q", 1, "sockstat: illegal option -- q\nusage: sockstat "),
    ("crontab -r", 1, "crontab: illegal option -- r\nusage: crontab "),
    ("date 202001010000", 1, "date: settimeofday (timeval): Operation not permitted\n"),
    ("date +%9999d", 1, "illegal time format\n"),
    (
        "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=2",
        1,
        "nsapimgr: skip_systemaccess_policyeval: 2 is not a valid value\n",
    ),
    ("nsapimgr_wr.sh -d allvservers", 1, "nsapimgr_wr.sh: illegal option -- d\nusage: nsapimgr_wr.sh "),
    ("nscli show ns version", 1, "nscli: cannot connect\n"),
    ("echo x > /missing/f", 2, "cannot open /missing/f: No such file or directory\n"),
    ("test 1 -eq x", 2, "test: x: bad number\n"),
    ("[ a", 2, "[: missing ]\n"),
    ("echo 'open", 2, "sh: Syntax error: Unterminated quoted string\n"),
    ("f() { echo; }", 2, 'sh: Syntax error: "(" unexpected\n'),
    ("echo $((1+1))", 2, 'sh: Syntax error: "((" unexpected\n'),
    ("cat << E\nx\nE", 2, 'sh: Syntax error: "<" unexpected\n'),
    ("case x in x) ;; esac", 2, 'sh: Syntax error: ")" unexpected\n'),
    ("echo ${x%y}", 2, "sh: Syntax error: Bad substitution\n"),
]


@pytest.mark.fact("shell-unknown")
@pytest.mark.parametrize(("script", "status", "message"), REFUSED, ids=[script[:50] for script, _, _ in REFUSED])
def test_what_is_not_known_is_refused_and_never_ignored(script: str, status: int, message: str, node: Node) -> None:
    result = run(node, script)
    assert (result.status, result.err.decode()[: len(message)]) == (status, message)
    assert result.out == b""


@pytest.mark.parametrize("name", sorted(name for name in COMMANDS if COMMANDS[name].letters is not None))
def test_every_option_outside_the_table_is_refused(name: str, node: Node) -> None:
    command = COMMANDS[name]
    assert command.letters is not None
    unknown = [
        letter
        for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        if letter not in (command.letters or "")
    ]
    for letter in unknown:
        result = run(node, f"{name} -{letter} x", data=b"")
        assert result.status == command.usage_status, letter
        assert f"illegal option -- {letter}" in result.err.decode()


@pytest.mark.fact("shell-grep-blank")
@pytest.mark.parametrize(("position", "found"), [(True, b"a b\n"), (False, b"asb\n")])
def test_what_grep_reads_as_a_blank(position: bool, found: bytes) -> None:
    node = node_of("13.0 47.22", {"/tmp/x": "a b\nasb\n"}, grep_knows_blank=position)
    assert run(node, r"grep 'a\sb' /tmp/x").out == found
    assert run(node, r"grep 'a[^\s]b' /tmp/x").out == b"a b\n", "in brackets it is a backslash and the letter"


@pytest.mark.fact("shell-release")
@pytest.mark.parametrize(
    ("build", "release"), [("12.1 60.16", b"8.4"), ("13.0 47.22", b"11.4"), ("14.1 73.37", b"11.4")]
)
def test_the_release_of_freebsd(build: str, release: bytes) -> None:
    assert run(node_of(build, {}), "uname -r").out.startswith(release)


@pytest.mark.fact("shell-stat-missing")
def test_stat_is_missing_on_newer_builds(node: Node) -> None:
    newer = node_of("14.1 73.37", {})
    assert run(newer, "stat -f %m /etc/passwd").err == b"stat: not found\n"
    assert run(node, "stat -f %m /etc/passwd").status == 0


@pytest.mark.fact("shell-knob")
def test_nsapimgr_changes_the_running_knob(node: Node) -> None:
    node.skip_systemaccess_policyeval = 1
    result = run(node, "sh /nsconfig/rc.netscaler")
    assert (result.status, node.skip_systemaccess_policyeval) == (0, 0)
    assert b"Number of PEs running: 1\n\nChanging skip_systemaccess_policyeval from 1 to 0 ...  Done.\n" in result.out
    run(node, "/netscaler/nsapimgr_wr.sh -ys skip_systemaccess_policyeval=1; nsapimgr -ys advertisedwindow=16000")
    assert (node.skip_systemaccess_policyeval, node.knobs) == (1, {"advertisedwindow": "16000"})


@pytest.mark.fact("shell-start-up-line")
def test_the_published_commands_of_the_start_up_file(node: Node) -> None:
    """CTX267679: the line is added by echo, and taken away by sed."""
    line = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0"
    run(node, "sed -i '' '/skip_systemaccess_policyeval=0/d' /nsconfig/rc.netscaler")
    assert node.files["/nsconfig/rc.netscaler"].content == b"# first\n"
    run(node, f"echo '{line}' >> /nsconfig/rc.netscaler")
    assert node.files["/nsconfig/rc.netscaler"].content == f"# first\n{line}\n".encode()


def test_another_user(node: Node) -> None:
    result = run(
        node,
        "id -un; cat /var/cron/tabs/x; echo x > /etc/x; touch /tmp/mine; ls -l /tmp/mine | cut -c 15-20",
        user="nobody",
    )
    assert result.out == b"nobody\nnobody\n"
    assert result.err == b"cat: /var/cron/tabs/x: No such file or directory\ncannot open /etc/x: Permission denied\n"


def test_bytes_and_names_that_are_no_text(node: Node) -> None:
    node.write_file("/var/vpn/\udcff\x1b[31m", b"\xff\x00x\n")
    node.write_file("/var/vpn/two\nlines", b"")
    result = run(
        node, "ls /var/vpn; cat /var/vpn/?\x1b*; find /var/vpn -print0 | xargs -0 ls -d | wc -l".replace("\x1b", "*")
    )
    assert b"\xff\x1b[31m\n" in result.out
    assert b"\xff\x00x\n" in result.out
    assert b"two\nlines\n" in result.out


BOUNDLESS = [
    "while true; do :; done",
    "until false; do echo x; done",
    "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done",
    "while true; do cat /bin/sh /bin/sh >> /tmp/big; cat /tmp/big >> /tmp/bigger; cat /tmp/bigger >> /tmp/big; done",
    "echo 'sh /tmp/s' > /tmp/s; sh /tmp/s",
    "find / -exec sh -c 'find / -exec ls -R / \\;' \\;",
    "sleep 100",
    "n=0; while mkdir /tmp/$n 2>/dev/null; do n=1$n; done; while true; do ls -R /; done",
]


@pytest.mark.fact("shell-bounded")
@pytest.mark.parametrize("script", BOUNDLESS, ids=[script[:40] for script in BOUNDLESS])
def test_a_script_without_an_end_is_killed(script: str, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    if script != BOUNDLESS[0]:  # one with the real limits
        monkeypatch.setattr(limits, "MOST_WORK", 2_000_000)
        monkeypatch.setattr(limits, "MOST_STEPS", 5_000)
    result = run(node, script)
    assert (result.status, result.err[-7:]) == (137, b"Killed\n")
    assert len(result.out) <= MOST_OUTPUT
    assert run(node, "echo again").out == b"again\n"


@pytest.mark.parametrize(
    "script",
    [
        "zcat /tmp/members.gz",
        "grep -oE 'a*b|a' /tmp/a",
        "grep -cE '(a|b)*a(a|b){200}c' /tmp/ab",
        "grep -E " + "-e '(x{9}){99}' " * 20 + "/tmp/ab",
        f"grep -E '[{'a-z' * 1000}]{{9}}' /tmp/ab",
        "sed -E 's/a*b/x/' /tmp/a",
        f"sed 's/a/{'&' * 100}/g' /tmp/a",
        "printf \"$(sed 's/a/%999s/g' /tmp/a)\"",
        f"xargs -I{{}} echo {'{}' * 1000} < /tmp/a",
        f"cut -f {','.join(map(str, range(1, 1000, 2)))} /tmp/lines",
        f"sort {'-k 1 ' * 1000}/tmp/lines",
        f"stat -f {'%N' * 5000} /tmp/a",
        f"cp {'/tmp/a ' * 100}/var",
        f"tee {'/tmp/b ' * 100}< /tmp/a",
        f": {'< /tmp/a ' * 100}",
        f"mv /tmp/a /tmp/b{'; mv /tmp/b /tmp/a; mv /tmp/a /tmp/b' * 50}",
        f"echo /*/*{'/../..' * 200}",
        f"sh -c ': {'$*' * 100}' x $(cat /tmp/a)",
    ],
)
def test_what_a_command_does_is_counted(script: str, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it prints nothing, so that no short script keeps the simulator busy."""
    node.write_file("/tmp/a", b"a" * 10_000)
    node.write_file("/tmp/ab", b"ab" * 500 + b"ba" * 500)
    node.write_file("/tmp/lines", b"a\tb\n" * 500)
    node.write_file("/tmp/members.gz", gzip.compress(b"", mtime=0) * 500)
    monkeypatch.setattr(limits, "MOST_WORK", 200_000)
    assert run(node, script).status == 137


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"ln -s {'a' * 1025} /tmp/l", b"ln: /tmp/l: File name too long\n"),
        (f"tr {'0-z' * 1000} a < /etc/crontab", b"tr: string too long\n"),
        (f"test a{' -o a' * 2000}", b"sh: Syntax error: too deep\n"),
    ],
)
def test_what_is_too_long_is_refused(script: str, message: bytes, node: Node) -> None:
    assert run(node, script).err == message


def test_a_script_may_have_many_lines(node: Node) -> None:
    assert run(node, "if true; then\n" + "echo x\n" * 5000 + "fi\n").out == b"x\n" * 5000


def test_options_may_be_given_again(node: Node) -> None:
    assert run(node, f"ls -{'l' * 50_000}d /var").out == run(node, "ls -ld /var").out
    assert run(node, "printf 'c\\nb\\na\\n' | grep -n -ea -e b -n").out == b"2:b\n3:a\n"


def test_a_long_pattern_takes_a_step_for_each_byte(node: Node) -> None:
    node.write_file("/tmp/a", b"a" * 200_000)
    assert run(node, "grep -E '(a*)*(a|a)*b' /tmp/a").status == 1
    assert run(node, "grep -E '(((((a{200}){200}){200}){200}){200})' /tmp/a").err.endswith(b"too big\n")


def test_an_archive_that_grows_is_not_unpacked_whole(node: Node) -> None:
    node.write_file("/tmp/bomb.gz", gzip.compress(b"\0" * (MOST_OUTPUT + 1), mtime=0))
    assert run(node, "zcat /tmp/bomb.gz").status == 137


TREE = ("current_files", "disk", "file_tree", "firmware", "processes")  # what keeps the files that the shell shows


def test_no_program_is_started_and_no_real_file_is_opened() -> None:
    """The packages of the shell import nothing that could, and call no function that opens a file."""
    forbidden = {
        "subprocess",
        "os",
        "pathlib",
        "shutil",
        "tempfile",
        "multiprocessing",
        "ctypes",
        "socket",
        "pty",
        "io",
        "glob",
        "importlib",
    }
    called = {"open", "eval", "exec", "compile", "__import__"}
    for path in sorted(
        [
            *SOURCES.rglob("*.py"),
            *(SOURCES.parent / "node" / f"{name}.py" for name in TREE),
            *(SOURCES.parent / "shell").rglob("*.py"),
        ]
    ):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            name.name.partition(".")[0]
            for item in ast.walk(tree)
            if isinstance(item, ast.Import)
            for name in item.names
        }
        imported |= {
            (item.module or "").partition(".")[0] for item in ast.walk(tree) if isinstance(item, ast.ImportFrom)
        }
        assert not imported & forbidden, path
        names = {
            item.func.id for item in ast.walk(tree) if isinstance(item, ast.Call) and isinstance(item.func, ast.Name)
        }
        assert not names & called, path
