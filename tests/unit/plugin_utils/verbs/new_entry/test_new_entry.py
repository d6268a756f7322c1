# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a bulletin to an entry: the files are made, what is not filled in is named, then what is wrong, and what is right is pinned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.new_entry import MARK, Form
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.published import PUBLISHED, published
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.own_entries import catalogue_of_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry.new_entry import (
    NewEntry,
    NewEntryResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry.page import entry_page

TEMPLATES = Path(__file__).parents[5] / "templates"
BUILT_IN = TEMPLATES / "mitigations"
ID = "cve_2027_1234"
ANSWERS: Mapping[str, str] = {
    "FILL IN (what the weakness is, in a line)": "Files can be read",
    "FILL IN (critical or high or medium or low or unknown)": "high",
    "FILL IN (CTX and its number)": "CTX900001",
    "FILL IN (the day as 2026-11-28)": "2027-01-10",
    "FILL IN (gateway or management or virtual_servers or back_ends)": "virtual_servers",
    "FILL IN (name of the bulletin)": "CTX900001",
    "https://FILL IN": "https://support.example/CTX900001",
    '"14.1": {fixed: "FILL IN"}': '"14.1": {fixed: "80.20"}',
    '"14.1-FIPS": {fixed: "FILL IN"}': '"14.1-FIPS": {fixed: "80.20"}',
    '"13.1": {fixed: "FILL IN"}': '"13.1": {fixed: "70.10"}',
    '"13.1-FIPS/NDcPP": {fixed: "FILL IN"}': '"13.1-FIPS/NDcPP": {fixed: "37.400"}',
    "FILL IN (no_fix or unknown)": "unknown",
    "FILL IN (why every appliance is affected)": "the bulletin names no condition",
    "FILL IN (what an attacker does and reaches)": "A request reads files.",
    "FILL IN (which appliances)": "All.",
    "FILL IN (what helps)": "The fix.",
    "FILL IN (what does not help)": "Nothing else.",
    "FILL IN (what to do after the fix)": "Nothing.",
    "FILL IN (what the rule refuses)": "Refuses /api/export",
    "FILL IN (what is set)": "DTLS off",
    "FILL IN (OFF or ON)": "OFF",
    '"/FILL IN", probe': "/api/export, probe",
    '"/FILL IN (the same in capitals)"': "/API/EXPORT",
    '"/FILL IN (a legitimate request that is near to the attack)"': "/api/import",
    'CONTAINS("FILL IN")': 'CONTAINS("/api/export")',
}


def play(own: Path, id_: str = ID, form: Form = Form.NONE, **more: Any) -> NewEntryResult:
    values: dict[str, Any] = {"publish": False, "unknown_attributes": False, "write": True, "page": entry_page, **more}
    return NewEntry(own=own, built_in=BUILT_IN, templates=TEMPLATES, id=id_, form=form, **values).run()


def fill_in(directory: Path) -> None:
    for path in directory.iterdir():
        text = path.read_text()
        for mark, answer in ANSWERS.items():
            text = text.replace(mark, answer)
        path.write_text(text)


@pytest.mark.parametrize("form", Form)
def test_each_form_is_right_once_every_mark_is_filled_in(tmp_path: Path, form: Form) -> None:
    own = tmp_path / "catalogue"
    made = play(own, form=form)
    assert made.changed
    assert made.problems == ()
    unfilled = play(own)
    assert unfilled.problems
    assert all(MARK in problem for problem in unfilled.problems)
    assert f"Replace {MARK} in {len(unfilled.problems)} lines" in made.lines[1]
    fill_in(own / ID)
    right = play(own)
    assert right.problems == ()
    assert right.lines[0] == f"{ID}: right, revision 1"
    assert ("1: 2 of 2 attacks match, 3 of 3 legitimate requests pass" in right.lines[1]) is (form is Form.TEMPLATE)
    assert "Files can be read" in (own / f"{ID}.md").read_text()
    assert catalogue_of_run(BUILT_IN, own, tmp_path / "state") != BUILT_IN


@pytest.fixture
def right(tmp_path: Path) -> Path:
    own = tmp_path / "catalogue"
    play(own, form=Form.TEMPLATE)
    fill_in(own / ID)
    return own


def test_what_is_not_filled_in_stops_a_run_too(tmp_path: Path) -> None:
    own = tmp_path / "catalogue"
    play(own)
    with pytest.raises(InvalidInput, match=r"mitigation.yml, line 7: title: .FILL IN"):
        catalogue_of_run(BUILT_IN, own, tmp_path / "state")


def test_the_text_of_a_vulnerable_answer_is_asked_for(right: Path) -> None:
    """Without it no probe can tell an exposed appliance; an entry whose bulletin does not say it is right nevertheless."""
    path, line = right / ID / "mitigation.yml", '  # answers: {vulnerable: ["a text in that answer"]}\n'
    text = path.read_text()
    assert line in text
    path.write_text(text.replace(line, line.replace("# ", "", 1)))
    assert play(right).problems == ()
    entries = load_catalogue(catalogue_of_run(BUILT_IN, right, right.parent / "state"))
    (entry,) = [one for one in entries if one.id == ID]
    assert entry.measure is not None
    assert entry.measure.vulnerable_answers == ("a text in that answer",)


def test_a_rule_that_misses_an_attack_or_blocks_users_is_named(right: Path) -> None:
    template, text = right / ID / "v1.yml.j2", (right / ID / "v1.yml.j2").read_text()
    template.write_text(text.replace('"/api/export"', '"/api"'))
    problems = play(right).problems
    assert problems
    assert all(problem.startswith("version 1: ") and "/api/import" in problem for problem in problems)
    template.write_text(text.replace("SET_TEXT_MODE(IGNORECASE).", ""))
    assert "/API/EXPORT" in play(right).problems[0]


def test_variants_that_the_rule_does_not_stop_are_listed(right: Path) -> None:
    assert play(right).lines[2] == "version 1: 16 of 16 variants of attacks match"
    template, text = right / ID / "v1.yml.j2", (right / ID / "v1.yml.j2").read_text()
    template.write_text(text.replace('("/api/export")', '("/api/export") && HTTP.REQ.METHOD.EQ(GET)'))
    lines = play(right).lines
    assert "version 1: 2 of 2 attacks match, 3 of 3 legitimate requests pass" in lines
    missed = [line for line in lines if line.startswith("version 1: variant not stopped: ")]
    assert missed[0].endswith(": HEAD /api/export is passed (published~method1)")


@pytest.mark.parametrize(
    ("attribute", "line"),
    [
        ("pcoipvserverprofilename", ""),  # a built-in entry has it
        ("servicetype", ""),  # the reader of ns.conf has it
        (
            "pcoipvserverprofile",
            "vpnvserver pcoipvserverprofile is in no entry so far; did you mean 'pcoipvserverprofilename'? A misspelt attribute says",
        ),
        ("quitenew", "compare with the NITRO reference: vpnvserver quitenew is in no entry so far. A misspelt"),
    ],
)
def test_an_attribute_that_nothing_knows_is_listed(right: Path, attribute: str, line: str) -> None:
    path, text = right / ID / "mitigation.yml", (right / ID / "mitigation.yml").read_text()
    always = '{always: "the bulletin names no condition"}'
    assert always in text
    path.write_text(text.replace(always, f"{{not: {{type: vpnvserver, where: {{{attribute}: {{set: true}}}}}}}}"))
    found = play(right)
    assert found.problems == ()
    listed = [one for one in found.lines if one.startswith("compare with")]
    assert [line in one for one in listed] == ([True] if line else [])
    assert (right / f"{ID}.md").read_text().count("* **To check:** compare with the NITRO reference") == len(listed)
    refused = play(right, publish=True)
    assert len(refused.problems) == len(listed)
    assert all(line in one and one.endswith("-e unknown_attributes=true") for one in refused.problems)
    assert (f"{ID} revision 1" in published(right)) is not bool(listed)
    assert play(right, publish=True, unknown_attributes=True).problems == ()
    assert f"{ID} revision 1" in published(right)


def test_what_is_published_cannot_be_edited(right: Path) -> None:
    assert play(right).lines[-1].startswith("after the review: give this command with -e publish=true")
    assert play(right, publish=True).changed
    assert sorted(published(right)) == [f"{ID} revision 1", f"{ID} v1.yml.j2"]
    assert not play(right, publish=True).changed
    path, text = right / ID / "mitigation.yml", (right / ID / "mitigation.yml").read_text()
    path.write_text(text.replace('title: "Files', 'title: "All files'))
    assert play(right).problems == (
        f"{ID} revision 1 was published and has changed: take the change back, or raise the revision in its mitigation.yml",
    )
    path.write_text(text.replace('title: "Files', 'title: "All files').replace("revision: 1", "revision: 2"))
    assert play(right, publish=True).problems == ()
    assert f"{ID} revision 2" in published(right)


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    own = tmp_path / "catalogue"
    assert play(own, write=False).changed
    assert not own.exists()
    play(own)
    fill_in(own / ID)
    assert play(own, write=False, publish=True).changed
    assert sorted(path.name for path in own.iterdir()) == [ID, "entry-schema.json"]
    assert not (own / PUBLISHED).exists()


@pytest.mark.parametrize(
    ("id_", "problem"),
    [
        ("../x", "a name of small letters, digits and underscores is expected"),
        ("CVE-2027-1234", "such as cve_2027_1234"),
        ("", "is expected"),
        ("cve_2019_19781", "the catalogue has an entry cve_2019_19781 already"),
    ],
)
def test_an_id_that_cannot_be_one_is_refused(tmp_path: Path, id_: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        play(tmp_path, id_)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalogue").write_text("a file")
    with pytest.raises(InvalidInput, match=r"catalogue/cve_2027_1234: Not a directory"):
        play(tmp_path / "catalogue")
