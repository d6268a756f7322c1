# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares bootstrap, which makes the user of the playbooks on each appliance."""

from ...change.approvals.rule import ApprovalRule
from ..common.verb import Shown, Verb, Writes

VERB = Verb(
    name="bootstrap",
    tasks={"bootstrap": Shown.COLLECTED},
    takes_results=True,
    writes=Writes.CONFIGURATION,
    approvals=ApprovalRule(("bootstrap",), harmless=("write", False), sealed=False),
)
