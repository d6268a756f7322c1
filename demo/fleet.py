# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The simulated fleet of the demonstration, as a process of its own."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

START_TIMEOUT = 30.0


class Fleet:
    """Starts ``python -m simulator``, and stops it in any case.

    :ivar ready: the ready file of the simulator: every endpoint, and the address of its control
    """

    def __init__(self, description: Path, directory: Path) -> None:
        self.description = description
        self.directory = directory
        self.request_log = directory / "requests.jsonl"
        self.ready: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        ready_file, log = self.directory / "ready.json", self.directory / "simulator.log"
        ready_file.unlink(missing_ok=True)
        self.request_log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "simulator", "--fleet", str(self.description)]
        command += ["--ca-file", str(self.directory / "ca.pem")]  # where the inventory looks for it
        command += ["--ready-file", str(ready_file), "--request-log", str(self.request_log)]
        with log.open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_TIMEOUT
        while not ready_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                raise RuntimeError(f"the simulator did not start; it says: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        self.ready = json.loads(ready_file.read_text(encoding="utf-8"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def control(self, path: str, **values: Any) -> Any:
        """Send a request to the control endpoint of the simulator, such as the installation of a new build."""
        address = urlsplit(self.ready["control"])
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        try:
            connection.request("POST", path, json.dumps(values), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"the simulator's control refused {path}: {content.decode(errors='replace')}")
        return json.loads(content) if content else None

    def requests(self) -> list[dict[str, Any]]:
        """Return every request that has reached the fleet."""
        if not self.request_log.exists():
            return []
        return [json.loads(line) for line in self.request_log.read_text(encoding="utf-8").splitlines() if line]
