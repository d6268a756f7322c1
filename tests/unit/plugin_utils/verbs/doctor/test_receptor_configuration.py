# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the configuration of Receptor leaves open: the shipped files leave nothing open, and each change of them is one finding."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor import receptor_configuration
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import Severity
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.receptor_configuration import (
    receptor_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.receptor_file import (
    MOST_BYTES,
    MOST_DIRECTIVES,
    read_receptor_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.receptor_key_files import (
    key_file_findings,
)
from cryptography import x509

from tests.long_certificate import long_certificate

SHIPPED = Path(__file__).parents[5] / "examples" / "receptor"
KEYS = "/etc/receptor/mesh"
KEEPALIVES = {"amsterdam": 10}
OK, WARNING, ERROR, NOT_CHECKED = Severity.OK, Severity.WARNING, Severity.ERROR, Severity.NOT_CHECKED


@pytest.fixture(scope="module")
def certificate() -> bytes:
    return long_certificate()


@pytest.fixture
def mesh(tmp_path: Path, certificate: bytes) -> Path:
    """The keys and certificates of a machine."""
    place = tmp_path / "mesh"
    place.mkdir()
    for name in ("amsterdam.key", "controller.key", "work-signing.key"):
        (place / name).touch(mode=0o600)
    for name in ("ca.crt", "amsterdam.crt", "controller.crt"):
        (place / name).write_bytes(certificate)
    return place


def found(mesh: Path, text: str) -> list[tuple[Severity, str]]:
    path = mesh.parent / "receptor.conf"
    path.write_text(text.replace(KEYS, str(mesh)), encoding="utf-8")
    findings = receptor_findings(path, KEEPALIVES)
    assert all(bool(one.fix) == (one.severity is not OK) for one in findings)
    return [(one.severity, one.what.replace(str(mesh), KEYS).replace(str(mesh.parent), "")) for one in findings]


@pytest.mark.parametrize(("name", "node"), [("controller.yml", "controller"), ("node.yml", "amsterdam")])
def test_nothing_is_open_in_what_is_shipped(mesh: Path, name: str, node: str) -> None:
    text = (SHIPPED / name).read_text(encoding="utf-8")
    assert found(mesh, text) == [(OK, f"/receptor.conf: nothing is open at {node}")]


SERVICE = "- control-service:\n    service: control\n    tls: mesh\n"
JOBS = "who submits a job says what is run there"
OPEN = [
    ("node", "    verifysignature: true\n", "", ERROR, "work-command ansible-runner: a job needs no signature"),
    (
        "node",
        "verifysignature: true",
        "verifysignature: false",
        ERROR,
        "work-command ansible-runner: a job needs no signature",
    ),
    (
        "node",
        "verifysignature: true",
        "VerifySignature: true\n    allowRuntimeParams: true",
        ERROR,
        f"work-command ansible-runner: {JOBS} (allowruntimeparams)",
    ),
    (
        "node",
        "    tls: mesh\n    allowedpeers",
        "    allowedpeers",
        ERROR,
        "tcp-peer controller.example.net:27199 has no TLS: who answers there commands this node",
    ),
    (
        "node",
        "    tls: mesh\n    allowedpeers",
        "    tls: other\n    allowedpeers",
        ERROR,
        "tcp-peer controller.example.net:27199: there is no tls-client 'other'",
    ),
    (
        "node",
        "    rootcas: /etc/receptor/mesh/ca.crt\n",
        "",
        ERROR,
        "tls-client mesh accepts the certificate of any CA of the machine",
    ),
    (
        "node",
        "    rootcas:",
        "    insecureskipverify: true\n    rootcas:",
        ERROR,
        "tls-client mesh accepts any certificate",
    ),
    (
        "node",
        "    rootcas:",
        "    skipreceptornamescheck: true\n    rootcas:",
        ERROR,
        "tls-client mesh: the certificate is not compared with the name of the node",
    ),
    (
        "node",
        "    clientcas:",
        "    skipreceptornamescheck: true\n    clientcas:",
        ERROR,
        "tls-server mesh: the certificate is not compared with the name of the node",
    ),
    ("node", "    requireclientcert: true\n", "", ERROR, "control-service control: no certificate is required"),
    (
        "node",
        "    clientcas: /etc/receptor/mesh/ca.crt\n",
        "",
        ERROR,
        "control-service control: a certificate of any CA of the machine counts",
    ),
    (
        "node",
        SERVICE,
        "- control-service:\n    service: control\n",
        ERROR,
        "control-service control has no TLS: anybody may answer under the name of this node",
    ),
    (
        "node",
        SERVICE,
        SERVICE.replace("tls: mesh", "tls: none"),
        ERROR,
        "control-service control: there is no tls-server 'none'",
    ),
    (
        "node",
        SERVICE,
        f"{SERVICE}    filename: /run/r.sock\n",
        ERROR,
        "/run/r.sock: a job that is submitted on a socket needs no signature",
    ),
    (
        "node",
        "- work-verification:\n    publickey: /etc/receptor/mesh/work-verification.pem\n",
        "",
        ERROR,
        "no key is there to verify signatures with, so each job is refused",
    ),
    (
        "node",
        "LC_ALL=C.UTF-8",
        "NETSCALER_PASSWORD=x",
        ERROR,
        "work-command ansible-runner: NETSCALER_PASSWORD is in the environment of the jobs, which a worker sends to the controller",
    ),
    (
        "node",
        "command: /usr/bin/env",
        "command: /usr/bin/nice",
        WARNING,
        "work-command ansible-runner: the jobs get the environment of Receptor, which a worker sends to the controller",
    ),
    (
        "node",
        "--keepalive-seconds 10",
        "--keepalive-seconds 100",
        WARNING,
        "work-command ansible-runner has --keepalive-seconds 100, and the inventory says keepalive: 10 for this node",
    ),
    (
        "node",
        " --keepalive-seconds 10",
        "",
        WARNING,
        "work-command ansible-runner has no --keepalive-seconds, and the inventory says keepalive: 10 for this node",
    ),
    (
        "node",
        "      - action: reject # no other",
        "      - action: accept # no other",
        WARNING,
        "each node of the mesh may speak to the control service of this one",
    ),
    (
        "node",
        "        fromnode: controller\n",
        "        fromnode: /.*/\n",
        WARNING,
        "each node of the mesh may speak to the control service of this one",
    ),
    ("node", "    datadir: /var/lib/receptor\n", "", WARNING, "jobs and their results are kept below /tmp/receptor"),
    (
        "node",
        "- log-level:",
        "- command-service: {service: shell, command: sh}\n- log-level:",
        WARNING,
        "command-service shell opens something else over the mesh",
    ),
    (
        "node",
        "- log-level:",
        "- tcp-shell: {port: 1}\n- log-level:",
        NOT_CHECKED,
        "not known, so not looked at: tcp-shell",
    ),
    (
        "node",
        "    verifysignature:",
        "    verify: true\n    verifysignature:",
        NOT_CHECKED,
        "not known, so not looked at: verify of work-command",
    ),
    (
        "node",
        "mesh/amsterdam.key\n    requireclientcert",
        "mesh/utrecht.key\n    requireclientcert",
        NOT_CHECKED,
        "/etc/receptor/mesh/utrecht.key cannot be looked at (No such file or directory)",
    ),
    (
        "controller",
        "    port: 27199\n    tls: mesh\n",
        "    port: 27199\n",
        ERROR,
        "tcp-listener 27199 has no TLS: who reaches it joins the mesh under any name",
    ),
    ("controller", "    requireclientcert: true\n", "", ERROR, "tcp-listener 27199: no certificate is required"),
    (
        "controller",
        "    allowedpeers: [amsterdam, utrecht]\n",
        "",
        WARNING,
        "tcp-listener 27199: a node may join under any name that is free",
    ),
    (
        "controller",
        "- work-signing:",
        "- udp-listener: {port: 27200}\n- work-signing:",
        ERROR,
        "udp-listener 27200: UDP has no TLS, so anybody joins there",
    ),
    (
        "controller",
        '    service: ""\n',
        "",
        ERROR,
        "control-service control: it is on the mesh, so this one signs and sends what any node submits to it",
    ),
    (
        "controller",
        '    service: ""\n',
        "    service: ''\n    permissions: 0660\n",
        ERROR,
        "/run/receptor/receptor.sock: others than its user may use the socket (mode 0660)",
    ),
    (
        "controller",
        '    service: ""\n',
        "    service: ''\n    tcplisten: 127.0.0.1:8888\n",
        ERROR,
        "control-service at TCP 127.0.0.1:8888 has no TLS: who reaches it commands the mesh",
    ),
    (
        "controller",
        '    service: ""\n',
        "    service: ''\n    tcplisten: 8888\n    tcptls: mesh\n",
        WARNING,
        "control-service at TCP 8888: each certificate of the mesh commands it",
    ),
    (
        "controller",
        "      - action: reject # nothing",
        "      - action: accept # nothing",
        WARNING,
        "this one carries messages from node to node",
    ),
]


@pytest.mark.parametrize(("name", "shipped", "changed", "severity", "what"), OPEN, ids=[one[-1][:60] for one in OPEN])
def test_what_is_open_is_said(mesh: Path, name: str, shipped: str, changed: str, severity: Severity, what: str) -> None:
    text = (SHIPPED / f"{name}.yml").read_text(encoding="utf-8")
    assert text.count(shipped) >= 1
    assert found(mesh, text.replace(shipped, changed, 1)) == [(severity, what)]


def test_the_key_that_signs_is_no_business_of_a_node(mesh: Path) -> None:
    text = (SHIPPED / "node.yml").read_text(encoding="utf-8")
    assert [
        what for _severity, what in found(mesh, f"{text}- work-signing: {{privatekey: {KEYS}/work-signing.key}}\n")
    ] == [
        "the key that signs jobs is on a machine that carries jobs out: who has it commands all nodes",
        "control-service control: it is on the mesh, so this one signs and sends what any node submits to it",
    ]


def test_a_controller_without_rules_says_both_that_is_open(mesh: Path) -> None:
    text = (SHIPPED / "controller.yml").read_text(encoding="utf-8")
    begin, end = text.index("    firewallrules:"), text.index("- log-level")
    assert [what for _severity, what in found(mesh, text[:begin] + text[end:])] == [
        "each node of the mesh may speak to the control service of this one",
        "this one carries messages from node to node",
    ]


def test_the_configuration_of_debian_is_open_everywhere(mesh: Path) -> None:
    """As the package receptor 1.5.5 installs it."""
    text = """
- log-level: {level: info}
- control-service: {service: control, filename: /tmp/receptor.sock, permissions: 0660}
- tcp-listener: {port: 7323}
- work-command: {worktype: local, command: ansible-runner, params: worker, allowruntimeparams: true}
"""
    assert {severity for severity, _what in found(mesh, text)} == {ERROR, WARNING}
    assert len(found(mesh, text)) == 10


def test_the_second_form_of_the_file_is_read_too(mesh: Path) -> None:
    text = """
version: 2
node: {id: zwolle, datadir: /var/lib/receptor, firewallrules: [{action: drop}]}
tcp-listeners: [{port: 1, tls: mesh, allowedpeers: [amsterdam]}]
tls-servers:
- {name: mesh, cert: /etc/receptor/mesh/ca.crt, key: /etc/receptor/mesh/amsterdam.key, requireclientcert: "true", clientcas: /etc/receptor/mesh/ca.crt}
work-commands: [{worktype: a, command: /usr/bin/env, params: -i ansible-runner worker}]
"""
    assert found(mesh, text) == [(ERROR, "work-command a: a job needs no signature")]


def test_kubernetes_and_python_jobs_are_looked_at(mesh: Path) -> None:
    text = """
- node: {id: zwolle, datadir: /var/lib/receptor, firewallrules: [{action: drop}]}
- work-verification: {publickey: a}
- work-kubernetes: {worktype: k, verifysignature: true, allowruntimepod: true, allowruntimecommand: true}
- work-python: {worktype: p, plugin: a, function: b}
"""
    assert found(mesh, text) == [
        (ERROR, f"work-kubernetes k: {JOBS} (allowruntimecommand)"),
        (ERROR, f"work-kubernetes k: {JOBS} (allowruntimepod)"),
        (ERROR, "work-python p: a job needs no signature"),
    ]


def test_a_program_that_starts_the_worker_is_not_looked_at(mesh: Path) -> None:
    text = (SHIPPED / "node.yml").read_text(encoding="utf-8")
    begin, end = text.index("    command: /usr/bin/env"), text.index("    verifysignature")
    (finding,) = found(mesh, f"{text[:begin]}    command: /usr/local/bin/tourniquet-worker\n{text[end:]}")
    assert finding == (
        Severity.NOTE,
        "work-command ansible-runner: /usr/local/bin/tourniquet-worker is not looked at: which environment it gives to a worker, and its keepalive",
    )


def test_a_key_that_others_may_read_is_an_error_with_its_chmod(mesh: Path) -> None:
    (mesh / "work-signing.key").chmod(0o640)
    text = (SHIPPED / "controller.yml").read_text(encoding="utf-8")
    assert found(mesh, text) == [(ERROR, "/etc/receptor/mesh/work-signing.key: others may use the key (mode 0640)")]
    (finding,) = receptor_findings(mesh.parent / "receptor.conf", {})
    assert finding.fix == f"chmod 600 {mesh / 'work-signing.key'}"


@pytest.mark.parametrize(
    ("left", "severity", "what"),
    [
        (-1, ERROR, "has expired on {}: nothing is reached with it"),
        (29, WARNING, "expires on {}"),
        (31, OK, ""),
    ],
)
def test_a_certificate_that_ends_is_said(
    mesh: Path, certificate: bytes, left: int, severity: Severity, what: str
) -> None:
    ends = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
    file = read_receptor_file((SHIPPED / "node.yml").read_text(encoding="utf-8").replace(KEYS, str(mesh)))
    findings = key_file_findings(file, ends - timedelta(days=left))
    said = what.format(ends.strftime("%Y-%m-%d"))
    expected = [(severity, f"{mesh / name} {said}") for name in ("amsterdam.crt", "ca.crt") if said]
    assert [(one.severity, one.what) for one in findings] == expected


@pytest.mark.parametrize(("name", "content"), [("ca.crt", b"no certificate"), ("amsterdam.crt", b"")])
def test_a_file_that_is_no_certificate_is_not_checked(mesh: Path, name: str, content: bytes) -> None:
    (mesh / name).write_bytes(content)
    ((severity, what),) = found(mesh, (SHIPPED / "node.yml").read_text(encoding="utf-8"))
    assert (severity, what.partition(" cannot be looked at")[0]) == (NOT_CHECKED, f"{KEYS}/{name}")


def test_a_path_that_no_file_can_have_is_not_checked(mesh: Path) -> None:
    text = (SHIPPED / "controller.yml").read_text(encoding="utf-8")
    text = text.replace(f"{KEYS}/work-signing.key", '"a\\0b"')
    ((severity, what),) = found(mesh, text)
    assert (severity, "cannot be looked at" in what) == (NOT_CHECKED, True)


WRONG = [
    ("a: [", "it is no YAML ("),
    ("[" * 5000, "it is no YAML ("),
    ("- node: {id: 2026-13-45}", "it is no YAML ("),
    ("just text", "it must be a list of directives, or a mapping with version: 2"),
    ("node: {id: a}", "it must be a list of directives, or a mapping with version: 2"),
    ("- node", "it must be a list of directives with one name each"),
    ("- {node: {}, trace: {}}", "it must be a list of directives with one name each"),
    ("- node: [a]", "node must be a mapping"),
    ("- trace:\n" * (MOST_DIRECTIVES + 1), f"it has more than {MOST_DIRECTIVES} directives"),
    ("- node: {id: {a: b}}", "id of node must be a text"),
    ("- tls-server: {requireclientcert: maybe}", "requireclientcert of tls-server must be true or false"),
    ("- control-service: {permissions: -1}", "permissions of control-service must be a file mode, such as 0600"),
    ("- control-service: {permissions: '0699'}", "permissions of control-service must be a file mode, such as 0600"),
    ("- tcp-listener: {allowedpeers: a}", "allowedpeers of tcp-listener must be a list of at most 100 values"),
    ("- node: {firewallrules: [a]}", "firewallrules of node must be a list of mappings"),
    (
        "- node: {firewallrules: [{action: allow}]}",
        "firewallrules of node: a rule has an action (accept, reject, drop)",
    ),
    (
        "- node: {firewallrules: [{action: drop, from: a}]}",
        "firewallrules of node: a rule has an action (accept, reject, drop)",
    ),
    ("#" * (MOST_BYTES + 1), "is larger than"),
    ("\xff", "must be"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG, ids=[one[1][:50] for one in WRONG])
def test_a_file_that_cannot_be_read_is_not_checked(mesh: Path, text: str, problem: str) -> None:
    ((severity, what),) = found(mesh, text)
    assert severity is NOT_CHECKED
    assert problem in what


def test_each_refusal_of_the_reader_is_one() -> None:
    with pytest.raises(InvalidInput, match="it is no YAML"):
        read_receptor_file("a: [")


def test_many_unknown_names_are_counted_and_cut(mesh: Path) -> None:
    text = "".join(f"- {'x' * 100}{number}: {{}}\n" for number in range(30))
    shipped = (SHIPPED / "node.yml").read_text(encoding="utf-8").removeprefix("---\n")
    assert found(mesh, text + shipped)[0][1] == f"not known, so not looked at: {', '.join(['x' * 60] * 10)} and 20 more"


def test_a_machine_without_receptor_has_no_finding_unless_a_file_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receptor_configuration, "DEFAULT", tmp_path / "none")
    assert receptor_findings(None, {}) == []
    (finding,) = receptor_findings(tmp_path / "none", {})
    assert (finding.severity, finding.what) == (ERROR, f"{tmp_path / 'none'} does not exist")


def test_a_machine_with_receptor_is_looked_at_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receptor_configuration, "DEFAULT", tmp_path / "receptor.conf")
    (tmp_path / "receptor.conf").write_text("- work-python: {worktype: p}", encoding="utf-8")
    assert "work-python p: a job needs no signature" in [one.what for one in receptor_findings(None, {})]
