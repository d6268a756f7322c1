# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of types and operations is correct: every listed operation is answered, every other is refused."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.operations import operations
from simulator.types import TYPES
from tests.played_together import played_together

KNOWN = operations()
UNKNOWN = {1232, 1237, 1240, 1073}  # no such type, method, action, or command
ACTIONS = {
    operation for listed in KNOWN.values() for operation in listed
} - {"get", "stat", "add", "update", "delete", "bind", "unbind", "remove", "login", "logout", "reboot"}  # fmt: skip

OF_AN_OPEN_FACT = ("denylistglobal_binding",)
"""The types of which a switch says whether they are known: test_signatures."""


def carry_out(box: Any, name: str, operation: str) -> int:
    """Return the errorcode of an operation without arguments."""
    if operation == "stat":
        answer = box.ask("GET", f"/nitro/v1/stat/{name}")
    elif operation == "get":
        answer = box.get(name)
    elif operation in ("delete", "unbind"):
        answer = box.delete(f"{name}/x")
    elif name == "macroapi":
        answer = box.nitro(
            "PUT" if operation == "update" else "POST", name + ("?action=remove" if operation == "remove" else ""), {}
        )
    elif operation in ("update", "bind"):
        answer = box.put(name, {})
    else:
        verb = {"add": "", "login": "", "logout": "", "reboot": "", "change": "update"}.get(operation, operation)
        action = f"?action={verb}" if verb else ""
        answer = box.post(name, {}, action)
    return int(answer.code) if answer.body else 0


@pytest.mark.parametrize("name", KNOWN)
def test_listed_operations_exist(lab: Any, name: str) -> None:
    later = (
        {"update", "unset"} if name in TYPES and TYPES[name].update_since else set()
    )  # of newer builds: test_strict_writes
    if name in OF_AN_OPEN_FACT:
        later = {"get"}
    for operation in [operation for operation in KNOWN[name] if operation not in later]:
        assert carry_out(lab.box(), name, operation) not in UNKNOWN, operation


@pytest.mark.fact("wrong-action")
@played_together("name", [name for name in KNOWN if name not in ("login", "logout", "macroapi")])
def test_other_operations_are_refused(box: Any, name: str) -> None:
    """1240 for verbs and methods that a type does not have (provider notes; error list); 1232 for unknown types."""
    for operation in sorted(ACTIONS - set(KNOWN[name])):
        assert carry_out(box, name, operation) in UNKNOWN, operation
    if not {"stat", name.lower()} & set(KNOWN[name]):
        assert carry_out(box, name, "stat") == 1232
    if not {"add", "bind", "reboot"} & set(KNOWN[name]):
        assert carry_out(box, name, "add") in UNKNOWN
    if not {"delete", "unbind"} & set(KNOWN[name]):
        assert carry_out(box, name, "delete") in UNKNOWN


ASKED_FOR = """
responderaction responderpolicy responderpolicylabel responderparam responderglobal_responderpolicy_binding
vpnvserver_responderpolicy_binding authenticationvserver_responderpolicy_binding csvserver_responderpolicy_binding
lbvserver_responderpolicy_binding responderpolicylabel_responderpolicy_binding policypatset policypatset_pattern_binding
policydataset policydataset_value_binding policyexpression policystringmap policystringmap_pattern_binding nsacl nsacl6 nsacls
nsacls6 nssimpleacl location locationfile locationfile6 locationparameter auditmessageaction auditsyslogaction auditsyslogpolicy
auditsyslogparams lbvserver csvserver vpnvserver authenticationvserver nsfeature nsmode nslicense nshardware nsversion nshostname
nsip nsconfig nsrunningconfig nssavedconfig systemfile systemuser systemsession nspartition hanode hasync hafailover reboot
policyevaluation macroapi
"""


@played_together("name", ASKED_FOR.split())
def test_the_types_of_emergency_measures(name: str) -> None:
    assert KNOWN[name]
