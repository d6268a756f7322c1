# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle has one form, and what it holds is bounded: each other file is refused with the reason."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue import bundle
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.bundle import Bundle, pack, unpack
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

FOUND = Bundle(202611280700, "one entry", {"cve_2027_1": {"mitigation.yml": b"id: x\n", "v1.yml.j2": b"---\n"}})
MANIFEST = b'{"format": 1, "number": "1", "about": "x"}\n'


def tar(*members: tuple[tarfile.TarInfo, bytes], **more: Any) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:", **{"format": tarfile.USTAR_FORMAT, **more}) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def member(
    name: str, content: bytes = b"", type_: bytes = tarfile.REGTYPE, **more: Any
) -> tuple[tarfile.TarInfo, bytes]:
    found = tarfile.TarInfo(name)
    found.type, found.size, found.mode = type_, len(content), 0o644
    for key, value in more.items():
        setattr(found, key, value)
    return found, content


def beside(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    return tar(member("bundle.json", MANIFEST), member("a/mitigation.yml", b"id: a\n"), *members)


def cut(content: bytes) -> bytes:
    return content[:700]


def lying_size() -> bytes:
    """A header that promises a thousand times more than the file has."""
    found = tarfile.TarInfo("a/mitigation.yml")
    found.size = 8 * 1024**3 - 1
    return tar(member("bundle.json", MANIFEST))[:1024] + found.tobuf(tarfile.USTAR_FORMAT)


def many(entries: int, files: int) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    for number in range(entries):
        for file in range(files):
            yield member(f"e{number}/v{file}.yml.j2")


def test_what_is_packed_is_read_again() -> None:
    assert unpack(pack(FOUND)) == FOUND
    assert pack(unpack(pack(FOUND))) == pack(FOUND)


@played_together(
    ("content", "problem"),
    [
        (lambda: gzip.compress(b"\0" * 5_000_000), "compressed"),
        (lambda: b"BZh91AY", "compressed"),
        (lambda: b"\xfd7zXZ\0", "compressed"),
        (lambda: b"PK\x03\x04", "compressed"),
        (lambda: b"\0" * (bundle.LARGEST + 1), "larger than 8 MiB"),
        (lambda: b"", "not a tar file"),
        (lambda: b"x" * 2000, "not a tar file"),
        (lambda: cut(pack(FOUND)), "not a tar file"),
        (lambda: beside(member("../x", b"x")), "out of place"),
        (lambda: beside(member("/etc/passwd", b"x")), "out of place"),
        (lambda: beside(member("a/b/c", b"x")), "out of place"),
        (lambda: beside(member("a/../../x", b"x")), "out of place"),
        (lambda: beside(member("a/.hidden", b"x")), "out of place"),
        (lambda: beside(member("a\x1b[2J/x", b"x")), r"a\x1b[2J/x in it is out of place"),
        (lambda: beside(member("a/v1.yml.j2", b"", tarfile.SYMTYPE, linkname="/etc/shadow")), "no plain file"),
        (lambda: beside(member("a/v1.yml.j2", b"", tarfile.LNKTYPE, linkname="bundle.json")), "no plain file"),
        (lambda: beside(member("a", b"", tarfile.DIRTYPE)), "no plain file"),
        (lambda: beside(member("a/v1.yml.j2", b"", tarfile.FIFOTYPE)), "no plain file"),
        (lambda: beside(member("a/traffic.yml", b"x" * (256 * 1024 + 1))), "larger than 256 KiB"),
        (lying_size, "larger than 256 KiB"),
        (lambda: beside(*many(1, 21)), "too many files"),
        (lambda: beside(*many(301, 1)), "too many files"),
        (lambda: tar(member("bundle.json", MANIFEST)), "it has 0 entries"),
        (lambda: tar(member("a/mitigation.yml", b"x")), "bundle.json is missing"),
        (lambda: tar(member("bundle.json", b"[" * 4000), member("a/mitigation.yml", b"x")), "bundle.json is missing"),
        (lambda: tar(member("bundle.json", b'{"format": 2}'), member("a/x", b"x")), "not one of format 1"),
        (lambda: tar(member("bundle.json", MANIFEST.replace(b'"1"', b"1")), member("a/x", b"x")), "a number of"),
        (lambda: tar(member("bundle.json", MANIFEST.replace(b'"x"', b'"x\\n"')), member("a/x", b"x")), "one line"),
        (lambda: beside(member("a/mitigation.yml", b"id: twice\n")), "not in the form"),
        (lambda: beside() + b"\0" * 1024, "not in the form"),
        (lambda: beside(member("a/traffic.yml", b"x", uname="root")), "not in the form"),
        (lambda: tar(member("bundle.json", MANIFEST), member("a/x", b"x", uname="é"), format=tarfile.PAX_FORMAT), "no plain file"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(content: Callable[[], bytes], problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        unpack(content())
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


def test_a_bundle_that_a_reader_refuses_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LARGEST", 1024)
    with pytest.raises(InvalidInput, match="pack fewer entries"):
        pack(FOUND)
