# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An admin partition to which no run has brought a measure: does it take protection from the appliance? Reads only.

Who breaks in through a virtual server of any partition is in the appliance of all customers. Through a partition without one nobody gets in.
"""

from __future__ import annotations

from ...appliance.nitro.connection import Connection
from ...appliance.object_reads.vserver_reads import read_vservers
from ...foundation.errors import TourniquetError


def without_measure(connection: Connection, partition: str) -> str:
    """Return that no run has brought the measure into a partition, as a clause; "" where no virtual server of it has an address.

    One that is switched off counts: it may have been on. So does what cannot be read.
    """
    try:
        with connection.inside(partition):
            is_reached = any(one.addressable for one in read_vservers(connection.primary))
    except TourniquetError:
        is_reached = True
    return f"partition {partition}: no run of ours has brought it in there" if is_reached else ""
