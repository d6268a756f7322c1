# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The errors of the engine: one class for each kind of action that a person has to take.

Every message names the host, what was asked and what to do. No message holds a password or a session token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .foreign_text import printable
from .next_action import NextAction, carrying, command_values

LONGEST_MESSAGE = 1000
"""Characters of a message of an appliance that are shown."""


class TourniquetError(Exception):
    """The base of all errors that the engine raises on purpose. Each can be pickled.

    :ivar has_written: the run has changed something on the appliance before, so this is no refusal
    """

    has_written = False

    @property
    def is_refusal(self) -> bool:
        """True where the run was not begun: the operator's mistake, or a plan that may not be carried out."""
        return False

    @property
    def commands(self) -> list[Mapping[str, Any]]:
        """The commands that its message advises, or that of the error of which it was made; none where they advise none."""
        return command_values(self.told)

    @property
    def told(self) -> str:
        """The message, with the commands that it advises."""
        if self.args and isinstance(self.args[0], NextAction):
            return self.args[0]
        cause = self.__cause__
        return carrying(str(self), cause.told) if isinstance(cause, TourniquetError) else str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.told, *self.args[1:]) if self.args else self.args  # a cause is not pickled
        return _unpickle, (type(self), arguments, self.__dict__)


def _unpickle(cls: type[TourniquetError], arguments: tuple[Any, ...], attributes: dict[str, Any]) -> TourniquetError:
    """Return an error again without its constructor, which may take other arguments than the text."""
    error = cls.__new__(cls, *arguments)
    error.__dict__.update(attributes)
    return error


class InvalidInput(TourniquetError):
    """A variable, a file or a catalogue entry is wrong; nothing was sent."""

    @property
    def is_refusal(self) -> bool:
        return not self.has_written


class Refused(TourniquetError):
    """The plan has conflicts, or the state of the appliance forbids the change; nothing was written."""

    @property
    def is_refusal(self) -> bool:
        return not self.has_written


class CannotConnect(TourniquetError):
    """No connection or no trusted connection could be made; the request was not sent."""


class OutcomeUnknown(TourniquetError):
    """A request was sent and no answer arrived: it may have been carried out. Read the state before the request is repeated."""


class NitroError(TourniquetError):
    """NITRO answered with an error.

    :ivar status: the HTTP status (int)
    :ivar errorcode: the NITRO error code (int; 0 where the answer had none)
    :ivar codes: this code, and the codes of the failed items of a bulk request
    """

    def __init__(
        self, where: str, request: str, status: int, errorcode: int, message: str, items: Iterable[int] = ()
    ) -> None:
        self.status = status
        self.errorcode = errorcode
        self.codes = frozenset({errorcode, *items})
        self.message = message
        super().__init__(
            f"{where}: {request}: HTTP {status}, errorcode {errorcode}: {printable(message[:LONGEST_MESSAGE])}"
        )


class NotFound(NitroError):
    """The named object does not exist."""


class NotShown(NitroError):
    """The appliance answered a read with a warning and without rows: it is not known which objects exist."""


class AuthenticationFailed(NitroError):
    """The appliance did not accept the user or the password."""


class NotAuthorized(NitroError):
    """The command policies of the user do not allow this request."""
