# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the doctor says about the certificate of each node: trusted, to be pinned, another one, or a node that is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.certificates import (
    NodeCertificate,
    certificate_findings,
    pin_line,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import Severity

A, B = "0a" * 32, "b1" * 32
PIN_A, PIN_B = ":".join(["0A"] * 32), ":".join(["B1"] * 32)
NODE = NodeCertificate(Address("192.0.2.1", 443), A)
OTHER = NodeCertificate(Address("192.0.2.2", 443), B)
AWAY = NodeCertificate(Address("192.0.2.2", 443), problem="cannot be reached (refused)", fix="x", is_unreachable=True)


def told(*seen: NodeCertificate) -> list[tuple[Severity, str, str]]:
    """Return severity, node and words of the findings."""
    return [(one.severity, one.about, one.what) for one in certificate_findings(seen)]


@pytest.mark.parametrize(
    ("one", "severity", "words"),
    [
        (NODE, Severity.OK, f"its certificate is trusted (SHA-256 {A})"),
        (
            replace(NODE, needs_pin=True),
            Severity.WARNING,
            "netscaler_validate_certs is false, so anyone on the network path can read the password",
        ),
        (
            replace(NODE, needs_pin=True, problem="its certificate is not trusted (x)"),
            Severity.ERROR,
            "its certificate is not trusted (x)",
        ),
        (replace(NODE, problem="ALARM: it is another one"), Severity.ERROR, "ALARM: it is another one"),
        (AWAY, Severity.UNREACHABLE, "cannot be reached (refused)"),
    ],
    ids=["trusted", "not validated", "not trusted", "not the pinned one", "away"],
)
def test_each_state_of_a_certificate_has_its_finding(one: NodeCertificate, severity: Severity, words: str) -> None:
    assert told(one) == [(severity, str(one.node), words)]


def test_a_node_of_a_pair_that_is_away_is_an_error_of_the_pair() -> None:
    assert [severity for severity, _node, _words in told(NODE, AWAY)] == [Severity.OK, Severity.ERROR]
    assert [severity for severity, _node, _words in told(AWAY, AWAY)] == [Severity.UNREACHABLE] * 2


def test_the_line_of_what_needs_a_pin_has_the_fingerprints_of_both_nodes() -> None:
    untrusted = [replace(one, needs_pin=True) for one in (NODE, OTHER)]
    assert {one.line for one in certificate_findings(untrusted)} == {
        f'netscaler_certificate_pin: ["{PIN_A}", "{PIN_B}"]'
    }
    assert pin_line([A, A]) == f'netscaler_certificate_pin: ["{PIN_A}"]'


@pytest.mark.parametrize("problem", ["", "its certificate is not trusted (x)"])
def test_what_needs_a_pin_names_a_person_who_compares_it(problem: str) -> None:
    (found,) = certificate_findings([replace(NODE, needs_pin=True, problem=problem)])
    assert "compare the fingerprint on the console of the node" in found.fix
    assert found.fix.startswith("name the CA of the certificate in netscaler_ca_file; or ") is bool(problem)
