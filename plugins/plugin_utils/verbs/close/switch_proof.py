# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of a lockdown or a reopening, in three parts.

The management still accepts a new login, the virtual servers out of scope answer as before, and those in scope behave as
switched. If one of the first two fails, the run is undone at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.object_reads.vserver_reads import read_switches
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.virtual_servers import VSERVER_TYPES, Usage, Vserver
from ...catalogue.run_parameters import Save, Unsaved
from ...change.execution.change import Harm, Proof, ProofFindings
from ...change.execution.read_back import Objects
from ...change.execution.secondary import ensure_secondary_saved
from ...change.execution.write_permission import ConfirmLease
from ...change.records.change_record import ChangeRecord
from ...change.records.record_states import READ_BACK
from ...foundation.errors import TourniquetError
from ...judgement.exposure_reads.beside_others import found_beside_others
from ...judgement.proof.probes import Prober
from ...judgement.verdicts.counted_run import CountedRun
from .decision import VserverChoice
from .reachability import Watch, answers, watch_list
from .switch_plan import SwitchParameters, SwitchPlan

LOGIN_ATTEMPTS = 3
LOGIN_PAUSE = 2.0  # seconds


class SwitchProof(Proof):
    """The proof of one run.

    :param targets_answer: a switched virtual server is to answer afterwards
    :param contradiction: says of a virtual server and its answer that it does not behave as switched
    :ivar contradicted: which switched virtual servers do not behave as switched, in words
    :ivar unproven: for which of them this is not known, in words
    :ivar not_covered: what of the secondary is not as on the primary, in words
    """

    def __init__(
        self,
        connection: Connection,
        parameters: SwitchParameters,
        plan: SwitchPlan,
        prober: Prober,
        *,
        targets_answer: bool,
        contradiction: Callable[[Vserver, str], str],
    ) -> None:
        self.connection = connection
        self.parameters = parameters
        self.plan = plan
        self.targets_answer = targets_answer
        self.contradiction = contradiction
        self.contradicted: list[str] = []
        self.unproven: list[str] = []
        self.not_covered: list[str] = []
        self.unproven += [f"{one}: they may be open" for one in plan.unread_types]
        self.unproven += self._unproven_before()
        self.watch = self._watch(prober)
        self.counted_run = CountedRun(connection, parameters, None)
        self._logged_in = False

    def note_begun(self) -> None:
        """Note the beginning of the run, before its lease and its first request: a front door is asked where policies of ours may count."""
        if self.watch.watched:
            self.counted_run.begin()
        self.counted_run.note_begun(self.watch.most)

    def note_end(self) -> None:
        sent = self.watch.prober.sent
        self.not_covered += self.counted_run.note_end(sent, self.counted_run.counted(sent, ()))

    def before(self) -> None:
        self.watch.probe_before()

    def record_facts(self) -> Mapping[str, Any]:
        plan, decision = self.plan, self.parameters.decision
        beside = found_beside_others(self.connection.primary, self.parameters)
        return {
            **(decision.facts() if decision is not None else {}),
            "covers": _names(plan.switches.covers),
            "completes": _names(plan.switches.completes),
            "released": _names(plan.switches.released),
            "sessions": plan.sessions,
            **(
                {"partitions": {name: str(state) for name, state in plan.partitions.items()}} if plan.partitions else {}
            ),
            **({"accepted_exposure": list(plan.exposure)} if plan.exposure else {}),
            **({"accepted_unread": list(plan.unread)} if plan.unread else {}),
            **({"overruled": list(plan.overruled), "second": self.parameters.second} if plan.overruled else {}),
            "vservers": [self._row(choice) for choice in plan.chosen.choices],
            **({"found_beside": beside} if beside else {}),
        }

    def after(self, objects: Objects) -> ProofFindings:
        plan = self.plan
        if plan.steps:
            expected = {step.object_id: self.targets_answer for step in plan.steps}
            self.not_covered += compare_secondary_switches(self.connection, expected)
        harm = self._look_for_harm() if plan.steps or plan.switches.completes else None
        return ProofFindings(facts=self._facts(), harm=harm, may_save=self._may_save())

    def save_secondary(self, record: ChangeRecord, confirm_lease: ConfirmLease) -> None:
        secondary, plan = self.connection.secondary, self.plan
        if secondary is not None and (plan.steps or plan.secondary_unsaved):
            problem = ensure_secondary_saved(secondary, self.parameters, [*plan.records, record], confirm_lease)
            self.not_covered += [problem] if problem else []

    def _unproven_before(self) -> list[str]:
        """Return what is not proven of virtual servers for which the run has a new decision only: it asks them nothing."""
        switches = self.plan.switches
        asked = {*(step.object_id for step in self.plan.steps), *switches.completes}
        proofs = (switches.still_closed[id_].proof for id_ in switches.covers if id_ not in asked)
        return list(dict.fromkeys(text for proof in proofs if proof is not None for text in proof.unproven))

    def _watch(self, prober: Prober) -> Watch:
        plan = self.plan
        targets = [*(step.object_id for step in plan.steps), *plan.switches.completes]
        if not targets:
            return Watch(prober, [], {})
        watched, not_probed = watch_list(plan.chosen.vservers, targets, self.parameters.appliance)
        self.unproven += not_probed
        still_closed = plan.switches.still_closed
        return Watch(prober, watched, {id_: still_closed[id_].answered for id_ in targets if id_ in still_closed})

    def _look_for_harm(self) -> Harm | None:
        """Log in again and ask all virtual servers; note which switched ones do not behave as switched."""
        problem = self._login_problem()
        if problem and self.plan.steps:
            return Harm("the management could no longer be reached", problem)
        self.watch.probe_after(targets_answer=self.targets_answer)
        self._logged_in = not problem
        if problem:  # of a run that has nothing to undo
            self.unproven.append(f"the management could not be reached by a new login: {problem}")
        harm = self.watch.harmed()
        if harm and self.plan.steps:
            return Harm("other virtual servers were harmed", "; ".join(harm))
        for one, answer in self.watch.targets():
            did = self.watch.did_answer(one.vserver.object_id)
            if answers(answer) is not self.targets_answer and (did or not self.targets_answer):
                text = str(answer.status or answer.error or "TLS")
                self.contradicted.append(self.contradiction(one.vserver, text))
            elif not did:
                known = "did not answer" if did is False else "was not asked"
                self.unproven.append(f"{one.vserver} {known} before the lockdown, so its answer now proves nothing")
        return None

    def _login_problem(self) -> str:
        """Return why a new login fails, or ""."""
        problem = ""
        for attempt in range(LOGIN_ATTEMPTS):
            if attempt:
                time.sleep(LOGIN_PAUSE)
            try:
                self.connection.log_in_again()
            except TourniquetError as error:
                problem = str(error)
            else:
                return ""
        return problem

    def _may_save(self) -> bool:
        always = self.parameters.save == Save.ALWAYS
        return may_save(self.parameters, self.plan) and (not self.contradicted or always)

    def _facts(self) -> dict[str, Any]:
        return {
            "state": READ_BACK,
            "management": "logged in afresh" if self._logged_in else "",
            "contradicted": list(self.contradicted),
            "unproven": list(self.unproven),
            **self.watch.summary(),
        }

    def _row(self, choice: VserverChoice) -> dict[str, Any]:
        """Return one virtual server as it was found, for the record."""
        vserver = choice.vserver
        usage = self.plan.usage.get(vserver.object_id, Usage())
        return {
            "type": vserver.type,
            "name": vserver.name,
            "place": str(vserver.place),
            "protocol": vserver.protocol,
            "enabled": vserver.enabled,
            "left_alone": choice.reason,
            "users": usage.users,
            "connections": usage.connections,
            "answered": self.watch.did_answer(vserver.object_id),
        }


