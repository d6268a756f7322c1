# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Four appliances over two execution nodes by ssh: sshd answers on a pipe, in a mount namespace of its own, as inetd would start it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_list import all_records

from simulator import Simulator
from tests.machines.tools import NAMES, TOOLS, command, fleet, inventory, lay_out, of_node, piped_nodes, play

pytestmark = pytest.mark.only_in_all
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


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    why = missing()
    if why:
        pytest.skip(f"ssh as a pipe: {why}")
    place = tmp_path_factory.mktemp("ssh")
    seen = place / "seen"
    seen.mkdir()
    with Simulator(fleet(HOSTS)) as simulator:
        nodes = over_ssh(place / "keys", piped_nodes(place, seen))
        lay_out(place, inventory(simulator.ready, nodes), simulator.ready["ca_file"])
        done, results = play(place, command(place, "apply", rollout_waves=["100%"], rollout_bake_seconds=0))
        log = (place / "keys" / "sshd.log").read_text(encoding="utf-8", errors="replace")
        yield {"place": place, "done": done, "results": results, "log": log}


def test_the_operator_sees_one_rollout(story: dict[str, Any]) -> None:
    assert story["done"].returncode == 0, story["done"].stdout[-3000:] + story["log"][-1000:]
    words = {host: one["verdict"]["word"] for host, one in story["results"].items()}
    assert words == dict.fromkeys(HOSTS, "mitigated")
    assert story["log"].count("Accepted publickey") == 7, "a connection for each job: plans, canary, wave, records"


def test_the_records_come_home_by_ssh(story: dict[str, Any]) -> None:
    place = story["place"]
    trust = RecordTrust(key=place / "nobody", allowed_signers=place / "inventory" / "allowed_signers")
    signers = {host: [one.provenance.signer for one in all_records(place / "records", host, trust)] for host in HOSTS}
    assert signers == {host: [name] for name in NAMES for host in of_node(name, HOSTS)}
