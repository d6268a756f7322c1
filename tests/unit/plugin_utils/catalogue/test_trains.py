# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds are compared inside their own train only."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.trains import (
    BuildState,
    Train,
    TrainTable,
    covered,
    parse_ranges,
    parse_table,
    parse_trains,
    trains_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

# The bulletin CTX579459, and one whose weakness came with a build.
TABLE = parse_table(
    {
        "14.1": {"fixed": "8.50"},
        "13.1": {"fixed": "49.15", "affected_from": "30.1"},
        "13.0": {"fixed": "92.19"},
        "12.1": "no_fix",
        "13.1-FIPS/NDcPP": {"fixed": "37.164"},
        "12.1-FIPS": {"fixed": "55.300"},
        "12.1-NDcPP": "unknown",
    }
)


@played_together(
    ("build", "state"),
    [
        ("14.1 8.49", "AFFECTED"),
        ("14.1 8.50", "FIXED"),
        ("13.1 29.9", "NOT_AFFECTED"),
        ("13.1 30.1", "AFFECTED"),
        ("13.1 49.15", "FIXED"),
        # A scanner once called it older than 13.1 49 (GossiTheDog/scanning, issue 16).
        ("13.1 37.164", "FIXED"),
        ("13.1 37.163", "AFFECTED"),
        ("13.1 37.38", "AFFECTED"),  # a standard build
        ("12.1 55.18", "NO_FIX"),
        ("12.1 65.25", "NO_FIX"),
        # FIPS or NDcPP, and the number does not say which: what is worse counts.
        ("12.1 55.300", "UNKNOWN"),
        ("12.1 55.299", "AFFECTED"),
        # Trains that are not listed.
        ("11.1 65.20", "NO_FIX"),
        ("14.2 1.1", "NOT_AFFECTED"),
    ],
)
def test_the_state_of_a_build(build: str, state: str) -> None:
    assert TABLE.state(Build.parse(build)) is BuildState[state]


def test_the_facts_of_a_train() -> None:
    assert TABLE.facts_of(Train((12, 1), "FIPS")).state_of((55, 300)) is BuildState.FIXED
    assert TABLE.facts_of(Train((14, 1), "FIPS")).state_of((73, 37)) is BuildState.UNKNOWN


def test_without_a_table_nothing_is_affected() -> None:
    assert TrainTable().state(Build.parse("14.1 1.1")) is BuildState.NOT_AFFECTED


@pytest.mark.parametrize(
    ("build", "fixed"),
    [("13.1 37.100", "13.1 37.164"), ("13.1 4.43", "13.1 49.15"), ("12.1 65.25", None), ("11.1 65.20", None)],
)
def test_the_fixed_build_is_one_of_the_same_train(build: str, fixed: str | None) -> None:
    assert TABLE.fixed_build(Build.parse(build)) == (Build.parse(fixed) if fixed else None)


@pytest.mark.parametrize(
    ("build", "trains"),
    [
        ("13.1 37.99", ["13.1"]),
        ("13.1 37.100", ["13.1-FIPS", "13.1-NDcPP"]),
        ("12.1 55.99", ["12.1"]),
        ("12.1 55.100", ["12.1-FIPS", "12.1-NDcPP"]),
        ("13.1 55.100", ["13.1"]),
        ("14.1 73.37", ["14.1"]),
    ],
)
def test_the_trains_of_a_build(build: str, trains: list[str]) -> None:
    assert [str(train) for train in trains_of(Build.parse(build))] == trains


@pytest.mark.parametrize(
    ("train", "number"),
    [
        ("13.1", "37.164"),
        ("13.1-FIPS", "49.15"),
        ("13.1-FIPS/NDcPP", "37.38"),
        ("12.1", "55.300"),
        ("12.1-NDcPP", "55.24"),
    ],
)
def test_a_comparison_across_trains_is_refused(train: str, number: str) -> None:
    with pytest.raises(InvalidInput, match="numbers of different trains cannot be compared"):
        parse_table({train: {"fixed": number}})
    with pytest.raises(InvalidInput, match="numbers of different trains cannot be compared"):
        parse_ranges({train: {"from": number}})
    with pytest.raises(InvalidInput, match="numbers of different trains cannot be compared"):
        parse_ranges({train: {"below": number}})


def test_a_train_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"13\.1-FIPS is there twice"):
        parse_table({"13.1-FIPS/NDcPP": "no_fix", "13.1-FIPS": "no_fix"})


@pytest.mark.parametrize("text", ["13", "13.1-fips", "13.1-", "13.1 FIPS", "13.1-FIPS/FIPS", "", 13.1, None])
def test_what_is_no_train_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a train"):
        parse_trains(text)


def test_ranges_of_builds() -> None:
    ranges = parse_ranges({"14.1": {"from": "43.56"}, "13.1-FIPS": {"below": "37.279"}, "13.1": {}})
    assert [Train((14, 1)), Train((13, 1), "FIPS"), Train((13, 1))] == [one.train for one in ranges]

    def is_in(build: str) -> bool:
        return covered(ranges, Build.parse(build))

    assert [is_in("14.1 43.56"), is_in("14.1 43.55"), is_in("13.1 1.1"), is_in("13.0 99.1")] == [
        True,
        False,
        True,
        False,
    ]
    assert ranges[1].covers(Train((13, 1), "FIPS"), (37, 278))
    assert not ranges[1].covers(Train((13, 1), "FIPS"), (37, 279))
    assert not is_in("13.1 37.278"), "it may be NDcPP, which is not in the ranges"
