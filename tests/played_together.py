# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many cheap cases in one test."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

FAILURES = (Exception, pytest.fail.Exception, pytest.skip.Exception)
"""A case that is skipped would hide that it was not played."""


def played_together(
    names: str | tuple[str, ...], cases: Iterable[Any], ids: Callable[[Any], Any] | Sequence[str] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator like ``pytest.mark.parametrize`` that makes one test of all cases; it fails with the name of each case that fails.

    A test costs 5 ms, which is more than most checks of a value. All cases share the fixtures of the test, so none may change them.
    """
    parameters = [names] if isinstance(names, str) else list(names)
    played = list(cases)
    assert played, "a test without a case shows nothing"

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function)
        fixtures = [parameter for name, parameter in signature.parameters.items() if name not in parameters]

        @functools.wraps(function)
        def test(**given: Any) -> None:
            failed: list[tuple[str, BaseException]] = []
            for number, case in enumerate(played):
                values = _values(case, len(parameters))
                try:
                    function(**given, **dict(zip(parameters, values, strict=True)))
                except FAILURES as error:
                    failed.append((_name(case, values, number, ids), error))
            if failed:
                lines = (f"{name}: {error}" for name, error in failed)
                raise AssertionError("\n".join([f"{len(failed)} of {len(played)} cases fail:", *lines])) from failed[0][
                    1
                ]

        test.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return test

    return decorate


def _values(case: Any, size: int) -> tuple[Any, ...]:
    if hasattr(case, "values") and hasattr(case, "marks"):  # pytest.param
        assert not case.marks
        return tuple(case.values)
    return tuple(case) if size > 1 else (case,)


def _name(case: Any, values: tuple[Any, ...], number: int, ids: Callable[[Any], Any] | Sequence[str] | None) -> str:
    if getattr(case, "marks", None) is not None and getattr(case, "id", None):
        return str(case.id)
    if callable(ids):
        return "-".join(str(ids(value)) for value in values)
    return str(ids[number]) if ids else ", ".join(map(repr, values))
