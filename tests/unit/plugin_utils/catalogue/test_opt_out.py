# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An opt-out names its entry, the reason, a person and a day, or the run stops."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.opt_out import OptOut, read_opt_outs
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
