# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``bake``; see there for its options and results."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.base import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import rollout_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable


class ActionModule(ActionBase):  # type: ignore[misc,unused-ignore]
    """Runs once for a wave, behind it."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    OPTIONS: ClassVar[Options] = {"plans": {"type": "str", "required": True}}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._task.args = json.loads(json.dumps(dict(self._task.args), default=str))
        _validation, options = self.validate_argument_spec(self.OPTIONS)
        host = str((task_vars or {}).get("inventory_hostname"))
        rollout = rollout_of(options)
        if rollout is None:
            raise AnsibleActionFail("plans is empty: name the directory in which the plans are kept")
        try:
            course = rollout.course()
        except TourniquetError as error:
            raise AnsibleActionFail(printable(str(error))) from None
        wave = course.wave_of(host)
        until = None if wave is None else course.bake_until(wave)
        waits = 0.0 if until is None else max(0.0, (until - datetime.now(UTC)).total_seconds())
        if waits and not self._task.check_mode:
            self._display.display(f"wave {(wave or 0) + 1} is watched for {waits:.0f} s before the next one goes")
            time.sleep(waits)
        return {**result, "changed": False, "baked": bool(waits), "seconds": round(waits, 1)}
