# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was told is remembered in one form; a file of another one is not taken for it, and everything is told again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.alert_history import (
    SCHEMA,
    AlertHistory,
    read_history,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

NOW = datetime(2026, 9, 28, 6, tzinfo=UTC)
TOLD = AlertHistory({"chat": {"gw": {"0123456789abcdef": NOW}}}, {"chat": NOW})


def test_it_is_read_as_it_was_written() -> None:
    assert AlertHistory.of_json(TOLD.to_json()) == TOLD


@pytest.mark.parametrize("schema", [SCHEMA + 1, 0, "", None, str(SCHEMA)])
def test_another_schema_is_refused_and_named(schema: Any) -> None:
    text = json.dumps({**json.loads(TOLD.to_json()), "schema": schema})
    with pytest.raises(InvalidInput, match=f"its schema is {schema!r}, not {SCHEMA}"):
        AlertHistory.of_json(text)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1}', "[" * 100_000])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        AlertHistory.of_json(text)


def test_a_file_that_cannot_be_used_is_told_and_nothing_of_it_counts(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    path.write_text(json.dumps({**json.loads(TOLD.to_json()), "schema": SCHEMA + 1}), encoding="utf-8")
    path.chmod(0o600)
    history, problem = read_history(path)
    assert history == AlertHistory()
    assert "everything is told again" in problem
    assert "its schema is" in problem
