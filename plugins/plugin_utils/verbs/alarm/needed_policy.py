# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does an appliance without a policy of ours need one? The builds of its nodes say so. Pure but for the files of the catalogue."""

from __future__ import annotations

from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...catalogue.entry_file import load_entry
from ...catalogue.mitigation import entries_of_the_appliance
from ...judgement.proof.catalogue_verdict import GOOD_STATES, state_of


def needless_because(connection: Connection, catalogue: Path) -> str:
    """Return why no mitigation with a policy is needed; "" where one is, or where that is not known.

    Entries that protect servers behind the appliance do not count: who needs these is not known from an appliance.

    :raises InvalidInput: where an entry cannot be read
    """
    builds = tuple(node.build for node in connection.nodes if node.build is not None)
    if not builds or connection.missing_nodes or connection.is_cluster:
        return ""
    entries = [load_entry(catalogue / id_) for id_ in entries_of_the_appliance(catalogue)]
    if not entries or any(state_of(entry, builds) not in GOOD_STATES for entry in entries):
        return ""
    return f"{' and '.join(sorted({str(build) for build in builds}))} needs no mitigation with a policy"
