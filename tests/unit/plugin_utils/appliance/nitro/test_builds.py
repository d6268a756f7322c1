# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds: how they are written, read and compared."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build, pair
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput


@pytest.mark.parametrize(
    "text",
    [
        "13.0 47.22",
        "13.0-47.22",
        "NetScaler NS13.0: Build 47.22.nc, Date: Nov 28 2019, 09:20:19   (64-bit)",
        "NetScaler NS13.0 Build 47.22.nc",
    ],
)
def test_every_written_form_is_the_same_build(text: str) -> None:
    assert Build.parse(text) == Build((13, 0), (47, 22))


def test_a_build_prints_as_it_is_read() -> None:
    build = Build.parse("12.1-55.180")
    assert str(build) == "12.1 55.180"
    assert build.branch_text == "12.1"
    assert Build.parse(str(build)) == build


@pytest.mark.parametrize(
    "text",
    ["", "13.0", "13.0 47", "13,0 47,22", "Build 47.22", "latest", "113.0 47.22.1.2", "10.1.2.3-4.5", "x13.0 47.22"],
)
def test_what_is_no_build_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Build.parse(text)
    assert repr(text) in str(raised.value)
    assert "13.0 47.22" in str(raised.value)


@pytest.mark.parametrize(
    ("older", "newer"),
    [("13.0 9.2", "13.0 9.10"), ("12.1 55.18", "13.0 1.1"), ("9.3 80.1", "10.5 1.1"), ("12.1 50.31", "12.1 51.1")],
)
def test_builds_compare_as_numbers(older: str, newer: str) -> None:
    assert Build.parse(older) < Build.parse(newer)


def test_a_pair_is_read_number_by_number() -> None:
    assert pair("47.20") == (47, 20)
    assert pair("47.2") == (47, 2)


@pytest.mark.parametrize("value", [47.2, 47, None, "47", "47.2.1", "a.b", "", " 47.2", ["47.2"]])
def test_an_unquoted_pair_is_refused_with_the_advice_to_quote_it(value: object) -> None:
    with pytest.raises(InvalidInput, match="quotes"):
        pair(value)  # type: ignore[arg-type]
