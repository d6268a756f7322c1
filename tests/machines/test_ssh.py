# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Four appliances over two execution nodes by ssh: sshd answers on a pipe, in a mount namespace of its own, as inetd would start it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records

from simulator import Simulator
from tests.machines.tools import NAMES, TOOLS, command, fleet, lay_out, of_node, piped_nodes, play

pytestmark = pytest.mark.only_in_all
POLICY = "/config/responderpolicy"
HOSTS = ("gw-1", "gw-2", "gw-3", "gw-4")
UNPACKED = TOOLS.parent / "debian"
PLACES = (Path("/usr"), UNPACKED / "usr")
SETTINGS = """\
HostKey {place}/host
AuthorizedKeysFile {place}/key.pub
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PidFile none
"""


def sshd() -> Path | None:
    """The directory /usr with the program sshd; None where it is not there."""
    return next((place for place in PLACES if (place / "sbin" / "sshd").exists()), None)


def missing() -> str:
    """What this machine lacks, or ""."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a mount namespace needs root"
    programs = [name for name in ("ssh", "ssh-keygen", "unshare", "mount") if shutil.which(name) is None]
    if programs:
        return f"not installed: {', '.join(programs)}"
    return "" if sshd() else "sshd is not there: make machine-tools says why"


def over_ssh(place: Path, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same execution nodes behind ssh, with a server that is started for each connection."""
    place.mkdir(mode=0o700)
    for name in ("key", "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place / name], check=True)
    usr = sshd() or Path()
    settings = SETTINGS.format(place=place)
    for option, name in (("SshdSessionPath", "sshd-session"), ("SshdAuthPath", "sshd-auth")):
        program = usr / "lib" / "openssh" / name
        if usr != PLACES[0] and program.exists():
            settings += f"{option} {program}\n"
    (place / "sshd_config").write_text(settings, encoding="utf-8")
    users = Path("/etc/passwd").read_text(encoding="utf-8")
    user = "" if "\nsshd:" in users else "sshd:x:987:65534::/run/sshd:/usr/sbin/nologin\n"
    (place / "passwd").write_text(users + user, encoding="utf-8")
    libraries = ":".join(map(str, (UNPACKED / "usr" / "lib").glob("*-linux-gnu")))
    (place / "server.sh").write_text(
        f"mount --bind {place}/passwd /etc/passwd && mount -t tmpfs none /run && mkdir /run/sshd && "
        f"LD_LIBRARY_PATH={libraries} exec {usr}/sbin/sshd -i -e -f {place}/sshd_config 2>> {place}/sshd.log\n",
        encoding="utf-8",
    )
    host_key = " ".join((place / "host.pub").read_text(encoding="utf-8").split()[:2])
    (place / "known").write_text(f"node {host_key}\n", encoding="utf-8")
    options = {
        "ProxyCommand": f"unshare --mount sh {place}/server.sh",
        "UserKnownHostsFile": f"{place}/known",
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    ssh = ["ssh", "-F", "none", "-i", str(place / "key"), *words, "root@node"]
    return [{**node, "command": [*ssh, node["command"][-1]]} for node in nodes]


needs_ssh = pytest.mark.skipif(bool(missing()), reason=f"ssh as a pipe: {missing()}")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    why = missing()
    if why:
        pytest.skip(f"ssh as a pipe: {why}")
    place = tmp_path_factory.mktemp("ssh")
    with Simulator(fleet(HOSTS)) as simulator:
        nodes = over_ssh(place / "keys", piped_nodes(place))
        lay_out(place, simulator, nodes)
        done, results = play(place, command(place, "apply", rollout_waves=["100%"], rollout_bake_seconds=0))
        log = (place / "keys" / "sshd.log").read_text(encoding="utf-8", errors="replace")
        yield {"place": place, "done": done, "results": results, "log": log}


def test_the_operator_sees_one_rollout(story: dict[str, Any]) -> None:
    assert story["done"].returncode == 0, story["done"].stdout[-3000:] + story["log"][-1000:]
    words = {host: one["verdict"]["word"] for host, one in story["results"].items()}
    assert words == dict.fromkeys(HOSTS, "mitigated")
    assert story["log"].count("Accepted publickey") == 5, "a connection for each job: plans, canary, wave"


def test_the_records_come_home_by_ssh(story: dict[str, Any]) -> None:
    place = story["place"]
    trust = RecordTrust(key=place / "nobody", allowed_signers=place / "inventory" / "allowed_signers")
    signers = {host: [one.provenance.signer for one in all_records(place / "records", host, trust)] for host in HOSTS}
    assert signers == {host: [name] for name in NAMES for host in of_node(name, HOSTS)}


@dataclass
class Cut:
    """An apply over six appliances of one node, one at a time, whose ssh is killed when the second one has its policy."""

    done: subprocess.CompletedProcess[str]
    changed: set[str]
    left: list[Path]


SIX = tuple(f"gw-{number}" for number in range(1, 7))
SETTLED = 25.0
"""Seconds after which a job that goes on has come to its end."""


def cut(place: Path, *, cancels: bool) -> Cut:
    with Simulator(fleet(SIX)) as simulator:
        (node, _other) = over_ssh(place / "keys", piped_nodes(place))
        if cancels:  # as docs/how-to/many-machines.md has it
            mark = f"install -D /dev/null {node['state']}/jobs/{{job}}.cancelled"
            node = {**node, "cancel": [*node["command"][:-1], mark]}
        lay_out(place, simulator, [node])

        def changed() -> set[str]:
            sent = simulator.requests()
            return {one["appliance"] for one in sent if one["method"] == "POST" and POLICY in one["target"]}

        thread = threading.Thread(target=kill_ssh, args=(place, lambda: len(changed()) > 1), daemon=True)
        thread.start()
        words = command(place, "apply", rollout_waves=["100%"], rollout_bake_seconds=0, slice_forks=1)
        done, _results = play(place, words)
        time.sleep(SETTLED)
        left = list((place / "controller" / "state" / "tourniquet" / "open_jobs").glob("*.json"))
        return Cut(done, changed(), left)


def kill_ssh(place: Path, condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.02)
    own = f"{place}/keys/key".encode()
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (path / "cmdline").read_bytes().split(b"\0")
            if words[0] == b"ssh" and own in words:
                os.kill(int(path.name), signal.SIGKILL)


@needs_ssh
def test_the_end_of_an_ssh_session_does_not_end_its_job(tmp_path: Path) -> None:
    story = cut(tmp_path, cancels=False)
    assert story.done.returncode == 2
    assert "it may still begin to change these appliances until" in story.done.stdout
    assert story.changed == {*SIX}, "the worker went on without anybody who listens"
    assert len(story.left) == 1


@needs_ssh
def test_a_cancel_by_ssh_is_obeyed_and_cuts_no_writer(tmp_path: Path) -> None:
    story = cut(tmp_path, cancels=True)
    assert story.done.returncode == 2
    assert "The job was cancelled, and its node has confirmed that it begins nothing any more" in story.done.stdout
    assert {"gw-1", "gw-2"} <= story.changed < {*SIX}
    assert story.left == []
