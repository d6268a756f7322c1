# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The matrix of rules and traces counts each finding in the row of its rule, and tells what is loud where nothing is wrong."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Finding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import FILE_RULES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.general_rules import GENERAL_RULES

from tests.trace_matrix import BY_NAME, COLUMNS, OF_A_SHELL, Matrix, rule_of, rules

PUBLISHED, INTRUSION, _COUNTER_EXAMPLE, QUIET = COLUMNS


def finding(what: str = "", why: str = "", level: Level = Level.REVIEW, entries: tuple[str, ...] = ()) -> Finding:
    return Finding(appliance="gw", node="10.1.0.11", level=level, what=what, where="/x", why=why, entries=entries)


def test_each_rule_has_one_row_and_those_for_a_shell_have_none() -> None:
    assert len({*rules()}) == len(rules())
    of_nitro = {f"{one.kind}: {one.about}" for one in GENERAL_RULES if one.kind not in OF_A_SHELL}
    assert {*rules()} == {*(rule.what for rule in FILE_RULES), *of_nitro, BY_NAME}


def test_a_finding_counts_for_its_rule() -> None:
    for rule in FILE_RULES:
        assert rule_of(finding(rule.what)) == rule.what
    for one in GENERAL_RULES:
        assert rule_of(finding(why=f"{one.about} ({one.source})")) == f"{one.kind}: {one.about}"
    assert rule_of(finding(FILE_RULES[0].what, entries=("cve_2019_19781",))) == BY_NAME


def test_the_cells_count_traces_once_for_each_rule() -> None:
    matrix, rule = Matrix(), FILE_RULES[1].what
    matrix.add(PUBLISHED, "a", [finding(rule), finding(rule), finding(entries=("x",))])
    matrix.add(INTRUSION, "b", [finding(rule)])
    matrix.add(QUIET, "c", [])
    rows = {name: row for name, *row in matrix.rows()}
    assert rows[rule] == ["1", "1", "0", "0"]
    assert rows[BY_NAME] == ["1", "0", "0", "0"]
    assert matrix.sizes == dict(zip(COLUMNS, (1, 1, 0, 1), strict=True))
    assert [*matrix.names()] == [
        f"{rule} | {PUBLISHED} | a",
        f"{rule} | {INTRUSION} | b",
        f"{BY_NAME} | {PUBLISHED} | a",
    ]
    assert rule not in matrix.without_trace
    assert FILE_RULES[2].what in matrix.without_trace


def test_what_is_above_review_where_nothing_is_wrong_is_told() -> None:
    matrix = Matrix()
    matrix.add(QUIET, "c", [finding("x"), finding("y", level=Level.COMPROMISE)])
    matrix.add(INTRUSION, "d", [finding("z", level=Level.COMPROMISE)])
    assert matrix.loud == [f"{QUIET}: c: compromise: y"]
