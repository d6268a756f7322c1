# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluates the bound policies of the application firewall, and the deny URL check of the chosen profile.

Product pages on the deny URL check and on policies; command reference 12.0, appfw profile and appfw settings. The other checks are only
stored; the state of an appliance names them.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    ExpressionError,
    Request,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import Bank, Decision, decide
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.bounded_search import (
    BoundedSearch,
    bounded,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.pcre import compile_pcre
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.results import Halt

from simulator.network.responses import RawResponse, one_line
from simulator.node import logs
from simulator.node.node import Node
from simulator.traffic import policy_banks
from simulator.traffic.closing import closed, not_evaluable
from simulator.traffic.policy_banks import Feature, NotEvaluable, count_hits
from simulator.types import TYPES, Row
from simulator.types.appfw import BUILT_IN_PROFILES

log = logging.getLogger("simulator")
_APPFW = Feature("appfw", "profilename", "APPFW", leaves_out_unknown=True)
_MOST_DECODED = 10  # times that a URL is decoded; each one makes it shorter
_DENY_URLS = "appfwprofile_denyurl_binding"


async def appfw_response(node: Node, vserver: policy_banks.Vserver, packet: Request) -> RawResponse | None:
    """Return the response of the application firewall, or None if the request passes. Violations are logged and counted."""
    compiled = node.expressions
    banks = policy_banks.banks(node, compiled, _APPFW, vserver, packet)
    try:
        name = _profile(node, banks, packet)
        if name in ("APPFW_RESET", "APPFW_DROP"):
            return await closed(node, name.removeprefix("APPFW_"))
        if name == "APPFW_BLOCK":
            return _blocked(node, name, {})
        profile = None if name in BUILT_IN_PROFILES else node.running.find(TYPES["appfwprofile"], name)
        return None if profile is None else _checked(node, profile, packet)
    except NotEvaluable as problem:
        return not_evaluable(problem)


def _profile(node: Node, banks: list[Bank], packet: Request) -> str:
    """Return the name of the profile that the first matching policy chooses, or else that of the settings."""
    settings = node.running.table("appfwsettings").get((), {})
    default = str(settings.get("defaultprofile", "APPFW_BYPASS"))
    if not banks:
        return default
    try:
        decision = decide(banks, packet, **_context(node, settings))
    except ExpressionError as problem:
        raise NotEvaluable(str(problem)) from None
    if decision.undetermined:
        raise NotEvaluable("the policies of the application firewall have no definite result")
    count_hits(node, _APPFW, decision.hits, decision.undef_hits, decision.log_actions, packet)
    return _chosen(node, decision) or default


def _chosen(node: Node, decision: Decision) -> str:
    if decision.action:
        node.counters.add(node.appliance.now(), "appfwprofile", decision.action, "requests")
    return decision.action or ""


def _context(node: Node, settings: Row) -> dict[str, Any]:
    compiled = node.expressions
    key = (_APPFW, "context")
    if key not in compiled.banks:
        compiled.banks[key] = {
            "labels": policy_banks.labels(node, compiled, _APPFW),
            "undef_action": str(settings.get("undefaction", "APPFW_BLOCK")),
            "end_skips_later_banks": node.appliance.switches["end_skips_later_banks"],
        }
    found: dict[str, Any] = compiled.banks[key]
    return found


def _checked(node: Node, profile: Row, packet: Request) -> RawResponse | None:
    """Apply the deny URL check of a profile: log, count and block, each only if the profile says so."""
    actions = deny_url_actions(node, profile)
    if actions == ["none"]:
        return None
    url = _url(packet)
    seen = _decoded(node, profile, url)
    pattern = next((row["denyurl"] for row in deny_urls(node, profile["name"]) if _matches(row["denyurl"], seen)), None)
    if pattern is None:
        return None
    name, blocks = profile["name"], "block" in actions
    if "stats" in actions:
        node.counters.add(node.appliance.now(), "appfwprofile", name, "denyurl")
    if "log" in actions:
        _log(node, name, packet, url, pattern, blocks=blocks)
    return _blocked(node, name, profile) if blocks else None


def deny_url_actions(node: Node, profile: Row) -> list[str]:
    """Return the actions of the deny URL check; without an own setting the disposition of the appliance."""
    own = profile.get("denyurlaction")
    return list(own) if own else str(node.appliance.switches["appfw_default_actions"]).split(" ")


def deny_urls(node: Node, profile: str) -> list[Row]:
    """Return the enabled deny URLs of a profile."""
    return [
        row
        for row in node.running.table(_DENY_URLS).values()
        if row["name"] == profile and row.get("state") != "DISABLED" and row.get("ruletype") != "ALLOW"
    ]


@lru_cache(maxsize=1024)
def deny_url_search(pattern: str) -> BoundedSearch | None:
    """Return the search of a deny URL; None for a pattern that Python cannot express."""
    try:
        return bounded(compile_pcre(pattern, ignore_case=False))
    except UnsupportedExpression:
        return None


def _matches(pattern: str, url: str) -> bool:
    """Return True if a deny URL matches anywhere in a URL with its scheme and host (product page, deny URL check)."""
    search = deny_url_search(pattern)
    try:
        return search is not None and search.search(url) is not None
    except Halt:
        raise NotEvaluable(f"the deny URL {pattern} takes too long") from None


def _url(packet: Request) -> str:
    """Return the URL of a request with scheme and host."""
    if "://" in packet.url.split("?", 1)[0] and not packet.url.startswith("/"):
        return packet.url
    host = (packet.header_values("host") or (packet.dst_ip,))[-1]
    return f"{'https' if packet.is_ssl else 'http'}://{host}{packet.url}"


def _decoded(node: Node, profile: Row, url: str) -> str:
    """Return the URL as deny URLs see it: decoded once, or until nothing is encoded (percentDecodeRecursively)."""
    if node.appliance.switches["appfw_deny_url_sees"] == "raw":
        return url
    for _ in range(_MOST_DECODED if profile.get("percentdecoderecursively", "ON") == "ON" else 1):
        plain = unquote(url, "latin-1")
        if plain == url:
            break
        url = plain
    return url


def _blocked(node: Node, name: str, profile: Row) -> RawResponse:
    """Redirect the client to the error URL of the profile (command reference, appfw profile: errorURL)."""
    node.counters.add(node.appliance.now(), "appfwprofile", name, "redirects")
    location = one_line(str(profile.get("errorurl", "/")))
    headers = [("Location", location), ("Cache-Control", "no-cache"), ("Content-Type", "text/html")]
    return RawResponse(302, headers, reason="Object Moved", close=True)


def _log(node: Node, profile: str, packet: Request, url: str, pattern: str, *, blocks: bool) -> None:
    """Write the line of a violation, in the appliance's own form or in CEF (samples in public parsers of these logs)."""
    message = f"Disallow Deny URL: {url} for rule pattern={one_line(pattern)}"
    done, number = "blocked" if blocks else "not blocked", node.whole.log_number + 1
    settings = node.running.table("appfwsettings").get((), {})
    client = _logged_client(settings, packet)
    if settings.get("ceflogging", "OFF") == "OFF":
        text = f"{client} {number}-PPE0 - {profile} {message} <{done}>"
        logs.ns_log(node, "info", "APPFW APPFW_DENYURL", text)
        return
    release = ".".join(map(str, node.appliance.branch[:2]))
    fields = {
        "src": client,
        "spt": packet.client_port,
        "method": packet.method,
        "request": url,
        "msg": message,
        "cn1": number,
        "cn2": number,
        "cs1": profile,
        "cs2": "PPE0",
        "cs4": "ALERT",
        "cs5": node.today().year,
        "act": done,
    }
    shown = " ".join(f"{name}={_cef(str(value))}" for name, value in fields.items())
    logs.cef(node, f"CEF:0|Citrix|NetScaler|NS{release}|APPFW|APPFW_DENYURL|6|{shown}")


def _logged_client(settings: Row, packet: Request) -> str:
    """Return the address that the log shows: that of the header which the settings name, if the request has it (clientIPLoggingHeader)."""
    values = packet.header_values(str(settings.get("clientiploggingheader", "")).lower())
    return values[-1] if values else packet.client_ip


def _cef(value: str) -> str:
    return value.replace("\\", "\\\\").replace("=", "\\=")
