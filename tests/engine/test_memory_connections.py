# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections in memory show what connections over TLS show: the same requests, answers, errors, certificates and addresses."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober

from simulator import Simulator
from simulator.network.certificate_authority import Authority
from tests.engine.control_nodes import BOX, control_node, simulated
from tests.stage.memory import Stage
from tests.stage.memory_connections import _Socket, memory_connections

OVER_TLS = True  # each test chooses for itself
ACL = {"nsacl": {"aclname": "x", "aclaction": "DENY", "priority": 10}}
PLAIN = {"type": "lb", "name": "site", "address": "127.0.0.2:0", "protocol": "HTTP"}


@pytest.fixture(scope="module")
def box() -> Iterator[Simulator]:
    with simulated({**BOX, "vservers": [*BOX["vservers"], PLAIN]}, drop_seconds=5) as running:
        yield running


@pytest.fixture
def ours(box: Simulator, tmp_path: Path) -> Stage:
    box.reset()
    return control_node(box, tmp_path, "ours")


def over_both(see: Callable[[], Any]) -> Any:
    """Return what a function returns in memory and over TLS alike."""
    with memory_connections():
        in_memory = see()
    assert in_memory == see()
    return in_memory


def opened(appliance: Appliance) -> Any:
    """Return the client's end of the connection of a session."""
    with Session(appliance, appliance.nodes[0]) as session:
        assert session._connection is not None
        return session._connection.sock


def outcome(appliance: Appliance, timeout: float | None) -> str:
    """Read, write, read and write again; return each result or error.

    :param timeout: seconds for the first write
    """
    seen = []
    with Session(appliance, appliance.nodes[0], sleep=lambda _seconds: None) as session:
        for act in (
            lambda: session.read("nsversion"),
            lambda: session.write("POST", "nsacl", ACL, timeout=timeout),
            lambda: session.read("nsacl", "x"),
            lambda: session.write("DELETE", "nsacl/x"),
        ):
            try:
                seen.append(str(act()))
            except TourniquetError as error:
                reason = re.sub(
                    r"no answer \([^;]*\);", "no answer;", str(error)
                )  # its words are those of OpenSSL or of the system
                seen.append(f"{type(error).__name__}: {reason}")
        seen += [f"{session.connections} connections, {session.logins} logins", session.local_address]
        seen += [f"{one.method} {one.path} {one.status}" for one in session.exchanges]
    return "\n".join(seen)


def test_the_life_of_a_mitigation_sends_the_same_requests(ours: Stage, box: Simulator, tmp_path: Path) -> None:
    lives = itertools.count()

    def life() -> list[Any]:
        box.reset()
        stage = control_node(box, tmp_path, f"life{next(lives)}")
        stage.apply()
        stage.status()
        stage.rollback()
        requests = [{**one, "target": re.sub(r"[0-9a-fA-F]{8,}", "ID", one["target"])} for one in box.requests()]
        names = ("node", "client", "method", "status", "errorcode")
        nitro = [tuple(one.get(name) for name in names) for one in requests if one["side"] == "nitro"]
        probes = sorted(
            str([one[name] for name in ("side", "target", "status")]) for one in requests if one["side"] != "nitro"
        )
        return [nitro, probes]

    nitro, probes = over_both(life)
    assert len(nitro) > 50
    assert probes


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "reset", "times": 0},
        {"kind": "reset"},
        {"kind": "slow", "seconds": 0.05},
        {"kind": "hang", "seconds": 5},
        {"kind": "cut_off"},
        {"kind": "hang_in_answer", "seconds": 5},
        {"kind": "cut_off", "method": "GET"},
        {"kind": "cut_off", "method": "GET", "times": 0},
        {"kind": "reset", "method": "GET"},
        {"kind": "reply_lost"},
        {"kind": "http_error", "status": 503},
        {"kind": "nitro_error", "code": 257},
        {"kind": "expire_session"},
    ],
    ids=str,
)
def test_a_fault_shows_the_same(ours: Stage, box: Simulator, fault: dict[str, Any]) -> None:
    def see() -> str:
        box.reset()
        if fault:
            box.appliance("box").fault(**fault, type="nsacl")
        return outcome(ours.appliance, 0.2 if "hang" in fault.get("kind", "") else None)

    over_both(see)


