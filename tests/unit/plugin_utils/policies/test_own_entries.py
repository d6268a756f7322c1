# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue of a run has the user's own entries beside the built-in ones, and only after they were checked."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import (
    FILE,
    entry_ids,
    load_catalogue,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    load_mitigation,
    priority_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.priorities import DERIVED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.published import (
    PUBLISHED,
    present,
    with_new,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import checked_copies, own_entries
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.own_entries import (
    VIEWS,
    catalogue_of_run,
    own_problems,
)

from tests.catalogue_entries import entry_text, measure
from tests.unit.plugin_utils.policies.test_entry_check import RULE, TEMPLATE, TRAFFIC

BUILT_IN = Path(__file__).parents[4] / "templates" / "mitigations"


def add_entry(own: Path, id_: str = "own_entry", rule: str = RULE) -> Path:
    directory = own / id_
    directory.mkdir(parents=True)
    (directory / "mitigation.yml").write_text(entry_text(id_, trains={"13.0": {"fixed": "99.1"}}, measure=measure()))
    (directory / "traffic.yml").write_text(TRAFFIC)
    (directory / "v1.yml.j2").write_text(TEMPLATE.replace("RULE", rule))
    return directory


@pytest.fixture
def own(tmp_path: Path) -> Path:
    add_entry(tmp_path / "catalogue")
    return tmp_path / "catalogue"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_own_entries_stand_beside_the_built_in_ones(own: Path, state: Path) -> None:
    found = catalogue_of_run(BUILT_IN, own, state)
    assert set(entry_ids(found)) == {*entry_ids(BUILT_IN), "own_entry"}
    assert len(load_catalogue(found)) == len(load_catalogue(BUILT_IN)) + 1
    # Rules over the URL are weak in an own entry too: it is known from a built-in entry.
    assert (
        load_mitigation(found / "own_entry").url_weakness == load_mitigation(BUILT_IN / "cve_2019_19781").url_weakness
    )


def test_without_own_entries_the_catalogue_is_the_built_in_one(tmp_path: Path, state: Path) -> None:
    empty = tmp_path / "catalogue"
    empty.mkdir()
    (empty / "notes.txt").write_text("no entry")
    assert catalogue_of_run(BUILT_IN, None, state) == BUILT_IN
    assert catalogue_of_run(BUILT_IN, empty, state) == BUILT_IN
    assert catalogue_of_run(BUILT_IN, BUILT_IN, state) == BUILT_IN
    assert not state.exists()


def test_a_combined_catalogue_is_made_once_and_again_after_a_change(own: Path, state: Path) -> None:
    first = catalogue_of_run(BUILT_IN, own, state)
    assert catalogue_of_run(BUILT_IN, own, state) == catalogue_of_run(first, own, state) == first
    (own / "own_entry" / "traffic.yml").write_text(TRAFFIC + "# more\n")
    second = catalogue_of_run(BUILT_IN, own, state)
    assert second != first
    assert {path.name for path in (state / VIEWS).iterdir()} == {first.name, second.name}


def test_another_version_of_the_collection_checks_own_entries_again(
    own: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = catalogue_of_run(BUILT_IN, own, state)
    monkeypatch.setattr(own_entries, "ENGINE", "of another version")
    own_entries._combined.cache_clear()  # which no version outlives
    assert catalogue_of_run(BUILT_IN, own, state) != first


def test_what_no_run_has_used_for_a_month_is_removed(own: Path, state: Path) -> None:
    first = catalogue_of_run(BUILT_IN, own, state)
    killed, month = state / VIEWS / "new-abc", time.time() - checked_copies.KEPT - 60
    killed.mkdir()
    for path in (first, killed):
        os.utime(path, (month, month))
    (own / "own_entry" / "traffic.yml").write_text(TRAFFIC + "# more\n")
    second = catalogue_of_run(BUILT_IN, own, state)
    assert list((state / VIEWS).iterdir()) == [second]
    assert (BUILT_IN / "cve_2019_19781" / "mitigation.yml").is_file(), "behind a link"
    os.utime(second, (month, month))
    own_entries._combined.cache_clear()
    catalogue_of_run(BUILT_IN, own, state)
    (own / "own_entry" / "traffic.yml").write_text(TRAFFIC + "# again\n")
    third = catalogue_of_run(BUILT_IN, own, state)
    assert {*(state / VIEWS).iterdir()} == {second, third}, "a run has used it today"


def test_what_was_checked_is_what_is_used(own: Path, state: Path) -> None:
    found = catalogue_of_run(BUILT_IN, own, state)
    template = own / "own_entry" / "v1.yml.j2"
    template.write_text("{{ lookup('pipe', 'id') }}")
    assert "lookup" not in (found / "own_entry" / "v1.yml.j2").read_text()
    with pytest.raises(InvalidInput, match=r"v1.yml.j2, line 1: call is not allowed"):
        catalogue_of_run(BUILT_IN, own, state)


def test_an_own_entry_never_replaces_a_built_in_one(own: Path, state: Path) -> None:
    add_entry(own, "cve_2019_19781")
    with pytest.raises(
        InvalidInput, match=r"the catalogue has an entry cve_2019_19781 already.*rename .*cve_2019_19781"
    ):
        catalogue_of_run(BUILT_IN, own, state)
    assert "rename" in own_problems(own, BUILT_IN, "cve_2019_19781")[0]
    assert list((state / VIEWS).iterdir()) == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("mitigation.yml", "schema: 1\n", "mitigation.yml: the entry lacks id"),
        ("v1.yml.j2", TEMPLATE.replace("RULE", 'HTTP.REQ.URL.EQ("/other")'), "version 1: "),
        ("run.sh", "true\n", "run.sh is no file of an entry"),
    ],
)  # fmt: skip
def test_a_wrong_own_entry_is_refused_by_name_with_the_way_out(
    own: Path, state: Path, name: str, text: str, problem: str
) -> None:
    (own / "own_entry" / name).write_text(text)
    with pytest.raises(InvalidInput) as error:
        catalogue_of_run(BUILT_IN, own, state)
    assert str(error.value).startswith(f"your entry {own / 'own_entry'}: ")
    assert problem in str(error.value)
    assert str(error.value).endswith(
        "leave your own entries out with -e tourniquet_own_entries=none. Nothing was sent."
    )
    assert str(state) not in str(error.value)


