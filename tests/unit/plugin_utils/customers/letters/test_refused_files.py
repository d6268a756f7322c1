# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of facts and of letters that are refused with their name and the fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters import facts_file, series
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts_json import (
    read_file_of_facts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.unit.plugin_utils.customers.letters.test_facts_json import RIGHT, file_with


@pytest.mark.parametrize("name", ["facts.json", "facts.yml"])
def test_a_file_of_facts_that_is_gone_or_broken(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(InvalidInput, match=rf"^facts_file: {path} cannot be read \(.*\): name a file of facts$"):
        facts_file.read_facts(path)
    path.write_text("{")
    path.chmod(0o600)
    with pytest.raises(InvalidInput, match=rf"^facts_file: {path} cannot be read \("):
        facts_file.read_facts(path)


def test_a_file_of_ours_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_file, "LARGEST", 1024 * 1024)
    path = tmp_path / "ledger.json"
    path.write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(
        InvalidInput, match=rf"^{path} cannot be read \(it is larger than 1 MiB\): name a file that exists"
    ):
        facts_file.read_json(path)


def test_a_fact_whose_date_is_half_left_out() -> None:
    with pytest.raises(InvalidInput, match=r"undated is 'yes', and must be true or false$"):
        read_file_of_facts("f", file_with(RIGHT | {"undated": "yes"}))


def test_a_letter_that_another_run_has_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "add_file", lambda *_given: None)
    monkeypatch.setattr(series, "customer_values", lambda told: told)
    letter: Any = series.Previous.__new__(series.Previous)
    for name, value in (("number", 2), ("told", {}), ("written", None)):
        object.__setattr__(letter, name, value)
    none: Any = None
    with pytest.raises(
        InvalidInput, match=rf"^{tmp_path}/2\.json was written by another run at the same time: run the"
    ):
        series.add_letter(tmp_path, series.Series(none, none, none), letter, none)
