# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of plan.yml, apply.yml, status.yml and of what takes a measure off again, one for each host of a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.templates import OURS

from tests.engine.geoblock_stage import many
from tests.playbooks.test_geoblock import LAB, MEASURE, SHOP, answer, asked
from tests.stage.fleet import box, vserver
from tests.stage.played import MITIGATION, NAME, Laboratory, Run

TESTING = {"responderpolicy": [{"name": "rp_testing", "rule": "FALSE", "action": "DROP"}]}
KNOWN = {"who": "J. Jansen", "why": "our night", "until": "2099-01-01"}
DOCUMENT = f"""
nsfeature:
  feature: [RESPONDER]
responderpolicy:
  - {{name: {NAME}, rule: "FALSE", action: DROP}}
responderglobal_responderpolicy_binding:
  - {{policyname: {NAME}, priority: 10, gotopriorityexpression: END, type: REQ_OVERRIDE}}
"""
HOSTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "fix": {"tourniquet_planned_fix": "2099-12-15"},
    "known": {
        "tourniquet_acknowledgements": [{**KNOWN, "verdict": "applied, unproven"}],
        "probes": "none",
        "save": "always",
    },
    "quiet": {"measure_log": False},
    "silent": {"probes": "none"},
    "thorough": {"probes": "all"},
    "slow": {"netscaler_task_timeout": 0.5},
    "text": {"catalogue_document": DOCUMENT, "mitigation_version": 2},
}


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    laboratory = open_laboratory({host: box() for host in HOSTS}, variables=HOSTS)
    laboratory.simulator.appliance("slow").fault("slow", times=0, seconds=0.3)
    return laboratory


@pytest.fixture(scope="module")
def applied(laboratory: Laboratory) -> Run:
    return laboratory.play("apply")


def asked_outside(run: Run, host: str) -> int:
    """Return how many requests reached its virtual servers."""
    return sum(one["appliance"] == host and one["side"] != "nitro" for one in run.requests)


def test_how_it_is_applied_and_proven(laboratory: Laboratory, applied: Run) -> None:
    assert [applied.verdict(host) for host in ("plain", "quiet", "thorough")] == ["mitigated"] * 3
    assert laboratory.row("plain", "auditmessageaction") is not None
    assert laboratory.row("quiet", "auditmessageaction") is None
    assert asked_outside(applied, "silent") == 0
    assert applied.verdict("silent") == "applied, unproven"
    assert asked_outside(applied, "thorough") > 10 * asked_outside(applied, "plain") > 0
    assert "all requests and probes of one task may wait 0.5 seconds" in applied.problem("slow")
    assert "the rule gives wrong answers by offline evaluation" in applied.problem("text")


@pytest.mark.usefixtures("applied")
def test_what_a_status_says(laboratory: Laboratory) -> None:
    given: dict[str, Any] = {
        "limit": ["plain", "fix", "silent", "known"],
        "records": str(laboratory.directory / "none"),
    }
    status = laboratory.play("status", **given, fail_at=1)
    assert (
        "fixes planned until 2099-12-15, no fix planned for known, plain, silent (tourniquet_planned_fix)"
        in status.output
    )
    assert (status.problem("known"), status.problem("silent") != "") == ("", True)
    assert "acknowledged" in status.output
    few = laboratory.play("status", limit=["plain"], probes="few")
    assert asked_outside(few, "plain") == 3
    audits = [laboratory.play("audit", limit=["plain"], mitigation=name) for name in (MITIGATION, "url_whitelist")]
    assert [bool(audit["plain"]["runs"]) for audit in audits] == [True, False]


