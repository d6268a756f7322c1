# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of bindings by protocol: of services and of responder policies to virtual servers."""

from __future__ import annotations

import re

from simulator.configuration.check_registry import checks, link_checks
from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import BINDINGS, TYPES, Binding, Row
from simulator.types.errors import NitroError
from simulator.types.protocols import HTTP_VSERVERS, RESPONDER_VSERVERS, fits
from simulator.types.rewrite import HEADER_ACTIONS

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_ABOUT_HTTP = re.compile(r"(?<![\w.])HTTP\s*\.", re.IGNORECASE)
_WORD = re.compile(r'(?<![\w."\\])[A-Za-z_]\w*(?![\w("])')
_HTTP_ACTIONS = ("redirect", "respondwithhtmlpage")
_LABEL = "responderpolicylabel"
_ONLY_HTTP = {"rewritepolicy": 3119, "appfwpolicy": 3137}  # product page on binding rewrite policies; error list
# Bind points for requests of other protocols (command reference, bind responder global; NITRO reference of the bindings).
_OTHER_POINTS = (
    *("OTHERTCP_", "SIPUDP_", "SIPTCP_", "MSSQL_", "MYSQL_", "NAT_", "DIAMETER_", "RADIUS_", "DNS_", "MQTT_", "ICA_"),
)


@link_checks("lbvserver_service_binding")
def _service(configuration: Rows, row: Row, env: Environment) -> None:
    _check_fit(configuration, row, configuration.find(TYPES["service"], row["servicename"]))


@link_checks("lbvserver_servicegroup_binding")
def _group(configuration: Rows, row: Row, env: Environment) -> None:
    _check_fit(configuration, row, configuration.find(TYPES["servicegroup"], row["servicegroupname"]))


def _check_fit(configuration: Rows, row: Row, service: Row | None) -> None:
    """Refuse a service or a service group whose protocol does not fit the virtual server (error list 1304)."""
    vserver = configuration.find(TYPES["lbvserver"], row["name"])
    if vserver and service and not fits(vserver["servicetype"], service["servicetype"]):
        raise NitroError(1304)


def check_policy(configuration: Rows, binding: Binding, row: Row) -> None:
    """Refuse a policy at a place of another protocol (error list 3119, 3137, 3861, 3096 and 3910)."""
    if binding.child in _ONLY_HTTP:
        _check_only_http(configuration, binding, row)
    if binding.child != "responderpolicy":
        return
    policy = configuration.find(TYPES[binding.child], row[binding.child_key])
    about_http = policy is not None and is_about_http(configuration, policy)
    if about_http and str(row.get(binding.point, "")).startswith(_OTHER_POINTS):
        raise NitroError(3910)
    if not binding.parent:
        return
    place = configuration.find(TYPES[binding.parent], row[binding.parent_key]) or {}
    if binding.parent == _LABEL:
        if about_http and not _is_http(binding, place):
            raise NitroError(3096)
        return
    if about_http and not _is_http(binding, place):
        raise NitroError(3119)
    if place.get("servicetype", "SSL") not in RESPONDER_VSERVERS:
        raise NitroError(3861)


def _check_only_http(configuration: Rows, binding: Binding, row: Row) -> None:
    """Refuse a rewrite policy about HTTP, and any policy of the application firewall, where no HTTP is spoken."""
    place = configuration.find(TYPES[binding.parent], row[binding.parent_key]) if binding.parent else None
    policy = configuration.find(TYPES[binding.child], row[binding.child_key])
    if place is None or policy is None or _is_http(binding, place):
        return
    if binding.child != "rewritepolicy" or _rewrites_http(configuration, policy):
        raise NitroError(_ONLY_HTTP[binding.child])


def _rewrites_http(configuration: Rows, policy: Row) -> bool:
    action = configuration.find(TYPES["rewriteaction"], policy["action"]) or {}
    if action.get("type") in (*HEADER_ACTIONS, "replace_http_res"):
        return True
    texts = (policy["rule"], action.get("target", ""), action.get("stringbuilderexpr", ""))
    return any(_mentions_http(configuration, str(text)) for text in texts)


def _is_http(binding: Binding, place: Row) -> bool:
    if binding.parent == _LABEL:
        return str(place.get("policylabeltype", "HTTP")).startswith("HTTP")
    return binding.parent not in ("lbvserver", "csvserver") or place.get("servicetype") in HTTP_VSERVERS


def is_about_http(configuration: Rows, policy: Row) -> bool:
    """True for a responder policy whose rule or action needs an HTTP request."""
    action = configuration.find(TYPES["responderaction"], policy["action"]) or {}
    return (
        action.get("type") in _HTTP_ACTIONS
        or _mentions_http(configuration, str(action.get("target", "")))
        or _mentions_http(configuration, str(policy["rule"]))
    )


def _mentions_http(configuration: Rows, text: str) -> bool:
    """True if an expression, or a named expression in it, begins with HTTP."""
    named = {row["name"].lower(): str(row["value"]) for row in configuration.table("policyexpression").values()}
    waiting, seen = [text], set[str]()
    while waiting:
        bare = _QUOTED.sub('""', waiting.pop())
        if _ABOUT_HTTP.search(bare):
            return True
        found = {word.lower() for word in _WORD.findall(bare)} & named.keys() - seen if named else set[str]()
        seen |= found
        waiting += [named[name] for name in found]
    return False


@checks("responderpolicy")
def _policy(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """Refuse a change that makes a policy about HTTP where it is bound for another protocol (error list 3095)."""
    if old is None or not is_about_http(configuration, row) or is_about_http(configuration, old):
        return
    for binding in BINDINGS.values():
        if binding.child != "responderpolicy" or not binding.parent:
            continue
        for bound in configuration.table(binding.name).values():
            place = configuration.find(TYPES[binding.parent], bound[binding.parent_key]) or {}
            if bound[binding.child_key] == row["name"] and not _is_http(binding, place):
                raise NitroError(3095)
