# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rights that each measure needs, and the command policies that allow rights. Pure. What a verb needs says its declaration (:mod:`..verbs.rights`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .rights import (
    BINDINGS,
    EVALUATION,
    HITS,
    RESPONDER_FEATURE,
    SETTING_READS,
    Objects,
    Right,
    Use,
    rights,
)

LONGEST_PATTERN = 1499
"""The most characters of the regular expression of a command policy (cmdspec; NITRO reference, systemcmdpolicy)."""
MARK = "made_by_tourniquet"
"""No command of this name exists. A command policy with it was made by bootstrap.yml: the type has no comment."""

_READS = (Use.PLANS, Use.PROVES)
_RESPONDER = (
    *rights("add rm", "audit messageaction, responder policy", Objects.OURS),
    *rights("set", "responder policy", Objects.OURS),
    *RESPONDER_FEATURE,
)
_ACTIONS = rights("add set rm", "responder action", Objects.OURS)
# By measure, what the verbs that bring it in send besides, by what they do with it.
MEASURES: dict[str, dict[Use, tuple[Right, ...]]] = {
    "mitigation": {
        Use.PLANS: EVALUATION,
        Use.PROVES: HITS,
        Use.CHANGES: (
            *EVALUATION,
            *HITS,
            *_RESPONDER,
            *_ACTIONS,
            *rights("bind unbind", "responder global", Objects.OURS),
        ),
    },
    "url_whitelist": {
        Use.PLANS: rights("show", "policy patset"),
        Use.PROVES: (*rights("show", "policy patset"), *HITS),
        Use.CHANGES: (
            *rights("show", "policy patset"),
            *HITS,
            *_RESPONDER,
            *_ACTIONS,
            *rights("add rm bind unbind", "policy patset", Objects.OURS),
            *BINDINGS,
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
    Use.CHANGES: (
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
}
MEASURES["setting"] = {
    **dict.fromkeys(_READS, SETTING_READS),
    Use.CHANGES: (*SETTING_READS, *rights("set", "ns tcpParam, vpn vserver")),
}
MEASURES["management_log"] = {
    **dict.fromkeys(_READS, rights("show", "audit syslogAction")),
    Use.CHANGES: rights("show set unset", "audit syslogAction"),
}
_APPFW = rights("show", "appfw profile, appfw policy, appfw global, appfw settings")
MEASURES["appfw_log"] = {
    **dict.fromkeys(_READS, _APPFW),
    Use.CHANGES: (
        *_APPFW,
        *rights("add rm bind unbind", "appfw profile", Objects.OURS),
        *rights("add rm", "appfw policy", Objects.OURS),
        *rights("bind unbind", "appfw global", Objects.OURS),
    ),
    Use.ALARMS: (*rights("show", "appfw global"), *rights("stat", "appfw policy, appfw profile")),
}


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
