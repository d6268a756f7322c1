# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file that a value of a variable comes from, as ansible-core tags it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def origin_of(value: Any) -> str:
    """Return file and line of a value of a variable; "" where ansible-core does not tell them."""
    tag = _tag(value)
    return str(tag) if tag is not None and tag.path else ""


def origin_file(value: Any) -> Path | None:
    """Return the file that a value of a variable comes from; None where ansible-core does not tell it, as of a dynamic inventory."""
    tag = _tag(value)
    return Path(tag.path) if tag is not None and tag.path else None


def _tag(value: Any) -> Any:
    try:
        from ansible._internal._datatag._tags import Origin  # noqa: PLC0415 -- not a public name of ansible-core
    except ImportError:
        return None
    return Origin.get_tag(value)
