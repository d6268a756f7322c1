# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing, reading and writing a configuration gives the same text, for any configuration of any types."""

from __future__ import annotations

import contextlib
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.configuration import acls, certificate_pairs, nsconf_reader, nsconf_writer
from simulator.configuration.command_line import Word, token, words
from simulator.configuration.configuration import Configuration
from simulator.types import BINDINGS, FEATURES, MODES, TYPES
from simulator.types.errors import NitroError
from tests import sample
from tests.unit.simulator.rows import NAMES, appliance, row

FEW = settings(max_examples=sample.examples(150), deadline=None, suppress_health_check=list(HealthCheck))


ENVIRONMENT = appliance()


def configuration_of(seed: int) -> Configuration:
    """Return a random configuration: objects are made, changed, bound, renamed and removed."""
    luck, made = Random(seed), Configuration()
    for noun, known in (("feature", FEATURES), ("mode", MODES)):
        made.switch(f"ns{noun}", noun, luck.sample(list(known.values()), luck.randint(0, 5)), True)
    for type_ in TYPES.values():
        for _ in range(luck.randint(0, 5)):
            attempt(made.create if type_.can_create else made.update, type_, row(type_, luck))
    for type_ in TYPES.values():
        attempt(made.update, type_, row(type_, luck))
    for binding in BINDINGS.values():
        for _ in range(luck.randint(0, 10)):
            attempt(made.bind, binding, row(binding, luck))
    attempt(certificate_pairs.link, made, luck.choice(NAMES[1:3]), NAMES[0])
    for name in acls.EXTENDED:
        if luck.random() < 0.5:
            acls.apply(made, name, ENVIRONMENT)
        attempt(made.update, TYPES[name], row(TYPES[name], luck))
    for type_ in TYPES.values():
        if type_.key and luck.random() < 0.1:
            attempt(made.delete, type_, luck.choice(NAMES))
        if "rename" in type_.actions and luck.random() < 0.2:
            attempt(made.rename, type_, {type_.key: luck.choice(NAMES), "newname": luck.choice(NAMES)})
    return made


def attempt(operation: Any, *arguments: Any) -> None:
    with contextlib.suppress(NitroError):
        operation(*arguments, ENVIRONMENT)


@FEW
@given(seed=st.integers(0, 2**32))
def test_print_load_print_is_the_identity(seed: int) -> None:
    text = nsconf_writer.text(ENVIRONMENT.build, configuration_of(seed))
    loaded = nsconf_reader.load(text, ENVIRONMENT)
    assert loaded.unknown == []
    assert nsconf_writer.text(ENVIRONMENT.build, loaded.configuration) == text


def test_some_of_everything_is_made() -> None:
    """The property is tested only if random rows of every type are accepted."""
    made = {name for seed in range(200) for name in configuration_of(seed).rows}
    assert set(TYPES) | set(BINDINGS) <= made


@FEW
@given(written=st.text(max_size=40))
def test_a_word_is_read_as_it_was_written(written: str) -> None:
    line = token(written)
    assert "\n" not in line
    assert [word.text for word in words(f"a {line} b")] == ["a", written, "b"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('add x "a \\"b\\" \\q" c', ["add", "x", 'a "b" \\q', "c"]),
        ("add 'it\\'s' x", ["add", "it's", "x"]),
        ("add q{a}b} c", ["add", "a}b", "c"]),
        ('add q/a\\n"/ c', ["add", 'a\\n"', "c"]),
        ('add p HTTP.REQ.URL.CONTAINS( "a b" ) NOOP', ["add", "p", 'HTTP.REQ.URL.CONTAINS( "a b" )', "NOOP"]),
        ("# comment", []),
        ("add x # comment", ["add", "x"]),
        ("add x#y", ["add", "x#y"]),
    ],
)
def test_words_of_a_line(line: str, expected: list[str]) -> None:
    assert [word.text for word in words(line)] == expected


@pytest.mark.parametrize("line", ['add "x', "add q{x", "add 'x\\'"])
def test_open_quotes(line: str) -> None:
    with pytest.raises(ValueError, match="is not closed"):
        words(line)


def test_a_quoted_word_is_no_option() -> None:
    assert Word("-x").option == "x"
    assert Word("-x", quoted=True).option == ""
    assert Word("-1").option == ""


EXPORTED = """#NS13.1 Build 53.24
# Last modified by `save config`, Mon May  8 14:59:07 2017
set ns config -IPAddress 192.0.2.10 -netmask 255.255.255.0
enable ns feature LB SSL RESPONDER Nonsense
enable ns mode FR L3 Edge
set ns hostName gw1
add server back 192.0.2.80
add lb vserver web HTTP 192.0.2.20 80 -persistenceType NONE -noSuchOption None -nosuch 180 -comment "the web"
add responder policy p "HTTP.REQ.URL.CONTAINS(\\"/x\\")" DROP
add responder policy q q{HTTP.REQ.URL.EQ("/y")} NOSUCHACTION
bind lb vserver web -policyName p -priority 10 -gotoPriorityExpression END -type REQUEST
bind lb vserver web -policyName rewritten -priority 10 -gotoPriorityExpression END -type RESPONSE
"""


def test_an_exported_file() -> None:
    """Unknown lines and options are listed with their numbers; the rest is read."""
    loaded = nsconf_reader.load(EXPORTED, ENVIRONMENT)
    configuration = loaded.configuration
    assert configuration.features == ["LB", "SSL", "RESPONDER"]
    assert configuration.table("lbvserver")["web",]["comment"] == "the web"
    assert configuration.table("responderpolicy")["p",]["rule"] == 'HTTP.REQ.URL.CONTAINS("/x")'
    assert configuration.table("lbvserver_responderpolicy_binding")
    assert [line.split(": ", 2)[:2] for line in loaded.unknown if "server back" not in line] == [
        ["line 4", "unknown feature Nonsense"],
        ["line 8", "unknown option -noSuchOption"],
        ["line 8", "unknown option -nosuch"],
        ["line 10", "Invalid responder action (2824)"],
        ["line 12", "No such policy exists (2054)"],
    ]


def test_services_by_address() -> None:
    """Commands name a server or an address (command reference, add service and bind serviceGroup)."""
    lines = "add service s 10.0.0.9 HTTP 80", "add serviceGroup g HTTP", "bind serviceGroup g 10.0.0.10 80"
    loaded = nsconf_reader.load("\n".join(lines), ENVIRONMENT)
    assert loaded.unknown == []
    assert [row["ipaddress"] for row in loaded.configuration.table("server").values()] == ["10.0.0.9", "10.0.0.10"]
