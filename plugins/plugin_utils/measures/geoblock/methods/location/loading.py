# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Loading the location file: on every node, before any rule uses it.

The file is there before it is loaded, and the loaded entries are counted before a rule uses it: the rule of an allowlist would block every
client while the database is empty.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from .....appliance.nitro import file_limits
from .....appliance.nitro.connection import Connection
from .....appliance.nitro.node_files import read_file
from .....appliance.nitro.session import Session
from .....appliance.objects.ownership import Owner
from .....appliance.objects.resource_types import TYPES as RESOURCE_TYPES
from .....appliance.objects.resource_types import Attributes, ObjectId
from .....catalogue.desired_state import File
from .....change.execution.step_check import Check
from .....foundation.counted import counted
from .....foundation.errors import NitroError, TourniquetError
from .....foundation.private_files import write_privately
from ...appliance_facts import ApplianceFacts, loaded_entries
from ...country_data.address_ranges import Spans, merge, parse_network
from ...country_data.compiled import Compiled
from ...country_data.compiler import earlier
from ...forms import Contract, read_forms
from ...kind import DIRECTORY
from ...method_choice import uses_locations
from ...templates import LOCATION, Templates
from .location_file import TYPES, LocationFileForm, file_name, location_file

IMPORT_HINT = "Or publish the cache, and name it in geoblock_import_from."
PATIENCE = 120.0  # seconds until a file that loads has to be in
_LOCATION = re.compile(r"\b(?:matches_)?location(?:file6?)?\b", re.IGNORECASE)
SETTLED = 5.0  # seconds after which a count that is wrong stays wrong, where nothing loads


def files(owner: Owner, compiled: Compiled, form: LocationFileForm, import_from: str = "") -> dict[int, File]:
    """Return by family the file that every node needs.

    :param import_from: the address at which the cache of the control node is published, for what is too large for NITRO
    """
    found = {}
    for version in compiled.policy.families:
        if compiled.rows[version]:
            name = file_name(owner, compiled, version, form)
            url = f"{import_from.rstrip('/')}/{name}" if import_from else ""
            content = location_file(compiled, version, form).encode()
            found[version] = File(DIRECTORY, name, content, TYPES[version], url, IMPORT_HINT)
    return found


def keep_large(wanted: Mapping[int, File], cache: Path) -> None:
    """Write files that NITRO does not take into the cache, from where a person copies them to the nodes."""
    for file in wanted.values():
        if len(file.content) > file_limits.LARGEST:
            write_privately(cache / file.name, file.content.decode())


def objects(owner: Owner, wanted: Mapping[int, File], templates: Templates) -> dict[ObjectId, Attributes]:
    """Return what loads the files, and makes a country match a row that also has a continent.

    :raises InvalidInput: naming the template, what is wrong with it and the fix
    """
    found: dict[ObjectId, Attributes] = {}
    for version, file in wanted.items():
        required: dict[str, Attributes] = {
            "locationparameter": {"matchwildcardtoany": "YES"},
            TYPES[version]: {"Locationfile": file.path},
        }
        forms = read_forms(templates, LOCATION, owner, Contract(required, {"path": file.path}), family=version)
        found |= {(type_, ()): forms[type_].fill({"path": file.path}) for type_ in required}
    return found


def is_loaded(wanted: Mapping[int, str], facts: ApplianceFacts) -> bool:
    """True if what is loaded is already what shall be, by the paths of the files."""
    return all(str(facts.loaded.get(version, {}).get("locationfile", "")) == path for version, path in wanted.items())


def before(
    connection: Connection, owner: Owner, facts: ApplianceFacts, cache: Path
) -> tuple[dict[int, Spans] | None, list[str]]:
    """Return the spans of our files that are loaded now (None if none is), and in words which of them cannot be read.

    The cache knows a file by its name. A file of another control node is read from the appliance, which may not return a large one.
    """
    found: dict[int, Spans] = {}
    unread = []
    for version, row in facts.loaded.items():
        directory, _slash, name = str(row.get("locationfile", "")).rpartition("/")
        if not owner.owns_name(name):
            continue
        if (kept := earlier(cache, name.rpartition("_")[2])) is not None:
            found[version] = kept.spans[version]
            continue
        try:
            content = read_file(connection.primary, name, directory) or b""
            rows = content.decode("utf-8", "replace").partition("\nStart\n")[2].splitlines()
            found[version] = merge(parse_network("-".join(line.split(",")[:2]))[1] for line in rows)
        except (TourniquetError, ValueError):
            found[version] = ()
        if not found[version]:
            unread.append(f"how this differs from what is loaded for IPv{version}: {directory}/{name} cannot be read")
    return {version: spans for version, spans in found.items() if spans} or None, unread


