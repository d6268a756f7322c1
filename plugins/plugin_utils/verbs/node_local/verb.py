# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares node_local, which sets the knob and the start-up line of a mitigation on each node, within apply.yml."""

from ...change.approvals.rule import ApprovalRule
from ..common.verb import Shown, Verb, Writes

VERB = Verb(
    name="node_local",
    tasks={"node_local": Shown.ON_PAGE},
    takes_results=True,
    is_playbook=False,
    writes=Writes.NODE,
    approvals=ApprovalRule(("node_local",), harmless=("state", "status")),
    waits_for_jobs=True,
)
