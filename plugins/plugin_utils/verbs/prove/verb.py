# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares prove, which settles by experiments how an appliance behaves where the documents leave it open."""

from ...change.approvals.rule import ApprovalRule
from ..common.verb import Shown, Verb, Writes

VERB = Verb(
    name="prove",
    tasks={"prove": Shown.ON_PAGE},
    writes=Writes.CONFIGURATION,
    approvals=ApprovalRule(("prove",), harmless=("scratch", False), sealed=False),
    report="prove_result.report",
)
