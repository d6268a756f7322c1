# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback
short_description: Take a mitigation off a NetScaler appliance
description:
  - Restores what was there before, from the change records or, without any, from what carries our prefix and comment.
  - Absence is proven by reading. An appliance that does not answer is a failure, not "already gone".
  - A feature that was off before goes off again only where every place where it could be used was read and is empty.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.appliance.rollout
  - tourniquet.netscaler.appliance.measure
  - tourniquet.netscaler.appliance.lock
options:
  why:
    description:
      - V(after_fix) removes the mitigation where every node runs a fixed build, and refuses elsewhere.
      - V(undo) takes back what the last run did.
    type: str
    choices: [after_fix, undo]
    default: after_fix
  accept_exposure:
    description: Remove the mitigation although a node needs it.
    type: bool
    default: false
  force:
    description: Go on although somebody else changed the objects since.
    type: bool
    default: false
  unsaved:
    description: What to do where somebody else has unsaved changes on the appliance; as for M(tourniquet.netscaler.apply).
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
"""

EXAMPLES = r"""
- name: Take the mitigation off where the fixed build runs
  tourniquet.netscaler.rollback:
    appliance: {nodes: ["192.0.2.11"], user: tourniquet, password: "{{ vault_netscaler_password }}"}
    mitigation: cve_2019_19781
    catalogue: templates/mitigations
    records: records
    ticket: CHG0043
"""

RETURN = r"""
steps:
  description: What was or would be changed, with the lines in the form of ns.conf.
  returned: always
  type: list
  elements: dict
inverse:
  description: The lines that undo the rollback, in order.
  returned: always
  type: list
  elements: str
undoes:
  description: The names of the change records that this takes back.
  returned: always
  type: list
  elements: str
remarks:
  description: What was left as it is, and why.
  returned: always
  type: list
  elements: str
saved:
  description: Whether the configuration is saved; null where that is not known.
  returned: always
  type: bool
record:
  description: The path of the change record.
  returned: always
  type: str
partitions:
  description: What was found and done in each admin partition, by its name.
  returned: where the appliance has admin partitions
  type: dict
lock:
  description:
    - The nodes that were locked, and what stood there before, such as the lock of a run of our own that had died, or one that
      was broken and why.
  returned: always
  type: dict
notes:
  description: What a person should know of the run besides its outcome.
  returned: always
  type: list
  elements: str
requests:
  description: How many requests were made, in all and without those for the proof, and over how many TLS connections.
  returned: always
  type: dict
"""
