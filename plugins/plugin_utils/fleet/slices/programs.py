# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The programs that a controller starts for a job: ansible-runner, and those that the inventory names for an execution node."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TypeAlias

from ...foundation.foreign_text import printable
from .worker_stream import LONGEST_TEXT

SECONDS_TO_ANSWER = 20.0
"""For a ping or a cancel."""
_TAIL = 4096
_NO_REASON = "warning"
"""How lines begin that a program writes to its standard error whether or not it fails."""
DEVNULL, TimeoutExpired = subprocess.DEVNULL, subprocess.TimeoutExpired
Process: TypeAlias = "subprocess.Popen[bytes]"


def started(command: Sequence[str], source: int | IO[bytes], errors: IO[bytes]) -> Process:
    """Return a program that has been started, with a pipe at its output.

    :raises OSError: where it cannot be started
    """
    return subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603 -- the operator's own inventory names it


def transmit_into(path: Path, command: Sequence[str]) -> str:
    """Write the output of ``ansible-runner transmit`` into a file, and return why that was not possible, as half a sentence, or ""."""
    with path.open("wb") as file, tempfile.TemporaryFile() as errors:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file, stderr=errors, check=False)  # noqa: S603 -- the program of slice_runner
        return "" if done.returncode == 0 else with_reason("its job could not be packed", last_error(errors))


def problem_of(words: Sequence[str]) -> str:
    """Return why a program did not end with 0 in time, as half a sentence, or ""."""
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(  # noqa: S603 -- the operator's own inventory names it
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                timeout=SECONDS_TO_ANSWER,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"{words[0]} did not end within {SECONDS_TO_ANSWER:g} s"
        except OSError as error:
            return f"{words[0]} cannot be started: {error.strerror}"
        return (
            "" if done.returncode == 0 else with_reason(f"{words[0]} ended with {done.returncode}", last_error(errors))
        )


def last_error(errors: IO[bytes]) -> str:
    """Return the last line that a program wrote to its standard error, and that is no warning."""
    size = errors.seek(0, 2)
    errors.seek(max(0, size - _TAIL))
    lines = [line.strip() for line in errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
    reasons = [line for line in lines if not line.casefold().startswith(_NO_REASON)]
    return printable(reasons[-1])[:LONGEST_TEXT] if reasons else ""


def with_reason(problem: str, more: str) -> str:
    """Return a problem with its reason in brackets."""
    return f"{problem} ({more})" if more else problem
