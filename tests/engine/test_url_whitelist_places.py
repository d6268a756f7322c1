# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The URL whitelist on an HA pair, in admin partitions, and when the appliance refuses in the middle of thousands of entries."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.kind import ID

from simulator import Simulator
from tests.engine.records import records_of
from tests.engine.whitelist_stage import NAME, Lists, WhitelistStage
from tests.stage.fleet import fleet_file

BOX: dict[str, Any] = {
    "build": "14.1 43.50",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "RESPONDER"],
    "vservers": [{"type": "lb", "name": "shop", "address": "127.0.0.1:0", "protocol": "SSL"}],
}
SHOP: Lists = [
    {
        "vserver": "shop",
        "kind": "lb",
        "mode": "enforce",
        "allow": [{"exact": "/"}, {"prefix": "/shop/", "owner": "J. Jansen"}],
    }
]


@contextlib.contextmanager
def open_stage(tmp_path: Path, box: dict[str, Any]) -> Iterator[WhitelistStage]:
    with Simulator(fleet_file({"box": box})) as running:
        yield WhitelistStage(running, tmp_path)


def test_both_nodes_of_a_pair_have_it_and_lose_it(tmp_path: Path) -> None:
    with open_stage(tmp_path, {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]}) as stage:
        before = [stage.configuration(kind, node) for node in (0, 1) for kind in ("running", "saved")]
        done = stage.play("apply", SHOP)
        assert (done.result.failed, done.verdict) == ("", "enforcing")
        assert len({tuple(stage.configuration(kind, node)) for node in (0, 1) for kind in ("running", "saved")}) == 1
        stage.take_off(SHOP)
        assert [stage.configuration(kind, node) for node in (0, 1) for kind in ("running", "saved")] == before


def test_the_record_keeps_owners_and_comments(tmp_path: Path) -> None:
    with open_stage(tmp_path, BOX) as stage:
        stage.play("apply", SHOP)
    (record,) = records_of(tmp_path, "box", ID)
    (own,) = record.content.values["whitelists"]
    assert own["entries"] == [{"prefix": "/shop/", "owner": "J. Jansen"}]


def test_a_list_goes_to_its_partition_and_nowhere_else(tmp_path: Path) -> None:
    tenant = {
        "features": ["LB", "RESPONDER"],
        "configuration": {"lbvserver": [{"name": "portal", "servicetype": "HTTP", "ipv46": "192.0.2.9", "port": 80}]},
    }
    lists = [{**SHOP[0], "vserver": "portal", "partition": "tenant_a"}]
    with open_stage(tmp_path, {**BOX, "partitions": {"tenant_a": tenant}}) as stage:
        stage.variables["probe_networks"] = ["192.0.2.0/24"]
        done = stage.play("apply", lists, save="always", probes="none")
        assert done.result.failed == ""
        assert not any(NAME in row for row in stage.configuration())
        assert any(f"{NAME}__portal" in row for row in stage.configuration(partition="tenant_a"))
        elsewhere = stage.play("plan", [{**lists[0], "partition": "tenant_b"}])
        assert "requested in the partition tenant_b, which is not on the appliance" in elsewhere.result.failed
        stage.take_off(lists)
        assert not any(NAME in row for row in stage.configuration(partition="tenant_a"))


@pytest.mark.parametrize("type_", ["responderpolicy", "lbvserver_responderpolicy_binding"])
def test_what_is_refused_late_is_taken_back_in_a_few_requests(tmp_path: Path, type_: str) -> None:
    entries = [{"exact": f"/page/{number}"} for number in range(2000)]
    with open_stage(tmp_path, BOX) as stage:
        before = stage.configuration()
        stage.simulator.appliance("box").fault(kind="nitro_error", method="POST", type=type_, code=1)
        since = len(stage.simulator.requests())
        with pytest.raises(TourniquetError, match="What was done before it has been undone"):
            stage.apply_plainly([{**SHOP[0], "allow": entries}])
        sent = [r for r in stage.simulator.requests()[since:] if r["side"] == "nitro"]
        assert stage.configuration() == before
        assert [r["method"] for r in sent].count("DELETE") < 8
        assert len(sent) < 70, "each write is preceded by a read of the lock"


def test_a_vserver_that_is_not_there_is_a_conflict(tmp_path: Path) -> None:
    with open_stage(tmp_path, BOX) as stage:
        planned = stage.play("plan", [{**SHOP[0], "vserver": "shopp"}])
        (conflict,) = [one for one in planned.values["conflicts"] if one["kind"] == "missing_parent"]
        assert "lbvserver shopp" in conflict["message"]
        assert stage.play("apply", [{**SHOP[0], "vserver": "shopp"}]).writes == []
