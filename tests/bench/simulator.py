# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure the cost of a simulated fleet: python -m tests.bench.simulator [--appliances 1 100 1000] [--questions 2000].

CPU to start and memory for each size, and the CPU of an answer against the CPU of asking for it with http.client, both
measured in the same run: the ratio hardly depends on the machine. And the same for whole sessions at a hundred appliances, as
a bare asynchronous client asks them: new connection and handshake, login, five times a GET and a POST, logout. Linux only (/proc).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import resource
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SIZES = (1, 100, 1000)
QUESTIONS = 2000
ASKED = {
    "nsversion": "/nitro/v1/config/nsversion",
    "responder policies": "/nitro/v1/config/responderpolicy",
    "statistics": "/nitro/v1/stat/system",
}
SESSIONS_AT = 100
AT_ONCE = 20
ROUNDS = 5
RULE = 'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/") && HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/../")'

CONFIGURATION = {
    "responderaction": [{"name": "a", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}],
    "responderpolicy": [{"name": "p", "rule": RULE, "action": "a"}],
    "responderglobal_responderpolicy_binding": [
        {"policyname": "p", "priority": 10, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"}
    ],
}


@dataclass(frozen=True)
class Start:
    """The cost of starting a fleet."""

    appliances: int
    cpu_seconds: float
    seconds: float
    mebibytes: float


@dataclass(frozen=True)
class Answers:
    """CPU of one question and its answer."""

    asked: str
    question_us: float
    answer_us: float

    @property
    def ratio(self) -> float:
        return self.answer_us / self.question_us


def fleet(size: int, *, rtt_ms: int = 0, configured: bool = True) -> dict[str, Any]:
    """Appliances with a management address, a Gateway and the vendor's mitigation of CVE-2019-19781.

    :param configured: False leaves the mitigation, and the feature that it needs, to others
    """
    appliances = {}
    for number in range(size):
        third, fourth = 1 + number // 250, 1 + number % 250
        appliances[f"gw-{number:04}"] = {
            "build": "13.0 47.22",
            "nodes": [f"127.23.{third}.{fourth}:0"],
            "features": ["LB", "SSL", "SSLVPN", *(["RESPONDER"] if configured else [])],
            "round_trip_ms": rtt_ms,
            "vservers": [{"type": "vpn", "name": "gw", "address": f"127.23.{third + 100}.{fourth}:0"}],
            "configuration": CONFIGURATION if configured else {},
        }
    return {"appliances": appliances}


def cpu(pid: int) -> float:
    """CPU seconds that a process has used, exact to the scheduler's account (clock_getcpuclockid(3) of Linux)."""
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid: int) -> float:
    """Its resident memory in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@contextlib.contextmanager
def started(size: int, **more: Any) -> Iterator[tuple[Start, dict[str, Any]]]:
    """The program with a fleet of that size, its costs and its ready file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        file, ready = Path(directory, "fleet.json"), Path(directory, "ready.json")
        file.write_text(json.dumps(fleet(size, **more)))  # JSON is YAML
        command = [sys.executable, "-m", "simulator", "--fleet", file, "--ready-file", ready]
        before = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard)),  # noqa: PLW1509 -- no threads here
        )
        try:
            while not ready.exists():
                if process.poll() is not None:
                    raise RuntimeError(f"the simulator ended with {process.returncode}")
                time.sleep(0.01)
            taken = time.perf_counter() - before
            start = Start(size, cpu(process.pid), taken, memory(process.pid))
            yield start, json.loads(ready.read_text())
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(ready: dict[str, Any], questions: int = QUESTIONS) -> list[Answers]:
    """Questions over one kept-alive TLS connection of one session, and one for each Gateway's pages."""
    appliance = next(iter(ready["appliances"].values()))
    context = ssl.create_default_context(cafile=ready["ca_file"])
    place, gateway = appliance["nodes"][0], appliance["vservers"][0]
    login = http.client.HTTPSConnection(place["address"], place["port"], context=context, timeout=30)
    login.request("POST", "/nitro/v1/config/login", json.dumps({"login": {"username": "nsroot", "password": "nsroot"}}))
    token = json.loads(login.getresponse().read())["sessionid"]
    found = [_measure(ready["pid"], login, name, path, questions, token) for name, path in ASKED.items()]
    login.close()
    page = http.client.HTTPSConnection(gateway["address"], gateway["port"], context=context, timeout=30)
    found.append(_measure(ready["pid"], page, "a Gateway's page", "/vpn/index.html", questions))
    page.close()
    return found


