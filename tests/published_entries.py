# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pin what is published of the catalogue: templates/mitigations/published.txt has the digest of each revision and of each template.

    python -m tests.published_entries

adds what is new, and refuses what was published and is not the same any more: then the entry needs a new revision, or the measure a new version. A line
is never changed or removed, so the file is also the list of all revisions that ever were.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.graph import ROOT

CATALOGUE = ROOT / "templates" / "mitigations"
FILE = "published.txt"


def published(catalogue: Path) -> dict[str, str]:
    """Return by name the digest of everything that was published."""
    path = catalogue / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _blank, name in (line.partition("  ") for line in lines)}


def present(catalogue: Path) -> dict[str, str]:
    """Return by name the digest of what the catalogue has."""
    sys.path.append(str(ROOT / ".collections"))
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.digests import digests
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import entry_ids

    return {name: digest for id_ in entry_ids(catalogue) for name, digest in digests(catalogue / id_)}


def problems(pinned: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
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


def main(catalogue: Path = CATALOGUE) -> int:
    """Add what is new to the file.

    :returns: the exit code: 1 where something that was published has changed, and then nothing is written
    """
    pinned, there = published(catalogue), present(catalogue)
    found = problems(pinned, there)
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    new = {name: digest for name, digest in there.items() if name not in pinned}
    lines = "".join(f"{digest}  {name}\n" for name, digest in {**pinned, **new}.items())
    (catalogue / FILE).write_text(lines, encoding="utf-8")
    print(f"{len(new)} added, {len(pinned)} as before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
