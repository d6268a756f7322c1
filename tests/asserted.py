# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``ASSERTED=1 pytest ...`` fails a test that ends without an assertion: a loop over nothing shows nothing.

An assert statement that holds counts, in a test or in a module of ``tests``, and so does an exception or a warning that pytest expects. Each assert
statement is compiled with a call behind it that counts; pytest's own hook (``pytest_assertion_pass``) would write each value down too. What is
compiled so has a name of its own beside what pytest compiles otherwise.
"""

from __future__ import annotations

import ast
import builtins
import functools
import os
import sys
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from _pytest.assertion import rewrite
from _pytest.recwarn import WarningsChecker

TESTS = Path(__file__).parent
NAME = "__asserted__"
"""Of the function that each assert statement calls once it holds."""


class Counting(ast.NodeTransformer):
    """Adds the call behind each assert statement."""

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        call = ast.Expr(ast.Call(ast.Name(NAME, ast.Load()), [], []))
        return [node, ast.fix_missing_locations(ast.copy_location(call, node))]


class Asserted:
    """Counts the assertions of each test."""

    def __init__(self) -> None:
        self.count = 0
        self._undo = pytest.MonkeyPatch()
        self._undo.setattr(builtins, NAME, self.note, raising=False)
        self._undo.setattr(rewrite, "PYC_TAIL", f"-asserted{rewrite.PYC_TAIL}")
        self._undo.setattr(rewrite, "rewrite_asserts", self._rewriting(rewrite.rewrite_asserts))
        for kind in (pytest.RaisesExc, pytest.RaisesGroup, WarningsChecker):
            self._undo.setattr(kind, "__exit__", self._leaving(kind.__exit__))

    def note(self) -> None:
        self.count += 1

    def _rewriting(self, rewriting: Any) -> Any:
        def counting(module: ast.Module, *more: Any) -> None:
            Counting().visit(module)
            rewriting(module, *more)

        return counting

    def _leaving(self, leave: Any) -> Any:
        """Return how to leave a block in which something is expected; it ends with an error where that did not come."""

        @functools.wraps(leave)
        def counting(
            block: Any, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> Any:
            handled = leave(block, kind, error, trace)
            self.count += handled is True or error is None
            return handled

        return counting

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        self.count = 0
        result = yield
        if not self.count:
            pytest.fail("it ends without an assertion", pytrace=False)
        return result

    def pytest_unconfigure(self) -> None:
        self._undo.undo()


def helpers() -> list[str]:
    """Return the modules of ``tests`` that are not imported yet: by itself pytest rewrites only the assert statements of test modules."""
    found = (".".join(file.relative_to(TESTS.parent).with_suffix("").parts) for file in sorted(TESTS.rglob("*.py")))
    return [name for name in found if name not in sys.modules and not name.endswith("__init__")]


def from_environment() -> Asserted | None:
    """Return the counter if the environment asks for it."""
    return None if os.environ.get("ASSERTED", "") in ("", "0") else Asserted()
