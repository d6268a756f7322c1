# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""POSIX regular expressions, basic and extended, over bytes (POSIX.1-2017, base definitions, 9).

Python's module `re` has another language (in `[^\\s]` POSIX has a backslash and the letter s) and can need years for a short pattern. Here a
pattern becomes an automaton whose states are made when they are reached, so a search takes one step for each byte; every step is reported as
work. Back references are not regular and are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MOST_STATES = 5000
_MOST_KEPT = 100_000  # states in all sets of an automaton that are kept
_NODE_WORK = 50  # of making a state
_CLASSES: dict[str, Callable[[str], bool]] = {
    "alpha": str.isalpha,
    "digit": str.isdigit,
    "alnum": str.isalnum,
    "upper": str.isupper,
    "lower": str.islower,
    "space": lambda character: character in " \t\n\r\f\v",
    "blank": lambda character: character in " \t",
    "punct": lambda character: character.isprintable() and not character.isalnum() and character != " ",
    "print": str.isprintable,
    "graph": lambda character: character.isprintable() and character != " ",
    "cntrl": lambda character: ord(character) < 32 or ord(character) == 127,
    "xdigit": lambda character: character in "0123456789abcdefABCDEF",
}
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SPACE = frozenset(b" \t\n\r\f\v")
_ALL = frozenset(range(256))
_START, _END, _WORD_START, _WORD_END, _WORD_EDGE = "start", "end", "word start", "word end", "word edge"


class PatternError(ValueError):
    """The pattern is not a regular expression; the text is the one of the C library."""


@dataclass
class _Node:
    """A state: on one of these bytes, or on nothing under a condition, it leads to the next ones."""

    bytes: frozenset[int] | None = None
    condition: str = ""
    next: list[int] = field(default_factory=list)


class Pattern:
    """A compiled regular expression.

    knows_blank: `\\s` and `\\S` stand for blanks and others, or for the letters. spend: is called with the work that is done.
    """

    def __init__(
        self,
        text: bytes,
        *,
        extended: bool = False,
        ignore_case: bool = False,
        fixed: bool = False,
        knows_blank: bool = True,
        spend: Callable[[int], None] = lambda amount: None,
    ) -> None:
        self._literal: bytes | None = None
        self._ignore_case = ignore_case
        self._spend = spend
        self._folded = b"", b""  # the last line, and the same in lower case
        if fixed or not any(character in b"\\.[]()*+?{}|^$" for character in text):
            self._literal = text.lower() if ignore_case else text
        else:
            builder = _Builder(text.decode("latin-1"), extended, ignore_case, knows_blank, spend)
            self._nodes, self._first, self._last = builder.nodes, *builder.whole()
            self._tables: dict[tuple[frozenset[int], int, bool], dict[int, tuple[frozenset[int], bool]]] = {}
            self._kept = 0

    def _in_case(self, line: bytes) -> bytes:
        """Return the line as the literal text is compared with it."""
        if not self._ignore_case:
            return line
        if self._folded[0] is not line:
            self._folded = line, line.lower()
        return self._folded[1]

    def matches(self, line: bytes) -> bool:
        """True if the line contains a match."""
        if self._literal is not None:
            return self._literal in self._in_case(line)
        return self._run(line, 0, anywhere=True) is not None

    def find(self, line: bytes, start: int = 0) -> tuple[int, int] | None:
        """Return the first and longest match from a position on."""
        if self._literal is not None:
            place = self._in_case(line).find(self._literal, start)
            self._spend((len(line) if place < 0 else place) - start >> 4)
            return None if place < 0 else (place, place + len(self._literal))
        for place in range(start, len(line) + 1):
            end = self._run(line, place, anywhere=False)
            if end is not None:
                return place, end
        return None

    def _run(self, line: bytes, start: int, *, anywhere: bool) -> int | None:
        """Run the automaton. A set of states is closed over what needs no byte when the next byte is known."""
        length, found, place = len(line), None, start
        states, before = frozenset([self._first]), line[start - 1] if start else -1
        for place in range(start, length + 1):
            ahead = line[place] if place < length else -1
            table = self._tables.get((states, _kind(before), anywhere))
            step = None if table is None else table.get(ahead)
            states, accepted = step or self._new_step(states, before, ahead, anywhere)
            if accepted:
                found = place
                if anywhere:
                    break
            if not states:
                break
            before = ahead
        self._spend(place - start)
        return found

    def _new_step(self, states: frozenset[int], before: int, ahead: int, anywhere: bool) -> tuple[frozenset[int], bool]:
        """Return a step, which is kept, and in a search anywhere begins again at each byte."""
        after, accepted = self._step(states, before, ahead)
        step = (after | {self._first} if anywhere else after), accepted
        self._kept += len(states) + len(step[0])
        if self._kept > _MOST_KEPT:
            self._tables.clear()
            self._kept = 0
        self._tables.setdefault((states, _kind(before), anywhere), {})[ahead] = step
        return step

    def _step(self, states: frozenset[int], before: int, ahead: int) -> tuple[frozenset[int], bool]:
        """Return the states after the next byte, and whether a match ends before it."""
        closed, waiting = set(states), list(states)
        while waiting:
            node = self._nodes[waiting.pop()]
            if node.bytes is None and _holds(node.condition, before, ahead):
                fresh = [number for number in node.next if number not in closed]
                closed.update(fresh)
                waiting += fresh
        self._spend(2 * len(closed))
        after = {
            number
            for state in closed
            if ahead in (self._nodes[state].bytes or ())
            for number in self._nodes[state].next
        }
        return frozenset(after), self._last in closed


