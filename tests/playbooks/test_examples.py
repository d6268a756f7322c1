# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventories of examples/ as they stand, on simulated appliances: only the addresses, pins and files of the reader are put in."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from simulator import Simulator
from tests.stage.control_node import ROOT
from tests.stage.fleet import AT_NIGHT, PASSWORD, address, box, fleet_file, pair, vserver
from tests.stage.played import Laboratory, Run

EXAMPLES = ROOT / "examples"
VAULT_PASSWORD = "one vault"
# 198.51.100.0 to .255, in the form of the file that the example names.
COUNTRIES = "3325256704,3325256959,RU\n"
# The values of the inventory count, and not those that other tests give with -e.
AS_IN_THE_INVENTORY = {
    "rollout_canary": None,
    "rollout_waves": None,
    "rollout_max_failed": None,
    "records": None,
    "plans": None,
}
FLEET: Mapping[str, Any] = {
    "one": box(),
    "shop-pair": pair(),
    "shop-single": box(),
    "amsterdam": pair(),
    "rotterdam": box(),
    "utrecht": box("14.1 17.38", features=["LB", "SSL"], vservers=[vserver("lb", "shop")]),
    "behind": pair(),
}


class Example(Laboratory):
    """A copy of an example, with the addresses of simulated appliances in it."""

    def __init__(
        self, name: str, source: str, simulator: Simulator, folder: Path, appliances: Mapping[str, str]
    ) -> None:
        super().__init__(simulator, folder)
        shutil.copytree(EXAMPLES / name, folder / name)
        self.example = folder / name
        self.inventory = self.example / source
        self.secrets: dict[str, str] = {}
        # By the address in the example, the appliance and which of its addresses it stands for: a node, or a virtual server.
        self.put_in({place: endpoint(simulator, *where.split()) for place, where in appliances.items()})
        shutil.copy(simulator.ready["ca_file"], self.example / "appliances-ca.pem")

    def put_in(self, places: Mapping[str, str]) -> None:
        """Replace texts in all files of the example; each must be there."""
        files = {path: path.read_text(encoding="utf-8") for path in self.example.rglob("*") if path.is_file()}
        for place in sorted(places, key=len, reverse=True):
            pattern = re.compile(rf"(?<![\w.]){re.escape(place)}(?![\w.:/])")
            assert any(pattern.search(text) for text in files.values()), place
            files = {path: pattern.sub(places[place], text) for path, text in files.items()}
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")

    def write_inventory(self) -> None:
        """The inventory is that of the example."""

    def environment(self, report: Path) -> dict[str, str]:
        return {**super().environment(report), **self.secrets}

    def run(self, playbook: str, **more: Any) -> Run:
        return self.play(playbook, **{**AS_IN_THE_INVENTORY, **more})


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(fleet_file(FLEET, AT_NIGHT)) as running:
        yield running


def endpoint(simulator: Simulator, appliance: str, what: str = "0") -> str:
    """Return the address of a node (by its number), or of the only virtual server of an appliance."""
    ready = simulator.ready["appliances"][appliance]
    found = ready["vservers"][0] if what == "vip" else ready["nodes"][int(what)]
    return f"{found['address']}:{found['port']}"


def pin(simulator: Simulator, appliance: str, node: int) -> str:
    host, _colon, port = endpoint(simulator, appliance, str(node)).partition(":")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port))))).hexdigest()


def words(run: Run) -> dict[str, str]:
    assert all("verdict" in run[host] for host in run.results), run.output
    return {host: run.verdict(host) for host in run.results}


def test_one_vpx_in_five_lines_and_a_vault(simulator: Simulator, tmp_path: Path) -> None:
    example = Example("one-vpx", "hosts.yml", simulator, tmp_path, {"192.0.2.11": "one 0"})
    example.put_in({"0" * 64: pin(simulator, "one", 0)})
    vault = example.example / "group_vars" / "netscalers" / "vault.yml"
    vault.parent.mkdir(parents=True)
    secret = VaultSecret(VAULT_PASSWORD.encode())
    vault.write_bytes(VaultLib().encrypt(f"vault_netscaler_password: {PASSWORD}\n", secret))
    password_file = tmp_path / "vault-password"
    password_file.write_text(VAULT_PASSWORD, encoding="utf-8")
    lines = [
        line
        for line in (EXAMPLES / "one-vpx" / "hosts.yml").read_text(encoding="utf-8").splitlines()
        if line[0] not in "#-"
    ]
    assert len(lines) == 5
    run = example.run("status", options=("--vault-password-file", str(password_file)))
    assert words(run) == {"gw": "exposed"}
    assert PASSWORD not in run.output


