# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows the progress of a fleet: on one screen at a terminal, and in a few lines elsewhere."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: Show a run on one screen, or in a few lines
description:
  - On a terminal it shows how far each wave is, how many appliances have which verdict, and which appliances failed, with the reason and the
    next action. Elsewhere, and where C(CI) is set or C(TERM=dumb), it prints a line for each wave. The page of
    P(tourniquet.netscaler.summary#callback) follows at the end.
  - With C(-v) it prints the whole plan of each appliance too; with C(-vvv) it is the callback P(ansible.builtin.default#callback). Tasks of
    others are always shown as that callback shows them.
  - The C(ansible.cfg) of Tourniquet chooses it. In your own, write C(stdout_callback = tourniquet.netscaler.progress).
version_added: 0.1.0
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - rich
"""

import atexit
import os
import sys
import time
from typing import Any

from ansible import constants
from ansible.plugins.callback.default import CallbackModule as DefaultCallback
from ansible.utils import color
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import begun_rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.progress import Progress, TaskEnd
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.line_width import columns, wrapped
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import (
    REFUSED,
    whole_result,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Shown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import is_report, shown_as

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
SUMMARY = "tourniquet.netscaler.summary"
WHOLE_RESULTS = 3  # the verbosity at which Ansible shows results whole


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
        self._ours = False

    def v2_playbook_on_start(self, playbook: Any) -> None:
        if os.environ.get("FORCE_COLOR") and not constants.ANSIBLE_NOCOLOR:
            color.ANSIBLE_COLOR = True
        if is_interactive() and not self._display.verbosity:
            # Drawn by events and not by a thread, which would exist while workers are forked.
            self._live = Live(console=Console(no_color=not color.ANSIBLE_COLOR), auto_refresh=False, transient=True)
            self._live.start()
            self._began = time.monotonic()
            atexit.register(self._stop, os.getpid())  # for Ctrl-C, of which Ansible tells a callback nothing
        else:
            super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self.progress.begin(play.get_name())
        self._play = play
        if self._display.verbosity:
            super().v2_playbook_on_play_start(play)
        self._draw(now=True)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        if shown_as(task.action) is Shown.ON_PAGE:
            self.progress.started(host.get_name())
            self._draw()

    # ``_result``, ``_host`` and ``_task`` have public names from ansible-core 2.20 on; these work on 2.19 as well.
    def v2_runner_on_ok(self, result: Any) -> None:
        report = next((value for name, value in result._result.items() if is_report(name)), None)
        if isinstance(report, list) and self._display.verbosity < WHOLE_RESULTS:
            for line in report:
                self._say(printable(str(line)))
        elif not self._takes(result):
            self._default("v2_runner_on_ok", result)
        elif _shown(result) is Shown.WAVES:
            self._decided(result._result)
        else:
            self._ended(result, TaskEnd.OK)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not self._takes(result, failed=True):
            self._default("v2_runner_on_failed", result, ignore_errors)
        else:
            held = "held" in result._result and _shown(result) is not Shown.WAVES
            word = TaskEnd.HELD if held else TaskEnd.REFUSED if result._result.get(REFUSED) else TaskEnd.FAILED
            # One that is ignored has failed too: a closing goes on to the others, and its last play fails for it.
            self._ended(result, word)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        if not self._takes(result, failed=True):
            self._default("v2_runner_on_unreachable", result)
        else:
            self._ended(result, TaskEnd.UNREACHABLE)

    def v2_on_file_diff(self, result: Any) -> None:
        """The whole plan of an appliance is shown on request only: the page of the fleet has the plans that differ."""
        if not self._takes(result):
            self._default("v2_on_file_diff", result)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        """A play of ours whose hosts are ``!all`` has nothing to do, as that of the node-local half without ``node_local``."""
        if self._play is None or list(self._play.hosts) != ["!all"]:
            super().v2_playbook_on_no_hosts_matched()

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        if not self._ours:
            self._default("v2_playbook_on_no_hosts_remaining")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._draw(now=True)
        self._stop(os.getpid())
        for line in self.progress.wave_lines(at_end=True):
            self._say(line)
        if not self._ours or self._display.verbosity:
            super().v2_playbook_on_stats(stats)

    def _stop(self, process: int) -> None:
        """Leave the last screen to the page at the end; a fork of Ansible has a copy of it, and leaves it alone."""
        if self._live is not None and os.getpid() == process:
            self._live.stop()
            self._live = None

    def _takes(self, result: Any, *, failed: bool = False) -> bool:
        """Return True if a result is shown on the screen, in the line of a wave or on the page at the end.

        :param failed: the page at the end names failures of other tasks as well
        """
        ours = _shown(result) is not Shown.AS_ANSIBLE
        taken = (
            ours or (failed and SUMMARY in constants.CALLBACKS_ENABLED)
        ) and self._display.verbosity < WHOLE_RESULTS
        self._ours |= taken
        return taken

    def _default(self, event: str, *arguments: Any) -> None:
        """Show an event as Ansible does, above the screen where there is one."""
        if self._live is None:
            getattr(super(), event)(*arguments)
            return
        self._live.stop()
        getattr(super(), event)(*arguments)
        self._live.start()

    def _ended(self, result: Any, word: TaskEnd) -> None:
        self._handle_warnings(result._result)
        if _shown(result).is_once and word == TaskEnd.OK:
            return
        self.progress.ended(result._host.get_name(), word, whole_result(result._result))
        if self._display.verbosity:
            self._show_whole(result, word)
        if self._live is None:
            for line in self.progress.wave_lines():
                self._say(line)
        self._draw()

    def _show_whole(self, result: Any, word: TaskEnd) -> None:
        """Show the whole plan of an appliance."""
        prepared = (result._result.get("diff") or {}).get("prepared", "")
        end = "changed" if word == TaskEnd.OK and result._result.get("changed") else word
        for line in [f"{end}: [{result._host.get_name()}]", *prepared.splitlines()]:
            self._display.display(line)

    def _say(self, line: str) -> None:
        for part in wrapped(line, columns()):
            self._display.display(part)

    def _decided(self, result: dict[str, Any]) -> None:
        if rollout := begun_rollout(result):
            try:
                self.progress.decide(rollout.course().waves)
            except InvalidInput as error:
                self._display.warning(printable(str(error)))
        self._draw(now=True)

    def _draw(self, *, now: bool = False) -> None:
        at = time.monotonic()
        if self._live is not None and (now or at - self._drawn >= REFRESH_INTERVAL):
            self._drawn = at
            self._live.update(screen(self.progress, at - self._began), refresh=True)


def _shown(result: Any) -> Shown:
    """Return how the result of a task is shown."""
    return shown_as(str(result._task.action))


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
    "v2_runner_on_skipped",
    "v2_runner_item_on_ok",
    "v2_runner_item_on_failed",
    "v2_runner_item_on_skipped",
    "v2_playbook_on_include",
    "v2_runner_retry",
    "v2_playbook_on_notify",
):
    setattr(CallbackModule, _name, _silent(_name))
