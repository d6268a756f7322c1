# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: status
short_description: Report the verdict of a NetScaler appliance on a measure, or on the whole catalogue
description:
  - Reads the appliance and gives one verdict with its reasons. Nothing is ever written to the appliance.
  - Without O(mitigation) the appliance is judged by every entry of the catalogue, also those without a measure. The verdict is the worst of them, with one
    next action, and RV(entries) has each. Every NITRO type is read at most once in each admin partition, and only what the build leaves open.
  - With O(probes) it also sends requests to the VIPs from outside. A proof is written to a record on the control node.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.document
  - tourniquet.netscaler.shared.verdict
options:
  mitigation:
    description:
      - The id of an entry of the catalogue, such as V(cve_2019_19781), or of a measure of the inventory, such as V(url_whitelist).
      - Empty means every entry of the catalogue. No probes are possible then.
    type: str
    default: ""
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  settings:
    description:
      - The settings of a measure in the inventory, such as C(netscaler_whitelists) for V(url_whitelist) and the variables that begin with
        C(geoblock_) for V(geoblock). A mitigation has none. The default is the entry of C(measures), then the variables of the inventory.
    type: raw
  plans:
    description:
      - The directory of the plans, where the task is part of a rollout; see M(tourniquet.netscaler.rollout). In check mode the plan is written there;
        otherwise the task reads there whether the appliance may start, and writes its result there.
      - Empty means that the task is not part of a rollout. In a role, where C(tourniquet_in_rollout) is true, as in the playbooks, the value of
        C(plans) is used.
    type: str
    default: ""
  drills:
    description: The directory of the results of drills.
    type: path
  probes:
    description: How many requests from outside to send to each VIP; V(few) is at most three, V(all) is the whole traffic file, six at a time.
    type: str
    choices: [none, few, all]
    default: none
  fail_at:
    description: Fail where the exit code of the verdict is this or more; V(4) never fails.
    type: int
    choices: [1, 2, 3, 4]
    default: 4
  alarms:
    description:
      - The directory of the states of the alarms, by which the requests of M(tourniquet.netscaler.alarm) are told from those of others. By default
        C(alarms), where the other files of the user are.
    type: path
  traces:
    description:
      - The file C(hunt.json) of a report of C(hunt.yml). Where the whole catalogue is asked for, the verdict has the word of that hunt beside it, and
        a compromise that it found decides. Without it nothing is said of traces.
    type: path
  settles:
    description: The options whose values the task states and no variable changes. The playbooks use it for what follows on a run.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Report the verdict
  tourniquet.netscaler.status:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    mitigation: cve_2019_19781
    probes: all
    fail_at: 2
"""

RETURN = r"""
last_drill:
  description: The last drill of a closing, in one line.
  returned: when there was one
  type: str
verdict_of_the_measure:
  description: The verdict on the mitigation, where C(verdict) says that something is not closed, or that a decision about a closing is overdue.
  returned: when that is the worse of both
  type: dict
closures:
  description:
    - For each time for which a virtual server was or is closed, by our records, C(vserver), C(customer), C(step), C(since), C(until), C(minutes), and the
      C(decision) that is in force, with C(decided_by), C(expires) and C(overdue), and C(clock_wrong) where nobody knows when; of one that is
      in force by them, C(is_open) where the step is not in force on the appliance, with C(open_because), and C(closed_by) where another step closes it to
      everybody all the same, C(half_closed_by) where the run that was to close it did not come to its end and may not have closed it, C(failover) where a
      failover opens it, C(shut_there) where the secondary lacks the step and another one closes it there to everybody, and C(unread) where that was not
      read. What a run opened without a save, and a restart has closed again, is in force since it was read, with the record of that run as C(lost).
  returned: always; empty where nothing was
  type: list
  elements: dict
hand_made:
  description:
    - The policies of others that are this mitigation by their rule, or are named after the vendor's article. C(complete) where it matches every attack of the
      current version, C(effective) where it is bound and blocks, C(bound) with each place, and all of it as C(text).
  returned: where a mitigation is named
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
heartbeat:
  description:
    - The last heartbeat of the appliance by the change records, with C(at), C(late), and all of it as C(text).
  returned: where no measure is named, and the appliance once had one
  type: dict
verdict:
  description: The verdict of the appliance as of O(as_of), with its reason, next action, exit code, and the evidence for it.
  returned: always
  type: dict
verdict_today:
  description: The verdict as of today.
  returned: always
  type: dict
acknowledged:
  description: Who acknowledged the verdict, why and until when; null where nobody did. The exit code of the verdict is 0 then.
  returned: always
  type: dict
deployed_version:
  description: The version that is on the appliance; null where there is none.
  returned: always
  type: int
parts:
  description:
    - Of a measure such as V(url_whitelist) each placement, by list and bind point, with the wanted mode (C(mode)), the mode that the bindings put
      in force (C(in_force)), and the hits of each. A mitigation has none.
  returned: where a mitigation is named
  type: list
  elements: dict
remarks:
  description: Remarks on the settings of the measure, such as exceptions that have expired.
  returned: where a mitigation is named
  type: list
  elements: str
hits:
  description: The hit counters of our policies, read before the probes of this run.
  returned: where a mitigation is named
  type: dict
probe_hits:
  description:
    - How many of these hits are those of our own probes, by the change records of this control node. Runs without a record, such as one that proved
      nothing, are not among them.
  returned: where a mitigation is named
  type: dict
hits_in_doubt:
  description:
    - How many more of these hits may be our own. They may be probes of a run that died, or goes on, which nobody has counted.
    - They may be reads of M(tourniquet.netscaler.hunt) or M(tourniquet.netscaler.watch) too, where the rule only counts and nothing says whether the node lets
      policies judge its management address.
    - They may be probes from before the node was started too, where it was started about then, or where it cannot be read when it was started.
  returned: where there are any
  type: dict
proof:
  description:
    - The probes of this run, and when the state was proven before.
    - Of the probes the number of each answer, and in full the attacks that were not stopped and the requests that were not
      served (C(exceptions)). The change record of a proof has all probes.
  returned: where a mitigation is named
  type: dict
drift:
  description:
    - The differences of the running and the saved configuration of each node from what was applied, one text for each attribute, before
      this run changed anything.
  returned: where a mitigation is named
  type: list
  elements: str
corrected:
  description: The differences that this run corrected, or would correct in check mode.
  returned: where a mitigation is named
  type: list
  elements: str
entries:
  description:
    - The verdict on each entry of the catalogue, the most urgent first. C(id), C(word), C(reason), C(exit_code), and C(exploited), which is true where
      the weakness is known to be exploited. One that somebody has to look at has C(next_action), C(rests_on) and C(severity) too.
  returned: where no mitigation is named
  type: list
  elements: dict
partitions:
  description: The result for each admin partition, by its name.
  returned: where the appliance has admin partitions
  type: dict
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
  returned: where a mitigation is named
  type: list
  elements: dict
"""
