# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commands each playbook sends: the one table of which command policies, the checks of the doctor and docs/how-to/least-privilege.md are made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .rights import (
    BINDINGS,
    CHANGE,
    CONFIGURATION,
    EVALUATION,
    FORESIGHT,
    HITS,
    LOG_ON,
    LOGS,
    MEASURE,
    POLICIES,
    RECORDS,
    RESPONDER_FEATURE,
    SETTING_READS,
    SWITCH,
    VSERVERS,
    WHOLE_CATALOGUE,
    Objects,
    Right,
    rights,
)

LONGEST_PATTERN = 1499
"""The most characters of the regular expression of a command policy (cmdspec; NITRO reference, systemcmdpolicy)."""
MARK = "made_by_tourniquet"
"""No command of this name exists. A command policy with it was made by bootstrap.yml: the type has no comment."""

# By playbook, what it sends for any measure.
PLAYBOOKS: dict[str, tuple[Right, ...]] = {
    "plan": (*MEASURE, *FORESIGHT),
    "status": MEASURE,
    "verify": MEASURE,
    "apply": CHANGE,
    "rollback": CHANGE,
    "retire": CHANGE,
    "leave": CHANGE,
    "lockdown": (*SWITCH, *rights("stat", f"{VSERVERS}, aaa")),
    "close": (*SWITCH, *rights("stat", f"{VSERVERS}, aaa")),
    "reopen": (*SWITCH, *MEASURE, *rights("show", "ns license, policy evaluation")),
    "end_sessions": (
        *LOG_ON,
        *RECORDS,
        *rights("show", "ns partition"),
        *rights("add rm", "system file", Objects.RECORDS),
        *rights("show kill", "aaa session, vpn icaConnection, vpn pcoipConnection, rdp connections"),
        *rights("show clear", "lb persistentSessions"),
    ),
    "audit": (*LOG_ON, *RECORDS),
    # The shell has an account of its own; this is what the lease and the copies of the records need.
    "on_box": (*LOG_ON, *RECORDS, *rights("add rm", "system file", Objects.RECORDS)),
    "impact": (
        *LOG_ON,
        *POLICIES,
        *rights("show", f"policy patset, policy dataset, policy expression, {VSERVERS}"),
    ),
    "learn": (*LOG_ON, *rights("show", VSERVERS)),
    "read_logs": (
        *LOG_ON,
        *rights("show", "audit syslogParams"),
        *rights("show", "system file", Objects.NAMES_OF_FILES),
        *rights("show", "system file", Objects.LOGS),
        *rights("show", "system file", Objects.OTHER_LOGS),
    ),
    "hunt": (
        *LOG_ON,
        *rights("show", "system file, system user, ns partition"),
        *rights("show", "authentication epaAction, responder action, rewrite action"),
    ),
    "alarm": (
        *LOG_ON,
        *rights("show", "ns partition, ns feature, responder policy, responder global, appfw policy"),
        *rights("show", VSERVERS),
        *rights("show", "audit messageaction, audit messages, audit syslogParams"),
        *rights("show", "audit syslogAction, audit syslogPolicy, audit syslogGlobal"),
        *rights("show", "system file", Objects.LOGS),
        *rights("stat", "responder policy, ns"),
    ),
    "evidence": (
        *rights("show", "ns config, ns version, ha node, system file"),
        *rights("show", "ns connectiontable, system session, aaa session, vpn icaConnection, arp"),
        *rights("show", "audit messages, ns runningConfig, techsupport"),
        *rights("stat", "ns"),
        *rights("create rm", "system backup", Objects.EVIDENCE),
    ),
    "watch": (
        *LOG_ON,
        *rights("show", "system file, system user, system group, system cmdPolicy, authentication epaAction"),
    ),
}

