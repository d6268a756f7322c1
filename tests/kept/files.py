# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kept files, and the list of what was accepted: each change of a kept file stands there with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

import yaml

HERE = Path(__file__).parent
OUTPUTS = HERE / "outputs"
ACCEPTED = HERE / "differences.yml"
GONE = "gone"
"""Stands for the digest of a file that is no longer kept."""


@dataclass(frozen=True)
class Acceptance:
    """Differences that a person accepted together.

    :ivar files: by the name of a file, the digest of its text from then on
    """

    reason: str
    files: Mapping[str, str]


def digest(text: str) -> str:
    """Return what the list of differences has of a text."""
    return sha256(text.encode()).hexdigest()[:16]


def kept(folder: Path = OUTPUTS) -> dict[str, str]:
    """Return the text of each kept file by its name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}


def acceptances(path: Path = ACCEPTED) -> list[Acceptance]:
    """Return what was accepted, in its order."""
    read = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return [Acceptance(one["reason"], one["files"]) for one in read or ()]


def without_a_reason(files: Mapping[str, str], accepted: Iterable[Acceptance]) -> list[str]:
    """Return the names of the files whose text is not the one that was accepted last, and of those that are missing."""
    last: dict[str, str] = {}
    for one in accepted:
        last |= one.files
    now = {name: digest(text) for name, text in files.items()}
    return sorted(name for name in last.keys() | now.keys() if now.get(name, GONE) != last.get(name, GONE))


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Return the difference of each file whose text is another one, as lines that begin with + and -."""
    return {
        name: "".join(
            unified_diff(
                before.get(name, "").splitlines(keepends=True),
                now.get(name, "").splitlines(keepends=True),
                f"kept/{name}",
                f"now/{name}",
                n=1,
            )
        )
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    }


def accept(
    reason: str, changed: Iterable[str], now: Mapping[str, str], folder: Path = OUTPUTS, path: Path = ACCEPTED
) -> None:
    """Keep the new texts of some files, and write the reason down."""
    digests = {}
    for name in sorted(changed):
        file = folder / name
        digests[name] = digest(now[name]) if name in now else GONE
        if name in now:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(now[name], encoding="utf-8")
        else:
            file.unlink()
    with path.open("a", encoding="utf-8") as list_:
        list_.write(yaml.safe_dump([{"reason": reason, "files": digests}], sort_keys=False, width=150))
