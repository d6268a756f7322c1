# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hunt_report
short_description: Report what the hunt has found on a fleet
description:
  - Makes one line for each appliance, its findings, and what could not be looked at. It runs once, after M(tourniquet.netscaler.hunt) has registered
    C(hunt_result) on each appliance.
  - An appliance without a result is reported as incomplete.
  - The task itself does not fail, so that its lines are not shown as the dump of a failure; RV(must_fail) says whether the play is to.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.report.alerts
  - tourniquet.netscaler.report
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, V(hunt).
    type: str
  catalogue:
    description: The directory of the catalogue. By default that of the collection.
    type: path
  indicators:
    description:
      - A directory in which the indicators of the catalogue are written for other programs, files, processes and ports as STIX 2.1
        (C(indicators.stix.json)), logs and cron jobs as rules of Sigma (C(sigma)).
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Collect the findings
  tourniquet.netscaler.hunt_report:
    fail_at: 1
  register: hunt_findings
  run_once: true
"""

RETURN = r"""
lines:
  description: What a person reads.
  returned: always
  type: list
  elements: str
not_told:
  description: The problems with alerts, such as a receiver that does not answer; then the exit code is 2.
  returned: always
  type: list
  elements: str
appliances:
  description: The results of M(tourniquet.netscaler.hunt), by host.
  returned: always
  type: dict
indicators:
  description: The files that O(indicators) asked for.
  returned: always
  type: list
  elements: str
exit_code:
  description:
    - 0 nothing found in what was looked at, 1 review or attempt, 2 compromise or incomplete; that of the worst appliance.
    - 4 where nothing is worse than that appliances could not be reached.
  returned: always
  type: int
must_fail:
  description: The exit code is O(fail_at) or higher.
  returned: always
  type: bool
"""
