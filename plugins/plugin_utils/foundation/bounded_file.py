# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reading of a small file that another person brought: a regular file of ours, no link, at most so many bytes."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import InvalidInput
from .private_files import open_private


def read_bounded(path: Path, most: int) -> str:
    """Return the text of a file.

    :param most: bytes
    :raises InvalidInput: where it is larger, is a link, cannot be read, or somebody else could have written it
    :raises FileNotFoundError: where it does not exist
    """
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise InvalidInput(f"{path} is larger than {most:,} bytes. Look at what it is, and move it away.")
        return content.decode("utf-8")
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read ({error}). Look at what it is, and move it away.") from error
