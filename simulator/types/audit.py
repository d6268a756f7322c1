# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Audit logs: parameters, actions, policies."""

from __future__ import annotations

from simulator.types.common import GOTO, PRIORITY, SWITCHED, YES_NO, hits, key, text
from simulator.types.model import Attribute, Binding, Type

_MANAGEMENT_SINCE = (13, 1)  # Go SDK of 13.1
_LEVELS = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "DEBUG")
_DATE_FORMATS, _TIME_ZONES = ("MMDDYYYY", "DDMMYYYY", "YYYYMMDD"), ("GMT_TIME", "LOCAL_TIME")
_MANAGEMENT = (
    Attribute("managementlog", kind="list", can_unset=True, cli="managementlog", since=_MANAGEMENT_SINCE),
    Attribute("mgmtloglevel", kind="list", can_unset=True, cli="mgmtloglevel", since=_MANAGEMENT_SINCE),
)
PARAMETERS: tuple[Type, ...] = (
    Type(
        "auditsyslogparams",
        "audit syslogParams",
        "",
        (
            text("serverip", cli="serverIP"),
            Attribute("serverport", kind="number", low=1, high=65535, cli="serverPort"),
            Attribute("loglevel", kind="list", can_unset=True, cli="logLevel", default=_LEVELS[:-1]),
            text("dateformat", enum=_DATE_FORMATS, default="MMDDYYYY", can_unset=True, cli="dateFormat"),
            text(
                "logfacility",
                enum=tuple(f"LOCAL{n}" for n in range(8)),
                default="LOCAL0",
                can_unset=True,
                cli="logFacility",
            ),
            text("timezone", enum=_TIME_ZONES, default="GMT_TIME", can_unset=True, cli="timeZone"),
            # Log actions write only if this is YES (CTX267679 follow-ups, product docs on audit message actions).
            text("userdefinedauditlog", enum=YES_NO, default="NO", can_unset=True, cli="userDefinedAuditlog"),
            text("acl", enum=SWITCHED, default="DISABLED", can_unset=True, cli="acl"),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
    Type(
        "auditnslogparams",
        "audit nslogParams",
        "",
        (
            text("serverip", cli="serverIP"),
            Attribute("serverport", kind="number", low=1, high=65535, cli="serverPort"),
            text("userdefinedauditlog", enum=YES_NO, default="NO", can_unset=True, cli="userDefinedAuditlog"),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
)
TYPES: tuple[Type, ...] = (
    Type(
        "auditmessageaction",
        "audit messageaction",
        "name",
        (
            key("name"),
            text("loglevel", required=True, enum=_LEVELS),
            text("stringbuilderexpr", required=True, high=8191, expression="text"),
            text("logtonewnslog", enum=YES_NO, can_unset=True, cli="logtoNewnslog"),
            text("bypasssafetycheck", enum=YES_NO, default="NO", can_unset=True, cli="bypassSafetyCheck"),
            text("loglevel1", read_only=True),
            *hits(),
            Attribute("referencecount", kind="count", read_only=True),
        ),
        line=("loglevel", "stringbuilderexpr"),
        in_use=1070,
        actions=("unset",),
    ),
    Type(
        "auditsyslogaction",
        "audit syslogAction",
        "name",
        (
            key("name"),
            text("serverip", required=True, low=1),
            Attribute("serverport", kind="number", low=1, high=65535, default=514, can_unset=True, cli="serverPort"),
            Attribute("loglevel", kind="list", required=True, cli="logLevel"),
            text(
                "logfacility",
                enum=tuple(f"LOCAL{n}" for n in range(8)),
                default="LOCAL0",
                can_unset=True,
                cli="logFacility",
            ),
            text("transport", enum=("TCP", "UDP"), create_only=True, cli="transport"),
            text("userdefinedauditlog", enum=YES_NO, default="NO", can_unset=True, cli="userDefinedAuditlog"),
            text("dateformat", enum=_DATE_FORMATS, default="MMDDYYYY", can_unset=True, cli="dateFormat"),
            text("timezone", enum=_TIME_ZONES, default="GMT_TIME", can_unset=True, cli="timeZone"),
            *_MANAGEMENT,
        ),
        line=("serverip",),
        actions=("unset",),
    ),
    Type(
        "auditsyslogpolicy",
        "audit syslogPolicy",
        "name",
        (
            key("name"),
            text("rule", required=True, high=8191, expression="boolean"),
            text("action", required=True, refers=("auditsyslogaction",)),
        ),
        line=("rule", "action"),
        missing=2054,
        duplicate=3094,
        in_use=810,
    ),
)
BINDINGS: tuple[Binding, ...] = (
    Binding(
        "auditsyslogglobal_auditsyslogpolicy_binding",
        "audit syslogGlobal",
        "",
        "",
        "auditsyslogpolicy",
        "policyname",
        (text("policyname", required=True, cli="policyName"), PRIORITY, GOTO),
        unbind_args=("policyname", "priority"),
    ),
)
