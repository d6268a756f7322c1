# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: catalogue_change_report
short_description: Report what a bundle of the catalogue changes for a fleet
description:
  - Makes a paragraph for each effect, the most urgent first. It runs once, after M(tourniquet.netscaler.catalogue_change) has registered
    C(catalogue_update_result) on each appliance.
  - The task itself does not fail, so that its lines are not shown as the dump of a failure; RV(must_fail) says whether the play is to.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.bundle
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, V(catalogue_update).
    type: str
  bundle:
    description: The file of the bundle.
    type: path
  allowed_signers:
    description: The public keys that may sign, in the format of C(allowed_signers) of OpenSSH. The default is that beside the inventory.
    type: path
  fail_at:
    description: RV(must_fail) is true where the exit code is this number or higher.
    type: int
    choices: [1, 2, 3, 4]
    default: 4
attributes:
  check_mode:
    description: Can run in check mode; it is the same there.
    support: full
  diff_mode:
    description: Shows no difference; the lines of the result say what was found or done.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: Put the results together
  tourniquet.netscaler.catalogue_change_report:
    bundle: 202611281200.tar
  register: catalogue_update_change
  run_once: true
"""

RETURN = r"""
lines:
  description: What a person reads.
  returned: always
  type: list
  elements: str
appliances:
  description: By appliance or exported configuration, what the bundle changes; a problem where it was not compared.
  returned: always
  type: dict
exit_code:
  description:
    - 0 nobody has more to do, 1 somebody has, 3 an appliance could not be compared.
    - 4 where nothing is worse than that appliances could not be reached.
  returned: always
  type: int
must_fail:
  description: The play is to fail.
  returned: always
  type: bool
"""
