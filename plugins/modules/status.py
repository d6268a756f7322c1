# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: status
short_description: Say where a NetScaler appliance stands with a mitigation
description:
  - Reads the appliance and gives one verdict with its reasons. Nothing is ever written to the appliance.
  - With O(probes) it also asks the VIPs from outside. A proof is noted in a record on the control node.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.appliance.measure
  - tourniquet.netscaler.appliance.document
options:
  plans:
    description: The directory of the plans, where the task is part of a rollout; see M(tourniquet.netscaler.rollout).
    type: str
    default: ""
  probes:
    description:
      - How many requests from outside to send to each VIP; V(few) are at most three, V(all) the whole traffic file, six at a time.
    type: str
    choices: [none, few, all]
    default: none
  fail_at:
    description: Fail where the verdict's exit code (0 ok, 1 warning, 2 critical, 3 unknown) is this or more; 4 never fails.
    type: int
    choices: [1, 2, 3, 4]
    default: 4
"""

EXAMPLES = r"""
- name: Say where the appliance stands
  tourniquet.netscaler.status:
    appliance: {nodes: ["192.0.2.11"], user: tourniquet, password: "{{ vault_netscaler_password }}"}
    mitigation: cve_2019_19781
    version: 2
    catalogue: templates/mitigations
    document: "{{ lookup('ansible.builtin.template', 'templates/mitigations/cve_2019_19781/v2.yml.j2') }}"
    records: records
    probes: all
    fail_at: 2
"""

RETURN = r"""
verdict:
  description: The one word for the appliance as of O(as_of), its reason, next action, exit code, and what it rests on.
  returned: always
  type: dict
verdict_today:
  description: The same as of today.
  returned: always
  type: dict
deployed_version:
  description: The version of the mitigation that is in place; null where none is.
  returned: always
  type: int
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
hits:
  description: The hit counters of our policies.
  returned: always
  type: dict
proof:
  description:
    - The probes of this run, and when the state was proven before.
    - Of the probes how many got which answer, and in full those attacks that were not stopped and those requests that were not
      served (C(exceptions)). The change record of a proof has every one.
  returned: always
  type: dict
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
requests:
  description: How many requests were made, in all and without those for the proof, and over how many TLS connections.
  returned: always
  type: dict
"""
