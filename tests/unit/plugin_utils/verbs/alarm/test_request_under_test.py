# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the request of a test of the alarm can be one of the hits of a policy."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.alarm import Alarm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.tagged_requests import (
    hits_without_line,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.alarm_chain import Link
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import (
    AlarmTest,
    _Under,
)

CASE = TrafficCase("a", attack=True, method="GET", url="/vpns/?tq-alarm-0-")
ALARM = Alarm("cve_2019_19781", "global", ("tq_cve_2019_19781",), {"tq_cve_2019_19781": "tq_cve_2019_19781"})


@pytest.mark.parametrize(
    ("answer", "own"),
    [
        (Answer(CASE, 403, source="192.0.2.1"), 1),
        (Answer(CASE, None, error="the connection was reset", source="192.0.2.1"), 1),
        (Answer(CASE, None, error="connection refused"), 0),
        (Answer(CASE, None, not_sent="there is no time left"), 0),
    ],
    ids=["answered", "reset", "never connected", "not sent"],
)
def test_a_request_that_never_left_is_no_hit_of_a_test(answer: Answer, own: int) -> None:
    """Seen: the one request of an attacker during a test whose own connection was refused counted as the test."""
    under = _Under(ALARM, "tq-alarm-0-", 0.0, answer, rise={"tq_cve_2019_19781": 1})
    assert sum(hits_without_line([under.request], []).values()) == own


@pytest.mark.parametrize(
    ("head", "seen", "told"),
    [
        ("Server: other", (Link.HITS,), True),
        (f"x: {marked_for('mark', 'cve_2019_19781')}", (Link.HITS,), False),
        ("x: mark", (Link.HITS,), False),
        (f"x: {marked_for('mark', 'cve_2020_8193')}", (Link.HITS,), True),
        ("Server: other", (Link.HITS, Link.LOG), False),
        ("Server: other", (), False),
    ],
    ids=["in front", "ours", "ours of an earlier version", "another measure", "in the log", "no hit"],
)
def test_a_hit_is_of_the_test_by_its_line_or_by_the_marker_in_the_answer(
    head: str, seen: tuple[Link, ...], told: bool
) -> None:
    test = AlarmTest.__new__(AlarmTest)
    test.connection = SimpleNamespace(appliance=SimpleNamespace(marker="mark"))  # type: ignore[assignment]
    answer = Answer(CASE, 403, head=head, source="192.0.2.1")
    under = _Under(ALARM, "tq-alarm-0-", 0.0, answer, dict.fromkeys(seen, 1.0), {"tq_cve_2019_19781": 1})
    assert bool(test._not_shown(under)) is told
