# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person is told to do about a line that an indicator names.

Seen: no command was advised, so the pasted line was that of read_logs.yml itself, which reads what is new since, and says that nothing was found.
"""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import command_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading import catalogue_indicators
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.catalogue_indicators import (
    CatalogueIndicators,
    patterns_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.grouped_traces import Rule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_line import LogKind, LogLine

from tests.unit.plugin_utils.traces.log_reading.stage import ENTRIES, HOST, NODE

NEXT = {
    Level.COMPROMISE: ["evidence.yml", "hunt.yml"],
    Level.ATTEMPT: ["hunt.yml"],
    Level.REVIEW: ["hunt.yml"],
}


def advised(rule: Rule) -> list[str]:
    return [str(one["playbook"]) for one in command_values(rule.next_step)]


def test_each_indicator_is_followed_by_a_hunt_and_a_compromise_by_evidence_first() -> None:
    rules = [one.rule for one in patterns_of(ENTRIES)]
    assert {rule.level for rule in rules} == {*NEXT}
    assert [advised(rule) for rule in rules] == [NEXT[rule.level] for rule in rules]


@pytest.mark.parametrize("level", NEXT)
def test_what_is_next_is_that_of_the_level_that_the_line_has(monkeypatch: pytest.MonkeyPatch, level: Level) -> None:
    monkeypatch.setattr(catalogue_indicators, "level_of_line", lambda _level, _line: level)
    found: list[Rule] = []

    class Traces:
        def add(self, rule: Rule, _line: LogLine) -> None:
            found.append(rule)

    pattern = next(one for one in patterns_of(ENTRIES) if one.is_for("/var/log/cron") and one.pattern is None)
    line = LogLine(NODE, "cron", 0, None, LogKind.CRON, {}, pattern.text.encode())
    assert CatalogueIndicators((pattern,), Traces(), Ourselves(HOST)).take(line)  # type: ignore[arg-type]
    assert [(rule.level, advised(rule)) for rule in found] == [(level, NEXT[level])]
