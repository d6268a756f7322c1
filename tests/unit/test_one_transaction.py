# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is written to an appliance is written under the one lease, and by the one transaction or a named exception (decision 0024)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.parsed import parsed

PLUGINS = Path(__file__).parents[2] / "plugins"
CHANGE = "plugin_utils/change/"
VERBS = "plugin_utils/verbs/"
NODES = "plugin_utils/node_system/"
EXECUTION = f"{CHANGE}execution/"
CONSTRUCTED = {
    "ApplianceLock": {f"{EXECUTION}held_lease.py"},
    # With a record by the transaction; without one by those that decisions 0048, 0049 and 0055 name, and at the end of a dead rollback.
    "held_lease": {
        f"{EXECUTION}transaction.py",
        f"{VERBS}bootstrap/bootstrap.py",
        f"{VERBS}leave/leave.py",
        f"{VERBS}prove/measurement.py",
        f"{VERBS}rollback/rollback.py",
    },
    "ChangeTransaction": {
        f"{VERBS}close/switch_run.py",
        f"{VERBS}deployment/deployment.py",
        f"{VERBS}end_sessions/session_run.py",
        f"{VERBS}rollback/rollback.py",
    },
    "NodeTransaction": {f"{NODES}node_local/run.py", f"{NODES}on_box/run.py"},
    "RecordCopies": {f"{EXECUTION}transaction.py"},
}
"""Where each is called, and nowhere else."""
METHODS = ("write", "save", "ask")
"""Of a session of NITRO."""
SESSIONS = ("session", "_session", "primary", "secondary")
FUNCTIONS = ("create_file", "delete_file", "run_script", "set_knob", "unset_knob", "replace_start_up_file")
OF_A_SHELL = ("replace_file",)
MAY_WRITE = {
    "plugin_utils/appliance/nitro/node_files.py": "has create_file and delete_file",
    f"{NODES}node_local/scripts.py": "has the functions of a shell",
    f"{NODES}node_local/file_step.py": "a carrier: do and undo of a step of the transaction",
    f"{NODES}node_local/knob_step.py": "a carrier",
    f"{NODES}node_local/reboot.py": "a carrier",
    f"{NODES}on_box/list_step.py": "a carrier",
    f"{NODES}on_box/run.py": "reads by a constant script",
    f"{VERBS}bootstrap/bootstrap.py": "0049: the account, under a lease and without a record",
    f"{VERBS}deployment/proven_run.py": "asks change/execution/secondary, with the confirmation of the lease",
    f"{VERBS}leave/leave.py": "0048: deletes the copies of the records, under a lease",
    f"{VERBS}prove/measurement.py": "0055: scratch objects, under a lease and without a record",
    "plugin_utils/traces/evidence/node_evidence.py": "0061: a backup that it deletes again; no lease",
    "plugin_utils/traces/hunting/shell_half.py": "reads by constant scripts",
}


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each function that a module calls, and the last name of what it is called on."""
    for node in ast.walk(parsed(path)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            yield node.func.id, ""
        elif isinstance(node.func, ast.Attribute):
            on = node.func.value
            yield node.func.attr, on.attr if isinstance(on, ast.Attribute) else getattr(on, "id", "")


@cache
def all_calls() -> dict[str, set[tuple[str, str]]]:
    """Return the calls of each module; made once it is asked for, since each worker imports this file and one plays it."""
    return {str(path.relative_to(PLUGINS)): set(calls(path)) for path in PLUGINS.rglob("*.py")}


def writes(found: set[tuple[str, str]]) -> bool:
    return any(
        name in FUNCTIONS or (name in METHODS and on in SESSIONS) or (name in OF_A_SHELL and on == "shell")
        for name, on in found
    )


@pytest.mark.parametrize("name", CONSTRUCTED)
def test_it_is_used_in_its_places_only(name: str) -> None:
    assert {path for path, found in all_calls().items() if any(one == name for one, _on in found)} == CONSTRUCTED[name]


def test_nothing_else_writes_to_an_appliance() -> None:
    writers = {path for path, found in all_calls().items() if writes(found)}
    assert {path for path in writers if not path.startswith(CHANGE)} == MAY_WRITE.keys()
    assert {f"{EXECUTION}batch_sender.py", f"{EXECUTION}file_delivery.py", f"{EXECUTION}saving.py"} <= writers


def test_evidence_knows_no_lease_and_no_record_of_a_run() -> None:
    """Nothing of ours is put on an appliance that is to be examined (0061)."""
    for path in (PLUGINS / "plugin_utils").glob("*/evidence/*.py"):
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("held_lease", "appliance_lock", "lease_files", "record_copies")), path
