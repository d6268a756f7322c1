# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runs of a night on the measure of a second weakness, of which each is as that on the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure

from tests.nights.world import BEHIND
from tests.stage.memory import CATALOGUE, Stage

Said = tuple[str, str]
FOLDER = CATALOGUE.parent / BEHIND.id
_WHOLE = load_entry_measure(FOLDER)
SECOND = replace(
    _WHOLE,
    traffic=replace(_WHOLE.traffic, cases=tuple(case for case in _WHOLE.traffic.cases if case.probe), variants=()),
)
"""The measure, judged by those requests only that are sent from outside too."""


class SecondRuns(Stage):
    @property
    def is_second(self) -> bool:
        """Return whether the run is one on the measure of the second weakness."""
        return self.entry == FOLDER

    @property
    def as_of(self) -> date:
        """Return the day of the catalogue."""
        return date(2021, 12, 13) if len(self.folders) > 1 else date(2020, 1, 15)

    @contextmanager
    def on_the_second(self) -> Iterator[None]:
        entry, mitigation = self.entry, self.mitigation
        self.entry, self.mitigation = FOLDER, SECOND
        try:
            yield
        finally:
            self.entry, self.mitigation = entry, mitigation


def _on_the_second(name: str) -> Callable[[Any], Said]:
    def run(operator: Any) -> Said:
        with operator.on_the_second():
            said: Said = getattr(operator, name)()
            return said

    return run


NAMES = ("apply", "observe", "verify", "undo", "after_fix", "retire", "apply_unsaved")
RUNS = tuple(f"{name}_2" for name in NAMES)
"""The names of its runs."""
for _name in NAMES:
    setattr(SecondRuns, f"{_name}_2", _on_the_second(_name))
