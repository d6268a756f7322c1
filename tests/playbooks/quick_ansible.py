# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A directory for ``PATH`` whose ``ansible-playbook`` starts quickly, for programs that start it themselves."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import sample
from tests.playbooks import ansible_client


@contextmanager
def quick_ansible() -> Iterator[Path]:
    """Yield the directory; its program runs in a fork of a server that has loaded Ansible, which is more than half of the work of a short play.

    With `make test-all` it is the directory of the real program: Ansible starts as it does for a person.
    """
    if sample.ALL:
        yield Path(sys.executable).parent
        return
    with tempfile.TemporaryDirectory(prefix="ansible-") as name:
        directory, programs = Path(name), Path(name, "bin")
        programs.mkdir()
        command = shlex.join([sys.executable, "-I", "-S", ansible_client.__file__, name])
        (programs / "ansible-playbook").write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        (programs / "ansible-playbook").chmod(0o755)
        yield programs
        for server in directory.glob("*.pid"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(server.read_text(encoding="ascii")), signal.SIGTERM)
