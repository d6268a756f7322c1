# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program: ready file, request log, signals, certificates, mistakes in fleet files."""

from __future__ import annotations

import hashlib
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator import FleetError, Simulator
from tests.played_together import played_together

ONE: dict[str, Any] = {"build": "13.0 47.22", "nodes": ["127.22.0.1:0"]}


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any], Path]]:
    fleet, ready = tmp_path / "fleet.yml", tmp_path / "run" / "ready.json"
    vservers = [{"type": "vpn", "name": "gw", "address": "127.22.0.2:0"}]
    fleet.write_text(
        yaml.safe_dump({"appliances": {"one": {**ONE, "vservers": vservers}, "gone": {**ONE, "unreachable": True}}})
    )
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--fleet",
        str(fleet),
        "--ready-file",
        str(ready),
        "--request-log",
        str(tmp_path / "log.jsonl"),
    ]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.DEVNULL) as process:
        for _ in range(200):
            if ready.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        yield process, json.loads(ready.read_text()), tmp_path
        process.kill()


def test_start_and_end_of_the_process(started: Any) -> None:
    """The ready file names every address; SIGTERM ends the program and removes its files."""
    process, ready, directory = started
    node = ready["appliances"]["one"]["nodes"][0]
    assert ready["pid"] == process.pid
    assert ready["appliances"]["one"]["users"] == {"nsroot": "nsroot"}
    assert ready["appliances"]["one"]["vservers"][0]["protocol"] == "SSL"
    context = ssl.create_default_context(cafile=ready["ca_file"])
    connection = http.client.HTTPSConnection(node["address"], node["port"], context=context, timeout=60)
    connection.request("GET", "/nitro/v1/config/nsversion")
    assert connection.getresponse().status == 401
    certificate = connection.sock.getpeercert(binary_form=True)
    assert hashlib.sha256(certificate).hexdigest() == node["certificate_sha256"]
    connection.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert list((directory / "run").iterdir()) == []
    entry = json.loads((directory / "log.jsonl").read_text().splitlines()[0])
    assert (entry["appliance"], entry["status"]) == ("one", 401)


@played_together(
    ("change", "text"),
    [
        ({"nodes": ["192.0.2.1:443"]}, "loopback"),
        ({"nodes": ["127.22.0.1"]}, "not of the form"),
        ({"nodes": []}, "two are an HA pair"),
        ({"build": "13.0-47.22"}, "not of the form"),
        ({"nonsense": 1}, "unknown key 'nonsense'"),
        ({"features": ["NONSENSE"]}, "unknown feature"),
        ({"switches": {"nonsense": 1}}, "unknown switch"),
        ({"switches": {"secondary_write": "maybe"}}, "not one of"),
        ({"switches": {"boot_seconds": "soon"}}, "not a float"),
        (
            {"vservers": [{"type": "vpn", "name": "g", "address": "127.22.0.2:0", "protocol": "HTTP"}]},
            "needs the protocol SSL",
        ),
        ({"vservers": [{"type": "vpn", "name": "g"}]}, "address is missing"),
        ({"configuration": {"nonsense": []}}, "unknown type"),
        (
            {"configuration": {"responderpolicy": [{"name": "p", "rule": "TRUE", "action": "nope"}]}},
            "Invalid responder action",
        ),
        (
            {"configuration": {"responderpolicy": [{"name": "p", "rule": "HTTP.REQ.(", "action": "NOOP"}]}},
            "syntax error",
        ),
        ({"faults": [{"kind": "nonsense"}]}, "not one of"),
        ({"faults": [{"kind": "slow", "nth": "x"}]}, "wrong type"),
        ({"files": {"rc": "x"}}, "absolute path"),
        ({"primary": 1}, "there is no node 1"),
        ({"unreachable": "no"}, "neither true nor false"),
    ],
)
def test_mistakes_in_the_fleet_file(change: dict[str, Any], text: str) -> None:
    """Every mistake is refused with its place."""
    with pytest.raises(FleetError, match=text):
        Simulator({"appliances": {"one": {**ONE, **change}}}).start()


