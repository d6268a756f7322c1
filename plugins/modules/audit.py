# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: audit
short_description: Report every run on a NetScaler appliance, and check the change records
description:
  - Lists the runs of all measures from the change records of this control node and from their copies on the nodes of the
    appliance, with operator, time, reason and proof, and the places of each record.
  - Checks the chain of hashes of the records, and compares each record with its copies. It names what was changed or removed.
  - Reads only, in check mode as well.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.shared.findings
options:
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
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
      - The person who accepts the records of O(accept_record) and C(resign). The name is part of the signed record. For O(accept_record) the default
        is the user of the control node.
    type: str
    default: ""
  measure:
    description: List only the runs of this measure; empty lists all. All runs are checked.
    type: str
    default: ""
  accept_differences:
    description: Do not fail where records, copies or the chain disagree, or where not all copies were read. What was found is reported anyway.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode; it is the same there.
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
- name: Report every run
  tourniquet.netscaler.audit:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
"""

RETURN = r"""
runs:
  description:
    - The runs, in the order of the chain. Each with its record, partition, kind, measure, version, user, control node, times, outcome, whether it was
      saved and proven, reason, ticket, who decided it and until when, how
      what it was approved under differs from today (departure), build, changes as lines of ns.conf, the places that have it, and why its record
      is trusted or not (provenance).
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: dict
differences:
  description: What was changed or removed, as text; empty where what was read agrees.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
missing:
  description: Copies that are missing, which may have a harmless cause, and nodes that could not be read.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
notes:
  description: Records that follow one that is not here, and records that say they are older than one that they follow.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
not_covered:
  description:
    - For each weakness that a run was about and that is reached at management addresses too, which of them are not protected, by the records and builds.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
not_read:
  description: Those of RV(missing) that say which copies were not read. Without these copies the result does not say that all agree.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
lock:
  description: The run that holds the lock of the appliance; empty where there is none.
  returned: always, in C(diff.details) where the task fails
  type: str
report:
  description: The same as lines for people.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
requests:
  description: The number of requests and of TLS connections.
  returned: always, in C(diff.details) where the task fails
  type: dict
"""
