# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: node_local
short_description: Set the knob and the start-up line of a mitigation on each node of a NetScaler appliance
description:
  - The node-local half of CTX267679. It sets C(skip_systemaccess_policyeval=0) in the running packet engine of each node and puts the line that does so
    at each boot into C(/nsconfig/rc.netscaler), once. Without it no policy judges requests to the management address.
  - It works over SSH with the OpenSSH client of the control node. The commands are constants. The file is replaced as a whole, and only while it is
    the one that was read; its mode stays. It is read back over SSH and by C(systemfile), and requests to the management address prove it.
  - Before the knob is set, the global policies are evaluated for requests of the management; a policy that would stop one is a conflict. Where the
    management does not answer any more afterwards, everything is taken back at once.
  - The integrity checks of current builds report a changed C(rc.netscaler).
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.measure
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.account
options:
  version:
    description: The version of the mitigation whose attacks are sent; 0 is the current one.
    type: int
    default: 0
  state:
    description: V(present) sets it, V(absent) takes out the line that a run of ours wrote, V(status) only looks and uses no SSH.
    type: str
    choices: [present, absent, status]
    default: present
  first:
    description: The node of a pair that is changed first. The vendor's article begins with the primary.
    type: str
    choices: [primary, secondary]
    default: primary
  adopt:
    description: Take out lines that no run of ours wrote, too.
    type: bool
    default: false
  accept_exposure:
    description: With V(absent), take it out although a node runs a build that needs it.
    type: bool
    default: false
  reset_knob:
    description:
      - With the line, also set the running knob to 1, which users report as its value without the line. The vendor's article leaves it to a reboot.
    type: bool
    default: false
  reboot:
    description:
      - Reboot the nodes one at a time, each once, a pair with a failover in between. Not while a node has unsaved changes, and not without evidence
        in O(bundles), O(evidence) or O(evidence_waived_by).
    type: bool
    default: false
  reboot_timeout:
    description: Seconds for the reboot of one node and for a failover, 30 to 3600.
    type: int
    default: 900
  bundles:
    description:
      - The directory of the bundles of M(tourniquet.netscaler.evidence). With O(reboot), one that is sealed, whole, of all nodes and at most 24 hours
        old is looked for there, unless O(evidence) or O(evidence_waived_by) is set. By default C(evidence), where the other files of the user are.
    type: path
  evidence:
    description: Where evidence is that was taken in another way. O(reboot) needs this, O(evidence_waived_by), or evidence in O(bundles).
    type: str
    default: ""
  evidence_waived_by:
    description: The person who decided that no evidence is taken before the reboot.
    type: str
    default: ""
  probes:
    description: How many requests to send to each management address; V(few) is at most three, V(all) is every attack that needs no session.
    type: str
    choices: [none, few, all]
    default: few
  acknowledgements:
    description:
      - The warnings that a person has acknowledged. A list of mappings with C(why), C(who) and C(until), the last day on which it counts, such as
        C(2026-12-31), and with C(verdict) or C(mitigation) or both. The exit code of such a verdict is 0.
      - A verdict whose exit code is not 1 cannot be acknowledged. Without C(verdict) an entry is about every warning of the mitigation, without
        C(mitigation) about that verdict of all measures.
      - With C(policy) an entry is about a responder policy of somebody else in front of ours that lets chosen requests go on past it.
    type: raw
  seal:
    description: The seal of the plan that was shown. A run whose plan has another one is refused. The playbooks hand it on.
    type: str
    default: ""
  fail_at:
    description:
      - Fail where the exit code of a management address is this or more. 1 is covered until the next reboot, 2 not covered, 3 unknown; V(4) never
        fails.
    type: int
    choices: [1, 2, 3, 4]
    default: 2
"""

EXAMPLES = r"""
- name: Let policies judge requests to the management addresses
  tourniquet.netscaler.node_local:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    mitigation: cve_2019_19781
    user: tourniquet-shell
    password: "{{ vault_node_local_password }}"
    host_keys: "{{ node_local_host_keys }}"
"""

RETURN = r"""
management_address:
  description: The worst state of the management addresses, such as V(covered), V(covered until the next reboot) or V(NOT covered).
  returned: always
  type: str
nodes:
  description: By node its state, whether its address was asked, how often the line is in its start-up file (null where it was not read), and all in words.
  returned: always
  type: list
  elements: dict
lines:
  description: The plan, the states of the management addresses, and remarks, as lines for people.
  returned: always
  type: list
  elements: str
seal:
  description: The fingerprint of what the plan depends on; empty for V(status).
  returned: always
  type: str
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
