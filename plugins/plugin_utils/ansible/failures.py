# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The failure of a task for an error of the engine: a mistake of the operator and a refused plan are told apart from what went wrong."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail

from ..foundation.errors import TourniquetError
from ..foundation.foreign_text import printable
from ..foundation.next_action import COMMANDS
from ..verbs.common.failed_result import DETAILS, REFUSED


def action_failure(error: TourniquetError, text: str = "") -> AnsibleActionFail:
    """Return the failure, whose result has ``refused`` where nothing was begun.

    :param text: the message, if not that of the error
    """
    advised = {"diff": {DETAILS: {COMMANDS: error.commands}}} if error.commands else {}
    refused = {REFUSED: True} if error.is_refusal else {}
    return AnsibleActionFail(text or printable(str(error)), result={**refused, **advised})
