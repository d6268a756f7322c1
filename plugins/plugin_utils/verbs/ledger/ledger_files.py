# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The exposure ledger of a fleet in files: JSON for programs, CSV for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...foundation.errors import Refused
from ...foundation.private_files import write_privately
from .page import ledger_csv


def write_ledger(directory: Path, found: Mapping[str, Any]) -> list[str]:
    """Write the ledger of a fleet as JSON and CSV, and return the files.

    :param found: by :func:`.fleet_ledger`
    :raises Refused: where they cannot be written
    """
    values = {"schema": found["schema"], "exit_code": found["exit_code"], "appliances": found["appliances"]}
    texts = {
        directory / "ledger.json": json.dumps(values, indent=2) + "\n",
        directory / "ledger.csv": ledger_csv(found["appliances"]),
    }
    try:
        for path, text in texts.items():
            write_privately(path, text)
    except OSError as error:
        raise Refused(f"ledgers: {directory} cannot be written ({error.strerror}). Name another directory.") from error
    return [str(path) for path in texts]
