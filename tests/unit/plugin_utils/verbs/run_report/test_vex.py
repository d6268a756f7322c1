# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The VEX documents: what CSAF 2.0 demands of the profile (section 4.5, tests 6.1.1 to 6.1.5 and 6.1.27), and what they say of a verdict.

All mandatory tests of the standard are played by tests/browser/test_report_tools.py.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import FIX_BEHIND
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.next_action import NO_FIX
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents

from tests.run_reports import HOSTILE, fleet, report, result, verdict

STATUSES = {"fixed", "known_affected", "known_not_affected", "under_investigation"}
LOST = {"msg": "away", "action": "status", "changed": False}


def products(branch: dict[str, Any]) -> Iterator[str]:
    if "product" in branch:
        yield branch["product"]["product_id"]
    for below in branch.get("branches", ()):
        yield from products(below)


def checked(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document that has what the profile demands."""
    head = document["document"]
    assert (head["category"], head["csaf_version"]) == ("csaf_vex", "2.0")
    assert {"category", "name", "namespace"} == set(head["publisher"])
    tracking = head["tracking"]
    assert {"current_release_date", "id", "initial_release_date", "revision_history", "status", "version"} < set(
        tracking
    )
    assert tracking["id"].strip() == tracking["id"]
    assert tracking["version"] == tracking["revision_history"][-1]["number"]
    defined = list(products({"branches": document["product_tree"]["branches"]}))
    assert len(defined) == len(set(defined))
    for vulnerability in document["vulnerabilities"]:
        assert re.fullmatch(r"CVE-\d{4}-\d{4,}", vulnerability["cve"])
        assert vulnerability["notes"]
        status = vulnerability["product_status"]
        assert set(status) <= STATUSES
        assert all(status.values())
        assert Counter(host for own in status.values() for host in own) == Counter(defined)
        remedied = {host for one in vulnerability.get("remediations", ()) for host in one["product_ids"]}
        assert remedied == set(status.get("known_affected", ()))
        flagged = {host for one in vulnerability.get("flags", ()) for host in one["product_ids"]}
        assert flagged == set(status.get("known_not_affected", ()))
    assert not [text for text in texts(document) if not text]
    return document


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def test_every_verdict_has_a_status_and_each_customer_its_document() -> None:
    results = {**fleet(60), "gw-lost": LOST}
    documents = vex_documents(
        report(results, {"gw-lost": "unreachable: no route"}, customers={"gw-lost": "customer 1"})
    )
    assert len(documents) == 40
    hosts = [host for one in documents.values() for host in products(checked(one)["product_tree"]["branches"][0])]
    assert sorted(hosts) == sorted(results)
    assert "gw-lost" in documents["customer 1"]["vulnerabilities"][0]["product_status"]["under_investigation"]


@pytest.mark.parametrize(
    ("word", "status", "remedy"),
    [
        ("mitigated", "known_affected", "workaround"),
        ("reduces exposure", "known_affected", "workaround"),
        ("reduces exposure, not by the vendor", "known_affected", "mitigation"),
        ("exposed", "known_affected", "mitigation"),
        ("drifted", "known_affected", "mitigation"),
        ("closed", "known_affected", "workaround"),
        ("superseded", "known_affected", "mitigation"),
        ("fixed", "fixed", ""),
        ("not affected", "known_not_affected", ""),
        ("unknown", "under_investigation", ""),
        ("partly", "under_investigation", ""),
    ],
)
def test_a_rule_never_makes_an_appliance_unaffected(word: str, status: str, remedy: str) -> None:
    document = checked(vex_documents(report({"gw": result(word)}))["Brouwer"])
    vulnerability = document["vulnerabilities"][0]
    assert vulnerability["product_status"] == {status: ["gw"]}
    assert [one["category"] for one in vulnerability.get("remediations", ())] == (
        [remedy, "vendor_fix"] if remedy else []
    )


def test_a_workaround_says_what_its_proof_rests_on_and_the_fix_is_named() -> None:
    workaround, fix = vex_documents(report({"gw": result("mitigated")}))["Brouwer"]["vulnerabilities"][0][
        "remediations"
    ]
    assert (
        "cve_2019_19781 v2, mitigated: a reason. It rests on: configuration read from 192.0.2.1"
        in workaround["details"]
    )
    assert fix["details"] == "upgrade to 13.0 47.24 or later"
    closed = verdict("exposed", next_action="close external access (lockdown.yml), then upgrade to 14.1 73.46 or later")
    _mitigation, fix = vex_documents(report({"gw": result("exposed", verdict=closed)}))["Brouwer"]["vulnerabilities"][
        0
    ]["remediations"]
    assert fix["details"] == "upgrade to 14.1 73.46 or later"


def test_a_build_on_which_a_rule_works_is_no_fix_of_the_vendor() -> None:
    behind = verdict("ineffective on this build", next_action=f"close it, then upgrade to 12.1 51.19 or later{NO_FIX}")
    _mitigation, fix = vex_documents(report({"gw": result("exposed", verdict=behind)}))["Brouwer"]["vulnerabilities"][
        0
    ]["remediations"]
    assert (fix["category"], fix["details"]) == ("vendor_fix", f"upgrade to {FIX_BEHIND}")


def test_currency_and_what_was_not_seen_are_in_the_notes() -> None:
    document = vex_documents(report({"gw": result("exposed", verdict=verdict("exposed", missing=["the log is off"]))}))[
        "Brouwer"
    ]
    assert document["document"]["notes"][0]["text"] == (
        "Verdicts as of 2020-01-15; newest fact of the catalogue: 2019-12-18."
    )
    assert "not covered: the log is off; no request was sent" in document["vulnerabilities"][0]["notes"][0]["text"]


def test_a_measure_without_a_cve_has_no_document() -> None:
    assert vex_documents(report({"gw": result(measure="url_whitelist")})) == {}
    assert vex_documents(report({"gw": LOST}, {"gw": "unreachable: no route"})) == {}


def test_text_of_others_is_defanged() -> None:
    document = vex_documents(report({"gw": result(customer=HOSTILE, verdict=verdict("exposed", reason=HOSTILE))}))
    (only,) = document.values()
    assert "http://evil" not in json.dumps(checked(only))
