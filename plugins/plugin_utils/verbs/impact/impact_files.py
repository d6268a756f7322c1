# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the reports of an impact: one JSON file for each appliance, and one page for all. The files are private: they show who uses what."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...change.records.records_folder import unique_name
from ...foundation.errors import InvalidInput
from ...foundation.private_files import make_private_directory, open_private, read_privately, write_privately
from ...recorded_traffic.impact_page import impact_page

PAGE, LOCK = "impact.html", ".lock"


def write_impact(directory: Path, values: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write the JSON file of one appliance, and the page again.

    Runs that end at the same time wait for each other. A run writes the page only if the page was begun before the run's JSON file
    existed, because a page of a thousand appliances takes half a second.

    :returns: the JSON file and the page
    :raises InvalidInput: if they cannot be written
    """
    path, page = directory / f"{unique_name(str(values['host']))}.json", directory / PAGE
    try:
        make_private_directory(directory)
        write_privately(path, json.dumps(values, indent=1) + "\n")
        descriptor = open_private(directory / LOCK, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not page.exists() or page.stat().st_mtime_ns <= path.stat().st_mtime_ns:
                begun = time.time_ns() - 10**8  # file times come from a coarser clock
                found = [json.loads(read_privately(file)) for file in sorted(directory.glob("*.json"))]
                write_privately(page, impact_page(found))
                os.utime(page, ns=(begun, begun))
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{directory}: the reports cannot be written: {error}") from error
    return path, page
