# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of the whole appliance: nsparam, which NITRO has as attributes of nsconfig too (NITRO reference, nsconfig), and of TCP."""

from __future__ import annotations

from typing import Any

from simulator.types.common import SWITCHED, setting
from simulator.types.model import Attribute, Type


def _percentage(option: str, default: int) -> Attribute:
    return setting(option, kind="count", low=0, high=100, default=default)


def _switch(option: str, default: str, **more: Any) -> Attribute:
    return setting(option, enum=SWITCHED, default=default, **more)


def _number(option: str, default: int, low: int, high: int) -> Attribute:
    return setting(option, kind="count", low=low, high=high, default=default)


_ALL_BITS = 4294967295
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
    # Names and defaults: the provider's schema and acceptance test of nstcpparam. Each admin partition has its own (product pages, admin
    # partitions). The numbers that the simulator sends to clients do not depend on them.
    Type(
        "nstcpparam",
        "ns tcpParam",
        "",
        (
            _switch("WS", "ENABLED"),
            _number("WSVal", 8, 0, 14),
            _switch("SACK", "ENABLED"),
            _switch("learnVsvrMSS", "DISABLED"),
            _number("maxBurst", 6, 1, 255),
            _number("initialCwnd", 10, 1, 44),
            _number("delayedAck", 100, 10, 300),
            _switch("downStateRST", "DISABLED"),
            _switch("nagle", "DISABLED"),
            _switch("limitedPersist", "ENABLED"),
            _number("oooQSize", 300, 0, 65535),
            _switch("ackOnPush", "ENABLED"),
            _number("maxPktPerMss", 0, 0, 1460),
            _number("pktPerRetx", 1, 1, 100),
            _number("minRTO", 1000, 10, 64000),
            _number("slowStartIncr", 2, 1, 100),
            _number("synHoldFastGiveup", 1024, 256, 65535),
            _number("maxSynHoldPerProbe", 128, 1, 255),
            _number("maxSynHold", 16384, 256, 65535),
            _number("mssLearnInterval", 180, 1, 1048576),
            _number("mssLearnDelay", 3600, 1, 1048576),
            _number("maxTimeWaitConn", 7000, 1, _ALL_BITS),
            _number("maxSynAckRetx", 100, 100, 1048576),
            _switch("synAttackDetection", "ENABLED"),
            _number("tcpMaxRetries", 7, 1, 7),
            _number("tcpFinTimeOut", 40, 1, 40),
            _switch("enhancedISNgeneration", "DISABLED"),
            _switch("delinkClientServerOnRST", "DISABLED"),
            _switch("compactTCPOptionNoop", "DISABLED"),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
)
