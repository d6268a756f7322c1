# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Links conformance tests to the facts of facts.yml (`@pytest.mark.fact("id", ...)`) and tells with --facts what is covered."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.switches import SWITCHES

FILE = Path(__file__).with_name("facts.yml")


@dataclass(frozen=True)
class Fact:
    """One line of facts.yml."""

    group: str
    certainty: str  # documented | inferred | open
    switch: str  # of an open one
    text: str
    source: str


def load(path: Path = FILE) -> dict[str, Fact]:
    """The facts by their ids. A mistake in the file is told with the id."""
    facts: dict[str, Fact] = {}
    for group, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for identifier, (certainty, text, source) in entries.items():
            word, _, switch = certainty.partition(" ")
            known = word in ("documented", "inferred") and not switch
            if identifier in facts or not text or not source or not (known or (word == "open" and switch in SWITCHES)):
                raise pytest.UsageError(
                    f"{path.name}: {identifier}: twice, incomplete, or no such switch ({certainty})"
                )
            facts[identifier] = Fact(group, word, switch, text, source)
    return facts


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--facts", action="store_true", help="show which facts are covered by passed tests")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fact(*ids): the facts of tests/conformance/facts.yml that the test checks")
    config.pluginmanager.register(Coverage(load()), "facts")


class Coverage:
    """Gathers what the tests that ran say of the facts; the properties of a report cross from worker processes."""

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

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if not config.getoption("facts", default=False):
            return
        covered = self.passed - self.failed
        terminalreporter.section("facts")
        terminalreporter.write_line(f"{'group':<14}{'facts':>6}{'covered':>9}{'open':>6}")
        groups = list(dict.fromkeys(fact.group for fact in self.facts.values()))
        for group in [*groups, ""]:
            own = {name: fact for name, fact in self.facts.items() if group in ("", fact.group)}
            left = sum(fact.certainty == "open" for fact in own.values())
            done = sum(name in covered for name in own)
            terminalreporter.write_line(f"{group or 'all':<14}{len(own):>6}{done:>9}{left:>6}")
        missing = [name for name in self.facts if name not in covered]
        if missing:
            text = "not covered: " + ", ".join(missing)
            for line in textwrap.wrap(text, 118, subsequent_indent="  ", break_on_hyphens=False):
                terminalreporter.write_line(line)
