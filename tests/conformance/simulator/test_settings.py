# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings that bulletins of 2026 name: TCP parameters, and DTLS at Gateways."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.fact("tcp-parameters")
def test_tcp_parameters_have_defaults_and_are_set(lab: Any) -> None:
    """They are one object, always there; ns.conf has the line of the vendor's advice for CVE-2026-88778."""
    box = lab.box()
    assert box.get("nstcpparam").json["nstcpparam"]["enhancedisngeneration"] == "DISABLED"
    assert box.put("nstcpparam", {"enhancedisngeneration": "ENABLED"}).status == 200
    assert box.get("nstcpparam").json["nstcpparam"]["enhancedisngeneration"] == "ENABLED"
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "set ns tcpParam -enhancedISNgeneration ENABLED" in text
    assert box.post("nstcpparam", {"enhancedisngeneration": True}, "?action=unset").status == 200
    assert box.get("nstcpparam").json["nstcpparam"]["enhancedisngeneration"] == "DISABLED"
    assert box.put("nstcpparam", {"enhancedisngeneration": "ON"}).code == 1097
    assert box.post("nstcpparam", {"enhancedisngeneration": "ENABLED"}).status >= 400


@pytest.mark.fact("gateway-dtls")
def test_dtls_of_a_gateway_is_on_unless_it_is_set_off(lab: Any) -> None:
    box = lab.box()
    row = box.get("vpnvserver/gateway").json["vpnvserver"][0]
    assert row["dtls"] == "ON"
    assert box.put("vpnvserver", {"name": "gateway", "dtls": "OFF"}).status == 200
    assert box.get("vpnvserver/gateway").json["vpnvserver"][0]["dtls"] == "OFF"
    assert " -dtls OFF" in box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert lab.box("pair").get("vpnvserver").json["vpnvserver"][0]["dtls"] == "OFF"
