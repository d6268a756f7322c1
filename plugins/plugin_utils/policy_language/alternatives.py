# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Split an expression at its outer ``||``: each alternative makes the whole expression TRUE by itself."""

from __future__ import annotations

from collections.abc import Sequence

from .names import Names
from .syntax import Token, tokens

MOST_LEVELS = 16
"""The most parentheses and named expressions inside each other that are looked into; what is deeper stays one alternative."""


def alternatives(text: str, names: Names, levels: int = MOST_LEVELS) -> tuple[str, ...]:
    """Return the alternatives of an expression as texts; the expression itself where it has none.

    Parentheses around alternatives are looked into, and the named expression that an alternative consists of.

    :raises ExpressionError: if it cannot be read
    """
    found = tokens(text)
    parts = [text[part[0].start : part[-1].end] for part in _parts(found) if part]
    inner = parts if len(parts) > 1 else [one for one in [_inside(text, found, names)] if one is not None]
    if not inner or not levels:
        return (text,)
    return tuple(one for part in inner for one in alternatives(part, names, levels - 1))


def _parts(found: Sequence[Token]) -> list[Sequence[Token]]:
    """Return what stands between the outer ``||``; all of it where an ALT, which binds less, stands on the same level."""
    depth, start, parts = 0, 0, []
    for position, token in enumerate(found):
        depth += (token.type in ("LPAR", "LSQB")) - (token.type in ("RPAR", "RSQB"))
        if depth == 0 and token.type == "ALT":
            return [found]
        if depth == 0 and token.type == "OR":
            parts.append(found[start:position])
            start = position + 1
    return [*parts, found[start:]]


def _inside(text: str, found: Sequence[Token], names: Names) -> str | None:
    """Return what the outer parentheses hold, or the text of the named expression; None where it is neither."""
    if len(found) == 1 and found[0].type == "NAME":
        return names.expression(found[0].text)
    depth = 0
    for position, token in enumerate(found):
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if depth == 0:
            is_whole = position > 1 and position == len(found) - 1
            return text[found[1].start : found[-2].end] if is_whole else None
    return None
