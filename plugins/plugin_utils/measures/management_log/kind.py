# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the management logs by syslog. Values only."""

from ...catalogue.measure_traits import CourseMeaning, ProvenBy, Proving, Traits, Writing
from ...policies.rights import Use, rights
from ..kind import Kind

ID = "management_log"
VARIABLE = "netscaler_management_log_servers"
TRAITS = Traits(
    writing=Writing(own_objects=False),
    proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False),
    course=CourseMeaning(protects=False),
)

KINDS = (
    Kind(
        id=ID,
        loader=".management_log.measure:load_management_log",
        variable=VARIABLE,
        traits=TRAITS,
        named="management logs by syslog",
        rights={
            **dict.fromkeys((Use.PLANS, Use.PROVES), rights("show", "audit syslogAction")),
            Use.CHANGES: rights("show set unset", "audit syslogAction"),
        },
    ),
)
