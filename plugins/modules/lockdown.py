# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: lockdown
short_description: Close external access at a NetScaler appliance
description:
  - It is M(tourniquet.netscaler.close) with the step V(off), without the reading of logs.
  - Disables the virtual servers that have an address of their own, and proves it. They no longer answer, the others answer as before, and
    a new log-on to the management works; otherwise the change is undone at once.
  - A virtual server that is disabled already stays so, and M(tourniquet.netscaler.reopen) does not enable it. The change record has the former
    state.
  - O(reason), O(ticket), O(who) and O(expires) are mandatory, except in check mode, which says whom it would hit.
  - Once O(expires) has passed, each run and each status reports it as critical. Nothing is reopened automatically.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.rollout
  - tourniquet.netscaler.shared.vservers
  - tourniquet.netscaler.shared.term
options: {}
"""

EXAMPLES = r"""
- name: Close external access
  tourniquet.netscaler.lockdown:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    reason: the NCSC advises to switch off
    ticket: CHG0044
    who: J. Jansen
    expires: "24"
    kinds: [vpn, authentication]
"""

RETURN = r"""
is_closed:
  description: True if all that the run was to close is closed now, as far as its verdict says; it may have failed in something else. False in check mode.
  returned: when something is in scope
  type: bool
closures:
  description:
    - For each time for which a virtual server was or is closed, by our records, C(vserver), C(customer), C(step), C(since), C(until), C(minutes), and the
      C(decision) that is in force, with C(decided_by), C(expires) and C(overdue).
  returned: when something was closed
  type: list
  elements: dict
step:
  description: The step, V(off).
  returned: always
  type: str
verdict:
  description: The verdict of the appliance (closed, partly, ...), with its reason and next action; absent where nothing in scope is disabled.
  returned: when something in scope is disabled
  type: dict
cost:
  description: The number of virtual servers that are disabled, their users and connections, and the sessions of the appliance; null is "not known".
  returned: always
  type: dict
costs:
  description: For each customer its name and the same numbers; C(sessions) is null where virtual servers of several customers are disabled.
  returned: always
  type: list
  elements: dict
steps:
  description: The virtual servers that were or would be switched, with the lines in the form of ns.conf.
  returned: always
  type: list
  elements: dict
provenance:
  description: For each step that comes from a change record its object, the record, and why the record is trusted.
  returned: always
  type: list
  elements: dict
inverse:
  description: The lines that undo the changes, in order.
  returned: always
  type: list
  elements: str
vservers:
  description: Every virtual server with its state, the reason why it is not changed, the decision that keeps it closed, and its users and connections.
  returned: always
  type: list
  elements: dict
remarks:
  description: Other findings, which are left as they are.
  returned: always
  type: list
  elements: str
unproven:
  description: The virtual servers whose new state could not be proven from outside.
  returned: always
  type: list
  elements: str
not_agreed:
  description: For each customer who must agree and has not, what stays open, why, and the fix.
  returned: always
  type: list
  elements: str
without_consent:
  description: Whose virtual servers are closed without consent, and why it is missing.
  returned: always
  type: list
  elements: str
unmatched:
  description: The requested VIPs that this appliance does not have.
  returned: always
  type: list
  elements: str
saved:
  description: True if the configuration is saved; null where the appliance does not report it.
  returned: always
  type: bool
record:
  description: The path of the change record.
  returned: always
  type: str
requests:
  description: The number of requests, in all and without those for the proof, and the number of TLS connections.
  returned: always
  type: dict
"""
