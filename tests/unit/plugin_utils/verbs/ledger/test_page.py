# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger for people and programs: one line for each appliance, and cells that no spreadsheet calculates."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntOutcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import Interval
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import Loss, LossCause
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.node_track import NodeCourse
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import Extent, State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.step_closing import StepClosing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import (
    LedgerRow,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    RowAnswer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.ledger_files import (
    COLUMNS,
    ledger_csv,
    write_ledger,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import answer_values, ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun

MITIGATED = Dated(datetime(2019, 12, 20, 21, tzinfo=UTC), "record 1", Confidence.RECORDED)


def fleet_ledger(results: dict[str, Any]) -> dict[str, Any]:
    return ledger_page(FleetRun(results, {"fail_at": 2})).values()


def answers(
    word: str = "open", customer: str = "Brouwer", entry: str = "cve_2019_19781", **values: Any
) -> list[dict[str, Any]]:
    row = LedgerRow(appliance="gw", customer=customer, entry=entry, mitigated=MITIGATED, **values)
    one = CustomerAnswer("gw", customer, (RowAnswer(row, ReopenAnswer(word), "the reason"),))
    return [answer_values(one, whole=True)]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_screen_has_one_line_for_each_appliance_the_worst_first_and_the_totals_last() -> None:
    found = fleet_ledger(
        {
            "good": {"answers": answers()},
            "late": {"answers": answers("patch_first")},
            "bad": {
                "answers": [*answers(), *answers("assume_compromised", "De Wit", conflicts=("the clock was set back",))]
            },
            "gone": {},
        }
    )
    assert found["lines"] == [
        (
            "bad: De Wit: assume compromised: recovery plan (cve_2019_19781: the reason); Brouwer: open (cve_2019_19781: the reason); "
            "conflicts between sources: 1"
        ),
        "gone: unknown (nothing was judged); NOT READ: no result",
        "late: Brouwer: patch first (cve_2019_19781: the reason)",
        "good: Brouwer: open (cve_2019_19781: the reason)",
        "RECOVERY  assume: bad. docs/how-to/recovery.md has the steps of each grade",
        "4 appliances: 1 assume compromised: recovery plan, 1 unknown, 1 patch first, 1 open; exit code 2",
    ]
    assert found["exit_code"] == 2


@pytest.mark.parametrize(
    ("cause", "until", "exit_code"),
    [
        (LossCause.CHANGED, None, 2),
        (LossCause.PARTLY, None, 2),
        (LossCause.INEFFECTIVE, None, 2),
        (LossCause.CHANGED, MITIGATED, 1),
        (LossCause.OBSERVING, None, 1),
        (LossCause.BYPASSED, None, 1),
        (LossCause.OUTDATED, None, 1),
    ],
)
def test_a_loss_that_status_calls_critical_and_nobody_decided_has_an_exit_code_of_2_while_it_lasts(
    cause: LossCause, until: Dated | None, exit_code: int
) -> None:
    """`reduces exposure` and `applied, unproven` are warnings, and may be known and wanted."""
    lost = Loss(MITIGATED, until, MITIGATED, cause, "so it is")
    found = fleet_ledger({"gw": {"answers": answers("patch_first", losses=(lost,))}})
    assert found["exit_code"] == exit_code
    loud = [line for line in found["lines"] if line.startswith("PROTECTION")]
    assert loud == ([] if until else [f"PROTECTION LOST  gw: cve_2019_19781 {lost.text}"])


@pytest.mark.parametrize("size", [1, 13, 200])
def test_one_opening_is_one_line_whatever_it_opens_to_which_weaknesses(size: int) -> None:
    """Seen: a line for each of 12 weaknesses. Each appliance has a record and a minute of its own."""
    names = [f"gw-{number:03}" for number in range(size)]
    results = {}
    for number, name in enumerate(names):
        at = Dated(datetime(2026, 12, 2, 10, number % 60, tzinfo=UTC), "record", Confidence.RECORDED)
        why = f"record 20261202T10{number % 60:02}31.870805Z-run opened it"
        lost = Loss(at, None, at, LossCause.OPENED, why, "P. de Vries (a test)")
        part = replace(lost, after=Extent.PART)
        rows = [
            one for entry in range(36) for one in answers("patch_first", entry=f"cve_2026_{entry:05}", losses=(lost,))
        ]
        rows += answers("patch_first", entry="cve_2019_19781", losses=(part,))
        results[name] = {"answers": [{**rows[0], "rows": [row for one in rows for row in one["rows"]]}]}
    found = fleet_ledger(results)
    first = ", ".join(f"cve_2026_{entry:05}" for entry in range(8))
    where = {1: "gw-000", 13: "gw-[000-012]", 200: "gw-[000-199]"}[size]
    when = "on 2026-12-02 10:00 UTC" if size == 1 else "on 2026-12-02"
    record = "record 20261202T100031.870805Z-run" if size == 1 else "its record"
    assert [line for line in found["lines"] if line.startswith("PROTECTION")] == [
        f"PROTECTION LOST  {where}: {first} and 28 more {when}, decided by P. de Vries (a test): {record} opened it",
        f"PROTECTION REDUCED  {where}: cve_2019_19781 {when}, decided by P. de Vries (a test): {record} opened it",
    ]
    rows = [row for one in found["appliances"].values() for answer in one["answers"] for row in answer["rows"]]
    assert (len(rows), {len(row["losses"]) for row in rows}) == (37 * size, {1})


@pytest.mark.parametrize(
    ("as_of", "line"),
    [
        (
            ("2020-01-17", "2020-01-17"),
            "AS OF 2020-01-17: what was published later does not count. Builds, and what our runs did, are those known on 2026-12-02",
        ),
        (
            ("2026-12-02", "2020-01-17"),
            "AS OF 2020-01-17 (gw-2): what was published later does not count. Builds, and what our runs did, are those known on 2026-12-02",
        ),
        (("2026-12-02", "2026-12-02"), ""),
        (("2026-12-03", ""), ""),
    ],
)
def test_a_ledger_of_an_earlier_day_says_what_does_not_count_and_why_there_are_later_days_in_it(
    as_of: tuple[str, str], line: str
) -> None:
    """Seen: `-e as_of=2020-01-17`, and days of 2026 without a word."""
    found = fleet_ledger(
        {
            f"gw-{number}": {"answers": answers(), "as_of": day, "read_at": "2026-12-02T10:00:00+00:00"}
            for number, day in enumerate(as_of, 1)
        }
    )
    assert found["lines"][-2:-1] == ([line] if line else [found["lines"][-2]])
    assert line or not any("AS OF" in one for one in found["lines"])
    assert [one["as_of"] for one in found["appliances"].values()] == [*as_of]


def test_more_events_than_a_page_shows_are_counted() -> None:
    found = fleet_ledger(
        {
            f"gw-{number}": {
                "answers": answers(losses=(Loss(MITIGATED, None, MITIGATED, LossCause.CHANGED, f"cause {number}"),))
            }
            for number in range(43)
        }
    )
    loud = [line for line in found["lines"] if line.startswith("PROTECTION LOST")]
    assert (len(loud), loud[-1]) == (41, "PROTECTION LOST  and 3 more: ledger.json has all")


def at_node(state: State, node: str = "10.0.0.1:443") -> NodeCourse:
    return NodeCourse(node, (), (Interval(MITIGATED, None, state, "so it is", ("record 1",)),))


def with_nodes(*nodes: NodeCourse, **values: Any) -> dict[str, Any]:
    return answers("patch_first", nodes=nodes, management=nodes[0].management, exposed_from=MITIGATED, **values)[0]


@pytest.mark.parametrize("number", [1, 13, 200])
def test_open_management_addresses_are_one_line_that_counts_and_names(number: int) -> None:
    """All have an address of their own, and what is alike in them is said once."""
    results = {
        f"gw-{place:03}": {"answers": [with_nodes(at_node(State.EXPOSED, f"10.0.0.{place}:443"))]}
        for place in range(number)
    }
    results |= {"covered": {"answers": [with_nodes(at_node(State.MITIGATED))]}}
    lines = [line for line in fleet_ledger(results)["lines"] if line.startswith("MANAGEMENT ADDRESS")]
    names = {1: "gw-000", 13: "gw-[000-012]", 200: "gw-[000-199]"}[number]
    what = (
        f"1 management address of {names}"
        if number == 1
        else f"{number} management addresses of {number} appliances ({names})"
    )
    assert lines == [
        f"MANAGEMENT ADDRESS OPEN  {what}: cve_2019_19781. Whoever reaches it can attack, whatever is closed: docs/how-to/node-local.md"
    ]


def test_an_address_that_is_not_known_is_not_called_open() -> None:
    """One node of a pair is covered, of the other nobody knows it; of an appliance that was not read the page says so already."""
    pair = with_nodes(at_node(State.MITIGATED), at_node(State.UNKNOWN, "10.0.0.2:443"))
    results = {"pair": {"answers": [pair]}, "away": {"answers": [pair], "problem": "no route"}}
    lines = [line for line in fleet_ledger(results)["lines"] if line.startswith("MANAGEMENT ADDRESS")]
    assert lines == [
        "MANAGEMENT ADDRESS NOT KNOWN  1 management address of pair: cve_2019_19781. No run of ours shows that it is protected: docs/how-to/node-local.md"
    ]


def test_nodes_without_the_fix_are_one_line() -> None:
    results = {
        f"gw-{place}": {"answers": answers("patch_first", without_fix=(f"10.0.0.{place}:443",))} for place in range(3)
    }
    lines = [line for line in fleet_ledger(results)["lines"] if line.startswith("NODE WITHOUT")]
    assert lines == [
        "NODE WITHOUT THE FIX  3 nodes of 3 appliances (gw-[0-2]): cve_2019_19781. It serves after a failover: upgrade it too"
    ]


def test_the_table_says_what_holds_at_the_nodes() -> None:
    (row,) = rows_of(
        ledger_csv({"gw": {"answers": [with_nodes(at_node(State.EXPOSED), without_fix=("10.0.0.2:443",))]}})
    )
    assert (row["management"], row["management_reason"], row["without_fix"]) == ("exposed", "so it is", "10.0.0.2:443")
    (row,) = rows_of(ledger_csv({"gw": {"answers": answers()}}))
    assert (row["management"], row["management_reason"], row["without_fix"]) == ("", "", "")


def test_appliances_that_read_alike_share_a_line() -> None:
    results: dict[str, dict[str, Any]] = {
        f"gw-{number:03}": {"answers": answers("assume_compromised", ("Brouwer", "De Wit", "Jansen")[number % 3])}
        for number in range(200)
    }
    results |= {"gw-x": {"answers": answers()}, "gw-y": {"answers": answers(), "problem": "no route"}}
    lines = fleet_ledger(results)["lines"]
    assert len(lines) == 7
    assert lines[0].startswith("gw-[000,003,006,009,012,015,018,021] and 59 more: Brouwer: assume compromised")
    assert lines[-2].startswith("RECOVERY  assume: gw-[000-199]. ")
    assert lines[-4:-2] == [
        "gw-x: Brouwer: open (cve_2019_19781: the reason)",
        "gw-y: Brouwer: open (cve_2019_19781: the reason); NOT READ: no route",
    ]


def test_who_needs_which_grade_of_recovery_is_one_line() -> None:
    results: dict[str, dict[str, Any]] = {
        "entered": {"answers": answers("assume_compromised", hunt_outcome=HuntOutcome.COMPROMISE)},
        "shared": {"answers": [*answers(), *answers("assume_compromised", "De Wit")]},
        "tried": {"answers": answers(hunt_outcome=HuntOutcome.ATTEMPT)},
        "quiet": {"answers": answers()},
        "unknown": {"answers": answers("unknown")},
    }
    assert fleet_ledger(results)["lines"][-2] == (
        "RECOVERY  rebuild: entered; assume: shared; look: tried. docs/how-to/recovery.md has the steps of each grade"
    )
    assert len(fleet_ledger({"quiet": {"answers": answers()}})["lines"]) == 2


@pytest.mark.parametrize(
    ("words", "code"), [(["open"], 0), (["open", "patch_first"], 1), (["open", "unknown"], 2), ([], 2)]
)
def test_the_worst_answer_is_the_exit_code(words: list[str], code: int) -> None:
    """Nothing looked at is not open."""
    assert fleet_ledger({word: {"answers": answers(word)} for word in words})["exit_code"] == code


@pytest.mark.parametrize(
    ("others", "code"), [({}, 4), ({"good": "open"}, 4), ({"x": "unknown"}, 2), ({"bad": "assume_compromised"}, 2)]
)
def test_what_is_unknown_since_it_was_not_reached_alone_ends_with_4(others: dict[str, str], code: int) -> None:
    away = {"answers": answers("unknown"), "problem": "no route", "not_reached": True}
    found = fleet_ledger({"away": away, **{name: {"answers": answers(word)} for name, word in others.items()}})
    assert found["exit_code"] == code
    assert found["appliances"]["away"]["problem"] == "unreachable: no route"
    assert found["appliances"]["away"]["msg"].endswith("; UNREACHABLE: no route")


def test_that_an_unreachable_appliance_is_to_be_assumed_compromised_is_known() -> None:
    away = {"answers": answers("assume_compromised"), "problem": "no route", "not_reached": True}
    assert fleet_ledger({"away": away})["exit_code"] == 2


def test_each_date_of_a_row_has_its_source_in_the_table() -> None:
    (row,) = rows_of(ledger_csv({"gw": {"answers": answers(hunt_outcome=HuntOutcome.ATTEMPT)}}))
    assert tuple(row) == COLUMNS
    dates = (row["mitigated"], row["mitigated_source"], row["mitigated_confidence"])
    assert dates == ("2019-12-20T21:00:00+00:00", "record 1", "recorded")
    assert (row["customer"], row["answer"], row["hunt_outcome"], row["fixed"]) == (
        "Brouwer",
        "open",
        "attempt or review",
        "",
    )


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "a;=cmd|' /C calc'!A0"])
def test_no_cell_is_calculated_and_no_control_character_reaches_a_screen(bad: str) -> None:
    given = answers(customer=bad, conflicts=(f"{bad}\x1b[2J",))
    (row,) = rows_of(ledger_csv({"gw": {"answers": given}}))
    for name in ("customer", "conflicts"):
        assert "'" in row[name]
        assert not row[name].lstrip().startswith(tuple("=+-@"))
    assert "\x1b" not in str(row)
    assert not any("\x1b" in line for line in fleet_ledger({"gw": {"answers": given}})["lines"])


