# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``bake``; see there for its options and results."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.rollout_action import RolloutAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options


class ActionModule(RolloutAction):
    """Wait after a wave, once for the wave."""

    OPTIONS: ClassVar[Options] = options_of("rollout", "bake")

    def perform(self, rollout: Rollout, options: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        course = rollout.course()
        wave = course.wave_of(str(variables.get("inventory_hostname")))
        until = None if wave is None else course.bake_until(wave)
        waits = 0.0 if until is None else max(0.0, (until - datetime.now(UTC)).total_seconds())
        if waits and not self._task.check_mode:
            self._display.display(f"wave {(wave or 0) + 1} is watched for {waits:.0f} s before the next one goes")
            time.sleep(waits)
        return {"changed": False, "baked": bool(waits), "seconds": round(waits, 1)}
