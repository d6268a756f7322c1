# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluate an expression for a request, in one line."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    LIKELIEST,
    Names,
    Request,
    Value,
    compile_expression,
)


def value(text: str, names: Names | None = None, **request: Any) -> Value:
    """Return the value of the expression with all open points left open."""
    return compile_expression(text, names or Names()).evaluate(Request(**request))


def likelier(text: str, names: Names | None = None, **request: Any) -> Value:
    """Return the value of the expression in the likelier reading of every open point."""
    return compile_expression(text, names or Names(), readings=LIKELIEST).evaluate(Request(**request))


def header(*values: str, name: str = "X") -> dict[str, Any]:
    """The request that has this header in as many instances."""
    return {"headers": tuple((name, text) for text in values)}
