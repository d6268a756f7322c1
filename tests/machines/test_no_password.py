# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No password travels over pipes: it is in no byte that went either way and in no file on both sides, after jobs that were good, lost or given up."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from simulator import Simulator
from tests.machines.secret_search import files_with, found_in
from tests.machines.tools import (
    NAMES,
    command,
    fleet,
    inventory,
    lay_out,
    of_node,
    password_file,
    piped_nodes,
    play,
    while_it_runs,
)

pytestmark = pytest.mark.only_in_all

HOSTS = ("gw-1", "gw-2", "gw-3", "gw-4")
SECRET = 'n1ght "Shift"/7Q+%\\&'
"""Each form of it is another one."""
TAP = Path(__file__).with_name("tap.py")
POLICY = "/config/responderpolicy"
VAULT_PASSWORD = "v4ult-of-the-n0des"
SECRETS = (SECRET, VAULT_PASSWORD)
WAYS = {
    "gw-1": "{{ lookup('ansible.builtin.file', '~/netscaler_password') }}",
    "gw-2": "{{ lookup('ansible.builtin.file', '~/passwords/' ~ netscaler_site) }}",
    "gw-3": "{{ lookup('ansible.builtin.unvault', '~/encrypted_password') | trim }}",
    "gw-4": {"__ansible_vault": ""},
}
"""By appliance, how the inventory names its password: the ways of docs/how-to/many-machines.md."""
STARTING = b'"status": "starting"'


@dataclass
class Story:
    place: Path
    tapped: Path
    outputs: dict[str, str]
    codes: dict[str, int]

    def bytes_of(self, name: str, way: str) -> list[bytes]:
        """What went one way in the jobs of a run."""
        return [path.read_bytes() for path in sorted((self.tapped / name).glob(f"*.{way}"))]


def processes_of(home: Path) -> list[int]:
    """The processes of an execution node, by their environment."""
    found, mark = [], f"HOME={home}".encode()
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (path / "environ").read_bytes().split(b"\0"):
                found.append(int(path.name))
    return found


