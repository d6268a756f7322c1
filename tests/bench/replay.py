# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same requests without Ansible: python -m tests.bench.replay floor|nornir READY RECORDING.

floor: one bare asynchronous client, some appliances at once. nornir: its threads, with http.client. Both stop where an answer
has another status than the recorded one: then it would not be the same work.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.bench.recording import Asked, load

AT_ONCE = 100


class Different(Exception):
    """An answer that the recorded request did not get."""


def last_uses(requests: Sequence[Asked]) -> dict[int, int]:
    """The position of the last request on each connection."""
    return {request.connection: position for position, request in enumerate(requests)}


def checked(request: Asked, status: int, body: bytes, token: str) -> str:
    """:returns: the token that counts from now on"""
    if status != request.status:
        raise Different(f"{request.method} {request.target}: {status} instead of {request.status}: {body[:300]!r}")
    return quote(json.loads(body)["sessionid"], safe="") if request.is_login else token


# -- the floor ---------------------------------------------------------------------------------------------------------


async def at_one(appliance: dict[str, Any], requests: Sequence[Asked], contexts: dict[str, ssl.SSLContext]) -> None:
    """All requests of one appliance, one after the other."""
    last, open_ones, token = last_uses(requests), {}, ""
    for position, request in enumerate(requests):
        if request.connection not in open_ones:
            place = appliance[f"{request.place}s"][0]
            open_ones[request.connection] = await asyncio.open_connection(
                place["address"], place["port"], ssl=contexts[request.place]
            )
        reader, writer = open_ones[request.connection]
        writer.write(request.data(token))
        head = await reader.readuntil(b"\r\n\r\n")
        body = b"" if request.method == "HEAD" else await _body(head.lower(), reader)
        token = checked(request, int(head.split(b" ", 2)[1]), body, token)
        if last[request.connection] == position:
            writer.close()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return await reader.readexactly(int(value))
        if name == b"transfer-encoding":
            return await _chunks(reader)
    return b""


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


async def floor(ready: dict[str, Any], requests: Sequence[Asked]) -> None:
    turns, contexts = asyncio.Semaphore(AT_ONCE), _contexts(ready)

    async def one(appliance: dict[str, Any]) -> None:
        async with turns:
            await at_one(appliance, requests, contexts)

    await asyncio.gather(*map(one, ready["appliances"].values()))


def _contexts(ready: dict[str, Any]) -> dict[str, ssl.SSLContext]:
    """The appliance is verified by its CA; a virtual server is read as any client sees it."""
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusted.load_verify_locations(cafile=ready["ca_file"])
    return {"node": trusted, "vserver": unverified}


# -- nornir ------------------------------------------------------------------------------------------------------------


def nornir(ready: dict[str, Any], requests: Sequence[Asked]) -> None:
    """One task on each host, in threads."""
    from nornir.core import Nornir
    from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
    from nornir.core.task import Result, Task
    from nornir.plugins.runners import ThreadedRunner

    contexts, last = _contexts(ready), last_uses(requests)

    def ask(task: Task) -> Result:
        appliance = ready["appliances"][task.host.name]
        open_ones: dict[int, http.client.HTTPSConnection] = {}
        token = ""
        for position, request in enumerate(requests):
            place = appliance[f"{request.place}s"][0]
            connection = open_ones.setdefault(
                request.connection,
                http.client.HTTPSConnection(
                    place["address"], place["port"], context=contexts[request.place], timeout=60
                ),
            )
            connection.request(
                request.method, request.target, request.body.encode("latin-1") or None, request.headers(token)
            )
            answer = connection.getresponse()
            token = checked(request, answer.status, answer.read(), token)
            if last[request.connection] == position:
                connection.close()
        return Result(host=task.host)

    hosts = Hosts({name: Host(name=name) for name in ready["appliances"]})
    runner = ThreadedRunner(num_workers=AT_ONCE)
    results = Nornir(inventory=Inventory(hosts, Groups(), Defaults()), runner=runner).run(task=ask)
    for result in results.values():
        if result.exception is not None:
            raise result.exception


def main(arguments: Sequence[str]) -> int:
    tool, ready_file, recording = arguments
    ready, requests = json.loads(Path(ready_file).read_text()), load(Path(recording))
    if tool == "floor":
        asyncio.run(floor(ready, requests))
    else:
        nornir(ready, requests)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
