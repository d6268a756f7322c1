# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares alarm, which tests whether an attack would be noticed."""

from ...policies.rights import LOG_ON, VSERVERS, Objects, Use, rights
from ..common.verb import Rights, Shown, Verb

VERB = Verb(
    name="alarm",
    tasks={"alarm": Shown.COLLECTED},
    reports_on_fleet=True,
    rights=Rights(
        own=(
            *LOG_ON,
            *rights("show", "ns partition, ns feature, responder policy, responder global, appfw policy"),
            *rights("show", VSERVERS),
            *rights("show", "audit messageaction, audit messages, audit syslogParams"),
            *rights("show", "audit syslogAction, audit syslogPolicy, audit syslogGlobal"),
            *rights("show", "system file", Objects.LOGS),
            *rights("stat", "responder policy, ns"),
        ),
        of_measures=Use.ALARMS,
    ),
)
