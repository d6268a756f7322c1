# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make, change or remove the user of the playbooks on one appliance: plan, carry out, read back, log on as the user, save.

An administrator's session does it. There is no change record: the plan has the inverse of each step, the same command continues a run that was ended,
and removing is a run of its own (docs/decisions/0049). The lease of the appliance keeps other runs out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from operator import not_
from typing import TypeVar

from ...appliance.nitro.connection import CLUSTER, Connection
from ...appliance.nitro.partitions import read_partitions
from ...appliance.nitro.session import Session
from ...catalogue.run_parameters import RunParameters, Unsaved
from ...change.execution.held_lease import HeldLease, held_lease
from ...change.execution.saving import save_and_confirm, save_on_primary
from ...change.planning.unsaved_changes import ConfigurationTexts, is_changed, read_unsaved_lines
from ...change.records.appliance_lock import check_lock, release_left_lock
from ...foundation.errors import NitroError, Refused, TourniquetError
from ...foundation.host_setting import option_for
from ...policies.command_patterns import command_patterns
from ..rights import needed_rights
from .account import API_ONLY_SINCE, FoundAccount, WantedAccount, accepts_password, logs_on, problem_with, read_account
from .account_plan import AccountStep, steps_away, steps_to

UNKNOWN_ATTRIBUTE_CODES = (278, 1090)
"""Of a release that does not know an attribute (error list: invalid argument)."""
SYNC_PATIENCE, SAVE_PATIENCE, PAUSE = 10.0, 3.0, 0.25  # seconds
SHOWN = 3
_COMMAND = "playbooks/bootstrap.yml"
Seen = TypeVar("Seen")


@dataclass(frozen=True, kw_only=True)
class BootstrapParameters(RunParameters):
    """The parameters of one run. The appliance is that of the administrator.

    :ivar user: the user that the playbooks use; likewise password
    :ivar playbooks: the playbooks that it shall run; likewise measures and options (:mod:`..rights`)
    :ivar remove: remove the account
    """

    user: str
    password: str = field(repr=False)
    playbooks: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    api_only: bool = True
    rotate_password: bool = False
    adopt: bool = False
    remove: bool = False
    unsaved: Unsaved = Unsaved.REFUSE

    def require_usable(self) -> None:
        """:raises InvalidInput: where name or password of the user cannot be used"""
        self.wanted(partitions=False).require_usable(self.appliance.name, self.appliance)

    def wanted(self, *, partitions: bool) -> WantedAccount:
        """Return the account.

        :param partitions: the appliance has admin partitions
        """
        options = [*self.options, *(["partitions"] if partitions else [])]
        rights = [] if self.remove else needed_rights(self.playbooks, self.measures, dict.fromkeys(options))
        return WantedAccount(self.user, self.password, tuple(command_patterns(rights)), self.api_only)


@dataclass(frozen=True)
class BootstrapPlan:
    """What is to be done on one appliance.

    :ivar must_save: something of the account is not saved
    :ivar foreign_lines: the unsaved changes of others
    """

    wanted: WantedAccount
    found: FoundAccount
    steps: tuple[AccountStep, ...]
    must_save: bool = False
    foreign_lines: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return bool(self.steps) or self.must_save

    @property
    def lines(self) -> list[str]:
        """The commands."""
        return [step.line for step in self.steps]

    @property
    def undo(self) -> list[str]:
        """The commands that undo the steps, in their order."""
        return [step.undo for step in reversed(self.steps) if step.undo]


