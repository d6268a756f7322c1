# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No request goes to a virtual server that is not to be probed, and no answer is made of a body that never came."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober


def test_a_vip_that_is_not_to_be_probed_is_sent_nothing() -> None:
    prober, case = Prober("run-1", None), cast(TrafficCase, None)
    with pytest.raises(ValueError, match=r"^gw \(192\.0\.2\.9:443\) is not probed \(probe: false\)$"):
        prober.ask(Vip("gw", Address("192.0.2.9", 443), "vpn", probe=False), case)
    assert prober.sent == 0


def test_an_attack_that_does_harm_is_never_sent_whoever_chooses_it() -> None:
    prober = Prober("run-1", None)
    vip = Vip("gw", Address("192.0.2.9", 443), "vpn")
    case = TrafficCase("a", True, "GET", "/x", never_sent="it returns memory")
    assert prober.why_not_sent(vip, case) == "it returns memory"
    for answer in (prober.ask(vip, case), *prober.ask_all(vip, [case])):
        assert (answer.status, answer.not_sent) == (None, "it returns memory")
    assert prober.sent == 0


def test_a_body_that_never_comes_is_no_answer() -> None:
    class Silent:
        def read1(self, _limit: int) -> bytes:
            raise TimeoutError("timed out")

    reply: Any = Silent()
    with pytest.raises(TimeoutError):
        Prober._read(reply)
