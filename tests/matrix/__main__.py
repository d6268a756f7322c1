# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make matrix``: make the environment of each Python that is installed, and say which are not."""

from __future__ import annotations

import subprocess

from tests.matrix.cells import CELLS, Cell, interpreter, missing


def main() -> int:
    """Return 1 where a Python is installed and its environment cannot be made."""
    failed = False
    for cell in CELLS:
        problem = missing(cell)
        if problem and interpreter(cell.python):
            print(f"Making {cell.folder} with ansible-core {cell.core_version()} ...")
            problem = make(cell)
            failed |= bool(problem)
        print(f"Python {cell.python}, ansible-core {cell.core_version()}: {problem or 'ready'}")
    return int(failed)


def make(cell: Cell) -> str:
    """Make the environment of a cell, and return why that failed, or ""."""
    cell.folder.mkdir(parents=True, exist_ok=True)
    python = str(cell.folder / "bin" / "python")
    quiet = ("--quiet", "--disable-pip-version-check")
    requirements = cell.folder.with_suffix(f"{cell.folder.suffix}.txt")
    requirements.write_text(cell.requirements(), encoding="utf-8")
    commands = (
        [interpreter(cell.python), "-m", "venv", "--clear", str(cell.folder)],
        [python, "-m", "pip", "install", *quiet, "--require-hashes", "--requirement", str(requirements)],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.strip()[-1000:] or done.stdout.strip()[-1000:]
    cell.made_from.write_text(cell.requirements(), encoding="utf-8")
    return ""


if __name__ == "__main__":
    raise SystemExit(main())
