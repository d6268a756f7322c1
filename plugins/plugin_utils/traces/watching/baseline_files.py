# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a watch on the control node: the states that a person accepted, one for each build, and the one that the last run showed.

Only their owner may read them. Each is signed by the key of the control node, so that one that was changed or comes from elsewhere counts for nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from ...catalogue.record_trust import RecordTrust
from ...change.records.records_folder import unique_name
from ...foundation.errors import InvalidInput, Refused
from ...foundation.next_action import Command, advice
from ...foundation.private_files import read_privately, write_privately
from ..trace_rules.watched_directories import FOLLOWED, Holds, place_of
from .baseline_signature import signature_problem, signed_text
from .watched_state import WatchedState

_LOOK = Command("watch")


@dataclass(frozen=True)
class Baseline:
    """What a run compares with.

    :ivar state: None where there is none that counts
    :ivar problem: why a file that is there does not count; "" where all do
    :ivar is_earlier: it is of the build that runs, and the last one that a person accepted is of another build
    """

    state: WatchedState | None = None
    problem: str = ""
    is_earlier: bool = False


@dataclass(frozen=True)
class BaselineFiles:
    """The files of one appliance.

    :ivar trust: our key, and the keys of the control nodes whose files count
    """

    directory: Path
    appliance: str
    trust: RecordTrust

    @property
    def accepted(self) -> Path:
        """Return the file of the state that was accepted last."""
        return self.directory / f"{unique_name(self.appliance)}.accepted.json"

    def accepted_of(self, builds: str) -> Path:
        """Return the file of the state that was accepted last of these builds."""
        return self.directory / f"{unique_name(self.appliance)}.accepted.{unique_name(builds)}.json"

    @property
    def shown(self) -> Path:
        return self.directory / f"{unique_name(self.appliance)}.shown.json"

    def baseline(self, builds: str) -> Baseline:
        """Return what to compare with: the accepted state of the builds that run, else the one that was accepted last."""
        last = self._accepted(self.accepted)
        of_builds = self._accepted(self.accepted_of(builds)) if builds else Baseline()
        if of_builds.state is None:
            return of_builds if of_builds.problem else last
        is_earlier = last.state is not None and last.state.builds != builds
        return replace(of_builds, problem=last.problem, is_earlier=is_earlier)

    def read(self, path: Path) -> Baseline:
        """Return the state in a file, if its signature counts.

        :raises InvalidInput: where somebody else may have written it, or it is no state of this appliance
        """
        try:
            text = read_privately(path)
            state = WatchedState.of_json(text)
        except FileNotFoundError:
            return Baseline()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{self.appliance}: {path} cannot be read ({type(error).__name__})") from error
        except InvalidInput as error:
            raise InvalidInput(f"{self.appliance}: {path}: {error}") from error
        if state.appliance != self.appliance:
            raise InvalidInput(f"{self.appliance}: {path} is of {state.appliance}. Move it away.")
        problem = signature_problem(text, state, self.trust)
        return Baseline(None, f"{path} does not count, {problem}") if problem else Baseline(state)

    def write(self, path: Path, state: WatchedState) -> None:
        """Replace a file.

        :raises Refused: where it cannot be written
        :raises InvalidInput: where our key cannot be made or read
        """
        try:
            write_privately(path, signed_text(state, self.trust))
        except OSError as error:
            raise Refused(
                f"{self.appliance}: {path} cannot be written ({error.strerror}). Name another directory with -e baselines=DIRECTORY."
            ) from error

    def accept(self, state: WatchedState, who: str, *, write: bool = True) -> None:
        """Accept a state that the run before has shown, for the builds that it is of.

        :param write: False only checks whether it could be accepted
        :raises Refused: where it has not shown it
        """
        shown = self.read(self.shown)
        if shown.problem:
            raise Refused(
                advice(
                    f"{self.appliance}: nothing was accepted: {shown.problem}. Run watch.yml without accept first.",
                    _LOOK,
                )
            )
        if shown.state is None:
            raise Refused(
                advice(
                    f"{self.appliance}: nothing was shown yet that could be accepted. Run watch.yml without accept first.",
                    _LOOK,
                )
            )
        if fingerprint(shown.state) != fingerprint(state):
            raise Refused(
                advice(
                    f"{self.appliance}: it has changed since it was shown. Run watch.yml without accept, and look at it again.",
                    _LOOK,
                )
            )
        if write:
            by_person = replace(state, accepted_by=who)
            if state.builds:
                self.write(self.accepted_of(state.builds), by_person)
            self.write(self.accepted, by_person)

    def _accepted(self, path: Path) -> Baseline:
        """Return an accepted state. One that was only shown has a valid signature too, and does not count."""
        try:
            found = self.read(path)
        except InvalidInput as error:
            return Baseline(problem=str(error).removeprefix(f"{self.appliance}: "))
        if found.state is not None and not found.state.accepted_by:
            return Baseline(problem=f"{path} does not count, since nobody has accepted it")
        return found


def fingerprint(state: WatchedState) -> str:
    """Return what two states have in common that are the same to a person: temporary files and data of users come and go."""
    nodes = {
        address: (
            node.build,
            {
                path: (file.sha256, file.size if not file.sha256 else 0, file.is_directory)
                for path, file in node.files.items()
                if place_of(path, FOLLOWED).holds not in (Holds.TEMPORARY, Holds.USER_DATA) or file.is_code
            },
        )
        for address, node in state.nodes.items()
    }
    text = json.dumps([nodes, dict(state.configuration)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
