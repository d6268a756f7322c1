# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets a worker of Ansible end its work in order at Ctrl-C, a SIGTERM, or the death of ``ansible-playbook``; and ``ansible-playbook`` itself at a SIGTERM.

ansible-core ends its workers at once (2.19.14, ``WorkerProcess._term``), so that nothing is cancelled or released. Where ansible-playbook itself was
killed, its worker would go on unseen: the system sends it a SIGTERM then.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@contextlib.contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Call a function at the first signal, and raise KeyboardInterrupt in the main thread; later signals change nothing.

    :param interrupt: tells other threads to end
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if not came:
            came.append(number)
            interrupt()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    _tell_of_the_death_of(os.getppid(), signal.SIGTERM)
    try:
        yield
    finally:
        _tell_of_the_death_of(os.getppid(), 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def end_as_by_ctrl_c() -> None:
    """Let a SIGTERM end ansible-playbook as Ctrl-C does, with what is shown at its end and exit code 99. Ansible dies of it, and shows nothing."""
    if threading.current_thread() is not threading.main_thread():
        return
    by_ctrl_c, process = signal.getsignal(signal.SIGINT), os.getpid()

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() == process and callable(by_ctrl_c):
            by_ctrl_c(signal.SIGINT, frame)
        else:  # of a process that was forked from it
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, handle)


def _tell_of_the_death_of(parent: int, number: int) -> None:
    """Let the system send this process a signal when its parent dies; 0 for none. Does nothing on another system than Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if number and os.getppid() != parent:  # it has just died
        os.kill(os.getpid(), number)
