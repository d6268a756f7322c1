# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit
short_description: Say who did what on a NetScaler appliance, when, why and with which proof
description:
  - Lists the runs of all measures from the change records of this control node and from their copies on the nodes of the
    appliance, and says which places have each.
  - Checks the chain of hashes of the records, and compares each record with its copies. What was changed or removed is named.
  - Reads only, in check mode as well.
version_added: 0.1.0
extends_documentation_fragment: []
options:
  variables_of:
    description:
      - The role whose variables say what the task does not, V(audit). The inventory variables of
        P(tourniquet.netscaler.appliance#role) are taken as well, so nothing else is required.
    type: str
  appliance:
    description:
      - How to reach the appliance, by the names of the inventory variables without C(netscaler_);
        P(tourniquet.netscaler.appliance#role) documents each.
    type: raw
    required: true
  records:
    description: The directory of the change records on the control node.
    type: path
    required: true
  measure:
    description: Lists the runs of this measure only; empty lists all. All are checked either way.
    type: str
    default: ""
  accept_differences:
    description: Do not fail where records, copies or chain do not agree. They are told all the same.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode; it is the same there.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
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
- name: Say who did what
  tourniquet.netscaler.audit:
    appliance: {nodes: ["192.0.2.11"], user: tourniquet, password: "{{ vault_netscaler_password }}"}
    records: records
"""

RETURN = r"""
runs:
  description:
    - The runs, oldest first. Each with its record, kind, measure, version, user, control node, times, outcome, whether it was
      saved and proven, reason, ticket, who decided it and until when, build, changes as lines of ns.conf, and the places that have it.
  returned: always
  type: list
  elements: dict
differences:
  description: What was changed or removed, in words; empty where records, copies and chain agree.
  returned: always
  type: list
  elements: str
missing:
  description: What is not there and may be for an innocent reason, or could not be read.
  returned: always
  type: list
  elements: str
lock:
  description: Who is at work on the appliance; empty where nobody is.
  returned: always
  type: str
report:
  description: The same as lines for people.
  returned: always
  type: list
  elements: str
requests:
  description: How many requests were made, and over how many TLS connections.
  returned: always
  type: dict
"""
