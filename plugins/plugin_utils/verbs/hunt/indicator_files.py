# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The indicators of the catalogue in files for other programs: STIX 2.1 and Sigma."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from ...catalogue.entry_file import load_catalogue
from ...foundation.errors import Refused
from ...foundation.private_files import write_privately
from ...traces.hunting.exported_indicators import exported

BUNDLE, RULES = "indicators.stix.json", "sigma"


def write_indicators(catalogue: Path, directory: Path) -> list[str]:
    """Write the indicators of a catalogue for other programs, and return the files.

    :raises Refused: where they cannot be written
    """
    made = exported(load_catalogue(catalogue))
    texts = {directory / BUNDLE: json.dumps(made.bundle, indent=2) + "\n"}
    texts |= {
        directory / RULES / name: yaml.safe_dump(dict(rule), sort_keys=False, width=160)
        for name, rule in made.rules.items()
    }
    try:
        for path, text in texts.items():
            write_privately(path, text)
    except OSError as error:
        raise Refused(
            f"indicators: {directory} cannot be written ({error.strerror}). Name another directory."
        ) from error
    return [str(path) for path in texts]
