# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody does to a step of closing, and who gets in then: asked of the simulated appliance, and compared with what is said of the closing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import file_limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Save
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import Key, closed_times
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.still_closed import (
    OpenAllTheSame,
    open_all_the_same,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.geoblock_stage import GeoblockStage
from tests.engine.pairs import world
from tests.engine.pairs.measures import MEASURES, Played, Switched
from tests.engine.pairs.world import SHUT_OUT, START, STRANGER, VSERVERS, Request, World
from tests.stage.memory import Stage

FLEET = world.FLEET
Write = tuple[str, str, dict[str, Any]]
POINTS = ("REQUEST", "AAA_REQUEST")
MONITOR = 'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'
BY_MONITOR, BY_PATH = Request("/nobody", agent="Nagios"), Request("/open/x")


def policy(rule: str, action: str = "NOOP", name: str = "rp") -> list[Write]:
    return [("POST", "responderpolicy", {"responderpolicy": {"name": name, "rule": rule, "action": action}})]


def in_front(goto: str = "END", name: str = "rp") -> list[Write]:
    """Bind a policy in front of all others at both virtual servers."""
    place = {"priority": 1, "gotopriorityexpression": goto}
    rows = [("vpnvserver", {"name": "gw", "policy": name, "bindpoint": point, **place}) for point in POINTS]
    rows += [("lbvserver", {"name": "site", "policyname": name, "bindpoint": "REQUEST", **place})]
    return [
        ("PUT", f"{type_}_responderpolicy_binding", {f"{type_}_responderpolicy_binding": row}) for type_, row in rows
    ]


NOTHING = [("POST", "responderaction", {"responderaction": {"name": "ra", "type": "noop"}})]
STEPS = ("notice", "partners", "paths", "countries")
OURS = "tq_closing_notice__by_hand"
BY_HAND = {
    "for a header": [*policy(MONITOR), *in_front()],
    "for a path": [*policy('HTTP.REQ.URL.STARTSWITH("/open")'), *in_front()],
    "with our prefix": [*policy(MONITOR, name=OURS), *in_front(name=OURS)],
    "with an action that does nothing": [*NOTHING, *policy("true", "ra"), *in_front()],
}


class Closed:
    """A step that is in force, and who gets in.

    :ivar before: what it lets in as it was left
    """

    def __init__(self, simulator: Simulator, folder: Path, step: str) -> None:
        simulator.reset()
        self.played: Played = MEASURES[step](World(simulator, folder))
        assert self.played.bring_in().failed == ""
        self.stage = ClosingStage(simulator, self.played.world.records)
        self.client = SHUT_OUT if step == "countries" else STRANGER
        self.before = self._lets_in()

    def write(self, *writes: Write) -> None:
        """Somebody changes the appliance."""
        with Connection(self.stage.appliance) as connection:
            for one in writes:
                connection.primary.write(*one)

    def _lets_in(self) -> set[tuple[str, Request]]:
        ask = self.played.world.ask
        every = ((vserver, request) for vserver in VSERVERS for request in (START[vserver], BY_MONITOR, BY_PATH))
        return {(vserver, request) for vserver, request in every if not ask(vserver, request, self.client).is_stopped}

    def opened(self) -> set[str]:
        """Return the virtual servers that let a request in which the step stopped."""
        return {vserver for vserver, _request in self._lets_in() - self.before}

    def said(self, *acknowledged: Acknowledgement) -> OpenAllTheSame:
        with Connection(self.stage.appliance) as connection:
            records = all_records(self.stage.records, "box", self.stage.trust)
            return open_all_the_same(connection, records, acknowledged)


def names(found: Iterable[Key]) -> set[str]:
    return {object_id[1][0] for _step, _partition, object_id in found}


@pytest.fixture
def closed(simulator: Simulator, tmp_path: Path) -> Callable[[str], Closed]:
    return lambda step: Closed(simulator, tmp_path, step)


OpenClosed = Callable[[str], Closed]


@pytest.mark.parametrize("how", BY_HAND)
@pytest.mark.parametrize("step", STEPS)
def test_no_step_is_called_closed_that_lets_chosen_requests_in(closed: OpenClosed, step: str, how: str) -> None:
    """Seen: closed, while whoever sent a header or a path that a policy in front asks for got in."""
    stands = closed(step)
    assert (stands.said().found, stands.said().not_decided) == ({}, {})
    stands.write(*BY_HAND[how])
    found = stands.said().found
    assert stands.opened() == {*VSERVERS} == names(found)
    (row,) = BY_HAND[how][-1][2].values()
    told = next(why for key, why in found.items() if key[2][1] == ("site",))
    assert told.startswith(
        (
            f"{row['policyname']} (lb vserver site REQUEST 1, END) lets requests go on",
            f"{row['policyname']} lets requests",
        )
    )


def test_the_reason_names_policy_place_condition_and_a_request(closed: OpenClosed) -> None:
    stands = closed("notice")
    stands.write(*BY_HAND["for a header"])
    told = next(why for key, why in stands.said().found.items() if key[2][1] == ("site",))
    place = f"rp (lb vserver site REQUEST 1, END) lets requests go on before ours where {MONITOR}"
    assert told == f"{place}; so would a request that it is to stop, GET / with User-Agent: Nagios"


@pytest.mark.parametrize(
    "writes",
    [
        [*policy(MONITOR), *in_front("NEXT")],
        [*policy(MONITOR, "DROP"), *in_front()],
        [*policy("false"), *in_front()],
    ],
    ids=["it goes on with ours", "it answers", "it is for nobody"],
)
def test_a_policy_in_front_that_lets_nobody_in_is_not_told(closed: OpenClosed, writes: list[Write]) -> None:
    stands = closed("notice")
    # What NITRO does not show of a binding at a Gateway may lead past ours.
    stands.write(
        *[one for one in writes if "vpnvserver" not in one[1] or writes[0][2]["responderpolicy"]["action"] != "NOOP"]
    )
    assert stands.opened() == set()
    assert (stands.said().found, stands.said().not_decided) == ({}, {})


IN_SUBNET = "CLIENT.IP.SRC.IN_SUBNET({})"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (IN_SUBNET.format("127.77.0.0/16"), ""),
        (IN_SUBNET.format("127.77.3.0/24"), ""),
        (f"{IN_SUBNET.format('127.77.0.0/16')} && {MONITOR}", ""),
        (IN_SUBNET.format("127.76.0.0/15"), "GET / from 127.76.0.0"),
        (IN_SUBNET.format("127.77.0.0/16") + ".NOT", "rp lets requests go on in front of tq_closing_partners"),
        (f"CLIENT.IP.SRC.EQ({STRANGER})", f"GET / from {STRANGER}"),
        ("CLIENT.IP.SRC.GET1.EQ(127)", "not decided"),
    ],
)
def test_of_partners_only_those_count_who_are_none(closed: OpenClosed, rule: str, told: str) -> None:
    stands = closed("partners")
    stands.write(*policy(rule), *in_front())
    said = stands.said()
    found = said.not_decided if told == "not decided" else said.found
    assert names([*said.found, *said.not_decided]) == names(found) == ({*VSERVERS} if told else set())
    assert stands.opened() <= names(found)
    assert all(told in why for why in found.values())


