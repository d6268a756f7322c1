# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reopen
short_description: Open what a lockdown closed at a NetScaler appliance
description:
  - Switches exactly those virtual servers on again that M(tourniquet.netscaler.lockdown) switched off, by the change records.
    What was off before stays off, and what somebody else opened since is told and left alone.
  - Proves that what answered before the lockdown answers again, and that the management lets us in on a fresh connection.
  - O(reason), O(ticket) and O(who) are mandatory, except in check mode.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.appliance.rollout
  - tourniquet.netscaler.appliance.lock
options:
  force:
    description: Go on although a virtual server has another address than when it was closed.
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
- name: Open the Gateway again, and leave the rest closed
  tourniquet.netscaler.reopen:
    appliance: {nodes: ["192.0.2.11"], user: tourniquet, password: "{{ vault_netscaler_password }}"}
    records: records
    reason: the fixed firmware runs, and the hunt found nothing
    ticket: CHG0045
    who: J. Jansen
    vips: [gw]
"""

RETURN = r"""
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
