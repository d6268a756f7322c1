# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a command as getopt(3) reads them."""

from __future__ import annotations

from dataclasses import dataclass


class UsageError(Exception):
    """The arguments are not those of the command; the text is what it prints."""


@dataclass(frozen=True)
class Options:
    """The given options with their arguments in their order, and the operands."""

    given: tuple[tuple[str, str], ...]
    operands: tuple[str, ...]

    def __contains__(self, letter: object) -> bool:
        return any(letter == other for other, _ in self.given)

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
    given: list[tuple[str, str]] = []
    place = 0
    while place < len(arguments):
        word = arguments[place]
        if len(word) < 2 or word[0] != "-":
            break
        place += 1
        if word == "--":
            break
        cluster = word[1:]
        while cluster:
            letter, cluster = cluster[0], cluster[1:]
            if letter == ":" or letter not in letters:
                raise UsageError(f"{name}: illegal option -- {letter}\n{usage}\n")
            value = ""
            if letters[letters.index(letter) + 1 :].startswith(":"):
                if not cluster and place >= len(arguments):
                    raise UsageError(f"{name}: option requires an argument -- {letter}\n{usage}\n")
                if cluster:
                    value, cluster = cluster, ""
                else:
                    value, place = arguments[place], place + 1
            given.append((letter, value))
    return Options(tuple(given), tuple(arguments[place:]))
