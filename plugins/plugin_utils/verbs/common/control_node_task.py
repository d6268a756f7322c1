# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task of the control node alone, without Ansible: it connects to no appliance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .result import Runs


@dataclass(frozen=True)
class ControlNodeTask(Runs):
    """The work of an action that touches no appliance.

    :ivar options: of the action, checked and converted, as plain values
    :ivar variables: those of the host on which the task runs, not rendered
    :ivar check_mode: nothing may be written
    :cvar names_host: its errors begin with the host
    :cvar checks_names: names in the inventory that are nearly ours are refused
    :cvar after_file_problem: what is said behind a file that cannot be read or written; None where that is an error of the program
    """

    host: str
    options: Mapping[str, Any]
    variables: Mapping[str, Any]
    check_mode: bool
    names_host: ClassVar[bool] = False
    checks_names: ClassVar[bool] = True
    after_file_problem: ClassVar[str | None] = None

    @classmethod
    def require_arguments(cls, host: str, arguments: Mapping[str, Any]) -> None:
        """Check arguments whose refusal says more than that of Ansible.

        :raises InvalidInput: where one is missing
        """
