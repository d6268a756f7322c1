# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find the clients that behave like attackers: by one attack, by a request that only scanners send, or by mostly errors.

A client is an IPv4 address, or a /64 of IPv6: one subscriber usually has a whole /64.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from .attack_signatures import AttackSignatures
from .bounded_counters import hashed
from .file_chunks import FileChunk
from .logged_request import RecordedRequest
from .process_pool import Progress, run
from .reader import ReadStatistics, Window, requests_of
from .sources import LogFile

CLIENTS = 200_000
"""The clients whose errors are counted, and the attackers that are recorded."""
MANY_ERRORS = 3
_SUCCESS = range(100, 400)
_ASKED_TO_SIGN_IN = 401


@dataclass
class ClientActivity:
    """The activity of clients, by their hashes.

    :ivar marked: clients that sent an attack or a scan
    :ivar answers: by client, its requests with a known answer, and the errors among them
    :ivar complete: False beyond CLIENTS clients
    """

    marked: set[int] = field(default_factory=set)
    answers: dict[int, tuple[int, int]] = field(default_factory=dict)
    complete: bool = True

    def note(self, client: int, request: RecordedRequest, signatures: AttackSignatures) -> bool:
        """Count one request. Return True if it is an attack or a scan."""
        if request.status is not None:
            self._note_answers(client, 1, not is_answered(request.status))
        return self.note_attack(client, request, signatures)

    def note_attack(self, client: int, request: RecordedRequest, signatures: AttackSignatures) -> bool:
        """Likewise, without its answer: once a policy blocks, every client gets errors."""
        if signatures.matches(request) or signatures.is_scan(request.url, request.status):
            self._mark(client)
            return True
        return False

    def merge(self, other: ClientActivity) -> None:
        self.complete = self.complete and other.complete
        for client in other.marked:
            self._mark(client)
        for client, (known, errors) in other.answers.items():
            self._note_answers(client, known, errors)

    def _mark(self, client: int) -> None:
        if len(self.marked) < CLIENTS:
            self.marked.add(client)
        elif client not in self.marked:
            self.complete = False

    def _note_answers(self, client: int, known: int, errors: int) -> None:
        seen = self.answers.get(client)
        if seen is not None:
            self.answers[client] = seen[0] + known, seen[1] + errors
        elif len(self.answers) < CLIENTS:
            self.answers[client] = known, errors
        else:
            self.complete = False

    @cached_property
    def attackers(self) -> set[int]:
        """The clients that behave like attackers, once everything is counted."""
        failing = {
            client for client, (known, errors) in self.answers.items() if errors >= MANY_ERRORS and 2 * errors > known
        }
        return self.marked | failing


def find_attackers(
    files: Sequence[LogFile],
    signatures: AttackSignatures,
    window: Window,
    *,
    workers: int = 0,
    progress: Progress = lambda _done, _all: None,
) -> set[int]:
    """Return the clients of some files that behave like attackers.

    :raises InvalidInput: where a file cannot be read
    """

    def of_chunk(file: LogFile, chunk: FileChunk) -> ClientActivity:
        activity = ClientActivity()
        for request in requests_of(file, chunk, ReadStatistics(), window):
            if request.client is not None:
                activity.note(client_hash(request.client), request, signatures)
        return activity

    return run(files, of_chunk, ClientActivity(), workers=workers, progress=progress).attackers


def is_answered(status: int | None) -> bool:
    """Return True if a status shows that the path exists: a success, a redirect, or the request to sign in."""
    return status is None or status in _SUCCESS or status == _ASKED_TO_SIGN_IN


@lru_cache(maxsize=65536)
def client_hash(address: str) -> int:
    """Return the hash of a client."""
    if ":" not in address:
        return hashed(address)
    return hashed(str(ipaddress.ip_network((address, 64), strict=False)))
