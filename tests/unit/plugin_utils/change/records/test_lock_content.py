# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of a lock: any file content counts as a lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import (
    LONGEST_LIFETIME,
    Lock,
    LockStatus,
    assess_lock,
    operator_name,
)

NOW = datetime(2020, 1, 15, 2)  # noqa: DTZ001 -- the appliance's clock has no zone
LOCK = Lock("a@b", "id", "run", "demo", "why", "CHG1", "token", NOW, NOW + timedelta(hours=1))


def test_a_lock_is_read_as_it_was_written() -> None:
    assert Lock.parse(LOCK.to_bytes()) == LOCK


def test_a_file_that_no_run_can_have_written_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("json.loads", pytest.fail)
    assert Lock.parse(b" " * 65_537).owner == "somebody unknown"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[" * 100_000, b'{"format": 2}', b'{"format": 1, "owner": 7}']
)
def test_other_content_is_a_lock_that_does_not_expire(content: bytes) -> None:
    lock = Lock.parse(content)
    assert lock.owner in ("somebody unknown", "7")
    assert not lock.is_over(NOW + timedelta(days=1000))


def parameters(break_lock: str = "") -> Any:
    return SimpleNamespace(break_lock=break_lock, appliance=SimpleNamespace(name="gw1"))


@pytest.mark.parametrize(
    ("expires", "now", "is_over", "ends_too_late"),
    [
        (NOW, NOW, True, False),
        (NOW, NOW - timedelta(seconds=1), False, False),
        (NOW + LONGEST_LIFETIME, NOW, False, False),
        (NOW + LONGEST_LIFETIME + timedelta(seconds=1), NOW, False, True),
        (None, NOW, False, False),
        (NOW, None, False, False),
    ],
)
def test_when_a_lock_is_over_and_when_its_end_is_not_to_be_believed(
    expires: datetime | None, now: datetime | None, *, is_over: bool, ends_too_late: bool
) -> None:
    lock = replace(LOCK, expires=expires)
    assert (lock.is_over(now), lock.ends_too_late(now)) == (is_over, ends_too_late)


@pytest.mark.parametrize(
    ("lock", "holder", "now", "break_lock", "status"),
    [
        (replace(LOCK, owner=operator_name()), "id", NOW, "", LockStatus.OWN),
        (replace(LOCK, owner=operator_name()), "id", NOW + timedelta(days=1), "", LockStatus.OWN),
        (replace(LOCK, owner=operator_name()), "another", NOW, "", LockStatus.REFUSED),
        (replace(LOCK, owner=operator_name(), holder=""), "", NOW, "", LockStatus.REFUSED),
        (LOCK, "id", NOW, "", LockStatus.REFUSED),
        (LOCK, "other", NOW + timedelta(hours=1), "dead", LockStatus.EXPIRED),
        (LOCK, "other", NOW, "dead", LockStatus.BROKEN),
        (LOCK, "other", None, "", LockStatus.REFUSED),
    ],
)
def test_what_a_run_does_with_a_lock(
    lock: Lock, holder: str, now: datetime | None, break_lock: str, status: LockStatus
) -> None:
    assert assess_lock(lock, parameters(break_lock), holder, now).status is status


def test_a_lock_that_ends_too_late_names_the_longest_lifetime_and_the_clock() -> None:
    state = assess_lock(LOCK, parameters(), "", NOW - timedelta(seconds=1))
    assert (
        f" No run asks for more than 60 minutes, and the appliance says that it is {NOW - timedelta(seconds=1)}"
        in state.text
    )
    assert "break_lock='<why>'" in state.fix
    assert "No run asks" not in assess_lock(LOCK, parameters(), "", NOW).text
