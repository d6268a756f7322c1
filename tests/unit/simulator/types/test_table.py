# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of types is consistent."""

from __future__ import annotations

import pytest

from simulator.configuration.command_line import token
from simulator.network.responses import REASONS
from simulator.nitro.json_text import dumps
from simulator.traffic.pages import ignores_policies_on_vpn, is_vulnerable, path_of
from simulator.types import BINDINGS, ENTRIES, FEATURES, TYPES, Binding, Type
from simulator.types.errors import MESSAGES, STATUS, NitroError
from tests.played_together import played_together


@played_together("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entry(entry: Type | Binding) -> None:
    assert set(entry.line) <= set(entry.by_name)
    for attribute in entry.attributes:
        assert attribute.kind in {"text", "number", "count", "boolean", "list"}
        assert set(attribute.refers) <= set(TYPES)
        if attribute.default is not None and attribute.enum:
            defaults = attribute.default if attribute.kind == "list" else (attribute.default,)
            assert set(defaults) <= set(attribute.enum)
    if isinstance(entry, Type):
        assert not entry.key or entry.key in entry.by_name
        assert not entry.feature or entry.feature in FEATURES
        assert {entry.missing, entry.duplicate, entry.in_use} <= set(MESSAGES)
    else:
        assert not entry.parent or entry.parent in TYPES
        assert not entry.child or entry.child in TYPES
        assert entry.child_key in entry.by_name
        assert entry.name in BINDINGS


def test_every_code_has_a_status_with_a_reason() -> None:
    assert all(NitroError(code).status in REASONS for code in MESSAGES)
    assert set(STATUS.values()) <= set(REASONS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{ }"),
        ([], "[ ]"),
        ({"a": [{"b": "x/y"}, 1, True, None, 0.5]}, '{ "a": [ { "b": "x\\/y" }, 1, true, null, 0.5 ] }'),
        ('é"\\\n', '"\\u00e9\\"\\\\\\n"'),
    ],
)
def test_json(value: object, text: str) -> None:
    assert dumps(value) == text


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ('a"b', '"a\\"b"'),
        ("a\\r", '"a\\\\r"'),
        ("", '""'),
        (True, "YES"),
        ("#x", '"#x"'),
    ],
)
def test_words_of_the_command_line(value: object, word: str) -> None:
    assert token(value) == word


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/vpn/../vpns/", "/vpns/"),
        ("/vpn/js/%2e./.%2e/%76pns/cfg/smb.conf", "/vpns/cfg/smb.conf"),
        ("/vpn/%252e%252e/vpns/", "/vpn/%2e%2e/vpns/"),
        ("http://host/vpn/../vpns/?x", "/vpns/"),
        ("//a//b", "/a/b"),
        ("/..", "/"),
        ("*", "/*"),
    ],
)
def test_paths_as_httpd_sees_them(target: str, path: str) -> None:
    assert path_of(target) == path


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ((13, 0, 47, 22), True),
        ((13, 0, 47, 24), False),
        ((12, 1, 55, 13), True),
        ((12, 1, 55, 18), False),
        ((13, 1, 4, 43), False),
        ((10, 1, 1, 1), True),
    ],
)
def test_fixed_builds(build: tuple[int, ...], expected: bool) -> None:
    assert is_vulnerable(build) is expected


def test_ineffective_builds_are_not_monotonic() -> None:
    good = [
        build
        for build in [(50, 28), (50, 31), (51, 14), (51, 16), (51, 17), (51, 18), (51, 19), (55, 13)]
        if not ignores_policies_on_vpn((12, 1, *build))
    ]
    assert good == [(50, 31), (51, 16), (51, 19), (55, 13)]
    assert not ignores_policies_on_vpn((13, 0, 41, 20))
