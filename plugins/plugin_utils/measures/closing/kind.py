# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the measures of the steps partners and notice, which exist for closing alone. Values only."""

from ...catalogue.closing_steps import LadderStep
from ...catalogue.measure_traits import FREE, ProvenBy, Proving, Traits, Writing
from ..hit_meaning import EXPECTED
from ..kind import Kind

PARTNERS, NOTICE = "closing_partners", "closing_notice"
_WRITING = Writing(priority_variable=f"policy_priority: {FREE}")
STOPS_US = Traits(writing=_WRITING, proving=Proving(serves_nobody=True))
"""Those of a closing that answers each request of ours."""
LETS_US_PASS = Traits(writing=_WRITING, proving=Proving(by=ProvenBy.HITS))
"""Those of a closing that our requests pass, or of which that is not known."""
_NOT_TESTED = "a closing answers each request with its page and has no log action: what comes there is no alarm"

KINDS = (
    Kind(
        id=PARTNERS,
        place=6,
        loader=".closing.measure:load_partners",
        traits=LETS_US_PASS,
        step=LadderStep.PARTNERS,
        only_closes=True,
        hits=EXPECTED,
        not_tested=_NOT_TESTED,
    ),
    Kind(
        id=NOTICE,
        place=6,
        loader=".closing.measure:load_notice",
        traits=STOPS_US,
        step=LadderStep.NOTICE,
        only_closes=True,
        hits=EXPECTED,
        not_tested=_NOT_TESTED,
    ),
)
