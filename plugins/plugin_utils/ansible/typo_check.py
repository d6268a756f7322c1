# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses misspelt names of variables. Ansible ignores an unknown variable without a message: ``-e vip=gw`` would close the whole fleet.

Only a name that is nearly one of ours is an error. Any other name may be a variable of the user, or of a list that learn.yml wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from functools import cache

from ..foundation.errors import InvalidInput
from ..measures.registry import inventory_kinds
from ..verbs.common.option_files import all_variables
from ..verbs.common.role_variables import APPLIANCE

OF_PLAYBOOKS = (
    "target",
    "verb",
    "rollout_measure",
    "tourniquet_agreeing_customers",
    "node_local",
    "tourniquet_in_rollout",
    "tourniquet_only_plans",
    "tourniquet_in_slice",
    "tourniquet_job",
    "tourniquet_sent_home",
    "tourniquet_report",
    "tourniquet_notify",
    "tourniquet_approvals",
    "break_glass",
)
OF_ONE_VERB = frozenset({"customer"})
"""Short names that count only for an action with such an option: any other would ignore ``-e customer=`` where ``customers`` is meant."""
NEAR = 0.8  # of difflib: one letter more, less or exchanged in a name of five


@cache
def names_of_roles() -> frozenset[str]:
    """Return the variables of all options, those of the inventory, and those of the playbooks."""
    read = {variable for _folder, _name, variable in all_variables() if variable is not None}
    return frozenset({*OF_PLAYBOOKS, *read} - OF_ONE_VERB)


def require_no_near_misses(extra: Iterable[str], inventory: Iterable[str], known: frozenset[str]) -> None:
    """Refuse a name that is nearly one of ours.

    :param extra: the names that were given with ``-e``
    :param inventory: all names of the variables of a host; only those that begin with ``netscaler_`` are checked
    :raises InvalidInput: with the name, and the one that it is nearly
    """
    for name in extra:
        if not is_learnt_list(name):
            _refuse_near_miss(f"-e {name}", name, known)
    unknown = {name for name in inventory if name.startswith(APPLIANCE) and not is_learnt_list(name)} - known
    if not unknown:
        return
    # Compared without the prefix, which makes any two of them similar.
    ours = {name.removeprefix(APPLIANCE) for name in known if name.startswith(APPLIANCE)}
    for name in sorted(unknown):
        _refuse_near_miss(f"the variable {name}", name.removeprefix(APPLIANCE), ours, APPLIANCE)


def is_learnt_list(name: str) -> bool:
    """Return True for a variable of learn.yml, such as ``netscaler_whitelist_gw``, which is similar to ``netscaler_whitelists``."""
    prefixes = (kind.learnt_prefix for kind in inventory_kinds().values())
    return any(name.startswith(prefix) and name != prefix for prefix in prefixes if prefix)


def _refuse_near_miss(what: str, name: str, known: AbstractSet[str], prefix: str = "") -> None:
    near = [] if name in known else get_close_matches(name, known, n=1, cutoff=NEAR)
    if near:
        raise InvalidInput(
            f"{what}: there is no such variable here; did you mean {prefix}{near[0]}? If it is one of your own, give it a name "
            "that is less similar. Nothing was sent."
        )
