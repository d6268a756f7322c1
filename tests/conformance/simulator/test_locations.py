# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Location files, custom locations, and MATCHES_LOCATION on real requests."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

PLACE = "/var/netscaler/locdb"
NSGEO = """NSGEO1.0
Qualifier1=Continent
Qualifier2=Country
Qualifier3=Region
Start
127.66.0.0,127.66.255.255,EU,RU,,,,,,
127.67.0.0,127.67.255.255,,NL,,Utrecht,,,,
# comment
nonsense
"""
RUSSIAN, DUTCH = "127.66.0.1", "127.67.0.1"


def upload(box: Any, name: str, text: str) -> None:
    content = base64.b64encode(text.encode()).decode()
    assert box.post("systemfile", {"filename": name, "filelocation": PLACE, "filecontent": content}).status == 201


def block(box: Any, rule: str) -> None:
    assert (
        box.post(
            "responderaction", {"name": "no", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
        ).status
        == 201
    )
    assert box.post("responderpolicy", {"name": "geo", "rule": rule, "action": "no"}).status == 201
    bound = {"policyname": "geo", "priority": 10, "type": "REQ_OVERRIDE"}
    assert box.post("responderglobal_responderpolicy_binding", bound).status == 201


def status(lab: Any, source: str) -> int:
    return int(lab.vserver("web", source=source).ask("GET", "/").status)


@pytest.mark.fact("location-format")
def test_a_loaded_file_answers(lab: Any, box: Any) -> None:
    """NSGEO rows by the client's address; with matchWildcardtoany YES a wildcard matches (NITRO metadata; field write-ups)."""
    upload(box, "geo", NSGEO)
    assert box.post("locationfile", {"Locationfile": "geo", "format": "netscaler"}).status == 201
    assert box.put("locationparameter", {"matchwildcardtoany": "YES"}).status == 200
    block(box, 'CLIENT.IP.SRC.MATCHES_LOCATION("*.RU.*.*.*.*")')
    assert [status(lab, source) for source in (RUSSIAN, DUTCH, "127.0.0.1")] == [403, 200, 200]


@pytest.mark.fact("location-wildcard")
def test_wildcards_without_the_parameter(lab: Any, box: Any) -> None:
    """NO, the default: a wildcard does not match a qualifier with a value, so a block fails open (NITRO metadata)."""
    upload(box, "geo", NSGEO)
    box.post("locationfile", {"Locationfile": "geo"})
    block(box, 'CLIENT.IP.SRC.MATCHES_LOCATION("*.RU.*.*.*.*")')
    assert box.get("locationparameter").json["locationparameter"]["matchwildcardtoany"] == "NO"
    assert status(lab, RUSSIAN) == 200
    box.put("locationparameter", {"matchwildcardtoany": "YES"})
    assert status(lab, RUSSIAN) == 403


@pytest.mark.fact("locationparameter-counters", "locationfile-singleton", "locationdata-clear", "capital-keys")
def test_counters_of_a_file(box: Any) -> None:
    """entries, errors, lines and loading show a load (NITRO reference, locationparameter); Locationfile and Static are capitalised."""
    upload(box, "geo", NSGEO)
    before = box.get("locationparameter").json["locationparameter"]
    assert (before["databasemode"], before["entries"]) == ("Not applicable", "0")
    box.post("locationfile", {"Locationfile": "geo"})
    found = box.get("locationparameter").json["locationparameter"]
    assert {name: found[name] for name in ("Locationfile", "format", "Static", "entries", "lines", "errors", "loading", "databasemode")} == {
        "Locationfile": f"{PLACE}/geo", "format": "netscaler", "Static": "2", "entries": "2", "lines": "9", "errors": "1",
        "loading": "Idle", "databasemode": "File",
    }  # fmt: skip
    assert box.get("locationfile").json["locationfile"] == {"Locationfile": "geo", "format": "netscaler"}
    assert box.post("locationdata", {}, "?action=clear").status == 200
    assert box.get("locationparameter").json["locationparameter"]["entries"] == "0"
    assert box.delete("locationfile").status == 200
    assert "locationfile" not in box.get("locationfile").json
    assert box.delete("locationfile").code == 258


@pytest.mark.fact("location-continent")
def test_continent_from_the_country(lab: Any, box: Any) -> None:
    """A row with an empty continent gets it from the country (product docs)."""
    upload(box, "geo", NSGEO)
    box.post("locationfile", {"Locationfile": "geo"})
    box.put("locationparameter", {"matchwildcardtoany": "YES"})
    block(box, 'CLIENT.IP.SRC.MATCHES_LOCATION("EU.NL.*.Utrecht.*.*")')
    assert status(lab, DUTCH) == 403


NUMBERS = f'"{127 * 2**24 + 66 * 2**16}","{127 * 2**24 + 66 * 2**16 + 255}"'
DOTTED = '"127.66.0.0","127.66.0.255","1","2"'


@pytest.mark.fact("location-formats")
@pytest.mark.parametrize(
    ("form", "text", "where"),
    [
        ("ip-country", f'{NUMBERS},"RU","Russian Federation"\n', "*.RU.*.*.*.*"),
        ("ip-country-isp", f'{NUMBERS},"RU","Russian Federation","Acme"\n', "EU.RU.*.*.Acme.*"),
        ("ip-country-region-city", f'{NUMBERS},"RU","Russian Federation","North","Perm"\n', "EU.RU.North.Perm.*.*"),
        ("ip-country-region-city-isp", f'{NUMBERS},"RU","Russia","North","Perm","Acme"\n', "EU.RU.North.Perm.Acme.*"),
        ("geoip-country", f'{DOTTED},"RU","Russian Federation"\n', "*.RU.*.*.*.*"),
        ("geoip-region", f'{DOTTED},"RU","48"\n', "EU.RU.48.*.*.*"),
    ],
)
def test_other_formats(lab: Any, box: Any, form: str, text: str, where: str) -> None:
    """The columns of CTX235799."""
    upload(box, "geo", text)
    assert box.post("locationfile", {"Locationfile": f"{PLACE}/geo", "format": form}).status == 201
    box.put("locationparameter", {"matchwildcardtoany": "YES"})
    block(box, f'CLIENT.IP.SRC.MATCHES_LOCATION("{where}")')
    assert [status(lab, source) for source in (RUSSIAN, DUTCH)] == [403, 200]


@pytest.mark.parametrize("form", ["geoip-city", "geoip-country-org", "geoip-country-isp", "geoip-city-isp-org"])
def test_formats_whose_columns_are_not_known(box: Any, form: str) -> None:
    """They are documented formats (NITRO reference) with unknown columns, so they are refused."""
    upload(box, "geo", f'{DOTTED},"RU"\n')
    answer = box.post("locationfile", {"Locationfile": "geo", "format": form})
    assert (answer.code, form in answer.json["message"]) == (301, True)
    assert box.get("locationfile").json.get("locationfile") is None


@pytest.mark.fact("locationfile-missing", "locationfile-import-case")
def test_refused_files(box: Any) -> None:
    """1879, 1871, 1873 (error list); enumerations; the verb is Import, capitalised, else 1240 (NITRO reference)."""
    assert box.post("locationfile", {"Locationfile": "nope"}).code == 1879
    upload(box, "old", "NSGEO9\n")
    upload(box, "empty", "")
    assert box.post("locationfile", {"Locationfile": "old"}).code == 1871
    assert box.post("locationfile", {"Locationfile": "empty"}).code == 1873
    assert box.post("locationfile", {"Locationfile": "old", "format": "csv"}).code == 1097
    assert box.post("locationfile", {}).code == 1095
    assert box.post("locationfile", {"Locationfile": "x", "src": "local:old"}, "?action=import").code == 1240
    assert box.post("locationfile", {"Locationfile": "x", "src": "http://192.0.2.1/x"}, "?action=Import").code == 3206
    assert box.post("locationfile", {"Locationfile": "x", "src": "local:old"}, "?action=Import").status == 200
    assert box.rows("systemfile/x?args=filelocation:%2Fvar%2Fnetscaler%2Flocdb")


@pytest.mark.fact("locationfile6")
def test_ipv6_file(box: Any) -> None:
    """locationfile6 has its own formats and counters (NITRO reference)."""
    upload(box, "geo6", "NSGEO1.0\nStart\n2001:db8::,2001:db8::ffff,EU,NL,,,,\n")
    assert box.post("locationfile6", {"Locationfile": "geo6", "format": "netscaler6"}).status == 201
    assert box.get("locationparameter").json["locationparameter"]["entries6"] == "1"


@pytest.mark.fact("locationfile-while-loading", "locationfile-singleton")
def test_the_old_file_answers_while_the_new_one_loads(with_switches: Callable[..., Any]) -> None:
    """Product docs, static proximity database; loading is In progress meanwhile (NITRO reference)."""
    lab = with_switches(location_load_seconds=30.0)
    box, appliance = lab.box(), lab.simulator.appliance("gw")
    upload(box, "geo", NSGEO)
    upload(box, "none", "NSGEO1.0\nStart\n192.0.2.0,192.0.2.1,EU,NL,,,,\n")
    box.put("locationparameter", {"matchwildcardtoany": "YES"})
    block(box, 'CLIENT.IP.SRC.MATCHES_LOCATION("*.RU.*.*.*.*")')
    box.post("locationfile", {"Locationfile": "geo"})
    assert status(lab, RUSSIAN) == 200
    assert box.get("locationparameter").json["locationparameter"]["loading"] == "In progress"
    appliance.advance(31)
    assert status(lab, RUSSIAN) == 403
    box.post("locationfile", {"Locationfile": "none"})
    assert status(lab, RUSSIAN) == 403
    appliance.advance(31)
    assert status(lab, RUSSIAN) == 200


@pytest.mark.fact("locationfile-peer")
def test_pairs_need_the_file_on_both_nodes(lab: Any) -> None:
    """2027 warns if the peer has no such file (error list); after a failover no rule matches."""
    box = lab.box("pair")
    upload(box, "geo", NSGEO)
    answer = box.post("locationfile", {"Locationfile": "geo"}, "?warning=yes")
    assert (answer.status, answer.code) == (209, 2027)
    assert lab.box("pair", 1).get("locationparameter").json["locationparameter"]["entries"] == "0"
    upload(lab.box("pair", 1), "geo", NSGEO)
    assert box.post("locationfile", {"Locationfile": "geo"}, "?warning=yes").status == 201


def test_files_are_read_again_at_boot(lab: Any, box: Any) -> None:
    """Only the path is configured (command reference, add locationFile)."""
    upload(box, "geo", NSGEO)
    box.post("locationfile", {"Locationfile": "geo"})
    box.post("nsconfig", {}, "?action=save")
    appliance = lab.simulator.appliance("gw")
    appliance.write_file(f"{PLACE}/geo", "NSGEO1.0\nStart\n192.0.2.0,192.0.2.1,EU,NL,,,,\n")
    assert box.get("locationparameter").json["locationparameter"]["entries"] == "2"
    appliance.reboot()
    assert lab.box().get("locationparameter").json["locationparameter"]["entries"] == "1"


@pytest.mark.fact("location-identity", "location-custom-missing")
def test_custom_locations(lab: Any, box: Any) -> None:
    """The range is the identity; GET adds the qualifiers (NITRO reference); they are used like those of a file."""
    row = {"ipfrom": "127.68.0.0", "ipto": "127.68.255.255", "preferredlocation": 'EU.DE.*."St. Ives"'}
    assert box.post("location", row).status == 201
    found = box.rows("location")[0]
    assert (found["q2label"], found["q4label"], found["q6label"]) == ("DE", "St. Ives", "*")
    block(box, 'CLIENT.IP.SRC.MATCHES_LOCATION("EU.DE.*.St Ives.*.*")')
    assert status(lab, "127.68.0.1") == 403
    assert box.get("locationparameter").json["locationparameter"]["custom"] == "1"
    assert box.delete("location/127.68.0.0").code == 1095
    assert box.delete("location/127.68.0.0?args=ipto:127.68.0.9").code == 3014
    assert box.delete("location?args=ipfrom:127.68.0.0,ipto:127.68.255.255").status == 200


@pytest.mark.fact("location-overlap", "location-qualifiers", "location-no-update")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 3013),
        ({"ipfrom": "192.0.2.5", "ipto": "192.0.2.20"}, 3013),
        ({"ipfrom": "192.0.2.30", "ipto": "192.0.2.20"}, 1113),
        ({"ipfrom": "192.0.2.30", "ipto": "2001:db8::1"}, 2028),
        ({"ipfrom": "x", "ipto": "192.0.2.20"}, 1110),
        ({"ipfrom": "192.0.2.30", "ipto": "192.0.2.31", "preferredlocation": "*.*"}, 1828),
        ({"ipfrom": "192.0.2.30", "ipto": "192.0.2.31", "preferredlocation": "a.b.c.d.e.f.g"}, 1846),
        ({"ipfrom": "192.0.2.30", "ipto": "192.0.2.31", "preferredlocation": "a" * 257}, 1847),
        ({"ipfrom": "192.0.2.30", "ipto": "192.0.2.31", "longitude": 181}, 1108),
    ],
)
def test_refused_locations(box: Any, change: dict[str, Any], code: int) -> None:
    """Error list, GSLB section."""
    row = {"ipfrom": "192.0.2.1", "ipto": "192.0.2.9", "preferredlocation": "EU.NL"}
    assert box.post("location", row).status == 201
    assert box.post("location", {**row, **change}).code == code
    assert box.put("location", row).code == 1073


@pytest.mark.fact("location-custom-limit", "location-custom-missing")
def test_open_facts_of_locations(with_switches: Callable[..., Any]) -> None:
    """The largest number and the code of a missing one: switches."""
    box = with_switches(custom_location_limit=1, missing_location_code=258).box()
    box.post("location", {"ipfrom": "192.0.2.1", "ipto": "192.0.2.9", "preferredlocation": "EU.NL"})
    assert box.post("location", {"ipfrom": "192.0.3.1", "ipto": "192.0.3.9", "preferredlocation": "EU.NL"}).code == 1830
    assert box.delete("location/192.0.9.1?args=ipto:192.0.9.2").code == 258
