# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must hold before something is written to a node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...appliance.nitro.session import Session

ConfirmLease = Callable[[Session], None]
"""Reads that the run still has the lease of the appliance; called directly before a write, with the session that it is sent by.

It raises a TourniquetError where the run does not have it, or where that cannot be read.
"""


def granted(_session: Session) -> None:
    """The :data:`ConfirmLease` of a caller that needs no lease."""


def no_other_node() -> None:
    """The check of the primary on a standalone appliance."""


@dataclass(frozen=True)
class WritePermission:
    """Two checks; each reads, and raises a TourniquetError where it fails.

    :ivar lease: called directly before each write
    :ivar primary: the node that is written to is still the primary; called before and after steps are undone
    """

    lease: ConfirmLease = granted
    primary: Callable[[], None] = no_other_node


ALWAYS = WritePermission()
"""For steps that no other run or node can interfere with."""
