# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A step: the change of one object of an appliance. Pure.

A step has only the state of the object before and after. Its requests, its inverse and its lines in the form of ns.conf all
follow from these two, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ...foundation.errors import InvalidInput
from ...foundation.json_values import written
from ..nitro.url_encoding import encode_args, encode_name
from . import dataset_entries, nsconf_writer
from .resource_types import COMMITS, TYPES, Attributes, Key, ObjectId, ResourceType, Value, sent_value

Payload = dict[str, Value | list[str]]
"""The attributes of one object as NITRO takes them."""
FEATURE = "nsfeature"
BULK_LIMIT = 1000
"""The default number of rows in one request. NITRO documents no maximum."""
# Invalid argument (terraform-provider-citrixadc issue 1447), invalid argument in the list of errors.
UNKNOWN_ARGUMENT_CODES = frozenset({278, 1090})
# Objects that a step only switches on or off; their states have ``enabled`` alone. By type, the noun in ns.conf (command reference).
SWITCHES = {
    FEATURE: "ns feature",
    "vpnvserver": "vpn vserver",
    "authenticationvserver": "authentication vserver",
    "csvserver": "cs vserver",
    "lbvserver": "lb vserver",
}


@dataclass(frozen=True)
class Request:
    """One NITRO write: method, the path behind /nitro/v1/config/, and the body.

    :ivar otherwise: the requests to send instead, one by one, where the appliance does not know this one
    :ivar otherwise_for: the error codes that mean this; empty for any
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    otherwise: tuple[Request, ...] = ()
    otherwise_for: frozenset[int] = frozenset()

    @property
    def is_bulk(self) -> bool:
        return self.body is not None and any(isinstance(value, list) for value in self.body.values())


@written("type key", lines=lambda step: step.lines(), inverse=lambda step: step.inverse.lines())
@dataclass(frozen=True)
class Step:
    """The change of one object, or of one feature or virtual server that is switched (see :data:`SWITCHES`).

    :ivar before: the canonical attributes before; None where the object does not exist
    :ivar after: the canonical attributes after; None where the object is removed
    """

    type: str
    key: Key
    before: Attributes | None
    after: Attributes | None

    @property
    def object_id(self) -> ObjectId:
        return self.type, self.key

    @cached_property
    def inverse(self) -> Step:
        return Step(self.type, self.key, self.after, self.before)

    @property
    def only_logs(self) -> bool:
        """True if the step decides only what is logged: each request is answered as before, so that no proof ends with it."""
        return self.type in TYPES and TYPES[self.type].only_logs

    @property
    def is_new(self) -> bool:
        """True if the step creates an object or binding, which NITRO accepts in bulk."""
        if self.type in SWITCHES or TYPES[self.type].holds:
            return False
        return self.before is None and self.after is not None

    @property
    def is_edit_removal(self) -> bool:
        """True if the step removes an ACL: there may be thousands, and no set is removed with them."""
        return self.type in COMMITS and self.after is None

    @property
    def may_be_half_done(self) -> bool:
        """True if the step takes several requests, or one of which only some rows may be carried out."""
        requests = self.requests()
        return len(requests) > 1 or any(request.is_bulk for request in requests)

    def lines(self) -> list[str]:
        """Return the step as the commands that an administrator would type."""
        return list(self._lines)

    @cached_property  # preview, plan file, result and record use it
    def _lines(self) -> list[str]:
        if self.type in SWITCHES:
            return [nsconf_writer.switch_line(SWITCHES[self.type], self.key[0], _enabled(self.after))]
        return nsconf_writer.lines(TYPES[self.type], self.before, self.after)

    def requests(self, bulk_limit: int = BULK_LIMIT) -> list[Request]:
        """Return the NITRO writes of the step, in order.

        :param bulk_limit: the largest number of entries in one request
        """
        if self.type in SWITCHES:
            action = "enable" if _enabled(self.after) else "disable"
            named = {"feature": [self.key[0]]} if self.type == FEATURE else {"name": self.key[0]}
            return [Request("POST", f"{self.type}?action={action}", {self.type: named})]
        type_ = TYPES[self.type]
        if type_.holds:
            return _exchange_entries(type_, self.key[0], self.before, self.after, bulk_limit)
        if type_.commits:
            applied = bool((self.after or {}).get("applied"))
            return [Request("POST", f"{type_.name}?action=apply", {type_.name: {}})] if applied else []
        if type_.is_singleton and not type_.only_set:  # creating it replaces the old one
            if self.after is None:
                return [Request("DELETE", type_.name)]
            return [Request("POST", type_.name, {type_.name: self.payload()})]
        if type_.bound:
            removal = [_unbind(type_, self.before)] if self.before is not None else []
            return removal + (
                [Request("POST", type_.name, {type_.name: self.payload()})] if self.after is not None else []
            )
        if self.after is None:
            return [Request("DELETE", f"{type_.name}/{encode_name(self.key[0])}")]
        if self.before is None:
            return [creation(type_.name, self.payload())]
        return _update(type_, self.before, self.after)

    def payload(self) -> Payload:
        """Return the attributes of a creation as NITRO takes them; a binding has its goto, because the default is not documented."""
        known = TYPES[self.type].attributes
        after = {name: sent_value(known[name], value) for name, value in (self.after or {}).items()}
        if "gotopriorityexpression" not in known:
            return after
        return {**after, "gotopriorityexpression": after.get("gotopriorityexpression", "END")}

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object for the change record; :meth:`from_json` reads it."""
        return {"type": self.type, "key": list(self.key), "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Step:
        """:raises InvalidInput: where the value is not a step"""
        try:
            type_, key, before, after = value["type"], tuple(value["key"]), value["before"], value["after"]
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"the change record has a step that is not valid: {value!r}") from error
        if type_ not in SWITCHES and type_ not in TYPES:
            raise InvalidInput(f"the change record names the type {type_!r}, which this version does not know")
        problem = _key_problem(type_, key) or _state_problem(type_, key, before) or _state_problem(type_, key, after)
        if problem:
            raise InvalidInput(f"the change record has a step of the type {type_} that is not valid: {problem}")
        return cls(str(type_), key, before, after)


