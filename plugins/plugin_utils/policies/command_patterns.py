# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command policies that allow rights. Pure. What a verb and a kind of measure need, their declarations say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .rights import Objects, Right

LONGEST_PATTERN = 1499
"""The most characters of the regular expression of a command policy (cmdspec; NITRO reference, systemcmdpolicy)."""
MARK = "made_by_tourniquet"
"""No command of this name exists. A command policy with it was made by bootstrap.yml: the type has no comment."""


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
