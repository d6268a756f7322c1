# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests that are long by nature: `make test` plays a fixed sample of them, `make test-all` (ALL=1) plays all."""

from __future__ import annotations

import os

ALL = os.environ.get("ALL", "") not in ("", "0")

CHAOS_SEEDS = ("0000027d", "00000064", "000007e1", "00000400", "00000402")
"""Nights that have found something."""
CHAOS_SAMPLE = CHAOS_SEEDS if ALL else CHAOS_SEEDS[:1]


def stride(sample: int) -> int:
    """Return the step between two requests of a story at which the crash matrix lets it fail; CRASH_STRIDE overrides it."""
    return int(os.environ.get("CRASH_STRIDE") or (1 if ALL else sample))


CRASH_STRIDE = stride(37)
CRASH_STRIDE_GEOBLOCK = stride(61)
FAILOVER_STRIDE = 1 if ALL or "CRASH_STRIDE" in os.environ else 6


def description() -> str:
    """Return one line that states the sample."""
    if ALL:
        return "sample: none, everything is played"
    return (
        f"sample: crash matrix: one request in {CRASH_STRIDE} of each story and failure (geoblock: one in "
        f"{CRASH_STRIDE_GEOBLOCK}), at least one; chaos: 1 night of {len(CHAOS_SEEDS)}, seed {CHAOS_SAMPLE[0]}; "
        "make test-all plays all"
    )