def test_what_cannot_be_decided_is_told_as_such(closed: OpenClosed) -> None:
    stands = closed("notice")
    stands.write(*policy("HTTP.REQ.URL.REGEX_MATCH(re#^/open[0-9]*/#)"), *in_front())
    said = stands.said()
    assert stands.opened() == names(said.not_decided) == {*VSERVERS}
    assert said.found == {}
    assert all(
        why.endswith("not decided: is a request that it is to stop among them?") for why in said.not_decided.values()
    )


def test_a_person_acknowledges_a_policy_in_front_of_a_step(closed: OpenClosed) -> None:
    stands = closed("notice")
    stands.write(*BY_HAND["for a header"])
    until = date(2099, 12, 31)
    known = Acknowledgement("J. Jansen", "our own monitoring", until, policy="rp")
    said = stands.said(known)
    assert (said.found, said.not_decided, names(said.accepted)) == ({}, {}, {*VSERVERS})
    assert all(why.endswith(f"({known})") for why in said.accepted.values())
    for other in (
        replace(known, policy="rp2"),
        replace(known, until=date(2020, 1, 1)),
        replace(known, measure="cve_2019_19781"),
    ):
        assert names(stands.said(other).found) == {*VSERVERS}


ACTION = "tq_closing_partners"
CHANGED = {
    "what is undefined passes": ("PUT", "responderpolicy", {"responderpolicy": {"undefaction": "NOOP"}}),
    "another answer": (
        "PUT",
        "responderaction",
        {"responderaction": {"name": ACTION, "target": 'HTTP.REQ.HEADER("x").VALUE(9)'}},
    ),
}