_CHANGES, _PROVES, _READS = ("apply", "rollback", "retire", "leave"), ("status", "verify"), ("plan", "status", "verify")
_RESPONDER = (
    *rights("add rm", "audit messageaction, responder policy", Objects.OURS),
    *rights("set", "responder policy", Objects.OURS),
    *RESPONDER_FEATURE,
)
_ACTIONS = rights("add set rm", "responder action", Objects.OURS)
# By measure, what the playbooks that bring it in send besides.
MEASURES: dict[str, dict[str, tuple[Right, ...]]] = {
    "mitigation": {
        "plan": EVALUATION,
        **dict.fromkeys(_PROVES, HITS),
        **dict.fromkeys(
            _CHANGES,
            (
                *EVALUATION,
                *HITS,
                *_RESPONDER,
                *_ACTIONS,
                *rights("bind unbind", "responder global", Objects.OURS),
            ),
        ),
    },
    "url_whitelist": {
        "plan": rights("show", "policy patset"),
        **dict.fromkeys(_PROVES, (*rights("show", "policy patset"), *HITS)),
        **dict.fromkeys(
            _CHANGES,
            (
                *rights("show", "policy patset"),
                *HITS,
                *_RESPONDER,
                *_ACTIONS,
                *rights("add rm bind unbind", "policy patset", Objects.OURS),
                *BINDINGS,
            ),
        ),
    },
}
_GEOBLOCK_READS = (
    *rights("show", "audit syslogAction, authentication ldapAction, authentication radiusAction, dns nameServer"),
    *rights("show", "ntp server, route, server, ns ip, ns ip6, ns acl, ns acl6"),
    *rights("show", "locationFile, locationFile6, locationParameter, policy dataset, policy expression"),
)
MEASURES["geoblock"] = {
    **dict.fromkeys(_READS, _GEOBLOCK_READS),
    **dict.fromkeys(
        _CHANGES,
        (
            *_GEOBLOCK_READS,
            *_RESPONDER,
            *rights("add rm", "responder action", Objects.OURS),
            *rights("add set rm", "policy expression", Objects.OURS),
            *rights("add rm bind unbind", "policy dataset", Objects.OURS),
            *rights("add rm", "ns acl, ns acl6", Objects.OURS),
            *rights("show add rm", "system file", Objects.OURS),
            *rights("add", "locationFile, locationFile6", Objects.LOCATION_DATA),
            *rights("rm", "locationFile, locationFile6"),
            *rights("set unset", "locationParameter"),
            *rights("apply", "ns acls, ns acls6"),
            *BINDINGS,
        ),
    ),
}
MEASURES["setting"] = {
    **dict.fromkeys(_READS, SETTING_READS),
    **dict.fromkeys(_CHANGES, (*SETTING_READS, *rights("set", "ns tcpParam, vpn vserver"))),
}
MEASURES["management_log"] = {
    **dict.fromkeys(_READS, rights("show", "audit syslogAction")),
    **dict.fromkeys(_CHANGES, rights("show set unset", "audit syslogAction")),
}
_APPFW = rights("show", "appfw profile, appfw policy, appfw global, appfw settings")
MEASURES["appfw_log"] = {
    **dict.fromkeys(_READS, _APPFW),
    **dict.fromkeys(
        _CHANGES,
        (
            *_APPFW,
            *rights("add rm bind unbind", "appfw profile", Objects.OURS),
            *rights("add rm", "appfw policy", Objects.OURS),
            *rights("bind unbind", "appfw global", Objects.OURS),
        ),
    ),
    "alarm": (*rights("show", "appfw global"), *rights("stat", "appfw policy, appfw profile")),
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
PLAYBOOKS["catalogue"] = (*MEASURE, *HITS)
# The copies of other control nodes' records, and whether mitigations and closings are still as the records say.
PLAYBOOKS["ledger"] = (*LOG_ON, *RECORDS, *POLICIES, *rights("show", VSERVERS))
_CLOSING = (
    *HITS,
    *rights("add rm", "responder policy, responder action", Objects.OURS),
    *RESPONDER_FEATURE,
    *BINDINGS,
)
# By a setting of the inventory or of -e, what it needs besides, and in which playbooks.
OPTIONS: dict[str, dict[str, tuple[Right, ...]]] = {
    "audit_log": dict.fromkeys(_CHANGES, rights("set unset", "audit syslogParams")),
    "fetch_logs": {
        **dict.fromkeys(("impact", "learn"), LOGS),
        "close": (*LOGS, *rights("show", "audit syslogParams")),  # who logged on in the last week
    },
    # The steps partners and notice; the others need what their measure needs.
    "closing_steps": {
        "close": (
            *(right for right in MEASURE if right.noun != "audit syslogParams"),  # they have no log action
            *FORESIGHT,
            *EVALUATION,
            *_CLOSING,
            *rights("set", "responder action", Objects.OURS),
        ),
        "reopen": _CLOSING,
    },
    # The exposure ledger, and so a reopening, leaves out the weaknesses that the configuration cannot have.
    "whole_catalogue": {
        **dict.fromkeys(("status", "catalogue"), WHOLE_CATALOGUE),
        "reopen": CONFIGURATION,
        "ledger": (*rights("show", f"ns partition, ns feature, {VSERVERS}"), *CONFIGURATION),
    },
    # The policies that would judge the management are evaluated before the knob is set.
    "node_local": dict.fromkeys(("plan", "apply"), rights("show", "policy patset, policy dataset, policy expression")),
    # Command reference: reboot, force HA failover. When a node was started says stat ns.
    "node_local_reboot": {"apply": (Right("reboot", ""), *rights("force", "ha failover"), *rights("stat", "ns"))},
    "partitions": {
        name: rights("switch", "ns partition") for name in PLAYBOOKS if name not in ("impact", "learn", "doctor")
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
