# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance that could not be reached has its own word, and a run with nothing worse its own exit code."""

from __future__ import annotations

import json

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    NitroError,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import (
    appliance_line,
    code_of_run,
    lines_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import (
    Examination,
    Finding,
    must_fail,
    not_examined,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import (
    examination_of,
)

QUIET = Examination("gw-q", looked_at=(("directories", 3),))
AWAY = not_examined("gw-a", CannotConnect("gw-a: no route"))
OTHER = not_examined("gw-b", CannotConnect("gw-b: no route"))
BROKEN = not_examined("gw-c", NitroError("gw-c", "GET x", 500, 1, "bad"))


def found(level: Level) -> Examination:
    finding = Finding(appliance="gw-f", node="10.1.0.1", level=level, what="a file", where="/x", why="it is new")
    return Examination("gw-f", (finding,), looked_at=(("directories", 3),))


def test_what_was_not_reached_is_unreachable_and_what_answers_nonsense_is_incomplete() -> None:
    assert appliance_line(AWAY) == "gw-a: UNREACHABLE: no route"
    assert appliance_line(BROKEN).startswith("gw-c: INCOMPLETE: the appliance: GET x: HTTP 500")


@pytest.mark.parametrize(
    ("examined", "not_told", "code"),
    [
        ([AWAY], [], 4),
        ([AWAY, QUIET], [], 4),
        ([AWAY, found(Level.REVIEW)], [], 4),
        ([AWAY, found(Level.COMPROMISE)], [], 2),
        ([AWAY, BROKEN], [], 2),
        ([AWAY], ["the webhook does not answer"], 2),
        ([found(Level.REVIEW)], [], 1),
        ([QUIET], [], 0),
        ([], [], 2),
    ],
)
def test_a_run_with_nothing_worse_than_unreachable_appliances_ends_with_4(
    examined: list[Examination], not_told: list[str], code: int
) -> None:
    assert code_of_run(examined, not_told) == code
    assert lines_of(examined, not_told)[-1].endswith(f"exit code {code}")


def test_the_totals_tell_both_apart() -> None:
    lines = lines_of([AWAY, OTHER, BROKEN, QUIET])
    assert "gw-a, gw-b: UNREACHABLE: no route" in lines
    assert lines[-1] == (
        "4 appliances: 1 incomplete, 2 unreachable, 1 with nothing found in what was looked at; exit code 2"
    )


def test_it_goes_through_json() -> None:
    for one in (AWAY, BROKEN, QUIET):
        assert examination_of(one.appliance, json.loads(json.dumps(json_values(one)))) == one


def test_a_task_that_ansible_calls_unreachable_has_no_findings() -> None:
    assert examination_of("gw-a", {"unreachable": True, "msg": "gw-a: no route"}) == AWAY
    assert not examination_of("gw-a", {"failed": True, "msg": "gw-a: no route"}).is_unreachable


def test_it_counts_for_fail_at_as_what_is_incomplete() -> None:
    assert [must_fail(4, fail_at) for fail_at in (1, 2, 3)] == [True, True, False]
    assert [must_fail(code, 2) for code in (0, 1, 2)] == [False, False, True]


def test_any_other_error_is_incomplete() -> None:
    assert not not_examined("gw-a", TourniquetError("gw-a: no route")).is_unreachable
