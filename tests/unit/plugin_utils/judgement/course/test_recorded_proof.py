# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run is proven by what it was about: a measure, a closing, or each management address."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.recorded_proof import (
    let_past_by,
    may_let_past_by,
    proves_what_it_left,
    worst_address,
)

from tests.unit.plugin_utils.judgement.exposure.test_history import PROVEN, record

COVERED, OPEN = {"node": "10.0.0.1", "state": "covered"}, {"node": "10.0.0.2", "state": "NOT covered"}
READ: dict[str, Any] = {"state": "read back"}


@pytest.mark.parametrize(
    ("kind", "values", "proven"),
    [
        ("apply", {"proof": PROVEN}, True),
        ("apply", {"proof": {**PROVEN, "verdict": "partly"}}, False),
        ("lockdown", {}, False),
        ("lockdown", {"off": ("gw",)}, True),
        ("verify", {"proof": {**PROVEN, "management_addresses": [COVERED, OPEN]}}, False),
        ("verify", {"proof": {**PROVEN, "management_addresses": [COVERED]}}, True),
        ("verify", {"proof": {**PROVEN, "management_addresses": [{**COVERED, "state": "a new word"}]}}, False),
    ],
)
def test_what_a_run_proved(kind: str, values: dict[str, Any], proven: bool) -> None:
    assert proves_what_it_left(record(kind, "2020-01-05T10:00", **values).content) is proven


def test_the_worst_address_counts_and_one_that_was_not_looked_at_is_unknown() -> None:
    nodes = ["10.0.0.1", "10.0.0.2"]
    proof = {**PROVEN, "management_addresses": [COVERED]}
    assert worst_address(record("verify", "2020-01-05T10:00", proof=proof, nodes=nodes).content) == "unknown"
    assert worst_address(record("verify", "2020-01-05T10:00", proof=PROVEN).content) == ""


@pytest.mark.parametrize("given", [{}, {"reason": ""}])
def test_what_lets_past_counts_without_its_reason_too(given: dict[str, str]) -> None:
    """Seen: such a record, which passes the check of records, ended the run of each reader with an error."""
    one = {**OPEN, **given, "lets_past": True, "may_let_past": True}
    found = record("verify", "2020-01-05T10:00", proof={**PROVEN, "management_addresses": [one]}).content
    assert let_past_by(found) == may_let_past_by(found) != ""
