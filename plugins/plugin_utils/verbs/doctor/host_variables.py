# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the inventory: the variables of each host and of a run, and addresses that two hosts have. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ...appliance.nitro.appliance import VARIABLES, Address, Appliance
from ...appliance.nitro.names import address_of
from ...change.approvals.demand import VARIABLE as APPROVALS
from ...change.approvals.demand import most_approvals
from ...change.approvals.rule import ApprovalRule
from ...fleet.notifications.receivers import VARIABLE as NOTIFY
from ...fleet.notifications.receivers import parse_receivers
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from .check_result import CheckResult, Severity

CHECK = "inventory"
PREFIX = "netscaler_"
NEAR = 0.6  # of difflib: a suggestion may be wrong, since the name is reported in any case
# Values that are right, beside which each variable is checked on its own, so that one wrong value does not hide the next.
_RIGHT: dict[str, Any] = {"nodes": ["192.0.2.1"], "user": "user", "password": "password"}
REQUIRED = tuple(_RIGHT)
OF_RUN = (APPROVALS, NOTIFY)
"""The variables of a run that no option has, and that each host may have in another way."""


def value_findings(host: str, values: Mapping[str, Any], unknown: Collection[str] = ()) -> list[CheckResult]:
    """Return a finding for each variable of an appliance that is wrong or missing.

    :param values: JSON values, by the names without their prefix
    :param unknown: the variables whose value could not be rendered, which is another finding
    """
    wrong = []
    for name in dict.fromkeys((*REQUIRED, *VARIABLES)):
        if name in unknown or (name not in values and name not in REQUIRED):
            continue
        try:
            Appliance.from_variables(host, {**_RIGHT, name: values.get(name)})
        except InvalidInput as error:
            problem, _dot, fix = str(error).removeprefix(f"{host}: ").partition(". ")
            wrong.append(CheckResult(Severity.ERROR, CHECK, problem, fix))
    return wrong


def name_findings(names: Iterable[str], known: Iterable[str], refused: float) -> list[CheckResult]:
    """Return a finding for each variable with our prefix that no role reads: an error where it is nearly one of ours, which the playbooks refuse.

    :param names: of all variables of a host
    :param known: the variables that roles read
    :param refused: the similarity (of difflib) from which the playbooks refuse a name
    """
    ours = {name.removeprefix(PREFIX) for name in known if name.startswith(PREFIX)}
    findings = []
    for name in sorted(names):
        rest = name.removeprefix(PREFIX)
        if rest == name or rest in ours:
            continue
        near = get_close_matches(rest, ours, n=1, cutoff=NEAR)
        fix = f"write {PREFIX}{near[0]}, if that is meant" if near else ""
        what = f"no role reads the variable {printable(name)}"
        severity = Severity.ERROR if get_close_matches(rest, ours, n=1, cutoff=refused) else Severity.WARNING
        findings.append(CheckResult(severity, CHECK, what, fix or "remove it, or give it a name without netscaler_"))
    return findings


def run_variable_findings(
    values: Mapping[str, Any], rules: Mapping[str, ApprovalRule], missing: Callable[[int], str]
) -> list[CheckResult]:
    """Return an error for each variable of a run that no run takes: what it demands, and whom it tells.

    :param values: of a host, by variable
    :param rules: what demands approvals for a verb
    :param missing: why a number of approvals could not be given now, and the fix, or ""
    """
    findings = []
    try:
        wanted = most_approvals(values.get(APPROVALS), rules)
        if problem := missing(wanted) if wanted else "":
            findings.append(_of_problem(problem))
    except InvalidInput as error:
        findings.append(_of_problem(str(error).removesuffix(" Nothing was sent.")))
    try:
        parse_receivers(values.get(NOTIFY) or [])
    except InvalidInput as error:
        findings.append(
            CheckResult(
                Severity.ERROR,
                CHECK,
                str(error),
                "docs/reference/notifications.md has its form; until then nobody is notified",
            )
        )
    return findings


def _of_problem(text: str) -> CheckResult:
    """Return the error of a text whose first sentence is the problem, and the rest the fix."""
    problem, _dot, fix = text.partition(". ")
    if not fix:
        problem, _colon, fix = text.rpartition(": ")
    return CheckResult(Severity.ERROR, CHECK, problem, fix)


def removed_name_findings(names: Iterable[str], removed: Mapping[str, str]) -> list[CheckResult]:
    """Return an error for each variable that no option has, which the playbooks refuse.

    :param names: of all variables of a host
    :param removed: by such a name, the ones to write
    """
    return [
        CheckResult(
            Severity.ERROR, CHECK, f"no role reads the variable {name}", f"write {removed[name]} in place of it"
        )
        for name in sorted(removed.keys() & set(names))
    ]


def duplicates(addresses: Mapping[str, Iterable[tuple[str, Address]]]) -> dict[str, list[CheckResult]]:
    """Return the findings about addresses that are in the inventory more than once, by host.

    :param addresses: by host, the kind (netscaler_nodes, netscaler_vips) and the address of each
    """
    places: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for host, own in addresses.items():
        for kind, address in own:
            places[kind, address_of(address.host) or address.host.lower(), address.port].append(host)
    findings: dict[str, list[CheckResult]] = defaultdict(list)
    for (kind, name, port), hosts in places.items():
        if len(hosts) > 1:
            for host in dict.fromkeys(hosts):
                findings[host].append(_twice(kind, Address(name, port), sorted(set(hosts))))
    return dict(findings)


def _twice(kind: str, address: Address, hosts: list[str]) -> CheckResult:
    where = f"in {hosts[0]} twice" if len(hosts) == 1 else f"in {', '.join(hosts)}"
    is_node = kind == f"{PREFIX}nodes"
    fix = (
        "name each node in one host only; a pair is one host with both addresses"
        if is_node
        else f"name it once in {PREFIX}vips of the host that has it"
    )
    return CheckResult(Severity.ERROR if is_node else Severity.WARNING, CHECK, f"{address} is {where} ({kind})", fix)


def divided_pairs(
    nodes: Mapping[str, Iterable[Address]], others: Mapping[str, Iterable[str]]
) -> dict[str, list[CheckResult]]:
    """Return the findings about pairs whose two nodes are two hosts of the inventory, by host.

    :param nodes: by host, the addresses of its nodes
    :param others: by host, the addresses of the nodes that its appliance names besides its own
    """
    owners = {address_of(address.host): host for host, own in nodes.items() for address in own}
    return {host: list(_divided(host, {address_of(text) for text in named}, owners)) for host, named in others.items()}


def _divided(host: str, named: set[str], owners: Mapping[str, str]) -> Iterator[CheckResult]:
    for address in sorted(named - {""}):
        other = owners.get(address, host)
        if other != host:
            fix = f"make one host of them: netscaler_nodes with both addresses in {host}, and remove {other}"
            yield CheckResult(Severity.ERROR, CHECK, f"{host} and {other} are the two nodes of one HA pair", fix)
