# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue of a run has the entries of the bundle in use: signed by somebody who may, checked, and never older than what is in use."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.bundle import Bundle, pack
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.bundle_name import bundle_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import entry_ids, load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.published import (
    PUBLISHED,
    present,
    with_new,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.revoked_keys import revoked_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signed_bundle import (
    NAMESPACE,
    read_signed_bundle,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import catalogue_updates, checked_copies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.catalogue_updates import (
    IN_USE,
    Taken,
    catalogue_with,
    keep,
    older_entries,
    read_taken,
    updated_catalogue,
    write_taken,
)

from tests.catalogue_entries import entry_text, measure
from tests.unit.plugin_utils.policies.test_entry_check import RULE, TEMPLATE, TRAFFIC

NOW = datetime(2026, 11, 28, 7, tzinfo=UTC)
ENTRY, NEW = "cve_2027_0001", "cve_2027_0002"
Files = Mapping[str, Mapping[str, bytes]]


def entry(id_: str = ENTRY, rule: str = RULE, **facts: Any) -> dict[str, bytes]:
    text = entry_text(id_, **{"trains": {"13.0": {"fixed": "99.1"}}, "measure": measure(), **facts})
    template = TEMPLATE.replace("RULE", rule)
    return {"mitigation.yml": text.encode(), "traffic.yml": TRAFFIC.encode(), "v1.yml.j2": template.encode()}


class Desk:
    """A catalogue of a release with one entry, its author's key, and the list of a user who trusts it."""

    def __init__(self, place: Path) -> None:
        self.place, self.state, self.folder = place, place / "state", place / "catalogue_updates"
        self.key, self.signers = signing_key(place / "author" / "key"), place / "allowed_signers"
        self.release = place / "release"
        self.trust(f'namespaces="{NAMESPACE}"')
        self.write(self.release, {ENTRY: entry()})

    def trust(self, options: str) -> None:
        self.signers.write_text(f"author@example.org {options} {public_line(self.key)}\n")

    def revoke(self) -> None:
        revoked_file(self.signers).write_text(f"# stolen\n{public_line(self.key)}\n")

    def write(self, directory: Path, files: Files) -> None:
        for id_, own in files.items():
            (directory / id_).mkdir(parents=True, exist_ok=True)
            for name, content in own.items():
                (directory / id_ / name).write_bytes(content)
        (directory / PUBLISHED).write_text(with_new({}, present(directory)))

    def bundle(self, files: Files, number: int = 1, namespace: str = NAMESPACE) -> Path:
        content = pack(Bundle(number, "a test", files))
        path = self.place / f"{number}.tar"
        path.write_bytes(content)
        Path(f"{path}.sig").write_text(sign(self.key, content, namespace))
        return path

    def view(self, files: Files, number: int = 1) -> Path:
        return catalogue_with(
            read_signed_bundle(self.bundle(files, number), self.signers, NOW), self.release, self.state
        )

    def take(self, files: Files, number: int = 1, when: datetime = NOW) -> Path:
        found = read_signed_bundle(self.bundle(files, number), self.signers, NOW)
        name = keep(self.folder, found)
        write_taken(self.folder, [*read_taken(self.folder), Taken(name, when, "somebody")])
        return self.folder / name

    def in_use(self) -> Path:
        return updated_catalogue(self.release, self.folder, self.signers, self.state)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_a_signed_bundle_is_read(desk: Desk) -> None:
    found = read_signed_bundle(desk.bundle({NEW: entry(NEW)}, 7), desk.signers, NOW)
    assert str(found).startswith("bundle 7 by author@example.org (SHA256:")
    assert set(found.bundle.files) == {NEW}


def unsigned(desk: Desk, path: Path) -> None:
    Path(f"{path}.sig").unlink()


def edited(desk: Desk, path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Demo", b"Dem0"))


def not_a_signature(desk: Desk, path: Path) -> None:
    Path(f"{path}.sig").write_text("x" * 5000)


def other_namespace(desk: Desk, path: Path) -> None:
    Path(f"{path}.sig").write_text(sign(desk.key, path.read_bytes(), "tourniquet-record"))


def unknown_signer(desk: Desk, path: Path) -> None:
    other = signing_key(desk.place / "other" / "key")
    Path(f"{path}.sig").write_text(sign(other, path.read_bytes(), NAMESPACE))


def a_pipe(desk: Desk, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            unsigned,
            "it has no signature in 1.tar.sig. Ask its author, who makes it with ssh-keygen -Y sign -n tourniquet-catalogue",
        ),
        (edited, "its signature does not fit: it was changed after it was signed"),
        (not_a_signature, "it is not an SSH signature"),
        (other_namespace, "its signature is for the namespace 'tourniquet-record'"),
        (unknown_signer, "is not in "),
        (lambda desk, _path: desk.signers.unlink(), "is not in "),
        (lambda desk, _path: desk.signers.write_text("no line\n"), "line 1: it has less than three fields"),
        (lambda desk, _path: desk.trust('namespaces="tourniquet-record"'), "may not sign for tourniquet-catalogue"),
        (lambda desk, _path: desk.trust('valid-before="20261127Z"'), "was valid only until 2026-11-27"),
        (lambda desk, _path: desk.revoke(), "that signed it is revoked ("),
        (lambda _desk, path: path.unlink(), "No such file"),
        (a_pipe, "it is no regular file"),
        (lambda _desk, path: path.write_bytes(b"\0" * (9 * 1024 * 1024)), "does not fit"),
    ],
)
def test_a_bundle_is_refused_before_anything_in_it_is_looked_at(desk: Desk, change: Any, problem: str) -> None:
    path = desk.bundle({NEW: {"mitigation.yml": b"!!python/object:x Demo"}})
    change(desk, path)
    with pytest.raises(InvalidInput) as error:
        read_signed_bundle(path, desk.signers, NOW)
    assert problem in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_of_each_entry_the_newest_revision_counts(desk: Desk) -> None:
    newer = entry(revision=2, title="Newer")
    view = desk.view({ENTRY: newer, NEW: entry(NEW)})
    assert entry_ids(view) == [ENTRY, NEW]
    assert load_entry(view / ENTRY).title == "Newer"
    assert bundle_of(view).startswith("bundle 1 by author@example.org")
    assert bundle_of(desk.release) == ""
    # A release that is newer than the bundle in use keeps its own entry.
    desk.write(desk.release, {ENTRY: entry(revision=3, title="Newest")})
    later = desk.view({ENTRY: newer, NEW: entry(NEW)})
    assert later != view
    assert load_entry(later / ENTRY).title == "Newest"
    assert (later / ENTRY).is_symlink()


TEMPLATES = {"v1.yml.j2": b"{{ lookup('pipe', 'id') }}"}
USERS = b"---\nsystemuser:\n  - {username: x, password: y}\n"
FILES = b"---\nsystemfile:\n  - {filename: x, filelocation: /nsconfig/ssh, filecontent: eA==}\n"


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({NEW: entry(NEW) | TEMPLATES}, f"{NEW}: v1.yml.j2, line 1: call is not allowed"),
        ({NEW: entry(NEW) | {"v1.yml.j2": USERS}}, f"{NEW}: v1.yml.j2: desired state, line 2: unknown type 'systemuser'"),
        ({NEW: entry(NEW) | {"v1.yml.j2": FILES}}, f"{NEW}: v1.yml.j2: desired state, line 2: unknown type 'systemfile'"),
        ({NEW: entry(NEW, rule='HTTP.REQ.URL.EQ("/other")')}, f"{NEW}: version 1: "),
        ({NEW: entry(NEW, sources=...)}, f"{NEW}: {NEW}/mitigation.yml: the entry lacks sources"),
        ({NEW: entry(NEW, trains={"13.1": {"fixed": "37.279"}})}, "belongs to another train"),
        ({NEW: entry(NEW) | {"run.sh": b"id"}}, f"{NEW}: run.sh is no file of an entry"),
        ({NEW: {"traffic.yml": b"x"}}, f"{NEW}: it has no mitigation.yml"),
        ({NEW: entry(ENTRY)}, f"the entry in '{NEW}' says that its id is '{ENTRY}'"),
        ({ENTRY: entry(title="Edited")}, f"{ENTRY} revision 1 was published and has changed"),
        ({ENTRY: entry(revision=2, rule=f"{RULE} || FALSE")}, f"{ENTRY} v1.yml.j2 was published and has changed"),
    ],
)  # fmt: skip
def test_an_entry_that_reaches_out_or_is_wrong_is_refused(desk: Desk, files: Files, problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        desk.view(files)
    assert problem in str(error.value)
    assert str(error.value).startswith("the bundle 1 by author@example.org (SHA256:")
    assert str(desk.state) not in str(error.value)
    assert "\n" not in str(error.value)
    assert list((desk.state / "updated_catalogues").iterdir()) == []


def test_a_bundle_that_is_older_than_what_is_in_use_says_so(desk: Desk) -> None:
    used = desk.view({ENTRY: entry(revision=2), NEW: entry(NEW)}, 2)
    assert list(older_entries(used, desk.view({ENTRY: entry(revision=2), NEW: entry(NEW)}, 3))) == []
    assert list(older_entries(used, desk.view({NEW: entry(NEW)}, 3))) == [
        f"it is older than the one in use: {ENTRY} has revision 1, and revision 2 is in use"
    ]
    assert list(older_entries(used, desk.view({ENTRY: entry(revision=2)}, 3))) == [
        f"it is older than the one in use: it lacks {NEW}"
    ]
    edited = desk.view({ENTRY: entry(revision=2), NEW: entry(NEW, title="Edited")}, 3)
    assert list(older_entries(used, edited)) == [
        f"{NEW} revision 1 was published and has changed: take the change back, or raise the revision in its mitigation.yml"
    ]


# -- in use -----------------------------------------------------------------------------------------------------------


def test_without_a_bundle_the_catalogue_is_that_of_the_release(desk: Desk) -> None:
    assert updated_catalogue(desk.release, None, desk.signers, desk.state) == desk.release
    assert desk.in_use() == desk.release
    assert not desk.state.exists()


def test_the_bundle_in_use_is_checked_at_each_run_and_a_private_copy_is_read(desk: Desk) -> None:
    path = desk.take({NEW: entry(NEW)})
    view = desk.in_use()
    assert entry_ids(view) == [ENTRY, NEW]
    assert desk.in_use() == view
    path.write_bytes(path.read_bytes().replace(b"Demo", b"Dem0"))
    with pytest.raises(
        InvalidInput, match=r"was changed after it was signed.*-e go_back=true.*Nothing was sent"
    ) as error:
        desk.in_use()
    assert "\n" not in str(error.value)
    assert b"Demo" in (view / NEW / "mitigation.yml").read_bytes()


def test_a_signer_who_is_no_longer_listed_does_not_count_for_the_bundle_in_use(desk: Desk) -> None:
    desk.take({NEW: entry(NEW)}, when=NOW - timedelta(days=3))
    desk.trust('valid-before="20261126Z"')  # after it was taken
    desk.in_use()
    desk.signers.write_text("")
    with pytest.raises(InvalidInput, match="is not in "):
        desk.in_use()


def test_a_revoked_key_counts_in_no_line_from_then_on(desk: Desk) -> None:
    desk.take({NEW: entry(NEW)})
    assert desk.in_use() == desk.in_use(), "a result that is cached"
    desk.revoke()
    with pytest.raises(
        InvalidInput, match=r"the key SHA256:\S+ that signed it is revoked .*revoked_keys.*go_back=true"
    ):
        desk.in_use()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 5000,
        "x" * 100_000,
        '{"taken": [{}]}',
        '{"taken": 3}',
        json.dumps({"taken": [{"bundle": "../../x.tar", "when": NOW.isoformat(), "by": "x"}]}),
        json.dumps({"taken": [{"bundle": "1-0123456789ab.tar", "when": "2026-11-28", "by": "x"}]}),
        json.dumps({"taken": [{"bundle": ["x"], "when": NOW.isoformat(), "by": "x"}]}),
    ],
)
def test_a_file_that_catalogue_yml_did_not_write_stops_the_run(desk: Desk, text: str) -> None:
    desk.folder.mkdir()
    (desk.folder / IN_USE).write_text(text)
    with pytest.raises(InvalidInput, match=r"in_use\.json is not one that catalogue\.yml wrote\. Restore it"):
        desk.in_use()


