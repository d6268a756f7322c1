# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A name is found in each spelling that identifiers have, and not in words that happen to have its letters."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.names_in_text import (
    NamesInText,
    pieces_of,
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("De Wit", "the VPN of De Wit"),
        ("De Wit", "vs_de_wit_web"),
        ("De Wit", "lbDeWit"),
        ("De Wit", "DEWIT-2"),
        ("De Wit", "dewitweb"),
        ("De Wit B.V.", "vs-dewit"),
        ("Bos", "vs_bos_web"),
        ("Bos", "polBos1"),
        ("Bos", "bos.example"),
        ("Zorg2Go", "zorg_2_go"),
        ("Müller", "vs_MÜLLER"),
        ("1", "customer 1"),
        ("B", "customer B."),
    ],
)
def test_a_name_is_found(name: str, text: str) -> None:
    assert NamesInText(["Nobody", name]).first_in(text) == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Bos", "verbose"),
        ("Vis", "a visible division"),
        ("De Wit", "de witte kaart"),
        ("De Wit", ""),
        ("Bos", "nboss"),
        ("1", "NS12 build 50"),
        ("12", "vs_12_a"),
    ],
)
def test_letters_of_a_name_in_another_word_are_no_name(name: str, text: str) -> None:
    assert NamesInText([name]).first_in(text) == ""


def test_a_name_inside_that_of_the_own_customer_is_not_another() -> None:
    names = NamesInText(["Brouwer"], "Brouwer Transport B.V.")
    assert names.first_in("vs_brouwer_transport of BrouwerTransport") == ""
    assert names.first_in("vs_brouwer_transport and vs_brouwer_bank") == "Brouwer"
    assert NamesInText([]).first_in("x") == ""


@pytest.mark.parametrize(
    ("own", "other", "text"),
    [
        ("Brouwer", "Brouwer Transport", "vs_brouwer_transport_web"),
        ("Brouwer", "Brouwer Transport", "the Gateway of Brouwer Transport is closed"),
        ("Bos", "Bos en Lommer B.V.", "polBosEnLommer"),
        ("Smit B.V.", "Smit N.V.", "vs_smit_nv_web"),
        ("Smit B.V.", "Smit N.V.", "the Gateway of Smit N.V."),
        ("Smit", "Smit N.V.", "vs_smit_nv_web"),
    ],
)
def test_a_name_that_begins_like_that_of_the_own_customer_is_another(own: str, other: str, text: str) -> None:
    names = NamesInText([other], own)
    assert names.first_in(text) == other
    assert names.first_in(f"vs_{own} of {own}") == names.first_in(own.replace(" ", "")) == ""


@pytest.mark.parametrize(
    "who",
    ["J. Jansen", "J Jansen", "J.P. Jansen", "J. P. de Jansen", "A.-M. Jansen-de Wit", "P. van der Wit", "P. Jansens"],
)
def test_a_person_with_the_surname_of_a_customer_is_a_person(who: str) -> None:
    assert NamesInText(["Jansen", "De Wit B.V.", "Wit"], "Brouwer").is_person(who)


@pytest.mark.parametrize(
    "who",
    [
        *(
            "Jansen",
            "Jansen B.V.",
            "Bakkerij Jansen",
            "namens Jansen",
            "B.V. Jansen",
            "J. Jansen B.V.",
            "J. Bakker, Jansen",
        ),
        *("J. Bakker of Jansen", "J. de Boer", "J. Jansen 2", "J. vs_jansen", "J. ", "", "J.Jansen <x>"),
    ],
)
def test_anything_else_in_the_field_of_a_person_is_none(who: str) -> None:
    assert not NamesInText(["Jansen", "J. de Boer B.V."], "Brouwer").is_person(who)


def test_pieces() -> None:
    assert pieces_of("vs_DeWit2-web HTTPServer") == ["vs", "de", "wit", "2", "web", "httpserver"]


DECOMPOSED = "Cafe\u0301 Rood"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, text) for name in ("Café Rood", DECOMPOSED, "Cafe Rood") for text in ("vs_cafe_rood_web", "vs_CafeRood", "CAFE-ROOD", "caferoodweb")),
        *((name, text) for name in ("Café Rood", "Cafe Rood") for text in (f"the VPN of {DECOMPOSED}", "polCaféRood")),
        *(("Müller", text) for text in ("vs_muller", "vs_mueller_web", "lbMueller", "Mu\u0308ller", "MUELLER", "MÜLLER")),
        ("Mueller", "vs_Müller"),
        *(("Weiß", text) for text in ("vs_weiss", "WEISS-2", "lbWeiß")),
        *(("Bjørn & Søn", text) for text in ("vs_bjorn_son", "vs_bjoern_soen", "BjornSon")),
        *(("Łódź", text) for text in ("vs_lodz", "Lodz", "vs_łódź")),
        *(("Æro", text) for text in ("vs_aero", "Aero-web")),
        *(("Ångström", text) for text in ("vs_angstrom", "vs_aangstroem")),
        *(("Iş\u0131k", text) for text in ("vs_isik", "ISIK", "vs_iş\u0131k", "İŞIK")),
        *(("Dĳk", text) for text in ("vs_dijk", "DIJK", "lbDijk")),
        ("van Dijk", "vs_van_dĳk"),
        ("Zoë", "vs_zoe_web"),
        ("Één", "vs-een-1"),
    ],
)  # fmt: skip
def test_a_name_with_accents_is_found_in_ascii_and_in_each_form(name: str, text: str) -> None:
    assert NamesInText(["Nobody", name]).first_in(text) == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Zoë", "a zoetrope, zoeken"),
        ("Één", "iedereen, eenmaal"),
        ("Müller", "mullen, vs_mulle_1"),
        ("Łuk", "vs_lukas"),
        ("Café Rood", "the cafe is red: rode cafe"),
    ],
)
def test_a_name_without_its_accents_is_not_found_in_other_words(name: str, text: str) -> None:
    assert NamesInText([name]).first_in(text) == ""


@pytest.mark.parametrize("own", ["Café Rood", DECOMPOSED, "Cafe Rood B.V."])
def test_the_own_name_in_another_spelling_is_not_another(own: str) -> None:
    names = NamesInText(["Café", "Café Rood Bank", "Rood"], own)
    assert names.first_in("vs_cafe_rood and CaféRood") == ""
    assert names.first_in("vs_cafe_rood_bank") == "Café Rood Bank"
    assert names.first_in("vs_rood") == "Rood"


@pytest.mark.parametrize("who", ["J. Müller", "J. Mu\u0308ller", "J. Mueller"])
def test_a_person_with_an_accent_is_a_person(who: str) -> None:
    assert NamesInText(["Müller"]).first_said_by(who) == ""
    assert NamesInText(["Müller"]).first_said_by(f"{who} of Muller") == "Müller"
