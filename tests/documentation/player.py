# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Executes the commands of a page as they are typed, in a copy of the tree, on a simulated fleet."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.documentation.blocks import Block, blocks, executed
from tests.documentation.tracked import ROOT, copy_tree
from tests.stage.control_node import of_nobody

PASSWORD = "night-shift"  # the one of inventory/demo
ANOTHER_PASSWORD = "n1ght-Shift-8W"  # the second one that a page asks for
MARK = "@@ "


@dataclass
class Player:
    """A clone of the project in a directory.

    :ivar replaced: what stands for another text in commands and files: the addresses of a page are those of the documentation
    """

    directory: Path
    replaced: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        copy_tree(self.clone)
        (self.clone / ".venv").symlink_to((ROOT / ".venv").resolve())
        os.utime(self.clone / "requirements.lock", (0, 0))  # so make setup finds that all is there

    @property
    def clone(self) -> Path:
        return self.directory / "clone"

    def write_files(self, page: Path) -> None:
        """Write the files that a page shows."""
        for block in blocks(page):
            if block.file:
                path = self.clone / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self.translated(block.text), encoding="utf-8")

    def translated(self, text: str) -> str:
        for said, meant in self.replaced.items():
            text = text.replace(said, meant)
        return text

    def play(self, page: Path) -> None:
        """Execute all commands of a page in one shell.

        :raises AssertionError: at the first that does not end as the page says
        """
        found = executed(page)
        assert found, f"{page} has no command"
        script = ["set -o pipefail"]
        for number, block in enumerate(found):
            script += self._lines(page, number, block)
        done = self.run("\n".join(script))
        output = done.stdout.replace(MARK, f"\n{MARK}")
        assert done.returncode == 0, output[-8000:]
        parts = done.stdout.split(f"{MARK}block ")[1:]
        for block, part in zip(found, parts, strict=True):
            for text in block.shows:
                assert text in part, f"{page}:{block.line} does not show {text!r}:\n{part[-8000:]}"

    def _lines(self, page: Path, number: int, block: Block) -> list[str]:
        lines = [f"echo '{MARK}block {number}'"]
        commands = block.commands()
        assert commands, f"{page}:{block.line} has no line that begins with $"
        for line, command in commands:
            codes = " ".join(map(str, block.codes if (line, command) == commands[-1] else (0,)))
            place = f"{MARK}{page.name}:{line}"
            lines += [
                f"echo {shlex.quote(f'{place}: {command}')}",
                f"{{ {self.translated(command)}\n}}",
                f"code=$?; case ' {codes} ' in *\" $code \"*) ;; *) echo '{place} ended with' $code; exit 1;; esac",
            ]
        return lines

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script of bash in the clone, as a person who has no settings of Ansible."""
        environment = of_nobody("MAKE", "MFLAGS", "PYTEST_", "PYTHONPATH")
        environment |= {
            "PATH": f"{self.clone / '.venv' / 'bin'}{os.pathsep}{environment['PATH']}",
            "XDG_STATE_HOME": str(self.directory / "state"),
            "ANSIBLE_HOME": str(self.directory / "ansible"),
            "NETSCALER_PASSWORD": PASSWORD,
            "LC_ALL": "C.UTF-8",
        }
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.clone,
            env=environment,
            input=f"{PASSWORD}\n{ANOTHER_PASSWORD}\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1500,
            check=False,
        )
