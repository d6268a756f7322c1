# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules of the collection share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure). An option C(x) takes the first value that is set, C(measure_x),
        C(catalogue_x) where P(tourniquet.netscaler.catalogue#role) documents it, its short name (mostly C(x)), what the task states, the default.
        The inventory variables of P(tourniquet.netscaler.appliance#role) give O(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  appliance:
    description:
      - How to reach the appliance, by the names of the inventory variables without C(netscaler_);
        P(tourniquet.netscaler.appliance#role) documents each.
      - Checked strictly by type before anything is sent.
    type: raw
    required: true
  records:
    description:
      - The directory of the change records on the control node. One file per run and appliance, written before the first
        write to the appliance and after every step. It holds no secrets.
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
      - The file with the public keys of the control nodes whose change records count, in the format of C(allowed_signers) of OpenSSH. Those of
        this control node count anyway.
    type: path
  accept_record:
    description:
      - The names of change records, without their suffix, that count although no known control node has signed them. A change is carried out
        only where the rules of ownership allow it.
    type: list
    elements: str
    default: []
  accepted_by:
    description:
      - The person who accepts the records of O(accept_record) and O(resign). The name is part of the signed record. For O(accept_record) the
        default is the user of the control node.
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
attributes:
  check_mode:
    description: Can run in check mode and show what would change. Only reads, login, logout and the session's switch to an
      admin partition reach the appliance then.
    support: full
  diff_mode:
    description: Shows the lines in the form of C(ns.conf), with their inverse.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - ahocorasick-rs
  - lark
  - netaddr
notes:
  - Where C(apply), C(status), C(rollback), C(lockdown) or C(reopen) fails, the result has the reason in C(msg), and its other values in
    C(diff.details). Ansible prints all of a failed result except its diff.
"""

    MEASURE = r"""
options:
  mitigation:
    description:
      - The id of an entry of the catalogue, such as V(cve_2019_19781), or of a measure of the inventory, such as V(url_whitelist).
    type: str
    required: true
"""

    CATALOGUE = r"""
options:
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  settings:
    description:
      - The settings of a measure in the inventory, such as C(netscaler_whitelists) for V(url_whitelist) and the variables that begin with
        C(geoblock_) for V(geoblock). A mitigation has none.
    type: raw
"""

    REMOVAL = r"""
options:
  unsaved:
    description: What to do where the appliance has unsaved changes that are not ours; as for M(tourniquet.netscaler.apply).
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
  desired:
    description:
      - By mitigation, C(version) and C(text), its rendered template, for the verdict at the end. The default is rendered from
        O(catalogue).
    type: dict
  opt_outs:
    description:
      - The entries of the catalogue that a person has opted out of on this appliance until a day, each with C(entry), C(why), C(who) and C(until). They do
        not count for the build to upgrade to that a refusal and the verdict at the end name.
    type: raw
"""

    LOCK = r"""
options:
  lock:
    description:
      - Lock the appliance before anything is written to it, so that two runs cannot collide. The lock is a small file on
        every node; the user must be allowed to write it.
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
    description: The version of the mitigation that the document describes; V(0) is the current one.
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
        mitigation writes nothing. A setting of the whole appliance, it is a step of the plan with its inverse. It stays on until a rollback restores it.
    type: bool
    default: false
  as_of:
    description:
      - The date as of which the verdict is given, as V(2020-01-15). Empty means today.
      - The verdict as of today is always returned too.
    type: str
    default: ""
"""

    ROLLOUT = r"""
options:
  plans:
    description:
      - The directory of the plans, where the task is part of a rollout; see M(tourniquet.netscaler.rollout). In check mode the
        plan is written there; otherwise the task reads there whether the appliance may start, and writes its result there.
      - Empty means that the task is not part of a rollout.
    type: str
    default: ""
  plan:
    description:
      - The directory of a reviewed plan, C(<plans>/<time>-<run>). The appliance is planned again; where the new plan differs,
        nothing is changed, and the differences are reported. The file itself is never executed.
    type: str
    default: ""
"""

    LOGS = r"""
options:
  logs:
    description:
      - The sources of recorded requests, as a list. Each has C(path), with C(*) and C(?) if wanted, and may have C(format)
        (C(observe), C(web), C(httpaccess), C(json) or C(auto)), C(vip) (the virtual server, where the lines do not name it), C(date_order)
        (C(MDY), C(DMY) or C(YMD)) and C(fields) (of JSON, by fact the key that holds it).
      - Rotated and gzip files are read too.
    type: raw
  logs_below:
    description: The directory that relative paths in O(logs) start from.
    type: str
    default: .
  fetch:
    description:
      - Logs to fetch from the nodes over NITRO, with their rotated files, such as C(ns.log), C(httpaccess.log) and C(httpaccess-vpn.log).
        The user must be allowed C(show system file). They are deleted afterwards.
    type: list
    elements: str
    default: []
  since:
    description: The first day, such as V(2020-01-01). Empty means as far back as the logs reach.
    type: str
    default: ""
  until:
    description: The last day. Empty means up to the end of the logs; for M(tourniquet.netscaler.learn), up to the day before the exploit became public.
    type: str
    default: ""
  workers:
    description: How many processes read the logs; V(0) means one for each core.
    type: int
    default: 0
"""

    VERDICT = r"""
options:
  planned_fix:
    description:
      - The day on which the firmware fix of this appliance is planned, such as C(2026-12-15), or a mapping of mitigations to days. It is shown with what is
        still there of a mitigation, and changes no verdict.
    type: raw
  opt_outs:
    description:
      - The entries of the catalogue that a person has opted out of on this appliance until a day, each with C(entry), C(why), C(who) and C(until). In the
        verdict on the whole catalogue such an entry decides nothing and is listed apart, and C(recommended) leaves it out.
    type: raw
  acknowledgements:
    description:
      - The warnings that a person has acknowledged. A list of mappings with C(why), C(who) and C(until), the last day on which it counts, such as
        C(2026-12-31), and with C(verdict) or C(mitigation) or both. The exit code of such a verdict is 0.
      - A verdict whose exit code is not 1 cannot be acknowledged. Without C(verdict) an entry is about every warning of the mitigation, without
        C(mitigation) about that verdict of all measures.
      - With C(policy) an entry is about a responder policy of somebody else in front of ours that lets chosen requests go on past it.
    type: raw
"""
