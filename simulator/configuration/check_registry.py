# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registry of checks by type or link of objects.

A check gets the new row, which it may complete with values that the appliance assigns, and for an object the old row: None at creation.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import Row

Check = Callable[[Rows, Row, Row | None, Environment], None]


CHECKS: dict[str, tuple[Check, ...]] = {}
LinkCheck = Callable[[Rows, Row, Environment], None]
LINK_CHECKS: dict[str, LinkCheck] = {}


def checks(name: str) -> Callable[[Check], Check]:
    """Register a check of a type, behind those that it has."""

    def register(function: Check) -> Check:
        CHECKS[name] = (*CHECKS.get(name, ()), function)
        return function

    return register


def link_checks(name: str) -> Callable[[LinkCheck], LinkCheck]:
    """Register the check of a link of objects, or of the binding of a policy."""

    def register(function: LinkCheck) -> LinkCheck:
        LINK_CHECKS[name] = function
        return function

    return register
