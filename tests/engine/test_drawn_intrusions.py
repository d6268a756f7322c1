# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drawn intrusions are noticed, and ordinary appliances give no alarm; see :mod:`tests.intrusions`."""

from __future__ import annotations

from tests import intrusions, sample


def test_no_drawn_intrusion_is_nothing_found_and_no_ordinary_appliance_an_alarm() -> None:
    outcomes = intrusions.play(sample.INTRUSION_STRIDE)
    assert outcomes.matrix["ordinary", "review"] + outcomes.matrix["ordinary", intrusions.NOTHING], "none was played"
    assert outcomes.matrix["intrusion", "compromise"], "none was played"
    assert outcomes.wrong == []
    planned = [*intrusions.cases()][:: sample.INTRUSION_STRIDE]
    assert sum(outcomes.matrix.values()) == len(planned) >= (1 if sample.ALL else 40)


def test_each_kind_of_trace_is_drawn_alone_and_each_noise_of_an_ordinary_appliance() -> None:
    drawn = [*intrusions.cases()]
    alone = {one.traces[0].name for one in drawn if len(one.traces) == 1}
    every = {trace.name for traces in intrusions.CAMPAIGNS.values() for trace in traces}
    assert {trace.name for one in drawn for trace in one.traces} == every
    assert len(alone) > len(every) * 2 // 3
    assert {noise for one in drawn if not one.traces for noise in one.noise} == {*intrusions.NOISE}


def test_what_nitro_does_not_show_was_named_before_the_draw() -> None:
    every = {trace.name: trace.is_seen for traces in intrusions.CAMPAIGNS.values() for trace in traces}
    assert {name for name, is_seen in every.items() if not is_seen} <= {*intrusions.UNSEEABLE}
    only_those = [one for one in intrusions.cases() if one.traces and not one.is_seen]
    assert 0 < len(only_those) < intrusions.INTRUSIONS // 5


def test_an_intrusion_that_nobody_notices_fails() -> None:
    """The measure itself can fail: a hunt that finds nothing at all has missed what NITRO shows."""
    outcomes = intrusions.Outcomes()
    for case in intrusions.cases():
        outcomes.add(case, intrusions.Examination("box", looked_at=(("files", 1),)))
    seen = [one for one in intrusions.cases() if one.is_seen]
    assert len(outcomes.missed) == len(seen) > 300
    assert len(outcomes.silent) == outcomes.matrix[intrusions.SHELL_ONLY, intrusions.NOTHING] > 0
