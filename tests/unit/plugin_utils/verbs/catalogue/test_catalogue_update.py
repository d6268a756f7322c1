# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle from the author's directory to the catalogue of a user and back: each step says what it did, and refuses what is older or edited."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import entry_ids
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signed_bundle import NAMESPACE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.catalogue_updates import only_one
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.own_entries import catalogue_of_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue import catalogue_update
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.catalogue_update import (
    CatalogueUpdate,
    catalogue_of_bundle,
)

from tests.unit.plugin_utils.policies.test_catalogue_updates import ENTRY, NEW, Desk, entry
from tests.unit.plugin_utils.policies.test_entry_check import RULE


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def user(desk: Desk, **more: Any) -> CatalogueUpdate:
    values = {
        "built_in": desk.release,
        "own": None,
        "folder": desk.folder,
        "signers": desk.signers,
        "state": desk.state,
    }
    return CatalogueUpdate(**{**values, **more})


def test_what_ssh_keygen_signs_is_taken_and_given_back(desk: Desk) -> None:
    author, target = desk.place / "entries", desk.place / "night.tar"
    desk.write(author, {NEW: entry(NEW, title="A new one")})
    update = user(desk)
    packed = update.pack(author, target, 7, "the night")
    assert packed.lines[0].startswith(f"packed: {target}, number 7, entries: 1, ")
    assert packed.lines[1] == f"sign it: ssh-keygen -Y sign -n {NAMESPACE} -f KEY {target}"
    assert shutil.which("ssh-keygen"), "install OpenSSH's client: apt install openssh-client"
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(desk.place / "author" / "key"), str(target)]
    subprocess.run(command, check=True, timeout=60)
    assert update.in_use().lines == ("in use: the entries of the release: 1 entry",)
    looked = update.compare(target)
    assert looked.lines[0].endswith("1 new, 0 changed, 1 as in use; the night")
    assert looked.lines[1] == f"  new      {NEW} (unknown) A new one"
    assert entry_ids(looked.before) == [ENTRY]
    assert entry_ids(looked.after) == entry_ids(catalogue_of_bundle(target, update)) == [ENTRY, NEW]
    assert not desk.folder.exists(), "looking takes nothing"
    taken = update.take(target, "night@control-1")
    assert (taken.changed, taken.lines[-1].partition(":")[0]) == (True, f"taken into {desk.folder}")
    in_use = update.in_use().lines
    assert in_use[0].startswith("in use: bundle 7 by author@example.org (SHA256:")
    assert in_use[1].startswith("taken by night@control-1 on ")
    again = update.take(target, "night@control-1")
    assert (again.changed, again.lines[-1]) == (False, "it is in use already")
    back = update.go_back()
    assert back.lines[0] == "in use again: the entries of the release, instead of bundle 7"
    assert back.lines[1].startswith(f"no longer in the catalogue: {NEW}. ")
    assert desk.in_use() == desk.release
    with pytest.raises(InvalidInput, match=r"go_back: no bundle is in use"):
        update.go_back()


def test_going_back_is_one_step_each_time_and_works_where_the_bundle_in_use_does_not_count_any_more(desk: Desk) -> None:
    update = user(desk)
    for number in (1, 2):
        update.take(desk.bundle({NEW: entry(NEW, revision=number)}, number), "x")
    assert update.in_use().lines[-1] == "-e go_back=true goes back to bundle 1"
    next(desk.folder.glob("2-*.tar")).write_bytes(b"broken")
    with pytest.raises(InvalidInput, match=r"-e go_back=true"):
        update.in_use()
    assert update.go_back().lines == ("in use again: bundle 1, instead of bundle 2",)
    assert update.in_use().lines[0].startswith("in use: bundle 1 ")


def test_after_a_theft_one_step_goes_back_past_all_bundles_of_the_stolen_key(desk: Desk) -> None:
    update, theirs = user(desk), desk.key
    update.take(desk.bundle({NEW: entry(NEW)}, 1), "x")
    trusted, desk.key = desk.signers.read_text(), signing_key(desk.place / "stolen" / "key")
    desk.trust(f'namespaces="{NAMESPACE}"')
    desk.signers.write_text(trusted + desk.signers.read_text())
    for number in (2, 99_999_999_999_999):  # the largest number: no bundle could follow it
        harmful = {NEW: entry(NEW, revision=min(number, 999)), "harmful": entry("harmful")}
        update.take(desk.bundle(harmful, number), "x")
    assert update.in_use().lines[-1] == "-e go_back=true goes back to bundle 2"
    desk.revoke()
    with pytest.raises(InvalidInput, match=r"is revoked.*-e go_back=true"):
        desk.in_use()
    assert user(desk, write=False).go_back().lines[0].startswith("would be in use again: bundle 1,")
    assert update.go_back().lines == (
        "in use again: bundle 1, instead of bundle 99999999999999",
        "do not count any more, either: bundle 2",
    )
    assert entry_ids(desk.in_use()) == [ENTRY, NEW]
    # What was applied by an entry of theirs is removed by a copy of it among one's own entries, which is checked as such.
    stolen = next(desk.folder.glob("99999999999999-*.tar"))
    subprocess.run(["tar", "-xf", stolen, "-C", desk.place, "--one-top-level=catalogue", "harmful"], check=True)
    own = user(desk, own=desk.place / "catalogue")
    assert entry_ids(own.directory()) == [ENTRY, NEW, "harmful"]
    desk.key = theirs
    update.take(desk.bundle({NEW: entry(NEW, revision=2)}, 2), "x")
    assert update.in_use().lines[0].startswith("in use: bundle 2 by author@example.org")


