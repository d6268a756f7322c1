# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a command as getopt(3) reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


class UsageError(Exception):
    """The arguments are not those of the command; the text is what it prints."""


@dataclass(frozen=True)
class Options:
    """The given options with their arguments in their order, and the operands."""

    given: tuple[tuple[str, str], ...]
    operands: tuple[str, ...]

    @cached_property
    def _letters(self) -> frozenset[str]:
        return frozenset(letter for letter, _ in self.given)

    def __contains__(self, letter: object) -> bool:
        return letter in self._letters

    def value(self, letter: str, default: str = "") -> str:
        """Return the last argument of an option."""
        return next((value for other, value in reversed(self.given) if other == letter), default)

    def last(self, letters: str, default: str = "") -> str:
        """Return which of these options was given last."""
        return next((letter for letter, _ in reversed(self.given) if letter in letters), default)


def read(name: str, arguments: list[str], letters: str, usage: str) -> Options:
    """Return the options of a command.

    :param letters: the known ones; a colon follows one that has an argument
    :raises UsageError: an option is not known, or has no argument
    """
    given: dict[tuple[str, int], str] = {}  # an option without an argument is kept once, at its last place
    place = 0
    while place < len(arguments):
        word = arguments[place]
        if len(word) < 2 or word[0] != "-":
            break
        place += 1
        if word == "--":
            break
        for at, letter in enumerate(word[1:], 2):
            if letter == ":" or letter not in letters:
                raise UsageError(f"{name}: illegal option -- {letter}\n{usage}\n")
            if not letters[letters.index(letter) + 1 :].startswith(":"):
                given.pop((letter, 0), None)
                given[letter, 0] = ""
                continue
            if at == len(word) and place >= len(arguments):
                raise UsageError(f"{name}: option requires an argument -- {letter}\n{usage}\n")
            given[letter, place] = word[at:] or arguments[place]
            place += at == len(word)
            break
    return Options(tuple((letter, value) for (letter, _), value in given.items()), tuple(arguments[place:]))
