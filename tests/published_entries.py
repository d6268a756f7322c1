# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pin what is published of the catalogue: templates/mitigations/published.txt has the digest of each revision and of each template.

    python -m tests.published_entries

adds what is new, and refuses what was published and is not the same any more: then the entry needs a new revision, or the measure a new version. A line
is never changed or removed, so the file is also the list of all revisions that ever were.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.architecture.graph import ROOT

CATALOGUE = ROOT / "templates" / "mitigations"


def main(catalogue: Path = CATALOGUE) -> int:
    """Add what is new to the file.

    :returns: the exit code: 1 where something that was published has changed, and then nothing is written
    """
    sys.path.append(str(ROOT / ".collections"))
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.published import (
        PUBLISHED,
        changes_of_published,
        present,
        published,
        with_new,
    )

    pinned, there = published(catalogue), present(catalogue)
    found = changes_of_published(pinned, there)
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    (catalogue / PUBLISHED).write_text(with_new(pinned, there), encoding="utf-8")
    print(f"{len(there.keys() - pinned.keys())} added, {len(pinned)} as before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
