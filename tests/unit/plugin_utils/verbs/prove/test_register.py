# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The experiments as data: they cover the switches of the simulator, and none of them touches what is not its own."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.never_sent import (
    CONFIG,
    is_never_sent,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Reply
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove import scratch_sets
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.by_hand import BY_HAND, FURTHER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.experiment import (
    NAME,
    Experiment,
    Request,
    Risk,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.large_values import FileContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.measurement import Allowed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.observations import (
    errorcode,
    is_one_of,
    sign,
    status,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.register import (
    EXPERIMENTS,
    settled_facts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.request_list import listed

from simulator.fleet_file.switches import SWITCHES, check
from tests.played_together import played_together
from tests.unit.plugin_utils.verbs.prove.hostile_bodies import HOSTILE

ALL = Allowed(scratch=True, gateway="gw one", globally=True, marker="f00d")
each = played_together("experiment", ALL.experiments(), ids=lambda experiment: experiment.id)
# The types whose objects may be made. Users, ACLs, features, settings, routes and addresses are not among them.
SCRATCH_TYPES = {
    *("responderaction", "responderpolicy", "responderpolicylabel", "auditmessageaction", "lbvserver", "csvserver"),
    *("lbvserver_responderpolicy_binding", "csvserver_lbvserver_binding", "systemfile", "policypatset"),
    *("policypatset_pattern_binding", "policydataset", "policydataset_value_binding", "policystringmap"),
    *("policystringmap_pattern_binding", "macroapi"),
}
OF_RISK = {
    Risk.READ: {"login"},
    Risk.SCRATCH: SCRATCH_TYPES,
    Risk.GATEWAY: {"responderpolicy", "vpnvserver_responderpolicy_binding"},
    Risk.GLOBAL: {
        *("responderpolicy", "vpnvserver_responderpolicy_binding", "responderglobal_responderpolicy_binding"),
        *("lbvserver", "lbvserver_responderpolicy_binding"),
    },
}


def requests(experiment: Experiment) -> list[Request]:
    steps = (*experiment.steps, *experiment.removals)
    return [step for step in steps if isinstance(step, Request)]


def type_of(request: Request) -> str:
    return re.split(r"[/?]", request.path)[0]


def test_each_switch_has_an_experiment_or_a_person() -> None:
    by_experiment = settled_facts().keys()
    missing = SWITCHES.keys() - by_experiment - BY_HAND.keys()
    assert missing == set(), "add an experiment, or say in by_hand how a person settles it; then make docs"
    assert by_experiment | BY_HAND.keys() <= SWITCHES.keys()
    assert not by_experiment & BY_HAND.keys()
    assert by_experiment >= FURTHER.keys()


@each
def test_its_positions_are_those_of_the_switch(experiment: Experiment) -> None:
    for question in experiment.questions:
        positions = [check(question.fact, reading.position) for reading in question.readings]
        assert len(set(map(repr, positions))) == len(positions)


def test_each_position_is_read_by_some_experiment() -> None:
    """But those that only more requests would show, or that a release decides."""
    for fact, experiments in settled_facts().items():
        positions = SWITCHES[fact].positions
        known = [False, True] if positions is bool else list(positions) if isinstance(positions, tuple) else []
        read = [r.position for one in experiments for q in one.questions if q.fact == fact for r in q.readings]
        missing = [position for position in known if position not in read]
        assert fact in FURTHER or missing in ([], ["by_release"]), (fact, missing)


@each
def test_its_labels_are_distinct_and_known(experiment: Experiment) -> None:
    labels = Counter(request.label for request in experiment.steps if isinstance(request, Request))
    assert [label for label, number in labels.items() if number > 1] == []
    used = {
        label
        for question in experiment.questions
        for reading in question.readings
        for one in reading.signs
        for label in one.labels
    }
    assert used <= labels.keys()


@each
def test_it_writes_only_what_its_risk_allows(experiment: Experiment) -> None:
    for request in requests(experiment):
        assert not is_never_sent(request.method, CONFIG + request.sent_path, {})
        if request.method == "GET":
            assert request.payload is None
            continue
        assert type_of(request) in OF_RISK[experiment.risk], request.text
        assert "save" not in request.path.lower()


@each
def test_each_object_that_it_writes_has_our_name(experiment: Experiment) -> None:
    for request in requests(experiment):
        if request.method == "GET" or type_of(request) == "login":
            continue
        name_of_path = request.path.partition("?")[0].partition("/")[2]
        named = [name_of_path] if name_of_path else []
        for row in rows(request.payload or {}):
            named += [str(row[key]) for key in ("name", "labelname", "filename", "policy", "policyname") if key in row]
        named += [request.args[key] for key in ("policyname", "policy") if key in request.args]
        own = [name for name in named if name.startswith(NAME)]
        at_the_gateway = {"gw one", "gw%2520one"} if experiment.risk in (Risk.GATEWAY, Risk.GLOBAL) else set()
        assert own, request.text
        assert set(named) - set(own) <= at_the_gateway, request.text


def rows(payload: Any) -> list[dict[str, Any]]:
    """The rows of a payload; of large values the description is enough, since it has the name."""
    found = []
    for value in payload.values():
        if type(value).__name__ == "NumberRows":
            found.append({"name": value.set_name})
        else:
            found += value if isinstance(value, list) else [value]
    return found


@each
def test_what_it_makes_is_removed(experiment: Experiment) -> None:
    removed = {request.sent_path.partition("?")[0] for request in experiment.removals}
    for request in requests(experiment):
        if request.method != "POST" or "?" in request.path or type_of(request).endswith("_binding"):
            continue
        for row in rows(request.payload):
            name = next((row[key] for key in ("labelname", "filename", "name") if key in row), None)
            if name:
                assert f"{type_of(request)}/{name}" in removed


@each
def test_its_virtual_servers_are_disabled_and_have_no_client(experiment: Experiment) -> None:
    for request in requests(experiment):
        if type_of(request) in ("lbvserver", "csvserver") and request.method == "POST":
            (row,) = rows(request.payload)
            assert row["state"] == "DISABLED"
            assert (row.get("ipv46", "0.0.0.0"), row.get("port", 0)) in {("0.0.0.0", 0), (ALL.address, ALL.port)}


@each
def test_a_policy_that_is_bound_to_a_gateway_matches_our_request_only(experiment: Experiment) -> None:
    for request in requests(experiment):
        if (
            experiment.risk in (Risk.GATEWAY, Risk.GLOBAL)
            and request.method == "POST"
            and type_of(request) == "responderpolicy"
        ):
            (row,) = rows(request.payload)
            assert row["action"] == "NOOP"
            assert re.fullmatch(r'HTTP\.REQ\.HEADER\("X-Tourniquet-Prove(-[a-z_]+)?"\)\.EQ\("f00d"\)', row["rule"])


def test_the_list_has_each_request_as_it_is_sent() -> None:
    text = "\n".join(listed(ALL))
    for experiment in ALL.experiments():
        for step in (*experiment.steps, *experiment.removals):
            assert step.text in text
    assert '"filecontent": "<the letter A 2,097,153 times, in Base64>"' in text
    assert '"name": "gw one"' in text
    assert "/gw%2520one" in text
    assert len(listed(Allowed())) < len(listed(Allowed(scratch=True))) < len(listed(ALL))


def test_permissions_build_on_each_other() -> None:
    assert Allowed(gateway="gw", globally=True).risks == (Risk.READ,)
    assert Allowed(scratch=True, globally=True).risks == (Risk.READ, Risk.SCRATCH)
    assert ALL.risks == tuple(Risk)


def test_a_gateway_that_is_not_named_keeps_its_bindings() -> None:
    ids = [one.id for one in Allowed(scratch=True).removable()]
    assert "gateway_bind_points" not in ids
    assert "gateway_bind_points" in [one.id for one in ALL.removable()]


def test_large_values_are_made_when_they_are_sent() -> None:
    (request,) = (
        step
        for one in EXPERIMENTS
        for step in one.steps
        if isinstance(step, Request) and step.label == "make a larger file"
    )
    assert isinstance((request.payload or {})["systemfile"]["filecontent"], FileContent)
    assert len((request.sent_payload or {})["systemfile"]["filecontent"]) == 2_796_204


# -- answers -----------------------------------------------------------------------------------------------------------

WORDS = {
    *("refused", "undefined", "TRUE", "FALSE", "no result", "empty", "a message"),
    *("number", "string", "mixed", "absent"),
}


@played_together("body", HOSTILE, ids=range(len(HOSTILE)))
@played_together("code", [200, 201, 207, 209, 599])
def test_no_text_of_an_answer_leaves_an_observation(body: dict[str, Any], code: int) -> None:
    reply = Reply(code, body, cookies=("evil-name",))
    for experiment in EXPERIMENTS:
        answers = {request.label: reply for request in experiment.steps if isinstance(request, Request)}
        for question in experiment.questions:
            seen = question.seen(answers)
            assert "evil" not in json.dumps(seen)
            for value in seen.values():
                assert isinstance(value, bool | int) or value in WORDS
            position = question.position(answers)
            assert position is None or check(question.fact, position) == position


def test_two_readings_that_fit_settle_nothing() -> None:
    question = is_one_of("fact", "read", errorcode, 258, 864)
    assert question.position({"read": Reply(404, {"errorcode": 864})}) == 864
    assert question.position({"read": Reply(404, {"errorcode": 1})}) is None
    double = type(question)("fact", (*question.readings, *is_one_of("fact", "read", status, 404).readings))
    assert double.position({"read": Reply(404, {"errorcode": 864})}) is None


def test_a_number_is_no_truth_value() -> None:
    assert not sign("read", errorcode, value=False).holds({"read": Reply(200, {"errorcode": 0})})


def test_one_more_than_the_documented_limit_is_added() -> None:
    added = scratch_sets._limit().steps[-1]
    assert isinstance(added, Request)
    assert str(scratch_sets.DOCUMENTED_LIMIT + 1) in str(added.payload)
