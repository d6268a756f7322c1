# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the management logs by syslog. Values only."""

from ...appliance.objects.resource_types import settings_of
from ...catalogue.measure_traits import CourseMeaning, ProvenBy, Proving, Since, Traits, Writing
from ...policies.rights import Use, rights
from ..kind import Kind

ID = "management_log"
VARIABLE = "netscaler_management_log_servers"
SERVERS = "auditsyslogaction"
SETTINGS = settings_of(SERVERS)
TRAITS = Traits(
    # The first release that has the setting: the vendor's Go SDK of 13.1.
    writing=Writing(
        own_objects=False,
        setting_types=(SETTINGS,),
        since=Since((13, 1), "audit syslogAction has no managementlog before 13.1"),
    ),
    proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False),
    course=CourseMeaning(protects=False),
)

KINDS = (
    Kind(
        id=ID,
        place=5,
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