@dataclass
class BootstrapResult:
    """How far a run came.

    :ivar done: the steps that were sent
    :ivar saved: None where nothing had to be saved
    :ivar not_covered: the nodes on which it was not read, as sentences
    """

    plan: BootstrapPlan
    done: list[AccountStep] = field(default_factory=list)
    saved: bool | None = None
    not_covered: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Bootstrap:
    """One run on one open connection of the administrator."""

    def __init__(self, connection: Connection, parameters: BootstrapParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name

    # -- the plan -----------------------------------------------------------------------------------------------------

    def plan(self) -> BootstrapPlan:
        """Find out what to do. It reads, and logs on once as the user where the user exists.

        :raises Refused: where user or command policies are not ours, the password is another one, or others have unsaved changes
        """
        parameters, connection = self.parameters, self.connection
        parameters.require_usable()
        if connection.is_cluster:
            raise Refused(f"{self.where}: {CLUSTER}. Nothing was changed.")
        partitions = read_partitions(connection.primary)
        if partitions is None:
            raise Refused(
                f"{self.where}: whether there are admin partitions cannot be read (allow: show ns partition)."
            )
        wanted = parameters.wanted(partitions=bool(partitions))
        found = read_account(connection.primary, wanted)
        if found.user is not None:
            accepted = accepts_password(parameters.appliance, wanted, connection.primary.node)
            found = replace(found, logs_on=accepted)
        self._require_ours(found, wanted)
        steps = self._steps(found, wanted)
        lines = self._unsaved_lines(connection.primary)
        own = [line for line in lines if is_of(line, wanted)]
        foreign = [line for line in lines if line not in own]
        plan = BootstrapPlan(wanted, found, tuple(steps), bool(own), tuple(foreign))
        if plan.writes and foreign and parameters.unsaved == Unsaved.REFUSE:
            more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
            raise Refused(
                f"{self.where}: somebody else has unsaved changes, which a save would save too: {'; '.join(foreign[:SHOWN])}{more}. Have them "
                f"saved or undone, or save them first: {option_for(self.where, '-e unsaved=save_first')}. Nothing was changed."
            )
        return replace(
            plan, remarks=(*check_lock(connection, parameters, writes=plan.writes), *connection.pair_remarks)
        )

    def _steps(self, found: FoundAccount, wanted: WantedAccount) -> list[AccountStep]:
        if self.parameters.remove:
            return steps_away(found, wanted)
        return steps_to(
            found,
            wanted,
            knows_interfaces=self.connection.build.branch >= API_ONLY_SINCE,
            rotate=self.parameters.rotate_password,
        )

    def _require_ours(self, found: FoundAccount, wanted: WantedAccount) -> None:
        """:raises Refused: where the account is of somebody else, or has another password"""
        parameters = self.parameters
        problem = problem_with(found, wanted, adopt=parameters.adopt)
        if not problem and found.logs_on is False and not parameters.rotate_password and not parameters.remove:
            problem = (
                f"the appliance does not accept netscaler_password for the user {wanted.name}: correct it, or make it the user's password: "
                f"{option_for(self.where, '-e rotate_password=true')}"
            )
        if problem:
            raise Refused(f"{self.where}: {problem}. Nothing was changed.")

    def _unsaved_lines(self, session: Session) -> list[str]:
        """:raises Refused: where the appliance does not show what is unsaved"""
        rows = session.read("nsconfig")
        if rows and is_changed(rows[0]) is False:
            return []
        lines = read_unsaved_lines(ConfigurationTexts(session))
        if lines is None:
            raise Refused(f"{session.where}: the appliance does not show what is not saved. Nothing was changed.")
        return lines

    # -- carrying it out ----------------------------------------------------------------------------------------------

    def carry_out(self, plan: BootstrapPlan) -> BootstrapResult:
        """Carry out a plan, read it back on each node, log on as the user, and save.

        :raises TourniquetError: with how far it came, if something fails
        """
        result = BootstrapResult(plan)
        if not plan.writes:
            release_left_lock(self.connection, self.parameters)
            result.remarks += self.connection.lock_notes
            return result
        with held_lease(self.connection, self.parameters) as lease, lease.loss_told(lambda: _left(result)):
            self._require_as_planned(plan)
            self.connection.confirm_primary()
            self._save_others_first(plan, lease)
            try:
                self._write(plan, lease, result)
                self._read_back(plan, result)
                self._save(plan, lease, result)
            except TourniquetError as error:
                raise TourniquetError(f"{error}. {_left(result)}") from error
        result.remarks += lease.lock.notes
        return result

    def _require_as_planned(self, plan: BootstrapPlan) -> None:
        """:raises Refused: where the account was changed between the plan and the lease"""
        found = replace(read_account(self.connection.primary, plan.wanted), logs_on=plan.found.logs_on)
        if found != plan.found:
            raise Refused(
                f"{self.where}: the account was changed between the plan and the lock. Run the same playbook again. Nothing was changed."
            )

    def _save_others_first(self, plan: BootstrapPlan, lease: HeldLease) -> None:
        if plan.foreign_lines and self.parameters.unsaved == Unsaved.SAVE_FIRST:
            problem = save_on_primary(self.connection, lease.confirm)
            if problem:
                raise TourniquetError(f"{problem}. Nothing of ours was changed (unsaved: save_first).")

    def _write(self, plan: BootstrapPlan, lease: HeldLease, result: BootstrapResult) -> None:
        session = self.connection.primary
        for step in plan.steps:
            self._send(lease, session, step, result)
        self.connection.confirm_primary()

    @staticmethod
    def _send(lease: HeldLease, session: Session, step: AccountStep, result: BootstrapResult) -> None:
        lease.confirm(session)
        try:
            session.write(step.method, step.path, step.body)
        except NitroError as error:
            plain = step.without_interface
            if plain is None or error.errorcode not in UNKNOWN_ATTRIBUTE_CODES:
                raise
            if plain.sets_something:
                lease.confirm(session)
                session.write(plain.method, plain.path, plain.body)
            result.remarks.append(
                f"{session.where}: this build does not know -allowedManagementInterface, so the user may log on to the command line too"
            )
            step = plain
        result.done.append(step)

    def _read_back(self, plan: BootstrapPlan, result: BootstrapResult) -> None:
        """Read the account on each node, and log on as the user.

        :raises TourniquetError: where a node does not have it
        """
        connection = self.connection
        sessions = [connection.primary] + ([connection.secondary] if connection.secondary else [])
        for session in sessions:
            left = _until(partial(self._left, session, plan, result), not_, SYNC_PATIENCE)
            if left:
                raise TourniquetError(f"{session.where}: it does not read back as done: {left[0].line} is missing")
            if not self.parameters.remove:
                trial = partial(logs_on, self.parameters.appliance, plan.wanted, session.node)
                problem = _until(trial, not_, SYNC_PATIENCE)
                if problem:
                    raise TourniquetError(f"{session.where}: the user {plan.wanted.name} cannot log on: {problem}")
        result.not_covered += connection.missing_nodes

    def _left(self, session: Session, plan: BootstrapPlan, result: BootstrapResult) -> list[AccountStep]:
        """Return the steps that a node still lacks; the password is tried by a log-on."""
        found = replace(read_account(session, plan.wanted), logs_on=True)
        if self.parameters.remove:
            return steps_away(found, plan.wanted)
        unknown = any("-allowedManagementInterface" in remark for remark in result.remarks)
        knows = self.connection.build.branch >= API_ONLY_SINCE and not unknown
        return steps_to(found, plan.wanted, knows_interfaces=knows, rotate=False)

    def _save(self, plan: BootstrapPlan, lease: HeldLease, result: BootstrapResult) -> None:
        if plan.foreign_lines and self.parameters.unsaved == Unsaved.APPLY_WITHOUT_SAVE:
            result.saved = False
            result.remarks.append("not saved, because others have unsaved changes (unsaved: apply_without_save)")
            return
        late = [line for line in self._unsaved_lines(self.connection.primary) if not is_of(line, plan.wanted)]
        if late:
            raise TourniquetError(
                f"{self.where}: somebody else changed the configuration in the meantime: {'; '.join(late[:SHOWN])}"
            )
        problem = save_on_primary(self.connection, lease.confirm)
        if problem:
            raise TourniquetError(problem)
        result.saved = True
        if self.connection.secondary is not None:
            self._save_secondary(self.connection.secondary, plan, lease)

    def _save_secondary(self, session: Session, plan: BootstrapPlan, lease: HeldLease) -> None:
        """Wait until the save has reached the secondary; if it does not, save there.

        :raises TourniquetError: where it is not saved there
        """
        lines = _until(partial(self._unsaved_lines, session), not_, SAVE_PATIENCE)
        if not lines:
            return
        foreign = [line for line in lines if not is_of(line, plan.wanted)]
        if foreign:
            raise TourniquetError(
                f"{session.where}: the secondary has unsaved changes of others, so nothing was saved there: {'; '.join(foreign[:SHOWN])}"
            )
        lease.confirm(session)
        problem = save_and_confirm(session, lease.confirm)
        if problem:
            raise TourniquetError(problem)


def _left(result: BootstrapResult) -> str:
    """Return how far a run came that has failed, and how it goes on, as sentences."""
    done = "; ".join(step.line for step in result.done) or "nothing"
    state = "saved" if result.saved else "not saved"
    return f"Done so far, and {state}: {done}. The same command continues: {_COMMAND}"


def is_of(line: str, wanted: WantedAccount) -> bool:
    """True if a differing line of ns.conf, with + or - in front, is about the account."""
    name = re.escape(wanted.name)
    forms = (rf'(?:add|set|bind) system user "?{name}"?', rf'(?:add|set) system cmdPolicy "?{name}(?:_[2-9])?"?')
    return re.match(rf"[+-] (?:{'|'.join(forms)})(?: |$)", line, re.IGNORECASE) is not None


def _until(read: Callable[[], Seen], is_enough: Callable[[Seen], bool], patience: float) -> Seen:
    """Read again until the result is enough, or so many seconds have passed."""
    waited = 0.0
    while not is_enough(seen := read()) and waited < patience:
        time.sleep(PAUSE)
        waited += PAUSE
    return seen
