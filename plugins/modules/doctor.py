# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: doctor
short_description: Check one NetScaler appliance and its inventory variables before the first use
description:
  - Checks the variables of the host, the way to each node and its certificate, the log-on, the rights of the user, the HA pair, licence, clock, saved
    configuration, audit log, and whether the virtual servers can be reached. Each finding has a severity and its fix.
  - A wrong variable or an appliance that cannot be reached is a finding; the task does not fail. M(tourniquet.netscaler.fleet_page) collects
    the findings of all appliances.
  - No password is sent to a node whose certificate is not trusted. Nothing is written to an appliance.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give O(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  appliance:
    description:
      - How to reach the appliance, by the names of the inventory variables without C(netscaler_); P(tourniquet.netscaler.appliance#role) documents
        each. Mandatory where O(variables_of) is not set.
    type: raw
  write_pins:
    description:
      - Write the fingerprints of certificates that are not trusted into C(host_vars) beside the inventory. Only fingerprints that an earlier run has
        shown are written, and a pin that exists is never replaced.
    type: bool
    default: false
  compared_by:
    description: The person who has compared the fingerprints with those on the nodes. Mandatory with O(write_pins).
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in check mode; it writes no file then.
    support: full
  diff_mode:
    description: Changes nothing on an appliance, so there is no difference to show.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - netaddr
"""

EXAMPLES = r"""
- name: Look for what is wrong
  tourniquet.netscaler.doctor:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
  register: doctor_result
"""

RETURN = r"""
findings:
  description: The results of the checks, each with severity (ok, note, warning, not checked, error), check, what, fix, about and line.
  returned: always
  type: list
  elements: dict
exit_code:
  description: 0 ok, 1 warning, 2 error, 3 not checked completely.
  returned: always
  type: int
fingerprints:
  description: The SHA-256 of the management certificate, by the address of each node that was reached.
  returned: where the appliance was looked at
  type: dict
others:
  description: The addresses of nodes that the appliance names besides its own.
  returned: where the appliance was looked at
  type: list
  elements: str
addresses:
  description: Kind, address and port of the nodes and virtual servers that the inventory names.
  returned: where the appliance was looked at
  type: list
  elements: list
build:
  description: The build of the primary; empty where there was no log-on.
  returned: where the appliance was looked at
  type: str
requests:
  description: The number of NITRO requests.
  returned: where the appliance was looked at
  type: int
"""
