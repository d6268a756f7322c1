# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A list of appliances by its settings: what it holds, and whether it is still the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from ..foundation.errors import InvalidInput
from ..foundation.file_stamp import stamp
from .console_api import Console
from .console_list import TagNames, appliances_of, read_console_file
from .csv_file import read_csv
from .listed_appliance import ListedAppliance
from .nsconf_folder import nsconf_files, read_nsconf

FORMAT = 1
"""Of what is kept; a larger number makes everything be read anew."""
CSV, NS_CONF, CONSOLE = "csv", "ns_conf", "console"
# By source, the options that it takes.
TAKES: Mapping[str, tuple[str, ...]] = {
    CSV: ("path", "columns"),
    NS_CONF: ("path", "folders"),
    CONSOLE: ("path", "url", "user", "password", "ca_file", "certificate_pin", "timeout", "customer_tag", "site_tag"),
}


@dataclass(frozen=True)
class Settings:
    """The settings of a list; the documentation of the inventory plugin describes them."""

    source: str
    path: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    customer_tag: str = "customer"
    site_tag: str = "site"
    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    certificate_pin: str = ""
    timeout: float = 60.0

    OPTIONS: ClassVar[tuple[str, ...]]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """Return the settings; a value that is None counts as not given.

        :raises InvalidInput: where they contradict each other
        """
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if value is not None
        }
        settings = cls(**given)
        if bool(settings.path) == bool(settings.url and settings.source == CONSOLE):
            what = "path or url, and not both" if settings.source == CONSOLE else "path"
            raise InvalidInput(f"source: {settings.source} needs {what}")
        if not all(isinstance(text, str) for text in settings.columns.values()):
            raise InvalidInput("columns: write the header as text, as {customer: Account}")
        for name in ("columns", "folders"):
            if getattr(settings, name) and name not in TAKES[settings.source]:
                raise InvalidInput(f"{name} has no meaning for source: {settings.source}")
        if not 0 < settings.timeout <= 3600:
            raise InvalidInput("timeout: write a number of seconds between 0 and 3600")
        return settings


Settings.OPTIONS = tuple(each.name for each in fields(Settings))


class FleetList:
    """The list that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def state(self) -> str:
        """Return a fingerprint of the settings, without the password, and of the files: while it is the same, so is what was read.

        Of a list that is fetched it says nothing about its content.
        """
        settings = {name: value for name, value in asdict(self.settings).items() if name != "password"}
        files: list[Path] = []
        if self.settings.path:
            path = Path(self.settings.path)
            files = nsconf_files(path) if self.settings.source == NS_CONF else [path]
        stamps = [[str(file), stamp(file)] for file in files]
        return hashlib.sha256(json.dumps([FORMAT, settings, stamps], sort_keys=True).encode()).hexdigest()

    def read(self) -> list[ListedAppliance]:
        """Return the appliances.

        :raises TourniquetError: where the list cannot be read, or has problems
        """
        settings, path = self.settings, Path(self.settings.path)
        if settings.source == CSV:
            return read_csv(path, settings.columns)
        if settings.source == NS_CONF:
            return read_nsconf(path, settings.folders)
        tags = TagNames(settings.customer_tag, settings.site_tag)
        if settings.path:
            return read_console_file(path, tags)
        console = Console(
            url=settings.url,
            user=settings.user,
            password=settings.password,
            ca_file=settings.ca_file or None,
            certificate_pin=settings.certificate_pin,
            seconds=settings.timeout,
        )
        return appliances_of(console.where, console.fetch(), tags)
