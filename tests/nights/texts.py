# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was read, as texts by view."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from tests.nights.outputs import Outputs


def texts_of(found: Outputs) -> dict[str, str]:
    """Return by view its text; of values, their JSON, in which the order of keys says nothing."""
    return dict(_texts("", found))


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    for one in dataclasses.fields(value):
        inside, called = getattr(value, one.name), f"{name} {one.name}".strip()
        if dataclasses.is_dataclass(inside):
            yield from _texts(called, inside)
        else:
            yield (
                called,
                inside if isinstance(inside, str) else json.dumps(inside, indent=1, default=_plain, sort_keys=True),
            )


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
