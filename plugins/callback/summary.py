# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The summary of a run: one line per appliance, and what to do next."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summary
type: aggregate
short_description: Prints one line per appliance at the end of a run
description:
  - Shows the verdict of each appliance, what changed, and the one next action. Appliances that failed or could not be reached
    come first, with their reason. The default output stays as it is.
version_added: 0.1.0
requirements:
  - Enable it with C(callbacks_enabled = tourniquet.netscaler.summary) in C(ansible.cfg).
options:
  report:
    description: A file to write the result of every appliance to, as one JSON object by host. Empty writes none.
    type: str
    default: ""
    env:
      - name: TOURNIQUET_REPORT
    ini:
      - section: tourniquet
        key: report
"""

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

ACTIONS = tuple(f"tourniquet.netscaler.{action}" for action in ("apply", "status", "rollback", "audit"))
COLOURS = {0: "green", 1: "yellow", 2: "red", 3: "red"}


class CallbackModule(CallbackBase):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "tourniquet.netscaler.summary"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[str, dict[str, Any]] = {}
        self.problems: dict[str, str] = {}

    # ``_result``, ``_host`` and ``_task`` have public names from ansible-core 2.20 on; these work on 2.19 as well.
    def _take(self, result: Any, problem: str = "") -> None:
        host, action = result._host.get_name(), str(result._task.action)
        if action in ACTIONS:
            self.results[host] = {**result._result, "action": action.rpartition(".")[2]}
        if problem:
            # A failure of some other task is told as well; it does not take the place of the verdict.
            self.results.setdefault(host, {})
            text = str(result._result.get("msg", "")).removeprefix("Task failed: ").removeprefix("Action failed: ")
            self.problems[host] = f"{problem}: {text}"

    def v2_runner_on_ok(self, result: Any) -> None:
        self._take(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._take(result, "" if ignore_errors else "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._take(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._write_report()
        if not self.results:
            return
        width = max(len(host) for host in self.results)
        self._display.banner("TOURNIQUET")
        for host in sorted(self.results, key=lambda host: (host not in self.problems, host)):
            self._show(host, width, self.results[host])

    def _write_report(self) -> None:
        path = self.get_option("report")
        if not path:
            return
        values = {
            host: {**result, "problem": self.problems.get(host, "")} for host, result in sorted(self.results.items())
        }
        temporary = Path(f"{path}.{os.getpid()}.tmp")
        temporary.touch(mode=0o600)  # it holds what the appliances' start-up files say
        temporary.write_text(json.dumps(values, indent=1, default=str), encoding="utf-8")
        temporary.replace(path)

    def _show(self, host: str, width: int, result: dict[str, Any]) -> None:
        verdict, problem = result.get("verdict"), self.problems.get(host)
        build = result.get("appliance", {}).get("build", "")
        words = f"{verdict['word']}: {verdict['reason']}" if verdict else (problem or result.get("msg", ""))
        colour = "red" if problem else COLOURS.get((verdict or {}).get("exit_code", 0), "red")
        changes = "" if problem else changes_text(result)
        columns = [host.ljust(width), build.ljust(11), changes.ljust(16), words]
        self._display.display("  ".join(columns).rstrip(), color=colour)
        lines = [problem] if problem and verdict else []
        if verdict:
            lines += hits_text(result)
            lines += details(verdict, result.get("verdict_today") or verdict)
        lines += [f"note: {note}" for note in result.get("notes", [])]
        for line in lines:
            self._display.display(f"{'':<{width}}    {line}")


def details(verdict: dict[str, Any], today: dict[str, Any]) -> list[str]:
    """What stands below a verdict: today's, what is not covered, and what to do next."""
    lines = []
    if today["word"] != verdict["word"]:
        lines.append(f"today: {today['word']}: {today['reason']}")
    if verdict["missing"]:
        lines.append("not covered: " + "; ".join(verdict["missing"]))
    if verdict["next_action"] not in ("none", ""):
        lines.append(f"next: {verdict['next_action']}")
    return lines


def changes_text(result: dict[str, Any]) -> str:
    """How many changes were or would be made; a status only says how many it would take."""
    if "steps" not in result:
        return ""
    number = len(result["steps"])
    text = "no changes" if not number else f"{number} change{'s' if number > 1 else ''}"
    return f"needs {text}" if result.get("action") == "status" and number else text


def hits_text(result: dict[str, Any]) -> list[str]:
    """How often our policies were hit, where they are in place."""
    undefined = result.get("undefined_hits", {})
    return [
        f"{policy}: {hits} hits" + (f", {undefined[policy]} undefined" if undefined.get(policy) else "")
        for policy, hits in result.get("hits", {}).items()
    ]
