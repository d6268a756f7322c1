# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The source of country data in the inventory, and the requirements on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ....foundation.errors import InvalidInput
from .countries import check_country

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class SourceFormat(StrEnum):
    """The format of country data; AUTO: the first line of each file shows it."""

    AUTO = "auto"
    COUNTRY_RANGES = "country_ranges"
    DELEGATED = "delegated"
    GEOLITE2 = "geolite2"
    LIST = "list"


@dataclass(frozen=True)
class CountryFile:
    """One file: by its path on the control node or by its https address.

    :ivar sha256: lower-case hexadecimal; mandatory for a download, checked wherever it is given
    :ivar country: whose networks these are, for a plain list; empty for the other formats
    """

    path: Path | None
    url: str
    sha256: str
    country: str

    def __str__(self) -> str:
        return self.url or str(self.path)


@dataclass(frozen=True)
class CountrySource:
    """A set of country data.

    :ivar licence: a note for people; shown with each preview
    :ivar max_age_days: older data is stale
    :ivar minimum_rows: of all files together; fewer is shrunken
    :ivar max_shrink_percent: fewer rows than that against the last time, in a family, is shrunken
    :ivar ca_file: PEM certificates that the download trusts, or None for those of the system
    :ivar max_bytes: of a download, and sixteen times as many when unpacked
    :ivar timeout: seconds for one download as a whole
    """

    name: str
    licence: str
    files: tuple[CountryFile, ...]
    format: SourceFormat = SourceFormat.AUTO
    max_age_days: int = 45
    minimum_rows: int = 1
    max_shrink_percent: int = 10
    ca_file: str | None = None
    max_bytes: int = 64 * 1024 * 1024
    timeout: int = 300

    @classmethod
    def from_variables(cls, content: Any, *, where: str) -> CountrySource:
        """Check geoblock_source.

        :raises InvalidInput: naming the key and the fix
        """
        return _Reader(content, "geoblock_source", where).source()


class _Reader:
    def __init__(self, content: Any, name: str, where: str) -> None:
        self.name = name
        self.where = where
        if not isinstance(content, Mapping):
            raise self.wrong("", f"must be a mapping, not {content!r}")
        self.content = content

    def wrong(self, key: str, problem: str) -> InvalidInput:
        return InvalidInput(f"{self.where}: {self.name}{'.' * bool(key)}{key} {problem}")

    def known(self, *names: str) -> None:
        for name in self.content:
            if name not in names:
                raise self.wrong(str(name), f"is unknown. Known are {', '.join(names)}.")

    def source(self) -> CountrySource:
        self.known(*CountrySource.__dataclass_fields__)
        name = self.text("name")
        if not _NAME.fullmatch(name):
            raise self.wrong("name", f"is {name!r}: write up to 63 lower-case letters, digits and . _ -")
        format_ = self.text("format", SourceFormat.AUTO)
        if format_ not in tuple(SourceFormat):
            raise self.wrong("format", f"must be one of {', '.join(SourceFormat)}, not {format_!r}")
        files = self.content.get("files")
        if not isinstance(files, list) or not files:
            raise self.wrong("files", "must list at least one file, each with path or url")
        return CountrySource(
            name=name,
            licence=self.text("licence"),
            files=tuple(
                _Reader(file, f"{self.name}.files[{place}]", self.where).file() for place, file in enumerate(files)
            ),
            format=SourceFormat(format_),
            max_age_days=self.number("max_age_days", CountrySource.max_age_days),
            minimum_rows=self.number("minimum_rows", CountrySource.minimum_rows),
            max_shrink_percent=self.number("max_shrink_percent", CountrySource.max_shrink_percent),
            ca_file=self.text("ca_file", "") or None,
            max_bytes=self.number("max_bytes", CountrySource.max_bytes),
            timeout=self.number("timeout", CountrySource.timeout),
        )

    def file(self) -> CountryFile:
        self.known("path", "url", "sha256", "country")
        path, url = self.text("path", ""), self.text("url", "")
        if bool(path) == bool(url):
            raise self.wrong("", "must have either path or url")
        sha256 = self.text("sha256", "").lower()
        if sha256 and not _SHA256.fullmatch(sha256):
            raise self.wrong("sha256", "must be 64 hexadecimal digits")
        if url and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
            raise self.wrong("url", f"must begin with https://, not {url!r}")
        if url and not sha256:
            raise self.wrong("sha256", f"is missing: without it a forged download from {url} cannot be detected")
        country = self.text("country", "")
        if country and (problem := check_country(country)):
            raise self.wrong("country", problem)
        return CountryFile(Path(path) if path else None, url, sha256, country)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.content.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(key, f"must be a text, not {value!r}")
        return value

    def number(self, key: str, default: int) -> int:
        value = self.content.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(key, f"must be a whole number above 0, not {value!r}")
        return value
