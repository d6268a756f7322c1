# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares learn, which learns URL whitelists from the requests in logs, for a person to review."""

from ...policies.rights import LOG_ON, LOGS, VSERVERS, Extra, rights
from ..common.verb import Rights, Shown, Verb

VERB = Verb(
    name="learn",
    tasks={"learn": Shown.ON_PAGE},
    rights=Rights(own=(*LOG_ON, *rights("show", VSERVERS)), extras={Extra.FETCH_LOGS: LOGS}, partitions=False),
    judges_nothing=True,
    report="learn_result.report",
)
