# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists what of ours is left on one appliance, and removes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...catalogue.run_parameters import RunParameters, Unsaved
from ...change.planning.planner import fingerprint
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput, Refused, TourniquetError
from ...foundation.foreign_text import printable, says_something
from ...foundation.json_values import json_values
from ...foundation.next_action import Command, advice, carrying
from ...foundation.protection_change import decided_text
from ..common.result import Result
from ..common.task import Task, parameters_of_owner
from ..pages.preview_parts import headline, taken_away_text
from ..pages.result_parts import requests_of
from ..rollback.plan_file import rollback_plan
from ..rollback.rollback_per_partition import PartitionedRollbackPlan
from ..rollback.rollback_plan import RollbackParameters, removal_reason
from ..rollback.run import other_mitigations, removal_parameters
from .leave import MEASURE, LeaveParameters, find_leftovers, plan_removal, remove_files, remove_measure
from .leftovers import Leftovers
from .page import leave_lines, summary

ANSWERS = {"who": """-e "who='the name of the person'\"""", "reason": """-e "reason='we leave'\""""}
"""By option that accepting an exposure needs, how it is given."""


NOT_YET = "; nothing was removed"
SCRIPT_LEFT = "{}: the script of on_box.yml is still on {}. Take it out with on_box.yml -e on_box=absent, which leave.yml does by itself. Nothing was removed."
SCRIPT_OUT = Command("on_box", (("on_box", "absent"),))


