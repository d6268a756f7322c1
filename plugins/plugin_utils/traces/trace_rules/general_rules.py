# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules by property, which no list of names can do: what is looked for beside the indicators of the entries. One table. Pure data.

Each has its source, its level, and what an ordinary appliance has instead, which must not match: tests/examined_traces.py plants both.
"""

from __future__ import annotations

from ...catalogue.entry import Indicator, Level

SHELL_LOGS = ("/var/log/bash.log*", "/var/log/sh.log*", "/var/log/notice.log*")
ACCESS_LOGS = ("/var/log/httpaccess.log*", "/var/log/httpaccess-vpn.log*")
HISTORIES = ("/root/.*history", "/.*history", "/nsconfig/.*history", "/home/*/.*history", "/var/nsroot/.*history")
"""The histories of sh, bash, csh and tcsh: what was typed at a terminal, so a line is for review only."""
CONNECTION = "a connection of a program of nobody"
"""The words of the rule for sockets: of all, those with another end."""
OUTWARD = "a connection of the web server that it has begun itself"
LISTENER = "a port of nobody at which no program of root listens"
FOREIGN = "a program of nobody that is not the web server"
_IN_WORDS = ((CONNECTION,), (OUTWARD,), (LISTENER,), (FOREIGN,))
"""The rules for tables that no expression can say."""
_REST = r'([^"\\]|\\.)*'
"""The rest of a request in the log of httpd, which writes a quote of the client with a backslash in front of it (mod_log_config)."""
_LINE = r"^\s*([^#\s].*)?"
"""The beginning of a line of a script that is no comment: a # behind other text may be text of a command."""
_NAME = r"([^ ]| [^-])+"
_BY = rf"^(([^ ]| [^:])* : )?default ([A-Z]+ )?CMD_EXECUTED [0-9]+ [0-9]+ : +User {_NAME} - (ADM_User {_NAME} - )?Remote_ip "
"""The head of a line about a command. A client can put the words of a whole line into the name of a log-on: it has another head, or :data:`_ONCE`."""
_ONCE = r"([^ ]| [^-]| -[^ ]| - [^C])*$"
"""The rest of such a line, in which no second command stands."""
_PRELOADS = r"LD_(32_)?(PRELOAD|LIBMAP)(=|\s+/)"
"""A library that is preloaded, as sh, csh, env, login.conf and httpd.conf write it."""
_TO_A_SHELL = r"\|\s*(/\S*/)?((ba|c|k|tc|z)?sh|perl|php|python)[0-9.]*(\s|$)"
"""A pipe into a shell or an interpreter."""
_WRITABLE = r"/(var|tmp|nsconfig|flash|root|netscaler\.local)/"
"""The directories that can be written; the firmware itself is elsewhere."""
HTTPD_CONF = ("/nsconfig/httpd.conf", "/etc/httpd.conf")
_NITRO = ("nitro", "ssh")
_SHELL = ("ssh",)


def _rule(
    kind: str,
    values: tuple[str, ...],
    level: Level,
    source: str,
    about: str,
    places: tuple[str, ...] = (),
    seen_by: tuple[str, ...] = _NITRO,
) -> Indicator:
    return Indicator(kind, values, level, seen_by, source, places, is_regex=values not in _IN_WORDS, about=about)