_PLAIN = frozenset({str, int, bool})


def _key_problem(type_: str, key: tuple[Any, ...]) -> str:
    """Return what is wrong with a key from a change record, or ""."""
    parts = 1 if type_ in SWITCHES else len(TYPES[type_].key)
    if len(key) != parts:
        return f"its key has {len(key)} parts, and needs {parts}"
    try:
        "".join(key).encode()
    except (TypeError, UnicodeEncodeError):
        return "its key is not made of texts that can be sent"
    return ""


def _state_problem(type_: str, key: Key, state: Any) -> str:
    """Return what is wrong with the attributes before or after a step, or ""."""
    if state is None:
        return ""
    if not isinstance(state, dict):
        return "its attributes are no object"
    if type_ in SWITCHES:
        return "" if state.keys() == {"enabled"} and isinstance(state["enabled"], bool) else "it has other attributes"
    type_of_object = TYPES[type_]
    if not state.keys() <= type_of_object.attributes.keys():
        strange = min(state.keys() - type_of_object.attributes.keys())
        return f"it has the attribute {strange[:100]!r}, which this version does not know"
    if not _PLAIN.issuperset(map(type, state.values())):
        return "it has an attribute that is neither a text nor a number nor true or false"
    if not all(name in state and str(state[name]) == part for name, part in zip(type_of_object.key, key, strict=True)):
        return "its attributes are of another object than its key"
    return ""


def _enabled(state: Attributes | None) -> bool:
    return bool(state and state.get("enabled"))


