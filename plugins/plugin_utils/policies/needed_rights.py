# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commands each playbook sends: the one table of which command policies, the checks of the doctor and docs/how-to/least-privilege.md are made. Pure.

A command policy is a regular expression over the command-line form of a request, without regard to case (administration guide, command policies).
That NITRO requests are compared in that form is shown by the refused command in the message of error 2138 (ruby gem netscaler). The exact form of some
options is inferred, so a right says no more of a command than verb, noun and the start of the object's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

LONGEST_PATTERN = 1499
"""The most characters of the regular expression of a command policy (cmdspec; NITRO reference, systemcmdpolicy)."""
MARK = "made_by_tourniquet"
"""No command of this name exists. A command policy with it was made by bootstrap.yml: the type has no comment."""


class Objects(Enum):
    """The objects that a command may name, as the end of a regular expression, and as the end of an example."""

    ALL = "( |$)", ""
    OURS = " tq_", " tq_x"
    LOCATION_DATA = " /var/netscaler/locdb/tq_", " /var/netscaler/locdb/tq_x"
    RESPONDER = " RESPONDER$", " RESPONDER"
    RECORDS = " tourniquet_", " tourniquet_x -fileLocation /var/tmp"
    EVIDENCE = " tourniquet_evidence_", " tourniquet_evidence_x.tgz"
    START_UP_FILE = r" rc\.netscaler( |$)", " rc.netscaler -fileLocation /nsconfig"
    NAMES_OF_FILES = " -fileLocation ", " -fileLocation /var/tmp"
    LOGS = r" (ns\.log|httpaccess)", " ns.log -fileLocation /var/log"
    OTHER_LOGS = (
        r" (nsvpn\.log|httperror|messages|notice\.log|bash\.log|sh\.log|cron)",
        " messages -fileLocation /var/log",
    )

    @property
    def pattern(self) -> str:
        return self.value[0]

    @property
    def example(self) -> str:
        return self.value[1]


@dataclass(frozen=True)
class Right:
    """The right to send one command.

    :ivar noun: the type in the words of the command line; "" for a command without one, such as reboot
    """

    verb: str
    noun: str
    objects: Objects = Objects.ALL

    @property
    def name(self) -> str:
        """The right as messages name it: verb and noun."""
        return f"{self.verb} {self.noun}".rstrip()

    @property
    def example(self) -> str:
        """A command that needs the right."""
        return self.name + self.objects.example

    @property
    def pattern(self) -> str:
        """The regular expression that allows exactly this right."""
        return f"(^{self.name}{self.objects.pattern})"


def _rights(verbs: str, nouns: str, objects: Objects = Objects.ALL) -> tuple[Right, ...]:
    """:param nouns: separated by commas, as verbs are by blanks"""
    return tuple(Right(verb, noun.strip(), objects) for noun, verb in product(nouns.split(","), verbs.split()))


_VSERVERS = "lb vserver, cs vserver, vpn vserver, authentication vserver"
_LOG_ON = (
    *_rights("show", "ns config, ns version, ha node"),
    *_rights("show", "system file", Objects.START_UP_FILE),
)
_RECORDS = (
    *_rights("show", "system file", Objects.NAMES_OF_FILES),
    *_rights("show", "system file", Objects.RECORDS),
)
_SAVED = _rights("show", "ns runningConfig, ns savedConfig")
_POLICIES = _rights(
    "show", "ns partition, ns feature, audit messageaction, responder action, responder policy, responder global"
)
_MEASURE = (
    *_LOG_ON,
    *_RECORDS,
    *_SAVED,
    *_POLICIES,
    *_rights("show", "audit syslogParams"),
    *_rights("show", _VSERVERS),
)
_FORESIGHT = _rights("show", "ns license, system user, system group, system cmdPolicy")
_WRITES = (
    *_rights("add rm", "system file", Objects.RECORDS),
    *_rights("save", "ns config"),
)
_CHANGE = (*_MEASURE, *_FORESIGHT, *_WRITES)
_SWITCH = (
    *_LOG_ON,
    *_RECORDS,
    *_SAVED,
    *_rights("show", "ns partition"),
    *_rights("show", _VSERVERS),
    *_WRITES,
    *_rights("enable disable", _VSERVERS),
)

