# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance invents virtual servers at addresses of others: no request reaches them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simulator import Simulator
from tests.hostile.server import HostileServer
from tests.hostile.test_names import also
from tests.stage.memory import Stage

VICTIM = "127.0.99.9"
"""A machine of somebody else."""
OURS = "127.0.0.0/24"


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """An appliance whose virtual servers the inventory does not name."""
    del stage.variables["vips"]
    stage.variables["probe_networks"] = [OURS]
    return stage


@contextmanager
def victim() -> Iterator[tuple[int, list[tuple[str, int]]]]:
    """Listen at the victim's address; yield the port and the connections that came."""
    came: list[tuple[str, int]] = []
    with socket.create_server((VICTIM, 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, source = listener.accept()
                except OSError:
                    return
                came.append(source)
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1], came
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_no_verb_sends_a_request_to_an_invented_address(stage: Stage, server: HostileServer) -> None:
    with victim() as (port, came):
        server.rule = also("vpnvserver", name="payroll", ipv46=VICTIM, ip=VICTIM, port=port)
        reason = f"payroll ({VICTIM}:{port}) is not probed (only the appliance names {VICTIM}"
        for result in (stage.apply(), stage.status(probes="all")):
            assert result.verdict.word == "partly"
            assert result.verdict.reason.startswith(reason)
            assert "name it in netscaler_vips" in result.verdict.reason
            assert {proof.vip.name for proof in result.proof.after} == {"gw"}, "those in the network are probed"
        assert any(text.startswith(reason) for text in stage.rollback().remarks)
        closed = stage.lockdown()
        assert sorted(step.key[0] for step in closed.plan.steps) == ["gw", "payroll"], "both are closed"
        assert any("payroll" in text and "name it in netscaler_vips" in text for text in closed.unproven)
        server.clear()  # it exists nowhere, so it cannot be opened again
        stage.reopen()
        assert came == []


def test_without_any_consent_nothing_counts_as_proven(stage: Stage, server: HostileServer, box: Simulator) -> None:
    stage.variables["probe_networks"] = []
    result = stage.apply()
    assert result.verdict.word == "partly"
    assert "applied, unproven" not in result.verdict.reason
    assert "not saved" in result.failed
    assert not [entry for entry in box.requests() if entry["side"] != "nitro"]


def test_a_listed_address_is_probed_as_before(stage: Stage, box: Simulator) -> None:
    vip = box.ready["appliances"]["box"]["vservers"][0]
    stage.variables["vips"] = [{"name": "gw", "address": vip["address"], "port": vip["port"], "kind": "vpn"}]
    stage.variables["probe_networks"] = []
    assert stage.apply().verdict.word == "mitigated"
