# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares verify, which is status with all requests of the traffic file from outside."""

from ...policies.rights import MEASURE, Use
from ..common.verb import Rights, Sliced, Tried, Verb

VERB = Verb(
    name="verify",
    rights=Rights(own=MEASURE, of_measures=Use.PROVES),
    sliced=Sliced.READS,
    tried_by_doctor=Tried.NEEDED,
)
