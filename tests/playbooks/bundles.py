# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A signed bundle of the catalogue with one entry, beside the inventory of a test that trusts its author."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.bundle import Bundle, pack
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signed_bundle import NAMESPACE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import sign

from tests.catalogue_entries import entry_text, measure
from tests.unit.plugin_utils.policies.test_entry_check import RULE, TEMPLATE, TRAFFIC

ID = "cve_2027_0002"


def signed_bundle(place: Path, inventory: Path, number: int = 5) -> Path:
    """Write a bundle with its signature, and add its author to the list of allowed signers; return its file.

    :param inventory: the directory beside which the list is
    """
    key = signing_key(place / "author" / "key")
    with (inventory / "allowed_signers").open("a", encoding="utf-8") as file:
        file.write(f'author@example.org namespaces="{NAMESPACE}" {public_line(key)}\n')
    files = {
        "mitigation.yml": entry_text(
            ID, title="A new one", trains={"14.1": {"fixed": "99.1"}}, measure=measure()
        ).encode(),
        "traffic.yml": TRAFFIC.encode(),
        "v1.yml.j2": TEMPLATE.replace("RULE", RULE).encode(),
    }
    path = place / f"{number}.tar"
    path.write_bytes(pack(Bundle(number, "a test", {ID: files})))
    Path(f"{path}.sig").write_text(sign(key, path.read_bytes(), NAMESPACE))
    return path
