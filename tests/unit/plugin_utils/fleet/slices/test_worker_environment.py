# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node does no job while a secret stands in the environment that its worker sends to the controller."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_environment import (
    require_no_secret_in,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

CLEAN = {
    "PATH": "/usr/bin",
    "HOME": "/home/jobs",
    "ANSIBLE_VAULT_IDENTITY_LIST": "amsterdam@/var/lib/tourniquet/vault_password",
    "ANSIBLE_VAULT_PASSWORD_FILE": "/var/lib/tourniquet/vault_password",
    "NETSCALER_PASSWORD": "",
}
SECRETS = {"netscaler_password": "n1ght-Shift", "ssh_password": ""}


def test_a_clean_environment_is_not_refused() -> None:
    with accepted():
        require_no_secret_in(CLEAN, SECRETS)


@pytest.mark.parametrize("name", ["NETSCALER_PASSWORD", "VAULT_TOKEN", "CLIENT_SECRET", "ANSIBLE_SSH_PASS"])
def test_a_secret_by_its_name_is_refused(name: str) -> None:
    with pytest.raises(
        InvalidInput, match=rf"this execution node has {name}, .*env -i.*Nothing was sent to an appliance\.$"
    ) as raised:
        require_no_secret_in({**CLEAN, name: "another"}, SECRETS)
    assert "another" not in str(raised.value)


@pytest.mark.parametrize("value", ["n1ght-Shift", "user:n1ght-Shift@"])
def test_a_secret_that_the_job_uses_is_refused_whatever_it_is_called(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^netscaler_password stands in the environment .*, in GW\. ") as raised:
        require_no_secret_in({**CLEAN, "GW": value}, SECRETS)
    assert "n1ght" not in str(raised.value)


def test_a_short_one_counts_as_a_whole_value() -> None:
    require_no_secret_in(CLEAN, {"netscaler_password": "jobs"})
    with pytest.raises(InvalidInput, match="in USER"):
        require_no_secret_in({**CLEAN, "USER": "jobs"}, {"netscaler_password": "jobs"})
