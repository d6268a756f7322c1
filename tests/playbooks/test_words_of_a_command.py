# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A command does what it says: the inventory narrows no closing and makes no drill of it, and a drill of a verb without one is not carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stage.fleet import box, vserver
from tests.stage.played import Laboratory

WHY: dict[str, Any] = {"who": "J. Jansen", "reason": "an attack", "ticket": "CHG7", "expires": "24"}
DRILLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("apply", {}),
    ("rollback", {"why": "undo"}),
    ("reopen", {**WHY, "scope": "fleet"}),
    ("lockdown", {**WHY, "scope": "fleet"}),
)


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    two = {"vservers": [vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")]}
    return open_laboratory({"gw-a": box(**two), "gw-b": box(**two), "gw-c": box(**two)})


@pytest.fixture
def hosts(laboratory: Laboratory) -> Iterator[dict[str, dict[str, Any]]]:
    """The variables of the hosts, which lose what a test adds."""
    before = {host: dict(values) for host, values in laboratory.hosts.items()}
    yield laboratory.hosts
    laboratory.hosts.clear()
    laboratory.hosts.update(before)


def states(laboratory: Laboratory, host: str) -> list[str]:
    rows = [row for type_ in ("vpnvserver", "lbvserver") for row in laboratory.rows(host, type_)]
    return [str(row.get("state", "ENABLED")) for row in rows]


@pytest.mark.parametrize(("verb", "more"), DRILLS)
def test_a_drill_that_a_verb_does_not_have_changes_nothing(
    laboratory: Laboratory, verb: str, more: dict[str, Any]
) -> None:
    before = laboratory.texts()
    run = laboratory.play(verb, limit=["gw-a"], drill=True, **more)
    assert (run.rc, run.requests, laboratory.texts()) == (2, [], before)
    assert f"drill=true has no effect here, so {verb} would be carried out" in run.message("gw-a")


def test_what_the_inventory_sets_leaves_nothing_open_in_silence(
    laboratory: Laboratory, hosts: dict[str, dict[str, Any]]
) -> None:
    """``vips`` may be a variable of another role: with it, a closing of the whole fleet closed a part, and ended with exit code 0."""
    hosts["gw-a"]["vips"] = ["gw"]
    hosts["gw-b"]["drill"] = True
    run = laboratory.play("close", step="off", scope="fleet", **WHY)
    assert run.rc == 2, run.output
    assert run.problem("gw-a").startswith("refused: gw-a: the inventory sets vips, which would narrow what is closed.")
    assert run.problem("gw-b").startswith("refused: gw-b: drill is true in the inventory, so nothing would be closed.")
    assert [states(laboratory, host) for host in hosts] == [["ENABLED"] * 2, ["ENABLED"] * 2, ["DISABLED"] * 2]
    run = laboratory.play("close", step="off", scope="fleet", vips=[], drill=False, **WHY)
    assert run.rc == 0, run.output
    assert [states(laboratory, host) for host in hosts] == [["DISABLED"] * 2] * 3


def test_a_slice_given_by_hand_is_no_scope(laboratory: Laboratory, hosts: dict[str, dict[str, Any]]) -> None:
    before = laboratory.texts()
    run = laboratory.play("reopen", tourniquet_in_slice=True, accept_exposure=True, second="M. Vis", **WHY)
    assert (run.rc, run.requests, laboratory.texts()) == (2, [], before)
    for host in hosts:
        assert run.problem(host).startswith(f"refused: {host}: tourniquet_in_slice leaves checks to a controller, and")
