# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows that lack what every object of their type has, and a bind point that an appliance calls absent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import (
    GLOBAL_BINDING,
    Scope,
    observe,
    take_rows,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound

from tests.unit.plugin_utils.change.planning.test_state_reader import FakeSession


@pytest.mark.parametrize(
    ("type_name", "row", "missing"),
    [
        ("responderpolicy", {"name": "p", "action": "NOOP"}, "rule"),
        ("responderpolicy", {"name": "p"}, "rule and action"),
        ("vpnvserver_responderpolicy_binding", {"name": "gw", "policy": "p", "bindpoint": "REQUEST"}, "priority"),
        ("policyexpression", {"name": "e"}, "value"),
        ("policydataset", {"name": "d"}, "type"),
        ("nsacl", {"aclname": "a", "aclaction": "DENY"}, "priority"),
    ],
)
def test_a_row_without_what_every_object_has_is_an_error(type_name: str, row: dict[str, Any], missing: str) -> None:
    """A policy without its rule would be evaluated as one that never matches, or end in a KeyError."""
    objects: dict[ObjectId, Attributes] = {}
    with pytest.raises(NitroError, match=f"^gw-a: GET {type_name}: .*a row lacks {missing}$"):
        take_rows(objects, type_name, [row], "gw-a")
    assert not any(name == type_name for name, _key in objects)


def test_a_global_bind_point_that_is_called_absent_is_not_an_empty_one() -> None:
    absent = NotFound("gw-a", f"GET {GLOBAL_BINDING}", 404, 258, "No such resource")
    session: Any = FakeSession({"nsfeature": [{"feature": ["RESPONDER"]}], GLOBAL_BINDING: absent})
    with pytest.raises(NotFound, match=r"^gw-a: "):
        observe(session, Scope(places=frozenset({(GLOBAL_BINDING, "REQ_OVERRIDE")})))
