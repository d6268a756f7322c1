# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of an appliance for tests, in one line each."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)

Objects = dict[ObjectId, Attributes]

OWNER = Owner("demo", 1)
OURS = "tq_demo"
ATTACKS = 'HTTP.REQ.URL.CONTAINS("/bad")'
UNREADABLE = 'SYS.HTTP_CALLOUT("x")'


def put(objects: Objects, type_name: str, **attributes: Any) -> None:
    type_ = TYPES[type_name]
    canonical = type_.canonical(attributes)
    objects[type_name, type_.key_of(canonical)] = canonical


def bound(
    name: str,
    priority: int,
    rule: str = ATTACKS,
    action: str = "DROP",
    goto: str = "END",
    at: str = "REQ_OVERRIDE",
    **more: Any,
) -> Objects:
    """A policy and its binding. `at`: REQ_OVERRIDE, REQ_DEFAULT, or kind, name and bind point, as "vpn gw AAA_REQUEST"."""
    objects: Objects = {}
    policy = {key: more.pop(key) for key in ("undefaction", "comment") if key in more}
    if name != "NOPOLICY":
        put(objects, "responderpolicy", name=name, rule=rule, action=action, **policy)
    common = {"priority": priority, "gotopriorityexpression": goto, **more}
    if " " not in at:
        put(objects, "responderglobal_responderpolicy_binding", policyname=name, type=at, **common)
        return objects
    kind, vserver, point = at.split()
    attribute = "policyname" if kind in {"lb", "cs"} else "policy"
    put(
        objects,
        f"{kind}vserver_responderpolicy_binding",
        name=vserver,
        bindpoint=point,
        **{attribute: name},
        **common,
    )
    return objects


def together(*parts: Objects) -> Objects:
    return {key: value for part in parts for key, value in part.items()}
