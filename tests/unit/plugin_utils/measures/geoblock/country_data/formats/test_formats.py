# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each format is read as its publisher writes it, and an error names file, line and fix."""

from __future__ import annotations

import gzip
import os
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    BITS,
    span_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.file_reader import (
    Text,
    texts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.formats import (
    country_ranges,
    detect,
    rows,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.source import (
    SourceFormat,
)
from hypothesis import given
from hypothesis import strategies as st

DBIP = "192.0.2.0,192.0.2.255,NL\n2001:db8::,2001:db8::ffff,BE\n198.51.100.0,198.51.100.255,ZZ\n"
TOR = "# This file ...\n#\n3221225984,3221226239,NL\n3325256704,3325256959,??\n"
TOR6 = "# v6\n2001:db8::,2001:db8::ffff,NL\n2001:db8:1::,2001:db8:1::ffff,??\n"
IP2LOCATION = (
    '"0","16777215","-","-"\n"3221225984","3221226239","BO","Bolivia, Plurinational State of"\n'
    '"281473902969344","281473902969599","NL","Netherlands"\n'
    '"42540766411282592856903984951653826560","42540766411282592856903984951653892095","BE","Belgium"\n'
)
DELEGATED = (
    "# first a comment\n2|ripencc|20261120|5|19830705|20261119|+0200\nripencc|*|ipv4|*|4|summary\n"
    "ripencc|NL|ipv4|198.51.100.0|192|20200101|assigned|a-1\nripencc|RU|ipv4|192.0.2.0|256|20200101|allocated|a-2|e-stats\n\n"
    "ripencc||ipv4|203.0.113.0|256||available|\nripencc|NL|asn|64496|1|20200101|allocated|a-1\n"
    "ripencc|NL|ipv6|2001:db8::|32|20200101|allocated|a-1\nripencc||ipv6|2001:db9::|32||reserved|\n"
)
BLOCKS = (
    "network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,is_satellite_provider\n"
    "192.0.2.0/25,2750405,6252001,,0,0\n192.0.2.128/25,,2750405,,0,0\n198.51.100.0/24,,,,0,0\n203.0.113.0/24,6255148,,,0,0\n"
)
BLOCKS6 = BLOCKS.splitlines()[0] + ",is_anycast\n2001:db8::/32,2750405,2750405,,0,0,\n"
LOCATIONS = (
    "geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name,is_in_european_union\n"
    '2750405,en,EU,Europe,NL,"The Netherlands",1\n6252001,en,NA,"North America",US,"United States",0\n6255148,en,EU,Europe,,,0\n'
)


def put(folder: Path, name: str, content: str | bytes, country: str = "") -> list[Text]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return texts(path, country=country, max_bytes=1 << 20)


def read(parts: list[Text], form: str = "auto") -> list[str]:
    return [
        f"{span_text(version, (first, last))} {code} {line}"
        for _text, found in rows(form, parts)
        for version, first, last, code, line in found
    ]


def test_db_ip_has_both_families_in_one_file(tmp_path: Path) -> None:
    assert read(put(tmp_path, "a.csv", DBIP)) == [
        "192.0.2.0-192.0.2.255 NL 1",
        "2001:db8::-2001:db8::ffff BE 2",
        "198.51.100.0-198.51.100.255 ZZ 3",
    ]


def test_tor_writes_ipv4_as_numbers_and_ipv6_as_text(tmp_path: Path) -> None:
    assert read([*put(tmp_path, "geoip", TOR), *put(tmp_path, "geoip6", TOR6)]) == [
        "192.0.2.0-192.0.2.255 NL 3",
        "198.51.100.0-198.51.100.255 ZZ 4",
        "2001:db8::-2001:db8::ffff NL 2",
        "2001:db8:1::-2001:db8:1::ffff ZZ 3",
    ]


def test_ip2location_is_quoted_and_has_ipv4_within_its_ipv6_file(tmp_path: Path) -> None:
    assert read(put(tmp_path, "IP2LOCATION-LITE-DB1.IPV6.CSV", IP2LOCATION)) == [
        "0.0.0.0-0.255.255.255 ZZ 1",
        "192.0.2.0-192.0.2.255 BO 2",
        "192.0.2.0-192.0.2.255 NL 3",
        "2001:db8::-2001:db8::ffff BE 4",
    ]


def test_registries_count_addresses_in_ipv4_and_give_prefixes_in_ipv6(tmp_path: Path) -> None:
    assert read(put(tmp_path, "delegated-ripencc-extended-latest", DELEGATED)) == [
        "198.51.100.0-198.51.100.191 NL 4",
        "192.0.2.0-192.0.2.255 RU 5",
        "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff NL 9",
    ]


def test_a_record_of_a_registry_has_at_least_seven_columns_and_may_be_of_one_address(tmp_path: Path) -> None:
    lines = [
        "ripencc|nl|ipv6|2001:db8::1|128|20200101|assigned",
        "ripencc|NL|ipv6|8000::|1|20200101|allocated",
        "ripencc||ipv4|255.255.255.255|1|20200101|assigned|a|b",
        "ripencc|NL|asn|64496|1|20200101|assigned|a",
        "ripencc|NL|ipv4|192.0.2.0|256|20200101|reserved|a",
        "ripencc|*|ipv4|*|3|summary",
    ]
    assert read(put(tmp_path, "data.csv", "\n".join(["2.3|ripencc|x", *lines])), "delegated") == [
        "2001:db8::1 NL 2",
        "8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff NL 3",
        "255.255.255.255 ZZ 4",
    ]


def test_geolite2_falls_back_to_the_registered_country(tmp_path: Path) -> None:
    parts = [
        *put(tmp_path, "GeoLite2-Country-Blocks-IPv4.csv", BLOCKS),
        *put(tmp_path, "GeoLite2-Country-Blocks-IPv6.csv", BLOCKS6),
        *put(tmp_path, "GeoLite2-Country-Locations-en.csv", LOCATIONS),
    ]
    assert read(parts) == [
        "192.0.2.0-192.0.2.127 NL 2",
        "192.0.2.128-192.0.2.255 NL 3",
        "198.51.100.0-198.51.100.255 ZZ 4",
        "203.0.113.0-203.0.113.255 ZZ 5",
        "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff NL 2",
    ]


def test_geolite2_comes_as_a_zip_with_all_languages(tmp_path: Path) -> None:
    folder = "GeoLite2-Country-CSV_20261120/"
    with zipfile.ZipFile(tmp_path / "geolite2.zip", "w") as archive:
        archive.writestr(folder + "LICENSE.txt.pdf", "no text")
        archive.writestr(folder + "GeoLite2-Country-Locations-de.csv", LOCATIONS.replace("en,", "de,"))
        archive.writestr(folder + "GeoLite2-Country-Locations-en.csv", LOCATIONS)
        archive.writestr(folder + "GeoLite2-Country-Blocks-IPv4.csv", BLOCKS)
    parts = texts(tmp_path / "geolite2.zip", country="", max_bytes=1 << 20)
    assert len(read(parts)) == 4
    assert {part.date() for part in parts} == {date(2026, 11, 20)}


def test_texts_that_accompany_the_data_in_a_zip_are_left_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("LICENSE.txt", "Free for all\n")
        archive.writestr("README_LITE.TXT", "Read me\n")
        archive.writestr("COPYRIGHT.txt", "Ours\n")
        archive.writestr("IP2LOCATION-LITE-DB1.CSV", IP2LOCATION)
    assert len(read(texts(tmp_path / "a.zip", country="", max_bytes=1 << 20))) == 4


def test_geolite2_without_its_locations_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"Blocks.csv needs the file GeoLite2-Country-Locations-en.csv"):
        read(put(tmp_path, "Blocks.csv", BLOCKS))


def test_a_damaged_file_of_locations_is_named(tmp_path: Path) -> None:
    parts = [*put(tmp_path, "a.csv", BLOCKS), *put(tmp_path, "b.csv", LOCATIONS + "2750405,en,EU\n")]
    with pytest.raises(InvalidInput, match=r"b\.csv line 5: no location"):
        read(parts)


def test_plain_lists_are_of_the_country_that_the_inventory_says(tmp_path: Path) -> None:
    content = "# a list\n192.0.2.0/24 # all\n198.51.100.3-198.51.100.9\n\n203.0.113.1\n2001:db8::/32\n"
    assert read(put(tmp_path, "ru.zone", content, country="RU")) == [
        "192.0.2.0-192.0.2.255 RU 2",
        "198.51.100.3-198.51.100.9 RU 3",
        "203.0.113.1 RU 5",
        "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff RU 6",
    ]
    with pytest.raises(InvalidInput, match="name its country"):
        read(put(tmp_path, "ru.zone", content), "list")


def test_gzip_is_told_by_its_content_not_its_name(tmp_path: Path) -> None:
    assert len(read(put(tmp_path, "data", gzip.compress(DBIP.encode())))) == 3


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    assert len(read(put(tmp_path, "a.csv", b"\xef\xbb\xbf" + DBIP.replace("\n", "\r\n").encode()))) == 3


@pytest.mark.parametrize("packed", [gzip.compress(DBIP.encode() * 90000), b"\x1f\x8b\x08\x00broken", None])
def test_what_cannot_be_unpacked_is_named(tmp_path: Path, packed: bytes | None) -> None:
    if packed is None:
        with zipfile.ZipFile(tmp_path / "data", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", DBIP * 90000)
        packed = (tmp_path / "data").read_bytes()
    with pytest.raises(InvalidInput, match=r"data.* unpack"):
        read(put(tmp_path, "data", packed))


@pytest.mark.parametrize(
    ("form", "line", "problem"),
    [
        ("country_ranges", "192.0.2.0,192.0.2.9", "first,last,country"),
        ("country_ranges", "192.0.2.9,192.0.2.0,NL", "last is before first"),
        ("country_ranges", "192.0.2.0,2001:db8::,NL", "two families"),
        ("country_ranges", "192.0.2.0,3221225985,NL", "two families"),
        ("country_ranges", "192.0.2,192.0.2.9,NL", "no address"),
        ("country_ranges", f'"{"a" * 200_000}",1,NL', "field larger"),
        ("country_ranges", "192.0.2.0,192.0.2.9,NLD", "two letters"),
        ("country_ranges", f"0,{2**128},NL", "too large"),
        ("country_ranges", "192.0.2.0,192.0.2.9,N\x1bL", "two letters"),
        ("delegated", "ripencc|NL|ipv4|192.0.2.0|256", "seven columns"),
        ("delegated", "ripencc|NL|ipv4|192.0.2.0|0|20200101|assigned|a", "no valid"),
        ("delegated", "ripencc|NL|ipv4|255.255.255.0|512|20200101|assigned|a", "no valid"),
        ("delegated", "ripencc|NL|ipv6|2001:db8::1|32|20200101|assigned|a", "no valid"),
        ("delegated", "ripencc|NL|ipv6|2001:db8::|0|20200101|assigned|a", "no valid"),
        ("delegated", "ripencc|NL|ipv6|::|129|20200101|assigned|a", "no valid"),
        ("delegated", "ripencc|NLD|ipv6|2001:db8::|32|20200101|assigned|a", "no valid"),
        ("delegated", "ripencc|N1|ipv4|192.0.2.0|256|20200101|assigned|a", "no valid"),
        ("delegated", "ripencc|NL|ipv5|192.0.2.0|256|20200101|assigned|a", "no valid"),
        ("geolite2", "192.0.2.1/24,2750405,2750405,,0,0", "no network"),
        ("geolite2", "192.0.2.0/24,1,2750405,,0,0", "no geoname_id '1'"),
        ("list", "192.0.2.0/24,NL", "is no address"),
    ],
)
def test_an_error_names_file_line_and_fix(tmp_path: Path, form: str, line: str, problem: str) -> None:
    first = {"geolite2": BLOCKS.splitlines()[0]}.get(form, "# a comment")
    parts = put(tmp_path, "data.csv", f"{first}\n{line}\n", country="NL" if form == "list" else "")
    parts += put(tmp_path, "locations.csv", LOCATIONS) if form == "geolite2" else []
    with pytest.raises(InvalidInput, match=rf"data\.csv line 2: .*{problem}.*get it anew") as raised:
        read(parts, form)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("content", ["", "hello\n", "192.0.2.0/24\n", "a,b,c\n", "<html>\n"])
def test_a_format_that_is_not_sure_is_asked_for(tmp_path: Path, content: str) -> None:
    (text,) = put(tmp_path, "data", content)
    with pytest.raises(InvalidInput, match=r"geoblock_source\.format"):
        detect(text)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("geoip", "#\n# Generated: Wed, 28 Oct 2026 04:40:23 GMT\n", date(2026, 10, 28)),
        ("geoip", "# Generated: yesterday\n", date(2026, 11, 5)),
        ("delegated", DELEGATED, date(2026, 11, 19)),
        ("dbip-country-lite-2026-11.csv", DBIP, date(2026, 11, 1)),
        ("data.csv", DBIP, date(2026, 11, 5)),
    ],
)
def test_the_date_is_that_of_the_data(tmp_path: Path, name: str, content: str, expected: date) -> None:
    put(tmp_path, name, content)
    stamp = datetime(2026, 11, 5, 12, tzinfo=UTC).timestamp()
    os.utime(tmp_path / name, (stamp, stamp))
    (text,) = texts(tmp_path / name, country="", max_bytes=1 << 20)
    assert text.date() == expected


