# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""bootstrap.yml as an administrator runs it: the commands first, then the user, which the other playbooks work with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.stage.fleet import PASSWORD, USER, box, pair
from tests.stage.played import Laboratory, Run

ADMINISTRATOR = "r00t-0f-4ll"
USERS = {"nsroot": ADMINISTRATOR}
TAKEN = {
    "systemuser_systemcmdpolicy_binding": [{"username": USER, "policyname": "read-only", "priority": 10}],
}


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    laboratory = open_laboratory(
        {
            "one": box(users=USERS),
            "two": box(users=USERS),
            "pair": pair(users=USERS),
            "taken": box(users={**USERS, USER: "an0ther-1"}, configuration=TAKEN),
        }
    )
    laboratory.common["admin_password"] = ADMINISTRATOR
    return laboratory


@pytest.fixture(scope="module")
def made(laboratory: Laboratory) -> Run:
    return laboratory.play("bootstrap", write=True)


def page(run: Run) -> list[str]:
    return run.output.partition("BOOTSTRAP **")[2].strip().splitlines()[1:]


def test_equal_accounts_are_shown_once_and_what_is_not_ours_fails_alone(made: Run) -> None:
    lines = page(made)
    assert [line for line in lines if line.startswith(("one", "pair"))] == [
        "one, pair, two (3 appliances)   user tourniquet: done"
    ]
    assert "  + bind system user tourniquet tourniquet 100" in lines
    assert made.rc == 2
    assert "the user tourniquet has other command policies (read-only)" in made.output
    assert lines[-1] == "TOTAL  4 appliances: 3 done, 1 refused"
    states = {host: values.get("state") for host, values in made.results.items()}
    assert states == {"one": "done", "two": "done", "pair": "done", "taken": None}
    assert made.problem("taken").startswith("refused: taken: the user tourniquet has other command policies")


def test_no_password_is_in_the_output_the_report_or_a_url(made: Run, laboratory: Laboratory) -> None:
    for secret in (PASSWORD, ADMINISTRATOR):
        assert secret not in made.output
        assert secret not in str(made.results)
        assert secret not in str([one["target"] for one in made.requests])
        for path in laboratory.records.rglob("*"):
            assert not path.is_file() or secret not in path.read_text(encoding="utf-8")


@pytest.mark.only_in_all
def test_the_user_works_gets_another_password_and_goes(made: Run, laboratory: Laboratory) -> None:
    ours = ["one", "pair"]
    assert laboratory.play("doctor", limit=ours, fail_at=None).rc == 0
    assert laboratory.play("plan", limit=ours).problem("pair") == ""
    applied = laboratory.play("apply", limit=ours)
    assert [applied.verdict(host) for host in ours] == ["mitigated", "mitigated"]
    laboratory.common["netscaler_password"] = "an0ther-Night-8W"
    refused = laboratory.play("bootstrap", limit=ours, write=True)
    assert refused.rc == 2
    assert "-e rotate_password=true" in refused.output
    rotated = laboratory.play("bootstrap", limit=ours, write=True, rotate_password=True)
    assert page(rotated)[:2] == [
        "one, pair (2 appliances)   user tourniquet: done",
        "  ~ set system user tourniquet ********",
    ]
    assert laboratory.play("status", limit=ours).verdict("pair") == "mitigated"
    shown = laboratory.play("bootstrap", limit=ours, remove=True)
    assert page(shown)[-1] == "TOTAL  2 appliances: 2 planned. Nothing was changed: -e write=true does it"
    assert shown.writes() == []
    del laboratory.common["admin_password"]
    for given in ({}, {"admin_password": ADMINISTRATOR}):
        unsafe = laboratory.play("bootstrap", limit=ours, **given)
        assert f"admin_password is {'on the command line' if given else 'missing'}" in unsafe.output
        assert [one for one in unsafe.requests if one["side"] == "nitro"] == []
    laboratory.common["admin_password"] = ADMINISTRATOR
    removed = laboratory.play("bootstrap", limit=ours, remove=True, write=True)
    assert removed.rc == 0
    assert [row["username"] for row in laboratory.rows("one", "systemuser")] == ["nsroot"]
