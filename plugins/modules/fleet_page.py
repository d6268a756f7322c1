# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: fleet_page
short_description: Report what a verb has found on a fleet
description:
  - Puts the results of all appliances together for people and programs. It runs once, after the module of the verb has registered its result on each
    appliance in the variable that the role of this verb uses, such as C(hunt_result).
  - An appliance without a result is incomplete, not checked, not compared or unknown, and never well.
  - V(doctor) also checks the control node and its files, and compares the inventory variables of all appliances of the play.
  - The task itself does not fail, so that its lines are not shown as the dump of a failure; RV(must_fail) says whether the play is to.
version_added: 0.1.0
options:
  verb:
    description:
      - Whose results these are. V(alarm), V(hunt), V(read_logs) and V(watch) report what M(tourniquet.netscaler.alarm), M(tourniquet.netscaler.hunt),
        M(tourniquet.netscaler.read_logs) and M(tourniquet.netscaler.watch) found, V(catalogue) what M(tourniquet.netscaler.catalogue_change)
        compared, V(doctor) what M(tourniquet.netscaler.doctor) checked, V(evidence) what M(tourniquet.netscaler.evidence) took, and V(ledger) the
        rows of M(tourniquet.netscaler.ledger).
    type: str
    choices: [read_logs, hunt, alarm, evidence, watch, doctor, catalogue, ledger]
    required: true
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  fail_at:
    description:
      - RV(must_fail) is true where the exit code is this number or higher. The default is 2, and 4 for V(catalogue). V(4) is for V(doctor) and
        V(catalogue) only. With the highest number it never is, except for V(catalogue) where an appliance could not be compared.
    type: int
    choices: [1, 2, 3, 4]
  alerts:
    description:
      - Of V(alarm), V(hunt), V(read_logs) and V(watch). The directory of the files that say who was told of which finding, and when. Without it
        nobody is told. C(tourniquet_notify) of each appliance names who is told, and C(tourniquet_acknowledgements) what a person has acknowledged.
    type: path
  catalogue:
    description: Of V(hunt). The directory of the catalogue. By default that of the collection.
    type: path
  indicators:
    description:
      - Of V(hunt). A directory in which the indicators of the catalogue are written for other programs, files, processes and ports as STIX 2.1
        (C(indicators.stix.json)), logs and cron jobs as rules of Sigma (C(sigma)). Empty, which is the default, writes nothing.
    type: str
  ledgers:
    description:
      - Of V(ledger). The directory in which C(ledger.json), C(ledger.csv) and C(course.txt) are written, but not in check mode. Empty, which is the
        default, writes nothing.
    type: str
  records:
    description: Of V(doctor), which needs it. The directory of the change records on the control node.
    type: path
  record_key:
    description: Of V(doctor). The file of the private key of this control node; see M(tourniquet.netscaler.apply).
    type: path
  allowed_signers:
    description:
      - Of V(doctor), which needs it. The file with the public keys of the control nodes whose change records count; see
        M(tourniquet.netscaler.apply).
      - Of V(catalogue). The public keys that may sign, in the format of C(allowed_signers) of OpenSSH. The default is that beside the inventory.
    type: path
  receptor_configuration:
    description:
      - Of V(doctor). The configuration file of the Receptor of this machine, a controller or an execution node. What it leaves open is a finding.
        Without it, C(/etc/receptor/receptor.conf) is looked at where it exists.
    type: path
  execution_nodes:
    description:
      - Of V(doctor). The execution nodes of the inventory; see M(tourniquet.netscaler.sliced). Their C(keepalive) is compared with the configuration
        of Receptor.
    type: raw
  bundle:
    description: Of V(catalogue), which needs it. The file of the bundle.
    type: path
  own_entries:
    description: Of V(catalogue). The directory of your own entries. The default is C(catalogue) beside the inventory; V(none) leaves them out.
    type: raw
  updates:
    description: Of V(catalogue). The directory of the bundles that were taken. The default is C(catalogue_updates) beside the inventory.
    type: path
attributes:
  check_mode:
    description: Can run in check mode; nobody is told of anything then, and no file is written.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
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
- name: Collect the findings of a hunt
  tourniquet.netscaler.fleet_page:
    verb: hunt
    fail_at: 1
  register: hunt_findings
  run_once: true

- name: Report the alarms
  tourniquet.netscaler.fleet_page:
    verb: alarm
    fail_at: 1
  register: alarm_findings
  run_once: true

- name: Collect the findings in the logs
  tourniquet.netscaler.fleet_page:
    verb: read_logs
    fail_at: 1
  register: read_logs_findings
  run_once: true

- name: Collect the findings of a watch
  tourniquet.netscaler.fleet_page:
    verb: watch
    fail_at: 1
  register: integrity_watch_findings
  run_once: true

- name: Collect the results of the evidence
  tourniquet.netscaler.fleet_page:
    verb: evidence
    fail_at: 1
  register: evidence_bundles_taken
  run_once: true

- name: Collect the rows of the ledger
  tourniquet.netscaler.fleet_page:
    verb: ledger
    ledgers: reports/ledger
  register: ledger_of_fleet
  run_once: true

- name: Report the findings of the doctor
  tourniquet.netscaler.fleet_page:
    verb: doctor
    records: records
    allowed_signers: allowed_signers
  register: doctor_findings
  run_once: true

- name: Put the comparisons of a bundle together
  tourniquet.netscaler.fleet_page:
    verb: catalogue
    bundle: 202611281200.tar
  register: catalogue_update_change
  run_once: true
"""

RETURN = r"""
lines:
  description: What a person reads; the totals are the last line.
  returned: always
  type: list
  elements: str
verb:
  description: Whose page it is.
  returned: always
  type: str
appliances:
  description: The values of each appliance by host, each with C(problem), which is empty where all was read; of V(doctor) those of C(control node) too.
  returned: always
  type: dict
exit_code:
  description:
    - That of the worst appliance; 4 where nothing is worse than that appliances could not be reached.
    - Of V(hunt), V(read_logs) and V(watch) 0 nothing found in what was looked at, 1 review or attempt, 2 compromise or incomplete.
    - Of V(alarm) 0 every alarm works and nothing was seen, 1 requests of others, 2 monitoring unproven.
    - Of V(evidence) 0 whole, 2 something could not be taken.
    - Of V(ledger) 0 all may be opened, 1 patch first, 2 assume compromised or unknown.
    - Of V(catalogue) 0 nobody has more to do, 1 somebody has, 3 an appliance could not be compared.
    - Of V(doctor) 0 ok, 1 warning, 2 error, 3 not checked completely. An error counts more than what was not checked, and that more than a warning.
  returned: always
  type: int
must_fail:
  description: The exit code is O(fail_at) or higher. Of V(catalogue) also where an appliance could not be compared.
  returned: always
  type: bool
not_told:
  description: The problems with alerts, such as a receiver that does not answer; then the exit code is 2.
  returned: V(alarm), V(hunt), V(read_logs) and V(watch)
  type: list
  elements: str
indicators:
  description: The files that O(indicators) asked for.
  returned: V(hunt)
  type: list
  elements: str
files:
  description: The files that O(ledgers) asked for.
  returned: V(ledger)
  type: list
  elements: str
schema:
  description: The name and version of the form of C(ledger.json).
  returned: V(ledger)
  type: str
"""
