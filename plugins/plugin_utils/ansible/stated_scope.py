# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses a closing or an opening whose command does not say of what: without a word it would be the whole inventory.

The lookup ``appliances`` calls this module when close.yml, lockdown.yml or reopen.yml begins, and the action ``sliced`` for the controller of slices.
The actions refuse what would make of a command another one than it says: a scope that only the inventory has, and a drill of a verb that has none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from ..verbs.common.job_gate import IN_SLICE
from ..verbs.common.verb import Sliced
from ..verbs.registry import declared

SCOPE, FLEET = "scope", "fleet"
TARGET, DRILL = "target", "drill"
NARROWING = ("customers", "vips", "partitions")
KINDS = "kinds"
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
    is_drill = declared(verb).is_drilled and _is_true(variables.get(DRILL))
    is_practice = check_mode or is_drill
    # A node works on the appliances that its controller gave it.
    if is_practice or scope or limit.strip() or variables.get(TARGET) or boolean(variables.get(IN_SLICE), strict=False):
        return
    if not any(_names_something(variables.get(name)) for name in NARROWING):
        what = "opening" if opens else "closing"
        raise InvalidInput(f"this {what} has no scope, so it would take the whole inventory. {how}")


def require_scope_of_command(verb: str, inventory: Mapping[str, Any], extra: Collection[str]) -> None:
    """Refuse what would narrow a closing or an opening of an appliance and is not in its command: it would leave open, or closed, what the command names.

    :param verb: any
    :param inventory: the variables of the appliance without those of the play and of its tasks
    :param extra: the names that were given with ``-e``
    :raises InvalidInput: naming the variables and the fix
    """
    if not declared(verb).needs_scope:
        return
    found = [name for name in (*NARROWING, KINDS) if name not in extra and _names_something(inventory.get(name))]
    what = "opened" if declared(verb).sliced is Sliced.OPENS else "closed"
    if found:
        empty = ", ".join(f'"{name}": []' for name in found)
        raise InvalidInput(
            f"the inventory sets {', '.join(found)}, which would narrow what is {what}. Only the command names that: give it with -e, "
            f"also as empty (-e '{{{empty}}}'), or take it out of the inventory. Nothing was sent."
        )
    if declared(verb).is_drilled and DRILL not in extra and _is_true(inventory.get(DRILL)):
        raise InvalidInput(
            f"{DRILL} is true in the inventory, so nothing would be {what}. Only the command makes a drill of a run: write -e {DRILL}=true or "
            f"-e {DRILL}=false. Nothing was sent."
        )


def require_no_drill(verb: str, drill: Any, *, is_preview: bool) -> None:
    """Refuse a drill of a verb that has none: it would be carried out.

    :param drill: the value of the variable, from wherever it is
    :param is_preview: the run writes nothing
    :raises InvalidInput: naming what to write
    """
    if _is_true(drill) and declared(verb).changes and not declared(verb).is_drilled and not is_preview:
        raise InvalidInput(
            f"{DRILL}=true has no effect here, so {verb} would be carried out: only close.yml has a drill (-e step=off -e {DRILL}=true). To change "
            f"nothing write --check; to carry it out write -e {DRILL}=false. Nothing was sent."
        )


def _is_true(value: Any) -> bool:
    return boolean(str(value or ""), strict=False) is True


def _names_something(value: Any) -> bool:
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value or ""]
    return any(str(one).strip() for one in values)
