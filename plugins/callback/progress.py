# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows the progress of a whole fleet on one screen."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: Show the progress of a fleet on one screen
description:
  - In place of some lines for each appliance it shows how far each wave is, how many appliances have which verdict, and which appliances
    failed, with the reason and the next action. The summary follows at the end.
  - Where the output is not a terminal, C(CI) is set or C(TERM=dumb), and with C(-v), it is the callback
    P(ansible.builtin.default#callback).
  - Enable it with C(ANSIBLE_STDOUT_CALLBACK=tourniquet.netscaler.progress).
version_added: 0.1.0
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - rich
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback.default import CallbackModule as DefaultCallback
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.progress import Progress, TaskEnd

try:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text
except ImportError:  # ansible-test imports every file without the requirements
    HAS_RICH = False
else:
    HAS_RICH = True

REFRESH_INTERVAL = 0.2  # seconds
ROLLOUT = "tourniquet.netscaler.rollout"
ONCE = (ROLLOUT, "tourniquet.netscaler.bake")


def is_interactive() -> bool:
    """True if the output is a terminal that can be redrawn, and the package that draws is installed."""
    return HAS_RICH and sys.stdout.isatty() and not os.environ.get("CI") and os.environ.get("TERM", "dumb") != "dumb"


def screen(progress: Progress, seconds: float) -> Group:
    """Return the content of the screen."""
    waves = Table(box=None, padding=(0, 2), title=Text(f"{progress.title}   {seconds:.0f} s"), title_justify="left")
    for title in ("", "done", "at work", "changed", "failed", "held"):
        waves.add_column(title, justify="left" if not title else "right")
    for row in progress.wave_rows():
        waves.add_row(*row, style="red" if row[4] != "0" else "")
    lines = [Text(f"  {count:>5}  {word}", style=colour) for count, word, colour in progress.verdict_rows()]
    failures = Table(box=None, padding=(0, 2), show_header=False)
    for host, text in progress.failure_rows():
        failures.add_row(Text(host), Text(text, style="red"))
    return Group(waves, *lines, *([failures] if failures.row_count else []))


class CallbackModule(DefaultCallback):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "tourniquet.netscaler.progress"

    def __init__(self) -> None:
        super().__init__()
        self.progress = Progress()
        self._live: Live | None = None
        self._began = self._drawn = 0.0

    def v2_playbook_on_start(self, playbook: Any) -> None:
        if is_interactive() and not self._display.verbosity:
            # Drawn by events and not by a thread, which would exist while workers are forked.
            self._live = Live(console=Console(), auto_refresh=False, transient=False)
            self._live.start()
            self._began = time.monotonic()
        else:
            super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        if self._live is None:
            super().v2_playbook_on_play_start(play)
        else:
            self.progress.begin(play.get_name())
            self._draw(now=True)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        if self._live is None:
            super().v2_runner_on_start(host, task)
        elif task.action not in ONCE:
            self.progress.started(host.get_name())
            self._draw()

    # ``_result``, ``_host`` and ``_task`` have public names from ansible-core 2.20 on; these work on 2.19 as well.
    def v2_runner_on_ok(self, result: Any) -> None:
        if self._live is None:
            super().v2_runner_on_ok(result)
        elif str(result._task.action) == ROLLOUT:
            self._decided(result._result)
        else:
            self._ended(result, TaskEnd.OK)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if self._live is None:
            super().v2_runner_on_failed(result, ignore_errors)
        else:
            held = "held" in result._result and str(result._task.action) != ROLLOUT
            self._ended(result, TaskEnd.OK if ignore_errors else TaskEnd.HELD if held else TaskEnd.FAILED)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        if self._live is None:
            super().v2_runner_on_unreachable(result)
        else:
            self._ended(result, TaskEnd.UNREACHABLE)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if self._live is None:
            super().v2_playbook_on_stats(stats)
        else:
            self._draw(now=True)
            self._live.stop()

    def _ended(self, result: Any, word: TaskEnd) -> None:
        if str(result._task.action) in ONCE and word == TaskEnd.OK:
            return
        self.progress.ended(result._host.get_name(), word, result._result)
        self._draw()

    def _decided(self, result: dict[str, Any]) -> None:
        if result.get("verb") != "plan":
            try:
                self.progress.decide(Rollout(Path(result["directory"])).course().waves)
            except InvalidInput as error:
                self._display.warning(printable(str(error)))
        self._draw(now=True)

    def _draw(self, *, now: bool = False) -> None:
        at = time.monotonic()
        if self._live is not None and (now or at - self._drawn >= REFRESH_INTERVAL):
            self._drawn = at
            self._live.update(screen(self.progress, at - self._began), refresh=True)


def _silent(name: str) -> Any:
    """Return a handler that shows its event only where there is no screen."""
    shown = getattr(DefaultCallback, name)

    def event(self: CallbackModule, *arguments: Any, **named: Any) -> None:
        if self._live is None:
            shown(self, *arguments, **named)

    return event


for _name in (
    "v2_playbook_on_task_start",
    "v2_playbook_on_handler_task_start",
    "v2_on_file_diff",
    "v2_runner_on_skipped",
    "v2_runner_item_on_ok",
    "v2_runner_item_on_failed",
    "v2_runner_item_on_skipped",
    "v2_playbook_on_include",
    "v2_runner_retry",
    "v2_playbook_on_notify",
):
    setattr(CallbackModule, _name, _silent(_name))
