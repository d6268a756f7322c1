# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A step: one object of an appliance goes from what it is to what it shall be.

A step holds only the object's state before and after. The requests that carry it out, its inverse, and the lines in the
form of ns.conf all follow from these two, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils import nsconf
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.resources import (
    TYPES,
    Attributes,
    Key,
    ObjectId,
    ResourceType,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.session import encode_args, encode_name

FEATURE = "nsfeature"
# What is only switched on and off; its states hold ``enabled`` alone. By type, how ns.conf calls it (command reference).
SWITCHES = {
    FEATURE: "ns feature",
    "vpnvserver": "vpn vserver",
    "authenticationvserver": "authentication vserver",
    "csvserver": "cs vserver",
    "lbvserver": "lb vserver",
}


@dataclass(frozen=True)
class Request:
    """One NITRO write: method, the path behind /nitro/v1/config/, and the body."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Step:
    """The change of one object, or of one feature or virtual server that is switched (see :data:`SWITCHES`).

    :ivar before: canonical attributes, None where the object does not exist
    :ivar after: likewise
    """

    type: str
    key: Key
    before: Attributes | None
    after: Attributes | None

    @property
    def object_id(self) -> ObjectId:
        return self.type, self.key

    @property
    def inverse(self) -> Step:
        return Step(self.type, self.key, self.after, self.before)

    @property
    def is_new(self) -> bool:
        """An object or binding is made that was not there: what NITRO takes in bulk."""
        return self.type not in SWITCHES and self.before is None and self.after is not None

    def lines(self) -> list[str]:
        """The step as an administrator would type it."""
        if self.type in SWITCHES:
            return [nsconf.switch_line(SWITCHES[self.type], self.key[0], _enabled(self.after))]
        return nsconf.lines(TYPES[self.type], self.before, self.after)

    def requests(self) -> list[Request]:
        """The NITRO writes of the step, in order."""
        if self.type in SWITCHES:
            action = "enable" if _enabled(self.after) else "disable"
            named = {"feature": [self.key[0]]} if self.type == FEATURE else {"name": self.key[0]}
            return [Request("POST", f"{self.type}?action={action}", {self.type: named})]
        type_ = TYPES[self.type]
        if type_.bound:
            removal = [_unbind(type_, self.before)] if self.before is not None else []
            return removal + (
                [Request("POST", type_.name, {type_.name: self.payload()})] if self.after is not None else []
            )
        if self.after is None:
            return [Request("DELETE", f"{type_.name}/{encode_name(self.key[0])}")]
        if self.before is None:
            return [Request("POST", type_.name, {type_.name: self.payload()})]
        return _update(type_, self.before, self.after)

    def payload(self) -> Attributes:
        """The attributes to create the object with; a binding states its goto, whose default is nowhere documented."""
        after = self.after or {}
        if "gotopriorityexpression" not in TYPES[self.type].attributes:
            return after
        return {**after, "gotopriorityexpression": after.get("gotopriorityexpression", "END")}

    def to_json(self) -> dict[str, Any]:
        """A plain value for the change record; :meth:`from_json` reads it back."""
        return {"type": self.type, "key": list(self.key), "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Step:
        """:raises InvalidInput: where the value is not a step"""
        try:
            type_, key, before, after = value["type"], tuple(value["key"]), value["before"], value["after"]
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"the change record holds a step that is none: {value!r}") from error
        if type_ not in SWITCHES and type_ not in TYPES:
            raise InvalidInput(f"the change record names the type {type_!r}, which this version does not know")
        return cls(str(type_), key, before, after)


def _enabled(state: Attributes | None) -> bool:
    return bool(state and state.get("enabled"))


def _update(type_: ResourceType, before: Attributes, after: Attributes) -> list[Request]:
    name = type_.key[0]
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    gone = [key for key in before if key not in after]
    requests = []
    # First what is set, then what is unset: at no moment has the object less than either state.
    if changed:
        requests.append(Request("PUT", type_.name, {type_.name: {name: after[name], **changed}}))
    to_default = {key: type_.attributes[key].default for key in gone if not type_.attributes[key].can_unset}
    if to_default:
        requests.append(Request("PUT", type_.name, {type_.name: {name: after[name], **to_default}}))
    unset = {key: True for key in gone if type_.attributes[key].can_unset}
    if unset:
        requests.append(Request("POST", f"{type_.name}?action=unset", {type_.name: {name: after[name], **unset}}))
    return requests


def _unbind(type_: ResourceType, before: Attributes) -> Request:
    if type_.scope:
        wanted = [type_.policy_attribute, type_.scope, "priority"]
    elif type_.name == "policypatset_pattern_binding":
        wanted = ["String"]
    else:
        wanted = [type_.policy_attribute, "bindpoint", "priority"]
        if type_.policy_attribute == "policy":  # Gateway and AAA bindings take no priority here (vendor's resource map)
            wanted.remove("priority")
    args = encode_args({name: str(before[name]) for name in wanted if name in before})
    parent = f"/{encode_name(str(before[type_.parent]))}" if type_.parent else ""
    return Request("DELETE", f"{type_.name}{parent}?args={args}")
