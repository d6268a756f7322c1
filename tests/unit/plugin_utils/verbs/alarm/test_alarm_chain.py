# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a link of an alarm is broken, as far as the configuration says it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    are_commands,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.alarm import Alarm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.alarm_chain import (
    Chain,
    Link,
    Settings,
    cause_of,
)

ALARM = Alarm("cve", "global", ("tq_a",), {"tq_log": "word"}, vip=Vip("gw", Address("192.0.2.1", 443), "vpn"))
WITHOUT_LOG = Alarm("cve", "global", ("tq_a", "tq_b"), {}, without_log=("tq_b", "tq_a"))
YES: dict[str, Any] = {"name": "soc", "serverip": "192.0.2.9", "userdefinedauditlog": "yes"}
NO: dict[str, Any] = {"name": "old", "serverip": "192.0.2.8", "userdefinedauditlog": "NO"}
NO_WARNING: dict[str, Any] = {**YES, "name": "few", "loglevel": ["ERROR", "CRITICAL"]}
WARNS, DEBUGS = {"tq_log": "WARNING", "of_others": "DEBUG"}, {"tq_log": "DEBUG"}
OVER = "the pair failed over meanwhile"


@pytest.mark.parametrize(
    ("link", "alarm", "settings", "cause"),
    [
        (Link.REQUEST, ALARM, Settings(), "no answer from gw (192.0.2.1:443): refused"),
        (Link.REQUEST, ALARM, Settings(failed_over=OVER), OVER),
        (Link.HITS, ALARM, Settings(failed_over=OVER, features={}), OVER),
        (Link.HITS, ALARM, Settings(features={}), "the feature RESPONDER is off. Run apply.yml again"),
        (Link.HITS, ALARM, Settings(features={"RESPONDER": True}), "no hit within 2.5 s; gw (192.0.2.1:443) answered 200: another machine"),
        (Link.HITS, ALARM, Settings(features=None), "no hit within 2.5 s; "),
        (Link.LOG_ACTION, WITHOUT_LOG, Settings(), "tq_b has no log action. Run apply.yml again"),
        (Link.LOG_ACTION, ALARM, Settings(undefined={"tq_log": 1}), "the message of tq_log is undefined for the request."),
        (Link.LOG_ACTION, ALARM, Settings(undefined={"tq_log": 0}), "no hit within 2.5 s, although the policy has one: "),
        (Link.LOG_ACTION, ALARM, Settings(undefined={"other": 1}), "no hit within 2.5 s, although the policy has one: "),
        (Link.LOG, ALARM, Settings(), "no line within 2.5 s; why is not known (allow the user: show audit syslogParams)"),
        (Link.LOG, ALARM, Settings(parameters={}), "user-defined audit logging is off. Set measure_audit_log: true"),
        (Link.LOG, ALARM, Settings(parameters=NO), "user-defined audit logging is off."),
        (Link.LOG, ALARM, Settings(parameters=YES, levels=WARNS), "no line within 2.5 s: the log is full"),
        (Link.LOG, ALARM, Settings(parameters=YES, levels=DEBUGS), "the levels of auditsyslogparams lack DEBUG. Add it"),
        (Link.LOG, ALARM, Settings(parameters=NO_WARNING, levels=WARNS), "the levels of auditsyslogparams lack WARNING."),
        (Link.LOG, ALARM, Settings(parameters={**YES, "loglevel": "all"}, levels=DEBUGS), "no line within 2.5 s: "),
        (Link.LOG, ALARM, Settings(parameters={**YES, "loglevel": "error debug"}, levels=DEBUGS), "no line within 2.5 s: "),
        (Link.RECEIVER, ALARM, Settings(), "nothing within 2.5 s; why is not known (allow the user: show audit syslogAction)"),
        (Link.RECEIVER, ALARM, Settings(servers=[]), "none is bound. Bind an audit syslogPolicy at audit syslogGlobal"),
        (Link.RECEIVER, ALARM, Settings(servers=[NO]), "old (192.0.2.8) gets no messages of log actions."),
        (Link.RECEIVER, ALARM, Settings(servers=[{"name": "x"}]), "x () gets no messages of log actions."),
        (Link.RECEIVER, ALARM, Settings(servers=[NO, YES]), "nothing within 2.5 s from soc (192.0.2.9): the network"),
        (Link.RECEIVER, ALARM, Settings(servers=[NO_WARNING], levels=WARNS), "the levels of the syslog servers lack WARNING."),
        (Link.RECEIVER, ALARM, Settings(servers=[NO, NO_WARNING], levels=WARNS), "the levels of the syslog servers lack "),
        (Link.RECEIVER, ALARM, Settings(servers=[NO_WARNING, YES], levels=WARNS), "nothing within 2.5 s from few (192.0.2.9)"),
    ],
)  # fmt: skip
def test_the_cause_of_a_broken_link(link: Link, alarm: Alarm, settings: Settings, cause: str) -> None:
    assert cause_of(link, alarm, settings, error="refused", within=2.5, answer="200").startswith(cause)


def test_a_chain_works_where_no_link_is_broken_and_it_was_tested() -> None:
    untested = Alarm("cve", "global", ("tq_a",), {}, untested="no VIP")
    assert [chain.works for chain in (Chain(ALARM), Chain(ALARM, broken=Link.LOG), Chain(untested))] == [
        True,
        False,
        False,
    ]
    assert list(Link) == [
        "the request",
        "the hit counter",
        "the counter of the log action",
        "the log",
        "the syslog server",
    ]


def test_the_apply_that_repairs_the_alarm_of_a_stop_gap_says_so() -> None:
    """The pasted line was refused: the rule is a stop-gap, add stop_gap=true. And a node that ran it may hand it on."""
    gap = replace(ALARM, is_stop_gap=True)
    for alarm, more in ((ALARM, {}), (gap, {"stop_gap": "true"})):
        cause = cause_of(Link.LOG, alarm, Settings(parameters={}), error="", within=1, answer="")
        (found,) = command_values(cause)
        assert found["options"] == {"mitigation": "cve", "measure_audit_log": "true", **more}
        assert are_commands([found])
