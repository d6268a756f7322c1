# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A directory for ``PATH`` whose ``ansible-playbook`` starts quickly, for programs that start it themselves."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests import sample
from tests.stage import ansible_client

PLACE = "QUICK_ANSIBLE_DIRECTORY"
"""The variable with the directory of the servers, which all workers of a run of pytest share."""


def quick_ansible() -> Path:
    """Return the directory; its program runs in a fork of a server that has loaded Ansible, which is more than half of the work of a short play.

    With `make test-all` it is the directory of the real program: Ansible starts as it does for a person.
    """
    return Path(sys.executable).parent if sample.ALL else Path(os.environ[PLACE], "bin")


def open_place() -> Path:
    """Make the directory, and name it for this process and those that it starts; the servers start when they are needed."""
    directory = Path(tempfile.mkdtemp(prefix="ansible-"))
    program = directory / "bin" / "ansible-playbook"
    program.parent.mkdir()
    command = shlex.join([sys.executable, "-I", "-S", ansible_client.__file__, str(directory)])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    os.environ[PLACE] = str(directory)
    return directory


def close_place(directory: Path) -> None:
    """End the servers, and remove the directory."""
    for server in directory.glob("*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(server.read_text(encoding="ascii")), signal.SIGTERM)
    shutil.rmtree(directory, ignore_errors=True)
