# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each kind of trace in a log means: one table. Sources: docs/reference/log-readings.md. Pure data."""

from ...catalogue.entry import Level
from ...foundation.next_action import STATUS, Command, advice
from ...measures.registry import logging_profiles
from .grouped_traces import Rule

_TAKE_AND_HUNT = (Command("evidence"), Command("hunt"))
_EVIDENCE = advice("take evidence before anything is cleaned or rebooted, then hunt on each node", *_TAKE_AND_HUNT)
NEXT_OF_A_LINE = dict.fromkeys(Level, advice("look at the line, then hunt on each node", Command("hunt"))) | {
    Level.COMPROMISE: _EVIDENCE
}
"""What is next where an indicator names a line, by its level."""
_ASK = advice("ask the administrators; if nobody did it, take evidence and hunt on each node", *_TAKE_AND_HUNT)

ARMED = Rule(
    0,
    Level.ATTEMPT,
    "armed text",
    "a job of the appliance takes the last such line of ns.log, ns.log.0 or messages and gives a part of it to a shell, within a day "
    "(CVE-2026-88771; public teardown of October 2026)",
    "that it has run: look for files and processes; a fixed build runs nothing",
    advice(
        "disarm it: take evidence, install the fixed build, or remove the line by hand as docs/how-to/read-logs.md says",
        Command("evidence"),
    ),
    ("cve_2026_88771",),
)
ATTACK_ANSWERED = Rule(
    1,
    Level.ATTEMPT,
    "attack answered by httpd with success",
    "the request has the form of an attack of the catalogue, and no policy stopped it",
    "that it worked: httpd answers a harmless page with 200 too",
    advice("see status.yml for this appliance, then hunt", STATUS, Command("hunt")),
)
ATTACK = Rule(
    1,
    Level.ATTEMPT,
    "attack that httpd refused",
    "the request has the form of an attack of the catalogue",
    "that it worked; a request that a policy answered is not in this log",
    advice("nothing at once; see that the mitigation is applied on each node", STATUS),
)
ATTACK_LOGGED = Rule(
    1,
    Level.ATTEMPT,
    "attack that a policy logged",
    "a policy with a log action matched a request that has the form of an attack",
    "that it reached the weakness: the policy answered it, unless it only observes; nor that it was somebody else: a probe of another control node whose "
    "notes are not here looks the same",
    "nothing at once, if the policy blocks",
)
OWN_READ_STOPPED = Rule(
    1,
    Level.REVIEW,
    "requests to NITRO from the address of this control node that a policy of ours has matched",
    "hunt.yml and watch.yml list a directory with vpns in its name, and a global policy sees management traffic where skip_systemaccess_policyeval is 0",
    "that somebody attacked; nor that it was this control node: no run here has noted this time",
    "ask who used this address then. What the policy has stopped, hunt.yml and watch.yml name as not seen",
)
ATTACK_AT_THE_FIREWALL = Rule(
    1,
    Level.ATTEMPT,
    "attack that the application firewall logged",
    "a deny URL matched a request that has the form of an attack",
    f"that it reached the weakness: a profile that blocks has answered it, and {', '.join(sorted(logging_profiles()))} only logs; nor that it was somebody "
    "else: a probe of another control node whose notes are not here looks the same",
    advice("see that the mitigation is applied on each node; hunt where it was not", STATUS, Command("hunt")),
)
PROBE_WITHOUT_CLIENT = Rule(
    1,
    Level.REVIEW,
    "request that names a run of ours at its time, and the log has no client",
    "probes of apply.yml, verify.yml and alarm.yml have the form of an attack; httpd of some builds logs no client of a Gateway",
    "that somebody attacked; nor that it was us: who reads the log can send the same text",
    "nothing, if the number of lines is that of our probes which no policy answered",
)
PROBE_AT_ANOTHER_TIME = Rule(
    1,
    Level.REVIEW,
    "requests that name a run of ours from our address, at another time than that of the run",
    "the clock of the node was off then, or somebody sends the same text from the address of this control node",
    "that somebody attacked: our own probes have the form of an attack",
    "see whether the clock of the node was set between that run and now (NTP)",
)
UNKNOWN_ORIGIN = Rule(
    1,
    Level.REVIEW,
    "requests in the form of our probes, of unknown origin",
    "another control node may have sent them: its notes, or its address, are not here. Anybody can send the same text",
    "that somebody attacked: the requests are those of the catalogue, which read only",
    "ask who runs verify.yml there; bring the notes of that control node (docs/how-to/second-control-node.md), and name its address in sources",
)
LARGE_404 = Rule(
    1,
    Level.COMPROMISE,
    "large answer with status 404 from a directory for static files",
    "web shells answer 404 with their output; the page of the vendor has some hundred bytes (NSHUNT)",
    "nothing, if a customised error page of this size is known",
    _EVIDENCE,
)
LOCAL_USER_CHANGE = Rule(
    2,
    Level.COMPROMISE,
    "system user or right changed from the appliance itself",
    "who has a shell on the appliance makes himself a user (NSHUNT)",
    "nothing, if an administrator used the command line on the appliance at that time",
    _EVIDENCE,
)
USER_CHANGE = Rule(
    2,
    Level.REVIEW,
    "system user or right changed",
    "an account that stays after the upgrade is a way back in",
    "an intrusion, if an administrator did it, or bootstrap.yml of another control node whose notes are not here",
    _ASK,
)
NO_AUTHENTICATION = Rule(
    2,
    Level.COMPROMISE,
    "end-point scan set to let everybody in",
    "defaultEPAGroup NO_AUTH is a known way of the wave of 2026 to stay",
    "nothing, if a group of this name was there before the wave",
    _EVIDENCE,
    ("cve_2026_88771",),
)
AUTHENTICATION_CHANGE = Rule(
    2,
    Level.REVIEW,
    "authentication weakened or changed",
    "unbound policies let users in without a check",
    "an intrusion, if an administrator did it",
    _ASK,
)
COMMAND_OF_OUR_ACCOUNT = Rule(
    2,
    Level.REVIEW,
    "changing commands with an account of the playbooks, of unknown origin",
    "another control node may have given them: its records, its notes or its address are not here. So may anybody who has the password",
    "an intrusion, if another control node did it",
    "ask who runs playbooks there; bring the records and notes of that control node, and name its address in sources. If nobody did it, replace the password",
)
COMMAND = Rule(
    2,
    Level.REVIEW,
    "changing commands, neither ours nor of a known administrator",
    "the configuration was changed, and the change records of this control node do not explain it",
    "an intrusion, if an administrator did it: name him in admins",
    _ASK,
)
MANAGEMENT_EXPOSED = Rule(
    2,
    Level.REVIEW,
    "failed log-on at the management address from a public address",
    "the management address is reachable from the Internet",
    "that somebody got in",
    "block the management address at the firewall",
)
IMITATION = Rule(
    2,
    Level.ATTEMPT,
    "text of a client that imitates a log line",
    "somebody wrote the words of a log line into a field, to hide or to accuse",
    "that the command or session in it happened",
    "see who sent it; do not act on what it says",
)
SESSION_WITHOUT_LOG_ON = Rule(
    3,
    Level.REVIEW,
    "session without a log-on",
    "a stolen session token needs no log-on (CVE-2023-4966, CVE-2025-5777; CERT.at)",
    "an intrusion, if the log-on is older than the log",
    "end the session, and compare its network with the user's",
)
SESSION_FROM_ELSEWHERE = Rule(
    3,
    Level.REVIEW,
    "session used from another network than its log-on",
    "a stolen session token is used elsewhere (CVE-2023-4966, CVE-2025-5777; CERT.at)",
    "an intrusion: mobile users change their network",
    "ask the user; end the session",
)
MANY_USERS = Rule(
    3,
    Level.REVIEW,
    "one address with log-ons of many users",
    "one client uses many sessions or tries many accounts",
    "an attack, if an office or a proxy is behind the address",
    "see whose address it is",
)
LEAKED_BYTES = Rule(
    4,
    Level.COMPROMISE,
    "bytes of memory in a rejected log-on",
    "the answer carried memory of the appliance (CVE-2025-5777; needs debug logging)",
    "which data leaked; without debug logging there is no such line",
    advice("end all sessions after the fix (end_sessions.yml)", Command("end_sessions")),
    ("cve_2025_5777",),
)
ODD_NAME = Rule(
    4,
    Level.REVIEW,
    "name with letters beyond ASCII in a rejected log-on",
    "leaked memory looks like this (CVE-2025-5777), and so do names with accents",
    "an attack, if it is the name of a user",
    "read the name",
)
SHELL_IN_NAME = Rule(
    5,
    Level.ATTEMPT,
    "shell syntax in a user name",
    "a script of the appliance gives log text to a shell (CVE-2026-88771)",
    "that it has run; a fixed build runs nothing",
    advice("see the armed lines, and the build", STATUS),
    ("cve_2026_88771",),
)
CRASH = Rule(
    6,
    Level.REVIEW,
    "crash of a process",
    "an exploit that fails, or that works, often stops the process",
    "an attack: processes also crash by defects",
    "see what was requested in the minutes before; keep the core file",
)
CRASH_AFTER_DTLS = Rule(
    6,
    Level.ATTEMPT,
    "DTLS error followed by a crash within 10 minutes",
    "attempts on DTLS look like this (CVE-2026-88772; CERT.at, community notes of 2026)",
    "that it worked: failed attempts crash too",
    advice("switch DTLS off where no fix is installed; hunt", Command("hunt")),
    ("cve_2026_88772",),
)
UNSIGNED = Rule(
    7,
    Level.REVIEW,
    "executable without a valid signature was run",
    "the kernel's own check (binary signing and verification): a clean appliance has no such line",
    "an intrusion, if an administrator ran a script of his own",
    "see what the file is and who runs it; a file in /var/tmp or a web directory is a compromise",
)
CHANGED = Rule(
    7,
    Level.COMPROMISE,
    "signed executable that was changed",
    "the kernel's own check (binary signing and verification): its fingerprint does not match",
    "who changed it, or when",
    _EVIDENCE,
)
EMPTIED = Rule(
    8,
    Level.REVIEW,
    "log emptied, replaced or removed without a rotation",
    "intruders remove their traces",
    "an intrusion, if an administrator emptied it or the appliance was upgraded",
    _ASK,
)
CLOCK_BACK = Rule(
    8,
    Level.REVIEW,
    "times go back by more than 10 minutes",
    "the clock was changed, or lines were inserted",
    "an intrusion, if the clock was corrected",
    "see the NTP settings and the commands at that time",
)
SILENCE = Rule(
    8,
    Level.REVIEW,
    "no line for more than 12 hours",
    "logging was stopped, or lines were removed",
    "an intrusion, if the appliance was down or nobody used it",
    "see whether it was down at that time",
)
HTTPD_START = Rule(
    9,
    Level.REVIEW,
    "start of httpd without a boot",
    "a changed httpd.conf, such as one that runs PHP, takes effect at a start (TP, NCSC-NL)",
    "an intrusion, if an administrator or a licence change restarted it",
    "compare httpd.conf on each node with that of another appliance of this build",
)
NOT_PHP = Rule(
    9,
    Level.COMPROMISE,
    "PHP runs a file that is no .php file",
    "httpd was told to run other files as PHP (NSHUNT)",
    "nothing harmless is known",
    _EVIDENCE,
)
NOTHING_LOGGED = Rule(
    10,
    Level.REVIEW,
    "no line of the packet engine",
    "the log level is NONE or the syslog policy is unbound (CTX696381), or lines were removed: our own log-on alone writes one",
    "that nothing happened",
    "see loglevel of auditsyslogparams, and the bound syslog policies",
)
SEARCHED = Rule(
    11,
    Level.REVIEW,
    "somebody searched for an indicator",
    "scanners for traces write their own patterns into the logs of the shell",
    "an intrusion, if an administrator or a scanner searched",
    "see who it was",
)
