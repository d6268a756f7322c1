# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pinned digests of a catalogue: its file published.txt has the digest of each revision and of each template that was published.

A line is never changed or removed, so the file is also the list of all revisions that ever were.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.digests import digests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import entry_ids

PUBLISHED = "published.txt"


def published(catalogue: Path) -> dict[str, str]:
    """Return by name the digest of everything that was published.

    :raises OSError: if the file cannot be read
    """
    path = catalogue / PUBLISHED
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _blank, name in (line.partition("  ") for line in lines)}


def present(catalogue: Path) -> dict[str, str]:
    """Return by name the digest of what the catalogue has.

    :raises InvalidInput: if an entry cannot be read
    """
    return {name: digest for id_ in entry_ids(catalogue) for name, digest in digests(catalogue / id_)}


def changes_of_published(pinned: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return what was published and is not the same any more, each with its fix."""
    found = []
    for name, digest in pinned.items():
        id_, _blank, what = name.partition(" ")
        is_template = what.endswith(".j2")
        if name in there and there[name] != digest:
            fix = "add a template with the next number" if is_template else "raise the revision in its mitigation.yml"
            found.append(f"{name} was published and has changed: take the change back, or {fix}")
        if is_template and name not in there and any(other.startswith(f"{id_} ") for other in there):
            found.append(
                f"{name} was published and is gone: put it back, since a record of an appliance may name its version"
            )
    return found


def with_new(pinned: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Return the text of the file with what is new behind what was published."""
    new = {name: digest for name, digest in there.items() if name not in pinned}
    return "".join(f"{digest}  {name}\n" for name, digest in {**pinned, **new}.items())
