# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the deny URLs of the application firewall that only log. Values only."""

from ...appliance.objects.ownership import PREFIX
from ...catalogue.measure_traits import CourseMeaning, ProvenBy, Proving, Traits, Writing
from ...policies.rights import Objects, Use, rights
from ..kind import Kind

ID = "appfw_log"
NAME = f"{PREFIX}{ID}"
"""That of its profile and its policy on an appliance."""
PROFILE, POLICY = "appfwprofile", "appfwpolicy"
VARIABLE = "netscaler_appfw_log"
FEATURE = "APPFW"
TRAITS = Traits(
    writing=Writing(needed_features=frozenset({FEATURE}), set_types=(PROFILE, POLICY)),
    proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False),
    course=CourseMeaning(protects=False),
)
_READS = rights("show", "appfw profile, appfw policy, appfw global, appfw settings")

KINDS = (
    Kind(
        id=ID,
        place=7,
        loader=".appfw_log.measure:load_appfw_log",
        variable=VARIABLE,
        traits=TRAITS,
        named="deny URLs of the application firewall",
        rights={
            **dict.fromkeys((Use.PLANS, Use.PROVES), _READS),
            Use.CHANGES: (
                *_READS,
                *rights("add rm bind unbind", "appfw profile", Objects.OURS),
                *rights("add rm", "appfw policy", Objects.OURS),
                *rights("bind unbind", "appfw global", Objects.OURS),
            ),
            Use.ALARMS: (*rights("show", "appfw global"), *rights("stat", "appfw policy, appfw profile")),
        },
        policy_type=POLICY,
        logging_profile=NAME,
        alarm=".appfw_log.alarm",
    ),
)