def test_a_drop_by_an_acl_shows_the_same(ours: Stage, box: Simulator) -> None:
    """Also on the connection that applied it, and for a connection that comes after it."""

    def see() -> list[str]:
        box.reset()
        appliance, seen = dataclasses.replace(ours.appliance, connect_timeout=0.2), []
        with Session(appliance, appliance.nodes[0]) as session:
            session.write("POST", "nsacl", ACL)
            with pytest.raises(TourniquetError) as lost:
                session.write("POST", "nsacls?action=apply", {"nsacls": {}}, timeout=0.2)
        seen.append(f"{lost.type.__name__}: {lost.value}")
        with pytest.raises(TourniquetError) as again:
            opened(appliance)
        seen.append(f"{again.type.__name__}: {again.value}")
        return seen

    over_both(see)


def test_no_socket_is_opened_in_memory(ours: Stage) -> None:
    with memory_connections():
        assert isinstance(opened(ours.appliance), _Socket)
    assert not isinstance(opened(ours.appliance), _Socket)


def test_the_certificate_is_the_one_of_the_appliance(ours: Stage, box: Simulator) -> None:
    seen = box.ready["appliances"]["box"]["nodes"][0]["certificate_sha256"]
    for pin, refused in ((seen, False), ("0" * 64, True)):
        ours.variables["certificate_pin"] = pin
        with pytest.raises(TourniquetError, match=seen) if refused else nullcontext(), memory_connections():
            assert isinstance(opened(ours.appliance), _Socket)


def test_a_ca_of_somebody_else_is_refused(ours: Stage, tmp_path: Path) -> None:
    ours.variables["ca_file"] = str(Authority(tmp_path / "other").ca_file)

    def see() -> str:
        with pytest.raises(TourniquetError, match="is not trusted") as refused:
            opened(ours.appliance)
        return str(refused.value)

    over_both(see)


@pytest.mark.parametrize("kind", ["self_signed", "wrong_name"])
def test_another_certificate_is_seen(ours: Stage, box: Simulator, kind: str) -> None:
    box.appliance("box").fault("certificate_changed", certificate=kind)

    def see() -> str:
        with pytest.raises(TourniquetError, match="is not trusted") as refused:
            opened(ours.appliance)
        return str(refused.value)

    over_both(see)


def test_an_address_that_refuses_refuses(ours: Stage, box: Simulator) -> None:
    box.appliance("box").unreachable()

    def see() -> str:
        with pytest.raises(TourniquetError, match="cannot be reached") as refused:
            opened(ours.appliance)
        return str(refused.value)

    over_both(see)


def test_probes_see_the_same(ours: Stage) -> None:
    ours.variables["vips"] = [{**vip, "tls": vip["name"] == "gw"} for vip in ours.variables["vips"]]

    def see() -> list[Any]:
        prober = Prober("run", source="127.0.0.9")
        cases = [case for case in ours.mitigation.traffic.cases if case.probe]
        answers = [one for vip in ours.appliance.vips or () for one in prober.ask_all(vip, cases)]
        return [dataclasses.replace(one, at=0, head=re.sub("Date: .*", "", one.head)) for one in answers]

    answers = over_both(see)
    assert {one.source for one in answers} == {"127.0.0.9"}
    assert {bool(one.certificate) for one in answers} == {True, False}  # with TLS and without


def test_the_end_of_an_idle_connection_is_seen(ours: Stage, box: Simulator) -> None:
    def see() -> tuple[int, ...]:
        appliance = ours.appliance
        with Session(appliance, appliance.nodes[0]) as session:
            session.read("nsversion")
            box.loop.call_soon_threadsafe(box.fleet.drop_connections, box.fleet.appliances["box"])
            box.control("GET", "/requests")  # comes after it
            session.write("POST", "nsacl", ACL)
            session.write("DELETE", "nsacl/x")
            return session.connections, session.logins

    assert over_both(see) == (2, 1)
