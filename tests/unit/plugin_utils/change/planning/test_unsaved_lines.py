# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines in which running and saved configuration differ, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.unsaved_changes import (
    ConfigurationTexts,
    changes_by_others,
    is_changed,
    last_change,
    object_setting_lines,
    read_unsaved_lines,
    switched_lines,
    unsaved_lines,
    unsaved_work,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError

from tests.played_together import played_together

OWNER = Owner("cve_2019_19781", 2)
OURS = "add responder policy tq_cve_2019_19781 TRUE DROP"
THEIRS = "add lb vserver web HTTP 192.0.2.9 80"
UNREADABLE = ["the appliance does not show the changes"]
BUSY = NitroError("gw-a", "GET", 503, 0, "busy")


class FakeSession:
    """Answers from a table by type; an exception is raised."""

    where = "gw-a"

    def __init__(self, running: Any, saved: Any, time: str = "") -> None:
        self.table = {"nsrunningconfig": running, "nssavedconfig": saved}
        self.table["nsconfig"] = [{"lastconfigchangedtime": time}] if time else []
        self.reads: list[str] = []

    def read(self, type_: str) -> list[Mapping[str, Any]]:
        self.reads.append(type_)
        answer = self.table[type_]
        if isinstance(answer, Exception):
            raise answer
        return [{"response": answer}] if isinstance(answer, str) else answer


def session(*running: str, saved: tuple[str, ...] = (), time: str = "") -> Any:
    return FakeSession("\n".join(["# NS13.0", *running]), "\n".join(["# NS13.0", "# Last", *saved]), time)


def record(*steps: Step, saved: bool = False, state: str = "done", kind: str = "apply", **more: Any) -> ChangeRecord:
    values: dict[str, Any] = {"format": 1, "host": "box", "kind": kind, "measure": OWNER.measure, "run": "run"}
    values |= {"started": "2020-01-17T20:00:00+00:00", "outcome": "applied", "saved": saved}
    if kind == "lockdown":
        values |= {"covers": [], "completes": [], "released": [], "vservers": []}
        values |= {"decided_by": "J", "reason": "r", "ticket": "T", "expires": "2020-01-18T20:00:00+00:00"}
    values |= {"steps": [{**step.to_json(), "state": state} for step in steps], **more}
    return ChangeRecord(Path("r"), RecordContent.from_json(values, where="the record"))


POLICY = Step("responderpolicy", ("tq_cve_2019_19781",), None, {"name": "tq_cve_2019_19781"})
FEATURE = Step("nsfeature", ("RESPONDER",), {"enabled": False}, {"enabled": True})
SWITCH = Step("lbvserver", ("web",), {"enabled": True}, {"enabled": False})
LOGGING = Step("auditsyslogparams", (), {}, {"userdefinedauditlog": "YES"})
DTLS = Step("vpnvserver_settings", ("gw",), {"name": "gw", "dtls": "ON"}, {"name": "gw", "dtls": "OFF"})
SWITCHED = ("add lb vserver web HTTP 192.0.2.9 80 -state DISABLED", THEIRS)


def test_the_answer_of_nsconfig() -> None:
    answers = {"TRUE": True, True: True, "False": False, False: False, "": None, "maybe": None}
    assert {value: is_changed({"configchanged": value}) for value in answers} == answers
    assert is_changed({}) is None
    assert (last_change(session(time="Fri")), last_change(session())) == ("Fri", "")


def test_the_lines_that_differ() -> None:
    """A feature is a line of its own, comments and blank lines are none, and no output has a secret."""
    running = ("enable ns feature LB RESPONDER", "", "  add x  ", "set y", "set y")
    saved = ("enable ns feature LB CS", "set y", "add system user u 1a2b -encrypted -timeout 9")
    expected = [
        *("+ enable ns feature RESPONDER", "+ add x"),
        *("- enable ns feature CS", "- add system user u ******** -encrypted -timeout 9"),
    ]
    assert read_unsaved_lines(ConfigurationTexts(session(*running, saved=saved))) == expected
    other = ("enable ns mode FR L3", "enable ns")
    assert read_unsaved_lines(ConfigurationTexts(session(*other))) == [f"+ {line}" for line in other]