WORDS = (
    "192.0.2.0 192.0.2.255 2001:db8:: ::ffff:192.0.2.1 3221225984 NL ?? /24 - , | # ripencc ipv4 ipv6 256 32 assigned summary -1 "
    "\u0663 2750405"
)
pieces = st.sampled_from([*WORDS.split(), '"', "\n", "\x00", "\r", " "])


@given(st.lists(pieces, max_size=40).map("".join), st.sampled_from(tuple(SourceFormat)))
def test_whatever_is_in_a_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: str, form: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    parts = put(folder, "data", content, country="NL")
    if form == "geolite2":
        parts = [*put(folder, "blocks", BLOCKS + content), *put(folder, "locations", LOCATIONS)]
    try:
        found = [row for _text, several in rows(form, parts) for row in several]
    except InvalidInput as error:
        found = []
        told = str(error)
    else:
        told = ""
    assert told.isprintable()
    assert all(0 <= first <= last < 1 << BITS[version] and len(code) == 2 for version, first, last, code, _ in found)


def test_usual_rows_of_a_world_file_never_need_the_slow_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """World files have 700,000 rows."""
    content = "192.0.2.0,192.0.2.63,RU\n192.0.2.64,192.0.2.64,UA\n3221226240,3221226241,NL\n2001:db8::,2001:db8::ff,DE\n2001:db8:1::,2001:db8:1::,DE"
    parts = put(tmp_path, "world.csv", content)
    monkeypatch.setattr(country_ranges, "_carefully", pytest.fail)
    assert [row[:3] for row in country_ranges.rows(parts[0])] == [
        (4, 0xC0000200, 0xC000023F),
        (4, 0xC0000240, 0xC0000240),
        (4, 3221226240, 3221226241),
        (6, 0x20010DB8 << 96, (0x20010DB8 << 96) + 255),
        (6, (0x20010DB80001 << 80), (0x20010DB80001 << 80)),
    ]
