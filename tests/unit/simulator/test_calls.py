# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an answer costs, counted in calls of Python functions: unlike CPU it is the same on every machine and under any load.

The bounds are a sixth above what was counted on Python 3.11 (newer ones need fewer: list comprehensions are no calls there). Before
docs/decisions/0011 was followed up in this way it was 134 to 175 calls for the answers here. `make bench` measures the CPU.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from simulator.fleet_file.loader import load
from simulator.node import logs
from simulator.server.running_fleet import RunningFleet
from tests.bench.simulator import ASKED, fleet

NITRO, GATEWAY = 0, 1  # the doors of an appliance of the bench
CALLS = {"nsversion": 90, "responder policies": 108, "statistics": 98}
PAGE_CALLS, WRITE_CALLS = 84, 150


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def get_extra_info(self, name: str) -> Any:
        return None if name == "socket" else ("127.0.0.1", 50000)

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.written = data

    def abort(self) -> None:
        """The running ends."""


def asked(
    directory: Path, door: int, question: Callable[[str], bytes], *, times: int = 5
) -> tuple[int, bytes, RunningFleet]:
    """The calls that the last of some equal questions took, its answer, and the running, which has stopped."""

    async def ask() -> tuple[int, bytes, RunningFleet]:
        running = RunningFleet(load(fleet(1)), directory)
        await running.start()
        doors = running._acceptors["gw-0000"]
        token = running.appliances["gw-0000"].primary.login("nsroot").token
        connection, wire, calls = doors[door].server(), Wire(), 0
        connection.connection_made(wire)  # type: ignore[arg-type]  # as much of one as is needed

        def count(frame: FrameType, event: str, argument: Any) -> None:
            nonlocal calls
            calls += event == "call"

        try:
            for number in range(times):
                calls, sent = 0, question(f"{token}\r\nX-Number: {number}")
                before = sys.getprofile()
                sys.setprofile(count)
                try:
                    connection.data_received(sent)
                finally:
                    sys.setprofile(before)
        finally:
            running.stop()
        return calls, wire.written, running

    return asyncio.run(ask())


def head(method: str, path: str, cookie: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: gw", f"Cookie: NITRO_AUTH_TOKEN={cookie}", "Accept: application/json")
    return "\r\n".join(lines).encode() + b"\r\n"


@pytest.mark.parametrize("name", ASKED)
def test_a_read_takes_few_calls(tmp_path: Path, name: str) -> None:
    calls, answer, _ = asked(tmp_path, NITRO, lambda cookie: head("GET", ASKED[name], cookie) + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert 20 < calls <= CALLS[name]


def test_a_page_of_a_gateway_takes_few_calls(tmp_path: Path) -> None:
    """With a policy that is evaluated."""
    calls, answer, _ = asked(tmp_path, GATEWAY, lambda cookie: head("GET", "/vpn/index.html", cookie) + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert 20 < calls <= PAGE_CALLS


def test_a_write_takes_few_calls(tmp_path: Path) -> None:
    def create(cookie: str) -> bytes:
        content = json.dumps({"policypatset": {"name": f"set_{cookie.rpartition(' ')[2]}"}}).encode()
        return head("POST", "/nitro/v1/config/policypatset", cookie) + b"Content-Length: %d\r\n\r\n%b" % (len(content), content)  # fmt: skip

    calls, answer, running = asked(tmp_path, NITRO, create)
    assert answer.startswith(b"HTTP/1.1 201 Created\r\n")
    assert len(running.appliances["gw-0000"].primary.running.table("policypatset")) == 5
    assert 20 < calls <= WRITE_CALLS


def test_the_lines_of_the_access_log_wait_until_somebody_looks_or_there_are_many(tmp_path: Path) -> None:
    def question(cookie: str) -> bytes:
        return head("GET", ASKED["nsversion"], cookie) + b"\r\n"

    _, _, running = asked(tmp_path / "few", NITRO, question, times=3)
    node = running.appliances["gw-0000"].primary
    assert len(node.pending_log_lines) == 3
    assert node.files[logs.ACCESS_LOG].content.count(b"\n") == 3
    assert not node.pending_log_lines
    _, _, running = asked(tmp_path / "many", NITRO, question, times=250)
    node = running.appliances["gw-0000"].primary
    assert len(node.pending_log_lines) == 50
    assert node.files[logs.ACCESS_LOG].content.count(b"\n") == 250
