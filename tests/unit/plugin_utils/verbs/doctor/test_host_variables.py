# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that is wrong in the inventory, and not only the first of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import Severity
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.host_variables import (
    divided_pairs,
    duplicates,
    name_findings,
    removed_name_findings,
    run_variable_findings,
    value_findings,
)

RIGHT: dict[str, Any] = {"nodes": ["192.0.2.1"], "user": "tourniquet", "password": "n1ght"}
NODES, VIPS = "netscaler_nodes", "netscaler_vips"


def test_right_variables_have_no_finding() -> None:
    assert value_findings("gw", RIGHT) == []


def test_every_wrong_variable_is_a_finding_with_its_fix() -> None:
    values = {"nodes": "192.0.2.1", "user": "tourniquet", "read_timeout": "long", "probe": "yes"}
    found = value_findings("gw", values)
    assert [(one.severity, one.what.split()[0]) for one in found] == [
        (Severity.ERROR, f"netscaler_{name}") for name in ("nodes", "password", "probe", "read_timeout")
    ]
    assert all(one.fix for one in found)
    assert found[0].fix.startswith('Write it as ["10.1.0.11"]')


def test_one_node_twice_is_a_finding() -> None:
    (finding,) = value_findings("gw", {**RIGHT, "nodes": ["192.0.2.1", "192.0.2.1"]})
    assert finding.what == "netscaler_nodes names the same address twice"


def test_no_finding_has_the_password() -> None:
    (finding,) = value_findings("gw", {**RIGHT, "password": 4711})
    assert "4711" not in finding.what + finding.fix


def test_a_variable_whose_template_failed_is_no_second_finding() -> None:
    assert value_findings("gw", {"nodes": ["192.0.2.1"], "user": "x"}, {"password"}) == []


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("netscaler_custmer", "write netscaler_customer, if that is meant"),
        ("netscaler_zzz", "remove it, or give it a name without netscaler_"),
    ],
)
def test_a_variable_that_no_role_reads_is_named_with_a_suggestion(name: str, fix: str) -> None:
    known = ["netscaler_customer", "netscaler_user"]
    (finding,) = name_findings([name, "netscaler_customer", "my_own"], known, 1.0)
    assert (finding.severity, finding.fix) == (Severity.WARNING, fix)
    (finding,) = name_findings([name], known, 0.8)
    assert (finding.severity is Severity.ERROR) == (name == "netscaler_custmer"), "the playbooks refuse it"
    assert name in finding.what


def test_an_address_in_two_hosts_is_a_finding_of_both() -> None:
    found = duplicates(
        {
            "a": [(NODES, Address("192.0.2.1", 443)), (VIPS, Address("192.0.2.1", 443))],
            "b": [(NODES, Address("::ffff:192.0.2.1", 443)), (VIPS, Address("198.51.100.1", 443))],
            "c": [(NODES, Address("192.0.2.1", 8443)), (VIPS, Address("198.51.100.1", 443))],
        }
    )
    assert [(host, one.severity, one.what) for host, own in found.items() for one in own] == [
        ("a", Severity.ERROR, "192.0.2.1:443 is in a, b (netscaler_nodes)"),
        ("b", Severity.ERROR, "192.0.2.1:443 is in a, b (netscaler_nodes)"),
        ("b", Severity.WARNING, "198.51.100.1:443 is in b, c (netscaler_vips)"),
        ("c", Severity.WARNING, "198.51.100.1:443 is in b, c (netscaler_vips)"),
    ], "another port may be another machine behind NAT"


def test_a_vip_that_one_host_has_twice_is_a_finding() -> None:
    own = [(VIPS, Address("GW.example.net", 443)), (VIPS, Address("gw.example.net", 443))]
    assert [one.what for one in duplicates({"a": own})["a"]] == ["gw.example.net:443 is in a twice (netscaler_vips)"]


def test_the_two_nodes_of_a_pair_as_two_hosts_are_a_finding() -> None:
    nodes = {"a": [Address("192.0.2.1", 443)], "b": [Address("192.0.2.2", 443)], "c": [Address("192.0.2.3", 443)]}
    found = divided_pairs(nodes, {"a": ["192.0.2.2"], "b": [], "c": ["192.0.2.9", "no address"]})
    assert [(host, one.what) for host, own in found.items() for one in own] == [
        ("a", "a and b are the two nodes of one HA pair")
    ]


def test_a_name_that_no_option_has_is_an_error_with_the_one_to_write() -> None:
    (finding,) = removed_name_findings(["measure_lock", "lock", "mine"], {"measure_lock": "lock", "other": "x"})
    assert finding.severity is Severity.ERROR
    assert (finding.what, finding.fix) == ("no role reads the variable measure_lock", "write lock in place of it")


@pytest.mark.parametrize(
    ("values", "what", "fix"),
    [
        ({"tourniquet_approvals": {"apply": 3}}, "tourniquet_approvals: apply is '3'", "write 0, 1 or 2."),
        ({"tourniquet_approvals": {"rolback": 1}}, "tourniquet_approvals names 'rolback'", "write one of apply, "),
        ({"tourniquet_approvals": {"apply": 1}}, "nobody may sign", "Add a line."),
        (
            {"tourniquet_notify": [{"type": "webhok", "on": ["failed"]}]},
            "tourniquet_notify[0] must have the type webhook, mail or syslog",
            "docs/reference/notifications.md has its form; until then nobody is notified",
        ),
    ],
)
def test_what_a_run_demands_and_whom_it_tells_is_checked_before_the_night(
    values: dict[str, Any], what: str, fix: str
) -> None:
    """doctor.yml said ok, and each run was refused or told nobody."""
    (found,) = run_variable_findings(values, approval_rules(), lambda _wanted: "nobody may sign. Add a line.")
    assert (found.severity, found.check) == (Severity.ERROR, "inventory")
    assert found.what.startswith(what)
    assert found.fix.startswith(fix)


def test_right_variables_of_a_run_have_no_finding() -> None:
    right = {"tourniquet_approvals": {"apply": 1, "close": 2}, "tourniquet_notify": []}
    asked: list[int] = []

    def missing(wanted: int) -> str:
        asked.append(wanted)
        return ""

    assert run_variable_findings(right, approval_rules(), missing) == []
    assert asked == [2]
    assert run_variable_findings({}, approval_rules(), missing) == []
    assert asked == [2]
