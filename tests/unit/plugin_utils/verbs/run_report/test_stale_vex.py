# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documents of customers that left the inventory are removed, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.files import write_report
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.stale_vex import (
    LIST,
    remove_stale_documents,
    remove_stale_pages,
)

from tests.run_reports import report, result


def run(directory: Path, *customers: str, inventory: str = "ours", everybody: tuple[str, ...] = ()) -> list[str]:
    """A run on an appliance of each of these customers; returns the names of the documents that were removed."""
    made = report({f"gw-{number}": result(customer=name) for number, name in enumerate(customers)})
    documents = [path for path in write_report(directory, made) if path.parent.name == "vex"]
    assert len(documents) == len(set(customers))
    removed = remove_stale_documents(documents, inventory, lambda: everybody or customers)
    return [path.name for path in removed]


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "vex").glob("*.json"))


def test_who_left_the_inventory_is_removed_and_who_was_left_out_of_the_run_is_not(tmp_path: Path) -> None:
    directory = tmp_path / "r"
    assert run(directory, "Brouwer", "Smit", "De Wit") == []
    assert run(directory, "Brouwer", everybody=("Brouwer", "Smit", "De Wit")) == []
    (directory / "vex" / "theirs.json").write_text("{}", encoding="utf-8")
    assert run(directory, "Brouwer", everybody=("Brouwer", "De Wit")) == ["Smit.json"]
    assert len(names(directory)) == 3
    assert "theirs.json" in names(directory)
    assert run(directory, "Brouwer", everybody=("Brouwer", "De Wit")) == []


def test_appliances_without_a_customer(tmp_path: Path) -> None:
    directory = tmp_path / "r"
    run(directory, "Brouwer", "")
    assert run(directory, "Brouwer", everybody=("Brouwer", "")) == []
    assert len(run(directory, "Brouwer")) == 1
    assert names(directory) == ["Brouwer.json"]


def test_the_documents_of_another_inventory_and_those_of_earlier_versions_stay(tmp_path: Path) -> None:
    directory = tmp_path / "r"
    run(directory, "Smit", inventory="theirs")
    assert run(directory, "Brouwer") == []
    (directory / "vex" / LIST).unlink()
    assert run(directory, "Brouwer") == []
    assert names(directory) == ["Brouwer.json", "Smit.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"../plan.json": "ours", "x": 1}', '{"/etc/hosts": "ours"}'])
def test_a_list_that_was_spoilt_removes_nothing(tmp_path: Path, text: str) -> None:
    directory = tmp_path / "r"
    run(directory, "Smit")
    (directory / "vex" / LIST).write_text(text, encoding="utf-8")
    (directory / "vex" / LIST).chmod(0o600)
    assert run(directory, "Brouwer") == []
    assert (directory / "plan.json").exists()
    assert json.loads((directory / "vex" / LIST).read_text(encoding="utf-8")) == {"Brouwer.json": "ours"}


def test_the_inventory_is_looked_at_only_where_something_may_be_stale(tmp_path: Path) -> None:
    documents = [path for path in write_report(tmp_path / "r", report({"a": result()})) if path.parent.name == "vex"]
    remove_stale_documents(documents, "ours", lambda: pytest.fail("not needed"))
    assert remove_stale_documents([], "ours", lambda: pytest.fail("not needed")) == []


def pages_of(directory: Path, *customers: str, everybody: tuple[str, ...] = ()) -> list[str]:
    """A run on an appliance of each of these customers; returns the directories whose pages were removed."""
    made = report({f"gw-{number}": result(customer=name) for number, name in enumerate(customers)})
    pages = [path for path in write_report(directory, made) if path.parent.parent.name == "customers"]
    assert len(pages) == len(customers)
    return [path.name for path in remove_stale_pages(pages, "ours", lambda: everybody or customers)]


def test_the_pages_of_who_left_the_inventory_are_removed(tmp_path: Path) -> None:
    views = tmp_path / "r" / "customers"
    assert pages_of(tmp_path / "r", "Brouwer", "Smit", "Visser") == []
    (views / "Smit" / "status.html").write_text("of another playbook", encoding="utf-8")
    (views / "Visser" / "notes.txt").write_text("of a person", encoding="utf-8")
    (views / "theirs").mkdir()
    assert pages_of(tmp_path / "r", "Brouwer", everybody=("Brouwer", "Smit", "Visser")) == []
    assert pages_of(tmp_path / "r", "Brouwer") == ["Smit", "Visser"]
    assert sorted(path.name for path in views.iterdir()) == [LIST, "Brouwer", "Visser", "theirs"]
    assert [path.name for path in (views / "Visser").iterdir()] == ["notes.txt"]
    assert pages_of(tmp_path / "r", "Brouwer") == []


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "Smit"])
def test_a_list_of_pages_that_was_spoilt_removes_nothing_elsewhere(tmp_path: Path, name: str) -> None:
    """A name that is a path is none of ours, and a link is not followed."""
    directory, elsewhere = tmp_path / "r", tmp_path / "elsewhere"
    pages_of(directory, "Brouwer")
    elsewhere.mkdir()
    (elsewhere / "index.html").write_text("", encoding="utf-8")
    (directory / "customers" / "Smit").symlink_to(elsewhere)
    before = sorted(directory.rglob("*.html"))
    (directory / "customers" / LIST).write_text(json.dumps({name: "ours"}), encoding="utf-8")
    assert pages_of(directory, "Brouwer") == []
    assert sorted(directory.rglob("*.html")) == before
    assert (elsewhere / "index.html").exists()
