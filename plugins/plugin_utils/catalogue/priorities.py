# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The number (priority) at which the policies of an entry are bound, the same on every appliance. Pure.

An entry names its number. One that names none, such as an older one of a user, gets a number that follows from its id alone, so that no other entry
and no order of applying changes it.
"""

from __future__ import annotations

from zlib import crc32

HIGHEST_PRIORITY = 2147483646  # NITRO takes one more, which stays free for the twin of a binding that is changed
BEFORE_NUMBERS = 10
"""The number of every mitigation before entries had numbers of their own: what is deployed there stays there."""
DERIVED = range(30, 80)
"""The numbers of entries that name none: behind the built-in ones (10 to 29), in front of geoblock (80) and whitelist (100), and where others rarely bind."""


def derived_number(id_: str) -> int:
    """Return the number of an entry that names none."""
    return DERIVED[crc32(id_.encode()) % len(DERIVED)]