# By playbook, what it sends for any measure.
PLAYBOOKS: dict[str, tuple[Right, ...]] = {
    "plan": (*_MEASURE, *_FORESIGHT),
    "status": _MEASURE,
    "verify": _MEASURE,
    "apply": _CHANGE,
    "rollback": _CHANGE,
    "retire": _CHANGE,
    "leave": _CHANGE,
    "lockdown": (*_SWITCH, *_rights("stat", f"{_VSERVERS}, aaa")),
    "close": (*_SWITCH, *_rights("stat", f"{_VSERVERS}, aaa")),
    "reopen": (*_SWITCH, *_MEASURE, *_rights("show", "ns license, policy evaluation")),
    "end_sessions": (
        *_LOG_ON,
        *_RECORDS,
        *_rights("show", "ns partition"),
        *_rights("add rm", "system file", Objects.RECORDS),
        *_rights("show kill", "aaa session, vpn icaConnection, vpn pcoipConnection, rdp connections"),
        *_rights("show clear", "lb persistentSessions"),
    ),
    "audit": (*_LOG_ON, *_RECORDS),
    # The shell has an account of its own; this is what the lease and the copies of the records need.
    "on_box": (*_LOG_ON, *_RECORDS, *_rights("add rm", "system file", Objects.RECORDS)),
    "impact": (
        *_LOG_ON,
        *_POLICIES,
        *_rights("show", f"policy patset, policy dataset, policy expression, {_VSERVERS}"),
    ),
    "learn": (*_LOG_ON, *_rights("show", _VSERVERS)),
    "read_logs": (
        *_LOG_ON,
        *_rights("show", "audit syslogParams"),
        *_rights("show", "system file", Objects.NAMES_OF_FILES),
        *_rights("show", "system file", Objects.LOGS),
        *_rights("show", "system file", Objects.OTHER_LOGS),
    ),
    "hunt": (
        *_LOG_ON,
        *_rights("show", "system file, system user, ns partition"),
        *_rights("show", "authentication epaAction, responder action, rewrite action"),
    ),
    "alarm": (
        *_LOG_ON,
        *_rights("show", "ns partition, ns feature, responder policy, responder global, appfw policy"),
        *_rights("show", _VSERVERS),
        *_rights("show", "audit messageaction, audit messages, audit syslogParams"),
        *_rights("show", "audit syslogAction, audit syslogPolicy, audit syslogGlobal"),
        *_rights("show", "system file", Objects.LOGS),
        *_rights("stat", "responder policy, ns"),
    ),
    "evidence": (
        *_rights("show", "ns config, ns version, ha node, system file"),
        *_rights("show", "ns connectiontable, system session, aaa session, vpn icaConnection, arp"),
        *_rights("show", "audit messages, ns runningConfig, techsupport"),
        *_rights("stat", "ns"),
        *_rights("create rm", "system backup", Objects.EVIDENCE),
    ),
    "watch": (
        *_LOG_ON,
        *_rights("show", "system file, system user, system group, system cmdPolicy, authentication epaAction"),
    ),
}

