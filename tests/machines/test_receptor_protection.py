# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nobody but the controller commands a node of a Receptor mesh, and nobody answers under its name: the files of ``examples/receptor`` on loopback.

Each protection is tried as it is shipped and without it: without it, what is refused goes through.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.receptor_configuration import (
    receptor_findings,
)

from tests.machines.mesh import wait_for
from tests.machines.receptor_files import (
    CONTROLLER,
    Configuration,
    controller_file,
    daemon,
    make_keys,
    node_file,
    part,
    without,
)
from tests.machines.tools import RECEPTOR, RECEPTORCTL

pytestmark = pytest.mark.only_in_all
NODES = ("amsterdam", "utrecht")
WORKER = '#!/bin/sh\ncat >> "$HOME/ran"\necho "answer of $HOME"\n'
REFUSED_AFTER = 8.0
"""Seconds in which a job that is let in has long run."""
SIGNED = ("--signwork", "--tls-client", "mesh")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not RECEPTOR.exists():
        pytest.skip("receptor is not there: make machine-tools says why")
    place = tmp_path_factory.mktemp("keys") / "mesh"
    make_keys(place, ["127.0.0.1", "controller.example.net"], NODES)
    return place


@pytest.fixture(scope="module")
def other_keys(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Of a CA with the same name."""
    place = tmp_path_factory.mktemp("other_keys") / "mesh"
    make_keys(place, ["127.0.0.1"], NODES)
    return place


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Mesh:
    """The Receptors of a test."""

    def __init__(self, place: Path, keys: Path) -> None:
        self.place, self.keys, self.port = place, keys, free_port()
        self.started: list[subprocess.Popen[bytes]] = []
        self.worker = place / "ansible-runner"
        self.worker.write_text(WORKER, encoding="utf-8")
        self.worker.chmod(0o700)

    def controller(self) -> Configuration:
        return controller_file(self.place / CONTROLLER, self.keys, NODES, self.port)

    def node(self, name: str, directory: str = "", keys: Path | None = None) -> Configuration:
        worker = {"/opt/tourniquet/bin/ansible-runner": str(self.worker)}
        place = self.place / (directory or name)
        return node_file(name, place, keys or self.keys, f"127.0.0.1:{self.port}", worker)

    def start(self, name: str, configuration: Configuration) -> subprocess.Popen[bytes]:
        process = daemon(self.place / name, configuration)
        self.started.append(process)
        return process

    def start_controller(self, configuration: Configuration) -> None:
        self.start(CONTROLLER, configuration)
        wait_for(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def start_all(self, controller: Configuration, **nodes: Configuration) -> None:
        self.start_controller(controller)
        for name, configuration in nodes.items():
            self.start(name, configuration)
        for name in nodes:
            wait_for(lambda name=name: self.is_reached(name))

    def is_reached(self, name: str) -> bool:
        return b"Reply" in self.ask(CONTROLLER, "ping", name, "--count", "1").stdout

    def ask(self, of: str, *words: str, sent: str = "") -> subprocess.CompletedProcess[bytes]:
        """Use the socket of a Receptor as its administrator does."""
        command = ["timeout", str(REFUSED_AFTER), str(RECEPTORCTL), "--socket", str(self.place / of / "socket"), *words]
        return subprocess.run(command, input=sent.encode(), capture_output=True, check=False)

    def submit(self, of: str, to: str, sent: str, *options: str) -> str:
        """Submit a job, and return what it printed."""
        words = ["work", "submit", "--node", to, "--payload", "-", "--follow", *options, "ansible-runner"]
        done = self.ask(of, *words, sent=sent)
        return (done.stdout + done.stderr).decode()

    def ran(self, name: str) -> str:
        """The jobs that a node has carried out."""
        path = self.place / name / "ran"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def log(self, name: str) -> str:
        return (self.place / name / "receptor.log").read_text(encoding="utf-8")

    def stop(self) -> None:
        for process in self.started:
            process.kill()
            process.wait(60)


@pytest.fixture
def mesh(tmp_path: Path, keys: Path) -> Iterator[Mesh]:
    found = Mesh(tmp_path, keys)
    with contextlib.ExitStack() as stack:
        stack.callback(found.stop)
        yield found


def taken(mesh: Mesh, name: str = "utrecht") -> Configuration:
    """The configuration of a node that somebody else has: with a socket, and without all that its owner forbade it."""
    configuration = without(mesh.node(name), "work-verification", "work-command")
    del part(configuration, "node")["firewallrules"]
    part(configuration, "control-service")["filename"] = str(mesh.place / name / "socket")
    return configuration


def without_rules(configuration: Configuration) -> Configuration:
    del part(configuration, "node")["firewallrules"]
    return configuration


def without_signatures(configuration: Configuration) -> Configuration:
    del part(configuration, "work-command")["verifysignature"]
    return configuration


def test_the_controller_commands_a_node_and_nothing_stays(mesh: Mesh) -> None:
    mesh.start_all(mesh.controller(), amsterdam=mesh.node("amsterdam"), utrecht=mesh.node("utrecht"))
    assert "answer of" in mesh.submit(CONTROLLER, "amsterdam", "good", "--rm", *SIGNED)
    assert (mesh.ran("amsterdam"), mesh.ran("utrecht")) == ("good", "")
    for name in (CONTROLLER, "amsterdam"):
        wait_for(lambda name=name: not list((mesh.place / name / "receptor" / name).iterdir()))
        (finding,) = receptor_findings(mesh.place / name / "receptor.yml", {"amsterdam": 10})
        assert finding.what.endswith(f"nothing is open at {name}")
    socket_ = (mesh.place / CONTROLLER / "socket").stat()
    assert stat.filemode(socket_.st_mode) == "srw-------"
    assert not (mesh.place / "amsterdam" / "socket").exists()


def test_the_keys_are_for_their_owner_alone_and_a_node_is_added_without_new_ones(mesh: Mesh) -> None:
    place = mesh.place / "copy"
    shutil.copytree(mesh.keys, place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    make_keys(place, ["127.0.0.1"], [*NODES, "zwolle"])
    after = {path.name: path.read_bytes() for path in place.iterdir()}
    assert after.keys() - before.keys() == {"zwolle.crt", "zwolle.key"}
    assert {name: after[name] for name in before} == before
    (place / "utrecht.crt").unlink()
    make_keys(place, ["127.0.0.1"], NODES)
    assert all((place / f"utrecht.{kind}").read_bytes() != before[f"utrecht.{kind}"] for kind in ("crt", "key"))
    assert place.stat().st_mode & 0o077 == 0
    assert [path.name for path in place.iterdir() if path.stat().st_mode & 0o077] == []


def test_an_unsigned_job_is_refused(mesh: Mesh) -> None:
    mesh.start_all(mesh.controller(), amsterdam=mesh.node("amsterdam"))
    assert "signature is empty" in mesh.submit(CONTROLLER, "amsterdam", "unsigned", "--tls-client", "mesh")
    assert mesh.ran("amsterdam") == ""


def test_without_verification_an_unsigned_job_runs(mesh: Mesh) -> None:
    mesh.start_all(mesh.controller(), amsterdam=without_signatures(mesh.node("amsterdam")))
    assert "answer of" in mesh.submit(CONTROLLER, "amsterdam", "unsigned", "--tls-client", "mesh")
    assert mesh.ran("amsterdam") == "unsigned"


def test_a_job_with_the_signature_of_another_key_is_refused(mesh: Mesh, other_keys: Path) -> None:
    controller = mesh.controller()
    part(controller, "work-signing")["privatekey"] = str(other_keys / "work-signing.key")
    mesh.start_all(controller, amsterdam=mesh.node("amsterdam"))
    assert "could not verify signature" in mesh.submit(CONTROLLER, "amsterdam", "signed", *SIGNED)
    assert mesh.ran("amsterdam") == ""


SHIPPED: Callable[[Configuration], Configuration] = lambda configuration: configuration  # noqa: E731 -- a name for the table
NODE_LAYERS = [
    pytest.param(SHIPPED, SHIPPED, id="as shipped"),
    pytest.param(without_rules, without_rules, id="the signature alone"),
    pytest.param(SHIPPED, without_signatures, id="the rules alone"),
]


@pytest.mark.parametrize(("of_controller", "of_node"), NODE_LAYERS)
def test_another_node_submits_nothing(
    mesh: Mesh,
    of_controller: Callable[[Configuration], Configuration],
    of_node: Callable[[Configuration], Configuration],
) -> None:
    amsterdam = of_node(mesh.node("amsterdam"))
    mesh.start_all(of_controller(mesh.controller()), amsterdam=amsterdam, utrecht=taken(mesh))
    for options in ((), ("--tls-client", "mesh"), SIGNED):
        assert "answer of" not in mesh.submit("utrecht", "amsterdam", "foreign", *options)
    assert mesh.ran("amsterdam") == ""


def test_without_rules_and_signature_another_node_submits_a_job(mesh: Mesh) -> None:
    amsterdam = without_signatures(without_rules(mesh.node("amsterdam")))
    mesh.start_all(without_rules(mesh.controller()), amsterdam=amsterdam, utrecht=taken(mesh))
    assert "answer of" in mesh.submit("utrecht", "amsterdam", "foreign", "--tls-client", "mesh")
    assert mesh.ran("amsterdam") == "foreign"


def on_the_mesh(configuration: Configuration) -> Configuration:
    """Open the control service of a controller to the mesh, as the examples of Receptor do."""
    part(configuration, "control-service").update(service="control", tls="mesh")
    return configuration


def ask_controller_to_sign(mesh: Mesh, sent: str) -> None:
    """Submit a job to amsterdam by the control service of the controller, from the socket of utrecht."""
    lines = [
        {"command": "connect", "node": CONTROLLER, "service": "control", "tls": "mesh"},
        {
            "command": "work",
            "subcommand": "submit",
            "node": "amsterdam",
            "worktype": "ansible-runner",
            "signwork": "true",
            "tlsclient": "mesh",
        },
    ]
    with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(TimeoutError):
        one.settimeout(REFUSED_AFTER)
        one.connect(str(mesh.place / "utrecht" / "socket"))
        answers = one.makefile("rb")
        for line, greetings in zip(lines, (1, 2), strict=True):
            for _ in range(greetings):
                answers.readline()
            one.sendall(json.dumps(line).encode() + b"\n")
        answers.readline()
        one.sendall(sent.encode())
        time.sleep(1)
        one.shutdown(socket.SHUT_WR)
        answers.readline()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(SHIPPED, id="as shipped"),
        pytest.param(without_rules, id="not on the mesh"),
        pytest.param(on_the_mesh, id="the rules alone"),
    ],
)
def test_the_controller_signs_nothing_for_a_node(mesh: Mesh, change: Callable[[Configuration], Configuration]) -> None:
    controller = change(mesh.controller())
    mesh.start_all(controller, amsterdam=mesh.node("amsterdam"), utrecht=taken(mesh))
    ask_controller_to_sign(mesh, "foreign")
    assert "answer of" in mesh.submit(CONTROLLER, "amsterdam", "good", *SIGNED)
    assert mesh.ran("amsterdam") == "good"


def test_a_controller_whose_service_is_on_the_mesh_signs_what_a_node_submits(mesh: Mesh) -> None:
    controller = on_the_mesh(without_rules(mesh.controller()))
    mesh.start_all(controller, amsterdam=mesh.node("amsterdam"), utrecht=taken(mesh))
    ask_controller_to_sign(mesh, "foreign")
    wait_for(lambda: mesh.ran("amsterdam") == "foreign", REFUSED_AFTER)


def under_a_foreign_name(mesh: Mesh) -> Configuration:
    """The configuration of somebody who has utrecht, and says to be amsterdam."""
    configuration = mesh.node("amsterdam", "impostor")
    for name in ("tls-server", "tls-client"):
        part(configuration, name).update(cert=str(mesh.keys / "utrecht.crt"), key=str(mesh.keys / "utrecht.key"))
    return configuration


def test_receptor_does_not_start_under_a_name_that_its_certificate_lacks(mesh: Mesh) -> None:
    mesh.start_controller(mesh.controller())
    assert mesh.start("impostor", under_a_foreign_name(mesh)).wait(60) == 1
    assert "nodeID=amsterdam not found in certificate name(s); names found=[utrecht]" in mesh.log("impostor")


def hidden(configuration: Configuration) -> Configuration:
    """Let its own Receptor not look at the certificate."""
    for name in ("tls-server", "tls-client"):
        part(configuration, name)["skipreceptornamescheck"] = True
    return configuration


def test_a_node_under_a_foreign_name_gets_no_job(mesh: Mesh) -> None:
    mesh.start_controller(mesh.controller())
    mesh.start("impostor", hidden(under_a_foreign_name(mesh)))
    wait_for(lambda: mesh.is_reached("amsterdam"))
    said = mesh.submit(CONTROLLER, "amsterdam", "secret", *SIGNED)
    assert "certificate is valid for Receptor node ID utrecht, not amsterdam" in said
    assert mesh.ran("impostor") == ""
    received = (mesh.place / "impostor" / "receptor").rglob("*")
    assert not any(b"secret" in path.read_bytes() for path in received if path.is_file())


def test_without_tls_to_the_node_an_impostor_answers(mesh: Mesh) -> None:
    impostor = hidden(under_a_foreign_name(mesh))
    del part(impostor, "control-service")["tls"]
    mesh.start_controller(mesh.controller())
    mesh.start("impostor", impostor)
    wait_for(lambda: mesh.is_reached("amsterdam"))
    assert "answer of" in mesh.submit(CONTROLLER, "amsterdam", "secret", "--signwork")
    assert mesh.ran("impostor") == "secret"


def of_another_ca(mesh: Mesh, other_keys: Path) -> Configuration:
    """The configuration of somebody with a certificate for amsterdam, of a CA of his own, who accepts any controller."""
    configuration = mesh.node("amsterdam", "impostor", other_keys)
    part(configuration, "tls-client")["insecureskipverify"] = True
    return configuration


def without_certificate(mesh: Mesh) -> Configuration:
    configuration = without(mesh.node("amsterdam", "impostor"), "tls-server", "tls-client")
    for name in ("tcp-peer", "control-service"):
        del part(configuration, name)["tls"]
    return configuration


def stays_away(mesh: Mesh) -> bool:
    """True where an impostor is not in the mesh after a while."""
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: mesh.is_reached("amsterdam"), REFUSED_AFTER)
        return False
    return True


def test_a_certificate_of_another_ca_does_not_get_in(mesh: Mesh, other_keys: Path) -> None:
    mesh.start_controller(mesh.controller())
    mesh.start("impostor", of_another_ca(mesh, other_keys))
    assert stays_away(mesh)
    assert "certificate signed by unknown authority" in mesh.log(CONTROLLER)


def test_without_a_required_certificate_one_of_another_ca_gets_in(mesh: Mesh, other_keys: Path) -> None:
    controller = mesh.controller()
    for name in ("requireclientcert", "clientcas"):
        del part(controller, "tls-server")[name]
    mesh.start_controller(controller)
    mesh.start("impostor", of_another_ca(mesh, other_keys))
    assert not stays_away(mesh)


def test_without_a_certificate_nobody_gets_in(mesh: Mesh) -> None:
    mesh.start_controller(mesh.controller())
    mesh.start("impostor", without_certificate(mesh))
    assert stays_away(mesh)
    assert "does not look like a TLS handshake" in mesh.log(CONTROLLER)


def test_without_tls_anybody_gets_in_and_answers(mesh: Mesh) -> None:
    controller = mesh.controller()
    del part(controller, "tcp-listener")["tls"]
    mesh.start_controller(controller)
    mesh.start("impostor", without_certificate(mesh))
    assert not stays_away(mesh)
    assert "answer of" in mesh.submit(CONTROLLER, "amsterdam", "secret", "--signwork")


def test_a_node_with_another_name_than_those_of_the_controller_does_not_get_in(mesh: Mesh, keys: Path) -> None:
    mesh.start_controller(mesh.controller())
    configuration = hidden(under_a_foreign_name(mesh))
    part(configuration, "node")["id"] = "zwolle"
    mesh.start("impostor", configuration)
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: mesh.is_reached("zwolle"), REFUSED_AFTER)
    assert not mesh.is_reached("zwolle")
    assert "zwolle" in mesh.log(CONTROLLER)


def listed_at_amsterdam(mesh: Mesh) -> str:
    """Ask amsterdam for its jobs, from the socket of utrecht."""
    line = {"command": "connect", "node": "amsterdam", "service": "control", "tls": "mesh"}
    with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(TimeoutError):
        one.settimeout(REFUSED_AFTER)
        one.connect(str(mesh.place / "utrecht" / "socket"))
        answers = one.makefile("rb")
        answers.readline()
        one.sendall(json.dumps(line).encode() + b"\n")
        for _ in range(2):
            answers.readline()
        one.sendall(b"work list\n")
        return answers.readline().decode()
    return ""


@pytest.mark.parametrize(("rules", "seen"), [(True, False), (False, True)], ids=["as shipped", "without rules"])
def test_another_node_sees_the_jobs_of_a_node_without_rules_only(mesh: Mesh, rules: bool, seen: bool) -> None:
    change = SHIPPED if rules else without_rules
    mesh.start_all(change(mesh.controller()), amsterdam=change(mesh.node("amsterdam")), utrecht=taken(mesh))
    mesh.submit(CONTROLLER, "amsterdam", "good", *SIGNED)
    assert ('"WorkType":"ansible-runner"' in listed_at_amsterdam(mesh)) is seen


def test_on_a_socket_of_a_node_no_signature_is_asked_for(mesh: Mesh) -> None:
    """So a node has none: see the first test."""
    amsterdam = mesh.node("amsterdam")
    part(amsterdam, "control-service")["filename"] = str(mesh.place / "amsterdam" / "socket")
    mesh.start_all(mesh.controller(), amsterdam=amsterdam)
    assert "answer of" in mesh.submit("amsterdam", "amsterdam", "local")
    assert mesh.ran("amsterdam") == "local"


def test_a_name_that_is_in_the_mesh_is_not_given_away(mesh: Mesh) -> None:
    mesh.start_all(mesh.controller(), amsterdam=mesh.node("amsterdam"))
    mesh.start("impostor", hidden(under_a_foreign_name(mesh)))
    wait_for(lambda: "connected using a node ID we are already connected to" in mesh.log(CONTROLLER))
    assert "answer of" in mesh.submit(CONTROLLER, "amsterdam", "good", *SIGNED)
    assert (mesh.ran("amsterdam"), mesh.ran("impostor")) == ("good", "")
