# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fenced blocks of a page, and what the comments before them say.

A block of the language ``console`` holds commands behind ``$`` and is executed. Comments in the lines directly before a block change that:

* ``<!-- not executed: why -->``
* ``<!-- executed by: tests/...py::test_... -->``: this test executes it, so it may be of another language of commands
* ``<!-- exit code: 2 4 -->``: its last command ends with one of these, the others with 0; without it all end with 0
* ``<!-- shows: text -->``: the output of the block has this text; may be there several times
* ``<!-- executed last -->``: after the other blocks of the page
* ``<!-- file: path -->``: the block is the content of this file, whatever its language
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMMANDS = frozenset({"console", "sh", "bash", "shell"})
_BLOCK = re.compile(
    r"(?P<comments>(?:^[ ]*<!--[^\n]*-->\n)*)^(?P<indent>[ ]*)```(?P<language>\w*)\n(?P<text>.*?)^[ ]*```$",
    re.MULTILINE | re.DOTALL,
)
_COMMENT = re.compile(r"<!-- (not executed|executed by|exit code|shows|executed last|file)(?:: (.*?))? -->")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    :ivar line: the line of its fence
    :ivar not_executed: why it is not executed; "" where it is
    :ivar executed_by: the test that executes it instead; "" where its page is executed
    """

    line: int
    language: str
    text: str
    not_executed: str
    executed_by: str
    codes: tuple[int, ...]
    shows: tuple[str, ...]
    last: bool
    file: str

    def commands(self) -> list[tuple[int, str]]:
        r"""Return each command with its line; one that ends with a backslash goes on in the next line."""
        found: list[tuple[int, str]] = []
        lines = iter(enumerate(self.text.splitlines(), self.line + 1))
        for number, line in lines:
            if line.startswith("$ "):
                command = line[2:]
                while command.endswith("\\"):
                    command += "\n" + next(lines)[1]
                found.append((number, command))
        return found


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        comments = _COMMENT.findall(match["comments"])
        said = dict(comments)
        indent = len(match["indent"])
        yield Block(
            line=text.count("\n", 0, match.start()) + match["comments"].count("\n") + 1,
            language=match["language"],
            text="".join(line[indent:] or "\n" for line in match["text"].splitlines(keepends=True)),
            not_executed=said.get("not executed", ""),
            executed_by=said.get("executed by", ""),
            codes=tuple(int(code) for code in said.get("exit code", "0").split()),
            shows=tuple(value for name, value in comments if name == "shows"),
            last="executed last" in said,
            file=said.get("file", ""),
        )


def executed(page: Path) -> list[Block]:
    """Return the blocks whose commands are executed, in the order of their execution."""
    found = [
        block for block in blocks(page) if block.language == "console" and not (block.not_executed or block.executed_by)
    ]
    return sorted(found, key=lambda block: block.last)
