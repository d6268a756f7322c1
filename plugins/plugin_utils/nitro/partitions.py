# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Admin partitions: which there are, which are meant, and in which one a session is.

A partition has configuration, features, counters and a saved configuration of its own; a login lands in the default one, or
in that of a partition's own user. Sources: NITRO reference, nspartition (partitiontype "Default Partition" and "Current
Partition") and systemsession (currentconn, partitionname); telegraf issue 11536 (Switch is the session's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import NitroError, NotFound, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT

if TYPE_CHECKING:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session

NOT_TOLD = "whether there are admin partitions cannot be read (allow the user: show ns partition)"
# A release that has no such type yet (error list, NITRO layer).
UNKNOWN_TYPE_CODES = (1232, 1088)


@dataclass(frozen=True)
class PartitionChoice:
    """The partitions that a run is about.

    :ivar names: in the order in which they are worked on, the default one first
    :ivar left_out: those that are there and not meant
    :ivar unreadable: why it is not known which there are, or ""
    """

    names: tuple[str, ...] = (DEFAULT,)
    left_out: tuple[str, ...] = ()
    unreadable: str = ""

    @property
    def is_plain(self) -> bool:
        """Nothing but the default partition is there, as on most appliances."""
        return self.names == (DEFAULT,) and not self.left_out


def read_partitions(session: Session) -> list[str] | None:
    """The admin partitions besides the default one; None where the appliance does not tell."""
    try:
        rows = session.read("nspartition")
    except NotFound:
        return []
    except NitroError as error:
        return [] if error.errorcode in UNKNOWN_TYPE_CODES else None
    return [name for row in rows if (name := str(row.get("partitionname", ""))) and name.lower() != DEFAULT]


def why_not_the_default_only(session: Session) -> str:
    """Why a look at the default partition alone would not do; "" where there is no other."""
    partitions = read_partitions(session)
    if partitions is None:
        return NOT_TOLD
    return (
        f"there are admin partitions ({', '.join(partitions)}) that this run does not look into" if partitions else ""
    )


def choose_partitions(where: str, found: Sequence[str] | None, wanted: Sequence[str] | None) -> PartitionChoice:
    """Which partitions are meant.

    :param found: the admin partitions that are there; None where the appliance does not tell
    :param wanted: the names of the inventory, or None for all of them
    :raises Refused: where a partition is named that does not exist
    """
    if found is None:
        if wanted is not None and list(wanted) != [DEFAULT]:
            raise Refused(
                f"{where}: netscaler_partitions names {', '.join(wanted)}, and which partitions there are cannot be read "
                "(allow the user: show ns partition). Nothing was changed."
            )
        return PartitionChoice(unreadable=NOT_TOLD)
    present = [DEFAULT, *found]
    if wanted is None:
        return PartitionChoice(tuple(present))
    missing = [name for name in wanted if name not in present]
    if missing:
        raise Refused(
            f"{where}: netscaler_partitions names {', '.join(missing)}, and the appliance has no such partition "
            f"(it has {', '.join(present)}). Nothing was changed."
        )
    return PartitionChoice(
        tuple(name for name in present if name in wanted), tuple(name for name in present if name not in wanted)
    )
