# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vendor's policy whose expression is not public: its presence is checked at each bind point, and the operator's is bound at each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import Verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.supplied.measure import SuppliedMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import CatalogueCheck

from simulator import Simulator
from tests.engine.settings_stage import Settings
from tests.stage.fleet import fleet_file

CATALOGUE = Path(__file__).parents[2] / "templates" / "mitigations"
VENDOR = "pol_samlauth_prefixlist_block"
# An expression of ours, which has the texts by which the vendor's one is recognised.
RULE = 'HTTP.REQ.URL.PATH.EQ("/cgi/samlauth") && HTTP.REQ.BODY(2048).AFTER_STR("SAMLResponse=").B64DECODE.CONTAINS("PrefixList")'
PLACES = ("vpnvserver", "gw"), ("authenticationvserver", "logon")


def fleet(**more: Any) -> dict[str, Any]:
    return fleet_file(
        {
            "box": {
                "build": "14.1 73.37",
                "nodes": ["127.0.0.1:0"],
                "features": ["LB", "SSL", "SSLVPN", "AAA", "RESPONDER"],
                "vservers": [
                    {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
                    {"type": "authentication", "name": "logon", "address": "127.0.0.1:0", "protocol": "SSL"},
                ],
                **more,
            }
        }
    )


class Vendor(Settings):
    """A stage with the vendor's policy."""

    def policy(self, name: str = VENDOR, rule: str = "TRUE") -> None:
        self._post("responderpolicy", {"name": name, "rule": rule, "action": "NOOP"})

    def bind(self, type_: str, vserver: str, point: str = "AAA_REQUEST", name: str = VENDOR) -> None:
        row = {"name": vserver, "policy": name, "priority": 90, "bindpoint": point, "gotopriorityexpression": "END"}
        self._post(f"{type_}_responderpolicy_binding", row)

    def _post(self, type_: str, row: dict[str, Any]) -> None:
        with Connection(self.appliance) as connection:
            connection.primary.write("PUT" if "binding" in type_ else "POST", type_, {type_: row})
            connection.primary.save()

    def bound(self) -> list[tuple[str, str]]:
        found = []
        with Connection(self.appliance) as connection:
            for type_, name in PLACES:
                rows = connection.primary.read(f"{type_}_responderpolicy_binding", query={"bulkbindings": "yes"})
                found += [(name, str(row["bindpoint"])) for row in rows if str(row["policy"]).startswith("tq_")]
        return found


def measure(**settings: Any) -> SuppliedMeasure:
    found = load_entry_measure(CATALOGUE / "cve_2026_88779", settings or None)
    assert isinstance(found, SuppliedMeasure)
    return found


@pytest.fixture
def open_vendor(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> Callable[..., Vendor]:
    def open_one(settings: dict[str, Any] | None = None, **more: Any) -> Vendor:
        return Vendor(start(fleet(**more)), tmp_path, measure(**(settings or {})))

    return open_one


def test_the_whole_catalogue_says_that_it_is_present_and_not_verified(open_vendor: Callable[..., Vendor]) -> None:
    stage = open_vendor(configuration={"authenticationsamlaction": [{"name": "sp"}]})
    absent = _of_the_catalogue(stage)
    assert (absent.word, absent.next_action) == ("exposed", "upgrade to 14.1 73.57 or later")
    stage.policy()
    for place in PLACES:
        stage.bind(*place)
    present = _of_the_catalogue(stage)
    assert present.word == "applied, unproven"
    assert "content not verified" in present.reason


def _of_the_catalogue(stage: Vendor) -> Verdict:
    check = CatalogueCheck(
        appliance=stage.appliance,
        entries=load_catalogue(CATALOGUE),
        directory=CATALOGUE,
        records=stage.records,
        run="run",
        trust=stage.trust,
    )
    with Connection(stage.appliance) as connection:
        found = check.find(connection)
    return next(one.verdict for one in found.entries if one.entry.id == "cve_2026_88779")


def test_presence_at_every_bind_point_is_all_that_can_be_said(open_vendor: Callable[..., Vendor]) -> None:
    """By its name, or by its text under another one; the verdict never says that it protects."""
    stage = open_vendor()
    absent = stage.status()
    assert absent.verdict.word == "exposed"
    assert absent.verdict.reason == (
        f"no policy is recognised as the vendor's ({VENDOR}, or by its text); "
        "exploited since 2026-10 (reported by CISA, list of known exploited vulnerabilities)"
    )
    assert "put it into the inventory" in absent.verdict.next_action
    with pytest.raises(Refused, match=r"the expression of cve_2026_88779 is not public.*catalogue_measures"):
        stage.apply()
    stage.policy()
    stage.bind(*PLACES[0])
    partly = stage.status()
    assert partly.verdict.word == "partly"
    assert partly.verdict.reason == "authentication vserver logon AAA_REQUEST: the vendor's policy is not bound there"
    stage.policy("their_own_name", RULE)
    stage.bind(*PLACES[1], name="their_own_name")
    whole = stage.status()
    assert whole.verdict.word == "applied, unproven"
    assert whole.verdict.reason == (
        f"{VENDOR}, their_own_name is not ours, and it is present at every bind point, content not verified"
    )
    assert "vendor's support" in whole.verdict.next_action
    assert not stage.apply().changed
    assert list(stage.records.glob("box/*.json")) == []


@pytest.mark.parametrize("where", ["REQUEST", "global", "off"])
def test_bindings_that_have_no_effect_are_said(open_vendor: Callable[..., Vendor], where: str) -> None:
    features = ["LB", "SSL", "SSLVPN", "AAA"] + ([] if where == "off" else ["RESPONDER"])
    stage = open_vendor(features=features)
    stage.policy()
    if where == "global":
        row = {"policyname": VENDOR, "priority": 90, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"}
        stage._post("responderglobal_responderpolicy_binding", row)
    else:
        for place in PLACES:
            stage.bind(*place, "REQUEST" if where == "REQUEST" else "AAA_REQUEST")
    status = stage.status()
    assert status.verdict.word == "exposed"
    expected = {
        "REQUEST": f"{VENDOR} is bound at gw as REQUEST, which does not see the log-on",
        "global": f"{VENDOR} is bound globally, which does not count here",
        "off": "the feature RESPONDER is off, so no policy is evaluated",
    }[where]
    assert expected in status.verdict.reason


def test_the_expression_of_the_operator_is_bound_at_every_bind_point(open_vendor: Callable[..., Vendor]) -> None:
    stage = open_vendor({"expression": RULE, "priority": 20})
    plan = stage.plan()
    lines = [line for step in plan.plan.steps for line in step.lines()]
    assert (
        "bind vpn vserver gw -policy tq_cve_2026_88779 -priority 20 -gotoPriorityExpression END -type AAA_REQUEST"
        in lines
    )
    assert plan.plan.conflicts == ()
    result = stage.apply()
    assert sorted(stage.bound()) == [("gw", "AAA_REQUEST"), ("logon", "AAA_REQUEST")]
    assert (result.verdict.word, result.saved_now) == ("applied, unproven", True)
    assert "bound at every bind point; what it stops is not verified" in result.verdict.reason
    assert not stage.apply().changed
    stage._post("vpnvserver", {"name": "new", "servicetype": "SSL", "ipv46": "192.0.2.40", "port": 443})
    later = stage.status()
    assert later.verdict.word == "partly"
    assert [step.key for step in later.plan.steps] == [("new", "tq_cve_2026_88779", "AAA_REQUEST")]
    stage.rollback(why="after_fix")
    assert stage.bound() == []


def test_an_expression_that_does_not_parse_is_not_sent(open_vendor: Callable[..., Vendor]) -> None:
    stage = open_vendor({"expression": "HTTP.REQ.URL.PATH.EQ("})
    with pytest.raises(Refused, match=r"responder policy|responderpolicy"):
        stage.apply()
    assert stage.bound() == []


def test_an_expression_that_drops_everybody_is_undone(open_vendor: Callable[..., Vendor]) -> None:
    """The pages of a log-on were served before."""
    stage = open_vendor({"expression": "TRUE"})
    with pytest.raises(StepFailed, match="legitimate traffic was harmed"):
        stage.apply()
    assert stage.bound() == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"expresion": "TRUE"}, "must be a mapping with expression and priority"),
        ({"expression": ""}, "a text of 1 to 8191"),
        ({"expression": "x" * 8192}, "a text of 1 to 8191"),
        ({"expression": "TRUE", "priority": "10"}, "a whole number"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        measure(**settings)


def test_without_a_log_on_nothing_is_affected(open_vendor: Callable[..., Vendor]) -> None:
    web = {"type": "lb", "name": "web", "address": "127.0.0.1:0", "protocol": "HTTP"}
    assert open_vendor(vservers=[web]).status().verdict.word == "not affected"
