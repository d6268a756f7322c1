# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: bake
short_description: Wait after a wave before the next one starts
description:
  - Runs once for a wave. Waits until the last change of the wave is as old as the rollout says.
  - Does not wait after the last wave, and after a wave that changed nothing.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  plans:
    description:
      - The directory of the plans. Each run has a directory of its own in it. The default of the role is C(plans) beside the directory of the
        playbook.
    type: str
    required: true
attributes:
  check_mode:
    description: Does not wait in check mode.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: Wait before the next wave
  tourniquet.netscaler.bake:
    plans: plans
  run_once: true
  register: baked
"""

RETURN = r"""
baked:
  description: True if it waited, so that a new proof is useful.
  returned: always
  type: bool
seconds:
  description: How long it waited.
  returned: always
  type: float
"""
