# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that a node runs by itself, and the line of the crontab that starts it. Pure, but for its template.

Only directories, bounds and the tag of the messages are filled in, all of them constants or checked: no text of an appliance is part of it.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from ...foundation.errors import InvalidInput
from ...traces.trace_rules.watched_directories import CRON_TABS, PLACES, START_UP_NAMES, Holds, Place

TEMPLATE = Path(__file__).parents[4] / "templates" / "on_box" / "watch.j2"
PATH = "/nsconfig/tourniquet_on_box.sh"
"""/nsconfig is on the disk (SUP-327915), and the watch of the control node looks there for scripts."""
STATE = "/var/tourniquet_on_box"
"""The directory of the script: its list of files, and its last report."""
CRONTAB = f"{CRON_TABS}/root"
"""/var is on the disk (github.com/fox-it/citrix-netscaler-triage); what started at each boot in 2020 was a crontab there (FireEye, NOTROBIN)."""
MINUTES = 5
LINE = f"*/{MINUTES} * * * * /bin/sh {PATH} > /dev/null 2>&1"
DEFAULT_TAG = "tourniquet_on_box"
_TAG = re.compile(r"[a-z][a-z0-9_]{0,30}")
_WORD = re.compile(r"[A-Za-z0-9/._:-]+")
_ENVIRONMENT = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - a shell script, no HTML


@dataclass(frozen=True)
class ScriptSettings:
    """What is filled into the script.

    :ivar state: the directory that it writes to; path: where it finds its commands
    :ivar tag: the tag of its messages
    :ivar most_files: files that one run looks at; most_reports: messages about files of one run; seconds: the longest run
    :ivar places: the directories that it looks at
    """

    state: str = STATE
    path: str = "/bin:/usr/bin:/sbin:/usr/sbin"
    tag: str = DEFAULT_TAG
    most_files: int = 20_000
    most_reports: int = 50
    seconds: int = 120
    places: Sequence[Place] = PLACES


def script_of(settings: ScriptSettings) -> bytes:
    """Return the script.

    :raises InvalidInput: where a word could mean something to a shell
    """
    for word in (settings.state, settings.path, settings.tag, *(place.directory for place in settings.places)):
        if not _WORD.fullmatch(word) or word.startswith("-"):
            raise InvalidInput(f"{word!r} cannot be part of the script for an appliance")
    values = {
        name: getattr(settings, name) for name in ("state", "path", "tag", "most_files", "most_reports", "seconds")
    }
    return _template().render(**values, groups=_groups(settings.places)).encode("ascii") + b"\n"


def checked_tag(host: str, tag: str) -> str:
    """Return the tag of the messages.

    :raises InvalidInput: where it is none
    """
    if not _TAG.fullmatch(tag):
        raise InvalidInput(
            f"{host}: on_box_tag is {tag[:80]!r}: write at most 31 small letters, digits and _, a letter first. Nothing was sent."
        )
    return tag


def digest(script: bytes) -> str:
    """Return the SHA-256 of a script in hexadecimal."""
    return hashlib.sha256(script).hexdigest()


@functools.cache
def _template() -> jinja2.Template:
    return _ENVIRONMENT.from_string(TEMPLATE.read_text(encoding="ascii"))


def _groups(places: Sequence[Place]) -> list[tuple[list[str], int, str]]:
    """Return directories, depth and conditions of each call of find. Temporary files change all the time, so they are left to the control node."""
    depths = sorted({place.levels for place in places})
    whole = [
        ([place.directory for place in places if place.levels == levels and _is_whole(place)], levels + 1, "")
        for levels in depths
    ]
    start_up = [place.directory for place in places if place.holds is Holds.START_UP and not _is_whole(place)]
    names = " -o ".join(f"-name {name}" for name in (*sorted(START_UP_NAMES), "'*.sh'"))
    return [group for group in (*whole, (start_up, 1, rf" \( {names} \)")) if group[0]]


def _is_whole(place: Place) -> bool:
    return place.holds in (Holds.PAGES, Holds.USER_DATA, Holds.FIRMWARE) or place.directory == CRON_TABS
