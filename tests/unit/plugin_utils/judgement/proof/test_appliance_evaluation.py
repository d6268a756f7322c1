# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliance's own evaluation of a rule, its hit counters, and who evaluates the whole traffic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import appliance_evaluation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.appliance_evaluation import (
    Evaluation,
    SharedEvaluation,
    evaluate_on_appliance,
    sample,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.hit_counters import (
    HITS_PATIENCE,
    wait_for_hits,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    CaseResult,
    RequestOutcome,
    RequestResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.request_paths import without_connection

BUILD = Build.parse("13.0 47.22")
ATTACK = TrafficCase("a", True, "GET", "/vpn/../vpns/")


class FakeSession:
    """Answers with one row after another; the last stays. An exception is raised."""

    where = "gw-a"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.reads: list[dict[str, Any]] = []

    def read(self, type_: str, name: str | None = None, **options: Any) -> list[dict[str, Any]]:
        self.reads.append({"type": type_, "name": name, **options})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return [answer] if answer else []


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        assert len(self.slept) < 1000
        self.slept.append(seconds)
        self.now += seconds


# -- policyevaluation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"pitboolresult": "TRUE"}, RequestOutcome.BLOCKED),
        ({"pitboolresult": "true"}, RequestOutcome.BLOCKED),
        ({"pitboolresult": True}, RequestOutcome.BLOCKED),
        ({"pitboolresult": "FALSE"}, RequestOutcome.PASSED),
        ({"pitboolresult": "FALSE", "pitboolerrorresult": "undef"}, RequestOutcome.UNDETERMINED),
        ({"pitboolresult": ""}, RequestOutcome.UNDETERMINED),
        ({}, RequestOutcome.UNDETERMINED),
        ({"pitrefresult": "x"}, RequestOutcome.UNDETERMINED),
        (NitroError("gw-a", "GET", 400, 1, "no such command"), RequestOutcome.UNDETERMINED),
    ],
)
def test_only_a_definite_answer_counts(answer: Any, outcome: RequestOutcome) -> None:
    session = FakeSession(answer)
    evaluation = evaluate_on_appliance(session, ("true", "true"), [(ATTACK, False)])  # type: ignore[arg-type]
    assert evaluation.findings[0].result.outcome is outcome
    assert evaluation.checked == (outcome is not RequestOutcome.UNDETERMINED)


def test_the_session_is_replaced_since_an_evaluation_has_no_connection() -> None:
    session = FakeSession({"pitboolresult": "TRUE", "pitboolevaltime": "400"}, {"pitboolevaltime": 420})
    rule = '!CLIENT.SSLVPN.IS_SSLVPN && HTTP.REQ.URL.CONTAINS("/vpns/")'
    cases = [(ATTACK, False), (ATTACK, True)]
    evaluation = evaluate_on_appliance(session, without_connection(rule), cases)  # type: ignore[arg-type]
    assert [one["args"]["expression"] for one in session.reads] == [
        '!FALSE && HTTP.REQ.URL.CONTAINS("/vpns/")',
        '!TRUE && HTTP.REQ.URL.CONTAINS("/vpns/")',
    ]
    assert {one["type"] for one in session.reads} == {"policyevaluation"}
    assert session.reads[0]["args"]["type"] == "HTTP_REQ"
    assert session.reads[0]["args"]["input"].startswith("GET /vpn/../vpns/ HTTP/1.1\r\nHost: ")
    assert evaluation.nanoseconds == 410
    assert evaluation.checked == 1


def test_a_rule_that_is_none_is_left_to_the_appliance() -> None:
    assert without_connection('HTTP.REQ.URL.CONTAINS("') == ('HTTP.REQ.URL.CONTAINS("',) * 2


def test_headers_and_body_are_part_of_the_text() -> None:
    session = FakeSession({"pitboolresult": "TRUE"})
    case = TrafficCase("a", True, "POST", "/x", headers=(("Host", "h.example"), ("X-A", "b")), body="<a>\n")
    evaluate_on_appliance(session, ("true", "true"), [(case, False)])  # type: ignore[arg-type]
    assert session.reads[0]["args"]["input"] == (
        "POST /x HTTP/1.1\r\nHost: h.example\r\nX-A: b\r\nContent-Length: 4\r\n\r\n<a>\n"
    )


