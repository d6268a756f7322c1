# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of the whole appliance, which NITRO has twice: as nsparam, and as attributes of nsconfig (NITRO reference, nsconfig)."""

from __future__ import annotations

from typing import Any

from simulator.types.common import SWITCHED
from simulator.types.model import Attribute, Type


def _parameter(option: str, **more: Any) -> Attribute:
    return Attribute(option.lower(), can_unset=True, cli=option, **more)


def _percentage(option: str, default: int) -> Attribute:
    return _parameter(option, kind="count", low=0, high=100, default=default)


UTC_ZONE = "CoordinatedUniversalTime"
PARAMETERS: tuple[Type, ...] = (
    Type(
        "nsparam",
        "ns param",
        "",
        (
            _parameter("httpPort", kind="list"),
            _parameter("maxConn", kind="count", low=0, high=4294967294, default=0),
            _parameter("maxReq", kind="count", low=0, high=65535, default=0),
            _parameter("cip", enum=SWITCHED, default="DISABLED"),
            _parameter("cipHeader", low=1),
            _parameter("cookieversion", enum=("0", "1"), default="0"),
            _parameter("secureCookie", enum=SWITCHED, default="ENABLED"),
            _parameter("pmtuMin", kind="count", low=168, high=1500, default=576),
            _parameter("pmtuTimeout", kind="count", low=1, high=1440, default=10),
            _parameter("ftpPortRange"),
            _parameter("crPortRange"),
            _parameter("timezone", default=UTC_ZONE),
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
