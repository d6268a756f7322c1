# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the measures of entries with a template. Values only."""

from ...catalogue.entry import MeasureForm
from ...catalogue.measure_traits import RENDERED
from ...policies.rights import EVALUATION, RESPONDER_POLICIES, WHOSE_HITS, Objects, Use, rights
from ..kind import Kind

ID = "mitigation"

KINDS = (
    Kind(
        id=ID,
        place=1,
        form=MeasureForm.TEMPLATE,
        traits=RENDERED,
        named="mitigations",
        rights={
            Use.PLANS: EVALUATION,
            Use.PROVES: WHOSE_HITS,
            Use.CHANGES: (
                *EVALUATION,
                *WHOSE_HITS,
                *RESPONDER_POLICIES,
                *rights("add set rm", "responder action", Objects.OURS),
                *rights("bind unbind", "responder global", Objects.OURS),
            ),
        },
    ),
)
