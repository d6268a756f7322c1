# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every story x every request x every family of mutations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sample
from tests.hostile.matrix import STORIES, Theatre, theatre
from tests.hostile.mutations import MUTATIONS
from tests.hostile.server import hostile


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Theatre]:
    with hostile() as server, theatre(tmp_path, server) as one:
        yield one


@pytest.mark.parametrize("story", STORIES)
def test_a_broken_answer_is_named_and_breaks_nothing(
    played: Theatre, story: str, record_property: pytest.RecordProperty
) -> None:
    """`make test-all` plays all cells; else each story plays other ones."""
    first = list(STORIES).index(story) % sample.HOSTILE_STRIDE
    cells = played.cells(story, MUTATIONS, sample.HOSTILE_DEPTH)[first :: sample.HOSTILE_STRIDE]
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for cell in cells:
        outcome, problems = played.play(cell)
        outcomes[f"{cell.mutation.family}: {outcome}"] += 1
        wrong += problems
    record_property("hostile", dict(outcomes))
    assert cells
    assert wrong == []


def test_every_family_breaks_something_of_every_kind() -> None:
    assert len({str(mutation) for mutation in MUTATIONS}) == len(MUTATIONS)
    assert {mutation.family for mutation in MUTATIONS} == {
        "sizes", "times", "types", "names", "files", "framing", "acts"
    }  # fmt: skip
