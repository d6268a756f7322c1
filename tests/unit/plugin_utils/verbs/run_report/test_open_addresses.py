# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Management addresses that are not covered, on the page, in the metrics, the decisions, the VEX documents and what a customer of a shared appliance sees."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import for_customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.decisions import open_decisions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.open_addresses import (
    open_addresses,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.prometheus import metrics
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents

from tests.run_reports import report, result, verdict

LACKS = "/nsconfig/rc.netscaler lacks the line nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0"
OF_AN_ENTRY = " (cve_2019_19781)"


def text_of(number: int, more: str = "") -> str:
    return f"management address of 10.0.{number // 200}.{number % 200 + 1}: {LACKS}{more}"


def one(number: int, *, catalogue: bool = False, **more: Any) -> dict[str, Any]:
    """Return the result of a status of an appliance with an address of its own that is not covered."""
    said = verdict("mitigated", missing=[text_of(number, OF_AN_ENTRY if catalogue else "")])
    entries = [{"id": id_, **verdict("mitigated"), "exploited": True} for id_ in ("cve_2019_19781", "cve_2023_4966")]
    own = {"entries": entries} if catalogue else {}
    return result("mitigated", steps=0, **{"verdict": said, "action": "status", **own, **more})


def fleet(number: int, **more: Any) -> dict[str, dict[str, Any]]:
    return {f"gw-{place:03}": one(place, **more) for place in range(number)}


@pytest.mark.parametrize("catalogue", [False, True])
@pytest.mark.parametrize("number", [1, 13, 200])
def test_the_page_has_one_line_for_all_of_them(number: int, catalogue: bool) -> None:
    results = fleet(number, catalogue=catalogue)
    told = [line.text for line in end_page(PageRun(results, {})) if "management address" in line.text]
    address = "10.0.0.1" if number == 1 else "<address>"
    assert told == [f"not covered: management address of {address}: {LACKS}{OF_AN_ENTRY if catalogue else ''}"]
    results["gw-covered"] = result("mitigated", steps=0, action="status")
    told = [line.text for line in end_page(PageRun(results, {})) if "management address" in line.text]
    where = {1: "gw-000", 13: "13 of 14", 200: "200 of 201"}[number]
    assert [text.partition(": ")[0] for text in told] == [f"not covered at {where}"]


def test_a_customer_has_one_decision_for_all_of_them() -> None:
    rows = [row for row in open_decisions(report(fleet(13))) if "management address" in row["what"]]
    assert [(row["customer"], row["host"]) for row in rows] == [("Brouwer", "gw-[000-012]")]
    assert rows[0]["what"].startswith("not covered: 13 management addresses: apply.yml -e node_local=true, or")
    assert open_decisions(report({"gw": result("mitigated", steps=0)})) == []


def test_what_is_not_known_is_not_called_open() -> None:
    """Seen in a night: "not covered: 1 management address" of one that a run had covered since anybody asked it."""
    text = "management address of 10.0.0.1: unknown since 2020-01-07 by the records, although /nsconfig/rc.netscaler has the line"
    shared = [{"customer": name, "vservers": [f"vs-{name}"]} for name in ("Brouwer", "De Wit")]
    values = {
        f"gw-{number}": one(number, verdict=verdict("mitigated", missing=missing), customers=shared)
        for number, missing in enumerate(([text], [text, text_of(2)]))
    }
    rows = [row for row in open_decisions(report(values)) if "management address" in row["what"]]
    assert [(row["host"], row["what"].partition(": apply.yml")[0]) for row in rows] == [
        ("gw-0", "not known to be covered: 1 management address"),
        ("gw-1", "not covered: 2 management addresses"),
    ]
    mine = for_customer(report(values), "De Wit")["appliances"]
    assert ["is not known to be covered" in own["verdict"]["reason"] for own in mine] == [True, False]
    assert ["is not covered" in own["verdict"]["reason"] for own in mine] == [False, True]


def test_programs_read_the_number_of_each_appliance() -> None:
    name = "tourniquet_management_addresses_not_covered"
    pair = one(0, verdict=verdict("mitigated", missing=[text_of(0), text_of(1), "the secondary"]))
    results = {"pair": pair, "covered": result("mitigated"), "away": {}}
    lines = metrics(report(results, {"away": "unreachable: no route"})).splitlines()
    assert [line for line in lines if line.startswith(name)] == [
        f'{name}{{appliance="covered",customer="Brouwer"}} 0',
        f'{name}{{appliance="pair",customer="Brouwer"}} 2',
    ]


def test_a_workaround_is_not_said_to_hold_at_the_management_address() -> None:
    """In a run of the whole catalogue, that is said of the weakness which is reached there."""
    (document,) = vex_documents(report({"gw": one(0, catalogue=True)}, playbook="status")).values()
    details = {each["cve"]: json.dumps(each["remediations"]) for each in document["vulnerabilities"]}
    assert text_of(0) in details["CVE-2019-19781"]
    assert "management address" not in details["CVE-2023-4966"]
    assert "management address" not in json.dumps(document["vulnerabilities"][1]["notes"])


def test_who_shares_an_appliance_reads_that_and_nothing_of_another_customer() -> None:
    customers = [{"customer": "Brouwer", "vservers": ["gw"]}, {"customer": "De Wit", "vservers": ["vs-law"]}]
    run = report({"gw-shared": one(0, customers=customers)}, playbook="status")
    view = for_customer(run, "Brouwer")
    said = "a management address of it is not covered, whatever is closed"
    for text in (page(view, "Brouwer"), json.dumps(vex_documents(run)["Brouwer"])):
        assert said in text
        assert not [name for name in ("De Wit", "vs-law", "10.0.0.1", "gw-shared") if name in text]
    covered = report({"gw-shared": result("mitigated", customers=customers)})
    assert said not in page(for_customer(covered, "Brouwer"), "Brouwer")
    assert open_addresses(run["appliances"][0]) == {"10.0.0.1"}
