# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of the register of consent, and when a closing has the consent of a customer."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import (
    ConsentEntry,
    ConsentState,
    has_agreed,
    utc_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

VALUES = {
    "customer": "Brouwer",
    "state": "agreed",
    "who": "A. Brouwer",
    "when": "2020-01-17T13:00:00+00:00",
    "how": "by telephone",
    "ticket": "CHG1",
    "note": "",
}


def entry(**more: Any) -> ConsentEntry:
    return ConsentEntry.from_values({**VALUES, **more})


def test_an_entry_is_read_as_it_was_written() -> None:
    assert entry().values() == VALUES
    assert entry().text == "agreed 2020-01-17 13:00 UTC by A. Brouwer, by telephone (CHG1)"
    assert entry(ticket="", note="until Monday").text.endswith("by A. Brouwer, by telephone: until Monday")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": "perhaps"}, "it must have customer, how, note"),
        ({"more": "x"}, "it must have customer, how, note"),
        ({"who": " "}, "who is empty"),
        ({"how": ""}, "how is empty"),
        ({"note": "a\nb"}, "note must be one line of text"),
        ({"customer": "x" * 201}, "customer must be one line of text"),
        ({"ticket": 7}, "ticket must be one line of text"),
        ({"when": "2020-01-17"}, "when is '2020-01-17', and must be a time in UTC"),
        ({"when": "2020-01-17T14:00:00+01:00"}, "and must be a time in UTC"),
    ],
)
def test_what_is_no_entry(values: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        entry(**values)
    assert said in str(raised.value)


def test_a_state_that_is_none_of_ours() -> None:
    with pytest.raises(InvalidInput, match="state is 'agreed', and must be one of advised, agreed"):
        ConsentEntry(**VALUES)  # type: ignore[arg-type]


def test_a_time_is_kept_in_utc() -> None:
    assert utc_text("2020-01-17T14:00+01:00") == "2020-01-17T13:00:00+00:00"
    assert [utc_text(text) for text in ("2020-01-17T14:00", "soon", "0001-01-01T00:00+14:00")] == ["", "", ""]


@played_together(
    ("states", "agreed"),
    [
        ("", False),
        ("advised", False),
        ("advised agreed", True),
        ("agreed closed", True),
        ("agreed closed reopened", False),
        ("agreed closed reopened closed", False),
        ("agreed refused", False),
        ("refused closed", False),
        ("refused agreed", True),
        ("agreed advised", False),
    ],
)
def test_when_a_closing_has_consent(states: str, agreed: bool) -> None:
    assert has_agreed([entry(state=str(ConsentState(state))) for state in states.split()]) is agreed
