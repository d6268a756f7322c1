# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An opt-out names its entry, the reason, a person and a day, or the run stops."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.opt_out import (
    OptOut,
    entries_in_force,
    expired,
    in_force,
    read_opt_outs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

GIVEN = {"entry": "cve_x", "why": "CHG7", "who": "J. Jansen", "until": "2026-12-31"}


def test_an_opt_out_is_read() -> None:
    assert read_opt_outs("gw", None) == ()
    assert read_opt_outs("gw", [GIVEN]) == (OptOut("cve_x", "CHG7", "J. Jansen", date(2026, 12, 31)),)


@played_together(
    ("value", "problem"),
    [
        ("cve_x", "must be a list"),
        ([GIVEN, "cve_x"], "entry 2 must be a mapping"),
        ([{**GIVEN, "zone": "x", "also": "y"}], "entry 1 has an unknown key 'also'"),
        ([{**GIVEN, "verdict": "exposed"}], "entry 1 has an unknown key 'verdict'"),
        *(([{**GIVEN, key: None}], f"entry 1 has no {key} that is a text") for key in GIVEN),
        *(([{**GIVEN, key: " "}], f"entry 1 has no {key} that is a text") for key in GIVEN),
        ([{**GIVEN, "who": ["J. Jansen"]}], "entry 1 has no who that is a text"),
        ([{**GIVEN, "until": "never"}], "entry 1: until is 'never', which is no day as 2026-12-31"),
    ],
)
def test_anything_else_is_refused_with_host_variable_and_fix(value: Any, problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_opt_outs("gw", value)
    assert str(error.value).startswith(f"gw: tourniquet_opt_outs: {problem}. Write an entry as {{entry: ")


def test_an_opt_out_counts_to_the_end_of_its_day() -> None:
    days = [date(2026, 12, day) for day in (29, 30, 31)]
    found = [OptOut("cve_x", "CHG7", "J. Jansen", day) for day in (days[1], days[0], days[2], days[1])]
    found.append(OptOut("cve_y", "CHG8", "J. Jansen", days[0]))
    assert [in_force(found, "cve_x", day) for day in (*days, date(2027, 1, 1))] == [*[found[2]] * 3, None]
    assert [expired(found, "cve_x", day) for day in days] == [None, found[1], found[0]]
    assert [expired(found, "cve_y", day) for day in days[:2]] == [None, found[-1]]
    assert (in_force(found, "cve_z", days[0]), expired(found, "cve_z", days[2])) == (None, None)
    assert [{*entries_in_force(found, day)} for day in (*days, date(2027, 1, 1))] == [
        {"cve_x", "cve_y"},
        {"cve_x"},
        {"cve_x"},
        set(),
    ]
