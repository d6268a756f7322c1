# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Translate PCRE patterns, as NetScaler accepts them, to Python's `re`.

A dot always matches a line end too, there are no back-references and no Unicode, and an option in the middle applies
from there on (NetScaler docs: basic characteristics of regular expressions; guide 9.2 p. 181).
"""

from __future__ import annotations

import re

from .errors import ExpressionError, UnsupportedExpression

MAX_LENGTH = 1499

_CLASSES = {
    "alpha": "A-Za-z",
    "digit": "0-9",
    "alnum": "A-Za-z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\t\n\x0b\x0c\r ",
    "blank": r"\t ",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "A-Fa-f0-9",
    "word": "A-Za-z0-9_",
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}
_ESCAPES = {"h": r"\t \xa0", "v": r"\n\x0b\x0c\r\x85", "e": r"\x1b", "a": r"\x07"}
_SAME_ESCAPES = "dDwWsSbBAnrtf"
_QUANTIFIER = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_OPTIONS = re.compile(r"\(\?([imsx]*(?:-[imsx]+)?)\)")
_GROUP = re.compile(r"\(\?(?::|=|!|>|<=|<!|P<[A-Za-z_]\w*>|<[A-Za-z_]\w*>|[imsx]+(?:-[imsx]+)?:)")
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_HEX = re.compile(r"\\x(?:([0-9A-Fa-f]{1,2})|\{([0-9A-Fa-f]{1,2})\})")


def compile_pcre(pattern: str, *, ignore_case: bool, column: int | None = None) -> re.Pattern[str]:
    """Return a compiled pattern. Raises ExpressionError for a wrong one, UnsupportedExpression for one that Python cannot express."""
    if len(pattern) > MAX_LENGTH:
        raise ExpressionError(f"a regular expression has at most {MAX_LENGTH} characters", column)
    flags = re.DOTALL | re.ASCII | (re.IGNORECASE if ignore_case else re.NOFLAG)
    try:
        return re.compile(_Translator(pattern, column).translate(), flags)
    except re.error as error:
        raise ExpressionError(f"wrong regular expression: {error}", column) from None


class _Translator:
    def __init__(self, pattern: str, column: int | None) -> None:
        self._pattern = pattern
        self._column = column
        self._place = 0
        self._out: list[str] = []
        self._options: list[list[str]] = [[]]  # the options that were switched on in each open group

    def translate(self) -> str:
        while self._place < len(self._pattern):
            self._step()
        self._out.append(")" * len(self._options[0]))
        return "".join(self._out)

    def _step(self) -> None:
        char = self._pattern[self._place]
        if char == "\\":
            self._out.append(self._escape(in_class=False))
        elif char == "[":
            self._class()
        elif char == "(":
            self._open()
        elif char == ")":
            self._take(")", ")" * len(self._options.pop()) + ")" if len(self._options) > 1 else ")")
        elif char == "|":
            options = self._options[-1]
            self._take("|", ")" * len(options) + "|" + "".join(options))
        elif char == "{" and not _QUANTIFIER.match(self._pattern, self._place):
            self._take("{", r"\{")
        else:
            self._take(char, char)

    def _take(self, taken: str, written: str) -> None:
        self._place += len(taken)
        self._out.append(written)

    def _unsupported(self, what: str) -> UnsupportedExpression:
        return UnsupportedExpression(f"{what} in a regular expression isn't supported", self._column)

    def _open(self) -> None:
        options = _OPTIONS.match(self._pattern, self._place)
        if options and options[1]:
            opened = f"(?{options[1]}:"
            self._options[-1].append(opened)
            self._take(options[0], opened)
            return
        group = _GROUP.match(self._pattern, self._place)
        if group is None and self._pattern.startswith("(?", self._place):
            raise self._unsupported(self._pattern[self._place : self._place + 4])
        self._options.append([])
        if group is None:
            self._take("(", "(")
        else:
            named = group[0].startswith("(?<") and group[0][3] not in "=!"
            self._take(group[0], "(?P<" + group[0][3:] if named else group[0])

    def _escape(self, *, in_class: bool) -> str:
        hexadecimal = _HEX.match(self._pattern, self._place)
        if hexadecimal:
            self._place = hexadecimal.end()
            return f"\\x{(hexadecimal[1] or hexadecimal[2]):0>2}"
        char = self._pattern[self._place + 1 : self._place + 2]
        self._place += 2
        if not char:
            raise ExpressionError("a regular expression can't end in a backslash", self._column)
        if not char.isalnum() or ord(char) > 127:
            return re.escape(char)
        if char in _SAME_ESCAPES:
            return "\\" + char
        if char in _ESCAPES:
            return _ESCAPES[char] if in_class else f"[{_ESCAPES[char]}]"
        if char == "z" and not in_class:
            return r"\Z"
        if char == "Z" and not in_class:
            return r"(?=\n?\Z)"
        if char.isdigit():
            raise ExpressionError("a regular expression has no back-references here", self._column)
        raise self._unsupported("\\" + char)

    def _class(self) -> None:
        """Translate a bracket expression, up to its closing bracket."""
        out = ["["]
        self._place += 1
        if self._pattern.startswith("^", self._place):
            out.append("^")
            self._place += 1
        first = True
        while self._place < len(self._pattern):
            char = self._pattern[self._place]
            posix = _POSIX.match(self._pattern, self._place)
            if char == "]" and not first:
                self._place += 1
                self._out += (*out, "]")
                return
            if posix:
                if posix[1] or posix[2] not in _CLASSES:
                    raise self._unsupported(posix[0])
                out.append(_CLASSES[posix[2]])
                self._place = posix.end()
            elif char == "\\":
                out.append(self._escape(in_class=True))
            else:
                out.append("\\" + char if char in "[]&~|" else char)
                self._place += 1
            first = False
        raise ExpressionError("a bracket isn't closed in a regular expression", self._column)
