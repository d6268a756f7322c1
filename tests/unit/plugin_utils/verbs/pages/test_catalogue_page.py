# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet that was judged by the whole catalogue, for people: one screen for 13 appliances, two for 200; and in the report of the run."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    PRECEDENCE,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.catalogue_page import catalogue_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents

from tests.run_reports import HOSTILE, report, result, verdict

SCREEN = 50
"""Lines."""
BUILDS = ["13.0 47.22", "13.0 92.31", "12.1 65.39", "13.1 49.13", "13.1 58.32", "13.1 64.28", "14.1 43.56", "14.1 73.41", "14.1 73.46"]  # fmt: skip
IDS = [f"cve_2026_{number}" for number in range(10001, 10038)]


def judged(build: str, open_entries: int, word: str = "exposed", action: str = "", reason: str = "") -> dict[str, Any]:
    """Return the result of an appliance of which so many entries are open."""
    words = [word] * open_entries + ["not affected"] * (len(IDS) - open_entries)
    entries = [
        {"id": id_, "word": each, "reason": reason or "a reason", "exit_code": 2, "exploited": number % 3 == 0}
        for number, (id_, each) in enumerate(zip(IDS, words, strict=True))
    ]
    found = verdict(word if open_entries else "fixed", reason=f"{open_entries} of {len(IDS)} entries")
    found["next_action"] = action or found["next_action"]
    values = result(found["word"], steps=0)
    values["appliance"]["build"] = build
    return {**values, "action": "status", "measure": "catalogue", "verdict": found, "entries": entries}


def fleet(size: int) -> dict[str, dict[str, Any]]:
    """Return a fleet of many builds and configurations: what is open differs from one to the next."""
    chance = random.Random(7)
    found = {}
    for number in range(size):
        build = BUILDS[number % len(BUILDS)]
        target = "14.1 73.46" if build[:4] in ("13.0", "12.1", "14.1") else "13.1 64.29"
        first = chance.choice(["", "", "apply.yml -e mitigation=cve_2019_19781, then "])
        open_entries = 0 if build == "14.1 73.46" else chance.randint(1, 22)
        action = f"{first}upgrade to {target} or later" if open_entries else "none"
        found[f"gw-{chance.choice(['utrecht', 'breda', 'delft'])}-{number:03}"] = judged(build, open_entries, action=action)  # fmt: skip
    return found


@pytest.mark.parametrize(("size", "screens"), [(13, 1), (200, 2), (1000, 2)])
def test_a_fleet_fits_on_its_screens_whatever_its_appliances_have(size: int, screens: int) -> None:
    lines = end_page(PageRun(fleet(size), {}))
    assert len(lines) <= screens * SCREEN - 1, "and the line of totals"
    assert sum(line.text.startswith("    next: ") for line in lines) >= 2


def test_the_page_is_bounded_however_different_the_next_actions_are() -> None:
    results = {f"gw{n}": judged("13.0 47.22", 3, action=f"upgrade to 14.1 {n}.1") for n in range(500)}
    lines = end_page(PageRun(results, {}))
    assert len(lines) < 2 * SCREEN
    assert any(line.text.startswith("and 480 more, with less urgent things to do") for line in lines)
    assert len(end_page(PageRun(results, {}, verbose=True))) > 1000


@pytest.mark.parametrize(("builds", "rest"), [(3, ""), (4, " and 1 more build"), (5, " and 2 more builds")])
def test_three_builds_are_named_and_the_others_counted(builds: int, rest: str) -> None:
    results = {f"gw-{build}": judged(build, 3, action="upgrade") for build in BUILDS[:builds]}
    (first, *_texts) = (text for text, _code in catalogue_page(results, verbose=False))
    assert first == f"EXPOSED  {builds} appliances  {', '.join(sorted(BUILDS[:builds])[:3])}{rest}"


def test_the_worst_comes_first_and_each_appliance_once() -> None:
    words = ["fixed", "exposed", "unknown", "reduces exposure", "blocked, unexplained"]
    results = {f"gw-{word.partition(',')[0]}": judged("13.0 47.22", 1, word) for word in words}
    texts = [text for text, _code in catalogue_page(results, verbose=False)]
    heads = [text.partition("  ")[0].lower() for text in texts if not text.startswith((" ", "catalogue of"))]
    assert heads == sorted(words, key=lambda word: PRECEDENCE[VerdictWord(word)])
    assert texts[-1].startswith("catalogue of 2019-12-18: 37 entries")


def test_what_differs_is_a_range_and_what_is_the_same_is_said_once() -> None:
    same = {"a": judged("13.0 47.22", 3), "b": judged("13.0 47.22", 3)}
    different = {**same, "c": judged("13.0 92.31", 9)}
    assert "    3 of 37 entries" in [text for text, _code in catalogue_page(same, verbose=False)]
    texts = [text for text, _code in catalogue_page(different, verbose=False)]
    assert "    3 to 9 of 37 entries, up to 3 of them known to be exploited; first: cve_2026_10001, cve_2026_10002, cve_2026_10003" in texts  # fmt: skip
    assert texts[0] == "EXPOSED  3 appliances  13.0 47.22, 13.0 92.31"


def test_one_is_not_several_and_equal_appliances_have_no_range() -> None:
    one, other = judged("13.0 47.22", 4), judged("13.0 47.22", 4)
    other["verdict"]["reason"] = "another one"
    lines = [line for line, _code in catalogue_page({"gw-a": one, "gw-b": other}, verbose=False)]
    assert any(" of 37 entries, 2 of them known to be exploited; first: " in line for line in lines), lines
    single = {**one, "entries": one["entries"][:1]}
    lines = [line for line, _code in catalogue_page({"gw": single}, verbose=False)]
    (entry,) = single["entries"]
    assert any(line.startswith("facts of ") and f": the entry {entry['id']} alone" in line for line in lines), lines


