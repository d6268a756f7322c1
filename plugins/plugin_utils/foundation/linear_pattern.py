# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regular expressions over the bytes of one line, in time that grows with the length of the line alone.

What is searched was written by an attacker, and Python's own engine tries every way to match: a line of a few thousand bytes can cost it years. So an
expression of an entry is made into an automaton (R. Cox, "Regular Expression Matching Can Be Simple And Fast", swtch.com, 2007) whose states are built
as they are needed. A line can be made so that each of its bytes needs a new state: the work on new states has a limit (:class:`Work`).

Only what such an automaton can do is accepted: no back-references and no look-around, but for a ``(?!.*literal)`` at the very end, which asks that the line
does not have the literal. ``^`` and ``$`` are the ends of the line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from string import hexdigits

from .errors import InvalidInput

MOST_NODES = 4_000
"""Nodes of the automaton of one expression."""
MOST_STATES = 1_000
"""States that are remembered; then they are built again."""
MOST_WORK = 10_000_000
"""Nodes that are looked at to build states, some seconds; the usual lines of a log need some thousands."""
MOST_REPEATS = 200
DEEPEST = 20
"""Groups within groups."""
_EVERY = frozenset(range(256))
_ANY = _EVERY - {0x0A}
_DIGITS = frozenset(b"0123456789")
_SPACES = frozenset(b" \t\n\r\f\v")
_WORDS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_CLASSES = {"d": _DIGITS, "s": _SPACES, "w": _WORDS}
_CLASSES |= {name.upper(): _EVERY - members for name, members in _CLASSES.items()}
_CONTROLS = {"n": 0x0A, "r": 0x0D, "t": 0x09, "f": 0x0C, "v": 0x0B, "0": 0}
_NOT_AT_ALL = "(?!.*"


@dataclass
class _Node:
    """A node of the automaton: a set of bytes and where they lead, or edges that need no byte.

    :ivar at: "start" or "end" where the edges hold at that end of the line alone
    """

    accepts: frozenset[int] = frozenset()
    target: int = -1
    edges: list[int] = field(default_factory=list)
    at: str = ""


@dataclass
class _State:
    """A set of nodes that the search may be in.

    :ivar live: those that wait for a byte
    """

    live: tuple[int, ...]
    is_match: bool
    next: dict[int, _State] = field(default_factory=dict)


class _UsedUp(Exception):
    """The work on new states has reached its limit."""


@dataclass
class Work:
    """What searches may still cost.

    :ivar left: nodes that may still be looked at to build states
    :ivar given_up: how many lines were not searched to their end
    """

    left: int = MOST_WORK
    given_up: int = 0

    def spend(self, nodes: int) -> None:
        self.left -= nodes
        if self.left < 0:
            raise _UsedUp


class LinearPattern:
    """A checked expression.

    :ivar literal: a text that each matching line has; b"" where none is known. Lower case where the case does not matter
    """

    def __init__(self, text: str) -> None:
        """:raises InvalidInput: where the expression is not in the subset, or too large"""
        self.text = text
        body, self._absent = _split_absence(text)
        parser = _Parser(body)
        self._nodes, start, self._end = parser.parse()
        self.ignores_case, self.literal = parser.ignores_case, parser.literal
        self._memory: dict[frozenset[int], _State] = {}
        self._start = start
        self._first: _State | None = None

    def search(self, line: bytes, work: Work | None = None) -> bool:
        """Return True if the expression is found in a line.

        :param work: what this search and others may cost together; None for a search of its own. A line that needs more is given up and counted
        """
        if self.literal and self.literal not in (line.lower() if self.ignores_case else line):
            return False
        if self._absent and self._absent in line:
            return False
        work = work or Work()
        try:
            return self._search(line, work)
        except _UsedUp:
            work.given_up += 1
            return False

    def _search(self, line: bytes, work: Work) -> bool:
        state = self._first
        if state is None:
            state = self._first = self._state({self._start}, work, "start")
        if state.is_match:
            return True
        for byte in line:
            found = state.next.get(byte)
            if found is None:
                found = self._step(state, byte, work)
            state = found
            if state.is_match:
                return True
        return self._ends_with_match(state)

    def _step(self, state: _State, byte: int, work: Work) -> _State:
        nodes = self._nodes
        work.spend(len(state.live))
        reached = {nodes[number].target for number in state.live if byte in nodes[number].accepts}
        found = self._state(reached | {self._start}, work, "")
        state.next[byte] = found
        return found

    def _state(self, seeds: set[int], work: Work, at: str) -> _State:
        closure = self._closure(seeds, at)
        work.spend(len(closure))
        key = frozenset(closure)
        found = self._memory.get(key)
        if found is None:
            live = tuple(number for number in closure if self._nodes[number].accepts or self._nodes[number].at == "end")
            found = _State(live, self._end in closure)
            if len(self._memory) >= MOST_STATES:
                self._memory.clear()
                self._first = None  # it leads to all of them
            self._memory[key] = found
        return found

    def _ends_with_match(self, state: _State) -> bool:
        waiting = {number for number in state.live if self._nodes[number].at == "end"}
        return bool(waiting) and self._end in self._closure(waiting, "end")

    def _closure(self, seeds: set[int], at: str) -> set[int]:
        found, waiting = set(seeds), list(seeds)
        while waiting:
            node = self._nodes[waiting.pop()]
            if node.at and node.at != at:
                continue
            for number in node.edges:
                if number not in found:
                    found.add(number)
                    waiting.append(number)
        return found


