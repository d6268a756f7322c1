# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the sets and named expressions that bound rules name, such as those of our whitelist or of somebody else. Reads only.

A plan reads the objects that it changes. A rule beside them can only be evaluated with the sets that it names, and they are read only where one does.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...appliance.nitro.session import Session
from ...appliance.objects.resource_types import Attributes, ObjectId
from ...change.planning.state_reader import read_members, take_rows
from ...foundation.errors import NitroError, NotFound
from ...policies.policy_bank import RESPONDER_POLICY, unknown_names

EXPRESSION = "policyexpression"
ORDER = ("policypatset", "policydataset", EXPRESSION, "policypatset", "policydataset")
"""The types in the order in which they are read, as long as a name is unknown; the sets again, since a named expression may name some."""
MOST_SETS = 50
"""So many sets are read; a rule that names another one is reported as not evaluated."""


ACTION = "responderaction"
BUILT_IN = ("", "NOOP", "DROP", "RESET")


def read_actions(session: Session, objects: Mapping[ObjectId, Attributes]) -> dict[ObjectId, Attributes]:
    """Return the responder actions where policies have one that these objects lack: one of the type noop lets requests pass.

    :raises NitroError: where they cannot be read
    """
    actions = {str(a.get("action", "")) for (type_, _key), a in objects.items() if type_ == RESPONDER_POLICY}
    found: dict[ObjectId, Attributes] = {}
    if any(one.upper() not in BUILT_IN and (ACTION, (one,)) not in objects for one in actions):
        take_rows(found, ACTION, session.read(ACTION), session.where)
    return found


def read_named_objects(session: Session, objects: Mapping[ObjectId, Attributes]) -> dict[ObjectId, Attributes]:
    """Return the sets with their members, and the named expressions, that the bound rules of some objects name and that these objects lack.

    What cannot be read is left out: the rule that names it is then reported as not evaluated.
    """
    found: dict[ObjectId, Attributes] = {}
    for type_name in ORDER:
        if not unknown_names({**objects, **found}):
            break
        try:
            found |= _read(session, type_name, {**objects, **found})
        except NitroError:
            continue
    return found


def _read(session: Session, type_name: str, objects: Mapping[ObjectId, Attributes]) -> dict[ObjectId, Attributes]:
    there: dict[ObjectId, Attributes] = {}
    try:
        take_rows(there, type_name, session.read(type_name), session.where)
    except NotFound:
        return {}
    if type_name == EXPRESSION:
        return there
    rules = " ".join(str(a.get("rule", a.get("value", ""))) for a in objects.values()).lower()
    named = [id_ for id_ in there if f'"{id_[1][0].lower()}"' in rules and id_ not in objects][:MOST_SETS]
    return {**{id_: there[id_] for id_ in named}, **read_members(session, named)}
