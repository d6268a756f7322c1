# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses strategies other than ``linear``: with them Ansible does not wait for the other appliances of a batch, so there would be no waves."""

from __future__ import annotations

from typing import Any

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable

LINEAR = ("linear", "ansible.builtin.linear", "ansible.legacy.linear")


def require_linear(strategy: str) -> None:
    """Check the strategy of a play.

    :param strategy: its name, as the play or the settings of Ansible give it
    :raises InvalidInput: where it is another than ``linear``
    """
    if strategy not in LINEAR:
        raise InvalidInput(
            f"strategy {printable(strategy)} is refused: only with linear does a wave end before the next begins. Remove strategy from the play, from "
            "ansible.cfg and from ANSIBLE_STRATEGY. Nothing was sent."
        )


def strategy_of(task: Any, templar: Any) -> str:
    """Return the strategy of the play that a task of Ansible belongs to.

    :param task: as an action plugin has it
    :param templar: of the action plugin; a play may set its strategy by a template
    """
    strategy: str = task.get_play().strategy
    return str(templar.template(strategy)) if "{{" in strategy else str(strategy)
