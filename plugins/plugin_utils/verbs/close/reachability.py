# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask virtual servers from outside, before and after they are switched.

A VIP answers if it completes a TLS handshake or sends any HTTP response, also an error. A refused or reset connection and a
timeout are no answer. No answer proves a closing only if the VIP answered before: otherwise the network may block the path to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...appliance.nitro.appliance import Appliance, Vip
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.virtual_servers import Vserver, vip_of
from ...catalogue.traffic import CaseSession, TrafficCase
from ...judgement.proof.probes import Answer, Prober

FRONT_DOOR = TrafficCase(id="front-door", attack=False, method="GET", url="/", session=CaseSession.WITHOUT)
ATTEMPTS = 3  # a single unexpected answer may be a chance failure of the network
ATTEMPTS_BEFORE = 2
PAUSE = 1.0  # seconds between two attempts


def answers(answer: Answer) -> bool:
    return answer.status is not None or bool(answer.certificate)


def describe_answer(answer: Answer) -> str:
    return str(answer.status or answer.error or "a TLS handshake")


@dataclass(frozen=True)
class Watched:
    """A virtual server that is asked from outside.

    :ivar target: it is switched by this run; the others must answer as before
    """

    vserver: Vserver
    vip: Vip
    target: bool


def watch_list(
    vservers: Iterable[Vserver], targets: Iterable[ObjectId], appliance: Appliance
) -> tuple[list[Watched], list[str]]:
    """Return the virtual servers to ask, and the targets that cannot be asked, with the reason."""
    chosen, wanted, not_probed = [], set(targets), []
    vservers = list(vservers)
    closing = {vserver.place for vserver in vservers if vserver.object_id in wanted}
    for vserver in vservers:
        target, vip = vserver.object_id in wanted, vip_of(vserver, appliance)
        if vip is not None and vip.probe and appliance.probe:
            # Another one at the place of a target cannot be told from it from outside.
            if target or (vserver.enabled and vserver.place not in closing):
                chosen.append(Watched(vserver, vip, target))
        elif target:
            why = "it does not speak HTTP" if vip is None else vip.withheld or "the inventory forbids probes"
            not_probed.append(f"{vserver} is not probed: {why}")
    return chosen, not_probed


class Watch:
    """The answers of one run, before and after.

    :param answered: for those that are not asked before: if they answered; None if unknown
    """

    def __init__(
        self,
        prober: Prober,
        watched: Sequence[Watched],
        answered: Mapping[ObjectId, bool | None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.prober = prober
        self.watched = watched
        self.answered = answered
        self.before: dict[ObjectId, Answer] = {}
        self.after: dict[ObjectId, Answer] = {}
        self._sleep = sleep

    @property
    def most(self) -> int:
        """How many requests are sent at most, before and after."""
        new = sum(one.vserver.object_id not in self.answered for one in self.watched)
        return new * ATTEMPTS_BEFORE + len(self.watched) * ATTEMPTS

    def probe_before(self) -> None:
        for one in self.watched:
            if one.vserver.object_id not in self.answered:
                self.before[one.vserver.object_id] = self._ask(one.vip, expected=True, attempts=ATTEMPTS_BEFORE)

    def probe_after(self, *, targets_answer: bool) -> None:
        """Ask all again; one that does not answer as expected is asked several times."""
        for one in self.watched:
            expected = self.did_answer(one.vserver.object_id) is not False and (targets_answer or not one.target)
            self.after[one.vserver.object_id] = self._ask(one.vip, expected=expected, attempts=ATTEMPTS)

    def did_answer(self, object_id: ObjectId) -> bool | None:
        """True if a virtual server answered before; None if that is not known."""
        if object_id in self.answered:
            return self.answered[object_id]
        return answers(self.before[object_id]) if object_id in self.before else None

    def harmed(self) -> list[str]:
        """Return the virtual servers out of scope that answered before and no longer do, in words."""
        return [
            f"{one.vserver} is not to be switched; it answered before and now returns {describe_answer(self.after[one.vserver.object_id])}"
            for one in self.watched
            if not one.target
            and one.vserver.object_id in self.before
            and answers(self.before[one.vserver.object_id])
            and not answers(self.after[one.vserver.object_id])
        ]

    def targets(self) -> Iterable[tuple[Watched, Answer]]:
        return ((one, self.after[one.vserver.object_id]) for one in self.watched if one.target)

    def _ask(self, vip: Vip, *, expected: bool, attempts: int) -> Answer:
        answer = self.prober.ask(vip, FRONT_DOOR)
        for _attempt in range(attempts - 1):
            if answers(answer) is expected:
                break
            self._sleep(PAUSE)
            answer = self.prober.ask(vip, FRONT_DOOR)
        return answer

    def summary(self) -> dict[str, Any]:
        """Return the JSON values for the change record."""
        return {
            "user_agent": self.prober.user_agent,
            "before": [
                {"vip": str(one.vserver), **self.before[one.vserver.object_id].summary()}
                for one in self.watched
                if one.vserver.object_id in self.before
            ],
            "after": [
                {"vip": str(one.vserver), **self.after[one.vserver.object_id].summary()}
                for one in self.watched
                if one.vserver.object_id in self.after
            ],
        }
