# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prints the page at the end of a run: the verdicts, the failures with their next actions, and the totals."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summary
type: aggregate
short_description: Print one page at the end of a run
description:
  - Appliances with the same result are one paragraph, what no verdict covers is stated once for the fleet, appliances that failed, could not
    be reached or were held come last with their reason and the next action, and the last line has the totals.
  - With C(-v) all names and all lines are shown. The report has all results.
  - It is shown too where a run is ended by Ctrl-C, with what was under way and how to go on.
version_added: 0.1.0
requirements:
  - Enable it with C(callbacks_enabled = tourniquet.netscaler.summary) in C(ansible.cfg).
options:
  report:
    description:
      - A directory for the report of the run as JSON, CSV and one HTML page, for Prometheus, and for each customer as VEX. It is created where it
        does not exist; the files of another playbook stay. Empty writes none. The variable C(tourniquet_report) has precedence.
      - A name that ends in C(.json), or that of an existing file, is the file of the results alone, as one JSON object by host.
    type: str
    default: ""
    env:
      - name: TOURNIQUET_REPORT
    ini:
      - section: tourniquet
        key: report
"""

import atexit
import io
import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.demo_inventory import (
    DEMO,
    inventory_is_the_demo,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.interruption import end_as_by_ctrl_c
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.report_of_run import ReportOfRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.run_form import run_form
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.run_variables import REPORT, RunVariables
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import (
    printable,
    printable_lines,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.line_width import (
    columns,
    cut,
    fitted,
    wrapped,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import (
    PageRun,
    Totals,
    end_page,
    totals,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import (
    INDENT as NEXT_COMMANDS,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import (
    RunForm,
    lines_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.run_results import (
    HOW_TO_GO_ON,
    NOTHING_BEGUN,
    RunResults,
    TaskResult,
    take,
)

PASTE = "next, as lines to paste:"
COMMANDS = " " * 4
"""The indentation of the commands of a plan, which are cut on a terminal; the plans and -v have them whole."""
COPIED = re.compile(r" +(?:[+~-]|undo:|(?:un)?bind|add|rm|set) ")
"""The beginning of a line that is a command a person may copy."""


def show_each_line_at_once() -> None:
    """Pass each line on as it is written, into a file or a pipe too: ansible-core flushes only at its end, so that nobody could follow a long run."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


class CallbackModule(CallbackBase):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "tourniquet.netscaler.summary"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.run = RunResults()
        self.playbook = ""
        self.variables = RunVariables()
        self.started = datetime.now(UTC)
        self._began = time.monotonic()
        self._ended = False

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Ansible tells a callback neither of Ctrl-C nor of its own errors: the page is then shown when the process ends."""
        self.playbook = Path(str(playbook._file_name)).stem
        if inventory_is_the_demo(context.CLIARGS.get("inventory") or (), sys.argv, os.environ):
            self._display.display(DEMO, color="yellow")
        show_each_line_at_once()
        end_as_by_ctrl_c()
        atexit.register(self._show_interrupted, os.getpid())

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self.variables.add_play(play)

    # ``_result``, ``_host`` and ``_task`` have public names from ansible-core 2.20 on; these work on 2.19 as well.
    def _take(self, result: Any, problem: str = "") -> None:
        is_check = bool(getattr(result._task, "check_mode", False))
        host, action = result._host.get_name(), str(result._task.action)
        lines = take(self.run, TaskResult(host, action, result._result, problem, is_check))
        if lines:
            self._show_fleet(lines)

    def _show_fleet(self, lines: Iterable[str]) -> None:
        self._display.banner("FLEET")
        width = None if self._display.verbosity else columns()
        for line in lines:
            whole = not line.startswith(COMMANDS) or line.startswith(f"{COMMANDS}undo:")
            for part in wrapped(line, width) if whole else [cut(line, width)]:
                self._display.display(part)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._take(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        refused = self.run.is_refusal(result._host.get_name(), result._result)
        kind = "held" if "held" in result._result else "refused" if refused else "failed"
        self._take(result, kind if kind == "held" or not ignore_errors else "")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._take(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._ended = True
        self._hold_the_rest()
        self._write_report()
        pages = self.run.own_pages()
        for page in pages:
            self._show_lines(
                page.verb.upper(), page.make(), lines_of(self._form(), page.commands) if page.commands else ()
            )
        if pages or not self.run.results:
            return
        if self.run.plans:
            self._show_lines("PLAN", self.run.plans)
        if self.run.page:
            self._show_fleet(
                [*self.run.page, f"  the plans are in {self.run.rollout.directory if self.run.rollout else ''}"]
            )
        self._show_page(self.run.next_action, exit_code(stats))

    def _show_lines(self, title: str, lines: Iterable[str], commands: Sequence[str] = ()) -> None:
        """Show a page of lines, each broken where the terminal is narrower; a command that a person may copy is not.

        :param commands: those of the next actions, which stand in front of the totals
        """
        self._display.banner(title)
        width, every = columns(), [*lines]
        for number, line in enumerate(every, 1):
            if number == len(every):
                for command in [PASTE, *commands] if commands else ():
                    self._display.display(printable(command))
            whole = COPIED.match(line) is not None
            for part in wrapped(printable(line), None if whole else width):
                self._display.display(part)

    def _show_interrupted(self, process: int) -> None:
        """Show what was done and what is held, where the run ended before its end."""
        if self._ended or not self.run.results or os.getpid() != process:
            return
        if self.run.has_begun:
            self._hold_the_rest(is_interrupted=True)
        self.run.name_the_way_on(self.playbook)
        self._write_report()
        self._show_page(HOW_TO_GO_ON if self.run.has_begun else NOTHING_BEGUN)

    def _show_page(self, next_action: str, code: int | None = None) -> None:
        verbose = bool(self._display.verbosity)
        page = PageRun(
            self.run.results, self.run.problems, planned=bool(self.run.page), verbose=verbose, form=self._form()
        )
        self._display.banner("TOURNIQUET")
        width = columns()
        for line in end_page(page):
            whole = line.text.startswith(NEXT_COMMANDS)  # a command that a person pastes is one line
            for part in wrapped(printable_lines(line.text), None if whole else width):
                self._display.display(part, color=line.colour)
        for part in fitted([printable_lines(next_action)] if next_action else [], width):
            self._display.display(part, color="yellow")
        for text in lines_of(page.form, self.run.next_commands):
            self._display.display(printable_lines(text))
        total = totals(page, Totals(time.monotonic() - self._began, code, checked=self.run.only_checked))
        for part in wrapped(total.text, width):
            self._display.display(part, color=total.colour)

    def _form(self) -> RunForm | None:
        inventory = self.variables.inventory_of_run
        return None if inventory is None else run_form(context.CLIARGS, sys.argv, inventory)

    def _hold_the_rest(self, *, is_interrupted: bool = False) -> None:
        try:
            self.run.hold_the_rest(is_interrupted=is_interrupted)
        except InvalidInput as error:
            self._display.warning(printable(str(error)))

    def _write_report(self) -> None:
        """Write the report. A failure is shown, and does not change the result."""
        path = self.variables.value(REPORT) or self.get_option("report") or ""
        say, warn = self._display.display, self._display.warning
        report = ReportOfRun(self.run, self.variables, self.playbook, self.started, say, warn, self._form())
        for problem in report.problems_of(path):
            self._display.warning(printable(problem))


def exit_code(stats: Any) -> int:
    """Return the exit code of ansible-playbook for the statistics of a run."""
    return 4 if stats.dark else 2 if stats.failures else 0
