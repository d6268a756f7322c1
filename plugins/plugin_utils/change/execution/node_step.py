# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A step outside the configuration, and what carries it: a file by SSH, a command in the running packet engine, a failover, a reboot.

Objects and files of NITRO are carried by :mod:`.step_executor`, :mod:`.step_undo` and :mod:`.file_delivery`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.session import Session
from ...foundation.errors import Refused, TourniquetError


class NothingWritten(Refused):
    """A step was not carried out: what it would change is not as planned."""


class NodeStep(ABC):
    """One step on one node.

    :ivar node: the node
    :ivar name: of the step in the record of the run; a node has one of each name
    :ivar line: the step for people
    :ivar is_sent_once: what was sent is never sent again, not by a later run either: it is only waited for
    """

    node: Address
    name: str
    line: str
    is_sent_once: bool = False

    def is_needed(self, _states: Mapping[str, str]) -> bool:
        """Return False where nothing is to be sent or waited for.

        :param _states: what the record has of the node
        """
        return True

    def facts(self) -> Mapping[str, str]:
        """Check what must hold before it is sent, and return what the record keeps of the node beside the state.

        :raises TourniquetError: where it may not be sent
        """
        return {}

    @abstractmethod
    def session(self) -> AbstractContextManager[Session]:
        """Return the session by which the lease is confirmed directly before the step."""

    @abstractmethod
    def do(self, session: Session) -> None:
        """Carry it out.

        :raises NothingWritten: where it was not, since somebody else has changed what it would change
        :raises TourniquetError: where it failed, or it is not known whether it was carried out
        """

    @abstractmethod
    def read_back(self, states: Mapping[str, str]) -> None:
        """Read, or wait, until it is carried out.

        :param states: what the record has of the node
        :raises TourniquetError: where it is not
        """

    def undo(self) -> None:
        """Carry out its inverse.

        :raises TourniquetError: where it has none, or that failed
        """
        raise TourniquetError(f"{self.line} cannot be undone")