def kill_at_work(home: Path, at_work: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Kill all processes of an execution node when it is at work."""
    for _moment in while_it_runs(process):
        if at_work():
            for pid in processes_of(home):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return


def encrypted(text: str) -> str:
    """Return a text as ``ansible-vault encrypt --vault-id nodes@...`` writes it."""
    secret = VaultSecret(VAULT_PASSWORD.encode())
    return VaultLib([("nodes", secret)]).encrypt(text, secret, "nodes").decode()


def own_files(home: Path) -> list[Path]:
    """The files of a node that hold a secret."""
    return [password_file(home), home / "passwords" / "ams", home / "vault_password"]


def keep_secrets(home: Path, start: Path) -> None:
    """Put the secrets of all ways on a node, and name the vault in the environment of its worker."""
    (home / "passwords").mkdir(mode=0o700)
    (home / "passwords" / "ams").write_text(SECRET, encoding="utf-8")
    (home / "encrypted_password").write_text(encrypted(SECRET + "\n"), encoding="utf-8")
    (home / "vault_password").write_text(VAULT_PASSWORD, encoding="utf-8")
    line = start.read_text(encoding="utf-8")
    start.write_text(
        line.replace("env -i ", f"env -i ANSIBLE_VAULT_IDENTITY_LIST=nodes@{home}/vault_password "), encoding="utf-8"
    )


def of_the_command_line(place: Path) -> tuple[Path, Path]:
    """Write extra variables with an encrypted value, and the password of its vault, which the controller has too."""
    extra, vault = place / "extra.yml", place / "controller" / "vault_password"
    vault.parent.mkdir(mode=0o700, exist_ok=True)
    vault.write_text(VAULT_PASSWORD, encoding="utf-8")
    lines = "".join(f"  {line}\n" for line in encrypted(SECRET).splitlines())
    extra.write_text(f"ssh_password: !vault |\n{lines}", encoding="utf-8")
    return extra, vault


def tap(nodes: list[dict[str, Any]], tapped: Path) -> None:
    """Keep what each job of the nodes is sent and sends back, in the directory ``now``."""
    for node in nodes:
        start = Path(node["state"]) / "worker.sh"
        line = start.read_text(encoding="utf-8").removeprefix("exec ")
        start.write_text(f"exec {sys.executable} {TAP} {tapped}/now {line}", encoding="utf-8")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("secret")
    tapped = place / "tapped"
    story = Story(place, tapped, {}, {})
    content, killed = fleet(HOSTS, SECRET), of_node("utrecht", HOSTS)
    with Simulator(content) as simulator:
        nodes = piped_nodes(place, SECRET)
        for node in nodes:
            keep_secrets(Path(node["state"]), Path(node["state"]) / "worker.sh")
        tap(nodes, tapped)
        named = inventory(simulator.ready, nodes)
        for host, way in WAYS.items():
            own = {"__ansible_vault": encrypted(SECRET)} if isinstance(way, dict) else way
            named["netscalers"]["hosts"][host] |= {"netscaler_password": own, "netscaler_site": "ams"}
        lay_out(place, simulator, content=named)

        extra, own_vault = of_the_command_line(place)

        def posted() -> bool:
            posts = {
                one["appliance"] for one in simulator.requests() if one["method"] == "POST" and POLICY in one["target"]
            }
            return not posts.isdisjoint(killed)

        def run(
            name: str, verb: str, beside: Callable[[subprocess.Popen[str]], None] = lambda _process: None, **more: Any
        ) -> None:
            (tapped / "now").mkdir(parents=True)
            waves = {"rollout_canary": 1, "rollout_waves": ["100%"], "rollout_bake_seconds": 0}
            words = [*command(place, verb, **waves, **more), "-e", f"@{extra}"]
            done, _results = play(place, words, name, beside, ANSIBLE_VAULT_IDENTITY_LIST=f"nodes@{own_vault}")
            for one in HOSTS:
                simulator.appliance(one).clear_faults()
            for node in nodes:  # what was given up may still run
                end = time.monotonic() + 60
                while processes_of(Path(node["state"])) and time.monotonic() < end:
                    time.sleep(0.2)
            (tapped / "now").rename(tapped / name)
            story.outputs[name], story.codes[name] = done.stdout + done.stderr, done.returncode

        for one in killed:
            simulator.appliance(one).fault("hang", method="POST", type="responderpolicy", seconds=30)
        run("lost", "apply", lambda process: kill_at_work(place / "utrecht", posted, process), slice_timeout=120)
        for one in HOSTS:
            simulator.appliance(one).clear_faults()
            simulator.appliance(one).fault("slow", seconds=5, times=0)
        run("given up", "verify", slice_timeout=8)
        for one in HOSTS:
            simulator.appliance(one).clear_faults()
        run("good", "verify", fail_at=3)
        yield story


def test_the_jobs_ended_as_they_should(story: Story) -> None:
    assert story.codes == {"lost": 2, "given up": 2, "good": 0}, story.outputs
    assert "LOST" in story.outputs["lost"]
    assert "slice_timeout" in story.outputs["given up"]


@pytest.mark.parametrize("name", ["lost", "given up", "good"])
@pytest.mark.parametrize("way", ["sent", "returned"])
def test_no_secret_is_in_any_byte_that_went_either_way(story: Story, name: str, way: str) -> None:
    tapped = story.bytes_of(name, way)
    assert len(tapped) >= 2
    assert any(tapped)
    assert [found for one in tapped for secret in SECRETS if (found := found_in(one, secret))] == []


def test_the_first_line_of_a_worker_was_among_them(story: Story) -> None:
    """Where it is not, the search looks at the wrong bytes."""
    assert all(any(STARTING in one for one in story.bytes_of(name, "returned")) for name in story.codes)


def test_no_secret_is_in_any_file_of_either_side_but_its_own(story: Story) -> None:
    own = [path for name in NAMES for path in own_files(story.place / name)]
    own.append(story.place / "controller" / "vault_password")
    for secret in SECRETS:
        assert files_with([story.place], secret, own) == {}
    found = [path for secret in SECRETS for path in files_with([story.place], secret)]
    assert sorted(found) == sorted(map(str, own)), "the search looks there"


def test_no_secret_is_on_a_screen(story: Story) -> None:
    shown = [output.encode() for output in story.outputs.values()]
    assert [found for one in shown for secret in SECRETS if (found := found_in(one, secret))] == []
