# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of functions: the functions of each type, and the prefixes with which an expression may begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .call import Call, Instances
from .typesystem import Term, Type

Handler = Callable[[Call], Term]


@dataclass(frozen=True)
class Function:
    """A function of the language; `keeps_type`: its result is not plain text, although it belongs to text."""

    handler: Handler
    instances: Instances = Instances.LAST
    keeps_type: bool = False


FUNCTIONS: dict[tuple[type[Type], str], Function] = {}
PREFIXES: dict[str, Handler] = {}
RESPONSE_PREFIXES: dict[str, Handler] = {}
"""The prefixes that only expressions about responses may have."""


def function(
    owner: type[Type], *names: str, instances: Instances = Instances.LAST, keeps_type: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler under these function names of a type."""

    def enter(handler: Handler) -> Handler:
        for name in names:
            FUNCTIONS[owner, name] = Function(handler, instances, keeps_type)
        return handler

    return enter


def prefix(*paths: str) -> Callable[[Handler], Handler]:
    """Register a handler for these dotted prefixes."""

    def enter(handler: Handler) -> Handler:
        PREFIXES.update(dict.fromkeys(paths, handler))
        return handler

    return enter


def response_prefix(*paths: str) -> Callable[[Handler], Handler]:
    """Register a handler for these dotted prefixes of expressions about responses."""

    def enter(handler: Handler) -> Handler:
        RESPONSE_PREFIXES.update(dict.fromkeys(paths, handler))
        return handler

    return enter


def find(type_: Type, name: str) -> tuple[type[Type], Function] | None:
    """Return the function with this name and the type that has it; the most specific type wins."""
    for owner in type(type_).__mro__:
        found = FUNCTIONS.get((owner, name))
        if found:
            return owner, found
    return None
