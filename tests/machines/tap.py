# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python tap.py FOLDER COMMAND ...``: runs a command, and keeps each byte that goes in and comes out of it in the folder.

It can be killed as the command itself: nothing else holds its output.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO


def copy(source: IO[bytes], target: IO[bytes], kept: Path) -> None:
    """Copy a stream until its end, with each piece kept before it goes on."""
    descriptor = source.fileno()
    with kept.open("wb", buffering=0) as file, contextlib.suppress(BrokenPipeError):
        while piece := os.read(descriptor, 1 << 16):
            file.write(piece)
            target.write(piece)
            target.flush()
    with contextlib.suppress(BrokenPipeError):
        target.close()


def main(folder: Path, command: list[str]) -> int:
    program = shutil.which(command[0]) or command[0]
    with subprocess.Popen([program, *command[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        name = str(os.getpid())
        sent = (sys.stdin.buffer, process.stdin, folder / f"{name}.sent")
        threading.Thread(target=copy, args=sent, daemon=True).start()
        copy(process.stdout, sys.stdout.buffer, folder / f"{name}.returned")
        return process.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