class Leave(Task):
    """List what of ours is left; with ``remove``, remove it."""

    def run(self) -> Result:
        parameters = self._parameters()
        removes = self.options["remove"] and not self.check_mode
        with Connection(self.appliance) as connection:
            found = find_leftovers(connection, parameters)
            plans = plan_removal(connection, parameters, found) if self.options["remove"] else {}
            title, requests = headline(connection), requests_of(connection, 0)
            listed = self._listed(title, found, plans)
            said = (
                self._approval(listed.own["left"], seals_of(plans, parameters, connection))
                if self.options["remove"]
                else ""
            )
        if said and removes:
            return listed.ended("", said, refused=True)
        if said:
            listed = listed.ended(listed.msg, remarks=[said], report=[*listed.own["report"], f"  {said}"])
        if not removes or (found.is_empty and not found.not_read):
            return listed.ended(listed.msg, requests=requests)
        return self._removed(parameters, found, title)

    def _approval(self, left: Mapping[str, Any], seals: Mapping[str, str]) -> str:
        """Return what is to be said of the approval of the removal; the copies of records change with each run, and are not approved."""
        return self.keep_seal("leave", fingerprint([{**left, "files": {}}, seals]))

    def _removed(self, parameters: LeaveParameters, found: Leftovers, title: str) -> Result:
        """Remove everything, and read again what is left."""
        self.prepare_signatures(parameters.run.records, parameters.run.trust)
        if found.script:
            raise Refused(advice(SCRIPT_LEFT.format(self.appliance.name, ", ".join(found.script)), SCRIPT_OUT))
        done: list[str] = []
        remarks: list[str] = []
        lost: list[str] = []
        notes: list[str] = []  # what was done with the locks of others
        half_done: list[PartitionedRollbackPlan] = []
        problem = ""
        try:
            for measure in found.measures:
                # Each on a connection of its own: what was read for a plan is as of the configuration before the last removal.
                with Connection(self.appliance) as connection:
                    connection.lock_notes = notes
                    result = remove_measure(connection, parameters.rollback(measure), half_done)
                done.append(f"{measure} removed, absence read back")
                lost += result.plan.takes_away
                remarks += [*result.plan.remarks, *(text for one in result.partitions.values() for text in one.remarks)]
            with Connection(self.appliance) as connection:
                connection.lock_notes = notes
                number = remove_files(connection, parameters.run)
            done.append(f"{counted(number, 'copy of a record', 'copies of records')} deleted")
        except TourniquetError as error:
            maybe = [service for plan in half_done for service in plan.takes_away]
            said = f"{self._lost(_services(lost))}{self._lost(_services(maybe), failed=True)}"
            problem = carrying(f"{str(error).removesuffix('.')}{said}", error.told)
            lost += maybe
        with Connection(self.appliance) as connection:
            left = find_leftovers(connection, parameters)
            requests = requests_of(connection, 0)
        if not problem and not left.is_empty:
            problem = f"{self.appliance.name}: {summary(left)}, after the removal"
        before = f" Done before that: {'; '.join(done)}." if done else ""
        return replace(self._listed(title, left, {}), changed=bool(done or half_done)).ended(
            "; ".join([*done, *left.not_read]) + self._lost(_services(lost)),
            carrying(f"{problem.removesuffix('.')}.{before}", problem) if problem else "",
            left_changes=bool(done or half_done),
            removed=done,
            takes_away=_services(lost),
            decided=self._decided(lost),
            remarks=remarks,
            notes=[*dict.fromkeys(map(printable, notes))],
            requests=requests,
        )

    def _decided(self, services: Sequence[str]) -> str:
        return decided_text(self.options["who"], self.options["reason"]) if services else ""

    def _lost(self, services: Sequence[str], *, failed: bool = False) -> str:
        said = {"planned": self.check_mode, "failed": failed}
        return taken_away_text(services, self.options["who"], self.options["reason"], **said)

    def _listed(self, title: str, found: Leftovers, plans: Mapping[str, PartitionedRollbackPlan]) -> Result:
        would_change = self.options["remove"] and not found.is_empty
        # Before a removal everything is listed first, which another appliance may stop.
        is_first_half = self.check_mode and not self.is_preview
        lost = _services(service for plan in plans.values() for service in plan.takes_away)
        said = "" if not (would_change and self.check_mode) else NOT_YET if is_first_half else "; it would be removed"
        own = {
            "measure": MEASURE,
            "left": json_values(found),
            "removed": [],
            "takes_away": lost,
            "decided": self._decided(lost),
            "remarks": [],
            "notes": [],
            "report": leave_lines(title, found, plans),
        }
        changed = bool(would_change) and not is_first_half
        return Result(changed=changed, msg=f"{summary(found)}{said}{self._lost(lost)}", own=own)

    def _parameters(self) -> LeaveParameters:
        options = self.options
        lacking = [name for name in ANSWERS if not says_something(options[name])]
        if options["accept_exposure"] and lacking:
            raise InvalidInput(
                f"accept_exposure removes mitigations that a build still needs, so it needs {' and '.join(lacking)}: "
                f"{' '.join(ANSWERS[name] for name in lacking)}. Nothing was sent."
            )

        def rollback(measure: str) -> RollbackParameters:
            own = {**options, "mitigation": measure, "settings": options["measures"].get(measure)}
            given = removal_parameters(self.appliance, own)
            return RollbackParameters(
                **given,
                accept_exposure=options["accept_exposure"],
                force=options["force"],
                unsaved=Unsaved(options["unsaved"]),
                leaves=True,
                others=() if given["measure"].traits.course.depends_on_build else other_mitigations(own),
                who=" ".join(options["who"].split()),
                is_preview=self.is_preview,
            )

        return LeaveParameters(
            run=RunParameters(
                **parameters_of_owner(
                    self.appliance,
                    {**options, "reason": removal_reason(options["reason"], "")},
                    Owner(MEASURE, 1, options["ticket"]),
                )
            ),
            rollback=rollback,
        )


def _services(lost: Iterable[str]) -> list[str]:
    """Return services, each once, as a page has them."""
    return [*dict.fromkeys(map(printable, lost))]


def seals_of(
    plans: Mapping[str, PartitionedRollbackPlan], parameters: LeaveParameters, connection: Connection
) -> dict[str, str]:
    """Return the seal of the rollback of each measure."""
    return {
        measure: str(rollback_plan(plan, parameters.rollback(measure), connection).values["seal"])
        for measure, plan in plans.items()
    }


TASK = Leave
