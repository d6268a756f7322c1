# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lockdown
short_description: Close external access at a NetScaler appliance
description:
  - Switches the virtual servers off that answer at an address of their own, and proves it. They answer no more, the others
    answer as before, and the management lets us in on a fresh connection; else it is undone at once.
  - What is off already stays off, and M(tourniquet.netscaler.reopen) leaves it so. The former state stands in the change record.
  - O(reason), O(ticket), O(who) and O(expires) are mandatory, except in check mode, which counts whom it would hit.
  - When O(expires) has passed, each run and each status says so and calls it critical. Nothing ever reopens by itself.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.appliance.rollout
  - tourniquet.netscaler.appliance.lock
options:
  expires:
    description:
      - When a new decision must be taken, as hours from now (V(24)) or as a moment (V(2020-01-18T08:00), by the control node's
        clock and zone unless it names another one).
    type: str
    default: ""
  longest:
    description: How many hours ahead O(expires) may be.
    type: int
    default: 72
  extend:
    description:
      - What is closed by us already gets this decision in place of its own, with the new reason and expiry. Without it, a
        lockdown of what is closed changes nothing.
    type: bool
    default: false
  who:
    description: The name of the person who decides it. The record holds it beside the user and the control node.
    type: str
    default: ""
  vips:
    description: Only these virtual servers, by name or address (V(192.0.2.10) or V(192.0.2.10:443)). Empty means all.
    type: list
    elements: str
    default: []
  kinds:
    description: Only these kinds of virtual servers.
    type: list
    elements: str
    choices: [vpn, authentication, cs, lb]
    default: [vpn, authentication, cs, lb]
  customers:
    description: Only appliances of these customers, by C(netscaler_customer); the others are left alone. Empty means all.
    type: list
    elements: str
    default: []
  unsaved:
    description: What to do where somebody else has unsaved changes on the appliance; as for M(tourniquet.netscaler.apply).
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
  save:
    description: When to save the configuration. V(proven) means that nothing contradicts it.
    type: str
    choices: [proven, always, never]
    default: proven
"""

EXAMPLES = r"""
- name: Close external access
  tourniquet.netscaler.lockdown:
    appliance: {nodes: ["192.0.2.11"], user: tourniquet, password: "{{ vault_netscaler_password }}"}
    records: records
    reason: the NCSC advises to switch off
    ticket: CHG0044
    who: J. Jansen
    expires: "24"
    kinds: [vpn, authentication]
"""

RETURN = r"""
verdict:
  description: The one word for the appliance (closed, partly, ...), its reason and next action; absent where nothing in scope is off.
  returned: when something in scope is switched off
  type: dict
cost:
  description: How many virtual servers are switched off, and their users, connections and the appliance's sessions; null is "not told".
  returned: always
  type: dict
steps:
  description: What was or would be switched, with the lines in the form of ns.conf.
  returned: always
  type: list
  elements: dict
inverse:
  description: The lines that undo it, in order.
  returned: always
  type: list
  elements: str
vservers:
  description: Every virtual server with its state, why it is left alone, the decision that holds it, and its users and connections.
  returned: always
  type: list
  elements: dict
remarks:
  description: What was found besides, and is left as it is.
  returned: always
  type: list
  elements: str
unproven:
  description: Of what it is not known from outside whether it behaves as it was switched.
  returned: always
  type: list
  elements: str
unmatched:
  description: The wanted VIPs that are not on this appliance.
  returned: always
  type: list
  elements: str
saved:
  description: Whether the configuration is saved; null where the appliance does not tell.
  returned: always
  type: bool
record:
  description: The path of the change record.
  returned: always
  type: str
requests:
  description: How many requests were made, in all and without those for the proof, and over how many TLS connections.
  returned: always
  type: dict
"""
