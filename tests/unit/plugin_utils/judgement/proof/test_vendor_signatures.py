# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an appliance shows of the vendor's signatures, and what is said of it: never more than was read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import VendorList
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import Row, Unknown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.vendor_signatures import (
    VendorSignatures,
    clause,
    read_signatures,
)

# As a public test has it, of 14.1 73.33 in September 2026 (github.com/grega-zoubek/WAF-helper).
PUBLIC = (
    '1) Url: default_signatures.xml Name: "*Default Signatures"\n'
    '\tBase Version: "175" Size: 2879756 bytes Encrypted Version: "20"\nTotal signatures Size: 0 bytes\n'
)
OWN = (
    '1)\tUrl: default_signatures.xml\tName: "*Default Signatures"\n\tCreation Date: Mon Aug 17 2026\n\tBase Version: "175"\n'
    '2)\tUrl: local:x\tName: "own"\n\tImport Date: x\n\tBase Version: "9"\tEncrypted Version: "99"\n'
)


@dataclass
class Shown:
    found: dict[str, tuple[Row, ...] | Unknown] = field(default_factory=dict)

    def partitions(self) -> tuple[str, ...]:
        return ("p1", "default")

    def rows(self, nitro_type: str, partition: str) -> tuple[Row, ...] | Unknown:
        assert partition == "default"
        return self.found.get(nitro_type, ())


def text(response: str) -> Shown:
    return Shown({"appfwsignatures": ({"response": response},)})


@pytest.mark.parametrize(
    ("shown", "list_version", "base"),
    [
        (text(PUBLIC), 20, 175),
        (text(PUBLIC.replace('"20"', '"0"')), 0, 175),
        (text(PUBLIC.replace('"20"', '"NA"')), 0, 175),
        (text(PUBLIC.replace("\n", "\r\n")), 20, 175),
        (text(PUBLIC.replace('"175"', '"x"')), 20, None),
        (text(OWN), 0, 175),  # the number of another set is not that of the vendor's list
        (text(OWN.replace("*Default", "Default")), None, None),
        (text(""), None, None),
        (text('Name: "*Default Signatures"' * 20000), None, None),
        (text(PUBLIC.replace('"20"', '"20"' + "0" * 50)), 20, 175),
        (text(PUBLIC.replace('"20"', f'"{"2" * 50}"')), 0, 175),
        (Shown({"appfwsignatures": ({"name": "*Default Signatures", "encryptedversion": "97"},)}), 97, None),
        (Shown({"appfwsignatures": ({"name": "*Default Signatures", "baseversion": "175"},)}), 0, 175),
        (Shown({"appfwsignatures": ({"name": "own", "encryptedversion": "97"},)}), None, None),
        (Shown({"appfwsignatures": Unknown("not authorized")}), None, None),
        (Shown(), None, None),
    ],
)
def test_what_is_read_of_the_sets(shown: Shown, list_version: int | None, base: int | None) -> None:
    found = read_signatures(shown)
    assert (found.list_version, found.firewall_version) == (list_version, base)


def test_a_long_text_is_read_in_time_that_grows_with_it() -> None:
    for piece in ('1)\tUrl: x Name: "*Default Signatures"\n', "1)\n", " " * 50, 'Encrypted Version: "'):
        began = time.process_time()
        read_signatures(text(piece * (1_000_000 // len(piece))))
        assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("rows", "updates"),
    [
        (({"signatureautoupdate": "ON"},), "ON"),
        (({"signatureautoupdate": "off"},), "OFF"),
        (({"signatureautoupdate": "\x1b"},), ""),
        ((), ""),
        (Unknown("x"), ""),
    ],
)
def test_whether_updates_are_on(rows: tuple[Row, ...] | Unknown, updates: str) -> None:
    assert read_signatures(Shown({"appfwsettings": rows})).updates == updates


@pytest.mark.parametrize(("rows", "bound"), [(({"type": "AAA_REQUEST"},), True), ((), False), (Unknown("x"), False)])
def test_whether_its_bindings_are_shown(rows: tuple[Row, ...] | Unknown, *, bound: bool) -> None:
    assert read_signatures(Shown({"denylistglobal_binding": rows})).is_bound is bound


MAY = "; the vendor's Global Deny List may block this"


@pytest.mark.parametrize(
    ("since", "version", "said"),
    [
        (24, None, f"{MAY}: its version and age are not known here"),
        (24, 0, f"{MAY}, but no version of it is shown here"),
        (24, 23, "; the vendor's Global Deny List blocks this from version 24 on, and version 23 is here"),
        (24, 24, f"{MAY}: version 24 is here, its age is not known"),
        (0, 1, f"{MAY}: version 1 is here, its age is not known"),
        (0, 0, f"{MAY}, but no version of it is shown here"),
    ],
)
def test_no_more_is_said_than_was_read(since: int, version: int | None, said: str) -> None:
    vendor, shown = VendorList((), since, "vendor"), VendorSignatures(list_version=version)
    assert clause(vendor, shown, is_one_of_several=False) == said


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (None, f"{MAY}: its version and age are not known here"),
        (0, f"{MAY}, but no version of it is shown on the node that was asked"),
        (
            23,
            "; the vendor's Global Deny List blocks this from version 24 on, and version 23 is on the node that was asked",
        ),
        (24, f"{MAY}: version 24 is on the node that was asked, its age is not known"),
    ],
)
def test_of_a_pair_it_is_said_of_one_node(version: int | None, said: str) -> None:
    assert clause(VendorList((), 24, "vendor"), VendorSignatures(list_version=version), is_one_of_several=True) == said


FIREWALL = "application firewall version 175, automatic updates"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (VendorSignatures(26, 175, "OFF", is_bound=True), f"Global Deny List version 26, bound; {FIREWALL} OFF"),
        (VendorSignatures(0, 175, "ON"), f"{FIREWALL} ON"),
        (VendorSignatures(0, 175), "application firewall version 175"),
        (VendorSignatures(updates="ON"), "automatic updates of those of the application firewall ON"),
        (VendorSignatures(is_bound=True), "Global Deny List bound"),
    ],
)
def test_what_a_verdict_rests_on(found: VendorSignatures, said: str) -> None:
    assert found.rests_on == (f"the vendor's signatures: {said}",)


def test_a_verdict_does_not_rest_on_what_was_not_read() -> None:
    assert VendorSignatures().rests_on == ()
    assert VendorSignatures(list_version=0).rests_on == ()
