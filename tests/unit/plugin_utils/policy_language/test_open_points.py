# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""UNDEF, UNDETERMINED and how readings are followed (Citrix blog 2010-03-20: UNDEF processing)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    UNDETERMINED,
    Ambiguity,
    Request,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.open_semantics import (
    LIKELIEST,
    every_reading,
)

from tests.unit.plugin_utils.policy_language.evaluation import header, value

NOT_BASE64 = 'HTTP.REQ.HEADER("X").B64DECODE.CONTAINS("a")'
UNKNOWN = 'SYS.CHECK_LIMIT("limit_login")'


@pytest.mark.parametrize(
    ("text", "short_circuit", "three_valued", "always_undef"),
    [
        (f"false && {NOT_BASE64}", False, False, UNDEF),
        (f"true && {NOT_BASE64}", UNDEF, UNDEF, UNDEF),
        (f"{NOT_BASE64} && false", UNDEF, False, UNDEF),
        (f"true || {NOT_BASE64}", True, True, UNDEF),
        (f"{NOT_BASE64} || true", UNDEF, True, UNDEF),
        (f"false || false || {NOT_BASE64} || true", UNDEF, True, UNDEF),
        (f"true.AND({NOT_BASE64})", UNDEF, UNDEF, UNDEF),
    ],
)
def test_undef_in_logic(text: str, short_circuit: object, three_valued: object, always_undef: object) -> None:
    results = [
        compile_expression(text, readings={**LIKELIEST, Ambiguity.UNDEF_IN_LOGIC: reading}).evaluate(
            Request(**header("***"))
        )
        for reading in ("short_circuit", "three_valued", "always_undef")
    ]
    assert results == [short_circuit, three_valued, always_undef]
    open_result = value(text, **header("***"))
    assert open_result is (UNDEF if set(results) == {UNDEF} else UNDETERMINED)


def test_alternative_replaces_undef() -> None:
    assert value(f"({NOT_BASE64}) ALT false", **header("***")) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UNKNOWN, UNDETERMINED),
        (f"{UNKNOWN} && false", False),
        (f"false || {UNKNOWN}", UNDETERMINED),
        (f"{UNKNOWN} || true", True),
        (f'({UNKNOWN} || {UNKNOWN}) && HTTP.REQ.URL.CONTAINS("/login")', False),
        ("SYS.RANDOM.LT(0.5)", UNDETERMINED),
        ('"id-" + SYS.RANDOM', UNDETERMINED),
        ('SYS.VSERVER("v").ACTIVESERVICES.LE(2)', UNDETERMINED),
    ],
)
def test_what_only_the_appliance_knows(text: str, expected: object) -> None:
    """A value that is defined but not known leaves open only what depends on it."""
    assert value(text) is expected


def test_neither_result_is_a_truth_value() -> None:
    for result in (UNDEF, UNDETERMINED):
        with pytest.raises(TypeError):
            bool(result)


def test_possible_results() -> None:
    rule = compile_expression('HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/")')
    assert rule.possible(Request(url="/%76pns/")) == (True, False)
    assert rule.possible(Request(url="/vpns/")) == (True,)
    assert compile_expression(UNKNOWN).possible(Request()) == (False, True)


def test_settled_points_are_not_followed() -> None:
    rule = compile_expression('HTTP.REQ.URL.CONTAINS("/vpns/")', readings=LIKELIEST)
    assert rule.evaluate(Request(url="/%76pns/")) is False


def test_every_combination_is_followed_once() -> None:
    def build(reader: object) -> tuple[str, ...]:
        first = reader.choose(Ambiguity.URL_TEXT)  # type: ignore[attr-defined]
        if first == "bytes":
            return (first,)
        return first, reader.choose(Ambiguity.UNDEF_IN_LOGIC)  # type: ignore[attr-defined]

    followed = [variant.result for variant in every_reading(build, {})]
    assert followed[0] == ("urlencoded", "short_circuit")
    assert sorted(followed) == [
        ("bytes",),
        ("urlencoded", "always_undef"),
        ("urlencoded", "short_circuit"),
        ("urlencoded", "three_valued"),
    ]


def test_points_have_keys_for_switches() -> None:
    assert Ambiguity.named("url_text") is Ambiguity.URL_TEXT
    assert set(LIKELIEST) == set(Ambiguity)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2147483646 + 1", 2147483647),
        ("2147483647 + 1", UNDETERMINED),
        ("0 - 2147483647 - 2", UNDETERMINED),
        ("65536 * 65536", UNDETERMINED),
        ("65536.MUL(65536)", UNDETERMINED),
        ("1.5 * 1000000000000.0", 1.5e12),
    ],
)
def test_a_whole_number_beyond_32_bits_is_not_guessed(text: str, expected: object) -> None:
    assert value(text) == expected
