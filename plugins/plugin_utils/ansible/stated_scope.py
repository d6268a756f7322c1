# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses a closing or an opening whose command does not say of what: without a word it would be the whole inventory.

The lookup ``appliances`` calls this module when close.yml, lockdown.yml or reopen.yml begins, and the action ``sliced`` for the controller of slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from ..verbs.common.verb import Sliced
from ..verbs.registry import declared

SCOPE, FLEET = "scope", "fleet"
TARGET, DRILL, IN_SLICE = "target", "drill", "tourniquet_in_slice"
NARROWING = ("customers", "vips", "partitions")
"""The options of the role close that choose virtual servers by what they are or whose. Kinds are in every appliance, so they are no scope."""
_HOW = (
    "Name what is {done}: -e '{{\"customers\": [...]}}', or vips or partitions in the same way, -e target=... or --limit; for the whole fleet write "
    f"-e {SCOPE}={FLEET}. Nothing was sent."
)


SCOPE_VARIABLES = (TARGET, IN_SLICE, SCOPE, DRILL, *NARROWING)
"""The variables that :func:`require_scope` reads."""


def require_scope(verb: str, variables: Mapping[str, Any], limit: str, *, check_mode: bool) -> None:
    """Refuse a closing or an opening that nobody has given a scope. One that writes nothing, by check mode or as a drill, needs none.

    :param verb: one that needs a scope
    :param variables: those of :data:`SCOPE_VARIABLES` that the command sets, rendered
    :param limit: the value of ``--limit``, or ""
    :param check_mode: the command has ``--check``
    :raises InvalidInput: naming the variables and the fix
    """
    opens = declared(verb).sliced is Sliced.OPENS
    how = _HOW.format(done="opened" if opens else "closed")
    scope = str(variables.get(SCOPE) or "").strip()
    if scope not in ("", FLEET):
        raise InvalidInput(f"{SCOPE} is '{printable(scope)}', and {FLEET} is the only word that it takes. {how}")
    is_drill = declared(verb).is_drilled and boolean(str(variables.get(DRILL) or ""), strict=False)
    is_practice = check_mode or is_drill
    # A node works on the appliances that its controller gave it.
    if is_practice or scope or limit.strip() or variables.get(TARGET) or boolean(variables.get(IN_SLICE), strict=False):
        return
    if not any(_names_something(variables.get(name)) for name in NARROWING):
        what = "opening" if opens else "closing"
        raise InvalidInput(f"this {what} has no scope, so it would take the whole inventory. {how}")


def _names_something(value: Any) -> bool:
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value or ""]
    return any(str(one).strip() for one in values)
