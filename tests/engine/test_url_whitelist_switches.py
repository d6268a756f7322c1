# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whitelist works in every position of the simulator's switches that concern it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests import sample
from tests.engine.test_simulator_switches import CASES
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.fleet import fleet_file

BOX: dict[str, Any] = {
    "build": "14.1 43.50",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
}
GATEWAY: dict[str, Any] = {
    "vserver": "gw",
    "kind": "vpn",
    "base": ["gateway"],
    "allow": [{"suffix": ".woff2"}, {"exact": "/portal"}],
}


CONCERNED = re.compile(
    "language_(?!dataset|location|header|hostname|missing_header|list|name|no_user|other_address|string_map)|gateway_|vpn_binding|"
    "policy_bound_twice|end_skips|set_removal|put_bulk|extra_row_key|delete_body|evaluation_without|unknown_attribute|"
    "auditmessageaction|missing_responderaction|counters_lag"
)


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WhitelistStage]:
    name, position = request.node.callspec.params["name"], request.node.callspec.params["position"]
    fleet = fleet_file({"box": BOX}, **{name: position})
    with Simulator(fleet) as simulator:
        yield WhitelistStage(simulator, tmp_path)


@pytest.mark.parametrize(
    ("name", "position"), [case for case in CASES if CONCERNED.match(str(case.id))][sample.WHITELIST_POSITIONS]
)
def test_observe_enforce_change_and_rollback_survive_the_position(
    stage: WhitelistStage, name: str, position: Any
) -> None:
    before = stage.configuration()
    for mode, verdict in (("observe", "observing"), ("enforce", "enforcing")):
        lists = [{**GATEWAY, "mode": mode}]
        done = stage.play("apply", lists)
        assert (done.result.failed, done.verdict) == ("", verdict)
        assert stage.play("apply", lists).writes == []
    changed = [{**GATEWAY, "mode": "enforce", "allow": [{"prefix": "/portal/"}, {"exact": "/portal"}]}]
    done = stage.play("apply", changed)
    assert (done.result.failed, done.verdict) == ("", "enforcing")
    stage.take_off(changed)
    assert stage.configuration() == stage.configuration("saved") == before
