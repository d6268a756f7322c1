# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Responder actions, policies and labels, and the bindings of policies."""

from __future__ import annotations

from simulator.types.bind_points import (
    FAMILIES,
    GATEWAY_POINTS,
    TARGET_VSERVER,
    global_binding,
    label_binding,
    vserver_binding,
)
from simulator.types.common import BUILT_IN_ACTIONS, BUILTIN, BYPASS, COMMENT, hits, key, text
from simulator.types.model import Attribute, Binding, Type

GLOBAL_POINTS = (
    *(f"{family}REQ_{place}" for family in FAMILIES for place in ("OVERRIDE", "DEFAULT")),
    "OVERRIDE",
    "DEFAULT",
)

TYPES: tuple[Type, ...] = (
    Type(
        "responderaction",
        "responder action",
        "name",
        (
            key("name"),
            text(
                "type",
                required=True,
                create_only=True,
                enum=(
                    "noop",
                    "respondwith",
                    "redirect",
                    "respondwithhtmlpage",
                    "sqlresponse_ok",
                    "sqlresponse_error",
                ),
            ),
            text("target", high=8191, expression="any"),
            text("htmlpage", cli="htmlpage"),
            BYPASS,
            Attribute("responsestatuscode", kind="number", low=100, high=599, can_unset=True, cli="responseStatusCode"),
            text("reasonphrase", high=8191, can_unset=True, expression="text", cli="reasonPhrase"),
            COMMENT,
            Attribute("headers", kind="list", can_unset=True, since=(14, 1), cli="headers"),  # provider issue 1184
            *hits(),
            Attribute("referencecount", kind="count", read_only=True),
            BUILTIN,
        ),
        line=("type", "target"),
        feature="RESPONDER",
        missing=538,
        duplicate=273,
        in_use=832,
        actions=("rename", "unset"),
        built_in_code=537,
        built_in=BUILT_IN_ACTIONS,
    ),
    Type(
        "responderpolicy",
        "responder policy",
        "name",
        (
            key("name"),
            text("rule", required=True, high=8191, expression="request"),
            text("action", required=True, refers=("responderaction",), refers_code=2824, built_in=BUILT_IN_ACTIONS),
            # Only a built-in action (NITRO reference, responderpolicy).
            text("undefaction", can_unset=True, refers_code=2818, built_in=BUILT_IN_ACTIONS),
            COMMENT,
            text("logaction", can_unset=True, refers=("auditmessageaction",), refers_code=2818, cli="logAction"),
            text("appflowaction", can_unset=True, cli="appflowAction"),
            *hits(),
            BUILTIN,
        ),
        line=("rule", "action", "undefaction"),
        feature="RESPONDER",
        missing=2054,
        duplicate=3094,
        in_use=810,
        actions=("rename", "unset"),
    ),
    Type(
        "responderpolicylabel",
        "responder policylabel",
        "labelname",
        (
            key("labelname"),
            text(
                "policylabeltype",
                create_only=True,
                default="HTTP",
                cli="policylabeltype",
                enum=(
                    "HTTP",
                    "OTHERTCP",
                    "SIP_UDP",
                    "SIP_TCP",
                    "MYSQL",
                    "MSSQL",
                    "ORACLE",
                    "NAT",
                    "DIAMETER",
                    "RADIUS",
                    "DNS",
                    "HTTP_QUIC",
                ),
            ),
            text("comment", create_only=True, high=255, cli="comment"),
            Attribute("numpol", kind="number", read_only=True),
            Attribute("hits", kind="count", read_only=True, default=0),
        ),
        feature="RESPONDER",
        missing=3087,
        duplicate=273,
        in_use=1070,
        actions=("rename",),
        can_update=False,
    ),
    Type(
        "responderparam",
        "responder param",
        "",
        (
            text("undefaction", enum=BUILT_IN_ACTIONS, default="NOOP", can_unset=True, cli="undefAction"),
            Attribute("timeout", kind="count", low=1, high=5000, default=3900, can_unset=True, cli="timeout"),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
)
BINDINGS: tuple[Binding, ...] = (
    label_binding("responderpolicy"),
    vserver_binding(
        "responderpolicy",
        "lbvserver",
        ("REQUEST", "RESPONSE", "MQTT_JUMBO_REQ"),
        Attribute("order", kind="count", since=(14, 1), cli="order"),
    ),
    vserver_binding(
        "responderpolicy", "csvserver", ("REQUEST", "RESPONSE", "ICA_REQUEST", "OTHERTCP_REQUEST"), TARGET_VSERVER
    ),
    vserver_binding("responderpolicy", "vpnvserver", GATEWAY_POINTS),
    vserver_binding("responderpolicy", "authenticationvserver", GATEWAY_POINTS),
    global_binding("responderpolicy", GLOBAL_POINTS),
)
