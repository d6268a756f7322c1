# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: hunt
short_description: Look for the traces that attackers leave on one NetScaler appliance
description:
  - Looks on each node for the files, text in files, cron jobs and lines of logs, and in each admin partition for the configuration, that the entries of
    the catalogue name as indicators. It only reads, over NITRO. Matching is done on the control node, in time that grows with the text alone.
  - An appliance that cannot be reached is unreachable in the report; the task does not fail. M(tourniquet.netscaler.fleet_page) collects the findings of all
    appliances.
  - What is ours on the appliance (lock, copies of change records, probes) is left out where its content or its signature shows it.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.findings
  - tourniquet.netscaler.shared.ssh
  - tourniquet.netscaler.shared.findings
options:
  alarms:
    description:
      - The directory of the states of the alarms, by which the requests of M(tourniquet.netscaler.alarm) are told from those of others. By default
        C(alarms), where the other files of the user are.
    type: path
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  sources:
    description:
      - More addresses from which the appliances see this control node, other ones of yours and execution nodes, beside those of this machine and the
        source of the probes. A probe of ours in a log is left out only where its run, its time and one of the addresses fit.
    type: list
    elements: str
    default: []
  own_changes:
    description: A directory in which a file for each appliance lists what on it is ours, to be given to the user of another scanner.
    type: str
    default: ""
  saved_configurations:
    description:
      - Compare C(ns.conf) with its older copies too, and report what changed of users, rights, EPA actions and policies between two saves, and
        management addresses that are public.
    type: bool
    default: false
  rotation:
    description: A directory in which a file for each appliance lists the secrets that it holds, by name and never by value, with what replaces each.
    type: str
    default: ""
  indicators:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: str
    default: ""
  fail_at:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: int
    choices: [1, 2, 3]
    default: 2
"""

EXAMPLES = r"""
- name: Look for traces
  tourniquet.netscaler.hunt:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
  register: hunt_result
"""

RETURN = r"""
not_reached:
  description: True if no node could be reached.
  returned: always
  type: bool
findings:
  description: >-
    The traces, each with appliance, node, level (compromise, attempt or review), what, where, why, evidence, time, before_or_after_fix, seen_by,
    cannot_mean, next_step, entries, id and acknowledged.
  returned: always
  type: list
  elements: dict
not_seen:
  description: What could not be looked at, each with what, why, node and is_gap, which is false where it was left out on purpose.
  returned: always
  type: list
  elements: dict
reach:
  description: How far back each log of each node reaches.
  returned: always
  type: list
  elements: dict
looked_at:
  description: The numbers of nodes, directories, files and bytes that were looked at.
  returned: always
  type: dict
hunt_ended:
  description: When the hunt on the appliance ended, which the exposure ledger counts.
  returned: always
  type: str
own:
  description: How many files and lines of logs were left out, because they are ours.
  returned: always
  type: dict
own_changes:
  description: The file with the list of what is ours; empty where none was asked for.
  returned: always
  type: str
rotation:
  description: The file with the list of secrets; empty where none was asked for.
  returned: always
  type: str
secrets:
  description: The number of secrets in that list, or, in check mode, that it would have.
  returned: always
  type: int
exit_code:
  description: 0 nothing found in what was looked at, 1 review or attempt, 2 compromise or incomplete.
  returned: always
  type: int
requests:
  description: The number of NITRO requests.
  returned: always
  type: int
"""
