# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares status, which reports the verdict of each appliance, from its configuration."""

from ...policies.rights import MEASURE, WHOLE_CATALOGUE, Extra, Use
from ..common.verb import Rights, Shown, Sliced, Tried, Verb

VERB = Verb(
    name="status",
    tasks={"status": Shown.ON_PAGE, "exported_status": Shown.ONCE},
    takes_results=True,
    role="verify",
    rights=Rights(own=MEASURE, of_measures=Use.PROVES, extras={Extra.WHOLE_CATALOGUE: WHOLE_CATALOGUE}),
    names_lost_jobs=True,
    sliced=Sliced.READS,
    whole_catalogue_for=("", "recommended"),
    tried_by_doctor=Tried.NEEDED,
)
