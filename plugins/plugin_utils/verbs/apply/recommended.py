# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All mitigations that an appliance needs, by the verdict on the whole catalogue: one run for each, in order, over one connection.

Each mitigation keeps its own transaction, proof and record, so that one of them can be rolled back or retired without the others. The most urgent one
comes first; a failure stops those after it. What no run can bring in is listed with its next action.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from ...appliance.nitro.builds import Build
from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import ApplyParameters
from ...catalogue.upgrade import Upgrades
from ...change.records.appliance_lock import ApplianceLock
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.next_action import AGAIN, advice, carrying
from ...judgement.inspection.earlier_reads import EarlierReads
from ...judgement.proof.catalogue_verdict import ApplianceVerdict, EntryVerdict, appliance_verdict
from ...judgement.proof.verdict_table import OK, PRECEDENCE, Verdict, VerdictWord
from ..deployment.per_partition import PartitionedDeployment, PartitionedResult
from ..status.catalogue_check import CatalogueCheck

NOT_NEEDED = (VerdictWord.FIXED, VerdictWord.NOT_AFFECTED, VerdictWord.LEFT_BEHIND)


@dataclass
class RecommendedResult:
    """What an appliance needs, and how far the runs came.

    :ivar found: the verdict on the whole catalogue before the runs
    :ivar measures: by mitigation, in order, its plan or its result
    :ivar by_hand: the entries that somebody has to look at, and that no run brings in
    :ivar builds: of all nodes
    :ivar failed: the reason why a run failed, or ""
    :ivar upgrades: what decides which build to upgrade to, by the whole catalogue
    :ivar day: the day after which nothing counts; None for today
    """

    found: ApplianceVerdict
    builds: tuple[Build, ...] = ()
    measures: dict[str, PartitionedResult] = field(default_factory=dict)
    by_hand: tuple[EntryVerdict, ...] = ()
    failed: str = ""
    upgrades: Upgrades | None = None
    day: date | None = None

    @property
    def changed(self) -> bool:
        return any(result.changed for result in self.measures.values())

    @property
    def verdict(self) -> Verdict:
        """The worst verdict on the mitigations of the runs, and on what no run brings in."""
        return _worst([*self._of_runs(), *([self.verdict_by_hand] if self.by_hand else [])]) or self.found.verdict

    @property
    def verdict_of_runs(self) -> Verdict | None:
        """The worst verdict on the mitigations of the runs; None where there is no run."""
        return _worst(self._of_runs())

    def _of_runs(self) -> list[Verdict]:
        """Return the verdicts of the runs; the reason says of which entry, where there is more than one."""
        is_one = len(self.measures) == 1 and not self.by_hand
        found = ((id_, result.verdict) for id_, result in self.measures.items())
        return [one if is_one else replace(one, reason=f"{id_}: {one.reason}") for id_, one in found]

    @property
    def verdict_by_hand(self) -> Verdict:
        """The verdict on what no run brings in, with one next action."""
        found = appliance_verdict(self.by_hand, self.builds, (), self.upgrades, self.day).verdict
        number = len(self.by_hand)
        return replace(
            found,
            reason=found.reason.replace(f"{number} of {number} entries", f"{number} entries that no run brings in"),
        )


