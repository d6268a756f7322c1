# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Convert values of other types to text, and the result of an expression to its final type."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from .errors import UnsupportedExpression
from .open_semantics import Ambiguity, ReadingChooser
from .results import unknown
from .typesystem import Address, Boolean, Double, Header, Number, Term, Text, Time, Url
from .urls import path_and_query


def plain_text(term: Term, chooser: ReadingChooser) -> Term:
    """Return a term of any text type as text_t: for a header its last instance, empty when it is missing."""
    if not isinstance(term.type, Text):
        raise TypeError(f"{term.type.name} isn't text")
    run = term.run
    if isinstance(term.type, Header):
        return Term(Text(term.type.mode), lambda request: (run(request) or ("",))[-1], term.partial)
    if isinstance(term.type, Url) and chooser.choose(Ambiguity.ABSOLUTE_URL, only_url=True) == "path_and_query":
        return Term(Text(term.type.mode), lambda request: path_and_query(run(request)), term.partial)
    return Term(Text(term.type.mode), run, term.partial, term.constant)


def rendered(term: Term, chooser: ReadingChooser, column: int | None = None) -> Term:
    """Return a term as text, as `+`, APPEND and TYPECAST_TEXT_T convert it (vendor CLI reference 12.0, NetScaler ingress docs)."""
    run = term.run
    if isinstance(term.type, Text):
        return plain_text(term, chooser)
    if isinstance(term.type, Number | Address):
        return Term(Text(), lambda request: str(run(request)), term.partial)
    if isinstance(term.type, Time):
        return Term(Text(), lambda request: http_date(run(request)), term.partial)
    if isinstance(term.type, Double):
        return Term(Text(), lambda request: _rendered_double(run(request)), partial=True)
    raise UnsupportedExpression(f"how {term.type.name} becomes text isn't known", column)


def _rendered_double(_unused: float) -> str:
    unknown()  # no source states how many digits


def outcome(term: Term, chooser: ReadingChooser, column: int) -> Term:
    """Return the term of the final result: bool, int, float or text."""
    if isinstance(term.type, Boolean | Number | Double):
        return term
    return rendered(term, chooser, column)


def http_date(moment: datetime) -> str:
    """Return a time in the date format of HTTP headers. That NetScaler renders SYS.TIME so is an assumption."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
