# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdicts as CSAF 2.0 documents of the VEX profile, one for each customer, for programs that track vulnerabilities. Pure.

A product is one appliance with its build. A mitigated appliance stays ``known_affected``: its firmware is, and the remediation of the category
``workaround`` says what stops the attack and what shows it. Only a build decides about ``fixed`` and ``known_not_affected``.
Source of the format: OASIS, Common Security Advisory Framework Version 2.0, sections 3.2 and 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...catalogue.mitigation import FIX_BEHIND
from ...foundation.foreign_text import defanged
from ...judgement.course.state import State, meaning_of
from ...judgement.proof.next_action import NO_FIX
from ...judgement.proof.verdict_table import BY_CONFIGURATION
from ..pages.closed_report import OF_THE_MEASURE
from .content import Report, word_of
from .customer_view import views_of
from .open_addresses import address_texts, without_others

NOBODY = "no customer"
_CVE = re.compile(r"cve_(\d{4})_(\d{4,})")
_UNKNOWN = "under_investigation"
_AFFECTED = "known_affected"
_NOT_AFFECTED = "known_not_affected"


def vex_documents(report: Report, views: Mapping[str, Report] | None = None) -> dict[str, dict[str, Any]]:
    """Return by customer the document about its appliances, of a shared one with this customer's virtual servers only. A measure that is not of a CVE has none.

    :param views: by customer, the report as it may see it; None to make them here

    A run without a measure is about every entry of the catalogue, and so is its document.
    """
    cves = sorted({cve for one in report["appliances"] for about in _each(one) if (cve := cve_of(about))})
    if not cves or (len(cves) > 1 and not any(map(_of_catalogue, report["appliances"]))):
        return {}  # a run is about one measure; without one, what was not reached has no CVE to be named with
    nobodys = [one for one in report["appliances"] if not one["customers"]]
    own = {
        customer: view["appliances"] for customer, view in (views_of(report) if views is None else views).items()
    } | ({NOBODY: nobodys} if nobodys else {})
    return {customer: _document(report, customer, appliances, cves) for customer, appliances in own.items()}


def cve_of(one: Report) -> str:
    """Return the id of the CVE that the measure of a result is about; "" for another measure."""
    found = _CVE.fullmatch(str(one["measure"] or ""))
    return f"CVE-{found[1]}-{found[2]}" if found else ""


def _of_catalogue(one: Report) -> list[Mapping[str, Any]]:
    """Return the verdicts on all entries; none where the result is about one measure."""
    entries = one["result"].get("entries")
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _each(one: Report) -> list[Report]:
    """Return the result as one for each entry, or as one where it is about one measure, of which a decision that is overdue says nothing."""
    entries = _of_catalogue(one)
    return [
        {
            **one,
            "measure": entry["id"],
            "version": None,
            "verdict": {"next_action": "none", **entry},
            "rests_on": entry.get("rests_on", ()),
            "not_covered": without_others(one, str(entry["id"])),
        }
        for entry in entries
    ] or [{**one, "verdict": one[OF_THE_MEASURE] or one["verdict"]}]


def _about(one: Report, cve: str) -> Report:
    """Return what a result says of a CVE; an appliance that was not judged by it has no verdict."""
    found = next((about for about in _each(one) if cve_of(about) == cve), None)
    return found if found is not None else {**one, "verdict": None, "rests_on": ()}


def _document(report: Report, customer: str, appliances: Sequence[Report], cves: Sequence[str]) -> dict[str, Any]:
    title = cves[0] if len(cves) == 1 else f"{len(cves)} weaknesses"
    made = report["finished"]
    number = re.sub(r"\D", "", made)[:14]
    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "distribution": {"tlp": {"label": "AMBER"}},
            "lang": "en",
            "notes": [{"category": "general", "title": "Currency", "text": _currency(report, appliances)}],
            "publisher": {
                "category": "user",
                "name": f"Operator of the NetScaler appliances of {_text(customer)}",
                "namespace": "https://tourniquet.invalid",
            },
            "title": f"{title} on the NetScaler appliances of {_text(customer)}",
            "tracking": {
                "current_release_date": made,
                "generator": {"engine": {"name": "Tourniquet", "version": report["catalogue"]["version"] or "unknown"}},
                "id": f"tourniquet-{_slug(title)}-{_slug(customer)}-{number}",
                "initial_release_date": made,
                "revision_history": [{"date": made, "number": "1", "summary": f"{report['playbook']}.yml"}],
                "status": "final",
                "version": "1",
            },
        },
        "product_tree": {"branches": [_products(appliances)]},
        "vulnerabilities": [_vulnerability(cve, [_about(one, cve) for one in appliances]) for cve in cves],
    }


