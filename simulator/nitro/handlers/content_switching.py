# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""cspolicy beyond the table: what cannot be unset. NITRO reference; error list 3110."""

from __future__ import annotations

from simulator.configuration.content_switching_checks import is_bound
from simulator.nitro import generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import writes
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError


@writes("cspolicy", "POST", "unset")
def _unset(call: Call, row: Row) -> None:
    """Unset attributes of a policy, but not what its bindings or the policy itself need."""
    names = {str(name).lower() for name in row}
    policy = call.node.running.find(TYPES["cspolicy"], str(row.get("policyname", ""))) or {}
    left = policy.keys() - names
    if policy and (
        not left & {"rule", "url", "domain"}
        or ("action" in left and "rule" not in left)
        or (names & policy.keys() & {"rule", "action"} and is_bound(call.node.running, policy["policyname"]))
    ):
        raise NitroError(3110)
    generic_writes.write(call, row)
