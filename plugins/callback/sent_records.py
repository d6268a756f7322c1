# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the change records of a job into its artifacts, so that they come home with it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sent_records
type: aggregate
short_description: Sends the change records of a sliced job home with it
description:
  - In a job of C(sliced.yml) on an execution node it writes the change records that the job has written, and the notes of its probes, into the
    artifacts of the job. The controller reads them there.
  - It does nothing where the variable C(tourniquet_sent_home) is not set, which only the controller sets.
version_added: 0.1.0
requirements:
  - The C(ansible.cfg) of the job enables it.
"""

from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job_records import VARIABLE, JobRecords


class CallbackModule(CallbackBase):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "tourniquet.netscaler.sent_records"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._records: JobRecords | None = None

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Note the state of the records before the first task of the job."""
        asked = play.get_variable_manager().extra_vars.get(VARIABLE)
        if asked and self._records is None:
            self._records = JobRecords.before(asked)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write what was written since."""
        if self._records is not None:
            self._records.write()
