# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SSL settings and the certificates of virtual servers: NITRO reference, sslvserver and sslvserver_sslcertkey_binding.

The settings are only configuration. Listening addresses present the certificate of the fleet file, whatever is bound.
"""

from __future__ import annotations

from simulator.types.common import SWITCHED, YES_NO, key, setting, text
from simulator.types.model import Attribute, Binding, Type
from simulator.types.vservers import VSERVER_TYPES

PROTOCOLS = ("SSL", "SSL_TCP", "DTLS")
_SWITCHES = {
    "dh": "DISABLED",
    "dhKeyExpSizeLimit": "DISABLED",
    "eRSA": "ENABLED",
    "sessReuse": "ENABLED",
    "cipherRedirect": "DISABLED",
    "sslv2Redirect": "DISABLED",
    "clientAuth": "DISABLED",
    "sslRedirect": "DISABLED",
    "redirectPortRewrite": "DISABLED",
    "nonFipsCiphers": "DISABLED",
    "ssl2": "DISABLED",
    "ssl3": "ENABLED",
    "tls1": "ENABLED",
    "tls11": "ENABLED",
    "tls12": "ENABLED",
    "SNIEnable": "DISABLED",
}
_CHECKED = ("Mandatory", "Optional")
TYPES: tuple[Type, ...] = (
    Type(
        "sslvserver",
        "ssl vserver",
        "vservername",
        (
            key("vservername"),
            Attribute(
                "cleartextport", kind="number", low=0, high=65534, default=0, can_unset=True, cli="clearTextPort"
            ),
            *(setting(option, enum=SWITCHED, default=default) for option, default in _SWITCHES.items()),
            text("dhfile", low=1, can_unset=True, cli="dhFile"),
            Attribute("dhcount", kind="count", low=0, high=65534, can_unset=True, cli="dhCount"),
            Attribute("ersacount", kind="count", low=0, high=65534, can_unset=True, cli="eRSACount"),
            Attribute(
                "sesstimeout", kind="count", low=0, high=4294967294, default=120, can_unset=True, cli="sessTimeout"
            ),
            text("cipherurl", can_unset=True, cli="cipherURL"),
            text("sslv2url", can_unset=True, cli="sslv2URL"),
            text("clientcert", enum=_CHECKED, can_unset=True, cli="clientCert"),
            text("pushenctrigger", enum=("Always", "Merge", "Ignore", "Timer"), cli="pushEncTrigger"),
            text("sendclosenotify", enum=YES_NO, default="YES", can_unset=True, cli="sendCloseNotify"),
            text("dtlsprofilename", low=1, high=127, can_unset=True, cli="dtlsProfileName"),
            text("sslprofile", low=1, high=127, can_unset=True, cli="sslProfile"),
        ),
        feature="SSL",
        missing=461,
        can_create=False,
        actions=("unset",),
        of=VSERVER_TYPES,
        of_protocols=PROTOCOLS,
    ),
)
CERTIFICATE_BINDING = "sslvserver_sslcertkey_binding"
BINDINGS: tuple[Binding, ...] = (
    Binding(
        CERTIFICATE_BINDING,
        "ssl vserver",
        "sslvserver",
        "vservername",
        "sslcertkey",
        "certkeyname",
        (
            key("vservername"),
            text("certkeyname", required=True, low=1, cli="certkeyName"),
            Attribute("ca", kind="boolean", default=False, cli="CA"),
            text("crlcheck", enum=_CHECKED, cli="crlCheck"),
            text("ocspcheck", enum=_CHECKED, cli="ocspCheck"),
            Attribute("skipcaname", kind="boolean", default=False, cli="skipCAName"),
            Attribute("snicert", kind="boolean", default=False, cli="SNICert"),
            Attribute("cleartextport", kind="number", read_only=True, default=0),
        ),
        unbind_args=("certkeyname", "ca", "crlcheck", "ocspcheck", "snicert"),
        link=True,
        holds=True,
        not_bound=1542,
    ),
)
