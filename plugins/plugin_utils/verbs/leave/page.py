# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of what is left on an appliance: lines for people, and JSON values for programs. Pure; all text of the appliance is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.names import DEFAULT
from ...foundation.foreign_text import printable
from ..rollback.rollback_per_partition import PartitionedRollbackPlan
from .leftovers import Leftovers, NodeFiles

MOST_SHOWN = 8
"""The largest number of objects of a measure whose names the lines have; the values have all."""


def leave_lines(headline: str, found: Leftovers, plans: Mapping[str, PartitionedRollbackPlan]) -> list[str]:
    """Return the lines of the report; none where there is nothing to say, since the end of the page counts these appliances.

    :param headline: names the appliance
    :param plans: what a removal would do; empty where it is only listed
    """
    lines: list[str] = []
    for measure in found.measures:
        lines += _measure_lines(measure, found)
        lines += [f"    - {line}" for line in _plan_lines(plans.get(measure))]
    lines += [f"  closed by us: {text}" for text in found.closed]
    for node, files in found.files.items():
        lines += [f"  {node}: {text}" for text in file_texts(files)]
    for node, start_up_lines in found.start_up_lines.items():
        lines += [f"  {node}: /nsconfig/rc.netscaler has the line, which stays: {line}" for line in start_up_lines]
    lines += [f"  {node}: the script of on_box.yml: {', '.join(parts)}" for node, parts in found.script.items()]
    lines += [f"  not ours, in spite of its name, and left alone: {text}" for text in found.foreign]
    lines += [f"  NOT READ: {text}" for text in found.not_read]
    return [printable(line) for line in (headline, f"  {summary(found)}", *lines)] if lines else []


def summary(found: Leftovers) -> str:
    """Return in words how much is left."""
    number = sum(len(names) for places in found.objects.values() for names in places.values())
    files = sum(one.copies + one.locks + len(one.data) for one in found.files.values())
    counts = (
        (len(found.measures), "measure", "measures"),
        (number, "object", "objects"),
        (len(found.closed), "closed virtual server", "closed virtual servers"),
        (files, "file", "files"),
        (len(found.script), "node with the script of on_box.yml", "nodes with the script of on_box.yml"),
    )
    texts = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    left = f"left: {', '.join(texts)}" if texts else "nothing of ours was found"
    return f"{left}, and NOT ALL WAS READ" if found.not_read else left


def file_texts(files: NodeFiles) -> list[str]:
    """Return in words which files of ours a node has."""
    copies = f"{files.copies} change record{'' if files.copies == 1 else 's'} with a copy in {DIRECTORY}"
    locks = f"{files.locks} lock file{'' if files.locks == 1 else 's'} in {DIRECTORY}"
    return [*([copies] if files.copies else []), *([locks] if files.locks else []), *files.data]


def _measure_lines(measure: str, found: Leftovers) -> Iterator[str]:
    for partition, names in found.objects.get(measure, {}).items():
        place = "" if partition == DEFAULT else f" in partition {partition}"
        more = f", and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
        number = f"{len(names)} object{'' if len(names) == 1 else 's'}"
        yield f"  {measure}{place}: {number}: {', '.join(names[:MOST_SHOWN])}{more}"
    for line in found.settings.get(measure, ()):
        yield f"  {measure}, set by our runs: {line}"


def _plan_lines(plan: PartitionedRollbackPlan | None) -> Iterable[str]:
    if plan is None:
        return
    for partition, own in plan.partitions.items():
        place = "" if partition == DEFAULT else f" (partition {partition})"
        for step in own.steps:
            yield from (f"{line}{place}" for line in step.lines())
