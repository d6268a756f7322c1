# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be wrong with an expression before it meets a request."""

from __future__ import annotations

from copy import copy
from typing import Self


class ExpressionError(ValueError):
    """The appliance would refuse this expression: its syntax, a type, an unknown function or name, its length.

    Attributes: `message`, `column` (1-based place in the expression, or None), `expression` (the whole text).
    """

    def __init__(self, message: str, column: int | None = None, expression: str = "") -> None:
        super().__init__(message, column, expression)
        self.message = message
        self.column = column
        self.expression = expression

    def within(self, expression: str) -> Self:
        """The same error, of this whole expression."""
        found = copy(self)
        found.expression = expression
        return found

    def behind(self, message: str, column: int) -> Self:
        """The same error at another place, with words in front."""
        found = copy(self)
        found.message, found.column = f"{message}: {self.message}", column
        return found

    def __str__(self) -> str:
        place = "" if self.column is None else f" at column {self.column}"
        quoted = f": {self.expression}" if self.expression else ""
        return f"{self.message}{place}{quoted}"


class UnknownName(ExpressionError):
    """It names a set, a map or an expression that isn't known: an error where everything that is there is known.

    Attribute: `name`.
    """

    def __init__(self, message: str, column: int | None = None, expression: str = "", *, name: str = "") -> None:
        super().__init__(message, column, expression)
        self.name = name


class UnsupportedExpression(ExpressionError):
    """Part of the language that this engine doesn't evaluate: an error, so that it is never taken for a FALSE."""
