# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: read_logs
short_description: Read what is new in the logs of a NetScaler appliance, and say what it means
description:
  - Reads the lines that no earlier run has read of ns.log, nsvpn.log, httpaccess, httperror, messages, notice.log, bash.log, sh.log and cron on each
    node, also of rotated and compressed files.
  - Every file, line and field is bounded, and stays data; lines are matched on the control node.
  - What could not be read is told, and makes the result incomplete; so does a log that was rotated past the last run.
  - Nothing is written to the appliance. An appliance that cannot be reached is unreachable in the report, and the task does not fail.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.findings
  - tourniquet.netscaler.shared.findings
options:
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  bookmarks:
    description:
      - The directory of the files that say where the last run stopped, and what it found. By default C(log_bookmarks), where the other files of the
        user are.
    type: path
  bundles:
    description:
      - The directory of the bundles of C(evidence.yml), by which the commands that took evidence are told from those of others. By default
        C(evidence), where the other files of the user are.
    type: path
  alarms:
    description:
      - The directory of the states of the alarms, by which the requests of M(tourniquet.netscaler.alarm) are told from those of others. By default
        C(alarms), where the other files of the user are.
    type: path
  source:
    description: The folder of a syslog server, with a folder for each node that is named by its address. Without it the logs are read over NITRO.
    type: str
    default: ""
  sources:
    description:
      - More addresses from which the appliances see this control node, other ones of yours and execution nodes, beside those of this machine and the
        source of the probes. A probe of ours in a log is left out only where its run, its time and one of the addresses fit.
    type: list
    elements: str
    default: []
  admins:
    description: The administrators whose changes are no findings, each as C(user) or C(user@network), such as C(nsroot@192.0.2.0/24).
    type: list
    elements: str
    default: []
  from_start:
    description: Read all lines that are there, also those that an earlier run has read.
    type: bool
    default: false
  fail_at:
    description: Has no effect here; see M(tourniquet.netscaler.fleet_page).
    type: int
    choices: [1, 2, 3]
    default: 2
attributes:
  check_mode:
    description: Can run in check mode; it reads the same there, and moves no bookmark.
    support: full
"""

EXAMPLES = r"""
- name: Read what is new in the logs
  tourniquet.netscaler.read_logs:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    records: records
    bookmarks: log_bookmarks
    admins: [nsroot@192.0.2.0/24]
  register: read_logs_result
"""

RETURN = r"""
not_reached:
  description: True if no node could be reached.
  returned: always
  type: bool
findings:
  description: What was found, each with node, level, what, where, why, evidence, time, what it cannot mean, and the next step.
  returned: always
  type: list
  elements: dict
armed:
  description: Those of RV(findings) whose text an unfixed appliance runs, with the lines of earlier runs that are still there.
  returned: always
  type: list
  elements: dict
not_seen:
  description: What could not be read, and why.
  returned: always
  type: list
  elements: dict
reach:
  description: How far back each log reaches that was read for the first time, or has lost lines.
  returned: always
  type: list
  elements: dict
looked_at:
  description: The numbers of logs and of new lines.
  returned: always
  type: dict
rotations:
  description: By node and log, how often it was rotated since the last run.
  returned: always
  type: dict
notes:
  description: What a person should know of clocks, bookmarks and further lines.
  returned: always
  type: list
  elements: str
own:
  description: How many commands and probes are explained by our own runs.
  returned: always
  type: int
files:
  description: How many files were sent.
  returned: always
  type: int
bytes:
  description: How many bytes they had.
  returned: always
  type: int
requests:
  description: How many requests were sent.
  returned: always
  type: int
exit_code:
  description: 0 nothing found, 1 review or attempt, 2 compromise or incomplete.
  returned: always
  type: int
"""
