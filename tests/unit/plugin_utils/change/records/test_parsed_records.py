# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A text of a record is parsed once for each appliance; a changed one anew, and whose signature counts is asked each time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import change_record, parsed_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.parsed_records import parsed_once
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome

FACTS = {"measure": "demo", "version": 2, "kind": "apply", "run": "abc"}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each text was parsed."""
    counted: Counter[str] = Counter()
    original = change_record.parse_json

    def counting(text: str) -> object:
        counted[text] += 1
        return original(text)

    monkeypatch.setattr(change_record, "parse_json", counting)
    monkeypatch.setattr(parsed_records, "_kept", parsed_records.Kept())
    return counted


def test_the_records_of_an_appliance_are_parsed_once_until_their_text_changes(
    tmp_path: Path, parsed: Counter[str]
) -> None:
    record = start_record(tmp_path, "gw-a", (), FACTS)
    start_record(tmp_path, "gw-a", (), {**FACTS, "run": "def"})
    for _time in range(3):
        assert len(all_records(tmp_path, "gw-a")) == 2
    assert [*parsed.values()] == [1, 1]
    record.finish(Outcome.APPLIED)
    assert [one.outcome for one in all_records(tmp_path, "gw-a")] == [Outcome.APPLIED, Outcome.OPEN]
    assert [*parsed.values()] == [1, 1, 1]


def test_what_one_reader_changes_in_its_record_no_other_one_sees(tmp_path: Path, parsed: Counter[str]) -> None:
    start_record(tmp_path, "gw-a", (), FACTS)
    (first,) = all_records(tmp_path, "gw-a")
    first.content = first.content.with_values(undone_by="somebody")
    assert not all_records(tmp_path, "gw-a")[0].undone_by


def test_whose_signature_counts_is_asked_each_time(tmp_path: Path, parsed: Counter[str]) -> None:
    start_record(tmp_path, "gw-a", (), FACTS, trust=RecordTrust(key=tmp_path / "ours"))
    assert all_records(tmp_path, "gw-a", RecordTrust(key=tmp_path / "ours"))[0].provenance.is_trusted
    assert not all_records(tmp_path, "gw-a", RecordTrust(key=tmp_path / "other"))[0].provenance.is_trusted


def test_only_the_appliance_that_was_read_last_is_kept(tmp_path: Path, parsed: Counter[str]) -> None:
    for host in ("gw-a", "gw-b"):
        start_record(tmp_path, host, (), FACTS)
        all_records(tmp_path, host)
    assert {path.parent.name for path in parsed_records._kept.results} == {"gw-b"}


def test_texts_beyond_the_bound_are_parsed_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed_records, "_kept", parsed_records.Kept())
    calls: list[str] = []
    text = "x" * (parsed_records.MOST_CHARACTERS + 1)
    for _time in range(2):
        parsed_once(Path("a/b"), text, lambda text, _path: calls.append(text))
    assert len(calls) == 2
    assert not parsed_records._kept.results
