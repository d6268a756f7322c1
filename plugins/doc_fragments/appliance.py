# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules of the collection share."""


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and show what would change. Only reads, login, logout and the session's switch to an
      admin partition reach the appliance then.
    support: full
  diff_mode:
    description: Shows the lines in the form of C(ns.conf), with their inverse.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - ahocorasick-rs
  - lark
  - netaddr
notes:
  - Where C(apply), C(status), C(rollback), C(lockdown) or C(reopen) fails, the result has the reason in C(msg), and its other values in
    C(diff.details). Ansible prints all of a failed result except its diff.
"""
