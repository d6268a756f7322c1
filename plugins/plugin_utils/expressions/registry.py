# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of functions: which names follow which type, and which prefixes an expression may begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.call import Call, Instances
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.typesystem import Term, Type

Handler = Callable[[Call], Term]


@dataclass(frozen=True)
class Function:
    """A function of the language; `keeps_type`: it isn't an operation on plain text, though it stands with text."""

    handler: Handler
    instances: Instances = Instances.LAST
    keeps_type: bool = False


FUNCTIONS: dict[tuple[type[Type], str], Function] = {}
PREFIXES: dict[str, Handler] = {}


def function(
    owner: type[Type], *names: str, instances: Instances = Instances.LAST, keeps_type: bool = False
) -> Callable[[Handler], Handler]:
    """Enter a handler in the table under these names of a type."""

    def enter(handler: Handler) -> Handler:
        for name in names:
            FUNCTIONS[owner, name] = Function(handler, instances, keeps_type)
        return handler

    return enter


def prefix(*paths: str) -> Callable[[Handler], Handler]:
    """Enter a handler as the meaning of these dotted prefixes."""

    def enter(handler: Handler) -> Handler:
        PREFIXES.update(dict.fromkeys(paths, handler))
        return handler

    return enter


def find(type_: Type, name: str) -> tuple[type[Type], Function] | None:
    """The function of this name, with the type in whose table it stands: the nearest one wins."""
    for owner in type(type_).__mro__:
        found = FUNCTIONS.get((owner, name))
        if found:
            return owner, found
    return None
