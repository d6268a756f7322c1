# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forms of extended ACLs, as the template has them: one for each kind of ACL."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .....appliance.objects.ownership import SEPARATOR, Owner
from .....appliance.objects.resource_types import Attributes
from .....foundation.file_stamp import Stamp
from ...forms import Contract, Form, read_forms
from ...templates import ACLS, Templates

DENY, ALLOW = "DENY", "ALLOW"
RANGE, DATASET, ALL = "range", "dataset", "all"
ADDRESS = "address"
TYPES = {4: "nsacl", 6: "nsacl6"}
NAME_ATTRIBUTES = {"nsacl": "aclname", "nsacl6": "acl6name"}
ACTION_ATTRIBUTES = {"nsacl": "aclaction", "nsacl6": "acl6action"}
FREE = frozenset({"logstate", "ratelimit"})
"""The attributes that an operator's template may add to an ACL: they change what is logged, not which packets pass."""
_PRIORITY, _TTL = 77777, 77776  # stand-ins that each type takes; a ttl is a multiple of 4


@dataclass(frozen=True)
class AclForm:
    """The form of one kind of ACL, and that of its copy, which expires by itself."""

    permanent: Form
    expiring: Form


class AclForms:
    """The forms of all kinds, each read from the template when it is first needed."""

    def __init__(self, templates: Templates, owner: Owner) -> None:
        self._templates = templates
        self._owner = owner
        self._known: dict[tuple[int, str, str, str], AclForm] = {}

    def of(self, family: int, action: str, source_is: str, destination_is: str = ADDRESS) -> AclForm:
        """Return the form of a kind of ACL.

        :param family: 4 or 6
        :param action: DENY or ALLOW
        :param source_is: range, dataset or all
        :param destination_is: address or dataset
        :raises InvalidInput: naming the template, what is wrong with it and the fix
        """
        kind = (family, action, source_is, destination_is)
        if kind not in self._known:
            self._known[kind] = AclForm(self._read(*kind, expires=False), self._read(*kind, expires=True))
        return self._known[kind]

    def _read(self, family: int, action: str, source_is: str, destination_is: str, *, expires: bool) -> Form:
        type_, suffix = TYPES[family], "v6" if family == 6 else ""
        name = f"{self._owner.name}{SEPARATOR}name"
        required: Attributes = {
            NAME_ATTRIBUTES[type_]: name,
            ACTION_ATTRIBUTES[type_]: action,
            f"destip{suffix}": True,
            "destipop": "=",
            f"destip{suffix}{'dataset' if destination_is == DATASET else 'val'}": "DESTINATION",
            "priority": _PRIORITY,
        }
        if source_is != ALL:
            source = f"srcip{suffix}{'dataset' if source_is == DATASET else 'val'}"
            required |= {f"srcip{suffix}": True, "srcipop": "=", source: "SOURCE"}
        if expires:
            required["ttl"] = _TTL
        stand_ins: Attributes = {"name": name, "source": "SOURCE", "destination": "DESTINATION", "priority": _PRIORITY}
        contract = Contract({type_: required}, {**stand_ins, "ttl": _TTL if expires else 0}, FREE)
        kind = {"family": family, "action": action, "source_is": source_is, "destination_is": destination_is}
        return read_forms(self._templates, ACLS, self._owner, contract, **kind)[type_]


def acl_forms(templates: Templates, owner: Owner) -> AclForms:
    """Return the forms, which are read once in a process unless the template is changed."""
    return _acl_forms(templates, owner, templates.stamp(ACLS))


@lru_cache(maxsize=4)
def _acl_forms(templates: Templates, owner: Owner, _stamp: Stamp) -> AclForms:
    return AclForms(templates, owner)
