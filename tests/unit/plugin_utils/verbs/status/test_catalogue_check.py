# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which measures are judged in which partition, and what is known of closures and sessions: tests/engine/test_catalogue_status.py plays it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.partitions import PartitionChoice
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import BuildState, MeasureForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import Truth
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.configuration_rows import (
    ConfigurationRows,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import ClosureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status import catalogue_check
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import (
    _Measured,
    _Run,
    is_rendered,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion

from tests.played_together import played_together

TEMPLATE, SETTING = SimpleNamespace(form=MeasureForm.TEMPLATE), SimpleNamespace(form=MeasureForm.SETTING)


def entry(
    measure: Any = TEMPLATE, *, on_fixed: bool = False, answers: tuple[Truth, ...] = (Truth.TRUE,), gap: bool = False
) -> Any:
    given = iter(answers)
    return SimpleNamespace(
        id="demo",
        measure=measure,
        is_stop_gap=gap,
        settings_on_fixed_builds=lambda: on_fixed,
        precondition_holds=lambda _build, _rows: SimpleNamespace(truth=next(given)),
    )


def run(
    *,
    policies: tuple[str, ...] | None = (),
    state: BuildState = BuildState.AFFECTED,
    names: tuple[str, ...] = ("default",),
    builds: int = 1,
    has_records: bool = False,
    cluster: bool = False,
) -> Any:
    made: Any = _Run.__new__(_Run)
    made.check = SimpleNamespace(desired={})
    made.builds = ("a build",) * builds
    made.states = {"demo": state}
    rows = {} if policies is None else {"responderpolicy": tuple({"name": name} for name in policies)}
    made.rows = ConfigurationRows({"default": rows})
    made.choice = PartitionChoice(names)
    made.has_records = has_records
    made.measured = {}
    made.connection = SimpleNamespace(missing_nodes=("n2 is unreachable",), is_cluster=cluster)
    return made


GOOD = tuple(catalogue_check.GOOD_STATES)


@played_together(
    ("one", "of", "relevant"),
    [
        (run(), entry(None), False),
        (run(), entry(), True),
        (run(), entry(gap=True), False),
        (run(policies=("tq_demo",)), entry(gap=True), True),
        (run(policies=None), entry(gap=True), True),
        (run(), entry(answers=(Truth.FALSE,)), False),
        (run(), entry(answers=(Truth.UNKNOWN,)), True),
        (run(builds=2), entry(answers=(Truth.FALSE, Truth.TRUE)), True),
        (run(builds=0), entry(), False),
        (run(names=("default", "t")), entry(answers=(Truth.FALSE,)), True),
        (run(policies=("tq_demo",)), entry(answers=(Truth.FALSE,)), True),
        (run(policies=("tq_demo__2",)), entry(answers=(Truth.FALSE,)), True),
        (run(policies=("tq_demos", "theirs")), entry(answers=(Truth.FALSE,)), False),
        (run(policies=None), entry(answers=(Truth.FALSE,)), True),
        (run(policies=None), entry(SETTING, answers=(Truth.FALSE,)), False),
        (run(policies=("tq_demo",)), entry(SETTING, answers=(Truth.FALSE,)), False),
        (run(has_records=True), entry(SETTING, answers=(Truth.FALSE,)), True),
        (run(has_records=True), entry(answers=(Truth.FALSE,)), False),
        *((run(state=state), entry(), False) for state in GOOD),
        *((run(state=state, policies=("tq_demo",)), entry(), True) for state in GOOD),
        *((run(state=state), entry(on_fixed=True), True) for state in GOOD),
    ],
)
def test_which_measures_are_judged(one: Any, of: Any, relevant: bool) -> None:
    assert one._is_relevant(of, "default") is relevant


@pytest.mark.parametrize(
    ("desired", "problem"),
    [
        (None, "its desired state was not rendered"),
        (DesiredVersion(1), "its desired state was not rendered"),
        (DesiredVersion(1, "text"), ""),
        (DesiredVersion(1, "text", "a variable is missing"), "a variable is missing"),
    ],
)
def test_a_template_that_was_not_rendered(desired: DesiredVersion | None, problem: str) -> None:
    one = run()
    one.check.desired = {} if desired is None else {"demo": desired}
    assert one._not_rendered(entry()) == problem
    assert [is_rendered(entry(measure)) for measure in (TEMPLATE, SETTING, None)] == [True, False, False]


@pytest.mark.parametrize("state", list(BuildState))
@pytest.mark.parametrize("action", [None, "kill"])
@pytest.mark.parametrize("ended", [None, "a record"])
def test_sessions_are_open_where_a_fixed_build_asks_for_their_end_and_no_record_has_it(
    monkeypatch: pytest.MonkeyPatch, state: BuildState, action: str | None, ended: str | None
) -> None:
    wanted = action and SimpleNamespace(types=("aaasession",))
    monkeypatch.setattr(catalogue_check, "session_action", lambda _entry: wanted)
    monkeypatch.setattr(catalogue_check, "ended_for", lambda _records, _id, _types: ended)
    one = run(state=state)
    is_open = state is BuildState.FIXED and action is not None and ended is None
    assert one._are_sessions_open(entry()) is is_open


def result(presence: Presence = Presence.ABSENT, *, skipped: str = "", conflicts: tuple[str, ...] = ()) -> Any:
    closures = ClosureState(closed=(str(presence),))
    return SimpleNamespace(
        state=SimpleNamespace(presence=presence),
        plan=SimpleNamespace(skipped=skipped, conflicts=conflicts),
        facts=SimpleNamespace(access=SimpleNamespace(closures=closures)),
    )


@pytest.mark.parametrize(
    ("names", "results", "closed"),
    [
        (("default",), [], ()),
        (("default",), [result(Presence.CURRENT), result()], ("current",)),
        (("default", "t"), [result(Presence.CURRENT)], ()),
    ],
)
def test_closures_are_known_of_an_appliance_without_partitions(
    names: tuple[str, ...], results: list[Any], closed: tuple[str, ...]
) -> None:
    one = run(names=names)
    one.measured = {str(place): _Measured({"default": found}) for place, found in enumerate(results)}
    assert one._closures() == ClosureState(closed=closed)


@pytest.mark.parametrize(
    ("results", "in_place", "can_apply"),
    [
        ([], False, False),
        ([result()], False, True),
        ([result(skipped="x")], False, False),
        ([result(conflicts=("x",))], False, False),
        ([result(), result(skipped="x")], False, False),
        ([result(), result(Presence.OLDER)], True, True),
        ([result(Presence.DRIFTED)], True, True),
    ],
)
def test_what_is_in_place_and_what_can_be_applied(results: list[Any], in_place: bool, can_apply: bool) -> None:
    found = _Measured({str(place): one for place, one in enumerate(results)})
    assert (found.is_in_place, found.can_apply) == (in_place, can_apply)


def test_a_measure_that_could_not_be_judged_is_unknown() -> None:
    assert _Measured().verdict(PartitionChoice()) is None
    found = _Measured(problems={"default": "no right", "t": "another"}).verdict(PartitionChoice())
    assert found is not None
    assert (found.word, found.reason) == (VerdictWord.UNKNOWN, "no right")


@pytest.mark.parametrize("cluster", [False, True])
def test_nodes_and_partitions_that_were_not_read_are_missing(cluster: bool) -> None:
    one = run(cluster=cluster)
    one.rows.unread = {"t": "no right"}
    first, *more, last = one._missing()
    assert (first, last) == ("n2 is unreachable", "partition t: no right")
    assert [text.endswith("the builds of its other nodes are not known") for text in more] == [True] * cluster
