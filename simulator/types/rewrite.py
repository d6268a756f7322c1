# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rewrite actions, policies and labels, and their bindings.

Attributes, bind points and kinds of actions: the command reference 12.0 (docs/rewrite) and the vendor's Go SDK (resource/config/rewrite).
"""

from __future__ import annotations

from simulator.types.bind_points import (
    FAMILIES,
    GATEWAY_POINTS,
    TARGET_VSERVER,
    global_binding,
    label_binding,
    vserver_binding,
)
from simulator.types.common import BUILTIN, BYPASS, COMMENT, hits, key, text
from simulator.types.model import Attribute, Binding, Type

BUILT_IN_ACTIONS = ("NOREWRITE", "RESET", "DROP")
# What an action needs beside its target, and what it does; the kinds of other protocols are only stored.
HEADER_ACTIONS = ("insert_http_header", "delete_http_header", "corrupt_http_header")
SEARCH_ACTIONS = ("replace_all", "delete_all", "insert_before_all", "insert_after_all")
PART_ACTIONS = ("replace", "delete", "insert_before", "insert_after")
HTTP_ACTIONS = ("noop", *HEADER_ACTIONS, *PART_ACTIONS, *SEARCH_ACTIONS, "replace_http_res")
OTHER_ACTIONS = (
    *("clientless_vpn_encode", "clientless_vpn_encode_all", "clientless_vpn_decode", "clientless_vpn_decode_all"),
    *("insert_sip_header", "delete_sip_header", "corrupt_sip_header", "replace_sip_res"),
    *("replace_diameter_header_field", "replace_dns_header_field", "replace_dns_answer_section"),
)
_GLOBAL_FAMILIES = tuple(
    family for family in FAMILIES if family in ("", "OTHERTCP_", "SIPUDP_", "DIAMETER_", "RADIUS_", "DNS_", "HTTPQUIC_")
)
GLOBAL_POINTS = tuple(
    f"{family}{flow}_{place}"
    for family in _GLOBAL_FAMILIES
    for flow in ("REQ", "RES")
    for place in ("OVERRIDE", "DEFAULT")
)
_TRANSFORMS = (
    *("http_req", "http_res", "othertcp_req", "othertcp_res", "url", "text", "clientless_vpn_req"),
    *("clientless_vpn_res", "sipudp_req", "sipudp_res", "diameter_req", "diameter_res", "radius_req", "radius_res"),
    *("dns_req", "dns_res", "mqtt_req", "mqtt_res", "httpquic_req", "httpquic_res"),
)

TYPES: tuple[Type, ...] = (
    Type(
        "rewriteaction",
        "rewrite action",
        "name",
        (
            key("name"),
            text("type", required=True, create_only=True, enum=(*HTTP_ACTIONS, *OTHER_ACTIONS)),
            # A header name, or an expression, as the type says: its check knows both.
            text("target", high=8191, expression="own"),
            text("stringbuilderexpr", high=8191, can_unset=True, expression="own", cli="stringBuilderExpr"),
            text("pattern", low=3, high=8191, can_unset=True, expression="own", cli="pattern"),
            text("search", high=8191, can_unset=True, expression="own", cli="search"),
            BYPASS,
            text("refinesearch", can_unset=True, cli="refineSearch", stored_only=True),
            COMMENT,
            *hits(),
            Attribute("referencecount", kind="count", read_only=True),
            BUILTIN,
        ),
        line=("type", "target", "stringbuilderexpr"),
        feature="REWRITE",
        missing=538,
        in_use=832,
        actions=("rename", "unset"),
        built_in_code=537,
        built_in=BUILT_IN_ACTIONS,
    ),
    Type(
        "rewritepolicy",
        "rewrite policy",
        "name",
        (
            key("name"),
            text("rule", required=True, high=8191, expression="message"),
            text("action", required=True, refers=("rewriteaction",), refers_code=538, built_in=BUILT_IN_ACTIONS),
            text("undefaction", can_unset=True),
            COMMENT,
            text("logaction", can_unset=True, refers=("auditmessageaction",), refers_code=2818, cli="logAction"),
            *hits(),
            BUILTIN,
        ),
        line=("rule", "action", "undefaction"),
        feature="REWRITE",
        missing=2054,
        duplicate=3094,
        in_use=810,
        actions=("rename", "unset"),
    ),
    Type(
        "rewritepolicylabel",
        "rewrite policylabel",
        "labelname",
        (
            key("labelname"),
            text("transform", required=True, create_only=True, enum=_TRANSFORMS),
            text("comment", create_only=True, high=255, cli="comment"),
            Attribute("numpol", kind="number", read_only=True),
            Attribute("hits", kind="count", read_only=True, default=0),
        ),
        line=("transform",),
        feature="REWRITE",
        missing=3087,
        in_use=1070,
        actions=("rename",),
        can_update=False,
    ),
    Type(
        "rewriteparam",
        "rewrite param",
        "",
        (
            text("undefaction", enum=BUILT_IN_ACTIONS, default="NOREWRITE", can_unset=True, cli="undefAction"),
            Attribute(
                "timeout", kind="count", low=1, high=5000, default=3900, can_unset=True, cli="timeout", stored_only=True
            ),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
)
BINDINGS: tuple[Binding, ...] = (
    label_binding("rewritepolicy"),
    vserver_binding("rewritepolicy", "lbvserver", ("REQUEST", "RESPONSE")),
    vserver_binding(
        "rewritepolicy", "csvserver", ("REQUEST", "RESPONSE", "ICA_REQUEST", "OTHERTCP_REQUEST"), TARGET_VSERVER
    ),
    vserver_binding("rewritepolicy", "vpnvserver", GATEWAY_POINTS),
    vserver_binding("rewritepolicy", "authenticationvserver", GATEWAY_POINTS),
    global_binding("rewritepolicy", GLOBAL_POINTS),
)