def test_a_small_shop_with_a_whitelist(simulator: Simulator, tmp_path: Path) -> None:
    places = {
        "192.0.2.11": "shop-pair 0",
        "192.0.2.12": "shop-pair 1",
        "198.51.100.10": "shop-pair vip",
        "192.0.2.21": "shop-single",
        "198.51.100.20": "shop-single vip",
    }
    example = Example("small-shop", "hosts.yml", simulator, tmp_path, places)
    example.secrets = {"NETSCALER_PASSWORD": PASSWORD}
    applied = example.run("apply")
    assert applied.rc == 0, applied.output
    assert words(applied) == {"gw-office": "mitigated", "gw-fallback": "mitigated"}
    assert {path.name for path in (example.example / "records").iterdir()} >= {"gw-office", "gw-fallback"}, (
        "beside the inventory"
    )
    planned = example.run("plan", mitigation="url_whitelist", as_of=None)
    assert planned.rc == 0, planned.output
    assert {part["mode"] for part in planned["gw-office"]["parts"]} == {"observe"}
    assert planned["gw-fallback"]["parts"] == []


def test_a_provider_with_customers_waves_whitelists_and_countries(simulator: Simulator, tmp_path: Path) -> None:
    places = {
        "192.0.2.11": "amsterdam 0",
        "192.0.2.12": "amsterdam 1",
        "198.51.100.10": "amsterdam vip",
        "192.0.2.21": "rotterdam",
        "198.51.100.20": "rotterdam vip",
        "192.0.2.31": "utrecht",
        "198.51.100.30": "utrecht vip",
    }
    example = Example("provider", "provider.fleet.yml", simulator, tmp_path, places)
    countries = tmp_path / "geoip"
    countries.write_text(COUNTRIES, encoding="utf-8")
    example.put_in({"/usr/share/tor/geoip": str(countries)})
    (tmp_path / "netscaler").write_text(f"{PASSWORD}\n", encoding="utf-8")
    example.secrets = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    applied = example.run("apply", rollout_bake_seconds=0)
    assert applied.rc == 0, applied.output
    assert words(applied) == {"gw-amsterdam": "mitigated", "gw-rotterdam": "mitigated", "gw-utrecht": "not affected"}
    assert applied["gw-amsterdam"]["appliance"]["customer"] == "Brouwer"
    listed = example.run("plan", limit="customer_Brouwer", mitigation="url_whitelist", as_of=None)
    assert listed.rc == 0, listed.output
    assert {host: {part["mode"] for part in listed[host]["parts"]} for host in listed.results} == {
        "gw-amsterdam": {"observe"},
        "gw-rotterdam": {"observe"},
    }
    blocked = example.run("plan", limit="customer_De_Wit", mitigation="geoblock", as_of=None)
    assert blocked.rc == 0, blocked.output
    assert any("MATCHES_LOCATION" in line and "RU" in line for line in blocked.lines("gw-utrecht")), blocked.lines(
        "gw-utrecht"
    )


def test_a_pair_behind_a_jump_host(simulator: Simulator, tmp_path: Path) -> None:
    """The tunnels of ssh_config, without the SSH between their ends."""
    example = Example("jump-host", "hosts.yml", simulator, tmp_path, {"198.51.100.10": "behind vip"})
    example.put_in({"0" * 64: pin(simulator, "behind", 0), "1" * 64: pin(simulator, "behind", 1)})
    example.secrets = {"NETSCALER_PASSWORD": PASSWORD}
    ends = {"192.0.2.11:443": "behind 0", "192.0.2.12:443": "behind 1"}
    forwards = re.findall(
        r"LocalForward (\S+) (\S+)", (EXAMPLES / "jump-host" / "ssh_config").read_text(encoding="utf-8")
    )
    assert {remote for _local, remote in forwards} == ends.keys()
    with contextlib.ExitStack() as tunnels:
        example.put_in(
            {
                local: tunnels.enter_context(tunnel(endpoint(simulator, *ends[remote].split())))
                for local, remote in forwards
            }
        )
        applied = example.run("apply")
        assert applied.rc == 0, applied.output
        assert words(applied) == {"gw": "mitigated"}, applied["gw"]["verdict"]
        assert words(example.run("status")) == {"gw": "mitigated"}


@contextlib.contextmanager
def tunnel(target: str) -> Iterator[str]:
    """Forward a local port to an address, as ``ssh -L`` does, and give the local address."""
    host, _colon, port = target.partition(":")
    listener = socket.create_server((address().partition(":")[0], 0))
    open_: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _peer = listener.accept()
                far = socket.create_connection((host, int(port)))
                open_.extend((near, far))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=copy, args=(source, sink), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield ":".join(map(str, listener.getsockname()))
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        for one in open_:
            one.close()


def copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def test_each_example_is_played_and_none_holds_a_secret() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    # The configurations of an AWX and of Receptor are no inventories: the one is checked by the specification of its collection, the other is started.
    others = [ROOT / "tests" / "machines" / name for name in ("test_awx.py", "receptor_files.py")]
    source += "".join(path.read_text(encoding="utf-8") for path in others)
    for example in EXAMPLES.iterdir():
        assert f'Example("{example.name}"' in source or f'"examples" / "{example.name}"' in source
        for path in filter(Path.is_file, example.rglob("*")):
            values = re.findall(r"^\s*netscaler_password:\s*(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert all(value.startswith('"{{ ') for value in values), path
