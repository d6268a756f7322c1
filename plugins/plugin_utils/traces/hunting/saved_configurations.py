# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changed from one saved configuration to the next, and which management addresses are public. Pure.

An appliance keeps the configurations of its last saves beside ns.conf (``ns.conf.0`` to ``ns.conf.4``). What an attacker added is still there when all
his files are gone, with the two saves between which it came. No value of a line that may have a secret is kept.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

CURRENT = "ns.conf"
NAMES = (CURRENT, *(f"{CURRENT}.{number}" for number in range(5)))
MOST_LINES = 200_000
LONGEST_LINE = 16_384
MOST_CHANGES = 500
_WORDS_OF_A_KEY = 4  # verb, noun of two words, name
_WORD = re.compile(rb'"(?:\\.|[^"\\])*"|\S+')
_NOUNS = (
    *("system user", "system group", "system cmdPolicy", "system global"),
    *("authentication epaAction", "authentication Policy"),
    *("responder action", "responder policy", "responder global", "rewrite action", "rewrite policy", "rewrite global"),
    *("vpn vserver", "vpn global", "authentication vserver"),
)
"""The types in which attackers left what stays (README of netscaler-ctx697096-checker)."""
_WITH_SECRETS = frozenset({"system user"})
_BY_WORDS = {tuple(noun.lower().encode().split()): noun for noun in _NOUNS}
_VERBS = frozenset({b"add", b"bind", b"set"})


@dataclass(frozen=True)
class SavedConfiguration:
    """One saved configuration.

    :ivar name: of its file
    :ivar saved: when, by the clock of the node
    """

    name: str
    saved: datetime
    content: bytes


@dataclass(frozen=True)
class LineChange:
    """A line that differs between one saved configuration and the next.

    :ivar kind: added, removed or changed
    :ivar noun: of the type, as the command line has it
    :ivar name: of the object
    :ivar line: without what may be a secret
    """

    kind: str
    noun: str
    name: str
    line: bytes
    after: SavedConfiguration
    by: SavedConfiguration


def in_order(saved: Sequence[SavedConfiguration]) -> list[SavedConfiguration]:
    """Return the configurations, the oldest first. ns.conf is the newest; of the others their times decide, since no source says what the numbers mean."""
    older = sorted((one for one in saved if one.name != CURRENT), key=lambda one: (one.saved, one.name))
    return [*older, *(one for one in saved if one.name == CURRENT)]


def changes(saved: Sequence[SavedConfiguration]) -> tuple[list[LineChange], bool]:
    """Return what changed from each configuration to the next, and True if that is all of it."""
    found: list[LineChange] = []
    states = in_order(saved)
    read = [_watched_lines(one.content) for one in states]
    for (before, (old, _old_whole)), (after, (new, _new_whole)) in itertools.pairwise(zip(states, read, strict=True)):
        for key in dict.fromkeys((*old, *new)):
            if old.get(key) == new.get(key):
                continue
            if len(found) == MOST_CHANGES:
                return found, False
            kind = "added" if key not in old else "removed" if key not in new else "changed"
            noun, name, text = key
            line = text if noun in _WITH_SECRETS else new.get(key) or old[key]
            found.append(LineChange(kind, noun, name, line, before, after))
    return found, all(whole for _lines, whole in read)


def public_management(content: bytes) -> list[tuple[str, str]]:
    """Return the public addresses at which the management can be reached by this configuration: the address, and what it is."""
    found = []
    for line in _bounded_lines(content)[0]:
        words = [word.decode("latin-1") for word in line.split()]
        lower = [word.lower() for word in words]
        if lower[:3] == ["set", "ns", "config"] and "-ipaddress" in lower:
            address, what = _after(words, lower, "-ipaddress"), "NSIP"
        elif lower[:3] == ["add", "ns", "ip"] and _after(words, lower, "-mgmtaccess").upper() == "ENABLED":
            address, what = next(iter(words[3:]), ""), _after(words, lower, "-type") or "SNIP"
        else:
            continue
        if _is_public(address):
            plain = "" if _after(words, lower, "-gui").upper() == "SECUREONLY" else ", plain HTTP not switched off"
            found.append((address, f"{what} with management access{plain}"))
    return found


def object_of(change: LineChange) -> str:
    """Return what a line is of, as change records name it: type and key, without the bind point of a binding."""
    type_, name = change.noun.replace(" ", "").lower(), change.name
    if not change.line[:5].lower().startswith(b"bind "):
        return f"{type_} {name}"
    words = [word.decode("latin-1").strip('"') for word in _first_words(change.line)]
    lower = [word.lower() for word in words]
    policy = _after(words, lower, "-policyname") or _after(words, lower, "-policy")
    return f"{type_}_responderpolicy_binding {name}" + ("" if type_.endswith("global") else f" {policy}")


def _watched_lines(content: bytes) -> tuple[Mapping[tuple[str, str, bytes], bytes], bool]:
    """Return the watched lines by type, name and the part that identifies them, and True if all lines were looked at."""
    lines, is_whole = _bounded_lines(content)
    found = {key: line for line in lines if (key := _key(line)) is not None}
    return found, is_whole


def _bounded_lines(content: bytes) -> tuple[list[bytes], bool]:
    lines = content.split(b"\n", MOST_LINES)
    kept = [line.strip() for line in lines[:MOST_LINES] if len(line) <= LONGEST_LINE]
    return kept, len(kept) == len(lines)


def _key(line: bytes) -> tuple[str, str, bytes] | None:
    """Return type, name and identifying part of a watched line. A binding is its whole line, since an object has many."""
    words = list(itertools.islice(_first_words(line), _WORDS_OF_A_KEY))
    noun = _BY_WORDS.get(tuple(word.lower() for word in words[1:3]))
    verb = words[0].lower() if words else b""
    if noun is None or verb not in _VERBS or (verb == b"set" and noun.endswith("vserver")):
        return None  # settings of virtual servers change every day
    name = words[3].decode("latin-1").strip('"') if len(words) > 3 else ""
    return noun, name, line if verb == b"bind" else b" ".join(words)


def _first_words(line: bytes) -> Iterator[bytes]:
    return (match[0] for match in _WORD.finditer(line))


def _after(words: Sequence[str], lower: Sequence[str], option: str) -> str:
    """Return the word behind an option; "" where there is none."""
    position = lower.index(option) + 1 if option in lower else len(words)
    return words[position] if position < len(words) else ""


def _is_public(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False
