# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The links of an alarm, from the request to the syslog server, and why one is broken. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.session import Row
from ...foundation.foreign_text import one_line
from ...foundation.json_values import written
from ...foundation.next_action import MITIGATION, Command, NextAction, advice, joined
from ...judgement.proof.verdict import STOP_GAP_OPTION
from ...measures.alarm import GLOBAL, Alarm
from ...measures.registry import inventory_kinds

NO_RECEIVER = "none is named. Set receiver to the file or folder in which it writes, or to none"
SETTINGS = "auditsyslogparams"
DEFAULT_LEVELS = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL")
"""The levels that are logged where none are set (product page on audit logging)."""


class Link(StrEnum):
    """One place at which the request must show, in the order of its way."""

    REQUEST = "the request"
    HITS = "the hit counter"
    LOG_ACTION = "the counter of the log action"
    LOG = "the log"
    RECEIVER = "the syslog server"


@dataclass(frozen=True)
class Settings:
    """What of the appliance explains a broken link; None where it could not be read.

    :ivar features: the features that are on
    :ivar parameters: the row of auditsyslogparams
    :ivar levels: by log action of ours, its level
    :ivar undefined: by log action of ours, by how much the counter of undefined results rose
    :ivar servers: the rows of auditsyslogaction whose policies are bound globally
    :ivar closed: by VIP, the decision by which a step of our closing answers our requests
    :ivar ineffective: by measure, why the build does not evaluate it
    :ivar failed_over: in words, that the node is no longer primary; "" where it is
    """

    features: Collection[str] | None = None
    parameters: Row | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    undefined: Mapping[str, int] = field(default_factory=dict)
    servers: Sequence[Row] | None = None
    closed: Mapping[Vip, str] = field(default_factory=dict)
    ineffective: Mapping[str, str] = field(default_factory=dict)
    failed_over: str = ""


@written(
    "alarm.measure alarm.place alarm.policies",
    vip=lambda chain: str(chain.alarm.vip or ""),
    request=lambda chain: str(chain.alarm.case or ""),
    works="works",
    links=lambda chain: {link.name.lower(): round(chain.seconds[link], 2) for link in Link if link in chain.seconds},
    broken=lambda chain: chain.broken.name.lower() if chain.broken else "",
    cause=lambda chain: one_line(chain.cause or chain.alarm.untested, 500),
)
@dataclass(frozen=True)
class Chain:
    """The result of one alarm.

    :ivar seconds: by link that works, the seconds from the request until it was seen
    :ivar broken: the first link that does not work; None where all do
    :ivar cause: why, as a clause with its fix
    :ivar error: what happened to the request; "" where it was answered
    :ivar doubt: why its hit may be of somebody else, as a clause; "" where something shows that it is ours
    """

    alarm: Alarm
    seconds: Mapping[Link, float] = field(default_factory=dict)
    broken: Link | None = None
    cause: str = ""
    error: str = ""
    doubt: str = ""

    @property
    def works(self) -> bool:
        return self.broken is None and not self.alarm.untested


def cause_of(link: Link, alarm: Alarm, settings: Settings, *, error: str, within: float, answer: str) -> str:
    """Return why a link is broken, with the fix, as far as the configuration of the appliance says it.

    :param error: what happened to the request
    :param within: seconds that were waited
    :param answer: the answer to the request, in words
    """
    if link is Link.REQUEST:
        return settings.failed_over or f"no answer from {alarm.vip}: {error}"
    if link is Link.HITS:
        return _no_hit(alarm, settings, within, answer)
    if link is Link.LOG_ACTION:
        return _no_log_action(alarm, settings, within)
    if link is Link.LOG:
        return _no_line(alarm, settings, within)
    return _nothing_received(alarm, settings, within)


def _no_hit(alarm: Alarm, settings: Settings, within: float, answer: str) -> str:
    if settings.failed_over:
        return settings.failed_over
    if settings.features is not None and alarm.feature not in settings.features:
        again = alarm.way.if_off if alarm.way is not None else _apply_again(alarm)
        return joined("", f"the feature {alarm.feature} is off. ", again)
    if (
        alarm.vip is not None and alarm.place != GLOBAL and alarm.vip in settings.closed
    ):  # a global policy is evaluated first
        return f"no hit within {within:g} s: {settings.closed[alarm.vip]}, and that answers our requests. Test it again once it is open"
    if why_none := settings.ineffective.get(alarm.measure):
        see = advice("See status.yml", Command("status", ((MITIGATION, alarm.measure),)))
        return joined("", f"no hit within {within:g} s: {why_none}. ", see)
    ours = advice(
        "another machine, a policy before ours, or the build. Run verify.yml",
        Command("verify", ((MITIGATION, alarm.measure),)),
    )
    why = alarm.way.no_hit if alarm.way is not None else ours
    return joined("", f"no hit within {within:g} s; {alarm.vip} answered {answer}: ", why)


