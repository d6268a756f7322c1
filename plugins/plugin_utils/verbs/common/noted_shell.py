# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Notes that a task gives commands that no change record shows, such as those over SSH, so that no reading of logs takes them for those of somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...appliance.ssh.account import SshAccount
from ...change.records.sent_probes import noted_probes
from .task import RUN, Task


@contextmanager
def noted_shell(task: Task, account: SshAccount | None) -> Iterator[None]:
    """Note the beginning and the end of the commands of a task.

    :param account: None for a task without SSH, which notes nothing
    :raises InvalidInput: where they cannot be noted; then no command is given
    """
    with noted_commands(task, account.user if account is not None else ""):
        yield


@contextmanager
def noted_commands(task: Task, user: str) -> Iterator[None]:
    """Note the beginning and the end of the commands of a task that leaves no change record.

    :param user: the account; "" for a task that gives none, which notes nothing
    :raises InvalidInput: where they cannot be noted; then no command is given
    """
    if not user:
        yield
        return
    with noted_probes(Path(task.options["records"]), task.appliance.name, RUN, user):
        yield
