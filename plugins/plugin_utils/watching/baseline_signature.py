# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signature of a state that a watch keeps, inside its JSON: SSHSIG by the key of the control node, for a namespace of its own.

It covers the JSON of the state without the signature, in the form of :meth:`State.to_json`.
"""

from __future__ import annotations

import json
from datetime import datetime

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing import signer_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.signing_key import signing_key
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.sshsig import parse_signature, sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.watching.state import State

NAMESPACE = "tourniquet-baseline"


def signed_text(state: State, trust: RecordTrust) -> str:
    """Return the JSON of a state with our signature.

    :raises InvalidInput: where our key cannot be made or read
    """
    signature = sign(signing_key(trust.key), state.to_json().encode(), NAMESPACE)
    return json.dumps({**state.values(), "signature": signature}, indent=1) + "\n"


def signature_problem(text: str, state: State, trust: RecordTrust) -> str:
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
    if not signature.covers(state.to_json().encode(), NAMESPACE):
        return "since its content is not what was signed"
    found = signer_of(signature, NAMESPACE, at, trust)
    return "" if found.is_trusted else f"since {found.problem}"
