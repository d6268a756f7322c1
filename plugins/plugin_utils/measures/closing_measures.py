# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measures of the steps in which access is closed, as the kinds declare them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..catalogue.closing_steps import LadderStep
from ..change.records.closures import MEASURE as LOCKDOWN
from .registry import all_kinds


@cache
def measures_of_steps() -> Mapping[LadderStep, str]:
    """Return by step the id of its measure. Virtual servers that are disabled have records of their own, and no measure brings them in."""
    return {kind.step: id_ for id_, kind in all_kinds().items() if kind.step is not None} | {LadderStep.OFF: LOCKDOWN}


@cache
def closing_only() -> frozenset[str]:
    """Return the measures that exist for closing alone: close.yml brings them in, and reopen.yml removes them."""
    return frozenset(id_ for id_, kind in all_kinds().items() if kind.only_closes)
