# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: watch
short_description: Compare one NetScaler appliance with the state that a person accepted
description:
  - Lists on each node the directories where code must not appear, reads what is new or changed there, the start-up files, crontabs and the kernel's
    integrity messages, and reads users, command policies and EPA actions. It only reads, over NITRO, and needs no file of ours on the appliance.
  - Each run keeps what it has seen on the control node. With O(accept) a person accepts what the run before has shown.
  - An appliance that cannot be reached is unreachable in the report; the task does not fail. M(tourniquet.netscaler.fleet_page) collects the findings of all
    appliances.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.findings
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give O(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  appliance:
    description:
      - How to reach the appliance, by the names of the inventory variables without C(netscaler_); P(tourniquet.netscaler.appliance#role) documents
        each.
      - Checked strictly by type before anything is sent.
    type: raw
    required: true
  records:
    description:
      - The directory of the change records, by which the script of C(on_box.yml) is told from files of others. The role
        P(tourniquet.netscaler.catalogue#role) says where it is by default.
    type: path
  record_key:
    description:
      - The file of the Ed25519 private key that signs the states, in the form of OpenSSH; it is that of the change records. It is made where it does
        not exist.
    type: path
  allowed_signers:
    description:
      - The file with the public keys of the control nodes whose states count, in the format of C(allowed_signers) of OpenSSH. A line with
        C(namespaces) must have C(tourniquet-baseline). The key of this control node counts anyway.
    type: path
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  baselines:
    description:
      - The directory of the accepted states on the control node, one for each build that a person accepted. Only its owner may read it. A state that
        was changed, or that no known control node has signed, does not count, and the appliance is incomplete. By default C(baselines) where the
        change records are by default; the role P(tourniquet.netscaler.catalogue#role) says where that is.
    type: path
  accept:
    description:
      - The name of the person who accepts what the run before has shown. It is refused where something has changed since, or could not be looked at.
    type: str
    default: ""
  accept_findings:
    description:
      - The numbers of findings of the level compromise that O(accept) accepts too, such as that of a page in PHP of the customer. Without them an
        appliance that has such a finding is refused.
    type: list
    elements: str
    default: []
  hash_all:
    description:
      - Read every watched file again, once a day for instance. Otherwise a file with the size and the time of the run before is not read, except for
        start-up files and crontabs.
    type: bool
    default: false
  fail_at:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: int
    choices: [1, 2, 3]
    default: 2
"""

EXAMPLES = r"""
- name: Compare with the accepted state
  tourniquet.netscaler.watch:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    baselines: baselines
  register: integrity_watch_result
"""

RETURN = r"""
not_reached:
  description: True if no node could be reached.
  returned: always
  type: bool
findings:
  description: >-
    The changes and alarms, each with appliance, node, level (compromise or review), what, where, why, evidence, time, before_or_after_fix, seen_by,
    cannot_mean, next_step, entries, id and acknowledged.
  returned: always
  type: list
  elements: dict
not_seen:
  description: What could not be looked at, each with what, why, node and is_gap, which is false where it was left out on purpose.
  returned: always
  type: list
  elements: dict
reach:
  description: Always empty; hunt.yml says how far back logs reach.
  returned: always
  type: list
  elements: dict
looked_at:
  description: The numbers of nodes, directories and files that were looked at, and of the bytes that were read.
  returned: always
  type: dict
expected:
  description: How many new or changed files were expected, since the accepted state of the other node has them.
  returned: always
  type: int
shown:
  description: The file with all that was seen; empty in check mode.
  returned: always
  type: str
exit_code:
  description: 0 nothing found in what was looked at, 1 review, 2 compromise or incomplete.
  returned: always
  type: int
requests:
  description: The number of NITRO requests.
  returned: always
  type: int
"""
