# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""systemcmdpolicy: an update has all attributes (provider, resource map of the collection)."""

from __future__ import annotations

from simulator.nitro import generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import writes
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError


@writes("systemcmdpolicy", "PUT")
def _update(call: Call, row: Row) -> None:
    given = {str(name).lower() for name in row}
    for attribute in TYPES["systemcmdpolicy"].attributes:
        if attribute.required and attribute.name not in given:
            raise NitroError(1095, attribute.name)
    generic_writes.write(call, row)
