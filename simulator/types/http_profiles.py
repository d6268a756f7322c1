# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP profiles: NITRO reference, nshttpprofile; command reference, ns httpProfile.

On traffic only what is marked as an invalid request counts: dropInvalReqs with markHttp09Inval and markConnReqInval. The rest is stored only.
"""

from __future__ import annotations

from simulator.types.common import BUILTIN, SWITCHED, key, setting, text
from simulator.types.model import Attribute, Type

DEFAULT, STRICT = "nshttp_default_profile", "nshttp_default_strict_validation"
_ON = dict.fromkeys(("dropinvalreqs", "markhttp09inval", "markconnreqinval"), "ENABLED")
# The profiles of every appliance: command reference, ns httpProfile; the values of the strict one follow from its name (inferred).
BUILT_IN: dict[str, dict[str, str]] = {
    DEFAULT: {},
    STRICT: {**_ON, "http2smallwndtimeout": "30"},
    "nshttp_default_internal_apps": _ON,
}
_SWITCHES = {
    "dropInvalReqs": "DISABLED",
    "markHttp09Inval": "DISABLED",
    "markConnReqInval": "DISABLED",
    "cmpOnPush": "DISABLED",
    "conMultiplex": "ENABLED",
    "dropExtraCRLF": "ENABLED",
    "webSocket": "DISABLED",
    "rtspTunnel": "DISABLED",
    "adptTimeout": "DISABLED",
    "dropExtraData": "DISABLED",
    "webLog": "ENABLED",
    "persistentETag": "DISABLED",
    "http2": "DISABLED",
}
_NUMBERS = (  # option, default, smallest, largest
    ("maxReusePool", 0, 0, 360000),
    ("incompHdrDelay", 7000, 1, 360000),
    ("reqTimeout", 0, 0, 86400),
    ("maxReq", 0, 0, 65534),
    ("reusePoolTimeout", 0, 0, 31536000),
    ("maxHeaderLen", 24820, 2048, 61440),
    ("minReusePool", 0, 0, 360000),
    ("http2MaxHeaderListSize", 24576, 8192, 65535),
    ("http2MaxFrameSize", 16384, 16384, 16777215),
    ("http2MaxConcurrentStreams", 100, 0, 1000),
    ("http2InitialWindowSize", 65535, 8192, 20971520),
    ("http2HeaderTableSize", 4096, 0, 16384),
    # Default 0, and 30 in the strict profile: the bulletin CTX696604, quoted by The Hacker News in July 2026. The range is inferred.
    ("http2SmallWndTimeout", 0, 0, 65535),
)
PROFILE = "httpprofilename"


def profile_name(default: str | None = None) -> Attribute:
    """Return the attribute with which a virtual server or a service names its profile."""
    return text(
        PROFILE, low=1, high=127, can_unset=True, refers=("nshttpprofile",), default=default, cli="httpProfileName"
    )


TYPES: tuple[Type, ...] = (
    Type(
        "nshttpprofile",
        "ns httpProfile",
        "name",
        (
            key("name"),
            *(
                setting(option, enum=SWITCHED, default=default, stored_only=option.lower() not in _ON)
                for option, default in _SWITCHES.items()
            ),
            *(
                setting(option, kind="count", low=low, high=high, default=default, stored_only=True)
                for option, default, low, high in _NUMBERS
            ),
            text("reqtimeoutaction", can_unset=True, stored_only=True, cli="reqTimeoutAction"),
            text("clientiphdrexpr", can_unset=True, stored_only=True, cli="clientIpHdrExpr"),
            text(
                "spdy", enum=(*SWITCHED, "V2", "V3"), default="DISABLED", can_unset=True, stored_only=True, cli="spdy"
            ),
            Attribute("refcnt", kind="count", read_only=True),
            BUILTIN,
        ),
        built_in_code=257,
        actions=("unset",),
        always=tuple(BUILT_IN),
        initial=BUILT_IN,
    ),
)
