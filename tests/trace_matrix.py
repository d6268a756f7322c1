# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which rule finds which trace, and which speaks where nothing is wrong: the matrix of the rules by property, of published and drawn traces and of noise.

    python -m tests.trace_matrix [SEED] [--names] [--write]

Rows are the rules, and the indicators of the entries as one. Columns are the published traces of :mod:`.examined_traces`, the drawn intrusions of
:mod:`.intrusions`, and what is ordinary: the counter-examples and the drawn ordinary appliances. ``--names`` prints what is in each cell, and ``--write``
puts the figures into docs/reference/traces.md. What only a shell shows is on none of these appliances: its rules have no cell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Finding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import FILE_RULES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.general_rules import GENERAL_RULES

from tests import examined_traces, intrusions
from tests.marker_fleet import NOTHING
from tests.observing_page import table, write_part

BY_NAME = "the indicators of the entries"
COLUMNS = ("published", "intrusion", "counter-example", "ordinary appliance")
ORDINARY = COLUMNS[2:]
OF_A_SHELL = ("processes", "ports")
NAMED = "a crontab of nobody"
"""The rule whose only file an indicator of an entry names at the same level: a hunt tells that."""


@dataclass
class Matrix:
    """What each rule has found.

    :ivar cells: by rule and column, the names of what it has found
    :ivar sizes: by column, how many were looked at
    :ivar loud: what was found above review where nothing is wrong
    """

    cells: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    loud: list[str] = field(default_factory=list)

    def add(self, column: str, name: str, findings: Iterable[Finding]) -> None:
        self.sizes[column] += 1
        found = list(findings)
        for rule in {rule_of(one) for one in found}:
            self.cells.setdefault((rule, column), []).append(name)
        if column in ORDINARY:
            self.loud += [f"{column}: {name}: {one.level}: {one.what}" for one in found if str(one.level) != "review"]

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a row for each rule."""
        for rule in rules():
            yield (rule, *(str(len(self.cells.get((rule, column), ()))) for column in COLUMNS))

    def lines(self) -> list[str]:
        return table(["rule", *(f"{column} ({self.sizes[column]})" for column in COLUMNS)], [*self.rows()])

    def names(self) -> Iterator[str]:
        """Yield what is in each cell."""
        for rule in rules():
            for column in COLUMNS:
                yield from (f"{rule} | {column} | {name}" for name in self.cells.get((rule, column), ()))

    @property
    def without_trace(self) -> list[str]:
        """Return the rules that have found nothing that was published or drawn."""
        others = [rule for rule in rules() if rule != NAMED]
        return [rule for rule in others if not any(self.cells.get((rule, column)) for column in COLUMNS[:2])]


def rules() -> list[str]:
    """Return the rules by property of which NITRO shows the traces, and the indicators of the entries as one."""
    of_lines = dict.fromkeys(f"{one.kind}: {one.about}" for one in GENERAL_RULES if one.kind not in OF_A_SHELL)
    return [*(rule.what for rule in FILE_RULES), *of_lines, BY_NAME]


def rule_of(finding: Finding) -> str:
    """Return the rule that a finding of a hunt rests on."""
    if not finding.entries:
        for rule in FILE_RULES:
            if finding.what == rule.what:
                return rule.what
        for one in GENERAL_RULES:
            if finding.why == f"{one.about} ({one.source})":
                return f"{one.kind}: {one.about}"
    return BY_NAME


def examined(matrix: Matrix) -> None:
    """Add the published traces, and their counter-examples."""
    with examined_traces.readings() as three:
        for column, traces in (("published", examined_traces.TRACES), ("counter-example", examined_traces.ORDINARY)):
            for trace in traces:
                found = three.of([trace.plant])[examined_traces.READERS[0]]
                matrix.add(column, trace.name, found)
                if column in ORDINARY and trace.level == NOTHING and found:
                    matrix.loud.append(f"{column}: {trace.name}: {found[0].level}: {found[0].what}")


def drawn(matrix: Matrix, seed: int, stride: int = 1) -> None:
    """Add one of so many drawn appliances."""
    for case, seen in intrusions.hunts(stride, seed):
        matrix.add("intrusion" if case.traces else "ordinary appliance", str(case), seen.findings)


def main(arguments: Sequence[str]) -> int:
    """Print the matrix, and write it into its page where that is wanted.

    :returns: the exit code: 1 where something ordinary is found above review, or a rule has found nothing
    """
    seed = next((int(one) for one in arguments if one.isdigit()), intrusions.SEED)
    matrix = Matrix()
    examined(matrix)
    drawn(matrix, seed)
    print("\n".join([*matrix.lines(), ""]))
    print("\n".join([*(matrix.names() if "--names" in arguments else ()), *matrix.loud]))
    print(f"seed {seed}; rules without a trace: {', '.join(matrix.without_trace) or 'none'}")
    is_wrong = bool(matrix.loud or matrix.without_trace)
    if "--write" in arguments and not is_wrong:
        write_part("matrix", ["", *matrix.lines(), ""])
    return 1 if is_wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
