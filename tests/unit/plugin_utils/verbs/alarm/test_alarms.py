# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarms of an appliance, and the request that must raise each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.alarm import Alarm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm import alarms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.alarms import read_alarms

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
CVE, OURS = "cve_2019_19781", "tq_cve_2019_19781"
GLOBAL = "responderglobal_responderpolicy_binding"
VPN = "vpnvserver_responderpolicy_binding"
MESSAGE = {"name": OURS, "stringbuilderexpr": '"tourniquet blocked " + HTTP.REQ.URL'}
INVENTORY: dict[str, Any] = {"nodes": ["192.0.2.1"], "user": "nsroot", "password": "r00t"}


class FakeSession:
    where = "gw"

    def __init__(self, table: Mapping[Any, Any]) -> None:
        self.table = table
        self.unusable_names: list[Any] = []

    def read(self, type_: str, name: str | None = None, *, args: Any = None, **_options: Any) -> list[dict[str, Any]]:
        answer = self.table.get((type_, name or next(iter((args or {}).values()), None)), self.table.get(type_, []))
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


def policy(name: str, logaction: str = "") -> dict[str, Any]:
    return {"name": name, "rule": "true", "action": "DROP", **({"logaction": logaction} if logaction else {})}


def read(
    *policies: dict[str, Any], at: tuple[str, ...] = (), gateway: tuple[str, ...] = (), **more: Any
) -> list[Alarm]:
    """Return the alarms of policies, some of which are bound globally or at the gateway gw."""
    rows = [{"policyname": name, "priority": 10 + number} for number, name in enumerate(at)]
    table = {
        "responderpolicy": policies,
        "auditmessageaction": [MESSAGE],
        (GLOBAL, "REQ_OVERRIDE"): rows,
        VPN: [{"name": "gw", "policy": name, "priority": 10, "bindpoint": "REQUEST"} for name in gateway],
        **more,
    }
    session: Any = FakeSession(table)
    appliance = Appliance.from_variables("gw", {**INVENTORY, "probe": False})
    return read_alarms(session, appliance, CATALOGUE, "TAG")


def test_policies_of_one_measure_at_one_place_are_one_alarm() -> None:
    found = read(policy(OURS, OURS), policy(f"{OURS}__b"), policy("theirs"), at=(OURS, f"{OURS}__b", "theirs"))
    (alarm,) = found
    assert (alarm.measure, alarm.place, alarm.policies) == (CVE, "global", (OURS, f"{OURS}__b"))
    assert (alarm.log_actions, alarm.without_log) == ({OURS: "tourniquet blocked"}, (f"{OURS}__b",))
    assert str(alarm) == f"{CVE} (global)"
    two = read(policy(OURS, OURS), at=(OURS,), gateway=(OURS,))
    assert [alarm.place for alarm in two] == ["global", "vpn vserver gw"]
    assert read(policy("theirs"), at=("theirs",)) == []


def test_an_alarm_knows_whether_its_rule_is_a_stop_gap() -> None:
    gap = "tq_cve_2025_5777"
    assert [one.is_stop_gap for one in read(policy(OURS, OURS), policy(gap), at=(OURS, gap))] == [False, True]
    (unbound,) = read(policy(gap))
    (command,) = unbound.untested.commands  # type: ignore[attr-defined]
    assert command.values == {"mitigation": "cve_2025_5777", "stop_gap": "true"}


def test_a_bound_policy_without_an_entry_here_is_a_gap_and_not_nothing() -> None:
    """An alarm said that no policy of ours is bound, and read no counter."""
    name = "tq_cve_2099_1__vpn_gw"
    found = read(policy(OURS, OURS), policy(name), policy("tq_heartbeat__x"), at=(OURS, name, "tq_heartbeat__x"))
    assert [(one.measure, one.place, one.policies) for one in found] == [
        (CVE, "global", (OURS,)),
        ("cve_2099_1", "global", (name,)),
    ]
    assert (found[1].untested, found[1].is_gap) == (alarms.NO_ENTRY, True)
    assert read(policy("tq_cve_2099_1__twin"), at=("tq_cve_2099_1__twin",)) == []


def test_a_policy_that_is_not_bound_is_an_alarm_that_cannot_be_raised_and_a_twin_is_none() -> None:
    (alarm,) = read(policy(OURS), policy(f"{OURS}__twin"))
    assert (alarm.place, alarm.policies, alarm.is_gap) == ("not bound", (OURS,), True)
    assert alarm.untested == f"{OURS} is not bound, so nothing evaluates it. Run apply.yml"
    assert [one.place for one in read(policy(OURS), policy(f"{OURS}__b"), at=(OURS,))] == ["global", "not bound"]


