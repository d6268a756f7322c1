# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure on the secondary of a pair, compared with the primary: what the secondary lacks is lost in a failover."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import ResolvedParameters
from ...change.execution.secondary import compare_secondary, save_secondary, wait_for_secondary
from ...change.execution.write_permission import ConfirmLease
from ...change.planning.drift import SecondaryComparison
from ...change.records.change_record import ChangeRecord
from ...foundation.errors import TourniquetError
from ...judgement.inspection.facts import MeasureState
from ...judgement.proof.grounds import Presence


class MeasureOnSecondary:
    """Compares and saves the secondary of one open connection.

    :ivar comparison: the last comparison; None if there is no secondary, or nothing of ours on the primary
    :ivar problem: why the secondary cannot be used in this partition, or ""
    """

    def __init__(self, connection: Connection, parameters: ResolvedParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.comparison: SecondaryComparison | None = None
        self.problem = connection.secondary_problem
        self._read_back: tuple[MeasureState, int] | None = None

    @property
    def needs_save(self) -> bool:
        """True if the secondary has what the primary has, and would lose it in a reboot."""
        return self.comparison is not None and bool(self.comparison.unsaved) and not self.comparison.drift

    @property
    def differences(self) -> tuple[str, ...]:
        """The differences of its running and of its saved configuration, in words."""
        return () if self.comparison is None else (*self.comparison.drift, *self.comparison.unsaved)

    def compare(
        self,
        state: MeasureState,
        is_enough: Callable[[SecondaryComparison], bool] | None = None,
        *,
        saved: bool = True,
        is_running: bool = False,
    ) -> None:
        """Compare the secondary with the state of the measure on the primary.

        :param is_enough: compare again until this is true, up to a limit
        :param saved: compare the saved configuration too
        :param is_running: its running configuration was read back, and need not be read again
        """
        session = self.connection.secondary
        self.comparison = None
        if session is None or state.presence == Presence.ABSENT or self.problem:
            return
        ours, saved = state.configuration, saved and self.parameters.measure.traits.saving.is_saved
        try:
            if is_enough is None:
                self.comparison = compare_secondary(session, self.parameters, ours, saved=saved)
            else:
                self.comparison = wait_for_secondary(
                    session, self.parameters, ours, is_enough, saved=saved, is_running=is_running
                )
        except TourniquetError as error:
            self.comparison = SecondaryComparison(session.node.host, unreadable=str(error))

    def read_back(self, state: MeasureState) -> None:
        """Wait until the secondary has what was written to the primary, and compare its running configuration."""
        self.compare(state, lambda seen: not seen.drift, saved=False)
        session, seen = self.connection.secondary, self.comparison
        is_same = seen is not None and not (seen.drift or seen.unreadable)
        self._read_back = (state, session.logins) if session is not None and is_same else None

    def _was_read_back(self, state: MeasureState) -> bool:
        """Return True if it had all that is ours after the writes, and was not restarted since: a restart ends the session.

        A save does not change what runs.
        """
        session = self.connection.secondary
        if session is None or self._read_back is None:
            return False
        read, logins = self._read_back
        return read is state and logins == session.logins

    def save(self, state: MeasureState, records: Sequence[ChangeRecord], confirm_lease: ConfirmLease) -> str:
        """Wait until the save on the primary reaches the secondary; save there if it does not.

        :param records: the records of our runs, which explain the features that they enabled
        :param confirm_lease: called directly before a save there
        :returns: why it is not saved there, or ""
        """
        session = self.connection.secondary
        is_running = self._was_read_back(state)
        self.compare(state, _is_saved_or_differs, is_running=is_running)
        if is_running and not self._was_read_back(state):
            self.compare(state, _is_saved_or_differs)
        if session is None or not self.needs_save:
            return ""
        problem = save_secondary(session, self.parameters, records, confirm_lease)
        self.compare(state)
        return problem


def _is_saved_or_differs(seen: SecondaryComparison) -> bool:
    """Return True where waiting for the save to reach it brings nothing more."""
    return not seen.unsaved or bool(seen.drift)
