# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle on the control node: private, noted file by file, continued after a death, and never in the hands of two runs."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.digest import digest_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.bundle import (
    CONTINUED_FOR,
    PROGRESS,
    Bundle,
    NotThisName,
    local_name,
    open_bundle,
    place_of,
    sealed_bundles,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.manifest import (
    FILE,
    SEAL,
    Item,
    Manifest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import Part

NOW = datetime(2026, 9, 28, 6, 15, 2, tzinfo=UTC)
NODE = "192.0.2.1:443"


def item(file: str = "192.0.2.1/ns.conf", source: str = "systemfile /nsconfig/ns.conf") -> Item:
    return Item(NODE, Part.FILES, source, file, 0, "", NOW.isoformat())


def seal(bundle: Bundle, tmp_path: Path) -> str:
    manifest = Manifest(
        appliance="gw",
        taken_by="ann",
        reason="",
        began=bundle.began,
        ended=bundle.began,
        parts=(Part.FILES,),
        items=tuple(bundle.items.values()),
    )
    return bundle.seal(manifest, signing_key(tmp_path / "key"))


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def bundle(bundles: Path) -> Iterator[Bundle]:
    with open_bundle(bundles, "gw", NOW) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/nsconfig/ns.conf", "nsconfig/ns.conf"),
        ("/var/../../etc/passwd", "var/%2E./%2E./etc/passwd"),
        ("/a/./b", "a/%2E/b"),
        ("/-rf", "%2Drf"),
        ("/a b$(x)`y`", "a%20b%24%28x%29%60y%60"),
        ("/a\nb\x1b[2J", "a%0Ab%1B%5B2J"),
        ("/\u00e9", "%C3%A9"),
        ("/a%2e", "a%252e"),
    ],
)
def test_no_name_of_a_node_leads_out_of_the_bundle_or_into_a_shell(path: str, local: str) -> None:
    assert local_name(path) == local


def test_what_is_kept_is_private_noted_and_hashed(bundle: Bundle) -> None:
    bundle.keep(item(), b"x" * 900)
    path = bundle.directory / "192.0.2.1/ns.conf"
    assert path.read_bytes() == b"x" * 900
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (kept,) = bundle.items.values()
    assert (kept.size, kept.sha256) == (900, digest_of(b"x" * 900))
    assert bundle.has(NODE, kept.source)
    assert not bundle.has(NODE, "another")
    assert not bundle.has("192.0.2.2:443", kept.source)
    assert (bundle.files_of(NODE), bundle.bytes_of(NODE)) == (1, 900)
    assert (bundle.files_of("192.0.2.2:443"), bundle.bytes_of("192.0.2.2:443")) == (0, 0)


def test_a_place_that_another_file_has_is_not_overwritten(bundle: Bundle) -> None:
    bundle.keep(item(), b"first")
    with pytest.raises(NotThisName):
        bundle.keep(item(source="another"), b"second")
    assert (bundle.directory / "192.0.2.1/ns.conf").read_bytes() == b"first"


@pytest.mark.parametrize("file", ["192.0.2.1/ns.conf/below", "192.0.2.1", "a" * 300])
def test_a_name_that_the_disk_cannot_have_is_told_apart(bundle: Bundle, file: str) -> None:
    bundle.keep(item(), b"first")
    with pytest.raises(NotThisName):
        bundle.keep(item(file, "another"), b"second")


# -- a run that died ----------------------------------------------------------------------------------------------------


def test_a_run_that_died_is_continued(bundles: Path) -> None:
    with open_bundle(bundles, "gw", NOW) as first:
        first.keep(item(), b"one")
        first.backup_created(NODE, "ours")
        first.left(NODE, NOW, "a directory was listed")
    with open_bundle(bundles, "gw", NOW + timedelta(hours=1)) as second:
        assert (second.id, second.began) == (first.id, first.began)
        assert second.items == first.items
        assert second.backups == [(NODE, "ours")]
        assert second.footprint == first.footprint
        second.backup_deleted(NODE, "ours")
    with open_bundle(bundles, "gw", NOW + timedelta(hours=2)) as third:
        assert third.backups == []


@pytest.mark.parametrize("content", [b"other", None])
def test_what_was_changed_or_is_gone_since_is_taken_again(bundles: Path, content: bytes | None) -> None:
    with open_bundle(bundles, "gw", NOW) as first:
        first.keep(item(), b"one")
    path = first.directory / "192.0.2.1/ns.conf"
    path.unlink() if content is None else path.write_bytes(content)
    with open_bundle(bundles, "gw", NOW) as second:
        assert second.id == first.id
        assert not second.has(NODE, item().source)
        second.keep(item(), b"one")
    assert path.read_bytes() == b"one"