_CHANGES, _PROVES, _READS = ("apply", "rollback", "retire", "leave"), ("status", "verify"), ("plan", "status", "verify")
_EVALUATION, _HITS = _rights("show", "policy evaluation"), _rights("stat", "responder policy")
_RESPONDER = (
    *_rights("add rm", "audit messageaction, responder policy", Objects.OURS),
    *_rights("set", "responder policy", Objects.OURS),
    *_rights("enable disable", "ns feature", Objects.RESPONDER),
)
_ACTIONS = _rights("add set rm", "responder action", Objects.OURS)
_BINDINGS = _rights("bind unbind", _VSERVERS)
# By measure, what the playbooks that bring it in send besides.
MEASURES: dict[str, dict[str, tuple[Right, ...]]] = {
    "mitigation": {
        "plan": _EVALUATION,
        **dict.fromkeys(_PROVES, _HITS),
        **dict.fromkeys(
            _CHANGES,
            (
                *_EVALUATION,
                *_HITS,
                *_RESPONDER,
                *_ACTIONS,
                *_rights("bind unbind", "responder global", Objects.OURS),
            ),
        ),
    },
    "url_whitelist": {
        "plan": _rights("show", "policy patset"),
        **dict.fromkeys(_PROVES, (*_rights("show", "policy patset"), *_HITS)),
        **dict.fromkeys(
            _CHANGES,
            (
                *_rights("show", "policy patset"),
                *_HITS,
                *_RESPONDER,
                *_ACTIONS,
                *_rights("add rm bind unbind", "policy patset", Objects.OURS),
                *_BINDINGS,
            ),
        ),
    },
}
_GEOBLOCK_READS = (
    *_rights("show", "audit syslogAction, authentication ldapAction, authentication radiusAction, dns nameServer"),
    *_rights("show", "ntp server, route, server, ns ip, ns ip6, ns acl, ns acl6"),
    *_rights("show", "locationFile, locationFile6, locationParameter, policy dataset, policy expression"),
)
MEASURES["geoblock"] = {
    **dict.fromkeys(_READS, _GEOBLOCK_READS),
    **dict.fromkeys(
        _CHANGES,
        (
            *_GEOBLOCK_READS,
            *_RESPONDER,
            *_rights("add rm", "responder action", Objects.OURS),
            *_rights("add set rm", "policy expression", Objects.OURS),
            *_rights("add rm bind unbind", "policy dataset", Objects.OURS),
            *_rights("add rm", "ns acl, ns acl6", Objects.OURS),
            *_rights("show add rm", "system file", Objects.OURS),
            *_rights("add", "locationFile, locationFile6", Objects.LOCATION_DATA),
            *_rights("rm", "locationFile, locationFile6"),
            *_rights("set unset", "locationParameter"),
            *_rights("apply", "ns acls, ns acls6"),
            *_BINDINGS,
        ),
    ),
}
_SETTING_READS = _rights("show", "ns tcpParam, vpn icaConnection")
MEASURES["setting"] = {
    **dict.fromkeys(_READS, _SETTING_READS),
    **dict.fromkeys(_CHANGES, (*_SETTING_READS, *_rights("set", "ns tcpParam, vpn vserver"))),
}
MEASURES["management_log"] = {
    **dict.fromkeys(_READS, _rights("show", "audit syslogAction")),
    **dict.fromkeys(_CHANGES, _rights("show set unset", "audit syslogAction")),
}
_APPFW = _rights("show", "appfw profile, appfw policy, appfw global, appfw settings")
MEASURES["appfw_log"] = {
    **dict.fromkeys(_READS, _APPFW),
    **dict.fromkeys(
        _CHANGES,
        (
            *_APPFW,
            *_rights("add rm bind unbind", "appfw profile", Objects.OURS),
            *_rights("add rm", "appfw policy", Objects.OURS),
            *_rights("bind unbind", "appfw global", Objects.OURS),
        ),
    ),
    "alarm": (*_rights("show", "appfw global"), *_rights("stat", "appfw policy, appfw profile")),
}
# The doctor tries what the others read, whatever their objects are called.
PLAYBOOKS["doctor"] = (
    *dict.fromkeys(
        right
        for name in ("plan", "status", "audit", "impact")
        for right in (*PLAYBOOKS[name], *MEASURES["mitigation"].get(name, ()))
        if right.objects is not Objects.RECORDS
    ),
)
PLAYBOOKS["catalogue"] = (*_MEASURE, *_HITS)
_WHOLE_CATALOGUE = (
    *_rights(
        "show",
        "authentication samlAction, authentication samlIdPProfile, aaa kcdAccount, cr vserver, gslb vserver",
    ),
    *_rights("show", "dns parameter, dns policy64, lb monitor, lsn group, nat64, ns httpProfile"),
    *_rights("show", "server, service, serviceGroup"),
    *_SETTING_READS,
    *_rights("show", "ns license"),
)
# The copies of other control nodes' records, and whether mitigations and closings are still as the records say.
PLAYBOOKS["ledger"] = (*_LOG_ON, *_RECORDS, *_POLICIES, *_rights("show", _VSERVERS))
_CONFIGURATION = tuple(right for right in _WHOLE_CATALOGUE if right.noun not in ("vpn icaConnection", "ns license"))
_LOGS = (
    *_rights("show", "system file", Objects.NAMES_OF_FILES),
    *_rights("show", "system file", Objects.LOGS),
)
_CLOSING = (
    *_HITS,
    *_rights("add rm", "responder policy, responder action", Objects.OURS),
    *_rights("enable disable", "ns feature", Objects.RESPONDER),
    *_BINDINGS,
)
# By a setting of the inventory or of -e, what it needs besides, and in which playbooks.
OPTIONS: dict[str, dict[str, tuple[Right, ...]]] = {
    "audit_log": dict.fromkeys(_CHANGES, _rights("set unset", "audit syslogParams")),
    "fetch_logs": {
        **dict.fromkeys(("impact", "learn"), _LOGS),
        "close": (*_LOGS, *_rights("show", "audit syslogParams")),  # who logged on in the last week
    },
    # The steps partners and notice; the others need what their measure needs.
    "closing_steps": {
        "close": (
            *(right for right in _MEASURE if right.noun != "audit syslogParams"),  # they have no log action
            *_FORESIGHT,
            *_EVALUATION,
            *_CLOSING,
            *_rights("set", "responder action", Objects.OURS),
        ),
        "reopen": _CLOSING,
    },
    # The exposure ledger, and so a reopening, leaves out the weaknesses that the configuration cannot have.
    "whole_catalogue": {
        **dict.fromkeys(("status", "catalogue"), _WHOLE_CATALOGUE),
        "reopen": _CONFIGURATION,
        "ledger": (*_rights("show", f"ns partition, ns feature, {_VSERVERS}"), *_CONFIGURATION),
    },
    # The policies that would judge the management are evaluated before the knob is set.
    "node_local": dict.fromkeys(("plan", "apply"), _rights("show", "policy patset, policy dataset, policy expression")),
    # Command reference: reboot, force HA failover. When a node was started says stat ns.
    "node_local_reboot": {"apply": (Right("reboot", ""), *_rights("force", "ha failover"), *_rights("stat", "ns"))},
    "partitions": {
        name: _rights("switch", "ns partition") for name in PLAYBOOKS if name not in ("impact", "learn", "doctor")
    },
}


