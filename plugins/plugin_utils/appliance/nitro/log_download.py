# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Download of the logs of an appliance over NITRO: a log with its rotated files, from each node that is reached.

``systemfile`` returns a file as a whole, at most 2 MB by the NITRO guide; whether that limit is enforced is open. A rotated file has
about 100 KB. Shell and scp are not used: they would need another port and another password.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...foundation.counted import agreed, counted
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.unpacked import unpacked
from .connection import Connection
from .node_files import list_files, read_file
from .rotated_logs import rotated
from .session import Session

DIRECTORY = "/var/log"
LOGS = ("ns.log", "httpaccess.log", "httpaccess-vpn.log")
"""The logs that contain requests."""
MOST_FILES = 300
"""The largest number of files of one node; newsyslog keeps some 25 of each log."""
GZIP = b"\x1f\x8b"
"""The first bytes of a file that is left packed: the readers of requests unpack it, and nothing else."""
LARGEST_UNPACKED = 64 * 1024 * 1024
"""The largest number of bytes of a file, unpacked."""
MOST_BYTES = 256 * 1024 * 1024
"""The largest number of bytes of one node in all. One file is bounded as an answer is (:data:`.session.LARGEST_ANSWER`)."""


def fetch_logs(connection: Connection, names: Sequence[str], directory: Path) -> tuple[list[Path], list[str]]:
    """Download logs with their rotated files.

    :param names: some of :data:`LOGS`
    :param directory: an empty directory; each node gets a folder in it
    :returns: the files, and the problems as sentences
    :raises InvalidInput: where a name is not in :data:`LOGS`
    """
    unknown = sorted(set(names) - set(LOGS))
    if unknown:
        raise InvalidInput(
            f"{connection.appliance.name}: {unknown[0]!r} is not a log with requests; choose from {', '.join(LOGS)}"
        )
    files: list[Path] = []
    problems = [*connection.missing_nodes]
    for number, member in enumerate(connection.members):
        folder = directory / str(number)
        folder.mkdir(mode=0o700)
        for found in _fetch_from(member.session, names):
            if isinstance(found, str):
                problems.append(f"{member.session.node.host}: {found}")
            else:
                path = folder / found[0]
                path.write_bytes(found[1])
                files.append(path)
    return files, problems


def _fetch_from(session: Session, names: Sequence[str]) -> Iterator[tuple[str, bytes] | str]:
    """Yield the name and the content of each log of a node, or a problem in words."""
    try:
        present = list_files(session, DIRECTORY)
    except TourniquetError as error:
        yield f"{DIRECTORY} cannot be read: {error}"
        return
    wanted = [file for log in names for file in rotated(log, present)]
    room = MOST_BYTES
    for position, name in enumerate(wanted):
        if position >= MOST_FILES or room <= 0:
            limits = f"at most {MOST_FILES} files and {MOST_BYTES // 2**20} MiB of a node are fetched"
            yield f"{counted(len(wanted) - position, 'more file')} {agreed(len(wanted) - position, 'was', 'were')} left out, from {name} on: {limits}"
            return
        try:
            content = read_file(session, name, DIRECTORY)
        except TourniquetError as error:
            yield f"{name} cannot be read: {error}"
            continue
        if content is None:
            yield f"{name} was rotated during the download"
            continue
        room -= len(content)
        plain, problem = (content, "") if content.startswith(GZIP) else unpacked(content, LARGEST_UNPACKED, lines=0)
        if problem:
            yield f"{name}: {problem}"
        room -= len(plain) if plain is not content else 0
        if plain or not content:
            yield name, plain
