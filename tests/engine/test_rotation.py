# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of secrets names every object that holds one, and no value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import Hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.rotation import (
    KINDS,
    LONGEST_LINE,
    secrets_of,
)

from simulator import Simulator
from tests.hunt_fleet import ENTRIES
from tests.stage.memory import Stage

VALUE = "s3cr3tV4lue"
CONFIGURATION = f"""
add ssl certKey wildcard -cert wild.pem -key wild.key -passcrypt {VALUE}
add ssl certKey root_ca -cert ca.pem
set system user nsroot {VALUE} -encrypted
add authentication ldapAction ldap1 -serverIP 10.0.0.1 -ldapBindDn cn=x -ldapBindDnPassword {VALUE} -encrypted
add authentication ldapAction ldap2 -serverIP 10.0.0.1
add authentication radiusAction "radius 1" -serverIP 10.0.0.2 -radKey {VALUE} -encrypted
add authentication samlIdPProfile idp -samlIdPCertName wildcard
add aaa kcdAccount kcd -realmStr X -kcdPassword {VALUE}
set ns rpcNode 10.1.0.11 -password {VALUE} -encrypted
add snmp community {VALUE} ALL
set snmp community {VALUE} ALL
add lb monitor mon LDAP -scriptName nsldap.pl -password {VALUE} -encrypted
bind lb vserver x -policyName -password
"""
NAMED = [
    ("private key of a certificate", "wildcard"),
    ("password of an administrator", "nsroot"),
    ("password of the LDAP account", "ldap1"),
    ("RADIUS secret", "radius 1"),
    ("key that signs SAML assertions", "idp"),
    ("Kerberos delegation account", "kcd"),
    ("password between nodes", "10.1.0.11"),
    ("SNMP community", ""),
    ("password of a monitor", "mon"),
]


def test_each_object_with_a_secret_is_named_once() -> None:
    found, whole = secrets_of(CONFIGURATION.encode(), "/nsconfig/ns.conf")
    assert whole
    assert [(one.kind.what, one.name) for one in found] == NAMED


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_each_kind_is_found_by_each_of_its_options(kind: object) -> None:
    for option in getattr(kind, "options", ()) or ("",):
        line = f"ADD {getattr(kind, 'noun', '')} name {option.upper()} {VALUE}"
        found, _whole = secrets_of(line.encode(), "x")
        assert [one.kind for one in found] == [kind]
        assert VALUE not in repr(found)


def test_a_line_that_is_too_long_is_told() -> None:
    assert secrets_of(b"x" * (LONGEST_LINE + 1), "x") == ([], False)
    assert secrets_of(b'\xff\x00 "', "x") == ([], True)


def test_the_list_of_an_appliance_has_its_partitions_and_key_files_and_no_value(tmp_path: Path) -> None:
    box = {"build": "14.1 73.46", "nodes": ["127.0.1.1:0"]}
    with Simulator({"appliances": {"box": box}}) as simulator:
        handle = simulator.appliance("box")
        handle.write_file("/nsconfig/partitions/t/ns.conf", CONFIGURATION)
        handle.write_file("/nsconfig/ssl/wild.key", VALUE)
        ours = read_ourselves(tmp_path, "box", RecordTrust())
        with Connection(Stage(simulator, tmp_path).appliance) as connection:
            found = Hunt("box", ENTRIES, ours, lists_secrets=True).look(connection)
    assert not found.examined.is_incomplete
    assert found.rotation is not None
    text = json.dumps(json_values(found.rotation))
    assert VALUE not in text
    rows = [(row["what"], row["name"], row["place"]) for row in found.rotation.secrets]
    assert ("password of an administrator", "nsroot", "/nsconfig/ns.conf") in rows
    assert ("file with a private key", "wild.key", "/nsconfig/ssl/wild.key") in rows
    assert {(what, name) for what, name, place in rows if "partitions" in place} == set(NAMED)
