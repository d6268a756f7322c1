# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which names, addresses and file names of an appliance may be used."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import names
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.url_encoding import encode_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together

ALLOWED = (
    *("gw", "_gw", "7", "My VPN #1", "k8s-10.1.2.3:443_x", "a@b=c", "a" * 127, "None", "NOPOLICY", "on", "1e3", "0x10"),
    *("x: y", "a #b"),  # YAML must quote them
)
FORBIDDEN = (
    *("gw{{ lookup('pipe', 'id') }}", "{% raw %}", "a\nb", "a\rb", "a\x00b", "\x1b[2J", "a\u202eb", "a\u200bb", "\u05d0", "\ud800"),
    *("../../etc/passwd", "a/b", "a%2fb", "-x", ".x", " x", "#x", "!!python/object:x", "&a", "*a", "a'b", 'a"b', "a\\b", "a,b"),
    *("a" * 128, "<script>", "a;b", "$(id)", "`id`", "a|b", "gw\n", "\uff47", "a\u0661"),
)  # fmt: skip


@played_together("name", ALLOWED)
def test_a_name_that_nitro_allows_is_used_as_it_is(name: str) -> None:
    found: set[names.UnusableName] = set()
    assert names.with_usable_names("x", {"name": name}, found) == {"name": name}
    assert found == set()


@played_together("name", FORBIDDEN)
def test_any_other_name_has_a_stand_in_and_is_shown_escaped(name: str) -> None:
    found: set[names.UnusableName] = set()
    row = names.with_usable_names("vpnvserver", {"name": name, "comment": name}, found)
    (one,) = found
    assert row == {"name": one.stand_in, "comment": name}
    assert names.is_stand_in(one.stand_in)
    assert not names.is_name(one.stand_in), "an appliance cannot send a stand-in itself"
    assert str(one).isascii()
    assert str(one).isprintable()
    assert len(str(one)) < 400
    assert str(one).startswith('vpnvserver "')


def test_the_same_name_has_the_same_stand_in_and_another_one_has_another() -> None:
    found: set[names.UnusableName] = set()
    one, two, again = (names.usable("x", name, found) for name in ("a/b", "a/c", "a/b"))
    assert one == again != two
    assert len(found) == 2
    assert names.usable("x", one, found) not in (one, two), "a stand-in that an appliance sends is no name either"


@pytest.mark.parametrize("value", [["gw"], {"name": "gw"}, ["a", {"b": None}]])
def test_what_is_no_text_is_no_name(value: Any) -> None:
    found: set[names.UnusableName] = set()
    row = names.with_usable_names("x", {"policyname": value}, found)
    assert names.is_stand_in(row["policyname"])


@pytest.mark.parametrize("key", ["Name", "NAME", "PolicyName", "aclName"])
def test_the_case_of_an_attribute_does_not_matter(key: str) -> None:
    assert names.is_stand_in(names.with_usable_names("x", {key: "a/b"}, set())[key])


def test_the_rows_of_bindings_inside_a_row_are_checked_too() -> None:
    row = names.with_usable_names("x", {"x_binding": [{"policyname": "a/b"}, {"policyname": "ok"}]}, set())
    assert [names.is_stand_in(one["policyname"]) for one in row["x_binding"]] == [True, False]


def test_a_built_in_set_of_signatures_has_the_name_that_the_vendor_gave_it() -> None:
    found: set[names.UnusableName] = set()
    assert names.usable("appfwsignatures", "*Default Signatures", found) == "*Default Signatures"
    assert found == set()
    assert names.is_stand_in(names.usable("appfwprofile", "*Default Signatures", found))
    assert names.is_stand_in(names.usable("appfwsignatures", "*Default Signature", found))


def test_an_empty_attribute_stays_empty() -> None:
    assert names.with_usable_names("x", {"logaction": "", "labelname": None}, set()) == {
        "logaction": "",
        "labelname": None,
    }


def test_nothing_is_sent_for_a_stand_in() -> None:
    stand_in = names.usable("x", "a/b", set())
    with pytest.raises(Refused, match=r"nothing is sent for the \(unusable name "):
        encode_name(stand_in)
    assert names.has_stand_in({"vpnvserver": {"Name": stand_in}})
    assert names.has_stand_in({"nsacl": [{"aclname": "a"}, {"aclname": stand_in}]})
    assert not names.has_stand_in({"responderpolicy": {"name": "a", "comment": stand_in}})


def test_only_the_first_names_are_shown() -> None:
    found: set[names.UnusableName] = set()
    for number in range(names.MOST_SHOWN + 3):
        names.usable("x", f"/{number}", found)
    texts = names.texts_of(found)
    assert len(texts) == names.MOST_SHOWN + 1
    assert texts[-1] == "3 more names that NITRO does not allow"


@given(st.text())
def test_what_is_shown_is_short_printable_ascii(text: str) -> None:
    shown = names.shown(text)
    assert shown.isascii()
    assert shown.isprintable() or not shown
    assert len(shown) < 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 60, "a" * 60),
        ("a" * 61, "a" * 60 + "... (61 characters)"),
        ("a" * 57 + "<", "a" * 57 + "\\x3c"[:3] + "... (58 characters)"),
        ("a" * 56 + "<", "a" * 56 + "\\x3c"),
    ],
)
def test_of_a_long_name_the_first_sixty_characters_are_shown(text: str, expected: str) -> None:
    assert names.shown(text) == expected


@played_together(
    ("text", "address"),
    [
        *(("192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("", "")),
        *(("010.0.0.1", ""), ("127.1", ""), ("0x7f.0.0.1", ""), ("fe80::1%eth0", ""), ("evil.example", ""), ("1.2.3.4\n", "")),
    ],
)  # fmt: skip
def test_an_address_is_an_address_and_nothing_else(text: str, address: str) -> None:
    assert names.address_of(text) == address


@pytest.mark.parametrize(
    ("value", "port"),
    [
        (443, 443),
        ("443", 443),
        ("65535", 65535),
        ("65536", 0),
        (-1, 0),
        ("9" * 5000, 0),
        ("٤٤٣", 0),
        (None, 0),
        ("*", 0),
    ],
)
def test_a_port_is_a_number_of_five_digits(value: object, port: int) -> None:
    assert names.port_of(value) == port


@played_together("name", ["..", ".", "", "a/b", "a\x00", "a\n", ".profile", "a" * 64, "a b", "ä", "-rf"])
def test_a_file_of_a_strange_name_is_left_alone(name: str) -> None:
    assert not names.is_file_name(name)


def test_the_number_of_names_that_are_remembered_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer has room for a million names, and each read added its own: gigabytes of memory."""
    monkeypatch.setattr(names, "MOST_FOUND", 3)
    found: set[names.UnusableName] = set()
    rows = [names.with_usable_names("lbvserver", {"name": f"!{number}"}, found) for number in range(10)]
    assert len(found) == 3
    assert len({row["name"] for row in rows}) == 10
    assert all(names.is_stand_in(row["name"]) for row in rows)
