# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exported configurations and measures: what a file shows of them, and the lines that an apply would bring in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.exported_configurations import (
    ExportedAppliance,
    read_exported,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import (
    ApplianceVerdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.catalogue_report import exported_headline
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exported_check import (
    MARKER,
    check_exported,
    planned_lines,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
OWN = "cve_2019_19781"
POLICY = f'add responder policy tq_{OWN} "HTTP.REQ.URL.CONTAINS(\\"/vpns/\\")" tq_{OWN}\n'
BINDING = f"bind responder global tq_{OWN} 10 END -type REQ_OVERRIDE\n"
GATEWAY = 'add vpn vserver "my gw" SSL 198.51.100.10 443\n'


def judged(folder: Path, build: str, lines: str, partition: str | None = None) -> tuple[ExportedAppliance, ApplianceVerdict]:  # fmt: skip
    home = folder / "adc"
    (home / "partitions" / "t").mkdir(parents=True)
    head = f"#NS{build}\nset ns config -IPAddress 192.0.2.1 -netmask 255.255.255.0\n"
    head += "add ns partition t\n" if partition is not None else ""
    (home / "ns.conf").write_text(head + lines)
    if partition is not None:
        (home / "partitions" / "t" / "ns.conf").write_text(f"#NS{build}\n{partition}")
    (exported,) = read_exported(folder)
    return exported, check_exported(exported, load_catalogue(CATALOGUE), CATALOGUE, date(2026, 11, 28))


def of_own(found: ApplianceVerdict) -> tuple[str, str]:
    one = next(one for one in found.entries if one.entry.id == OWN)
    return str(one.verdict.word), one.verdict.reason


RESPONDER = "enable ns feature LB RESPONDER\n"


@pytest.mark.parametrize(
    ("build", "lines", "partition", "word", "reason"),
    [
        ("13.0 Build 47.22", RESPONDER, None, "exposed", "without a condition"),
        ("13.0 Build 47.22", RESPONDER + POLICY + BINDING, None, "applied, unproven", "cannot tell whether it works"),
        ("13.0 Build 47.22", RESPONDER + POLICY, None, "exposed", "no policy of the measure is bound"),
        ("13.0 Build 47.22", POLICY + BINDING, None, "exposed", "the feature RESPONDER is off"),
        ("13.0 Build 47.22", RESPONDER + POLICY + BINDING, RESPONDER, "partly", "partition t: no policy"),
        ("12.1 Build 51.14", RESPONDER + POLICY + BINDING, None, "ineffective on this build", "12.1 51.14"),
        ("13.0 Build 47.24", RESPONDER + POLICY + BINDING, None, "fixed, mitigation left behind", "has the fix"),
        ("13.0 Build 47.24", RESPONDER, None, "fixed", "has the fix"),
    ],
)
def test_what_a_file_shows_of_a_measure(
    tmp_path: Path, build: str, lines: str, partition: str | None, word: str, reason: str
) -> None:
    found_word, found_reason = of_own(judged(tmp_path, build, lines, partition)[1])
    assert (found_word, reason in found_reason) == (word, True), found_reason


@pytest.mark.parametrize("before", ["> ", "\x00", "\ufeff", "+"])
def test_a_file_whose_lines_begin_with_something_else_is_never_not_affected(tmp_path: Path, before: str) -> None:
    exported, found = judged(
        tmp_path, "13.0 Build 47.22", "enable ns feature LB\n" + before + GATEWAY.replace("vpn", "authentication")
    )
    whole = judged(
        tmp_path / "whole", "13.0 Build 47.22", "enable ns feature LB\n" + GATEWAY.replace("vpn", "authentication")
    )[1]
    exposed = {one.entry.id for one in whole.entries if one.verdict.word is VerdictWord.EXPOSED}
    words = {one.entry.id: one.verdict.word for one in found.entries}
    assert not {id_ for id_ in exposed if words[id_] in (VerdictWord.NOT_AFFECTED, VerdictWord.FIXED)}
    told = "1 line is no command (the first is line 4)"
    assert told in found.verdict.missing
    assert exported_headline(exported).endswith(f"not connected; NOT ALL OF IT WAS READ: {told}")


def test_a_binding_that_a_lost_line_may_hold_is_unknown(tmp_path: Path) -> None:
    word, reason = of_own(judged(tmp_path, "13.0 Build 47.22", RESPONDER + POLICY + "> " + BINDING)[1])
    assert (word, reason) == (
        "unknown",
        "no policy of the measure is bound that was read, and 1 line is no command (the first is line 5)",
    )


def test_a_file_without_a_line_end_is_judged_by_what_is_in_it(tmp_path: Path) -> None:
    found = judged(tmp_path, "13.0 Build 47.22", GATEWAY.rstrip("\n"))[1]
    assert any(
        one.verdict.word is VerdictWord.EXPOSED and "vpnvserver my gw" in one.verdict.reason for one in found.entries
    )


def test_what_a_file_does_not_tell_is_said(tmp_path: Path) -> None:
    _exported, found = judged(tmp_path, "13.0 Build 47.22", "")
    assert any("the running build" in text and "HA state" in text for text in found.verdict.missing)


def test_a_file_without_a_build_is_never_fixed(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("set ns config -IPAddress 192.0.2.1\n")
    (exported,) = read_exported(tmp_path)
    found = check_exported(exported, load_catalogue(CATALOGUE), CATALOGUE, date(2026, 11, 28))
    assert {str(one.verdict.word) for one in found.entries} == {"unknown", "not affected"}
    assert found.verdict.exit_code == 3


def test_the_plan_has_the_lines_and_their_undo(tmp_path: Path) -> None:
    exported, found = judged(tmp_path, "13.0 Build 47.22", GATEWAY)
    template = plain_template(CATALOGUE / OWN / "v2.yml.j2")
    assert template is not None
    text = template.render({"name": f"tq_{OWN}", "priority": 10, "log": True, "marker": MARKER})
    lines = planned_lines(exported, found, {OWN: DesiredVersion(2, text)})
    assert "  + enable ns feature RESPONDER" in lines
    assert f"  + {BINDING.strip()}" in lines
    assert f"      rm responder policy tq_{OWN}" in lines
    assert '  ~ set vpn vserver "my gw" -dtls OFF' in lines
    assert '    undo: set vpn vserver "my gw" -dtls ON' in lines
    assert "  ~ set ns tcpparam -enhancedisngeneration ENABLED" in lines
    assert lines[-1].startswith("  note: ")


def test_nothing_is_planned_where_nothing_is_open(tmp_path: Path) -> None:
    exported, found = judged(tmp_path, "14.1 Build 99.1", "")
    assert planned_lines(exported, found, {}) == ["  apply.yml has nothing to bring in"]


@pytest.mark.parametrize(
    ("lines", "partition", "desired", "told"),
    [
        (RESPONDER + POLICY, None, DesiredVersion(2, "x"), "something of it is in the file; only the appliance shows what"),
        (RESPONDER, None, DesiredVersion(2, "x", "a variable is missing"), "a variable is missing"),
        (RESPONDER, None, DesiredVersion(2), "its desired state was not rendered"),
        (RESPONDER, None, None, None),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_said(
    tmp_path: Path, lines: str, partition: str | None, desired: DesiredVersion | None, told: str | None
) -> None:
    exported, found = judged(tmp_path, "13.0 Build 47.22", lines, partition)
    planned = planned_lines(exported, found, {} if desired is None else {OWN: desired})
    own = [line for line in planned if line.startswith(f"  {OWN}")]
    assert [line.startswith(f"  {OWN}: {told}") for line in own] == ([] if told is None else [True])


@pytest.mark.parametrize(("partition", "where"), [(None, ""), (RESPONDER, ", in each of the partitions default, t")])
def test_a_plan_of_several_partitions_names_them(tmp_path: Path, partition: str | None, where: str) -> None:
    exported, found = judged(tmp_path, "13.0 Build 47.22", RESPONDER + GATEWAY, partition)
    template = plain_template(CATALOGUE / OWN / "v2.yml.j2")
    assert template is not None
    text = template.render({"name": f"tq_{OWN}", "priority": 10, "log": True, "marker": MARKER})
    lines = planned_lines(exported, found, {OWN: DesiredVersion(2, text)})
    (head,) = [line for line in lines if line.startswith(f"  {OWN} v2: ")]
    assert head.endswith(f" changes{where}")
    assert not any("enable ns feature" in line for line in lines), "it is on"
    (setting,) = [line for line in lines if "-dtls OFF" in line]
    assert setting.endswith("   (partition default)" if partition else "OFF")
