# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The letters of a customer, one after the other: what each told, in files that are signed and name the digest of the one before.

A file is ``<number>.json`` in the directory of the customer. It has the facts that the letter told, so that the next letter can say what was wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.private_files import (
    create_privately,
    has_private_directory,
    open_private,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.letters.facts_json import (
    customer_values,
    read_customer_facts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing import signer_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.sshsig import parse_signature, sign

NAMESPACE = "tourniquet-letter"
SCHEMA = "tourniquet-letter/1"
LARGEST = 16 * 1024 * 1024
"""Bytes of a file of a letter."""
_KEYS = {"schema", "number", "written", "previous", "letter", "sshsig"}


@dataclass(frozen=True)
class Series:
    """The letters to one customer so far.

    :ivar previous: the last letter; None where none was written yet
    :ivar before: the letter before the last one; None where there is none
    :ivar digest: the SHA-256 of the file of the last letter; "" where there is none
    """

    previous: Previous | None = None
    before: Previous | None = None
    digest: str = ""


def read_series(directory: Path, customer: str, trust: RecordTrust) -> Series:
    """Return the letters to a customer.

    :param directory: of the customer
    :raises InvalidInput: where a letter is missing in the middle, was changed, is of another customer, or nobody we know signed it
    """
    found = Series()
    if not has_private_directory(directory):
        return found
    names = {path.name for path in directory.glob("*.json")}
    for number in count(1):
        path = directory / f"{number}.json"
        if path.name not in names:
            break
        content = _read(path)
        found = Series(_letter(path, content, number, customer, found.digest, trust), found.previous, _digest(content))
        names.discard(path.name)
    if names:
        raise InvalidInput(f"{directory}: {min(names)} follows a letter that is missing: restore it from a backup")
    return found


def add_letter(directory: Path, series: Series, letter: Previous, trust: RecordTrust) -> None:
    """Write what a letter told behind the letters so far.

    :raises InvalidInput: where another run has written a letter of this number, or the key cannot be read
    :raises OSError: where it cannot be written
    """
    values: dict[str, Any] = {
        "schema": SCHEMA,
        "number": letter.number,
        "written": letter.written.isoformat(),
        "previous": series.digest,
        "letter": customer_values(letter.told),
    }
    values["sshsig"] = sign(signing_key(trust.key), _signed_bytes(values), NAMESPACE)
    path = directory / f"{letter.number}.json"
    if not create_privately(path, (json.dumps(values, indent=1) + "\n").encode()):
        raise InvalidInput(f"{path} was written by another run at the same time: run the playbook again")


def _letter(path: Path, content: bytes, number: int, customer: str, digest: str, trust: RecordTrust) -> Previous:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _broken(path, "it is no JSON") from error
    if not isinstance(values, Mapping) or set(values) != _KEYS or values["schema"] != SCHEMA:
        raise _broken(path, f"it is no letter of the form {SCHEMA}")
    try:
        signature = parse_signature(str(values["sshsig"]))
        written = datetime.fromisoformat(str(values["written"]))
    except (ValueError, InvalidInput) as error:
        raise _broken(path, "its signature or its time cannot be read") from error
    if not signature.covers(_signed_bytes(values), NAMESPACE) or written.tzinfo is None:
        raise _broken(path, "its content is not what was signed")
    signer = signer_of(signature, NAMESPACE, written, trust)
    if not signer.is_trusted:
        raise _broken(path, signer.problem)
    if values["number"] != number or values["previous"] != digest:
        raise _broken(path, "it does not follow the letter before it")
    told = read_customer_facts(str(path), values["letter"], with_what_follows=True)
    if told.customer != customer:
        raise _broken(path, "it is a letter to another customer")
    return Previous(number, written, told)


def _read(path: Path) -> bytes:
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise _broken(path, f"it cannot be read ({error.strerror})") from error
    if len(content) > LARGEST:
        raise _broken(path, f"it is larger than {LARGEST // 1024 // 1024} MiB")
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _signed_bytes(values: Mapping[str, Any]) -> bytes:
    covered = {key: value for key, value in values.items() if key != "sshsig"}
    return json.dumps(covered, sort_keys=True, separators=(",", ":")).encode("ascii")


def _broken(path: Path, problem: str) -> InvalidInput:
    return InvalidInput(f"{path}: {problem}. Restore the letter from a backup; no letter was written.")
