# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Monitors of load balancing, and their bindings to services and service groups: NITRO reference; command reference, lb monitor.

No probe is sent: the state of a back end (the fault backend_down) decides.
"""

from __future__ import annotations

from simulator.types.common import SWITCHED, YES_NO, key, setting, text, words
from simulator.types.model import Attribute, Binding, Type

DEFAULT_FOR_TCP, DEFAULT_FOR_OTHERS = "tcp-default", "ping-default"
# The built-in monitors and their types: product docs, built-in monitors; the defaults: github.com/ansible-collections/community.network,
# netscaler_service.
BUILT_IN: dict[str, str] = {
    DEFAULT_FOR_OTHERS: "PING",
    DEFAULT_FOR_TCP: "TCP",
    "ping": "PING",
    "tcp": "TCP",
    "http": "HTTP",
    "tcp-ecv": "TCP-ECV",
    "http-ecv": "HTTP-ECV",
    "tcps": "TCP",
    "https": "HTTP",
    "tcps-ecv": "TCP-ECV",
    "https-ecv": "HTTP-ECV",
}


_TYPES = words(
    "PING TCP HTTP TCP-ECV HTTP-ECV UDP-ECV DNS FTP LDNS-PING LDNS-TCP LDNS-DNS RADIUS USER HTTP-INLINE SIP-UDP "
    "SIP-TCP LOAD FTP-EXTENDED SMTP SNMP NNTP MYSQL MYSQL-ECV MSSQL-ECV ORACLE-ECV LDAP POP3 CITRIX-XML-SERVICE "
    "CITRIX-WEB-INTERFACE DNS-TCP RTSP ARP CITRIX-AG CITRIX-AAC-LOGINPAGE CITRIX-AAC-LAS CITRIX-XD-DDC ND6 "
    "CITRIX-WI-EXTENDED DIAMETER RADIUS_ACCOUNTING STOREFRONT APPC SMPP CITRIX-XNC-ECV CITRIX-XDM "
    "CITRIX-STA-SERVICE CITRIX-STA-SERVICE-NHOP"
)
_UNITS = ("SEC", "MSEC", "MIN")


def _timed(name: str, default: int | None, unit: str, cli: str, low: int = 1, high: int = 20939000) -> Attribute:
    return Attribute(
        name, kind="number", low=low, high=high, default=default, can_unset=True, stored_only=True, unit=unit, cli=cli
    )


def _number(name: str, default: int | None, low: int, high: int, cli: str) -> Attribute:
    return Attribute(
        name, kind="number", low=low, high=high, default=default, can_unset=True, stored_only=True, cli=cli
    )


def _texts(*options: str) -> tuple[Attribute, ...]:
    return tuple(setting(option, low=1, stored_only=True) for option in options)


def _flags(*options: str) -> tuple[Attribute, ...]:
    return tuple(setting(option, enum=YES_NO, default="NO", stored_only=option != "reverse") for option in options)


TYPES: tuple[Type, ...] = (
    Type(
        "lbmonitor",
        "lb monitor",
        "monitorname",
        (
            key("monitorname"),
            text("type", required=True, enum=_TYPES),
            text("action", enum=("NONE", "LOG", "DOWN"), default="DOWN", can_unset=True, cli="action"),
            Attribute("respcode", kind="list", can_unset=True, stored_only=True, cli="respCode"),
            *_texts("httpRequest", "rtspRequest", "customHeaders", "send", "recv", "query"),
            text("querytype", enum=("Address", "Zone", "AAAA"), can_unset=True, stored_only=True, cli="queryType"),
            *_texts("scriptName", "scriptArgs", "dispatcherIP", "userName", "domain", "fileName", "baseDN", "bindDN"),
            *_texts("filter", "attribute", "database", "sqlQuery", "application", "sitePath", "storename", "group"),
            text("lrtm", enum=SWITCHED, can_unset=True, stored_only=True, cli="LRTM"),
            _timed("deviation", None, "units1", "deviation", 0),
            _timed("interval", 5, "units3", "interval", 1, 20940000),
            _timed("resptimeout", 2, "units4", "resptimeout"),
            _timed("downtime", 30, "units2", "downTime"),
            *(text(name, enum=_UNITS, default="SEC") for name in ("units1", "units2", "units3", "units4")),
            Attribute(
                "resptimeoutthresh",
                kind="count",
                low=0,
                high=100,
                default=0,
                can_unset=True,
                stored_only=True,
                cli="resptimeoutThresh",
            ),
            _number("retries", 3, 1, 127, "retries"),
            _number("failureretries", 0, 0, 32, "failureRetries"),
            _number("alertretries", 0, 0, 32, "alertRetries"),
            _number("successretries", 1, 1, 32, "successRetries"),
            text("destip", can_unset=True, cli="destIP"),
            Attribute("destport", kind="number", low=0, high=65535, can_unset=True, cli="destPort"),
            text("state", enum=SWITCHED, default="ENABLED", cli="state"),
            *_flags("reverse", "transparent", "ipTunnel", "tos", "secure", "validateCred"),
            Attribute("tosid", kind="count", low=1, high=63, can_unset=True, stored_only=True, cli="tosId"),
            Attribute("ipaddress", kind="list", can_unset=True, stored_only=True, cli="IPAddress"),
            text("netprofile", low=1, high=127, can_unset=True, stored_only=True, cli="netProfile"),
            text(
                "storefrontacctservice",
                enum=YES_NO,
                default="YES",
                can_unset=True,
                stored_only=True,
                cli="storefrontacctservice",
            ),
            text("storedb", enum=SWITCHED, default="DISABLED", can_unset=True, stored_only=True, cli="storedb"),
            Attribute("trofscode", kind="count", low=0, can_unset=True, stored_only=True, cli="trofscode"),
            text("trofsstring", can_unset=True, stored_only=True, cli="trofsstring"),
        ),
        line=("type",),
        feature="LB",
        actions=("enable", "disable", "unset"),
        built_in=tuple(BUILT_IN),
        built_in_code=257,
    ),
)


def _bound_to(parent: str, cli: str, parent_key: str) -> Binding:
    return Binding(
        f"{parent}_lbmonitor_binding",
        cli,
        parent,
        parent_key,
        "lbmonitor",
        "monitor_name",
        (
            key(parent_key),
            text("monitor_name", required=True, low=1, cli="monitorName"),
            text("monstate", enum=SWITCHED, default="ENABLED", cli="monState"),
            Attribute("weight", kind="count", low=1, high=100, default=1, cli="weight"),
            Attribute("passive", kind="boolean", default=False, cli="passive"),
        ),
        unbind_args=("monitor_name",),
        link=True,
        holds=True,
    )


OF_SERVICES = _bound_to("service", "service", "name")
OF_GROUPS = _bound_to("servicegroup", "serviceGroup", "servicegroupname")
BINDINGS: tuple[Binding, ...] = (OF_SERVICES, OF_GROUPS)
