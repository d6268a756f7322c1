# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What our measure does at an appliance at the end of what is known: until the fix, or until today. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...appliance.objects.resource_types import Attributes, ObjectId
from ...foundation.json_values import written_whole
from .sourced_date import Dated
from .state import State

_AWAY = (State.TAKEN_OFF, State.NONE)


@written_whole()
@dataclass(frozen=True)
class MeasureState:
    """The state until the fix, or until today.

    :ivar word: NONE where no run of ours brought anything in; EXPOSED where an attack passes although it blocks
    :ivar since: when it began, or when it was found
    :ivar reason: a clause for people
    :ivar left: by admin partition, the policies, actions and bindings of ours as our runs left them
    :ivar by_fingerprint: the admin partitions where only the fingerprint of a proof says how they are now, and what is left are the places
    """

    word: State = State.NONE
    since: Dated = field(default_factory=Dated)
    reason: str = ""
    left: Mapping[str, Mapping[ObjectId, Attributes]] = field(default_factory=dict, repr=False)
    by_fingerprint: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def is_blocking(self) -> bool:
        """Return True if our rule is there and stops what it matches, by the records."""
        return self.is_there and self.word is not State.OBSERVING

    @property
    def is_there(self) -> bool:
        """Return True if our rule is there by the records, whatever it does."""
        return self.word not in _AWAY
