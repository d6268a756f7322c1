# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No secret travels with a job: none as text, and none that is looked up in the environment of a worker, which it sends back."""

from __future__ import annotations

from datetime import date
from time import process_time
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.confidential_variables import (
    is_secret,
    require_no_secret,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

FILE = "{{ lookup('ansible.builtin.file', '/var/lib/tourniquet/netscaler_password') }}"
ENV = "{{ lookup('ansible.builtin.env', 'NETSCALER_PASSWORD') }}"
VAULT = {"__ansible_vault": "$ANSIBLE_VAULT;1.2;AES256;nodes\n00"}
WAY_OUT = r"lookup\('ansible\.builtin\.file', .*ansible-vault encrypt_string.*secret store\. Nothing was sent\.$"

ENVIRONMENTS = {
    "env": ENV,
    "short name": "{{ lookup('env', 'NETSCALER_PASSWORD') }}",
    "query": "{{ query('ansible.builtin.env', 'NETSCALER_PASSWORD') | first }}",
    "q": "{{ q('env', 'A', 'B')[0] }}",
    "another name": "{{ lookup('ansible.legacy.env', 'A') }}",
    "default": "{{ lookup('env', 'A') | default(omit, true) }}",
    "one of two": "{{ 'a' is defined and lookup('file', '/a') or lookup('env', 'A') }}",
    "statement": "{% if true %}{{ lookup('env', 'A') }}{% endif %}",
    "set": "{% set a = lookup('env', 'A') %}{{ a }}",
    "fact": "{{ ansible_env.NETSCALER_PASSWORD }}",
    "fact by key": "{{ ansible_env['NETSCALER_PASSWORD'] }}",
    "fact of another host": "{{ hostvars['node'].ansible_env.A }}",
    "fact by all variables": "{{ vars['ansible_env']['A'] }}",
    "fact by its name": "{{ lookup('vars', 'ansible_env').A }}",
    "fact of the facts of another host": "{{ hostvars['node']['ansible_facts']['env']['A'] }}",
    "fact of facts by a method": "{{ ansible_facts.get('env').A }}",
    "fact of facts": "{{ ansible_facts.env.A }}",
    "fact of facts by key": "{{ ansible_facts['env']['A'] }}",
    "a plug-in that is not known before": "{{ lookup(kind, 'A') }}",
    "the function as a value": "{% set a = lookup %}{{ a('env', 'A') }}",
    "pipe": "{{ lookup('pipe', 'echo $NETSCALER_PASSWORD') }}",
    "pipe of printenv": "{{ lookup('ansible.builtin.pipe', 'printenv A') }}",
    "the file of the environment": "{{ lookup('file', '/proc/self/environ') }}",
    "expandvars": "{{ '$A' | expandvars }}",
    "the token of a store": "{{ lookup('community.hashi_vault.vault_kv2_get', 'gw', token=lookup('env', 'VAULT_TOKEN')) }}",
}
ON_THE_NODE = {
    "file": FILE,
    "file for each site": "{{ lookup('ansible.builtin.file', '/var/lib/tourniquet/passwords/' ~ netscaler_site) }}",
    "file in a directory from the environment": "{{ lookup('file', lookup('env', 'HOME') ~ '/netscaler_password') }}",
    "file of a variable": "{{ lookup('file', directory + '/password') | trim }}",
    "unvault": "{{ lookup('ansible.builtin.unvault', '/srv/password') | trim }}",
    "store": "{{ lookup('community.hashi_vault.vault_kv2_get', 'gw/' ~ netscaler_site, engine_mount_point='kv').secret.password }}",
    "pipe": "{{ lookup('pipe', '/usr/local/bin/password ' ~ inventory_hostname) }}",
    "one of a file": "{{ (lookup('file', '/srv/passwords.json') | from_json)[inventory_hostname] }}",
    "another variable": "{{ of_the_file }}",
    "default of nothing": "{{ of_the_file | default('') }}",
    "part of a mapping": "{{ account.password }}",
    "part by key": "{{ account['password'] }}",
    "by its name": "{{ lookup('vars', 'of_the_file') }}",
    "of vars": "{{ vars['of_the_file'] }}",
    "a variable of Ansible": "{{ omit }}",
    "vault": VAULT,
    "nothing": "",
    "none": None,
    "a switch": True,
}
BESIDES = {
    "netscaler_site": "ams",
    "directory": "/srv",
    "of_the_file": FILE,
    "account": {"password": VAULT, "user": "tq"},
}


def refused(variables: dict[str, Any], **groups: dict[str, Any]) -> str:
    """The refusal of the variables of a host, with those of groups; "" for none."""
    try:
        require_no_secret({"gw-a": variables, **{f"the group {name}": one for name, one in groups.items()}})
    except InvalidInput as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_secret_of_the_environment_is_refused(name: str) -> None:
    with pytest.raises(
        InvalidInput, match=rf"^gw-a: netscaler_password is looked up in the environment, and .*{WAY_OUT}"
    ):
        require_no_secret({"gw-a": {"netscaler_password": ENVIRONMENTS[name], **BESIDES}})


@pytest.mark.parametrize("name", ON_THE_NODE)
def test_what_the_node_has_itself_is_not(name: str) -> None:
    assert refused({"netscaler_password": ON_THE_NODE[name], "user": "{{ lookup('env', 'USER') }}"}, ams=BESIDES) == ""


@pytest.mark.parametrize(
    "value",
    [
        "{{ site_word }}",
        "{{ lookup('vars', 'site_word') }}",
        "{{ lookup('vars', 'site_' ~ kind) }}",
        "{{ vars['site_word'] }}",
        "{{ vars['site_' ~ kind] }}",
        "{{ hostvars[inventory_hostname].site_word }}",
        "{{ hostvars['gw-b']['site_word'] }}",
        "{{ words.of_the_site }}",
        "{{ words.a.b | default(words) }}",
        "{{ lookup('redis', site_word) }}",
    ],
)
def test_a_secret_that_another_variable_looks_up_there_is_refused_too(value: str) -> None:
    words = {"words": {"of_the_site": "{{ site_word }}"}, "site_word": ENV}
    text = refused({"netscaler_password": value}, brouwer=words)
    assert "gw-a: netscaler_password is looked up in the environment by site_word of the group brouwer, and" in text


def test_the_place_of_the_secret_is_named() -> None:
    text = refused({"netscaler_nodes": ["192.0.2.1"]}, all={"ssh_password": ENV})
    assert text.startswith("the group all: ssh_password is looked up in the environment, and")
    text = refused({"accounts": [{"name": "watch", "password": ENV}]})
    assert text.startswith("gw-a: password in accounts is looked up in the environment, and")


@pytest.mark.parametrize(
    ("value", "others"),
    [
        ("n1ght", {}),
        (1234567, {}),
        (date(2020, 1, 15), {}),
        ({"__ansible_unsafe": "n1ght {{ 'x' }}"}, {}),
        ({"gw-a": "n1ght"}, {}),
        (["n1ght"], {}),
        ("{{ 'n1ght' }}", {}),
        ("{{ 'n1' ~ 'ght' }}", {}),
        ("{% if true %}n1ght{% endif %}", {}),
        ("{% raw %}n1ght{% endraw %}", {}),
        ("n1ght{# {{ #}{{", {}),
        ("{{ lookup('file', '/srv/p') | default('n1ght') }}", {}),
        ("{{ 'n1ght' if netscaler_site == 'ams' else lookup('file', '/srv/p') }}", {}),
        ("{{ of_all[inventory_hostname] }}", {"of_all": {"gw-a": "n1ght"}}),
        ("{{ of_all.get(inventory_hostname, '') }}", {"of_all": {"gw-a": "n1ght"}}),
        ("{{ of_all.gw }}", {"of_all": {"gw": "{{ other }}"}, "other": "n1ght"}),
        ("{{ vars['other'] }}", {"other": "n1ght"}),
        ("{{ lookup('vars', 'other') }}", {"other": "n1ght"}),
        ("{{ hostvars['gw-a'].other | b64decode }}", {"other": "bjFnaHQ="}),
    ],
)
def test_a_readable_secret_is_refused_however_it_is_written(value: Any, others: dict[str, Any]) -> None:
    text = refused({"netscaler_password": value}, ams=others)
    assert "gw-a: netscaler_password stands in the inventory as text" in text
    assert "n1ght" not in text
    assert not others or " of the group ams, or in a file that is encrypted as a whole" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[
            (name, True)
            for name in ("netscaler_password", "NETSCALER_PASSWORD", "ansible_ssh_pass", "passwords", "x_token")
        ],
        *[(name, True) for name in ("api_key", "apikey", "password2", "credentials", "Authorization", "smtp_pwd")],
        *[(name, True) for name in ("X-Api-Key", "X-Auth-Token", "ssh-pass")],  # such as the headers of a request
        *[(name, False) for name in ("password_file", "bypass", "ssh_key_file", "tokens_of", "record_key", "passport")],
    ],
)
def test_names_of_secrets(name: str, expected: bool) -> None:
    assert is_secret(name) is expected


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", "has a private key"),
        ({"__ansible_unsafe": "-----BEGIN PRIVATE KEY-----"}, "has a private key"),
        ("https://night:n1ght@proxy.example.com:3128", "has an address with a password in it"),
    ],
)
def test_a_secret_that_its_form_shows_is_refused_whatever_it_is_called(value: Any, problem: str) -> None:
    text = refused({"note": {"of": [value]}})
    assert text.startswith(f"gw-a: note {problem}")
    assert "n1ght" not in text


def test_what_is_no_secret_may_be_text() -> None:
    assert (
        refused(
            {
                "netscaler_nodes": ["192.0.2.1"],
                "url": "https://hook.example.com:8443/a@b",
                "rotate_password": True,
            }
        )
        == ""
    )


def test_a_large_fleet_is_checked_at_once() -> None:
    """What a name is made of is worked out once, and not for each appliance."""
    own = {
        "netscaler_password": "{{ lookup('file', '/srv/' ~ netscaler_site) }}{{ words[netscaler_site] }}",
        "netscaler_site": "ams",
    }
    places = {f"gw-{number}": {**own, "words": {"ams": VAULT}} for number in range(4_000)}
    began = process_time()
    require_no_secret(places)
    assert process_time() - began < 2.0
