# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A session with a node that has some files, for tests: what it lists and what it hands out may differ."""

from __future__ import annotations

import base64
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound

AT = "Wed Jan 15 12:00:00 2020"


class Disk:
    """The files of a node by path. One without content is listed and not there; an error is what a read of it raises."""

    where = "n1"
    node = "n1"

    def __init__(self, files: dict[str, bytes | Exception | None] | None = None) -> None:
        self.files: dict[str, bytes | Exception | None] = {"/etc/crontab": b"# jobs\n", "/var/log/messages": b""}
        self.files |= files or {}
        self.sizes: dict[str, int] = {}
        self.times: dict[str, str] = {}
        self.gone: set[str] = set()
        self.asked: list[str] = []

    def read(self, type_: str, name: str = "", *, args: dict[str, str]) -> list[dict[str, Any]]:
        assert type_ == "systemfile"
        directory = args["filelocation"]
        self.asked.append(f"{directory.rstrip('/')}/{name}")
        return [self._file(f"{directory.rstrip('/')}/{name}")] if name else self._listing(directory)

    def _file(self, path: str) -> dict[str, Any]:
        content = self.files.get(path)
        if isinstance(content, Exception):
            raise content
        if content is None:
            raise NotFound("n1", "GET systemfile", 404, 258, "No such resource")
        return {"filecontent": base64.b64encode(content).decode()}

    def _listing(self, directory: str) -> list[dict[str, Any]]:
        prefix = f"{directory.rstrip('/')}/"
        rows: dict[str, dict[str, Any]] = {}
        for path in self.files.keys() - self.gone:
            name, below, _rest = path.removeprefix(prefix).partition("/")
            if not path.startswith(prefix) or not name:
                continue
            if below:
                rows[name] = {"filename": name, "filemode": ["DIRECTORY"]}
                continue
            content = self.files[path]
            size = self.sizes.get(path, len(content) if isinstance(content, bytes) else 7)
            rows[name] = {"filename": name, "filesize": str(size), "filemodifiedtime": self.times.get(path, AT)}
        if not rows:
            raise NitroError("n1", "GET systemfile", 400, 3441, "No such file or directory")
        return [rows[name] for name in sorted(rows)]
