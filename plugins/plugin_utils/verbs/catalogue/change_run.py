# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges one appliance by the catalogue in use and by that with a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection
from ...catalogue.entry_file import load_catalogue
from ...catalogue.planned_fix import read_planned_fix
from ...foundation.errors import CannotConnect, TourniquetError
from ...judgement.proof.catalogue_change import catalogue_change
from ..common.result import Result
from ..common.task import Task
from ..status.catalogue_check import CatalogueCheck, find_of_both
from ..status.check_options import check_of
from .page import FAILED, PROBLEM, UNREACHABLE, change_values

AFTER = "after"
"""The option with the directory of the catalogue with the bundle, which the action adds."""
DESIRED_AFTER = "desired_after"


class CompareCatalogues(Task):
    """Judge one appliance by two catalogues over the same reads. One that does not answer is not compared, and no failure of the task."""

    def run(self) -> Result:
        name, options = self.appliance.name, self.options
        read_planned_fix(name, options["planned_fix"], "")  # refused before anything is sent
        before = self._check(options["catalogue"], options["desired"])
        after = self._check(options[AFTER], options[DESIRED_AFTER])
        try:
            with Connection(self.appliance) as connection:
                found = catalogue_change(*find_of_both(before, after, connection))
            values = change_values(found, str(min(builds)) if (builds := _builds(connection)) else None)
            requests = len(connection.exchanges)
        except TourniquetError as error:
            problem = str(error).removeprefix(f"{name}: ")
            kind = UNREACHABLE if isinstance(error, CannotConnect) else FAILED
            nothing = {PROBLEM: f"{kind}{problem}", "requests": 0}
            return Result(changed=False, msg=f"not compared: {problem}", own=nothing)
        return Result(changed=False, msg=values["effect"], own={**values, "requests": requests})

    def _check(self, directory: str, desired: Mapping[str, Any]) -> CatalogueCheck:
        options, catalogue = self.options, Path(directory)
        entries, planned_fix = load_catalogue(catalogue), options["planned_fix"]
        return check_of(self.appliance, options, catalogue, entries, desired, planned_fix=planned_fix)


def _builds(connection: Connection) -> list[Any]:
    return [node.build for node in connection.nodes if node.build is not None]
