# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virtual servers that are open beside one that a step closes: a customer of whom only a part is closed is not closed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice

from ...appliance.nitro.appliance import Appliance
from ...appliance.objects.resource_types import ObjectId
from ...catalogue.closing_steps import LadderStep
from ...change.records.closed_time import ClosedTime
from .service import Services, customers_at
from .step_closing import Beside
from .today import Today

MOST = 8
"""The most that are named: hundreds may be open beside hundreds."""


def service_name(appliance: Appliance, customer: str, object_id: ObjectId, place: str, partition: str) -> str:
    """Return the name that the inventory has for a virtual server of a customer, or for its admin partition; "" where it has none."""
    names = appliance.names_of_recorded(object_id[1][0], place, partition)
    known = appliance.vservers_of(customer)
    return next((name for name in (*names, partition) if name in known), "")


@dataclass(frozen=True)
class BesideClosed:
    """The virtual servers of an appliance: those that are closed, and those that it shows as on; where that was not read, that a run has found on.

    :ivar times: of all closings
    """

    appliance: Appliance
    services: Services
    times: tuple[ClosedTime, ...]
    today: Today
    _found: dict[tuple[_Span, str], Mapping[str, Beside]] = field(default_factory=dict, init=False)

    def of(self, closed: ClosedTime, customer: str, service: str) -> tuple[Beside, ...]:
        """Return some of those of a customer that the same step did not close for all of a time, one of the same service first.

        Where nobody knows which others there were, it is one without a name.

        :param service: the name that the inventory has for the one that is closed
        """
        if self.today.servers is None and closed.step is not LadderStep.OFF:  # its record has no others
            return (Beside("", ""),)
        found = self._open(_Span.of(closed, self.today), customer)
        own = [one for one in (found.get(service),) if one is not None]
        return tuple(dict.fromkeys((*own, *islice(found.values(), MOST))))[:MOST]

    def _open(self, span: _Span, customer: str) -> Mapping[str, Beside]:
        """Return the first one of each service, by its name in the inventory; a run closes many at the same time."""
        key = (span, customer)
        if key not in self._found:
            found: dict[str, Beside] = {}
            for one in self._there:
                name = self._name(*one, customer)
                if name is not None and not any(other.covers(span) for other in self._spans.get(one, ())):
                    found.setdefault(name, Beside(one[1][1][0], name))
            self._found[key] = found
        return self._found[key]

    def _name(self, partition: str, object_id: ObjectId, customer: str) -> str | None:
        """Return the name that the inventory has for a virtual server, or ""; None where it is of another customer."""
        service = self.services.get((partition, object_id))
        whose = service.customers if service else customers_at(self.appliance, object_id, ("",), partition)
        if customer not in whose:
            return None
        place = service.places[-1] if service and service.places else ""
        return service_name(self.appliance, customer, object_id, place, partition)

    @cached_property
    def _spans(self) -> Mapping[tuple[str, ObjectId], list[_Span]]:
        found: dict[tuple[str, ObjectId], list[_Span]] = {}
        for one in self.times:
            found.setdefault(one.key[1:], []).append(_Span.of(one, self.today))
        return found

    @cached_property
    def _there(self) -> list[tuple[str, ObjectId]]:
        on = (key for key, service in self.services.items() if service.is_on)
        closed = (one.key[1:] for one in self.times if not one.until)
        return sorted({*closed, *(on if self.today.servers is None else self.today.servers)})


@dataclass(frozen=True)
class _Span:
    """From when to when a step closed something, by the minute, as a time is told."""

    step: LadderStep
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, one: ClosedTime, today: Today) -> _Span:
        """Return the time of a closing; one that is open on the appliance all the same ends today."""
        until = _minute(one.until) if one.until else today.at if one.key in today.opened else None
        return cls(one.step, _minute(one.since), until)

    def covers(self, other: _Span) -> bool:
        """Return True if all of another time is inside this one."""
        if self.step is not other.step or self.since > other.since:
            return False
        return self.until is None or (other.until is not None and self.until >= other.until)


def _minute(time: str) -> datetime:
    return datetime.fromisoformat(time).replace(second=0, microsecond=0)
