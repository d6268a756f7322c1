# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: apply
short_description: Apply a measure to a NetScaler appliance, prove it, and save it
description:
  - Compares what the appliance has with the desired state, writes only the differences, reads every attribute back, proves
    the effect with requests from outside and the hit counters, and saves once it is proven.
  - In check mode it only plans, by the same code.
  - Where a step fails, the steps before it are undone. Where legitimate traffic that was answered before no longer is, the
    change is undone at once. A rule that could not be proven stays, unsaved, unless O(on_unproven=revert).
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.measure
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.rollout
  - tourniquet.netscaler.shared.document
  - tourniquet.netscaler.shared.verdict
options:
  alarms:
    description:
      - The directory of the states of the alarms, by which the requests of M(tourniquet.netscaler.alarm) are told from those of others. By default
        C(alarms), where the other files of the user are.
    type: path
  adopt:
    description: Take over objects that have our names but not our comment. A rollback restores their former state.
    type: bool
    default: false
  found:
    description:
      - What to do with the same mitigation that others made by hand, which is recognised by its rule. V(keep) leaves it; V(replace) binds ours first,
        and then removes theirs with its bindings, and its actions that nothing else uses. An undo restores it exactly.
    type: str
    choices: [keep, replace]
    default: keep
  force:
    description: Apply on a build on which the vendor says that the mitigation does not work.
    type: bool
    default: false
  stop_gap:
    description:
      - Bring in a rule that is not the vendor's, of a weakness for which he has none. It stops the requests that were published, reduces exposure,
        and ends none. Without it such a mitigation is refused where it is named, and left out of V(recommended).
    type: bool
    default: false
  accept_sleeping_policies:
    description: Policies of others, by name, that may take effect when a feature is enabled.
    type: list
    elements: str
    default: []
  unsaved:
    description:
      - What to do where the appliance has unsaved changes that are not ours. Saving our changes saves them too.
      - V(refuse) stops before anything is written, V(apply_without_save) leaves everything unsaved, V(save_first) saves theirs first.
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
  on_unproven:
    description: What to do with a rule that could not be proven. V(keep) leaves it in place, unsaved; V(revert) undoes it.
    type: str
    choices: [keep, revert]
    default: keep
  probes:
    description:
      - How many requests from outside to send to each VIP before and after; V(few) is at most three, V(all) is the whole traffic file, six at a time.
        With V(none) nothing can be proven.
    type: str
    choices: [none, few, all]
    default: few
  save:
    description: When to save the configuration. V(proven) saves unless a probe contradicts the result.
    type: str
    choices: [proven, always, never]
    default: proven
  who:
    description:
      - The name of the person who decides; mandatory, with a reason, where the run takes protection away, such as with C(mitigation_mode=observe)
        where the rule blocks.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Apply a mitigation to the appliance
  tourniquet.netscaler.apply:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    mitigation: cve_2019_19781
    ticket: CHG0042
"""

RETURN = r"""
takes_away:
  description: The services from which the run takes protection away, or would in check mode. Empty where it takes none away.
  returned: always
  type: list
  elements: str
decided:
  description: By whose decision the run takes protection away, and why, in words. Empty where it takes none away, or nobody is named.
  returned: always
  type: str
hand_made:
  description:
    - The policies of others that are this mitigation by their rule, or are named after the vendor's article. C(complete) where it matches every attack of the
      current version, C(effective) where it is bound and blocks, C(bound) with each place, and all of it as C(text).
  returned: always
  type: list
  elements: dict
protection_lost:
  description: Each measure that was protecting and is not any more, since when, by whose decision, and why, in words; as in the exposure ledger.
  returned: always
  type: list
  elements: str
protection_reduced:
  description: The same of each weakness that was protected and is so only in part now, by a rule that stops what it matches and can be bypassed.
  returned: where there is one
  type: list
  elements: str
debt:
  description:
    - What is still there of the mitigation, ours or of others, with C(what), C(state), C(why), C(since), C(who), C(ticket), C(reason), C(planned_fix) and
      C(overdue_days).
  returned: always
  type: list
  elements: dict
