# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The level of a line: each exception has its ordinary line, and a line beside it that is none."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.line_levels import level_of_line

SHELL = 'Jan 19 23:40:14 <local7.notice> ns bash[3632]: {} on {} shell_command="{}"'
REJECTED = (
    b"Sep 20 01:02:03 <local0.debug> 10.1.1.1 0-PPE-0 : default AAA Message 1 0 : Authentication is rejected for "
)
KERNEL = "Sep 20 01:02:03 <kern.crit> ns kernel: MAC/veriexec: {} (file={} fsid=1)"
NO_FINGERPRINT, OTHER = "no fingerprint", "fingerprint does not match loaded value"


@pytest.mark.parametrize(
    ("user", "terminal", "command", "level"),
    [
        ("root", "(null)", "ldapsearch -H ldaps://dc", Level.COMPROMISE),
        ("root", "/dev/pts/0", "ldapsearch -H ldaps://dc", Level.REVIEW),
        ("root", "/dev/ttyv0", "ldapsearch -H ldaps://dc", Level.REVIEW),
        ("nobody", "/dev/pts/0", "uname -a", Level.COMPROMISE),
        ("nobody", "(null)", "grep ldapsearch x", Level.COMPROMISE),
        ("root", "(null)", "grep -r ldapsearch /var/log", Level.REVIEW),
        ("root", "(null)", "/usr/bin/zgrep ldapsearch x", Level.REVIEW),
        ("root", "(null)", "grep x y; ldapsearch", Level.COMPROMISE),
        ("root", "(null)", "find / -name ldapsearch -exec sh", Level.COMPROMISE),
        ("root", "(null)", "awk 'BEGIN{system(1)}' ldapsearch", Level.COMPROMISE),
        ("root", "(null)", "find /var -name ldapsearch | xargs chmod 6555", Level.COMPROMISE),
        ("root", "(null)", "strings /var/core/ldapsearch | sh", Level.COMPROMISE),
        ("root", "(null)", "grep -v ^# x|ldapsearch", Level.COMPROMISE),
        ("root", "(null)", "ls \\' | ldapsearch \\'", Level.COMPROMISE),
        ("root", "(null)", "awk 'BEGIN {print 1 | ldapsearch}'", Level.COMPROMISE),
        ("root", "(null)", "find / -name ldapsearch -ok sh", Level.COMPROMISE),
        ("root", "(null)", "find / -name ldapsearch -fprint /x", Level.COMPROMISE),
        ("root", "(null)", "/var/tmp/ls ldapsearch", Level.COMPROMISE),
        ("root", "(null)", "/tmp/bin/grep ldapsearch", Level.COMPROMISE),
        ("root", "(null)", "ls -l /var | /usr/bin/grep ldapsearch", Level.REVIEW),
        ("root", "(null)", "find /var -name x | xargs grep -l ldapsearch | sort | head -5", Level.REVIEW),
        ("root", "(null)", "grep -iE '(curl|ldapsearch)' /var/log/bash.log", Level.REVIEW),
        ("root", "(null)", "/usr/local/bin/rg ldapsearch", Level.REVIEW),
        ("root", "(null)", "echo on /dev/pts/0 ldapsearch", Level.COMPROMISE),
    ],
)
def test_commands_of_a_shell(user: str, terminal: str, command: str, level: Level) -> None:
    assert level_of_line(Level.COMPROMISE, SHELL.format(user, terminal, command).encode()) is level


