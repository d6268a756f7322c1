# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`&&` and `||` with operands that may be UNDEF."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from .open_semantics import Ambiguity, ReadingChooser
from .request import Request
from .results import UNDEF, UNDETERMINED, UNKNOWN, Halt, Undefined
from .typesystem import Boolean, Run, Term

Truth = bool | Undefined


def logic(operator: str, sides: Sequence[Term], chooser: ReadingChooser) -> Term:
    """Return the term of a row of `&&` or of `||` between conditions."""
    decisive = operator == "||"
    runs = tuple(side.run for side in sides)
    if any(side.partial for side in sides):
        return Term(Boolean(), _careful(runs, decisive, chooser.choose(Ambiguity.UNDEF_IN_LOGIC)), partial=True)
    if len(runs) > 2:
        some_or_all = any if decisive else all
        return Term(Boolean(), lambda request: some_or_all(side(request) for side in runs))
    one, other = runs
    if decisive:
        return Term(Boolean(), lambda request: one(request) or other(request))
    return Term(Boolean(), lambda request: one(request) and other(request))


def _careful(runs: tuple[Run, ...], decisive: bool, reading: str) -> Run:
    lazy = reading != "always_undef"

    def run(request: Request) -> bool:
        result = _truth(runs[0], request)
        for side in runs[1:]:
            if lazy and result is decisive:
                return decisive
            following = _truth(side, request)
            if isinstance(result, bool) and isinstance(following, bool):
                result = result if result is decisive else following
            else:
                result = _combined(result, following, decisive, reading)
        if isinstance(result, Undefined):
            raise Halt(result)
        return result

    return run


def _truth(run: Run, request: Request) -> Truth:
    try:
        return bool(run(request))
    except Halt as halt:
        return halt.result


_POSSIBLE: dict[Truth, tuple[Truth, ...]] = {
    UNKNOWN: (True, False),
    UNDETERMINED: (True, False, UNDEF),
}


def _combined(first: Truth, second: Truth, decisive: bool, reading: str) -> Truth:
    """Return the only possible result, given what is known of the operands, else UNKNOWN or UNDETERMINED."""
    sides = product(_POSSIBLE.get(first, (first,)), _POSSIBLE.get(second, (second,)))
    results = {_combine(one, other, decisive, reading) for one, other in sides}
    if len(results) == 1:
        return results.pop()
    return UNDETERMINED if UNDEF in results else UNKNOWN


def _combine(first: Truth, second: Truth, decisive: bool, reading: str) -> Truth:
    if reading == "short_circuit":
        return first if first is decisive or first is UNDEF else second
    if reading == "three_valued" and decisive in {first, second}:
        return decisive
    if UNDEF in {first, second}:
        return UNDEF
    return decisive if decisive in {first, second} else not decisive
