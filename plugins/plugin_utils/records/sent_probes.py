# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runs that sent probes and left no change record, such as a verify of an exposed appliance: by them a hunt knows the lines of these probes in the logs.

``<records>/<appliance>/probes.jsonl`` on the control node has a line for the beginning and one for the end of each. Only its owner may read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import (
    append_privately,
    read_privately,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import existing_folder, make_folder

FILE = "probes.jsonl"


@dataclass(frozen=True)
class SentProbes:
    """The probes of one run.

    :ivar run: its id, as in the User-Agent
    :ivar began: and ended, with their zone; ended is None where the run was killed
    """

    run: str
    began: datetime
    ended: datetime | None = None


@contextmanager
def noted_probes(directory: Path, host: str, run: str) -> Iterator[None]:
    """Note the beginning and the end of the probes of a run.

    :param directory: of the change records
    :raises InvalidInput: where they cannot be noted; at the beginning, so no probe is sent
    """
    began = datetime.now(UTC)
    _note(directory, host, SentProbes(run, began))
    try:
        yield
    finally:
        _note(directory, host, SentProbes(run, began, datetime.now(UTC)))


def sent_probes(directory: Path, host: str) -> tuple[SentProbes, ...]:
    """Return the runs of this control node that have noted their probes. A line that a crash has cut off counts for nothing.

    :raises InvalidInput: where the file cannot be read, or somebody else may write to it
    """
    folder = existing_folder(directory, host)
    if folder is None:
        return ()
    try:
        text = read_privately(folder / FILE, errors="replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InvalidInput(f"{host}: {folder / FILE} cannot be read ({error.strerror}). Make it readable.") from error
    found = {(one.run, one.began): one for line in text.splitlines() if (one := _parsed(line)) is not None}
    return tuple(found.values())


def _note(directory: Path, host: str, one: SentProbes) -> None:
    values = {"run": one.run, "began": one.began.isoformat(), "ended": one.ended.isoformat() if one.ended else ""}
    path = make_folder(directory, host) / FILE
    try:
        append_privately(path, json.dumps(values))
    except OSError as error:
        raise InvalidInput(
            f"{host}: the probes cannot be noted in {path} ({error.strerror}). Make it writable, or name another directory: -e records=..."
        ) from error


def _parsed(line: str) -> SentProbes | None:
    try:
        values = json.loads(line)
        began, ended = datetime.fromisoformat(values["began"]), values["ended"]
        one = SentProbes(str(values["run"]), began, datetime.fromisoformat(ended) if ended else None)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return None if None in (one.began.tzinfo, (one.ended or one.began).tzinfo) else one
