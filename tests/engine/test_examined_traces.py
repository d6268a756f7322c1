# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One level for one trace: hunt, watch and read_logs judge each trace, and what ordinary appliances have instead, by one table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import FILE_RULES

from tests import examined_traces
from tests.examined_traces import ORDINARY, TRACES, Readings, Trace
from tests.marker_fleet import COMPROMISE, NOTHING, REVIEW


@pytest.fixture(scope="module")
def three() -> Iterator[Readings]:
    with examined_traces.readings() as found:
        yield found


@pytest.mark.sampled(5)
@pytest.mark.parametrize("trace", [*TRACES, *ORDINARY], ids=lambda trace: trace.name)
def test_each_reader_that_sees_a_trace_says_the_same(three: Readings, trace: Trace) -> None:
    levels = three.levels(trace)
    assert not examined_traces.is_wrong(trace, levels), levels


@pytest.mark.parametrize(
    ("where", "level", "levels"),
    [
        ("/var/tmp/x", COMPROMISE, (COMPROMISE, REVIEW, NOTHING)),
        ("/var/tmp/x", COMPROMISE, (NOTHING, COMPROMISE, NOTHING)),
        ("/var/tmp/x", NOTHING, (REVIEW, NOTHING, NOTHING)),
        ("/var/log/bash.log", COMPROMISE, (COMPROMISE, NOTHING, REVIEW)),
        ("/var/log/bash.log", NOTHING, (NOTHING, NOTHING, REVIEW)),
    ],
)
def test_readers_that_disagree_are_wrong(where: str, level: str, levels: tuple[str, str, str]) -> None:
    trace = Trace("x", level, where, "test", lambda _box: None)
    assert examined_traces.is_wrong(trace, dict(zip(examined_traces.READERS, levels, strict=True)))


def test_each_rule_says_its_source_and_what_an_ordinary_appliance_has() -> None:
    for rule in FILE_RULES:
        assert rule.source
        assert rule.ordinary
        assert rule.why
