# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: doctor_report
short_description: Report the findings about the control node and a fleet
description:
  - Checks the control node and its files, compares the inventory variables of all appliances of the play, and makes a table of all findings. It runs
    once, after M(tourniquet.netscaler.doctor) has registered C(doctor_result) on each appliance.
  - An appliance without a result is reported as not checked.
  - The task itself does not fail, so that its table is not shown as the dump of a failure; RV(must_fail) says whether the play is to.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, V(doctor).
    type: str
  records:
    description: The directory of the change records on the control node.
    type: path
    required: true
  record_key:
    description:
      - The file of the private key of this control node; see M(tourniquet.netscaler.apply).
    type: path
  allowed_signers:
    description:
      - The file with the public keys of the control nodes whose change records count; see M(tourniquet.netscaler.apply).
    type: path
    required: true
  receptor_configuration:
    description:
      - The configuration file of the Receptor of this machine, a controller or an execution node. What it leaves open is a finding. Without it,
        C(/etc/receptor/receptor.conf) is looked at where it exists.
    type: path
  execution_nodes:
    description:
      - The execution nodes of the inventory; see M(tourniquet.netscaler.sliced). Their C(keepalive) is compared with the configuration of Receptor.
    type: raw
  fail_at:
    description: RV(must_fail) is true where the exit code is this number or higher. With 4 it never is.
    type: int
    choices: [1, 2, 3, 4]
    default: 2
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
- name: Report the findings
  tourniquet.netscaler.doctor_report:
    records: records
    allowed_signers: allowed_signers
  run_once: true
"""

RETURN = r"""
appliances:
  description: The findings by host, and those about the control node as C(control node), each with its exit code.
  returned: always
  type: dict
exit_code:
  description:
    - 0 ok, 1 warning, 2 error, 3 not checked completely. An error counts more than what was not checked, and that more than a warning.
    - 4 where nothing is worse than that appliances could not be reached.
  returned: always
  type: int
must_fail:
  description: True if the exit code is O(fail_at) or higher.
  returned: always
  type: bool
lines:
  description: The table for people.
  returned: always
  type: list
  elements: str
"""
