# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure of an entry for which the vendor has no rule: a stop-gap, which stops the requests that somebody else published.

It reduces exposure, and ends none. Its rule is brought in only where the configuration has what the weakness needs, since nobody but us answers for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.ownership import Owner
from ...catalogue.desired_state import Document
from ...catalogue.entry import Entry
from ...catalogue.measure import ResolvedMeasure
from ...catalogue.mitigation import Mitigation
from ...catalogue.predicates import Truth
from ...change.planning.configuration_rows import ConfigurationRows, read_types


@dataclass(frozen=True, kw_only=True)
class StopGap(Mitigation):
    """A mitigation with a rule that is not the vendor's.

    :ivar entry: says what the weakness needs
    """

    entry: Entry = field(hash=False, compare=False, repr=False)

    def resolve(self, connection: Connection, _owner: Owner, rendered: Document | None) -> ResolvedMeasure:
        """Return the rendered rule, and why there is nothing that it could protect where the configuration lacks what the weakness needs.

        :raises InvalidInput: if there is no desired state
        """
        rows = ConfigurationRows({DEFAULT: read_types(connection.primary, self.entry.types())})
        builds = [node.build for node in connection.nodes if node.build is not None]
        answers = [self.entry.precondition_holds(build, rows) for build in builds]
        is_missing = bool(answers) and all(answer.truth is Truth.FALSE for answer in answers)
        why = "; ".join(answers[0].reasons) if is_missing else ""
        return replace(self.as_rendered(rendered), nothing_to_protect=why)


def as_stop_gap(found: Mitigation, entry: Entry) -> StopGap:
    """Return a mitigation whose rule is a stop-gap, with its entry."""
    return StopGap(**{one.name: getattr(found, one.name) for one in fields(Mitigation)}, entry=entry)
