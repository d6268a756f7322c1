# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action that collects the findings of all appliances: one line for each, and the exit code of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..foundation.errors import TourniquetError
from ..traces.findings.appliance_line import appliance_line, code_of_run, lines_of
from ..traces.findings.finding import Examination, evidence_text, must_fail
from ..traces.findings.finding_json import examination_of, examination_values
from ..verbs.common.options import Options
from .alerting import acknowledged_findings, tell_people
from .base import RoleTask
from .failures import action_failure


class FindingsReport(RoleTask):
    """The report of a role that looks for traces.

    :cvar REGISTERED: the variable in which the role registers the result of each appliance
    :cvar PLAYBOOK: its name in alerts
    """

    REGISTERED: ClassVar[str]
    PLAYBOOK: ClassVar[str]
    OPTIONS: ClassVar[Options] = {
        "variables_of": {"type": "str"},
        "alerts": {"type": "path"},
        "fail_at": {"type": "int", "choices": [1, 2, 3], "default": 2},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        try:
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
            options = self.checked_options(host, variables)
            report = self.report(_results(variables, self.REGISTERED), variables, options)
        except TourniquetError as error:
            raise action_failure(error) from None
        return {
            **result,
            "changed": False,
            "must_fail": must_fail(report["exit_code"], options["fail_at"]),
            **report,
            "msg": report["lines"][-1],
        }

    def report(
        self, results: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the exit code of the run, the values of each appliance, and the lines for people.

        :param results: by appliance, what the task on it has registered; empty where it has no result
        :param variables: of the host on which the report runs
        :raises TourniquetError: where a result cannot be read, or a variable is wrong
        """
        examined = [examination_of(name, values) for name, values in results.items()]
        examined, not_told = acknowledged_findings(variables, examined)
        if not self._task.check_mode and options["alerts"]:
            not_told += tell_people(variables, self.PLAYBOOK, examined, options["alerts"])
        return {
            "exit_code": int(code_of_run(examined, not_told)),
            "appliances": {one.appliance: {**_values(one), **self.more(results[one.appliance])} for one in examined},
            "not_told": not_told,
            "lines": self.lines(examined, not_told, results),
        }

    def lines(
        self, examined: Sequence[Examination], not_told: Sequence[str], _results: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """Return what people read; the totals are the last line.

        :param not_told: the problems with alerts, as sentences
        :param results: by appliance, of the task on it
        """
        return lines_of(examined, not_told)

    def more(self, _result: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the report of an appliance has besides its findings.

        :param result: of the task on the appliance
        """
        return {}


def _values(examined: Examination) -> dict[str, Any]:
    """Return the values of one appliance, with the problem in the form in which the report of other playbooks has a failure."""
    return {
        **examination_values(examined),
        "msg": appliance_line(examined),
        "problem": _problem(examined),
    }


def _problem(examined: Examination) -> str:
    gap = next((one for one in examined.not_seen if one.is_gap), None)
    if gap is None:
        return ""
    return f"unreachable: {evidence_text(gap.why)}" if examined.is_unreachable else f"failed: incomplete: {gap}"


def _results(variables: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    """Return the registered results of all appliances of the play; an empty one where there is none.

    :param name: of the variable
    """
    hostvars: Mapping[str, Any] = variables.get("hostvars") or {}
    hosts = [str(host) for host in variables.get("ansible_play_hosts_all") or ()]
    found: dict[str, Mapping[str, Any]] = {}
    for host in hosts:
        registered = hostvars[host].get(name) if host in hostvars else None
        found[host] = registered if isinstance(registered, Mapping) else {}
    return found
