# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Management logs by syslog: planned, read back, saved, exactly reversible, and said of a release that has no such setting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.management_log.measure import (
    VARIABLE,
    load_management_log,
)

from simulator import Simulator
from tests.engine.settings_stage import Settings
from tests.stage.fleet import fleet_file

ADD = "add audit syslogAction {name} 192.0.2.9 -logLevel ALL"


class Servers(Settings):
    """An appliance with syslog servers."""

    def ask(self, *names: str) -> Servers:
        """:param names: the syslog servers that the inventory names"""
        self.mitigation = load_management_log(list(names), self.name, date(2026, 10, 1))
        return self

    def shown(self, name: str) -> tuple[Any, Any]:
        (row,) = (row for row in self.rows("auditsyslogaction") if row["name"] == name)
        return row.get("managementlog"), row.get("mgmtloglevel")

    def save(self) -> None:
        with Connection(self.appliance) as connection:
            connection.primary.save()


@pytest.fixture
def box(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> Callable[..., Servers]:
    def open_one(build: str = "14.1 73.37", nodes: int = 1, **servers: Any) -> Servers:
        fleet = fleet_file({"box": {"build": build, "nodes": ["127.0.0.1:0"] * nodes}})
        stage = Servers(start(fleet), tmp_path, load_management_log([], "box", date(2026, 10, 1)))
        with Connection(stage.appliance) as connection:
            for name, more in servers.items():
                row = {"name": name, "serverip": "192.0.2.9", "loglevel": ["ALL"], **more}
                connection.primary.write("POST", "auditsyslogaction", {"auditsyslogaction": row})
            connection.primary.save()
        return stage

    return open_one


def test_it_is_set_read_back_saved_and_taken_back(box: Callable[..., Servers]) -> None:
    """A server that is not named stays as it is; one that got a part of the logs gets exactly this part again."""
    some = {"managementlog": ["SHELL", "ACCESS"], "mgmtloglevel": ["ERROR", "WARNING"]}
    stage = box(nodes=2, loghost={}, siem=some, other={}).ask("loghost", "siem")
    before = stage.lines()
    plan = stage.plan()
    assert [line for step in plan.plan.steps for line in step.lines()] == [
        "set audit syslogAction loghost -managementlog ALL -mgmtloglevel ALL",
        "set audit syslogAction siem -managementlog ALL -mgmtloglevel ALL",
    ]
    assert [line for step in plan.plan.steps for line in step.inverse.lines()] == [
        "unset audit syslogAction loghost -managementlog -mgmtloglevel",
        "set audit syslogAction siem -managementlog SHELL ACCESS -mgmtloglevel ERROR WARNING",
    ]
    assert (plan.verdict.word, plan.foreseen) == ("not in place", ())
    result = stage.apply()
    assert (result.verdict.word, result.saved_now) == ("enforcing", True)
    assert result.verdict.reason == "the settings are read back"
    assert stage.shown("loghost") == stage.shown("siem") == (["ALL"], ["ALL"])
    assert stage.shown("other") == (None, None)
    again = stage.apply()
    assert (again.changed, again.record, again.verdict.word) == (False, "", "enforcing")
    assert (stage.status().verdict.word, stage.status().drift) == ("enforcing", ())
    assert stage.rollback(why="undo").plan.steps
    assert stage.shown("siem") == (["SHELL", "ACCESS"], ["ERROR", "WARNING"])
    assert stage.lines() == stage.lines("nssavedconfig") == before


def test_what_the_inventory_no_longer_names_is_taken_back(box: Callable[..., Servers]) -> None:
    """The next run follows the inventory: one server more, one less, none."""
    stage = box(loghost={}, siem={}).ask("loghost")
    before = stage.lines()
    stage.apply()
    assert stage.ask("loghost", "siem").status().verdict.word == "superseded"
    assert stage.apply().verdict.word == "enforcing"
    assert stage.ask("siem").status().verdict.word == "superseded"
    assert stage.apply().verdict.word == "enforcing"
    assert (stage.shown("loghost"), stage.shown("siem")) == ((None, None), (["ALL"], ["ALL"]))
    assert stage.ask().status().verdict.word == "superseded"
    assert stage.apply().verdict.word == "not asked for"
    assert stage.lines() == stage.lines("nssavedconfig") == before
    assert (stage.apply().changed, stage.status().verdict.word) == (False, "not asked for")


def test_somebody_else_changes_it(box: Callable[..., Servers]) -> None:
    """It is drift, which apply corrects; a rollback is refused where it is not as we left it."""
    stage = box(loghost={}).ask("loghost")
    stage.apply()
    stage.write("auditsyslogaction", {"name": "loghost", "managementlog": ["NSMGMT"]})
    stage.save()
    drifted = stage.status()
    assert drifted.verdict.word == "drifted"
    assert "managementlog: expected ALL, found NSMGMT" in " ".join(drifted.drift)
    assert stage.apply().verdict.word == "enforcing"
    stage.write("auditsyslogaction", {"name": "loghost", "managementlog": ["ACCESS"]})
    stage.save()
    with pytest.raises(Refused, match="audit syslogAction loghost was changed since by somebody else"):
        stage.rollback(why="after_fix")
    assert stage.shown("loghost")[0] == ["ACCESS"]


def test_what_somebody_else_has_set_is_not_ours(box: Callable[..., Servers]) -> None:
    """It is in place, nothing is written, and nothing is taken back."""
    stage = box(loghost={"managementlog": ["SHELL", "NSMGMT", "ACCESS"], "mgmtloglevel": ["ALL"]}).ask("loghost")
    result = stage.apply()
    assert (result.verdict.word, result.changed) == ("enforcing", False)
    assert not stage.rollback(why="after_fix").plan.steps


@pytest.mark.parametrize("options", [{}, {"force": True}])
def test_a_release_without_it_is_reported_and_gets_nothing(
    box: Callable[..., Servers], options: dict[str, Any]
) -> None:
    stage = box("13.0 92.31", loghost={}).ask("loghost")
    result = stage.apply(**options)
    assert (result.verdict.word, result.changed) == ("ineffective on this build", False)
    assert result.verdict.reason == "13.0 92.31: audit syslogAction has no managementlog before 13.1"
    assert result.verdict.next_action == "upgrade to 13.1 or later, or take it out of the inventory of box"
    assert not [
        one for one in stage.simulator.requests() if "syslogaction" in one["target"].lower() and one["method"] == "PUT"
    ]


def test_a_release_without_it_needs_nothing_where_the_inventory_asks_for_nothing(box: Callable[..., Servers]) -> None:
    verdict = box("13.0 92.31", loghost={}).ask().status().verdict
    assert (verdict.word, verdict.exit_code) == ("not asked for", 0)


def test_status_names_the_fix_of_a_server_that_is_not_there(box: Callable[..., Servers]) -> None:
    stage = box(loghost={}).ask("loghost", "typo")
    fix = f"correct the name in host_vars of box: `{VARIABLE}: [...]`, or add the server, then apply.yml"
    assert (stage.status().verdict.word, stage.status().verdict.next_action) == ("not in place", fix)
    stage.ask("loghost").apply()
    stage.ask("loghost", "typo")
    assert (stage.status().verdict.word, stage.status().verdict.next_action) == ("partly", fix)


def test_a_server_that_is_not_there_is_named(box: Callable[..., Servers]) -> None:
    stage = box(loghost={}).ask("loghost", "loghots")
    with pytest.raises(
        Refused,
        match=r"there is no audit syslogAction loghots\. .*Correct the name in host_vars of box: `netscaler_management_log_servers",
    ):
        stage.apply()
    assert stage.shown("loghost") == (None, None)
    assert stage.status().verdict.word in ("not in place", "partly")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("loghost", "is text"),
        ([5], "has as entry 1 a number"),
        ([""], "has as entry 1 an empty text"),
        (["a" * 128], "has as entry 1 a text of more than 127 characters"),
        (["a\nb"], "has as entry 1 a text with control characters"),
        (["a", "a"], "has a twice"),
    ],
)
def test_what_is_no_list_of_names_is_refused(value: Any, text: str) -> None:
    with pytest.raises(InvalidInput, match=f"^gw: {VARIABLE} {text}"):
        load_management_log(value, "gw", date(2026, 10, 1))
