# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: bootstrap
short_description: Make a user of a NetScaler appliance that may do exactly what the chosen playbooks need
description:
  - Makes the user of O(appliance) with command policies of the same name, changes its rights where other playbooks are chosen, sets its password, or
    removes it. Without O(write) it shows the commands only.
  - After a change it reads the account on each node, logs on as the user there, and saves the configuration on both nodes.
  - The administrator, other users, and command policies that others made or use are never changed. A second run changes nothing.
  - No result, message or record has a password.
version_added: 0.3.0
extends_documentation_fragment:
  - tourniquet.netscaler.shared.lock
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
        each. C(user) and C(password) are those of the user that is made.
    type: raw
    required: true
  records:
    description:
      - The directory of the change records on the control node. One file per run and appliance, written before the first write to the appliance and
        after every step. It holds no secrets.
      - The default is C(records) beside the inventory; C(records) in the clone, if the inventory is in it too; without an inventory file, in
        C($XDG_STATE_HOME/tourniquet).
    type: path
  ticket:
    description: The ticket, which is shown to other runs by the lock.
    type: str
    default: ""
  reason:
    description: The reason, which is shown to other runs by the lock.
    type: str
    default: ""
  admin_user:
    description: The administrator who makes the user.
    type: str
    default: nsroot
  admin_password:
    description: The password of the administrator, from a vault or a lookup. It is refused on the command line.
    type: str
    required: true
  playbooks:
    description: The playbooks that the user shall run.
    type: list
    elements: str
    choices:
      - plan
      - status
      - verify
      - apply
      - rollback
      - retire
      - leave
      - lockdown
      - close
      - reopen
      - end_sessions
      - audit
      - on_box
      - impact
      - learn
      - read_logs
      - hunt
      - alarm
      - evidence
      - watch
      - doctor
      - catalogue
      - ledger
    default: [plan, apply, verify, status, rollback, doctor]
  measure_kinds:
    description: What these playbooks bring in.
    type: list
    elements: str
    choices: [mitigation, url_whitelist, geoblock, setting, management_log, appfw_log]
    default: [mitigation]
  extras:
    description:
      - V(audit_log) for switching on user-defined audit logging, V(fetch_logs) for fetching logs from the nodes, V(closing_steps) for the steps of
        C(close.yml) other than off, V(whole_catalogue) for C(status.yml) without a mitigation, C(catalogue.yml), C(reopen.yml) and C(ledger.yml),
        V(node_local) for C(plan.yml) and C(apply.yml) with C(-e node_local=true), V(node_local_reboot) for C(apply.yml) with C(-e
        node_local_reboot=true). The rights for admin partitions are added where the appliance has some.
    type: list
    elements: str
    choices: [audit_log, fetch_logs, closing_steps, whole_catalogue, node_local, node_local_reboot]
    default: []
  write:
    description: Carry the plan out. Without it the commands are only shown.
    type: bool
    default: false
  rotate_password:
    description: Make C(netscaler_password) the password of the user, where the appliance does not accept it.
    type: bool
    default: false
  adopt:
    description: Take over a user and command policies of these names that were made by hand.
    type: bool
    default: false
  remove:
    description: Remove the user and its command policies.
    type: bool
    default: false
  api_only:
    description: Let the user log on to NITRO only, and neither to the command line nor by SSH, where the release knows it (13.0 and newer).
    type: bool
    default: true
  unsaved:
    description:
      - What to do where the appliance has unsaved changes that are not ours. Saving our changes saves them too.
      - V(refuse) stops before anything is written, V(apply_without_save) leaves everything unsaved, V(save_first) saves theirs first.
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
attributes:
  check_mode:
    description: Only reads reach the appliance, and one log-on as the user where it exists.
    support: full
  diff_mode:
    description: Shows the commands.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - netaddr
"""

EXAMPLES = r"""
- name: Make the user of the playbooks
  tourniquet.netscaler.bootstrap:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    admin_password: "{{ vault_nsroot_password }}"
    playbooks: [plan, apply, verify, status, rollback]
    write: true
"""

RETURN = r"""
state:
  description: V(planned), V(done) or V(nothing to do).
  returned: success
  type: str
user:
  description: The name of the user.
  returned: success
  type: str
build:
  description: The build of the primary.
  returned: success
  type: str
lines:
  description: The commands that were or would be sent, with the password hidden.
  returned: success
  type: list
  elements: str
inverse:
  description: The commands that undo them, in order. A password has none.
  returned: success
  type: list
  elements: str
saved:
  description: True if the configuration was saved; null where nothing was carried out.
  returned: success
  type: bool
not_covered:
  description: The nodes that were not read.
  returned: success
  type: list
  elements: str
remarks:
  description: Other findings.
  returned: success
  type: list
  elements: str
requests:
  description: The number of requests by kind, and of TLS connections.
  returned: success
  type: dict
"""
