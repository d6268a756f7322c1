# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Profiles, policies and settings of the application firewall.

Attributes and defaults: the command reference 12.0 (docs/appfw) and the metadata of the vendor's Ansible collection (module
appfwprofile); the binding of deny URLs: the vendor's Go SDK. Only the deny URL check is simulated; the other checks are stored, and
described in documented_attributes.txt.
"""

from __future__ import annotations

from simulator.types.bind_points import TARGET_VSERVER, global_binding, label_binding, vserver_binding
from simulator.types.common import BUILTIN, COMMENT, hits, key, text
from simulator.types.model import Attribute, Binding, Type

BUILT_IN_PROFILES = ("APPFW_BYPASS", "APPFW_RESET", "APPFW_DROP", "APPFW_BLOCK")
_ON_OFF = ("ON", "OFF")

TYPES: tuple[Type, ...] = (
    Type(
        "appfwprofile",
        "appfw profile",
        "name",
        (
            key("name", high=31),
            Attribute(
                "denyurlaction",
                kind="list",
                enum=("none", "block", "learn", "log", "stats"),
                can_unset=True,
                cli="denyURLAction",
            ),
            text("errorurl", default="/", can_unset=True, high=2047, cli="errorURL"),
            text("htmlerrorobject", can_unset=True, cli="HTMLErrorObject"),
            text(
                "percentdecoderecursively",
                enum=_ON_OFF,
                default="ON",
                can_unset=True,
                cli="percentDecodeRecursively",
            ),
            COMMENT,
            text("state", read_only=True, default="ENABLED"),
            BUILTIN,
        ),
        feature="APPFW",
        missing=3190,
        in_use=3207,
        actions=("unset",),
        built_in=BUILT_IN_PROFILES,
        built_in_code=3239,
    ),
    Type(
        "appfwpolicy",
        "appfw policy",
        "name",
        (
            key("name"),
            text("rule", required=True, high=8191, expression="message"),
            text(
                "profilename",
                required=True,
                refers=("appfwprofile",),
                refers_code=3190,
                built_in=BUILT_IN_PROFILES,
                cli="profileName",
            ),
            COMMENT,
            text("logaction", can_unset=True, refers=("auditmessageaction",), refers_code=2818, cli="logAction"),
            *hits(),
            text("policytype", read_only=True, default="Advanced Policy"),
            BUILTIN,
        ),
        line=("rule", "profilename"),
        feature="APPFW",
        missing=2054,
        duplicate=3094,
        in_use=810,
        actions=("rename", "unset"),
    ),
    Type(
        "appfwpolicylabel",
        "appfw policylabel",
        "labelname",
        (
            key("labelname"),
            text("policylabeltype", required=True, create_only=True, enum=("http_req", "httpquic_req")),
            Attribute("numpol", kind="number", read_only=True),
            Attribute("hits", kind="count", read_only=True, default=0),
        ),
        line=("policylabeltype",),
        feature="APPFW",
        missing=3087,
        in_use=1070,
        actions=("rename",),
        can_update=False,
    ),
    Type(
        "appfwsettings",
        "appfw settings",
        "",
        (
            text(
                "defaultprofile",
                refers=("appfwprofile",),
                refers_code=3190,
                built_in=BUILT_IN_PROFILES,
                default="APPFW_BYPASS",
                can_unset=True,
                cli="defaultProfile",
            ),
            text(
                "undefaction",
                refers=("appfwprofile",),
                refers_code=3190,
                built_in=BUILT_IN_PROFILES,
                default="APPFW_BLOCK",
                can_unset=True,
                cli="undefAction",
            ),
            text("clientiploggingheader", can_unset=True, cli="clientIPLoggingHeader"),
            text("ceflogging", enum=_ON_OFF, default="OFF", can_unset=True, cli="CEFLogging"),
        ),
        singleton=True,
        can_create=False,
        feature="APPFW",
        actions=("unset",),
    ),
)
BINDINGS: tuple[Binding, ...] = (
    Binding(
        "appfwprofile_denyurl_binding",
        "appfw profile",
        "appfwprofile",
        "name",
        "",
        "denyurl",
        (
            key("name", high=31),
            text("denyurl", required=True, low=1, high=2047, cli="denyURL"),
            text("state", enum=("ENABLED", "DISABLED"), default="ENABLED", cli="state"),
            text("comment", high=255, cli="comment"),
            text("alertonly", enum=_ON_OFF, default="OFF", cli="alertonly"),
            text("isautodeployed", enum=("AUTODEPLOYED", "NOTAUTODEPLOYED"), cli="isAutoDeployed"),
            text("resourceid", cli="resourceId"),
            text("ruletype", enum=("ALLOW", "DENY"), cli="ruleType", since=(13, 1)),
        ),
        unbind_args=("denyurl",),
        link=True,
        duplicate=3123,
        not_bound=3122,
    ),
    label_binding("appfwpolicy"),
    vserver_binding("appfwpolicy", "lbvserver", ("REQUEST", "RESPONSE")),
    vserver_binding("appfwpolicy", "csvserver", ("REQUEST", "RESPONSE"), TARGET_VSERVER),
    # Gateways take policies of the application firewall in 14.1 (Terraform provider PR 1356, of 2026).
    vserver_binding(
        "appfwpolicy",
        "vpnvserver",
        ("REQUEST", "RESPONSE", "AAA_REQUEST", "AAA_RESPONSE"),
        child=text("policy", required=True, since=(14, 1), cli="policy"),
    ),
    global_binding(
        "appfwpolicy",
        ("REQ_OVERRIDE", "REQ_DEFAULT", "HTTPQUIC_REQ_OVERRIDE", "HTTPQUIC_REQ_DEFAULT", "NONE"),
        text("state", enum=("ENABLED", "DISABLED"), cli="state"),
    ),
)
