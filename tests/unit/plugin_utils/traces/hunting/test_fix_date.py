# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Since when a node runs its build, and whether a trace is older than the fix: what nothing shows is not known."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import BuildState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Fixed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.fix_date import (
    FixDate,
    fix_date,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.installed import INSTALLER

BUILD = Build.parse("13.0 47.24")
SINCE = datetime(2020, 1, 24, 3)  # noqa: DTZ001 -- by the clock of the node
NOW = SINCE + timedelta(days=100)
KERNEL = "/flash/ns-13.0-47.24[!0-9]*"


def view(**files: list[datetime | None]) -> Any:
    by_pattern = {KERNEL: files.get("kernel", []), INSTALLER: files.get("installer", [])}
    files_of = lambda pattern: [SimpleNamespace(modified=one) for one in by_pattern[pattern]]  # noqa: E731
    gaps: list[tuple[str, str]] = []
    gap = lambda what, why: gaps.append((what, why))  # noqa: E731
    return SimpleNamespace(tree=SimpleNamespace(files=files_of, gap=gap), gaps=gaps)


def unknown() -> None:
    """Nobody says when the node was started."""


def entry(state: BuildState) -> Any:
    return SimpleNamespace(build_state=lambda _build: state)


@pytest.mark.parametrize(
    ("files", "since", "source"),
    [
        ({"kernel": [SINCE]}, SINCE, KERNEL),
        ({"kernel": [SINCE, SINCE + timedelta(days=1)]}, SINCE + timedelta(days=1), KERNEL),
        ({"kernel": [SINCE], "installer": [SINCE + timedelta(days=9)]}, SINCE, KERNEL),
        ({"kernel": [None], "installer": [SINCE]}, SINCE, INSTALLER),
        ({"installer": [SINCE]}, SINCE, INSTALLER),
        ({}, None, ""),
    ],
)
def test_the_kernel_file_shows_it_or_else_the_installer(files: Any, since: datetime | None, source: str) -> None:
    assert fix_date(view(**files), BUILD, NOW, unknown) == FixDate(BUILD, since, source)


def test_a_kernel_that_is_newer_than_the_installer_shows_no_age() -> None:
    """Seen: who touched the file of the kernel made each of his files older than the firmware."""
    touched = view(kernel=[SINCE + timedelta(days=30)], installer=[SINCE])
    assert fix_date(touched, BUILD, NOW, unknown) == FixDate(BUILD)
    ((what, why),) = touched.gaps
    assert what == "the age of files"
    assert why.startswith(
        f"{KERNEL} is of {SINCE + timedelta(days=30)}, and {INSTALLER} of {SINCE}: one of them was written later"
    )
    same = view(kernel=[SINCE + timedelta(hours=20)], installer=[SINCE])
    assert fix_date(same, BUILD, NOW, unknown) == FixDate(BUILD, SINCE + timedelta(hours=20), KERNEL)
    assert same.gaps == []


def test_of_an_unknown_build_nothing_is_read() -> None:
    assert fix_date(SimpleNamespace(), None, NOW, unknown) == FixDate(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("date", "states", "time", "answer"),
    [
        (FixDate(None), [BuildState.FIXED], SINCE, Fixed.UNKNOWN),
        (FixDate(BUILD, SINCE), [BuildState.AFFECTED], SINCE, Fixed.NOT_FIXED),
        (FixDate(BUILD, SINCE), [BuildState.FIXED, BuildState.AFFECTED], SINCE, Fixed.NOT_FIXED),
        (FixDate(BUILD, SINCE), [BuildState.FIXED], None, Fixed.UNKNOWN),
        (FixDate(BUILD), [BuildState.FIXED], SINCE, Fixed.UNKNOWN),
        (
            FixDate(BUILD, SINCE),
            [BuildState.FIXED, BuildState.NOT_AFFECTED],
            SINCE - timedelta(seconds=1),
            Fixed.BEFORE,
        ),
        (FixDate(BUILD, SINCE), [BuildState.FIXED], SINCE, Fixed.AFTER),
    ],
)
def test_a_trace_is_before_or_after_the_fix_of_all_that_can_have_left_it(
    date: FixDate, states: list[BuildState], time: datetime | None, answer: Fixed
) -> None:
    assert date.of(map(entry, states), time) is answer


def test_a_kernel_that_was_written_after_the_node_has_started_shows_no_age() -> None:
    """Seen: where the file of the installer was gone, a touched kernel made each file older than the firmware."""
    found = view(kernel=[SINCE + timedelta(days=30)])
    assert fix_date(found, BUILD, NOW, lambda: SINCE) == FixDate(BUILD)
    why = f"{KERNEL} is of {SINCE + timedelta(days=30)}, and the node has run since {SINCE}: it was written later, so nothing shows"
    assert found.gaps == [("the age of files", f"{why} when the build was installed")]


def test_an_installer_that_has_run_since_has_installed_the_next_build() -> None:
    found = view(installer=[SINCE + timedelta(days=30)])
    assert fix_date(found, BUILD, NOW, lambda: SINCE) == FixDate(BUILD, SINCE + timedelta(days=30), INSTALLER)
    assert found.gaps == []


@pytest.mark.parametrize("started", [None, SINCE - timedelta(days=1), SINCE + timedelta(minutes=9), NOW])
def test_a_kernel_is_installed_before_the_node_starts_with_it(started: datetime | None) -> None:
    """The clock of the node may be in another zone than its files, and not every node says when it has started."""
    found = view(kernel=[SINCE])
    assert fix_date(found, BUILD, NOW, lambda: started) == FixDate(BUILD, SINCE, KERNEL)
    assert found.gaps == []


@pytest.mark.parametrize("pattern", [KERNEL, INSTALLER])
@pytest.mark.parametrize("later", [timedelta(days=2), timedelta(days=2_900_000)])
def test_a_time_that_is_still_to_come_shows_no_age(pattern: str, later: timedelta) -> None:
    """Whoever gives both files, or the only one, the year 2030 made each of his files older than the firmware, and each trace older than the fix."""
    names = {KERNEL: ["kernel", "installer"], INSTALLER: ["installer"]}[pattern]
    touched = view(**{name: [NOW + later] for name in names})
    assert fix_date(touched, BUILD, NOW, unknown) == FixDate(BUILD)
    assert touched.gaps == [
        (
            "the age of files",
            f"{pattern} is of {NOW + later}, which is still to come by the clock of the node: nothing shows when the build was installed",
        )
    ]
