# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A CSV file as people keep it: other headers, separators and encodings, and each mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.csv_file import (
    read_csv,
    unused_columns,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "fleet.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_usual_headers_and_a_pair(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "name,nsip,peer,customer,site,version,vips,partitions,fingerprint,Contract No\n"
        "gw-a,10.1.0.11,10.1.0.12,Brouwer,Amsterdam,NetScaler NS13.0: Build 47.22.nc,"
        f"vpn my gw 198.51.100.10:8443; cs web 198.51.100.11,default tenant_a,{'ab' * 32},C-1\n\n"
        "gw-b,10.2.0.11,,,,,,,,\n",
    )
    first, second = read_csv(path, {})
    assert first.appliance_variables() == {
        "netscaler_nodes": ["10.1.0.11", "10.1.0.12"],
        "netscaler_customer": "Brouwer",
        "netscaler_site": "Amsterdam",
        "netscaler_partitions": ["default", "tenant_a"],
        "netscaler_vips": [
            {"name": "my gw", "address": "198.51.100.10:8443", "kind": "vpn"},
            {"name": "web", "address": "198.51.100.11", "kind": "cs"},
        ],
        "netscaler_certificate_pin": ["ab" * 32],
    }
    assert (first.build, first.columns, first.where) == ("13.0 47.22", {"contract_no": "C-1"}, f"{path}:2")
    assert second.appliance_variables() == {"netscaler_nodes": ["10.2.0.11"]}
    assert second.where == f"{path}:4"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheet_of_another_language(tmp_path: Path, separator: str) -> None:
    text = (
        "\ufeff"
        + separator.join(("Naam", "IP Address", "Klant"))
        + "\r\n"
        + separator.join(("gw", "10.1.0.11", '"De Wit"'))
        + "\r\n"
    )
    (entry,) = read_csv(written(tmp_path, text), {"name": "naam", "customer": "Klant"})
    assert (entry.name, entry.nodes, entry.customer) == ("gw", ("10.1.0.11",), "De Wit")


def test_dutch_headers_are_known(tmp_path: Path) -> None:
    text = (
        "Hostnaam;Beheer-adres;Secundair;Klantnaam;Locatie;Versie;Partities;Vingerafdruk\n"
        f"gw;10.1.0.11;10.1.0.12;De Wit;Utrecht;13.0 47.22;default;{'ab' * 32}\n"
    )
    (entry,) = read_csv(written(tmp_path, text), {})
    assert (entry.name, entry.nodes, entry.customer, entry.site, entry.build, entry.partitions) == (
        "gw",
        ("10.1.0.11", "10.1.0.12"),
        "De Wit",
        "Utrecht",
        "13.0 47.22",
        ("default",),
    )
    assert (entry.certificate_pins, entry.columns) == (("ab" * 32,), {})
    (other,) = read_csv(written(tmp_path, "naam,ip adres,klant,vestiging\ngw,10.1.0.11,Smit,Breda\n"), {})
    assert (other.name, other.nodes, other.customer, other.site) == ("gw", ("10.1.0.11",), "Smit", "Breda")


def test_columns_that_nobody_uses_are_found(tmp_path: Path) -> None:
    entries = read_csv(written(tmp_path, "name,nsip,Contract No,Owner,contract\ngw,10.1.0.11,C-1,ann,x\n"), {})
    assert unused_columns(entries, []) == ["contract_no", "owner", "contract"]
    assert unused_columns(entries, ['{"x": "fleet_columns.contract_no"}']) == ["owner", "contract"]
    assert unused_columns(read_csv(written(tmp_path, "name,nsip\ngw,10.1.0.11\n"), {}), []) == []


def test_an_own_header_takes_the_place_of_the_usual_one(tmp_path: Path) -> None:
    (entry,) = read_csv(
        written(tmp_path, "name,nsip,customer,account\ngw,10.1.0.11,7,Brouwer\n"), {"customer": "account"}
    )
    assert (entry.customer, entry.columns) == ("Brouwer", {"customer": "7"})


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("name,customer\ngw,x\n", 1, "no header for the addresses"),
        ("", 1, "no header for the addresses"),
        ("name,nsip,ip\ngw,10.1.0.11,10.1.0.11\n", 1, "both mean nodes"),
        ("nsip,x,X\n10.1.0.11,1,2\n", 1, "have the same name"),
        ("nsip,Root Password\n10.1.0.11,x\n", 1, "looks like a secret"),
        ("nsip,Wachtwoord\n10.1.0.11,x\n", 1, "looks like a secret"),
        ("nsip,wachtwrd beheer\n10.1.0.11,x\n", 1, "looks like a secret"),
        ("nsip,Geheime sleutel\n10.1.0.11,x\n", 1, "looks like a secret"),
        ("nsip,nsroot pw\n10.1.0.11,x\n", 1, "looks like a secret"),
        ("nsip,Inloggegevens\n10.1.0.11,x\n", 1, "looks like a secret"),
        ("nsip,version\n10.1.0.11,13.0\n", 2, "is not a NetScaler build"),
        ("nsip,vips\n10.1.0.11,gw\n", 2, "is not a virtual server"),
        ("nsip\n10.1.0.11,extra\n", 2, "more columns than the header"),
        ("nsip\n" + "1" * 2000 + "\n", 2, "more than 1000 characters"),
        ('nsip\n10.1.0.11\n"10.1.0.12\n', 3, "unexpected end of data"),
        (b"nsip,name\n10.1.0.11,M\xfcller\n", 2, "not UTF-8"),
    ],
)
def test_each_mistake_has_its_line(tmp_path: Path, text: str | bytes, line: int, problem: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InvalidInput) as raised:
        read_csv(path, {})
    assert f"{path}:{line}: " in str(raised.value)
    assert problem in str(raised.value)


def test_mistakes_are_reported_together_and_escaped(tmp_path: Path) -> None:
    path = written(tmp_path, "nsip,version\n" + "10.1.0.11,\x1b[31m\n" * 12)
    with pytest.raises(InvalidInput) as raised:
        read_csv(path, {})
    text = str(raised.value)
    assert text.count("is not a NetScaler build") == 10
    assert text.endswith("and 2 more problems")
    assert "\x1b" not in text


def test_a_list_without_an_appliance_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no appliance in it"):
        read_csv(written(tmp_path, "nsip\n,\n".replace(",", "")), {})


@pytest.mark.parametrize(
    ("columns", "problem"), [({"owner": "x"}, "not a column"), ({"site": "Place"}, "no header 'Place'")]
)
def test_columns_that_are_wrong(tmp_path: Path, columns: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read_csv(written(tmp_path, "nsip\n10.1.0.11\n"), columns)
