# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cases that are played together are all played, and each that fails is named."""

from __future__ import annotations

import inspect

import pytest

from tests.played_together import played_together


def test_each_case_that_fails_is_named() -> None:
    seen = []

    @played_together(("left", "right"), [(1, 1), (1, 2), pytest.param(3, 4, id="three"), (5, 5)])
    def check(left: int, right: int) -> None:
        seen.append(left)
        assert left == right, "not equal"

    with pytest.raises(AssertionError, match=r"^2 of 4 cases fail:\n1, 2: not equal\n.*\nthree: not equal\n"):
        check()
    assert seen == [1, 1, 3, 5]


def test_a_check_that_raises_nothing_or_skips_fails() -> None:
    @played_together("value", ["one", "1", "SKIPS"], ids=lambda value: f"case {value}")
    def check(value: str) -> None:
        if value == "SKIPS":
            pytest.skip("not played")
        with pytest.raises(ValueError, match="invalid literal"):
            int(value)

    with pytest.raises(AssertionError, match=r"(?s)2 of 3 cases fail.*case 1: DID NOT RAISE.*case SKIPS: not played"):
        check()


def test_fixtures_are_left_to_pytest() -> None:
    @played_together("value", [(1, 2)], ids=["a pair"])
    def check(value: tuple[int, int], limit: int) -> None:
        assert sum(value) < limit

    assert list(inspect.signature(check).parameters) == ["limit"]
    check(limit=4)
    with pytest.raises(AssertionError, match="a pair: "):
        check(limit=3)


def test_no_cases_are_refused() -> None:
    with pytest.raises(AssertionError, match="a test without a case"):
        played_together("value", [])
