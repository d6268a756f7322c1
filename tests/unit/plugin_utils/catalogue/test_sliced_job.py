# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one door for what a controller says of a job: it comes back as it was written, and anything else is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import (
    LARGEST_OFFSET,
    MOST_COPIES,
    SlicedJob,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

STEM = "20200115T020000.000000Z-0123456789"
JOB = SlicedJob(
    "0a1b2c3d4e-7",
    "0a1b2c3d4e",
    "apply",
    datetime(2026, 12, 1, 3, 14, 20, tzinfo=UTC),
    {"gw-a": 7200.0, "gw-b": -3.0},
    {"gw-a": (STEM,), "gw-b": ()},
    follows=True,
)


def test_it_comes_back_as_it_was_written() -> None:
    assert SlicedJob.from_variable(json.loads(json.dumps(JOB.as_variable()))) == JOB
    assert JOB.until == "2026-12-01 03:14:20 UTC"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"more": 1}, "must have ident, run, verb, deadline, clocks, copies, follows, and nothing else"),
        ({"ident": "../jobs-1"}, "has a wrong ident"),
        ({"ident": "0a1b2c3d4e-0"}, "has a wrong ident"),
        ({"ident": 7}, "has a wrong ident"),
        ({"ident": "other-1"}, "has the ident 'other-1', which is not one of the run '0a1b2c3d4e'"),
        ({"run": ""}, "has a wrong run"),
        ({"follows": 1}, "has a wrong follows"),
        ({"verb": "apply.yml"}, "has a wrong verb"),
        ({"deadline": "2026-12-01T03:14:20"}, "has a wrong deadline"),  # of which zone?
        ({"deadline": "2026-12-01T03:14:20+02:00"}, "has a wrong deadline"),
        ({"deadline": "2026-13-01T03:14:20+00:00"}, "which is no time"),
        ({"deadline": None}, "has a wrong deadline"),
        ({"clocks": []}, "has clocks that are no mapping of at most 10,000 appliances"),
        ({"clocks": {f"gw-{number}": 0 for number in range(10_001)}}, "has clocks that are no mapping"),
        ({"clocks": {"": 0}}, "has clocks of something that is no name of an appliance"),
        ({"clocks": {"g" * 256: 0}}, "has clocks of something that is no name of an appliance"),
        ({"clocks": {"gw-a": float("nan")}}, "has wrong clocks of 'gw-a'"),
        ({"clocks": {"gw-a": LARGEST_OFFSET + 1}}, "has wrong clocks of 'gw-a'"),
        ({"clocks": {"gw-a": True}}, "has wrong clocks of 'gw-a'"),
        ({"clocks": {"gw-a": "0"}}, "has wrong clocks of 'gw-a'"),
        ({"copies": {"gw-a": STEM}}, "has wrong copies of 'gw-a'"),
        ({"copies": {"gw-a": ["../../nsconfig/ns.conf"]}}, "has wrong copies of 'gw-a'"),
        ({"copies": {"gw-a": [STEM] * (MOST_COPIES + 1)}}, "has wrong copies of 'gw-a'"),
    ],
)
def test_anything_else_is_refused(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        SlicedJob.from_variable({**JOB.as_variable(), **changed})
    assert problem in str(refused.value)
    assert str(refused.value).endswith(
        "sliced.yml on a controller writes it into each job: leave it out of -e and of the inventory. Nothing was sent."
    )


@pytest.mark.parametrize("value", [None, "", "gw-a", [], {}, {1: 2}])
def test_what_is_no_mapping_of_a_job_is_refused(value: Any) -> None:
    with pytest.raises(
        InvalidInput, match="must have ident, run, verb, deadline, clocks, copies, follows, and nothing else"
    ):
        SlicedJob.from_variable(value)