GENERAL_RULES = (
    _rule(
        "log",
        (r"""chmod\s+(-\S+\s+)*['"]?([-ugoarwxXst,+=]*[+=][rwxXt]*s|0*[2-7][0-7][0-7][0-7]['"]?\s)""",),
        Level.COMPROMISE,
        "lists of autumn 2026 (chmod 6555), NCSC-NL (/var/tmp/sh)",
        "a set-user-id bit is set by hand; chmod 755, 1777 or +x do not",
        SHELL_LOGS,
    ),
    _rule(
        "log",
        (_PRELOADS,),
        Level.COMPROMISE,
        "ld-elf.so.1(1) of FreeBSD",
        "a library is put in front of those of the firmware",
        SHELL_LOGS,
    ),
    _rule(
        "log",
        (
            r"touch\s+(-\S+\s+)*-[a-zA-Z]*[rtdA]",
            r"unset\s+(HISTFILE|history|savehist)|HIST(FILE|SIZE|FILESIZE)=(0|/dev/null)|history\s+-c|set\s+(\+o\s+history|(history|savehist)\s*=\s*0)",
            r"ln\s+(-\S+\s+)*/dev/null\s+\S*history",
        ),
        Level.REVIEW,
        "MITRE ATT&CK T1070.006 and T1070.003",
        "a file is given another time, or commands are kept out of the history; touch without a time is not",
        SHELL_LOGS,
    ),
    _rule(
        "log",
        (r"(wget|curl|fetch) [^|;&]*https?://",),
        Level.REVIEW,
        "FireEye 2020, lists of autumn 2026",
        "a file was fetched; administrators do so at a terminal too",
        SHELL_LOGS,
    ),
    _rule(
        "log",
        (r"\[[0-9]+\]: \(null\) on ",),
        Level.REVIEW,
        "TrustedSec, NetScaler remote code execution forensics (January 2020)",
        "a command of a user whom the log does not know; those of root have his name",
        SHELL_LOGS,
    ),
    _rule(
        "log",
        (rf'(?i)"[A-Z]{{3,7}} /+vpn/+(\./+)*themes?/[^ "?]*\.php{_REST}" (200|304) ',),
        Level.COMPROMISE,
        "scanner of CVE-2023-3519, web shells in /var/vpn/themes",
        "PHP below the themes has answered; pictures and style sheets are no PHP",
        ACCESS_LOGS,
    ),
    _rule(
        "log",
        (rf'(?i)"[A-Z]{{3,7}} /+vpn/+(\./+)*themes?/[^ "?]*\.php{_REST}" (401|403|404|500) ',),
        Level.ATTEMPT,
        "scanner of CVE-2023-3519, web shells in /var/vpn/themes",
        "somebody asked for PHP below the themes",
        ACCESS_LOGS,
    ),
    _rule(
        "log",
        (
            rf'(?i){_BY}(127\.0\.0\.1|::1) - Command "(add|set|bind) system (user|group|cmdPolicy) {_ONCE}',
            rf'(?i){_BY}\S+ - Command "[^"]*-defaultEPAGroup NO_AUTH{_ONCE}',
        ),
        Level.COMPROMISE,
        "NSHUNT",
        "users and rights are changed from the appliance itself, or an end-point scan lets everybody in; administrators come from another address",
        ("/var/log/ns.log*",),
    ),
    _rule(
        "log",
        (rf'"[A-Z]{{3,7}} /+vpn/+(\./+)*(media|scripts|theme){_REST}" 404 ([0-9]{{5,}}|[6-9][0-9]{{3}}|5[2-9][0-9]{{2}}) ',),
        Level.COMPROMISE,
        "NSHUNT",
        "a web shell answers 404 with its output: the page of the vendor has some hundred bytes",
        ACCESS_LOGS,
    ),
    _rule(
        "content",
        (rf"{_LINE}{_PRELOADS}",),
        Level.COMPROMISE,
        "ld-elf.so.1(1) of FreeBSD",
        "a library is put in front of those of the firmware at boot",
        ("/nsconfig", "/etc", "/root"),
    ),
    _rule(
        "content",
        (rf"^\s*[^#\s]+\s+{_WRITABLE}",),
        Level.COMPROMISE,
        "libmap.conf(5) of FreeBSD",
        "libraries are replaced by files in a directory that can be written; the file of the firmware has comments",
        ("/etc/libmap.conf", "/etc/libmap32.conf"),
    ),
    _rule(
        "content",
        (
            rf"{_LINE}(/var/tmp/|/tmp/|/var/nstmp/|/nsconfig/\.|/var/core/|/netscaler\.local/)",
            rf"{_LINE}(curl|wget|fetch) ",
            rf"{_LINE}{_TO_A_SHELL}",
        ),
        Level.REVIEW,
        "lists of autumn 2026 (start-up files)",
        "what is run at boot is in a temporary or hidden directory, or is fetched; nsapimgr_wr.sh and the like are not",
        ("/nsconfig/rc.netscaler", "/nsconfig/nsbefore.sh", "/nsconfig/nsafter.sh", "/etc/rc.conf", "/etc/rc.local"),
    ),
    _rule(
        "content",
        (r"(?i)^\s*Add(Handler|Type)\s+\S*php\S*\s+(.*\s)?['\"]?\.?([^.p\s'\"]|p[^h\s])",),
        Level.COMPROMISE,
        "NCSC-NL 2025, NSHUNT",
        "the web server runs files with another ending as PHP; that of the firmware runs .php",
        HTTPD_CONF,
    ),
    _rule(
        "content",
        (rf"(?i)^\s*php_(admin_)?value\s+auto_(prepend|append)_file\s+['\"]?{_WRITABLE}",),
        Level.COMPROMISE,
        "page of PHP on auto_prepend_file",
        "each page of PHP runs a file in a directory that can be written; limits of PHP, such as memory_limit, do not",
        HTTPD_CONF,
    ),
    _rule(
        "content",
        (rf"(?i)^\s*(LoadModule\s+\S+|LoadFile|Include|IncludeOptional)\s+['\"]?{_WRITABLE}",),
        Level.REVIEW,
        "page of Apache on mod_so",
        "the web server loads what is in a directory that can be written; modules of the firmware are with its programs",
        HTTPD_CONF,
    ),
    _rule(
        "cron",
        (
            r"(/tmp/|/var/nstmp/|/var/core/|/var/vpn/|/var/netscaler/logon/|/netscaler\.local/)",
            r"cd\s+/(var/(nstmp|core|vpn|tmp)|tmp)\s*[;&]",
            r"[ |;&]/\S*/\.[^./]",
            _TO_A_SHELL,
            r"[$]\((curl|wget|fetch)\s",
        ),
        Level.COMPROMISE,
        "FireEye 2020 (ci.sh), lists of autumn 2026",
        "cron runs what is in a temporary, hidden or web directory, or comes by a pipe; jobs of monitoring are in /nsconfig/monitors",
    ),
    _rule(
        "processes",
        (r"^nobody\s+(\S+\s+){9}-?(/\S*/)?([a-z]{0,2}sh|perl[0-9.]*|python[0-9.]*|ncat|nc|socat)(\s|$)",),
        Level.COMPROMISE,
        "lists of autumn 2026 (a shell of nobody)",
        "a shell or an interpreter of nobody, whatever its arguments are; httpd runs the scripts of the portal itself",
        seen_by=_SHELL,
    ),
    _rule(
        "ports",
        (CONNECTION,),
        Level.COMPROMISE,
        "lists of autumn 2026 (a shell of nobody with a connection)",
        "a program of nobody other than httpd has a connection",
        seen_by=_SHELL,
    ),
    _rule(
        "processes",
        (FOREIGN,),
        Level.COMPROMISE,
        "ioc-scanner-CVE-2019-19781 (processes of nobody other than /bin/httpd)",
        "nobody runs /bin/httpd alone; other programs took its name",
        seen_by=_SHELL,
    ),
    _rule(
        "ports",
        (LISTENER,),
        Level.COMPROMISE,
        "FireEye 2020 (NOTROBIN), lists of autumn 2026",
        "nobody has only the ports of httpd, which root opens",
        seen_by=_SHELL,
    ),
    _rule(
        "ports",
        (OUTWARD,),
        Level.REVIEW,
        "lists of autumn 2026 (a shell of nobody with a connection)",
        "clients connect to httpd; what a web shell runs inside of it connects to others, and so may a page of management",
        seen_by=_SHELL,
    ),
)  # fmt: skip
"""The rules for lines, whose levels :func:`.line_levels.level_of_line` lowers as those of the entries."""
