# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``slice_records``; see there for its options and results."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust, key_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_probe_notes import probes_to_send
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_records import records_to_send
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.private_files import write_privately
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.default_paths import default_places
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.job_gate import admitted_job
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN


class ActionModule(RoleTask):
    """Write the change records and the notes of probes that the controller does not have into the artifacts of the job."""

    OPTIONS: ClassVar[Options] = options_of("sliced", "slice_records")

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            admitted_job(variables, RUN)
            self.take_arguments({**default_places(("records", "allowed_signers"), variables), **self._task.args})
            options = self.checked_options("localhost", variables)
            signers = options["allowed_signers"]
            trust = RecordTrust(
                key=key_file(options["record_key"]), allowed_signers=Path(signers).expanduser() if signers else None
            )
            records = Path(options["records"]).expanduser()
            text = records_to_send(records, options["known"], trust)
            write_privately(Path(options["into"]), text)
            write_privately(Path(options["probes_into"]), probes_to_send(records, options["known_probes"]))
        except TourniquetError as error:
            raise action_failure(error) from None
        return {**result, "changed": False, "msg": f"{len(text)} bytes of change records were written"}
