# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The errors of an expression that do not depend on a request."""

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
        """Return the same error for this whole expression."""
        found = copy(self)
        found.expression = expression
        return found

    def behind(self, message: str, column: int) -> Self:
        """Return the same error at another column, with a text in front."""
        found = copy(self)
        found.message, found.column = f"{message}: {self.message}", column
        return found

    def __str__(self) -> str:
        place = "" if self.column is None else f" at column {self.column}"
        quoted = f": {self.expression}" if self.expression else ""
        return f"{self.message}{place}{quoted}"


class UnknownName(ExpressionError):
    """The expression names an unknown set, map or expression. It is an error if all entities of the appliance are known.

    Attribute: `name`.
    """

    def __init__(self, message: str, column: int | None = None, expression: str = "", *, name: str = "") -> None:
        super().__init__(message, column, expression)
        self.name = name


class UnsupportedExpression(ExpressionError):
    """The expression uses language that this engine does not evaluate. It is an error, so that it is never taken for FALSE."""
