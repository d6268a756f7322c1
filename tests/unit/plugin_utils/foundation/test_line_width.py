# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines that fit the terminal, and commands that stay whole."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import line_width
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.line_width import (
    columns,
    cut,
    fitted,
    wrapped,
)

TEXT = "    the appliance has changes that somebody else has not saved, and saving ours would save them too"


def test_a_line_is_broken_between_words_and_indented_further() -> None:
    assert wrapped(TEXT, 60) == [
        "    the appliance has changes that somebody else has not",
        "      saved, and saving ours would save them too",
    ]


@pytest.mark.parametrize("width", [40, 57, 80, 200, None])
def test_no_word_is_lost_and_no_line_too_long(width: int | None) -> None:
    lines = wrapped(TEXT, width)
    assert " ".join(" ".join(lines).split()) == TEXT.strip()
    assert all(len(line) <= (width or 1000) for line in lines)


@pytest.mark.parametrize(
    "command",
    [
        "-e accept_unreachable=gw-a -e accept_refused=gw-b,gw-c",
        """-e '{"accept_sleeping_policies": ["their policy"]}'""",
        "-e \"reason='the fix runs'\"",
        "--limit 'gw a' -e unsaved=apply_without_save",
        "`netscaler_vips: [{name: gw, address: 192.0.2.10}]`",
        "(set audit syslogParams -userDefinedAuditlog YES)",
        "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0",
    ],
)
def test_a_command_that_is_copied_stays_on_one_line(command: str) -> None:
    line = f"  Fix what is in the way, or do without it by giving the command again with {command} and so on"
    for width in range(40, 120):
        assert sum(command in part for part in wrapped(line, width)) == 1


def test_a_command_longer_than_the_terminal_has_a_line_of_its_own() -> None:
    command = f"-e accept_refused={','.join(f'gw-{number}' for number in range(30))}"
    assert wrapped(f"Continue without them: {command}", 60) == ["Continue without them:", f"  {command}"]


def test_a_long_list_of_numbers_is_broken_behind_its_commas() -> None:
    numbers = ",".join(str(number) for number in range(1, 99, 2))
    lines = wrapped(f"    gw-[{numbers}], gw-x", 60)
    assert all(len(line) <= 60 for line in lines)
    assert "".join("".join(lines).split()) == f"gw-[{numbers}],gw-x"


def test_a_list_of_numbers_fills_its_lines_and_is_whole_where_it_fits() -> None:
    whole = f"gw-[{'1,' * 14}1]"
    assert wrapped(f"    and {whole}", 40) == ["    and", f"      {whole}"], (
        "4 are the indent, and 2 more of what goes on"
    )
    assert wrapped(f"    and x{whole}", 40) == ["    and", f"      xgw-[{'1,' * 14}", "      1]"]
    assert wrapped(f"    and {'x' * 50}", 40) == ["    and", f"      {'x' * 50}"], "another word stays whole"
    assert wrapped(f"and gw-[{'1' * 60},2]", 40) == ["and", f"  gw-[{'1' * 60},", "  2]"]


def test_the_columns_of_a_table_keep_their_blanks() -> None:
    assert fitted([f"gw-a          13.0 47.22   5 changes  {'word ' * 20}"], 60)[0].startswith(
        "gw-a          13.0 47.22   5"
    )


def test_a_line_is_cut_where_its_end_may_be_missed() -> None:
    assert cut("x" * 100, 50) == "x" * 47 + "..."
    assert cut("x" * 50, 50) == "x" * 50
    assert cut("x" * 100, None) == "x" * 100


@pytest.mark.parametrize(
    ("terminal", "variable", "width"), [(False, None, None), (False, "70", 70), (True, "70", 70), (False, "x", None)]
)
def test_a_pipe_without_columns_breaks_no_line(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, variable: str | None, width: int | None
) -> None:
    monkeypatch.setattr(line_width.sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    monkeypatch.delenv("COLUMNS", raising=False)
    if variable is not None:
        monkeypatch.setitem(os.environ, "COLUMNS", variable)
    assert columns() == width
