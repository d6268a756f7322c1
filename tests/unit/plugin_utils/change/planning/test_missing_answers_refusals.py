# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A global bind point or a type that is said not to exist, and a version that is no build, are not taken for an answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import read_build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import state_reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import (
    GLOBAL_BINDING,
    Scope,
    observe,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound

from tests.unit.plugin_utils.change.planning.test_state_reader import GONE, FakeSession


def test_a_global_bind_point_always_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_arguments: Any) -> Any:
        raise GONE

    monkeypatch.setattr(state_reader, "read_place", gone)
    session: Any = FakeSession({})
    with pytest.raises(NotFound, match="No such resource"):
        observe(session, Scope.of([(GLOBAL_BINDING, ("REQ_OVERRIDE", "tq_x", "10"))]))


def test_a_type_of_objects_always_exists() -> None:
    session: Any = FakeSession({"responderpolicy": GONE})
    with pytest.raises(NotFound, match="No such resource"):
        observe(session, Scope.of([("responderpolicy", ("tq_x",))]))


@pytest.mark.parametrize("rows", [[], [{}], [{"version": "newest"}], [{"version": "x" * 1000}]])
def test_a_version_that_is_no_build_is_refused(rows: list[dict[str, str]]) -> None:
    session: Any = SimpleNamespace(where="gw-a", read=lambda _type: rows)
    with pytest.raises(NitroError, match=r"^gw-a: GET nsversion: .*is not a build of NetScaler$"):
        read_build(session)
