# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which verbs need the approvals that the inventory may demand, by the declarations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..change.approvals.rule import ApprovalRule
from .registry import all_verbs


@cache
def approval_rules() -> Mapping[str, ApprovalRule]:
    """Return by verb that changes an appliance what demands approvals for it."""
    return {verb.name: verb.approvals for verb in all_verbs() if verb.approvals is not None}
