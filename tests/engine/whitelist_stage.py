# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The URL whitelist on one simulated appliance, in process, with the requests that each verb makes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.measure import (
    UrlWhitelist,
    load_url_whitelist,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from simulator import Simulator
from tests.stage.memory import Played, Stage

TODAY = date(2026, 11, 26)
NAME = "tq_url_whitelist"
Lists = list[dict[str, Any]]


class WhitelistStage(Stage):
    """:ivar today: the day on which the lists are read
    :ivar acknowledgements: what a person has acknowledged
    """

    def __init__(self, simulator: Simulator, records: Path, name: str = "box") -> None:
        super().__init__(simulator, records, name)
        self.today = TODAY
        self.acknowledgements: tuple[Acknowledgement, ...] = ()

    def measure(self, lists: Lists) -> UrlWhitelist:
        return load_url_whitelist(lists, self.name, self.today)

    def whitelist_parameters(self, lists: Lists, **options: Any) -> ApplyParameters:
        measure = self.measure(lists)
        # Who lets a list only count, or takes one off, answers for it.
        answered = {"who": "J. Jansen", "reason": "a test", "acknowledgements": self.acknowledgements, **options}
        return self.order(measure, Owner(measure.id, 1, "CHG0042"), self.today, **answered)

    def play(self, verb: str, lists: Lists, **options: Any) -> Played:
        """:param verb: plan, apply or status"""
        return self.played(verb, self.whitelist_parameters(lists, **options))

    def take_off(self, lists: Lists, why: str = "after_fix", **options: Any) -> Played:
        return self.taken_off(self.measure(lists), why, **options)

    def apply_plainly(self, lists: Lists, **options: Any) -> Any:
        """Apply in the default partition alone; a failure is raised."""
        with Connection(self.appliance) as connection:
            return Deployment(connection, self.whitelist_parameters(lists, **options)).apply()
