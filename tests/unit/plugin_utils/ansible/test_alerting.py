# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receivers and acknowledgements from the variables of each appliance: what is wrong is said, without its value, and silences nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.alerting import (
    acknowledged_findings,
    tell_people,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination, Finding

LOOKED = (("directories", 3),)


class Unevaluable(Mapping[str, Any]):
    """The variables of a host of which each fails with a secret in its message."""

    def __getitem__(self, _name: str) -> Any:
        raise AnsibleError("the vault password s3cret is wrong")

    def __contains__(self, _name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def found(host: str) -> Examination:
    one = Finding(appliance=host, node="n", level=Level.REVIEW, what="the file is new", where="/x", why="y")
    return Examination(host, (one,), looked_at=LOOKED)


def test_an_acknowledgement_is_of_its_host_and_a_wrong_one_is_said_and_counts_for_nothing() -> None:
    tomorrow = f"{datetime.now(UTC).date() + timedelta(days=1)}"
    right = {"finding": found("gw-a").findings[0].id, "who": "J. Jansen", "why": "ours", "until": tomorrow}
    hostvars = {
        "gw-a": {"tourniquet_acknowledgements": [right]},
        "gw-b": {"tourniquet_acknowledgements": [right]},
        "gw-c": {"tourniquet_acknowledgements": [{**right, "until": "never"}]},
        "gw-d": Unevaluable(),
    }
    names = ("gw-a", "gw-b", "gw-c", "gw-d", "gw-e")
    examined, problems = acknowledged_findings({"hostvars": hostvars}, [found(name) for name in names])
    assert [one.exit_code for one in examined] == [0, 1, 1, 1, 1]
    assert problems[0].startswith("gw-c: tourniquet_acknowledgements: entry 1: until is 'never'")
    assert problems[1:] == [
        "the variable tourniquet_acknowledgements cannot be evaluated for gw-d (AnsibleError), so it was not used"
    ]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([{"type": "fax"}], "nobody was notified about 1 appliance: tourniquet_notify[0] must have the type"),
        ("s3cret", "nobody was notified about 1 appliance: tourniquet_notify must be a list"),
        ({1, 2}, "the variable tourniquet_notify cannot be evaluated for gw-a (TypeError)"),
    ],
)
def test_a_wrong_receiver_is_said_without_its_value(value: Any, problem: str, tmp_path: Path) -> None:
    variables = {"hostvars": {"gw-a": {"tourniquet_notify": value}, "gw-b": Unevaluable()}}
    problems = tell_people(variables, "watch", [found("gw-a"), found("gw-b"), found("gw-c")], str(tmp_path / "alerts"))
    assert any(one.startswith(problem) for one in problems)
    assert "the variable tourniquet_notify cannot be evaluated for gw-b (AnsibleError), so it was not used" in problems
    assert "s3cret" not in "".join(problems)
