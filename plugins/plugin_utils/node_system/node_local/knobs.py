# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The knobs of the packet engine that a start-up line may set. The commands are constants: no text of a catalogue or of an appliance becomes one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ...catalogue.mitigation import entries, load_mitigation
from ...foundation.errors import InvalidInput
from ...measures.registry import inventory_kinds


@dataclass(frozen=True)
class Knob:
    """A value of the running packet engine, which the next boot forgets.

    :ivar line: the line of rc.netscaler that sets it at each boot; it is the command that sets it now, too
    :ivar unset: the command that sets the value of a boot without the line
    """

    name: str
    line: str
    unset: str

    def other_lines(self, text: str) -> list[str]:
        """Return the active lines of a start-up file that name the knob and are not ours."""
        named = re.compile(rf"\b{self.name}\b")
        lines = (line.strip() for line in text.splitlines())
        return [line for line in lines if named.search(line) and not line.startswith("#") and line != self.line]


SYSTEM_ACCESS = Knob(
    "skip_systemaccess_policyeval",
    "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0",
    # That 1 is the value without the line is told by users; the vendor's article has a reboot instead (CTX267679).
    "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=1",
)
_KNOBS = {knob.line: knob for knob in (SYSTEM_ACCESS,)}


def entry_with_knob(catalogue: Path, where: str) -> str:
    """Return the id of the entry of a catalogue whose start-up line this version carries out, where a run names no entry or all.

    :raises InvalidInput: where there is none, or more than one
    """
    found = [id_ for id_ in entries(catalogue) if load_mitigation(catalogue / id_).start_up_line in _KNOBS]
    if len(found) != 1:
        which = f"{' and '.join(found)} have" if found else f"no entry of {catalogue} has"
        raise InvalidInput(f"{where}: {which} a node-local half. Name one: -e mitigation=... Nothing was sent.")
    return found[0]


def knob_of(line: str, where: str) -> Knob:
    """Return the knob that a start-up line sets.

    :param where: the host, for the message
    :raises InvalidInput: where the measure has no start-up line, or one that this version does not know
    """
    knob = _KNOBS.get(line)
    if knob is None:
        what = (
            f"has the start-up line {line!r}, which is not one that this version carries out"
            if line
            else "has no node-local half"
        )
        raise InvalidInput(f"{where}: the measure {what}. Leave out node_local. Nothing was sent.")
    return knob


def require_half(catalogue: Path, measure: str, where: str) -> None:
    """Refuse a run on both halves of a measure that has only one, before the first is changed. A measure that there is not is told later.

    :raises InvalidInput: see :func:`knob_of`
    """
    if measure in inventory_kinds():
        knob_of("", where)
    if measure in entries(catalogue, measure):
        knob_of(load_mitigation(catalogue / measure).start_up_line, where)
