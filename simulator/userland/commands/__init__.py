# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of the userland, by name. A new command is one more entry in the table of one of these modules."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.userland.commands import control, directories, files, filters, find, grep, machine, sed, stat
from simulator.userland.interpreter import Command

COMMANDS: Mapping[str, Command] = {
    name: command
    for module in (control, directories, files, filters, find, grep, machine, sed, stat)
    for name, command in module.TABLE.items()
}
