# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which files of an appliance the catalogue, the last hunt and the last watch name. Reads files of the control node only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...catalogue.entry import Indicator
from ...catalogue.entry_file import load_catalogue
from ...foundation.errors import InvalidInput
from ...judgement.exposure_reads.ledger_reading import read_hunt
from ...traces.evidence.named_files import NamedFiles, NamedPattern, paths_in
from ...traces.trace_rules.general_rules import HISTORIES
from ...traces.watching.baseline_files import BaselineFiles
from ...traces.watching.comparison import Comparison
from ...traces.watching.watched_state import WatchedState
from ..common.what_is_ours import trust_of

FILES = "files"
"""The kind of an indicator whose values are paths."""
IS_GONE = "is gone"


def named_files(appliance: str, options: Mapping[str, Any]) -> NamedFiles:
    """Return the files that are read before all others.

    :raises InvalidInput: where the file of a hunt cannot be used; nothing was sent
    """
    paths: dict[str, list[str]] = defaultdict(list)
    hunted = read_hunt(options["traces"] or "", appliance).examined
    for finding in hunted.findings if hunted else ():
        paths[finding.node] += paths_in(finding.where)
    problems: tuple[str, ...] = ()
    if options["baselines"]:
        try:
            problems = _add_changed(paths, appliance, options)
        except InvalidInput as error:  # evidence is not kept back by a file that nobody has asked for
            problems = (str(error).removeprefix(f"{appliance}: "),)
    entries = load_catalogue(Path(options["catalogue"]))
    of_entries = (pattern for entry in entries for indicator in entry.indicators for pattern in _patterns(indicator))
    patterns = dict.fromkeys((*of_entries, *map(NamedPattern, HISTORIES)))
    return NamedFiles(tuple(patterns), {node: tuple(found) for node, found in paths.items()}, problems)


def _patterns(indicator: Indicator) -> Iterator[NamedPattern]:
    """Yield what an indicator names: files, a directory where it is the name of one, and the places in which it looks."""
    for value in indicator.values if indicator.kind == FILES else indicator.places:
        is_whole = indicator.kind == FILES and "*" not in value.rpartition("/")[2]
        yield NamedPattern(value, indicator.excepts, is_whole)


def _add_changed(paths: dict[str, list[str]], appliance: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Add the paths that the last watch reports, and return why what it has seen does not count, as clauses.

    :raises InvalidInput: where a file of the watch cannot be read, or somebody else may have written it
    """
    files = BaselineFiles(Path(options["baselines"]).expanduser(), appliance, trust_of(options))
    shown = files.read(files.shown)
    if shown.state is None:
        return (shown.problem,) if shown.problem else ()
    accepted = files.baseline(shown.state.builds)
    for node, path in _changed(shown.state, accepted.state):
        paths[node].append(path)
    return (accepted.problem,) if accepted.problem else ()


def _changed(shown: WatchedState, accepted: WatchedState | None) -> Iterator[tuple[str, str]]:
    """Yield the node and the path of each file that a watch reports."""
    before = accepted.nodes if accepted else {}
    for node, state in shown.nodes.items():
        others = [one for nodes in (shown.nodes, before) for name, one in nodes.items() if name != node]
        for change in Comparison(shown.appliance, node, before.get(node), state, others).changes():
            if change.what != IS_GONE:
                yield node, change.path
