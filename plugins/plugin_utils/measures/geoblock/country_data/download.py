# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of country data on the control node: as they are, or downloaded into the cache. Only verified files are kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import ssl
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from ....foundation.errors import CannotConnect, InvalidInput
from ....foundation.foreign_text import printable
from ....foundation.temporary_files import temporary_beside
from .source import CountryFile, CountrySource

_CHUNK = 256 * 1024


def fetch(source: CountrySource, file: CountryFile, folder: Path) -> tuple[Path, str]:
    """Return the path of a file, and its SHA-256. The caller holds the lock of the folder (compiler.only_one).

    A download is kept under its checksum, so that it is fetched only once.

    :raises InvalidInput: if a file can't be read, or is another one than the checksum says
    :raises CannotConnect: if it can't be downloaded in time, in size or over trusted TLS
    """
    path = file.path
    if path is None:
        path = folder / file.sha256
        if not path.exists():
            _download(source, file, path)
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInput(
            f"geoblock_source {source.name}: {file} can't be read ({error.strerror}): correct its path"
        ) from error
    if file.sha256 and found != file.sha256:
        raise InvalidInput(
            f"geoblock_source {source.name}: {path} has the SHA-256 {found}, and {file.sha256} is expected: "
            "the file has changed or is damaged. Put the right file there, or write down the checksum of the new one."
        )
    return path, found


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not newurl.startswith("https://"):
            fp.close()
            raise urllib.error.URLError(f"it redirects to {newurl}, which isn't https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(source: CountrySource, file: CountryFile, path: Path) -> None:
    where = f"geoblock_source {source.name}: {file.url}"
    try:
        context = ssl.create_default_context(cafile=source.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(
            f"geoblock_source {source.name}: ca_file {source.ca_file} can't be read as PEM certificates ({error})"
        ) from error
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _OnlyHttps())
    deadline = time.monotonic() + source.timeout
    try:
        with temporary_beside(path) as (temporary, target):
            with opener.open(file.url, timeout=min(30, source.timeout)) as reply:
                found = _copy(reply, target, source, where, deadline)
                modified = reply.headers.get("Last-Modified")
            if found != file.sha256:
                raise InvalidInput(
                    f"{where} has the SHA-256 {found}, and {file.sha256} is expected. Nothing was kept. If there is a new edition, look at "
                    "it and write down its checksum."
                )
            target.flush()
            if modified:  # the age of the data, where nothing better is known
                with contextlib.suppress(ValueError, OverflowError):
                    stamp = parsedate_to_datetime(modified).timestamp()
                    os.utime(temporary, (stamp, stamp))
            temporary.replace(path)
    except (OSError, HTTPException) as error:  # URLError, time-outs and TLS errors are OSErrors
        reason = getattr(error, "reason", None) or error
        if isinstance(error, urllib.error.HTTPError):
            reason = error
            error.close()  # it is the answer as well, and holds the connection
        raise CannotConnect(
            f"{where} can't be downloaded ({printable(str(reason))}). Try again, or download it yourself and give its path."
        ) from error


def _copy(reply: Any, target: Any, source: CountrySource, where: str, deadline: float) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := reply.read1(_CHUNK):
        size += len(chunk)
        if size > source.max_bytes:
            raise CannotConnect(
                f"{where} is larger than {source.max_bytes:,} bytes: raise geoblock_source.max_bytes if that is right"
            )
        if time.monotonic() > deadline:
            raise CannotConnect(
                f"{where} takes longer than {source.timeout} s: raise geoblock_source.timeout if that is right"
            )
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()
