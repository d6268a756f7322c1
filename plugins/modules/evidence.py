# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: evidence
short_description: Take the evidence of one NetScaler appliance into a sealed bundle
description:
  - Takes volatile state, logs, configuration, a full backup and the support bundle of each node over NITRO, the most volatile first, and the output of
    constant scripts over SSH where that is allowed. Each file is hashed; the manifest is signed with the key of this control node.
  - It changes no configuration. A full backup is created, read and deleted, and a support bundle is created and stays; the manifest has all of that.
  - A run that died is continued by the next one. Only the owner may read a bundle, and a place that others may read is refused.
  - An appliance that cannot be reached is unreachable in the report; the task does not fail.
    M(tourniquet.netscaler.fleet_page) collects the results of all
    appliances.
version_added: 0.1.0
options:
  ssh:
    description:
      - Run the SSH half too, which shows processes, sockets and permissions. The scripts only read, and the appliance notes them in C(bash.log).
    type: bool
    default: false
  ssh_user:
    description: An account of its own for the shell; it needs the command policy C(superuser). Mandatory with O(ssh).
    type: str
    default: ""
  ssh_password:
    description: Its password, from a vault. Either this or O(ssh_key_file).
    type: str
    default: ""
  ssh_key_file:
    description: A private key on the control node.
    type: path
  ssh_host_keys:
    description: The public host keys of the nodes, each as type and base64. Mandatory with O(ssh).
    type: list
    elements: str
    default: []
  ssh_port:
    description: The port of SSH.
    type: int
    default: 22
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
  reason:
    description: Why it is taken, such as the number of a case, for the manifest.
    type: str
    default: ""
  records:
    description: The directory of the change records on the control node, where the commands of the SSH half are noted as ours.
    type: path
  record_key:
    description: The file of the private key of this control node, which seals the bundle; see M(tourniquet.netscaler.apply).
    type: path
  allowed_signers:
    description:
      - The file with the public keys of the control nodes whose change records count, in the format of C(allowed_signers) of OpenSSH. Those of this
        control node count anyway. The default is C(allowed_signers) beside the inventory.
    type: path
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  bundles:
    description: The directory of the bundles. By default C(evidence), where the other files of the user are.
    type: path
  parts:
    description:
      - What is taken. V(volatile) is the state that a reboot loses, V(files) are logs, configuration and the files that scanners look at, V(backup)
        is a full backup, V(support) the support bundle, V(shell) the SSH half, which O(ssh) adds.
    type: list
    elements: str
    choices: [volatile, shell, files, backup, support]
    default: [volatile, files, backup, support]
  largest:
    description: The most MiB of one node.
    type: int
    default: 1024
  further_directories:
    description:
      - The most directories of one node that are listed. The temporary, web and configuration directories are followed to the end. A directory that
        is not listed is a gap.
    type: int
    default: 2000
  further_files:
    description:
      - The most files of one node that are read there, beside the logs, C(/nsconfig) itself, the temporary files and what is named by an indicator,
        by O(traces) or by O(baselines). A listed file that is not read is a gap, with its size and the reason.
    type: int
    default: 400
  further_mib:
    description: The most MiB of these files.
    type: int
    default: 128
  further_minutes:
    description: The most minutes in which the directories of one node are listed and these files are read.
    type: int
    default: 10
  traces:
    description: The file C(hunt.json) of a report of C(hunt.yml). The files that this hunt names are read before the others.
    type: path
  baselines:
    description:
      - The directory of the states of C(watch.yml). The files that are new or changed since the accepted state are read before the others. By default
        where C(watch.yml) has them.
    type: path
  fail_at:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: int
    choices: [1, 2, 3]
    default: 2
attributes:
  check_mode:
    description: Can run in check mode; it only lists then, and takes nothing.
    support: full
  diff_mode:
    description: Changes no configuration, so there is no difference to show.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - netaddr
  - cryptography
"""

EXAMPLES = r"""
- name: Take evidence
  tourniquet.netscaler.evidence:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    reason: CASE0007
  register: evidence_result
"""

RETURN = r"""
not_reached:
  description: True if no node could be reached.
  returned: always
  type: bool
bundle:
  description: The directory of the bundle; empty where nothing was taken, and in check mode.
  returned: always
  type: str
manifest_sha256:
  description: The SHA-256 of its manifest.
  returned: always
  type: str
files:
  description: How many files the bundle has; in check mode how many would be read one by one.
  returned: always
  type: int
bytes:
  description: Their bytes.
  returned: always
  type: int
nodes:
  description: The nodes that answered, each with its role, its version, its time, and by how many seconds its clock is ahead of the control node's.
  returned: always
  type: list
  elements: dict
gaps:
  description: What could not be taken, as sentences.
  returned: always
  type: list
  elements: str
to_allow:
  description: The options with which a person allows what a limit has left out.
  returned: always
  type: list
  elements: str
left_out:
  description: What was left out on purpose, or what the build does not have.
  returned: always
  type: list
  elements: str
footprint:
  description: What was done on each node, with its time; in check mode what would be.
  returned: always
  type: list
  elements: dict
exit_code:
  description: 0 whole, 2 something could not be taken.
  returned: always
  type: int
requests:
  description: The number of NITRO requests.
  returned: always
  type: int
"""
