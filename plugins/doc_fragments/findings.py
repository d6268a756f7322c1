# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules share which look at an appliance and return findings."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(hunt). The inventory variables of
        P(tourniquet.netscaler.appliance#role) are read as well, so nothing else is required.
    type: str
  appliance:
    description:
      - How to reach the appliance, by the names of the inventory variables without C(netscaler_);
        P(tourniquet.netscaler.appliance#role) documents each.
    type: raw
    required: true
  fail_at:
    description: Has no effect here. The module that collects the findings of all appliances uses it.
    type: int
    choices: [1, 2, 3]
    default: 2
attributes:
  check_mode:
    description: Can run in check mode; it writes no file then.
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
