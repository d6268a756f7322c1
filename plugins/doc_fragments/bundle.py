# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules share which work with signed bundles of the catalogue."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  own_entries:
    description: The directory of your own entries. The default is C(catalogue) beside the inventory; V(none) leaves them out.
    type: raw
  updates:
    description: The directory of the bundles that were taken. The default is C(catalogue_updates) beside the inventory.
    type: path
"""

    ARGUMENTS = r"""
options:
  bundle:
    description: The file of a bundle; its signature is beside it, with C(.sig).
    type: path
  as_of:
    description: The date of the verdicts. The default is today.
    type: str
    default: ""
"""
