# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the counters and rows of a test of alarms show: tests/engine/test_alarm.py plays it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import (
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
    def read(type_: str) -> Any:
        assert type_ == "responderpolicy"
        if isinstance(answer, Exception):
            raise answer
        return answer

    connection: Any = SimpleNamespace(primary=SimpleNamespace(read=read))
    found = _rows(connection, "responderpolicy")
    assert (found, _first(found)) == (rows, first)
