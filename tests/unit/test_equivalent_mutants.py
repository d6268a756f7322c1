# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which mutants count as the same as the code: only what a rule says."""

from __future__ import annotations

import pytest

from tests.mutants.equivalent import reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if len(a) > 0:\n    b()", "if len(a) != 0:\n    b()"),
        ("c = len(a) == 0 or b", "c = len(a) <= 0 or b"),
        (
            "f = os.open(p, os.O_WRONLY | os.O_EXCL | os.O_CREAT)",
            "f = os.open(p, os.O_WRONLY | os.O_EXCL + os.O_CREAT)",
        ),
        ("f = os.O_WRONLY | os.O_EXCL", "f = os.O_WRONLY ^ os.O_EXCL"),
        ("a.sort(key=lambda one: (-len(one), one))", "a.sort(key=lambda one: (~len(one), one))"),
        ("a = b.split(' ', 1)[0]", "a = b.split(' ', 2)[0]"),
        ("a = b.rsplit(' ', 1)[-1]", "a = b.rsplit(' ', 2)[-1]"),
    ],
)
def test_what_means_the_same_has_a_reason(before: str, after: str) -> None:
    assert reason(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if len(a) > 0:\n    b()", "if len(a) >= 0:\n    b()"),
        ("if len(a) > 1:\n    b()", "if len(a) != 1:\n    b()"),
        ("c = 0 < len(a) <= 9", "c = 0 <= len(a) <= 9"),
        ("c = 0 < len(a) <= 9", "c = 0 < len(a) != 9"),
        ("c = 0 < len(a)", "c = 0 > len(a)"),
        ("if count > 0:\n    b()", "if count != 0:\n    b()"),
        ("f = os.O_WRONLY | os.O_EXCL", "f = os.O_WRONLY & os.O_EXCL"),
        ("f = os.O_WRONLY | os.O_WRONLY", "f = os.O_WRONLY + os.O_WRONLY"),
        ("f = os.O_WRONLY | flags", "f = os.O_WRONLY + flags"),
        ("a = -len(b)", "a = ~len(b)"),
        ("a.sort(key=lambda one: (-len(one), one))", "a.sort(key=lambda one: (+len(one), one))"),
        ("a = b.split(' ', 1)[1]", "a = b.split(' ', 2)[1]"),
        ("a = b.split(' ', 1)[0]", "a = b.split(' ', 0)[0]"),
        ("a = b[1][0]", "a = b[2][0]"),
    ],
)
def test_what_means_something_else_has_none(before: str, after: str) -> None:
    assert reason(before, after) == ""
