# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: rollback
short_description: Remove a measure from a NetScaler appliance
description:
  - Restores the state before the measure, from the change records or, without any, from the objects that have our prefix and comment.
  - The absence is read back. An appliance that does not answer has failed; it does not count as "already gone".
  - A feature that was disabled before is disabled again only where every place where it can be used was read and is empty.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.measure
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.rollout
options:
  why:
    description:
      - V(after_fix) removes the measure where every node runs a fixed build, and refuses elsewhere.
      - V(undo) undoes the last run.
    type: str
    choices: [after_fix, undo]
    default: after_fix
  accept_exposure:
    description: Remove the measure although a node needs it.
    type: bool
    default: false
  force:
    description: Continue although the objects were changed by somebody else since.
    type: bool
    default: false
  who:
    description:
      - The name of the person who decides; mandatory, with a reason, where the run takes protection away, such as with C(why=undo) before the fix.
    type: str
    default: ""
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
- name: Remove the mitigation where the fixed build runs
  tourniquet.netscaler.rollback:
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
    - The verdict on what the rollback has left, as of today, without requests from outside. It is V(unknown) where something that it needs
      could not be read.
  returned: where something was carried out, not in check mode
  type: dict
inverse:
  description: The lines that undo the rollback, in order.
  returned: always
  type: list
  elements: str
takes_away:
  description:
    - The services from which the run takes protection away although a node needs it, or would in check mode. Empty where it takes none away, and once every
      node runs a build with the fix.
  returned: always
  type: list
  elements: str
decided:
  description: By whose decision the run takes protection away, and why, in words. Empty where it takes none away, or nobody is named.
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