def problems(owner: Owner, compiled: Compiled, facts: ApplianceFacts) -> Iterable[tuple[str, str]]:
    """Return what forbids this method, each with its fix."""
    other = "Take another method (geoblock_way: datasets)"
    for version in compiled.policy.families:
        path = str(facts.loaded.get(version, {}).get("locationfile", ""))
        if path and not owner.owns_name(path.rpartition("/")[2]):
            yield (
                f"{path} is loaded as the IPv{version} location file, and is not ours; a new file would take its place, for GSLB too.",
                f"{other}, or have it unloaded.",
            )
    value = str(facts.parameter.get("matchwildcardtoany", ""))
    if not value:
        yield (
            f"build {facts.build} has no matchWildcardtoany, without which a country matches no row that has a continent.",
            f"{other}, or upgrade.",
        )
    elif value.upper() == "NO" and uses_locations(facts):
        yield (
            "matchWildcardtoany is NO, which we need as YES, and somebody else has locations whose matches would change with it.",
            f"{other}, or set it yourself (set locationParameter -matchWildcardtoany YES).",
        )


def remarks(facts: ApplianceFacts, files: Iterable[File]) -> list[str]:
    """Return what a person should know: locations that somebody added by hand count too, and may have another country; and what is not compared."""
    large = [file.path for file in files if len(file.content) > file_limits.LARGEST]
    told = [
        f"NOT COMPARED: the content of {path} on each node: NITRO returns no file of this size, so its size and the number of its entries are compared"
        for path in large
    ]
    if not uses_locations(facts):
        return told
    return [
        *told,
        "NOT CHECKED: locations that somebody else added by hand (show location): an address that they put into a listed country counts too",
    ]


def leaving(owner: Owner, facts: ApplianceFacts) -> list[str]:
    """Return what a person should know if our file is removed because the method changes."""
    if not any(owner.owns_name(str(row.get("locationfile", "")).rpartition("/")[2]) for row in facts.loaded.values()):
        return []
    return [
        "our location file is removed; matchWildcardtoany goes back to the value in a record of this control node, else it stays YES"
    ]


def users_of_locations(text: str, owner: Owner) -> str:
    """Return, in words, who else uses locations, and so depends on matchWildcardtoany; "" if nobody does.

    :param text: the configuration as ns.conf: rules of any feature, locations by hand, and location files
    """
    lines = [line.strip() for line in text.splitlines() if _LOCATION.search(line) and owner.name not in line]
    return f"somebody else uses locations ({lines[0][:120]})" if lines else ""


def checks(connection: Connection, compiled: Compiled) -> Mapping[ObjectId, Check]:
    """Return the checks that each file is in the memory of every node, before a rule uses it."""
    return {
        (TYPES[version], ()): partial(_wait_until_loaded, connection, version, len(compiled.rows[version]))
        for version in compiled.policy.families
        if compiled.rows[version]
    }


def faults(connection: Connection, wanted: Mapping[int, File], compiled: Compiled, facts: ApplianceFacts) -> list[str]:
    """Return in what the databases in memory are not what our files say, or may not be after a restart."""
    found = []
    for version, file in wanted.items():
        if str(facts.loaded.get(version, {}).get("locationfile", "")) != file.path:
            continue
        for member in connection.members:
            problem, _loading = _what_is_wrong(member.session, version, len(compiled.rows[version]))
            found += [problem] if problem else []
            other = _of_another_content(member.session, file)
            found += [other] if other else []
    return found


def _of_another_content(session: Session, file: File) -> str:
    """Return that a file of a node is not ours any more; "" where it is, or NITRO returns no file of its size."""
    if len(file.content) > file_limits.LARGEST:
        return ""
    there = read_file(session, file.name, file.directory)
    if there is None:
        return f"{file.path} is not on node {session.node.host} any more: a restart loads no country"
    remove = f"unload it (rm {RESOURCE_TYPES[file.type].noun}) and remove it"
    another = f"{file.path} on node {session.node.host} has another content than ours: find out whose it is, {remove}"
    return "" if there == file.content else another


def _wait_until_loaded(
    connection: Connection,
    version: int,
    wanted: int,
    _session: Session,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> str:
    begun = clock()
    pause = 0.2
    while True:
        states = [_what_is_wrong(member.session, version, wanted) for member in connection.members]
        problems = [problem for problem, _loading in states if problem]
        patience = PATIENCE if any(loading for _problem, loading in states) else SETTLED
        if not problems or clock() - begun + pause > patience:
            return "; ".join(problems)
        sleep(pause)
        pause = min(2 * pause, 5.0)


def _what_is_wrong(session: Session, version: int, wanted: int) -> tuple[str, bool]:
    """Return what is wrong with the database in a node's memory (or ""), and True if it is still loading."""
    try:
        found, errors, loading = loaded_entries(session, version)
    except NitroError as error:
        return str(error), False
    if loading:
        return f"node {session.node.host} still loads the IPv{version} location file", True
    if errors or found != wanted:
        text = (
            f"node {session.node.host} has {counted(found, 'entry')} of the IPv{version} location file in memory and {errors:,} errors, "
            f"and the file has {wanted:,}"
        )
        return text, False
    return "", False