def may_save(parameters: SwitchParameters, plan: SwitchPlan) -> bool:
    """True unless the parameters forbid a save, or it would include the changes of others that are to stay unsaved."""
    without = parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE and bool(plan.foreign_lines)
    return parameters.save != Save.NEVER and not without


def compare_secondary_switches(connection: Connection, expected: Mapping[ObjectId, bool]) -> list[str]:
    """Compare the virtual servers of the secondary with what is expected; a failover would reverse the differences.

    :param expected: by virtual server, if it is to be enabled
    :returns: the differences, or why they cannot be read, in words
    """
    session = connection.secondary
    if session is None or not expected:
        return []
    if connection.secondary_problem:
        return [connection.secondary_problem]
    there = {}
    try:
        for type_name in sorted({type_name for type_name, _key in expected} & VSERVER_TYPES.keys()):
            there.update(read_switches(session, type_name))
    except TourniquetError as error:
        return [f"the virtual servers of the secondary {session.node.host} cannot be read: {error}"]
    problems = []
    for state, wanted in (("off", False), ("on", True)):
        names = [id_[1][0] for id_, on in expected.items() if on is wanted and there.get(id_) != {"enabled": on}]
        if names:
            problems.append(
                f"on the secondary {session.node.host} {', '.join(names)} is not switched {state}: a failover would reverse it"
            )
    return problems


def _names(object_ids: Iterable[ObjectId]) -> list[list[str]]:
    return [[type_, key[0]] for type_, key in object_ids]
