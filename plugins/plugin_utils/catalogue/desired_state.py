# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
r"""The desired state: a rendered template in NITRO's own words, checked strictly by type.

.. code-block:: yaml

    nsfeature:
      feature: [RESPONDER]
    responderaction:
      - name: tq_example
        type: respondwith
        target: '"HTTP/1.1 403 Forbidden\r\n\r\n"'

Each error names the line of the rendered text. Unknown types and attributes are errors: what we would not read back, we
do not write.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from ..appliance.nitro import file_limits
from ..appliance.nitro.appliance import kind_of
from ..appliance.objects.ownership import SEPARATOR, TWIN_SUFFIX, Owner
from ..appliance.objects.resource_types import (
    BUILT_IN_ACTIONS,
    TYPES,
    Attribute,
    Attributes,
    ObjectId,
    ResourceType,
    Value,
    bind_point,
)
from ..foundation.counted import counted
from ..foundation.errors import InvalidInput

# libyaml's loader, where PyYAML was built with it, takes a tenth of the time for a list of thousands.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SHORTEST_PART = 4
"""Characters of a word that is taken for a part of a longer one."""
_OCTAL = re.compile(r"[+-]?0[0-9_]+")
FEATURES = frozenset(
    """
    WL SP LB CS CR SC CMP PQ SSL HDOSP GSLB CF IC SSLVPN AAA OSPF RIP BGP REWRITE IPv6PT APPFW RESPONDER HTMLInjection PUSH
    APPFLOW CLOUDBRIDGE ISIS CH APPQOE VPATH CONTENTACCELERATOR RISE FEO LSN RDPPROXY REP URLFILTERING VIDEOOPTIMIZATION
    FORWARDPROXY SSLINTERCEPTION ADAPTIVETCP CQA CI BOT APIGATEWAY
    """.split()  # noqa: SIM905 - a table of words reads better than one of quotes
)


@dataclass(frozen=True)
class Stage:
    """An intermediate state before the desired state.

    :ivar objects: only what differs from the present state; None for an object that is removed
    :ivar prove: check that nobody is locked out before the next stage
    :ivar if_present: only the objects that exist are changed
    """

    objects: Mapping[ObjectId, Attributes | None]
    prove: bool = False
    if_present: bool = False

    def of(self, present: Mapping[ObjectId, Attributes]) -> Mapping[ObjectId, Attributes | None]:
        """Return what changes in this stage.

        :param present: the objects that exist
        """
        return {id_: a for id_, a in self.objects.items() if id_ in present or not self.if_present}


@dataclass(frozen=True)
class Document:
    """The desired state: objects and features.

    :ivar objects: by their identity, in the order of the document; canonical attributes
    :ivar files: what every node needs on its disk before the first step
    :ivar stages: the intermediate states, each as what changes against the present state
    """

    features: tuple[str, ...]
    objects: dict[ObjectId, Attributes]
    files: tuple[File, ...] = ()
    stages: tuple[Stage, ...] = ()

    @property
    def types(self) -> frozenset[str]:
        return frozenset(type_ for type_, _key in self.objects)


def parse_document(text: str, owner: Owner, *, where: str) -> Document:
    """Read a rendered template and stamp our comment on what can carry one.

    :param text: YAML
    :param where: the host, for error messages
    :raises InvalidInput: naming the host, the line, and what was expected
    """
    return _Parser(owner, where).parse(text)


def parse_objects(text: str, owner: Owner, *, where: str) -> Document:
    """Read objects that are a part of a desired state: they may refer to objects which are not among them.

    Types that belong to the whole appliance, such as locationparameter, are allowed too: only a measure renders them.

    :raises InvalidInput: naming the line, and what was expected
    """
    return _Parser(owner, where, is_part=True).parse(text)


class _Parser:
    """:ivar is_part: the text is a part of a desired state, rendered by a measure"""

    def __init__(self, owner: Owner, where: str, *, is_part: bool = False) -> None:
        self.owner = owner
        self.where = where
        self.is_part = is_part
        self.constructor = yaml.SafeLoader("")

    def wrong(self, node: yaml.Node | int, problem: str) -> InvalidInput:
        line = node if isinstance(node, int) else node.start_mark.line + 1
        return InvalidInput(f"{self.where}: desired state, line {line}: {problem}")

    def parse(self, text: str) -> Document:
        try:
            root = self.compose(text)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self.wrong(line, f"this is not YAML: {error.problem}") from None
        except yaml.YAMLError as error:
            raise self.wrong(1, f"this is not YAML: {error}") from None
        except RecursionError:
            raise self.wrong(1, "the lists and mappings are nested too deep") from None
        if not isinstance(root, yaml.MappingNode):
            raise self.wrong(root or 1, "the document must be a mapping of NITRO types, such as responderpolicy")
        features: tuple[str, ...] = ()
        objects: dict[ObjectId, Attributes] = {}
        nodes: dict[ObjectId, yaml.Node] = {}
        for type_name, (key, node) in self.mapping(root).items():
            if type_name == "nsfeature":
                features = self.features(node)
                continue
            type_ = TYPES.get(type_name)
            if type_ is None:
                raise self.wrong(key, f"unknown type {type_name!r}{suggest(type_name, [*TYPES, 'nsfeature'])}")
            if not isinstance(node, yaml.SequenceNode):
                raise self.wrong(node, f"{type_name} must be a list of objects")
            for item in node.value:
                attributes = (
                    self.entry(item)
                    if self.is_part and type_.name == "policydataset_value_binding"
                    else self.object(type_, item)
                )
                object_id = (type_name, type_.key_of(attributes))
                if object_id in objects:
                    raise self.wrong(item, f"{type_name} {' '.join(object_id[1])} is there twice")
                objects[object_id], nodes[object_id] = attributes, item
        if not self.is_part:
            self.check_references(objects, nodes)
            self.check_priorities(objects, nodes)
        return Document(features, objects)

    @staticmethod
    def compose(text: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader=_LOADER)
        except yaml.YAMLError:
            return yaml.compose(text, Loader=yaml.SafeLoader)  # its errors name the better line

    def mapping(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return the entries of a mapping with their key and value nodes. A duplicate key is an error."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, "a mapping is expected here")
        entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.wrong(key, "a name is expected here")
            if key.value in entries:
                raise self.wrong(key, f"{key.value!r} is there twice")
            entries[key.value] = (key, value)
        return entries

    def features(self, node: yaml.Node) -> tuple[str, ...]:
        entries = self.mapping(node)
        if set(entries) != {"feature"} or not isinstance(entries["feature"][1], yaml.SequenceNode):
            raise self.wrong(node, "nsfeature has one key, a list: feature: [RESPONDER]")
        features = []
        for item in entries["feature"][1].value:
            value = self.scalar(item)
            if value not in FEATURES:
                raise self.wrong(item, f"unknown feature {value!r}{suggest(str(value), FEATURES)}")
            features.append(str(value))
        return tuple(dict.fromkeys(features))

    def object(self, type_: ResourceType, node: yaml.Node) -> Attributes:
        entries = self.mapping(node)
        attributes: dict[str, Value] = {}
        for name, (key, value) in entries.items():
            attribute = type_.attributes.get(name)
            if attribute is None:
                raise self.wrong(key, f"{type_.name} has no attribute {name!r}{suggest(name, type_.attributes)}")
            if name == "comment" and type_.has_comment:
                raise self.wrong(key, "the comment is ours: it states the measure, its version and the ticket")
            attributes[name] = self.value(type_, name, attribute, value)
        for name, attribute in type_.attributes.items():
            if attribute.mandatory and name not in attributes:
                raise self.wrong(node, f"{type_.name} lacks its mandatory attribute {name!r}")
        if type_.has_comment:
            attributes["comment"] = self.owner.comment
        self.check_owner(type_, attributes, node)
        return type_.canonical(attributes)

    def entry(self, node: yaml.Node) -> Attributes:
        """Return the binding of one entry, which has value and endrange in NITRO, in the form in which a set holds all of them."""
        type_ = TYPES["policydataset_value_binding"]
        entries = self.mapping(node)
        if "values" in entries:
            return self.object(type_, node)
        if unknown := sorted(set(entries) - {"name", "value", "endrange"}):
            raise self.wrong(entries[unknown[0]][0], f"{type_.name} has no attribute {unknown[0]!r}")
        for name in ("name", "value"):
            if name not in entries:
                raise self.wrong(node, f"{type_.name} lacks its mandatory attribute {name!r}")
        row = {name: self.value(type_, name, Attribute(), value) for name, (_key, value) in entries.items()}
        attributes: Attributes = {
            "name": row["name"],
            "values": "-".join(str(row[name]) for name in ("value", "endrange") if name in row),
        }
        self.check_owner(type_, attributes, node)
        return attributes

    def scalar(self, node: yaml.Node) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            raise self.wrong(node, "a single value is expected here")
        try:
            return self.constructor.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError):
            raise self.wrong(
                node, f"{node.value!r} is not a value of its YAML type {node.tag!r}: put it in quotes"
            ) from None

    def value(self, type_: ResourceType, name: str, attribute: Attribute, node: yaml.Node) -> Value:
        value = self.scalar(node)
        label = f"{type_.name} {name}"
        if attribute.kind == "boolean":
            if not isinstance(value, bool):
                raise self.wrong(node, f"{label} must be true or false, not {kind_of(value)}")
            return value
        if attribute.kind == "number":
            if _OCTAL.fullmatch(node.value):
                raise self.wrong(
                    node, f"{label} is {node.value}, which YAML reads as octal: leave the leading zero out"
                )
            if isinstance(value, bool) or not isinstance(value, int):
                raise self.wrong(node, f"{label} must be a whole number, not {kind_of(value)} ({node.value!r})")
            low, high = attribute.minimum, attribute.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise self.wrong(node, f"{label} must be from {low} to {high}, not {value}")
            return value
        if not isinstance(value, str):
            raise self.wrong(node, f"{label} must be text, not {kind_of(value)}: put {node.value!r} in quotes")
        if not value:
            raise self.wrong(node, f"{label} is empty: leave it out, or give it a value")
        if attribute.kind == "enum" and value not in attribute.choices:
            raise self.wrong(node, f"{label} must be one of {', '.join(attribute.choices)}, not {value!r}")
        if attribute.maximum is not None and len(value) > attribute.maximum:
            raise self.wrong(
                node, f"{label} is {counted(len(value), 'character')} long, the limit is {attribute.maximum}"
            )
        return value

    def check_owner(self, type_: ResourceType, attributes: Attributes, node: yaml.Node) -> None:
        if type_.of:
            raise self.wrong(
                node, f"{type_.of} is not ours, so no document sets its attributes; an entry does (form: setting)"
            )
        if not type_.bound and not type_.key:
            if not self.is_part:
                raise self.wrong(
                    node, f"{type_.name} belongs to the whole appliance, so no document of this kind can have it"
                )
            return
        attribute = type_.policy_attribute or type_.parent if type_.bound else type_.key[0]
        name = str(attributes[attribute])
        if not self.owner.owns_name(name):
            raise self.wrong(
                node,
                f"{type_.name} {name!r} must be named {self.owner.name!r} or start with {self.owner.name + SEPARATOR!r}",
            )
        if name.endswith(TWIN_SUFFIX):
            raise self.wrong(node, f"{type_.name} {name!r}: the ending {TWIN_SUFFIX} is kept for changes without a gap")

    def check_references(self, objects: dict[ObjectId, Attributes], nodes: dict[ObjectId, yaml.Node]) -> None:
        """Require that objects to which ours refer are in the document too, or built in. A virtual server is the appliance's own."""
        for (type_name, key), attributes in objects.items():
            for attribute, referred in TYPES[type_name].refers.items():
                name = attributes.get(attribute)
                if name is None or referred.endswith("vserver") or (attribute == "action" and name in BUILT_IN_ACTIONS):
                    continue
                if (referred, (str(name),)) not in objects:
                    raise self.wrong(
                        nodes[type_name, key],
                        f"{type_name} {' '.join(key)} refers to {referred} {name!r}, which the document does not have",
                    )

    def check_priorities(self, objects: dict[ObjectId, Attributes], nodes: dict[ObjectId, yaml.Node]) -> None:
        """Require that priorities are unique at a bind point."""
        taken: set[tuple[object, ...]] = set()
        for object_id, attributes in objects.items():
            if not TYPES[object_id[0]].policy_attribute:
                continue
            place = (*bind_point(object_id, attributes), attributes["priority"])
            if place in taken:
                raise self.wrong(
                    nodes[object_id], f"priority {attributes['priority']} is there twice at one bind point"
                )
            taken.add(place)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a hint for a misspelt word, or ""."""
    names = list(known)
    longer = [one for one in names if len(name) >= SHORTEST_PART and name in one]
    close = longer if len(longer) == 1 else difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True)
class File:
    """A file that shall be on every node.

    :ivar name: at most 63 characters; another content has another name
    :ivar type: the NITRO type that loads it, and can import it
    :ivar url: the address from which an appliance imports it if it is too large for NITRO, or ""
    :ivar import_hint: how an operator gives that address, as a sentence, or ""
    """

    directory: str
    name: str
    content: bytes = field(repr=False)
    type: str = ""
    url: str = ""
    import_hint: str = ""

    @property
    def is_imported(self) -> bool:
        return bool(self.url) and len(self.content) > file_limits.LARGEST

    @property
    def path(self) -> str:
        return f"{self.directory}/{self.name}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def __str__(self) -> str:
        return f"{self.path} ({counted(len(self.content), 'byte')})"