@pytest.mark.parametrize(
    ("case", "rule", "reason"),
    [
        (TrafficCase("a", True, "POST", "/", body="a\x00"), "true", "holds other bytes"),
        (TrafficCase("a", True, "POST", "/", body="\xc3\xa9"), "true", "holds other bytes"),
        (TrafficCase("a", True, "GET", "/", headers=(("X", "\xe9"),)), "true", "holds other bytes"),
        (TrafficCase("a", True, "POST", "/", body="a", chunked=True), "true", "in chunks is not documented"),
        (TrafficCase("a", True, "POST", "/", body="a" * 3000), "true", "at most 2048 are sent"),
        (TrafficCase("a", True, "GET", "/", client="192.0.2.1"), "client . ip.src.EQ(192.0.2.1)", "no client address"),
        (
            TrafficCase("a", True, "GET", "/", client="2001:db8::1"),
            "CLIENT.IPV6.SRC.EQ(2001:db8::1)",
            "no client address",
        ),
    ],
)
def test_what_the_text_cannot_carry_is_not_evaluated_and_says_why(case: TrafficCase, rule: str, reason: str) -> None:
    session = FakeSession({"pitboolresult": "FALSE"})
    evaluation = evaluate_on_appliance(session, (rule, rule), [(case, False), (ATTACK, False)])  # type: ignore[arg-type]
    assert len(session.reads) == 1
    assert [finding.result.outcome for finding in evaluation.findings] == [
        RequestOutcome.UNDETERMINED,
        RequestOutcome.PASSED,
    ]
    assert (evaluation.checked, len(evaluation.not_evaluated)) == (1, 1)
    (text,) = evaluation.remarks()
    assert text.startswith(f"not evaluated by the appliance: {case}: ")
    assert reason in text


def test_a_rule_that_ignores_the_client_is_evaluated_for_any_client() -> None:
    session = FakeSession({"pitboolresult": "TRUE"})
    case = TrafficCase("a", True, "GET", "/x", client="192.0.2.1")
    evaluation = evaluate_on_appliance(session, ('HTTP.REQ.URL.EQ("/x")',) * 2, [(case, False)])  # type: ignore[arg-type]
    assert (evaluation.checked, evaluation.remarks()) == (1, [])


def test_only_the_first_requests_that_were_not_evaluated_are_named() -> None:
    texts = Evaluation(not_evaluated=tuple(f"GET /{number}: why" for number in (*range(7), 0))).remarks()
    assert len(texts) == 6
    assert texts[-1] == "not evaluated by the appliance: 2 more requests"


def test_a_sample_is_of_what_the_appliance_can_evaluate() -> None:
    chunked = [TrafficCase(f"c{number}", True, "POST", "/", body="a", chunked=True) for number in range(5)]
    plain = TrafficCase("a", True, "GET", "/")
    assert [case for case, _session in sample(Traffic((*chunked, plain)))] == [plain]
    assert [case for case, _session in sample(Traffic(tuple(chunked[:1])))] == chunked[:1]


def test_a_sample_is_small_and_has_both_kinds() -> None:
    cases = [TrafficCase(f"a{number}", True, "GET", "/") for number in range(31)]
    cases += [TrafficCase(f"l{number}", False, "GET", "/") for number in range(24)]
    chosen = sample(Traffic(tuple(cases)))
    assert len(chosen) == 6
    assert sum(case.attack for case, _session in chosen) == 3
    assert len({case.id for case, _session in chosen}) == 6
    assert len(sample(Traffic((cases[0], cases[-1])))) == 2


# -- who evaluates everything ------------------------------------------------------------------------------------------


def shared(records: Path, build: Build = BUILD, rule: str = "true", url: str = "/a") -> SharedEvaluation:
    return SharedEvaluation(records, build, rule, Traffic((TrafficCase("a", True, "GET", url),)))


def evaluation(*outcomes: RequestOutcome) -> Evaluation:
    return Evaluation(tuple(CaseResult(ATTACK, False, RequestResult(outcome)) for outcome in outcomes))


def test_one_appliance_of_each_build_evaluates_the_whole_traffic(tmp_path: Path) -> None:
    assert shared(tmp_path).needs_all()
    assert not shared(tmp_path).needs_all()
    assert shared(tmp_path, Build.parse("13.0 47.23")).needs_all()
    assert shared(tmp_path, rule="false").needs_all()
    assert shared(tmp_path, url="/other").needs_all()


@pytest.mark.parametrize(
    ("outcomes", "others_need_all"),
    [
        ((RequestOutcome.BLOCKED, RequestOutcome.BLOCKED), False),
        ((RequestOutcome.BLOCKED, RequestOutcome.UNDETERMINED), False),
        ((RequestOutcome.BLOCKED, RequestOutcome.PASSED), True),
    ],
)
def test_after_a_wrong_answer_each_other_appliance_evaluates_all(
    tmp_path: Path, outcomes: tuple[RequestOutcome, ...], others_need_all: bool
) -> None:
    first, second = shared(tmp_path), shared(tmp_path)
    assert first.needs_all()
    assert not second.needs_all(), "the first one has not finished"
    first.publish(evaluation(*outcomes))
    for _appliance in range(2):
        other = shared(tmp_path)
        assert other.needs_all() is others_need_all
        other.publish(evaluation(RequestOutcome.BLOCKED, RequestOutcome.UNDETERMINED))
    assert first.path.stat().st_mode & 0o777 == 0o600


