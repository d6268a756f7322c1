# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules share which carry a change out in waves."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  plans:
    description: The directory of the plans. Each run has a directory of its own in it.
    type: str
    required: true
  profile:
    description:
      - The default of O(waves) and O(bake_seconds). V(normal) has waves of 10, 50 and 100 % after the canary, with 60 s after each;
        V(emergency) has 25 and 100 %, with 10 s. The canary always goes first.
    type: str
    choices: [normal, emergency]
    default: normal
  canary:
    description: The appliances of the first wave, how many or their names.
    type: raw
    default: 1
  waves:
    description: The waves after the canary, as counts or percentages of the fleet. The last one repeats. The default is the profile's.
    type: raw
  bake_seconds:
    description: Seconds to wait after a wave before the next one starts. The default is the profile's.
    type: raw
  max_failed:
    description:
      - How many appliances may fail, over the whole fleet, before all others are held. A wave in which every appliance
        fails always stops the rollout. A lockdown and a closing have no such limit.
    type: raw
    default: 0
  accept_unreachable:
    description: The appliances that may be unreachable, how many or their names. One that becomes unreachable later has failed.
    type: raw
    default: 0
  accept_refused:
    description: The appliances whose plan may be refused, how many or their names. They are left out.
    type: raw
    default: 0
  all_at_once:
    description: Let all appliances go at once, without a canary and without waves. O(who) decides that.
    type: bool
    default: false
  ticket:
    description: The ticket of the change.
    type: str
    default: ""
  reason:
    description: The reason of the change.
    type: str
    default: ""
"""
