# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our policies at places that nobody asked for: ns.conf names the places, and NITRO has the bindings there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import stray_bindings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import Scope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.stray_bindings import (
    read_stray_bindings,
    unusable_places,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    NotFound,
    NotShown,
)

OWNER = Owner("demo", 1)
GLOBAL, LB = "responderglobal_responderpolicy_binding", "lbvserver_responderpolicy_binding"
TEXT = """
bind responder global tq_demo 10 END -type REQ_OVERRIDE
bind responder global theirs 20 END -type REQ_DEFAULT
bind lb vserver web -policyName tq_demo -priority 10 -gotoPriorityExpression END -type REQUEST
bind lb vserver other -policyName theirs -priority 10 -gotoPriorityExpression END -type REQUEST
"""
ROWS: dict[str, list[dict[str, Any]]] = {
    "REQ_OVERRIDE": [{"policyname": "tq_demo", "type": "REQ_OVERRIDE", "priority": 10}],
    "web": [
        {"name": "web", "policyname": "tq_demo", "bindpoint": "REQUEST", "priority": 10},
        {"name": "web", "policyname": "theirs", "bindpoint": "REQUEST", "priority": 20},
    ],
}


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The places that are read; the first answer that is put in front of them is given instead of rows."""
    read: list[Any] = []

    def read_place(_session: Any, type_name: str, place: str) -> Any:
        if read and isinstance(read[0], Exception):
            raise read[0]
        read.append((type_name, place))
        return ROWS[place]

    monkeypatch.setattr(stray_bindings, "read_place", read_place)
    return read


def found(*known: Any) -> list[tuple[str, ...]]:
    session: Any = type("FakeSession", (), {"where": "gw"})()
    return [id_[1] for id_ in read_stray_bindings(session, TEXT, OWNER, Scope.of(known))]


def test_only_places_of_ours_that_were_not_read_yet_are_read(places: list[Any]) -> None:
    assert found() == [("web", "tq_demo", "REQUEST"), ("tq_demo", "REQ_OVERRIDE")]
    assert places == [(LB, "web"), (GLOBAL, "REQ_OVERRIDE")]
    places.clear()
    assert found((GLOBAL, ("x", "REQ_OVERRIDE"))) == [("web", "tq_demo", "REQUEST")]
    assert places == [(LB, "web")]


@pytest.mark.parametrize("kind", [NotFound, NotShown])
def test_a_place_that_is_gone_has_no_binding(places: list[Any], kind: type[NitroError]) -> None:
    places.append(kind("gw", "GET", 404, 258, "No such resource"))
    assert found() == []


def test_a_place_that_cannot_be_read_is_an_error(places: list[Any]) -> None:
    places.append(NitroError("gw", "GET", 503, 0, "busy"))
    with pytest.raises(NitroError, match="busy"):
        found()


def test_a_place_whose_name_nitro_does_not_allow_is_told_and_not_read(
    monkeypatch: pytest.MonkeyPatch, places: list[Any]
) -> None:
    monkeypatch.setattr(stray_bindings, "is_stand_in", lambda place: place == "web")
    assert found() == [("tq_demo", "REQ_OVERRIDE")]
    assert places == [(GLOBAL, "REQ_OVERRIDE")]
    assert unusable_places(TEXT, OWNER) == [
        "ours is bound at the lb vserver web too; unbind it on the appliance itself"
    ]
