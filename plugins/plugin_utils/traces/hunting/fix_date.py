# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Since when a node has run its build, and so whether a trace is older than the fix.

The kernel of a build is ``/flash/ns-<build>.gz``, and the installer leaves ``/var/nsinstall/installns_state``: their modification times are the second
source beside the change records (README of netscaler-ctx697096-checker). Times on a node can be forged, so a result says which file it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ...appliance.nitro.builds import Build
from ...catalogue.entry import Entry
from ...catalogue.trains import BuildState
from ..findings.finding import Fixed
from ..node_reading.node_reader import NodeReader
from ..trace_rules.installed import Started, shown_by

_GOOD = (BuildState.FIXED, BuildState.NOT_AFFECTED)


@dataclass(frozen=True)
class FixDate:
    """Since when a build runs.

    :ivar since: by the clock and in the zone of the node; None where nothing shows it
    :ivar source: the file that shows it
    """

    build: Build | None
    since: datetime | None = None
    source: str = ""

    def of(self, entries: Iterable[Entry], time: datetime | None) -> Fixed:
        """Return whether a trace is older than the fix of all the weaknesses that it can come from.

        :param entries: none where the trace can come from any weakness
        :param time: of the trace, by the clock and in the zone of the node
        """
        named = tuple(entries)
        if self.build is None or not named:
            return Fixed.UNKNOWN
        if any(entry.build_state(self.build) not in _GOOD for entry in named):
            return Fixed.NOT_FIXED
        if time is None or self.since is None:
            return Fixed.UNKNOWN
        return Fixed.BEFORE if time < self.since else Fixed.AFTER


def fix_date(view: NodeReader, build: Build | None, now: datetime, started: Started) -> FixDate:
    """Return since when a node runs its build, by the kernel's file, or else by that of the installer.

    :param now: by the clock of the node; started: likewise, when it was started
    """
    return FixDate(None) if build is None else FixDate(build, *shown_by(view.tree, build, now, started))
