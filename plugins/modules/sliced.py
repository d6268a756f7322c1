# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: sliced
short_description: Carry out a verb over the fleet by slices on several machines
description:
  - Runs once for the whole fleet, on the controller. Each slice is a job of ansible-runner that plays the playbook of the verb on an execution node,
    over the appliances of the slice, with the part of the inventory that belongs to them.
  - V(lockdown), V(close) and V(reopen) are closing and reopening; the register of consent is the controller's. A closing goes on whatever another
    appliance does, as in the playbook of the verb.
  - The verbs that change something plan all appliances on the nodes first. The waves, the brake and the journal are those of M(tourniquet.netscaler.rollout)
    on the controller. One failure stops each slice that has not begun, on all nodes; slices that were begun are carried out to their end.
  - A node that gives no result has failed, and its appliances are named. Nothing is repeated in the same run.
  - What a node sends is checked; it counts for the appliances of its slice only. Their change records are merged into O(records).
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.shared.waves
options:
  plans:
    description: The directory of the plans. Each run has a directory of its own in it.
    type: str
    required: true
  plan:
    description:
      - The directory of a reviewed plan, C(<plans>/<time>-<run>). The appliance is planned again; where the new plan differs, nothing is changed, and
        the differences are reported. The file itself is never executed.
    type: str
    default: ""
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  verb:
    description: What is carried out.
    type: str
    choices: [plan, status, verify, apply, rollback, lockdown, close, reopen]
    required: true
  measure:
    description: The measure.
    type: str
    required: true
  drill:
    description: Practise a V(close) only. The nodes plan it; nothing is decided, and how it went is written to O(drills), in the name of O(who).
    type: bool
    default: false
  records:
    description: The directory of the change records, into which those of the machines are merged. The default is that of the node.
    type: path
  who:
    description: The name of the person who decides that all appliances go at once, or who does the drill.
    type: str
    default: ""
  ticket:
    description: The ticket of the change. It is part of the comments on the appliance and of the change record.
    type: str
    default: ""
  reason:
    description: The reason of the change, for the change record.
    type: str
    default: ""
  step:
    description: The step of the ladder, of a closing or a reopening.
    type: str
    default: ""
  consents:
    description:
      - The directory of the register of consent, which the nodes get with each job of a closing or a reopening. It gets an entry for each customer of
        what was closed or reopened. By default C(consent), where the other files of the user are.
    type: path
  described:
    description:
      - The customers by name, as in the inventory variable C(tourniquet_customers), with C(language), which is that of the page, C(other_access),
        their other way in, and C(consent). The virtual servers of one with C(consent) who has not agreed stay open.
    type: dict
  execution_nodes:
    description:
      - The machines, each a mapping with C(name), C(command) (the words of the program that takes the stream of ansible-runner transmit and returns
        that of ansible-runner worker) or C(receptor) (a mapping with C(socket), C(node), C(work_type), C(sign_work) and C(tls_client)), C(ping) and
        C(cancel) (beside C(command), the words of programs that end with 0 where the machine answers, and where a job begins nothing any more),
        C(keepalive) (the seconds between its signs of life), C(groups) (whose appliances it works on; empty for those that no other node names),
        C(takes_over) (the machines on whose slices it works when it has none of its own left) and C(state) (its directory for records, locks and key,
        C(/var/lib/tourniquet) by default).
    type: raw
  without_nodes:
    description: The names of execution nodes that are left out; the others get their appliances.
    type: list
    elements: str
    default: []
  slice_size:
    description: The largest number of appliances of a slice that changes something. After a failure no other slice begins.
    type: int
    default: 50
  slice_forks:
    description: How many appliances an execution node works on at once.
    type: int
    default: 16
  slice_timeout:
    description:
      - Seconds after which a job begins no other appliance, and a machine that has not answered is given up; five minutes later where the job may
        change something, so that what it has begun comes to its end.
    type: int
    default: 900
  slice_files:
    description: Files that go beside the inventory of each job, such as the certificate of a CA. One with a secret is refused.
    type: list
    elements: path
    default: []
  slice_runner:
    description: The program ansible-runner on the controller.
    type: str
    default: ansible-runner
  record_key:
    description: The key of the controller.
    type: path
  allowed_signers:
    description: The list of known control nodes. The machines get it too.
    type: path
attributes:
  check_mode:
    description: Plans only.
    support: full
  diff_mode:
    description: Shows the plans of the fleet, those that are the same as one paragraph.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - ansible-runner, as a program, on the controller and on each execution node
"""

EXAMPLES = r"""
- name: Apply over two machines
  tourniquet.netscaler.sliced:
    plans: plans
    verb: apply
    measure: cve_2019_19781
    execution_nodes:
      - name: amsterdam
        command: [ssh, amsterdam, ansible-runner, worker]
        groups: [site_amsterdam]
      - name: utrecht
        receptor: {socket: /run/receptor/receptor.sock}
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
results:
  description: By appliance the result of its last task, as the action of the verb returns it.
  returned: always
  type: dict
problems:
  description: By appliance that failed, could not be reached or was held, the kind and the reason.
  returned: always
  type: dict
planned:
  description: The appliances of which the result is only a plan.
  returned: always
  type: list
  elements: str
lost:
  description: By appliance of which nobody knows what was done, its machine. One to which nothing was sent is not among them.
  returned: always
  type: dict
notes:
  description: What a person should know besides, as sentences.
  returned: always
  type: list
  elements: str
next_action:
  description: What to do about appliances without a result; empty where each has one.
  returned: always
  type: str
next_commands:
  description: By appliance the commands of that, as values.
  returned: always
  type: dict
directory:
  description: The directory of this run's plans, with the summary and the journal.
  returned: where plans were made
  type: str
"""