def _kind(byte: int) -> int:
    return -1 if byte < 0 else int(byte in _WORD)


def _holds(condition: str, before: int, ahead: int) -> bool:
    """True if a condition holds between two bytes; -1 is the edge of the line."""
    if not condition:
        return True
    if condition in (_START, _END):
        return (before if condition == _START else ahead) < 0
    left, right = before in _WORD, ahead in _WORD
    return {_WORD_START: right and not left, _WORD_END: left and not right, _WORD_EDGE: left != right}[condition]


class _Builder:
    """Makes the states of a pattern. A part is the number of its first and of its last state."""

    def __init__(
        self, text: str, extended: bool, ignore_case: bool, knows_blank: bool, spend: Callable[[int], None]
    ) -> None:
        self.spend = spend
        self.text, self.place, self.knows_blank = text, 0, knows_blank
        self.extended, self.ignore_case = extended, ignore_case
        self.nodes: list[_Node] = []
        self.depth = 0

    def whole(self) -> tuple[int, int]:
        part = self._alternatives()
        if self.place < len(self.text):
            raise PatternError("parentheses not balanced")
        return part

    def _node(self, *following: int, taken: frozenset[int] | None = None, condition: str = "") -> int:
        if len(self.nodes) >= MOST_STATES:
            raise PatternError("regular expression too big")
        self.spend(_NODE_WORK)
        self.nodes.append(_Node(taken, condition, list(following)))
        return len(self.nodes) - 1

    def _peek(self, operator: str) -> bool:
        """True if an operator comes next: in basic expressions some need a backslash, in extended ones none."""
        written = operator if self.extended or operator in "*[.^$" else f"\\{operator}"
        return self.text.startswith(written, self.place)

    def _take(self, operator: str) -> bool:
        if not self._peek(operator):
            return False
        self.place += len(operator if self.extended or operator in "*[.^$" else f"\\{operator}")
        return True

    def _alternatives(self) -> tuple[int, int]:
        self.depth += 1
        if self.depth > 50:
            raise PatternError("regular expression too big")
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        self.depth -= 1
        if len(parts) == 1:
            return parts[0]
        last = self._node()
        for _, end in parts:
            self.nodes[end].next.append(last)
        return self._node(*(first for first, _ in parts)), last

    def _sequence(self) -> tuple[int, int]:
        first = last = self._node()
        start = self.place
        while self.place < len(self.text) and not self._peek("|") and not (self.depth > 1 and self._peek(")")):
            part = self._repeated(at_start=self.place == start)
            self.nodes[last].next.append(part[0])
            last = part[1]
        return first, last

    def _repeated(self, *, at_start: bool) -> tuple[int, int]:
        before = self.place
        part = self._single(at_start=at_start)
        while self.place < len(self.text):
            if self._take("*"):
                part = self._loop(part, at_least_once=False)
            elif self._take("+"):
                part = self._loop(part, at_least_once=True)
            elif self._take("?"):
                part = self._optional(part)
            elif self._peek("{") and (counts := self._counts()) is not None:
                part = self._counted(before, self.place, *counts, at_start=at_start)
            else:
                break
        return part

    def _loop(self, part: tuple[int, int], *, at_least_once: bool) -> tuple[int, int]:
        last = self._node()
        again = self._node(part[0], last)
        self.nodes[part[1]].next.append(again)
        return part[0] if at_least_once else again, last

    def _optional(self, part: tuple[int, int]) -> tuple[int, int]:
        last = self._node()
        self.nodes[part[1]].next.append(last)
        return self._node(part[0], last), last

    def _counts(self) -> tuple[int, int | None] | None:
        """Take `{m,n}` and return m and n; None if the brace is an ordinary character."""
        begin, end = ("{", "}") if self.extended else ("\\{", "\\}")
        close = self.text.find(end, self.place)
        low, comma, high = self.text[self.place + len(begin) : max(close, 0)].partition(",")
        if close < 0 or not low.isdecimal() or (high and not high.isdecimal()):
            if self.extended:
                return None
            raise PatternError("braces not balanced" if close < 0 else "invalid repetition count(s)")
        least, most = int(low), int(high) if high else None if comma else int(low)
        if least > 255 or (most is not None and not least <= most <= 255):
            raise PatternError("invalid repetition count(s)")
        self.place = close + len(end)
        return least, most

    def _counted(self, start: int, end: int, least: int, most: int | None, *, at_start: bool) -> tuple[int, int]:
        """Make a part as many times as its count says, by reading it again."""
        first = last = self._node()
        for number in range(least if most is None else most):
            self.place = start
            part = self._single(at_start=at_start)
            part = self._optional(part) if number >= least else part
            self.nodes[last].next.append(part[0])
            last = part[1]
        if most is None:
            self.place = start
            part = self._loop(self._single(at_start=at_start), at_least_once=False)
            self.nodes[last].next.append(part[0])
            last = part[1]
        self.place = end
        return first, last

    def _single(self, *, at_start: bool) -> tuple[int, int]:
        if self._take("("):
            part = self._alternatives()
            if not self._take(")"):
                raise PatternError("parentheses not balanced")
            return part
        character = self.text[self.place]
        self.place += 1
        if character == "[":
            return self._of(self._bracket())
        if character == ".":
            return self._of(_ALL)
        if character == "^" and (self.extended or at_start):
            return self._under(_START)
        if character == "$" and (self.extended or self.place == len(self.text) or self._peek("|") or self._peek(")")):
            return self._under(_END)
        if character == "\\":
            return self._escaped()
        if self.extended and character in "*+?" and at_start:
            raise PatternError("repetition-operator operand invalid")
        return self._of(frozenset([ord(character)]))

    def _escaped(self) -> tuple[int, int]:
        if self.place >= len(self.text):
            raise PatternError("trailing backslash (\\)")
        character = self.text[self.place]
        self.place += 1
        if character in _CONDITIONS:
            return self._under(_CONDITIONS[character])
        if character in _SHORT and (self.knows_blank or character not in "sS"):
            return self._of(_SHORT[character])
        if character in "123456789":
            raise PatternError("invalid backreference number")
        return self._of(frozenset([ord(character)]))

    def _bracket(self) -> frozenset[int]:
        negated = self.text.startswith("^", self.place)
        self.place += negated
        taken: set[int] = set()
        start = self.place
        while True:
            if self.place >= len(self.text):
                raise PatternError("brackets ([ ]) not balanced")
            if self.text[self.place] == "]" and self.place > start:
                break
            taken |= self._bracket_item()
        self.place += 1
        return _ALL - self._cased(taken) if negated else self._cased(taken)

    def _bracket_item(self) -> set[int]:
        text, place = self.text, self.place
        self.spend(_NODE_WORK)
        if text.startswith("[:", place):
            end = text.find(":]", place)
            known = _CLASSES.get(text[place + 2 : max(end, 0)])
            if known is None:
                raise PatternError("invalid character class")
            self.place = end + 2
            return {number for number in range(128) if known(chr(number))}
        low = ord(text[place])
        self.place += 1
        if not text.startswith("-", self.place) or text[self.place + 1 : self.place + 2] in ("", "]"):
            return {low}
        high = ord(text[self.place + 1])
        if high < low:
            raise PatternError("invalid character range")
        self.place += 2
        return set(range(low, high + 1))

    def _cased(self, taken: set[int] | frozenset[int]) -> frozenset[int]:
        if not self.ignore_case:
            return frozenset(taken)
        return frozenset(ord(other) for number in taken for other in _cases(number))

    def _of(self, taken: frozenset[int]) -> tuple[int, int]:
        last = self._node()
        return self._node(last, taken=self._cased(taken)), last

    def _under(self, condition: str) -> tuple[int, int]:
        last = self._node()
        return self._node(last, condition=condition), last


def _cases(number: int) -> tuple[str, ...]:
    character = chr(number)
    return (character.lower(), character.upper()) if number < 128 else (character,)


_CONDITIONS = {"<": _WORD_START, ">": _WORD_END, "b": _WORD_EDGE}
_SHORT = {"w": _WORD, "W": _ALL - _WORD, "s": _SPACE, "S": _ALL - _SPACE}
