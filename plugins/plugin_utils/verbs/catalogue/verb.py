# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares catalogue, which shows which catalogue is in use, and what a signed bundle changes for the fleet."""

from ...policies.rights import HITS, MEASURE, WHOLE_CATALOGUE, Extra
from ..common.verb import Rights, Shown, Verb

VERB = Verb(
    name="catalogue",
    tasks={
        "catalogue_change": Shown.COLLECTED,
        "catalogue_update": Shown.FINDINGS,
    },
    reports_on_fleet=True,
    role="catalogue_update",
    rights=Rights(own=(*MEASURE, *HITS), extras={Extra.WHOLE_CATALOGUE: WHOLE_CATALOGUE}),
)
