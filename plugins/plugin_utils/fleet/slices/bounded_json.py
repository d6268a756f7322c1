# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON of an execution node, refused before it becomes objects where it would need much more memory than it has bytes. Pure."""

from __future__ import annotations

import json
from typing import Any

MOST_OF_A_JOB = 2_000_000
"""Values of one file of a job: twenty thousand for each of a hundred appliances. Three bytes such as ``[],`` become seventy in memory."""
MOST_OF_A_LINE = 500_000
"""Values of one line of a stream: the result of one appliance."""


def parse_bounded(content: bytes, most: int) -> Any:
    """Return a JSON value.

    :param most: the largest number of values
    :raises ValueError: where it is not JSON, or has more values
    """
    require_few_values(content, most)
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("it is nested without end") from None


def require_few_values(content: bytes, most: int) -> None:
    """Check the number of values without reading them.

    :raises ValueError: where there are more
    """
    if content.count(b",") > most:
        raise ValueError(f"it has more than {most:,} values")
