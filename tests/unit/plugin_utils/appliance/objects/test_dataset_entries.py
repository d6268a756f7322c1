# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of a data set as one text, and back."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects import dataset_entries


def test_the_text_is_sorted_by_address_whatever_the_order_and_the_case_of_the_keys() -> None:
    rows = [
        {"name": "s", "value": "198.51.100.0", "endrange": "198.51.100.255", "index": "2"},
        {"Name": "s", "Value": "192.0.2.10", "endRange": ""},
        {"name": "s", "value": "192.0.2.9", "endrange": "192.0.2.9"},
    ]
    assert dataset_entries.text_of(rows) == "192.0.2.9 192.0.2.10 198.51.100.0-198.51.100.255"


def test_ipv6_is_written_in_its_shortest_form() -> None:
    rows = [{"value": "2001:0DB8:0:0::1", "endrange": "2001:db8::0:ff"}]
    assert dataset_entries.text_of(rows) == "2001:db8::1-2001:db8::ff"


def test_what_is_no_address_stays_and_comes_last() -> None:
    assert dataset_entries.text_of([{"value": "10.0.0.0/8"}, {"value": "192.0.2.1"}]) == "192.0.2.1 10.0.0.0/8"


def test_an_entry_becomes_its_binding_again() -> None:
    assert dataset_entries.row_of("s", "192.0.2.1") == {"name": "s", "value": "192.0.2.1"}
    assert dataset_entries.row_of("s", "192.0.2.1-192.0.2.9") == {
        "name": "s",
        "value": "192.0.2.1",
        "endrange": "192.0.2.9",
    }
    assert dataset_entries.split(None) == []


def test_what_goes_and_what_comes_is_found_with_two_sets_however_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(entries: list[str]) -> set[str]:
        made.append(len(entries))
        return set(entries)

    monkeypatch.setattr(dataset_entries, "set", counted, raising=False)
    before, after = "192.0.2.1 192.0.2.3 192.0.2.5", "192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6"
    assert dataset_entries.exchanged(before, after) == (["192.0.2.1"], ["192.0.2.4", "192.0.2.6"])
    assert made == [3, 4]
    assert dataset_entries.exchanged(None, after) == ([], after.split())
    assert dataset_entries.exchanged(before, None) == (before.split(), [])
