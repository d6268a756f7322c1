# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Python loads this at its start where the bench names its directory in PYTHONPATH: what http.client sends is written down.

One JSON line for each thing that is sent and each answer, in the file that BENCH_RECORDING names. Only the bench's simulated
appliances are ever asked while it is there, so what stands in the file is no secret.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import time
from typing import Any

_numbers = itertools.count()
_send, _getresponse = http.client.HTTPConnection.send, http.client.HTTPConnection.getresponse


def _write(connection: Any, **values: Any) -> None:
    number = connection.__dict__.setdefault("_bench_number", next(_numbers))
    entry = {"at": time.monotonic(), "connection": f"{os.getpid()}-{number}", "port": connection.port, **values}
    descriptor = os.open(os.environ["BENCH_RECORDING"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, json.dumps({**entry, "host": connection.host}).encode() + b"\n")
    finally:
        os.close(descriptor)


def send(self: Any, data: Any) -> None:
    _write(self, sent=bytes(data).decode("latin-1"))
    _send(self, data)


def getresponse(self: Any) -> Any:
    response = _getresponse(self)
    _write(self, status=response.status)
    return response


http.client.HTTPConnection.send = send  # type: ignore[method-assign]
http.client.HTTPConnection.getresponse = getresponse  # type: ignore[method-assign]