def test_a_file_as_large_as_is_read_is_read_and_a_larger_one_stops_the_run(desk: Desk) -> None:
    desk.folder.mkdir()
    write_taken(desk.folder, [Taken("1-0123456789ab.tar", NOW, "x")])
    text = (desk.folder / IN_USE).read_text()
    (desk.folder / IN_USE).write_text(text.ljust(64 * 1024))
    assert [one.by for one in read_taken(desk.folder)] == ["x"]
    (desk.folder / IN_USE).write_text(text.ljust(64 * 1024 + 1))
    with pytest.raises(InvalidInput, match=r"in_use\.json is not one that catalogue\.yml wrote\."):
        read_taken(desk.folder)


def test_a_file_that_cannot_be_read_stops_the_run(desk: Desk) -> None:
    (desk.folder / IN_USE).mkdir(parents=True)
    with pytest.raises(InvalidInput, match=r"in_use\.json cannot be read"):
        desk.in_use()


def test_a_folder_names_no_more_bundles_than_one_goes_back_to(desk: Desk) -> None:
    desk.folder.mkdir()
    write_taken(desk.folder, [Taken("1-0123456789ab.tar", NOW, f"{number}") for number in range(70)])
    assert [one.by for one in read_taken(desk.folder)] == [str(number) for number in range(20, 70)]


