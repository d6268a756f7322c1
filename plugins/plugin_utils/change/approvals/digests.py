# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The digests by which requests, seals and records name the demand for approvals and the list of allowed signers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ...foundation.bounded_file import read_bounded
from ..records.allowed_signers import LONGEST

SHOWN = 12
"""Characters of a digest that a person reads."""


def digest_of_demand(demand: Any) -> str:
    """Return the SHA-256 of a demand, as its JSON with sorted keys and without blanks."""
    return _sha256(json.dumps(demand, sort_keys=True, separators=(",", ":"), default=str))


def digest_of_list(path: Path) -> str:
    """Return the SHA-256 of a list of allowed signers, as ``sha256sum`` prints it; of nothing where there is none.

    :raises InvalidInput: where it cannot be read, or somebody else could have written it
    """
    try:
        return _sha256(read_bounded(path, LONGEST))
    except FileNotFoundError:
        return _sha256("")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
