# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The findings about the machine on which the playbooks run: a control node, a controller or an execution node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...catalogue.record_trust import key_file
from ...fleet.slices.execution_nodes import read_execution_nodes
from ...foundation.errors import InvalidInput
from .check_result import CheckResult, Severity
from .control_node import control_node_findings
from .libraries import installed
from .own_files import divided, own_file_findings
from .receptor_configuration import receptor_findings


def findings_of_machine(options: Mapping[str, Any]) -> list[CheckResult]:
    """Return the findings about the libraries and files of this machine, and about its Receptor.

    :param options: of the page: where its files are
    """
    files = own_file_findings(
        Path(options["records"]), key_file(options["record_key"]), Path(options["allowed_signers"]).expanduser()
    )
    return [*control_node_findings(installed()), *files, *_of_receptor(options)]


def _of_receptor(options: Mapping[str, Any]) -> Iterator[CheckResult]:
    """Yield the findings about the Receptor of this machine, which may be a controller or an execution node."""
    keepalives: dict[str, int] = {}
    try:
        if options["execution_nodes"] is not None:
            nodes = read_execution_nodes(options["execution_nodes"])
            keepalives = {node.receptor.node: node.keepalive for node in nodes if node.receptor}
    except InvalidInput as error:
        yield CheckResult(Severity.ERROR, "execution nodes", *divided(str(error)))
    given = options["receptor_configuration"]
    yield from receptor_findings(Path(given).expanduser() if given else None, keepalives)
