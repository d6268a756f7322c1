# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``doctor``; see there for its options and results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import worker_pool
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.approval_authority import authority_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.approval_gate import who_is_missing_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import NAMES_OF_ROLES, RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.fleet_approval import RECORD_KEY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.removed_names import removed_names
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import RoleArguments
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.typo_check import NEAR, is_learnt_list
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import VARIABLES, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import APPLIANCE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import (
    CheckResult,
    Severity,
    exit_code,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.control_node import (
    control_node_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.host_variables import (
    CHECK,
    OF_RUN,
    name_findings,
    removed_name_findings,
    run_variable_findings,
    value_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.libraries import installed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.page import finding_of, state_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.pins import (
    plan_pins,
    remember,
    remember_new,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.run import Doctor

INVENTORY_DIRECTORY = "inventory_dir"
NOTHING_SENT = "nothing was sent to it, until the errors above are mended"


@dataclass
class _HostResult:
    """What is found about one host."""

    findings: list[CheckResult] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    changed: bool = False

    def add(self, found: Mapping[str, Any]) -> None:
        """Take the result of :class:`Doctor`."""
        self.findings += [finding_of(values) for values in found["findings"]]
        self.values = {name: found[name] for name in ("fingerprints", "others", "build", "requests")}


class ActionModule(RoleTask):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Doctor
    OPTIONS: ClassVar[Options] = options_of("doctor", "doctor")

    def names_to_check(self, variables: Mapping[str, Any]) -> Iterable[str]:
        """A misspelt name in the inventory is a finding, and no reason to stop."""
        return ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        written = self._task.args
        try:
            found = self._examine(host, variables)
        except InvalidInput as error:
            raise action_failure(error) from None
        finally:
            # Callbacks see the task as it was written, without a password.
            self._task.args = written
        return {
            **result,
            **found.values,
            "changed": found.changed,
            "findings": json_values(found.findings),
            "exit_code": exit_code(found.findings),
            "msg": state_text(found.findings),
        }

    def _examine(self, host: str, variables: dict[str, Any]) -> _HostResult:
        arguments = self.role_arguments(host, variables)
        given = dict(self._task.args)
        values: dict[str, Any] = given.get("appliance") or {}
        not_rendered: dict[str, CheckResult] = {}
        if arguments is None:
            self.take_arguments(given)
        else:
            values, not_rendered = _rendered(arguments, variables)
            self.take_arguments(arguments.arguments({"appliance": {}, **given}, ""))
        options = self.checked_options(host, variables)
        names = [name for name in variables if name.startswith(APPLIANCE) and not is_learnt_list(name)]
        plain = json.loads(json.dumps(values, default=str))
        findings = [
            *not_rendered.values(),
            *value_findings(host, plain, not_rendered.keys()),
            *name_findings(names, NAMES_OF_ROLES, NEAR),
            *removed_name_findings([name for name in variables if variables[name] is not None], removed_names()),
        ]
        of_run = [] if arguments is None else self._of_run(arguments, variables)
        found = _HostResult([*findings, *of_run])
        if not _may_connect(findings):
            found.findings.append(CheckResult(Severity.NOT_CHECKED, "appliance", NOTHING_SENT))
            return found
        found.findings.append(CheckResult(Severity.OK, CHECK, "the variables of the appliance are right"))
        self._examine_appliance(Appliance.from_variables(host, plain), options, variables, found)
        return found

    @staticmethod
    def _of_run(arguments: RoleArguments, variables: Mapping[str, Any]) -> list[CheckResult]:
        """Return what is wrong with the variables of a run; the appliance can be examined all the same."""
        values, not_rendered = _rendered_of(arguments, {name: variables.get(name) for name in OF_RUN})

        def missing(wanted: int) -> str:
            """:raises InvalidInput: where no list beside the inventory is the one that counts"""
            key = arguments.render(RECORD_KEY, variables.get(RECORD_KEY)) or ""
            signers = str(authority_of(variables, {}).signers)
            return who_is_missing_of({"signers": signers, "wanted": wanted}, "", str(key))

        return [*not_rendered.values(), *run_variable_findings(values, approval_rules(), missing)]

    def _examine_appliance(
        self, appliance: Appliance, options: Mapping[str, Any], variables: Mapping[str, Any], found: _HostResult
    ) -> None:
        check_mode = bool(self._task.check_mode)
        seen = worker_pool.run(Doctor(appliance, options, check_mode, check_mode))
        fingerprints: dict[str, str] = seen["fingerprints"]
        if seen["unpinned"] and options["write_pins"]:
            pinned = replace(appliance, certificate_pins=tuple(fingerprints.values()))
            try:
                _require_all_nodes(seen["unreached"])
                where = self._write_pins(appliance.name, fingerprints, options["compared_by"], variables)
            except InvalidInput as error:
                found.findings.append(CheckResult(Severity.ERROR, "pins", f"no pin was written: {error}"))
                if not check_mode:
                    remember_new(appliance.name, fingerprints)  # this run shows them too
            else:
                found.changed = True
                verb = "would be written" if check_mode else "were written"
                found.findings.append(CheckResult(Severity.NOTE, "pins", f"the pins {verb} to {where}"))
                seen = worker_pool.run(Doctor(pinned, options, check_mode, check_mode))
        elif seen["unpinned"] and not check_mode:
            remember(appliance.name, fingerprints)
        found.add(seen)
        found.values["addresses"] = [
            *(["netscaler_nodes", node.host, node.port] for node in appliance.nodes),
            *(["netscaler_vips", vip.address.host, vip.address.port] for vip in appliance.vips or ()),
        ]

    def _write_pins(
        self, host: str, fingerprints: Mapping[str, str], compared_by: str, variables: Mapping[str, Any]
    ) -> Path:
        """Write the pins, unless in check mode, and return the file."""
        inventory = variables.get(INVENTORY_DIRECTORY)
        if not inventory:
            raise InvalidInput("the inventory is not in a directory. Put the line into it by hand")
        change = plan_pins(Path(str(inventory)), host, fingerprints, compared_by, datetime.now(UTC).date())
        if not self._task.check_mode:
            change.write()
        return change.path


def _require_all_nodes(unreached: list[str]) -> None:
    """:raises InvalidInput: where a node has no fingerprint: with the pin of the other one alone, it would never be trusted"""
    if unreached:
        raise InvalidInput(
            f"the certificate of {', '.join(unreached)} was not seen, and the pins of all nodes are written together"
        )


def _rendered(arguments: RoleArguments, variables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, CheckResult]]:
    """Return the inventory variables of the appliance, and a finding for each whose value cannot be rendered, without their prefix."""
    given = {APPLIANCE + name: variables.get(APPLIANCE + name) for name in VARIABLES}
    values, findings = _rendered_of(arguments, given)
    return (
        {name.removeprefix(APPLIANCE): value for name, value in values.items()},
        {name.removeprefix(APPLIANCE): finding for name, finding in findings.items()},
    )


def _rendered_of(
    arguments: RoleArguments, variables: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, CheckResult]]:
    """Return the values of those variables that are set, and a finding for each that cannot be rendered, by their names."""
    values: dict[str, Any] = {}
    findings: dict[str, CheckResult] = {}
    for name in (name for name, value in variables.items() if value is not None):
        try:
            values[name] = arguments.render(name, variables[name])
        except InvalidInput as error:
            what = printable(str(error).removeprefix(f"{arguments.host}: "))
            fix = "set what its template names, or give the password of the vault"
            findings[name] = CheckResult(Severity.ERROR, CHECK, what, fix)
    return values, findings


def _may_connect(findings: Iterable[CheckResult]) -> bool:
    """Return True if neither the variables of the host nor the control node have an error."""
    return not any(one.severity is Severity.ERROR for one in (*findings, *control_node_findings(installed())))
