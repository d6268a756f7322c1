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
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.run_variables import (
    NOTIFY,
    REPORT,
    RunVariables,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust, key_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import read_customers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.send import notify
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.course import RolloutCourse
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.summary import WAITS, WHY_HELD
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.collection_version import (
    PROJECT,
    collection_version,
)
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
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.private_files import (
    make_private_directory,
    replace_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.page import (
    bootstrap_page,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.places import (
    DIRECTORIES,
    INVENTORY_SOURCES,
    default_allowed_signers,
    default_directory,
    inventory_sources,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Shown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import REFUSED, whole_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import (
    PageRun,
    Totals,
    end_page,
    totals,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import shown_as
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import (
    Run,
    report_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.crisis import crisis_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.files import (
    CUSTOMERS,
    VEX,
    is_directory,
    write_report,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.stale_vex import (
    remove_stale_documents,
    remove_stale_pages,
)

LONGEST_REASON = 300
"""The characters of what a program of another task has said."""
MANAGEMENT = "management address of "
"""How the texts of a verdict begin that the node-local half of a measure replaces."""
COMMANDS = " " * 4
"""The indentation of the commands of a plan, which are cut on a terminal; the plans and -v have them whole."""
COPIED = re.compile(r" +(?:[+~-]|undo:|(?:un)?bind|add|rm|set) ")
"""The beginning of a line of bootstrap.yml that is a command."""
UNDER_WAY = "it was under way when the run ended. The same command continues from its change record"
HOW_TO_GO_ON = (
    "INTERRUPTED: no further appliance was begun, and what is done stays. The same command continues with the others; "
    "after apply.yml, rollback.yml with the same mitigation and `-e why=undo` undoes the last run of each appliance."
)
NOTHING_BEGUN = "INTERRUPTED before anything was changed. Give the same command again."
DEMO = (
    "DEMO  no -i was given: this run works on inventory/demo, the inventory of the simulated fleet. Name yours with -i."
)
FILES_INSTEAD = re.compile(r"(?:\b|^-e)(?:verify_)?source['\"]?\s*[=:]")
"""A word of the command line that names exported files: such a run works on them, and on no inventory."""
CHECKS = frozenset({"assertion", "argument_errors"})
"""What a failed result of Ansible's ``assert`` and ``validate_argument_spec`` has: they fail for a mistake of the operator."""
REPORTS_ON_A_FLEET = ("tourniquet.netscaler.fleet_page", "tourniquet.netscaler.catalogue_update")
"""The tasks whose result is the page of a fleet, with its verb, instead of verdicts."""


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
        self.results: dict[str, dict[str, Any]] = {}
        self.problems: dict[str, str] = {}
        self.rollout: Rollout | None = None
        self.fleet: list[str] = []
        self.found: dict[str, Any] = {}
        self.found_page = ""
        self.accounts: dict[str, dict[str, Any]] = {}
        self.planned_lines: list[str] = []
        self.planned: set[str] = set()
        self.playbook = ""
        self.variables = RunVariables()
        self.started = datetime.now(UTC)
        self.next_action = ""
        self._page: list[str] = []
        self._began = time.monotonic()
        self._only_checked = True
        self._ended = False

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Ansible tells a callback neither of Ctrl-C nor of its own errors: the page is then shown when the process ends."""
        self.playbook = Path(str(playbook._file_name)).stem
        if inventory_is_the_demo(context.CLIARGS.get("inventory") or (), sys.argv, os.environ):
            self._display.display(DEMO, color="yellow")
        show_each_line_at_once()
        atexit.register(self._show_interrupted, os.getpid())

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self.variables.add_play(play)

    # ``_result``, ``_host`` and ``_task`` have public names from ansible-core 2.20 on; these work on 2.19 as well.
    def _take(self, result: Any, problem: str = "") -> None:
        host, action = result._host.get_name(), str(result._task.action)
        if action == "tourniquet.netscaler.rollout":
            self._take_rollout(result._result, problem)
            return
        if action == "tourniquet.netscaler.sliced" and "results" in (whole := whole_result(result._result)):
            self._take_slices(whole)
            return
        if action in REPORTS_ON_A_FLEET and "lines" in result._result:
            self.found, self.found_page = result._result, str(result._result["verb"])
            return
        if action == "tourniquet.netscaler.exported_status" and "files" in (whole := whole_result(result._result)):
            self._take_files(whole["files"])
            return
        if action == "tourniquet.netscaler.bootstrap":
            self.accounts[host] = whole_result(result._result)
        if problem == "held":
            self._hold(host, str(result._result["held"]))
            return
        if shown_as(action) is Shown.ON_PAGE:
            self.results[host] = merged(
                self.results.get(host, {}), whole_result(result._result), action.rpartition(".")[2]
            )
            self._only_checked &= bool(getattr(result._task, "check_mode", False))
            (self.planned.add if getattr(result._task, "check_mode", False) else self.planned.discard)(host)
        if problem:
            # A failure of another task is shown too, and does not replace the verdict.
            self.results.setdefault(host, {})
            self.problems[host] = f"{problem}: {message_of(result._result).removeprefix(f'{problem}: ')}"

    def _take_files(self, files: dict[str, dict[str, Any]]) -> None:
        """Take each exported configuration as an appliance of its own. Nothing was connected to, and nothing could be changed."""
        self._only_checked = False
        self.planned_lines = [line for one in files.values() for line in one.get("report", ())]
        for name, one in files.items():
            self.results[name] = {**one, "action": "status"}
            if one.get("problem"):
                self.problems[name] = str(one["problem"])

    def _take_slices(self, whole: dict[str, Any]) -> None:
        """Take the results of all slices as if one control node had worked on each appliance. They were checked."""
        self.results, self.problems = dict(whole["results"]), dict(whole["problems"])
        self.planned = set(whole["planned"])
        self.next_action = "\n".join([*whole["notes"], whole["next_action"]]).strip()
        is_rollout = "directory" in whole
        self._only_checked = is_rollout and whole["verb"] in ("plan", "drill")
        if self._only_checked:
            self.rollout = Rollout(Path(whole["directory"]))
            self.fleet, self._page = whole["summary"], whole["page"]

    def _take_rollout(self, result: dict[str, Any], problem: str) -> None:
        """Show the page of the fleet: before its waves begin, or at the end where it was only planned."""
        for host, why in whole_result(result).get(WAITS, {}).items():
            self._hold(host, why, REFUSED)
        if problem:
            self._only_checked = False
            undecided = result.get(WHY_HELD, "the rollout could not be decided")
            why = "others are in the way" if "held" in result else undecided
            for host in result.get("held", self.results.keys() - self.problems.keys()):
                self._hold(host, f"{why}, so nothing was begun")
            self.next_action = whole_result(result).get("next_action", "")
            self.next_action = self.next_action or message_of(result)
            return
        self.rollout = Rollout(Path(result["directory"]))
        page = result.get("page", result["summary"])
        if result["verb"] == "plan":
            self.fleet, self._page = result["summary"], page
        else:
            self._only_checked &= result["verb"] == "drill"
            self._show_fleet(page)

    def _show_fleet(self, lines: list[str]) -> None:
        self._display.banner("FLEET")
        width = None if self._display.verbosity else columns()
        for line in lines:
            whole = not line.startswith(COMMANDS) or line.startswith(f"{COMMANDS}undo:")
            for part in wrapped(line, width) if whole else [cut(line, width)]:
                self._display.display(part)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._take(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        kind = "held" if "held" in result._result else "refused" if self._is_refusal(result) else "failed"
        self._take(result, kind if kind == "held" or not ignore_errors else "")

    def _is_refusal(self, result: Any) -> bool:
        """Return True if nothing was begun: a task of ours says so, or a check of Ansible has failed where no task has changed the appliance."""
        if CHECKS & result._result.keys():
            return not self.results.get(result._host.get_name(), {}).get("changed")
        return bool(result._result.get(REFUSED))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._take(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._ended = True
        self._hold_the_rest()
        self._write_report()
        if self.found:
            self._show_lines(self.found_page.upper(), self.found["lines"])
        if self.accounts:
            self._show_lines("BOOTSTRAP", bootstrap_page(self.accounts, self.problems))
        if self.found or self.accounts or not self.results:
            return
        if self.planned_lines:
            self._show_lines("PLAN", self.planned_lines)
        if self._page:
            self._show_fleet([*self._page, f"  the plans are in {self.rollout.directory if self.rollout else ''}"])
        self._show_page(self.next_action, Totals(self._seconds(), exit_code(stats), checked=self._only_checked))

    def _show_lines(self, title: str, lines: Iterable[str]) -> None:
        """Show a page of lines, each broken where the terminal is narrower; a command that a person may copy is not."""
        self._display.banner(title)
        width = columns()
        for line in lines:
            whole = COPIED.match(line) is not None
            for part in wrapped(printable(line), None if whole else width):
                self._display.display(part)

    def _show_interrupted(self, process: int) -> None:
        """Show what was done and what is held, where the run ended before its end."""
        if self._ended or not self.results or os.getpid() != process:
            return
        changed = self.rollout is not None and not self._page
        if self.rollout is not None and changed:
            self._hold_the_rest(lambda course: course.lost())
        self._write_report()
        self._show_page(HOW_TO_GO_ON if changed else NOTHING_BEGUN, Totals(self._seconds(), checked=self._only_checked))

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _show_page(self, next_action: str, numbers: Totals) -> None:
        run = PageRun(self.results, self.problems, planned=bool(self._page), verbose=bool(self._display.verbosity))
        self._display.banner("TOURNIQUET")
        width = columns()
        for line in end_page(run):
            for part in wrapped(printable_lines(line.text), width):
                self._display.display(part, color=line.colour)
        for part in fitted([printable_lines(next_action)] if next_action else [], width):
            self._display.display(part, color="yellow")
        total = totals(run, numbers)
        for part in wrapped(total.text, width):
            self._display.display(part, color=total.colour)

    def _hold_the_rest(self, under_way: Callable[[RolloutCourse], Iterable[str]] = lambda _course: ()) -> None:
        """Report the appliances of later waves as held: where a whole wave fails, Ansible ends the play without them.

        :param under_way: the appliances that were begun and have no end
        """
        try:
            course = self.rollout.course() if self.rollout else None
        except InvalidInput as error:
            self._display.warning(printable(str(error)))
            return
        if course is None:
            return
        for host in under_way(course):
            self._hold(host, UNDER_WAY, "interrupted")
        for host, reason in course.not_begun().items():
            if host not in self.problems:
                self._hold(host, reason)

    def _hold(self, host: str, reason: str, kind: str = "held") -> None:
        """Report an appliance as held. Its last result is its plan, of which nothing was carried out."""
        self.results[host] = {**self.results.get(host, {}), "changed": False}
        self.problems[host] = f"{kind}: {reason}"

    def _write_report(self) -> None:
        """Write the report, and send the notifications that are made of it. A failure of either is shown, and does not change the result."""
        path = self.variables.value(REPORT) or self.get_option("report") or ""
        problems = []
        try:
            if not isinstance(path, str) or not path.isprintable():
                problems.append(f"the report was not written: {REPORT} must be the name of a directory, in one line")
            elif path:
                self._write_files(Path(path).expanduser())
        except Exception as error:  # noqa: BLE001 - the summary is shown, whatever the report meets
            kind = "" if isinstance(error, OSError | InvalidInput) else f"{type(error).__name__}: "
            problems.append(f"the report was not written to {path}: {kind}{error}")
        try:
            settings = self.variables.by_groups(NOTIFY, {} if self.found else self.results)
            problems += notify(self._report(), settings) if any(settings.values()) else []
        except Exception as error:  # noqa: BLE001 - as above; the message could have a secret
            problems.append(f"nobody was notified: {type(error).__name__}")
        for problem in [*self.variables.problems, *problems]:
            self._display.warning(printable(problem))

    def _write_files(self, path: Path) -> None:
        if self.found:
            self._write_values(path, f"{self.found_page}.json", self._found_values(path))
        elif self.accounts:
            values = {host: {**own, "problem": self.problems.get(host, "")} for host, own in self.accounts.items()}
            self._write_values(path, "bootstrap.json", values)
        elif is_directory(path):
            written = write_report(path, self._report(path))
            pages = [file for file in written if file.suffix == ".html"]
            of_all = ", ".join(str(file) for file in pages if file.parent == path)
            own = len([file for file in pages if file.parent != path])
            views = f"; for customers: {own} page{'' if own == 1 else 's'} in {path / CUSTOMERS}" if own else ""
            self._display.display(printable(f"The report is in {of_all}{views}"))
            documents = [file for file in written if file.parent == path / VEX]
            views_written = [file for file in pages if file.parent.parent == path / CUSTOMERS]
            inventory, everybody = self.variables.inventory, self._all_customers
            removed = remove_stale_documents(documents, inventory, everybody)
            for file in [*removed, *remove_stale_pages(views_written, inventory, everybody)]:
                self._display.display(printable(f"Removed {file}: the customer is no longer in the inventory"))
        else:
            self._write_results(path)

    def _write_results(self, path: Path) -> None:
        values = {
            host: {**result, "problem": self.problems.get(host, "")} for host, result in sorted(self.results.items())
        }
        # It holds lines of the appliances' start-up files: mode 0600.
        replace_file(path, json.dumps(values, indent=1, default=str))

    def _found_values(self, path: Path) -> Any:
        """Return what was found, by appliance. In a directory the ledger has the form of the file of that name that ledger.yml itself writes."""
        if "schema" not in self.found or not is_directory(path):
            return self.found["appliances"]
        return {name: self.found[name] for name in ("schema", "exit_code", "appliances")}

    @staticmethod
    def _write_values(path: Path, name: str, values: Mapping[str, Any]) -> None:
        """Write the results of a playbook that has no verdicts, by host; into a directory as a file of this name."""
        place = path / name if is_directory(path) else path
        if place == path:
            place.parent.mkdir(parents=True, exist_ok=True)
        else:
            make_private_directory(path)
        replace_file(place, json.dumps(values, indent=1, default=str))

    def _all_customers(self) -> set[str]:
        """Return the customers of the whole inventory; "" for an appliance without one."""
        of_all = self.variables.of_the_whole_inventory
        found = {str(one or "") for one in of_all("netscaler_customer").values()}
        for what in ("vserver", "partition"):
            mappings = of_all(f"netscaler_{what}_customers").values()
            found |= {customer for one in mappings if one for customer in _texts(one).values()}
        return found

    def _crisis(self, directory: Path) -> dict[str, Any]:
        """Return what is known besides the results; nothing where that cannot be read, with a warning."""
        try:
            sources = inventory_sources({INVENTORY_SOURCES: self.variables.sources})
            place = self.variables.value("consents") or default_directory(DIRECTORIES["consents"], sources)
            signers = self.variables.value("tourniquet_allowed_signers") or default_allowed_signers(sources)
            trust = RecordTrust(
                key_file(self.variables.value("tourniquet_record_key")), Path(str(signers)).expanduser()
            )
            described = read_customers("the inventory", self.variables.value("tourniquet_customers"))
            customers = {own["customer"] for one in self.results.values() for own in one.get("customers") or ()}
            return crisis_of(directory, ConsentRegister(Path(str(place)).expanduser(), trust), customers, described)
        except (InvalidInput, OSError) as error:
            self._display.warning(printable(f"consent and ledger are not in the report: {error}"))
            return {}

    def _report(self, directory: Path | None = None) -> dict[str, Any]:
        """:param directory: of the report; None where it is not written"""
        absent = [host for host, result in self.results.items() if "appliance" not in result]
        customers = self.variables.by_host("netscaler_customer", absent)
        owners = [self.variables.by_host(f"netscaler_{what}_customers", absent) for what in ("partition", "vserver")]
        run = Run(
            playbook=self.playbook or "run",
            started=self.started,
            finished=datetime.now(UTC),
            results=self.results,
            problems=self.problems,
            planned=frozenset(self.planned),
            customers={host: str(customer or "") for host, customer in customers.items()},
            shared={host: _texts({**owners[0].get(host, {}), **owners[1].get(host, {})}) for host in absent},
            crisis={} if directory is None else self._crisis(directory),
            rollout=tuple(self.fleet),
            version=collection_version(PROJECT),
        )
        return report_values(run)


def _texts(mapping: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in mapping.items()}


def merged(before: dict[str, Any], result: dict[str, Any], action: str) -> dict[str, Any]:
    """Return the result of an appliance after one more task. The changes stay part of it when it has been proven again."""
    if action == "node_local" and before:  # it comes behind the task on the configuration, whose result stays
        return with_node_local(before, result)
    if action == "status" and before.get("changed") and "steps" in before:
        # What is closed is told by status.yml and by what closed or opened: the proof of a wave reads that wave only, and none comes behind the last.
        kept = ("action", "changed", "steps", "inverse", "record", "saved_now", "corrected", "closures")
        proven = {name: value for name, value in result.items() if name not in ("closures", "last_drill")}
        return {**proven, **{name: before[name] for name in kept if name in before}}
    return {**result, "action": action}


def with_node_local(before: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of an appliance with that of its node-local half: what it says of the management addresses replaces what was read before."""
    verdict = before.get("verdict")
    if verdict and result.get("nodes"):
        missing = [text for text in verdict.get("missing", ()) if not str(text).startswith(MANAGEMENT)]
        before = {**before, "verdict": {**verdict, "missing": missing}}
    notes = [*before.get("notes", ()), *result.get("notes", ())]
    changed = bool(before.get("changed") or result.get("changed"))
    return {**before, "notes": notes, "changed": changed, "node_local": result}


def inventory_is_the_demo(sources: Iterable[str], words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return True if nobody has named an inventory or files, so that the configuration of this clone names the one of the simulated fleet.

    :param sources: of the inventory
    :param words: the command line
    """
    is_named = any(re.match(r"-i|--inventory", word) for word in words) or "ANSIBLE_INVENTORY" in environment
    if is_named or any(FILES_INSTEAD.search(word) for word in words):
        return False
    return [Path(str(source)).resolve() for source in sources] == [(PROJECT / "inventory/demo").resolve()]


def message_of(result: Mapping[str, Any]) -> str:
    """Return the message of a result, without what Ansible puts before it and without the verdict, which the page shows beside it.

    Of a program that another task ran, Ansible says only that its exit code is not 0: the last line of its errors is added.
    """
    text = str(result.get("msg", "")).removeprefix("Task failed: ").removeprefix("Action failed: ")
    if "rc" in result and (reason := str(result.get("stderr", "")).strip().rpartition("\n")[2]):
        text = f"{text}: {reason[:LONGEST_REASON]}"
    word = (whole_result(result).get("verdict") or {}).get("word", "")
    return text.removesuffix(f" (verdict: {word})")


def exit_code(stats: Any) -> int:
    """Return the exit code of ansible-playbook for the statistics of a run."""
    return 4 if stats.dark else 2 if stats.failures else 0
