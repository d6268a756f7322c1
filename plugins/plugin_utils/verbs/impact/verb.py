# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares impact, which reports whom a measure would lock out, by the requests in logs."""

from ...policies.rights import LOG_ON, LOGS, POLICIES, VSERVERS, Extra, rights
from ..common.verb import Rights, Shown, Tried, Verb

VERB = Verb(
    name="impact",
    tasks={"impact": Shown.ON_PAGE},
    rights=Rights(
        own=(
            *LOG_ON,
            *POLICIES,
            *rights("show", f"policy patset, policy dataset, policy expression, {VSERVERS}"),
        ),
        extras={Extra.FETCH_LOGS: LOGS},
        partitions=False,
    ),
    judges_nothing=True,
    report="impact_report",
    tried_by_doctor=Tried.OPTIONAL,
)
