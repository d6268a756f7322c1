# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a test of alarms means: attempts, gaps, and since when nothing was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.alarm import Alarm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.alarm_chain import Chain, Link
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.examination import (
    NO_ALARM,
    UNPROVEN,
    AlarmReading,
    examine,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.page import fleet_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import (
    AlarmResult,
)

AT = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
ALARM = Alarm("cve", "global", ("tq_a",), {"tq_log": "word"})
STARTED = "Sat Nov 28 01:00:00 2026"
WORKS = Chain(ALARM, {Link.REQUEST: 0.123, Link.LOG: 0.5})
BROKEN = Chain(ALARM, {}, Link.LOG, "no line")
RESULT = AlarmResult((WORKS,), {"tq_a": 5}, {"tq_a": 1}, "10.1.0.11:443", "tag", STARTED)


def read(result: AlarmResult, before: AlarmReading | None = None, at: datetime = AT) -> AlarmReading:
    return examine("gw", result, before.state if before else None, {}, at=at, run="r")


def test_the_first_test_says_since_when_the_alarm_works() -> None:
    first = read(RESULT)
    assert first.quiet_since == AT.isoformat()
    assert first.statement.startswith("4 requests of others matched since the counters began")
    (finding,) = first.examination.findings
    assert (finding.what, finding.where) == (
        "matched 4 requests of others since the counter began",
        "responderpolicy tq_a",
    )
    assert finding.evidence == "counter 5, 1 of this test"
    assert first.examination.not_seen == ()
    assert first.examination.looked_at == (("working alarm", 1),)
    again = read(replace(RESULT, hits={"tq_a": 6}), first, AT + timedelta(hours=1))
    assert (again.statement, again.examination.findings) == ("no attempts seen since 2026-11-28 05:00 UTC", ())
    one = read(replace(RESULT, hits={"tq_a": 8}), again, AT + timedelta(hours=2))
    assert [finding.what for finding in one.examination.findings] == [
        "matched 1 request of others since 2026-11-28 06:00 UTC"
    ]


def test_what_may_be_an_attempt_is_said_beside_that_no_attempt_was_seen() -> None:
    """Seen: an attacker got in past a whitelist that only counts, which counted him, and the test said "no attempts seen" and no more."""
    policy = "tq_url_whitelist__shop__observe"
    result = replace(RESULT, hits={policy: 5}, tested={policy: 1})
    first = read(result)
    for more, said in ((0, ""), (1, "; 1 request to be looked at"), (2, "; 2 requests to be looked at")):
        again = read(replace(result, hits={policy: 6 + more}), first, AT + timedelta(hours=1))
        assert again.statement == f"no attempts seen since 2026-11-28 05:00 UTC{said}"


def test_what_makes_the_monitoring_unproven() -> None:
    """A gap says that nothing can be said; what is left out on purpose is none."""
    untested = Chain(replace(ALARM, untested="no VIP"))
    on_purpose = Chain(replace(ALARM, untested="of other countries", is_gap=False))
    left_out = [("the alarm of cve (global)", "of other countries", False)]
    for changes, expected in (
        ({"chains": (BROKEN,)}, [(f"{UNPROVEN}: cve (global)", "the log: no line", True)]),
        ({"chains": (WORKS, untested)}, [(f"{UNPROVEN}: cve (global)", "no VIP", True)]),
        ({"chains": (WORKS, on_purpose)}, [("the alarm of cve (global)", "of other countries", False)]),
        (
            {"chains": (on_purpose,)},
            [*left_out, (UNPROVEN, "nothing that is bound has an alarm that can be tested", True)],
        ),
        ({"chains": (on_purpose, BROKEN)}, [*left_out, (f"{UNPROVEN}: cve (global)", "the log: no line", True)]),
        ({"chains": ()}, [(UNPROVEN, NO_ALARM, True)]),
        ({"not_covered": "tenant"}, [(f"{UNPROVEN} in admin partitions", "tenant", True)]),
        ({"started": ""}, [(UNPROVEN, "when the node was started cannot be read (allow the user: stat ns)", True)]),
        ({"started": "", "chains": ()}, [(UNPROVEN, NO_ALARM, True)]),
    ):
        found = read(replace(RESULT, **changes))
        assert [(one.what, one.why, one.is_gap) for one in found.examination.not_seen] == expected, changes
        assert bool(found.quiet_since) is not any(gap for _what, _why, gap in expected), changes
    before = read(RESULT)
    gone = read(replace(RESULT, hits={}), before)
    assert [one.why for one in gone.examination.not_seen] == ["tq_a was there at the test before, and is gone"]
    assert gone.examination.looked_at == (("working alarm", 1),)
    assert read(replace(RESULT, chains=(WORKS, WORKS))).examination.looked_at == (("working alarms", 2),)


def test_the_values_of_an_alarm() -> None:
    works, broken = json_values([*read(RESULT).alarms, *read(replace(RESULT, chains=(BROKEN,))).alarms])
    assert (works["works"], works["links"], works["broken"], works["cause"]) == (
        True,
        {"request": 0.12, "log": 0.5},
        "",
        "",
    )
    assert (broken["works"], broken["broken"], broken["cause"], broken["vip"]) == (False, "log", "no line", "")


def test_a_test_is_kept_with_its_source_once() -> None:
    answers = (_answer(source="192.0.2.7"), _answer(source="192.0.2.8"))
    state = read(replace(RESULT, answers=answers)).state
    assert state is not None
    assert [(one.run, one.source) for one in state.tests] == [("r", "192.0.2.7")]
    nowhere = read(replace(RESULT, answers=(_answer(source=""),))).state
    assert nowhere is not None
    assert nowhere.tests == ()


def _answer(**values: Any) -> Any:
    return replace(_EMPTY, **values)


_EMPTY = Answer(TrafficCase("x", attack=True, method="GET", url="/"), None)


# -- the fleet ---------------------------------------------------------------------------------------------------------


def test_the_line_of_the_appliances_where_nothing_was_seen() -> None:
    def quiet(since: str, seconds: float, **more: Any) -> dict[str, Any]:
        links = {"receiver": seconds, "log": seconds / 2}
        return {"quiet_since": since, "exit_code": 0, "findings": [], "alarms": [{"links": links}], **more}

    early, late = "2026-11-28T05:00:00+00:00", "2026-11-28T06:30:00+00:00"
    one = {"gw-a": quiet(early, 1.24)}
    assert fleet_lines(one, ["total"]) == [
        "gw-a: the alarm works (within 1.2 s); no attempts seen since 2026-11-28 05:00 UTC",
        "total",
    ]
    two = {**one, "gw-b": quiet(late, 0.5)}
    said = "2 appliances: the alarm works (within 1.2 s); no attempts seen since 2026-11-28 06:30 UTC (gw-b began last)"
    assert fleet_lines(two, ["x", "total"]) == ["x", "", said, "total"]
    same = {**one, "gw-b": quiet(early, 0.5)}
    assert fleet_lines(same, ["total"])[0].endswith("since 2026-11-28 05:00 UTC")
    for changes in ({"quiet_since": ""}, {"findings": [1]}, {"exit_code": 1}, {"exit_code": 2}):
        assert fleet_lines({"gw-a": quiet(early, 1.0, **changes)}, ["total"]) == ["total"], changes
    assert fleet_lines({}, []) == []
