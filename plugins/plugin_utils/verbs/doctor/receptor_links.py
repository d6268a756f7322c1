# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is open in the connections of a Receptor: its listeners and peers, their TLS, and the rules of its mesh. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .check_result import CheckResult, Severity
from .receptor_file import ReceptorFile, Values

FOREIGN = "another node"
"""Stands for a node that no rule names."""
CHECK = "Receptor"
SERVER, CLIENT = "tls-server", "tls-client"
_LISTENERS, _PEERS = ("tcp-listener", "ws-listener"), ("tcp-peer", "ws-peer")
_WITHOUT_TLS = ("udp-listener", "udp-peer")
EXAMPLE = "examples/receptor has it"


def link_findings(file: ReceptorFile) -> list[CheckResult]:
    """Return what is open in the connections."""
    return [*_listeners(file), *_peers(file), *_udp(file), *_rules(file)]


def error(what: str, fix: str) -> CheckResult:
    """Return a finding that something is open."""
    return CheckResult(Severity.ERROR, CHECK, what, f"{fix}; {EXAMPLE}")


def warning(what: str, fix: str) -> CheckResult:
    """Return a finding that one of several protections is missing."""
    return CheckResult(Severity.WARNING, CHECK, what, f"{fix}; {EXAMPLE}")


def server_findings(file: ReceptorFile, name: str, where: str) -> Iterator[CheckResult]:
    """Yield what is open in the TLS of something that others connect to.

    :param name: of the ``tls-server``
    :param where: that names it
    """
    found = _named(file, SERVER, name)
    if found is None:
        yield error(f"{where}: there is no {SERVER} {name!r}", f"name one that the file has in tls of {where}")
        return
    if not found.get("requireclientcert", False):
        yield error(f"{where}: no certificate is required", f"set requireclientcert: true in {SERVER} {name}")
    if not found.get("clientcas"):
        yield error(
            f"{where}: a certificate of any CA of the machine counts",
            f"name the CA of the mesh in clientcas of {SERVER} {name}",
        )
    yield from _names(found, SERVER, name)


def _listeners(file: ReceptorFile) -> Iterator[CheckResult]:
    for kind, values in file.all(*_LISTENERS):
        where = f"{kind} {values.get('port', '')}"
        if not values.get("tls"):
            yield error(f"{where} has no TLS: who reaches it joins the mesh under any name", f"name a {SERVER} in tls")
        else:
            yield from server_findings(file, values["tls"], where)
        if not values.get("allowedpeers"):
            yield warning(f"{where}: a node may join under any name that is free", "name the nodes in allowedpeers")


def _peers(file: ReceptorFile) -> Iterator[CheckResult]:
    for kind, values in file.all(*_PEERS):
        where = f"{kind} {values.get('address', '')}"
        if not values.get("tls"):
            yield error(f"{where} has no TLS: who answers there commands this node", f"name a {CLIENT} in tls")
        else:
            yield from _client(file, values["tls"], where)


def _client(file: ReceptorFile, name: str, where: str) -> Iterator[CheckResult]:
    if _named(file, CLIENT, name) is None:
        yield error(f"{where}: there is no {CLIENT} {name!r}", f"name one that the file has in tls of {where}")


def client_findings(file: ReceptorFile) -> Iterator[CheckResult]:
    """Yield what is open in each ``tls-client``, which ``tls_client`` of the inventory may name."""
    for _kind, values in file.all(CLIENT):
        name = values.get("name", "")
        if values.get("insecureskipverify", False):
            yield error(f"{CLIENT} {name} accepts any certificate", "remove insecureskipverify")
        if not values.get("rootcas"):
            yield error(
                f"{CLIENT} {name} accepts the certificate of any CA of the machine",
                "name the CA of the mesh in rootcas",
            )
        yield from _names(values, CLIENT, name)


def _names(values: Values, kind: str, name: str) -> Iterator[CheckResult]:
    if values.get("skipreceptornamescheck", False):
        yield error(
            f"{kind} {name}: the certificate is not compared with the name of the node",
            "remove skipreceptornamescheck, and make the certificate with nodeid",
        )


def _udp(file: ReceptorFile) -> Iterator[CheckResult]:
    for kind, values in file.all(*_WITHOUT_TLS):
        where = f"{kind} {values.get('port') or values.get('address', '')}"
        yield error(f"{where}: UDP has no TLS, so anybody joins there", f"use {kind.replace('udp', 'tcp')} with tls")


def _rules(file: ReceptorFile) -> Iterator[CheckResult]:
    node = file.one("node")
    rules, own = node.get("firewallrules", []), node.get("id", "")
    if lets_through(rules, {"fromnode": FOREIGN, "tonode": own, "toservice": "control"}):
        yield warning(
            "each node of the mesh may speak to the control service of this one",
            "set firewallrules of node: accept what comes from the controller alone",
        )
    if any(file.all(*_LISTENERS)) and lets_through(
        rules, {"fromnode": FOREIGN, "tonode": f"{FOREIGN} yet", "toservice": "control"}
    ):
        yield warning(
            "this one carries messages from node to node",
            "set firewallrules of node: reject what is neither from it nor to it",
        )


def _named(file: ReceptorFile, kind: str, name: str) -> Values | None:
    return next((values for _kind, values in file.all(kind) if values.get("name") == name), None)


def lets_through(rules: Iterable[Mapping[str, str]], message: Mapping[str, str]) -> bool:
    """Return True where the firewall rules of a Receptor let a message through.

    The first rule that matches decides; a message that no rule matches is let through (``docs/source/user_guide/firewall.rst`` of Receptor, tried with
    1.5.5). A pattern is not executed: an accepting one may match each message, and a rejecting one may match none.

    :param message: values of ``fromnode``, ``tonode`` and ``toservice``
    """
    for rule in rules:
        accepts = rule["action"].casefold() == "accept"
        if all(_matches(value, message.get(key), accepts) for key, value in rule.items() if key != "action"):
            return accepts
    return True


def _matches(value: str, of_message: str | None, accepts: bool) -> bool:
    if of_message is None or (len(value) > 1 and value.startswith("/") and value.endswith("/")):
        return accepts
    return value == of_message
