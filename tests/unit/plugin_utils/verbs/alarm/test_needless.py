# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No mitigation is needless where the build of one node is not known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm import tested_forwarding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import needless_because

from tests.stage.memory import CATALOGUE

FIXED = Build.parse("NetScaler NS14.1: Build 73.46.nc")


@pytest.mark.parametrize(
    ("builds", "told"),
    [
        ((FIXED, FIXED), "14.1 73.46 needs no policy by the vendor; the status says if it is exposed"),
        ((FIXED, None), ""),
        ((), ""),
    ],
)
def test_each_node_must_have_a_build_that_needs_none(
    monkeypatch: pytest.MonkeyPatch, builds: tuple[Build | None, ...], told: str
) -> None:
    monkeypatch.setattr(tested_forwarding, "entries_needed_by_the_appliance", lambda _catalogue: ["cve_2019_19781"])
    nodes = [SimpleNamespace(build=build) for build in builds]
    connection: Any = SimpleNamespace(nodes=nodes, missing_nodes=(), is_cluster=False)
    assert needless_because(connection, CATALOGUE.parent) == told
