# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: which types, attributes and errors does NITRO have?

One declarative table, by family. Keys, create-only attributes, defaults and enumerations: NITRO 12.x reference pages, and for newer
attributes the resource map of the vendor's Ansible collection. JSON typing: reference type Double arrives as a string, Integer as a
number (collection issues 377 and 553). A new type is one more entry; only what the table cannot say needs a handler (nitro/handlers).
This package must not know configurations.
"""

from __future__ import annotations

from simulator.types import (
    acls,
    appfw,
    audit,
    certificates,
    content_switching,
    gateway,
    http_profiles,
    locations,
    monitors,
    ns_parameters,
    policies,
    preconditions,
    remote_servers,
    responder,
    rewrite,
    rnat,
    ssl_vservers,
    system,
    vservers,
)
from simulator.types.documented_attributes import completed
from simulator.types.model import Attribute, Binding, Row, Type
from simulator.types.system import DEFAULT_MODES, FEATURES, MODES
from simulator.types.vservers import VSERVER_TYPES

# In the order of ns.conf: an object comes before the objects that name it.
TYPES: dict[str, Type] = {
    entry.name: completed(entry)
    for entry in (
        *system.NETWORK,
        *ns_parameters.PARAMETERS,
        *remote_servers.TYPES,
        *audit.PARAMETERS,
        *certificates.TYPES,
        *policies.SETS,
        *acls.TYPES,
        *rnat.TYPES,
        *locations.TYPES,
        *policies.EXPRESSIONS,
        *audit.TYPES,
        *responder.TYPES,
        *gateway.TYPES,
        *rewrite.TYPES,
        *appfw.TYPES,
        *monitors.TYPES,
        *http_profiles.TYPES,
        *preconditions.TYPES,
        *vservers.TYPES,
        *content_switching.TYPES,
        *ssl_vservers.TYPES,
        *system.ADMINISTRATION,
    )
}
BINDINGS: dict[str, Binding] = {
    entry.name: completed(entry)
    for entry in (
        *policies.BINDINGS,
        *vservers.BINDINGS,
        *rnat.BINDINGS,
        *audit.BINDINGS,
        *responder.BINDINGS,
        *gateway.BINDINGS,
        *monitors.BINDINGS,
        *content_switching.BINDINGS,
        *ssl_vservers.BINDINGS,
        *rewrite.BINDINGS,
        *appfw.BINDINGS,
        *system.BINDINGS,
    )
}
ENTRIES: tuple[Type | Binding, ...] = (*TYPES.values(), *BINDINGS.values())

__all__ = [
    "BINDINGS",
    "DEFAULT_MODES",
    "ENTRIES",
    "FEATURES",
    "MODES",
    "TYPES",
    "VSERVER_TYPES",
    "Attribute",
    "Binding",
    "Row",
    "Type",
]
