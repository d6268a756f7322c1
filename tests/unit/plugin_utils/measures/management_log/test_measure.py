# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure management_log: the names it takes, and the settings it asks for."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, NotFound
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.management_log.kind import SERVERS, SETTINGS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.management_log.measure import (
    LONGEST_NAME,
    MOST_SERVERS,
    WANTED,
    ManagementLog,
    load_management_log,
)

OWNER = Owner("management_log", 1)
TODAY = date(2026, 12, 3)
NEW, OLD = Build.parse("14.1 51.80"), Build.parse("12.1 55.18")


def load(*names: object) -> ManagementLog:
    return load_management_log([*names], "gw", TODAY)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("central", "is text. Write a list"),
        ([""], "has as entry 1 an empty text"),
        (["a", " "], "has as entry 2 an empty text"),
        (["x" * (LONGEST_NAME + 1)], f"a text of more than {LONGEST_NAME} characters"),
        (["a\x1bb"], "a text with control characters"),
        (["a", "b", "a"], "has a twice"),
        ([f"s{number}" for number in range(MOST_SERVERS + 1)], f"has {MOST_SERVERS + 1} entries"),
    ],
)
def test_what_is_no_list_of_names_is_refused_with_its_place(value: object, problem: str) -> None:
    with pytest.raises(InvalidInput, match="gw: ") as raised:
        load_management_log(value, "gw", TODAY)
    assert problem in str(raised.value)


def test_the_longest_name_and_the_longest_list_are_taken() -> None:
    assert load("x" * LONGEST_NAME).servers == ("x" * LONGEST_NAME,)
    most = [f"s{number}" for number in range(MOST_SERVERS)]
    assert load(*most).servers == tuple(most)
    assert load().servers == ()


def connection(build: Build, answer: Any) -> Any:
    def read(type_: str) -> list[dict[str, Any]]:
        assert type_ == SERVERS
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    appliance = SimpleNamespace(name="gw")
    return SimpleNamespace(build=build, primary=SimpleNamespace(read=read, where="gw"), appliance=appliance)


ROWS = [{"name": name, "serverip": "192.0.2.7", "managementlog": ["NONE"]} for name in ("central", "other")]


def test_each_named_server_gets_all_logs_and_no_other_is_touched() -> None:
    found = load("central").resolve(connection(NEW, ROWS), OWNER, None)
    assert {*found.document.objects} == {(SETTINGS, ("central",))}
    assert WANTED.items() <= found.document.objects[SETTINGS, ("central",)].items()
    assert (found.is_wanted, found.not_covered, found.refusals) == (True, (), ())


@pytest.mark.parametrize("answer", [[], ROWS[1:], NotFound("gw", "GET", 404, 344, "none")])
def test_a_server_that_is_not_there_is_refused_with_its_name(answer: Any) -> None:
    found = load("central").resolve(connection(NEW, answer), OWNER, None)
    assert found.document.objects == {}
    assert found.not_covered == ("there is no audit syslogAction central",)
    ((problem, fix),) = found.refusals
    assert problem == "there is no audit syslogAction central."
    assert "Correct the name" in fix


def test_without_names_nothing_is_read_or_wanted() -> None:
    found = load().resolve(connection(NEW, RuntimeError("nothing is read")), OWNER, None)
    assert (found.is_wanted, found.document.objects) == (False, {})


def test_a_release_without_the_setting_is_asked_nothing() -> None:
    measure = load("central")
    assert measure.ineffective_because(OLD)
    found = measure.resolve(connection(OLD, RuntimeError("nothing is read")), OWNER, None)
    assert (found.is_wanted, found.document.objects) == (True, {})
