# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a rollout, and the waves that follow from them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import (
    PROFILES,
    RolloutOptions,
    require_known,
    waves_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together


def options(**values: Any) -> RolloutOptions:
    return RolloutOptions.from_variables(values)


def test_without_a_word_the_normal_profile_counts() -> None:
    assert options() == RolloutOptions()
    assert options(profile="", waves=None, bake_seconds=None) == RolloutOptions()
    assert (options().canary, options().max_failed, options().accept_unreachable) == (1, 0, 0)


def test_an_emergency_waits_less_and_keeps_the_canary() -> None:
    normal, emergency = options(), options(profile="emergency")
    assert 0 < emergency.bake_seconds < normal.bake_seconds
    assert emergency.canary == normal.canary == 1
    assert len(emergency.waves) < len(normal.waves)
    assert options(profile="emergency", bake_seconds=3, waves=[2]).bake_seconds == 3
    assert options(profile="emergency", waves=[2]).waves == (2,)


@played_together(
    ("variables", "field", "value"),
    [
        ({"canary": "3"}, "canary", 3),
        ({"canary": "gw-a, gw-b,"}, "canary", ("gw-a", "gw-b")),
        ({"canary": ["gw-a"]}, "canary", ("gw-a",)),
        ({"canary": []}, "canary", 1),
        ({"accept_unreachable": []}, "accept_unreachable", 0),
        ({"accept_refused": "2"}, "accept_refused", 2),
        ({"waves": "1, 10%,100%"}, "waves", (1, "10%", "100%")),
        ({"waves": [5, "50%"]}, "waves", (5, "50%")),
        ({"waves": 5}, "waves", (5,)),
        ({"bake_seconds": "0.5"}, "bake_seconds", 0.5),
        ({"max_failed": "2"}, "max_failed", 2),
    ],
)
def test_values_as_files_and_the_command_line_give_them(variables: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(options(**variables), field) == value


@played_together(
    ("variables", "problem"),
    [
        ({"profile": "panic"}, "rollout_profile is 'panic': choose from normal, emergency"),
        ({"canary": 0}, "rollout_canary is 0: write a whole number from 1 on"),
        ({"canary": True}, "rollout_canary is True"),
        ({"canary": -1}, "rollout_canary is -1"),
        ({"canary": 1.5}, "rollout_canary is 1.5"),
        ({"canary": [1]}, "rollout_canary is [1]"),
        ({"canary": {"gw": 1}}, "rollout_canary is {'gw': 1}"),
        ({"accept_unreachable": -1}, "accept_unreachable is -1"),
        ({"accept_unreachable": None}, "accept_unreachable is None"),
        ({"accept_refused": [""]}, "accept_refused is ['']"),
        ({"max_failed": "10%"}, "rollout_max_failed is '10%': write a whole number from 0 on"),
        ({"max_failed": True}, "rollout_max_failed is True"),
        ({"bake_seconds": "soon"}, "rollout_bake_seconds is 'soon'"),
        ({"bake_seconds": -1}, "rollout_bake_seconds is -1"),
        ({"bake_seconds": "nan"}, "rollout_bake_seconds is 'nan'"),
        ({"bake_seconds": 1e9}, "rollout_bake_seconds is 1000000000.0"),
        ({"bake_seconds": False}, "rollout_bake_seconds is False"),
        ({"waves": []}, "rollout_waves is empty"),
        ({"waves": ""}, "rollout_waves has ''"),
        ({"waves": [0]}, "rollout_waves has 0"),
        ({"waves": ["0%"]}, "rollout_waves has '0%'"),
        ({"waves": ["101%"]}, "rollout_waves has '101%'"),
        ({"waves": ["10%%"]}, "rollout_waves has '10%%'"),
        ({"waves": [True]}, "rollout_waves has True"),
        ({"waves": ["-1"]}, "rollout_waves has '-1'"),
    ],
)
def test_anything_else_is_refused_by_the_name_of_its_variable(variables: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        options(**variables)
    assert str(raised.value).startswith(problem)


def test_names_must_be_of_this_run() -> None:
    require_known("accept_unreachable", 5, ["gw-a"])
    require_known("accept_unreachable", ("gw-a",), ["gw-a"])
    with pytest.raises(InvalidInput, match="accept_unreachable names gw-x, gw-y, which the inventory does not have"):
        require_known("accept_unreachable", ("gw-x", "gw-a", "gw-y"), ["gw-a"])


@pytest.mark.parametrize(
    ("number", "variables", "sizes"),
    [
        (0, {}, []),
        (1, {}, [1]),
        (10, {}, [1, 1, 5, 3]),
        (40, {}, [1, 4, 20, 15]),
        (40, {"profile": "emergency"}, [1, 10, 29]),
        (40, {"canary": 3, "waves": [5]}, [3, 5, 5, 5, 5, 5, 5, 5, 2]),
        (40, {"canary": 100}, [40]),
        (100, {"waves": ["7%"]}, [1, *[7] * 14, 1]),
        (500, {}, [1, 50, 250, 199]),
    ],
)
def test_sizes_of_waves(number: int, variables: dict[str, Any], sizes: list[int]) -> None:
    waves = waves_of([f"gw-{n}" for n in range(number)], options(**variables))
    assert [len(wave) for wave in waves] == sizes


def test_a_canary_by_name_goes_first_and_where_none_of_them_goes_the_first_does() -> None:
    hosts = ["a", "b", "c", "d"]
    assert waves_of(hosts, options(canary=["c", "x", "c", "a"], waves=[1]))[:2] == [["c", "a"], ["b"]]
    assert waves_of(hosts, options(canary=["x"], waves=["100%"])) == [["a"], ["b", "c", "d"]]


SIZES = st.one_of(st.integers(1, 50), st.integers(1, 100).map(lambda percent: f"{percent}%"))


@given(
    st.lists(st.text("abcdef", min_size=1, max_size=6), unique=True, max_size=60),
    st.one_of(st.integers(1, 70), st.lists(st.text("abcdef", min_size=1, max_size=6), min_size=1, max_size=5)),
    st.lists(SIZES, min_size=1, max_size=5),
)
def test_every_appliance_goes_exactly_once_the_canary_first(
    hosts: list[str], canary: int | list[str], sizes: list[int | str]
) -> None:
    waves = waves_of(hosts, options(canary=canary, waves=sizes))
    going = [host for wave in waves for host in wave]
    assert sorted(going) == sorted(hosts)
    assert all(waves)
    if not hosts:
        return
    named = set() if isinstance(canary, int) else set(canary) & set(hosts)
    assert set(waves[0]) == named if named else waves[0] == hosts[: canary if isinstance(canary, int) else 1]
    behind = [host for wave in waves[1:] for host in wave]
    assert behind == [host for host in hosts if host not in waves[0]], "the order is kept"
    for number, wave in enumerate(waves[1:-1]):
        size = sizes[min(number, len(sizes) - 1)]
        percent = int(str(size).rstrip("%"))
        most = size if isinstance(size, int) else max(1, percent * len(hosts) / 100)
        assert most <= len(wave) < most + 1


def test_profiles_are_valid_themselves() -> None:
    for name, profile in PROFILES.items():
        assert options(waves=list(profile.waves), bake_seconds=profile.bake_seconds) == options(
            waves=list(options(profile=name).waves), bake_seconds=options(profile=name).bake_seconds
        )


def test_the_profiles() -> None:
    """The documented waves and pauses (docs, rollout_profile)."""
    assert (options().waves, options().bake_seconds) == (("10%", "50%", "100%"), 60.0)
    emergency = options(profile="emergency")
    assert (emergency.waves, emergency.bake_seconds) == (("25%", "100%"), 10.0)


def test_the_limits_themselves_are_valid() -> None:
    week = 7 * 86400
    assert [options(bake_seconds=value).bake_seconds for value in (0, week)] == [0.0, week]
    with pytest.raises(InvalidInput, match="write seconds, from 0 to 604800"):
        options(bake_seconds=week + 1)
    assert options(waves=["1%", "100%", 1, 101]).waves == ("1%", "100%", 1, 101)
    assert (options(canary=1).canary, options(max_failed=0).max_failed) == (1, 0)
    assert options(canary=" gw-a ,, gw-b ").canary == ("gw-a", "gw-b")
    # A percentage is rounded up, and is at least one appliance.
    assert [len(wave) for wave in waves_of(list("abcde"), options(waves=["1%"]))] == [1] * 5
    assert [len(wave) for wave in waves_of([str(n) for n in range(101)], options(waves=["50%"]))] == [1, 51, 49]