def test_a_line_that_was_cut_off_is_left_out(bundles: Path) -> None:
    with open_bundle(bundles, "gw", NOW) as first:
        first.keep(item(), b"one")
    with (first.directory / PROGRESS).open("a") as file:
        file.write('{"kind": "item", "no')
    with open_bundle(bundles, "gw", NOW) as second:
        assert second.items == first.items


@pytest.mark.parametrize("line", ['{"kind": "item"}', '{"kind": "began", "at": "yesterday"}', "[]", "7", '{"at": 1}'])
def test_notes_that_make_no_sense_begin_a_new_bundle_and_stay(bundles: Path, line: str) -> None:
    with open_bundle(bundles, "gw", NOW) as first:
        pass
    with (first.directory / PROGRESS).open("a") as file:
        file.write(f"{line}\n")
    with open_bundle(bundles, "gw", NOW + timedelta(seconds=1)) as second:
        assert second.id != first.id
    assert (first.directory / PROGRESS).exists()


def test_a_note_that_names_a_file_outside_is_not_believed(bundles: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    with open_bundle(bundles, "gw", NOW) as first:
        values = {"node": NODE, "part": "files", "source": "s", "file": "../../../secret", "size": 1, "taken_at": "x"}
        first.note("item", **values, sha256=digest_of(b"x"))
    with open_bundle(bundles, "gw", NOW + timedelta(seconds=1)) as second:
        assert second.items == {}
        assert second.id != first.id


@pytest.mark.parametrize(
    ("age", "is_continued"), [(CONTINUED_FOR, True), (CONTINUED_FOR + timedelta(seconds=1), False)]
)
def test_an_old_bundle_is_not_continued(bundles: Path, age: timedelta, is_continued: bool) -> None:
    with open_bundle(bundles, "gw", NOW) as first:
        pass
    with open_bundle(bundles, "gw", NOW + age) as second:
        assert (second.id == first.id) is is_continued


def test_two_runs_do_not_write_to_one_bundle(bundles: Path, bundle: Bundle) -> None:
    with (
        pytest.raises(Refused, match=r"gw: another run takes evidence of it at this moment.*Wait for its end"),
        open_bundle(bundles, "gw", NOW),
    ):
        pass
    with open_bundle(bundles, "another", NOW) as other:
        assert other.directory.parent != bundle.directory.parent


# -- sealed -------------------------------------------------------------------------------------------------------------


def test_a_sealed_bundle_is_closed_and_the_newest_comes_first(bundles: Path, tmp_path: Path) -> None:
    for hours in (0, 2, 1):
        with open_bundle(bundles, "gw", NOW + timedelta(hours=hours)) as bundle:
            bundle.keep(item(), b"x")
            sha256 = seal(bundle, tmp_path)
        assert sha256 == digest_of((bundle.directory / FILE).read_bytes())
        assert not (bundle.directory / PROGRESS).exists()
        assert stat.S_IMODE((bundle.directory / SEAL).stat().st_mode) == 0o600
    found = sealed_bundles(bundles, "gw")
    assert [path.name[:11] for path in found] == ["20260928T08", "20260928T07", "20260928T06"]
    assert sealed_bundles(bundles, "another") == []


def test_what_is_no_bundle_is_left_out(bundles: Path, bundle: Bundle, tmp_path: Path) -> None:
    seal(bundle, tmp_path)
    for name in ("20260928T061502Z-zzzz", "x", "..20260928"):
        (place_of(bundles, "gw") / name).mkdir(mode=0o700)
        (place_of(bundles, "gw") / name / SEAL).touch()
    assert sealed_bundles(bundles, "gw") == [bundle.directory]


def test_bundles_that_others_can_read_are_refused(bundles: Path, bundle: Bundle, tmp_path: Path) -> None:
    seal(bundle, tmp_path)
    bundle.directory.chmod(0o755)
    with pytest.raises(InvalidInput, match=str(bundle.directory)):
        sealed_bundles(bundles, "gw")


def test_a_disk_that_takes_nothing_names_the_way_out(bundle: Bundle) -> None:
    (bundle.directory / PROGRESS).unlink()
    (bundle.directory / PROGRESS).mkdir()
    with pytest.raises(
        Refused, match=r"evidence cannot be written to .*progress.jsonl.*run the same playbook again: it continues"
    ):
        bundle.left(NODE, NOW, "x")
    assert json.loads(json.dumps(bundle.began)) == bundle.began
