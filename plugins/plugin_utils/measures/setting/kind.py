# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the measures of entries that set attributes of what is there. Values only."""

from ...appliance.objects.resource_types import TYPES
from ...catalogue.entry import MeasureForm
from ...catalogue.measure_traits import CourseMeaning, ProvenBy, Proving, Traits, Writing
from ...policies.rights import SETTING_READS, Use, rights
from ..kind import Kind

TRAITS = Traits(
    writing=Writing(own_objects=False, setting_types=tuple(name for name, type_ in TYPES.items() if type_.only_set)),
    proving=Proving(by=ProvenBy.READ_BACK, judges_requests=False),
    course=CourseMeaning(depends_on_build=True),
)

KINDS = (
    Kind(
        id="setting",
        place=4,
        form=MeasureForm.SETTING,
        traits=TRAITS,
        loader=".setting.measure:setting_measure",
        named="entries that set attributes (CVE-2026-88772, CVE-2026-88778)",
        rights={
            **dict.fromkeys((Use.PLANS, Use.PROVES), SETTING_READS),
            Use.CHANGES: (*SETTING_READS, *rights("set", "ns tcpParam, vpn vserver")),
        },
    ),
)
