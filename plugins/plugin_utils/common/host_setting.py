# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text that says where a variable is set for one appliance, and for no other. Pure."""

from __future__ import annotations


def host_setting(host: str, setting: str) -> str:
    """Return where to put a setting of one appliance: a value for one host must not change the plan of the fleet.

    :param setting: one line of YAML, such as ``measure_priority: 11``
    """
    return f"in host_vars of {host}: `{setting}`"
