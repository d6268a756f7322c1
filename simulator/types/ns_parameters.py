# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of the whole appliance, which NITRO has twice: as nsparam, and as attributes of nsconfig (NITRO reference, nsconfig)."""

from __future__ import annotations

from simulator.types.common import SWITCHED, setting
from simulator.types.model import Attribute, Type


def _percentage(option: str, default: int) -> Attribute:
    return setting(option, kind="count", low=0, high=100, default=default)


UTC_ZONE = "CoordinatedUniversalTime"
PARAMETERS: tuple[Type, ...] = (
    Type(
        "nsparam",
        "ns param",
        "",
        (
            setting("httpPort", kind="list"),
            setting("maxConn", kind="count", low=0, high=4294967294, default=0),
            setting("maxReq", kind="count", low=0, high=65535, default=0),
            setting("cip", enum=SWITCHED, default="DISABLED"),
            setting("cipHeader", low=1),
            setting("cookieversion", enum=("0", "1"), default="0"),
            setting("secureCookie", enum=SWITCHED, default="ENABLED"),
            setting("pmtuMin", kind="count", low=168, high=1500, default=576),
            setting("pmtuTimeout", kind="count", low=1, high=1440, default=10),
            setting("ftpPortRange"),
            setting("crPortRange"),
            setting("timezone", default=UTC_ZONE),
            _percentage("grantQuotaMaxClient", 10),
            _percentage("exclusiveQuotaMaxClient", 80),
            _percentage("grantQuotaSpillOver", 10),
            _percentage("exclusiveQuotaSpillOver", 80),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
)
