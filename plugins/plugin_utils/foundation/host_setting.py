# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The texts that say how to set an option for one appliance, and for no other. Pure.

An option that is given with ``-e`` alone counts for all appliances of a run, so all of them would be planned again.
"""

from __future__ import annotations

import shlex


def host_setting(host: str, setting: str) -> str:
    """Return where to put a variable of one appliance.

    :param setting: one line of YAML, such as ``measure_priority: 11``
    """
    return f"in host_vars of {host}: `{setting}`"


def option_for(host: str, option: str) -> str:
    """Return the options of a command for one appliance: for a decision that is meant once, and belongs into no inventory.

    :param option: such as ``-e lock=false``
    """
    return f"--limit {shlex.quote(host)} {option}"
