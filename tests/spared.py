# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``SPARED=1 pytest ...`` leaves out the simulator's own tests while nothing that they look at has changed since all of them passed.

A run with ``ALL=1`` of all these tests that passes (``make conformance``, ``make test-all``) writes the digest of what they look at, by the version of
Python, into :data:`PASSED`, and whoever changes the simulator commits that file. Another version of Python, or any change, and ``make test`` plays them.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import unchanged

ROOT = unchanged.ROOT
PASSED = ROOT / "tests" / "conformance" / "passed.yml"
FOLDERS = ("tests/conformance", "tests/unit/simulator")
"""Where the simulator's own tests are."""
POLICY_LANGUAGE = "plugins/plugin_utils/policy_language"
"""The only part of the product that the simulator uses."""
WATCHED = (
    "simulator",
    POLICY_LANGUAGE,
    *FOLDERS,
    "tests/played_together.py",
    "tests/collection.py",
    "requirements.lock",
)
"""What these tests look at; ``tests/unit/test_spared.py`` compares it with what they import."""
ALWAYS = (
    "tests/conformance/simulator/test_documented_attributes.py",  # the table of a page of the reference
    "tests/conformance/simulator/test_pytest_plugin.py",  # an example of a page of the reference
    "tests/unit/simulator/fleet_file/test_measured_facts.py",
    "tests/unit/simulator/nitro/test_reads.py",
    "tests/unit/simulator/server/test_calls.py",
    "tests/unit/simulator/test_documentation.py",
)
"""Tests of these folders that look at something else too, and are always played."""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def is_spared(nodeid: str) -> bool:
    """Return True for a test that looks at nothing but what is watched."""
    return nodeid.startswith(FOLDERS) and not nodeid.startswith(ALWAYS)


def files(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files that are watched, in a fixed order."""
    return (one for one in unchanged.files(root, WATCHED) if one.name != PASSED.name)


def digest(root: Path = ROOT) -> str:
    """Return the digest of the names and contents of what is watched."""
    return unchanged.digest(root, files(root))


def passed() -> dict[str, str]:
    """Return by version of Python the digest with which all of them have passed."""
    return dict(yaml.safe_load(PASSED.read_text(encoding="utf-8")) or {}) if PASSED.exists() else {}


class Spared:
    """Leaves them out where nothing has changed, and notes that all of them have passed.

    :param leave_out: leave out what need not be played
    :param note: note a run of all of them that passed
    """

    def __init__(self, *, leave_out: bool, note: bool) -> None:
        self._leave_out = leave_out
        self._note = note

    @cached_property
    def is_unchanged(self) -> bool:
        return self._leave_out and passed().get(PYTHON) == digest()

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Import no file of which all tests are left out: each worker would, in a second."""
        if collection_path.suffix != ".py" or not collection_path.is_relative_to(ROOT):
            return None
        return True if self.is_unchanged and is_spared(collection_path.relative_to(ROOT).as_posix()) else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        left_out = [item for item in items if self.is_unchanged and is_spared(item.nodeid)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not is_spared(item.nodeid)]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Note a run that played all of them, once nothing has failed and no other plugin has found anything."""
        yield
        config = session.config
        if self._note and not hasattr(config, "workerinput") and not session.exitstatus and _plays_all(config):
            write({**passed(), PYTHON: digest()})

    def pytest_report_header(self) -> list[str]:
        if not self._leave_out:
            return []
        where = " and ".join(FOLDERS)
        if self.is_unchanged:
            return [
                f"not played: {where}, which passed whole with the simulator as it is (make conformance plays them)"
            ]
        return [
            f"played: {where}, since no whole run of the simulator as it is is committed (make conformance notes one)"
        ]


def write(digests: dict[str, str]) -> None:
    """Write the file of digests."""
    head = "# With what the simulator's own tests have passed, by version of Python. Made by make conformance and make test-all (tests/spared.py).\n---\n"
    text = head + yaml.safe_dump(digests, default_flow_style=False)
    if not PASSED.exists() or PASSED.read_text(encoding="utf-8") != text:
        PASSED.write_text(text, encoding="utf-8")


def _plays_all(config: pytest.Config) -> bool:
    """Return True where nothing on the command line leaves out one of them."""
    options: Any = config.option
    if options.keyword or options.markexpr or options.deselect or options.ignore or options.ignore_glob:
        return False
    named = [(config.invocation_params.dir / one).resolve() for one in config.args if "::" not in one]
    return all(any((ROOT / folder).is_relative_to(one) for one in named) for folder in FOLDERS)


def from_environment() -> Spared:
    """Return it as the environment asks for it."""
    return Spared(leave_out=unchanged.leaves_out(), note=unchanged.is_asked("ALL"))
