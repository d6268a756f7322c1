# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The descriptions of types of objects, of their attributes, and of kinds of bindings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.types.errors import NitroError
from simulator.types.forms import FORMS

Row = dict[str, Any]


@dataclass(frozen=True)
class Attribute:
    """One attribute: its JSON type, its values, and its form in ns.conf."""

    name: str
    kind: str = "text"  # text | number (a JSON number) | count (a number that is a JSON string) | boolean | list
    required: bool = False
    create_only: bool = False
    can_unset: bool = False
    read_only: bool = False
    secret: bool = False
    default: Any = None
    earlier_default: tuple[tuple[int, ...], Any] = ((), None)  # before a branch, the default was another one
    enum: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None  # the largest number, or the greatest length of a text
    form: str = ""  # of a text: a key of forms.FORMS
    refers: tuple[str, ...] = ()  # the types of objects that this may name
    refers_code: int = 258  # the error if there is no such object
    built_in: tuple[str, ...] = ()  # names that need no object; without `refers` the only ones
    # The result: "boolean", "request" (a boolean, about requests only), "message" (a boolean, about requests or responses), "boolean or
    # classic", "text", "any", or "named" (any, about responses too); "own": the check of the type knows it, since other attributes decide.
    expression: str = ""
    cli: str = ""  # the option's name in ns.conf; Type.line lists the positional arguments
    operand: tuple[str, str] = (
        "",
        "",
    )  # of a boolean with operands in ns.conf: the attributes of the operator and the value
    unit: str = ""  # the attribute with the unit that follows the value in ns.conf
    since: tuple[int, ...] = ()  # the first build that knows it
    stored_only: bool = False  # without an effect in the simulator

    def coerce(self, value: Any) -> Any:
        """Return the value in the appliance's type. Raises the NitroError of the argument parser."""
        if self.kind == "list":
            if value is None or isinstance(value, dict):
                raise NitroError(1234, self.name)
            items = value if isinstance(value, list) else str(value).replace(",", " ").split()
            if any(item is None or isinstance(item, dict | list) for item in items):
                raise NitroError(1234, self.name)
            words = [str(item) for item in items]
            if not self.enum:
                return words
            return [self._word(word) for word in words or [""]]  # no word is none of the enumeration (inferred: 1097)
        if isinstance(value, dict | list) or value is None:
            raise NitroError(1234, self.name)
        if self.kind == "boolean":
            word = str(value).lower()
            if word in ("true", "yes", "1"):
                return True
            if word in ("false", "no", "0"):
                return False
            raise NitroError(1097, self.name, value)
        if self.kind in ("number", "count"):
            return self._number(value)
        return self._text(("true" if value else "false") if isinstance(value, bool) else str(value))

    def _text(self, text: str) -> str:
        if self.enum:
            return self._word(text)
        if self.high is not None and len(text) > self.high:
            raise NitroError(3919 if self.expression else 1106, *(() if self.expression else (self.name, self.high)))
        if self.low is not None and len(text) < self.low:
            raise NitroError(1107, self.name, self.low)
        if self.form:
            has_form, code = FORMS[self.form]
            if not has_form(text):
                raise NitroError(code)
        return text

    def _word(self, text: str) -> str:
        """Return the word of the enumeration that a text stands for, whatever its case."""
        found = next((word for word in self.enum if word.lower() == text.lower()), None)
        if found is None:
            raise NitroError(1097, self.name, text)
        return found

    def _number(self, value: Any) -> int:
        text = str(value)
        if (
            isinstance(value, bool | float)
            or not text.lstrip("-").isascii()
            or not text.lstrip("-").isdigit()
            or len(text) > 20
        ):
            raise NitroError(1074, self.name, value)
        number = int(text)
        if self.high is not None and number > self.high:
            raise NitroError(1108, self.name, self.high)
        if self.low is not None and number < self.low:
            raise NitroError(1109, self.name, self.low)
        return number

    def default_on(self, branch: tuple[int, ...]) -> Any:
        """Return the default on a branch."""
        first, earlier = self.earlier_default
        return earlier if branch < first else self.default

    @property
    def counted(self) -> bool:
        """True for a number that is a string in NITRO's JSON."""
        return self.kind == "count"

    def show(self, value: Any) -> Any:
        """Return the value as in NITRO's JSON."""
        return str(value) if self.counted else value


def _index(entry: Type | Binding) -> None:
    """Make the tables by name of a type or binding."""
    object.__setattr__(entry, "by_name", {one.name: one for one in entry.attributes})
    object.__setattr__(entry, "by_lower_name", {one.name.lower(): one for one in entry.attributes})
    object.__setattr__(entry, "by_option", {(one.cli or one.name).lower(): one for one in entry.attributes})


