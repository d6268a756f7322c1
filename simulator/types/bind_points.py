# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bindings of policies, which responder, rewrite and application firewall have in the same form.

NITRO reference, the bindings of each feature; the vendor's Go SDK (resource/config) for those of newer releases.
"""

from __future__ import annotations

from simulator.types.common import GOTO, INVOKE, PRIORITY, key, text
from simulator.types.model import Attribute, Binding

FAMILIES = (
    "",
    "OTHERTCP_",
    "SIPUDP_",
    "SIPTCP_",
    "MSSQL_",
    "MYSQL_",
    "NAT_",
    "DIAMETER_",
    "RADIUS_",
    "DNS_",
    "MQTT_",
    "HTTPQUIC_",
)
GATEWAY_POINTS = ("REQUEST", "RESPONSE", "ICA_REQUEST", "OTHERTCP_REQUEST", "AAA_REQUEST", "AAA_RESPONSE")
GATEWAY_HIDDEN = ("gotopriorityexpression", "secondary", "groupextraction")
GATEWAY_MORE = (
    Attribute("secondary", kind="boolean", cli="secondary"),
    Attribute("groupextraction", kind="boolean", cli="groupExtraction"),
)
TARGET_VSERVER = text("targetlbvserver", refers=("lbvserver",), cli="targetLBVserver")


def vserver_binding(
    policy: str, vserver: str, points: tuple[str, ...], *more: Attribute, child: Attribute | None = None
) -> Binding:
    """Return the binding of a kind of policy to a kind of virtual server. Gateways call the policy `policy`, others `policyname`."""
    gateway = vserver in ("vpnvserver", "authenticationvserver")
    named = child or text(
        "policy" if gateway else "policyname", required=True, cli="policy" if gateway else "policyName"
    )
    return Binding(
        f"{vserver}_{policy}_binding",
        f"{vserver.removesuffix('vserver')} vserver",
        vserver,
        "name",
        policy,
        named.name,
        (
            key("name"),
            named,
            PRIORITY,
            GOTO,
            text("bindpoint", enum=points, cli="type"),
            *INVOKE,
            *(GATEWAY_MORE if gateway else ()),
            *more,
        ),
        point="bindpoint",
        point_default="REQUEST",
        hidden=GATEWAY_HIDDEN if gateway else (),
        unbind_args=(named.name, "bindpoint", "priority", "secondary", "groupextraction"),
    )


def global_binding(policy: str, points: tuple[str, ...], *more: Attribute) -> Binding:
    """Return the global binding of a kind of policy. Without a type it is bound at REQ_DEFAULT (Terraform provider, global binding resource)."""
    feature = policy.removesuffix("policy")
    return Binding(
        f"{feature}global_{policy}_binding",
        f"{feature} global",
        "",
        "",
        policy,
        "policyname",
        (
            text("policyname", required=True),
            PRIORITY,
            GOTO,
            text("type", enum=points, cli="type"),
            *INVOKE,
            text("globalbindtype", enum=("SYSTEM_GLOBAL", "VPN_GLOBAL", "RNAT_GLOBAL"), default="SYSTEM_GLOBAL"),
            *more,
        ),
        point="type",
        point_default="REQ_DEFAULT",
        line=("policyname", "priority", "gotopriorityexpression"),
        unbind_args=("policyname", "type", "priority"),
    )


def label_binding(policy: str) -> Binding:
    """Return the binding of a kind of policy to its labels, where `labelname` is the label and `invoke_labelname` the invoked one."""
    return Binding(
        f"{policy}label_{policy}_binding",
        f"{policy.removesuffix('policy')} policylabel",
        f"{policy}label",
        "labelname",
        policy,
        "policyname",
        (
            key("labelname"),
            text("policyname", required=True),
            PRIORITY,
            GOTO,
            INVOKE[0],
            INVOKE[1],
            text("invoke_labelname", cli="labelName"),
        ),
        line=("policyname", "priority", "gotopriorityexpression"),
        unbind_args=("policyname", "priority"),
    )
