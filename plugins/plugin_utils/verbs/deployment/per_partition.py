# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measure in all admin partitions of one appliance, with one result.

A :class:`.deployment.Deployment` sees one configuration, that of the partition of the sessions. This module gives the one runner of partitions
(:mod:`.change.partition_runner`) the run in each, and merges the results: the worst verdict wins. A conflict in one partition stops the run before
anything is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT, is_stand_in
from ...appliance.nitro.partitions import PartitionChoice
from ...catalogue.run_parameters import ApplyParameters
from ...change.partition_runner import (
    OnFailure,
    PartitionRunner,
    back_to_default,
    chosen_partitions,
    in_partition,
    joined_seal,
)
from ...change.records.fetched_records import note_copies
from ...foundation.counted import counted
from ...foundation.errors import Refused, TourniquetError
from ...foundation.next_action import NextAction, carrying, joined
from ...judgement.course.state import meaning_of
from ...judgement.inspection.earlier_reads import EarlierReads
from ...judgement.proof.closure_verdict import with_overdue_parts
from ...judgement.proof.grounds import Presence
from ...judgement.proof.next_action import APPLY, VERIFY
from ...judgement.proof.probes import Sign
from ...judgement.proof.verdict_table import CLOSED_WORDS, OK, PRECEDENCE, VERDICTS, Verdict, VerdictWord
from .deployment import Deployment, Result, today

MOST_REASONS = 8
"""So many partitions are told with their proof."""


