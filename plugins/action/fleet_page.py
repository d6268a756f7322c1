# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``fleet_page``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.alerting import (
    acknowledged_findings,
    tell_people,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import (
    examination_or_gap,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import (
    ALERTS,
    FleetPage,
    FleetReport,
    FleetRun,
    fleet_report,
    page_of_readable,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import NAMES, declared


class ActionModule(RoleTask):
    """Put the results of all appliances together, as the page of a verb says."""

    OPTIONS: ClassVar[Options] = options_of("pages", "fleet_page")
    """Those of all verbs. A task may state those of its verb."""

    _report: FleetReport

    def declared_options(self) -> Options:
        """See :meth:`RoleTask.declared_options`."""
        return {"variables_of": self.OPTIONS["variables_of"], **self._report.options}

    def names_to_check(self, variables: Mapping[str, Any]) -> Iterable[str]:
        """See :meth:`RoleTask.names_to_check`."""
        return variables if self._report.checks_names else ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        try:
            verb = self._take_verb(host)
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
            options = self.checked_options(host, variables)
            page = page_of_readable(self._report, self._fleet_run(verb, options, variables))
            files = self._files(page, options)
        except TourniquetError as error:
            raise action_failure(error) from None
        return {**result, "changed": False, "verb": verb, **page.values(), **files, "msg": page.lines[-1]}

    def _take_verb(self, host: str) -> str:
        """Return the verb, which is no option of its page.

        :raises InvalidInput: where there is no such page
        """
        self._task.args = dict(self._task.args)
        verb = str(self._task.args.pop("verb", ""))
        if verb not in NAMES or not declared(verb).reports_on_fleet:
            raise InvalidInput(f"{host}: verb is {verb!r}: write one of {', '.join(self.OPTIONS['verb']['choices'])}")
        self._report = fleet_report(verb)
        return verb

    def _fleet_run(self, verb: str, options: Mapping[str, Any], variables: Mapping[str, Any]) -> FleetRun:
        facts = self._report.facts(options, variables)
        results = _results(variables, self._report.registered)
        if ALERTS not in options:
            return FleetRun(results, options, facts)
        every = [examination_or_gap(name, values) for name, values in results.items()]
        examined, not_told = acknowledged_findings(variables, every)
        if not self._task.check_mode and options[ALERTS]:
            not_told += tell_people(variables, verb, examined, options[ALERTS])
        return FleetRun(results, options, facts, examined, not_told)

    def _files(self, page: FleetPage, options: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return the files of the page, which are written where they are asked for, unless in check mode."""
        files = self._report.files
        if files is None:
            return {}
        if not options[files.option] or self._task.check_mode:
            return {files.result: []}
        return {files.result: files.write(Path(options[files.option]).expanduser(), page.values(), options)}


def _results(variables: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    """Return the registered results of all appliances of the play; an empty one where there is none.

    :param name: of the variable
    """
    hostvars: Mapping[str, Any] = variables.get("hostvars") or {}
    found: dict[str, Mapping[str, Any]] = {}
    for host in map(str, variables.get("ansible_play_hosts_all") or ()):
        registered = hostvars[host].get(name) if host in hostvars else None
        found[host] = registered if isinstance(registered, Mapping) else {}
    return found