def test_no_text_of_an_appliance_is_kept(tmp_path: Path) -> None:
    first = shared(tmp_path)
    assert first.needs_all()
    first.publish(evaluation(RequestOutcome.PASSED))
    assert first.path.read_text() == '{"checked": 1, "wrong": 1}'


@pytest.mark.parametrize("content", ["{", "[]", '{"checked": 1}', '{"wrong": "none"}', "[" * 5000, "\xff"])
def test_a_damaged_file_spares_no_question(tmp_path: Path, content: str) -> None:
    first = shared(tmp_path)
    assert first.needs_all()
    first.path.write_text(content, encoding="latin-1")
    assert shared(tmp_path).needs_all()


def test_a_file_that_others_could_have_written_spares_no_question_and_is_replaced(tmp_path: Path) -> None:
    """Versions before wrote it with the umask of the user, which may be 0002."""
    first = shared(tmp_path)
    assert first.needs_all()
    first.publish(evaluation(RequestOutcome.BLOCKED))
    first.path.chmod(0o664)
    assert shared(tmp_path).needs_all()
    again = shared(tmp_path)
    assert again.needs_all()
    again.publish(evaluation(RequestOutcome.BLOCKED))
    assert again.path.stat().st_mode & 0o777 == 0o600
    assert not shared(tmp_path).needs_all()


def test_an_evaluation_without_any_definite_answer_leaves_it_to_another(tmp_path: Path) -> None:
    first = shared(tmp_path)
    assert first.needs_all()
    first.publish(evaluation(RequestOutcome.UNDETERMINED))
    assert shared(tmp_path).needs_all()


def test_the_claim_of_a_run_that_died_runs_out(tmp_path: Path) -> None:
    first = shared(tmp_path)
    assert first.needs_all()
    os.utime(first.path, (0, 0))
    assert shared(tmp_path).needs_all()


def test_where_no_claim_can_be_noted_only_the_sample_is_taken(tmp_path: Path) -> None:
    (tmp_path / "evaluations").write_text("a file")
    assert not shared(tmp_path).needs_all()


def test_an_appliance_that_reports_another_build_each_time_does_not_fill_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appliance_evaluation, "MOST_FILES", 5)
    for number in range(9):
        one = shared(tmp_path, Build((13, 0), (47, number)))
        assert one.needs_all()
        os.utime(one.path, (number, number))
    names = sorted(path.name for path in (tmp_path / "evaluations").iterdir())
    assert [name.split("-")[0] for name in names] == [f"13.0_47.{number}" for number in range(4, 9)]


# -- hit counters ------------------------------------------------------------------------------------------------------


def wait(session: FakeSession, clock: Clock, before: dict[str, int], expected: int, *policies: str) -> dict[str, int]:
    return wait_for_hits(
        session,  # type: ignore[arg-type]
        policies or ("p",),
        before,
        expected,
        sleep=clock.sleep,
        clock=lambda: clock.now,
    )


def hits(number: int) -> dict[str, str]:
    return {"pipolicyhits": str(number)}


def test_counters_that_rose_at_once_are_not_waited_for() -> None:
    clock = Clock()
    assert wait(FakeSession(hits(12)), clock, {"p": 10}, 2) == {"p": 2}
    assert clock.slept == []


def test_counters_lag_and_are_asked_again() -> None:
    clock = Clock()
    session = FakeSession(hits(10), hits(11), hits(12))
    assert wait(session, clock, {"p": 10}, 2) == {"p": 2}
    assert clock.slept == [0.25, 0.5]


def test_patience_has_an_end() -> None:
    clock = Clock()
    assert wait(FakeSession(hits(10)), clock, {"p": 10}, 1) == {"p": 0}
    assert HITS_PATIENCE - 2 <= clock.now <= HITS_PATIENCE
    assert max(clock.slept) == 2.0


def test_a_counter_that_was_cleared_counts_from_zero() -> None:
    assert wait(FakeSession(hits(3)), Clock(), {"p": 1000}, 3) == {"p": 3}


def test_a_new_policy_counts_from_zero() -> None:
    assert wait(FakeSession(hits(2)), Clock(), {}, 2) == {"p": 2}


def test_the_hits_of_several_policies_add_up() -> None:
    assert wait(FakeSession(hits(11), hits(21)), Clock(), {"p": 10, "q": 20}, 2, "p", "q") == {"p": 1, "q": 1}


def test_a_counter_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(NitroError):
        wait(FakeSession(NitroError("gw-a", "GET", 503, 0, "busy")), Clock(), {}, 1)