@pytest.mark.usefixtures("applied")
def test_a_policy_in_front_that_a_person_has_acknowledged_is_in_the_ledger_as_in_the_status(
    laboratory: Laboratory,
) -> None:
    hole = {"name": "rp_hole", "rule": 'HTTP.REQ.HEADER("X-Dev").EXISTS', "action": "NOOP"}
    laboratory.colleague("thorough", "POST", "responderpolicy", {"responderpolicy": hole})
    binding = "responderglobal_responderpolicy_binding"
    place = {"policyname": "rp_hole", "priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    laboratory.colleague("thorough", "PUT", binding, {binding: place})
    laboratory.saved_by_colleague("thorough")
    words = []
    for given in ({}, {"tourniquet_acknowledgements": [{**KNOWN, "policy": "rp_hole"}]}):
        run = laboratory.play("ledger", limit=["thorough"], as_of="2020-01-15", fail_at=3, **given)
        (answer,) = run["thorough"]["answers"]
        words.append(next(row["measure"]["word"] for row in answer["rows"] if row["entry"] == MITIGATION))
    assert words == ["partly", "applied, unproven"], "no run has proved it beside that policy"
    laboratory.colleague("thorough", "DELETE", f"{binding}?args=policyname:rp_hole,type:REQ_OVERRIDE,priority:5", None)
    laboratory.colleague("thorough", "DELETE", "responderpolicy/rp_hole", None)
    laboratory.saved_by_colleague("thorough")


@pytest.mark.usefixtures("applied")
def test_what_others_changed_or_did_not_save_stops_a_leave_unless_it_is_told_to(laboratory: Laboratory) -> None:
    target = '"HTTP/1.1 404 Not Found\r\n\r\n"'
    laboratory.colleague("plain", "PUT", "responderaction", {"responderaction": {"name": NAME, "target": target}})
    laboratory.saved_by_colleague("plain")
    laboratory.colleague("quiet", "POST", "responderpolicy", {"responderpolicy": TESTING["responderpolicy"][0]})
    given = {"mitigation": None, "remove": True, "accept_exposure": True, "who": "J. Jansen", "reason": "we go"}
    refused = laboratory.play("leave", limit=["plain", "quiet"], **given)
    assert "go on with --limit plain -e force=true" in refused.problem("plain")
    assert "In host_vars of quiet: `unsaved: save_first`." in refused.problem("quiet")
    laboratory.hosts["plain"]["force"] = True
    laboratory.hosts["quiet"]["unsaved"] = "save_first"
    left = laboratory.play("leave", limit=["plain", "quiet"], **given)
    loud = "failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen (we go)"
    assert (left.problem("plain"), left.problem("quiet")) == (loud, loud)
    assert laboratory.row("plain", "responderpolicy") is None
    assert laboratory.row("quiet", "responderpolicy", "rp_testing", saved=True)


@pytest.mark.usefixtures("applied")
def test_unsaved_changes_of_others_stop_a_retirement_unless_it_is_told_to(laboratory: Laboratory) -> None:
    hosts = ["fix", "thorough"]
    for host in hosts:
        laboratory.simulator.appliance(host).upgrade("14.1 73.46")
        laboratory.colleague(host, "POST", "responderpolicy", {"responderpolicy": TESTING["responderpolicy"][0]})
    laboratory.hosts["thorough"]["unsaved"] = "save_first"
    run = laboratory.play("retire", limit=hosts)
    assert "In host_vars of fix: `unsaved: save_first`." in run.problem("fix")
    assert run.problem("thorough") == ""
    assert laboratory.row("thorough", "responderpolicy") is None
    assert laboratory.row("thorough", "responderpolicy", "rp_testing", saved=True)


GEO: dict[str, dict[str, Any]] = {
    "exceptions": {"exceptions": [f"{LAB}/32"], "way": "location"},
    "priority": {"acl_priority": 60000, "way": "acls"},
    "bulk": {"way": "acls"},
    "copies": {"way": "acls", "expires": 600},
    "sets": {"way": "acls", "entries": 1000},
    "many": {"way": "acls"},
    "accepted": {"way": "acls", "many_acls": True},
    "proxy": {"way": "location", "trusted_proxies": ["203.0.113.32/30"]},
    "templates": {"way": "location", "answer": "forbidden"},
}
OLD = ("many", "accepted")


def first_acl(run: Run, host: str) -> int:
    """Return the smallest number of an ACL of a plan."""
    return min(int(number) for line in run.lines(host) for number in re.findall(r"ns acl .*-priority (\d+)", line))


def test_geoblock(open_laboratory: Callable[..., Laboratory], tmp_path: Path) -> None:
    big = tmp_path / "many.csv"
    big.write_text("".join(f"{','.join(row)}\n" for row in many(2500)))
    own = tmp_path / "templates"
    own.mkdir()
    ours = (OURS / "v1" / "policies.yml.j2").read_text(encoding="utf-8")
    (own / "policies.yml.j2").write_text(ours.replace("403 Forbidden", "451 Unavailable For Legal Reasons"))
    source = {"name": "test", "licence": "none", "files": [{"path": str(big)}], "max_age_days": 9000}
    variables = {host: asked(tmp_path, **values) for host, values in GEO.items()}
    for host in ("many", "accepted", "sets"):
        variables[host] |= {"geoblock_source": source, "geoblock_countries": ["RU"]}
    variables["templates"]["geoblock_templates"] = str(own)
    variables["bulk"]["netscaler_bulk_limit"] = 1
    fleet = {host: box("13.0 47.22" if host in OLD else "13.1 49.15", **SHOP) for host in GEO}
    for entry in fleet.values():
        entry["vservers"] = [vserver("lb", "shop", "HTTP")]
    laboratory = open_laboratory(fleet, variables=variables)
    run = laboratory.play("plan", **MEASURE)
    problems = {host: run.problem(host) for host in GEO}
    assert "accept it with geoblock_many_acls: true" in problems.pop("many")
    assert "the trusted proxy 203.0.113.32/30 is in" in problems.pop("proxy")
    assert set(problems.values()) == {""}
    assert "451 Unavailable For Legal Reasons" in " ".join(run.lines("templates"))
    assert any("-TTL 600" in line for line in run.lines("copies"))
    assert not any("-TTL 600" in line for line in run.lines("bulk"))
    assert sum("add policy dataset" in line for line in run.lines("sets")) > 2, "2,501 entries"
    assert any((tmp_path / "cache").iterdir())
    assert first_acl(run, "priority") == first_acl(run, "bulk") + 5000, "the upper half of the band"
    done = laboratory.play("apply", limit=["exceptions", "priority", "bulk"], **MEASURE)
    assert [done.problem(host) for host in ("exceptions", "priority", "bulk")] == [""] * 3
    assert answer(laboratory, "exceptions", LAB) == 200
    assert (len(done.writes("bulk")) > len(done.writes("priority"))) is True
