# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gateway: local users and groups, session policies, authentication policies (NITRO reference and command reference of each type).

Error codes: error list (AAA errors, policy errors); 538, 832, 2054 and 3094 are those of the policies of other features.
"""

from __future__ import annotations

from typing import Any

from simulator.types.common import BUILTIN, COMMENT, GOTO, SWITCHED, key, setting, text
from simulator.types.model import Attribute, Binding, Type

_ON_OFF = ("ON", "OFF")
_UPGRADES = ("Always", "Essential", "Never")
_PRIORITY = Attribute("priority", kind="count", low=0, high=2147483647, cli="priority")
_SECOND = (
    Attribute("secondary", kind="boolean", default=False, cli="secondary"),
    Attribute("groupextraction", kind="boolean", default=False, cli="groupExtraction"),
)
_HIDDEN = ("gotopriorityexpression", "secondary", "groupextraction")


def _texts(options: str, **more: Any) -> tuple[Attribute, ...]:
    return tuple(setting(option, **more) for option in options.split())


_SESSION_SETTINGS = (
    *_texts(
        "userAccounting winsIP dnsVserverName clientSecurity clientSecurityGroup authorizationGroup homePage wihome"
    ),
    *_texts("allProtocolProxy httpProxy autoProxyUrl ftpProxy socksProxy gopherProxy sslProxy proxyException"),
    *_texts("loginScript logoutScript citrixReceiverHome iipDnsSuffix emailHome", low=1),
    *_texts("clientSecurityMessage alwaysONProfileName", low=1, high=127),
    *_texts("ntDomain kcdAccount", low=1, high=32),
    *_texts("rdpClientProfileName pcoipProfileName", low=1, high=31),
    setting("Smartgroup", low=1, high=64),
    setting("allowedLoginGroups", low=1, high=511),
    setting("storefronturl", low=1, high=255),
    *_texts("clientSecurityLog localLanAccess rfc1918 spoofIIP killConnections transparentInterception", enum=_ON_OFF),
    *_texts("clientCleanupPrompt SSO windowsAutoLogon icaProxy ClientChoices iconWithReceiver", enum=_ON_OFF),
    *_texts("proxyLocalBypass SecureBrowse", enum=SWITCHED),
    *_texts("windowsClientType epaClientType", enum=("AGENT", "PLUGIN")),
    *_texts("WindowsPluginUpgrade MacPluginUpgrade LinuxPluginUpgrade", enum=_UPGRADES),
    setting("splitDns", enum=("LOCAL", "REMOTE", "BOTH")),
    setting("splitTunnel", enum=("ON", "OFF", "REVERSE")),
    setting("defaultAuthorizationAction", enum=("ALLOW", "DENY")),
    setting("proxy", enum=("BROWSER", "NS", "OFF")),
    setting("ssoCredential", enum=("PRIMARY", "SECONDARY")),
    setting("useMIP", enum=("NS", "OFF")),
    setting("useIIP", enum=("NOSPILLOVER", "SPILLOVER", "OFF")),
    setting("clientDebug", enum=("debug", "stats", "events", "OFF")),
    setting("wihomeAddressType", enum=("IPV4", "IPV6")),
    setting("wiPortalMode", enum=("NORMAL", "COMPACT")),
    setting("clientlessVpnMode", enum=("ON", "OFF", "DISABLED")),
    setting("clientlessModeUrlEncoding", enum=("TRANSPARENT", "OPAQUE", "ENCRYPT")),
    setting("clientlessPersistentCookie", enum=("ALLOW", "DENY", "PROMPT")),
    setting("sfGatewayAuthType"),
    setting("sessTimeout", kind="count", low=1),
    setting("clientIdleTimeout", kind="count", low=1, high=9999),
    setting("forcedTimeout", kind="count", low=1, high=65535),
    setting("forcedTimeoutWarning", kind="count", low=1, high=255),
    *_texts("httpPort forceCleanup clientOptions clientConfiguration", kind="list"),
)

AUTHENTICATION_ACTIONS = {  # the type of action -> the subtype of the policies that name it (NITRO reference, policysubtype)
    "authenticationldapaction": "LDAP",
    "authenticationradiusaction": "RADIUS",
    "authenticationepaaction": "EPA",  # not among the subtypes of the 12.x reference
}
LOCAL_ACTION = "LOCAL"


TYPES: tuple[Type, ...] = (
    Type(
        "aaauser",
        "aaa user",
        "username",
        (
            key("username"),
            text("password", secret=True, low=1, high=127, cli="password"),
            Attribute("loggedin", kind="boolean", read_only=True),
        ),
        missing=2626,
        duplicate=2631,
    ),
    Type(
        "aaagroup",
        "aaa group",
        "groupname",
        (
            key("groupname"),
            Attribute("weight", kind="count", low=0, high=65535, default=0, create_only=True, cli="weight"),
            Attribute("loggedin", kind="boolean", read_only=True),
        ),
        missing=2642,
        duplicate=2632,
        can_update=False,
    ),
    Type(
        "vpnsessionaction",
        "vpn sessionAction",
        "name",
        (key("name"), *_SESSION_SETTINGS, BUILTIN),
        feature="SSLVPN",
        missing=538,
        in_use=832,
        actions=("unset",),
    ),
    Type(
        "vpnsessionpolicy",
        "vpn sessionPolicy",
        "name",
        (
            key("name"),
            text("rule", required=True, high=8191, expression="boolean or classic"),
            text("action", required=True, refers=("vpnsessionaction",), refers_code=538),
            text("expressiontype", read_only=True),
            Attribute("hits", kind="count", read_only=True, default=0),
            BUILTIN,
        ),
        line=("rule", "action"),
        feature="SSLVPN",
        missing=2054,
        duplicate=3094,
        in_use=810,
        actions=("unset",),
    ),
    Type(
        "authenticationepaaction",
        "authentication epaAction",
        "name",
        (
            key("name"),
            text("csecexpr", low=1, cli="csecexpr"),
            *_texts("killProcess deletefiles", low=1),
            *_texts("defaultEPAGroup quarantineGroup", low=1, high=64),
            setting("devicePosture", enum=SWITCHED, since=(14, 1)),  # provider's acceptance test
        ),
        missing=538,
        in_use=832,
        actions=("unset",),
    ),
    Type(
        "authenticationpolicy",
        "authentication Policy",
        "name",
        (
            key("name"),
            text("rule", required=True, high=8191, expression="boolean", cli="rule"),
            text(
                "action",
                required=True,
                refers=tuple(AUTHENTICATION_ACTIONS),
                refers_code=538,
                built_in=(LOCAL_ACTION,),
                cli="action",
            ),
            text("undefaction", can_unset=True, cli="undefAction"),
            COMMENT,
            text("logaction", can_unset=True, refers=("auditmessageaction",), refers_code=2818, cli="logAction"),
            Attribute("hits", kind="count", read_only=True, default=0),
            text("policysubtype", read_only=True),
        ),
        missing=2054,
        duplicate=3094,
        in_use=810,
        actions=("rename", "unset"),
    ),
    Type(
        "authenticationpolicylabel",
        "authentication policylabel",
        "labelname",
        (
            key("labelname"),
            text("type", enum=("AAATM_REQ", "RBA_REQ"), default="AAATM_REQ", create_only=True, cli="type"),
            text("loginschema", low=1, cli="loginSchema"),
            text("comment", create_only=True, high=255, cli="comment"),
            Attribute("hits", kind="count", read_only=True, default=0),
        ),
        missing=3087,
        in_use=1070,
        actions=("rename",),
    ),
)


def _policy_binding(
    parent: str, cli: str, parent_key: str, child: str, child_key: str, *more: Attribute, hidden: tuple[str, ...] = ()
) -> Binding:
    option = child_key.replace("policyname", "policyName")
    return Binding(
        f"{parent or 'vpnglobal'}_{child}_binding",
        cli,
        parent,
        parent_key,
        child,
        child_key,
        (
            *((key(parent_key),) if parent else ()),
            text(child_key, required=True, low=1, cli=option),
            _PRIORITY,
            GOTO,
            *more,
        ),
        hidden=hidden,
        unbind_args=(child_key, "priority", *(attribute.name for attribute in more)),
    )


_NEXT_FACTOR = text("nextfactor", refers=("authenticationpolicylabel",), refers_code=3087, cli="nextFactor")
BINDINGS: tuple[Binding, ...] = (
    Binding(
        "aaagroup_aaauser_binding",
        "aaa group",
        "aaagroup",
        "groupname",
        "aaauser",
        "username",
        (key("groupname"), text("username", required=True, low=1, cli="userName")),
        unbind_args=("username",),
        link=True,
    ),
    _policy_binding(
        "vpnvserver",
        "vpn vserver",
        "name",
        "vpnsessionpolicy",
        "policy",
        *_SECOND,
        text("bindpoint", enum=("REQUEST", "RESPONSE", "ICA_REQUEST", "OTHERTCP_REQUEST"), cli="type"),
        hidden=_HIDDEN,
    ),
    _policy_binding("", "vpn global", "", "vpnsessionpolicy", "policyname", *_SECOND, hidden=_HIDDEN),
    _policy_binding("aaagroup", "aaa group", "groupname", "vpnsessionpolicy", "policy"),
    _policy_binding("aaauser", "aaa user", "username", "vpnsessionpolicy", "policy"),
    _policy_binding(
        "authenticationvserver",
        "authentication vserver",
        "name",
        "authenticationpolicy",
        "policy",
        *_SECOND,
        _NEXT_FACTOR,
        hidden=_HIDDEN,
    ),
    _policy_binding(
        "authenticationpolicylabel",
        "authentication policylabel",
        "labelname",
        "authenticationpolicy",
        "policyname",
        _NEXT_FACTOR,
    ),
)
