# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pictures of pages: the report and a letter of the short diary, as headless Chromium shows them, and the call list as text.

A picture names the page that it was drawn from by its digest, so that a test can say without a browser whether it is still that page.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.diary.handed_out import wrong
from tests.diary.story import played, started
from tests.documentation.tracked import ROOT

TOOLS = ROOT / ".cache" / "report-tools"
PROGRAM = ROOT / "tests" / "browser" / "picture_of_page.py"
BROWSER = (Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"), TOOLS / "bin" / "python")
WIDTH, MOST_HEIGHT = 900, 1200
"""Of a picture, in pixels."""
MOST_BYTES = 150_000
PAGES = {
    "report": "report/status.html",
    "letter-nl": "letters/customers/Mulder/letter-2.nl.html",
    "letter-en": "letters/customers/Mulder/letter-2.en.html",
}
"""By picture, the page in the directory of the diary. The letter is one that corrects the letter before."""
CALL_LIST = "letters/call-list.txt"
KEYWORD = b"Source"
# What differs from one play of the diary to the next one: the real time that it took, what is made at random, and in the folded details of an
# appliance the folders in lines to paste.
_CHANGING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.+]\S*?(?=[<\" ]))?|\b\d+(?:\.\d+)? s\b|\b[0-9a-f]{8,64}\b|\d{8}T\S*?(?=[<\" ])|127\.\d+\.\d+\.\d+:\d+"
    r"|<dt>to paste</dt>(?:<dd>.*?</dd>)+"
)
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def missing_programs() -> list[str]:
    """Return what the pictures of pages need and is not installed."""
    return [str(path) for path in BROWSER if not path.exists()]


def drawn() -> tuple[dict[str, bytes], str]:
    """Play the short diary, and return the picture of each page, and the call list.

    :raises RuntimeError: where a run of the diary did not end as it must, a statement in it is not true, a page cannot be drawn, or a picture is too big
    """
    with tempfile.TemporaryDirectory() as directory:
        os.environ["XDG_STATE_HOME"] = f"{directory}/state"
        made = Path(directory) / "diary"
        made.mkdir()
        play_diary(made)
        return pictures_of(made, Path(directory)), (made / CALL_LIST).read_text(encoding="utf-8")


def play_diary(directory: Path) -> None:
    """Play the short diary, and compare each statement in it with the simulated world.

    :raises RuntimeError: see :func:`drawn`
    """
    with started(directory, whole=False) as story:
        played(story, whole=False)
        problems = [*story.surprises, *map(str, wrong(story)[1])]
    if problems:
        raise RuntimeError("the diary is not true, so no picture is drawn of it:\n" + "\n".join(problems))


def pictures_of(made: Path, directory: Path) -> dict[str, bytes]:
    """Return the picture of each page of a diary.

    :param directory: for the files of the browser
    :raises RuntimeError: see :func:`drawn`
    """
    files = [str(path) for name, page in PAGES.items() for path in (made / page, directory / f"{name}.png")]
    command = [str(BROWSER[-1]), str(PROGRAM), str(WIDTH), str(MOST_HEIGHT), *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"{PROGRAM.name} ended with {done.returncode}:\n{done.stderr}")
    found = {}
    for name, page in PAGES.items():
        found[name] = with_source(
            (directory / f"{name}.png").read_bytes(), digest((made / page).read_text(encoding="utf-8"))
        )
        if len(found[name]) > MOST_BYTES:
            raise RuntimeError(
                f"{name}.png has {len(found[name])} bytes, and more than {MOST_BYTES}: lower MOST_HEIGHT"
            )
    return found


def digest(page: str) -> str:
    """Return the digest of a page without what differs from run to run."""
    return hashlib.sha256(_CHANGING.sub("", page).encode()).hexdigest()


def with_source(png: bytes, text: str) -> bytes:
    """Return a PNG with a text as its source (PNG specification, section 11.3.3.2: tEXt), in place of other texts."""
    data = KEYWORD + b"\0" + text.encode("ascii")
    chunk = struct.pack(">I", len(data)) + b"tEXt" + data + struct.pack(">I", zlib.crc32(b"tEXt" + data))
    kept = [whole for kind, _data, whole in _chunks(png) if kind != b"tEXt"]
    return b"".join([_SIGNATURE, *kept[:-1], chunk, kept[-1]])


def source_of(png: bytes) -> str:
    """Return the source that a PNG names; "" where it names none."""
    texts = (data.partition(b"\0") for kind, data, _whole in _chunks(png) if kind == b"tEXt")
    return next((text.decode("ascii") for keyword, _, text in texts if keyword == KEYWORD), "")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield kind, data and all bytes of each chunk.

    :raises ValueError: where it is no PNG
    """
    if not png.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        end = at + 12 + length
        yield png[at + 4 : at + 8], png[at + 8 : end - 4], png[at:end]
        at = end
