# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read in answers. Each gives a number, a truth value or a word of this module: no text of the appliance passes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import ENCODED, Reply
from .experiment import Observation, Question, Reading, Sign, Value

REFUSED = "refused"
EVALUATED = ("pitboolresult", "pitnumresult", "pitdoubleresult", "pitrefresult")


def rows(reply: Reply) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of an answer, of whichever type."""
    for value in reply.body.values():
        yield from (row for row in (value if isinstance(value, list) else [value]) if isinstance(row, Mapping))


def _evaluation(reply: Reply) -> str:
    if not reply.is_success:
        return REFUSED
    row = next(rows(reply), {})
    if any(row.get(name.replace("result", "errorresult")) for name in EVALUATED):
        return "undefined"
    answer = str(row.get(EVALUATED[0], "")).upper()
    return answer if answer in ("TRUE", "FALSE") else "no result"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _form(row_values: Iterable[Any]) -> str:
    kinds = {"number" if isinstance(value, int) and not isinstance(value, bool) else "string" for value in row_values}
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "absent"


def _of_success(text: str, read: Callable[[Reply], Value]) -> Observation:
    """Return an observation of the rows of an answer; of an answer that is an error it is "refused"."""
    return Observation(text, lambda reply: read(reply) if reply.is_success else REFUSED)


status = Observation("HTTP status", lambda reply: reply.status)
errorcode = Observation("errorcode", lambda reply: reply.errorcode)
body = _of_success("body", lambda reply: "empty" if not reply.body else "a message")
compressed = Observation("compression", lambda reply: reply.problem == ENCODED)
evaluation = Observation("evaluation", _evaluation)
warns = Observation("warning", lambda reply: reply.status == 209 or str(reply.body.get("severity")) == "WARNING")
has_rows = _of_success("presence of rows", lambda reply: any(rows(reply)))
succeeds = Observation("success", lambda reply: reply.is_success)


def has(attribute: str) -> Observation:
    """Observe whether a row has an attribute."""
    return _of_success(f"presence of {attribute} in a row", lambda reply: any(attribute in row for row in rows(reply)))


def equals(attribute: str, value: str) -> Observation:
    """Observe whether a row has an attribute with this value."""
    return _of_success(
        f"presence of {attribute} {value}", lambda reply: any(str(row.get(attribute)) == value for row in rows(reply))
    )


def lists(attribute: str, word: str) -> Observation:
    """Observe whether an attribute, which is a list, has a word."""

    def has_word(row: Mapping[str, Any]) -> bool:
        value = row.get(attribute)
        return word in (str(item).upper() for item in (value if isinstance(value, list) else [value]))

    return _of_success(f"presence of {word} in {attribute}", lambda reply: any(map(has_word, rows(reply))))


def without(attribute: str) -> Observation:
    """Observe whether a row lacks an attribute, or has 0 for it."""
    return _of_success(
        f"a row without {attribute}", lambda reply: any(str(row.get(attribute, 0)) == "0" for row in rows(reply))
    )


def _counts(attribute: str, reply: Reply) -> bool:
    return any((whole(row.get(attribute)) or 0) > 0 for row in rows(reply))


def counts(attribute: str) -> Observation:
    """Observe whether a counter of a row is above 0."""
    return _of_success(f"a counter {attribute} above 0", lambda reply: _counts(attribute, reply))


def any_counts(attribute: str) -> Observation:
    """Observe whether a counter is above 0 in one of several answers."""
    text = f"a counter {attribute} above 0 in one"
    return Observation(text, lambda *replies: any(reply.is_success and _counts(attribute, reply) for reply in replies))


def form_of(attribute: str) -> Observation:
    """The JSON type of an attribute."""
    return _of_success(
        f"JSON type of {attribute}", lambda reply: _form(row[attribute] for row in rows(reply) if attribute in row)
    )


def shows(text: str) -> Observation:
    """Observe whether a text is anywhere in the body."""
    return _of_success(f"presence of the text {text!r}", lambda reply: any(text in one for one in _texts(reply.body)))


def sets_cookie(name: str) -> Observation:
    """Observe whether an answer sets a cookie."""
    return Observation(f"presence of the cookie {name}", lambda reply: name in reply.cookies)


def changed(attribute: str) -> Observation:
    """Observe whether an attribute differs between two answers."""

    def read(before: Reply, after: Reply) -> Value:
        first, second = (next(rows(reply), {}).get(attribute) for reply in (before, after))
        return "absent" if first is None or second is None else str(first) != str(second)

    return Observation(f"change of {attribute}", read)


def sign(label: str, observation: Observation, value: Value) -> Sign:
    """Return a sign in the answer to one request."""
    return Sign((label,), observation, value)


def by(fact: str, label: str, observation: Observation, positions: Mapping[Value, Value]) -> Question:
    """Return a question that one observation answers.

    :param positions: by the value of the observation, the position
    """
    return Question(
        fact,
        tuple(Reading(position, (sign(label, observation, value),)) for value, position in positions.items()),
    )


def is_one_of(fact: str, label: str, observation: Observation, *values: Value) -> Question:
    """Return a question whose positions are the values of one observation."""
    return by(fact, label, observation, dict(zip(values, values, strict=True)))


def allowed(fact: str, label: str, accepted: Value, refused: Value, code: int) -> Question:
    """Return a question whose request either succeeds, or is refused with one errorcode. Any other answer settles nothing."""
    return Question(
        fact,
        (
            Reading(accepted, (sign(label, succeeds, value=True),)),
            Reading(refused, (sign(label, errorcode, code),)),
        ),
    )
