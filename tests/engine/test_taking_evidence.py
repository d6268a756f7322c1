# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence of simulated appliances: whole, sealed, private, continued, and honest about what could not be taken."""

from __future__ import annotations

import base64
import errno
import io
import json
import shutil
import subprocess
import tarfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.action.node_local import ActionModule as NodeLocalAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import directory_tree
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import ListedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import plan_own_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import public_key_blob
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import ENDED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import (
    NodeLocalSettings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence import collect, node_evidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.bundle import (
    PROGRESS,
    Bundle,
    open_bundle,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.collect import EvidenceRun, Taken
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.evidence_bundles import (
    evidence_of,
    read_sealed,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.manifest import Item, Manifest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.named_files import NamedFiles
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import (
    DEFAULT_PARTS,
    SCRIPTS,
    Further,
    Part,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination, Finding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.baseline_files import BaselineFiles
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import (
    NodeState,
    SeenFile,
    WatchedState,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.evidence.named import named_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.evidence.page import taken_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.node_local.page import (
    evidence_notes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.node_local.run import NodeLocal

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests.engine.node_local_stage import ACCOUNT, Shells
from tests.stage.memory import CATALOGUE, Stage

BACKUPS = "/var/ns_sys_backup/"


FLEET = {
    "appliances": {
        "box": {"build": "14.1 73.46", "nodes": ["127.0.1.1:0"]},
        "pair": {"build": "13.0 47.22", "nodes": ["127.0.2.1:0", "127.0.2.2:0"]},
        "shared": {"build": "13.0 47.22", "nodes": ["127.0.4.1:0", "127.0.4.1:0"]},
        "direct": {
            "build": "13.1 49.15",
            "nodes": ["127.0.3.1:0"],
            "switches": {"systemfile_follows_links": False},
        },
    }
}


@pytest.fixture
def box(simulator: Simulator) -> ApplianceHandle:
    simulator.reset()
    return simulator.appliance("box")


class Place:
    """Where the evidence of a test is kept, with the key of its control node."""

    def __init__(self, simulator: Simulator, directory: Path) -> None:
        self.simulator = simulator
        self.directory = directory
        self.bundles = directory / "evidence"
        self.trust = RecordTrust(key=directory / "key")
        self.key = signing_key(self.trust.key)

    def run(self, name: str = "box", parts: tuple[Part, ...] = DEFAULT_PARTS, **changes: Any) -> EvidenceRun:
        appliance = Stage(self.simulator, self.directory, name).appliance
        return EvidenceRun(appliance, parts, "ann@control", **changes)

    def take(self, name: str = "box", parts: tuple[Part, ...] = DEFAULT_PARTS, **changes: Any) -> Taken:
        return self.run(name, parts, **changes).take(self.bundles, self.key)

    def held(self, name: str = "box", **changes: Any) -> Any:
        nodes = Stage(self.simulator, self.directory, name).appliance.nodes
        return evidence_of(self.bundles, name, nodes, changes.pop("trust", self.trust), **changes)


@pytest.fixture
def place(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> Place:
    return Place(simulator, tmp_path)


def content(taken: Taken, source: str) -> bytes:
    (item,) = [item for item in taken.manifest.items if item.source == source]
    return (taken.directory / item.file).read_bytes()


def files(appliance: ApplianceHandle, node: int = 0) -> set[str]:
    return set(appliance.state()["nodes"][node]["files"])


def test_the_evidence_of_an_appliance(place: Place, box: ApplianceHandle) -> None:
    box.write_file("/var/vpn/bookmark/pwnpzi1337.xml", "[% x %]")
    box.write_file("/var/nstmp/nsroot/.nscli_history", "shell\n")
    box.log("/var/log/ns.log", "a line of the attacker \x1b[2J")
    taken = place.take(reason="case 7")
    manifest = taken.manifest
    assert manifest.gaps == []
    assert {item.part for item in manifest.items} == {*DEFAULT_PARTS}
    assert b"[% x %]" in content(taken, "systemfile /var/vpn/bookmark/pwnpzi1337.xml")
    assert content(taken, "systemfile /var/nstmp/nsroot/.nscli_history") == b"shell\n"
    assert b"a line of the attacker" in content(taken, "systemfile /var/log/ns.log")
    assert b"enable ns mode" in content(taken, "config nsrunningconfig")
    with tarfile.open(fileobj=io.BytesIO(content(taken, "systembackup full"))) as backup:
        assert "nsconfig/ns.conf" in backup.getnames()
    with tarfile.open(fileobj=io.BytesIO(content(taken, "techsupport"))) as bundle:
        assert any(name.endswith("/var/log/ns.log") for name in bundle.getnames())
    assert read_sealed(taken.directory, place.trust) == manifest
    assert (manifest.appliance, manifest.reason, manifest.taken_by) == ("box", "case 7", "ann@control")
    (node,) = manifest.nodes
    assert node.role == "standalone"
    assert node.ahead is not None
    assert abs(node.ahead) < 5


def test_nothing_of_it_can_be_read_by_others(place: Place) -> None:
    place.take()
    for path in [place.bundles, *place.bundles.rglob("*")]:
        assert path.is_symlink() or path.stat().st_mode & 0o077 == 0, path


def test_what_it_leaves_on_the_appliance_is_told(place: Place, box: ApplianceHandle) -> None:
    place.run().preview()
    before = files(box)
    planned = place.run().preview()
    assert files(box) == before
    taken = place.take()
    added = files(box) - before
    assert {path.rpartition("/")[0] for path in added} == {"/var/tmp/support"}
    told = " ".join(one.what for one in taken.manifest.footprint)
    for words in ("was created", "was deleted", "stays there", "access time", "ns.log"):
        assert words in told
    count = sum(item.part is Part.FILES for item in taken.manifest.items) - 1  # the listings
    assert planned.files == count
    assert [node.role for node in planned.nodes] == ["standalone"]
    assert planned.bytes > 0


def test_it_takes_no_lease_and_writes_nothing_but_the_backup_that_it_deletes(
    place: Place, simulator: Simulator, box: ApplianceHandle
) -> None:
    """Nothing of ours is put on an appliance that is to be examined, and its configuration stays."""
    before = {kind: box.state()["nodes"][0][kind] for kind in ("running", "saved")}
    place.take()
    sent = [one for one in simulator.requests() if one["side"] == "nitro" and one["method"] != "GET"]
    written = [f"{one['method']} {one['target'].removeprefix('/nitro/v1/config/')}" for one in sent]
    assert [one.split("/")[0] for one in written if not one.endswith(("login", "logout"))] == [
        "POST systembackup?action=create",
        "DELETE systembackup",
    ]
    assert not [path for path in files(box) if "tourniquet" in path]
    assert {kind: box.state()["nodes"][0][kind] for kind in ("running", "saved")} == before


def test_a_listing_is_read_before_the_files(place: Place, box: ApplianceHandle) -> None:
    taken = place.take(parts=(Part.FILES,))
    rows = {row["path"]: row for row in json.loads(content(taken, "listings"))}
    assert rows["/nsconfig/ns.conf"]["accessed"]
    assert "/etc/crontab" in rows
    item = next(item for item in taken.manifest.items if item.source == "systemfile /nsconfig/ns.conf")
    assert (item.modified, item.accessed) == (
        rows["/nsconfig/ns.conf"]["modified"],
        rows["/nsconfig/ns.conf"]["accessed"],
    )


def test_both_nodes_of_a_pair(place: Place, simulator: Simulator) -> None:
    simulator.appliance("pair").write_file("/var/vpn/theme/x.php", "<?php\n", node=1)
    taken = place.take("pair")
    assert taken.manifest.gaps == []
    assert sorted(node.role for node in taken.manifest.nodes) == ["primary", "secondary"]
    found = {item.node for item in taken.manifest.items if item.source == "systemfile /var/vpn/theme/x.php"}
    assert len(found) == 1
    for node in taken.manifest.nodes:
        assert all(taken.manifest.has(node.node, part) for part in DEFAULT_PARTS)
    assert place.held("pair").exists


def test_two_nodes_behind_one_address_have_a_directory_each(place: Place, simulator: Simulator) -> None:
    appliance = simulator.appliance("shared")
    for node in (0, 1):
        appliance.write_file("/var/vpn/theme/x.php", f"<?php {node}", node=node)
    taken = place.take("shared")
    assert taken.manifest.gaps == []
    for number, node in enumerate(place.run("shared").appliance.nodes):
        root = taken.directory / f"127.0.4.1_{node.port}"
        assert (root / "var/vpn/theme/x.php").read_text() == f"<?php {number}"
        assert (root / "log").is_symlink()
        items = [item for item in taken.manifest.items if item.node == str(node)]
        assert {item.file.partition("/")[0] for item in items} == {root.name}
    assert place.held("shared").exists


def test_a_node_that_is_away_is_told_and_the_other_one_is_taken(place: Place, simulator: Simulator) -> None:
    pair = simulator.appliance("pair")
    pair.reboot(node=1, seconds=3600)
    taken = place.take("pair")
    assert [one.node for one in taken.manifest.gaps] == [str(node) for node in place.run("pair").appliance.nodes[1:]]
    held = place.held("pair")
    assert not held.exists
    assert "it lacks volatile and files of 127.0.2.2" in held.problem


def test_where_no_node_answers_nothing_is_sealed(place: Place, box: ApplianceHandle) -> None:
    box.unreachable()
    with pytest.raises(CannotConnect):
        place.take()
    assert not place.held().exists


def test_a_second_node_that_the_inventory_does_not_name_is_told(place: Place) -> None:
    run = place.run("pair")
    run.appliance = replace(run.appliance, nodes=run.appliance.nodes[:1])
    taken = run.take(place.bundles, place.key)
    assert any("127.0.2.2" in one.what and "netscaler_nodes" in one.why for one in taken.manifest.gaps)


def test_the_support_bundle_is_found_where_links_are_not_followed(place: Place) -> None:
    assert place.take("direct").manifest.gaps == []


def test_a_second_support_bundle_within_a_minute_is_found_under_the_name_of_the_first(place: Place) -> None:
    """Seen: "no new file is in /var/tmp/support", as the appliance names it by the minute."""
    for _number in range(2):
        assert place.take("direct", (Part.SUPPORT,)).manifest.gaps == []
        time.sleep(1.1)


# -- the seal ---------------------------------------------------------------------------------------------------------


def test_an_auditor_needs_ssh_keygen_only(place: Place) -> None:
    program = shutil.which("ssh-keygen")
    assert program, "install the OpenSSH client"
    taken = place.take()
    public = base64.b64encode(public_key_blob(place.key.public_key())).decode()
    signers = place.directory / "signers"
    for_records = plan_own_line(place.trust.key, signers, "ann@control").line
    assert for_records == f'ann@control namespaces="tourniquet-record,tourniquet-consent" ssh-ed25519 {public}'
    more = for_records.replace("tourniquet-record,", "tourniquet-record,tourniquet-evidence,")
    signers.write_text(f"{more}\n", encoding="ascii")
    command = [program, "-Y", "verify", "-f", str(signers), "-I", "ann@control", "-n", "tourniquet-evidence"]
    command += ["-s", str(taken.directory / "manifest.json.sig")]
    data = (taken.directory / "manifest.json").read_bytes()
    assert subprocess.run(command, input=data, check=False, capture_output=True).returncode == 0
    assert subprocess.run(command, input=data + b" ", check=False, capture_output=True).returncode != 0
    signers.write_text(f"{for_records}\n", encoding="ascii")
    assert subprocess.run(command, input=data, check=False, capture_output=True).returncode != 0


def changed_file(taken: Taken) -> None:
    (taken.directory / next(item.file for item in taken.manifest.items if item.size)).write_bytes(b"other")


def removed_file(taken: Taken) -> None:
    (taken.directory / taken.manifest.items[0].file).unlink()


def changed_manifest(taken: Taken) -> None:
    path = taken.directory / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"ann@control", b"bob@control"))


def no_signature(taken: Taken) -> None:
    (taken.directory / "manifest.json.sig").write_text("x", encoding="ascii")


@pytest.mark.parametrize("change", [changed_file, removed_file, changed_manifest, no_signature])
def test_what_was_changed_after_the_seal_does_not_count(place: Place, change: Any) -> None:
    taken = place.take(parts=(Part.VOLATILE, Part.FILES))
    assert place.held().exists
    change(taken)
    held = place.held()
    assert not held.exists
    assert "does not count" in held.problem


def test_a_seal_of_another_key_or_for_another_appliance_does_not_count(place: Place, tmp_path: Path) -> None:
    taken = place.take(parts=(Part.VOLATILE, Part.FILES))
    stranger = RecordTrust(key=tmp_path / "other")
    signing_key(stranger.key)
    assert "which is not in" in place.held(trust=stranger).problem
    taken.directory.parent.rename(place.bundles / "pair")
    nodes = place.run("pair").appliance.nodes
    assert "it is of box" in evidence_of(place.bundles, "pair", nodes, place.trust).problem


def test_old_evidence_does_not_count(place: Place) -> None:
    taken = place.take(parts=(Part.VOLATILE, Part.FILES))
    began = datetime.fromisoformat(taken.manifest.began)
    assert place.held(now=began + timedelta(hours=24)).exists
    assert "24 hours old" in place.held(now=began + timedelta(hours=24, seconds=1)).problem
    assert "24 hours old" in place.held(now=began - timedelta(hours=1)).problem


def test_a_continued_bundle_is_as_old_as_its_beginning(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = datetime.now(UTC) - timedelta(hours=23)
    with monkeypatch.context() as patched:
        patched.setattr(Bundle, "seal", lambda *_given: _raise(Refused("the disk is full")))
        with pytest.raises(Refused):
            place.take(parts=(Part.VOLATILE, Part.FILES), now=lambda: earlier)
    place.take(parts=(Part.VOLATILE, Part.FILES))
    assert place.held().exists
    assert "24 hours old" in place.held(now=earlier + timedelta(hours=25)).problem


def test_a_listing_alone_is_no_evidence_of_the_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_tree, "list_directory", lambda *_given: (None, ""))
    place.take(parts=(Part.VOLATILE, Part.FILES))
    assert "it lacks files of 127.0.1.1" in place.held().problem


def test_a_place_that_others_may_read_is_refused(place: Place) -> None:
    place.bundles.mkdir(mode=0o750)
    place.bundles.chmod(0o750)
    with pytest.raises(InvalidInput, match="others may read it"):
        place.take()
    with pytest.raises(InvalidInput, match="others may read it"):
        place.held()


# -- a verb that asks -------------------------------------------------------------------------------------------------


def settings(place: Place, **changes: Any) -> tuple[NodeLocalSettings, list[str]]:
    """Return the settings of a run of the node-local half, as its action makes them, and what it says of the evidence."""
    defaults = {name: spec.get("default") for name, spec in NodeLocalAction.OPTIONS.items()}
    options = {
        **defaults,
        "catalogue": CATALOGUE.parent,
        "mitigation": CATALOGUE.name,
        "records": place.directory / "records",
        "record_key": str(place.trust.key),
        "bundles": str(place.bundles),
        "user": "nsroot",
        "password": "nsroot",
        "host_keys": list(ACCOUNT.host_keys),
        "reboot": True,
        **changes,
    }
    parameters, held = NodeLocal(place.run("pair").appliance, options, True, True).parameters()
    return parameters.settings, evidence_notes(held)


def test_a_plan_that_reboots_stops_until_evidence_exists(place: Place) -> None:
    with pytest.raises(
        InvalidInput, match=r"needs evidence first.*\(no evidence of it is in .*Take it with evidence.yml"
    ):
        settings(place)
    taken = place.take("pair", parts=(Part.VOLATILE, Part.FILES))
    found, told = settings(place)
    assert str(taken.directory) in found.evidence
    assert taken.sha256 in found.evidence
    assert str(taken.directory) in told[0]
    changed_file(taken)
    with pytest.raises(InvalidInput, match="was changed after it was sealed"):
        settings(place)
    assert settings(place, evidence_waived_by="J. Jansen")[0].evidence == ""
    assert settings(place, evidence="case 7") == (settings(place, evidence="case 7")[0], [])


def test_the_plan_tells_what_the_evidence_lacks(place: Place, simulator: Simulator) -> None:
    simulator.appliance("pair").fault("disk_full", times=0)
    place.take("pair")
    _found, told = settings(place)
    assert "the evidence lacks: " in told[1]
    assert "and 3 more" in told[1]


# -- it goes on -------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """The control node dies here."""


def _raise(error: BaseException) -> str:
    raise error


@pytest.mark.parametrize(
    "progress", [b"", b'{"kind": "beg', b"[]\n", b'{"kind": "began", "at": "2026-11-28T08:00:00"}\n']
)
def test_a_bundle_whose_beginning_was_not_written_is_left_and_another_one_begun(place: Place, progress: bytes) -> None:
    with open_bundle(place.bundles, "box", datetime.now(UTC) - timedelta(minutes=1)) as bundle:
        (bundle.directory / PROGRESS).write_bytes(progress)
    taken = place.take(parts=(Part.VOLATILE,))
    assert taken.directory != bundle.directory
    assert (bundle.directory / PROGRESS).read_bytes() == progress


def test_a_full_disk_at_the_last_directories_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any, **_named: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(collect, "make_private_directory", full)
        with pytest.raises(Refused, match=r"No space left on device.*it continues"):
            place.take(parts=(Part.VOLATILE,))
    assert place.take(parts=(Part.VOLATILE,)).manifest.gaps == []


@pytest.mark.parametrize("at", [1, 8, 15])
def test_a_run_that_died_is_continued(
    place: Place, box: ApplianceHandle, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    kept: list[Item] = []
    keep = Bundle.keep

    def dying(bundle: Bundle, item: Item, data: bytes) -> None:
        if len(kept) == at:
            raise Died
        keep(bundle, item, data)
        kept.append(item)

    with monkeypatch.context() as patched:
        patched.setattr(Bundle, "keep", dying)
        with pytest.raises(Died):
            place.take()
    assert not place.held().exists
    taken = place.take()
    assert taken.manifest.gaps == []
    again = {item.source: item.taken_at for item in taken.manifest.items}
    assert all(again[item.source] == item.taken_at for item in kept)
    assert len(list(taken.directory.parent.glob("2*"))) == 1
    assert not (taken.directory / PROGRESS).exists()
    assert not [path for path in files(box) if path.startswith(BACKUPS)]
    assert place.held().exists


def test_a_backup_of_a_run_that_died_is_deleted(
    place: Place, box: ApplianceHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_given: Any) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(node_evidence, "read_file", dying)
        with pytest.raises(Died):
            place.take(parts=(Part.BACKUP,))
    assert [path for path in files(box) if path.startswith(BACKUPS)]
    taken = place.take(parts=(Part.BACKUP,))
    assert taken.manifest.gaps == []
    assert not [path for path in files(box) if path.startswith(BACKUPS)]


def test_a_backup_whose_answer_was_lost_is_deleted(
    place: Place, box: ApplianceHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Session.write

    def lost(session: Session, method: str, path: str, *given: Any, **named: Any) -> Any:
        reply = write(session, method, path, *given, **named)
        if "create" in path:
            raise OutcomeUnknown("no answer")
        return reply

    monkeypatch.setattr(Session, "write", lost)
    taken = place.take(parts=(Part.BACKUP,))
    assert "no answer" in str(taken.manifest.gaps[0])
    assert not [path for path in files(box) if path.startswith(BACKUPS)]


def test_a_file_that_was_changed_meanwhile_is_taken_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any) -> str:
        raise Refused("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Bundle, "seal", full)
        with pytest.raises(Refused):
            place.take(parts=(Part.VOLATILE,))
    (path,) = place.bundles.rglob("nsversion.json")
    path.write_bytes(b"other")
    taken = place.take(parts=(Part.VOLATILE,))
    assert read_sealed(taken.directory, place.trust).gaps == []
    assert path.read_bytes() != b"other"


def test_two_runs_at_once_are_refused(place: Place) -> None:
    with (
        open_bundle(place.bundles, "box", datetime.now(UTC)),
        pytest.raises(Refused, match="another run takes evidence"),
    ):
        place.take()


# -- what an attacker may do ------------------------------------------------------------------------------------------


def test_hostile_names_stay_in_their_place(place: Place, box: ApplianceHandle) -> None:
    for name in ("$(id)", "-rf", "a;b", "a b", "x\ny", "%2e%2e", "log"):
        box.write_file(f"/var/log/{name}", "x")
    taken = place.take(parts=(Part.FILES,))
    stored = {item.source: item.file for item in taken.manifest.items}
    assert stored["systemfile /var/log/$(id)"] == "127.0.1.1/var/log/%24%28id%29"
    assert stored["systemfile /var/log/-rf"] == "127.0.1.1/var/log/%2Drf"
    assert stored["systemfile /var/log/%2e%2e"] == "127.0.1.1/var/log/%252e%252e"
    told = [one.what for one in taken.manifest.gaps]
    assert [text for text in told if "a b" in text or "\\x0a" in text] == told
    assert len(told) == 2
    assert all((taken.directory / file).resolve().is_relative_to(taken.directory) for file in stored.values())


def test_a_file_without_an_end_and_one_too_large_are_told(
    place: Place, box: ApplianceHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.write_file("/var/log/large", "x" * 5000)
    monkeypatch.setattr(node_evidence, "LARGEST_FILE", 4000)
    taken = place.take(parts=(Part.FILES,))
    assert "systemfile /var/log/large" not in {item.source for item in taken.manifest.items}
    (told,) = [one for one in taken.manifest.gaps if one.what == "/var/log/large"]
    assert "fetch it by scp" in told.why


def test_what_a_node_makes_us_note_is_bounded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def many(_session: Session, directory: str) -> tuple[tuple[ListedFile, ...], str]:
        return tuple(ListedFile(directory, f"a b {number}", 1) for number in range(200)), ""

    read = Session.read

    def strange(session: Session, type_: str, *given: Any, **named: Any) -> Any:
        if type_ == "nsconfig":
            return [{**read(session, type_, *given, **named)[0], "systemtype": "HA"}]
        rows = [{"id": str(number), "ipaddress": f"10.0.{number}.1"} for number in range(5000)]
        return rows if type_ == "hanode" else read(session, type_, *given, **named)

    monkeypatch.setattr(directory_tree, "list_directory", many)
    monkeypatch.setattr(Session, "read", strange)
    gaps = place.take(parts=(Part.FILES,)).manifest.gaps
    assert len(gaps) <= node_evidence.MOST_GAPS + 1 + node_evidence.MOST_OTHERS
    assert any("only the first" in one.why for one in gaps)


def test_the_evidence_of_a_node_is_bounded(place: Place, box: ApplianceHandle) -> None:
    box.write_file("/var/log/large", "x" * 200_000)
    taken = place.take(parts=(Part.FILES,), most_bytes=100_000)
    assert sum(item.size for item in taken.manifest.items) <= 100_000
    assert any("allow more with -e largest=MIB" in one.why for one in taken.manifest.gaps)


def test_files_that_are_larger_than_their_listing_says_are_bounded(
    place: Place, box: ApplianceHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def endless(_session: Session, name: str, _directory: str) -> bytes:
        read.append(name)
        return b"x" * 60_000

    monkeypatch.setattr(node_evidence, "read_file", endless)
    taken = place.take(parts=(Part.FILES,), most_bytes=100_000)
    assert len(read) == 2
    assert sum(item.size for item in taken.manifest.items) <= 100_000
    assert any("allow more" in one.why for one in taken.manifest.gaps)


def test_a_full_disk_of_the_appliance_is_told(place: Place, box: ApplianceHandle) -> None:
    box.fault("disk_full", times=0)
    taken = place.take(parts=(Part.VOLATILE, Part.BACKUP, Part.SUPPORT))
    assert {one.part for one in taken.manifest.gaps} == {"backup", "support"}


# -- what is followed -------------------------------------------------------------------------------------------------

PLANTED = ("/tmp/.init/httpd", "/var/tmp/.nsmon/nsmon.pl", "/netscaler.local/ns_1.pl", "/var/netscaler/gui/vpns/help/a7s.php")  # fmt: skip
"""Files of public write-ups of the autumn of 2026 (facts, catalogue-2)."""


def sources(taken: Taken) -> set[str]:
    return {item.source.removeprefix("systemfile ") for item in taken.manifest.items}


def plant(box: ApplianceHandle, *more: str) -> None:
    for path in (*PLANTED, *more):
        box.write_file(path, f"evidence of {path}")


def test_directories_are_followed_to_the_end(place: Place, box: ApplianceHandle) -> None:
    deep = ("/var/vpn/a/b/c/d/e.php", "/nsconfig/.slap/x", "/root/.x/y", "/var/core/z", "/var/core/.x/y")
    plant(box, *deep)
    taken = place.take(parts=(Part.FILES,))
    assert {*PLANTED, *deep} <= sources(taken)
    assert taken.manifest.gaps == []


def test_each_listed_file_is_read_or_a_gap_with_its_size_and_the_reason(place: Place, box: ApplianceHandle) -> None:
    plant(box)
    everything = place.take(parts=(Part.FILES,), named=named(place))
    listed = {row["path"]: row for row in json.loads(content(everything, "listings"))}
    read = sources(everything)
    assert {path for path, row in listed.items() if row["size"] and not row["is_directory"]} <= read
    few = place.take(parts=(Part.FILES,), further=Further(files=3), named=named(place))
    left = [one for one in few.manifest.gaps if "allow more with -e further_files=NUMBER" in one.why]
    assert left
    assert all(one.is_gap and " bytes" in one.why for one in left)
    told = sum(int(one.what.split()[0]) if " files of " in one.what else 1 for one in left)
    assert told == len(read - sources(few))
    assert taken_values(few)["exit_code"] == 2


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Further(bytes=10), "further files may have 0 MiB; allow more with -e further_mib=MIB"),
        (Further(seconds=-1.0), "the time for them is over; allow more with -e further_minutes=MINUTES"),
        (Further(directories=20), "at most 20 of a node are listed; allow more with -e further_directories=NUMBER"),
    ],
)
def test_a_limit_that_is_reached_is_a_gap(place: Place, box: ApplianceHandle, limits: Further, words: str) -> None:
    plant(box)
    planned, taken = place.run(parts=(Part.FILES,), further=limits).preview(), place.take(parts=(Part.FILES,), further=limits)  # fmt: skip
    for gaps in ([one for one in planned.missing if one.is_gap], taken.manifest.gaps):
        assert sum(words in one.why for one in gaps) == (len(gaps) if "MiB" in words else 1)
    assert planned.files == len(taken.manifest.items) - 1  # the listings


def test_files_that_are_not_as_old_as_most_around_them_are_read_first(place: Place, box: ApplianceHandle) -> None:
    for number in range(30):
        box.write_file(f"/var/netscaler/gui/vpns/{number}.html", "firmware", mtime="2026-03-01T04:05:06Z")
    box.write_file("/var/netscaler/gui/vpns/help/a7s.php", "x", mtime="2026-09-01T04:05:06Z")
    taken = place.take(parts=(Part.FILES,), further=Further(files=25))
    assert "/var/netscaler/gui/vpns/help/a7s.php" in sources(taken)
    (left,) = [one for one in taken.manifest.gaps if "/var/netscaler/gui/vpns" in one.what]
    assert "firmware" not in left.why


def named(place: Place, **given: Any) -> NamedFiles:
    options = {"traces": "", "baselines": "", "catalogue": CATALOGUE.parent, "allowed_signers": None}
    return named_files("box", {**options, "record_key": str(place.trust.key), **given})


def test_what_an_indicator_names_is_read_whatever_the_limits_are(place: Place, box: ApplianceHandle) -> None:
    path, others = "/var/netscaler/logon/a/b/x.php", ("/var/core/.ns-cache/a/x", "/home/ann/.sh_history")
    box.write_file(path, "<?php")
    for one in others:
        box.write_file(one, "x")
    box.write_file("/var/netscaler/gui/admin_ui/x.php", "<?php of the firmware", mtime="2001-01-01T00:00:00Z")
    taken = place.take(parts=(Part.FILES,), further=Further(files=1), named=named(place))
    assert {path, *others} <= sources(taken)
    assert "/var/netscaler/gui/admin_ui/x.php" not in sources(taken)


def test_what_the_last_hunt_names_is_read_first(place: Place, box: ApplianceHandle, tmp_path: Path) -> None:
    where = ["/var/crash/x.sig", "/var/nslog/gone", "the running configuration", "/var/../etc/passwd", f"/{'a' * 200}"]
    finding = Finding(
        appliance="box",
        node=str(place.run().appliance.nodes[0]),
        level=Level.COMPROMISE,
        what="x",
        where=", ".join(where),
        why="x",
    )
    examined = Examination("box", findings=(finding,), looked_at=(("files", 1),))
    report = tmp_path / "hunt.json"
    report.write_text(json.dumps({"box": {**json_values(examined), ENDED: ""}}), encoding="ascii")
    box.write_file("/var/crash/x.sig", "\x7fELF")
    taken = place.take(parts=(Part.FILES,), further=Further(files=1), named=named(place, traces=str(report)))
    assert "/var/crash/x.sig" in sources(taken)
    assert [one.what for one in taken.manifest.gaps if "no file of this name" in one.why] == ["/var/nslog/gone"]


def test_the_files_that_reports_name_are_bounded_and_the_others_a_gap(place: Place, box: ApplianceHandle) -> None:
    node = str(place.run().appliance.nodes[0])
    paths = tuple(f"/var/log/{number}" for number in range(203))
    gaps = place.take(parts=(Part.FILES,), named=NamedFiles(paths={node: paths})).manifest.gaps
    assert [one.why for one in gaps if one.what == "3 of the files that a hunt or a watch names"] == [
        "at most 200 of a node are looked for"
    ]
    assert len(gaps) == 201


def test_what_the_last_watch_names_is_read_first(place: Place, box: ApplianceHandle, tmp_path: Path) -> None:
    files = BaselineFiles(tmp_path / "baselines", "box", place.trust)
    node = str(place.run().appliance.nodes[0])
    path = "/netscaler/ns_gui/vpns/theme/default/x.php"
    box.write_file(path, "<?php")
    before = WatchedState("box", {node: NodeState("14.1 73.46", {})}, {}, "ann", "2026-09-28T06:00:00Z")
    shown = replace(before, nodes={node: NodeState("14.1 73.46", {path: SeenFile(5, is_code=True)})}, accepted_by="")
    files.write(files.shown, replace(before, accepted_by=""))
    files.accept(before, "ann", write=True)
    files.write(files.shown, shown)
    given = {"baselines": str(files.directory)}
    taken = place.take(parts=(Part.FILES,), further=Further(files=1), named=named(place, **given))
    assert path in sources(taken)
    files.shown.write_text(files.shown.read_text(encoding="ascii").replace("x.php", "y.php"), encoding="ascii")
    (gap,) = place.take(parts=(Part.FILES,), named=named(place, **given)).manifest.gaps
    assert (gap.what, "does not count" in gap.why) == ("the files that the last watch names", True)
    files.shown.write_text("{", encoding="ascii")
    (gap,) = place.take(parts=(Part.FILES,), named=named(place, **given)).manifest.gaps
    assert (gap.what, "it is no state of a watch" in gap.why) == ("the files that the last watch names", True)


def test_the_mode_of_a_file_is_not_known_and_its_time_is_kept(place: Place, box: ApplianceHandle) -> None:
    """A reader of bundles called each PHP file suspicious by a mode that only the copy has."""
    box.write_file("/var/vpn/theme/x.php", "<?php", mtime="2019-12-24T03:04:05Z")
    taken = place.take(parts=(Part.FILES,))
    (item,) = [item for item in taken.manifest.items if item.source == "systemfile /var/vpn/theme/x.php"]
    assert item.mode == "not known"
    modified = datetime.fromtimestamp((taken.directory / item.file).stat().st_mtime, UTC).replace(tzinfo=None)
    assert modified.isoformat() == item.modified
    older = json.loads(taken.manifest.to_bytes())
    older["schema"] = 1
    for one in older["items"]:
        del one["mode"]
    assert Manifest.of_bytes(json.dumps(older).encode()).items == taken.manifest.items


# -- the shell --------------------------------------------------------------------------------------------------------


def test_the_shell_shows_processes_and_sockets(place: Place, box: ApplianceHandle, simulator: Simulator) -> None:
    box.processes([{"user": "nobody", "command": "/tmp/.init/httpd", "pid": 1351}])
    taken = place.take(parts=tuple(Part), account=ACCOUNT, run=Shells(simulator))
    assert taken.manifest.gaps == []
    assert b"/tmp/.init/httpd" in content(taken, "shell ps auxww")
    assert len([item for item in taken.manifest.items if item.part is Part.SHELL]) == len(SCRIPTS)


def test_without_an_account_the_shell_is_left_out_and_told(place: Place) -> None:
    taken = place.take(parts=(Part.VOLATILE, Part.SHELL))
    assert taken.manifest.gaps == []
    assert any(one.part == "shell" for one in taken.manifest.missing)


# -- readers ----------------------------------------------------------------------------------------------------------


def test_a_node_has_the_layout_that_readers_of_support_bundles_know(place: Place, tmp_path: Path) -> None:
    """The conditions of dissect.target (loaders/nscollector.py; plugins/os/unix/bsd/citrix/_os.py)."""
    taken = place.take(parts=(Part.FILES,))
    schema = Path(__file__).parents[2] / "docs" / "reference" / "manifest-schema.yml"
    jsonschema.validate(json.loads(taken.manifest.to_bytes()), yaml.safe_load(schema.read_text(encoding="utf-8")))
    path = tmp_path / "node.tar.gz"
    subprocess.run(["tar", "-C", taken.directory, "-czf", path, "127.0.1.1"], check=True)
    with tarfile.open(path) as archive:
        names = archive.getnames()
        root = names[0]
        assert {f"{root}/nsconfig/ns.conf", f"{root}/shell", f"{root}/netscaler", f"{root}/log"} <= set(names)
        link = archive.getmember(f"{root}/log")
        assert (link.issym(), link.linkname) == (True, "var/log")
        assert f"{root}/var/log/ns.log" in names
