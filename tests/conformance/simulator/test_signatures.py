# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signatures that the vendor delivers: those of the application firewall, and the Global Deny List."""

from __future__ import annotations

import re

import pytest

from tests.conformance.simulator.in_process import Nitro

NEW = "14.1 73.37"
BINDING = "denylistglobal_binding"


@pytest.mark.fact("appfw-signatures-text", "deny-list-version")
@pytest.mark.parametrize("version", [0, 20])
def test_the_text_of_the_signatures(version: int) -> None:
    """As a public test has it: Base Version: "175" Size: 2879756 bytes Encrypted Version: "20" (14.1 73.33)."""
    answer = Nitro(build=NEW, deny_list_version=version).rows("appfwsignatures")
    assert set(answer) == {"response"}
    first, second = re.split(r"\n(?=\d+\)\t)", answer["response"])
    assert first.startswith('1)\tUrl: default_signatures.xml\tName: "*Default Signatures"\n\tCreation Date: ')
    assert 'Base Version: "175"\tSize: 2879756 bytes' in first
    assert re.findall(r'Encrypted Version: "(\d+)"', first) == (["20"] if version else [])
    assert second.startswith('2)\tUrl: xpath_injection_patterns.xml\tName: "*Xpath Injection Patterns"\n')
    assert "Encrypted Version" not in second
    assert second.endswith("\nTotal signatures Size: 0 bytes")


@pytest.mark.fact("appfw-signatures-text")
@pytest.mark.parametrize(("version", "shown"), [(0, {}), (97, {"encryptedversion": 97})])
def test_the_rows_of_the_signatures(version: int, shown: dict[str, int]) -> None:
    nitro = Nitro(build=NEW, deny_list_version=version, switches={"appfw_signatures_answer": "rows"})
    first, second = nitro.rows("appfwsignatures")
    assert (first["name"], first["src"]) == ("*Default Signatures", "default_signatures.xml")
    assert {name: first[name] for name in first if name == "encryptedversion"} == shown
    assert second["name"] == "*Xpath Injection Patterns"


@pytest.mark.fact("deny-list-binding")
def test_the_bindings_of_the_deny_list() -> None:
    assert Nitro(build=NEW, deny_list_version=24).code("GET", BINDING) == 1232
    nitro = Nitro(build=NEW, deny_list_version=24, switches={"deny_list_binding": "shown"})
    labels = ["HTTP_REQUEST", "AAA_REQUEST", "AAATM_REQUEST"]
    assert [row["type"] for row in nitro.rows(BINDING)] == labels
    assert [row["type"] for row in nitro.rows(f"{BINDING}?args=type:AAA_REQUEST")] == ["AAA_REQUEST"]
    assert nitro.code("GET", f"{BINDING}?args=type:OTHER") == 1097
    assert nitro.code("GET", f"{BINDING}?args=name:x") == 1090
    assert Nitro(build=NEW, switches={"deny_list_binding": "shown"}).rows(BINDING) == []


@pytest.mark.fact("deny-list-right")
@pytest.mark.parametrize(
    ("path", "right"), [("appfwsignatures", "^show appfw signatures"), (BINDING, "^show denylist global")]
)
def test_the_rights_to_read_them(path: str, right: str) -> None:
    nitro = Nitro(build=NEW, deny_list_version=24, switches={"deny_list_binding": "shown"})
    for spec, code in ((right, 0), ("^show ns ", 2138)):
        name = "may" if code == 0 else "may_not"
        nitro.post("systemcmdpolicy", {"policyname": name, "action": "ALLOW", "cmdspec": spec})
        nitro.post("systemuser", {"username": name, "password": "secret-of-a-test"})
        nitro.post("systemuser_systemcmdpolicy_binding", {"username": name, "policyname": name, "priority": 1})
        assert Nitro(name, "secret-of-a-test", nitro.box).code("GET", path) == code


@pytest.mark.fact("signature-updates")
def test_automatic_updates_of_signatures_are_off_by_default() -> None:
    nitro = Nitro(build=NEW)
    assert nitro.rows("appfwsettings")["signatureautoupdate"] == "OFF"
    nitro.post("nsfeature?action=enable", {"feature": ["AppFw"]})
    nitro.put("appfwsettings", {"signatureautoupdate": "ON"})
    assert nitro.rows("appfwsettings")["signatureautoupdate"] == "ON"