@pytest.mark.parametrize(("minutes", "told"), [(0, "0 minutes"), (1, "1 minute"), (1200, "1,200 minutes")])
def test_a_closing_by_a_step_is_one_line_of_the_table(minutes: int, told: str) -> None:
    closing = StepClosing(
        step=LadderStep.PARTNERS, vserver="gw\x1b[2J", service="", closed=MITIGATED, reopened=Dated(), minutes=minutes
    )
    (row,) = rows_of(ledger_csv({"gw": {"answers": answers(closings=(closing, closing))}}))
    assert row["closings"].count(
        f"is closed by partners since 2019-12-20 21:00 UTC (record 1), {told}: "
        "clients from the listed networks get in: the exposure goes on for them"
    ) == 2  # fmt: skip
    assert "\x1b" not in row["closings"]


def test_the_files_are_private_and_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    customers = [{"customer": "Brouwer", "vservers": ["portal"]}]
    assert (
        fleet_ledger({"gw": {"answers": answers(), "customers": customers}})["appliances"]["gw"]["customers"]
        == customers
    )
    found = fleet_ledger({"gw": {"answers": answers()}})
    assert found["appliances"]["gw"]["customers"] == []
    files = write_ledger(tmp_path / "ledger", found)
    assert [Path(file).stat().st_mode & 0o777 for file in files] == [0o600] * 3
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match=r"^ledgers: .* cannot be written .* Name another directory\.$"):
        write_ledger(tmp_path / "file" / "below", found)
