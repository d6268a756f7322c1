# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The programs that `make machine-tools` gets, and the execution nodes of a test."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import KEY_FILE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.allowed_signers import FILE as SIGNERS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import add_own_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    ExecutionNode,
    assign,
)

from simulator import Simulator
from tests.stage.control_node import ROOT, connection_variables
from tests.stage.fleet import AT_NIGHT, NIGHT, PASSWORD, USER, box, fleet_file
from tests.stage.played import MITIGATION, TIMEOUT

TOOLS = ROOT / ".cache" / "machines" / "bin"
RUNNER, RECEPTOR, RECEPTORCTL = (TOOLS / name for name in ("ansible-runner", "receptor", "receptorctl"))
NAMES = ("amsterdam", "utrecht")


def environment(home: Path) -> dict[str, str]:
    """The environment of a process on a machine of its own: nothing of the person who tests, and no secret, since a worker sends its environment home."""
    return {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{TOOLS}:{os.environ['PATH']}",
        "HOME": str(home),
        "ANSIBLE_HOME": str(home / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        "TMPDIR": str(_temporary(home.parent)),
        "LC_ALL": "C.UTF-8",
    }


def _temporary(place: Path) -> Path:
    directory = place / "temporary"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory


def state_directory(place: Path, name: str) -> Path:
    """The state directory of an execution node, and in it that of its user."""
    directory = place / name
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def password_file(home: Path) -> Path:
    """Where a machine of a test has the password of its appliances: for its user alone, as the how-to has it."""
    return home / "netscaler_password"


def keep_password(home: Path, password: str = PASSWORD) -> None:
    """Write the password into its file on a machine."""
    password_file(home).touch(mode=0o600)
    password_file(home).write_text(f"{password}\n", encoding="utf-8")


def controller_environment(place: Path, report: Path) -> dict[str, str]:
    """The environment of the controller, which works in the clone."""
    own = environment(state_directory(place, "controller"))
    del own["ANSIBLE_COLLECTIONS_PATH"]
    return {
        **own,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "TOURNIQUET_REPORT": str(report),
        "XDG_STATE_HOME": str(place / "controller" / "state"),
    }


def fleet(names: Iterable[str], password: str = PASSWORD) -> dict[str, Any]:
    """The fleet file of standalone appliances with these names, at night."""
    return fleet_file({name: box(users={USER: password}) for name in names}, AT_NIGHT)


def lay_out(
    place: Path,
    simulator: Simulator,
    nodes: Sequence[dict[str, Any]] = (),
    *,
    content: Mapping[str, Any] | None = None,
    keys: Iterable[str] = NAMES,
) -> None:
    """Write the inventory of the controller, the certificate of the simulated appliances, and the keys of the nodes.

    :param content: of the inventory, where it has more than appliances and nodes
    """
    (place / "inventory").mkdir()
    content = content or inventory(simulator.ready, [*nodes])
    (place / "inventory" / "hosts.json").write_text(json.dumps(content), encoding="utf-8")
    shutil.copy(simulator.ready["ca_file"], place / "inventory" / "ca.pem")
    make_keys(place, keys)


def play(
    place: Path,
    words: Sequence[str],
    name: str = "report",
    beside: Callable[[subprocess.Popen[str]], None] = lambda _process: None,
    seconds: float | None = 4 * TIMEOUT,
    **variables: str,
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run a command of the controller, and return how it ended, with its results by appliance.

    :param name: of the file that gets the results
    :param beside: called by a thread while it runs
    :param seconds: after which it is killed
    :param variables: of the environment, besides those of the controller
    """
    report = place / f"{name}.json"
    environment_ = {**controller_environment(place, report), **variables}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, cwd=ROOT, env=environment_, text=True, **pipes) as process:
        thread = threading.Thread(target=beside, args=(process,), daemon=True)
        thread.start()
        try:
            output, error = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        thread.join()
    done = subprocess.CompletedProcess(words, process.returncode, output, error)
    return done, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


def while_it_runs(process: subprocess.Popen[str], pause: float = 0.05) -> Iterator[None]:
    """Yield again and again until a process has ended."""
    while process.poll() is None:
        time.sleep(pause)
        yield


def inventory(ready: Mapping[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The inventory of the controller."""
    variables = {
        "netscaler_user": USER,
        "netscaler_password": "{{ lookup('ansible.builtin.file', '~/netscaler_password') }}",
        "netscaler_ca_file": "{{ inventory_dir }}/ca.pem",
        "netscaler_connect_timeout": 30,
        "tourniquet_execution_nodes": nodes,
    }
    hosts = {name: connection_variables(one) for name, one in ready["appliances"].items()}
    return {"netscalers": {"vars": variables, "hosts": hosts}}


def command(place: Path, verb: str, **more: Any) -> list[str]:
    """The command line of ``sliced.yml``."""
    values = {
        "verb": verb,
        "mitigation": MITIGATION,
        "as_of": NIGHT,
        "slice_runner": str(RUNNER),
        "slice_files": [str(place / "inventory" / "ca.pem")],
        "plans": str(place / "plans"),
        "records": str(place / "records"),
        **more,
    }
    given = [word for name, value in values.items() for word in ("-e", _given(name, value))]
    return ["ansible-playbook", "-i", str(place / "inventory" / "hosts.json"), "playbooks/sliced.yml", *given]


def _given(name: str, value: Any) -> str:
    return json.dumps({name: value})


def make_keys(place: Path, names: Iterable[str]) -> None:
    """Make the key of each execution node, and the list of known control nodes beside the inventory."""
    for name in names:
        add_own_line(state_directory(place, name) / KEY_FILE, place / "inventory" / SIGNERS, name)


def of_node(name: str, hosts: Iterable[str]) -> list[str]:
    """The appliances that one of the nodes works on where no node names groups."""
    nodes = [ExecutionNode(one, ("worker",)) for one in NAMES]
    return [host for host, node in assign(hosts, nodes, {}).items() if node.name == name]


def worker(place: Path, name: str, password: str = PASSWORD) -> tuple[Path, Path]:
    """Make an execution node on this machine; return its state directory, and the shell script that is its worker."""
    state = state_directory(place, name)
    keep_password(state, password)
    start = state / "worker.sh"  # as the profile of the user of the jobs
    words = [f"{key}={shlex.quote(value)}" for key, value in environment(state).items()]
    start.write_text(f"exec env -i {' '.join(words)} {RUNNER} worker\n", encoding="utf-8")
    return state, start


def piped_nodes(place: Path, password: str = PASSWORD) -> list[dict[str, Any]]:
    """Return execution nodes on this machine whose commands are shells; what they were sent is in the folder ``seen``."""
    seen, nodes = place / "seen", []
    seen.mkdir()
    for name in NAMES:
        state, start = worker(place, name, password)
        command_ = f"cat > {seen}/$$ && exec sh {start} < {seen}/$$"
        nodes.append({"name": name, "command": ["sh", "-c", command_], "state": str(state)})
    return nodes
