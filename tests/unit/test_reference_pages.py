# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of the file of documented attributes are made of reference pages. The page here is made up, in the form of the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.types.documented_attributes import attribute
from tests.reference_pages import attributes, main, written


def cell(name: str, kind: str, about: str, permission: str = "Read-write") -> str:
    return f"<td>{name}</td><td>&lt;{kind}></td><td>{permission}</td><td>About it.{about}</td><tr>"


REFERENCE = "\n".join(
    [
        "<table><tbody><tr>" + cell("name", "String", "&lt;br>Minimum length = 1"),
        cell("cltTime".lower(), "Double", "&lt;br>Minimum value = 0&lt;br>Maximum value = 31536000"),
        cell("port", "Integer", "&lt;br>Minimum value = 1&lt;br>Range 1 - 65535"),
        cell("mode", "String", "&lt;br>Default value: OFF&lt;br>Possible values = ON, OFF"),
        cell("levels", "String[]", ""),
        cell("detail", "Boolean", ""),
        cell("newname", "String", ""),
        cell("state", "String", "", "Read-only"),
        "</tbody></table>",
        "###add",
        '{"x":{"name":<String_value>,"clttime":<Double_value>,"port":<Integer_value>,"mode":<String_value>,"levels":<String[]_value>}}',
        "###update",
        '{"x":{"name":<String_value>,"clttime":<Double_value>,"mode":<String_value>,"newname":<String_value>}}',
        "###unset",
        '{"x":{"name":<String_value>,"mode":true}}',
        "###get",
        '{"x":[{"state":<String_value>}]}',
    ]
)
COMMANDS = "add x &lt;name> &lt;port> [-cltTime &lt;secs>] [-mode ( ON | OFF )]"
LINES = [
    "clttime count au 0..31536000 cli=cltTime",
    "port number a 1..65535",
    "mode text aus in=ON|OFF",
    "levels list a",
]


def test_a_page_gives_the_lines_of_its_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.md").write_text(REFERENCE, encoding="utf-8")
    (tmp_path / "add.md").write_text(COMMANDS, encoding="utf-8")
    assert main(["x", str(tmp_path / "x.md"), str(tmp_path / "add.md")]) == 0
    assert capsys.readouterr().out.splitlines() == ["[x]", *LINES]


def test_without_commands_the_spelling_is_the_name() -> None:
    assert written(attributes(REFERENCE)[0]) == "clttime count au 0..31536000"


@pytest.mark.parametrize(
    "line", [*LINES, "x secret au 1..", "y boolean r default=false", "z list r default=A,B since=13.0.82.41"]
)
def test_a_line_is_written_as_it_was_read(line: str) -> None:
    assert written(attribute(line)) == line
