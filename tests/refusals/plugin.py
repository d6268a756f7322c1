# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``REFUSALS=1 pytest ...``: fail if a refusal of the engine is not reached by a test, and is not named in ``UNREACHABLE``.

Only tests in the processes of pytest count, so a refusal needs a unit or an engine test; playbooks run in processes of their own.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pytest

from tests.refusals.marking import Marks
from tests.refusals.statements import UNREACHABLE, Refusal, refusals

OUTPUT = "refusals"


class Refusals:
    """Collects the refusals that are reached, from the worker processes too."""

    def __init__(self) -> None:
        self.marks = Marks()
        self.marks.install()

    @cached_property
    def all(self) -> list[Refusal]:
        return sorted(refusals())

    @property
    def unreached(self) -> list[Refusal]:
        return [one for one in self.all if (one.module, one.line) not in self.marks.reached]

    @property
    def wrong(self) -> list[str]:
        """Return the refusals that no test reaches without an excuse, and the excuses that are out of date."""
        missing = self.unreached
        stale = (key for key in UNREACHABLE if not any(one.is_meant(key) for one in missing))
        return [
            *(f"no test reaches {one}" for one in missing if not one.excuse),
            *(f"{module}: {part!r} is reached or gone: take it out of UNREACHABLE" for module, part in stale),
        ]

    def pytest_testnodedown(self, node: Any) -> None:
        self.marks.reached |= {(module, line) for module, line in getattr(node, "workeroutput", {}).get(OUTPUT, ())}

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[OUTPUT] = sorted(self.marks.reached)
        elif exitstatus == pytest.ExitCode.OK and self.wrong:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        missing = self.unreached
        terminalreporter.section("refusals")
        terminalreporter.write_line(f"{len(self.all) - len(missing)} of {len(self.all)} are reached by a test")
        for line in [*(f"{one}\n    {one.excuse}" for one in missing if one.excuse), *self.wrong]:
            terminalreporter.write_line(f"  {line}")

    def pytest_unconfigure(self) -> None:
        self.marks.remove()
