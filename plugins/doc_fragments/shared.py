# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that several modules share. Made from plugin_utils/verbs/common/options.yml (make docs)."""


class ModuleDocFragment:
    CHANGE = r"""
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
      - The directory of the change records on the control node. One file per run and appliance, written before the first write to the appliance and
        after every step. It holds no secrets.
      - The default is C(records) beside the inventory; C(records) in the clone, if the inventory is in it too; without an inventory file, in
        C($XDG_STATE_HOME/tourniquet).
    type: path
  record_key:
    description:
      - The file of the Ed25519 private key that signs the change records, in the form of OpenSSH and without a passphrase. It is made where it does
        not exist. The default is C(record_key) in C($XDG_STATE_HOME/tourniquet), which is C(~/.local/state/tourniquet).
    type: path
  allowed_signers:
    description:
      - The file with the public keys of the control nodes whose change records count, in the format of C(allowed_signers) of OpenSSH. Those of this
        control node count anyway. The default is C(allowed_signers) beside the inventory.
    type: path
  accept_record:
    description:
      - The names of change records, without their suffix, that count although no known control node has signed them. A change is carried out only
        where the rules of ownership allow it.
    type: list
    elements: str
    default: []
  accepted_by:
    description:
      - The person who accepts the records of O(accept_record) and O(resign). The name is part of the signed record. For O(accept_record) the default
        is the user of the control node.
    type: str
    default: ""
  resign:
    description:
      - Sign the change records of the appliance on this control node that no known control node has signed, in the name of the person in
        O(accepted_by). A change of a signed record is never accepted in this way.
    type: bool
    default: false
  ticket:
    description: The ticket of the change. It is part of the comments on the appliance and of the change record.
    type: str
    default: ""
  reason:
    description: The reason of the change, for the change record.
    type: str
    default: ""
"""

    MEASURE = r"""
options:
  mitigation:
    description: The id of an entry of the catalogue, such as V(cve_2019_19781), or of a measure of the inventory, such as V(url_whitelist).
    type: str
    required: true
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  settings:
    description:
      - The settings of a measure in the inventory, such as C(netscaler_whitelists) for V(url_whitelist) and the variables that begin with
        C(geoblock_) for V(geoblock). A mitigation has none. The default is the entry of C(measures), then the variables of the inventory.
    type: raw
"""

    LOCK = r"""
options:
  lock:
    description:
      - Lock the appliance before anything is written to it, so that two runs cannot collide. The lock is a small file on every node; the user must be
        allowed to write it.
      - With V(false) nothing keeps other runs out, and the result says so.
    type: bool
    default: true
  break_lock:
    description:
      - The reason to break the lock of another run; empty never breaks one. Make sure that the other run is dead.
      - The reason is part of the change record.
    type: str
    default: ""
"""

    ROLLOUT = r"""
options:
  plans:
    description:
      - The directory of the plans, where the task is part of a rollout; see M(tourniquet.netscaler.rollout). In check mode the plan is written there;
        otherwise the task reads there whether the appliance may start, and writes its result there.
      - Empty means that the task is not part of a rollout. In a role, where C(tourniquet_in_rollout) is true, as in the playbooks, the value of
        C(plans) is used.
    type: str
    default: ""
  plan:
    description:
      - The directory of a reviewed plan, C(<plans>/<time>-<run>). The appliance is planned again; where the new plan differs, nothing is changed, and
        the differences are reported. The file itself is never executed.
    type: str
    default: ""
"""

    DOCUMENT = r"""
options:
  document:
    description:
      - The desired state as YAML text, in NITRO's own type and attribute names; usually a rendered template.
      - Unknown types and attributes, and values of a wrong type, are errors that name the line.
      - Without it, the template of the version in the catalogue is rendered, with the priority of its entry and a log action.
    type: str
    default: ""
  version:
    description: The version of the mitigation that the document describes; V(0) is the current one. The default is the current version.
    type: int
    default: 0
  mode:
    description:
      - With V(observe) the rules of a mitigation count and log what they match, and let it pass. The build stays exposed, and the verdict says so.
        With V(enforce) they block. A later run with the other mode switches in place.
      - A measure of the inventory has a mode for each of its placements, and ignores this one.
    type: str
    choices: [observe, enforce]
    default: enforce
  audit_log:
    description:
      - Switch on user-defined audit logging (C(set audit syslogParams -userDefinedAuditlog YES)) where it is off. Without it, the log action of a
        mitigation writes nothing. A setting of the whole appliance, it is a step of the plan with its inverse. It stays on until a rollback restores
        it.
    type: bool
    default: false
  as_of:
    description:
      - The date as of which the verdict is given, as V(2020-01-15). Empty means today.
      - The verdict as of today is always returned too.
    type: str
    default: ""
"""

    VERDICT = r"""
options:
  acknowledgements:
    description:
      - The warnings that a person has acknowledged. A list of mappings with C(why), C(who) and C(until), the last day on which it counts, such as
        C(2026-12-31), and with C(verdict) or C(mitigation) or both. The exit code of such a verdict is 0.
      - A verdict whose exit code is not 1 cannot be acknowledged. Without C(verdict) an entry is about every warning of the mitigation, without
        C(mitigation) about that verdict of all measures.
      - With C(policy) an entry is about a responder policy of somebody else in front of ours that lets chosen requests go on past it.
    type: raw
  planned_fix:
    description:
      - The day on which the firmware fix of this appliance is planned, such as C(2026-12-15), or a mapping of mitigations to days. It is shown with
        what is still there of a mitigation, and changes no verdict.
    type: raw
  opt_outs:
    description:
      - The entries of the catalogue that a person has opted out of on this appliance until a day, each with C(entry), C(why), C(who) and C(until). In
        the verdict on the whole catalogue such an entry decides nothing and is listed apart, and C(recommended) leaves it out.
    type: raw
"""

    LOGS = r"""
options:
  logs:
    description:
      - The sources of recorded requests, as a list. Each has C(path), with C(*) and C(?) if wanted, and may have C(format) (C(observe), C(web),
        C(httpaccess), C(json) or C(auto)), C(vip) (the virtual server, where the lines do not name it), C(date_order) (C(MDY), C(DMY) or C(YMD)) and
        C(fields) (of JSON, by fact the key that holds it).
      - Rotated and gzip files are read too.
    type: raw
  logs_below:
    description: The directory that relative paths in O(logs) start from. The default is the project.
    type: str
    default: .
  fetch:
    description:
      - Logs to fetch from the nodes over NITRO, with their rotated files, such as C(ns.log), C(httpaccess.log) and C(httpaccess-vpn.log). The user
        must be allowed C(show system file). They are deleted afterwards.
    type: list
    elements: str
    default: []
  since:
    description: The first day, such as V(2020-01-01). Empty means as far back as the logs reach.
    type: str
    default: ""
  until:
    description:
      - The last day. Empty means up to the end of the logs; for M(tourniquet.netscaler.learn), up to the day before the exploit became public.
    type: str
    default: ""
  workers:
    description: How many processes read the logs; V(0) means one for each core.
    type: int
    default: 0
"""

    SSH = r"""
options:
  ssh:
    description:
      - Run the SSH half too, which looks at permissions, owners, processes and ports. The scripts only read, and the appliance notes them in
        C(bash.log).
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
"""

    ACCOUNT = r"""
options:
  user:
    description: The administrator who logs on over SSH. The account needs C(superuser), since no other one may use the shell.
    type: str
    default: ""
  password:
    description: The password of that account. Either this or O(key_file).
    type: str
    default: ""
  key_file:
    description: The private key of that account on the control node, without a passphrase or in an agent.
    type: path
  host_keys:
    description: The public host keys of the nodes, each as type and base64. Nothing is sent to a node that shows another one.
    type: list
    elements: str
    default: []
  port:
    description: The port of SSH on the nodes.
    type: int
    default: 22
"""

    VSERVERS = r"""
options:
  who:
    description: The name of the person who decides. The record holds it beside the user and the control node.
    type: str
    default: ""
  vips:
    description: Only these virtual servers, by name or address (V(192.0.2.10) or V(192.0.2.10:443)). Empty means all.
    type: list
    elements: str
    default: []
  kinds:
    description: Only these kinds of virtual servers.
    type: list
    elements: str
    choices: [vpn, authentication, cs, lb]
    default: [vpn, authentication, cs, lb]
  customers:
    description: Only virtual servers of these customers, by C(netscaler_vserver_customers) and C(netscaler_customer). Empty means all.
    type: list
    elements: str
    default: []
  partitions:
    description: Only virtual servers in these admin partitions. Empty means all.
    type: list
    elements: str
    default: []
  scope:
    description:
      - V(fleet) closes or opens the whole inventory. C(close.yml), C(lockdown.yml) and C(reopen.yml) need it, unless O(customers), O(vips),
        O(partitions), C(target) or C(--limit) names what is closed or opened; check mode and a drill need none. They narrow it together. It counts in
        the command only, not in the inventory.
      - A task of its own works at its one appliance in any case.
    type: str
    choices: ["", fleet]
    default: ""
  save:
    description: When to save the configuration. V(proven) saves unless a probe contradicts the result.
    type: str
    choices: [proven, always, never]
    default: proven
  unsaved:
    description:
      - What to do where the appliance has unsaved changes that are not ours. Saving our changes saves them too.
      - V(refuse) stops before anything is written, V(apply_without_save) leaves everything unsaved, V(save_first) saves theirs first.
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
"""

    TERM = r"""
options:
  consents:
    description:
      - The directory of the register of consent, which gets an entry for each customer of what is closed. By default C(consent), where the other
        files of the user are.
    type: path
  expires:
    description:
      - When a new decision is due, in hours from now (V(24)) or as a time (V(2020-01-18T08:00), by the control node's clock and zone unless it names
        another one).
    type: str
    default: ""
  longest:
    description: How many hours ahead O(expires) may be.
    type: int
    default: 72
  extend:
    description:
      - Give this decision, with its reason and expiry, to virtual servers that an earlier lockdown closed. Without it, a second lockdown of them
        changes nothing.
    type: bool
    default: false
  described:
    description:
      - The customers by name, as in the inventory variable C(tourniquet_customers), with C(language), which is that of the page, C(other_access),
        their other way in, and C(consent). The virtual servers of one with C(consent) who has not agreed stay open.
    type: dict
  without_consent:
    description: Close the virtual servers of customers who have not agreed too, in the name of C(who). The register of consent keeps it.
    type: bool
    default: false
"""

    FINDINGS = r"""
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
      - The directory of the change records on the control node. One file per run and appliance, written before the first write to the appliance and
        after every step. It holds no secrets.
      - The default is C(records) beside the inventory; C(records) in the clone, if the inventory is in it too; without an inventory file, in
        C($XDG_STATE_HOME/tourniquet).
    type: path
  record_key:
    description:
      - The file of the Ed25519 private key that signs the change records, in the form of OpenSSH and without a passphrase. It is made where it does
        not exist. The default is C(record_key) in C($XDG_STATE_HOME/tourniquet), which is C(~/.local/state/tourniquet).
    type: path
  allowed_signers:
    description:
      - The file with the public keys of the control nodes whose change records count, in the format of C(allowed_signers) of OpenSSH. Those of this
        control node count anyway. The default is C(allowed_signers) beside the inventory.
    type: path
"""

    STEP = r"""
options:
  partners:
    description: The networks of the partners, for the step V(partners). None of them may hold all addresses.
    type: raw
  notice:
    description: The text of the page of the step V(notice) by language, C(nl) and C(en), each one line of at most 300 characters.
    type: raw
  policy_priority:
    description: The priority of the policies of V(partners) and V(notice); V(0) is that of the step, 20 and 10.
    type: int
    default: 0
  accept_sleeping_policies:
    description: Policies of others, by name, that may take effect when a feature is enabled.
    type: list
    elements: str
    default: []
"""

    WAVES = r"""
options:
  profile:
    description:
      - The default of O(waves) and O(bake_seconds). V(normal) has waves of 10, 50 and 100 % after the canary, with 60 s after each; V(emergency) has
        25 and 100 %, with 10 s. The canary always goes first.
    type: str
    choices: [normal, emergency]
    default: normal
  canary:
    description: The appliances of the first wave, how many or their names.
    type: raw
    default: 1
  waves:
    description: The waves after the canary, as counts or percentages of the fleet. The last one repeats. The default is the profile's.
    type: raw
  bake_seconds:
    description: Seconds to wait after a wave before the next one starts. The default is the profile's.
    type: raw
  max_failed:
    description:
      - How many appliances may fail, over the whole fleet, before all others are held. A wave in which every appliance fails always stops the
        rollout. A lockdown and a closing have no such limit.
    type: raw
    default: 0
  accept_unreachable:
    description: The appliances that may be unreachable, how many or their names. One that becomes unreachable later has failed.
    type: raw
    default: 0
  accept_refused:
    description: The appliances whose plan may be refused, how many or their names. They are left out.
    type: raw
    default: 0
  all_at_once:
    description: Let all appliances go at once, without a canary and without waves. C(who) decides that.
    type: bool
    default: false
  drills:
    description: The directory of the results of drills.
    type: path
"""

    BUNDLE = r"""
options:
  bundle:
    description: The file of a bundle; its signature is beside it, with C(.sig).
    type: path
  updates:
    description: The directory of the bundles that were taken. The default is C(catalogue_updates) beside the inventory.
    type: path
  own_entries:
    description: The directory of your own entries. The default is C(catalogue) beside the inventory; V(none) leaves them out.
    type: raw
  allowed_signers:
    description:
      - The file with the public keys of the control nodes whose change records count, in the format of C(allowed_signers) of OpenSSH. Those of this
        control node count anyway. The default is C(allowed_signers) beside the inventory.
    type: path
"""
