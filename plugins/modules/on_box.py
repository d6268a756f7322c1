# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: on_box
short_description: Let a script on each node of an old NetScaler appliance report new and changed files by syslog
description:
  - Puts a script into C(/nsconfig) of each node and one line into the crontab of root. Every five minutes it reports to syslog which regular files are
    new, changed or gone in the directories that M(tourniquet.netscaler.watch) watches. The script is a constant but for the tag of its messages.
  - For builds without integrity checks only. On others each start is reported as a file without a fingerprint, so they are refused, unless the appliance
    is named in O(on_box_force). M(tourniquet.netscaler.watch) needs nothing on the appliance.
  - It works over SSH with the OpenSSH client of the control node. Each file is replaced as a whole, only while it is the one that was read, and read back.
    What is there and not ours is neither replaced nor removed.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.account
options:
  on_box:
    description: V(present) puts the script and the line there, V(absent) takes exactly these out, V(status) only looks.
    type: str
    choices: [present, absent, status]
    default: status
  on_box_force:
    description: The names of the appliances that get the script although their build checks the integrity of what runs.
    type: list
    elements: str
    default: []
  on_box_tag:
    description: The tag of the messages, at most 31 small letters, digits and C(_).
    type: str
    default: tourniquet_on_box
  fail_at:
    description:
      - Fail where the exit code of the state is this or more. 1 is no report yet or not as planned, 2 changed by somebody else or silent, 3 unknown;
        C(4) never fails.
    type: int
    choices: [1, 2, 3, 4]
    default: 2
  settles:
    description: The options whose values the task states and no variable changes. The playbooks use it for what follows on a run.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Let each node report new and changed files
  tourniquet.netscaler.on_box:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    on_box: present
    user: tourniquet-shell
    password: "{{ vault_node_local_password }}"
    host_keys: "{{ node_local_host_keys }}"
"""

RETURN = r"""
on_box:
  description: The worst state of the nodes, such as V(reports), V(does NOT report) or V(CHANGED by somebody else).
  returned: always
  type: str
nodes:
  description: By node its state, and what it rests on.
  returned: always
  type: list
  elements: dict
lines:
  description: The plan, the states of the nodes, and remarks, as lines for people.
  returned: always
  type: list
  elements: str
record:
  description: The path of the change record; empty where nothing was changed.
  returned: always
  type: str
appliance:
  description: Build, customer, site and nodes of the appliance.
  returned: always
  type: dict
lock:
  description: The nodes that were locked.
  returned: always
  type: dict
notes:
  description: What an operator should know of the run.
  returned: always
  type: list
  elements: str
"""
