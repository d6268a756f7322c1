# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signature of a state that a watch keeps, inside its JSON: SSHSIG by the key of the control node, for a namespace of its own.

It covers the JSON of the state without the signature, in the form of :meth:`WatchedState.to_json`. A file that we wrote has that text up to the signature, so
it is not made again: for a thousand files that takes half of the time of a look.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from ...catalogue.record_trust import RecordTrust
from ...change.records.signing import signer_of
from ...change.records.signing_key import signing_key
from ...change.records.sshsig import parse_signature, sign
from ...foundation.errors import InvalidInput
from .watched_state import WatchedState

NAMESPACE = "tourniquet-baseline"
_END = "\n}\n"


def signed_text(state: WatchedState, trust: RecordTrust) -> str:
    """Return the JSON of a state with our signature.

    :raises InvalidInput: where our key cannot be made or read
    """
    text = state.to_json()
    signature = sign(signing_key(trust.key), text.encode(), NAMESPACE)
    return text.removesuffix(_END) + _with(signature)


def signature_problem(text: str, state: WatchedState, trust: RecordTrust) -> str:
    """Return why the signature of a state does not count, as half a sentence; "" where it does.

    :param text: the JSON that the state was read from
    :raises InvalidInput: where our key or the list of allowed signers is not valid
    """
    armored = json.loads(text).get("signature")
    if not isinstance(armored, str):
        return "since it has no signature"
    try:
        signature = parse_signature(armored)
        at = datetime.fromisoformat(state.at)
    except (InvalidInput, ValueError) as error:
        return f"since its signature or its time cannot be read: {error}"
    if not any(signature.covers(signed.encode(), NAMESPACE) for signed in _signed_texts(text, armored, state)):
        return "since its content is not what was signed"
    found = signer_of(signature, NAMESPACE, at, trust)
    return "" if found.is_trusted else f"since {found.problem}"


def _with(signature: str) -> str:
    """Return the end of the JSON of a state, with a signature as its last member."""
    return f',\n "signature": {json.dumps(signature)}{_END}'


def _signed_texts(text: str, signature: str, state: WatchedState) -> Iterator[str]:
    """Yield what the signature of a file may cover: its own text, and that of the state, for one that was written in another way."""
    if text.endswith(_with(signature)):
        yield text.removesuffix(_with(signature)) + _END
    yield state.to_json()
