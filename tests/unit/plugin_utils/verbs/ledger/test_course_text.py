# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of an appliance as a table for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_track import hunt_times
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.interval import Interval, Line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.measure_stage import (
    Doing,
    MeasureStage,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.node_track import NodeCourse
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    RowAnswer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.course_text import course_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import answer_values

HUNT = HuntResult()
BULLETIN = Dated.of_day(datetime(2019, 12, 17, tzinfo=UTC).date(), "the bulletin", Confidence.ASSUMED)
APPLIED = Dated(datetime(2019, 12, 18, 21, tzinfo=UTC), "record 1", Confidence.RECORDED)
FOUND = Dated(datetime(2020, 1, 16, 15, tzinfo=UTC), "the configuration", Confidence.READ)
LINE = (
    Interval(BULLETIN, APPLIED, State.EXPOSED, "13.0 47.22 has the weakness", ("record 1",)),
    Interval(APPLIED, FOUND, State.MITIGATED, "record 1 proved it", ("record 1",), "J. Visser"),
    Interval(FOUND, None, State.DRIFTED, "somebody has removed its policy"),
)
FINE = (Interval(BULLETIN, None, State.NOT_AFFECTED, "13.0 47.24 never had the weakness"),)


def answers(entries: dict[str, Line], customer: str = "Brouwer") -> list[dict[str, Any]]:
    rows = (LedgerRow(appliance="gw", customer=customer, entry=name, course=line) for name, line in entries.items())
    told = tuple(RowAnswer(row, ReopenAnswer.UNKNOWN, "the reason") for row in rows)
    return [answer_values(CustomerAnswer("gw", customer, told), whole=True)]


def test_each_interval_is_a_row_with_what_it_rests_on_and_how_sure_its_time_is() -> None:
    text = course_text({"gw": {"answers": answers({"cve_2019_19781": LINE})}})
    assert text.splitlines() == [
        "gw, cve_2019_19781 (Brouwer)",
        "  from                  until                 state      how sure    by what",
        "  2019-12-17            2019-12-18 21:00 UTC  exposed    assumed     13.0 47.22 has the weakness; record 1",
        "  2019-12-18 21:00 UTC  2020-01-16 15:00 UTC  mitigated  recorded    record 1 proved it; decided by J. Visser",
        "  2020-01-16 15:00 UTC  goes on               drifted    read today  somebody has removed its policy",
    ]


def test_a_node_without_the_fix_of_the_other_one_is_named() -> None:
    values = {"gw": {"answers": answers({"cve_2019_19781": LINE})}}
    values["gw"]["answers"][0]["rows"][0]["without_fix"] = ["10.0.0.2:443"]
    assert (
        "  10.0.0.2:443 has the weakness today, and the other node the fix: it serves after a failover"
        in course_text(values).splitlines()
    )


def test_what_was_fine_all_the_time_is_counted_and_customers_share_a_table() -> None:
    entries = {"cve_2019_19781": LINE, "cve_2023_3519": FINE, "cve_2023_4966": FINE}
    text = course_text({"gw": {"answers": [*answers(entries), *answers(entries, "De Wit")]}})
    assert "gw, cve_2019_19781 (Brouwer, De Wit)" in text
    assert text.count("exposed") == 1
    assert "gw: fixed or not affected all the time: 2 weaknesses" in text
    nothing_known = course_text({"gw": {"answers": answers({"cve_2023_3519": ()})}})
    assert "fixed" not in nothing_known
    assert "cve_2023_3519" in nothing_known


def test_text_of_an_appliance_makes_no_line_and_no_link() -> None:
    bad = Interval(APPLIED, None, State.EXPOSED, "a\x1b[2J\nb, see http://evil.example/x", ("record\r2",), "J\tV")
    text = course_text({"gw\n": {"answers": answers({"cve_2019_19781": (bad,)}, "Brouwer\n")}})
    assert len(text.splitlines()) == 3
    assert text.replace("\n", "").isprintable()
    assert "http://evil" not in text


def test_a_long_reason_goes_on_below_its_column() -> None:
    long = Interval(APPLIED, None, State.UNKNOWN, "no source says " * 20)
    head, columns, *lines = course_text({"gw": {"answers": answers({"cve_2019_19781": (long,)})}}).splitlines()
    assert len(lines) > 1
    column = columns.index("by what")
    assert all(line[:column].endswith("  ") and line[column] != " " for line in lines)
    assert max(map(len, (head, columns, *lines))) < 180


def test_what_the_hunt_says_of_each_time_is_below_the_table() -> None:
    row = LedgerRow(
        appliance="gw", customer="", entry="cve_2019_19781", course=LINE, hunts=hunt_times(HUNT, "", BULLETIN)
    )
    told = (RowAnswer(row, ReopenAnswer.UNKNOWN, "the reason"),)
    text = course_text({"gw": {"answers": [answer_values(CustomerAnswer("gw", "", told), whole=True)]}})
    assert (
        "  traces from 2019-12-17: no hunt: not looked at, so nothing is known of it (no result of hunt.yml was given)"
        in text
    )


def test_each_management_address_has_a_table() -> None:
    nodes = (NodeCourse("10.0.0.1:443", LINE, LINE[:1]),)
    row = LedgerRow(appliance="gw", customer="", entry="cve_2019_19781", course=LINE, nodes=nodes)
    told = (RowAnswer(row, ReopenAnswer.UNKNOWN, "the reason"),)
    lines = course_text({"gw": {"answers": [answer_values(CustomerAnswer("gw", "", told), whole=True)]}}).splitlines()
    place = lines.index("gw, cve_2019_19781, management address of 10.0.0.1:443")
    assert lines[place + 1].split() == ["from", "until", "state", "how", "sure", "by", "what"]
    assert "exposed" in lines[place + 2]


def test_what_our_runs_did_in_a_part_names_the_part() -> None:
    """Until all admin partitions had it, nothing was put in place as a whole."""
    off = MeasureStage(APPLIED, FOUND, Doing.OFF, "J. Jansen", partition="default")
    stages = (
        off,
        MeasureStage(FOUND, FOUND, Doing.BLOCKS, partition="default"),
        MeasureStage(FOUND, None, Doing.BLOCKS),
    )
    row = LedgerRow(appliance="gw", customer="", entry="cve_2019_19781", course=LINE, stages=stages)
    told = (RowAnswer(row, ReopenAnswer.UNKNOWN, "the reason"),)
    text = course_text({"gw": {"answers": [answer_values(CustomerAnswer("gw", "", told), whole=True)]}})
    assert [line for line in text.splitlines() if "our measure" in line] == [
        (
            "  our measure: off in partition default, before all had it, from 2019-12-18 21:00 UTC "
            "until 2020-01-16 15:00 UTC at the latest, decided by J. Jansen (record 1)"
        ),
        "  our measure: put back in partition default, before all had it, 2020-01-16 15:00 UTC (the configuration)",
        "  our measure: put in place 2020-01-16 15:00 UTC (the configuration)",
    ]
