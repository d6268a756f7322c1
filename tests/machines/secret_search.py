# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looks for a secret in bytes and files, in each form that programs write it in: as text, in JSON, in a URL, in hexadecimal or Base64, and compressed."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{60,}\r?\n)*[A-Za-z0-9+/]{48,}={0,2}")
_MEMBER = b"PK\x03\x04"
_NAMES = struct.Struct("<26xHH")
"""Where the header of a member of a zip archive has the lengths of its name and of what follows that."""
_GZIP = b"\x1f\x8b\x08"
_LAYERS = 3
"""An archive in Base64 with an archive in it."""


def forms_of(secret: str) -> dict[str, bytes]:
    """Return how the secret may be written, by the name of the form. All but the text itself are in small letters where case means nothing."""
    text = secret.encode()
    readable = {
        "text": text,
        "JSON": json.dumps(secret)[1:-1].encode(),
        "JSON without ASCII": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "Python": repr(secret)[1:-1].encode(),
        "URL": quote(secret, safe="").encode(),
        "URL of a path": quote(secret).encode(),
        "form": quote_plus(secret).encode(),
        "UTF-16": secret.encode("utf-16-le"),
    }
    found = dict(readable)
    for name, form in readable.items():
        for number, piece in enumerate(_in_base64(form)):
            found[f"Base64 of {name}, place {number}"] = piece
    return found


def found_in(content: bytes, secret: str, layers: int = _LAYERS) -> set[str]:
    """Return the forms in which the secret stands in the bytes; of a form in something that was unpacked, with what it was in."""
    found = {name for name, form in forms_of(secret).items() if form in content}
    small, text = content.lower(), secret.encode()
    if text.hex().encode() in small:
        found.add("hexadecimal")
    if "".join(f"%{byte:02x}" for byte in text).encode() in small:
        found.add("URL, each byte")
    if layers:
        for name, inner in _unpacked(content):
            found |= {f"{form} in {name}" for form in found_in(inner, secret, layers - 1)}
    return found


def files_with(places: Iterable[Path], secret: str, leave_out: Iterable[Path] = ()) -> dict[str, set[str]]:
    """Return the files below some directories that hold the secret, with its forms; a name that holds it counts too.

    :param leave_out: the files in which it belongs
    """
    own = {path.resolve() for path in leave_out}
    found = {}
    for place in places:
        for path in place.rglob("*"):
            forms = {f"name: {form}" for form in found_in(str(path).encode(), secret, 0)}
            if path.is_file() and not path.is_symlink() and path.resolve() not in own:
                forms |= found_in(path.read_bytes(), secret)
            if forms:
                found[str(path)] = forms
    return found


def _in_base64(form: bytes) -> Iterator[bytes]:
    """Yield the letters of Base64 that stand for the bytes alone, at each of the three places where they may begin."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + form + b"\0\0\0")
        first = -(-before * 8 // 6)
        yield encoded[first : (before + len(form)) * 8 // 6]


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what is packed in the bytes, also where the end of it is missing."""
    for match in _BASE64.finditer(content):
        text = match.group().translate(None, b"\r\n=")
        yield "Base64", base64.b64decode(text[: len(text) // 4 * 4])
    for begin in _all(content, _MEMBER):
        header = content[begin : begin + 30]
        if len(header) == 30:
            yield "an archive", _inflated(content[begin + 30 + sum(_NAMES.unpack(header)) :], -15)
    for begin in _all(content, _GZIP):
        yield "gzip", _inflated(content[begin:], 31)


def _inflated(content: bytes, bits: int) -> bytes:
    """Return what can be unpacked of compressed bytes; nothing where they are none."""
    machine, found = zlib.decompressobj(bits), b""
    for begin in range(0, len(content), 4096):
        try:
            found += machine.decompress(content[begin : begin + 4096])
        except zlib.error:
            break
        if machine.eof:
            break
    return found


def _all(content: bytes, mark: bytes) -> Iterator[int]:
    at = content.find(mark)
    while at >= 0:
        yield at
        at = content.find(mark, at + 1)
