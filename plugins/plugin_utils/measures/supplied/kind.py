# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the measures of entries whose policy the vendor hands out. Values only."""

from ...catalogue.entry import MeasureForm
from ...catalogue.measure_traits import CourseMeaning, ProvenBy, Proving, Traits, Writing
from ..kind import Kind

TRAITS = Traits(
    writing=Writing(setting_types=("auditsyslogparams",)),
    proving=Proving(by=ProvenBy.NOTHING, judges_requests=False),
    course=CourseMeaning(depends_on_build=True),
)

KINDS = (
    Kind(id="supplied", place=9, form=MeasureForm.SUPPLIED, loader=".supplied.measure:supplied_measure", traits=TRAITS),
)