def test_of_one_named_entry_each_reason_is_told_with_its_appliances() -> None:
    """Of a stop-gap that was taken off at one and is unproven at another the page said "1 of 1 entry"."""
    one = judged("13.0 47.22", 1, action="close it")
    one |= {"entries": one["entries"][:1], "verdict": {**one["verdict"], "reason": "it was taken off"}}
    two = {**one, "verdict": {**one["verdict"], "reason": "unproven"}}
    lines = [text for text, _code in catalogue_page({"gw-a": one, "gw-b": two, "gw-c": two}, verbose=False)]
    assert lines[2:4] == ["    gw-a: it was taken off", "    gw-b, gw-c: unproven"], lines
    several = {f"gw-{number}": {**one, "verdict": {**one["verdict"], "reason": str(number)}} for number in range(9)}
    lines = [text for text, _code in catalogue_page(several, verbose=False)]
    assert lines[4:6] == ["    gw-2: 2", "    and 6 other reasons; -v shows them"], lines


def test_the_html_page_has_each_entry_and_no_markup_of_an_appliance() -> None:
    text = page(report({"gw": judged("13.0 47.22", 2, reason=HOSTILE)}, playbook="status"))
    assert text.count('<th scope="row" class="short">cve_2026_') == len(IDS)
    assert "<script>alert" not in text
    assert "<strong>exploited</strong>" in text


def test_a_vex_document_is_about_every_entry() -> None:
    results = {"gw": judged("13.0 47.22", 2), "gw-lost": {"msg": "away", "action": "status", "changed": False}}
    documents = vex_documents(report(results, {"gw-lost": "unreachable: no route"}, playbook="status"))
    (own,) = (one for one in documents.values() if "gw" in str(one["product_tree"]) and "gw-lost" not in str(one["product_tree"]))  # fmt: skip
    status = {one["cve"]: set(one["product_status"]) for one in own["vulnerabilities"]}
    assert len(status) == len(IDS)
    assert status["CVE-2026-10001"] == {"known_affected"}
    assert status["CVE-2026-10037"] == {"known_not_affected"}
    lost = next(one for one in documents.values() if one is not own)
    assert {name for one in lost["vulnerabilities"] for name in one["product_status"]} == {"under_investigation"}


def opted_out(values: dict[str, Any], until: str = "2026-12-31", why: str = "CHG7") -> dict[str, Any]:
    """Return a result whose first entry is opted out of."""
    first, *rest = values["entries"]
    return {**values, "entries": [{**first, "opted_out": {"who": "J. Jansen", "why": why, "until": until}}, *rest]}


def test_each_opt_out_is_listed_with_its_appliances_and_counts_nowhere() -> None:
    results = {f"gw{n}": opted_out(judged("13.0 47.22", 3 + n)) for n in range(2)}
    texts = [text for text, _code in catalogue_page(results, verbose=False)]
    assert f"opted out of {IDS[0]} by J. Jansen until 2026-12-31: CHG7; gw0, gw1" in texts
    assert any("2 to 3 of 37 entries" in text and f"first: {IDS[1]}" in text for text in texts)


def test_the_list_of_opt_outs_is_bounded_and_those_that_end_first_come_first() -> None:
    results = {f"gw{n}": opted_out(judged("14.1 73.46", 0), f"20{27 + n}-01-01") for n in range(28)}
    lines = catalogue_page(results, verbose=False)
    shown = [text for text, _code in lines if "opted out" in text or "opt-outs" in text]
    assert {code for text, code in lines if text in (*shown, lines[-1][0])} == {-1}, "none of these is an alarm"
    assert shown[0].startswith(f"opted out of {IDS[0]} by J. Jansen until 2027-01-01")
    assert shown[-1] == "and 22 more opt-outs, which end later; -v shows them"
    assert sum("opted out" in text for text, _code in catalogue_page(results, verbose=True)) == 28


def test_the_words_of_hunts_are_a_line_for_each_outcome_the_most_urgent_first() -> None:
    def hunted(outcome: str, text: str) -> dict[str, Any]:
        return {**judged(BUILDS[0], 0), "hunt": {"outcome": outcome, "text": text}}

    nothing = "nothing found in what was looked at"
    results = {
        "a": hunted(nothing, "nothing found until 1"),
        "b": hunted(nothing, "nothing found until 2"),
        "c": hunted("compromise", "hunt.yml found a compromise on 3"),
        "d": judged(BUILDS[0], 0),
    }
    texts = [text for text, _code in catalogue_page(results, verbose=False)]
    lines = texts[texts.index("hunt: c: hunt.yml found a compromise on 3") :]
    assert lines[1:3] == [f"hunt: 2 appliances: {nothing}; a: nothing found until 1", "    a, b"]
    assert lines[-1].endswith("; traces of an intrusion were not looked for at 1 of them")
    del results["d"]
    assert "traces of an intrusion" not in catalogue_page(results, verbose=False)[-1][0]
    assert catalogue_page({"d": judged(BUILDS[0], 0)}, verbose=False)[-1][0].endswith("were not looked for")


def test_a_note_of_an_appliance_that_was_judged_by_the_whole_catalogue_is_on_the_page() -> None:
    results = {name: judged(BUILDS[0], 3) for name in ("gw-1", "gw-2")}
    results["gw-2"]["notes"] = ["the job r0-3 (rollback) of run r0 was lost at utrecht and may still begin until 03:14"]
    lines = [line.text for line in end_page(PageRun(results, {}))]
    assert (
        "note at gw-2: the job r0-3 (rollback) of run r0 was lost at utrecht and may still begin until 03:14" in lines
    )
