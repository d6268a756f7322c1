# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of an appliance, as read before a run."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.appliance_lock import LockFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import (
    LockState,
    LockStatus,
)


def test_the_lock_of_another_run_forbids_to_write_and_is_a_remark_for_who_only_reads() -> None:
    lock = LockFacts(LockState(LockStatus.REFUSED, "They hold the lock.", "Wait."))
    assert lock.refusal(writes=True) == lock.state
    assert lock.remarks(writes=True) == []
    assert lock.refusal(writes=False) is None
    assert lock.remarks(writes=False) == ["the lock: They hold the lock. Wait."]


def test_an_own_lock_is_a_remark() -> None:
    lock = LockFacts(LockState(LockStatus.OWN, "We hold the lock.", "It is resumed."))
    assert (lock.refusal(writes=True), len(lock.remarks(writes=True))) == (None, 1)