def test_the_first_words_of_a_message() -> None:
    for expression, words in (
        ('"tourniquet blocked " + CLIENT.IP.SRC', "tourniquet blocked"),
        ('  "x"', "x"),
        ('CLIENT.IP.SRC + "x"', ""),
        ('""', ""),
        ('"' + "x" * 201 + '"', ""),
        ("", ""),
    ):
        assert alarms._first_words({"stringbuilderexpr": expression}) == words


# -- the request -------------------------------------------------------------------------------------------------------

GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
WEB = Vserver("lbvserver", "web", "192.0.2.11", 80, "HTTP", True)
OPEN = Vip("gw", Address("192.0.2.10", 443), "vpn")
CLOSED = "a closing answers each request with its page and has no log action: what comes there is no alarm"
ALARM = Alarm(CVE, "global", (OURS,), {})


def appliance(**variables: Any) -> Any:
    return Appliance.from_variables("gw", {**INVENTORY, "probe_networks": ["192.0.2.0/24"], **variables})


def asked(alarm: Alarm = ALARM, *vservers: Vserver, of: Any = None, catalogue: Path = CATALOGUE) -> Alarm:
    return alarms.with_request(alarm, vservers, of or appliance(), catalogue, "TAG")


def test_a_request_goes_to_the_first_vip_that_may_be_probed() -> None:
    found = asked(ALARM, GW, WEB)
    assert (str(found.vip), found.untested) == ("gw (192.0.2.10:443)", "")
    assert found.case is not None
    assert found.case.attack
    assert found.case.url.endswith(("?TAG", "&TAG"))
    at_web = asked(replace(ALARM, place="lb vserver web"), GW, WEB)
    assert str(at_web.vip) == "web (192.0.2.11:80)"


@pytest.mark.parametrize(
    ("changes", "vservers", "variables", "reason", "gap"),
    [
        ({"measure": "geoblock"}, (GW,), {}, "the policies of a geoblock match requests from other countries, which cannot be sent from here", False),
        ({"measure": "closing_notice"}, (GW,), {}, CLOSED, False),
        ({"measure": "closing_partners"}, (GW,), {}, CLOSED, False),
        ({"measure": "no_such"}, (GW,), {}, "its traffic has no attack that can be sent from outside", True),
        ({}, (GW,), {"probe": False}, "no request can be sent: netscaler_probe is false", True),
        ({}, (), {}, "no request can be sent: no virtual server speaks HTTP there; name it in netscaler_vips", True),
        ({"place": "vpn vserver other"}, (GW,), {}, "no request can be sent: no virtual server speaks HTTP there", True),
        ({}, (GW,), {"probe_networks": ["198.51.100.0/24"]}, "no request can be sent: gw (192.0.2.10:443) is not probed", True),
    ],
)  # fmt: skip
def test_why_no_request_can_be_sent(
    changes: dict[str, Any], vservers: tuple[Vserver, ...], variables: dict[str, Any], reason: str, gap: bool
) -> None:
    found = asked(replace(ALARM, **changes), *vservers, of=appliance(**variables))
    assert found.untested.startswith(reason)
    assert (found.is_gap, found.case, found.vip) == (gap, None, None)


def test_the_vips_of_the_inventory_come_first_and_of_a_global_place_all() -> None:
    named = {"name": "web", "address": "192.0.2.11", "port": 80, "tls": False, "kind": "lb"}
    other = {"name": "far", "address": "192.0.2.12", "kind": "vpn", "partition": "tenant"}
    of = appliance(vips=[named, other])
    assert next(str(vip) for vip in alarms._vips("global", (GW, WEB), of)) == "web (192.0.2.11:80)"
    assert "far (192.0.2.12:443)" not in [str(vip) for vip in alarms._vips("global", (GW, WEB), of)]
    assert [str(vip) for vip in alarms._vips("lb vserver web", (GW, WEB), of)] == ["web (192.0.2.11:80)"]


def test_a_measure_of_the_inventory_is_asked_for_a_path_that_no_list_names() -> None:
    case = alarms._case(replace(ALARM, measure="url_whitelist"), CATALOGUE, "TAG")
    assert case is not None
    assert (case.id, case.method, case.url, case.attack) == ("tq-alarm", "GET", "/TAG/x", True)


def test_a_place_is_named_as_in_policy_banks() -> None:
    assert alarms._place((GLOBAL, ("p", "REQ_OVERRIDE")), {}) == "global"
    assert alarms._place((VPN, ("gw", "p", "REQUEST")), {"name": "gw"}) == "vpn vserver gw"
    assert read(policy(OURS), at=(OURS,), **{VPN: NotFound("gw", "GET", 404, 258, "No such resource")})


def test_of_policies_that_nothing_evaluates_the_first_is_named() -> None:
    (alarm,) = read(policy(OURS), policy(f"{OURS}__b"), policy("theirs"))
    assert (alarm.measure, alarm.policies) == (CVE, (OURS, f"{OURS}__b"))
    assert str(alarm.untested).startswith(f"{OURS} is not bound, so nothing evaluates it. Run apply.yml")
