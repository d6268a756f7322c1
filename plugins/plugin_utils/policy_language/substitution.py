# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replace parts of an expression, token by token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .syntax import Token, tokens


def substitute(text: str, replacements: Mapping[str, str]) -> str:
    """Return the expression with each of these sub-expressions replaced, e.g. `CLIENT.SSLVPN.IS_SSLVPN` by `TRUE`.

    A sub-expression is a chain, compared token by token and without regard to case or white space; text in quotes is not
    changed. A replacement that functions follow is put in parentheses. NetScaler's `policyevaluation` has no connection, so the
    parts that depend on the connection must be replaced first. Raises ExpressionError.
    """
    wanted = [([_key(token) for token in tokens(part)], replacement) for part, replacement in replacements.items()]
    wanted.sort(key=lambda item: len(item[0]), reverse=True)
    found, written, place, end = tokens(text), [], 0, 0
    while place < len(found):
        match = _match(found, place, wanted)
        if match is None:
            place += 1
            continue
        length, replacement = match
        written.append(text[end : found[place].start])
        written.append(f"({replacement})" if _is_dot(found, place + length) else replacement)
        end = found[place + length - 1].end
        place += length
    return "".join([*written, text[end:]])


def _match(
    found: Sequence[Token], place: int, wanted: Sequence[tuple[list[tuple[str, str]], str]]
) -> tuple[int, str] | None:
    if _is_dot(found, place - 1):
        return None
    for keys, replacement in wanted:
        part = found[place : place + len(keys)]
        if [_key(token) for token in part] == keys and not _opens_arguments(found, place + len(keys)):
            return len(keys), replacement
    return None


def _key(token: Token) -> tuple[str, str]:
    return token.type, token.text.upper() if token.type == "NAME" else token.text


def _is_dot(found: Sequence[Token], place: int) -> bool:
    return 0 <= place < len(found) and found[place].text == "."


def _opens_arguments(found: Sequence[Token], place: int) -> bool:
    return place < len(found) and found[place].text == "("