@pytest.mark.parametrize("how", CHANGED)
def test_what_a_policy_of_ours_does_with_a_request_is_compared_whole(closed: OpenClosed, how: str) -> None:
    """Seen: closed, though an action whose target is UNDEF is not taken, and a rule that is UNDEF let pass."""
    stands = closed("partners")
    method, path, body = CHANGED[how]
    for name in [row["name"] for row in _policies(stands)]:
        stands.write((method, path, {path: {**({"name": name} if path == "responderpolicy" else {}), **body[path]}}))
    assert all(why.endswith("is not as our last run left it") for why in stands.said().found.values())
    assert names(stands.said().found) == {*VSERVERS}


def _policies(stands: Closed) -> list[dict[str, Any]]:
    with Connection(stands.stage.appliance) as connection:
        return [one for one in connection.primary.read("responderpolicy") if str(one["name"]).startswith("tq_closing")]


@pytest.mark.parametrize("step", ["paths", "countries"])
def test_a_run_that_lets_the_measure_of_a_step_only_count_opens_what_it_closed(closed: OpenClosed, step: str) -> None:
    """Seen: apply.yml with the list of the inventory, which observes, opened it, and all views called it closed."""
    stands = closed(step)
    assert {one.object_id[1][0] for one in stands.stage.closed()} == {*VSERVERS}
    switched = stands.played
    assert isinstance(switched, Switched)
    assert switched.counting.bring_in().failed == ""
    assert stands.opened() == {*VSERVERS}
    assert stands.stage.closed() == []
    times = closed_times(all_records(stands.stage.records, "box", stands.stage.trust))
    assert [(one.is_saved, one.opened_by.endswith(f"{switched.world.runs:03}.json")) for one in times if one.until] == [
        (True, True)
    ] * 2


def test_a_run_on_another_measure_opens_no_step(closed: OpenClosed) -> None:
    """A mitigation that is let only count behind a notice: the notice still answers everybody."""
    stands = closed("notice")
    stage = Stage(stands.played.world.simulator, stands.played.world.records)
    stage.run = stands.played.world.next_run()
    stage.apply(save=Save.ALWAYS)
    stage.run = stands.played.world.next_run()
    stage.apply(save=Save.ALWAYS, mode=Mode.OBSERVE, who="J. Jansen", reason="it stops people")
    assert stands.opened() == set()
    assert {one.object_id[1][0] for one in stands.stage.closed()} == {*VSERVERS}


LOCATIONS = {
    "the file is gone": (("DELETE", "locationfile", {}), True, "the locationFile of our last run is not loaded"),
    "another parameter": (
        ("PUT", "locationparameter", {"locationparameter": {"matchwildcardtoany": "NO"}}),
        False,
        "the locationParameter is not as our last run left it",
    ),
}


@pytest.mark.parametrize("how", LOCATIONS)
def test_a_step_whose_countries_the_appliance_no_longer_knows_is_not_called_closed(
    simulator: Simulator, tmp_path: Path, how: str
) -> None:
    """Seen: closed, while clients of each country got in, since no location file was loaded."""
    box, stage = _closed_by_file(simulator, tmp_path)
    write, is_sure, why = LOCATIONS[how]
    records = all_records(stage.records, "box", stage.trust)
    with Connection(stage.appliance) as connection:
        before = open_all_the_same(connection, records)
        assert (before.found, before.not_decided, box.ask(SHUT_OUT, "gw").status) == ({}, {}, 0)
        connection.primary.write(write[0], write[1], write[2] or None)
        said = open_all_the_same(connection, records)
    assert names(said.found if is_sure else said.not_decided) == {*VSERVERS}
    assert all(text.startswith(why) for text in (*said.found.values(), *said.not_decided.values()))
    assert (box.ask(SHUT_OUT, "gw").status == 0) is not is_sure


