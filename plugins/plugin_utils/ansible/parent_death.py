# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""End this process when the process that started it has died, at once and whatever it waits for.

A process that outlives a killed ``ansible-playbook`` goes on writing beside the next run, and nobody sees its result. The record of its
run is made for a death at any moment.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent(parent: int) -> None:
    """Let the system end this process with its parent. Does nothing on another system than Linux.

    :param parent: the process id of the parent, as known before this process could have lost it
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before
        os.kill(os.getpid(), signal.SIGKILL)
