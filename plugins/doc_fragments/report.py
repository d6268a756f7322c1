# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules share which collect the findings of all appliances."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  fail_at:
    description: RV(must_fail) is true where the exit code is this number or higher. With 3 it never is.
    type: int
    choices: [1, 2, 3]
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

    ALERTS = r"""
options:
  alerts:
    description:
      - The directory of the files that say who was told of which finding, and when. Without it nobody is told. C(tourniquet_notify) of each appliance
        names who is told, and C(tourniquet_acknowledgements) what a person has acknowledged.
    type: path
attributes:
  check_mode:
    description: Can run in check mode; nobody is told of anything then.
    support: full
"""
