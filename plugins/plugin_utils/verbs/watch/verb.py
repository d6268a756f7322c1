# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares watch, which compares each appliance with the state that a person accepted."""

from ...policies.rights import LOG_ON, rights
from ..common.verb import Rights, Shown, Verb

VERB = Verb(
    name="watch",
    role="integrity_watch",
    tasks={"watch": Shown.COLLECTED},
    reports_on_fleet=True,
    rights=Rights(
        own=(
            *LOG_ON,
            *rights("stat", "ns"),
            *rights("show", "system file, system user, system group, system cmdPolicy, authentication epaAction"),
            *rights("show", "responder policy"),
        )
    ),
)