def test_mistakes_end_the_program(tmp_path: Path) -> None:
    """Exit code 2 and one line, no traceback."""
    fleet = tmp_path / "fleet.yml"
    fleet.write_text("appliances: {one: {build: x, nodes: []}}")
    command = [sys.executable, "-m", "simulator", "--fleet", str(fleet)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("simulator: one: build")
    assert len(done.stderr.splitlines()) == 1


def test_a_program_that_cannot_start_leaves_the_files_of_another(tmp_path: Path) -> None:
    """The ready file and the certificate of the CA are those of the simulator that has the address."""
    files = [tmp_path / "ready.json", tmp_path / "ca.pem"]
    for file in files:
        file.write_text("of another")
    fleet = tmp_path / "fleet.yml"
    with socket.create_server(("127.22.0.9", 0)) as other:
        place = f"127.22.0.9:{other.getsockname()[1]}"
        fleet.write_text(yaml.safe_dump({"appliances": {"one": {**ONE, "nodes": [place]}}}))
        command = [sys.executable, "-m", "simulator", "--fleet", fleet, "--ready-file", files[0], "--ca-file", files[1]]
        done = subprocess.run(
            command, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=60, check=False
        )
    assert (done.returncode, [file.read_text() for file in files]) == (2, ["of another"] * 2), done.stderr


def test_an_address_in_use_is_reported() -> None:
    """Two addresses of a fleet must differ."""
    with pytest.raises(FleetError, match="already taken"):
        Simulator(
            {"appliances": {"one": {**ONE, "nodes": ["127.22.0.5:8443"]}, "two": {**ONE, "nodes": ["127.22.0.5:8443"]}}}
        ).start()


@pytest.mark.fact("self-signed", "old-tls")
def test_self_signed_certificates_and_old_tls() -> None:
    """Old appliances: a certificate without a usable name, TLS up to 1.2."""
    with Simulator({"appliances": {"old": {**ONE, "certificate": "self_signed", "tls_maximum": "1.2"}}}) as simulator:
        node = simulator.ready["appliances"]["old"]["nodes"][0]
        strict = ssl.create_default_context(cafile=simulator.ready["ca_file"])
        with (
            socket.create_connection((node["address"], node["port"]), timeout=60) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            strict.wrap_socket(plain, server_hostname=node["address"])
        lenient = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        lenient.check_hostname, lenient.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((node["address"], node["port"]), timeout=60) as plain,
            lenient.wrap_socket(plain) as secure,
        ):
            assert secure.version() == "TLSv1.2"
            assert hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest() == node["certificate_sha256"]


@pytest.mark.fact("no-tickets")
@pytest.mark.parametrize("newest", ["1.2", "1.3"])
def test_no_session_tickets(newest: str) -> None:
    with Simulator({"appliances": {"one": {**ONE, "tls_maximum": newest}}}) as simulator:
        node = simulator.ready["appliances"]["one"]["nodes"][0]
        context = ssl.create_default_context(cafile=simulator.ready["ca_file"])
        connection = http.client.HTTPSConnection(node["address"], node["port"], context=context, timeout=60)
        connection.request("GET", "/")
        connection.getresponse().read()
        assert connection.sock.version() == f"TLSv{newest}"
        assert connection.sock.session is not None
        assert not connection.sock.session.has_ticket
        connection.close()


@pytest.mark.fact("curves")
def test_the_curves_of_tls() -> None:
    with Simulator({"appliances": {"one": ONE}}) as simulator:
        node = simulator.ready["appliances"]["one"]["nodes"][0]

        def version(curve: str) -> str | None:
            context = ssl.create_default_context(cafile=simulator.ready["ca_file"])
            context.set_ecdh_curve(curve)
            with (
                socket.create_connection((node["address"], node["port"]), timeout=60) as plain,
                context.wrap_socket(plain, server_hostname=node["address"]) as secure,
            ):
                return secure.version()

        assert version("prime256v1") == "TLSv1.3"
        with pytest.raises(ssl.SSLError):
            version("X25519")


@pytest.mark.fact("system-type")
def test_partitions_cluster_and_unsaved() -> None:
    """Further keys of a fleet file: partitions are listed, a cluster is reported, unsaved configuration is only running."""
    policies = {"responderpolicy": [{"name": "p", "rule": "TRUE", "action": "NOOP"}]}
    spec = {**ONE, "partitions": ["p1"], "cluster": True, "unsaved_configuration": policies, "features": ["RESPONDER"]}
    with Simulator({"appliances": {"one": spec}}) as simulator:
        state = simulator.appliance("one").state()["nodes"][0]
    assert state["running"]["nspartition"][0]["partitionname"] == "p1"
    assert state["running"]["responderpolicy"]
    assert "responderpolicy" not in state["saved"]
    assert state["configchanged"] is True
