# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether there is evidence of an appliance before a reboot: sealed by a key that counts, whole, recent, of each node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.bundle import open_bundle
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.evidence_bundles import (
    VALID_FOR,
    evidence_of,
    read_sealed,
    times_of_evidence,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.manifest import (
    FILE,
    SEAL,
    Item,
    Manifest,
    Missing,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import LOST_AT_A_REBOOT, Part

NOW = datetime(2026, 9, 28, 6, tzinfo=UTC)
NODES = (Address("192.0.2.1", 443), Address("192.0.2.2", 443))


class Place:
    """A control node with its key and its bundles."""

    def __init__(self, directory: Path) -> None:
        self.bundles = directory / "evidence"
        self.trust = RecordTrust(key=directory / "key")
        signing_key(self.trust.key)

    def take(
        self,
        appliance: str = "gw",
        nodes: tuple[Address, ...] = NODES,
        parts: tuple[Part, ...] = LOST_AT_A_REBOOT,
        began: datetime = NOW,
        key: Path | None = None,
        of: str = "",
        missing: tuple[Missing, ...] = (),
    ) -> Path:
        with open_bundle(self.bundles, appliance, began) as bundle:
            for node in nodes:
                for part in parts:
                    item = Item(str(node), part, f"{part} of it", f"{node.host}/{part}", 0, "", began.isoformat())
                    bundle.keep(item, b"content")
            manifest = Manifest(
                appliance=of or appliance,
                taken_by="ann",
                reason="",
                began=began.isoformat(),
                ended=began.isoformat(),
                parts=parts,
                items=tuple(bundle.items.values()),
                missing=missing,
            )
            bundle.seal(manifest, signing_key(key or self.trust.key))
        return bundle.directory

    def held(self, **changes: Any) -> Any:
        options: dict[str, Any] = {"nodes": NODES, "now": NOW + timedelta(hours=1), **changes}
        return evidence_of(self.bundles, "gw", options["nodes"], self.trust, options["now"])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_whole_recent_bundle_counts_and_is_named(place: Place) -> None:
    gap = Missing("192.0.2.1:443", "files", "/var/log/ns.log", "too large")
    directory = place.take(missing=(gap, Missing("", "shell", "x", "no account", False)))
    held = place.held()
    assert held.exists
    assert held.words.startswith(f"{directory}, sealed at {NOW.isoformat()}, sha256 of the manifest ")
    assert held.gaps == ("192.0.2.1:443: /var/log/ns.log: too large",)


def test_none_is_said_with_the_place(place: Place) -> None:
    held = place.held()
    assert (held.exists, held.words, held.problem) == (False, "", f"no evidence of it is in {place.bundles}")


@pytest.mark.parametrize(
    ("taken", "asked", "problem"),
    [
        ({"of": "another"}, {}, "it is of another"),
        ({}, {"now": NOW + VALID_FOR + timedelta(seconds=1)}, "it was begun at 2026-09-28T06:00:00+00:00, and may be 24 hours old"),
        ({}, {"now": NOW - timedelta(minutes=6)}, "it was begun at 2026-09-28T06:00:00+00:00, and may be 24 hours old"),
        ({"nodes": NODES[:1]}, {}, "it lacks volatile and files of 192.0.2.2"),
        ({"parts": (Part.FILES,)}, {}, "it lacks volatile of 192.0.2.1"),
        ({"parts": (Part.VOLATILE, Part.SHELL)}, {}, "it lacks files of 192.0.2.1"),
    ],
)  # fmt: skip
def test_what_does_not_count_says_why(place: Place, taken: Any, asked: Any, problem: str) -> None:
    directory = place.take(**taken)
    held = place.held(**asked)
    assert not held.exists
    assert held.problem.startswith(f"the evidence in {directory} does not count: {problem}")


@pytest.mark.parametrize("now", [NOW + VALID_FOR, NOW - timedelta(minutes=5)])
def test_the_edges_of_its_age_count(place: Place, now: datetime) -> None:
    place.take()
    assert place.held(now=now).exists


def test_of_several_the_newest_that_counts_is_taken_and_otherwise_the_newest_problem_is_said(place: Place) -> None:
    good = place.take()
    newer = place.take(nodes=NODES[:1], began=NOW + timedelta(minutes=30))
    assert place.held().words.startswith(str(good))
    (good / FILE).write_bytes(b"{}")
    assert place.held().problem.startswith(f"the evidence in {newer} does not count: it lacks volatile and files")


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda path: (path / "192.0.2.1" / "files").write_bytes(b"cleaned"), "192.0.2.1/files was changed after it was sealed"),
        (lambda path: (path / "192.0.2.1" / "files").unlink(), "files is missing"),
        (lambda path: (path / SEAL).unlink(), f"{SEAL} is missing"),
        (lambda path: (path / SEAL).write_bytes(b"no signature"), "signature"),
        (lambda path: (path / SEAL).write_bytes(b"\xff\xfe"), "it cannot be read"),
        (lambda path: (path / FILE).write_bytes((path / FILE).read_bytes() + b" "), "its manifest is not what was sealed"),
        (lambda path: (path / FILE).write_bytes(b"{}"), "its manifest is not what was sealed"),
    ],
    ids=["file changed", "file gone", "no seal", "seal is no signature", "seal is no text", "manifest longer", "manifest empty"],
)  # fmt: skip
def test_what_somebody_has_edited_does_not_count(place: Place, edit: Any, problem: str) -> None:
    directory = place.take()
    edit(directory)
    with pytest.raises(InvalidInput, match=problem):
        read_sealed(directory, place.trust)
    assert not place.held().exists


def test_the_seal_of_a_key_that_nobody_knows_does_not_count(place: Place, tmp_path: Path) -> None:
    place.take(key=tmp_path / "another")
    assert "does not count" in place.held().problem
    assert times_of_evidence(place.bundles, "gw", place.trust) == []


def test_the_times_of_each_run_by_seals_that_count(place: Place, tmp_path: Path) -> None:
    first = place.take()
    place.take(began=NOW + timedelta(hours=1), of="another")
    place.take(began=NOW + timedelta(hours=2), key=tmp_path / "another")
    (first / "192.0.2.1" / "files").write_bytes(b"cleaned")  # the files are not looked at
    assert times_of_evidence(place.bundles, "gw", place.trust) == [(first.name, NOW, NOW)]
