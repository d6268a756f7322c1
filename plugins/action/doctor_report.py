# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``doctor_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import key_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    read_execution_nodes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.control_node import (
    control_node_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.finding import (
    Finding,
    Severity,
    code_of_run,
    exit_code,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.host_variables import (
    divided_pairs,
    duplicates,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.libraries import installed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.own_files import (
    divided,
    own_file_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.page import (
    CONTROL_NODE,
    doctor_lines,
    doctor_values,
    finding_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.receptor_configuration import (
    receptor_findings,
)

REGISTERED = "doctor_result"
"""The variable in which the role registers the result of each appliance."""
NODES = "netscaler_nodes"


class ActionModule(RoleTask):
    """See the module of the same name."""

    OPTIONS: ClassVar[Options] = {
        "variables_of": {"type": "str"},
        "records": {"type": "path", "required": True},
        "record_key": {"type": "path"},
        "allowed_signers": {"type": "path", "required": True},
        "receptor_configuration": {"type": "path"},
        "execution_nodes": {"type": "raw"},
        "fail_at": {"type": "int", "choices": [1, 2, 3, 4], "default": 2},
    }

    def names_to_check(self, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """Misspelt names in the inventory are findings of the module doctor."""
        return ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        try:
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
            options = self.checked_options(host, variables)
        except TourniquetError as error:
            raise action_failure(error) from None
        findings = {**_of_control_node(options), **_of_appliances(_results(variables))}
        lines = doctor_lines(findings, options["fail_at"])
        every = [finding for own in findings.values() for finding in own]
        return {
            **result,
            "changed": False,
            "must_fail": exit_code(every) >= options["fail_at"],
            "exit_code": code_of_run(every),
            "appliances": doctor_values(findings),
            "lines": lines,
            "msg": lines[-1],
        }


def _of_control_node(options: Mapping[str, Any]) -> dict[str, list[Finding]]:
    files = own_file_findings(
        Path(options["records"]), key_file(options["record_key"]), Path(options["allowed_signers"]).expanduser()
    )
    return {CONTROL_NODE: [*control_node_findings(installed()), *files, *_of_receptor(options)]}


def _of_receptor(options: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings about the Receptor of this machine, which may be a controller or an execution node."""
    keepalives: dict[str, int] = {}
    try:
        if options["execution_nodes"] is not None:
            nodes = read_execution_nodes(options["execution_nodes"])
            keepalives = {node.receptor.node: node.keepalive for node in nodes if node.receptor}
    except InvalidInput as error:
        yield Finding(Severity.ERROR, "execution nodes", *divided(str(error)))
    given = options["receptor_configuration"]
    yield from receptor_findings(Path(given).expanduser() if given else None, keepalives)


def _results(variables: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the registered results of all appliances of the play; an empty one where there is none."""
    hostvars: Mapping[str, Any] = variables.get("hostvars") or {}
    hosts = [str(host) for host in variables.get("ansible_play_hosts_all") or ()]
    found: dict[str, Mapping[str, Any]] = {}
    for host in hosts:
        registered = hostvars[host].get(REGISTERED) if host in hostvars else None
        found[host] = registered if isinstance(registered, Mapping) else {}
    return found


def _of_appliances(results: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Finding]]:
    """Return the findings of all appliances, with those that need more than one of them."""
    addresses = {
        host: [(str(kind), Address(str(name), int(port))) for kind, name, port in result.get("addresses") or ()]
        for host, result in results.items()
    }
    nodes = {host: [address for kind, address in own if kind == NODES] for host, own in addresses.items()}
    others = {host: [str(text) for text in result.get("others") or ()] for host, result in results.items()}
    twice, divided = duplicates(addresses), divided_pairs(nodes, others)
    return {host: [*_own(result), *twice.get(host, ()), *divided.get(host, ())] for host, result in results.items()}


def _own(result: Mapping[str, Any]) -> list[Finding]:
    if "findings" in result:
        return [finding_of(values) for values in result["findings"]]
    problem = printable(str(result.get("msg") or "it has no result"))
    return [Finding(Severity.NOT_CHECKED, "appliance", problem, "run doctor.yml again with --limit and -vvv")]
