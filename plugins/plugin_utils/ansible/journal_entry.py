# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of one task in the journal of its rollout. Pure, but for the file that the journal is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..fleet.waves.journal import Rollout
from ..fleet.waves.rollout_course import Event
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable


@dataclass(frozen=True)
class JournalEntry:
    """Writes the events of one appliance to the journal; nothing where the task is not part of a rollout.

    :ivar check_mode: the task only makes the plan
    """

    rollout: Rollout | None
    host: str
    check_mode: bool

    def start(self, *, reads_only: bool, late: str = "") -> str:
        """Ask the rollout whether the appliance may start, and write the answer to the journal.

        :param reads_only: the action changes nothing on the appliance
        :param late: why the job of the task begins no appliance any more, or ""
        :returns: the reason why the appliance is held, or ""
        :raises InvalidInput: where the rollout does not name the appliance, or cannot be read or written
        """
        if self.rollout is None or self.check_mode:
            return printable(late)
        reason = printable(late or self.rollout.reason_to_hold(self.host, reads_only=reads_only))
        self.rollout.note(self.host, Event.HELD if reason else Event.STARTED, reason)
        return reason

    def fail(self, text: str, in_plan: Event = Event.NOT_PLANNED) -> str:
        """Write a failure to the journal.

        :param in_plan: the event where the task only makes the plan
        :returns: the text, with the reason why it could not be written, if so
        """
        if self.rollout is None:
            return text
        try:
            self.rollout.note(
                self.host, in_plan if self.check_mode else Event.FAILED, text.removeprefix(f"{self.host}: ")
            )
        except InvalidInput as error:
            # A plan changes nothing: an appliance that the journal does not name is left out.
            return text if self.check_mode else f"{text}; and {printable(str(error))}"
        return text

    def end(self, result: dict[str, Any]) -> dict[str, Any]:
        """Write the result of the task to the journal, and return it."""
        if result.get("failed"):
            return {**result, "msg": self.fail(result["msg"])}
        if self.rollout is not None:
            event = Event.PLANNED if self.check_mode else Event.DONE
            try:
                self.rollout.note(self.host, event, "changed" if result.get("changed") else "")
            except InvalidInput as error:
                # The next run reads only the journal, and must not assume a success that was not written.
                return {**result, "failed": True, "msg": f"{result['msg']}; but {printable(str(error))}"}
        return result
