# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each experiment of prove.yml, at a simulated appliance in each position of its switch: the result is that position."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Reply, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.object_reads.vserver_reads import read_vips
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.by_hand import FURTHER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.experiment import (
    OWNER,
    Experiment,
    Request,
    Risk,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.measurement import (
    Allowed,
    Laboratory,
    Measurement,
    gateway_vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.register import (
    EXPERIMENTS,
    settled_facts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.request_list import around, most_requests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.result_file import (
    result_values,
    write_result,
)

from simulator import Simulator
from simulator.fleet_file.loader import load
from simulator.fleet_file.switches import SWITCHES
from tests.engine.control_nodes import give_back_lease, take_lease
from tests.sample import PROVE_STRIDE
from tests.stage.fleet import fleet_file
from tests.unit.plugin_utils.verbs.prove.hostile_bodies import HOSTILE

BUILD = "13.1 49.15"
# What the experiments that only read need to find.
CONFIGURATION = {
    "responderpolicy": [{"name": "theirs", "rule": "false", "action": "NOOP"}],
    "responderglobal_responderpolicy_binding": [{"policyname": "theirs", "priority": 100, "type": "REQ_OVERRIDE"}],
    "vpnvserver_responderpolicy_binding": [
        {"name": "gw", "policy": "theirs", "priority": 200, "gotopriorityexpression": "END", "bindpoint": "REQUEST"}
    ],
    "nsacl": [{"aclname": "theirs", "aclaction": "DENY", "srcip": True, "srcipval": "192.0.2.7", "priority": 100}],
    "nssimpleacl": [{"aclname": "theirs", "aclaction": "DENY", "srcip": "192.0.2.8"}],
}


def fleet(**switches: Any) -> dict[str, Any]:
    return fleet_file(
        {
            "box": {
                "build": BUILD,
                "nodes": ["127.0.0.1:0"],
                "features": ["LB", "CS", "SSL", "SSLVPN", "RESPONDER"],
                "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0"}],
                "configuration": CONFIGURATION,
                "deny_list_version": 24,
            }
        },
        **switches,
    )


def with_needed(experiments: Sequence[Experiment]) -> list[Experiment]:
    """Return the experiments behind those that must have settled something before."""
    facts = [fact for one in experiments for fact, _position in one.only_where]
    needed = [one for fact in facts for one in settled_facts()[fact]]
    return [*needed, *(one for one in experiments if one not in needed)]


def named(*ids: str) -> list[Experiment]:
    return [experiment for experiment in EXPERIMENTS if experiment.id in ids]


BRIEF = [
    experiment for experiment in EXPERIMENTS if experiment.id != "set_limit"
]  # its 5,000 entries take most of the time
AT_GATEWAY = named("gateway_bind_points", "global_policies")


class Box:
    """A simulated appliance, and what is measured at it."""

    def __init__(self, simulator: Simulator, directory: Path, *, nodes: int = 1, user: str = "nsroot") -> None:
        self.simulator, self.directory = simulator, directory
        self.handle = simulator.appliance("box")
        listed = simulator.ready["appliances"]["box"]["nodes"][:nodes]
        known = {
            "nodes": [f"{node['address']}:{node['port']}" for node in listed],
            "user": user,
            "password": user,
            "ca_file": simulator.ready["ca_file"],
            "probe_networks": ["127.0.0.0/8"],
        }
        self.appliance = Appliance.from_variables("box", known)

    def sleep(self, seconds: float) -> None:
        self.handle.advance(seconds)

    def measure(
        self,
        fact: str = "",
        allowed: Allowed | None = None,
        *,
        open_session: type[Session] = Session,
        experiments: Sequence[Experiment] = EXPERIMENTS,
    ) -> Measurement:
        """Carry out the experiments of one fact, or all."""
        own = allowed or Allowed(scratch=True, gateway="gw", globally=True, marker="0123456789abcdef")
        chosen = with_needed(settled_facts()[fact]) if fact else experiments
        parameters = RunParameters(appliance=self.appliance, owner=OWNER, records=self.directory, run="run")
        with Connection(self.appliance, open_session) as connection:
            vip = gateway_vip(connection, own.gateway, read_vips(connection.primary)) if own.gateway else None
            laboratory = Laboratory(connection, own, experiments=chosen, vip=vip, sleep=self.sleep)
            return laboratory.measure(parameters)

    def configuration(self, node: int = 0) -> Any:
        """The running and the saved configuration, and the files without logs."""
        state = self.handle.state()["nodes"][node]
        files = [path for path in state["files"] if not path.startswith("/var/log/") and path != "/nsconfig/ns.conf"]
        return state["running"], state["saved"], sorted(files)


@contextmanager
def box(directory: Path, **switches: Any) -> Iterator[Box]:
    with Simulator(fleet(**switches)) as simulator:
        yield Box(simulator, directory)


def positions(fact: str) -> list[Any]:
    switch = SWITCHES[fact]
    if switch.positions is bool:
        return [False, True]
    return list(switch.positions) if isinstance(switch.positions, tuple) else [switch.default, switch.default + 1]


CASES = [(fact, position) for fact in settled_facts() for position in positions(fact)]

# The positions that show themselves only where more is made than an experiment makes; how a person settles them is in by_hand.FURTHER.
NOT_SETTLED = {
    ("systemfile_limit", 2 * 1024 * 1024 + 1),
    ("empty_unset", "systemuser"),
    ("empty_unset", "refused"),
    ("set_limit", 5001),
}
# What a release decides is measured as the position that this build has.
MEASURED_AS = {("adm_user_in_log", "by_release"): "always", ("gateway_access_log", "by_release"): "own"}


def wanted(fact: str, position: Any) -> Any:
    return MEASURED_AS.get((fact, position), position)


@pytest.mark.only_in_all
@pytest.mark.parametrize(("fact", "position"), CASES, ids=[f"{fact}={position}" for fact, position in CASES])
def test_the_result_is_the_position(tmp_path: Path, fact: str, position: Any) -> None:
    with box(tmp_path, **{fact: position}) as one:
        before = one.configuration()
        found = one.measure(fact)
        if (fact, position) in NOT_SETTLED:
            assert fact in FURTHER
            assert fact in found.open, found.settled
        else:
            assert fact in found.settled, found.open
            assert found.settled[fact].position == wanted(fact, position)
        assert one.configuration() == before
        assert (found.left, found.problem) == ([], "")


@pytest.mark.parametrize("number", range(3))
def test_all_facts_at_once_with_every_position_of_each_switch(tmp_path: Path, number: int) -> None:
    """The positions of a switch have numbers; a switch with two has the second one twice."""
    switches = {fact: positions(fact)[min(number, len(positions(fact)) - 1)] for fact in settled_facts()}
    switches["simple_acls_in_running_config"] = (
        True  # otherwise the saved one seems to have more, and nothing is written
    )
    with box(tmp_path, **switches) as one:
        before = one.configuration()
        found = one.measure()
        measured = {fact: settled.position for fact, settled in found.settled.items()}
        expected = {f: wanted(f, position) for f, position in switches.items() if (f, position) not in NOT_SETTLED}
        if switches["set_removal"] == "refused":
            expected.pop("set_limit", None)
        if switches["policy_bound_twice"] == "refused":
            del expected["global_delete_ignores_priority"]
        if not switches["global_policies_see_gateway"]:
            del expected["gateway_paths_see_policies"]
        assert measured == expected
        assert found.open.keys() == switches.keys() - expected.keys()
        assert one.configuration() == before
        assert (found.left, found.problem) == ([], "")


def test_a_result_makes_the_simulator_what_was_measured(tmp_path: Path) -> None:
    switches = {fact: positions(fact)[-1] for fact in settled_facts()}
    with box(tmp_path, **switches) as one:
        found = one.measure()
    data, page = write_result(tmp_path / "results", result_values(found, date(2026, 11, 28)))
    fleet_file = tmp_path / "fleet.yml"
    own = {"other": {"nodes": ["127.0.0.1:0"]}, "old": {"build": "12.1 55.18", "nodes": ["127.0.0.1:0"]}}
    fleet_file.write_text(
        json.dumps({"open_facts": {"result": f"results/{data.name}"}, "switches": {"gzip": False}, "appliances": own})
    )
    loaded = load(fleet_file).appliances
    assert (loaded["other"].build, loaded["old"].build) == (BUILD, "12.1 55.18")
    for fact, settled in found.settled.items():
        assert loaded["other"].switches[fact] == (False if fact == "gzip" else settled.position)
    unknown = SWITCHES.keys() - found.settled.keys()
    assert {fact: loaded["other"].switches[fact] for fact in unknown} == {
        fact: SWITCHES[fact].default for fact in unknown
    }
    text = page.read_text(encoding="utf-8")
    assert all(f"| `{fact}` |" in text for fact in found.settled)


def test_what_is_sent_was_listed(tmp_path: Path) -> None:
    """In full: each request of the log is one of the list, and no save is among them."""
    allowed = Allowed(scratch=True, gateway="gw", globally=True, marker="0123456789abcdef")
    experiments = allowed.experiments()
    steps = [step for one in experiments for step in (*one.steps, *one.removals) if isinstance(step, Request)]
    known = {(request.method, f"/nitro/v1/config/{request.sent_path}") for request in (*around(allowed), *steps)}
    with box(tmp_path) as one:
        found = one.measure(allowed=allowed)
        sent = {(entry["method"], entry["target"]) for entry in one.simulator.requests() if entry["side"] == "nitro"}
        traffic = [entry["target"] for entry in one.simulator.requests() if entry["side"] != "nitro"]
    assert sent <= known
    assert found.requests <= most_requests(allowed)
    assert not any("action=save" in target for _method, target in sent)
    own_paths = ["/oauth/idp/.well-known/openid-configuration", "/p/u/doAuthentication.do", "/gwtest/formssso"]
    assert traffic == [*(["/vpn/index.html"] * 3), *own_paths]


def test_without_permission_it_only_reads(tmp_path: Path) -> None:
    with box(tmp_path) as one:
        found = one.measure(allowed=Allowed())
        methods = {(entry["method"], entry["target"]) for entry in one.simulator.requests() if entry["method"] != "GET"}
    assert methods == {("POST", "/nitro/v1/config/login"), ("POST", "/nitro/v1/config/logout")}
    scratch = {fact for fact, experiments in settled_facts().items() if experiments[0].risk is not Risk.READ}
    assert not scratch & {*found.settled, *found.open}
    assert {fact for fact in settled_facts() if fact not in scratch} == {*found.settled, *found.open}


def test_a_simple_acl_that_the_running_configuration_hides(tmp_path: Path) -> None:
    with box(tmp_path, simple_acls_in_running_config=False) as one:
        assert one.measure(allowed=Allowed()).settled["simple_acls_in_running_config"].position is False


def test_a_set_that_keeps_its_entries_is_not_filled(tmp_path: Path) -> None:
    """Its 5,000 entries would have to be removed one by one."""
    with box(tmp_path, set_removal="refused") as one:
        before = one.configuration()
        found = one.measure()
        assert one.configuration() == before
    assert found.open["set_limit"].reason == "not carried out: it needs that set_removal is with_members"


def test_with_unsaved_changes_nothing_is_written(tmp_path: Path) -> None:
    with box(tmp_path) as one:
        theirs = {"responderaction": {"name": "theirs", "type": "noop"}}
        with Session(one.appliance, one.appliance.nodes[0]) as session:
            session.write("POST", "responderaction", theirs)
        one.simulator.clear_requests()
        with pytest.raises(Refused, match=r"these lines are: \+ add responder action theirs noop\. Save or undo them"):
            one.measure()
        assert {entry["method"] for entry in one.simulator.requests() if "log" not in entry["target"]} == {"GET"}


def test_on_a_secondary_nothing_is_measured(tmp_path: Path) -> None:
    pair = fleet()
    pair["appliances"]["box"] |= {"nodes": ["127.0.0.1:0", "127.0.0.1:0"], "primary": 1}
    with Simulator(pair) as simulator, pytest.raises(Refused, match="no primary node was found"):
        Box(simulator, tmp_path).measure()


def test_at_a_pair_both_nodes_are_as_before(tmp_path: Path) -> None:
    pair = fleet()
    pair["appliances"]["box"] |= {"nodes": ["127.0.0.1:0", "127.0.0.1:0"]}
    with Simulator(pair) as simulator:
        one = Box(simulator, tmp_path, nodes=2)
        before = [one.configuration(0), one.configuration(1)]
        found = one.measure(experiments=BRIEF)
        assert [one.configuration(0), one.configuration(1)] == before
    assert found.is_pair
    assert (found.left, found.problem, set(found.open)) == ([], "", {"empty_unset"})


def test_a_feature_that_is_off_is_no_position(tmp_path: Path) -> None:
    off = fleet()
    off["appliances"]["box"]["features"] = ["LB", "SSL", "SSLVPN"]
    with Simulator(off) as simulator:
        found = Box(simulator, tmp_path).measure(experiments=AT_GATEWAY)
    assert {"gateway_bind_points", "global_policies_see_gateway"} <= found.open.keys()
    assert "the feature RESPONDER is on" in found.open["gateway_bind_points"].reason


def test_counters_that_lag_are_no_position(tmp_path: Path) -> None:
    with box(tmp_path, counters_lag_seconds=60.0) as one:
        found = one.measure(experiments=AT_GATEWAY)
    assert {"gateway_bind_points", "global_policies_see_gateway"} <= found.open.keys()


def test_an_evaluation_that_is_wrong_is_no_position(tmp_path: Path) -> None:
    """An appliance that turns each result round fails the controls."""
    with box(tmp_path) as one:
        one.handle.fault("inverted_evaluation")
        found = one.measure(allowed=Allowed(scratch=True), experiments=BRIEF)
    language = {fact for fact in found.settled if fact.startswith("language_")}
    assert language == set()


def test_a_missing_right_leaves_its_facts_open(tmp_path: Path) -> None:
    limited = fleet()
    denied = {"policyname": "p0", "action": "DENY", "cmdspec": "^add (policy|responder action)"}
    every = {"policyname": "p1", "action": "ALLOW", "cmdspec": ".*"}
    limited["appliances"]["box"] |= {
        "users": {"nsroot": "nsroot", "few": "few"},
        "configuration": {
            **CONFIGURATION,
            "systemcmdpolicy": [denied, every],
            "systemuser_systemcmdpolicy_binding": [
                {"username": "few", "policyname": f"p{number}", "priority": 10 + number} for number in range(2)
            ],
        },
    }
    with Simulator(limited) as simulator:
        one = Box(simulator, tmp_path, user="few")
        before = one.configuration()
        found = one.measure(
            allowed=Allowed(scratch=True), experiments=named("responder_actions", "bindings_of_policies")
        )
        assert one.configuration() == before
    assert found.open["delete_body"].reason == "make tq_prove__action_1: HTTP 403, errorcode 2138"
    assert found.settled["priority_taken_status"].position == 599
    assert found.left == []


SESSION_SECONDS = 1000.0


class Died(BaseException):
    """The control node is gone."""


class Mortal(Session):
    """A session that dies at the request with a number, with all that comes after it."""

    last = 0
    sent = 0

    def _exchange(self, *arguments: Any, **more: Any) -> Any:
        Mortal.sent += 1
        if Mortal.last and Mortal.sent > Mortal.last:
            raise Died
        return super()._exchange(*arguments, **more)


def requests_of_a_run(directory: Path) -> int:
    Mortal.sent = Mortal.last = 0
    with box(directory) as one:
        one.measure(open_session=Mortal, experiments=BRIEF)
    return Mortal.sent


def test_after_a_death_at_any_request_the_next_run_removes_what_is_left(tmp_path: Path) -> None:
    number = requests_of_a_run(tmp_path / "count")
    with box(tmp_path / "deaths") as one:
        before, found_something = one.configuration(), 0
        for last in range(8, number, PROVE_STRIDE):
            Mortal.sent, Mortal.last = 0, last
            with pytest.raises(Died):
                one.measure(open_session=Mortal, experiments=BRIEF)
            one.sleep(SESSION_SECONDS)  # the session of the dead run ends
            found = one.measure(experiments=BRIEF)
            found_something += bool(found.removed)
            assert (found.left, found.problem) == ([], ""), last
            assert found.open.keys() == {"empty_unset"}, last
            assert one.configuration() == before, last
    assert found_something


def test_answers_without_sense_settle_nothing_and_leave_nothing(tmp_path: Path) -> None:
    """Each answer to an experiment is another body of HOSTILE, with each status; the requests are carried out."""
    bodies = itertools.cycle((body, code) for body in HOSTILE for code in (200, 201, 207, 209, 599))

    class Lying(Session):
        def ask(self, *arguments: Any, **more: Any) -> Reply:
            super().ask(*arguments, **more)
            body, code = next(bodies)
            return Reply(code, body, cookies=("evil-name",))

    with box(tmp_path) as one:
        before = one.configuration()
        found = one.measure(open_session=Lying, experiments=BRIEF)
        assert (one.configuration(), found.left) == (before, [])
    assert "evil" not in json.dumps(result_values(found, date(2026, 11, 28)))


def test_an_appliance_that_is_lost_is_told_with_what_may_be_left(tmp_path: Path) -> None:
    """Somebody cuts the network in the middle: the run ends with the names, and without a claim."""
    with box(tmp_path) as one:

        class Cut(Session):
            def ask(self, method: str, path: str, *arguments: Any, **more: Any) -> Reply:
                if path == "lbvserver_responderpolicy_binding":
                    one.handle.unreachable()
                return super().ask(method, path, *arguments, **more)

        few = named("bindings_of_policies", "string_map")
        found = one.measure(open_session=Cut, allowed=Allowed(scratch=True), experiments=few)
        assert found.left == ["what is named tq_prove__..."]
        assert "box" in found.problem
        assert all("127.0.0.1" not in still.reason for still in found.open.values())
        one.handle.unreachable(False)
        again = one.measure(allowed=Allowed(scratch=True), experiments=few)
        assert again.removed
        assert again.left == []


def test_a_run_that_has_lost_its_lease_removes_nothing_and_names_what_is_left(tmp_path: Path) -> None:
    """Somebody breaks it in the middle of an experiment; the next run removes what that one has left."""
    with box(tmp_path) as one:
        later: list[str] = []

        class Broken(Session):
            def ask(self, method: str, path: str, *arguments: Any, **more: Any) -> Reply:
                if method == "DELETE" and later:
                    later.append(path)
                reply = super().ask(method, path, *arguments, **more)
                if path == "lbvserver_responderpolicy_binding" and not later:
                    take_lease(one.simulator)
                    later.append("")
                return reply

        few = named("bindings_of_policies", "string_map")
        found = one.measure(open_session=Broken, allowed=Allowed(scratch=True), experiments=few)
        assert later == [""], "no removal was sent"
        assert "so it writes nothing any more, not even an undo. Its scratch objects" in found.problem
        assert any(name.startswith("tq_prove__") for name in found.left)
        for node in one.simulator.fleet.appliances["box"].nodes:
            give_back_lease(node)
        again = one.measure(allowed=Allowed(scratch=True), experiments=few)
        assert (again.removed != [], again.left, again.problem) == (True, [], "")


def test_a_lease_that_cannot_be_read_does_not_keep_scratch_objects(tmp_path: Path) -> None:
    """It was not lost before, and no experiment is begun any more: what was made goes."""
    with box(tmp_path) as one:
        before = one.configuration()

        class Once(Session):
            fails = 0

            def ask(self, method: str, path: str, *arguments: Any, **more: Any) -> Reply:
                if path == "lbvserver_responderpolicy_binding":
                    Once.fails = 2
                return super().ask(method, path, *arguments, **more)

            def read(self, type_: str, *arguments: Any, **more: Any) -> Any:
                if type_ == "systemfile" and arguments and Once.fails:
                    Once.fails -= 1
                    raise NitroError(self.where, "GET systemfile", 500, 1, "busy")
                return super().read(type_, *arguments, **more)

        few = named("bindings_of_policies", "string_map")
        found = one.measure(open_session=Once, allowed=Allowed(scratch=True), experiments=few)
        assert (found.left, one.configuration()) == ([], before)
        assert "busy" in found.problem


def test_objects_at_a_gateway_are_removed_only_where_it_is_named(tmp_path: Path) -> None:
    with box(tmp_path) as one:
        before = one.configuration()
        Mortal.sent, Mortal.last = 0, 0

        class Last(Session):
            def ask(self, method: str, path: str, *arguments: Any, **more: Any) -> Reply:
                if path == "responderpolicy/tq_prove__gateway_aaa" and method == "GET":
                    raise Died
                if method == "DELETE":
                    raise Died
                return super().ask(method, path, *arguments, **more)

        with pytest.raises(Died):
            one.measure("gateway_bind_points", open_session=Last)
        without = one.measure(allowed=Allowed(scratch=True), experiments=named("string_map"))
        assert without.left == ["tq_prove__gateway_request", "tq_prove__gateway_aaa"]
        again = one.measure(experiments=AT_GATEWAY)
        assert again.removed == without.left
        assert (again.left, one.configuration()) == ([], before)


def test_a_gateway_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with box(tmp_path) as one:
        with pytest.raises(Refused, match=r"box: there is no Gateway gx\. Nothing was changed\."):
            one.measure(allowed=Allowed(scratch=True, gateway="gx"))
        assert not any(entry["method"] == "POST" and "log" not in entry["target"] for entry in one.simulator.requests())
