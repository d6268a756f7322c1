# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of the nodes of an appliance, fetched over NITRO: a log with its turned-over parts, of each node that is reached.

``systemfile`` gives a file as a whole, and the guide says at most 2 MB; how strictly that is meant is open. A turned-over part has
about 100 KB, so they fit. Nothing is fetched by shell or scp: that would need another way in, and another password.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.node_files import list_files, read_file

DIRECTORY = "/var/log"
LOGS = ("ns.log", "httpaccess.log", "httpaccess-vpn.log")
"""The logs that can hold requests."""


def fetch_logs(connection: Connection, names: Sequence[str], directory: Path) -> tuple[list[Path], list[str]]:
    """Fetch some logs with their parts.

    :param names: of LOGS
    :param directory: an empty one, which gets a folder for each node
    :returns: the files, and what could not be fetched, in words
    :raises InvalidInput: for the name of another file
    """
    unknown = sorted(set(names) - set(LOGS))
    if unknown:
        raise InvalidInput(
            f"{connection.appliance.name}: {unknown[0]!r} is no log that holds requests: {', '.join(LOGS)}"
        )
    files: list[Path] = []
    problems = [*connection.missing_nodes]
    for number, member in enumerate(connection.members):
        session, folder = member.session, directory / str(number)
        folder.mkdir(mode=0o700)
        try:
            present = list_files(session, DIRECTORY)
        except TourniquetError as error:
            problems.append(f"{session.node.host}: {DIRECTORY} cannot be read: {error}")
            continue
        for name in (one for log in names for one in _parts(log, present)):
            try:
                content = read_file(session, name, DIRECTORY)
            except TourniquetError as error:
                problems.append(f"{session.node.host}: {name} cannot be read: {error}")
                continue
            if content is None:
                problems.append(f"{session.node.host}: {name} was turned over meanwhile")
                continue
            path = folder / name
            path.write_bytes(content)
            files.append(path)
    return files, problems


def _parts(log: str, present: Sequence[str]) -> list[str]:
    """The log and its turned-over parts, the newest first."""
    numbers = {name: _number(name.removeprefix(log)) for name in present if name.startswith(log)}
    return sorted((name for name, number in numbers.items() if number is not None), key=lambda name: numbers[name] or 0)


def _number(rest: str) -> int | None:
    match = re.fullmatch(r"(?:\.(\d{1,4})(?:\.gz)?)?", rest)
    return None if match is None else int(match[1] or -1)
