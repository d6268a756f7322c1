# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The progress of a run."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.progress import SHOWN, Progress, TaskEnd

FLEET = [f"gw-{number:04}" for number in range(1000)]
WAVES = [FLEET[:1], FLEET[1:101], FLEET[101:]]


def result(word: str = "exposed", code: int = 2, **more: Any) -> dict[str, Any]:
    return {"changed": True, "verdict": {"word": word, "exit_code": code, "next_action": "apply.yml"}, **more}


def planned() -> Progress:
    progress = Progress()
    progress.begin("Plan")
    for host in FLEET:
        progress.started(host)
        progress.ended(host, "ok", result())
    return progress


def test_a_plan_of_a_thousand_is_a_few_lines() -> None:
    progress = planned()
    assert progress.wave_rows() == [("plan", "1000", "0", "1000", "0", "0")]
    assert progress.verdict_rows() == [(1000, "exposed", "red")]
    assert progress.failure_rows() == []


def test_waves_are_counted_beside_the_plan() -> None:
    progress = planned()
    progress.decide(WAVES)
    for host in [*WAVES[0], *WAVES[1][:60]]:
        progress.started(host)
        progress.ended(host, "ok", result("mitigated", 0))
    for host in WAVES[1][60:70]:
        progress.started(host)
    assert progress.wave_rows() == [
        ("plan", "1000", "0", "1000", "0", "0"),
        ("wave 1", "1 of 1", "0", "1", "0", "0"),
        ("wave 2", "60 of 100", "10", "60", "0", "0"),
        ("wave 3", "0 of 899", "0", "0", "0", "0"),
    ]
    assert progress.verdict_rows() == [(939, "exposed", "red"), (61, "mitigated", "green")]


def test_failures_say_what_to_do_next_and_the_last_ones_are_shown() -> None:
    progress = planned()
    progress.decide(WAVES)
    for number, host in enumerate(WAVES[1], 1):
        progress.ended(host, "failed", result(msg=f"{host}: it broke, number {number}"))
    rows = progress.failure_rows()
    assert rows[0] == ("", "92 more before these; the summary at the end has all of them")
    assert rows[-1] == ("gw-0100", "failed: it broke, number 100 Next action: apply.yml")
    assert len(rows) == SHOWN + 1
    assert progress.wave_rows()[2] == ("wave 2", "0 of 100", "0", "100", "100", "0")


def test_who_is_held_has_not_failed_and_who_failed_stays_failed() -> None:
    progress = planned()
    progress.decide(WAVES)
    progress.ended("gw-0001", "unreachable", {"msg": "no route"})
    progress.ended("gw-0001", "ok", result())
    progress.ended("gw-0002", "held", {"held": "1 failed: gw-0001", "msg": "held"})
    assert progress.wave_rows()[2] == ("wave 2", "0 of 100", "0", "1", "1", "1")
    assert [host for host, _text in progress.failure_rows()] == ["gw-0001"]


def test_text_of_an_appliance_cannot_steer_the_terminal() -> None:
    progress = Progress()
    progress.begin("Verify")
    progress.ended("gw-a", "failed", {"msg": "\x1b[2Jgone\nand more"})
    assert progress.failure_rows() == [("gw-a", r"failed: \x1b[2Jgone\x0aand more")]
    assert progress.wave_rows() == [("all", "0", "0", "0", "1", "0")]


def test_a_wave_is_reported_once_when_it_has_ended() -> None:
    progress = Progress()
    progress.decide([["a", "b"], ["c", "d"]])
    progress.ended("a", "ok", result("mitigated", 0))
    assert progress.wave_lines() == []
    progress.ended("b", "failed", result(msg="it broke"))
    assert progress.wave_lines() == ["wave 1 of 2: 1 of 2 done: 1 mitigated, 2 changed, FAILED: b"]
    assert progress.wave_lines() == []
    progress.ended("c", "held", {"held": "1 failed"})
    assert progress.wave_lines() == []
    assert progress.wave_lines(at_end=True) == ["wave 2 of 2: 0 of 2 done: 0 changed, 1 held"]


