# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules share which look at an appliance and return findings."""


class ModuleDocFragment:
    DOCUMENTATION = r"""
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