@pytest.mark.parametrize(
    ("name", "level"),
    [
        (b"jan", Level.REVIEW),
        ("Jos\u00e9".encode(), Level.REVIEW),
        (b"\x80\xfe\x01", Level.COMPROMISE),
        (b"Jos\xe9\x00", Level.COMPROMISE),
    ],
)
def test_what_is_rejected_is_a_name_or_memory(name: bytes, level: Level) -> None:
    assert level_of_line(Level.COMPROMISE, REJECTED + name) is level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("Sep 20 01:02:03 <local0.crit> ns pitboss[90]: PPE-0 unexpectedly died", Level.REVIEW),
        ("Sep 20 01:02:03 <local0.crit> ns /netscaler/pitboss[90]: PPE-0 missed too many heartbeats", Level.REVIEW),
        ("Oct  6 03:00:06 <kern.notice> ns pitboss: PPE unexpectedly died", Level.REVIEW),
        (
            "Oct  6 03:00:06 <local0.info> 10.1.1.1 0-PPE-0 : default AAA Message 1 0 : pitboss: PPE unexpectedly died",
            Level.ATTEMPT,
        ),
        ("Sep 20 01:02:03 <local0.crit> ns pitboss[90]: PPE-0 unexpectedly died `id`", Level.ATTEMPT),
        ("Sep 20 01:02:03 ns nsaaad[1]: call to authenticate user :pitboss[9]: NSPPE unexpectedly died", Level.ATTEMPT),
        ("Sep 20 01:02:03 ns nsaaad[1]: call to authenticate user :pitboss NSPPE; x", Level.ATTEMPT),
    ],
)
def test_a_crash_is_told_by_its_watchdog(line: str, level: Level) -> None:
    assert level_of_line(Level.ATTEMPT, line.encode()) is level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (KERNEL.format(NO_FINGERPRINT, "/var/tmp/x"), Level.REVIEW),
        (KERNEL.format(OTHER, "/bin/sh"), Level.COMPROMISE),
        (f"Sep 20 01:02:03 <auth.err> ns sshd[12]: Invalid user {KERNEL.format(OTHER, '/bin/sh')}", Level.ATTEMPT),
    ],
)
def test_only_the_kernel_says_that_an_executable_was_changed(line: str, level: Level) -> None:
    assert level_of_line(Level.REVIEW, line.encode()) is level


GIVEN = (
    "Authentication is rejected for x",
    "AAA Message 1 0 : Authentication is rejected for x",
    " : default AAA Message 1 0 : Authentication is rejected for x",
    "MAC/veriexec: no fingerprint (file=/x fsid=1)",
    "x on /dev/pts/0 shell_command=ls ",
    'bash[3632]: root on /dev/pts/0 shell_command="grep x"',
    "]: root on (null) shell_command=grep x",
    "pitboss[9]: NSPPE unexpectedly died",
)
"""What a client can write into a line of his: the text behind a request, or a name."""
WITH_TEXT_OF_A_CLIENT = (
    '198.51.100.7 - - [18/Jan/2020:00:15:29 +0000] "GET /vpn/../vpns/portal/x.xml HTTP/1.1" 200 71875 "-" "{}"',
    "Sep 20 01:02:03 <auth.info> ns nsaaad[1]: call to authenticate user :pitboss NSPPE; {}",
    "Sep 20 01:02:03 <local0.info> 10.1.1.1 09/20/2026:01:02:03 GMT ns 0-PPE-0 : default AAA LOGIN_FAILED 1 0 : User {} - Client_ip 198.51.100.7",
    'Sep 20 01:02:03 <local0.info> 10.1.1.1 09/20/2026:01:02:03 GMT ns 0-PPE-0 : default AAA Message 1 0 : "{}"',
    "<135> default AAA LOGIN_FAILED 1 0 : User {} - Client_ip 198.51.100.7",
)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("line", WITH_TEXT_OF_A_CLIENT)
def test_no_client_lowers_the_level_of_his_own_line(line: str, given: str) -> None:
    """Seen: a request of the attack of 2019 that was answered was for review, where its User-Agent had the words of a rejected log-on."""
    is_said_by_the_node = given.startswith("Auth") and "AAA Message" in line  # its own words, whoever's name follows
    assert level_of_line(Level.COMPROMISE, line.format(given).encode()) is (
        Level.REVIEW if is_said_by_the_node else Level.COMPROMISE
    )


@pytest.mark.parametrize(
    "head",
    [
        "Sep 20 01:02:03 <local0.debug> 10.1.1.1 0-PPE-0 : default AAA Message 1 0 : ",
        'Sep 20 01:02:03 <local0.debug> 10.1.1.1  09/20/2026:01:02:03 GMT ns 0-PPE-0 : default AAA Message 1 0 :  "',
        "<135> 07/09/2025:19:07:26 GMT  0-PPE-5 : default AAA Message 12 0 : ",
        "<135> default AAA Message 4123456 0 :  ",
    ],
)
def test_a_rejected_name_is_known_by_each_form_of_the_line(head: str) -> None:
    assert level_of_line(Level.COMPROMISE, f"{head}Authentication is rejected for Jos\u00e9".encode()) is Level.REVIEW
