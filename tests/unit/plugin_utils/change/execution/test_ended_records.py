# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a transaction ends its record after a failure, and when it deletes the files that it brought: tests/engine plays whole runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import change_transaction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError


class Record:
    """A record that notes its end."""

    path = "/x"

    def __init__(self) -> None:
        self.ended: list[tuple[str, str]] = []

    def finish(self, outcome: Any, *, problem: str) -> None:
        self.ended.append((str(outcome), problem))


def failed(monkeypatch: pytest.MonkeyPatch, error: TourniquetError, directory: str = "/var/ns") -> tuple[Any, Any, str]:
    """Return how the record ended, which files were kept where others were deleted, and the error that is raised."""
    deleted: list[Any] = []

    def delete(*arguments: Any) -> list[str]:
        deleted.append(arguments[2:4])
        return ["a remark"]

    monkeypatch.setattr(change_transaction, "delete_unused_files", delete)
    transaction: Any = ChangeTransaction.__new__(ChangeTransaction)
    files = SimpleNamespace(directory=directory, keep_if_undone=frozenset({"old"}))
    transaction.change = SimpleNamespace(files=files)
    transaction.playbook = "apply.yml"
    transaction.connection, transaction.parameters = None, SimpleNamespace(owner=None)
    transaction.remarks = []
    record: Any = Record()
    with pytest.raises(TourniquetError) as raised, transaction._failure_in_record(record):
        raise error
    assert transaction.remarks == ["a remark"] * len(deleted)
    return record.ended, deleted, str(raised.value)


def test_after_an_undo_the_files_that_it_brought_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(monkeypatch, StepFailed("refused", undone=True)) == (
        [("reverted", "refused")],
        [("/var/ns", frozenset({"old"}))],
        "refused",
    )
    assert failed(monkeypatch, StepFailed("refused", undone=True), directory="")[1] == []


def test_what_was_not_undone_keeps_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(monkeypatch, StepFailed("refused", undone=False)) == ([("partly reverted", "refused")], [], "refused")


def test_any_other_failure_is_in_the_record_with_the_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(monkeypatch, TourniquetError("not as planned")) == (
        [("failed", "not as planned")],
        [],
        "not as planned. What was written is in the record /x: run apply.yml again.",
    )