verdict:
  description: The verdict of the appliance as of O(as_of), with its reason, next action, exit code, and the evidence for it.
  returned: always
  type: dict
  sample:
    word: mitigated
    reason: "33 of 33 attacks blocked, 30 of 30 legitimate requests answered at gw (192.0.2.13:443)"
    next_action: upgrade to 13.0 47.24 or later
    exit_code: 0
verdict_today:
  description: The verdict as of today.
  returned: always
  type: dict
acknowledged:
  description: Who acknowledged the verdict, why and until when; null where nobody did. The exit code of the verdict is 0 then.
  returned: always
  type: dict
appliance:
  description: Build, customer, site, and the nodes with their roles and start-up files.
  returned: always
  type: dict
seal:
  description: The fingerprint of the configuration that the plan depends on.
  returned: always
  type: str
steps:
  description: The changes that were or would be made, with their lines in the form of ns.conf, and for each the lines of its inverse.
  returned: always
  type: list
  elements: dict
provenance:
  description: For each step that comes from a change record its object, the record, and why the record is trusted.
  returned: always
  type: list
  elements: dict
inverse:
  description: The lines that undo the changes, in order.
  returned: always
  type: list
  elements: str
parts:
  description:
    - Of a measure such as V(url_whitelist) each placement, by list and bind point, with the wanted mode (C(mode)), the mode that the bindings put
      in force (C(in_force)), and the hits of each. A mitigation has none.
  returned: always
  type: list
  elements: dict
remarks:
  description: Remarks on the settings of the measure, such as exceptions that have expired.
  returned: always
  type: list
  elements: str
conflicts:
  description: The conflicts that stop the plan, each with its kind, message and fix.
  returned: always
  type: list
  elements: dict
foreseen:
  description:
    - What the plan foresees besides a proven and saved measure. C(effect) is V(refused), V(unproven), V(unsaved), V(partly) or V(not checked);
      C(reason) says why, C(setting) what avoids it, and C(holds) is true where the rollout would stop at this appliance.
    - The rights of the user are compared with the commands of the plan where the user may read its own command policies.
  returned: always
  type: list
  elements: dict
  sample:
    - effect: unproven
      reason: netscaler_probe is false, so no request is sent
      setting: "in host_vars of gw-x: `netscaler_probe: true`"
      holds: true
proof:
  description:
    - The offline evaluation, the evaluation by the appliance itself, the probes before and after, and the increase of the hit counters.
    - Of the probes the number of each answer, and in full the attacks that were not stopped and the requests that were not
      served (C(exceptions)). C(text) is one line with the counts. The change record has all probes.
  returned: always
  type: dict
saved:
  description: True if the configuration is saved; null where the appliance does not report it.
  returned: always
  type: bool
record:
  description: The path of the change record.
  returned: always
  type: str
drift:
  description:
    - The differences of the running and the saved configuration of each node from what was applied, one text for each attribute, before
      this run changed anything.
  returned: always
  type: list
  elements: str
corrected:
  description: The differences that this run corrected, or would correct in check mode.
  returned: always
  type: list
  elements: str
partitions:
  description: The result for each admin partition, by its name.
  returned: where the appliance has admin partitions
  type: dict
lock:
  description:
    - The nodes that were locked, and the lock that was there before, such as that of an earlier run of this control node that died, or one
      that was broken and why.
  returned: always
  type: dict
notes:
  description: Remarks on the run besides its result.
  returned: always
  type: list
  elements: str
requests:
  description: The number of requests, in all and without those for the proof, and the number of TLS connections.
  returned: always
  type: dict
catalogue:
  description: C(newest_fact), the date of the newest fact that is known of the measure. What became known later is not in the verdict.
  returned: always
  type: dict
runs:
  description: The earlier runs of the measure on this appliance, from the records that are trusted, the oldest first, at most 20.
  returned: always
  type: list
  elements: dict
"""
