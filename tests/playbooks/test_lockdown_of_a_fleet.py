# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lockdown closes all that can be closed: an appliance that cannot be closed is named first, and keeps no other one open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.control_nodes import put_lock
from tests.stage.fleet import box
from tests.stage.memory import Stage
from tests.stage.played import CONTROL, EACH_FOR_ITSELF, Laboratory, Run

TESTING = {"responderpolicy": [{"name": "rp_testing", "rule": "FALSE", "action": "DROP"}]}
FLEET = {
    "canary": box(
        faults=[{"kind": "nitro_error", "type": "vpnvserver", "action": "disable", "code": 1090, "times": 0}]
    ),
    "cluster": box(cluster=True),
    "dies": box(),
    "down": box(faults=[{"kind": "refuse"}]),
    "fine": box(),
    "locked": box(),
    "malformed": box(),
    "stranger": box(features=["LB", "SSL", "SSLVPN", "RESPONDER"], unsaved_configuration=TESTING),
    "tenants": box(partitions=["tenant_a"]),
    "too": box(),
}
VARIABLES: dict[str, dict[str, Any]] = {"malformed": {"netscaler_never_close": 7}}
DECISION = {"reason": "switch it off now", "ticket": "CHG0044", "who": "J. Jansen", "expires": "24"}
# What a user gets who sets nothing of the rollout: nobody is accepted, and no appliance may fail.
DEFAULTS = {**dict.fromkeys(EACH_FOR_ITSELF), "rollout_bake_seconds": 0}
CLOSED = {"fine", "tenants", "too"}
# By appliance that cannot be closed, a part of the reason.
BEFORE_THE_WAVES = {
    "cluster": "this is a cluster",
    "down": "unreachable: ",
    "locked": "holds the lock",
    "malformed": "netscaler_never_close",
    "stranger": "rp_testing",
}
IN_A_WAVE = {"canary": "1090", "dies": ""}


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    run: Run
    answers: dict[str, int | None]
    rest: Run
    stranger: int | None
    preview: Run


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory(FLEET, variables=VARIABLES)
    put_lock(Stage(laboratory.simulator, laboratory.directory / "theirs", "locked"))
    preview = laboratory.play("lockdown", check=True, **{**DEFAULTS, **DECISION})
    laboratory.simulator.appliance("dies").fault("crash", method="POST", type="vpnvserver", action="disable")
    run = laboratory.play("lockdown", scope="fleet", **{**DEFAULTS, **DECISION})
    answers = {host: laboratory.ask(host, CONTROL).status for host in FLEET if host not in ("dies", "down")}
    rest = laboratory.play("lockdown", limit="stranger", unsaved="apply_without_save", **{**DEFAULTS, **DECISION})
    return Story(laboratory, run, answers, rest, laboratory.ask("stranger", CONTROL).status, preview)


def test_all_that_can_be_closed_is_closed(story: Story) -> None:
    """Unsaved changes of others on one appliance keep no other one open."""
    assert {host for host, status in story.answers.items() if status is None} == CLOSED, story.run.output[-4000:]
    for host in CLOSED:
        assert story.run.verdict(host) == "closed"


def test_the_run_fails_and_names_each_that_stays_open_with_its_reason(story: Story) -> None:
    assert story.run.rc != 0
    for host, reason in (BEFORE_THE_WAVES | IN_A_WAVE).items():
        assert story.run.problem(host), host
        assert reason in story.run.problem(host) + story.run.message(host), host
        if host not in ("dies", "canary"):
            assert story.run.writes(host) == [], host
    for host in IN_A_WAVE:
        assert "MAY STAY OPEN: " in story.run.problem(host)


def test_those_that_stay_open_are_named_first(story: Story) -> None:
    page = story.run.output.partition("FLEET")[2].splitlines()[1:]
    assert page[0].startswith("lockdown: 10 appliances")
    assert page[1].startswith(f"  STAYS OPEN  {len(BEFORE_THE_WAVES)} appliances: ")
    names, _, rest = page[1].rpartition(": ")[2].partition("; ")
    assert (set(names.split(", ")), rest) == (set(BEFORE_THE_WAVES), "the reasons are at the end")


def test_the_way_that_works_for_the_rest_is_offered_and_works(story: Story) -> None:
    assert "with --limit 'stranger' -e unsaved=apply_without_save" in story.run.output
    assert story.rest.rc == 0, story.rest.output[-3000:]
    assert story.stranger is None
    assert "save" not in " ".join(story.rest.writes("stranger")), "nothing of the stranger's is saved"


def test_the_preview_names_them_too_and_writes_nothing(story: Story) -> None:
    assert story.preview.rc != 0
    assert story.preview.writes() == []
    (line,) = re.findall(r"^  STAYS OPEN  .*$", story.preview.output, re.MULTILINE)
    assert "stranger" in line
    assert re.search(r"^stranger +REFUSED\n    .*not saved", story.preview.output, re.MULTILINE)
