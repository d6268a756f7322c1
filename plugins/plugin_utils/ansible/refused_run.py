# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of a run that is refused before its first task: our words are on the screen, and not those that Ansible puts around an error there."""

from __future__ import annotations

import multiprocessing

from ansible import constants
from ansible.errors import AnsibleLookupError
from ansible.utils.display import Display

from ..foundation.foreign_text import printable
from ..foundation.line_width import columns, wrapped

BEFORE_THE_FIRST_TASK = 4
"""The exit code, which is that of Ansible for an error in ``hosts``."""


def refused_run(problem: str) -> BaseException:
    """Return what ends the run, after the problem was shown.

    In a process that is not the first one it is an error of the lookup, since another process reads how it ends.
    """
    if multiprocessing.parent_process() is not None:
        error: BaseException = AnsibleLookupError(problem)
        return error
    display = Display()
    for part in wrapped(f"REFUSED  {printable(problem)}", columns()):
        display.display(part, color=constants.COLOR_ERROR, stderr=True)
    return SystemExit(BEFORE_THE_FIRST_TASK)
