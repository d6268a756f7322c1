# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs programs without the settings of the person who releases."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run(directory: Path, command: Sequence[str], **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment in a directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "TOURNIQUET_"))}
    program = str(Path(sys.executable).parent / command[0])
    return subprocess.run(
        [program, *command[1:]],
        cwd=directory,
        env={**kept, "LC_ALL": "C.UTF-8", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def galaxy_command(directory: Path, *arguments: str) -> None:
    """Run ansible-galaxy with a home in a directory.

    :raises SystemExit: with its output, if it fails
    """
    done = run(directory, ["ansible-galaxy", "collection", *arguments], ANSIBLE_HOME=str(directory))
    if done.returncode:
        raise SystemExit(done.stdout)
