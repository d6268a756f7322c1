# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line is put in once, and taking it out restores the file byte for byte."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import SYSTEM_ACCESS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import (
    ABSENT,
    StartUpFile,
)
from hypothesis import given
from hypothesis import strategies as st

LINE = SYSTEM_ACCESS.line


@given(st.none() | st.binary(max_size=200))
def test_what_was_put_in_and_taken_out_is_the_same_file(content: bytes | None) -> None:
    file = StartUpFile(content)
    with_line = file.with_line(LINE)
    assert with_line.count(LINE) == 1
    assert with_line.with_line(LINE) == with_line
    assert with_line.without_line(LINE, file.sha256).content == content


@given(st.lists(st.sampled_from([LINE, f"  {LINE}\r", "# x", "", f"{LINE} # not the line", "\xff"]), max_size=6))
def test_only_lines_that_are_this_line_are_counted_and_taken_out(lines: list[str]) -> None:
    content = "\n".join(lines).encode("latin-1")
    file = StartUpFile(content)
    assert file.count(LINE) == sum(line.strip() == LINE for line in lines)
    kept = [line.encode("latin-1") for line in lines if line.strip() != LINE]
    assert file.without_line(LINE, "").content == (b"\n".join(kept) if file.count(LINE) else content)


def test_what_others_wrote_since_stays() -> None:
    before = StartUpFile(b"a")
    later = StartUpFile(before.with_line(LINE).content + b"b\n")  # type: ignore[operator]
    assert later.without_line(LINE, before.sha256).content == b"a\nb\n"
    made = StartUpFile(StartUpFile(None).with_line(LINE).content + b"b\n")  # type: ignore[operator]
    assert made.without_line(LINE, ABSENT).content == b"b\n"


@pytest.mark.parametrize(
    ("text", "others"),
    [
        (f"# skip_systemaccess_policyeval\n{LINE}\n", []),
        ("nsapimgr -ys skip_systemaccess_policyeval=1\n", ["nsapimgr -ys skip_systemaccess_policyeval=1"]),
        (f"{LINE} >/dev/null\n", [f"{LINE} >/dev/null"]),
        ("nsapimgr -ys skip_systemaccess_policyevaluation=1\n", []),
    ],
)
def test_another_line_on_the_knob_is_found(text: str, others: list[str]) -> None:
    assert SYSTEM_ACCESS.other_lines(text) == others
