# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares audit, which reports every run on each appliance, and checks records, copies and chain."""

from ...policies.rights import LOG_ON, RECORDS
from ..common.verb import Rights, Shown, Tried, Verb

VERB = Verb(
    name="audit",
    tasks={"audit": Shown.ON_PAGE},
    rights=Rights(own=(*LOG_ON, *RECORDS)),
    judges_nothing=True,
    report="audit_report",
    tried_by_doctor=Tried.NEEDED,
)
