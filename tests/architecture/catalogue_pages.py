# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of the catalogue, docs/reference/catalogue.md, made of the entries."""

from __future__ import annotations

from tests.architecture.graph import ROOT

CATALOGUE = ROOT / "templates" / "mitigations"
PAGE = ROOT / "docs" / "reference" / "catalogue.md"
HEAD = """# The catalogue

What is known of each weakness, one section for each entry of `templates/mitigations/`. [An entry of the catalogue](entry.md) describes the fields.
This page is made of the entries by `make docs`; a fact is changed there.

## Coverage

The last row counts the entries that have something. An entry without a measure says what helps; one without actions or a hunt has none that is known.

"""


def page() -> str:
    """Return the text of the page."""
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue import entry_file, mitigation
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry import page as entry_page

    with_template = set(mitigation.entries(CATALOGUE))
    entries = [
        (
            entry_file.load_entry(CATALOGUE / id_),
            mitigation.load_mitigation(CATALOGUE / id_).traffic if id_ in with_template else None,
        )
        for id_ in sorted(entry_file.entry_ids(CATALOGUE), key=_order)
    ]
    lines = [*entry_page.coverage(entries), ""]
    for entry, traffic in entries:
        lines += entry_page.entry_page(entry, traffic)
    return HEAD + "\n".join(lines)


def _order(id_: str) -> tuple[int, ...]:
    """Return the year and the number of a CVE, so that 2026-4368 comes before 2026-13474."""
    return tuple(int(part) for part in id_.split("_") if part.isdigit())