def test_each_way_to_end_badly_has_its_word_and_stays() -> None:
    progress = Progress()
    progress.decide([["a", "b", "c", "d"]])
    for host, word in zip("abcd", (TaskEnd.UNREACHABLE, TaskEnd.REFUSED, TaskEnd.FAILED, TaskEnd.REFUSED), strict=True):
        progress.ended(host, word, {"msg": "m"})
        progress.ended(host, TaskEnd.OK, {})
    assert progress.wave_lines() == ["wave 1 of 1: 0 of 4 done: 0 changed, FAILED: c, REFUSED: b, d, UNREACHABLE: a"]
    assert progress.wave_rows() == [("wave 1", "0 of 4", "0", "0", "4", "0")]


def test_an_appliance_that_was_proven_again_is_still_changed() -> None:
    progress = Progress()
    progress.decide([["a"]])
    progress.ended("a", "ok", result("mitigated", 0))
    progress.ended("a", "ok", {**result("mitigated", 0), "changed": False})
    assert progress.wave_rows() == [("wave 1", "1 of 1", "0", "1", "0", "0")]


def test_the_worst_verdict_is_first_then_the_most_frequent_then_by_name() -> None:
    progress = Progress()
    progress.begin("Verify")
    words = [("mitigated", 0), ("mitigated", 0), ("fixed", 0), ("drifted", 1), ("exposed", 2), ("b", 3), ("a", 3)]
    for number, (word, code) in enumerate([*words, ("strange", 9)]):
        progress.ended(f"gw-{number}", TaskEnd.OK, result(word, code))
    assert progress.verdict_rows() == [
        *((1, "strange", "red"), (1, "a", "red"), (1, "b", "red"), (1, "exposed", "red"), (1, "drifted", "yellow")),
        *((2, "mitigated", "green"), (1, "fixed", "green")),
    ]


def test_a_result_without_a_verdict_or_with_a_broken_one() -> None:
    progress = Progress()
    for host, found in (("a", {}), ("b", {"verdict": "x"}), ("c", {"verdict": {}}), ("d", {"verdict": {"word": "w"}})):
        progress.ended(host, TaskEnd.OK, found)
    assert progress.verdicts == {"c": ("", 3), "d": ("w", 3)}
    assert progress.wave_rows() == [("all", "4", "0", "0", "0", "0")]


def test_a_failure_has_its_reason_and_no_next_action_where_there_is_none() -> None:
    progress = Progress()
    for host, found, expected in (
        ("a", {"msg": "a: it broke"}, "failed: it broke"),
        ("b", {}, "failed: "),
        ("c", {"held": "1 failed", "msg": "x"}, "failed: 1 failed"),
        ("d", {"msg": "m", "verdict": {"next_action": "none"}}, "failed: m"),
        ("e", {"msg": "m", "verdict": {"next_action": "fix it"}}, "failed: m Next action: fix it"),
        (
            "e",
            {"msg": "m. Next action: fix it (verdict: x)", "verdict": {"next_action": "fix it"}},
            "failed: m (verdict: x) Next action: fix it",
        ),
    ):
        progress.ended(host, TaskEnd.FAILED, found)
        assert progress.failure_rows()[-1] == (host, expected)
    for number in range(SHOWN - 5):
        progress.ended(f"f{number}", TaskEnd.FAILED, {"msg": "m"})
    assert len(progress.failure_rows()) == SHOWN, "all fit"
    progress.ended("last", TaskEnd.UNREACHABLE, {"msg": "m"})
    assert progress.failure_rows()[0] == ("", "1 more before these; the summary at the end has all of them")


def test_a_wave_of_unknown_size_is_not_reported_and_one_with_all_ends_once() -> None:
    progress = Progress()
    progress.begin("Verify")
    progress.ended("x", TaskEnd.OK, result())
    assert progress.wave_lines(at_end=True) == []
    progress.decide([["a", "b", "c"], ["d"]])
    progress.ended("a", TaskEnd.UNREACHABLE, {"msg": "no route"})
    progress.ended("b", TaskEnd.OK, result("mitigated", 0))
    progress.ended("c", TaskEnd.OK, {"changed": False})
    line = "wave 1 of 2: 2 of 3 done: 1 mitigated, 1 changed, UNREACHABLE: a"
    assert progress.wave_lines(at_end=True) == [line]
    assert progress.wave_rows()[1] == ("wave 1", "2 of 3", "0", "1", "1", "0")
