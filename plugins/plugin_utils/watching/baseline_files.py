# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a watch on the control node: the state that a person accepted, and the one that the last run showed. Only their owner may read them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import (
    read_privately,
    write_privately,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.watching.comparison import place_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.watching.places import Holds
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.watching.state import State


@dataclass(frozen=True)
class BaselineFiles:
    """The two files of one appliance."""

    directory: Path
    appliance: str

    @property
    def accepted(self) -> Path:
        return self.directory / f"{unique_name(self.appliance)}.accepted.json"

    @property
    def shown(self) -> Path:
        return self.directory / f"{unique_name(self.appliance)}.shown.json"

    def read(self, path: Path) -> State | None:
        """Return the state in a file; None where there is no file.

        :raises InvalidInput: where somebody else may have written it, or it is no state of this appliance
        """
        try:
            state = State.of_json(read_privately(path))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{self.appliance}: {path} cannot be read ({type(error).__name__})") from error
        except InvalidInput as error:
            raise InvalidInput(f"{self.appliance}: {path}: {error}") from error
        if state.appliance != self.appliance:
            raise InvalidInput(f"{self.appliance}: {path} is of {state.appliance}. Move it away.")
        return state

    def write(self, path: Path, state: State) -> None:
        """Replace a file.

        :raises Refused: where it cannot be written
        """
        try:
            write_privately(path, state.to_json())
        except OSError as error:
            raise Refused(
                f"{self.appliance}: {path} cannot be written ({error.strerror}). Name another directory with -e baselines=DIRECTORY."
            ) from error

    def accept(self, state: State, who: str, *, write: bool = True) -> None:
        """Accept a state that the run before has shown.

        :param write: False only checks whether it could be accepted
        :raises Refused: where it has not shown it
        """
        shown = self.read(self.shown)
        if shown is None:
            raise Refused(
                f"{self.appliance}: nothing was shown yet that could be accepted. Run watch.yml without accept first."
            )
        if fingerprint(shown) != fingerprint(state):
            raise Refused(
                f"{self.appliance}: it has changed since it was shown. Run watch.yml without accept, and look at it again."
            )
        if write:
            self.write(self.accepted, replace(state, accepted_by=who))


def fingerprint(state: State) -> str:
    """Return what two states have in common that are the same to a person: temporary files and data of users come and go."""
    nodes = {
        address: (
            node.build,
            {
                path: (file.sha256, file.size if not file.sha256 else 0, file.is_directory)
                for path, file in node.files.items()
                if place_of(path).holds not in (Holds.TEMPORARY, Holds.USER_DATA) or file.is_code
            },
        )
        for address, node in state.nodes.items()
    }
    text = json.dumps([nodes, dict(state.configuration)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
