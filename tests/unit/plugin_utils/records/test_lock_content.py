# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of a lock: any file content counts as a lock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.lock_content import Lock

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
