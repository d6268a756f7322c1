# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The form of an object, as a template has it: rendered once, checked against its contract, then filled row by row.

Thousands of rows of a set differ in a few values. So a template is rendered with stand-ins for these values and parsed once; each row
is then a copy of the result with its own values. What a form may say is fixed by :class:`Contract`: the lockout checks judge names,
sources, destinations, actions and priorities, so these must be exactly as requested, and nothing may narrow or widen them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, Value
from ...catalogue.desired_state import parse_objects
from ...foundation.errors import InvalidInput
from .templates import FIX, Templates

Row = Mapping[str, Value]


@dataclass(frozen=True)
class Form:
    """One object with places for the values of a row.

    :ivar attributes: in canonical order, each with its value, and the name of the row's value that takes its place or ""
    """

    attributes: tuple[tuple[str, Value, str], ...]

    def fill(self, row: Row) -> Attributes:
        """Return the attributes of one row, in canonical form."""
        return {name: row[place] if place else value for name, value, place in self.attributes}


@dataclass(frozen=True)
class Contract:
    """The objects that a template must yield, one of each type.

    :ivar required: by type, the attributes; stand-ins for the values of a row among them
    :ivar stand_ins: by the name of the row's value, its stand-in
    :ivar free: the attributes that a template may add
    """

    required: Mapping[str, Attributes]
    stand_ins: Row
    free: frozenset[str] = field(default=frozenset())


def read_forms(templates: Templates, name: str, owner: Owner, contract: Contract, **values: object) -> dict[str, Form]:
    """Render a template with stand-ins, and return by type the form that it has.

    :param values: what the template is given besides the stand-ins
    :raises InvalidInput: naming the template, what is wrong with it and the fix
    """
    text = templates.render(name, **contract.stand_ins, **values)
    try:
        document = parse_objects(text, owner, where=f"the template {templates.path(name)}")
    except InvalidInput as error:
        raise InvalidInput(f"{error}. {FIX}") from None
    strange = [*(type_ for type_, _key in document.objects if type_ not in contract.required), *document.features]
    if strange:
        raise templates.wrong(name, f"it yields {strange[0]}, which the checks of this method do not know")
    forms = {}
    for type_, required in contract.required.items():
        found = [attributes for (own, _key), attributes in document.objects.items() if own == type_]
        if len(found) != 1:
            raise templates.wrong(name, f"it yields {len(found)} objects of {type_}, and must yield one")
        problem = _difference(type_, found[0], TYPES[type_].canonical(required), contract)
        if problem:
            raise templates.wrong(name, problem)
        forms[type_] = _form(found[0], contract.stand_ins)
    return forms


def _difference(type_: str, found: Attributes, required: Attributes, contract: Contract) -> str:
    """Return in words how an object differs from what is required; "" if it does not."""
    shown = {value: f"{{{{ {name} }}}}" for name, value in contract.stand_ins.items() if value}
    for name, value in required.items():
        wanted = shown.get(value, repr(value))
        if name not in found:
            return f"{type_} lacks {name}, which must be {wanted}"
        if found[name] != value:
            return f"{type_} has the {name} {shown.get(found[name], repr(found[name]))}, and it must be {wanted}"
    for name, value in found.items():
        if name not in required and name not in contract.free and name != "comment":
            return f"{type_} has {name} ({shown.get(value, repr(value))}), which the lockout checks do not judge"
    return ""


def _form(attributes: Attributes, stand_ins: Row) -> Form:
    places = {value: name for name, value in stand_ins.items() if value}
    return Form(tuple((name, value, places.get(value, "")) for name, value in attributes.items()))
