# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A series of signed files, ``1.json``, ``2.json`` and so on in one directory: each names the digest of the one before, and none is ever written again.

A file that was changed, that follows a missing one, or that nobody we know has signed is refused. Nothing shows that the last files were removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from ...catalogue.record_trust import RecordTrust
from ...foundation.digest import digest_of
from ...foundation.errors import InvalidInput
from ...foundation.private_files import create_privately, has_private_directory, open_private
from .signing import signer_of
from .signing_key import signing_key
from .sshsig import parse_signature, sign

LARGEST = 16 * 1024 * 1024
"""Bytes of a file."""


@dataclass(frozen=True)
class SeriesForm:
    """The form of the files of a series.

    :ivar namespace: of the signatures
    :ivar schema: the value of the key ``schema``
    :ivar noun: what a file holds, for messages; it is the key of its content too
    :ivar refused: what was not done where a file is refused, for messages
    """

    namespace: str
    schema: str
    noun: str
    refused: str

    @property
    def keys(self) -> frozenset[str]:
        return frozenset({"schema", "number", "written", "previous", self.noun, "sshsig"})

    def broken(self, path: Path, problem: str) -> InvalidInput:
        """Return the error for a file that is refused."""
        return InvalidInput(f"{path}: {problem}. Restore the {self.noun} from a backup; {self.refused}.")


@dataclass(frozen=True)
class SeriesFile:
    """One file of a series.

    :ivar written: when it was written, with a time zone
    :ivar content: its JSON value
    :ivar digest: the SHA-256 of the file
    """

    path: Path
    number: int
    written: datetime
    content: Any
    digest: str


def read_files(directory: Path, form: SeriesForm, trust: RecordTrust) -> list[SeriesFile]:
    """Return the files of a series in their order; none where the directory does not exist.

    :raises InvalidInput: where one is missing in the middle, was changed, or nobody we know signed it
    """
    found: list[SeriesFile] = []
    if not has_private_directory(directory):
        return found
    names = {path.name for path in directory.glob("*.json")}
    for number in count(1):
        path = directory / f"{number}.json"
        if path.name not in names:
            break
        found.append(_read_file(path, number, found[-1].digest if found else "", form, trust))
        names.discard(path.name)
    if names:
        raise InvalidInput(f"{directory}: {min(names)} follows a {form.noun} that is missing: restore it from a backup")
    return found


def add_file(
    directory: Path,
    last: SeriesFile | None,
    content: Any,
    written: datetime,
    form: SeriesForm,
    trust: RecordTrust,
) -> SeriesFile | None:
    """Write the next file of a series, and return it; None where another run has written a file of this number.

    :param last: the last file so far; None where there is none
    :raises InvalidInput: where the key cannot be read, or others may write to the directory
    :raises OSError: where it cannot be written
    """
    number = 1 if last is None else last.number + 1
    values: dict[str, Any] = {
        "schema": form.schema,
        "number": number,
        "written": written.isoformat(),
        "previous": "" if last is None else last.digest,
        form.noun: content,
    }
    values["sshsig"] = sign(signing_key(trust.key), _signed_bytes(values), form.namespace)
    path, encoded = directory / f"{number}.json", (json.dumps(values, indent=1) + "\n").encode()
    if not create_privately(path, encoded):
        return None
    return SeriesFile(path, number, written, content, digest_of(encoded))


def _read_file(path: Path, number: int, digest: str, form: SeriesForm, trust: RecordTrust) -> SeriesFile:
    encoded = _bytes_of(path, form)
    try:
        values = json.loads(encoded)
    except (ValueError, RecursionError) as error:
        raise form.broken(path, "it is no JSON") from error
    if not isinstance(values, Mapping) or set(values) != form.keys or values["schema"] != form.schema:
        raise form.broken(path, f"it is no {form.noun} of the form {form.schema}")
    try:
        signature = parse_signature(str(values["sshsig"]))
        written = datetime.fromisoformat(str(values["written"]))
    except (ValueError, InvalidInput) as error:
        raise form.broken(path, "its signature or its time cannot be read") from error
    if not signature.covers(_signed_bytes(values), form.namespace) or written.tzinfo is None:
        raise form.broken(path, "its content is not what was signed")
    signer = signer_of(signature, form.namespace, written, trust)
    if not signer.is_trusted:
        raise form.broken(path, signer.problem)
    if values["number"] != number or values["previous"] != digest:
        raise form.broken(path, f"it does not follow the {form.noun} before it")
    return SeriesFile(path, number, written, values[form.noun], digest_of(encoded))


def _bytes_of(path: Path, form: SeriesForm) -> bytes:
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
            encoded = file.read(LARGEST + 1)
    except OSError as error:
        raise form.broken(path, f"it cannot be read ({error.strerror})") from error
    if len(encoded) > LARGEST:
        raise form.broken(path, f"it is larger than {LARGEST // 1024 // 1024} MiB")
    return encoded


def _signed_bytes(values: Mapping[str, Any]) -> bytes:
    covered = {key: value for key, value in values.items() if key != "sshsig"}
    return json.dumps(covered, sort_keys=True, separators=(",", ":")).encode("ascii")
