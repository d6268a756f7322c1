# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""location, locationfile, locationfile6, locationparameter, locationdata: NITRO reference; command reference, basic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.configuration import location_files
from simulator.configuration.configuration import Configuration
from simulator.nitro import generic_reads
from simulator.nitro.call import Call
from simulator.nitro.handlers.imports import fetch, write_on_both
from simulator.nitro.handlers.registry import READS, WRITES, reads, writes
from simulator.node import locations
from simulator.node.state import LoadedLocations
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError


@writes("location", "DELETE")
def _remove(call: Call, row: Row) -> None:
    """Both addresses are the identity: `?args=ipfrom:a,ipto:b` (Terraform provider) or `/a?args=ipto:b` (collection)."""
    first = call.name or call.args.get("ipfrom", "")
    last = call.args.get("ipto", "")
    for name, value in (("ipfrom", first), ("ipto", last)):
        if not value:
            raise NitroError(1095, name)
    found = call.node.running.find(TYPES["location"], first)
    if found is None or found["ipto"] != last:
        raise NitroError(call.appliance.switches["missing_location_code"], status=404)
    call.appliance.change(call.node, lambda configuration: configuration.drop("location", (first,)), call.warnings)


def _add(version: int) -> Callable[[Call, Row], None]:
    name = location_files.FILES[version]

    def add(call: Call, row: Row) -> None:
        """Replace the location file. The peer of a pair needs it at the same path (error list 2027)."""
        type_ = TYPES[name]

        def change(configuration: Configuration) -> None:
            configuration.create(type_, row, call.appliance)

        trial = Configuration()
        locations.check(call.node.whole, trial.create(type_, row, call.appliance), version)
        call.appliance.change(call.node, change, call.warnings)
        peer = call.node.whole.peer
        path = location_files.path_of(str(trial.table(name)[()]["Locationfile"]))
        if peer is not None and not locations.exists(peer, path):
            call.warnings.append(NitroError(2027))
        for node in filter(None, (call.node, call.node.peer)):
            locations.loaded(node, version)

    return add


def _drop(version: int) -> Callable[[Call, Row], None]:
    name = location_files.FILES[version]

    def drop(call: Call, row: Row) -> None:
        if not call.node.running.table(name):
            raise NitroError(258)
        call.appliance.change(call.node, lambda configuration: configuration.drop(name, ()), call.warnings)

    return drop


def _import(version: int) -> Callable[[Call, Row], None]:
    def import_(call: Call, row: Row) -> None:
        """Fetch a file into the location directory of both nodes, without loading it. The verb is capitalised."""
        for needed in ("Locationfile", "src"):
            if not isinstance(row.get(needed), str) or not row[needed]:
                raise NitroError(1095, needed)
        if set(row) - {"Locationfile", "src"}:
            raise NitroError(278)
        source = str(row["src"])
        content = fetch(call.node, source, location_files.DIRECTORY)
        if content is None:
            raise NitroError(3206)
        write_on_both(call, location_files.path_of(str(row["Locationfile"])), content)

    return import_


def _file(version: int) -> Callable[[Call], Any]:
    def read(call: Call) -> Any:
        """Return the location file, None if none is configured."""
        row = call.node.running.table(location_files.FILES[version]).get(())
        return None if row is None else generic_reads.show(call.node, TYPES[location_files.FILES[version]], row)

    return read


for _version, _name in location_files.FILES.items():
    READS[_name] = _file(_version)
    WRITES[_name, "POST", ""] = _add(_version)
    WRITES[_name, "POST", "Import"] = _import(_version)
    WRITES[_name, "DELETE", ""] = _drop(_version)


@reads("locationparameter")
def _parameter(call: Call) -> Any:
    node, type_ = call.node, TYPES["locationparameter"]
    shown = generic_reads.show(node, type_, node.running.table(type_.name).get((), {}))
    labels = ("Continent", "Country", "Region", "City", "ISP", "Organization")
    if shown["context"] == "geographic":
        shown = {**{f"q{number}label": label for number, label in enumerate(labels, 1)}, **shown}
    for version in location_files.FILES:
        shown.update(locations.counters(node, version))
    files = any(node.running.table(name) for name in location_files.FILES.values())
    shown.update(
        flags="0",
        status="0",  # no source explains the numbers
        databasemode="File" if files else "Not applicable",
        flushing="Idle",
        loading="In progress" if locations.loading(node) else "Idle",
    )
    return shown


@writes("locationdata", "POST", "clear")
def _clear(call: Call, row: Row) -> None:
    """Empty the database in memory; the file stays configured (command reference, clear locationData)."""
    if row:
        raise NitroError(278)
    for node in filter(None, (call.node, call.node.peer if call.node.primary else None)):
        for version in location_files.FILES:
            node.locations[version] = LoadedLocations(locations.loaded(node, version).row, location_files.EMPTY)