class RecommendedRun:
    """The runs on one open connection. :meth:`plan`, :meth:`apply` and :meth:`status` are their verbs.

    :param parameters_of: returns the parameters of the run of a mitigation
    :param earlier: what the plan of this run has read; used where the appliance has the default partition only
    :param stop_gaps: bring in rules that are not the vendor's too
    :ivar parameters: by mitigation, those of its run
    :ivar reads: the answers that a wave of this run need not read again; None where there are none
    """

    def __init__(
        self,
        connection: Connection,
        check: CatalogueCheck,
        parameters_of: Callable[[str], ApplyParameters],
        *,
        earlier: EarlierReads | None = None,
        stop_gaps: bool = False,
    ) -> None:
        self.connection = connection
        self.check = check
        self.parameters_of = parameters_of
        self.earlier = earlier
        self.stop_gaps = stop_gaps
        self.reads: EarlierReads | None = None
        self.parameters: dict[str, ApplyParameters] = {}
        self.deployments: dict[str, PartitionedDeployment] = {}

    @cached_property
    def result(self) -> RecommendedResult:
        """Return what the appliance needs, which is read when it is first asked for, and how far the runs came."""
        check = self.check
        builds = tuple(node.build for node in self.connection.nodes if node.build is not None)
        return RecommendedResult(check.find(self.connection), builds, upgrades=check.to_upgrade, day=check.day)

    def plan(self, *, with_rights: bool = False) -> RecommendedResult:
        """Return the plans of all mitigations that are needed. Reads only, and nothing twice: all of them are plans for the same state."""
        read_at = time.time()
        earlier = self.earlier.still_hold(self.connection) if self.earlier else None
        with self.connection.cached_reads(earlier) as reads:
            result = self.result
            for id_, deployment in self._deployments():
                plan = deployment.plan(with_rights=with_rights)
                if plan.failed or not all(part.plan.skipped for part in plan.partitions.values()):
                    self.deployments[id_], result.measures[id_] = deployment, plan
            if all(deployment.choice.is_plain for deployment in self.deployments.values()):
                self.reads = EarlierReads.of(self.connection, reads, read_at)
        result.by_hand = self._by_hand()
        failed = {id_: plan.failed for id_, plan in result.measures.items() if plan.failed}
        result.failed = carrying(" ".join(f"{id_}: {text}" for id_, text in failed.items()), *failed.values())
        return result

    def apply(self) -> RecommendedResult:
        """Apply, prove and save one mitigation after the other, as planned; a failure stops those after it."""
        result, names = self.result, list(self.result.measures)
        for position, id_ in enumerate(names):
            problem = self._apply(id_, is_first=position == 0)
            if problem:
                rest = names[position + 1 :]
                not_begun = f" Not started because of this failure: {', '.join(rest)}." if rest else ""
                result.failed = carrying(f"{id_}: {problem}{not_begun}", problem)
                return result
        self._prove_again(names[:-1])
        return result

    def _prove_again(self, names: Sequence[str]) -> None:
        """Prove those that other runs followed: what was bound beside them since is part of what was proven."""
        for id_ in names if self.result.changed else ():
            try:
                PartitionedDeployment(self.connection, self.parameters[id_]).status()
            except TourniquetError as error:
                self.result.failed = f"{id_}: it was applied, and could not be proven again: {error}"
                return

    def status(self) -> RecommendedResult:
        """Return what is in place of the mitigations that are needed, with probes if the parameters allow them."""
        for id_, deployment in self._deployments():
            self.result.measures[id_] = deployment.status()
        self.result.by_hand = self._by_hand()
        return self.result

    def keep_found(self) -> None:
        """Keep in records what refuses these runs."""
        for deployment in self.deployments.values():
            deployment.keep_found()

    @property
    def leaves_changes(self) -> bool:
        """True if something that these runs wrote is on the appliance now, or may be."""
        return any(deployment.leaves_changes for deployment in self.deployments.values())

    @property
    def refused(self) -> bool:
        """True if a run was refused before anything was written."""
        return any(deployment.refused for deployment in self.deployments.values())

    @property
    def locks(self) -> list[ApplianceLock]:
        """The locks of these runs, as they were when they ended."""
        return [lock for deployment in self.deployments.values() for lock in deployment.locks]

    def _by_hand(self) -> tuple[EntryVerdict, ...]:
        done = self.result.measures
        return tuple(
            one for one in self.result.found.entries if one.verdict.exit_code != OK and one.entry.id not in done
        )

    def _deployments(self) -> Iterator[tuple[str, PartitionedDeployment]]:
        """Yield the deployment of each mitigation that is needed and that a run can bring in, the most urgent first."""
        for one in self.result.found.entries:
            if one.entry.measure is None or one.opted_out is not None or one.verdict.word in NOT_NEEDED:
                continue
            if one.entry.is_stop_gap and not self.stop_gaps:
                continue
            try:
                parameters = self.parameters[one.entry.id] = self.parameters_of(one.entry.id)
            except InvalidInput:
                continue  # it needs something of a person first, such as an expression of the vendor
            yield one.entry.id, PartitionedDeployment(self.connection, parameters)

    def _apply(self, id_: str, *, is_first: bool) -> str:
        """Apply one mitigation.

        :returns: why it failed, or ""
        """
        planned = self.result.measures[id_]
        try:
            if not is_first:  # an earlier run has changed the appliance since, and may have taken a step, such as enabling the feature
                self.connection.refresh()
                deployment = self.deployments[id_] = PartitionedDeployment(self.connection, self.parameters[id_])
                again = deployment.plan()
                if again.failed:
                    return again.failed
                more = [line for line in _lines(again) if line not in _lines(planned)]
                if more:
                    text = (
                        f"it needs more than was planned ({more[0]}): run apply.yml again. Nothing of it was changed."
                    )
                    return advice(text, AGAIN)
            result = self.deployments[id_].apply()
        except TourniquetError as error:
            return error.told
        self.result.measures[id_] = result
        return result.failed


def _worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    return min(verdicts, key=lambda one: (one.exit_code == OK, PRECEDENCE[one.word]), default=None)


def _lines(result: PartitionedResult) -> list[str]:
    """Return the lines of all steps, each with its partition."""
    parts = result.partitions.items()
    return [f"{name}: {line}" for name, part in parts for step in part.plan.steps for line in step.lines()]
