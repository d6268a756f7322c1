# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a hunt that a ledger rests on: nothing that others could have written."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    HuntResult,
    read_hunt,
)


def test_without_a_report_nothing_was_hunted() -> None:
    assert read_hunt("", "gw") == HuntResult()


@pytest.mark.parametrize("content", [None, "{", '["no report"]', "[" * 100_000])
def test_what_is_no_report_is_refused_by_name(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "hunt.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
        file.chmod(0o600)
    with pytest.raises(InvalidInput) as raised:
        read_hunt(str(file), "gw")
    assert str(raised.value).startswith(f"gw: traces: {file} cannot be used: ")
    assert str(raised.value).endswith(". Nothing was sent.")
    assert content is not None or str(raised.value).endswith(": No such file or directory. Nothing was sent.")


def test_a_report_that_others_may_write_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hunt.json"
    file.write_text("{}", encoding="utf-8")
    file.chmod(0o666)
    with pytest.raises(InvalidInput, match="cannot be used"):
        read_hunt(str(file), "gw")
