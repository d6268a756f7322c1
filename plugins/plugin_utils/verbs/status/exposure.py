# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge an appliance as if all its virtual servers were open: which mitigations of the catalogue does it need and not have?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import is_stand_in
from ...appliance.nitro.partitions import choose_partitions, read_partitions
from ...appliance.objects.ownership import Owner
from ...catalogue.desired_state import parse_document
from ...catalogue.mitigation import Mitigation, entries_needed_by_the_appliance
from ...catalogue.record_trust import RecordTrust
from ...catalogue.run_parameters import ApplyParameters, Probes
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.next_action import Command, NextAction
from ...judgement.proof.verdict import verdict_on_good_build
from ...judgement.proof.verdict_table import CRITICAL, Verdict, VerdictWord, worst_verdict
from ...judgement.verdicts.removal_conditions import is_good_on_every_node
from ...measures.registry import load_entry_measure
from ..deployment.deployment import Deployment, today


@dataclass(frozen=True)
class DesiredVersion:
    """The desired state of a mitigation on one appliance.

    :ivar version: of the mitigation; 0 for the current one
    :ivar text: the rendered template; "" where there is none
    :ivar problem: the reason why it could not be rendered, or ""
    """

    version: int = 0
    text: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Exposure:
    """What an appliance is exposed to once it is open.

    :ivar verdicts: by mitigation, the verdict; by admin partition that was not read, that it is unknown; by "" one on none of them
    """

    verdicts: Mapping[str, Verdict]

    @property
    def texts(self) -> tuple[str, ...]:
        """Each mitigation for which the verdict is critical, with that verdict."""
        return self._texts(self._exposed)

    @property
    def mends(self) -> tuple[Command, ...]:
        """The commands of the next actions on these, each with its mitigation."""
        found = ((what.partition(" ")[0], one.next_action) for what, one in self._exposed)
        lines = (
            line for id_, action in found if isinstance(action, NextAction) for line in action.of_measure(id_).commands
        )
        return tuple(dict.fromkeys(lines))

    @property
    def _exposed(self) -> tuple[tuple[str, Verdict], ...]:
        return tuple(one for one in self.verdicts.items() if one[1].exit_code == CRITICAL)

    @property
    def unread(self) -> tuple[str, ...]:
        """Each mitigation or admin partition whose verdict is unknown, because something was not read, with the reason."""
        return self._texts(one for one in self.verdicts.items() if one[1].word == VerdictWord.UNKNOWN)

    @staticmethod
    def _texts(verdicts: Iterable[tuple[str, Verdict]]) -> tuple[str, ...]:
        return tuple(
            f"{what}: {one.word} ({one.reason})" if what else f"{one.word}: {one.reason}" for what, one in verdicts
        )


@dataclass(frozen=True)
class ExposureCheck:
    """The check of one appliance against every mitigation of a catalogue.

    :ivar desired: by mitigation, what shall be on the appliance
    :ivar run: the id of the run
    :ivar trust: whose signatures of change records count
    """

    appliance: Appliance
    catalogue: Path
    records: Path
    run: str
    desired: Mapping[str, DesiredVersion] = field(default_factory=dict)
    trust: RecordTrust = field(default_factory=RecordTrust)

    def find(self, connection: Connection) -> Exposure:
        """Return the verdicts as they would be if no virtual server were switched off. Reads only, and sends no probe.

        Each admin partition is judged by what the builds do not decide. The sessions are in the same one afterwards.

        :raises Refused: where the inventory names a partition that does not exist
        """
        ids = entries_needed_by_the_appliance(self.catalogue)
        if not ids:
            return Exposure({"": _unknown(f"the catalogue {self.catalogue} has no mitigation to judge it by")})
        known: dict[str, Verdict] = {}
        asked: dict[str, ApplyParameters] = {}
        for id_ in ids:
            try:
                measure = load_entry_measure(self.catalogue / id_)
                if is_good_on_every_node(connection, measure):
                    known[id_] = verdict_on_good_build(connection.build, measure)
                else:
                    asked[id_] = self._parameters(measure)
            except TourniquetError as error:
                known[id_] = self._unknown(error)
        return Exposure({**known, **(self._in_partitions(connection, asked) if asked else {})})

    def _in_partitions(self, connection: Connection, asked: Mapping[str, ApplyParameters]) -> dict[str, Verdict]:
        """Return the verdicts on what the builds do not decide, and on each partition that was not read."""
        where, wanted = self.appliance.name, self.appliance.partitions
        choice = choose_partitions(where, read_partitions(connection.primary), wanted)
        found: dict[str, dict[str, Verdict]] = {}
        unread = {f"partition {name}": _unknown(_why_left_out(name)) for name in choice.left_out}
        if choice.unreadable and wanted is None:
            unread[""] = _unknown(choice.unreadable)
        for name in choice.names:
            try:
                with connection.inside(name):
                    found[name] = {id_: self._verdict(connection, one.inside(name)) for id_, one in asked.items()}
            except TourniquetError as error:
                unread[f"partition {name}"] = self._unknown(error)
        return {**_by_measure(found), **unread}

    def _unknown(self, error: TourniquetError) -> Verdict:
        return _unknown(str(error).removeprefix(f"{self.appliance.name}: "))

    def _verdict(self, connection: Connection, parameters: ApplyParameters) -> Verdict:
        try:
            return Deployment(connection, parameters).verdict_if_open()
        except TourniquetError as error:
            return self._unknown(error)

    def _parameters(self, measure: Mitigation) -> ApplyParameters:
        """:raises InvalidInput: where the desired state is not known, or not valid"""
        desired = self.desired.get(measure.id, DesiredVersion())
        if desired.problem or not desired.text:
            raise InvalidInput(desired.problem or "its desired state was not rendered")
        owner = Owner(measure.id, desired.version or measure.current_version)
        return ApplyParameters(
            appliance=self.appliance,
            measure=measure,
            owner=owner,
            rendered=parse_document(desired.text, owner, where=self.appliance.name),
            records=self.records,
            run=self.run,
            trust=self.trust,
            as_of=today(),
            probes=Probes.NONE,
        )


def _unknown(reason: str) -> Verdict:
    return worst_verdict([(VerdictWord.UNKNOWN, reason)], (), ())


def _why_left_out(partition: str) -> str:
    return "NITRO does not allow its name" if is_stand_in(partition) else "it is not among netscaler_partitions"


def _by_measure(found: Mapping[str, Mapping[str, Verdict]]) -> dict[str, Verdict]:
    """Return the verdicts by mitigation; those that differ between admin partitions by mitigation and partition."""
    verdicts: dict[str, Verdict] = {}
    for id_, one in next(iter(found.values()), {}).items():
        own = {name: by_id[id_] for name, by_id in found.items()}
        alike = len({(each.word, each.reason) for each in own.values()}) == 1
        verdicts |= {id_: one} if alike else {f"{id_} in partition {name}": each for name, each in own.items()}
    return verdicts
