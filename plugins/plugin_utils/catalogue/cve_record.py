# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read a CVE record (CVE JSON 5.x, https://github.com/CVEProject/cve-schema): the affected builds of NetScaler by train, as it states them.

The records of NetScaler have at least five shapes: ``14.1`` below ``66.59``; ``0`` below ``14.1-73.41``; a dot for the dash, as in ``13.1.37.279 FIPS and
NDcPP``; the edition behind the version, ``13.1 FIPS and NDcPP`` or ``13.1-FIPS and NDcPP``; and "up to and including". What has none of them is kept as
text and compared with nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from .trains import Number, Train, number_in, parse_trains

LARGEST = 2 * 1024 * 1024  # bytes
MOST_VERSIONS = 500
SHOWN = 80
"""Characters of a version that is shown."""
_EDITION = r"[-\s]*(?P<edition>FIPS\s*(?:and|/|,)\s*NDcPP|FIPS|NDcPP)?"
_BRANCH = re.compile(rf"(?P<branch>[0-9]{{1,3}}\.[0-9]{{1,3}}){_EDITION}", re.IGNORECASE)
_LIMIT = re.compile(
    rf"(?:(?P<branch>[0-9]{{1,3}}\.[0-9]{{1,3}})[-.\s]\s*)?(?P<number>[0-9]{{1,5}}\.[0-9]{{1,5}}){_EDITION}",
    re.IGNORECASE,
)
_FROM_THE_START = ("", "0", "*", "n/a", "unspecified")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,7}")


@dataclass(frozen=True)
class AffectedBuilds:
    """The builds of a train that a record calls affected.

    :ivar number: the first build that is not affected, or the last one that is
    :ivar is_affected: the build of that number is affected too
    """

    train: Train
    number: Number
    is_affected: bool = False

    def __str__(self) -> str:
        return f"{'affected up to' if self.is_affected else 'fixed'} {self.number[0]}.{self.number[1]}"


@dataclass(frozen=True)
class CveRecord:
    """What a record says of NetScaler.

    :ivar affected: those of all its products, each once
    :ivar not_read: the versions whose shape is not known, as text
    :ivar is_of_netscaler: False where no product of it is one
    """

    cve: str
    affected: tuple[AffectedBuilds, ...] = ()
    not_read: tuple[str, ...] = ()
    is_of_netscaler: bool = True


def read_cve_record(path: Path) -> CveRecord:
    """Return the record of a file.

    :raises InvalidInput: where it is no CVE record, or larger than one is
    """
    if path.exists() and not path.is_file():  # the reading of a named pipe would not end
        raise InvalidInput(f"cve_records: {path} is no regular file: name a CVE record or a directory of them")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        given = json.loads(content) if len(content) <= LARGEST else None
        return parse_cve_record(given)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidInput(f"{path} is no CVE record (CVE JSON 5.x) of at most {LARGEST // 1024 // 1024} MiB") from None


def parse_cve_record(given: Any) -> CveRecord:
    """Return what a record says of NetScaler.

    :raises ValueError: where it has another form (also TypeError, KeyError and AttributeError)
    """
    cve = given["cveMetadata"]["cveId"]
    if not _CVE.fullmatch(cve) or not str(given["dataVersion"]).startswith("5."):
        raise ValueError
    products = [one for one in given["containers"]["cna"].get("affected", []) if _is_netscaler(one)]
    versions = [version for one in products for version in one.get("versions", [])]
    if len(versions) > MOST_VERSIONS:
        raise ValueError
    affected: dict[AffectedBuilds, None] = {}
    not_read: dict[str, None] = {}
    for version in versions:
        if version.get("status", "affected") != "affected":
            continue
        found = tuple(_affected(version))
        affected |= dict.fromkeys(found)
        if not found:
            not_read[_text(version)] = None
    return CveRecord(cve, tuple(affected), tuple(not_read), bool(products))


def _is_netscaler(product: Mapping[str, Any]) -> bool:
    vendor, name = str(product.get("vendor", "")).lower(), str(product.get("product", "")).lower()
    return "netscaler" in f"{vendor} {name}" or ("citrix" in vendor and ("adc" in name or "gateway" in name))


def _affected(version: Mapping[str, Any]) -> Iterator[AffectedBuilds]:
    """Yield the builds of a version, for each of its trains; nothing where its shape is not known."""
    inclusive = "lessThan" not in version
    limit = _LIMIT.fullmatch(str(version.get("lessThanOrEqual" if inclusive else "lessThan", "")).strip())
    start_text = str(version.get("version", "")).strip()
    start = _BRANCH.fullmatch(start_text)
    if limit is None or (start is None and start_text.lower() not in _FROM_THE_START):
        return
    branches = {one["branch"] for one in (start, limit) if one is not None and one["branch"]}
    editions = {_edition(one["edition"]) for one in (start, limit) if one is not None and one["edition"]}
    if len(branches) != 1 or len(editions) > 1:
        return
    try:
        for train in parse_trains("".join([*branches, *(f"-{edition}" for edition in editions)])):
            yield AffectedBuilds(train, number_in(train, limit["number"]), inclusive)
    except InvalidInput:  # a number of another train
        return


def _edition(text: str) -> str:
    """Return an edition as :func:`parse_trains` reads it."""
    lower = text.lower()
    return "FIPS/NDcPP" if "fips" in lower and "ndcpp" in lower else "FIPS" if "fips" in lower else "NDcPP"


def _text(version: Mapping[str, Any]) -> str:
    parts = [f"{name} {version[name]}" for name in ("version", "lessThan", "lessThanOrEqual") if name in version]
    return printable(", ".join(parts)[:SHOWN])
