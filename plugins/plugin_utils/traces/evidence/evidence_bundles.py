# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether there is evidence of an appliance: what a verb asks before it reboots, upgrades or cleans. Reads files of the control node only."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...appliance.nitro.appliance import Address
from ...catalogue.record_trust import RecordTrust
from ...change.records.signing import signer_of
from ...change.records.sshsig import parse_signature
from ...foundation.digest import digest_of
from ...foundation.errors import InvalidInput
from ...foundation.private_files import read_private_bytes
from .bundle import sealed_bundles
from .manifest import FILE, NAMESPACE, SEAL, Manifest
from .sources import LOST_AT_A_REBOOT

VALID_FOR = timedelta(hours=24)
"""How old evidence may be: what is in memory now is not in older evidence."""


@dataclass(frozen=True)
class HeldEvidence:
    """The answer.

    :ivar words: which bundle it is, for the plan and the change record; "" where there is none that counts
    :ivar problem: why there is none, as a clause; "" where there is one
    :ivar gaps: what could not be taken, as sentences
    """

    words: str = ""
    problem: str = ""
    gaps: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        return not self.problem


def evidence_of(
    bundles: Path, appliance: str, nodes: Sequence[Address], trust: RecordTrust, now: datetime | None = None
) -> HeldEvidence:
    """Return whether there is a sealed, whole and recent bundle with the volatile state and the files of each of these nodes.

    :raises InvalidInput: where others may read the bundles, or our key or the list of allowed signers is not valid
    """
    now = now or datetime.now(UTC)
    found = sealed_bundles(bundles, appliance)
    if not found:
        return HeldEvidence(problem=f"no evidence of it is in {bundles}")
    problems = []
    for directory in found:
        try:
            manifest = read_sealed(directory, trust)
        except InvalidInput as error:
            problems.append(f"the evidence in {directory} does not count: {error}")
            continue
        problem = _problem(manifest, appliance, nodes, now)
        if not problem:
            sha256 = digest_of(read_private_bytes(directory / FILE, secret=True))
            words = f"{directory}, sealed at {manifest.ended}, sha256 of the manifest {sha256}"
            return HeldEvidence(words, gaps=tuple(map(str, manifest.gaps)))
        problems.append(f"the evidence in {directory} does not count: {problem}")
    return HeldEvidence(problem=problems[0])


def times_of_evidence(bundles: Path, appliance: str, trust: RecordTrust) -> list[tuple[str, datetime, datetime]]:
    """Return the name, the begin and the end of each run that took evidence, by manifests whose seal counts. The files are not looked at.

    :raises InvalidInput: where others may read the bundles, or our key or the list of allowed signers is not valid
    """
    found = []
    for directory in sealed_bundles(bundles, appliance):
        with contextlib.suppress(InvalidInput, OSError, ValueError):
            manifest = _read_manifest(directory, trust)
            if manifest.appliance == appliance:
                began, ended = map(datetime.fromisoformat, (manifest.began, manifest.ended))
                found.append((directory.name, began, ended))
    return found


def read_sealed(directory: Path, trust: RecordTrust) -> Manifest:
    """Return the manifest of a bundle whose seal and files are intact.

    :raises InvalidInput: where they are not
    """
    try:
        manifest = _read_manifest(directory, trust)
        for item in manifest.items:
            if digest_of(read_private_bytes(directory / item.file, secret=True)) != item.sha256:
                raise InvalidInput(f"{item.file} was changed after it was sealed")
    except FileNotFoundError as error:
        raise InvalidInput(f"{Path(str(error.filename)).name} is missing") from error
    except (OSError, ValueError) as error:
        raise InvalidInput(f"it cannot be read ({error})") from error
    return manifest


def _read_manifest(directory: Path, trust: RecordTrust) -> Manifest:
    """Return the manifest of a bundle whose seal counts.

    :raises InvalidInput: where it does not
    :raises OSError: where a file cannot be read
    :raises ValueError: where the seal is no text
    """
    data = read_private_bytes(directory / FILE, secret=True)
    signature = parse_signature(read_private_bytes(directory / SEAL, secret=True).decode("ascii"))
    if not signature.covers(data, NAMESPACE):
        raise InvalidInput("its manifest is not what was sealed")
    manifest = Manifest.of_bytes(data)
    provenance = signer_of(signature, NAMESPACE, datetime.fromisoformat(manifest.ended), trust)
    if not provenance.is_trusted:
        raise InvalidInput(provenance.problem)
    return manifest


def _problem(manifest: Manifest, appliance: str, nodes: Sequence[Address], now: datetime) -> str:
    if manifest.appliance != appliance:
        return f"it is of {manifest.appliance}"
    # What is in memory is read first, and a run that died is continued a day later: so the beginning counts.
    age = now - datetime.fromisoformat(manifest.began)
    if not timedelta(0) - timedelta(minutes=5) <= age <= VALID_FOR:
        return f"it was begun at {manifest.began}, and may be {VALID_FOR // timedelta(hours=1)} hours old"
    for node in nodes:
        lacking = [str(part) for part in LOST_AT_A_REBOOT if not manifest.has(str(node), part)]
        if lacking:
            return f"it lacks {' and '.join(lacking)} of {node}"
    return ""