def _split_absence(text: str) -> tuple[str, bytes]:
    """Return an expression without a ``(?!.*literal)`` at its end, and that literal."""
    if not text.endswith(")") or _NOT_AT_ALL not in text:
        return text, b""
    body, _sep, literal = text[:-1].rpartition(_NOT_AT_ALL)
    if any(character in literal for character in "\\^$.|?*+()[]{}"):
        raise InvalidInput(f"{text!r}: only a literal may stand in a (?!.*...) at the end")
    return body, literal.encode()


class _Parser:
    """A parser by recursive descent that builds the nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.nodes: list[_Node] = []
        self.ignores_case = False
        self.literal = b""
        self._run = bytearray()
        self._depth = self._nested = 0

    def parse(self) -> tuple[list[_Node], int, int]:
        while self.text.startswith(("(?i)", "(?m)", "(?s)"), self.place):
            self.ignores_case |= self.text[self.place + 2] == "i"
            self.place += 4
        start, end = self._alternatives()
        if self.place < len(self.text):
            raise self._wrong("an unexpected )")
        self._end_of_run()
        return self.nodes, start, end

    def _new(self, **values: object) -> int:
        if len(self.nodes) >= MOST_NODES:
            raise self._wrong("it is too large")
        self.nodes.append(_Node(**values))  # type: ignore[arg-type]
        return len(self.nodes) - 1

    def _alternatives(self) -> tuple[int, int]:
        branches = [self._sequence()]
        while self._peek() == "|":
            if self._depth == 0:
                self._drop_literals()
            self.place += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        if self._depth == 0:
            self._drop_literals()
        end = self._new()
        for _start, last in branches:
            self.nodes[last].edges.append(end)
        return self._new(edges=[start for start, _last in branches]), end

    def _sequence(self) -> tuple[int, int]:
        start = last = self._new()
        while self._peek() not in ("", "|", ")"):
            first, final = self._repeated()
            self.nodes[last].edges.append(first)
            last = final
        return start, last

    def _repeated(self) -> tuple[int, int]:
        begin = self.place
        part = self._atom()
        least, most = self._quantifier()
        if (least, most) == (1, 1):
            return part
        if self._depth == 0:
            self._run_without_last()
        if self._peek() in ("?", "+"):  # lazy or possessive: the same lines match
            if self._peek() == "+":
                raise self._wrong("a possessive repetition")
            self.place += 1
        after = self.place
        start = last = self._new()
        for count in range(max(least, most if most is not None else least)):
            first, final = part if count == 0 else self._again(begin, after)
            self.nodes[last].edges.append(first)
            if count >= least:
                end = self._new()
                self.nodes[last].edges.append(end)
                self.nodes[final].edges.append(end)
                final = end
            last = final
        if most is None:
            first, final = part if least == 0 else self._again(begin, after)
            loop = self._new(edges=[first])
            self.nodes[last].edges.append(loop)
            self.nodes[final].edges.append(loop)
            last = self._new()
            self.nodes[loop].edges.append(last)
        return start, last

    def _again(self, begin: int, after: int) -> tuple[int, int]:
        """Parse an atom once more, for its next repetition."""
        self.place, depth = begin, self._depth
        self._depth += 1  # no literals of it
        made = self._atom()
        self.place, self._depth = after, depth
        return made

    def _quantifier(self) -> tuple[int, int | None]:
        sign = self._peek()
        if sign in ("*", "+", "?"):
            self.place += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        if sign == "{":
            inside, closed, _rest = self.text[self.place + 1 :].partition("}")
            least, comma, most = inside.partition(",")
            if not closed or not least.isdecimal() or (most and not most.isdecimal()):
                raise self._wrong("a { that is no repetition")
            self.place += len(inside) + 2
            numbers = int(least), (int(most) if most else None) if comma else int(least)
            if numbers[0] > MOST_REPEATS or (numbers[1] or 0) > MOST_REPEATS:
                raise self._wrong(f"more than {MOST_REPEATS} repetitions")
            return numbers
        return 1, 1

    def _atom(self) -> tuple[int, int]:
        character = self._take()
        if character == "(":
            return self._group()
        self._require_atom(character)
        if character in "^$":
            self._end_of_run()
            end = self._new()
            return self._new(edges=[end], at="start" if character == "^" else "end"), end
        if character == ".":
            members = _ANY
        elif character == "[":
            members = self._class()
        elif character == "\\":
            members = self._escape()
        else:
            members = self._bytes_of(character)
        return self._accepting(members)

    def _require_atom(self, character: str) -> None:
        if character in "*+?{":
            raise self._wrong(f"a {character} with nothing before it")

    def _accepting(self, members: frozenset[int]) -> tuple[int, int]:
        if self.ignores_case:
            members |= frozenset(bytes(members).lower()) | frozenset(bytes(members).upper())
        if self._depth == 0:
            smallest = set(bytes(members).lower()) if self.ignores_case else members
            if len(smallest) == 1:
                self._run += bytes(smallest)
            else:
                self._end_of_run()
        end = self._new()
        return self._new(accepts=members, target=end), end

    def _group(self) -> tuple[int, int]:
        if self._depth == 0:
            self._end_of_run()
        if self._peek() == "?":
            if not self.text.startswith("?:", self.place):
                raise self._wrong("a group that begins with (? and is not (?:")
            self.place += 2
        self._depth += 1
        self._nested += 1
        if self._nested > DEEPEST:
            raise self._wrong(f"more than {DEEPEST} groups within each other")
        made = self._alternatives()
        self._nested -= 1
        self._depth -= 1
        if self._peek() != ")":
            raise self._wrong("a ( without )")
        self.place += 1
        return made

    def _escape(self) -> frozenset[int]:
        character = self._take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character == "x":
            digits = self.text[self.place : self.place + 2]
            self.place += 2
            if len(digits) != 2 or not {*digits} <= {*hexdigits}:
                raise self._wrong("a \\x without two digits")
            return frozenset((int(digits, 16),))
        if character in _CONTROLS:
            return frozenset((_CONTROLS[character],))
        if character.isalnum():
            raise self._wrong(f"a \\{character}")
        return self._bytes_of(character)

    def _class(self) -> frozenset[int]:
        negated = self._peek() == "^"
        self.place += negated
        members: set[int] = set()
        first = True
        while first or self._peek() != "]":
            first = False
            low = self._member()
            if self._peek() == "-" and self.text[self.place + 1 : self.place + 2] not in ("]", ""):
                self.place += 1
                high = self._member()
                if len(low) != 1 or len(high) != 1 or min(low) > min(high):
                    raise self._wrong("a range in [] that is none")
                members |= set(range(min(low), min(high) + 1))
            else:
                members |= low
        self.place += 1
        if self.ignores_case:
            members |= set(bytes(members).lower()) | set(bytes(members).upper())
        return frozenset(_EVERY - members if negated else members)

    def _member(self) -> frozenset[int]:
        character = self._take()
        return self._escape() if character == "\\" else self._bytes_of(character)

    def _bytes_of(self, character: str) -> frozenset[int]:
        if ord(character) > 127:
            raise self._wrong("a character outside of ASCII")
        return frozenset((ord(character),))

    def _peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def _take(self) -> str:
        if self.place >= len(self.text):
            raise self._wrong("it ends too early")
        self.place += 1
        return self.text[self.place - 1]

    # The longest text that each match has: only what stands outside of groups, alternatives and repetitions counts.

    def _run_without_last(self) -> None:
        del self._run[-1:]
        self._end_of_run()

    def _end_of_run(self) -> None:
        if len(self._run) > len(self.literal):
            self.literal = bytes(self._run)
        self._run.clear()

    def _drop_literals(self) -> None:
        """An alternative outside of groups: nothing that was seen must be in each match."""
        self._run.clear()
        self.literal = b""

    def _wrong(self, what: str) -> InvalidInput:
        return InvalidInput(f"{self.text!r} has {what}, which a pattern of an indicator may not have")