def test_the_same_bundle_signed_by_a_new_key_replaces_the_old_signature(desk: Desk) -> None:
    update = user(desk)
    update.take(desk.bundle({NEW: entry(NEW)}), "x")
    old, desk.key = desk.signers.read_text(), signing_key(desk.place / "new" / "key")
    desk.trust(f'namespaces="{NAMESPACE}"')
    new = desk.signers.read_text()
    desk.signers.write_text(old + new)
    path = desk.bundle({NEW: entry(NEW)})
    assert user(desk, write=False).take(path, "y").changed
    assert update.take(path, "y").changed
    desk.signers.write_text(new)
    assert update.in_use().lines[0].startswith("in use: bundle 1 by author@example.org (SHA256:")
    assert update.in_use().lines[1].startswith("taken by y on ")
    assert update.take(path, "y").lines[-1] == "it is in use already"
    assert update.go_back().lines[0] == "in use again: the entries of the release, instead of bundle 1"


def test_check_mode_writes_nothing(desk: Desk) -> None:
    update, path = user(desk), desk.bundle({NEW: entry(NEW)})
    dry = user(desk, write=False)
    assert dry.take(path, "x").lines[-1].startswith("would be taken")
    assert not desk.folder.exists()
    update.take(path, "x")
    assert dry.go_back().lines[0].startswith("would be in use again")
    assert update.in_use().lines[0].startswith("in use: bundle 1 ")
    assert dry.pack(desk.release, desk.place / "x.tar", 0, "").lines[0].startswith("would be packed")
    assert not (desk.place / "x.tar").exists()


def test_a_changed_entry_is_shown_by_what_differs(desk: Desk) -> None:
    changed = entry(revision=2, title="Other", trains={"13.0": {"fixed": "99.2"}})
    changed["traffic.yml"] += b"# more\n"
    lines = user(desk).compare(desk.bundle({ENTRY: changed})).lines
    assert lines[1] == f"  changed  {ENTRY} revision 1 -> 2: title, trains, traffic.yml"


def test_many_entries_are_counted(desk: Desk) -> None:
    ids = [f"cve_2028_{number:04}" for number in range(15)]
    lines = user(desk).compare(desk.bundle({id_: entry(id_, measure=...) | {} for id_ in ids})).lines
    assert len(lines) == 14
    assert lines[-1] == "  and 3 more"


@pytest.mark.parametrize(
    ("files", "number", "problem"),
    [
        ({NEW: entry(NEW, revision=2)}, 1, "it is older than the one in use, which has the number 2"),
        ({NEW: entry(NEW)}, 3, f"it is older than the one in use: {NEW} has revision 1, and revision 2 is in use"),
        ({ENTRY: entry(revision=2)}, 3, f"it is older than the one in use: it lacks {NEW}"),
        ({NEW: entry(NEW, revision=2, title="Edited")}, 3, f"{NEW} revision 2 was published and has changed"),
        ({NEW: entry(NEW, revision=3, rule=f"{RULE} || FALSE")}, 3, f"{NEW} v1.yml.j2 was published and has changed"),
    ],
)  # fmt: skip
def test_what_is_older_or_edits_what_was_published_is_not_taken(
    desk: Desk, files: Any, number: int, problem: str
) -> None:
    update = user(desk)
    update.take(desk.bundle({NEW: entry(NEW, revision=2)}, 2), "x")
    with pytest.raises(InvalidInput) as error:
        update.take(desk.bundle(files, number), "x")
    assert problem in str(error.value)
    assert str(error.value).endswith("Nothing was taken.")
    assert update.in_use().lines[0].startswith("in use: bundle 2 ")


