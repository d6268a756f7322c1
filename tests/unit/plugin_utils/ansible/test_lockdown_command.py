# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lockdown whose command asks for something milder than off is refused: it would close more than the command names."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.lockdown_command import require_step_off
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted


@pytest.mark.parametrize(
    ("extra", "command"),
    [
        ({"step": "notice"}, "close.yml -e step=notice"),
        ({"step": "off", "end_sessions": "yes"}, "close.yml -e step=off -e end_sessions=true"),
    ],
)
def test_what_a_lockdown_does_not_do_is_refused(extra: dict[str, Any], command: str) -> None:
    name = command.rsplit("-e ", maxsplit=1)[-1].split("=", maxsplit=1)[0]
    text = f"-e {name} has no effect here: lockdown.yml switches the virtual servers off. Write {command}. Nothing was sent."
    with pytest.raises(InvalidInput) as refused:
        require_step_off(extra)
    assert str(refused.value) == text


@pytest.mark.parametrize("extra", [{}, {"step": "off"}, {"step": False}, {"drill": True, "end_sessions": False}])
def test_what_a_lockdown_does_anyway_is_taken(extra: dict[str, Any]) -> None:
    with accepted():
        require_step_off(extra)