def test_a_link_in_an_own_entry_is_not_followed(own: Path, state: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (own / "own_entry" / "v2.yml.j2").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInput, match=r"v2.yml.j2 must be a file, not a link"):
        catalogue_of_run(BUILT_IN, own, state)


def test_an_edited_published_version_is_refused(own: Path, state: Path) -> None:
    (own / PUBLISHED).write_text(with_new({}, present(own)))
    catalogue_of_run(BUILT_IN, own, state)
    (own / "own_entry" / "v1.yml.j2").write_text(TEMPLATE.replace("RULE", f"{RULE} || FALSE"))
    with pytest.raises(InvalidInput, match=r"published.txt: own_entry v1.yml.j2 was published and has changed"):
        catalogue_of_run(BUILT_IN, own, state)


def test_too_many_own_entries_are_refused(tmp_path: Path, state: Path) -> None:
    for number in range(201):
        (tmp_path / "many" / f"e{number}").mkdir(parents=True)
        (tmp_path / "many" / f"e{number}" / "mitigation.yml").write_text("")
    with pytest.raises(InvalidInput, match="has 201 entries; at most 200"):
        catalogue_of_run(BUILT_IN, tmp_path / "many", state)


def test_two_entries_at_one_number_are_found_when_one_of_them_is_checked(own: Path) -> None:
    """A run goes on with both, since each finds its place on the appliance."""
    entry = add_entry(own, "own_other")
    text = (entry / FILE).read_text(encoding="utf-8")
    assert own_problems(own, BUILT_IN, "own_other") == ()
    for taken, by in ((10, "cve_2019_19781"), (priority_of(own / "own_entry"), "own_entry")):
        (entry / FILE).write_text(text.replace("current_version: 1", f"current_version: 1\n  priority: {taken}"))
        (problem,) = own_problems(own, BUILT_IN, "own_other")
        assert problem.startswith(
            f"it is bound at the priority {taken}, as {by} is: write `priority: 30` in its measure"
        )
    (entry / FILE).write_text(text.replace("current_version: 1", "current_version: 1\n  priority: 30"))
    assert own_problems(own, BUILT_IN, "own_other") == ()


def test_the_number_of_an_entry_that_names_none_follows_from_its_name(own: Path, tmp_path: Path) -> None:
    add_entry(own, "own_other")
    add_entry(tmp_path / "elsewhere", "own_other")
    assert priority_of(own / "own_other") == priority_of(tmp_path / "elsewhere" / "own_other") in DERIVED
    assert load_mitigation(own / "own_other").priority == priority_of(own / "own_other")
