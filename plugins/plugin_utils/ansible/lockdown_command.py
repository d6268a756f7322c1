# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses what a command says and lockdown does not do: it would close more than the command names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..catalogue.closing_steps import step_word
from ..foundation.errors import InvalidInput

END_SESSIONS = "end_sessions"
SAID = ("step", END_SESSIONS)
"""The variables that :func:`require_step_off` reads."""


def require_step_off(extra: Mapping[str, Any]) -> None:
    """Refuse another step than off, and the end of sessions: only close takes them. A drill is refused for each verb that has none.

    :param extra: the variables that were given with ``-e``, rendered
    :raises InvalidInput: with the variable, and the command to give
    """
    step = step_word(extra.get("step"))
    if step not in ("", "off"):
        raise _refused("step", f"close.yml -e step={step}")
    if boolean(str(extra.get(END_SESSIONS) or ""), strict=False):
        raise _refused(END_SESSIONS, f"close.yml -e step=off -e {END_SESSIONS}=true")


def _refused(name: str, command: str) -> InvalidInput:
    return InvalidInput(
        f"-e {name} has no effect here: lockdown.yml switches the virtual servers off. Write {command}. Nothing was sent."
    )
