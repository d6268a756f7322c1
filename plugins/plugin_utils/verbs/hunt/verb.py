# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares hunt, which looks for the traces that attackers leave, by the indicators of the catalogue."""

from ...policies.rights import LOG_ON, rights
from ..common.verb import EVERY_MEASURE, Rights, Shown, Verb

VERB = Verb(
    name="hunt",
    tasks={"hunt": Shown.COLLECTED},
    reports_on_fleet=True,
    rights=Rights(
        own=(
            *LOG_ON,
            *rights("stat", "ns"),
            *rights("show", "system file, system user, ns partition"),
            *rights("show", "authentication epaAction, responder action, responder policy, rewrite action"),
        )
    ),
    whole_catalogue_for=EVERY_MEASURE,
)
