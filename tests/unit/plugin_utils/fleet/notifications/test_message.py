# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which appliances a message names, under which heading, and how many it leaves to the report."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.message import (
    MOST_LINES,
    Message,
    Severity,
    events_of,
    message,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.receivers import Event
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord

from tests.run_reports import report, result, verdict

EVERY = [*Event]


def told(
    results: dict[str, dict[str, Any]], problems: dict[str, str] | None = None, on: list[Event] = EVERY
) -> Message | None:
    run = report(results, problems)
    return message(run, run["appliances"], on)


def failed(count: int) -> Message:
    names = [f"gw-{number:03}" for number in range(count)]
    found = told({name: result() for name in names}, dict.fromkeys(names, "failed: it broke"), [Event.FAILED])
    assert found is not None
    return found


@pytest.mark.parametrize("count", [1, MOST_LINES - 1, MOST_LINES])
def test_all_are_named_up_to_the_most_lines_and_nothing_more_is_spoken_of(count: int) -> None:
    text = failed(count).text
    assert text.count("it broke") == count
    assert " more\n" not in text


def test_of_more_the_rest_is_counted() -> None:
    found = failed(MOST_LINES + 2)
    assert found.text.count("it broke") == MOST_LINES
    assert "\n  and 2 more\n" in found.text
    assert f"{MOST_LINES + 2} failed" in found.subject
    assert len(found.values["events"]["failed"]) == MOST_LINES + 2, "a program gets all"


@pytest.mark.parametrize(
    ("state", "word", "changed", "events"),
    [
        ("failed", "exposed", False, {Event.FAILED}),
        ("refused", "exposed", False, {Event.FAILED}),
        ("unreachable", "exposed", False, {Event.FAILED}),
        ("held", "exposed", False, {Event.HELD}),
        ("ok", "exposed", False, set()),
        ("ok", "exposed", True, {Event.APPLIED}),
        ("ok", VerdictWord.LEFT_BEHIND, False, {Event.MAY_GO}),
        ("failed", VerdictWord.LEFT_BEHIND, True, {Event.FAILED, Event.APPLIED, Event.MAY_GO}),
    ],
)
def test_each_state_has_its_events(state: str, word: str, changed: bool, events: set[Event]) -> None:
    assert events_of({"state": state, "verdict": {"word": word}, "changed": changed}) == events


def test_no_verdict_is_no_event() -> None:
    assert events_of({"state": "ok", "verdict": None, "changed": False}) == set()


def test_nothing_is_told_where_nothing_of_what_was_asked_for_has_happened() -> None:
    assert told({"gw": result(changed=True)}, None, [Event.FAILED]) is None
    assert told({"gw": result(changed=False)}) is None


def test_only_a_failure_and_what_is_held_is_an_error() -> None:
    changed = told({"gw": result(changed=True)})
    assert changed is not None
    assert changed.severity == Severity.NOTICE
    assert failed(1).severity == Severity.ERROR


def test_an_appliance_without_a_customer_has_no_brackets_and_one_with_a_next_action_has_it() -> None:
    exposed = verdict("exposed", next_action="apply (apply.yml)")
    found = told({"gw": result("exposed", verdict=exposed, changed=True)})
    assert found is not None
    (line,) = (line for line in found.text.splitlines() if line.startswith("  gw"))
    assert "exposed: " in line
    assert line.endswith(". Next: apply (apply.yml)")
