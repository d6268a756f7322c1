# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be wrong with an expression before it meets a request."""

from __future__ import annotations


class ExpressionError(ValueError):
    """The appliance would refuse this expression: its syntax, a type, an unknown function or name, its length.

    Attributes: `message`, `column` (1-based place in the expression, or None), `expression` (the whole text).
    """

    def __init__(self, message: str, column: int | None = None, expression: str = "") -> None:
        super().__init__(message, column, expression)
        self.message = message
        self.column = column
        self.expression = expression

    def __str__(self) -> str:
        place = "" if self.column is None else f" at column {self.column}"
        quoted = f": {self.expression}" if self.expression else ""
        return f"{self.message}{place}{quoted}"


class UnsupportedExpression(ExpressionError):
    """Part of the language that this engine doesn't evaluate: an error, so that it is never taken for a FALSE."""
