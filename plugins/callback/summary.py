# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prints the summary of a run: one line for each appliance, and the next action."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summary
type: aggregate
short_description: Print one line for each appliance at the end of a run
description:
  - Shows the verdict of each appliance, what changed, and the one next action. Appliances that failed or could not be reached
    come first, with their reason. The default output is not changed.
  - Of more than fifty appliances the first five of each kind are shown, and the others are named. Appliances are of one kind if they have the
    same verdict, the same kind of problem and the same number of changes. The report has all of them.
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

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.run_variables import (
    NOTIFY,
    REPORT,
    RunVariables,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import replace_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import PROJECT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.notifications.send import notify
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probe_hits import counter_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.run.content import (
    Run,
    report_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.run.files import (
    collection_version,
    is_directory,
    write_report,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.summary import names_text

ACTIONS = tuple(
    f"tourniquet.netscaler.{verb}"
    for verb in ("apply", "status", "rollback", "lockdown", "reopen", "audit", "impact", "learn")
)
UNDOING = ("rollback", "reopen")
MOST_DRIFT = 8
SHOWN_WHOLE = 50  # a fleet up to this size is shown whole; of a larger one, so many of each kind
SHOWN_OF_A_KIND = 5
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
        self.rollout: Rollout | None = None
        self.fleet: list[str] = []
        self.doctor: dict[str, Any] = {}
        self.planned: set[str] = set()
        self.playbook = ""
        self.variables = RunVariables()
        self.started = datetime.now(UTC)

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.playbook = Path(str(playbook._file_name)).stem

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self.variables.add_play(play)

    # ``_result``, ``_host`` and ``_task`` have public names from ansible-core 2.20 on; these work on 2.19 as well.
    def _take(self, result: Any, problem: str = "") -> None:
        host, action = result._host.get_name(), str(result._task.action)
        if action == "tourniquet.netscaler.rollout":
            self._take_rollout(result._result, problem)
            return
        if action == "tourniquet.netscaler.doctor_report" and "lines" in result._result:
            self.doctor = result._result
            return
        if problem == "held":
            self._hold(host, str(result._result["held"]))
            return
        if action in ACTIONS:
            self.results[host] = merged(self.results.get(host, {}), result._result, action.rpartition(".")[2])
            (self.planned.add if getattr(result._task, "check_mode", False) else self.planned.discard)(host)
        if problem:
            # A failure of another task is shown too, and does not replace the verdict.
            self.results.setdefault(host, {})
            text = str(result._result.get("msg", "")).removeprefix("Task failed: ").removeprefix("Action failed: ")
            self.problems[host] = f"{problem}: {text.removeprefix(f'{problem}: ')}"

    def _take_rollout(self, result: dict[str, Any], problem: str) -> None:
        """Show the page of the fleet: before its waves begin, or at the end where it was only planned."""
        if problem:
            why = "others are in the way" if "held" in result else "the rollout could not be decided"
            for host in result.get("held", self.results.keys() - self.problems.keys()):
                self._hold(host, f"{why}, so nothing was begun")
            return
        self.rollout = Rollout(Path(result["directory"]))
        if result["verb"] == "plan":
            self.fleet = result["summary"]
        else:
            self._show_fleet(result["summary"])

    def _show_fleet(self, lines: list[str]) -> None:
        self._display.banner("FLEET")
        for line in lines:
            self._display.display(line)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._take(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        held = "held" if "held" in result._result else ""
        self._take(result, held or ("" if ignore_errors else "failed"))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._take(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._hold_the_rest()
        self._write_report()
        if self.doctor:
            self._display.banner("DOCTOR")
            for line in self.doctor["lines"]:
                self._display.display(line)
        if self.doctor or not self.results:
            return
        width = max(len(host) for host in self.results)
        self._display.banner("TOURNIQUET")
        for shown, similar in one_by_one(self.results, self.problems):
            for host in shown:
                self._show(host, width, self.results[host])
            if similar:
                self._display.display(f"{'':<{width}}    and {len(similar)} more like these: {names_text(similar)}")
        for line in [*costs_text(self.results.values()), *unmatched_text(self.results.values())]:
            self._display.display(line, color="yellow")
        if self.fleet:
            self._show_fleet([*self.fleet, f"  the plans are in {self.rollout.directory if self.rollout else ''}"])

    def _hold_the_rest(self) -> None:
        """Report the appliances of later waves as held: where a whole wave fails, Ansible ends the play without them."""
        try:
            waiting = self.rollout.course().not_begun() if self.rollout else {}
        except InvalidInput as error:
            self._display.warning(printable(str(error)))
            return
        for host, reason in waiting.items():
            if host not in self.problems:
                self._hold(host, reason)

    def _hold(self, host: str, reason: str) -> None:
        """Report an appliance as held. Its last result is its plan, of which nothing was carried out."""
        self.results[host] = {**self.results.get(host, {}), "changed": False}
        self.problems[host] = f"held: {reason}"

    def _write_report(self) -> None:
        """Write the report, and send the notifications that are made of it. A failure of either is shown, and does not change the result."""
        path = str(self.variables.value(REPORT) or self.get_option("report") or "")
        problems = []
        try:
            if path:
                self._write_files(Path(path))
        except Exception as error:  # noqa: BLE001 - the summary is shown, whatever the report meets
            kind = "" if isinstance(error, OSError | InvalidInput) else f"{type(error).__name__}: "
            problems.append(f"the report was not written to {path}: {kind}{error}")
        try:
            settings = self.variables.by_groups(NOTIFY, {} if self.doctor else self.results)
            problems += notify(self._report(), settings) if any(settings.values()) else []
        except Exception as error:  # noqa: BLE001 - as above; the message could have a secret
            problems.append(f"nobody was notified: {type(error).__name__}")
        for problem in [*self.variables.problems, *problems]:
            self._display.warning(printable(problem))

    def _write_files(self, path: Path) -> None:
        if self.doctor:
            self._write_findings(path)
        elif is_directory(path):
            written = write_report(path, self._report())
            pages = [str(file) for file in written if file.suffix == ".html"]
            self._display.display(printable(f"The report is in {', '.join(pages)}"))
        else:
            self._write_results(path)

    def _write_results(self, path: Path) -> None:
        values = {
            host: {**result, "problem": self.problems.get(host, "")} for host, result in sorted(self.results.items())
        }
        # It holds lines of the appliances' start-up files: mode 0600.
        replace_file(path, json.dumps(values, indent=1, default=str))

    def _write_findings(self, path: Path) -> None:
        """Write the findings of doctor.yml; into a directory as ``doctor.json``."""
        place = path / "doctor.json" if is_directory(path) else path
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, json.dumps(self.doctor["appliances"], indent=1, default=str))

    def _report(self) -> dict[str, Any]:
        absent = [host for host, result in self.results.items() if "appliance" not in result]
        customers = self.variables.by_host("netscaler_customer", absent)
        run = Run(
            playbook=self.playbook or "run",
            started=self.started,
            finished=datetime.now(UTC),
            results=self.results,
            problems=self.problems,
            planned=frozenset(self.planned),
            customers={host: str(customer or "") for host, customer in customers.items()},
            rollout=tuple(self.fleet),
            version=collection_version(PROJECT),
        )
        return report_values(run)

    def _show(self, host: str, width: int, result: dict[str, Any]) -> None:
        verdict, problem = result.get("verdict"), self.problems.get(host)
        build = result.get("appliance", {}).get("build", "")
        words = f"{verdict['word']}: {verdict['reason']}" if verdict else (problem or result.get("msg", ""))
        if verdict and not problem and result.get("action") in UNDOING and result.get("msg"):
            words = result["msg"]  # what was undone, with the verdict at its end
        colour = "red" if problem else COLOURS.get((verdict or {}).get("exit_code", 0), "red")
        changes = "" if problem else changes_text(result)
        columns = [host.ljust(width), build.ljust(11), changes.ljust(16), words]
        self._display.display("  ".join(columns).rstrip(), color=colour)
        lines = [problem] if problem and verdict else []
        if verdict:
            lines += drift_text(result)
            lines += hits_text(result)
            lines += details(verdict, result.get("verdict_today") or verdict)
        lines += [f"note: {note}" for note in result.get("notes", [])]
        for line in lines:
            self._display.display(f"{'':<{width}}    {line}")


def one_by_one(results: Mapping[str, dict[str, Any]], problems: Mapping[str, str]) -> list[tuple[list[str], list[str]]]:
    """Return groups of appliances that are shown one by one, each with the similar ones that are only named.

    A small fleet is shown whole, those with a problem first. Of a large fleet the first of each kind are shown: of the same verdict, the same
    kind of problem and the same number of changes.
    """
    ordered = sorted(results, key=lambda host: (host not in problems, host))
    if len(ordered) <= SHOWN_WHOLE:
        return [(ordered, [])]
    alike: dict[tuple[str, ...], list[str]] = {}
    for host in ordered:
        word = (results[host].get("verdict") or {}).get("word", "")
        kind = problems.get(host, "").partition(":")[0]
        alike.setdefault((kind, word, changes_text(results[host])), []).append(host)
    return [(hosts[:SHOWN_OF_A_KIND], hosts[SHOWN_OF_A_KIND:]) for hosts in alike.values()]


def merged(before: dict[str, Any], result: dict[str, Any], action: str) -> dict[str, Any]:
    """Return the result of an appliance after one more task. The changes stay part of it when it has been proven again."""
    if action == "status" and before.get("changed") and "steps" in before:
        kept = ("action", "changed", "steps", "inverse", "record", "saved_now", "corrected")
        return {**result, **{name: before[name] for name in kept if name in before}}
    return {**result, "action": action}


def details(verdict: dict[str, Any], today: dict[str, Any]) -> list[str]:
    """Return the lines below a verdict: that of today, what is not covered, and the next action."""
    lines = []
    if today["word"] != verdict["word"]:
        lines.append(f"today: {today['word']}: {today['reason']}")
    if verdict["missing"]:
        lines.append("not covered: " + "; ".join(verdict["missing"]))
    if verdict["next_action"] not in ("none", ""):
        lines.append(f"next: {verdict['next_action']}")
    return lines


def drift_text(result: dict[str, Any]) -> list[str]:
    """Return the lines on drift, and on its correction. A plan, which writes no record, corrected nothing."""
    corrected = result.get("corrected", []) if result.get("record") else []
    lines = [f"corrected: {text}" for text in corrected]
    lines += [f"drift: {text}" for text in result.get("drift", []) if text not in corrected]
    word = lines[-1].partition(":")[0] if lines else ""
    return lines[:MOST_DRIFT] + ([f"{word}: and {len(lines) - MOST_DRIFT} more"] if len(lines) > MOST_DRIFT else [])


def changes_text(result: dict[str, Any]) -> str:
    """Return how many changes were or would be made; for a status, how many are needed."""
    if "steps" not in result:
        return ""
    number = len(result["steps"])
    text = "no changes" if not number else f"{number} change{'s' if number > 1 else ''}"
    return f"needs {text}" if result.get("action") == "status" and number else text


def costs_text(results: Iterable[dict[str, Any]]) -> list[str]:
    """Return the users and sessions that a lockdown ends, by customer and in all. Appliances that do not count them are stated."""
    costs: dict[str, list[dict[str, int | None]]] = {}
    for result in results:
        cost = result.get("cost")
        if result.get("action") == "lockdown" and cost and cost["vservers"]:
            costs.setdefault(result["appliance"]["customer"] or "no customer", []).append(cost)
    lines = [f"closing at {customer}: {sum_text(items)}" for customer, items in sorted(costs.items())]
    if len(costs) > 1:
        lines.append(f"closing in all: {sum_text([cost for items in costs.values() for cost in items])}")
    return lines


def sum_text(costs: list[dict[str, int | None]]) -> str:
    words = {"users": "Gateway users", "connections": "client connections", "sessions": "AAA sessions"}
    counts = ((sum(cost["vservers"] or 0 for cost in costs), "virtual server"), (len(costs), "appliance"))
    parts = [" on ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counts)]
    for key, text in words.items():
        known = [number for cost in costs if (number := cost[key]) is not None]
        unknown = "" if len(known) == len(costs) else f" (not known for {len(costs) - len(known)} of {len(costs)})"
        parts.append(f"{sum(known)} {text}{unknown}")
    return ", ".join(parts)


def unmatched_text(results: Iterable[dict[str, Any]]) -> list[str]:
    """Return a line for requested VIPs that no appliance of the run has: a misspelt one would stay open without a message."""
    lists = [set(result["unmatched"]) for result in results if "unmatched" in result]
    nowhere = sorted(set.intersection(*lists)) if lists else []
    return [f"no appliance has the virtual server {', '.join(nowhere)}"] if nowhere else []


def hits_text(result: dict[str, Any]) -> list[str]:
    """Return the hits of our policies; for a measure with placements, by placement and mode, with its remarks."""
    if result.get("parts"):
        return [part["text"] for part in result["parts"]] + [f"note: {remark}" for remark in result["remarks"]]
    undefined, probes = result.get("undefined_hits", {}), result.get("probe_hits", {})
    return [
        f"{policy}: {counter_text(hits, probes.get(policy, 0))}"
        + (f", {undefined[policy]} undefined" if undefined.get(policy) else "")
        for policy, hits in result.get("hits", {}).items()
    ]
