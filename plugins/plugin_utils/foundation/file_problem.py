# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An error of the operating system about a file of the control node, in words that name the file and the fix. Pure."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


def file_problem(error: OSError) -> str:
    """Return which file of the control node cannot be used, why, and what to do."""
    file = str(error.filename)
    if error.errno in FULL:
        fix = f"Make room in {Path(file).parent} on the control node"
    elif error.errno in NOT_ALLOWED:
        fix = "Make it writable for the user of this run"
    else:
        fix = "Look at it on the control node"
    return f"{file} cannot be written or read ({error.strerror}). {fix}, then give the same command again."