@dataclass(frozen=True)
class PartitionedResult:
    """The result of a run in all partitions.

    :ivar problems: by partition, why it could not be read
    :ivar left_out: the admin partitions that the run does not read
    :ivar unusable: those of them that nobody has left out, and whose names NITRO does not allow
    :ivar failed: the reason why the run failed, or ""
    :ivar records: the change records of this run
    """

    partitions: Mapping[str, Result]
    problems: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    failed: str = ""
    records: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        return list(self.partitions) == [DEFAULT] and not self.problems and not self.left_out

    @property
    def changed(self) -> bool:
        return any(result.changed for result in self.partitions.values())

    @property
    def verdict(self) -> Verdict:
        return self._merged({name: result.verdict for name, result in self.partitions.items()})

    @property
    def verdict_today(self) -> Verdict:
        return self._merged({name: result.verdict_today for name, result in self.partitions.items()})

    @property
    def seal(self) -> str:
        """The fingerprint of all partitions together; with the default partition only, its own."""
        return joined_seal({name: result.plan.seal for name, result in self.partitions.items()}, is_plain=self.is_plain)

    def _merged(self, verdicts: Mapping[str, Verdict]) -> Verdict:
        if self.is_plain:
            return verdicts[DEFAULT]
        closed = self._closed_beside_open(verdicts)
        # An acknowledged warning of one partition does not hide one of another that nobody acknowledged.
        worst = min(
            (self._seen_from_outside(n, v) for n, v in verdicts.items() if n not in closed),
            key=lambda v: (v.exit_code == OK, PRECEDENCE[v.word]),
        )
        if PRECEDENCE[worst.word] > PRECEDENCE[VerdictWord.PARTLY]:
            worst = self._of_unread() or worst
        missing = [f"partition {name} could not be read: {problem}" for name, problem in self.problems.items()]
        missing += [
            f"partition {name} is not read"
            if is_stand_in(name)
            else f"partition {name} is not among netscaler_partitions"
            for name in self.left_out
        ]
        missing += [
            f"partition {name} is closed, so nothing was proven there: {v.reason}" for name, v in closed.items()
        ]
        worst = replace(worst, reason=self._each_proof(worst, {n: v for n, v in verdicts.items() if n not in closed}))
        worst = replace(worst, next_action=self._of_a_refused_partition(worst.next_action, verdicts))
        return replace(
            with_overdue_parts(worst, verdicts),
            rests_on=tuple(by_partition({n: v.rests_on for n, v in verdicts.items()})),
            missing=(*by_partition({n: v.missing for n, v in verdicts.items()}), *missing),
        )

    def _each_proof(self, worst: Verdict, verdicts: Mapping[str, Verdict]) -> str:
        """Return the reason of the appliance: what stops the attacks was proven in each partition, so the reason of each is told."""
        if not meaning_of(worst.word).state.stops:
            return worst.reason
        alike = [self._seen_from_outside(name, one).reason for name, one in verdicts.items() if one.word == worst.word]
        shown = [*dict.fromkeys(alike)][:MOST_REASONS]
        more = sum(one not in shown for one in alike)
        rest = [f"and {counted(more, 'partition')} more"] if more else []
        return "; ".join([*shown, *rest])

    def _of_a_refused_partition(self, action: NextAction, verdicts: Mapping[str, Verdict]) -> NextAction:
        """Return what comes before an apply where the plan of a partition is refused: that of no other partition is carried out either."""
        own = [verdicts[name].next_action for name, result in self.partitions.items() if result.plan.conflicts]
        first = next((one for one in own if one.has(APPLY.verb)), None)
        if first is None or not action.has(APPLY.verb):
            return action
        again = next(one for one in action.commands if one.verb == APPLY.verb)
        return first.changed(lambda one: again if one == APPLY else one)

    def _of_unread(self) -> Verdict | None:
        """Return the verdict where a partition was not read that nobody has left out."""
        for name, problem in self.problems.items():
            return _partly(f"partition {name} could not be read: {problem}")
        for name in self.unusable:
            named = f"netscaler_partitions: [{', '.join(self.partitions)}]"
            return _partly(f"partition {name} is not read, since NITRO allows no such name", _by_hand(named))
        return None

    def _closed_beside_open(self, verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
        """Return the verdicts of the partitions that are closed while clients reach another one: the appliance is not closed then."""
        closed = {name: verdict for name, verdict in verdicts.items() if verdict.word in CLOSED_WORDS}
        others = [r.facts.access.closures for name, r in self.partitions.items() if name not in closed]
        is_open = any(one.open or one.unproven for one in others)
        return closed if is_open else {}

    def _seen_from_outside(self, name: str, verdict: Verdict) -> Verdict:
        """A partition that lacks the measure while others have it makes the appliance partly covered, unless it is proven vulnerable."""
        elsewhere = any(r.state.presence != Presence.ABSENT for n, r in self.partitions.items() if n != name)
        vulnerable = any(proof.sign is Sign.VULNERABLE for proof in self.partitions[name].proof.after)
        if verdict.word == VerdictWord.EXPOSED and elsewhere and not vulnerable:
            own = verdict.next_action  # it may say what comes before an apply that would be refused as it is
            action = own if own.has(APPLY.verb) else NextAction(APPLY)
            return _partly(f"partition {name} does not have it: {verdict.reason}", action)
        same = all(verdict.reason == result.verdict.reason for result in self.partitions.values())
        return verdict if same else replace(verdict, reason=f"partition {name}: {verdict.reason}")


def _partly(reason: str, next_action: NextAction | None = None) -> Verdict:
    meaning = VERDICTS[VerdictWord.PARTLY]
    return Verdict(meaning.word, reason, next_action or meaning.next_action, meaning.exit_code)


def _by_hand(named: str) -> NextAction:
    """:param named: the setting that leaves out what no run can enter"""
    return NextAction(
        f"protect on the appliance itself what is in the partition, which no run can enter, and leave it out in the inventory (`{named}`), then ",
        VERIFY,
    )


def by_partition(texts: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the texts with the name of their partition; a text of all partitions once, and without a name."""
    first = next(iter(texts.values()), ())
    common = [text for text in first if all(text in own for own in texts.values())]
    return common + [f"partition {name}: {text}" for name, own in texts.items() for text in own if text not in common]


class PartitionedDeployment(PartitionRunner[Deployment]):
    """One run on one open connection, in all chosen partitions. The methods are those of :class:`.deployment.Deployment`.

    :ivar runs: by partition, those that could be read
    :raises Refused: if a partition is named that does not exist
    """

    def __init__(
        self,
        connection: Connection,
        parameters: ApplyParameters,
        *,
        today: Callable[[], date] = today,
        earlier: EarlierReads | None = None,
        on_failure: OnFailure = OnFailure.STOP,
    ) -> None:
        """Choose the partitions.

        :param earlier: of the plan of this run; used where the appliance has the default partition only
        :param on_failure: of an apply
        """
        super().__init__(connection, on_failure)
        self.parameters = parameters
        self.today = today
        self.earlier = earlier
        self.choice = self._choose()
        self.problems: dict[str, str] = {}
        self._changed_at: dict[str, str] = {}
        self._planned: PartitionedResult | None = None

    def plan(self, *, with_rights: bool = False) -> PartitionedResult:
        """Return what apply would do, in all partitions. Reads only.

        :param with_rights: read the command policies of our user too
        """
        note_copies(self.connection, self.parameters)
        results = self._read(lambda deployment: deployment.plan(with_rights=with_rights))
        failed = [f"partition {name} cannot be read: {problem}" for name, problem in self.problems.items()]
        failed += self._unknown_partitions()
        conflicts = {name: result.failed for name, result in results.items() if result.failed}
        alone = len(results) == 1
        failed += [text if alone else carrying(f"partition {name}: {text}", text) for name, text in conflicts.items()]
        self._planned = self._result(results, joined(" ", *failed))
        return self._planned

    def status(self) -> PartitionedResult:
        """Return what is there, in all partitions."""
        return self._result(self._read(Deployment.status))

    def apply(self) -> PartitionedResult:
        """Apply, prove and save in one partition after the other.

        :returns: the results, with the failures; for a partition that was not reached, or failed before its proof, its plan
        """
        planned = self._planned or self.plan()
        if planned.failed:
            self.keep_found()
            return replace(planned, failed=joined(" ", planned.failed, "Nothing was changed."))
        planned_by = dict(self.runs)
        outcome = self.work_on(self.choice.names, self._apply_in)
        results = {**planned.partitions, **outcome.results}
        for name in outcome.failures:
            left = self.runs[name].left_by_failure()
            results[name] = left or replace(results[name], state=planned_by[name].state)
        # A change that stays and is no success is reported, and holds up no other partition.
        problems = {n: r.failed for n, r in outcome.results.items() if r.failed}
        problems |= {name: error.told for name, error in outcome.failures.items()}
        failures = [self._in_partition(name, problems[name]) for name in self.choice.names if name in problems]
        failures += [f"{outcome.not_started_text}."] if outcome.not_started else []
        return self._result(results, joined(" ", *failures))

    def keep_found(self) -> None:
        """Keep in a record what each partition shows that refuses the apply; see :meth:`.deployment.Deployment.keep_found`."""
        for name, run in self.runs.items():
            with contextlib.suppress(TourniquetError), self.connection.inside(name):  # the refusal is what is told
                run.keep_found()

    @property
    def reads(self) -> EarlierReads | None:
        """The answers that a wave of this run need not read again; None where there are none."""
        return self.runs[DEFAULT].reads if self.choice.is_plain and DEFAULT in self.runs else None

    def _choose(self) -> PartitionChoice:
        choice = chosen_partitions(self.connection, self.parameters.appliance)
        if not self.parameters.measure.traits.writing.default_partition_last:
            return choice
        return replace(choice, names=tuple(sorted(choice.names, key=lambda name: name == DEFAULT)))

    def _read(self, look: Callable[[Deployment], Result]) -> dict[str, Result]:
        """Return what is found in each partition that can be read."""
        results = {}
        with back_to_default(self.connection):
            for name in self.choice.names:
                self._inspect(name)
                if name in self.runs:
                    results[name] = look(self.runs[name])
        return results

    def _apply_in(self, name: str) -> Result:
        self._inspect_again_if_changed(name)
        return self.runs[name].apply()

    def _inspect(self, name: str) -> None:
        parameters = replace(self.parameters.inside(name), partitions_unreadable=self._unreadable)
        try:
            self.connection.enter(name)
            earlier, self.earlier = self.earlier if self.choice.is_plain else None, None  # a second look reads again
            self.runs[name] = Deployment(self.connection, parameters, today=self.today, earlier=earlier)
        except TourniquetError as error:
            if name == self.choice.names[0]:
                raise  # the first partition stands for the whole appliance
            self.problems[name] = str(error)
        self._changed_at[name] = self.connection.changed_at

    @property
    def _unreadable(self) -> str:
        return "" if self.parameters.appliance.partitions == (DEFAULT,) else self.choice.unreadable

    def _inspect_again_if_changed(self, name: str) -> None:
        """Plan a partition again if it was changed while other partitions were changed.

        :raises Refused: if there is a conflict now
        """
        if self.connection.changed_at == self._changed_at[name]:
            return
        self._inspect(name)
        failed = self.problems.get(name) or self.runs[name].plan().failed
        if failed:
            raise Refused(f"it was changed meanwhile: {failed}")

    def _unknown_partitions(self) -> list[str]:
        """Return which partitions the measure names although they are not read, in words."""
        measure, inspected = self.parameters.measure, {*self.choice.names, *self.problems}
        return [
            f"{measure.id} is requested in the partition {name}, which is not on the appliance or not among "
            "netscaler_partitions. Correct its name."
            for name in sorted(measure.partitions - inspected)
            if inspected
        ]

    def _in_partition(self, name: str, text: str) -> str:
        return text if self.choice.is_plain else in_partition(name, text)

    def _result(self, results: Mapping[str, Result], failed: str = "") -> PartitionedResult:
        records = [str(d.record.path) for d in self.runs.values() if d.record is not None]
        records += [result.record for result in results.values() if result.record and result.record not in records]
        left_out, unusable = self.choice.left_out, self.choice.unusable
        return PartitionedResult(results, dict(self.problems), left_out, failed, tuple(records), unusable)
