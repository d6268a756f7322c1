# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Country data and a policy -> a compiled set, once for the whole fleet.

The set is kept in the cache under the checksum of all its inputs. Workers that start at the same time wait for the first one, and read
its file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from ....foundation.counted import counted
from ....foundation.errors import InvalidInput
from ....foundation.private_files import make_private_directory, open_private, read_privately, write_privately
from . import formats
from .address_ranges import FAMILIES, intersect, merge, span_text, subtract
from .compiled import FORM, Compiled, Provenance, Row
from .download import fetch
from .file_reader import UNPACKED, Text, texts
from .policy import BLOCK, Policy
from .selection import PRIVATE, Selection, labelled, select
from .source import CountrySource

_DIGEST = re.compile(r"[0-9a-f]{12,64}")


def compile_policy(
    policy: Policy, source: CountrySource, folder: Path, *, accept: frozenset[str], today: date
) -> Compiled:
    """Return the set of a policy, from the cache or compiled now.

    :param folder: the cache: downloads and compiled sets
    :param accept: what a person consents to (policy.ACCEPTABLE)
    :raises InvalidInput: if data or policy can't be what is meant; each message says what to do
    :raises CannotConnect: if a file can't be downloaded
    """
    with only_one(folder):
        files, parts = _files(source, folder)
        dated = min(text.date() for text in parts)
        _refuse_stale(source, dated, accept, today)
        provenance = Provenance(source.name, source.licence, dated.isoformat(), files)
        digest = _digest(policy, source, provenance, accept)
        path = folder / f"compiled-{digest}.json"
        if (kept := load(path)) is not None:
            return kept
        compiled = _compile(policy, source, parts, provenance, digest, accept, folder)
        write_privately(path, compiled.to_json())
        return compiled


def load(path: Path) -> Compiled | None:
    """Return a compiled set; None if there is none that can be read.

    :raises InvalidInput: if somebody else could have written it
    """
    try:
        return Compiled.from_json(read_privately(path))
    except (OSError, ValueError):
        return None


def earlier(folder: Path, digest: str) -> Compiled | None:
    """Return the set that an appliance has, by its digest or the start of it, which the name of a location file has.

    None if the cache no longer has it: then the ranges have to be read from the appliance.
    """
    if not _DIGEST.fullmatch(digest):
        return None
    return next(filter(None, map(load, sorted(folder.glob(f"compiled-{digest}*.json")))), None)


def _files(source: CountrySource, folder: Path) -> tuple[dict[str, str], list[Text]]:
    files: dict[str, str] = {}
    parts: list[Text] = []
    for file in source.files:
        path, files[str(file)] = fetch(source, file, folder)
        parts += texts(path, country=file.country, max_bytes=source.max_bytes * UNPACKED)
    if not parts:
        raise InvalidInput(f"geoblock_source {source.name}: no .csv or .txt is in {', '.join(files)}")
    return files, parts


def _refuse_stale(source: CountrySource, dated: date, accept: frozenset[str], today: date) -> None:
    age = (today - dated).days
    if age > source.max_age_days and "stale" not in accept:
        raise InvalidInput(
            f"geoblock_source {source.name}: the data is of {dated}, {counted(age, 'day')} old; geoblock_source.max_age_days allows "
            f"{source.max_age_days}. Get newer data, or add stale to geoblock_accept."
        )


