# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from datetime import timedelta

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "change.records.allowed_signers": {"LONGEST": 1_000_000},
    "change.records.appliance_lock": {
        "LIFETIME": timedelta(minutes=15),
        "RENEW_AFTER": 300.0,
        "RETRY_AFTER": 30.0,
        "CLOCK_STEP": timedelta(minutes=2),
    },
    "change.records.control_node_lock": {"_LONGEST": 4096},
    "change.records.fetched_records": {"MOST_READ": 200},
    "change.records.lease_files": {"ATTEMPTS": 3, "LARGEST_NUMBER": 999_999_999, "MOST_RENEWALS": 10_000},
    "change.records.lock_content": {
        "FORMAT": 1,
        "_LONGEST": 300,
        "LARGEST": 65_536,
        "LONGEST_LIFETIME": timedelta(hours=1),
    },
    "change.records.new_record": {"LONGEST_RUN": 18},
    "change.records.record_checks": {
        "FORMAT": 1,
        "LONGEST_TEXT": 100_000,
        "LONGEST_VALUE": 16_000_000,
        "LONGEST_ID": 127,
        "DEEPEST": 20,
        "MOST_KEYS": 100,
        "MOST_STEPS": 400_000,
        "MOST_ITEMS": 100_000,
        "MOST_NODES": 32,
        "_SMALLEST": -9_223_372_036_854_775_808,
        "_LARGEST": 18_446_744_073_709_551_616,
    },
    "change.records.record_copies": {"FORMAT": 1, "KEPT": 20, "LARGEST": 1_400_000, "TOO_LARGE": 283},
    "change.records.record_json": {"LARGEST": 536_870_912, "MOST_VALUES": 20_000_000},
    "change.records.revoked_keys": {"LONGEST_LIST": 1_000_000},
    "change.records.sshsig": {"LONGEST": 4096},
    "change.records.used_approvals": {"MOST_COPIES": 200},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