def creation(type_name: str, payload: Payload | list[Payload]) -> Request:
    """Return the request that creates one object, or several of a type.

    An appliance may not know the ttl of nsacl6, which the reference has and the product pages do not mention: then it is left out.
    """
    request = Request("POST", type_name, {type_name: payload})
    rows = payload if isinstance(payload, list) else [payload]
    if type_name != "nsacl6" or not any("ttl" in row for row in rows):
        return request
    plain = [{name: value for name, value in row.items() if name != "ttl"} for row in rows]
    instead = Request("POST", type_name, {type_name: plain if isinstance(payload, list) else plain[0]})
    return replace(request, otherwise=(instead,), otherwise_for=UNKNOWN_ARGUMENT_CODES)


def removals(type_name: str, names: Sequence[str]) -> list[Request]:
    """Return the requests that remove many objects of a type at once. NITRO documents no bulk DELETE, only macroapi (CTX219929), from 11.1 on."""
    key = TYPES[type_name].key[0]
    return [
        _removal(type_name, [{key: name} for name in names], [f"{type_name}/{encode_name(name)}" for name in names])
    ]


def _removal(type_name: str, rows: list[dict[str, Any]], paths: list[str]) -> Request:
    singly = tuple(Request("DELETE", path) for path in paths)
    return singly[0] if len(singly) == 1 else Request("POST", "macroapi?action=remove", {type_name: rows}, singly)


def _exchange_entries(
    type_: ResourceType, name: str, before: Attributes | None, after: Attributes | None, limit: int
) -> list[Request]:
    """Return the requests that unbind old entries and then bind new ones, because entries must not overlap. Removing the set removes its entries."""
    if after is None:
        return []
    gone, come = dataset_entries.exchanged(*((state or {}).get(type_.holds) for state in (before, after)))
    gone = sorted(set(gone))
    requests = []
    for start in range(0, len(gone), limit):
        rows = [dataset_entries.row_of(name, entry) for entry in gone[start : start + limit]]
        paths = [
            f"{type_.name}/{encode_name(name)}?args={encode_args({k: str(v) for k, v in row.items() if k != 'name'})}"
            for row in rows
        ]
        requests.append(_removal(type_.name, rows, paths))
    for start in range(0, len(come), limit):
        body = [dataset_entries.row_of(name, entry) for entry in come[start : start + limit]]
        requests.append(Request("POST", type_.name, {type_.name: body}))
    return requests


def _update(type_: ResourceType, before: Attributes, after: Attributes) -> list[Request]:
    named = {name: after[name] for name in type_.key}
    changed = {
        key: sent_value(type_.attributes[key], value) for key, value in after.items() if before.get(key) != value
    }
    gone = [key for key in before if key not in after]
    requests = []
    # Set first, then unset: so the object has at every moment at least what both states have in common.
    if changed:
        requests.append(Request("PUT", type_.nitro_type, {type_.nitro_type: {**named, **changed}}))
    to_default = {key: type_.attributes[key].default for key in gone if not type_.attributes[key].can_unset}
    if to_default:
        requests.append(Request("PUT", type_.nitro_type, {type_.nitro_type: {**named, **to_default}}))
    unset = {key: True for key in gone if type_.attributes[key].can_unset}
    if unset:
        requests.append(Request("POST", f"{type_.nitro_type}?action=unset", {type_.nitro_type: {**named, **unset}}))
    return requests


def _unbind(type_: ResourceType, before: Attributes) -> Request:
    if type_.scope:
        wanted = [type_.policy_attribute, type_.scope, "priority"]
    elif not type_.policy_attribute:
        wanted = [type_.key[-1]]
    else:
        wanted = [type_.policy_attribute, "bindpoint", "priority"]
        if type_.policy_attribute == "policy":  # Gateway and AAA bindings take no priority here (vendor's resource map)
            wanted.remove("priority")
    args = encode_args({name: str(before[name]) for name in wanted if name in before})
    parent = f"/{encode_name(str(before[type_.parent]))}" if type_.parent else ""
    return Request("DELETE", f"{type_.name}{parent}?args={args}")
