# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A built-in entry that somebody edited is told as such by every run that uses it, with its digest; it was "the inventory asks for something else"."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import (
    load_catalogue,
    load_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.published import PUBLISHED, edited
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.catalogue_page import catalogue_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.catalogue_report import catalogue_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import CatalogueCheck

from simulator import Simulator
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

ID, TEMPLATE = CATALOGUE.name, "v2.yml.j2"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    box = {
        "build": "13.0 47.22",
        "nodes": ["127.0.41.1:0"],
        "features": ["LB", "SSL", "SSLVPN"],
        "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.41.9:0", "protocol": "SSL"}],
    }
    with Simulator(fleet_file({"box": box})) as running:
        yield running


@pytest.fixture
def built_in(tmp_path: Path) -> Path:
    """A copy of the built-in catalogue: one entry, and its pinned digests."""
    catalogue = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, catalogue / ID)
    shutil.copy(CATALOGUE.parent / PUBLISHED, catalogue)
    return catalogue / ID


def edit(entry: Path) -> str:
    """Edit the template, and return its digest."""
    path = entry / TEMPLATE
    path.write_text(path.read_text().replace("403 Forbidden", "404 Not Found"))
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def test_what_is_in_place_is_not_said_to_be_another_wish_of_the_inventory(
    simulator: Simulator, tmp_path: Path, built_in: Path
) -> None:
    stage = Stage(simulator, tmp_path, entry=built_in)
    assert stage.apply().verdict.word == "mitigated"
    digest = edit(built_in)
    stage.mitigation, stage.run = load_entry_measure(built_in), "later"  # type: ignore[assignment]
    found = stage.status()
    text = f"the built-in entry {ID} was edited: {TEMPLATE} has the digest {digest}, and "
    assert found.verdict.word == "superseded"
    assert found.verdict.reason.startswith(f"v2 is in place as our last run left it, and {text}")
    assert found.verdict.reason.endswith(" was published")
    assert any(one.startswith(text) for one in stage.apply().verdict.missing)


def test_the_page_of_the_whole_catalogue_names_it(simulator: Simulator, tmp_path: Path, built_in: Path) -> None:
    digest, stage = edit(built_in), Stage(simulator, tmp_path, entry=built_in)
    check = CatalogueCheck(stage.appliance, load_catalogue(built_in.parent), built_in.parent, tmp_path, "run")
    with Connection(stage.appliance) as connection:
        found = check.find(connection)
    values = catalogue_result(found.verdict, found.entries, "box", check.known, check.as_of, {}, check.edited).values()
    lines = [text for text, _code in catalogue_page({"box": values}, verbose=False)]
    assert [one for one in lines if f"{TEMPLATE} has the digest {digest}" in one], lines


def test_facts_that_were_edited_and_a_revision_that_never_was(tmp_path: Path, built_in: Path) -> None:
    assert edited(built_in) == edited(CATALOGUE) == ()
    revision = f"revision {load_entry(CATALOGUE).revision}"
    facts = built_in / "mitigation.yml"
    facts.write_text(facts.read_text().replace('"47.24"', '"47.22"'))
    (text,) = edited(built_in)
    assert text.startswith(f"the built-in entry {ID} was edited: {revision} has the digest ")
    facts.write_text(facts.read_text().replace(revision.replace(" ", ": "), "revision: 99"))
    (text,) = edited(built_in)
    assert text.endswith(", which was never published")
    link = tmp_path / "view" / ID
    link.parent.mkdir()
    link.symlink_to(built_in)
    assert edited(link) == (text,), "a combined catalogue links to the built-in entries"


def test_an_entry_of_ones_own_was_never_published(tmp_path: Path, built_in: Path) -> None:
    own: Any = built_in.with_name("cve_2027_0001")
    shutil.copytree(built_in, own)
    text = (own / "mitigation.yml").read_text()
    (own / "mitigation.yml").write_text(text.replace("id: cve_2019_19781", "id: cve_2027_0001"))
    assert edited(own) == ()
    (built_in.parent / PUBLISHED).unlink()
    edit(built_in)
    assert edited(built_in) == ()
    assert replace(load_entry_measure(CATALOGUE), edited=("x",)) == load_entry_measure(CATALOGUE)