def _products(appliances: Sequence[Report]) -> dict[str, Any]:
    builds: dict[str, list[Report]] = {}
    for one in appliances:
        builds.setdefault(one["build"] or "not known", []).append(one)
    versions = [
        {
            "category": "product_version",
            "name": build,
            "branches": [
                {
                    "category": "host_name",
                    "name": _text(one["host"]),
                    "product": {"name": _text(f"NetScaler {build} on {one['host']}"), "product_id": one["host"]},
                }
                for one in own
            ],
        }
        for build, own in sorted(builds.items())
    ]
    product = {"category": "product_name", "name": "NetScaler ADC and NetScaler Gateway", "branches": versions}
    return {"category": "vendor", "name": "NetScaler", "branches": [product]}


def _vulnerability(cve: str, appliances: Sequence[Report]) -> dict[str, Any]:
    by_status: dict[str, list[Report]] = {}
    for one in appliances:
        by_status.setdefault(status_of(one), []).append(one)
    values: dict[str, Any] = {
        "cve": cve,
        "notes": [{"category": "details", "title": _text(one["host"]), "text": _verdict(one)} for one in appliances],
        "product_status": {status: [one["host"] for one in own] for status, own in by_status.items()},
    }
    if _NOT_AFFECTED in by_status:
        by_label: dict[str, list[str]] = {}
        for one in by_status[_NOT_AFFECTED]:
            by_configuration = one["verdict"]["reason"].startswith(BY_CONFIGURATION)
            label = "vulnerable_code_not_in_execute_path" if by_configuration else "vulnerable_code_not_present"
            by_label.setdefault(label, []).append(one["host"])
        values["flags"] = [{"label": label, "product_ids": ids} for label, ids in by_label.items()]
    if _AFFECTED in by_status:
        values["remediations"] = [
            {**remediation, "product_ids": [one["host"]]}
            for one in by_status[_AFFECTED]
            for remediation in _remediations(one)
        ]
    return values


def status_of(one: Report) -> str:
    """Return the status of an appliance in the words of VEX."""
    if one["verdict"] is None:
        return _UNKNOWN
    state = meaning_of(word_of(one)).state
    if state in (State.FIXED, State.NOT_AFFECTED):
        return "fixed" if state is State.FIXED else _NOT_AFFECTED
    return _AFFECTED if state.is_known else _UNKNOWN


def _remediations(one: Report) -> list[dict[str, str]]:
    verdict: Mapping[str, Any] = one["verdict"]
    upgrade = {"category": "vendor_fix", "details": "upgrade to a version that has the fix"}
    _first, upgrade_to, build = verdict["next_action"].partition("upgrade to ")
    if upgrade_to:
        upgrade["details"] = _text(upgrade_to + (FIX_BEHIND if build.endswith(NO_FIX) else build))
    state = meaning_of(verdict["word"]).state
    if not (state.stops or state is State.CLOSED_FOR_SOME):
        is_there = f"in place, {verdict['word']}: {verdict['reason']}" if state is State.UNPROVEN else "not in force"
        return [{"category": "mitigation", "details": _text(f"{is_there}; next: {verdict['next_action']}")}, upgrade]
    rests = "; ".join(one["rests_on"])
    version = f" v{one['version']}" if one["version"] else ""
    what = "access from outside" if state is State.CLOSED_FOR_SOME else f"{one['measure']}{version}"
    details = f"{what}, {verdict['word']}: {verdict['reason']}. It rests on: {rests or 'what the reason says'}"
    details += "".join(f". Not covered: {text}" for text in address_texts(one))
    category = (
        "mitigation" if state is State.STOP_GAP else "workaround"
    )  # which avoids the weakness, and what only lowers the risk does not
    return [{"category": category, "details": _text(details)}, upgrade]


def _verdict(one: Report) -> str:
    verdict = one["verdict"]
    text = f"{verdict['word']}: {verdict['reason']}" if verdict else f"no verdict: {one['problem'] or one['message']}"
    return _text("; ".join([text, *(f"not covered: {line}" for line in one["not_covered"]), *one["not_seen"]]))


def _currency(report: Report, appliances: Sequence[Report]) -> str:
    dates = sorted({str(one["as_of"]) for one in appliances if one["as_of"]})
    newest = report["catalogue"]["newest_fact"]
    return f"Verdicts as of {', '.join(dates) or 'no date'}; newest fact of the catalogue: {newest or 'no date'}."


def _text(text: str) -> str:
    return defanged(text) or "-"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