def _no_log_action(alarm: Alarm, settings: Settings, within: float) -> str:
    if alarm.way is not None:
        return joined("", f"{alarm.way.not_counted} within {within:g} s: ", alarm.way.why_not_counted)
    if alarm.without_log:
        return joined("", f"{alarm.without_log[0]} has no log action. ", _apply_again(alarm))
    undefined = [name for name, rise in settings.undefined.items() if rise and name in alarm.log_actions]
    if undefined:
        return joined("", f"the message of {undefined[0]} is undefined for the request. ", _apply_again(alarm))
    return (
        f"no hit within {within:g} s, although the policy has one: another log action, or this build does not count it"
    )


def _no_line(alarm: Alarm, settings: Settings, within: float) -> str:
    parameters = settings.parameters
    if parameters is None:
        return f"no line within {within:g} s; why is not known (allow the user: show audit syslogParams)"
    by_log_action = alarm.way is None
    if by_log_action and str(parameters.get("userdefinedauditlog", "NO")).upper() != "YES":
        setting = "user-defined audit logging is off. Set measure_audit_log: true, and run apply.yml"
        return advice(setting, apply_of(alarm, audit_log=True))
    level = _missing_level(alarm, settings, parameters)
    if level:
        return f"the levels of auditsyslogparams lack {level}. Add it to logLevel on the appliance"
    if alarm.way is not None:
        return joined("", f"no line within {within:g} s: ", alarm.way.no_line)
    return f"no line within {within:g} s: the log is full, was rotated or is elsewhere, or syslogd does not run"


def _nothing_received(alarm: Alarm, settings: Settings, within: float) -> str:
    if settings.servers is None:
        return f"nothing within {within:g} s; why is not known (allow the user: show audit syslogAction)"
    if not settings.servers:
        return "none is bound. Bind an audit syslogPolicy at audit syslogGlobal"
    needs = alarm.way is None
    deaf = [one for one in settings.servers if needs and str(one.get("userdefinedauditlog", "NO")).upper() != "YES"]
    if len(deaf) == len(settings.servers):
        return f"{_name(deaf[0])} gets no messages of log actions. Set its userDefinedAuditlog to YES"
    levels = [level for one in settings.servers if one not in deaf and (level := _missing_level(alarm, settings, one))]
    if levels and len(levels) == len(settings.servers) - len(deaf):
        return f"the levels of the syslog servers lack {levels[0]}. Add it to their logLevel"
    name = next(_name(one) for one in settings.servers if one not in deaf)
    return f"nothing within {within:g} s from {name}: the network, the server, or it writes elsewhere"


def _apply_again(alarm: Alarm) -> NextAction:
    return advice("Run apply.yml again", apply_of(alarm))


def apply_of(alarm: Alarm, *, audit_log: bool = False) -> Command:
    """Return the apply that repairs an alarm: what only counts goes on to do so, since a person has decided that.

    :param audit_log: it switches user-defined audit logging on
    """
    apply = Command("apply", ((MITIGATION, alarm.measure),))
    if audit_log:
        apply = replace(apply, options=(*apply.options, ("measure_audit_log", "true")))
    if alarm.only_counts and alarm.measure not in inventory_kinds():  # the inventory says the mode of these
        apply = replace(apply, options=(*apply.options, ("mitigation_mode", "observe")))
    return apply.with_first(*STOP_GAP_OPTION) if alarm.is_stop_gap else apply


def _missing_level(alarm: Alarm, settings: Settings, row: Row) -> str:
    """Return a level of our log actions that a row of syslog settings leaves out; "" where it has them all."""
    levels = row.get("loglevel")
    given = levels if isinstance(levels, list) else str(levels or "").split()
    names = {str(one).upper() for one in given} or {*DEFAULT_LEVELS}
    if "ALL" in names:
        return ""
    return next(
        (level for name, level in settings.levels.items() if name in alarm.log_actions and level not in names), ""
    )


def _name(row: Row) -> str:
    return f"{row.get('name', '')} ({row.get('serverip', '')})"
