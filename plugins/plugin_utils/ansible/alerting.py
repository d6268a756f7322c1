# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell people of what a play has found: the receivers and acknowledgements of each appliance, from its variables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ..catalogue.acknowledgement import Acknowledgement
from ..fleet.notifications.alerts import FindingsRun, tell, with_acknowledgements
from ..fleet.notifications.receivers import VARIABLE
from ..foundation.errors import InvalidInput
from ..judgement.proof.acknowledgements import VARIABLE as ACKNOWLEDGEMENTS
from ..judgement.proof.acknowledgements import read_acknowledgements
from ..traces.findings.finding import Examination

_NO_VALUE = (AnsibleError, TypeError, ValueError)
"""The errors of a variable that cannot be evaluated. Their messages could have a secret."""


def acknowledged_findings(
    variables: Mapping[str, Any], examined: Sequence[Examination]
) -> tuple[list[Examination], list[str]]:
    """Return the examinations with the acknowledgements of the inventory, and a sentence for each that is not valid: it counts for nothing.

    :param variables: of the task, with those of all hosts
    """
    today = datetime.now(UTC).date()
    found: list[Examination] = []
    problems: list[str] = []
    for one in examined:
        given: tuple[Acknowledgement, ...] = ()
        try:
            given = read_acknowledgements(one.appliance, _value(variables, one.appliance, ACKNOWLEDGEMENTS))
        except InvalidInput as error:
            problems.append(str(error))
        except _NO_VALUE as error:
            problems.append(_without_value(ACKNOWLEDGEMENTS, one.appliance, error))
        found.append(with_acknowledgements(one, given, today))
    return found, problems


def tell_people(
    variables: Mapping[str, Any], playbook: str, examined: Sequence[Examination], directory: str
) -> list[str]:
    """Tell the receivers of the inventory, and return a sentence for each who could not be told. It never fails, and is bounded in time.

    :param directory: of the files that say who was told of what
    """
    settings: dict[str, Any] = {}
    problems: list[str] = []
    for one in examined:
        try:
            value = _value(variables, one.appliance, VARIABLE)
        except _NO_VALUE as error:
            problems.append(_without_value(VARIABLE, one.appliance, error))
            continue
        if value:
            settings[one.appliance] = value
    run = FindingsRun(playbook, datetime.now(UTC), examined)
    return [*problems, *tell(run, settings, Path(directory).expanduser())]


def _value(variables: Mapping[str, Any], host: str, name: str) -> Any:
    """Return the value of a variable of a host with the types of JSON; None where it is not set."""
    hostvars: Mapping[str, Any] = variables.get("hostvars") or {}
    if host not in hostvars or name not in hostvars[host]:
        return None
    return json.loads(json.dumps(hostvars[host][name]))


def _without_value(name: str, host: str, error: Exception) -> str:
    return f"the variable {name} cannot be evaluated for {host} ({type(error).__name__}), so it was not used"
