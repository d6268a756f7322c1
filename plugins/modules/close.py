# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: close
short_description: Close access at a NetScaler appliance by one step of the ladder
description:
  - Closes virtual servers that have an address of their own by O(step), and proves it. The steps are, from the mildest to the hardest, V(countries),
    V(partners), V(paths), V(notice) and V(off). What is closed already by the same step stays closed, and nothing out of scope changes.
  - All steps but V(off) are measures of responder policies or ACLs, bound at the virtual servers and never globally.
    V(off) is M(tourniquet.netscaler.lockdown).
  - O(reason), O(ticket), O(who) and O(expires) are mandatory, except in check mode, which says whom it would hit.
  - Once O(expires) has passed, each status reports it as critical. Nothing opens by itself; M(tourniquet.netscaler.reopen) opens it.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.rollout
  - tourniquet.netscaler.shared.vservers
  - tourniquet.netscaler.shared.term
  - tourniquet.netscaler.shared.step
options:
  mitigation:
    description: The measure of the step. The action sets it.
    type: str
    default: ""
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  settings:
    description: The settings of the geoblock or the whitelists, for the steps V(countries) and V(paths).
    type: raw
  step:
    description:
      - What is done. V(countries) and V(paths) put the geoblock and the whitelists of the inventory into force; V(partners) serves the networks of
        O(partners) only; V(notice) answers every request with a page; V(off) disables the virtual servers.
    type: str
    choices: [countries, partners, paths, notice, "off"]
    required: true
  drill:
    description: Practise only; the task must run in check mode. C(close.yml) plans everything then, writes nothing, and files how long it took.
    type: bool
    default: false
  end_sessions:
    description: C(close.yml) ends all sessions of the appliances that it has closed. Refused where a part of an appliance is closed only.
    type: bool
    default: false
  log_ons:
    description: Read from the logs of the nodes how many users logged on at the Gateways in the last day and week; in check mode only.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Answer every request to the Gateways with a page
  tourniquet.netscaler.close:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
      marker: 3f9c2a7e41bd # by which a probe recognises the page
    step: notice
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
  description: The step.
  returned: always
  type: str
impact:
  description: In check mode, whom it hits, a row for each customer.
  returned: in check mode
  type: list
  elements: dict
stays_open:
  description: What is in scope and stays open, with the reason.
  returned: when a measure carries out the step
  type: list
  elements: str
verdict:
  description: The verdict on the measure of the step, or of V(off) that of the appliance, with its reason and next action.
  returned: when something is in scope
  type: dict
diff:
  description: The preview as text.
  returned: when something is in scope
  type: dict
"""