def needed_rights(playbooks: Iterable[str], measures: Iterable[str] = (), options: Iterable[str] = ()) -> list[Right]:
    """Return the rights that these playbooks need, each once, in the order of the table; one that a wider right covers is left out.

    :param playbooks: names of :data:`PLAYBOOKS`
    :param measures: names of :data:`MEASURES`
    :param options: names of :data:`OPTIONS`
    """
    besides = [MEASURES[name] for name in measures] + [OPTIONS[name] for name in options]
    rights = dict.fromkeys(
        right
        for playbook in playbooks
        for of_playbook in (PLAYBOOKS[playbook], *(more.get(playbook, ()) for more in besides))
        for right in of_playbook
    )
    return [right for right in rights if right.objects is Objects.ALL or Right(right.verb, right.noun) not in rights]


def command_patterns(rights: Sequence[Right]) -> list[str]:
    """Return the regular expressions (cmdspec) that allow exactly these rights, each short enough for one command policy and with the mark."""
    patterns: list[str] = []
    for piece in _pieces(rights):
        if patterns and len(patterns[-1]) + 1 + len(piece) <= LONGEST_PATTERN:
            patterns[-1] += f"|{piece}"
        else:
            patterns.append(f"(^{MARK}$)|{piece}")
    return patterns


def _pieces(rights: Sequence[Right]) -> Iterator[str]:
    """Yield regular expressions that together allow these rights: commands with the same verbs and objects are one."""
    verbs: dict[tuple[str, Objects], list[str]] = {}
    for right in rights:
        verbs.setdefault((right.noun, right.objects), []).append(right.verb)
    nouns: dict[tuple[tuple[str, ...], Objects], list[str]] = {}
    for (noun, objects), of_noun in verbs.items():
        nouns.setdefault((tuple(sorted(of_noun)), objects), []).append(noun)
    room = LONGEST_PATTERN - len(f"(^{MARK}$)|")
    for (of_nouns, objects), same in nouns.items():
        together: list[str] = []
        for noun in same:
            if len(_piece(of_nouns, [*together, noun], objects)) > room:
                yield _piece(of_nouns, together, objects)
                together = []
            together.append(noun)
        yield _piece(of_nouns, together, objects)


def _piece(verbs: Sequence[str], nouns: Sequence[str], objects: Objects) -> str:
    words = f"{_one_of(verbs)} {_one_of(nouns)}".rstrip()
    return f"(^{words}{objects.pattern})"


def _one_of(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"({'|'.join(words)})"