def test_each_configuration_is_read_once_and_one_that_is_not_shown_is_not_empty() -> None:
    one = session(OURS)
    texts = ConfigurationTexts(one)
    assert [texts.running, texts.running, texts.saved, texts.saved].count(None) == 0
    assert one.reads == ["nsrunningconfig", "nssavedconfig"]
    for answer in (BUSY, [], [{}], [{"response": ""}]):
        for fake in (FakeSession(answer, "x"), FakeSession("x", answer)):
            assert read_unsaved_lines(ConfigurationTexts(fake)) is None, answer  # type: ignore[arg-type]
    assert ConfigurationTexts(FakeSession([{}, {"textblob": "x"}], "")).running == "x"  # type: ignore[arg-type]


@played_together(
    ("running", "saved", "records", "ours", "foreign"),
    [
        ((), (), [], False, []),
        ((), (), [record(POLICY)], True, []),  # a difference that the lines do not show
        ((), (), [record(POLICY, state="undone")], False, []),
        ((OURS,), (), [], True, []),  # by its name
        ((THEIRS,), (), [record(POLICY)], False, [f"+ {THEIRS}"]),
        ((OURS, THEIRS), (), [], True, [f"+ {THEIRS}"]),
        (("enable ns feature RESPONDER",), (), [record(FEATURE)], True, []),
        (("enable ns feature responder",), (), [record(FEATURE)], True, []),
        (("enable ns feature RESPONDER",), (), [record(FEATURE, saved=True)], False, ["+ enable ns feature RESPONDER"]),
        (("enable ns feature CS",), (), [record(FEATURE)], False, ["+ enable ns feature CS"]),
        (("add server RESPONDER 192.0.2.1",), (), [record(FEATURE)], False, ["+ add server RESPONDER 192.0.2.1"]),
        ((SWITCHED[0],), (SWITCHED[1],), [record(SWITCH, kind="lockdown")], True, []),
        ((SWITCHED[0],), (SWITCHED[1],), [], False, [f"+ {SWITCHED[0]}", f"- {SWITCHED[1]}"]),
        (("set audit syslogParams -userDefinedAuditlog YES",), (), [record(LOGGING)], True, []),
        (("set vpn vserver gw -dtls OFF",), (), [record(DTLS)], True, []),
        (("set vpn vserver gw2 -dtls OFF",), (), [record(DTLS)], False, ["+ set vpn vserver gw2 -dtls OFF"]),
        ((), ("add responder policy old TRUE DROP",), [record(POLICY, taken_over=["old"])], True, []),
        (('add responder policy "/Common/tq_cve_2019_19781" TRUE DROP',), (), [], True, []),
        (("add responder policy tq_cve_2019 TRUE DROP",), (), [], False, ["+ add responder policy tq_cve_2019 TRUE DROP"]),
    ],
)  # fmt: skip
def test_whose_a_difference_is(
    running: tuple[str, ...], saved: tuple[str, ...], records: list[ChangeRecord], ours: bool, foreign: list[str]
) -> None:
    unsaved = unsaved_lines(session(*running, saved=saved), OWNER, records)
    assert (unsaved.ours, unsaved.foreign) == (ours, foreign)


def test_an_unsaved_undo_of_a_setting_explains_its_lines() -> None:
    """A setting has no name, and a rollback of a mitigation restores it."""
    undo = record(Step("auditsyslogparams", (), {"userdefinedauditlog": "YES"}, {}), kind="rollback")
    assert unsaved_lines(session(OURS, THEIRS), OWNER, [undo]).foreign == [f"+ {THEIRS}"]


def test_on_the_secondary_a_change_may_be_unsaved_that_the_primary_saved() -> None:
    """There, a change that the lines do not show is none of ours."""
    records = [record(FEATURE, saved=True)]
    line = "enable ns feature RESPONDER"
    assert unsaved_lines(session(line), OWNER, records, of_secondary=True).foreign == []
    assert not unsaved_lines(session(), OWNER, [record(POLICY)], of_secondary=True).ours


def test_a_configuration_that_is_not_shown_may_have_changes_of_others() -> None:
    for records, ours in (([], False), ([record(POLICY)], True)):
        unsaved = unsaved_lines(FakeSession(BUSY, BUSY), OWNER, records)  # type: ignore[arg-type]
        assert (unsaved.ours, unsaved.foreign) == (ours, UNREADABLE)


