# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration that the bulletins name as what a weakness needs: SAML, KCD, DNS64, NAT64, LSN, TCP profiles. Only configuration.

Names, choices and defaults of attributes: NITRO reference and the resources of the same names in the provider for Terraform. The traffic that such a
configuration serves is not simulated.
"""

from __future__ import annotations

from simulator.types.common import BUILTIN, SWITCHED, key, setting, text
from simulator.types.model import Attribute, Type

_ON_OFF = ("ON", "OFF")


def _switch(option: str, default: str = "DISABLED") -> Attribute:
    return setting(option, enum=SWITCHED, default=default)


# Public programs change these on a new appliance; that they have the defaults there is inferred.
_TCP_PROFILES: dict[str, dict[str, str]] = {
    name: {} for name in ("nstcp_default_profile", "nstcp_internal_apps", "nsulfd_default_profile")
}

TYPES: tuple[Type, ...] = (
    Type(
        "authenticationsamlaction",
        "authentication samlAction",
        "name",
        (
            key("name"),
            *(
                setting(option, low=1)
                for option in ("samlIdPCertName", "samlSigningCertName", "samlRedirectUrl", "samlIssuerName")
            ),
            setting("samlRejectUnsignedAssertion", enum=(*_ON_OFF, "STRICT"), default="ON"),
        ),
        in_use=832,
        actions=("unset",),
    ),
    Type(
        "authenticationsamlidpprofile",
        "authentication samlIdPProfile",
        "name",
        (
            key("name"),
            *(
                setting(option, low=1)
                for option in ("samlSPCertName", "samlIdPCertName", "assertionConsumerServiceURL", "samlIssuerName")
            ),
            setting("rejectUnsignedRequests", enum=_ON_OFF, default="ON"),
        ),
        actions=("unset",),
    ),
    Type(
        "aaakcdaccount",
        "aaa kcdAccount",
        "kcdaccount",
        (key("kcdaccount"), *(setting(option, low=1) for option in ("realmStr", "delegatedUser", "userCert"))),
        actions=("unset",),
    ),
    Type(
        "dnsparameter",
        "dns parameter",
        "",
        (_switch("recursion"), setting("retries", kind="count", low=1, high=5, default=5)),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
    Type(
        "dnspolicy64",
        "dns policy64",
        "name",
        (key("name"), text("rule", required=True, cli="rule"), text("action", required=True, cli="action")),
        actions=("unset",),
    ),
    Type(
        "lsngroup",
        "lsn group",
        "groupname",
        (
            key("groupname"),
            text("clientname", required=True, create_only=True, cli="clientname"),
            _switch("ftp", "ENABLED"),
            _switch("pptp"),
            _switch("sipAlg"),
            _switch("rtspAlg"),
        ),
        actions=("unset",),
    ),
    Type(
        "nat64", "nat64", "name", (key("name"), text("acl6name", required=True)), line=("acl6name",), actions=("unset",)
    ),
    Type(
        "nstcpprofile",
        "ns tcpProfile",
        "name",
        (key("name"), *(_switch(option) for option in ("WS", "SACK", "nagle", "timeStamp", "ecn", "mptcp")), BUILTIN),
        built_in_code=257,
        actions=("unset",),
        always=tuple(_TCP_PROFILES),
        initial=_TCP_PROFILES,
    ),
)
