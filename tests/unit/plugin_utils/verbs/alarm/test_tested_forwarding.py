# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the counters and rows of a test of alarms show: tests/engine/test_alarm.py plays it."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import (
    AlarmTest,
    _first,
    _rows,
)


@pytest.mark.parametrize(
    ("answer", "rows", "first"),
    [
        ([{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}], {"a": 1}),
        ([], [], {}),
        (NotFound("gw", "GET", 404, 258, "No such resource"), [], {}),
        (NitroError("gw", "GET", 503, 0, "busy"), None, None),
    ],
)
def test_rows_that_cannot_be_read_are_not_known(answer: Any, rows: Any, first: Any) -> None:
    def read(type_: str, area: str) -> Any:
        assert (type_, area) == ("responderpolicy", "stat")
        if isinstance(answer, Exception):
            raise answer
        return answer

    connection: Any = SimpleNamespace(primary=SimpleNamespace(read=read))
    found = _rows(connection, "responderpolicy", "stat")
    assert (found, _first(found)) == (rows, first)


@pytest.mark.parametrize("text", ["", "yesterday", "Mon Jan  1 00:00:00 0001"])
def test_a_start_that_is_no_time_or_of_another_age_is_not_known(text: str) -> None:
    """An appliance may say any two years: their difference is no time of ours."""
    session = object()
    member = SimpleNamespace(session=session, now=lambda: datetime(9999, 12, 31))  # noqa: DTZ001 -- as a node says it
    asked: Any = SimpleNamespace(session=session, connection=SimpleNamespace(members=[member]))
    assert AlarmTest._started_at(asked, text) is None
