# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Receptor that answers on a control socket as Receptor 1.5.5 was seen to do (decision 0088), for tests that need no mesh."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

PENDING, RUNNING, SUCCEEDED, FAILED = range(4)


class PretendedReceptor:
    """The Receptor of a controller with one unit at a time.

    :ivar commands: what it was asked, but for its status
    :ivar payloads: the jobs that it was sent
    :ivar is_there: the node answers
    :ivar arrives: what the node has of a job: "all", "nothing", or "part" (the answer of the node got lost)
    :ivar results: what the job sends back
    :ivar refuses: the error of a submission
    :ivar runs: the job goes on
    :ivar fails: its command did not end with 0
    :ivar detail: what Receptor says of a unit that was sent
    :ivar holds: the stream of the results stays open until the controller ends the connection
    :ivar was_cut: the controller ended a stream that was held
    """

    def __init__(self, directory: Path) -> None:
        self.path = str(directory / "socket")
        self.commands: list[str] = []
        self.payloads: list[bytes] = []
        self.is_there, self.arrives, self.results, self.refuses, self.holds = True, "all", b"", "", False
        self.detail = "exit status 0"
        self.runs = self.fails = False
        self.units: dict[str, dict[str, Any]] = {}
        self.was_cut = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen()
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()

    def close(self) -> None:
        """End it, and return when it accepts nothing any more.

        To close the listener does not end the wait of its thread, which would then take connections from the next Receptor: its listener gets the same
        file descriptor.
        """
        self._listener.shutdown(socket.SHUT_RDWR)
        self._server.join()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        with contextlib.suppress(OSError), connection, connection.makefile("rwb") as file:
            file.write(b"Receptor Control, node controller\n")
            file.flush()
            command = file.readline().decode().strip()
            if not command.startswith("work status"):
                self.commands.append(command)
            self._carry_out(command, file)
            file.flush()

    def _carry_out(self, command: str, file: IO[bytes]) -> None:
        if command.startswith("{"):
            self._submit(json.loads(command), file)
        elif command.startswith("ping"):
            answer = {"Success": True} if self.is_there else {"Success": False, "Error": "no route to node"}
            file.write(json.dumps(answer).encode() + b"\n")
        else:
            _work, verb, unit, *_more = command.split()
            do: dict[str, Callable[[str, IO[bytes]], None]] = {
                "status": self._status,
                "cancel": self._cancel,
                "release": self._release,
                "results": self._results,
            }
            if unit in self.units:
                do[verb](unit, file)
            else:
                file.write(f"ERROR: unknown work unit {unit}\n".encode())

    def _submit(self, command: dict[str, Any], file: IO[bytes]) -> None:
        unit = f"unit{len(self.payloads)}"
        sent = self.arrives != "nothing" and not self.refuses
        self.units[unit] = {
            "State": FAILED if self.refuses or self.fails else PENDING if not sent or self.runs else SUCCEEDED,
            "Detail": self.refuses or (self.detail if sent else "Starting Worker"),
            "ExtraData": {
                "RemoteNode": command["node"],
                "RemoteStarted": sent and self.arrives != "part",
                "RemoteUnitID": unit if sent else "",
            },
        }
        file.write(f"Work unit created with ID {unit}. Send stdin data and EOF.\n".encode())
        file.flush()
        self.payloads.append(file.read())
        answer = f"ERROR: {self.refuses}" if self.refuses else json.dumps({"result": "Job Started", "unitid": unit})
        file.write(answer.encode() + b"\n")

    def _status(self, unit: str, file: IO[bytes]) -> None:
        file.write(json.dumps(self.units[unit]).encode() + b"\n")

    def _cancel(self, unit: str, file: IO[bytes]) -> None:
        known = self.units[unit]
        if not known["ExtraData"]["RemoteStarted"]:
            known.update(State=FAILED, Detail="Locally Cancelled")
        file.write(json.dumps({"cancelled": unit}).encode() + b"\n")

    def _release(self, unit: str, file: IO[bytes]) -> None:
        del self.units[unit]
        file.write(json.dumps({"released": unit}).encode() + b"\n")

    def _results(self, unit: str, file: IO[bytes]) -> None:
        file.write(f"Streaming results for work unit {unit}\n".encode() + self.results)
        file.flush()
        if self.holds and not file.read(1):
            self.was_cut.set()