def _measure(
    pid: int, connection: http.client.HTTPSConnection, name: str, path: str, questions: int, token: str = ""
) -> Answers:
    headers = {"Cookie": f"NITRO_AUTH_TOKEN={token}", "Accept": "application/json"} if token else {}
    for warm in (True, False):
        asked, answered = time.process_time(), cpu(pid)
        for _ in range(questions // 10 if warm else questions):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status
    each = 1e6 / questions
    return Answers(name, (time.process_time() - asked) * each, (cpu(pid) - answered) * each)


def sessions(ready: dict[str, Any], rounds: int = ROUNDS) -> Answers:
    """A session at every appliance, some at once; one round more to warm up, and each finds the fleet as its file says."""
    context = ssl.create_default_context(cafile=ready["ca_file"])
    places = [appliance["nodes"][0] for appliance in ready["appliances"].values()]
    asked = answered = 0.0
    for number in range(rounds + 1):
        with urllib.request.urlopen(f"{ready['control']}/reset", b"{}", timeout=30):
            pass
        before = time.process_time(), cpu(ready["pid"])
        asyncio.run(_at_all(places, context))
        if number:
            asked += time.process_time() - before[0]
            answered += cpu(ready["pid"]) - before[1]
    each = 1e6 / rounds / len(places)
    return Answers("12-request session", asked * each, answered * each)


async def _at_all(places: list[dict[str, Any]], context: ssl.SSLContext) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(place: dict[str, Any]) -> None:
        async with turns:
            await _session(place, context)

    await asyncio.gather(*map(one, places))


async def _session(place: dict[str, Any], context: ssl.SSLContext) -> None:
    """Send the twelve requests of a deployment on one connection."""
    reader, writer = await asyncio.open_connection(place["address"], place["port"], ssl=context)
    cookie = ""

    async def ask(method: str, path: str, row: dict[str, Any] | None = None) -> bytes:
        content = json.dumps({path: row}).encode() if row is not None else b""
        head = f"{method} /nitro/v1/config/{path} HTTP/1.1\r\nHost: {place['address']}\r\n{cookie}"
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if content else ""
        writer.write(head.encode() + b"\r\n" + content)
        answered = await reader.readuntil(b"\r\n\r\n")
        assert answered[9:12] in (b"200", b"201"), answered
        length = answered.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return await reader.readexactly(int(length))

    token = json.loads(await ask("POST", "login", {"username": "nsroot", "password": "nsroot"}))["sessionid"]
    cookie = f"Cookie: NITRO_AUTH_TOKEN={token}\r\n"
    name = "bench"
    for type_, row in (
        ("policypatset", {"name": name}),
        ("policypatset_pattern_binding", {"name": name, "String": "/vpns/"}),
        ("responderaction", {"name": name, "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}),
        ("responderpolicy", {"name": name, "rule": RULE, "action": name}),
        ("responderglobal_responderpolicy_binding", {"policyname": name, "priority": 100, "type": "REQ_OVERRIDE"}),
    ):
        await ask("GET", type_ if type_ != "policypatset_pattern_binding" else f"{type_}/{name}")
        await ask("POST", type_, row)
    await ask("POST", "logout", {})
    writer.close()
    with contextlib.suppress(ssl.SSLError, OSError):
        await writer.wait_closed()


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What a simulated fleet costs.")
    parser.add_argument("--appliances", type=int, nargs="+", default=SIZES, help="sizes of fleets")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="how many of each kind")
    arguments = parser.parse_args()
    print(f"{'appliances':>10} {'CPU to start':>13} {'time':>8} {'memory':>10} {'each':>9}")
    lines = []
    for size in arguments.appliances:
        with started(size) as (start, ready):
            each = f"{1024 * start.mebibytes / size:.0f} KiB"
            print(
                f"{size:>10} {start.cpu_seconds:>11.2f} s {start.seconds:>6.2f} s {start.mebibytes:>6.0f} MiB {each:>9}"
            )
            lines += [(size, line) for line in answers(ready, arguments.questions)]
    with started(SESSIONS_AT) as (_, ready):
        lines.append((SESSIONS_AT, sessions(ready)))
    print(f"\n{'appliances':>10}  {'asked for':<20} {'question':>10} {'answer':>10} {'answer/question':>16}")
    for size, line in lines:
        print(f"{size:>10}  {line.asked:<20} {line.question_us:>7.0f} us {line.answer_us:>7.0f} us {line.ratio:>16.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
