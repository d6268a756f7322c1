# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reader of ns.conf: the objects of the types that Tourniquet manages, from the text of a configuration. Pure.

It is the reverse of :mod:`nsconf_writer`. Sources: command reference 12.0 (synopsis of add, set and bind of each type), and how the
vendor's converter for configuration files (nspepi) splits a line: bare words, "...", '...' and q-quoted words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from ..nitro.names import with_usable_names
from . import dataset_entries as entries
from .resource_types import COMMITS, TYPES, Attribute, Attributes, ObjectId, ResourceType

_WORD = re.compile(
    r"""\s*(?:
        "(?P<double>(?:\\.|[^"\\])*)"(?=\s|$)
      | '(?P<single>(?:\\.|[^'\\])*)'(?=\s|$)
      | q\{(?P<curly>.*?)\}(?=\s|$) | q<(?P<angle>.*?)>(?=\s|$)
      | q(?P<mark>[/|~$^+=&%@`?])(?P<other>.*?)(?P=mark)(?=\s|$)
      | (?P<bare>\S+)
    )""",
    re.VERBOSE,
)
OPENER = re.compile(r"(?<!\S)q[{</|~$^+=&%@`?]")
MOST_OPENED = 200
"""The largest number of beginnings of q{...} in a line. The end of each is looked for up to the end of the line, and commands have a few."""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r"}
_KEPT = "\\\"'"
_FEATURES = ("enable", "ns", "feature")
_ALWAYS_READ = (
    _FEATURES[0],
    *(
        f"{verb} {type_.noun.lower()} ".rstrip()
        for type_ in TYPES.values()
        if type_.only_set
        for verb in (("add", "set") if type_.of else ("set",))
    ),
)
_TYPES = [(type_, ("bind",) if type_.bound else ("add", "set"), type_.noun.lower().split()) for type_ in TYPES.values()]


@dataclass(frozen=True)
class Word:
    """One word of a line; a quoted word is not an option."""

    text: str
    quoted: bool = False

    @cached_property
    def option(self) -> str:
        return self.text.lower() if not self.quoted and re.match(r"-[A-Za-z]", self.text) else ""


@dataclass
class Configured:
    """The configuration that was read from a text.

    :ivar unreadable: the lines of known types without the attributes of the key
    :ivar entries: the rows of data sets, before they are joined to one text
    """

    objects: dict[ObjectId, Attributes] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    entries: dict[ObjectId, list[dict[str, object]]] = field(default_factory=dict)


def words(line: str) -> list[Word]:
    """Return the words of one line."""
    found = []
    for match in _WORD.finditer(line.strip()):
        kind = match.lastgroup or ""
        text = match[kind]
        quoted = kind != "bare"
        found.append(Word(_ESCAPE.sub(_unescape, text) if kind in ("double", "single") else text, quoted))
    return found


@lru_cache(maxsize=2)  # an inspection reads the same text several times
def read_configuration(text: str, name: str) -> Configured:
    """Return the features, and the objects and bindings whose line contains a name. The result is cached: do not change it.

    :param text: the text of an ns.conf, such as NITRO returns for nssavedconfig
    :param name: the prefix of the names
    """
    found = Configured()
    for line in text.splitlines():
        if name in line or line.lstrip().lower().startswith(_ALWAYS_READ):
            if len(OPENER.findall(line)) > MOST_OPENED:
                found.unreadable.append(line.strip()[:200])
                continue
            _take(found, line, words(line))
    for object_id, rows in found.entries.items():
        found.objects[object_id] = {"name": object_id[1][0], TYPES[object_id[0]].holds: entries.text_of(rows)}
    return found


def _unescape(match: re.Match[str]) -> str:
    character = match[1]
    return _ESCAPES.get(character, character if character in _KEPT else "\\" + character)