def _digest(policy: Policy, source: CountrySource, provenance: Provenance, accept: frozenset[str]) -> str:
    """Return the checksum of all inputs, so that the same result has the same name on each control node."""
    made_of = {
        "form": FORM,
        "policy": policy.as_plain(),
        "source": [source.name, source.licence, source.format, provenance.date],
        "files": [[sha256, file.country] for sha256, file in zip(provenance.files.values(), source.files, strict=True)],
        "accept": sorted(accept & {"overlapping", "private"}),
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _compile(
    policy: Policy,
    source: CountrySource,
    parts: list[Text],
    provenance: Provenance,
    digest: str,
    accept: frozenset[str],
    folder: Path,
) -> Compiled:
    selection = select(lambda: formats.rows(source.format, parts), frozenset(policy.countries), accept)
    _refuse_shrunken(source, selection, accept, folder)
    _refuse_missing(policy, source, selection)
    _refuse_private(policy, accept)
    rows = {version: _rows(policy, selection, version) for version in FAMILIES}
    for version in policy.families:
        if not rows[version] and (policy.effect != BLOCK or not any(rows.values())):
            raise InvalidInput(
                f"geoblock: nothing is left of IPv{version} for {', '.join(policy.labels)}: "
                + ("all clients would be blocked" if policy.effect != BLOCK else "no client would be blocked")
                + ". Correct the countries and exceptions, or leave the family out of geoblock_families."
            )
    return Compiled(policy, provenance, digest, rows, tuple(selection.remarks))


def _rows(policy: Policy, selection: Selection, version: int) -> tuple[Row, ...]:
    """Return the rows. Own lists take precedence over countries, exceptions over both."""
    if version not in policy.families:
        return ()
    own = labelled([(*span, name) for name in policy.networks for span in policy.networks[name].get(version, ())])
    countries = subtract(labelled(selection.rows[version]), PRIVATE[version])
    others = subtract(countries, merge((first, last) for first, last, _name in own))
    return subtract(sorted([*own, *others]), policy.exceptions.get(version, ()))


def _refuse_shrunken(source: CountrySource, selection: Selection, accept: frozenset[str], folder: Path) -> None:
    """:raises InvalidInput: if the data has fewer rows than a person expects, or many fewer than the last time"""
    path = folder / f"last-{source.name}.json"
    problems = []
    if (total := sum(selection.read.values())) < source.minimum_rows:
        problems.append(f"{counted(total, 'row')}, and geoblock_source.minimum_rows is {source.minimum_rows:,}")
    for version, last in _last_rows(path).items():
        if selection.read[version] * 100 < last * (100 - source.max_shrink_percent):
            problems.append(f"{counted(selection.read[version], 'row')} of IPv{version}, and {last:,} the last time")
    if problems and "shrunken" not in accept:
        raise InvalidInput(
            f"geoblock_source {source.name} has shrunk: {'; '.join(problems)}. Get it anew, or add shrunken to geoblock_accept."
        )
    write_privately(path, json.dumps({str(version): selection.read[version] for version in FAMILIES}))


def _last_rows(path: Path) -> Mapping[int, int]:
    try:
        return {int(version): int(rows) for version, rows in json.loads(read_privately(path)).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _refuse_missing(policy: Policy, source: CountrySource, selection: Selection) -> None:
    """:raises InvalidInput: for a country without any row, and for a family that the data doesn't have"""
    codes = {version: {row[2] for row in selection.rows[version]} for version in FAMILIES}
    for version in policy.families if policy.countries else ():
        if not selection.read[version]:
            raise InvalidInput(
                f"geoblock_source {source.name} has no IPv{version} row at all: add the IPv{version} file to geoblock_source.files. "
                f"Leave ipv{version} out of geoblock_families only if no VIP has such an address."
            )
    for country in policy.countries:
        has = [version for version in policy.families if country in codes[version]]
        if not has:
            raise InvalidInput(
                f"geoblock_countries: {country} has no row in geoblock_source {source.name}: nothing can be made of that. Remove it, or "
                "take another source."
            )
        selection.remarks += [
            f"{country} has no IPv{version} range in this data" for version in policy.families if version not in has
        ]


def _refuse_private(policy: Policy, accept: frozenset[str]) -> None:
    """:raises InvalidInput: if an own list blocks private addresses: monitors, users within, the pair itself"""
    if policy.effect != BLOCK or "private" in accept:
        return
    for name, families in policy.networks.items():
        for version, spans in families.items():
            if found := intersect(spans, PRIVATE[version]):
                raise InvalidInput(
                    f"geoblock_networks[{name}] blocks private addresses ({span_text(version, found[0])}), where monitors and your own users "
                    "may be. Remove them, or add private to geoblock_accept."
                )


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Wait for the lock of a folder, and hold it. The operating system frees it when a process dies.

    :raises InvalidInput: if the folder can't be written to
    """
    try:
        make_private_directory(folder)
        descriptor = open_private(folder / ".lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise InvalidInput(
            f"geoblock_cache {folder} can't be written to ({error}): name a folder of your own"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
