# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rollback reports in check mode: nothing was sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback import RollbackResult


@pytest.mark.parametrize(("steps", "must_save"), [((), False), ((), True), (("step",), False), (("step",), True)])
def test_a_plan_is_reported_as_what_would_be_done(steps: tuple[str, ...], must_save: bool) -> None:
    plan: Any = SimpleNamespace(steps=steps, must_save=must_save, remarks=("a remark",))
    result = RollbackResult.of_plan(plan)
    assert (result.changed, result.saved, result.remarks) == (bool(steps), not must_save, ("a remark",))
    assert (result.record, result.probes_sent) == ("", 0)
