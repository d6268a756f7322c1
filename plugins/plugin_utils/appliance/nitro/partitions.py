# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Admin partitions: those of an appliance, and those that a run works on.

A partition has configuration, features, counters and a saved configuration of its own; a login lands in the default one, or
in that of a partition's own user. Sources: NITRO reference, nspartition (partitiontype "Default Partition" and "Current
Partition") and systemsession (currentconn, partitionname); telegraf issue 11536 (Switch is the session's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...foundation.errors import NitroError, NotFound, Refused
from .names import DEFAULT, is_stand_in
from .session import Session

UNREADABLE = "whether there are admin partitions cannot be read (allow the user: show ns partition)"
# The release does not have this type (error list, NITRO layer).
UNKNOWN_TYPE_CODES = (1232, 1088)


@dataclass(frozen=True)
class PartitionChoice:
    """The partitions that a run works on.

    :ivar names: in the order of the work, the default partition first
    :ivar left_out: the other partitions of the appliance: not named in the inventory, or of a name that NITRO does not allow
    :ivar unusable: those of them that nobody has left out: the inventory names no partitions, and NITRO does not allow their names
    :ivar unreadable: why the partitions of the appliance are not known; "" where they are
    """

    names: tuple[str, ...] = (DEFAULT,)
    left_out: tuple[str, ...] = ()
    unreadable: str = ""
    unusable: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """True if the appliance has the default partition only, as most have."""
        return self.names == (DEFAULT,) and not self.left_out


def read_partitions(session: Session) -> list[str] | None:
    """Return the admin partitions other than the default one, each once; None where they cannot be read.

    One whose name NITRO does not allow has a stand-in for it (:mod:`names`), which can be neither entered nor named in the inventory.
    """
    try:
        rows = session.read("nspartition")
    except NotFound:
        return []
    except NitroError as error:
        return [] if error.errorcode in UNKNOWN_TYPE_CODES else None
    names = dict.fromkeys(str(row.get("partitionname", "")) for row in rows)
    return [name for name in names if name and name.lower() != DEFAULT]


def partitions_not_covered(session: Session) -> str:
    """Return why it is not enough to read the default partition; "" where the appliance has no other."""
    partitions = read_partitions(session)
    if partitions is None:
        return UNREADABLE
    return f"there are admin partitions ({', '.join(partitions)}) that this run does not read" if partitions else ""


def choose_partitions(where: str, found: Sequence[str] | None, wanted: Sequence[str] | None) -> PartitionChoice:
    """Return the partitions to work on.

    :param found: the admin partitions of the appliance; None where they cannot be read
    :param wanted: the names in the inventory; None for all
    :raises Refused: where a named partition does not exist
    """
    if found is None:
        if wanted is not None and list(wanted) != [DEFAULT]:
            raise Refused(
                f"{where}: netscaler_partitions names {', '.join(wanted)}, and which partitions there are cannot be read "
                "(allow the user: show ns partition). Nothing was changed."
            )
        return PartitionChoice(unreadable=UNREADABLE)
    present = [DEFAULT, *found]
    if wanted is None:
        unusable = tuple(name for name in found if is_stand_in(name))
        names = tuple(name for name in present if name not in unusable)
        return PartitionChoice(names, unusable, unusable=unusable)
    missing = [name for name in wanted if name not in present]
    if missing:
        raise Refused(
            f"{where}: netscaler_partitions names {', '.join(missing)}, and the appliance has no such partition "
            f"(it has {', '.join(present)}). Nothing was changed."
        )
    return PartitionChoice(
        tuple(name for name in present if name in wanted), tuple(name for name in present if name not in wanted)
    )
