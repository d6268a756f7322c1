# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a text name a customer, also inside an identifier such as ``vs_de_wit_web`` or ``polDeWit``? Pure.

Names and texts are compared in each spelling without accents (:mod:`.spelling`), by their pieces: runs of letters, of which an upper-case letter after a
lower-case one begins the next, and runs of digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise

from .customer import is_named_in
from .spelling import spellings

LEGAL_FORMS = frozenset({"bv", "b", "v", "nv", "n", "vof", "cv", "ua", "gmbh", "ag", "ltd", "llc", "inc", "plc", "sa"})
"""Pieces at the end of a name that identifiers leave out."""
LONG = 5
"""Letters and digits from which on a name is found in the middle of a piece, too: ``dewitweb``. A shorter one is found as whole pieces only."""
_RUN = re.compile(r"[^\W_]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_INITIALS = re.compile(r"(?:[^\W\d_](?:\.-?|(?= )) ?)+")
_PART = r"(?:(?:van|von|de|den|der|het|in|'t|la|le|du|te|ten|ter) ){0,3}[^\W\d_]+(?:['\u2019][^\W\d_]+)?"
_SURNAME = re.compile(f"{_PART}(?:-{_PART})?", re.IGNORECASE)


def pieces_of(text: str) -> list[str]:
    """Return the pieces of a text in lower case."""
    return [piece.casefold() for run in _LETTERS_OR_DIGITS.findall(text) for piece in _humps(run)]


def _humps(run: str) -> Iterator[str]:
    begin = 0
    for number, (one, following) in enumerate(pairwise(run), 1):
        if one.islower() and following.isupper():
            yield run[begin:number]
            begin = number
    yield run[begin:]


class NamesInText:
    """Names of customers that a text for another customer must not have.

    :param own: the customer whom the text is for: a name in this name, such as Brouwer in Brouwer Transport, is not found in it. The other way round it is:
        a text for Brouwer must not have Brouwer Transport
    """

    def __init__(self, names: Iterable[str], own: str = "") -> None:
        own_cores = ["".join(_core(one)) for one in spellings(own)] if own else []
        own_wholes = ["".join(pieces_of(one)) for one in spellings(own)]
        longer: dict[str, str] = {}
        others: dict[str, str] = {}
        self._words: list[str] = []
        self._whole: set[str] = set()
        for name, spelled in ((one, spelled) for one in names for spelled in spellings(one)):
            core, whole = "".join(_core(spelled)), "".join(pieces_of(spelled))
            self._whole |= {core, whole}
            inside = next((one for one in own_cores if one and one in core), "")
            if len(core) < 2 or core.isdigit():  # the pieces of "1" are everywhere
                self._words.append(name)
            elif inside and not any(whole in one for one in own_wholes):
                longer[core if core != inside else whole] = name
            else:
                others[core] = name
        self._longer, self._others = _Cores(longer), _Cores(others)
        self._own = _pattern_of(own)

    def first_in(self, text: str) -> str:
        """Return a name that a text has, in whatever spelling; "" where it has none."""
        return next(filter(None, map(self._first_in, spellings(text))), "")

    def _first_in(self, text: str) -> str:
        left = self._own.sub(" ", text) if self._own else text
        found = self._longer.first_in(text) or self._others.first_in(left)
        return found or next((name for name in self._words if is_named_in(name, left)), "")

    def first_said_by(self, who: str) -> str:
        """Return a name that a field of a person has and that is not the surname of that person; "" where it has none."""
        return "" if self.is_person(who) else self.first_in(who)

    def is_person(self, who: str) -> bool:
        """Return True if a field that holds a person does so: initials and a surname, such as J. Jansen, also where a customer is called Jansen.

        A customer whose whole name is that, and anything else than such a name, are none: a field is typed by a person, who may have named a customer in it.
        """
        who = spellings(who)[0]
        initials = _INITIALS.match(who)
        if initials is None or not _SURNAME.fullmatch(who, initials.end()):
            return False
        is_legal_form = "".join(pieces_of(initials[0])) in LEGAL_FORMS and len(pieces_of(initials[0])) > 1
        return not is_legal_form and not {"".join(pieces_of(who)), "".join(_core(who))} & self._whole


def _pattern_of(own: str) -> re.Pattern[str] | None:
    """Return what the name of the own customer looks like in a text, in each spelling; None where there is no name."""
    spelled = [[*map(re.escape, _core(one))] for one in spellings(own)]
    patterns = [r"[\W_]*".join(pieces) for pieces in spelled if pieces]
    return re.compile("|".join(sorted(patterns, key=len, reverse=True)), re.IGNORECASE) if patterns else None


class _Cores:
    """Names by their pieces in one.

    :param names: by their pieces in one
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._by_core = names
        self._most = max((len(pieces_of(name)) for name in names.values()), default=0) + 1
        self._by_head: dict[str, list[str]] = {}
        for core in names:
            if len(core) >= LONG:
                self._by_head.setdefault(core[:LONG], []).append(core)

    def first_in(self, text: str) -> str:
        core = next(chain(self._of_pieces(text), self._inside(text)), "") if self._by_core else ""
        return self._by_core.get(core, "")

    def _of_pieces(self, text: str) -> Iterator[str]:
        pieces = pieces_of(text)
        for begin in range(len(pieces)):
            joined = ""
            for piece in pieces[begin : begin + self._most]:
                joined += piece
                if joined in self._by_core:
                    yield joined

    def _inside(self, text: str) -> Iterator[str]:
        for run in _RUN.findall(text.casefold()):
            for begin in range(len(run) - LONG + 1):
                for core in self._by_head.get(run[begin : begin + LONG], ()):
                    if run.startswith(core, begin):
                        yield core


def _core(name: str) -> list[str]:
    """Return the pieces of a name without its legal form."""
    pieces = pieces_of(name)
    while len(pieces) > 1 and pieces[-1] in LEGAL_FORMS:
        pieces.pop()
    return pieces
