# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was published of the catalogue stays as it is: its digests are pinned, and the command that pins refuses a change."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.published import (
    PUBLISHED,
    changes_of_published,
    present,
    published,
)

from tests.catalogue_entries import entry_text, measure
from tests.published_entries import CATALOGUE, main


def test_everything_in_the_catalogue_is_pinned_as_it_is() -> None:
    pinned, there = published(CATALOGUE), present(CATALOGUE)
    assert changes_of_published(pinned, there) == []
    new = sorted(there.keys() - pinned.keys())
    assert new == [], "publish what is new: .venv/bin/python -m tests.published_entries"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    entry = tmp_path / "own_entry"
    entry.mkdir()
    (entry / "mitigation.yml").write_text(entry_text("own_entry", measure=measure()))
    (entry / "traffic.yml").write_text("# the traffic\n")
    (entry / "v1.yml.j2").write_text("# the template\n")
    assert main(tmp_path) == 0
    return tmp_path


def test_a_second_run_changes_nothing(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (catalogue / PUBLISHED).read_text()
    assert [line.partition("  ")[2] for line in before.splitlines()] == ["own_entry revision 1", "own_entry v1.yml.j2"]
    assert main(catalogue) == 0
    assert (catalogue / PUBLISHED).read_text() == before
    assert capsys.readouterr().out.endswith("0 added, 2 as before\n")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("mitigation.yml", entry_text("own_entry", measure=measure(), title="Other"), "own_entry revision 1 was published and has changed"),
        ("traffic.yml", "# other traffic\n", "raise the revision in its mitigation.yml"),
        ("v1.yml.j2", "# another rule\n", "own_entry v1.yml.j2 was published and has changed: take the change back, or add a template"),
        ("v1.yml.j2", None, "own_entry v1.yml.j2 was published and is gone"),
    ],
)  # fmt: skip
def test_a_published_version_cannot_be_edited(
    catalogue: Path, name: str, content: str | None, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before, path = (catalogue / PUBLISHED).read_text(), catalogue / "own_entry" / name
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert main(catalogue) == 1
    assert problem in capsys.readouterr().err
    assert (catalogue / PUBLISHED).read_text() == before


def test_a_new_revision_and_a_new_version_are_added_and_the_old_ones_stay(catalogue: Path) -> None:
    entry, before = catalogue / "own_entry", (catalogue / PUBLISHED).read_text()
    (entry / "mitigation.yml").write_text(entry_text("own_entry", revision=2, measure=measure(2)))
    (entry / "v2.yml.j2").write_text("# another rule\n")
    assert main(catalogue) == 0
    after = (catalogue / PUBLISHED).read_text()
    assert after.startswith(before)
    assert sorted(published(catalogue)) == [
        *("own_entry revision 1", "own_entry revision 2", "own_entry v1.yml.j2", "own_entry v2.yml.j2"),
    ]
