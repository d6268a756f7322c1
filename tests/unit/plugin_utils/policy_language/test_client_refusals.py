# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where an appliance takes an address and no subnet (NetScaler policy guide 9.2 p. 110-112)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import ExpressionError

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import value


@played_together("function", [".EQ({})", ".NE({})", " == {}", " != {}"])
@played_together("subnet", ["192.0.2.0/24", "192.0.2.0/31", "192.0.2.255/31", "0.0.0.0/0", "192.0.2.200/25"])
def test_a_subnet_is_no_address(function: str, subnet: str) -> None:
    with pytest.raises(ExpressionError, match="takes an address, not a subnet"):
        value(f"CLIENT.IP.SRC{function.format(subnet)}", client_ip="192.0.2.1")


def test_a_subnet_of_ipv6_is_no_address() -> None:
    with pytest.raises(ExpressionError, match="takes an address, not a subnet"):
        value("CLIENT.IPV6.SRC.EQ(2001:db8::/127)", client_ip="2001:db8::")


@pytest.mark.parametrize(("text", "expected"), [("192.0.2.1", True), ("192.0.2.1/32", True), ("192.0.2.2/32", False)])
def test_a_subnet_of_one_address_is_that_address(text: str, expected: bool) -> None:
    assert value(f"CLIENT.IP.SRC.EQ({text})", client_ip="192.0.2.1") is expected
