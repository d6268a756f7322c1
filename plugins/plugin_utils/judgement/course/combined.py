# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One line of what builds, closings and our mitigation say together of one weakness. Pure.

The builds come first, since what is fixed or was never affected needs nothing else; then a closing of the whole appliance; then our mitigation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...catalogue.entry import Entry
from ...change.records.closures import NOT_PROVEN
from ..proof.catalogue_verdict import CLOSED_SURFACES
from .build_track import BEGINNING, BEHIND, WORSE_CASE, BuildCourse, bulletin_day
from .interval import Interval, Line, swept
from .sourced_date import Confidence, Dated
from .state import State
from .today import Today

_CARRIED = (State.TAKEN_OFF, State.OBSERVING, State.INEFFECTIVE, State.EXPOSED, State.UNPROVEN)
"""The states that say that nothing is known to stop an attack."""


def combined_line(
    entry: Entry, builds: BuildCourse, measure: Line, closed: Line, today: Today, exposed_from: Dated
) -> Line:
    """Return the line of all that is known.

    :param exposed_from: by the earliest evidence; no time where nothing shows an exposure
    """
    never = None if exposed_from.is_known or entry.id in today.not_by_configuration else exposed_from.source
    return swept(
        (builds.line, measure, closed, configuration_line(entry, today), _not_read(today)),
        lambda _since, held: _together(held, never),
    )


def shown_as_closed(entry: Entry, line: Line, today: Today) -> Line:
    """Return a line where all virtual servers are switched off today by what the appliance alone says: that is a closing which nothing proves.

    It ends no exposure, and hides nothing that somebody changed or that was not read.
    """
    last = line[-1]
    if (
        not today.all_off
        or entry.surface not in CLOSED_SURFACES
        or not entry.can_be_closed()
        or last.state not in _CARRIED
    ):
        return line
    at = Dated(today.at, "the appliance: all virtual servers are switched off", Confidence.READ)
    off = Interval(at, None, State.UNPROVEN, f"every virtual server is switched off: {NOT_PROVEN}", (at.source,))
    before = () if last.start >= today.at else (replace(last, until=at),)
    return (*line[:-1], *before, off)


def counted_line(entry: Entry, line: Line, exposed_from: Dated) -> Line:
    """Return a line from the time on at which the weakness counts."""
    begins = exposed_from if exposed_from.is_known else Dated.of_day(bulletin_day(entry), "the bulletin")
    return tuple(_since(line, begins))


def _since(line: Line, begins: Dated) -> Iterator[Interval]:
    for one in line:
        if begins.time is not None and one.start < begins.time:
            if one.end is None or one.end > begins.time:
                yield replace(one, since=begins)
        else:
            yield one


def configuration_line(entry: Entry, today: Today) -> Line:
    """Return that the appliance lacks what the weakness needs: since today, since nothing shows what it had before."""
    why = today.not_by_configuration.get(entry.id, "")
    if not why:
        return ()
    text = f"its configuration does not have what the weakness needs: {why}"
    at = Dated(today.at, "the configuration of the appliance", Confidence.READ)
    return (
        Interval(BEGINNING, at, State.UNKNOWN, f"{text}; since when is not known"),
        Interval(at, None, State.NOT_AFFECTED, text, (at.source,)),
    )


def _not_read(today: Today) -> Line:
    """Return that nobody knows what holds since today, where the appliance or a node was not read: what the records say is of before."""
    nodes = ", ".join(node for node, build in today.builds.items() if build is None)
    why = today.problem or (f"{nodes} was not read" if nodes else "")
    at = Dated(today.at, why, Confidence.READ)
    return (Interval(at, None, State.UNKNOWN, why, (why,)),) if why else ()


def _together(held: Sequence[Interval | None], never: str | None) -> Interval | None:
    """Return what holds; None before anything is known.

    :param held: of the builds, our mitigation, the closing of all, the configuration and what was not read
    :param never: why nothing shows that it ever had the weakness; None where something does
    """
    build, measure, closed, configuration, unread = held
    if unread is not None and not (build is not None and build.state.protects):
        return unread
    if never and build is not None and build.reason == WORSE_CASE:
        build = replace(build, state=State.UNKNOWN, reason=never)
    for one in (build, configuration, closed, measure):
        if one is not None and one.state.protects:
            return one
    if closed is not None and closed.state is State.UNKNOWN:
        return closed
    return _not_protected(build, measure, configuration)


def _not_protected(build: Interval | None, measure: Interval | None, configuration: Interval | None) -> Interval | None:
    """Return what is known of a time without protection: what is not known of the builds comes before a rule that is not proven.

    What no build can say anything of is what our rule says.
    """
    if build is not None and build.reason == BEHIND and measure is not None and measure.state is not State.NONE:
        build = None
    unknown = next((one for one in (configuration, build) if one is not None and one.state is State.UNKNOWN), None)
    if measure is None or measure.state is State.NONE:
        return unknown or build
    shown = measure.state in (State.EXPOSED, State.INEFFECTIVE)
    return unknown if unknown is not None and not shown and not measure.state.stops else measure
