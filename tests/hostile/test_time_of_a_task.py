# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance that uses up the time of a task: from some request on nothing more is sent, except what must not be left half done.

The time is spent by the test, so nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

from tests.hostile.server import Exchange, HostileServer, Output
from tests.stage.memory import Stage

Hits = Callable[[Exchange], bool]


def spending_at(server: HostileServer, monkeypatch: pytest.MonkeyPatch, hits: Hits) -> None:
    """Let the time of the task be over with the first request that a function chooses."""
    budgets = []
    enter = Connection.__enter__

    def entering(connection: Connection) -> Connection:
        budgets.append(connection.budget)
        return enter(connection)

    def rule(exchange: Exchange) -> Output | None:
        if budgets and hits(exchange):
            budgets.pop().spend(10**6)
        return None

    monkeypatch.setattr(Connection, "__enter__", entering)
    server.rule = rule


def paths(server: HostileServer) -> list[str]:
    return [f"{exchange.method} {exchange.path.rpartition('/')[2].partition('?')[0]}" for exchange in server.seen]


@pytest.mark.parametrize("type_name", ["nsconfig", "nsfeature", "responderpolicy", "vpnvserver", "policyevaluation"])
def test_before_the_first_write_nothing_is_written(
    stage: Stage, server: HostileServer, monkeypatch: pytest.MonkeyPatch, type_name: str
) -> None:
    before = stage.configuration()
    spending_at(server, monkeypatch, lambda exchange: exchange.type == type_name)
    with pytest.raises(TourniquetError, match=r"^box: .* was not sent: .*\(netscaler_task_timeout\)"):
        stage.apply()
    assert stage.configuration() == before
    assert {path for path in paths(server) if not path.startswith("GET")} <= {
        "POST login", "POST logout", "POST systemfile", "DELETE tourniquet_lock.txt"
    }  # fmt: skip
    assert paths(server)[-1] == "POST logout"


BINDING = "responderglobal_responderpolicy_binding"


def is_binding(exchange: Exchange) -> bool:
    return exchange.type == BINDING and exchange.method == "POST"


def test_after_the_binding_it_is_told_and_the_next_run_goes_on(
    stage: Stage, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    spending_at(server, monkeypatch, is_binding)
    with pytest.raises(TourniquetError, match=r"^box: .*netscaler_task_timeout") as raised:
        stage.apply()
    assert "What was written is in the record" in str(raised.value)
    assert not any("action=save" in exchange.path for exchange in server.seen)
    server.clear()
    monkeypatch.undo()
    assert stage.apply().verdict.word == "mitigated"
    assert stage.configuration() == stage.configuration("saved")


def test_a_save_and_what_follows_it_have_a_reserve(
    stage: Stage, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    spending_at(server, monkeypatch, lambda exchange: "action=save" in exchange.path)
    result = stage.apply()
    assert result.saved_now
    assert stage.configuration() == stage.configuration("saved")
    assert paths(server)[-1] == "POST logout"


def test_an_undo_has_a_reserve(stage: Stage, server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The binding is refused, and the time is over with its answer."""
    before = stage.configuration()
    stage.simulator.appliance("box").fault("nitro_error", method="POST", type=BINDING, times=0)
    spending_at(server, monkeypatch, is_binding)
    with pytest.raises(TourniquetError, match=r"^box: .* What was done before it has been undone\.$"):
        stage.apply()
    assert stage.configuration() == before
    stage.simulator.appliance("box").clear_faults()
    server.clear()
    monkeypatch.undo()
    assert stage.apply().verdict.word == "mitigated"
