# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signature of a change record, inside its JSON: how it is made, and what it says about the record.

The signed bytes are the record's JSON with sorted keys, without spaces and in ASCII, without the keys that a control node notes later
(:data:`hash_chain.NOT_HASHED`) and without the armored signature itself. They hold the names and digests of the records before it, and in
``signature`` the name of the record, so that a signed record cannot be given another place in the chain. docs/reference/records.md has the command with
which an auditor checks it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ...catalogue.record_trust import RecordTrust
from ...foundation.errors import InvalidInput
from .allowed_signers import read_allowed_signers
from .hash_chain import NOT_HASHED, SIGNATURE
from .provenance import OWN, Provenance, ProvenanceKind
from .record_content import RecordContent
from .signing_key import default_principal, existing_key, signing_key
from .sshsig import SshSignature, fingerprint, parse_signature, public_key_blob, sign

NAMESPACE = "tourniquet-record"
NOT_LISTED = "which is not in"
"""In the problem of a record whose key has no line in the list of allowed signers, not even one that no longer counts."""


def signed(content: RecordContent, name: str, trust: RecordTrust, accepted_by: str = "") -> RecordContent:
    """Return a record with our signature.

    :param name: the file name of the record
    :param accepted_by: the person who accepted it, of a record that we did not write ourselves
    :raises InvalidInput: where our key cannot be made or read
    """
    about = {"name": name, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    if accepted_by:
        about["accepted_by"] = accepted_by
    key = signing_key(trust.key)
    armored = sign(key, signed_bytes({**content.values, SIGNATURE: about}), NAMESPACE)
    return content.with_values(**{SIGNATURE: {**about, "sshsig": armored}})


def signed_bytes(values: Mapping[str, Any]) -> bytes:
    """Return what the signature of a record covers."""
    about = {key: value for key, value in values[SIGNATURE].items() if key != "sshsig"}
    covered = {key: value for key, value in values.items() if key not in NOT_HASHED}
    return json.dumps({**covered, SIGNATURE: about}, sort_keys=True, separators=(",", ":")).encode("ascii")


def provenance_of(content: RecordContent, name: str, trust: RecordTrust) -> Provenance:
    """Return who signed a record.

    :param name: the file name of the record
    :raises InvalidInput: where our key or the list of allowed signers is not valid
    """
    return provenance_by(valid_signature(content, name), content, trust)


def valid_signature(content: RecordContent, name: str) -> SshSignature | Provenance:
    """Return the signature of a record, checked against its content; where it has none that is valid, its provenance. Pure.

    :param name: the file name of the record
    """
    about = content.values.get(SIGNATURE)
    if about is None:
        return Provenance(ProvenanceKind.UNSIGNED, problem="it has no signature")
    if about["name"] != name:
        return Provenance(ProvenanceKind.INVALID, problem=f"its signature is of the record {about['name']}")
    try:
        signature = parse_signature(about["sshsig"])
    except InvalidInput as error:
        return Provenance(ProvenanceKind.INVALID, problem=f"its signature cannot be read: {error}")
    if not signature.covers(signed_bytes(content.values), NAMESPACE):
        return Provenance(ProvenanceKind.INVALID, problem="its content is not what was signed")
    return signature


@dataclass(frozen=True)
class OwnKey:
    """Our key, which is read once for many records, when the first one asks for it."""

    trust: RecordTrust

    @cached_property
    def public(self) -> bytes | None:
        """Return its public half; None where there is no key.

        :raises InvalidInput: where it is not valid
        """
        own = existing_key(self.trust.key)
        return None if own is None else public_key_blob(own.public_key())


def provenance_by(
    checked: SshSignature | Provenance, content: RecordContent, trust: RecordTrust, own: OwnKey | None = None
) -> Provenance:
    """Return whose a signature of :func:`valid_signature` is.

    :param own: our key; None to read it
    :raises InvalidInput: where our key or the list of allowed signers is not valid
    """
    return checked if isinstance(checked, Provenance) else _signer(checked, content.values[SIGNATURE], trust, own)


def accepted_provenance(provenance: Provenance, stem: str, trust: RecordTrust) -> Provenance | None:
    """Return the provenance of a record on this control node that a person accepts; None where nobody does, or need not.

    :param provenance: by its signature
    :param stem: the name of the record without its suffix
    """
    nobody_signed = provenance.kind in (ProvenanceKind.UNSIGNED, ProvenanceKind.UNKNOWN_SIGNER)
    if provenance.is_trusted:
        return None
    if stem in trust.accepted:
        return Provenance(ProvenanceKind.ACCEPTED, accepted_by=trust.accepted_by or default_principal())
    if trust.resigned_by and nobody_signed:
        return Provenance(ProvenanceKind.ACCEPTED, accepted_by=trust.resigned_by)
    return None


def signer_of(
    signature: SshSignature, namespace: str, at: datetime, trust: RecordTrust, own: OwnKey | None = None
) -> Provenance:
    """Return whose a valid signature is.

    :param namespace: what was signed
    :param at: when it was signed
    :param own: our key; None to read it
    :raises InvalidInput: where our key or the list of allowed signers is not valid
    """
    if (own or OwnKey(trust)).public == signature.public_key:
        return OWN
    signers = () if trust.allowed_signers is None else read_allowed_signers(trust.allowed_signers)
    refusals = []
    for signer in signers:
        if signer.public_key == signature.public_key:
            refusal = signer.refusal(namespace, at)
            if not refusal:
                return Provenance(ProvenanceKind.SIGNED, signer.principals)
            refusals.append(refusal)
    listed = trust.allowed_signers or "a list of allowed signers"
    unknown = f"it is signed by the key {fingerprint(signature.public_key)}, {NOT_LISTED} {listed}"
    return Provenance(ProvenanceKind.UNKNOWN_SIGNER, problem="; ".join(refusals) or unknown)


def _signer(signature: SshSignature, about: Mapping[str, str], trust: RecordTrust, own: OwnKey | None) -> Provenance:
    """Return whose a valid signature of a record is, and who accepted the record."""
    accepted_by = about.get("accepted_by", "")
    found = signer_of(signature, NAMESPACE, datetime.fromisoformat(about["at"]), trust, own)
    if found.kind is ProvenanceKind.UNKNOWN_SIGNER or not accepted_by:
        return found
    return Provenance(ProvenanceKind.ACCEPTED, found.signer, accepted_by)
