# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses a closing whose command does not say what is closed: without a word it would be the whole inventory.

The lookup ``appliances`` calls this module when close.yml begins, and the action ``sliced`` for the controller of slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable

SCOPE, FLEET = "scope", "fleet"
TARGET, DRILL, IN_SLICE = "target", "drill", "tourniquet_in_slice"
NARROWING = ("customers", "vips", "partitions")
"""The options of the role close that choose virtual servers by what they are or whose. Kinds are in every appliance, so they are no scope."""
VARIABLES = (TARGET, IN_SLICE, *(name for short in (SCOPE, DRILL, *NARROWING) for name in (f"close_{short}", short)))
"""The variables that :func:`require_scope` reads: of the role, the full name counts before the short one."""
_HOW = (
    "Name what is closed: -e '{\"customers\": [...]}', or vips or partitions in the same way, -e target=... or --limit; for the whole fleet write "
    f"-e {SCOPE}={FLEET}. Nothing was sent."
)


def require_scope(variables: Mapping[str, Any], limit: str, *, check_mode: bool) -> None:
    """Refuse a closing that nobody has given a scope. One that writes nothing, by check mode or as a drill, needs none.

    :param variables: those of :data:`VARIABLES` that the command sets, rendered
    :param limit: the value of ``--limit``, or ""
    :param check_mode: the command has ``--check``
    :raises InvalidInput: naming the variables and the fix
    """
    scope = str(_first(variables, SCOPE) or "").strip()
    if scope not in ("", FLEET):
        raise InvalidInput(f"{SCOPE} is '{printable(scope)}', and {FLEET} is the only word that it takes. {_HOW}")
    is_practice = check_mode or boolean(str(_first(variables, DRILL) or ""), strict=False)
    # A node works on the appliances that its controller gave it.
    if is_practice or scope or limit.strip() or variables.get(TARGET) or boolean(variables.get(IN_SLICE), strict=False):
        return
    if not any(_names_something(_first(variables, name)) for name in NARROWING):
        raise InvalidInput(f"this closing has no scope, so it would take the whole inventory. {_HOW}")


def _first(variables: Mapping[str, Any], option: str) -> Any:
    return next((variables[name] for name in (f"close_{option}", option) if name in variables), None)


def _names_something(value: Any) -> bool:
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value or ""]
    return any(str(one).strip() for one in values)
