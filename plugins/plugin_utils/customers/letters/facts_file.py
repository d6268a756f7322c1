# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file of facts: JSON, or YAML that people write. It is bounded, and has no aliases and tags."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from ...catalogue.bounded_yaml import read_yaml
from ...foundation.errors import InvalidInput
from ...foundation.private_files import read_private_bytes
from .facts import CustomerFacts
from .facts_json import read_file_of_facts

LARGEST = 64 * 1024 * 1024
"""Bytes of a file in JSON. One in YAML has the bounds of an entry of the catalogue."""


def read_json(path: Path) -> Any:
    """Return the value of a JSON file, which must be ours.

    :raises InvalidInput: naming the file and the fix
    """
    try:
        return _json(path)
    except (OSError, ValueError, RecursionError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidInput(f"{path} cannot be read ({problem}): name a file that exists and is whole") from error


def read_facts(path: Path) -> tuple[CustomerFacts, ...]:
    """Return the facts of each customer.

    :raises InvalidInput: naming the file, what is wrong, and the fix
    """
    try:
        values = _json(path) if path.suffix == ".json" else read_yaml(path)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidInput(f"facts_file: {path} cannot be read ({problem}): name a file of facts") from error
    return read_file_of_facts(str(path), values)


def _json(path: Path) -> Any:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 1024 // 1024} MiB")
    return json.loads(read_private_bytes(path))