def _closed_by_file(simulator: Simulator, folder: Path) -> tuple[GeoblockStage, ClosingStage]:
    simulator.reset()
    box = GeoblockStage(simulator, folder / "records", way="location", vservers=["gw", "site"])
    stage = ClosingStage(simulator, box.records)
    stage.settings[LadderStep.COUNTRIES] = {**box.settings, "mode": "observe"}
    stage.run = "closing"
    stage.close(LadderStep.COUNTRIES, ClosureScope(vips=VSERVERS))
    return box, stage


def _said(stage: ClosingStage) -> OpenAllTheSame:
    with Connection(stage.appliance) as connection:
        return open_all_the_same(connection, all_records(stage.records, "box", stage.trust))


@pytest.mark.parametrize("is_loaded", [False, True], ids=["a restart loads it", "it is loaded"])
def test_a_step_whose_location_file_was_replaced_under_its_name_is_not_called_closed(
    simulator: Simulator, tmp_path: Path, is_loaded: bool
) -> None:
    """Seen: closed, while clients of each country got in by a file of the same name, size and number of entries."""
    box, stage = _closed_by_file(simulator, tmp_path)
    (node,) = simulator.fleet.appliances["box"].nodes
    (path,) = (path for path in node.files if path.startswith("/var/netscaler/locdb/tq_"))
    before = _said(stage)
    assert (before.found, before.not_decided, before.not_compared) == ({}, {}, {})
    node.write_file(path, bytes(node.files[path].content).replace(b",lab,", b",bal,"))
    if is_loaded:
        with Connection(stage.appliance) as connection:
            connection.primary.write("DELETE", "locationfile", None)
            connection.primary.write("POST", "locationfile", {"locationfile": {"Locationfile": path}})
    said = _said(stage)
    assert (box.ask(SHUT_OUT, "gw").status == 0) is not is_loaded
    assert names(said.not_decided) == {*VSERVERS}
    assert {*said.not_decided.values()} == {
        f"the content of {path} on node 127.0.0.1 is not what our run wrote; it is loaded now, or after a restart"
    }


def test_a_location_file_that_is_gone_from_the_disk_is_told(simulator: Simulator, tmp_path: Path) -> None:
    _box, stage = _closed_by_file(simulator, tmp_path)
    (node,) = simulator.fleet.appliances["box"].nodes
    (path,) = (path for path in node.files if path.startswith("/var/netscaler/locdb/tq_"))
    del node.files[path]
    assert {*_said(stage).not_decided.values()} == {
        f"{path} is not on node 127.0.0.1 any more: a restart loads no country"
    }


def test_of_a_location_file_that_is_too_large_the_size_is_compared_and_that_is_told(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _box, stage = _closed_by_file(simulator, tmp_path)
    (node,) = simulator.fleet.appliances["box"].nodes
    (path,) = (path for path in node.files if path.startswith("/var/netscaler/locdb/tq_"))
    monkeypatch.setattr(file_limits, "LARGEST", 10)
    said = _said(stage)
    assert names(said.not_compared) == {*VSERVERS}
    assert {*said.not_compared.values()} == {
        f"the content of {path} on node 127.0.0.1: NITRO returns no file of this size, so the size alone was compared"
    }
    assert (said.found, said.not_decided) == ({}, {})
    node.write_file(path, b"NSGEO1.0\nStart\n")
    assert names(_said(stage).not_decided) == {*VSERVERS}


RENAMED = ("POST", "lbvserver?action=rename", {"lbvserver": {"name": "site", "newname": "site2"}})
REMOVED = ("DELETE", "lbvserver/site", {})


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (RENAMED, "site2 has what our run bound there: if it was renamed, it still is closed"),
        (REMOVED, "if it was renamed, nothing of ours is bound there under its new name"),
    ],
    ids=["renamed", "removed"],
)
def test_a_virtual_server_that_is_not_there_is_not_called_open(closed: OpenClosed, write: Write, says: str) -> None:
    """Seen: NOT CLOSED and OPEN on the appliance, of one that was renamed and answered everybody with the notice."""
    stands = closed("notice")
    stands.write(write)
    said = stands.said()
    assert (names(said.found), names(said.not_decided)) == (set(), {"site"})
    assert {*said.not_decided.values()} == {f"there is no lb vserver site any more; {says}"}
