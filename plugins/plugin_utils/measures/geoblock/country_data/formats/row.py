# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The type of a row, and the error for a wrong one."""

from __future__ import annotations

from .....foundation.errors import InvalidInput
from .....foundation.foreign_text import printable
from ..file_reader import Text

Row = tuple[int, int, int, str, int]
UNKNOWN = "ZZ"


def wrong_row(text: Text, number: int, line: str, problem: str) -> InvalidInput:
    shown = printable(line.strip()[:80])
    return InvalidInput(
        f"{text.name} line {number}: {problem}: {shown!r}. The file is damaged or of another format: get it anew, or name its format."
    )
