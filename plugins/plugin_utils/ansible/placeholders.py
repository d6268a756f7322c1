# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses ``<...>`` as a value: it stands in the line of a next action for what only a person knows, and was pasted as it is.

The lookup ``appliances`` calls this module when a playbook begins, and each task of a role where a playbook of somebody else has no such lookup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable

_PLACEHOLDER = re.compile(r"\s*[<\u2039][^<>\u2039\u203a]*[>\u203a]\s*")
"""Chat programs get the line with other brackets."""


def require_no_placeholders(extra: Mapping[str, Any]) -> None:
    """:param extra: the variables that were given with ``-e``
    :raises InvalidInput: naming each that still has its placeholder
    """
    found = [printable(str(name)) for name, value in extra.items() if any(map(_PLACEHOLDER.fullmatch, _texts(value)))]
    if found:
        told = " and ".join(f"-e {name}" for name in found)
        raise InvalidInput(
            f"{told}: replace <...> by what only you know, in the line that you pasted. Nothing was sent."
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for one in value.values() for text in _texts(one))
    elif isinstance(value, list | tuple):
        yield from (text for one in value for text in _texts(one))
