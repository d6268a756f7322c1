# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Links conformance tests to the facts of facts.yml (`@pytest.mark.fact("id", ...)`); --facts shows which are covered."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.fleet_file.switches import SWITCHES

FILE = Path(__file__).with_name("facts.yml")


@dataclass(frozen=True)
class Fact:
    """One line of facts.yml."""

    group: str
    certainty: str  # documented | inferred | open
    switch: str  # the switch of an open fact
    text: str
    source: str
    reason: str  # the reason why no test checks it, or ""


def load(path: Path = FILE) -> dict[str, Fact]:
    """Return the facts by their ids. An error in the file is reported with the id."""
    facts: dict[str, Fact] = {}
    for group, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for identifier, (certainty, text, source, *more) in entries.items():
            word, _, switch = certainty.partition(" ")
            known = word in ("documented", "inferred") and not switch
            reason = more[0].get("reason", "") if more else ""
            complete = text and source and (reason or not more)
            if identifier in facts or not complete or not (known or (word == "open" and switch in SWITCHES)):
                raise pytest.UsageError(
                    f"{path.name}: {identifier}: twice, incomplete, or no such switch ({certainty})"
                )
            facts[identifier] = Fact(group, word, switch, text, source, reason)
    unnamed = sorted(set(SWITCHES) - {fact.switch for fact in facts.values()})
    if unnamed:
        raise pytest.UsageError(f"{path.name}: switches without a fact: {', '.join(unnamed)}")
    return facts


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--facts",
        action="store_true",
        help="show which facts are covered by passed tests; fail where one isn't, without a reason",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fact(*ids): the facts of tests/conformance/facts.yml that the test checks")
    config.pluginmanager.register(Coverage(load()), "facts")


class Coverage:
    """Collects the facts of the tests that ran; the properties of a report come from the worker processes too."""

    def __init__(self, facts: dict[str, Fact]) -> None:
        self.facts = facts
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for marker in item.iter_markers("fact"):
                unknown = [name for name in marker.args if name not in self.facts]
                if unknown or not marker.args:
                    raise pytest.UsageError(f"{item.nodeid}: no such fact: {', '.join(unknown) or '(none named)'}")
                item.user_properties += [("fact", name) for name in marker.args]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        names = {str(value) for key, value in report.user_properties if key == "fact"}
        if report.failed:
            self.failed |= names
        elif report.when == "call" and report.passed:
            self.passed |= names

    @property
    def covered(self) -> set[str]:
        return self.passed - self.failed

    @property
    def wrong(self) -> dict[str, str]:
        """Return the facts that are neither covered nor excused, and the excused ones that are covered."""
        wrong = {}
        for name, fact in self.facts.items():
            if name not in self.covered and not fact.reason:
                wrong[name] = "no test that passed checks it, and no reason is given"
            elif name in self.covered and fact.reason:
                wrong[name] = "a test checks it: the reason is out of date"
        return wrong

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        here = not hasattr(session.config, "workerinput")  # the process that collects from the others
        asked = here and session.config.getoption("facts") and not _are_spared(session.config)
        if asked and exitstatus == pytest.ExitCode.OK and self.wrong:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if not config.getoption("facts", default=False):
            return
        terminalreporter.section("facts")
        if _are_spared(config):
            terminalreporter.write_line(
                f"{len(self.facts)} facts: not checked, since the simulator and its tests are unchanged"
            )
            return
        terminalreporter.write_line(f"{'group':<14}{'facts':>6}{'covered':>9}{'open':>6}")
        groups = list(dict.fromkeys(fact.group for fact in self.facts.values()))
        for group in [*groups, ""]:
            own = {name: fact for name, fact in self.facts.items() if group in ("", fact.group)}
            left = sum(fact.certainty == "open" for fact in own.values())
            done = sum(name in self.covered for name in own)
            terminalreporter.write_line(f"{group or 'all':<14}{len(own):>6}{done:>9}{left:>6}")
        excused = {name: fact.reason for name, fact in self.facts.items() if name not in self.covered and fact.reason}
        for title, lines in (("not covered", excused), ("wrong in facts.yml", self.wrong)):
            if lines:
                terminalreporter.write_line(f"{title}:")
            for name, why in lines.items():
                for line in textwrap.wrap(f"{name}: {why}", 116, initial_indent="  ", subsequent_indent="    "):
                    terminalreporter.write_line(line)


def _are_spared(config: pytest.Config) -> bool:
    """Return True where the tests of the simulator are left out (tests/spared.py)."""
    plugin = config.pluginmanager.get_plugin("spared")
    return plugin is not None and plugin.is_unchanged
