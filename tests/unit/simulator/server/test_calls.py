# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cost of a response, counted in calls of Python functions: unlike CPU time it does not depend on the machine and its load.

The bounds are a sixth above the counts on Python 3.11 (newer versions need fewer: list comprehensions are not calls there).
`make bench` measures the CPU.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.fleet_file.loader import load
from simulator.node import logs
from simulator.server.running_fleet import RunningFleet
from tests.bench.simulator import ASKED, fleet
from tests.calls import Counted, counted

NITRO, GATEWAY = 0, 1  # the acceptors of an appliance of the benchmark
CALLS = {"nsversion": 90, "responder policies": 108, "statistics": 98}
AS_OF = "2020-01-15T03:00:00Z"  # no hour ends during a test, and no job of cron adds a line
PAGE_CALLS, WRITE_CALLS, START_CALLS = 84, 150, 920


class WrittenBytes:
    """A transport that keeps the written bytes."""

    def __init__(self) -> None:
        self.written = b""

    def get_extra_info(self, name: str) -> Any:
        return None if name == "socket" else ("127.0.0.1", 50000)

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.written = data

    def abort(self) -> None:
        """Part of the interface; nothing to abort."""


def measured(
    directory: Path, acceptor: int, request: Callable[[str], bytes], *, times: int = 5
) -> tuple[int, bytes, RunningFleet]:
    """Return the calls of the last of several equal requests, its response, and the fleet, which has stopped."""

    async def ask() -> tuple[int, bytes, RunningFleet]:
        running = RunningFleet(load({**fleet(1), "as_of": AS_OF}), directory)
        await running.start()
        acceptors = running._acceptors["gw-0000"]
        token = running.appliances["gw-0000"].primary.login("nsroot").token
        connection, transport, answered = acceptors[acceptor].server(), WrittenBytes(), Counted()
        connection.connection_made(transport)  # type: ignore[arg-type]  # the part of the interface that is used

        try:
            for number in range(times):
                sent = request(f"{token}\r\nX-Number: {number}")
                with counted() as answered:
                    connection.data_received(sent)
        finally:
            running.stop()
        return answered.calls, transport.written, running

    return asyncio.run(ask())


def start_calls(directory: Path, size: int) -> int:
    """Return the calls that it takes to read a fleet file and to start its appliances."""

    async def start() -> int:
        with counted() as started:
            running = RunningFleet(load(fleet(size)), directory)
            await running.start()
        running.stop()
        return started.calls

    return asyncio.run(start())


def head(method: str, path: str, cookie: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: gw", f"Cookie: NITRO_AUTH_TOKEN={cookie}", "Accept: application/json")
    return "\r\n".join(lines).encode() + b"\r\n"


@pytest.mark.parametrize("name", ASKED)
def test_a_read_takes_few_calls(tmp_path: Path, name: str) -> None:
    calls, answer, _ = measured(tmp_path, NITRO, lambda cookie: head("GET", ASKED[name], cookie) + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert 20 < calls <= CALLS[name]


def test_a_page_of_a_gateway_takes_few_calls(tmp_path: Path) -> None:
    """With a policy that is evaluated."""
    calls, answer, _ = measured(tmp_path, GATEWAY, lambda cookie: head("GET", "/vpn/index.html", cookie) + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert 20 < calls <= PAGE_CALLS


def test_a_write_takes_few_calls(tmp_path: Path) -> None:
    def create(cookie: str) -> bytes:
        content = json.dumps({"policypatset": {"name": f"set_{cookie.rpartition(' ')[2]}"}}).encode()
        return head("POST", "/nitro/v1/config/policypatset", cookie) + b"Content-Length: %d\r\n\r\n%b" % (len(content), content)  # fmt: skip

    calls, answer, running = measured(tmp_path, NITRO, create)
    assert answer.startswith(b"HTTP/1.1 201 Created\r\n")
    assert len(running.appliances["gw-0000"].primary.running.table("policypatset")) == 5
    assert 20 < calls <= WRITE_CALLS


def test_the_lines_of_the_logs_are_written_when_read_or_in_batches(tmp_path: Path) -> None:
    def request(cookie: str) -> bytes:
        return head("GET", ASKED["nsversion"], cookie) + b"\r\n"

    _, _, running = measured(tmp_path / "few", NITRO, request, times=3)
    node = running.appliances["gw-0000"].primary
    assert len(node.pending_log_lines) == 2 + 2 * 3, (
        "the starts of syslogd and httpd, and of each request the command and the access"
    )
    assert node.files[logs.ACCESS_LOG].content.count(b"\n") == node.files[logs.NS_LOG].content.count(b"\n") == 3
    assert not node.pending_log_lines
    _, _, running = measured(tmp_path / "many", NITRO, request, times=250)
    node = running.appliances["gw-0000"].primary
    assert len(node.pending_log_lines) == (2 + 2 * 250) % 200
    assert node.files[logs.ACCESS_LOG].content.count(b"\n") == node.files[logs.NS_LOG].content.count(b"\n") == 250


def test_an_appliance_more_takes_few_calls_to_start(tmp_path: Path) -> None:
    start_calls(tmp_path / "warm", 1)
    few, many = start_calls(tmp_path / "few", 10), start_calls(tmp_path / "many", 30)
    assert (many - few) / 20 <= START_CALLS
