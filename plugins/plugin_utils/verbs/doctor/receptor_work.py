# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is open in the work of a Receptor: who may submit jobs to it, what they get, and who may use its sockets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .check_result import CheckResult, Severity
from .receptor_file import ReceptorFile, Values
from .receptor_links import CHECK, EXAMPLE, error, server_findings, warning

SIGNING, CONTROL = "work-signing", "control-service"
WORK = ("work-command", "work-kubernetes", "work-python")
PRIVATE = 0o600
_RUNTIME = ("allowruntimeparams", "allowruntimecommand", "allowruntimeauth", "allowruntimepod")
_SERVICES = (
    *("command-service", "ip-router", "tcp-server", "tcp-client", "udp-server", "udp-client"),
    *("unix-socket-server", "unix-socket-client"),
)
_SECRET = re.compile(
    r"(?:^|[\s'\"])([A-Za-z0-9_]*(?:password|passphrase|secret|token|_pass)[A-Za-z0-9_]*)=", re.IGNORECASE
)
_CLEAN = re.compile(r"\S*\benv (?:-i|--ignore-environment)(?: |$)")
_KEEPALIVE = re.compile(r"--keepalive-seconds[ =]([0-9]{1,6})(?:\s|$)")


def work_findings(file: ReceptorFile, keepalive: int | None) -> list[CheckResult]:
    """Return what is open in the work.

    :param keepalive: of this node in the inventory; None where the inventory does not have it
    """
    works = list(file.all(*WORK))
    return [
        *(finding for kind, values in works for finding in _work(kind, values, keepalive)),
        *_roles(file, works),
        *(finding for _name, values in file.all(CONTROL) for finding in _control(file, values)),
        *_services(file),
        *_data(file),
    ]


def _work(kind: str, values: Values, keepalive: int | None) -> Iterator[CheckResult]:
    where = f"{kind} {values.get('worktype', '')}"
    if not values.get("verifysignature", False):
        yield error(
            f"{where}: a job needs no signature",
            "set verifysignature: true" if kind != "work-python" else f"remove {kind}",
        )
    for key in _RUNTIME:
        if values.get(key, False):
            yield error(f"{where}: who submits a job says what is run there ({key})", f"remove {key}")
    words = f"{values.get('command', '')} {values.get('params', '')}"
    yield from _secrets(where, words)
    if kind == "work-command":
        yield from _worker(where, words, keepalive)


def _secrets(where: str, words: str) -> Iterator[CheckResult]:
    for name in sorted(set(_SECRET.findall(words))):
        yield error(
            f"{where}: {name} is in the environment of the jobs, which a worker sends to the controller",
            "remove it, and have the inventory look the secret up in a file of the user of the jobs",
        )


def _worker(where: str, words: str, keepalive: int | None) -> Iterator[CheckResult]:
    if "ansible-runner" not in words:
        program = words.strip().partition(" ")[0] or "its command"
        what = f"{where}: {program} is not looked at: which environment it gives to a worker, and its keepalive"
        yield CheckResult(Severity.NOTE, CHECK, what, f"start the worker by env -i; {EXAMPLE}")
        return
    if not _CLEAN.match(words):
        yield warning(
            f"{where}: the jobs get the environment of Receptor, which a worker sends to the controller",
            "start it by command: /usr/bin/env, params: -i HOME=... PATH=... ansible-runner worker",
        )
    yield from _keepalive(where, words, keepalive)


def _keepalive(where: str, params: str, keepalive: int | None) -> Iterator[CheckResult]:
    found = _KEEPALIVE.search(params)
    here = int(found[1]) if found else 0
    if keepalive is not None and here != keepalive:
        said = f"--keepalive-seconds {here}" if here else "no --keepalive-seconds"
        yield warning(
            f"{where} has {said}, and the inventory says keepalive: {keepalive} for this node",
            "write the same number in both, or a node that works counts as lost",
        )


def _roles(file: ReceptorFile, works: list[tuple[str, Values]]) -> Iterator[CheckResult]:
    if works and any(file.all(SIGNING)):
        yield error(
            "the key that signs jobs is on a machine that carries jobs out: who has it commands all nodes",
            "remove work-signing from a node, and work-command from the controller",
        )
    verified = [values for _kind, values in works if values.get("verifysignature", False)]
    if verified and not file.one("work-verification").get("publickey"):
        yield error(
            "no key is there to verify signatures with, so each job is refused", "set publickey of work-verification"
        )


def _control(file: ReceptorFile, values: Values) -> Iterator[CheckResult]:
    service = values.get("service", "control")
    if service and any(file.all(SIGNING)):
        yield error(
            f"{CONTROL} {service}: it is on the mesh, so this one signs and sends what any node submits to it",
            'set service: ""',
        )
    elif service and not values.get("tls"):
        yield error(
            f"{CONTROL} {service} has no TLS: anybody may answer under the name of this node",
            "name a tls-server in tls, and set tls_client in the inventory",
        )
    elif service:
        yield from server_findings(file, values["tls"], f"{CONTROL} {service}")
    yield from _sockets(file, values)


def _sockets(file: ReceptorFile, values: Values) -> Iterator[CheckResult]:
    path, mode, tcp = values.get("filename"), values.get("permissions", PRIVATE), values.get("tcplisten")
    if path and any(file.all(*WORK)):
        yield error(
            f"{path}: a job that is submitted on a socket needs no signature",
            f"remove filename of {CONTROL} from a node",
        )
    elif path and mode & ~PRIVATE:
        yield error(
            f"{path}: others than its user may use the socket (mode {mode:04o})", f"remove permissions of {CONTROL}"
        )
    if tcp and not values.get("tcptls"):
        yield error(f"{CONTROL} at TCP {tcp} has no TLS: who reaches it commands the mesh", "remove tcplisten")
    elif tcp:
        yield from server_findings(file, values["tcptls"], f"{CONTROL} at TCP {tcp}")
        yield warning(f"{CONTROL} at TCP {tcp}: each certificate of the mesh commands it", "remove tcplisten")


def _services(file: ReceptorFile) -> Iterator[CheckResult]:
    for kind, values in file.all(*_SERVICES):
        name = values.get("service") or values.get("filename") or values.get("port") or values.get("networkname", "")
        yield warning(f"{kind} {name} opens something else over the mesh", f"remove {kind}: no rollout needs it")


def _data(file: ReceptorFile) -> Iterator[CheckResult]:
    if not file.one("node").get("datadir"):
        yield warning("jobs and their results are kept below /tmp/receptor", "set datadir of node, for its user alone")
