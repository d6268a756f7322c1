# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: evidence_report
short_description: Report the evidence of a fleet
description:
  - Makes one line for each appliance of which something could not be taken, and the totals. It runs once, after
    M(tourniquet.netscaler.evidence) has registered C(evidence_result) on each appliance.
  - An appliance without a result is reported as incomplete.
  - The task itself does not fail, so that its lines are not shown as the dump of a failure; RV(must_fail) says whether the play is to.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.report
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, V(evidence).
    type: str
"""

EXAMPLES = r"""
- name: Collect the results
  tourniquet.netscaler.evidence_report:
    fail_at: 1
  register: evidence_bundles_taken
  run_once: true
"""

RETURN = r"""
lines:
  description: What a person reads.
  returned: always
  type: list
  elements: str
appliances:
  description: The results of M(tourniquet.netscaler.evidence), by host.
  returned: always
  type: dict
exit_code:
  description:
    - 0 whole, 2 something could not be taken; that of the worst appliance.
    - 4 where nothing is worse than that appliances could not be reached.
  returned: always
  type: int
must_fail:
  description: The exit code is O(fail_at) or higher.
  returned: always
  type: bool
"""
