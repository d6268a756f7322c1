# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: retire
short_description: Remove a mitigation that a NetScaler appliance no longer needs
description:
  - Removes a mitigation only where every node runs a build with the fix, no start-up file of a node has the line of the mitigation, no other mitigation
    that the appliance needs relies on its policies, and requests may be sent to every VIP. Otherwise nothing is changed, and all that is missing is named.
  - First the policies of the mitigation only count, and every attack of its traffic is sent. Where one is answered like on a vulnerable appliance, is
    not answered, or is not counted by our policies, they block again at once.
  - Then they are removed, as M(tourniquet.netscaler.rollback) does it. The absence is read back.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.measure
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.rollout
options:
  found:
    description:
      - What to do with the same mitigation that others made by hand, which is recognised by its rule. V(keep) leaves it; V(remove) removes it too,
        under the same conditions. It is unbound while the requests are sent.
    type: str
    choices: [keep, remove]
    default: keep
  unsaved:
    description:
      - What to do where the appliance has unsaved changes that are not ours. Saving our changes saves them too.
      - V(refuse) stops before anything is written, V(apply_without_save) leaves everything unsaved, V(save_first) saves theirs first.
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
  desired:
    description: By mitigation, C(version) and C(text), its rendered template, for the verdict at the end. The default is rendered from O(catalogue).
    type: dict
  opt_outs:
    description:
      - The entries of the catalogue that a person has opted out of on this appliance until a day, each with C(entry), C(why), C(who) and C(until).
        They do not count for the build to upgrade to that a refusal and the verdict at the end name.
    type: raw
"""

EXAMPLES = r"""
- name: Remove the mitigation where it is no longer needed
  tourniquet.netscaler.retire:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    mitigation: cve_2019_19781
    ticket: CHG0043
"""

RETURN = r"""
steps:
  description: The changes that were or would be made, with their lines in the form of ns.conf.
  returned: always
  type: list
  elements: dict
provenance:
  description: For each step that comes from a change record its object, the record, and why the record is trusted.
  returned: always
  type: list
  elements: dict
verdict:
  description:
    - The verdict on what the removal has left, as of today, without requests from outside. It is V(unknown) where something that it needs
      could not be read.
  returned: where something was carried out, not in check mode
  type: dict
inverse:
  description: The lines that undo the removal, in order.
  returned: always
  type: list
  elements: str
takes_away:
  description: Empty, since what a retirement removes is no longer needed; see M(tourniquet.netscaler.rollback).
  returned: always
  type: list
  elements: str
decided:
  description: Empty, as RV(takes_away) is.
  returned: always
  type: str
undoes:
  description: The names of the change records whose changes are undone.
  returned: always
  type: list
  elements: str
remarks:
  description: The objects that are left as they are, and why.
  returned: always
  type: list
  elements: str
saved:
  description: True if the configuration is saved; null where that is not known.
  returned: always
  type: bool
record:
  description: The path of the change record.
  returned: always
  type: str
partitions:
  description: The result for each admin partition, by its name.
  returned: where the appliance has admin partitions
  type: dict
lock:
  description:
    - The nodes that were locked, and the lock that was there before, such as that of an earlier run of this control node that died, or one
      that was broken and why.
  returned: always
  type: dict
notes:
  description: Remarks on the run besides its result.
  returned: always
  type: list
  elements: str
requests:
  description: The number of requests, in all and without those for the proof, and the number of TLS connections.
  returned: always
  type: dict
"""
