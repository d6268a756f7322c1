# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: ledger
short_description: Say from when to when one NetScaler appliance was exposed to which weakness
description:
  - Makes a row for each customer of the appliance and each entry of the catalogue, from the signed change records, the builds of all nodes, the
    configuration and the report of a hunt. Each date has its source and how sure it is. It only reads, over NITRO.
  - Answers for each customer whether the appliance may be opened again, as M(tourniquet.netscaler.reopen) does, here by weaknesses of every surface.
  - Of an appliance that cannot be reached the records count alone; the task does not fail.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.findings
  - tourniquet.netscaler.shared.findings
options:
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  acknowledgements:
    description:
      - A list of the policies of somebody else in front of ours that a person has acknowledged; see M(tourniquet.netscaler.status). Without it our
        measure behind such a policy does not count as proven.
    type: raw
  traces:
    description:
      - The file C(hunt.json) of a report of C(hunt.yml). Where the whole catalogue is asked for, the verdict has the word of that hunt beside it, and
        a compromise that it found decides. Without it nothing is said of traces.
    type: path
  as_of:
    description: What was published after this day (2020-01-17) does not count. Builds and runs are those known today. Empty is today.
    type: str
    default: ""
  ledgers:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: str
    default: ""
  fail_at:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: int
    choices: [1, 2, 3]
    default: 2
"""

EXAMPLES = r"""
- name: Make the ledger
  tourniquet.netscaler.ledger:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      customer: Brouwer
  register: ledger_result
"""

RETURN = r"""
not_reached:
  description: True if no node could be reached.
  returned: always
  type: bool
answers:
  description: >-
    For each customer C(answer) (open, patch_first, assume_compromised or unknown), C(text), C(sentences) for the customer by language, C(recovery) and C(rows).
  returned: always
  type: list
  elements: dict
problem:
  description: Why the appliance was not read; empty where it was.
  returned: always
  type: str
requests:
  description: The number of NITRO requests.
  returned: always
  type: int
"""
