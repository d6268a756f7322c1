# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each constant of the engine that is a number has the value of tests/limits.yml: a changed limit is a decision, and shows in a test."""

from __future__ import annotations

import pytest

from tests.limits import constants, kept


def test_each_number_of_the_engine_is_the_one_that_was_decided() -> None:
    found, decided = constants(), kept()
    assert {module: names for module, names in found.items() if names != decided.get(module)} == {}
    assert sorted(decided.keys() - found.keys()) == [], "these modules have no number any more: take them out"


@pytest.mark.parametrize("module", ["appliance.nitro.session", "change.records.lease_files", "judgement.proof.probes"])
def test_numbers_of_a_module_are_found(module: str) -> None:
    assert constants()[module]
