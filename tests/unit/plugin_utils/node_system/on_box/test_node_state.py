# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node says of the script is checked, and every state has an exit code and a next action."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.node_state import (
    EXIT_CODES,
    LastReport,
    OnBoxState,
    last_report,
    worst,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.run import OnBoxResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.on_box.page import (
    failure_of,
    message_of,
)


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("1000\nunsigned\nabsent\n", LastReport()),
        ("1000\nsigned\ndirectory\n990 checked\n", LastReport(10, "checked", True, "directory")),
        ("1000\nunsigned\nlink\n", LastReport(directory="link")),
        ("1000\nunsigned\nabsent\nx\n", None),
        ("1000\nunsigned\nabsent\n990 a\nb\n", None),
        (f"1000\nunsigned\nabsent\n990 {'x' * 301}\n", None),
        (f"{'9' * 5000}\nunsigned\nabsent\n", None),
        ("", None),
    ],
)
def test_only_the_form_of_the_script_is_a_last_report(printed: str, found: LastReport | None) -> None:
    assert last_report(printed) == found


def test_every_state_has_an_exit_code_and_nothing_looked_at_is_unknown() -> None:
    assert {*EXIT_CODES} == {*OnBoxState}
    assert worst([]) is OnBoxState.UNKNOWN
    assert worst([OnBoxState.REPORTING, OnBoxState.CHANGED, OnBoxState.UNKNOWN]) is OnBoxState.CHANGED


def test_a_run_that_looked_at_nothing_fails_and_says_what_to_do() -> None:
    result = OnBoxResult(missing=["127.0.0.2 was not reached"])
    assert result.state is OnBoxState.UNKNOWN
    assert "Next action: find out why the node" in failure_of(result, Wanted.STATUS, 2, planned=False)
    assert failure_of(result, Wanted.STATUS, 4, planned=False) == ""
    assert "Next action" in message_of(result, Wanted.STATUS, planned=True)
