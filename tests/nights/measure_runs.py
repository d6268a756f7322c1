# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runs of a night on other measures than the mitigation: a geoblock, URL lists, both as steps of closing; and leaving."""

from __future__ import annotations

from typing import Any
from unittest import mock

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.run import Leave

from tests.engine.closing_stage import ClosingStage
from tests.engine.views import options_of
from tests.nights.world import LISTED

Said = tuple[str, str]
PAGES = {"allow": [{"exact": "/"}, {"prefix": "/shop/"}]}
BASES: dict[str, dict[str, Any]] = {"vpn": {"base": ["gateway"]}, "lb": PAGES, "cs": PAGES}
"""By kind of virtual server, what its list has."""
STEPS = {"whitelist": LadderStep.PATHS, "geoblock": LadderStep.COUNTRIES}


class MeasureRuns(ClosingStage):
    """:ivar who: the person who decides"""

    who: str

    @property
    def decided(self) -> dict[str, Any]:
        return {"who": self.who, "reason": "it stops the portal"}

    # -- what the inventory says --------------------------------------------------------------------------------------

    def ask_for(self, step: LadderStep, mode: str) -> None:
        """Let the inventory ask for lists, or for a geoblock, of all virtual servers of the default partition."""
        mine = self._listed()
        if step is LadderStep.COUNTRIES:
            self.settings[step] = self._geoblock([one["name"] for one in mine], mode)
            return
        self.settings[step] = [
            {"vserver": one["name"], "kind": one["kind"], "mode": mode, **BASES[one["kind"]]} for one in mine
        ]

    def _listed(self) -> list[Any]:
        """Return the virtual servers of the default partition that lists and a geoblock are for: a log-on of its own is none."""
        return [one for one in self.variables["vips"] if one["partition"] == "default" and one["kind"] in BASES]

    def _geoblock(self, vservers: list[str], mode: str) -> dict[str, Any]:
        folder = self.records.parent
        folder.mkdir(parents=True, exist_ok=True)
        data = folder / "countries.csv"
        data.write_text("198.51.100.0,198.51.100.255,RU\n", encoding="utf-8")
        source = {"name": "test", "licence": "none", "files": [{"path": str(data)}], "max_age_days": 9000}
        lab = {"policy": "block", "countries": ["RU"], "networks": {"lab": [f"{LISTED}/32"]}, "families": ["ipv4"]}
        files = {"accept": ["private"], "source": source, "cache": str(folder / "cache"), "way": "datasets"}
        return {**lab, **files, "vservers": vservers, "mode": mode, "answer": "forbidden"}

    # -- the verbs ----------------------------------------------------------------------------------------------------

    def whitelist(self) -> Said:
        return self._brought(LadderStep.PATHS, "enforce")

    def whitelist_counts(self) -> Said:
        return self._brought(LadderStep.PATHS, "observe")

    def whitelist_off(self) -> Said:
        return self._gone(LadderStep.PATHS)

    def whitelist_undo(self) -> Said:
        """Undo the last run on the lists."""
        return self._gone(LadderStep.PATHS, "undo")

    def geoblock(self) -> Said:
        return self._brought(LadderStep.COUNTRIES, "enforce")

    def geoblock_counts(self) -> Said:
        return self._brought(LadderStep.COUNTRIES, "observe")

    def geoblock_off(self) -> Said:
        return self._gone(LadderStep.COUNTRIES)

    def geoblock_undo(self) -> Said:
        return self._gone(LadderStep.COUNTRIES, "undo")

    def countries(self) -> Said:
        return self._closed_by(LadderStep.COUNTRIES)

    def paths(self) -> Said:
        return self._closed_by(LadderStep.PATHS)

    def leave(self) -> Said:
        """Remove everything of ours."""
        given = {
            **{
                name: value
                for name, value in options_of(self).items()
                if name not in ("version", "document", "desired")
            },
            **dict.fromkeys(("who", "reason"), "J. Jansen"),
            "measures": {"url_whitelist": [], "geoblock": {}},
            "ticket": "",
            "lock": True,
            "break_lock": "",
            "remove": True,
            "accept_exposure": True,
            "force": False,
            "unsaved": "refuse",
            "resign": False,
        }
        with mock.patch.object(task, "RUN", self.run):
            found = Leave(self.appliance, given, check_mode=False, is_preview=False).values()
        return str(found["msg"]), str(found.get("failed") or "")

    def _brought(self, step: LadderStep, mode: str) -> Said:
        self.ask_for(step, mode)
        parameters = self.close_parameters(self.inputs(step), who=self.who)
        with Connection(self.appliance) as connection:
            deployment = PartitionedDeployment(connection, parameters)
            deployment.plan()
            result = deployment.apply()
        return str(result.verdict.word), result.failed

    def _gone(self, step: LadderStep, why: str = "after_fix") -> Said:
        self.ask_for(step, "enforce")
        played = self.taken_off(self.inputs(step).asked, why, **self.decided)
        return "taken off", str(played.values.get("failed") or "")

    def _closed_by(self, step: LadderStep) -> Said:
        self.ask_for(step, "observe")
        vips = tuple(one["name"] for one in self._listed())
        _plan, result = self.close(step, ClosureScope(vips=vips))
        return ("", "nothing to close") if result is None else (str(result.verdict.word), result.failed)


RUNS = (
    *("whitelist", "whitelist_counts", "whitelist_off", "geoblock", "geoblock_counts", "geoblock_off"),
    *("countries", "paths", "leave", "whitelist_undo", "geoblock_undo"),
)
"""The names of its runs."""
