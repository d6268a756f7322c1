# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configurations in a folder of exported ns.conf files, one appliance each, without a connection to any of them.

A file is of somebody else: its size and its number of objects are bounded, a link is not followed, and every name in it is data. A file that cannot be
read is an appliance with a problem, and the others are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..appliance.objects.nsconf_rows import ConfigurationFile, partitions_of, read_rows
from ..catalogue.predicates import Row, Unknown
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from .host_names import safe_name
from .nsconf_folder import NAME, name_of_file, nsconf_files, read_text, require_small

DEFAULT = "default"
NOT_TOLD = (
    "the running build (the file names the release that saved it)",
    "the licence",
    "the HA state and the other node",
    "what is local to a node, such as /nsconfig/rc.netscaler",
    "unsaved changes, sessions and hits",
)
"""What an ns.conf does not say."""
NO_ADDRESS = "it has no line `set ns config -IPAddress ...`"


@dataclass(frozen=True)
class ExportedAppliance:
    """One node as its exported files show it; see :class:`.predicates.Configuration`.

    :ivar name: a safe host name
    :ivar file: relative to the folder
    :ivar problem: why the file cannot be read; "" where it can
    :ivar configurations: by partition, what its file has
    :ivar unread: by partition without a usable file, the reason
    """

    name: str
    file: str
    problem: str = ""
    configurations: Mapping[str, ConfigurationFile] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def node(self) -> ConfigurationFile:
        """The configuration of the default partition, which has what concerns the node."""
        return self.configurations.get(DEFAULT, ConfigurationFile())

    @property
    def gaps(self) -> tuple[str, ...]:
        """Why something may have been in its files that is not in the configurations, each with its partition where there are several."""
        several = len(self.partitions()) > 1
        return tuple(
            f"partition {name}: {file.incomplete}" if several else file.incomplete
            for name, file in self.configurations.items()
            if file.incomplete
        )

    def partitions(self) -> tuple[str, ...]:
        """Return the names of all partitions; one without a file is among them, so that it makes an answer unknown."""
        return (*self.configurations, *self.unread)

    def rows(self, nitro_type: str, partition: str) -> tuple[Row, ...] | Unknown:
        """Return the rows of a type in a partition, or why they are not known."""
        file = self.configurations.get(partition)
        if file is None:
            return Unknown(self.unread.get(partition, "there is no such partition"))
        reason, rows = file.why_unknown(nitro_type), file.rows.get(nitro_type, ())
        return Unknown(reason, rows) if reason else rows


def read_exported(folder: Path) -> Iterator[ExportedAppliance]:
    """Yield the appliances of a folder, file by file.

    :raises InvalidInput: where there is no such folder, it has no ns.conf, or too much is in it
    """
    files = nsconf_files(folder)
    if not files:
        raise InvalidInput(f"there is no {NAME} in {folder}")
    require_small(folder, files)
    known, taken = set(files), set[str]()
    of_partitions: dict[Path, list[Path]] = {}
    for path in files:
        if path.parent.parent.name == "partitions" and (base := path.parents[2] / NAME) in known:
            of_partitions.setdefault(base, []).append(path)
            known.remove(path)
    for path in files:
        if path in known:
            yield _unique(_read(path, folder, of_partitions.get(path, [])), taken)


def _read(path: Path, folder: Path, partition_files: list[Path]) -> ExportedAppliance:
    file = printable(str(path.relative_to(folder)))
    fallback = safe_name(name_of_file(path)) or "appliance"
    try:
        node = read_rows(read_text(path))
    except InvalidInput as error:
        return ExportedAppliance(fallback, file, str(error))
    if not node.commands:
        return ExportedAppliance(fallback, file, f"{path}: no line of it is a command, so it is no ns.conf")
    if not node.address:
        node = replace(node, unreadable={**node.unreadable, "nsip": NO_ADDRESS})
    configurations, unread = {DEFAULT: node}, {}
    files = {own.parent.name: own for own in partition_files}
    for name in dict.fromkeys(partitions_of(node)):
        if name not in files:
            unread[name] = "its ns.conf is not in the folder"
            continue
        try:
            configurations[name] = read_rows(read_text(files[name]))
        except InvalidInput as error:
            unread[name] = str(error)
    return ExportedAppliance(safe_name(node.host_name) or fallback, file, "", configurations, unread)


def _unique(found: ExportedAppliance, taken: set[str]) -> ExportedAppliance:
    """Return an appliance under a name that no earlier one has: that of its file, or with a number."""
    names = [found.name, safe_name(found.file.removesuffix(".conf"))]
    numbered = (f"{found.name}-{number}" for number in range(2, len(taken) + 3))
    name = next(name for name in (*names, *numbered) if name and name.casefold() not in taken)
    taken.add(name.casefold())
    return ExportedAppliance(name, found.file, found.problem, found.configurations, found.unread)