def test_another_version_of_the_collection_checks_the_bundle_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.view({NEW: entry(NEW)})
    monkeypatch.setattr(catalogue_updates, "ENGINE", "of another version")
    assert desk.view({NEW: entry(NEW)}) != first


def test_a_copy_that_no_run_has_used_for_a_month_is_removed(desk: Desk) -> None:
    first, second = desk.view({NEW: entry(NEW)}, 1), desk.view({NEW: entry(NEW)}, 2)
    month = time.time() - checked_copies.KEPT - 60
    for path in (first, second):
        os.utime(path, (month, month))
    assert desk.view({NEW: entry(NEW)}, 2) == second, "it is used"
    third = desk.view({NEW: entry(NEW)}, 3)
    assert {*third.parent.iterdir()} == {second, third}


def test_a_copy_that_others_could_have_made_is_not_used(desk: Desk) -> None:
    view = desk.view({NEW: entry(NEW)})
    view.parent.chmod(0o777)
    with pytest.raises(InvalidInput, match="others may write to it"):
        desk.view({NEW: entry(NEW)})


def test_a_full_disk_of_the_control_node_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(InvalidInput, match=r"No space left on device.*TOURNIQUET_STATE_DIRECTORY.*Nothing was sent"):
        desk.view({NEW: entry(NEW)})
