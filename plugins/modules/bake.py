# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bake
short_description: Wait behind a wave before the next one goes
description:
  - Runs once for a wave. Waits until the last appliance of the wave has been as it is for as long as the rollout says.
  - Waits for nothing behind the last wave, and behind a wave that changed nothing.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, V(rollout). A variable comes before what the task says, so nothing else is
        required.
    type: str
  plans:
    description: The directory of the plans, as it was given to M(tourniquet.netscaler.rollout).
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
- name: Watch the wave before the next one goes
  tourniquet.netscaler.bake:
    plans: plans
  run_once: true
  register: baked
"""

RETURN = r"""
baked:
  description: Whether it waited, so that a new proof says something new.
  returned: always
  type: bool
seconds:
  description: How long it waited.
  returned: always
  type: float
"""
