# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a task: what Ansible gets of one that ended well, and of one that failed."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_type_hints

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils import verbs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import written_whole
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.result import Result, Runs, file_diff

VERBS = Path(str(verbs.__file__)).parent


@written_whole()
@dataclass(frozen=True, kw_only=True)
class Counted(Result):
    hits: int = 1
    lines: tuple[str, ...] = ("a\x1bb",)


@written_whole()
@dataclass(frozen=True, kw_only=True)
class Brief(Counted):
    kept: Collection[str] | None = field(default=("hits",), repr=False)


def test_a_result_has_its_values_and_a_preview() -> None:
    values = Counted(changed=True, msg="done", preview=["one", "two\nlines"]).values()
    assert values == {
        "changed": True,
        "msg": "done",
        "hits": 1,
        "lines": ["a\\x1bb"],
        "diff": {"prepared": "one\ntwo\\x0alines\n"},
    }
    assert "diff" not in Counted(changed=False, msg="").values()


def test_a_failed_result_shows_its_problem_and_keeps_the_rest_as_details() -> None:
    failed = Counted(changed=True, msg="not shown", problem="gw: it\x1b broke", preview=["a line"]).values()
    details = {"hits": 1, "lines": ["a\\x1bb"], "preview": ["a line"]}
    diff = {"prepared": "a line\n", "details": details}
    assert failed == {"changed": True, "failed": True, "msg": "gw: it\\x1b broke", "diff": diff}


def test_a_refused_result_says_so_and_one_may_keep_less() -> None:
    failed = Brief(changed=False, msg="", problem="no", refused=True).values()
    diff = {"prepared": "", "details": {"hits": 1, "preview": []}}
    assert failed == {"changed": False, "failed": True, "refused": True, "msg": "no", "diff": diff}


def test_an_unreachable_appliance_has_its_report_as_preview_and_did_not_fail() -> None:
    shown = (
        Result(changed=False, own={"report": ["a\x1bb"]}, unreachable=True).ended("not shown", "gw: no route").values()
    )
    diff = {"prepared": "a\\x1bb\n", "details": {"report": ["a\\x1bb"], "preview": ["a\\x1bb"]}}
    assert shown == {"changed": False, "unreachable": True, "msg": "gw: no route", "diff": diff}


def test_a_message_and_the_difference_of_a_file_keep_their_lines() -> None:
    changed = file_diff(Path("/tmp/\x1bx"), "", "one\ntwo\x1b\n")
    values = Result(changed=True, msg="one\ntwo\x1b", diff=changed).values()
    shown = {"before_header": "/tmp/\\x1bx", "after_header": "/tmp/\\x1bx", "before": "", "after": "one\ntwo\\x1b\n"}
    assert values == {"changed": True, "msg": "one\ntwo\\x1b", "diff": shown}
    assert Result(changed=True, diff=[changed]).values()["diff"] == [shown]


def test_running_a_task_gives_the_values_of_its_result() -> None:
    class Count(Runs):
        def run(self) -> Counted:
            return Counted(changed=False, msg="counted")

    assert Count().values()["msg"] == "counted"


def tasks(of: type[Runs] = Runs) -> Iterator[type[Runs]]:
    for one in of.__subclasses__():
        yield one
        yield from tasks(one)


def test_no_task_returns_a_mapping() -> None:
    for path in sorted(VERBS.glob("*/run.py")):
        importlib.import_module(f"{verbs.__name__}.{path.parent.name}.run")
    own = [one for one in tasks() if one.__module__.startswith(verbs.__name__)]
    assert len(own) > len([*VERBS.glob("*/run.py")])
    others = {one.__name__ for one in own if not issubclass(get_type_hints(one.run)["return"], Result)}
    assert not others
