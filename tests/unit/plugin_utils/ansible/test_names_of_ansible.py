# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that Ansible sets itself, given with -e."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.names_of_ansible import (
    OF_ANSIBLE,
    OF_ROLES,
    require_no_names_of_ansible,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted
from tests.architecture.graph import ROOT


@pytest.mark.parametrize("name", OF_ANSIBLE)
def test_it_is_refused_with_what_to_write_instead(name: str) -> None:
    with pytest.raises(
        InvalidInput,
        match=rf"^-e {name}: Ansible sets this variable itself; .*{OF_ANSIBLE[name]}\. Nothing was sent\.$",
    ):
        require_no_names_of_ansible({"mitigation": "cve_2019_19781", name: "gw-a"})


def test_names_of_connections_and_of_ours_are_free() -> None:
    with accepted():
        require_no_names_of_ansible({"ansible_host": "192.0.2.1", "ansible_connection": "ssh", "target": "gw-a"})


@pytest.mark.parametrize("name", sorted(OF_ROLES))
def test_a_result_of_a_run_is_never_given(name: str) -> None:
    with pytest.raises(
        InvalidInput,
        match=rf"^-e {name}: a run keeps its own result in this variable; leave it out\. Nothing was sent\.$",
    ):
        require_no_names_of_ansible({"target": "gw-a", name: {"must_fail": False}})


def test_the_results_are_those_that_roles_and_playbooks_register() -> None:
    files = chain.from_iterable((ROOT / folder).rglob("*.yml") for folder in ("roles", "playbooks"))
    registered = re.findall(r"^\s*register: (\w+)", "\n".join(file.read_text("utf-8") for file in files), re.MULTILINE)
    assert set(registered) == OF_ROLES