def test_own_entries_stay_beside_a_bundle_and_one_of_the_same_name_is_told_before_it_is_taken(desk: Desk) -> None:
    own = desk.place / "catalogue"
    desk.write(own, {"own_entry": entry("own_entry")})
    update = user(desk, own=own)
    assert update.in_use().lines == (
        "in use: the entries of the release: 1 entry",
        f"and 1 entry of your own, in {own}",
    )
    path = desk.bundle({NEW: entry(NEW)})
    update.take(path, "x")
    combined = catalogue_of_run(desk.in_use(), own, desk.state)
    assert entry_ids(combined) == [ENTRY, NEW, "own_entry"]
    assert (combined / "bundle.txt").read_text().startswith("bundle 1 by author@example.org")
    desk.write(own, {"cve_2027_0003": entry("cve_2027_0003")})
    with pytest.raises(InvalidInput, match=r"the catalogue has an entry cve_2027_0003 already.*rename"):
        update.take(desk.bundle({NEW: entry(NEW), "cve_2027_0003": entry("cve_2027_0003")}, 2), "x")


def test_what_is_not_right_is_not_packed(desk: Desk) -> None:
    update, target, author = user(desk), desk.place / "x.tar", desk.place / "entries"
    with pytest.raises(InvalidInput, match=r"there is no entry\. Nothing was written"):
        update.pack(desk.place / "author", target, 0, "")
    desk.write(author, {NEW: entry(NEW)})
    (author / NEW / "v1.yml.j2").write_bytes(entry(NEW, rule=f"{RULE} || FALSE")["v1.yml.j2"])
    with pytest.raises(InvalidInput, match=r"v1\.yml\.j2 was published and has changed"):
        update.pack(author, target, 0, "")
    (author / NEW / "run.sh").write_text("id")
    with pytest.raises(InvalidInput, match=r"run\.sh is no file of an entry"):
        update.pack(author, target, 0, "")
    for number in (-5, 10**14):
        with pytest.raises(
            InvalidInput, match=r"pack: the bundle would be refused: .*at most 14 digits.*Nothing was written"
        ):
            update.pack(desk.release, target, number, "")
    target.write_text("there")
    with pytest.raises(InvalidInput, match=r"x\.tar exists already: name another file"):
        update.pack(desk.release, target, 0, "")
    with pytest.raises(InvalidInput, match="cannot be written"):
        update.pack(desk.release, desk.place / "missing" / "x.tar", 0, "")
    (author / "published.txt").unlink()
    shutil.rmtree(author / NEW)
    desk.write(author, {NEW: entry(NEW)})
    (author / "published.txt").unlink()
    assert "not pinned yet: 2 of its revisions" in update.pack(author, desk.place / "y.tar", 0, "").lines[1]


def test_a_folder_that_cannot_be_written_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    update, path = user(desk), desk.bundle({NEW: entry(NEW)})
    update.take(path, "x")

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catalogue_update, "write_taken", full)
    problem = f"{desk.folder} cannot be written (No space left on device): make it writable, or name another place. Nothing was changed."
    with pytest.raises(InvalidInput, match=re.escape(problem)):
        update.take(desk.bundle({NEW: entry(NEW)}, 2), "x")
    with pytest.raises(InvalidInput, match=re.escape(problem)):
        update.go_back()
    assert update.in_use().lines[0].startswith("in use: bundle 1 ")


def test_a_bundle_that_changes_between_the_check_and_the_fleet_is_refused(desk: Desk) -> None:
    update, path = user(desk), desk.bundle({NEW: entry(NEW)})
    update.compare(path)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InvalidInput, match="was changed after it was signed"):
        catalogue_of_bundle(path, update)


def test_of_two_persons_who_take_a_bundle_at_once_one_is_told_to_look_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, theirs = user(desk), desk.bundle({NEW: entry(NEW)}, 3)
    compare, gone = CatalogueUpdate.compare, CatalogueUpdate._gone

    def meanwhile(found: Any) -> Any:
        monkeypatch.undo()
        user(desk).take(theirs, "somebody else")
        return found

    monkeypatch.setattr(CatalogueUpdate, "compare", lambda self, path: meanwhile(compare(self, path)))
    with pytest.raises(InvalidInput, match=r"somebody else changes .*Give the same command again"):
        update.take(desk.bundle({NEW: entry(NEW)}, 2), "x")
    assert update.in_use().lines[0].startswith("in use: bundle 3 ")
    theirs = desk.bundle({NEW: entry(NEW)}, 4)
    monkeypatch.setattr(CatalogueUpdate, "_gone", lambda self, taken: meanwhile(gone(self, taken)))
    with pytest.raises(InvalidInput, match="somebody else changes"):
        update.go_back()
    assert update.in_use().lines[0].startswith("in use: bundle 4 ")


def test_while_somebody_takes_a_bundle_nobody_else_does(desk: Desk) -> None:
    update, path = user(desk), desk.bundle({NEW: entry(NEW)})
    with (
        only_one(desk.folder, ()),
        pytest.raises(InvalidInput, match=r"somebody else changes which bundle is in use.*Nothing was changed"),
    ):
        update.take(path, "x")
    update.take(path, "x")