def _take(found: Configured, line: str, line_words: list[Word]) -> None:
    lowered = [word.text.lower() for word in line_words]
    if tuple(lowered[:3]) == _FEATURES:
        found.features |= {word.text.upper() for word in line_words[3:]}
        return
    verb = lowered[0] if lowered else ""
    for type_, verbs, noun in _TYPES:
        if verb not in verbs or lowered[1 : 1 + len(noun)] != noun:
            continue
        if type_.holds:
            row = _row_of(_ENTRY, line_words[1 + len(noun) :])
            found.entries.setdefault((type_.name, (str(row.get("name")),)), []).append(row)
            return
        row = _row(type_, line_words[1 + len(noun) :])
        if type_.bound and not _names_a_child(type_, row):
            continue  # another kind of binding of the same noun
        if type_.scope:
            row.setdefault(type_.scope, "REQ_DEFAULT")  # the default of a binding without a type
        attributes = type_.canonical(with_usable_names(type_.nitro_type, row, set()))
        if not all(key in attributes for key in type_.key):
            found.unreadable.append(line.strip())
            return
        object_id = (type_.name, type_.key_of(attributes))
        found.objects[object_id] = {**found.objects.get(object_id, {}), **attributes}
        return


def _names_a_child(type_: ResourceType, row: dict[str, object]) -> bool:
    return (type_.policy_attribute or type_.key[-1]) in row


def _row(type_: ResourceType, arguments: Iterable[Word]) -> dict[str, object]:
    """Return arguments as attributes; an option that the table does not have is left out with its value."""
    if type_.name in COMMITS:
        return _acl_row(type_, list(arguments))
    return _row_of(type_.attributes, arguments)


def _acl_row(type_: ResourceType, waiting: list[Word]) -> dict[str, object]:
    """Return the arguments of an ACL: ``-srcIP = 192.0.2.1`` has an operator and a value; older files have no operator."""
    options = {attribute.cli.lower(): name for name, attribute in type_.attributes.items() if attribute.cli}
    row: dict[str, object] = dict(zip(list(type_.attributes)[:2], (word.text for word in waiting[:2]), strict=False))
    waiting = waiting[2:]
    while waiting:
        name = options.get(waiting.pop(0).option, "")
        if not waiting or waiting[0].option or not name:
            continue
        if type_.attributes[name].kind == "boolean":
            operator = waiting.pop(0).text if waiting[0].text in ("=", "!=", "EQ", "NEQ") else "="
            row |= {name: True, f"{name.removesuffix('v6')}op": operator}
            if waiting and not waiting[0].option:
                row[f"{name}val"] = waiting.pop(0).text
        else:
            row[name] = waiting.pop(0).text
    return row


def _row_of(attributes: Mapping[str, Attribute], arguments: Iterable[Word]) -> dict[str, object]:
    places = [name for name, attribute in attributes.items() if not attribute.cli and name not in _INVOKE]
    options = {
        attribute.cli.lower(): name for name, attribute in attributes.items() if attribute.cli and name not in _INVOKE
    }
    row: dict[str, object] = {}
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word.option == "-invoke" and "invoke" in attributes and len(waiting) > 1:
            row |= {"invoke": True, "labeltype": waiting.pop(0).text, "labelname": waiting.pop(0).text}
        elif word.option:
            name = options.get(word.option, "")
            value = waiting.pop(0).text if waiting and not waiting[0].option else ""
            while name and attributes[name].kind == "list" and waiting and not waiting[0].option:
                value += f" {waiting.pop(0).text}"
            if name:
                row[name] = value
        elif places:
            row[places.pop(0)] = word.text
    if str(row.get("type", "")).lower() == "respondwithhtmlpage" and "htmlpage" not in row and "target" in row:
        row["htmlpage"] = row.pop("target")  # the same position has two meanings
    return row


_INVOKE = ("invoke", "labeltype", "labelname")
_ENTRY = {"name": Attribute(), "value": Attribute(), "endrange": Attribute(cli="-endRange")}
