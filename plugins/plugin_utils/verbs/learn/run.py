# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Learns whitelists for one appliance from recorded traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ...appliance.nitro.appliance import Appliance, Vip
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import texts_of
from ...appliance.object_reads.vserver_reads import read_vips
from ...catalogue.mitigation import load_mitigation
from ...change.records.records_folder import safe_name, unique_name
from ...foundation.errors import InvalidInput
from ...foundation.private_files import write_privately
from ...measures.registry import inventory_kinds
from ...recorded_traffic.learner import Learning, LearnParameters, coverage_text, learn, learning_lines, window_of
from ...recorded_traffic.path_counts import named_vips
from ...recorded_traffic.path_generaliser import LearningThreshold
from ...recorded_traffic.sources import require_known_vips
from ...recorded_traffic.whitelist_file import file_name, parse_file, render_index
from ..common.log_task import LogTask
from ..common.result import Result, file_diff
from ..deployment.deployment import today

INDEX = "whitelists.yml"


class LearnWhitelists(LogTask):
    """Learn whitelists from logs, into files on the control node. Nothing is written to the appliance."""

    def run(self) -> Result:
        appliance, options = self.appliance, self.options
        directory = _directory_of(Path(options["directory"]).expanduser(), appliance.name)
        exploit = _exploit_public(options)
        with (
            self._connected(appliance, options) as connection,
            self.files(connection) as (files, problems),
        ):
            known = read_vips(connection.primary) if connection is not None else appliance.vips or ()
            unusable = [] if connection is None else texts_of(connection.primary.unusable_names)
            vips = _chosen(appliance.name, known, options["vips"])
            require_known_vips(files, named_vips(known), appliance.name)
            parameters = self._parameters(appliance, options, vips, exploit, _read(directory, vips))
            learning = learn(files, parameters, self.progress("reading the logs"))
        changes = _changes(directory, learning)
        if not self.check_mode:
            for path, (_before, after) in changes.items():
                _write(path, after)
        own = {
            "files": [directory / file_name(one.vip.name) for one in learning.vips],
            "coverage": coverage_text(learning, parameters),
            "entries": {one.vip.name: one.paths.new for one in learning.vips},
            "attacks_passing": sum(learning.coverage.attacks_passed.values()),
            "report": [
                *learning_lines(learning, parameters),
                *(f"  not fetched: {problem}" for problem in problems),
                *(f"  left out: {text}" for text in unusable),
            ],
        }
        diff = [file_diff(path, before, after) for path, (before, after) in changes.items()]
        return Result(changed=bool(changes), msg=coverage_text(learning, parameters), own=own, diff=diff)

    def _parameters(
        self,
        appliance: Appliance,
        options: Mapping[str, Any],
        vips: tuple[Vip, ...],
        exploit: date | None,
        before: dict[str, str],
    ) -> LearnParameters:
        return LearnParameters(
            host=appliance.name,
            customer=appliance.customer,
            vips=vips,
            signatures=self.signatures(Path(options["catalogue"])),
            window=window_of(self.day_of("since"), self.day_of("until"), exploit),
            today=today(),
            threshold=LearningThreshold(options["clients"], options["days"]),
            coverage_days=options["coverage_days"],
            suffixes=options["suffixes"],
            before=before,
            workers=options["workers"],
        )

    @staticmethod
    @contextmanager
    def _connected(appliance: Appliance, options: Mapping[str, Any]) -> Iterator[Connection | None]:
        """Open a connection only where logs are fetched, or the inventory does not name the virtual servers."""
        if options["fetch"] or appliance.vips is None:
            with Connection(appliance) as connection:
                yield connection
        else:
            yield None


def _directory_of(directory: Path, host: str) -> Path:
    """Return the directory of a host's lists. One that an earlier version made for a name which is no file name stays in use."""
    own, old = directory / unique_name(host), directory / safe_name(host)
    if own == old or own.exists():
        return own
    lists = (path.read_text(encoding="utf-8", errors="replace") for path in old.glob(file_name("*")))
    return old if any(f" of {host}. " in text for text in lists) else own


def _exploit_public(options: Mapping[str, Any]) -> date | None:
    """Return the day on which the exploit of the named entry became public; None where none is named."""
    named = options["mitigation"] if options["mitigation"] not in inventory_kinds() else ""
    return load_mitigation(Path(options["catalogue"]) / named).exploit_public if named else None


def _chosen(host: str, vips: tuple[Vip, ...], names: Sequence[str]) -> tuple[Vip, ...]:
    """Return the virtual servers to learn for: those that are named, or all.

    :raises InvalidInput: where one does not exist
    """
    missing = sorted(set(names) - {vip.name for vip in vips})
    if missing or not vips:
        known = ", ".join(vip.name for vip in vips) or "none"
        raise InvalidInput(f"{host}: there is no virtual server {missing[0] if missing else ''}; there is: {known}")
    return tuple(vip for vip in vips if not names or vip.name in names)


def _read(directory: Path, vips: tuple[Vip, ...]) -> dict[str, str]:
    """Return the texts of the files of an earlier run, by virtual server."""
    found = {}
    for vip in vips:
        path = directory / file_name(vip.name)
        try:
            found[vip.name] = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise InvalidInput(f"{path}: cannot be read: {error}") from error
    return found


def _changes(directory: Path, learning: Learning) -> dict[Path, tuple[str, str]]:
    """Return the text before and after of each file that changes."""
    wanted = {directory / file_name(one.vip.name): one.text for one in learning.vips}
    texts = {path: path.read_text(encoding="utf-8") for path in directory.glob(file_name("*"))} | wanted
    lists = [parse_file(text, str(path)) for path, text in texts.items()]
    wanted[directory / INDEX] = render_index(str(one.settings["name"]) for one in lists if one.allows_anything)
    present = {path: path.read_text(encoding="utf-8") if path.exists() else "" for path in wanted}
    return {path: (present[path], text) for path, text in wanted.items() if present[path] != text}


def _write(path: Path, text: str) -> None:
    try:
        write_privately(path, text)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error}") from error


TASK = LearnWhitelists
