# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measures of the steps in which access is closed, as the kinds declare them, and what a step asks of one that the inventory has. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar, Protocol, runtime_checkable

from ..appliance.objects.virtual_servers import Vserver
from ..catalogue.closing_steps import LadderStep
from ..catalogue.measure import Measure
from ..change.records.closures import MEASURE as LOCKDOWN
from .registry import all_kinds

Closed = Mapping[str, Sequence[Vserver]]
"""By admin partition, the virtual servers."""


@runtime_checkable
class InventoryClosing(Protocol):
    """A measure of the inventory that a step of closing puts into force.

    :ivar closing_variable: the variable that names the virtual servers
    :ivar nothing_to_close_with: what the step puts into force, that the inventory has none, and what to set first
    :ivar names_none: that the inventory has nothing for ``{names}``, and the fix
    """

    closing_variable: ClassVar[str]
    nothing_to_close_with: ClassVar[str]
    names_none: ClassVar[str]

    def can_close(self) -> bool:
        """True if the inventory asks for it."""

    def named_vservers(self) -> frozenset[tuple[str, str, str]] | None:
        """Return what the inventory names: partition, kind ("" for any) and name; None where it says nothing."""

    def in_reach(self, closed: Closed) -> Sequence[Vserver]:
        """Return those of the virtual servers that it can close."""

    def closing(self, closed: Closed) -> Measure | None:
        """Return it as it closes these virtual servers; None where the inventory names none of them."""


@cache
def measures_of_steps() -> Mapping[LadderStep, str]:
    """Return by step the id of its measure. Virtual servers that are disabled have records of their own, and no measure brings them in."""
    return {kind.step: id_ for id_, kind in all_kinds().items() if kind.step is not None} | {LadderStep.OFF: LOCKDOWN}


@cache
def closing_only() -> frozenset[str]:
    """Return the measures that exist for closing alone: close.yml brings them in, and reopen.yml removes them."""
    return frozenset(id_ for id_, kind in all_kinds().items() if kind.only_closes)
