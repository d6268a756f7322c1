# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lines of the packages that make statements are carried out while something is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

from tests.lies.packages import package_of

Line = tuple[str, int]
_BEFORE = "/plugins/plugin_utils/"


@cache
def _module(file: str) -> str:
    """Return a module of these packages by its file; "" for any other file."""
    _root, _slash, module = file.rpartition(_BEFORE)
    return module if module and package_of(module) else ""


@contextmanager
def lines_of() -> Iterator[set[Line]]:
    """Collect the lines."""
    found: set[Line] = set()

    def called(frame: FrameType, _event: str, _argument: Any) -> Any:
        module = _module(frame.f_code.co_filename)
        if not module:
            return None

        def line(frame: FrameType, event: str, _argument: Any) -> Any:
            if event == "line":
                found.add((module, frame.f_lineno))
            return line

        found.add((module, frame.f_lineno))
        return line

    before = sys.gettrace()
    sys.settrace(called)
    try:
        yield found
    finally:
        sys.settrace(before)
