# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deny URLs of the application firewall that only log: planned, proven by reading back, exactly reversible, and never in the way of others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.url_encoding import encode_args
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import TYPES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log.measure import (
    BINDING,
    TEMPLATES,
    VARIABLE,
    load_appfw_log,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.log_messages import HOSTILE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.pcre import compile_pcre
from jinja2 import Template

from simulator import Simulator
from tests.engine.settings_stage import Settings
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE

AS_OF = date(2026, 10, 1)
NAME = "tq_appfw_log"


class Firewall(Settings):
    """An appliance with an application firewall."""

    def bindings(self) -> list[dict[str, Any]]:
        with Connection(self.appliance) as connection:
            return [dict(row) for row in connection.primary.read(BINDING, args={"type": "REQ_DEFAULT"})]


Box = Callable[..., Firewall]


def wanted(*, asked: bool = True) -> Any:
    return load_appfw_log(asked, "box", AS_OF)


@pytest.fixture
def box(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> Box:
    def open_one(*, nodes: int = 1, feature: bool = True, **appliance: Any) -> Firewall:
        entry = {"build": "14.1 73.37", "nodes": ["127.0.0.1:0"] * nodes, **appliance}
        stage = Firewall(start(fleet_file({"box": entry})), tmp_path, wanted())
        if feature:
            with Connection(stage.appliance) as connection:
                connection.primary.write("POST", "nsfeature?action=enable", {"nsfeature": {"feature": ["APPFW"]}})
                connection.primary.save()
        return stage

    return open_one


def test_it_is_applied_read_back_saved_and_taken_back(box: Box) -> None:
    stage = box(nodes=2)
    before = stage.lines()
    plan = stage.plan()
    lines = [line for step in plan.plan.steps for line in step.lines()]
    assert lines[0].startswith("add appfw profile tq_appfw_log -startURLAction none -denyURLAction log stats ")
    assert "block" not in lines[0]
    assert [line.rpartition(" ")[0] for line in lines[1:3]] == [f"bind appfw profile {NAME} -denyURL"] * 2
    assert lines[3].startswith(f"add appfw policy {NAME} ")
    assert lines[4:] == [f"bind appfw global {NAME} 65000 END -type REQ_DEFAULT"]
    assert [step.inverse.lines()[0].rpartition(' "')[0] or step.inverse.lines()[0] for step in plan.plan.steps] == [
        f"rm appfw profile {NAME}",
        f"unbind appfw profile {NAME} -denyURL",
        f"unbind appfw profile {NAME} -denyURL",
        f"rm appfw policy {NAME}",
        f"unbind appfw global {NAME} -type REQ_DEFAULT -priority 65000",
    ]
    assert (plan.verdict.word, plan.verdict.reason) == ("not in place", "appfw_log is not there")
    result = stage.apply()
    assert (result.verdict.word, result.saved_now) == ("enforcing", True)
    assert [row["denyurlaction"] for row in stage.rows("appfwprofile") if row["name"] == NAME] == [["log", "stats"]]
    again = stage.apply()
    assert (again.changed, again.record, again.verdict.word) == (False, "", "enforcing")
    assert (stage.status().verdict.word, stage.status().drift) == ("enforcing", ())
    assert stage.rollback(why="undo").plan.steps
    assert stage.lines() == stage.lines("nssavedconfig") == before


def test_it_goes_when_the_inventory_no_longer_asks_for_it(box: Box) -> None:
    stage = box()
    before = stage.lines()
    stage.apply()
    stage.mitigation = wanted(asked=False)
    assert stage.status().verdict.word == "superseded"
    assert stage.apply().verdict.word == "not asked for"
    assert stage.lines() == stage.lines("nssavedconfig") == before
    assert (stage.apply().changed, stage.status().verdict.word) == (False, "not asked for")


def test_what_somebody_changed_is_drift_and_is_corrected(box: Box) -> None:
    """A check that blocks would lock out users: it is drift of a profile of ours, whichever check it is."""
    stage = box()
    stage.apply()
    stage.write("appfwprofile", {"name": NAME, "denyurlaction": ["block", "log"]})
    with Connection(stage.appliance) as connection:
        args = encode_args({"denyurl": "^[!-~]*/tq-alarm-[0-9a-f-]+/[!-~]*$"})
        connection.primary.write("DELETE", f"appfwprofile_denyurl_binding/{NAME}?args={args}")
        connection.primary.save()
    drifted = stage.status()
    assert drifted.verdict.word == "drifted"
    assert "denyurlaction: expected log stats, found block log" in " ".join(drifted.drift)
    assert stage.apply().verdict.word == "enforcing"
    assert stage.status().drift == ()


@pytest.mark.parametrize(
    ("appliance", "reason", "action"),
    [
        (
            {"licensed": ["LB", "SSL", "SSLVPN", "RESPONDER"]},
            "the licence has no application firewall",
            "take it out of the inventory of box, or install a licence with the application firewall",
        ),
        ({}, "the feature APPFW is off", "enable ns feature APPFW on box, then apply.yml"),
    ],
)
def test_without_licence_or_feature_it_is_one_line_and_nothing_is_written(
    box: Box, appliance: dict[str, Any], reason: str, action: str
) -> None:
    stage = box(feature=False, **appliance)
    stage.simulator.clear_requests()
    result = stage.apply()
    assert (result.verdict.word, result.verdict.reason) == ("not in place", reason)
    assert (result.verdict.next_action, result.verdict.exit_code) == (action, 2)
    assert (result.changed, result.plan.skipped) == (False, reason)
    assert {one["method"] for one in stage.simulator.requests() if "/login" not in one["target"]} <= {"GET", "POST"}
    assert not [one for one in stage.simulator.requests() if one["method"] != "GET" and "log" not in one["target"]]


def test_it_comes_after_all_policies_of_others(box: Box) -> None:
    """The first policy that matches chooses the profile: one of ours must never take a request from one of theirs."""
    stage = box()
    with Connection(stage.appliance) as connection:
        theirs = {"name": "waf", "rule": "true", "profilename": "APPFW_BYPASS"}
        connection.primary.write("POST", "appfwpolicy", {"appfwpolicy": theirs})
        binding = {"policyname": "waf", "priority": 70000, "type": "REQ_DEFAULT", "gotopriorityexpression": "END"}
        connection.primary.write("POST", BINDING, {BINDING: binding})
        connection.primary.save()
    assert stage.plan().plan.steps[-1].lines() == [f"bind appfw global {NAME} 70001 END -type REQ_DEFAULT"]
    stage.apply()
    with Connection(stage.appliance) as connection:
        later = {**binding, "policyname": "late", "priority": 80000}
        connection.primary.write("POST", "appfwpolicy", {"appfwpolicy": {**theirs, "name": "late"}})
        connection.primary.write("POST", BINDING, {BINDING: later})
        connection.primary.save()
    moved = stage.apply()
    assert moved.verdict.word == "enforcing"
    bound = {row["policyname"]: int(row["priority"]) for row in stage.bindings()}
    assert bound == {"waf": 70000, "late": 80000, NAME: 80001}


def test_a_default_profile_of_others_is_not_replaced(box: Box) -> None:
    stage = box()
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "appfwprofile", {"appfwprofile": {"name": "theirs"}})
        connection.primary.write("PUT", "appfwsettings", {"appfwsettings": {"defaultprofile": "theirs"}})
        connection.primary.save()
    before = stage.lines()
    told = (
        "appfw settings has the default profile theirs, which would no longer check the requests that ours takes. "
        "Bind the deny URLs to theirs yourself, and take netscaler_appfw_log out of the inventory."
    )
    with pytest.raises(Refused, match=re.escape(told)):
        stage.apply()
    assert stage.lines() == before


def test_a_profile_that_would_block_by_another_check_is_undone(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release may have checks that the table does not know; no request has reached the profile by then."""
    plain = Session.read

    def read(self: Session, type_: str, *words: Any, **options: Any) -> Any:
        rows = plain(self, type_, *words, **options)
        more = {"blockkeywordaction": ["block", "log"], "jsondosaction": "block"} if type_ == "appfwprofile" else {}
        return [{**row, **more} for row in rows]

    stage = box()
    before = stage.lines()
    monkeypatch.setattr(Session, "read", read)
    with pytest.raises(StepFailed, match="the new profile would block by blockkeywordaction"):
        stage.apply()
    monkeypatch.undo()
    assert stage.lines() == before
    assert not [line for line in stage.lines("nssavedconfig") if NAME in line]


@pytest.mark.parametrize("value", ["yes", 1, None, {"a": 1}, ["gw"]])
def test_a_value_that_is_neither_true_nor_false_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"^box: {VARIABLE} is neither true nor false. Write one of them. Nothing"):
        load_appfw_log(value, "box", AS_OF)


# -- the template -----------------------------------------------------------------------------------------------------


def deny_urls() -> list[Any]:
    text = yaml.safe_load(Template((TEMPLATES / "v1.yml.j2").read_text()).render(name=NAME, priority=1))
    return [compile_pcre(row["denyurl"], ignore_case=False) for row in text["appfwprofile_denyurl_binding"]]


def seen(url: str) -> list[str]:
    """Return a URL in the forms in which a deny URL may see it: as received, decoded once, and decoded to the end."""
    forms = [f"https://gw.example{url}"]
    while (plain := unquote(forms[-1], "latin-1")) != forms[-1]:
        forms.append(plain)
    return forms


def test_the_deny_urls_match_the_published_attacks_with_a_traversal_and_no_legitimate_request() -> None:
    """In every form in which the appliance may show the URL to them; blanks are left out on purpose."""
    traversal, _own = deny_urls()
    traffic = load_mitigation(CATALOGUE).traffic
    attacks = [case for case in traffic.attacks if "/../" in unquote(unquote(case.url)) and "://" not in case.url]
    assert len(attacks) > 10
    for case in attacks:
        assert all(traversal.search(form) for form in seen(case.url)), case.url
    for case in traffic.legitimate:
        assert not any(pattern.search(form) for pattern in deny_urls() for form in seen(case.url)), case.url


def test_no_line_of_a_deny_url_can_hold_the_phrases_that_a_job_runs() -> None:
    """CVE-2026-88771: the phrases hold blanks, and the appliance writes the URL as the client sent it."""
    for where in ("/vpn/../{}", "/{}/../a", "/tq-alarm-0/{}", "/vpn/../a?{}"):
        for text in (HOSTILE, "pitboss x PPE-0 unexpectedly died $(id)", "pitboss PPE missed too many heartbeats"):
            for encoded in (text, quote(text), quote(quote(text))):
                decoded = seen(where.format(encoded))[-1]
                assert not any(pattern.search(decoded) for pattern in deny_urls()), decoded


def test_no_check_of_the_profile_blocks() -> None:
    text = yaml.safe_load(Template((TEMPLATES / "v1.yml.j2").read_text()).render(name=NAME, priority=1))
    (profile,) = text["appfwprofile"]
    checks = {name for name in TYPES["appfwprofile"].attributes if name.endswith("action")}
    assert {name: value for name, value in profile.items() if name.endswith("action")} == {
        **dict.fromkeys(checks, "none"),
        "denyurlaction": "log stats",
    }
