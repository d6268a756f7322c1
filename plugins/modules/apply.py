# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apply
short_description: Bring a mitigation onto a NetScaler appliance, prove it, and save it
description:
  - Compares what the appliance has with the desired state, writes only the differences, reads every attribute back, proves
    the effect with requests from outside and the hit counters, and saves once when it is proven.
  - In check mode it is the plan. There is no second code path.
  - A failing step plays the inverses of what was done. If legitimate traffic that was answered before no longer is, the
    change is undone at once. A rule that could not be proven stays, unsaved, unless O(on_unproven=revert).
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.appliance.rollout
  - tourniquet.netscaler.appliance.measure
  - tourniquet.netscaler.appliance.lock
  - tourniquet.netscaler.appliance.document
options:
  adopt:
    description: Take over objects that have our names and not our comment. What they were is restored by a rollback.
    type: bool
    default: false
  force:
    description: Apply on a build on which the vendor says that the mitigation does not work.
    type: bool
    default: false
  accept_sleeping_policies:
    description: Policies of others that may wake up when a feature is switched on, by name.
    type: list
    elements: str
    default: []
  unsaved:
    description:
      - What to do where somebody else has unsaved changes on the appliance. Saving ours saves theirs too.
      - V(refuse) stops before anything is written, V(apply_without_save) leaves everything unsaved, V(save_first) saves
        theirs first.
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
  on_unproven:
    description: Whether a rule stays that could not be proven. A mitigation is not taken off because a probe was unlucky.
    type: str
    choices: [keep, revert]
    default: keep
  probes:
    description:
      - How many requests from outside to send to each VIP before and after; V(few) are at most three, V(all) the whole
        traffic file, six at a time. With V(none) nothing can be proven.
    type: str
    choices: [none, few, all]
    default: few
  save:
    description: When to save the configuration.
    type: str
    choices: [proven, always, never]
    default: proven
"""

EXAMPLES = r"""
- name: Bring a mitigation onto the appliance
  tourniquet.netscaler.apply:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: files/appliances-ca.pem
    mitigation: cve_2019_19781
    version: 2
    catalogue: templates/mitigations
    document: "{{ lookup('ansible.builtin.template', 'templates/mitigations/cve_2019_19781/v2.yml.j2') }}"
    records: records
    ticket: CHG0042
  no_log: false
"""

RETURN = r"""
verdict:
  description: The one word for the appliance as of O(as_of), its reason, next action, exit code, and what it rests on.
  returned: always
  type: dict
  sample: {word: mitigated, reason: "blocked at gw (192.0.2.13:443)", next_action: upgrade to 13.0 47.24 or later, exit_code: 0}
verdict_today:
  description: The same as of today.
  returned: always
  type: dict
appliance:
  description: Build, customer, site, and the nodes with their roles and start-up files.
  returned: always
  type: dict
seal:
  description: The fingerprint of the configuration that the plan depends on.
  returned: always
  type: str
steps:
  description: What was or would be changed, with the lines in the form of ns.conf.
  returned: always
  type: list
  elements: dict
inverse:
  description: The lines that undo the steps, in order.
  returned: always
  type: list
  elements: str
parts:
  description:
    - Of a measure such as V(url_whitelist) each part, by list and bind point, with the mode that is wanted (C(mode)), the one that is
      in force by what is bound (C(in_force)), and the hits of each. A mitigation has none.
  returned: always
  type: list
  elements: dict
remarks:
  description: What the measure has to say of what is asked for, such as exceptions that have expired.
  returned: always
  type: list
  elements: str
conflicts:
  description: What is in the way, each with its kind, message and fix.
  returned: always
  type: list
  elements: dict
proof:
  description:
    - The offline evaluation, the appliance's own, the probes before and after, and how the hit counters rose.
    - Of the probes how many got which answer, and in full those attacks that were not stopped and those requests that were not
      served (C(exceptions)). The change record has every one.
  returned: always
  type: dict
saved:
  description: Whether the configuration is saved; null where the appliance does not tell.
  returned: always
  type: bool
record:
  description: The path of the change record.
  returned: always
  type: str
drift:
  description:
    - In what the running and the saved configuration of each node differ from what was in place, one text for each attribute, before
      this run changed anything.
  returned: always
  type: list
  elements: str
corrected:
  description: What of that this run put right, or would in check mode.
  returned: always
  type: list
  elements: str
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
