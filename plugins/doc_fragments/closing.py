# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules share which close access and open it again."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  who:
    description: The name of the person who decides. The record holds it beside the user and the control node.
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
    description: Only virtual servers of these customers, by C(netscaler_vserver_customers) and C(netscaler_customer). Empty means all.
    type: list
    elements: str
    default: []
  partitions:
    description: Only virtual servers in these admin partitions. Empty means all.
    type: list
    elements: str
    default: []
  scope:
    description: V(fleet) is the word by which a playbook closes or opens the whole inventory. A task of its own works at its one appliance in any case.
    type: str
    choices: ["", fleet]
    default: ""
  save:
    description: When to save the configuration. V(proven) saves unless a probe contradicts the result.
    type: str
    choices: [proven, always, never]
    default: proven
  unsaved:
    description: What to do where the appliance has unsaved changes that are not ours; as for M(tourniquet.netscaler.apply).
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
"""

    LADDER = r"""
options:
  mitigation:
    description: The measure of the step. The action sets it.
    type: str
    default: ""
  settings:
    description: The settings of the geoblock or the whitelists, for the steps V(countries) and V(paths).
    type: raw
  partners:
    description: The networks of the partners, for the step V(partners). None of them may hold all addresses.
    type: raw
  notice:
    description: The text of the page of the step V(notice) by language, C(nl) and C(en), each one line of at most 300 characters.
    type: raw
  policy_priority:
    description: The priority of the policies of V(partners) and V(notice); V(0) is that of the step, 20 and 10.
    type: int
    default: 0
  accept_sleeping_policies:
    description: Policies of others that may begin to work when RESPONDER is enabled.
    type: list
    elements: str
    default: []
"""

    TERM = r"""
options:
  consents:
    description: The directory of the register of consent, which gets an entry for each customer of what is closed.
    type: path
  expires:
    description:
      - When a new decision is due, in hours from now (V(24)) or as a time (V(2020-01-18T08:00), by the control node's
        clock and zone unless it names another one).
    type: str
    default: ""
  longest:
    description: How many hours ahead O(expires) may be.
    type: int
    default: 72
  extend:
    description:
      - Give this decision, with its reason and expiry, to virtual servers that an earlier lockdown closed. Without it, a
        second lockdown of them changes nothing.
    type: bool
    default: false
"""
