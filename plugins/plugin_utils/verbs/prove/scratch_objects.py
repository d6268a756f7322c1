# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests that make, bind and remove scratch objects. Pure.

A virtual server of the experiments has no address (0.0.0.0, port 0), or the one that the operator gives, and is disabled: no client reaches it.
"""

from __future__ import annotations

from typing import Any

from .experiment import NAME, Request

BINDING = "lbvserver_responderpolicy_binding"


def named(what: str) -> str:
    """Return the name of a scratch object."""
    return NAME + what


def make(type_: str, label: str = "", *, must_succeed: bool = True, **attributes: Any) -> Request:
    """Return the request that creates an object, or a binding."""
    return Request(label or f"make {type_}", "POST", type_, {type_: attributes}, must_succeed=must_succeed)


def update(type_: str, label: str, *, must_succeed: bool = False, **attributes: Any) -> Request:
    """Return the request that changes an object."""
    return Request(label, "PUT", type_, {type_: attributes}, must_succeed=must_succeed)


def remove(type_: str, name: str, label: str = "", **args: str) -> Request:
    """Return the request that removes an object, or a binding of it."""
    return Request(label or f"remove {type_} {name}", "DELETE", f"{type_}/{name}", args=args)


def action(name: str) -> Request:
    """Return the request that creates a responder action which does nothing."""
    return make("responderaction", f"make {name}", name=name, type="noop")


def policy(name: str, **attributes: Any) -> Request:
    """Return the request that creates a responder policy which never matches, and would do nothing."""
    return make("responderpolicy", f"make {name}", name=name, rule="HTTP.REQ.IS_VALID.NOT", action="NOOP", **attributes)


def lb_vserver(name: str) -> Request:
    """Return the request that creates a load balancing virtual server without an address."""
    return make("lbvserver", f"make {name}", name=name, servicetype="HTTP", state="DISABLED")


def bind(vserver: str, policy_name: str, priority: int, label: str = "", *, must_succeed: bool = True) -> Request:
    """Return the request that binds a responder policy to a load balancing virtual server."""
    return make(
        BINDING,
        label or f"bind {policy_name}",
        must_succeed=must_succeed,
        name=vserver,
        policyname=policy_name,
        priority=priority,
        gotopriorityexpression="END",
        bindpoint="REQUEST",
    )


def unbind(vserver: str, policy_name: str, priority: int) -> Request:
    """Return the request that unbinds it."""
    return remove(
        BINDING,
        vserver,
        f"unbind {policy_name} at {priority}",
        policyname=policy_name,
        bindpoint="REQUEST",
        priority=str(priority),
    )
