# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares read_logs, which reads what is new in the logs of each node, and says what it means."""

from ...policies.rights import LOG_ON, LOGS, Objects, rights
from ..common.verb import EVERY_MEASURE, Rights, Shown, Verb

VERB = Verb(
    name="read_logs",
    tasks={"read_logs": Shown.COLLECTED},
    reports_on_fleet=True,
    rights=Rights(
        own=(
            *LOG_ON,
            *rights("show", "audit syslogParams"),
            *LOGS,
            *rights("show", "system file", Objects.OTHER_LOGS),
        )
    ),
    whole_catalogue_for=EVERY_MEASURE,
)
