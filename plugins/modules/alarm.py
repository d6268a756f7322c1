# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: alarm
short_description: Test whether an attack on one NetScaler appliance would be noticed
description:
  - Sends for each policy of ours that is bound one harmless request with a tag that nobody else knows, and looks for it at the hit counter of the
    policy, at that of its log action, in the log of the appliance and at the syslog server. Where it does not show in time, monitoring is unproven,
    and the result says which link is broken and why.
  - Counts the requests of others that our policies matched since the test before, by node. It says since when no attempts were seen only while the
    alarm works.
  - It writes nothing to the appliance. An appliance that cannot be reached is unreachable in the report; the task does not fail.
    M(tourniquet.netscaler.fleet_page) collects the results of all appliances.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.findings
  - tourniquet.netscaler.shared.findings
options:
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  alarms:
    description:
      - The directory of the states of the alarms on the control node. By default C(alarms) where the change records are by default; the role
        P(tourniquet.netscaler.catalogue#role) says where that is.
    type: path
  receiver:
    description:
      - The file or folder on the control node in which the syslog server writes. V(none) where the log on the appliance is enough. Without it
        monitoring is unproven.
    type: str
    default: ""
  within:
    description: The seconds within which the request must show everywhere, from 1 to 600.
    type: int
    default: 30
  fail_at:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: int
    choices: [1, 2, 3]
    default: 2
attributes:
  check_mode:
    description: Can run in check mode; it sends no request then, and the result is incomplete.
    support: full
"""

EXAMPLES = r"""
- name: Test the alarm
  tourniquet.netscaler.alarm:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: 198.51.100.10, port: 443, kind: vpn}]
    records: records
    alarms: alarms
    receiver: none
  register: alarm_result
"""

RETURN = r"""
not_reached:
  description: True if no node could be reached.
  returned: always
  type: bool
statement:
  description: Since when no attempts were seen, how many were, or that nothing can be said.
  returned: always
  type: str
needless:
  description: Why no policy of ours is there and none is needed; empty where one is there or needed.
  returned: always
  type: str
quiet_since:
  description: Since when the alarm works and no attempt was seen, in UTC; empty where that cannot be said.
  returned: always
  type: str
alarms:
  description: >-
    The alarms, each with measure, place, policies, vip, request, works, links (by link, the seconds until it showed there), broken (the first link
    at which it did not show) and cause.
  returned: always
  type: list
  elements: dict
findings:
  description: >-
    The requests of others, by policy, each with appliance, node, level (attempt), what, where, why, evidence, time, before_or_after_fix, seen_by,
    cannot_mean, next_step and entries.
  returned: always
  type: list
  elements: dict
not_seen:
  description: What is unproven, each with what, why, node and is_gap, which is false where it was left out on purpose.
  returned: always
  type: list
  elements: dict
reach:
  description: Always empty.
  returned: always
  type: list
  elements: dict
looked_at:
  description: The number of alarms that work.
  returned: always
  type: dict
exit_code:
  description: 0 every alarm works and nothing was seen, 1 requests of others, 2 monitoring unproven.
  returned: always
  type: int
requests:
  description: The number of NITRO requests.
  returned: always
  type: int
sent:
  description: The number of requests to virtual servers.
  returned: always
  type: int
"""
