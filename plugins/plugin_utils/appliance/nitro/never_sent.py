# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests that no session sends, whatever a measure, a template or a record says.

`clear ns config` removes the whole configuration of an appliance and has no inverse (command reference, ns config). So a save is the
only write to nsconfig that is sent. batchapi hides types and actions in its rows, and is not sent at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

CONFIG = "/nitro/v1/config/"
SAVE = CONFIG + "nsconfig?action=save"
SAVED: Mapping[str, Any] = {"nsconfig": {}}
_ONLY_SAVED, _NEVER = "nsconfig", "batchapi"


def is_never_sent(method: str, path: str, body: Mapping[str, Any] | None) -> bool:
    """Return True for a write to nsconfig that is not a save, in any spelling, for batchapi, and for a path that leads elsewhere.

    :param path: the path with its query, as it is sent
    """
    if method == "GET" or (method, path, body) == ("POST", SAVE, SAVED):
        return False
    segments = path.partition("?")[0].split("/")
    if not path.startswith(CONFIG) or any(_plain(segment) in (".", "..") for segment in segments):
        return True
    of_path = next((segment for segment in path.removeprefix(CONFIG).partition("?")[0].split("/") if segment), "")
    types = {_plain(of_path), *(_plain(str(name)) for name in body or ())}
    return not types.isdisjoint((_ONLY_SAVED, _NEVER))


def _plain(text: str) -> str:
    """Return text as a server may read it: decoded twice, without blanks, in lower case."""
    return unquote(unquote(text)).strip().lower()
