# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runs of a night that close and open nothing: sessions that are ended, logs that are read, evidence, a watch, a doctor, and the script on old nodes."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import ended_sessions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.collect import EvidenceRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import DEFAULT_PARTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.diagnose import diagnose
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_plan import (
    EndSessionsParameters,
    SessionAction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_run import SessionRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.read_logs.run import ReadLogs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.watch.run import WatchAppliance

from tests.engine.on_box_stage import OnBoxStage
from tests.engine.views import options_of
from tests.stage.memory import carried_out

Said = tuple[str, str]


class FurtherRuns(OnBoxStage):
    """:ivar who: the person who decides"""

    who: str

    def end_sessions(self) -> Said:
        """End the sessions of a user, as an entry wants it whose fix is there."""
        for one in self.variables["vips"]:
            if one["kind"] == "vpn" and one["partition"] == "default":
                self.simulator.appliance(self.name).session(one["name"], "ann", connections=["ica"])
        fixed = SessionAction(
            "cve_2025_5777", ("aaasession", "vpnicaconnection"), lambda _build: BuildStatus.FIXED, str
        )
        parameters = EndSessionsParameters(
            **self.of_a_run(Owner(ended_sessions.MEASURE, 1, "CHG0050")), actions=(fixed,), who=self.who, again=True
        )
        with Connection(self.appliance) as connection:
            result = carried_out(SessionRun(connection, parameters))
        return "ended", str(result.failed)

    def read_logs(self) -> Said:
        """Read what is new in the logs since the last time."""
        options = {
            **options_of(self),
            "bookmarks": str(self.records.parent / f"{self.records.name}-bookmarks"),
            "source": "",
            "sources": [],
            "admins": ["nsroot"],
            "from_start": False,
            "alarms": str(self.records.parent / f"{self.records.name}-alarms"),
            "fail_at": 2,
        }
        found = ReadLogs(self.appliance, options, check_mode=False, is_preview=False).values()
        return "; ".join(f"{one['level']}: {one['what']}" for one in found["findings"]), ""

    def watch(self) -> Said:
        """Accept the state of the appliance the first time, and compare it afterwards."""
        baselines = self.records.parent / f"{self.records.name}-baselines"
        options = {**options_of(self), "baselines": str(baselines), "hash_all": False, "accept_findings": []}
        said = []
        for accept in ("",) if baselines.exists() else ("", self.who):
            with mock.patch.object(task, "RUN", self.run):
                given = {**options, "accept": accept}
                found = WatchAppliance(self.appliance, given, check_mode=False, is_preview=False).values()
            said.append(str(found["msg"]))
        return said[-1], ""

    def evidence(self) -> Said:
        """Take the evidence, and remove what that needed on the nodes."""
        folder = Path(self.records.parent, f"{self.records.name}-evidence")
        assert self.trust.key is not None
        taken = EvidenceRun(self.appliance, DEFAULT_PARTS, self.who).take(folder, signing_key(self.trust.key))
        return "taken", "" if taken.directory.exists() else "there is no bundle"

    def doctor(self) -> Said:
        return "; ".join(str(one.severity) for one in diagnose(self.appliance).findings), ""

    def on_box(self) -> Said:  # type: ignore[override] # as the operators of a night start it
        return self._script(Wanted.PRESENT)

    def on_box_off(self) -> Said:
        return self._script(Wanted.ABSENT)

    def _script(self, wanted: Wanted) -> Said:
        result = super().on_box(wanted)
        return "changed" if result.changed else "unchanged", "; ".join(result.missing)


RUNS = ("end_sessions", "read_logs", "watch", "evidence", "doctor", "on_box", "on_box_off")
"""The names of its runs."""
