# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The confusion matrix of the verdicts on a generated fleet: no verdict differs from the truth that the rules of the generator say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import catalogue_fleet
from tests.catalogue_fleet import (
    BUILDS,
    CLASSES,
    CLOSED,
    IN_PLACE,
    LEFT_BEHIND,
    MITIGATION,
    OF_NO_BUILD,
    OPEN,
    SIZE,
    STAYS,
    at_each_fix,
    below,
    first_fixed,
    generated,
    judge,
    table,
    truth,
)
from tests.sample import ALL, FLEET_STRIDE


def test_no_verdict_on_a_generated_fleet_is_wrong(tmp_path: Path) -> None:
    fleet = generated()[::FLEET_STRIDE]
    matrix, wrong = judge(fleet, tmp_path)
    assert wrong == [], "\n".join(table(matrix))
    in_each_run = {IN_PLACE}  # by the test below
    assert {truth for truth, _verdict in matrix} | (set() if ALL else in_each_run) == set(CLASSES), (
        "each class is there"
    )
    assert sum(matrix.values()) > 10 * len(fleet)
    assert not ALL or len(fleet) == SIZE >= 500


def test_no_verdict_below_and_at_a_fix_is_wrong(tmp_path: Path) -> None:
    """In every run: the last vulnerable and the first fixed build of each weakness and train, and the feature of the measure off on both."""
    fleet = at_each_fix()
    _matrix, wrong = judge(fleet, tmp_path)
    assert wrong == []
    by_build = {(made.train, made.number): truth(made) for made in fleet if not made.measure}
    fixes = [*first_fixed()]
    assert len(fixes) > 50
    for id_, train, fixed in fixes:
        assert by_build[train, below(fixed)][id_] == OPEN, (id_, train)
        assert by_build[train, fixed][id_] == (OPEN if id_ in STAYS else CLOSED), (id_, train)
    assert {(made.measure, truth(made)[MITIGATION]) for made in fleet if made.measure} == {
        ("whole", IN_PLACE),
        ("whole", LEFT_BEHIND),
        ("not bound", OPEN),
        ("not bound", LEFT_BEHIND),
        ("feature off", OPEN),
        ("feature off", LEFT_BEHIND),
    }


def test_the_fleet_has_every_build_below_and_at_each_fix() -> None:
    fleet = generated()
    assert {(made.train, made.number) for made in fleet} == {
        (train, number) for train, numbers in BUILDS.items() for number in numbers.split()
    }
    assert len({(made.ingredients, made.partition, made.measure) for made in fleet}) > len(fleet) / 2


def test_the_tables_have_each_entry_of_the_catalogue() -> None:
    listed = {line.split()[0] for line in catalogue_fleet.FIXED.strip().splitlines()}
    assert listed | {*OF_NO_BUILD} == {path.parent.name for path in catalogue_fleet.CATALOGUE.glob("*/mitigation.yml")}
    assert listed == catalogue_fleet.NEEDS.keys()
    assert {
        name for needs in catalogue_fleet.NEEDS.values() for name in needs if name
    } <= catalogue_fleet.INGREDIENTS.keys()


def test_a_wrong_number_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix can fail: the truth says that 14.1 8.49 has the fix of 8.50."""
    monkeypatch.setattr(catalogue_fleet, "FIXED", catalogue_fleet.FIXED.replace("8.50 ", "8.49 "))
    fleet = [made for made in generated() if (made.train, made.number) == ("14.1", "8.49")]
    _matrix, wrong = judge(fleet, tmp_path)
    assert {(one.entry, one.verdict) for one in wrong} >= {("cve_2023_4966", "exposed")}
    assert all(one.truth != OPEN for one in wrong)
