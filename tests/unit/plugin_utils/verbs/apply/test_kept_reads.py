# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which plan keeps its reads, and which run uses them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.earlier_reads import (
    EarlierReads,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.kept_reads import (
    earlier_reads,
    keep_reads,
)

READS = EarlierReads({"node": "192.0.2.1"}, 1.0, {"/nitro/v1/config/nsfeature": [{"feature": ["LB"]}]})


def task(plans: Path | str, *, check_mode: bool = True, is_preview: bool = False, job: Any = None) -> Any:
    return SimpleNamespace(
        options={"plans": str(plans), "job": job},
        appliance=SimpleNamespace(name="gw"),
        check_mode=check_mode,
        is_preview=is_preview,
    )


def test_the_plan_of_a_rollout_keeps_its_reads_for_the_wave(tmp_path: Path) -> None:
    keep_reads(task(tmp_path), READS, changes=True)
    assert earlier_reads(task(tmp_path, check_mode=False)) == READS
    assert earlier_reads(task(tmp_path)) is None, "a plan reads everything"
    assert earlier_reads(task("", check_mode=False)) is None


@pytest.mark.parametrize(
    ("options", "reads", "changes"),
    [
        ({"check_mode": False}, READS, True),
        ({"is_preview": True}, READS, True),
        ({"job": {"id": "7"}}, READS, True),
        ({}, None, True),
        ({}, READS, False),
    ],
)
def test_what_no_wave_would_use_is_not_kept(tmp_path: Path, options: Any, reads: Any, changes: bool) -> None:
    keep_reads(task(tmp_path, **options), reads, changes=changes)
    assert earlier_reads(task(tmp_path, check_mode=False)) is None


def test_a_plan_that_is_part_of_no_rollout_keeps_nothing(tmp_path: Path) -> None:
    keep_reads(task(""), READS, changes=True)
    assert list(tmp_path.iterdir()) == []
