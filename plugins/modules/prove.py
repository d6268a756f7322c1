# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: prove
short_description: Settle by experiments how a NetScaler appliance behaves where the documents leave it open
description:
  - Each open fact of NITRO and of the policy language is a switch of the simulator. This module finds its position on a real appliance, and writes
    a result file that the simulator loads.
  - It only reads, unless O(scratch) allows objects of its own. Their names begin with C(tq_prove__). No client reaches them, they are bound to
    nothing else, and they are removed at the end in every case; what a run leaves when it dies, the next one removes.
  - It never saves, writes no ACL, and refuses O(scratch) where somebody has unsaved changes. On a pair it works on the primary.
  - In check mode it lists every request in full, and sends none.
version_added: 0.1.0
options:
  lock:
    description: Take the lock of the appliance before scratch objects are made, so that no other run saves them.
    type: bool
    default: true
  break_lock:
    description:
      - The reason to break the lock of another run; empty never breaks one. Make sure that the other run is dead.
      - The reason is part of the change record.
    type: str
    default: ""
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
      - The directory of the change records on the control node. One file per run and appliance, written before the first write to the appliance and
        after every step. It holds no secrets.
      - The default is C(records) beside the inventory; C(records) in the clone, if the inventory is in it too; without an inventory file, in
        C($XDG_STATE_HOME/tourniquet).
    type: path
  reason:
    description: Why it is run; other runs see it in the lock.
    type: str
    default: ""
  scratch:
    description: Allow scratch objects. Responder objects, sets, virtual servers without a client, and files in C(/var/tmp).
    type: bool
    default: false
  scratch_address:
    description: The address of two scratch virtual servers, which are disabled. No client may use it.
    type: str
    default: "192.0.2.250"
  scratch_port:
    description: Their port.
    type: int
    default: 65000
  gateway:
    description:
      - The name of a Gateway, at which two policies are bound for some seconds, with the priority 1 at C(REQUEST) and C(AAA_REQUEST). They match only
        a random header of one request of ours, and do nothing. Needs O(scratch).
    type: str
    default: ""
  globally:
    description: Allow the same for a global binding, which all requests of the appliance pass. Needs O(gateway).
    type: bool
    default: false
  results:
    description: The directory of the result files. By default C(open_facts), where the other files of the user are.
    type: path
attributes:
  check_mode:
    description: Can run in check mode; it lists the requests there, and sends none.
    support: full
  diff_mode:
    description: Leaves nothing changed, so there is no difference to show.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - netaddr
"""

EXAMPLES = r"""
- name: Settle the open facts of a spare VPX
  tourniquet.netscaler.prove:
    appliance:
      nodes: ["192.0.2.11"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    records: records
    results: open_facts
    scratch: true
  register: prove_result
"""

RETURN = r"""
result:
  description: The content of the result file. Position, experiment and observations of each settled fact; the reason for each one that is still open.
  returned: outside of check mode
  type: dict
files:
  description: The JSON file that the simulator loads, and the page for people.
  returned: outside of check mode
  type: list
  elements: str
left:
  description: The scratch objects that could not be removed.
  returned: outside of check mode
  type: list
  elements: str
report:
  description: The result as lines; in check mode every request.
  returned: always
  type: list
  elements: str
"""
