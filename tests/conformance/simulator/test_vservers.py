# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Disabled and enabled virtual servers: traffic, state, saved configuration, connected clients."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator

from .conftest import FLEET, Lab

ALL = [("vpnvserver", "gateway"), ("authenticationvserver", "aaa"), ("lbvserver", "web"), ("csvserver", "switch")]
LOST = (ConnectionResetError, BrokenPipeError, ssl.SSLError)


def statistics(box: Any, type_: str, name: str) -> Any:
    return box.ask("GET", f"/nitro/v1/stat/{type_}/{name}").json[type_][0]


def reaches(lab: Any, name: str) -> bool:
    try:
        lab.vserver(name).ask("GET", "/")
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.fact("vserver-down", "vserver-down-new", "vserver-enable", "vserver-state-saved")
@pytest.mark.parametrize(("type_", "name"), ALL)
def test_disable_and_enable(lab: Any, type_: str, name: str) -> None:
    """Existing connections are reset, new ones refused; the other vservers are not affected; a reboot keeps the saved state."""
    box = lab.box()
    client = lab.vserver(name)
    client.ask("GET", "/")
    assert box.post(type_, {"name": name}, "?action=disable").status == 200
    with pytest.raises(LOST):
        client.ask("GET", "/")
    assert [reaches(lab, other) for _, other in ALL] == [other != name for _, other in ALL]
    assert box.rows(f"{type_}/{name}")[0]["curstate"] == "OUT OF SERVICE"
    assert statistics(box, type_, name)["state"] == "OUT OF SERVICE"
    assert box.post(type_, {"name": name}, "?action=disable").code == 451
    lines = box.get("nsrunningconfig").json["nsrunningconfig"]["response"].splitlines()
    assert [line for line in lines if " vserver " in line and "-state DISABLED" in line and f" {name} " in line]
    box.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("gw").reboot()
    assert not reaches(lab, name)
    box = lab.box()
    assert box.post(type_, {"name": name}, "?action=enable").status == 200
    assert reaches(lab, name)
    assert box.rows(f"{type_}/{name}")[0]["curstate"] == "UP"
    lab.simulator.appliance("gw").reboot()
    assert not reaches(lab, name), "enabled, but not saved"
    lab.simulator.reset()
    assert reaches(lab, name)


# CPython's wrap_socket leaves its socket open if the peer resets the connection before the handshake.
@pytest.mark.fact("vserver-down-new")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_disabled_and_reset(with_switches: Callable[..., Any]) -> None:
    """The other position: a connection is accepted and reset, before TLS too."""
    lab = with_switches(disabled_vserver="reset")
    box = lab.box()
    client = lab.vserver("gateway")
    client.ask("GET", "/")
    for type_, name in (("vpnvserver", "gateway"), ("lbvserver", "web")):
        box.post(type_, {"name": name}, "?action=disable")
        with pytest.raises(ConnectionResetError):
            lab.vserver(name).ask("GET", "/")
    with pytest.raises(LOST):
        client.ask("GET", "/")
    box.post("lbvserver", {"name": "web"}, "?action=enable")
    assert reaches(lab, "web")


def test_a_deleted_vserver_is_closed(lab: Any) -> None:
    """A vserver that is removed does not listen; one that is made again at the same address listens."""
    box = lab.box()
    row = box.rows("lbvserver/web")[0]
    assert box.delete("lbvserver/web").status == 200
    assert not reaches(lab, "web")
    again = {key: row[key] for key in ("name", "servicetype", "ipv46", "port")}
    assert box.post("lbvserver", again).status == 201
    assert reaches(lab, "web")


def test_disabled_in_the_fleet_file() -> None:
    """As configured, from the start."""
    configuration = {"lbvserver": [{"name": "web", "state": "DISABLED"}]}
    entry = {**FLEET["appliances"]["gw"], "configuration": configuration}
    with Simulator({"appliances": {"gw": entry}}) as simulator:
        lab = Lab(simulator)
        assert [reaches(lab, name) for _, name in ALL] == [True, True, False, True]
        lab.close()


def test_the_state_after_a_failover(lab: Any) -> None:
    """A failover keeps it closed: the command was propagated."""
    pair = lab.simulator.appliance("pair")
    lab.box("pair").post("vpnvserver", {"name": "gateway"}, "?action=disable")
    pair.failover()
    with pytest.raises(ConnectionRefusedError):
        lab.vserver("gateway", "pair").ask("GET", "/")
    lab.box("pair", 1).post("vpnvserver", {"name": "gateway"}, "?action=enable")
    assert lab.vserver("gateway", "pair").ask("GET", "/").status == 302


@pytest.mark.fact("vserver-connections")
@pytest.mark.parametrize(("type_", "name"), [("lbvserver", "web"), ("csvserver", "switch")])
def test_connected_clients(lab: Any, type_: str, name: str) -> None:
    """Connected clients, idle ones too."""
    box = lab.box()
    clients = [lab.vserver(name) for _ in range(3)]
    for client in clients:
        client.ask("GET", "/")
    row = statistics(box, type_, name)
    assert (row["curclntconnections"], row["establishedconn"], row["totalrequests"]) == ("3", "3", "3")
    box.post(type_, {"name": name}, "?action=disable")
    box.get("nsversion")
    assert statistics(box, type_, name)["curclntconnections"] == "0"
