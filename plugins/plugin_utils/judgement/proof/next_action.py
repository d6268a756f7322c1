# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of the verdicts. What a next action is, :mod:`...foundation.next_action` says. Pure."""

from __future__ import annotations

from dataclasses import replace

from ...foundation.next_action import Command

APPLY = Command("apply", is_of_measure=True)
VERIFY = Command("verify", is_of_measure=True)
RETIRE = Command("retire", is_of_measure=True)
STATUS_OF_ALL = Command("status", is_for_all=True)
UNDO = Command("rollback", (("why", "undo"),), is_of_measure=True)
LOCKDOWN, REOPEN = Command("lockdown"), Command("reopen")
BLOCK_AGAIN = replace(APPLY, unsaid=(("mitigation_mode", "enforce"),), tail=" without mitigation_mode: observe")
NO_FIX = ", on which its rule works; it has no fix of the vendor"
"""What an action says behind a build for a weakness that is behind the appliance, which no build fixes."""
MAY_OPEN = "once a mitigation works here or the build has the fix"
"""When closed access may be opened again: on a build where no mitigation has an effect, only the upgrade ends the closing."""
