# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ledger_report
short_description: Report the exposure ledger of a fleet
description:
  - Makes one line for each appliance, the worst answer first, and the totals; writes all rows as JSON and CSV. It runs once, after
    M(tourniquet.netscaler.ledger) has registered C(ledger_result) on each appliance.
  - An appliance without a result is unknown.
  - The task itself does not fail, so that its lines are not shown as the dump of a failure; RV(must_fail) says whether the play is to.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.report
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, V(ledger).
    type: str
  ledgers:
    description: The directory in which C(ledger.json) and C(ledger.csv) are written, but not in check mode. Empty writes nothing.
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in check mode; it writes no file then.
    support: full
"""

EXAMPLES = r"""
- name: Collect the rows
  tourniquet.netscaler.ledger_report:
    ledgers: reports/ledger
  register: ledger_of_fleet
  run_once: true
"""

RETURN = r"""
lines:
  description: What a person reads.
  returned: always
  type: list
  elements: str
appliances:
  description: By host C(answers), C(msg) and C(problem); the last is empty where the appliance was read.
  returned: always
  type: dict
files:
  description: The files that were written.
  returned: always
  type: list
  elements: str
schema:
  description: The name and version of the form of C(ledger.json).
  returned: always
  type: str
exit_code:
  description:
    - 0 all may be opened, 1 patch first, 2 assume compromised or unknown; that of the worst appliance.
    - 4 where nothing is worse than that appliances could not be reached.
  returned: always
  type: int
must_fail:
  description: The exit code is O(fail_at) or higher.
  returned: always
  type: bool
"""