def test_the_line_of_a_heartbeat_is_only_looked_at_by_the_heartbeat() -> None:
    beat = 'add responder policy tq_heartbeat FALSE NOOP -comment "tourniquet heartbeat v1"'
    assert not unsaved_lines(session(beat), OWNER, []).ours
    assert unsaved_lines(session(beat), Owner("heartbeat", 1), []).ours


def test_what_others_changed_since_a_time() -> None:
    more = tuple(f"add server s{number} 192.0.2.{number}" for number in range(7))
    assert changes_by_others(session(THEIRS, time="Sat"), "", OWNER, []) == ""
    assert changes_by_others(session(THEIRS, time="Fri"), "Fri", OWNER, []) == ""
    assert changes_by_others(session(OURS, time="Sat"), "Fri", OWNER, []) == ""
    assert changes_by_others(session(THEIRS, time="Fri"), "Sat", OWNER, []), "the days are compared as texts"
    said = changes_by_others(session(*more, time="Sat"), "Fri", OWNER, [])
    listed = "; ".join(f"+ {line}" for line in more[:5])
    assert said == f"gw-a: somebody else changed the configuration in the meantime: {listed}"


@pytest.mark.parametrize(
    ("changed", "pair", "records", "ours", "reads"),
    [
        ("TRUE", False, [], True, 2),
        ("", False, [], True, 2),
        ("FALSE", False, [record(POLICY)], False, 0),
        ("FALSE", True, [], False, 0),
        ("FALSE", True, [record(POLICY, state="undone")], False, 0),
        ("FALSE", True, [record(POLICY, saved=True)], True, 2),
    ],
)
def test_where_nsconfig_says_that_nothing_changed_only_a_pair_is_doubted(
    changed: str, pair: bool, records: list[ChangeRecord], ours: bool, reads: int
) -> None:
    primary = session(OURS)
    connection: Any = SimpleNamespace(primary=primary, config={"configchanged": changed}, other_nodes=(1,) * pair)
    unsaved = unsaved_work(connection, OWNER, records)
    assert (unsaved.ours, unsaved.foreign, len(primary.reads)) == (ours, [], reads)


def test_a_doubted_pair_whose_configuration_is_not_shown_is_as_nsconfig_says() -> None:
    primary: Any = FakeSession(BUSY, BUSY)
    connection: Any = SimpleNamespace(primary=primary, config={"configchanged": False}, other_nodes=(1,))
    unsaved = unsaved_work(connection, OWNER, [record(POLICY)])
    assert (unsaved.ours, unsaved.foreign) == (False, [])


def test_lines_that_only_switch_a_virtual_server() -> None:
    on, off = "- add lb vserver web HTTP 192.0.2.9 80", "+ add lb vserver web HTTP 192.0.2.9 80 -state DISABLED"
    for lines, names, ours in (
        ([off, on], {"web"}, True),
        ([off, on], {"we", "eb", "other"}, False),
        ([off], {"web"}, False),  # a new one
        ([off, on.replace("80", "81")], {"web"}, False),  # something else changed with it
        ([off.replace("web", '"we b"'), on.replace("web", '"we b"')], {"we b"}, True),
        ([f"{off} -td 5", f"{on} -td 5"], {"web"}, True),
    ):
        assert switched_lines(lines, names) == (set(lines) if ours else set()), (lines, names)


def test_lines_that_only_change_our_attributes_of_an_object_of_others() -> None:
    add, objects = "add vpn vserver gw SSL 192.0.2.9 443", {("vpnvserver_settings", ("gw",))}
    for lines, ours in (
        ([f"+ {add} -dtls OFF", f"- {add} -dtls ON"], True),
        ([f"+ {add} -dtls OFF", f"- {add}"], True),
        ([f"+ {add} -dtls OFF"], False),  # a new virtual server
        ([f"+ {add} -dtls OFF", f"- {add} -icaOnly ON"], False),
        (["+ set vpn vserver gw -dtls OFF"], True),
        (['+ set vpn vserver "gw" -dtls OFF'], True),
        (["+ set vpn vserver gw -dtls OFF -icaOnly ON"], False),
        (["+ set vpn vserver gw1 -dtls OFF"], False),
        (["+ bind vpn vserver gw -dtls OFF"], False),
    ):
        assert object_setting_lines(lines, objects) == (set(lines) if ours else set()), lines
    assert object_setting_lines(["+ set vpn vserver gw -dtls OFF"], set()) == set()
