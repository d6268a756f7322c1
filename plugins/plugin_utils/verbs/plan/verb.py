# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares plan, which shows what an apply would change; it is the check mode of apply."""

from ...policies.rights import FORESIGHT, MANAGEMENT_READS, MEASURE, Extra, Use
from ..common.verb import Rights, Sliced, Tried, Verb

VERB = Verb(
    name="plan",
    sliced=Sliced.READS,
    is_rolled_out=True,
    rights=Rights(own=(*MEASURE, *FORESIGHT), of_measures=Use.PLANS, extras={Extra.NODE_LOCAL: MANAGEMENT_READS}),
    tried_by_doctor=Tried.NEEDED,
)