@dataclass(frozen=True)
class Type:
    """One type of object."""

    name: str
    cli: str  # the noun of its commands
    key: str
    attributes: tuple[Attribute, ...]
    line: tuple[str, ...] = ()  # the positional arguments of `add` behind the key
    instead: tuple[str, str] = (
        "",
        "",
    )  # of `line`: an attribute, and the one that has its place if the text does not have its form
    feature: str = ""  # the nsfeature that must be enabled
    missing: int = 258
    duplicate: int = 273
    in_use: int = 1070  # the error of a delete while another object names it
    actions: tuple[str, ...] = ()
    can_create: bool = True
    can_update: bool = True
    update_since: tuple[int, ...] = ()  # the first build that has its set and unset commands
    singleton: bool = False
    selects: tuple[tuple[str, str], ...] = ()  # of a GET: an argument, and the attribute that it selects by
    always: tuple[str, ...] = ()  # objects of every appliance, which can be changed, but not made or removed
    folded: bool = False  # names are case-insensitive
    named_in_expressions: bool = False  # expressions may name it: removal is refused with 2853
    built_in: tuple[str, ...] = ()
    built_in_code: int = 2871  # the error of changing or removing a built-in object
    # Objects of `always` with the attributes that they have before they are changed.
    initial: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)
    of: tuple[str, ...] = ()  # each object of these types has one of this type with the same name
    of_protocols: tuple[str, ...] = ()  # if its protocol is one of these
    in_use_by: tuple[tuple[str, int], ...] = ()  # the types or bindings whose references give another error than in_use
    required: tuple[Attribute, ...] = field(init=False, compare=False)
    consulted: tuple[Attribute, ...] = field(init=False, compare=False)  # references and expressions
    by_name: dict[str, Attribute] = field(init=False, compare=False)
    by_lower_name: dict[str, Attribute] = field(init=False, compare=False)
    by_option: dict[str, Attribute] = field(init=False, compare=False)  # the names of options in ns.conf, in lower case

    def __post_init__(self) -> None:
        _index(self)
        object.__setattr__(self, "required", tuple(one for one in self.attributes if one.required))
        object.__setattr__(
            self, "consulted", tuple(one for one in self.attributes if one.refers or one.built_in or one.expression)
        )

    @property
    def secret(self) -> str:
        """The attribute that is a password, which is kept and printed as a hash."""
        return next((attribute.name for attribute in self.attributes if attribute.secret), "")

    def fold(self, name: str) -> str:
        return name.lower() if self.folded else name

    def accompanies(self, owner: Row) -> bool:
        """True if an object of a type in `of` has one of this type."""
        return owner.get("servicetype") in self.of_protocols

    @property
    def is_word(self) -> bool:
        """True if expressions name the objects without quotes or as a set, so that their names are words of one namespace."""
        return self.named_in_expressions and self.folded

    def updatable(self, branch: tuple[int, ...]) -> bool:
        """True if a build has the set command of the type."""
        return self.can_update and branch >= self.update_since


@dataclass(frozen=True)
class Binding:
    """One kind of binding: of a policy to a bind point, of a value to a set, or a link between objects."""

    name: str
    cli: str
    parent: str  # "" for a global binding
    parent_key: str
    child: str  # the type of the bound object, "" for a value
    child_key: str
    attributes: tuple[Attribute, ...]
    point: str = ""  # the attribute with the bind point
    point_default: str = ""
    hidden: tuple[str, ...] = ()  # attributes that GET does not show unless a switch says so
    line: tuple[str, ...] = ()
    unbind_args: tuple[str, ...] = ()
    link: bool = False  # a link of objects that are not policies, such as a service and a vserver
    holds: bool = False  # of a link: the child cannot be deleted while it is bound
    duplicate: int = 273  # the error of a link that is there
    not_bound: int = 258  # the error of an unbind of what is not bound
    missing_child: int = 0  # the error if the child does not exist; 0: that of its type
    by_name: dict[str, Attribute] = field(init=False, compare=False)
    by_lower_name: dict[str, Attribute] = field(init=False, compare=False)
    by_option: dict[str, Attribute] = field(init=False, compare=False)  # the names of options in ns.conf, in lower case

    @property
    def labels(self) -> str:
        """The type of the policy labels that a binding of a policy may invoke."""
        return f"{self.child}label"

    @property
    def invoked(self) -> str:
        """The attribute with the name of the invoked bank: labelname of a policy label is the label itself."""
        return "invoke_labelname" if "invoke_labelname" in self.by_name else "labelname"

    def __post_init__(self) -> None:
        _index(self)
