# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the way to each node: can it be reached, which certificate does it have, and does the inventory trust it?

Nothing is sent but the TLS handshake, so no password reaches a node that is not trusted.
"""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...appliance.nitro.appliance import Address, Appliance
from ...appliance.nitro.bounded_connection import BoundedConnection, ExchangeLimits
from ...appliance.nitro.session import context_of, describe
from ...appliance.nitro.time_budget import TimeBudget
from ...appliance.nitro.tls import client_context, fingerprint
from ...foundation.foreign_text import printable
from .check_result import CheckResult, Severity

CHECK = "TLS"
OLDEST_TLS = "1.0"
COMPARE = (
    "compare the fingerprint on the console of the node: openssl x509 -noout -fingerprint -sha256 -in /nsconfig/ssl/ns-server.cert; "
    "if it is equal, put the line below into host_vars, or: -e write_pins=true -e \"compared_by='YOUR NAME'\""
)


@dataclass(frozen=True)
class NodeCertificate:
    """The way to one node.

    :ivar fingerprint: the SHA-256 of its certificate; "" where there was no handshake
    :ivar problem: why there is no session with it, as a clause; "" where the certificate is trusted
    :ivar line: see :class:`CheckResult`
    :ivar needs_pin: only a pin, or a CA, is missing
    :ivar is_unreachable: there was no connection
    """

    node: Address
    fingerprint: str = ""
    problem: str = ""
    fix: str = ""
    line: str = ""
    needs_pin: bool = False
    is_unreachable: bool = False


def examine(appliance: Appliance, node: Address, budget: TimeBudget) -> NodeCertificate:
    """Connect to a node, and compare its certificate with what the inventory says."""
    way = _Way(appliance, node, budget)
    try:
        seen = way.fingerprint(client_context(ca_file=None, verify=False, minimum_tls=appliance.minimum_tls))
    except ssl.SSLError as error:
        return way.with_old_tls(describe(error))
    except OSError as error:
        return NodeCertificate(
            node,
            problem=f"cannot be reached ({describe(error)})",
            fix="check netscaler_nodes, the route and the firewall",
            is_unreachable=True,
        )
    return way.compared(seen)


@dataclass(frozen=True)
class _Way:
    appliance: Appliance
    node: Address
    budget: TimeBudget

    def fingerprint(self, context: ssl.SSLContext) -> str:
        """Return the fingerprint after a handshake. :raises OSError: where it fails"""
        started, timeout = time.monotonic(), self.appliance.connect_timeout
        connection = BoundedConnection(self.node.host, self.node.port, context=context)
        connection.allow(ExchangeLimits(self.budget.allowed(2 * timeout)))
        try:
            connection.open(timeout)
            certificate = connection.sock.getpeercert(binary_form=True)
            return fingerprint(certificate or b"")
        finally:
            connection.close()
            self.budget.spend(time.monotonic() - started)

    def with_old_tls(self, problem: str) -> NodeCertificate:
        """Return what a handshake of an older version shows, where the one that the inventory allows failed."""
        failed = f"no TLS connection ({printable(problem)})"
        if self.appliance.minimum_tls == OLDEST_TLS:
            return NodeCertificate(
                self.node, problem=failed, fix="check that the address is the NetScaler's own (NSIP)"
            )
        try:
            seen = self.fingerprint(client_context(ca_file=None, verify=False, minimum_tls=OLDEST_TLS))
        except OSError:
            return NodeCertificate(
                self.node, problem=failed, fix="check that the address is the NetScaler's own (NSIP)"
            )
        return NodeCertificate(
            self.node,
            seen,
            f"its TLS is older than {self.appliance.minimum_tls}, which netscaler_minimum_tls asks for",
            "enable TLS 1.2 on the node; or put the line below into host_vars",
            f'netscaler_minimum_tls: "{OLDEST_TLS}"',
        )

    def compared(self, seen: str) -> NodeCertificate:
        pins = self.appliance.certificate_pins
        if pins:
            if seen in pins:
                return NodeCertificate(self.node, seen)
            return NodeCertificate(
                self.node,
                seen,
                "ALARM: its certificate is not the one in netscaler_certificate_pin",
                "find out who replaced the certificate: somebody may intercept the connection; correct the pin by hand, only if it was replaced on "
                "purpose",
                f"SHA-256 {seen}",
            )
        if not self.appliance.validate_certs:
            return NodeCertificate(self.node, seen, needs_pin=True)
        try:
            again = self.fingerprint(context_of(self.appliance))
        except ssl.SSLCertVerificationError as error:
            problem = f"its certificate is not trusted ({printable(str(error.verify_message))})"
            return NodeCertificate(self.node, seen, problem, needs_pin=True)
        except OSError as error:
            return NodeCertificate(self.node, seen, f"no TLS connection ({describe(error)})", "run doctor.yml again")
        return NodeCertificate(self.node, again)


def certificate_findings(seen: Sequence[NodeCertificate]) -> list[CheckResult]:
    """Return the findings about the nodes, with the line that holds their fingerprints."""
    line = pin_line([one.fingerprint for one in seen if one.fingerprint])
    is_away = all(one.is_unreachable for one in seen)  # a node of a pair that is away is an error of the pair
    findings = []
    for one in seen:
        node = str(one.node)
        if one.needs_pin and not one.problem:
            what = "netscaler_validate_certs is false, so anyone on the network path can read the password"
            findings.append(CheckResult(Severity.WARNING, CHECK, what, COMPARE, node, line))
        elif one.needs_pin:
            fix = f"name the CA of the certificate in netscaler_ca_file; or {COMPARE}"
            findings.append(CheckResult(Severity.ERROR, CHECK, one.problem, fix, node, line))
        elif one.problem:
            severity = Severity.UNREACHABLE if is_away else Severity.ERROR
            findings.append(CheckResult(severity, CHECK, one.problem, one.fix, node, one.line))
        else:
            findings.append(
                CheckResult(Severity.OK, CHECK, f"its certificate is trusted (SHA-256 {one.fingerprint})", "", node)
            )
    return findings


def pin_line(fingerprints: Sequence[str]) -> str:
    """Return the line of host_vars that pins these certificates, in the form in which openssl prints what a person compares."""
    values = [as_openssl_prints(one) for one in dict.fromkeys(fingerprints)]
    return f"netscaler_certificate_pin: {json.dumps(values)}"


def as_openssl_prints(sha256: str) -> str:
    """Return a fingerprint in capitals with a colon after each byte, as ``openssl x509 -fingerprint`` prints it."""
    return ":".join(re.findall("..", sha256.upper()))
