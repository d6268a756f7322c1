# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a customer may see of a run: its own appliances, its own virtual servers of shared ones, and not one byte of another customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import unique_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent import ConsentEntry, ConsentState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.consent_register import ConsentRegister
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.from_ledger import SCHEMA
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    BY_CONFIGURATION,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.crisis import LEDGER, crisis_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import (
    COMPROMISE,
    LEFT_OUT,
    customers_of,
    for_customer,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.debt import register
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.decisions import open_decisions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.files import write_report
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents

from tests.run_reports import report, result, verdict

BROUWER, DE_WIT = "Brouwer", "De Wit"
SHARED = [{"customer": BROUWER, "vservers": ["vs-bakery"]}, {"customer": DE_WIT, "vservers": ["vs-law"]}]
OF_BROUWER = ("Brouwer", "vs-bakery", "192.0.2.11", "bakery.example", "gw-own-bakery", "A. Brouwer")
OF_DE_WIT = ("De Wit", "vs-law", "192.0.2.12", "law.example", "gw-own-law", "P. de Wit")
RUN_KEYS = ("started", "kind", "measure", "user", "control_node", "outcome", "version", "ticket", "reason", "undone_by")
DEBT_KEYS = ("measure", "what", "since", "why", "ticket", "reason", "who", "text")
SAID = "at vs-bakery (192.0.2.11:443, bakery.example) and vs-law (192.0.2.12:443, law.example)"


def poisoned(value: Any) -> Any:
    """Return a result in which every text names virtual servers of both customers; what programs decide by stays."""
    kept = (
        "word",
        "action",
        "measure",
        "as_of",
        "newest_fact",
        "customer",
        "customers",
        "build",
        "effect",
        "id",
        "what",
    )
    if isinstance(value, str):
        return SAID
    if isinstance(value, Mapping):
        return {key: item if key in kept else poisoned(item) for key, item in value.items()}
    return [poisoned(item) for item in value] if isinstance(value, list) else value


def shared_result() -> dict[str, Any]:
    filled = {
        **result(
            runs=[dict.fromkeys(RUN_KEYS, "x")],
            conflicts=[{"kind": "x", "message": "x", "fix": "x"}],
            acknowledged={"who": "x", "why": "x", "until": "x"},
            debt=[{**dict.fromkeys(DEBT_KEYS, "x"), "planned_fix": "", "overdue_days": 0}],
            entries=[{"id": "cve_2019_19781", **verdict("exposed"), "exploited": True}],
            preview=["x"],
            cost={"x": "x"},
        ),
        **{name: ["x"] for name in ("neighbours", "drift", "corrected", "remarks", "notes", "unproven", "exposure")},
    }
    return {**poisoned(filled), "customers": SHARED}


def of_one(customer: str, host: str, **more: Any) -> dict[str, Any]:
    return {**result(customer=customer, **more), "customers": [{"customer": customer, "vservers": [f"vs-{host}"]}]}


def night() -> dict[str, Any]:
    """Two customers with an appliance each and a shared one, whose name is that of both; one own appliance was held because of the other's."""
    results = {
        "gw-law-bakery": shared_result(),
        "gw-own-bakery": of_one(BROUWER, "own-bakery", notes=["waits for gw-own-law.", "a note of its own"]),
        "gw-own-law": of_one(DE_WIT, "own-law", word="mitigated"),
        "gw-lost": {"msg": "no route to 192.0.2.12"},
    }
    crisis = {
        "consents": [
            consent(BROUWER, "A. Brouwer", "agreed", agreed=True),
            consent(DE_WIT, "P. de Wit", "advised", agreed=False),
        ],
        "answers": [
            {"host": "gw-law-bakery", "customer": name, "answer": "open", "text": f"open for {name}"}
            for name in (BROUWER, DE_WIT)
        ],
    }
    return report(
        results,
        {"gw-own-bakery": "held: gw-own-law failed", "gw-lost": "unreachable: no route to 192.0.2.12"},
        customers={"gw-lost": BROUWER},
        shared={"gw-lost": {"vs-law": DE_WIT}},
        crisis=crisis,
        rollout=("gw-own-law: 1 change", "gw-own-bakery: 1 change"),
        playbook="status",
    )


def consent(customer: str, who: str, state: str, *, agreed: bool) -> dict[str, Any]:
    about = {"when": "2020-01-17T13:00:00+00:00", "how": "by telephone", "ticket": "", "note": "", "problem": ""}
    return {"customer": customer, "state": state, "who": who, "must_agree": True, "agreed": agreed, **about}


@pytest.mark.parametrize(
    ("customer", "own", "others"), [(BROUWER, OF_BROUWER, OF_DE_WIT), (DE_WIT, OF_DE_WIT, OF_BROUWER)]
)
def test_the_files_of_a_customer_have_not_one_byte_of_another(
    tmp_path: Path, customer: str, own: tuple[str, ...], others: tuple[str, ...]
) -> None:
    written = write_report(tmp_path, night())
    name = unique_name(customer)
    files = [path for path in written if name in (path.stem, path.parent.name)]
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [
        f"customers/{name}/status.html",
        f"vex/{name}.json",
    ]
    for path in files:
        content = path.read_text().casefold()
        for word in others:
            assert word.casefold() not in content, f"{path}: {word}"
            assert word.casefold().replace(".", "[.]") not in content, f"{path}: {word}"
        assert "gw-law-bakery" not in content, "the name of a shared appliance has that of both"
        assert own[1] in content
        assert own[4] in content
    assert own[5] in files[0].read_text()


def test_a_shared_appliance_is_in_the_vex_of_both_with_its_own_virtual_servers(tmp_path: Path) -> None:
    write_report(tmp_path, night())
    for customer, vserver in ((BROUWER, "vs-bakery"), (DE_WIT, "vs-law")):
        document = json.loads((tmp_path / "vex" / f"{unique_name(customer)}.json").read_text())
        (vulnerability,) = document["vulnerabilities"]
        assert f"shared appliance of {vserver}" in vulnerability["product_status"]["known_affected"]
        (note,) = [one for one in vulnerability["notes"] if one["title"] == f"shared appliance of {vserver}"]
        assert note["text"].startswith(
            "exposed: the verdict on the whole appliance, which has several customers; yours: "
        )


def test_a_shared_appliance_whose_configuration_is_not_affected_has_the_code_all_the_same() -> None:
    spared = {"id": "cve_2019_19781", **verdict("not affected"), "reason": f"{BY_CONFIGURATION}: no Gateway"}
    values = report({"gw-both": {**result(entries=[spared]), "customers": SHARED}}, playbook="status")
    for document in vex_documents(values).values():
        (flag,) = document["vulnerabilities"][0]["flags"]
        assert flag["label"] == "vulnerable_code_not_in_execute_path"
        assert "no Gateway" not in json.dumps(document)


def test_each_customer_of_a_shared_appliance_is_told_of_a_compromise_and_of_no_trace() -> None:
    hunt = {"outcome": "compromise", "text": "hunt.yml found /var/x of De Wit", "next_action": "x"}
    values = report({"gw-both": {**result(word="fixed", hunt=hunt), "customers": SHARED}}, playbook="status")
    for customer in (BROUWER, DE_WIT):
        (own,) = for_customer(values, customer)["appliances"]
        assert own["verdict"]["reason"].startswith(COMPROMISE)
        assert own["verdict"]["next_action"].startswith("take evidence (evidence.yml) before anything is changed")
        assert "/var/x" not in json.dumps(own)
        assert COMPROMISE in page(for_customer(values, customer), customer)
    clean = report(
        {"gw-both": {**result(hunt={**hunt, "outcome": "nothing found"}), "customers": SHARED}}, playbook="status"
    )
    assert COMPROMISE not in json.dumps(for_customer(clean, BROUWER))


IDENTIFIERS = ("vs_brouwer_web", "polBrouwer1", "brouwerweb", "BROUWER-GW", "vs_de_wit", "lbDeWit", "dewit2", "de.wit")


def test_no_identifier_with_the_name_of_another_customer_is_in_a_report_or_a_page(tmp_path: Path) -> None:
    """Virtual servers and policies carry the names of customers; two customers share one appliance, and each has one of its own."""
    of_brouwer, of_de_wit = IDENTIFIERS[:4], IDENTIFIERS[4:]
    said = [f"policy {name} is bound at {name}" for name in IDENTIFIERS]
    results = {
        "gw-shared": {
            **result(notes=said),
            "customers": [
                {"customer": BROUWER, "vservers": ["vs_brouwer_web", "vs_de_wit_old"]},
                {"customer": DE_WIT, "vservers": ["vs_de_wit", "vs_mail"]},
            ],
        },
        "gw-own-bakery": of_one(BROUWER, "own-bakery", notes=said),
        "gw-own-law": of_one(DE_WIT, "own-law", notes=said),
    }
    write_report(tmp_path, report(results, playbook="status"))
    for customer, own, others in ((BROUWER, of_brouwer, of_de_wit), (DE_WIT, of_de_wit, of_brouwer)):
        name = unique_name(customer)
        for file in (tmp_path / "customers" / name / "status.html", tmp_path / "vex" / f"{name}.json"):
            text = file.read_text()
            assert not [one for one in (*others, *("vs_de_wit_old",) * (customer == BROUWER)) if one in text], file
        shown = (tmp_path / "customers" / name / "status.html").read_text()
        assert all(f"bound at {one}" in shown for one in own), "its own names stay"
        assert "shared appliance of vs_" in shown


@pytest.mark.parametrize("name", ["Café Rood", "Cafe\u0301 Rood"], ids=["composed", "decomposed"])
def test_a_customer_with_an_accent_is_not_named_in_ascii_either(tmp_path: Path, name: str) -> None:
    """Names on the appliance have no accents, so vs_cafe_rood_web is how Café Rood stands there."""
    said = ["vs_cafe_rood_web is down", "CafeRood has called", f"the VPN of {name}", "a note of its own"]
    results = {
        "gw-own-bakery": of_one(BROUWER, "own-bakery", notes=said),
        "gw-other": of_one(name, "other", notes=["vs_cafe_rood_web is down"]),
    }
    write_report(tmp_path, report(results, playbook="status"))
    shown = (tmp_path / "customers" / BROUWER / "status.html").read_text()
    assert "a note of its own" in shown
    assert not [one for one in ("cafe_rood", "CafeRood", name) if one in shown]
    assert "vs_cafe_rood_web is down" in (tmp_path / "customers" / unique_name(name) / "status.html").read_text()


def test_a_customer_who_is_not_in_the_run_is_not_named() -> None:
    own = of_one(BROUWER, "own-bakery", notes=["the ticket of De Wit"])
    crisis = {"consents": [consent(DE_WIT, "P. de Wit", "advised", agreed=False)], "answers": []}
    view = for_customer(report({"gw-own-bakery": own}, crisis=crisis, playbook="status"), BROUWER)
    assert view["appliances"][0]["notes"] == [LEFT_OUT]


@pytest.mark.parametrize("name", ["exposed", "OK", "failed"])
def test_an_appliance_of_another_with_the_name_of_a_verdict_keeps_no_page_away(tmp_path: Path, name: str) -> None:
    results = {"gw-own-bakery": of_one(BROUWER, "own-bakery"), name: of_one(DE_WIT, "own-law")}
    values = report(results, {"gw-own-bakery": "failed: x"}, playbook="status")
    assert f"customers/{unique_name(BROUWER)}/status.html" in {
        path.relative_to(tmp_path).as_posix() for path in write_report(tmp_path, values)
    }
    (own,) = for_customer(values, BROUWER)["appliances"]
    assert (own["state"], own["verdict"]["word"]) == ("failed", "exposed")


def test_what_stays_of_an_own_appliance_is_all_that_names_nobody_else() -> None:
    view = for_customer(night(), BROUWER)
    (own,) = [one for one in view["appliances"] if one["host"] == "gw-own-bakery"]
    assert own["notes"] == [LEFT_OUT, "a note of its own"]
    assert own["problem"] == LEFT_OUT
    assert own["steps"] == night_of("gw-own-bakery")["steps"]
    assert view["rollout"] == []
    assert view["totals"]["appliances"] == 3
    assert view["crisis"]["answers"] == [
        {"host": "shared appliance of vs-bakery", "customer": BROUWER, "answer": "open", "text": "open for Brouwer"}
    ]


def night_of(host: str) -> dict[str, Any]:
    (found,) = [one for one in night()["appliances"] if one["host"] == host]
    return dict(found)


def test_an_appliance_that_was_not_reached_keeps_the_customers_of_the_inventory() -> None:
    assert night_of("gw-lost")["customers"] == [
        {"customer": BROUWER, "vservers": []},
        {"customer": DE_WIT, "vservers": ["vs-law"]},
    ]
    assert customers_of(night()) == [BROUWER, DE_WIT]
    labels = [one["host"] for one in for_customer(night(), DE_WIT)["appliances"]]
    assert sorted(labels) == ["gw-own-law", "shared appliance of vs-law", "shared appliance of vs-law (2)"]


def test_a_new_key_of_an_appliance_stays_out_of_the_view_of_a_shared_one() -> None:
    values = night()
    for one in values["appliances"]:
        one["what_is_added_later"] = SAID
    (shared,) = [
        one for one in for_customer(values, DE_WIT)["appliances"] if one["host"] == "shared appliance of vs-law"
    ]
    assert shared["what_is_added_later"] == ""


def test_the_page_of_the_fleet_has_who_shares_what_consent_ledger_and_drills() -> None:
    text = page(night())
    assert "gw-law-bakery</a>: Brouwer (vs-bakery), De Wit (vs-law)" in text
    assert ">P. de Wit</td>" in text
    assert "<td>open for De Wit</td>" in text
    assert "No drill is on record." in text
    assert "Open decisions: 2" in text
    bare = page(report({"a": result()}))
    assert "Nothing is on record. consent.yml" in bare
    assert "There is no ledger.json beside this report" in bare


def test_the_last_drill_is_on_the_page_of_the_fleet_once_and_on_none_of_a_customer() -> None:
    drill = "last drill of a closing: off at 2020-01-03 10:00 UTC by J. Jansen"
    values = report({host: {**of_one(BROUWER, host), "last_drill": drill} for host in ("a", "b")})
    assert page(values).count(drill) == 1
    assert "drill" not in page(for_customer(values, BROUWER), BROUWER).partition("<body>")[2].casefold()


def test_overdue_decisions_come_first_then_closings_then_by_their_day() -> None:
    debt = {"measure": "cve_2019_19781", "what": "x", "since": "2020-01-01", "why": "", "overdue_days": 0}
    values = report(
        {
            "a": of_one("A", "a", word="closed"),
            "b": of_one("B", "b", word="closed, decision overdue"),
            "c": {**of_one("C", "c"), "debt": [{**debt, "planned_fix": "2020-02-01"}]},
            "d": {**of_one("D", "d"), "debt": [{**debt, "planned_fix": "2020-01-10", "overdue_days": 5}]},
            "e": {**of_one("E", "e"), "debt": [{**debt, "planned_fix": ""}]},
        },
        crisis={
            "consents": [
                consent("F", "x", "refused", agreed=False),
                consent("H", "x", "reopened", agreed=False),
            ],
            "answers": [
                {"host": host, "customer": "G", "answer": answer, "text": answer}
                for host, answer in (
                    ("g-1", "assume_compromised"),
                    ("g-2", "assume_compromised"),
                    ("g-3", "patch_first"),
                )
            ],
        },
    )
    assert [(row["customer"], row["overdue"], row["due"]) for row in open_decisions(values)] == [
        ("B", True, ""),
        ("D", True, "2020-01-10"),
        ("A", False, ""),
        ("C", False, "2020-02-01"),
        ("E", False, ""),
        ("F", False, ""),
        ("G", False, ""),
    ]
    assert open_decisions(values)[-1]["host"] == "g-1, g-2"


def closed(customer: str, vserver: str, **more: Any) -> dict[str, Any]:
    """A row of ``closures`` of a notice that is in place."""
    since = "2020-01-15T01:00:00+00:00"
    row = {"vserver": vserver, "type": "vpnvserver", "partition": "default", "customer": customer, "step": "notice"}
    times = {"since": since, "until": "", "minutes": 60, "expires": "2020-01-16T02:30:00+00:00", "overdue": False}
    return {**row, **times, "decision": f"{vserver} closed (notice) by {customer}", **more}


def test_a_closing_has_its_due_date_whatever_the_verdict_word_is() -> None:
    """A notice leaves the verdict of its measure, and a status of the whole catalogue that of its entries."""
    ended = closed("A", "old", until="2020-01-15T01:30:00+00:00")
    values = report(
        {
            "a": {**of_one("A", "a", word="enforcing"), "closures": [closed("A", "gw-1"), closed("A", "gw-2"), ended]},
            "b": {**of_one("B", "b"), "closures": [closed("B", "mail", step="off", overdue=True)]},
            "c": {**of_one("C", "c", word="closed"), "closures": [{**ended, "customer": "C"}]},
            "d": {**of_one("D", "d"), "closures": [ended]},
        }
    )
    assert [(row["host"], row["due"], row["overdue"], row["what"]) for row in open_decisions(values)] == [
        ("b", "2020-01-16 02:30 UTC", True, "closed (off) since 2020-01-15 01:00 UTC: mail"),
        ("a", "2020-01-16 02:30 UTC", False, "closed (notice) since 2020-01-15 01:00 UTC: gw-1, gw-2"),
        ("c", "", False, "closed: a reason"),
    ]
    (own,) = open_decisions(for_customer(values, "A"))
    assert own["due"] == "2020-01-16 02:30 UTC"
    assert "2020-01-16 02:30 UTC" in page(for_customer(values, "A"), "A")


def test_what_somebody_switched_on_again_is_said_to_its_customer_too() -> None:
    rows = [closed(DE_WIT, "vs-law", step="off", is_open=True)]
    values = report({"gw": {**result(word="exposed"), "customers": SHARED, "closures": rows}})
    (row,) = open_decisions(for_customer(values, DE_WIT))
    assert row["what"] == "closed (off) since 2020-01-15 01:00 UTC: vs-law; OPEN on the appliance"
    both = [closed(BROUWER, "gw", step="off", is_open=True), closed(BROUWER, "shop", step="off")]
    found = open_decisions(report({"gw": {**result(word="exposed"), "closures": both}}))
    assert [row["what"].partition("UTC: ")[2] for row in found if row["closing"]] == [
        "gw; OPEN on the appliance",
        "shop",
    ]


@pytest.mark.parametrize("why", ["unread", "elsewhere"])
def test_what_is_not_known_to_be_closed_is_said_to_its_customer_too(why: str) -> None:
    """Seen: still closed, beside 'unknown' on the page of the run."""
    values = report(
        {
            "gw": {
                **result(word="unknown"),
                "customers": SHARED,
                "closures": [closed(DE_WIT, "vs-law", **{why: f"a reason with {BROUWER}"})],
            }
        }
    )
    said = "closed (notice) since 2020-01-15 01:00 UTC: vs-law; NOT KNOWN whether it still is"
    for shown in (values, for_customer(values, DE_WIT)):
        assert [row["what"] for row in open_decisions(shown) if row["closing"]] == [said]
        assert "not known whether it still is" in page(shown, DE_WIT)
        assert "still closed" not in page(shown, DE_WIT)
    assert BROUWER not in json.dumps(for_customer(values, DE_WIT))


def test_who_has_decided_is_shown_also_with_the_surname_of_another_customer() -> None:
    """The person is known by a field. The same text where no field has that person, and a customer in such a field, are left out as before."""
    said = "gw closed (off) since 2020-01-15 01:00 UTC by P. de Wit for the NCSC"
    values = report(
        {
            "own": {
                **of_one(BROUWER, "own", notes=["P. de Wit of De Wit", "P. de Wit has called", "A. de Wit has called"]),
                "closures": [closed(BROUWER, "gw", step="off", decided_by="P. de Wit", decision=said)],
                "verdict": {**verdict("closed"), "reason": said},
            },
            "other": {
                **of_one(BROUWER, "other"),
                "closures": [closed(BROUWER, "gw", decided_by=DE_WIT)],
                "msg": DE_WIT,
            },
            "law": of_one(DE_WIT, "law"),
        },
        crisis={"consents": [consent(BROUWER, "B. Dewit", "agreed", agreed=True)], "answers": []},
    )
    view = for_customer(values, BROUWER)
    own, other = sorted(view["appliances"], key=lambda one: str(one["host"] != "own"))
    assert own["verdict"]["reason"] == own["result"]["closures"][0]["decision"] == said
    assert own["notes"] == [LEFT_OUT, "P. de Wit has called", LEFT_OUT]
    assert (other["result"]["closures"][0]["decided_by"], other["message"]) == (LEFT_OUT, LEFT_OUT)
    assert view["crisis"]["consents"][0]["who"] == "B. Dewit"
    assert said in page(view, BROUWER)


@pytest.mark.parametrize("word", ["exposed", "closed"])
def test_a_customer_sees_no_closing_of_another_at_a_shared_appliance(word: str) -> None:
    rows = [
        closed(DE_WIT, "vs-law"),
        closed(BROUWER, "vs-bakery", until="2020-01-15T01:30:00+00:00"),
        closed(DE_WIT, "unlisted", expires="2020-01-16T01:00:00+00:00", decision=SAID),
    ]
    values = report({"gw": {**result(word=word), "customers": SHARED, "closures": rows}})
    assert not open_decisions(for_customer(values, BROUWER))
    (row,) = open_decisions(for_customer(values, DE_WIT))
    assert (row["customer"], row["host"], row["due"]) == (DE_WIT, "shared appliance of vs-law", "2020-01-16 01:00 UTC")
    assert row["what"] == "closed (notice) since 2020-01-15 01:00 UTC: vs-law"
    text = json.dumps(for_customer(values, BROUWER))
    assert not [one for one in (*OF_DE_WIT, "unlisted") if one in text]
    assert "2020-01-15 01:30 UTC" in page(for_customer(values, BROUWER), BROUWER), "what was closed of its own"
    text = json.dumps(for_customer(values, DE_WIT))
    assert not [one for one in (*OF_BROUWER, "unlisted") if one in text]


def test_a_mitigation_whose_fix_runs_waits_for_no_fix_and_counts_once_for_all_partitions() -> None:
    debt = {"measure": "cve_2019_19781", "what": "x", "why": "", "overdue_days": 0, "planned_fix": "", "needed": False}
    in_partitions = [{**debt, "since": "2020-01-01T02:00:00"}, {**debt, "since": "2020-01-01T01:00:00"}]
    values = report({"a": {**of_one("A", "a"), "debt": in_partitions}})
    (row,) = register(values)["debts"]
    assert row["since"] == "2020-01-01T01:00:00"
    (decision,) = open_decisions(values)
    assert decision["what"] == "the fix runs, and cve_2019_19781 is still there: retire.yml"
    assert "cve_2019_19781, since 2020-01-01, the fix runs" in page(values)


def test_what_is_known_besides_the_results(tmp_path: Path) -> None:
    register = ConsentRegister(tmp_path / "consent", RecordTrust(tmp_path / "key"))
    when = "2020-01-17T13:00:00+00:00"
    register.add(ConsentEntry(customer=DE_WIT, state=ConsentState.AGREED, who="P", when=when, how="by telephone"))
    described = {"Jansen": Customer("Jansen", must_agree=True)}
    found = crisis_of(tmp_path, register, {BROUWER, DE_WIT}, described)
    assert [(one["customer"], one["state"]) for one in found["consents"]] == [("Jansen", ""), (DE_WIT, "agreed")]
    assert found["answers"] == []
    answer = {"customer": DE_WIT, "answer": "open", "text": "open", "rows": []}
    ledger = {"schema": SCHEMA, "appliances": {"gw": {"answers": [answer]}}}
    (tmp_path / LEDGER).write_text(json.dumps(ledger))
    answers = crisis_of(tmp_path, register, {}, {})["answers"]
    assert answers == [{"host": "gw", "customer": DE_WIT, "answer": "open", "text": "open"}]
    for broken, said in (({**ledger, "schema": "x"}, "is no ledger of the form"), ([], "is no whole ledger")):
        (tmp_path / LEDGER).write_text(json.dumps(broken))
        with pytest.raises(InvalidInput, match=said):
            crisis_of(tmp_path, register, {}, {})
