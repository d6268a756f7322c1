# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a recorded request looks like an attack of the catalogue, whatever its encoding. Pure.

A path is decoded until nothing changes any more, and its dot segments are resolved: what remains is what the request is after. It is
attack-shaped when it has dot segments that climb, when it is after what an attack is after, or below a directory that an attack is
after and in which nothing legitimate is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.bounded_counters import memoized
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.urls import path

MAX_PASSES = 4  # a log may have encoded once more what was encoded twice
_HEX = re.compile(r"%([0-9A-Fa-f]{2})")


class AttackSignatures:
    """The attacks of some measures, and what scanners of the whole Internet ask for."""

    def __init__(self, traffics: Iterable[Traffic], scanned: Iterable[str] = ()) -> None:
        """:param scanned: beginnings of paths, in lower case"""
        self._scanned = tuple(scanned)
        self._exact: set[str] = set()
        self._outside_a_session: set[str] = set()
        directories: set[str] = set()
        legitimate: set[str] = set()
        for traffic in traffics:
            legitimate.update(resolved(case.url)[0] for case in traffic.legitimate)
            for case in traffic.attacks:
                target, _climbs = resolved(case.url)
                if target.endswith("/"):
                    directories.add(target)
                elif case.session == "without":
                    self._outside_a_session.add(target)
                else:
                    self._exact.add(target)
        self._exact -= legitimate
        self._outside_a_session -= self._exact
        self._directories = tuple(
            sorted(one for one in directories if not any(good.startswith(one) or one == good for good in legitimate))
        )

    def has(self, url: str, *, session: bool | None = None) -> bool:
        """Whether a request target is attack-shaped.

        :param session: True where the request is known to belong to a session
        """
        target, climbs = resolved(url)
        if climbs or target in self._exact or target.startswith(self._directories):
            return True
        return session is not True and target in self._outside_a_session

    def is_scan(self, url: str, status: int | None) -> bool:
        """Whether only a scanner asks for it, and did not get it; what is there somewhere has users there."""
        return (status is None or not 200 <= status < 300) and resolved(url)[0].startswith(self._scanned)

    def below(self, prefix: str) -> bool:
        """Whether an attack is after something that begins so, without climbing."""
        start = resolved(prefix)[0]
        return any(target.startswith(start) for target in (*self._exact, *self._outside_a_session, *self._directories))


def load_scanned(path: Path) -> tuple[str, ...]:
    """The beginnings of paths in ``templates/scanners/scanned.yml``.

    :raises InvalidInput: where the file is not as it must be
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        return tuple(str(entry["prefix"]) for entry in entries if entry["source"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: {type(error).__name__}: {error}") from error


@memoized
def resolved(url: str) -> tuple[str, bool]:
    """The path that a request is after, in lower case, and whether it has segments that climb."""
    text = decoded(path(url)).lower().replace("\\", "/")
    segments: list[str] = []
    climbs = False
    for segment in text.split("/")[1:]:
        name = segment.partition(";")[0]  # a parameter of a segment (RFC 3986, 3.3)
        if name == "..":
            climbs = True
            segments = segments[:-1]
        elif name not in ("", "."):
            segments.append(segment)
    ends = "/" if text.endswith(("/", "/.", "/..")) and segments else ""
    return "/" + "/".join(segments) + ends, climbs


def decoded(text: str, passes: int = MAX_PASSES) -> str:
    """Percent-decoded until nothing changes any more, at most so many times."""
    for _ in range(passes):
        following = _HEX.sub(lambda match: chr(int(match[1], 16)), text)
        if following == text:
            break
        text = following
    return text
