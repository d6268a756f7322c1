# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The search for a secret finds one that was planted, in each form, and none where there is none."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.machines.secret_search import files_with, found_in

SECRET = 'n1ght "Shift"/7Q+ü%\\'
NOISE = b"a line of a log with n1ght in it\n" * 50


def archive(content: bytes) -> bytes:
    """An archive as ansible-runner makes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("stdout", NOISE)
        opened.writestr("command", NOISE + content + NOISE)
    return file.getvalue()


def stream(content: bytes) -> bytes:
    """A stream of a job with this in its archive."""
    packed = archive(content)
    return b'{"zipfile": %d}\n' % len(packed) + base64.b64encode(packed) + b'{"eof": true}\n'


PLANTED = {
    "text": SECRET.encode(),
    "json": json.dumps({"env": {"NETSCALER_PASSWORD": SECRET}}).encode(),
    "json without ascii": json.dumps([SECRET], ensure_ascii=False).encode(),
    "python": repr({"a": SECRET}).encode(),
    "url": b"https://gw/?p=" + quote(SECRET, safe="").encode(),
    "each byte of a url": "".join(f"%{byte:02X}" for byte in SECRET.encode()).encode(),
    "hexadecimal": SECRET.encode().hex().upper().encode(),
    **{f"base64 {number}": base64.b64encode(b"u" * number + b":" + SECRET.encode() + b"\n") for number in range(6)},
    "lines of base64": base64.encodebytes(NOISE + SECRET.encode() + NOISE),
    "json in base64": base64.b64encode(json.dumps({"env": SECRET}).encode()),
    "utf-16": SECRET.encode("utf-16"),
    "gzip": gzip.compress(NOISE + SECRET.encode()),
    "archive": archive(SECRET.encode()),
    "stream": stream(json.dumps(SECRET).encode()),
    "stream that ends early": stream(SECRET.encode())[:-180],
    "an archive in an archive": archive(stream(SECRET.encode())),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_found(name: str) -> None:
    assert found_in(NOISE + PLANTED[name] + NOISE, SECRET)


@pytest.mark.parametrize("name", PLANTED)
def test_another_secret_is_not(name: str) -> None:
    assert not found_in(NOISE + PLANTED[name] + NOISE, SECRET.replace("7Q", "8Q"))


def test_what_a_file_holds_and_how_it_is_called(tmp_path: Path) -> None:
    own = tmp_path / "netscaler_password"
    own.write_text(SECRET, encoding="utf-8")
    (tmp_path / "clean").write_bytes(NOISE)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "stdout").write_bytes(stream(SECRET.encode()))
    (tmp_path / quote(SECRET, safe="")).mkdir()
    found = files_with([tmp_path], SECRET, [own])
    assert found.keys() == {str(tmp_path / "deep" / "stdout"), str(tmp_path / quote(SECRET, safe=""))}
    assert "text in an archive in Base64" in found[str(tmp_path / "deep" / "stdout")]
    assert str(own) in files_with([tmp_path], SECRET)
