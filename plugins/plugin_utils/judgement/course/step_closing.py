# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A closing of one virtual server by a step: off, a notice page, listed partners, countries or paths. Pure.

Only OFF can end an exposure: partners, countries and paths let a part of the clients in, and a policy of the appliance answers behind its TLS and parts
of its log-on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...appliance.nitro.names import DEFAULT
from ...catalogue.closing_steps import LadderStep
from ...foundation.counted import counted
from ...foundation.foreign_text import printable
from ...foundation.json_values import written_whole
from .sourced_date import Dated

STILL_REACHED: Mapping[LadderStep, str] = {
    LadderStep.COUNTRIES: "clients from countries that are not blocked get in: the exposure goes on for them",
    LadderStep.PARTNERS: "clients from the listed networks get in: the exposure goes on for them",
    LadderStep.PATHS: "the listed paths can be requested: the exposure goes on there",
    LadderStep.OFF: "nobody reaches it",
    LadderStep.NOTICE: "nobody gets the service; a policy gives the answer, so TLS and parts of the log-on are still reached",
}
"""By step, who or what still gets through."""


@written_whole()
@dataclass(frozen=True)
class Beside:
    """A virtual server that was open beside one that was closed.

    :ivar service: the name that the inventory has for it, or for its admin partition; "" where it has none
    """

    vserver: str
    service: str


@written_whole("text")
@dataclass(frozen=True, kw_only=True)
class StepClosing:
    """The time for which one virtual server was closed by a step.

    :ivar vserver: its name in the change record
    :ivar service: the name that the inventory has for it, or for its admin partition; "" where it has none
    :ivar closed: with the step in its source; likewise reopened, which has no time while it is closed
    :ivar by: whose decision is in force, with the reason; expires: when the next one is due (ISO 8601)
    :ivar half_closed_by: the run that was to close it and did not come to its end, where it may not have closed it; "" where one surely did
    :ivar opened_by: whose decision a run of ours opened it by, with the reason; a run that names nobody is named itself; "" where none has
    :ivar beside: some of the other virtual servers of the customer on the appliance that this step did not close for all of that time
    :ivar doubt: why it is not known whether it still is closed: something is against it, or it was not read; "" where it is
    :ivar minutes: from the beginning of the run that closed it to the end of the run that opened it, or until now
    """

    step: LadderStep
    vserver: str
    service: str
    closed: Dated
    reopened: Dated
    minutes: int = 0
    partition: str = DEFAULT
    by: str = ""
    expires: str = ""
    beside: tuple[Beside, ...] = ()
    doubt: str = ""
    opened_by: str = ""
    half_closed_by: str = ""

    @property
    def is_only_begun(self) -> bool:
        """Return True if it is open, and nobody knows whether it was closed."""
        return bool(self.half_closed_by) and self.reopened.is_known

    @property
    def text(self) -> str:
        """Return it as one line."""
        if self.is_only_begun:
            return printable(
                f"{self.vserver} may have been closed by {self.step} between {self.closed.text} ({self.closed.source}: that run did not come to its end) and "
                f"{self.reopened.text_as_found} ({self.reopened.source})"
            )
        if self.half_closed_by and self.doubt:
            return printable(
                f"{self.vserver} was to be closed by {self.step} since {self.closed.text} ({self.closed.source}): NOT KNOWN whether it is, {self.doubt}"
            )
        until = f" until {self.reopened.text_as_found} ({self.reopened.source})" if self.reopened.is_known else ""
        minutes = f"{'at most ' if self.reopened.was_found else ''}{counted(self.minutes, 'minute')}"
        verb = "was closed" if until else "is closed"
        return printable(
            f"{self.vserver} {verb} by {self.step} since {self.closed.text} ({self.closed.source}){until}, {minutes}: "
            f"{f'NOT KNOWN whether it still is, {self.doubt}' if self.doubt else STILL_REACHED[self.step]}"
        )
